"""Where a register's table begins: its sheet, its header row, and the place of each column that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from folderkit.core.cells import column_letters
from folderkit.core.language import Text
from folderkit.registers.register import Problem
from folderkit.registers.schema import Column, Schema, plain

_HEADER_WITHIN = 40  # rows from the top in which the header is looked for
_LEAST_HEADERS = 3
_UNIT = re.compile(r"\([^()]*\)$")

Cells = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Header:
    """Where the table's header lies: sheet, row (from 0), and the position of each known column (from 0), and of those
    that people head themselves (`across`, by header)."""

    sheet: str
    cells: Cells
    row: int
    columns: dict[str, int]
    problems: tuple[Problem, ...]
    across: Mapping[str, int] = field(default_factory=dict)

    def across_columns(self, schema: Schema) -> dict[str, int]:
        """The positions of the columns that people head themselves, by ``key:header``."""
        key = schema.across.key if schema.across else ""
        return {f"{key}:{name}": position for name, position in self.across.items()}

    def is_repeated_in(self, cells: Sequence[Any]) -> bool:
        """Whether a row says what the header says, as lists do that were printed, or hold a second table."""
        titles = self.cells[self.row]
        same = sum(bool(cells[place] == titles[place]) for place in self.columns.values())
        return 1 < same > len(self.columns) / 2

    def typed(self, schema: Schema) -> list[tuple[Column, int]]:
        """The columns that people fill, each with its position."""
        return [(column, self.columns[column.key]) for column in schema.columns
                if column.key in self.columns and not column.computed]


def columns_by_name(schema: Schema) -> dict[str, str]:
    """The key of each column by all that may stand above it, made plain."""
    return dict(schema.column_names)


def header_in(sheet: str, cells: Cells, schema: Schema, names: dict[str, str]) -> Header | None:
    """The row near the top that names the most columns, if it names enough, the subject among them."""
    best: tuple[int, int] = (0, 0)
    for index, row in enumerate(cells[:_HEADER_WITHIN]):
        found = {_key_of(names, cell) for cell in row} - {None}
        if schema.subject in found and len(found) > best[0]:
            best = (len(found), index)
            if len(found) == len(schema.columns):
                break
    if best[0] < min(_LEAST_HEADERS, len(schema.columns)):
        return None
    return _place_columns(sheet, cells, best[1], schema, names)


def _key_of(names: dict[str, str], cell: Any) -> str | None:
    """The column that a header names, with or without a unit behind it, as in 单价（元）."""
    if not isinstance(cell, str):
        return None
    word = plain(cell)
    return names.get(word) or names.get(_UNIT.sub("", word))


def _place_columns(sheet: str, cells: Cells, row: int, schema: Schema, names: dict[str, str]) -> Header:
    columns: dict[str, int] = {}
    across: dict[str, int] = {}
    problems = []
    for position, cell in enumerate(cells[row]):
        key = _key_of(names, cell)
        if key is None:
            if schema.across and schema.subject in columns and isinstance(cell, str) and cell.strip():
                across.setdefault(cell.strip(), position)
            continue
        if key in columns:
            first = f"{column_letters(columns[key])}{row + 1}"
            problems.append(Problem("header.twice", sheet, f"{column_letters(position)}{row + 1}", Text(
                f"'{cell}' is the same column as {first}; only that one is read",
                f"“{cell}”与 {first} 是同一列，只读取后者")))
        else:
            columns[key] = position
    for column in schema.columns:
        if column.required and column.key not in columns:
            problems.append(Problem("header.missing", sheet, f"{row + 1}:{row + 1}", Text(
                f"The column '{column.header.en}' is missing", f"缺少“{column.header.zh}”列")))
    return Header(sheet, cells, row, columns, tuple(problems), across)
