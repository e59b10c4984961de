"""The one table of a run, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from folderkit.cli.output import width
from tests.benchmarks.measure import Result

_HEAD = ("case", "folderkit", "peer", "", "ratio", "goal", "")
_VERDICT = {True: "reached", False: "MISSED"}
_SMALL = 0.1


def table(results: Sequence[Result]) -> str:
    """Each figure with its unit, best (median) of all runs, a line for each peer; then what each case measured."""
    rows: list[Sequence[str]] = [_HEAD]
    for result in results:
        rows.extend(_rows(result))
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip()
             for row in rows]
    lines.insert(1, "-" * max(map(width, lines)))
    cases: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        cases.setdefault((result.race.measured, _runs(result)), []).append(result)
    notes = [f"- {'; '.join(result.race.case for result in alike)}: {measured} ({runs}{_loads(alike)})"
             for (measured, runs), alike in cases.items()]
    return "\n".join([*lines, "", "Best (median) of interleaved runs; CPU is user + system, beside another figure that "
                      "of the same run; MB are 10⁶ bytes; load is the machine's over the minute before a run, by all "
                      "that ran on it. What was measured:", *notes])


def _rows(result: Result) -> list[Sequence[str]]:
    own, *peers = result.spent
    absolute = result.race.goal is not None and not result.race.rival
    goals = result.goals()
    rows: list[Sequence[str]] = []
    for peer in peers or [""]:
        judged = ("", "")
        if absolute and not rows:
            judged = (f"≤ {result.race.goal:g} {result.race.figure.unit}", _VERDICT[bool(result.reached())])
        elif peer in goals:
            judged = (f"≤ {_goal(goals[peer])}", _VERDICT[result.ratio(peer) <= goals[peer]])
        rows.append((*(("", "") if rows else (result.race.case, _figure(result, own))),
                     *((peer, _figure(result, peer), _short(result.ratio(peer))) if peer else ("", "", "")), *judged))
    return rows


def _goal(ratio: float) -> str:
    return f"{ratio:g}" if ratio >= _SMALL else _short(ratio)


def _short(ratio: float) -> str:
    """Two decimals, and for a small one how many times it goes into one."""
    return f"{ratio:.2f}" if ratio >= _SMALL else f"1/{1 / ratio:.3g}" if ratio else "0"


def _figure(result: Result, name: str) -> str:
    figure, runs = result.race.figure, result.spent[name]
    median = f" ({result.median(name):.{figure.digits}f})" if len(runs) > 1 else ""
    beside = f", {result.best_run(name).cpu:.2f} s CPU" if figure.beside else ""
    return f"{result.best(name):.{figure.digits}f}{median} {figure.unit}{beside}"


def _runs(result: Result) -> str:
    count = len(next(iter(result.spent.values())))
    return f"{count} run{'s' * (count != 1)}"


def _loads(results: Sequence[Result]) -> str:
    loads = [load for result in results for load in result.loads]
    return f"; load {min(loads):.1f} to {max(loads):.1f}" if loads else ""


def plain(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The figures as plain values, in the unit that each case names; CPU and wall of every run in seconds."""
    return [{"case": result.race.case, "measured": result.race.measured, "unit": result.race.figure.unit,
             "goal": result.race.goal, "rival": result.rival(), "reached": result.reached(),
             "goals": result.goals(),
             "best": {name: result.best(name) for name in result.spent},
             "median": {name: result.median(name) for name in result.spent},
             "loads": list(result.loads),
             "figures": {name: result.figures(name) for name in result.spent},
             "cpu": {name: [spent.cpu for spent in runs] for name, runs in result.spent.items()},
             "wall": {name: [spent.wall for spent in runs] for name, runs in result.spent.items()}}
            for result in results]
