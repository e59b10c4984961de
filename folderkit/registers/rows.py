"""The rows under a register's header: which lines are rows, what their cells mean, what is missing in them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from folderkit.core.cells import column_letters
from folderkit.core.facts import NotAValue
from folderkit.core.language import Text
from folderkit.registers.columns import understand_all
from folderkit.registers.compute import RULES
from folderkit.registers.register import Problem, Row
from folderkit.registers.schema import Column, Schema, plain
from folderkit.registers.values import as_text

_TOTALS = {plain(word) for word in ("合计", "总计", "小计", "汇总", "Total", "Totals", "Sum", "Subtotal")}
# how one of those may begin
_MAY_BE_TOTAL = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]|[合总小汇]|[Tt]\s*[^a-np-z]|[Ss]\s*[^a-tv-z]")
Typed = Sequence[tuple[Column, int]]


class Rows:
    """The rows of a table: typed values by key, their numbers in the sheet (from 1), and what is wrong in them."""

    def __init__(self, schema: Schema, typed: Typed, below: Sequence[Sequence[Any]], first: int, sheet: str) -> None:
        """`typed`: the columns that people fill, each with its position in the cells `below` the header, whose first
        line has the number `first`."""
        self.schema, self.typed, self.sheet = schema, typed, sheet
        subject = next(position for column, position in typed if column.key == schema.subject)
        kept = [(number, cells) for number, cells in enumerate(below, first)
                if _is_plainly_row(cells[subject]) or is_row(schema, typed, cells)]
        self.numbers = tuple(number for number, _ in kept)
        self.cells = [cells for _, cells in kept]
        self.problems: list[Problem] = []
        self.rows = self._read()

    def _read(self) -> list[Row]:
        values: dict[str, Any] = {column.key: repeat(None) for column in self.schema.columns}
        found: list[tuple[int, int, int, Problem]] = []
        for place, (column, position) in enumerate(self.typed):
            cells = [cells[position] for cells in self.cells]
            values[column.key] = read = understand_all(column, cells)
            for index, value in enumerate(read) if NotAValue in set(map(type, read)) else ():
                if isinstance(value, NotAValue):
                    read[index] = None
                    found.append((index, 0, place, self._unknown(index, column, position, value)))
        keys = list(values)
        rows = [dict(zip(keys, row, strict=True)) for row in zip(*values.values(), strict=False)]
        found += self._missing(values, {(index, place) for index, _, place, _ in found}, rows)
        self.problems = [problem for *_, problem in sorted(found, key=lambda one: one[:3])]
        return rows

    def _unknown(self, index: int, column: Column, position: int, error: NotAValue) -> Problem:
        return Problem("value.unknown", self.sheet, f"{column_letters(position)}{self.numbers[index]}", Text(
            f"{column.header.en}: {error.message.en}", f"{column.header.zh}：{error.message.zh}"))

    def _missing(self, values: Mapping[str, list[Any]], told: set[tuple[int, int]],
                 rows: Sequence[Row]) -> list[tuple[int, int, int, Problem]]:
        found = []
        for place, (column, position) in enumerate(self.typed):
            read = values[column.key]
            if None not in read or not (column.required or column.unless):
                continue
            for index, row in enumerate(rows):
                if read[index] is None and (index, place) not in told and column.needed_in(row):
                    name = as_text(self.cells[index][self.typed[0][1]]) or self.numbers[index]
                    found.append((index, 1, place, Problem(
                        "value.missing", self.sheet, f"{column_letters(position)}{self.numbers[index]}", Text(
                            f"{column.header.en} is missing ({name})", f"缺少“{column.header.zh}”（{name}）"))))
        return found

    def compute(self, today: dt.date) -> None:
        """Add the values of the computed columns as of `today`."""
        for key, rule in RULES.get(self.schema.key, ()):
            for row in self.rows:
                row[key] = rule(row, today)


def _is_plainly_row(subject: Any) -> bool:
    """Whether the subject's cell alone says that this is a row; most are told at once by their first letters."""
    return type(subject) is str and subject != "" and (
        not _MAY_BE_TOTAL.match(subject) or (not _is_space(subject) and plain(subject) not in _TOTALS))


def is_row(schema: Schema, typed: Typed, cells: Sequence[Any]) -> bool:
    """Whether something is said: a prepared number alone says nothing, and a line of totals is no row."""
    filled = [(column.key, cells[position]) for column, position in typed
              if cells[position] not in ("", None) and not _is_space(cells[position])]
    if all(column == "id" for column, _ in filled):
        return False
    if any(key == schema.subject and plain(as_text(value)) not in _TOTALS for key, value in filled):
        return True
    return not has_total(cells)


def has_total(cells: Sequence[Any]) -> bool:
    """Whether a cell says that this is a line of totals."""
    return any(isinstance(value, str) and plain(value) in _TOTALS for value in cells)


def _is_space(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()
