"""Which of a project's filled documents are the last versions of theirs, and which only came before them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Filled(NamedTuple):
    """A version that was filled and is there: its row in the catalog, its series, its number, its file and where that
    lies."""

    row: int
    series: str
    version: str
    file: str
    path: str


def last_rows(filled: Iterable[Filled]) -> list[int]:
    """The rows of the last versions, of versions in the order in which they were filled. The versions of one document
    have one series. Where several files there have the same version, documents share their series, as when one command
    made them from the rows of a table: then a document is what has one name but for the version in it."""
    series: dict[str, list[Filled]] = {}
    for one in filled:
        series.setdefault(one.series, []).append(one)
    last: list[int] = []
    for found in series.values():
        files: dict[str, set[str]] = {}
        for one in found:
            files.setdefault(one.version, set()).add(one.file)
        shared = any(len(same) > 1 for same in files.values())
        last += {_name(one) if shared else "": one.row for one in found}.values()
    return last


def _name(filled: Filled) -> str:
    before, mark, after = filled.path.rpartition(filled.version)
    return before + after if mark else filled.path
