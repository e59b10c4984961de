"""A workbook in which columns stand several times: their cells copied to the right, all that refers to columns moved
along. Rows are filled afterwards."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, forget
from folderkit.core.workbook.cells import Cells, clear
from folderkit.core.workbook.references import LAST_COLUMN, parse_cells
from folderkit.documents.parts import package
from folderkit.documents.workbook.around import follow_sheet, followed
from folderkit.documents.workbook.beside import Beside
from folderkit.documents.workbook.document import too_many_cells
from folderkit.documents.workbook.follow import Moves, Told, Where
from folderkit.documents.workbook.layout import Layout

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MAX_CELLS = 2_000_000  # of a sheet once its columns are repeated, and its rows are not
TextAt = Callable[[str, int, int], str]


def with_columns(path: Path, parts: Mapping[str, bytes], layouts: Mapping[str, Layout], text_at: TextAt, told: Told
                 ) -> package.Package:
    """The parts of a workbook whose columns stand as the `layouts` of its sheets say. Raises `Failed` for more columns
    than there are; `told` is told of what cannot follow."""
    book = Book(parts=parts)
    sheets = book.sheets()
    moves = Moves({name.casefold(): layout for name, layout in layouts.items()},
                  [name.casefold() for name in sheets], text_at, across=True)
    for name, layout in layouts.items():
        if layout.regions and layout.regions[-1].end > LAST_COLUMN:
            raise _too_many(path, name)
    moved = [name for name in layouts if moves.touches(name)]
    blank = [name for name, layout in layouts.items()
             if any(column < 0 for region in layout.regions for column in region.rows)]
    if moved:
        Beside(book, moves, told).follow()
    for name, part in sheets.items():
        if name in (*moved, *blank) or book.may_speak_of(part, moved):
            _Sheet(book, name, part, moves, told).follow(path)
    changes, dropped = book.changes()
    return {name: data for name, data in {**parts, **changes}.items() if name not in dropped}


class _Sheet:
    """One sheet, as its columns go."""

    def __init__(self, book: Book, name: str, part: str, moves: Moves, told: Told) -> None:
        self._book, self._name, self._part, self._moves, self._told = book, name, part, moves, told
        self._layout = moves.layouts.get(name.casefold(), Layout(()))

    def follow(self, path: Path) -> None:
        root = self._book.tree(self._part)
        grid = Cells(root)
        grid.spell_out()
        if self._layout.regions:
            made = sum(len(self._layout.copies(column)) for row in grid.rows for column in grid.in_row(row))
            if made > _MAX_CELLS:
                raise too_many_cells(path, self._name, _MAX_CELLS)
            for row in list(grid.rows):
                self._spread_row(grid, row, path)
        else:
            for _, column, cell, formula in grid.formulas():
                self._follow_formula(formula, cell.get("r", ""), column, column)
        follow_sheet(root, self._name, self._moves, self._told)
        self._book.touch(self._part)

    def _spread_row(self, grid: Cells, row: int, path: Path) -> None:
        element = grid.rows[row]
        forget(element, "spans")
        made: dict[int, Element] = {}
        for column, cell in grid.in_row(row).items():
            region = self._layout.region_of(column)
            if region is None and self._layout.shifted(column) > LAST_COLUMN:
                raise _too_many(path, self._name)
            place = cell.get("r", "")
            for at in self._layout.copies(column):
                other = copy.deepcopy(cell)
                other.set("r", f"{column_letters(at - 1)}{row}")
                if region is not None and region.rows[at - region.start] < 0:
                    clear(other)
                formula = child(other, "f")
                if formula is not None:
                    self._follow_formula(formula, place, column, at)
                made[at] = other
            element.remove(cell)
        for at in sorted(made, reverse=True):
            element.insert(0, made[at])

    def _follow_formula(self, formula: Element, place: str, column: int, at: int) -> None:
        """The formula of a cell in a column of the template, as it is in one of the document."""
        told = f"{self._name}, {place}"
        if formula.text:
            formula.text = followed(formula.text, Where(self._name, column, at), self._moves, self._told, told)
        for key in ("ref", "r1", "r2"):
            if not (value := formula.get(key)):
                continue
            area = parse_cells(value)
            left, right = area.columns()
            if self._layout.region_of(column) is None and self._layout.first(right) - self._layout.first(
                    left) == right - left and self._layout.count(right) == 1:
                formula.set(key, self._moves.around(value, self._name) or value)
            elif left == right == column:
                formula.set(key, str(area.turned().with_rows(at, at).turned()))
            else:
                self._told(told, Text("it fills an area in which columns are added or left out",
                                      "它占据的区域中会增删列"))


def _too_many(path: Path, sheet: str) -> Failed:
    return Failed(Text(f"{path}: '{sheet}' would have more columns than a sheet can hold ({LAST_COLUMN:,}).",
                       f"{path}：“{sheet}”的列数会超过工作表的上限（{LAST_COLUMN:,}）。"),
                  Text("Give fewer records.", "请减少记录。"))
