"""A register as it was read: typed rows, and everything in the workbook that could not be understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from folderkit.core.language import NO_TEXT, Language, Text, same
from folderkit.registers.schema import Schema

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """One thing in a workbook that could not be understood: a stable id, where it is, what was expected.

    `cell` is an address such as ``C7``; `hint` says what to do where what is told of all such problems does not do; ids
    are header.missing, header.twice, header.none, row.outside, row.totals, value.missing, value.uncomputed,
    value.unknown, computed.differs.
    """

    id: str
    sheet: str
    cell: str
    message: Text
    hint: Text = NO_TEXT

    @property
    def place(self) -> Text:
        return place_of(self.sheet, self.cell)


def place_of(sheet: str, cell: str) -> Text:
    """A place in a workbook in a person's words; `cell` is an address, a row such as ``5:5``, or empty."""
    first, _, last = cell.partition(":")
    if first and first == last:
        return Text(f"sheet '{sheet}', row {first}", f"工作表“{sheet}”第 {first} 行")
    return same(f"{sheet}!{cell}" if cell else sheet)


@dataclass(frozen=True)
class Register:
    """The rows of a workbook by column key: str, int, float, date, the canonical key of an enum or bool, the keys of
    a multi, or None for a blank and for what could not be understood (then a problem says so). Computed columns are
    recomputed; `stored` holds what their cells show, by key, in the order of the rows."""

    schema: Schema
    rows: list[Row]
    problems: list[Problem]
    sheet: str = ""
    row_numbers: tuple[int, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, list[Any]] = field(default_factory=dict)

    def address(self, index: int, key: str) -> str:
        """The address of one value in the sheet, such as ``C7``; empty where its column is not there."""
        return f"{self.letters[key]}{self.row_numbers[index]}" if key in self.letters else ""


def shown_rows(register: Register, language: Language) -> list[Row]:
    """The rows for documents: every key of the schema is there, an enum is a word of `language` with its
    canonical key beside it as ``<key>_key``, a multi a list of words with the list of their keys, blanks are empty."""
    return [_shown(register.schema, row, language) for row in register.rows]


def _shown(schema: Schema, row: Row, language: Language) -> Row:
    shown: Row = {}
    for column in schema.columns:
        value = row.get(column.key)
        if column.type == "multi":
            shown[f"{column.key}_key"] = keys = list(value or ())
            value = [column.shown(key, language) for key in keys]
        elif column.choices:
            shown[f"{column.key}_key"] = "" if value is None else value
            value = None if value is None else column.shown(value, language)
        shown[column.key] = "" if value is None else value
    return shown
