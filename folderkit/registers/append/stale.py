"""The values that formulas had before rows were added: those that may be others now are forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import Book, child, children
from folderkit.core.workbook.cells import Cells, forget_value
from folderkit.core.workbook.references import references
from folderkit.registers.append.growth import Growth
from folderkit.registers.append.table import Table

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MANY = 2_000  # cells that changed; beyond, every formula is taken to depend on them


@dataclass(frozen=True)
class _Formula:
    sheet: str
    row: int
    column: int
    cell: Element
    text: str


def forget_stale(book: Book, growth: Growth, table: Table, keep: Callable[[int, int], bool]) -> bool:
    """Forget what formulas gave that look at the added rows, at once or through others; True when there are any.

    Cells of the table's sheet for which `keep` (row, column) holds stay as they are.
    """
    words = [table.name, *_names(book, growth, table.name)]

    @cache  # formulas of a table's column are often all alike
    def looks(text: str, sheet: str) -> bool:
        return _looks_at_table(text, sheet, growth, words)

    new, waiting = _parted(_formulas(book, growth, table, words), lambda one: looks(one.text, one.sheet))
    stale = list(new)
    while new:
        if len(new) > _MANY:
            stale, waiting = [*stale, *waiting], []
        places = {(one.sheet.casefold(), one.row, one.column) for one in new}
        new, waiting = _parted(waiting, lambda one, places=places: _looks_at(one, places))  # type: ignore[misc]
        stale += new
    for one in stale:
        if not (growth.is_here(one.sheet) and keep(one.row, one.column)):
            forget_value(one.cell)
            book.touch(book.sheets()[one.sheet])
    return bool(stale)


def _parted(formulas: list[_Formula], test: Callable[[_Formula], bool]) -> tuple[list[_Formula], list[_Formula]]:
    """Those for which `test` holds, and the others."""
    parts: tuple[list[_Formula], list[_Formula]] = [], []
    for one in formulas:
        parts[0 if test(one) else 1].append(one)
    return parts


def _names(book: Book, growth: Growth, table: str) -> list[str]:
    """The names in the workbook that stand for cells among the added ones."""
    return [name.get("name", "") for name in children(child(book.root, "definedNames"), "definedName")
            if not name.get("name", "").startswith("_xlnm.")
            and _looks_at_table(name.text or "", "", growth, [table])]


def _formulas(book: Book, growth: Growth, table: Table, words: list[str]) -> list[_Formula]:
    """The formulas of all sheets, those of the added rows left out. Other sheets count when they speak of this."""
    found = []
    for title, part in book.sheets().items():
        if growth.is_here(title) or book.may_speak_of(part, [growth.sheet, *words]):
            cells = table.cells if growth.is_here(title) else Cells(book.tree(part))
            for row, column, cell, formula in cells.formulas():
                if not (growth.is_here(title) and growth.after < row <= growth.until):
                    found.append(_Formula(title, row, column, cell, cells.whole(row, column, formula)))
    return found


def _looks_at_table(text: str, own: str, growth: Growth, words: list[str]) -> bool:
    for reference in references(text):
        first, last = reference.rows()
        if growth.is_here(reference.sheet or own) and first <= growth.until and last > growth.after:
            left, right = reference.columns()
            if left <= growth.right and right >= growth.left:
                return True
    return any(word and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.(])(?!\[(?:\[#This Row\]|@))", text)
               for word in words)


def _looks_at(formula: _Formula, places: set[tuple[str, int, int]]) -> bool:
    for reference in references(formula.text):
        sheet = (reference.sheet or formula.sheet).casefold()
        (first, last), (left, right) = reference.rows(), reference.columns()
        if first == last and left == right:
            if (sheet, first, left) in places:
                return True
        elif any(place[0] == sheet and first <= place[1] <= last and left <= place[2] <= right for place in places):
            return True
    return False
