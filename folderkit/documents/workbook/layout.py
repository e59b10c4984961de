"""Where the rows of a template stand in the document: each once, several times, or not at all. Columns are laid out
like rows."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from folderkit.core.workbook.references import LAST_ROW
from folderkit.documents.workbook.program import Loop

Span = tuple[int, int]  # rows, from first to last


@dataclass(frozen=True)
class Region:
    """Rows of the template, from `first` to `last`, that are filled together. In the document they stand from `start`
    on as `rows`: the template's rows in their order, a blank one negative. `turns` are the loops over several rows,
    each with the rows of the document at which its turns begin."""

    first: int
    last: int
    start: int
    rows: Sequence[int]
    turns: tuple[tuple[Loop, Sequence[int]], ...] = ()

    @property
    def end(self) -> int:
        """The last row in the document; the one before `start` when there is none."""
        return self.start + len(self.rows) - 1

    @property
    def is_plain(self) -> bool:
        """Whether each row stands there once."""
        return list(map(abs, self.rows)) == list(range(self.first, self.last + 1))

    def copies(self, row: int) -> Sequence[int]:
        """The rows of the document that are made of a row, rising."""
        if self.first == self.last:
            return range(self.start, self.end + 1)
        return self._copies.get(row, ())

    @cached_property
    def _copies(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for at, row in enumerate(self.rows, start=self.start):
            found.setdefault(abs(row), []).append(at)
        return found

    def near(self, row: int, around: int, at: int) -> Sequence[int]:
        """The copies of a row that belong to the copy at `at` of the row `around`: those of the same turn of the
        innermost loop over both; all, where no loop is."""
        if row == around:
            return (at,)
        inner = min((turn for turn in self.turns if turn[0].first <= min(row, around)
                     and turn[0].last >= max(row, around)), key=lambda turn: turn[0].last - turn[0].first, default=None)
        copies = self.copies(row)
        if inner is None:
            return copies
        starts = inner[1]
        turn = bisect.bisect_right(starts, at) - 1
        begin = starts[max(turn, 0)]
        end = starts[turn + 1] if turn + 1 < len(starts) else self.end + 1
        return copies[bisect.bisect_left(copies, begin) : bisect.bisect_left(copies, end)]

    def boxes(self, first: int, last: int) -> list[Span]:
        """Where that stands in the document which lies over the rows from `first` to `last`: over each copy of one row;
        of several, once in each turn of the innermost loop over all of them, and once where there is none."""
        if first == last:
            return [(at, at) for at in self.copies(first)]
        found = []
        for begin, end in self._turns_over(first, last):
            rows = [at for at in range(begin, end) if first <= abs(self.rows[at - self.start]) <= last]
            found += [(rows[0], rows[-1])] if rows else []
        return found

    def _turns_over(self, first: int, last: int) -> Iterator[Span]:
        """Where each turn of the innermost loop over these rows begins, and the row after its end."""
        inner = min((turn for turn in self.turns if turn[0].first <= first and turn[0].last >= last),
                    key=lambda turn: turn[0].last - turn[0].first, default=None)
        starts = [self.start] if inner is None else list(inner[1])
        yield from itertools.pairwise([*starts, self.end + 1])

    def runs(self, first: int, last: int) -> list[Span]:
        """The rows of the document that are made of the rows from `first` to `last`, as runs without gaps."""
        if self.first == self.last:
            return [(self.start, self.end)] if self.rows else []
        return gathered(at for at, row in enumerate(self.rows, start=self.start) if first <= abs(row) <= last)


def gathered(rows: Iterable[int]) -> list[Span]:
    """Rising rows as runs without gaps."""
    runs: list[Span] = []
    begin = end = 0
    for row in rows:
        if row == end + 1 and begin:
            end = row
            continue
        if begin:
            runs.append((begin, end))
        begin = end = row
    return [*runs, (begin, end)] if begin else runs


@dataclass(frozen=True)
class Layout:
    """The rows of one sheet: its regions in their order, and where each other row goes. `most` is the last row of a
    sheet."""

    regions: tuple[Region, ...]
    most: int = LAST_ROW
    _firsts: list[int] = field(default_factory=list, init=False, compare=False)

    def __post_init__(self) -> None:
        self._firsts.extend(region.first for region in self.regions)

    @cached_property
    def moves(self) -> bool:
        """Whether any row stands elsewhere than in the template, more than once, or not at all."""
        return any(not region.is_plain for region in self.regions)

    def region_of(self, row: int) -> Region | None:
        place = bisect.bisect_right(self._firsts, row) - 1
        if place < 0 or row > self.regions[place].last:
            return None
        return self.regions[place]

    def moved(self, row: int) -> int:
        """Where a row goes that is in no region; of one that is, where its region's first row goes. A range that ends
        with the sheet goes on to do so."""
        return min(self.shifted(row), self.most)

    def shifted(self, row: int) -> int:
        """The same, also beyond the end of a sheet."""
        place = bisect.bisect_right(self._firsts, row) - 1
        if place < 0:
            return row
        region = self.regions[place]
        return region.start if row <= region.last else row + region.end - region.last

    def first(self, row: int) -> int:
        """The first row of the document that is made of this one; where it would be, when there is none."""
        region = self.region_of(row)
        if region is None:
            return self.moved(row)
        copies = region.copies(row)
        if copies:
            return copies[0]
        return next((region.copies(one)[0] for one in range(row + 1, region.last + 1) if region.copies(one)),
                    region.end + 1)

    def last(self, row: int) -> int:
        """The last row of the document that is made of this one; the one before its place, when there is none."""
        region = self.region_of(row)
        if region is None:
            return self.moved(row)
        copies = region.copies(row)
        if copies:
            return copies[-1]
        return next((region.copies(one)[-1] for one in range(row - 1, region.first - 1, -1) if region.copies(one)),
                    region.start - 1)

    def copies(self, row: int) -> Sequence[int]:
        """The rows of the document that are made of a row, rising."""
        region = self.region_of(row)
        return (self.moved(row),) if region is None else region.copies(row)

    def count(self, row: int) -> int:
        """How often a row stands in the document."""
        return len(self.copies(row))

    def boxes(self, first: int, last: int) -> list[Span]:
        """Where that stands in the document which lies over the rows from `first` to `last`: repeated with them when
        all of them are repeated together."""
        region = self.region_of(first)
        if region is not None and region is self.region_of(last):
            return region.boxes(first, last)
        begin, end = self.first(first), self.last(last)
        return [(begin, end)] if begin <= end else []

    def spans(self, first: int, last: int) -> list[Span]:
        """Where the rows from `first` to `last` are: in one piece, unless they are rows of one region between which
        others stand now."""
        region = self.region_of(first)
        if region is not None and region is self.region_of(last):
            return region.runs(first, last)
        begin, end = self.first(first), self.last(last)
        return [(begin, end)] if begin <= end else []


def laid_out(regions: Sequence[Span], loops: Sequence[Loop], rows: Sequence[int], marks: Sequence[Sequence[int]],
             most: int = LAST_ROW) -> Layout:
    """The layout that a program's `rows` give; of each region and then of each loop, `marks` are the places among them
    where it begins, or where its turns begin."""
    made, shift = [], 0
    begins = [*(mark[0] for mark in marks[: len(regions)]), len(rows)]
    for number, (first, last) in enumerate(regions):
        begin, end = begins[number], begins[number + 1]
        start = first + shift
        turns = tuple((loop, [start + place - begin for place in marks[len(regions) + at]])
                      for at, loop in enumerate(loops) if first <= loop.first <= last and marks[len(regions) + at])
        made.append(Region(first, last, start, rows[begin:end], turns))
        shift += end - begin - (last - first + 1)
    return Layout(tuple(made), most)
