"""Where a register's table lies in the sheet's XML: its columns, its last used row, the rows that are still free."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from folderkit.core.workbook.book import Book, child, children
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import Reference, moved, parse_cells, references
from folderkit.registers.header import Header
from folderkit.registers.lines import Lines
from folderkit.registers.schema import Schema
from folderkit.registers.unsaid import TableEnd, table_at
from folderkit.registers.values import as_text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NUMBER = re.compile(r"\d+(?:\.0+)?")


@dataclass(frozen=True)
class Table:
    """The table. Rows and columns count from 1; `part` and `root` are of its ListObject, if it is one; `end` is the
    last row that a ListObject has for data."""

    schema: Schema
    header: Header
    sheet: Element
    cells: Cells
    left: int
    right: int
    part: str = ""
    root: Element | None = None
    end: int = 0

    @property
    def top(self) -> int:
        """The row of the header."""
        return self.header.row + 1

    @property
    def name(self) -> str:
        return "" if self.root is None else self.root.get("displayName") or self.root.get("name") or ""

    @property
    def has_totals(self) -> bool:
        return self.root is not None and self.root.get("totalsRowCount", "0") != "0"

    @property
    def known_end(self) -> TableEnd | None:
        """Where it ends by what the workbook says of it; None for cells without a ListObject."""
        return None if self.root is None else TableEnd(self.end, self.has_totals)

    def position(self, key: str) -> int:
        """The column of a key of the schema, or of one that people head themselves."""
        return (self.header.columns | self.header.across_columns(self.schema))[key] + 1

    def value(self, row: int, column: int) -> Any:
        """What a cell shows; "" for a blank and for what lies outside."""
        values = self._values(row)
        return values[column - 1] if column <= len(values) else ""

    def _values(self, row: int) -> Sequence[Any]:
        return self.header.cells[row - 1] if row <= len(self.header.cells) else ()

    # -- which rows are used -----------------------------------------------------------------------
    def last_used(self) -> int:
        """The row after which rows are added: the last that holds something; the header's when none does."""
        below = range(self.top + 1, len(self.header.cells) + 1)
        used = {row for row in below if self.is_used(row)}
        if self.root is None:
            last = max(filter(self._is_full, used), default=self.top)  # what is above it are totals of a part
            stop = next((row for row in range(last + 1, below.stop)
                         if row not in used and self._lines.is_totals(self._values(row))), below.stop)
            return max((row for row in used if row < stop), default=self.top)
        last = next((row for row in range(self.end, self.top, -1) if not self.is_free(row)), self.top)
        while last >= self.end and not self.has_totals and last + 1 in used:
            last += 1
        return last

    def is_used(self, row: int) -> bool:
        """Whether a row of the register, or what is told like one, stands there."""
        values = self._values(row)
        return bool(values) and not self.header.is_repeated_in(values) and self._lines.is_row(values)

    def _is_full(self, row: int) -> bool:
        """Whether a line says as much as rows do, and no remark does: half of what people fill, or three cells, and a
        date or a number in it."""
        cells = [self._values(row)[position] for column, position in self.header.typed(self.schema)
                 if column.key != "id"]
        filled = [cell for cell in cells if cell is not None and as_text(cell)]
        return len(filled) >= min(3, len(cells) / 2) and not all(isinstance(cell, str) for cell in filled)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.schema, self.header)

    def is_free(self, row: int) -> bool:
        """Whether nothing stands there but what a prepared row holds: a number, formulas about the row itself."""
        if self.is_used(row) or (self.has_totals and row == self.end + 1):
            return False
        if any(_covers(merged, row) and merged.columns()[0] <= self.right and merged.columns()[1] >= self.left
               for merged in self._merged):
            return False
        elements = self.cells.in_row(row)
        return all(self._is_prepared(row, column, elements.get(column)) for column in range(self.left, self.right + 1))

    def _is_prepared(self, row: int, column: int, cell: Element | None) -> bool:
        if child(cell, "f") is not None:
            return self._is_prepared_formula(row, column)
        value = self.value(row, column)
        if value in ("", None) or (isinstance(value, str) and not value.strip()):
            return True
        if column == self._id_position():
            return bool(_NUMBER.fullmatch(as_text(value).removeprefix(f"{self.schema.prefix}-")))
        return isinstance(value, int | float) and column not in self._known()

    def _is_prepared_formula(self, row: int, column: int) -> bool:
        """Whether it goes on from the row above, or speaks of its own row; a sum of the rows above does neither."""
        if self.root is not None and row > self.end:
            return False
        formula, above = self.cells.formula(row, column), self.cells.formula(row - 1, column)
        if above and moved(above, 1) == formula:
            return True
        return not any(first < last < row for first, last in (one.rows() for one in references(formula)))

    def is_hidden_by_merge(self, row: int, column: int) -> bool:
        """Whether a cell is part of a merged one and not its first."""
        return any(_covers(merged, row) and merged.columns()[0] <= column <= merged.columns()[1]
                   and (merged.rows()[0], merged.columns()[0]) != (row, column) for merged in self._merged)

    def _id_position(self) -> int:
        return self.header.columns.get("id", -2) + 1

    def _known(self) -> set[int]:
        return {position + 1 for position in self.header.columns.values()}

    @cached_property
    def _merged(self) -> list[Reference]:
        return [parse_cells(one.get("ref", "")) for one in children(child(self.sheet, "mergeCells"), "mergeCell")]


def _covers(cells: Reference, row: int) -> bool:
    first, last = cells.rows()
    return first <= row <= last


def find_table(book: Book, schema: Schema, header: Header) -> Table:
    """The table under a header that `read.find_header` found. Raises `ValueError` for what makes no sense."""
    part = book.sheets().get(header.sheet, "")
    sheet = book.tree(part)
    cells = Cells(sheet)
    top, known = header.row + 1, [position + 1 for position in header.columns.values()]
    found = table_at(book, part, top, header.columns[schema.subject] + 1)
    if found is not None:
        name, root, end = found
        left, right = parse_cells(root.get("ref", "")).columns()
        return Table(schema, header, sheet, cells, min(left, *known), max(right, *known), name, root, end.row)
    left, right = min(known), max(known)
    titles = header.cells[header.row]
    while left > 1 and titles[left - 2] not in ("", None):
        left -= 1
    while right < len(titles) and titles[right] not in ("", None):
        right += 1
    return Table(schema, header, sheet, cells, left, right)
