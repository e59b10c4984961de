"""Refuse to write what is a line of totals, or would be read as one, and say what makes a row of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from folderkit.core.errors import Misuse, Refused
from folderkit.core.language import Text
from folderkit.registers.across import parted
from folderkit.registers.header import Header
from folderkit.registers.lines import Lines, called
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema
from folderkit.registers.values import as_text


def refuse_as_totals(schema: Schema, header: Header, rows: Sequence[Row],
                     before: Sequence[Sequence[Any]] = ()) -> None:
    """Raise `Misuse` for what would be read as a line of totals once it is in the sheet; `before`: what stands in the
    cells of each row now."""
    lines, places = Lines(schema, header), header.columns | header.across_columns(schema)
    for index, row in enumerate(rows):
        cells = list(before[index]) if before else [""] * (max(places.values()) + 1)
        for key, value in parted(schema, row).items():
            if key in places:
                cells[places[key]] = value
        if lines.is_totals(cells):
            word = called(cells)[1]
            raise Misuse(Text(f"{schema.title.en}: '{word}' would be taken for a line of totals.",
                              f"{schema.title.zh}：“{word}”会被当作合计行。"), lines.to_be_row(cells))


def whole_header(schema: Schema) -> Header:
    """The header of a sheet that has every column of a register."""
    return Header("", (), 0, {column.key: place for place, column in enumerate(schema.columns)}, ())


def refuse_totals(path: Path, header: Header, schema: Schema, identity: str) -> None:
    """Raise `Refused` where a line has that number and is taken for totals."""
    lines, place = Lines(schema, header), header.columns.get("id")
    if place is None:
        return
    for number, cells in enumerate(header.cells[header.row + 1 :], header.row + 2):
        if as_text(cells[place]).upper() == identity.strip().upper() and lines.is_totals(cells):
            word = called(cells)[1]
            raise Refused(Text(f"{identity} in '{path}' (row {number}, '{word}') is taken for a line of totals.",
                               f"“{path}”中的 {identity}（第 {number} 行，“{word}”）被当作合计行。"),
                          lines.to_be_row(cells))
