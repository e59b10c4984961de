"""The values that formulas had before cells were changed: those that may be others now are forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import Book, child, children
from folderkit.core.workbook.cells import Cells, forget_value
from folderkit.core.workbook.references import Reference, references
from folderkit.registers.patching.growth import Growth
from folderkit.registers.patching.table import Table

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_OWN_ROW = re.compile(r"\[(?:\[#This Row\]|@)")
_MANY = 2_000  # cells that changed; beyond, every formula is taken to depend on them


@dataclass(frozen=True)
class _Formula:
    sheet: str
    row: int
    column: int
    cell: Element
    text: str


@dataclass(frozen=True)
class Touched:
    """What was changed on `sheet`: rows (from 1) in the columns from `left` to `right`, and whether these rows are
    `new`, so that no formula in them has a value of before."""

    sheet: str
    rows: range
    left: int
    right: int
    new: bool

    def is_here(self, name: str) -> bool:
        return name.casefold() == self.sheet.casefold()

    def meets(self, reference: Reference, own: str) -> bool:
        """Whether a reference in a formula on the sheet `own` holds any of it."""
        (first, last), (left, right) = reference.rows(), reference.columns()
        return (self.is_here(reference.sheet or own) and first < self.rows.stop and last >= self.rows.start
                and left <= self.right and right >= self.left)


def added(growth: Growth) -> Touched:
    """What the rows are that a growth adds."""
    return Touched(growth.sheet, range(growth.after + 1, growth.until + 1), growth.left, growth.right, new=True)


def forget_stale(book: Book, touched: Sequence[Touched], table: Table, keep: Callable[[int, int], bool]) -> bool:
    """Forget what formulas gave that look at what was touched on the table's sheet, at once or through others; True
    when there are any.

    Cells of the table's sheet for which `keep` (row, column) holds stay as they are.
    """
    words = [table.name, *_names(book, touched, table.name)]

    @cache  # formulas of a table's column are often all alike
    def looks(text: str, sheet: str) -> bool:
        return _looks_at(text, sheet, touched, words)

    new, waiting = _parted(_formulas(book, touched, table, words), lambda one: looks(one.text, one.sheet) or (
        _is_in(one, touched) and bool(_OWN_ROW.search(one.text))))
    stale = list(new)
    while new:
        if len(new) > _MANY:
            stale, waiting = [*stale, *waiting], []
        places = {(one.sheet.casefold(), one.row, one.column) for one in new}
        new, waiting = _parted(waiting, lambda one, places=places: _follows(one, places))  # type: ignore[misc]
        stale += new
    for one in stale:
        if not (touched[0].is_here(one.sheet) and keep(one.row, one.column)):
            forget_value(one.cell)
            book.touch(book.sheets()[one.sheet])
    return bool(stale)


def _parted(formulas: list[_Formula], test: Callable[[_Formula], bool]) -> tuple[list[_Formula], list[_Formula]]:
    """Those for which `test` holds, and the others."""
    parts: tuple[list[_Formula], list[_Formula]] = [], []
    for one in formulas:
        parts[0 if test(one) else 1].append(one)
    return parts


def _is_in(one: _Formula, touched: Sequence[Touched]) -> bool:
    return any(part.is_here(one.sheet) and one.row in part.rows for part in touched)


def _names(book: Book, touched: Sequence[Touched], table: str) -> list[str]:
    """The names in the workbook that stand for cells among the touched ones."""
    return [name.get("name", "") for name in children(child(book.root, "definedNames"), "definedName")
            if not name.get("name", "").startswith("_xlnm.")
            and _looks_at(name.text or "", "", touched, [table])]


def _formulas(book: Book, touched: Sequence[Touched], table: Table, words: list[str]) -> list[_Formula]:
    """The formulas of all sheets, those of new rows left out. Other sheets count when they speak of this."""
    new = [part for part in touched if part.new]
    found = []
    for title, part in book.sheets().items():
        here = touched[0].is_here(title)
        if here or book.may_speak_of(part, [touched[0].sheet, *words]):
            cells = table.cells if here else Cells(book.tree(part))
            for row, column, cell, formula in cells.formulas():
                one = _Formula(title, row, column, cell, cells.whole(row, column, formula))
                found += [] if _is_in(one, new) else [one]
    return found


def _looks_at(text: str, own: str, touched: Sequence[Touched], words: list[str]) -> bool:
    if any(part.meets(reference, own) for reference in references(text) for part in touched):
        return True
    return any(word and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.(])(?!\[(?:\[#This Row\]|@))", text)
               for word in words)


def _follows(formula: _Formula, places: set[tuple[str, int, int]]) -> bool:
    for reference in references(formula.text):
        sheet = (reference.sheet or formula.sheet).casefold()
        (first, last), (left, right) = reference.rows(), reference.columns()
        if first == last and left == right:
            if (sheet, first, left) in places:
                return True
        elif any(place[0] == sheet and first <= place[1] <= last and left <= place[2] <= right for place in places):
            return True
    return False
