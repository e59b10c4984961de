"""Which columns of two versions of a sheet are the same column, so that an inserted one moves no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from folderkit.differences.pairing import pair
from folderkit.differences.sheets import Row, Sheet

_MOST = 200
"""Columns beyond that are taken to stand where they stood."""
_ALIKE = 0.4
_ROWS = 500
"""Rows that are enough to know a column by."""


@dataclass(frozen=True)
class Columns:
    """`both` are the columns of the one and of the other that are the same; the rest is on one side only."""

    both: tuple[tuple[int, int], ...]
    removed: tuple[int, ...]
    added: tuple[int, ...]

    def key(self, row: Row, *, new: bool) -> object:
        """What makes two rows the same row: what stands in the columns of both."""
        if not self.removed and not self.added:
            return row.left, row.cells
        return tuple((old, text) for old, now in self.both if (text := row.cell(now if new else old)))


@dataclass(frozen=True)
class _Column:
    top: str
    values: Counter[str]

    @property
    def filled(self) -> bool:
        return bool(self.top)


def match_columns(before: Sheet, after: Sheet) -> Columns:
    """The columns of both versions, by what stands on their top and in them."""
    width = before.columns, after.columns
    where_they_stood = Columns(tuple((column, column) for column in range(max(width))), (), ())
    if max(width) > _MOST:
        return where_they_stood
    old, new = _columns(before), _columns(after)
    start = 0
    while start < min(width) and _likeness(old[start], new[start]) >= _ALIKE:
        start += 1
    ends = list(width)
    while min(ends) > start and _likeness(old[ends[0] - 1], new[ends[1] - 1]) >= _ALIKE:
        ends = [end - 1 for end in ends]
    middle = _middle(range(start, ends[0]), range(start, ends[1]), old, new)
    both = {**{column: column for column in range(start)}, **middle,
            **dict(zip(range(ends[0], width[0]), range(ends[1], width[1]), strict=True))}
    if not both:
        return where_they_stood
    taken = set(both.values())
    return Columns(tuple(both.items()), tuple(i for i in range(width[0]) if i not in both and old[i].filled),
                   tuple(j for j in range(width[1]) if j not in taken and new[j].filled))


def _middle(left: range, right: range, old: list[_Column], new: list[_Column]) -> dict[int, int]:
    """The columns that are alike; and where as many are left on both sides, those in their order."""
    found: dict[int, int] = {}
    alone: tuple[list[int], list[int]] = ([], [])
    steps = [*pair(left, right, lambda i, j: _likeness(old[i], new[j]), _ALIKE, _MOST), (-1, -1)]
    for i, j in steps:
        if i is not None and j is not None:
            if len(alone[0]) == len(alone[1]):
                found.update(zip(*alone, strict=True))
            alone = ([], [])
            if i >= 0:
                found[i] = j
        elif i is not None:
            alone[0].append(i)
        elif j is not None:
            alone[1].append(j)
    return found


def _columns(sheet: Sheet) -> list[_Column]:
    tops = [""] * sheet.columns
    values: list[Counter[str]] = [Counter() for _ in tops]
    for number, row in enumerate(sheet.rows):
        for column, text in enumerate(row.cells, row.left):
            if text:
                tops[column] = tops[column] or text
                if number < _ROWS:
                    values[column][text] += 1
    return [_Column(top, found) for top, found in zip(tops, values, strict=True)]


def _likeness(one: _Column, other: _Column) -> float:
    """Half for the same word on top, half for the same cells."""
    total = one.values.total() + other.values.total()
    if not total:
        return 1.0
    few, many = sorted((one.values, other.values), key=len)
    common = sum(min(count, many[text]) for text, count in few.items())
    return 0.5 * (one.top == other.top) + common / total


def columns_text(sheet: Sheet, column: int, most: int = 5) -> str:
    """The first cells of a column that hold something."""
    return " | ".join(_first((text for row in sheet.rows if (text := row.cell(column))), most))


def _first(texts: Iterable[str], most: int) -> list[str]:
    found: list[str] = []
    for text in texts:
        if len(found) == most:
            return [*found, "…"]
        found.append(text)
    return found
