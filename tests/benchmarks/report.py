"""The one table of a run, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from folderkit.cli.output import width
from tests.benchmarks.measure import Result

_HEAD = ("case", "folderkit", "peer", "", "ratio", "goal", "")


def table(results: Sequence[Result]) -> str:
    """CPU milliseconds, best (median) of all runs, a line for each peer; then what each case measured."""
    rows: list[Sequence[str]] = [_HEAD]
    for result in results:
        rows.extend(_rows(result))
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip()
             for row in rows]
    lines.insert(1, "-" * max(map(width, lines)))
    cases: dict[str, list[str]] = {}
    for result in results:
        cases.setdefault(f"{result.race.measured} ({_runs(result)})", []).append(result.race.case)
    notes = [f"- {'; '.join(names)}: {measured}" for measured, names in cases.items()]
    return "\n".join([*lines, "", "CPU ms (user + system), best (median) of interleaved runs. What was measured:",
                      *notes])


def _rows(result: Result) -> list[Sequence[str]]:
    own, *peers = result.seconds
    first = (result.race.case, _time(result, own))
    if not peers:
        return [(*first, "", "", "", "", "")]
    rows: list[Sequence[str]] = []
    for peer in peers:
        is_rival = peer == result.race.rival and result.race.goal is not None
        goal = f"≤ {result.race.goal:g}" if is_rival else ""
        verdict = {True: "reached", False: "MISSED", None: ""}[result.reached()] if is_rival else ""
        rows.append((*(("", "") if rows else first), peer, _time(result, peer), f"{result.ratio(peer):.2f}", goal,
                     verdict))
    return rows


def _time(result: Result, name: str) -> str:
    return f"{result.best(name) * 1000:.1f} ({result.median(name) * 1000:.1f})"


def _runs(result: Result) -> str:
    return f"{len(next(iter(result.seconds.values())))} runs"


def plain(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The figures as plain values; times in seconds."""
    return [{"case": result.race.case, "measured": result.race.measured, "goal": result.race.goal,
             "rival": result.race.rival, "reached": result.reached(),
             "best": {name: result.best(name) for name in result.seconds},
             "median": {name: result.median(name) for name in result.seconds},
             "seconds": {name: list(runs) for name, runs in result.seconds.items()}} for result in results]
