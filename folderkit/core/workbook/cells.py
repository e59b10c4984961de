"""The cells of a sheet's XML: found by row and column, written, moved down, their formulas spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from folderkit.core.cells import column_letters
from folderkit.core.workbook.book import beside, child, forget, name_of
from folderkit.core.workbook.references import LAST_ROW, column_number, moved

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def as_xml(text: str) -> str:
    """The text as a cell holds it: what XML cannot hold as ``_x0007_``, and what looks like that so that it stays."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", _ESCAPED.sub("_x005F_", text))


class Cells:
    """The rows of one sheet. Rows and columns count from 1."""

    def __init__(self, sheet: Element) -> None:
        data = child(sheet, "sheetData")
        if data is None:
            raise ValueError("a sheet has no cells")
        self.data = data
        self._row, self._cell, self._formula = (beside(data, name) for name in ("row", "c", "f"))
        self.rows: dict[int, Element] = {}
        self._placed: dict[int, dict[int, Element]] = {}
        self._name_places()
        self._shared = {found.get("si", ""): (number, column, found.text)
                        for number, column, _, found in self.formulas() if found.get("t") == "shared" and found.text}

    def _name_places(self) -> None:
        """Give every row and cell its place, which may be left out, and see that they stand in their order."""
        last = 0
        for row in self.data.iterchildren(self._row):
            number = int(row.get("r") or last + 1)
            if not last < number <= LAST_ROW:
                raise ValueError("rows of a sheet are out of order")
            row.set("r", str(number))
            self.rows[number] = row
            last, column = number, 0
            for cell in row.iterchildren(self._cell):
                place = cell.get("r")
                column = column_number(place.rstrip("0123456789")) if place else column + 1
                if not place:
                    cell.set("r", f"{column_letters(column - 1)}{number}")

    def row(self, number: int) -> Element:
        """The row, made when it is not there."""
        if number not in self.rows:
            element = self.data.makeelement(self._row, {"r": str(number)})
            before = number - 1 if number - 1 in self.rows else max(
                (known for known in self.rows if known < number), default=0)
            if before:
                self.rows[before].addnext(element)
            else:
                self.data.insert(0, element)
            self.rows[number] = element
        return self.rows[number]

    def in_row(self, number: int) -> dict[int, Element]:
        """The cells that are there, by column."""
        if number not in self._placed:
            row = self.rows.get(number)
            self._placed[number] = {} if row is None else {
                _column(cell): cell for cell in row.iterchildren(self._cell)}
        return self._placed[number]

    def cell(self, number: int, column: int) -> Element:
        """The cell, made when it is not there."""
        cells = self.in_row(number)
        if column in cells:
            return cells[column]
        row = self.row(number)
        forget(row, "spans")
        element = row.makeelement(self._cell, {"r": f"{column_letters(column - 1)}{number}"})
        before = max((known for known in cells if known < column), default=0)
        if before:
            cells[before].addnext(element)
        else:
            row.insert(0, element)
        cells[column] = element
        return element

    def formulas(self) -> Iterator[tuple[int, int, Element, Element]]:
        """Row, column, cell and formula of every cell that has one."""
        for found in self.data.iter(self._formula):
            cell = found.getparent()
            if cell is not None:
                place = cell.get("r", "")
                letters = place.rstrip("0123456789")
                yield int(place[len(letters) :]), column_number(letters), cell, found

    def formula(self, number: int, column: int) -> str:
        """The formula of a cell, also one that it shares with others; "" when there is none, or it fills an area."""
        found = child(self.in_row(number).get(column), "f")
        if found is None or found.get("t") == "dataTable" or (
                found.get("t") == "array" and found.get("ref", "").count(":")):
            return ""
        return self.whole(number, column, found)

    def whole(self, number: int, column: int, found: Element) -> str:
        """The text of the formula `found` of a cell, spelled out."""
        if found.get("t") == "shared" and found.get("si", "") in self._shared:
            row, start, text = self._shared[found.get("si", "")]
            return moved(text, number - row, column - start)
        return found.text or ""

    def spell_out(self) -> None:
        """Give each cell the formula that it shares with others, so that one can change by itself."""
        for number, column, _, found in self.formulas():
            if found.get("t") == "shared":
                found.text = self.whole(number, column, found)
                forget(found, "t", "si", "ref")
        self._shared = {}

    def move_down(self, at: int, by: int) -> None:
        """Move the rows from `at` on. What speaks of them is not changed here."""
        for number in sorted((known for known in self.rows if known >= at), reverse=True):
            row = self.rows.pop(number)
            row.set("r", str(number + by))
            for column, cell in ((_column(cell), cell) for cell in row.iterchildren(self._cell)):
                cell.set("r", f"{column_letters(column - 1)}{number + by}")
            self.rows[number + by] = row
        self.rows = dict(sorted(self.rows.items()))
        self._placed.clear()


def _column(cell: Element) -> int:
    return column_number(cell.get("r", "").rstrip("0123456789"))


def clear(cell: Element) -> None:
    """Take everything from a cell but its look."""
    for part in list(cell):
        if name_of(part) in ("f", "v", "is"):
            cell.remove(part)
    forget(cell, "t", "cm", "vm", "ph")


def write_text(cell: Element, text: str) -> None:
    """A text that stays one, also when it begins with '='."""
    clear(cell)
    cell.set("t", "inlineStr")
    inner = _add(_add(cell, "is"), "t")
    inner.set(_SPACE, "preserve")
    inner.text = as_xml(text)


def write_number(cell: Element, value: float) -> None:
    clear(cell)
    _add(cell, "v").text = repr(value)


def write_formula(cell: Element, formula: str, array: bool = False) -> None:
    clear(cell)
    inner = _add(cell, "f")
    inner.text = formula
    if array:
        inner.set("t", "array")
        inner.set("ref", cell.get("r", ""))


def forget_value(cell: Element) -> None:
    """Take away what a formula was when it was computed last."""
    value = child(cell, "v")
    if value is not None:
        cell.remove(value)
        forget(cell, "t")


def show_value(cell: Element, value: str | float) -> None:
    """What the cell's formula gives, for programs that do not compute."""
    forget_value(cell)
    if isinstance(value, str):
        cell.set("t", "str")
    _add(cell, "v").text = as_xml(value) if isinstance(value, str) else repr(value)


def _add(parent: Element, name: str) -> Element:
    element = parent.makeelement(beside(parent, name))
    parent.append(element)
    return element
