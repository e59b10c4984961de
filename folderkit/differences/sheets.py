"""A workbook as it is compared: sheets, rows with their numbers, cells by column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from folderkit.core.cells import column_letters
from folderkit.differences.model import Piece

_HEAD_WITHIN = 20
"""Rows from the top in which the names of the columns are looked for."""
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d{1,8})")


@dataclass(frozen=True)
class Row:
    """One row that holds something. `number` counts from 1; `cells` begin at the column `left`, counted from 0."""

    number: int
    left: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """What stands in a column, "" for nothing."""
        return self.cells[column - self.left] if self.left <= column < self.left + len(self.cells) else ""

    def text(self) -> str:
        return " | ".join(cell for cell in self.cells if cell)


@dataclass
class Sheet:
    """A sheet by its name, with the rows that hold something, from the top."""

    name: str
    rows: list[Row] = field(default_factory=list)

    @property
    def columns(self) -> int:
        return max((row.left + len(row.cells) for row in self.rows), default=0)

    @property
    def place(self) -> str:
        return f"{self.name}!"

    def cell_place(self, row: Row, column: int) -> str:
        return f"{self.name}!{column_letters(column)}{row.number}"

    def row_place(self, row: Row) -> str:
        return f"{self.name}!{row.number}:{row.number}"

    def column_place(self, column: int) -> str:
        return f"{self.name}!{column_letters(column)}:{column_letters(column)}"

    def head(self) -> Row | None:
        """The row with the names of the columns: near the top, the first of those that fill the most cells."""
        return max(self.rows[:_HEAD_WITHIN], key=lambda row: sum(map(bool, row.cells)), default=None)


def sheets_of(pieces: Iterable[Piece]) -> list[Sheet]:
    """The sheets of a workbook. A piece is a row: its place that of its first cell, its cells apart by tabs; one
    with the place "Budget!" names a sheet."""
    sheets: dict[str, Sheet] = {}
    for piece in pieces:
        name, _, address = piece.place.rpartition("!")
        sheet = sheets.setdefault(name, Sheet(name))
        found = _ADDRESS.fullmatch(address)
        if found:
            sheet.rows.append(Row(int(found[2]), _column(found[1]), tuple(piece.text.split("\t"))))
    return list(sheets.values())


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
