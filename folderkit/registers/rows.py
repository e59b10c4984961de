"""The rows under a register's header: which lines are rows, what their cells mean, what is missing in them."""

from __future__ import annotations

import datetime as dt
from bisect import bisect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from folderkit.core.cells import column_letters
from folderkit.core.facts import NotAValue
from folderkit.core.language import Text, same
from folderkit.registers.columns import TEXTS, Understanding
from folderkit.registers.compute import compute
from folderkit.registers.header import Header
from folderkit.registers.lines import Lines, called, is_plainly_row
from folderkit.registers.register import Problem, Row
from folderkit.registers.schema import Column, Schema
from folderkit.registers.unsaid import TableEnd
from folderkit.registers.values import as_text

_SHOWN = 5  # numbers of rows that are told

_Numbered = tuple[int, Sequence[Any]]
_PART = 500  # rows that are read at once


class _Read:
    """A column that is read: its place among those, its position in the sheet, and what its cells mean."""

    def __init__(self, place: int, column: Column, position: int) -> None:
        self.place, self.column, self.position = place, column, position
        self.understanding = Understanding(column)


class Rows:
    """The rows of a table: typed values by key, their numbers in the sheet (from 1), and what is wrong in them."""

    def __init__(self, schema: Schema, header: Header, end: Callable[[], TableEnd | None]) -> None:
        """`end`: where the table ends by what the workbook says of it; asked for only where rows have a gap."""
        self.schema, self.header, self.sheet = schema, header, header.sheet
        self.typed = header.typed(schema)
        kept, taken = self._lines()
        self._found: list[tuple[int, int, int, Problem]] = []
        kept = self._within(kept, end)
        if taken:
            self._tell_totals(taken, [number for number, _ in kept], end())
        self.numbers = tuple(number for number, _ in kept)
        self.cells = [cells for _, cells in kept]
        self.stored: dict[str, list[Any]] = {  # what stands in the computed columns
            column.key: [] for column in schema.columns if column.computed and column.key in header.columns}
        self._blank: dict[str, list[int]] = {}  # the rows in which a column that may be needed says nothing
        self.rows = self._read()

    @property
    def problems(self) -> list[Problem]:
        return [problem for *_, problem in sorted(self._found, key=lambda one: one[:3])]

    def _lines(self) -> tuple[list[_Numbered], list[_Numbered]]:
        """The lines that are rows, and those that are taken for totals."""
        header, subject = self.header, self.header.columns[self.schema.subject]
        title, lines = header.cells[header.row][subject], Lines(self.schema, header)
        kept: list[_Numbered] = []
        taken: list[_Numbered] = []
        for number, cells in enumerate(header.cells[header.row + 1 :], header.row + 2):
            if is_plainly_row(cells[subject]) or (kind := lines.kind(cells)) == "row":
                if cells[subject] != title or not header.is_repeated_in(cells):
                    kept.append((number, cells))
            elif kind == "taken":
                taken.append((number, cells))
        return kept, taken

    def _within(self, kept: list[_Numbered], end: Callable[[], TableEnd | None]) -> list[_Numbered]:
        """The rows that are the table's: below the end of an Excel table only those without a gap, to which Excel and
        we ourselves would add. What is left out is told."""
        first = self.header.row + 2
        if not kept or kept[-1][0] - first + 1 == len(kept) or (ends := end()) is None:
            return kept
        before = [first - 1, *(number for number, _ in kept)]
        count = next((place for place, (number, _) in enumerate(kept) if number > ends.row
                      and (ends.has_totals or number != max(before[place], ends.row) + 1)), len(kept))
        if count < len(kept):
            self._found.append((count, 0, 0, self._outside([number for number, _ in kept[count:]], ends.row)))
        return kept[:count]

    def _tell_totals(self, taken: Sequence[_Numbered], rows: Sequence[int], ends: TableEnd | None) -> None:
        """What is told of each line that looks like totals, and may be a row; not of an Excel table's own totals."""
        for number, cells in taken:
            if ends is None or not ends.has_totals or number <= ends.row:
                self._found.append((bisect(rows, number), 0, -1, self._totals(number, cells)))

    def _totals(self, number: int, cells: Sequence[Any]) -> Problem:
        place, word = called(cells)
        return Problem("row.totals", self.sheet, f"{column_letters(place)}{number}", Text(
            f"'{word}' is taken for a line of totals, and not read as a row",
            f"“{word}”被当作合计行，没有作为数据读取"), Lines(self.schema, self.header).to_be_row(cells))

    def _outside(self, numbers: list[int], end: int) -> Problem:
        some = ", ".join(map(str, numbers[:_SHOWN])) + (", …" if len(numbers) > _SHOWN else "")
        letters = column_letters(self.header.columns[self.schema.subject])
        return Problem("row.outside", self.sheet, f"{letters}{numbers[0]}", Text(
            f"what stands below the table, which ends in row {end}, is not read (row {some})",
            f"表格到第 {end} 行为止，下方的内容没有读取（第 {some.replace(', ', '、')} 行）"))

    def _read(self) -> list[Row]:
        """The rows, a part after the other: what a part says stays in the processor's cache meanwhile."""
        across = self.schema.across
        blank = _blank_row(tuple(column.key for column in (*self.schema.columns, *([across] if across else []))))
        typed = [_Read(place, *one) for place, one in enumerate(self.typed)]
        headed = {name: _Read(len(typed) + place, replace(across, header=same(name)), position)
                  for place, (name, position) in enumerate(self.header.across.items()) if across}
        read: list[Row] = []
        for first in range(0, len(self.cells), _PART):
            cells = self.cells[first : first + _PART]
            columns = tuple(zip(*cells, strict=False))
            rows = [blank.copy() for _ in cells]
            for one in typed:
                _put(rows, one.column.key, self._values(first, one, columns))
            if across:
                _put(rows, across.key, _across({name: self._values(first, one, columns)
                                                for name, one in headed.items()}, len(rows)))
            for key, stored in self.stored.items():
                stored += columns[self.header.columns[key]]
            read += rows
        return read

    def _values(self, first: int, one: _Read, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """What a column says in the part of the rows that begins with the row `first`."""
        values = one.understanding.of(columns[one.position])
        any_unknown = one.column.type not in TEXTS and NotAValue in set(map(type, values))
        for index, value in enumerate(values) if any_unknown else ():
            if isinstance(value, NotAValue):
                values[index] = None
                self._found.append((first + index, 0, one.place,
                                    self._unknown(first + index, one.column, one.position, value)))
        if one.column.may_be_needed and None in values:
            self._blank.setdefault(one.column.key, []).extend(
                first + index for index, value in enumerate(values) if value is None)
        return values

    def _unknown(self, index: int, column: Column, position: int, error: NotAValue) -> Problem:
        return Problem("value.unknown", self.sheet, f"{column_letters(position)}{self.numbers[index]}", Text(
            f"{column.header.en}: {error.message.en}", f"{column.header.zh}：{error.message.zh}"))

    def compute(self, today: dt.date, uncomputed: Callable[[], Collection[str]]) -> None:
        """Add the values of the computed columns as of `today`, and tell what is missing, which may depend on them.
        `uncomputed`: the cells whose formulas have no value yet; asked for only where something is missing."""
        compute(self.schema, self.rows, today)
        told = {(index, place) for index, _, place, _ in self._found}
        waiting: Collection[str] | None = None
        for place, (column, position) in enumerate(self.typed):
            for index in self._blank.get(column.key, ()):
                if (index, place) not in told and column.needed_in(self.rows[index]):
                    waiting = uncomputed() if waiting is None else waiting
                    self._found.append((index, 1, place, self._blank_cell(index, column, position, waiting)))

    def _blank_cell(self, index: int, column: Column, position: int, waiting: Collection[str]) -> Problem:
        """What is told of a cell that says nothing though it should."""
        cell = f"{column_letters(position)}{self.numbers[index]}"
        name = as_text(self.cells[index][self.typed[0][1]]) or self.numbers[index]
        if cell in waiting:
            return Problem("value.uncomputed", self.sheet, cell, Text(
                f"{column.header.en}: the formula has not been computed yet ({name})",
                f"{column.header.zh}：公式尚未计算（{name}）"))
        return Problem("value.missing", self.sheet, cell, Text(
            f"{column.header.en} is missing ({name})", f"缺少“{column.header.zh}”（{name}）"))


@cache
def _blank_row(keys: tuple[str, ...]) -> Row:
    """A row that says nothing. Its copies share one table of their keys, as the attributes of objects do (PEP 412), and
    take half the time of dicts put together one by one."""

    class Blank:
        pass

    blank = Blank()
    for key in keys:
        setattr(blank, key, None)
    return vars(blank)


def _across(headed: Mapping[str, Sequence[Any]], count: int) -> list[dict[str, Any]]:
    """What stands in the columns that people head themselves, by header; blanks are left out."""
    return [{name: values[index] for name, values in headed.items() if values[index] is not None}
            for index in range(count)]


def _put(rows: Sequence[Row], key: str, values: Sequence[Any]) -> None:
    for row, value in zip(rows, values, strict=True):
        row[key] = value
