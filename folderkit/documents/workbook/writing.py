"""A sheet of the document: the rows that stay are moved in its XML, those that tags fill come as a stream."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from folderkit.core.cells import column_letters
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, forget, written
from folderkit.core.workbook.cells import Cells, forget_value, show_value
from folderkit.core.workbook.references import parse_cells
from folderkit.core.workbook.styles import Styles
from folderkit.documents.workbook.around import follow_sheet, followed
from folderkit.documents.workbook.follow import Moves, Told, Where
from folderkit.documents.workbook.layout import Layout
from folderkit.documents.workbook.program import Program
from folderkit.documents.workbook.rows import Computed, RowWriter
from folderkit.documents.workbook.values import CellError, ValueWriter

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MARK = re.compile(r"<\?folderkit (\d+)\?>")


@dataclass(frozen=True)
class Filling:
    """What a program gave: the layout of its sheet, and the values of its cells in the order of its rows."""

    program: Program
    layout: Layout
    values: Sequence[Any]


@dataclass
class SheetWriter:
    """Writes one sheet. `prepare` comes first, once; `told` is told of what cannot follow rows that move."""

    book: Book
    name: str
    part: str
    moves: Moves
    told: Told
    filling: Filling | None = None
    words: Callable[[Any], Any] = str
    changed: bool = False
    formulas: list[tuple[int, int, Element]] = field(default_factory=list)  # of rows that stay: row, column, cell
    _rows: RowWriter | None = None

    def prepare(self, styles: Styles, stale: bool) -> None:
        """Move what stays; `stale` says that what its formulas gave is so no longer."""
        root = self.book.tree(self.part)
        grid = Cells(root)
        layout = self.filling.layout if self.filling else Layout(())
        if layout.moves or self._any_follows(grid):
            grid.spell_out()
            self._follow_formulas(grid, layout)
            self.changed = True
        self.changed = follow_sheet(root, self.name, self.moves, self.told) or self.changed
        if stale:
            self._forget_values(grid, layout)
        if self.filling is not None:
            self._take_out(grid, layout, styles)
            self.changed = True
        if layout.moves:
            _renumber(grid, layout)

    def _any_follows(self, grid: Cells) -> bool:
        """Whether any formula of the sheet is another one in the document."""
        if not self.moves.any:
            return False
        known: dict[str, bool] = {}
        for row, column, _, found in grid.formulas():
            text = grid.whole(row, column, found)
            if text not in known:
                known[text] = followed(text, Where(self.name), self.moves, lambda *told: None, "") != text or (
                    self._cannot(text))
            if known[text]:
                return True
        return False

    def _cannot(self, text: str) -> bool:
        told: list[Text] = []
        followed(text, Where(self.name), self.moves, lambda place, why: told.append(why), "")
        return bool(told)

    def _follow_formulas(self, grid: Cells, layout: Layout) -> None:
        """The formulas of the rows that stay, each once."""
        for row, column, _, found in grid.formulas():
            if layout.region_of(row) is not None:
                continue
            place = f"{self.name}, {column_letters(column - 1)}{row}"
            if found.text:
                where = Where(self.name, row, layout.moved(row))
                found.text = followed(found.text, where, self.moves, self.told, place)
            for key in ("ref", "r1", "r2"):
                if value := found.get(key):
                    area = self.moves.around(value, self.name)
                    found.set(key, area or value)
                    rows, new = parse_cells(value).rows(), parse_cells(area or value).rows()
                    if new[1] - new[0] != rows[1] - rows[0]:
                        self.told(place, Text("it fills an area in which rows are added or left out",
                                              "它占据的区域中会增删行"))

    def _forget_values(self, grid: Cells, layout: Layout) -> None:
        for row, column, cell, formula in grid.formulas():
            if layout.region_of(row) is None:
                for place, one in filled_by(grid, row, column, cell, formula):
                    forget_value(one)
                    self.formulas.append((layout.moved(place[0]), place[1], one))
                self.changed = True

    def _take_out(self, grid: Cells, layout: Layout, styles: Styles) -> None:
        """Put marks in the place of the rows that come as a stream."""
        from lxml import etree

        assert self.filling is not None  # noqa: S101  the caller has looked
        prefix = grid.data.prefix
        writer = ValueWriter(f"{prefix}:" if prefix else "", self.book.uses_1904(),
                             lambda style, with_time: styles.for_date(style, with_time=with_time), self.words)
        self._rows = RowWriter(grid, self.filling.program, layout, self.moves, writer)
        rows = list(grid.rows)
        for number, region in enumerate(layout.regions):
            for row in range(region.first, region.last + 1):
                self._rows.read(row)
            mark = etree.ProcessingInstruction("folderkit", str(number))
            place = bisect.bisect_left(rows, region.first)
            if place == len(rows):
                grid.data.append(mark)
            else:
                grid.rows[rows[place]].addprevious(mark)
        for region in layout.regions:
            for row in range(region.first, region.last + 1):
                if row in grid.rows:
                    grid.data.remove(grid.rows[row])

    # -- writing -----------------------------------------------------------------------------------
    def show(self, computed: Computed) -> None:
        """Put in what the formulas of the rows that stay give."""
        for row, column, cell in self.formulas:
            show_computed(cell, computed(row, column))

    def pieces(self, computed: Computed | None = None) -> Iterator[str]:
        """The sheet's XML, piece by piece. Raises `ValueFault`."""
        rest = _MARK.split(written(self.book.tree(self.part)).decode())
        yield rest[0]
        if self.filling is None or self._rows is None:
            return
        values = iter(self.filling.values)
        for number, after in zip(rest[1::2], rest[2::2], strict=True):
            yield from self._rows.write(self.filling.layout.regions[int(number)], values, computed)
            yield after

    @property
    def has_filled_formulas(self) -> bool:
        """Whether the rows that come as a stream hold formulas, once these are written."""
        return self._rows is not None and self._rows.has_formulas

    def tell_faults(self) -> None:
        """Tell of the formulas of filled rows that could not follow, once these are written."""
        for (row, column), why in sorted(self._rows.faults.items()) if self._rows else ():
            home = self.filling.program.home(column) if self.filling else column
            self.told(f"{self.name}, {column_letters(home - 1)}{row}", why)


def show_computed(cell: Element, value: Any) -> bool:
    """Let a cell show what its formula gives; whether that is known."""
    if value is None:
        return False
    show_value(cell, int(value) if isinstance(value, bool) else value)
    if isinstance(value, bool | CellError):
        cell.set("t", "e" if isinstance(value, CellError) else "b")
    return True


def filled_by(grid: Cells, row: int, column: int, cell: Element, formula: Element
               ) -> Iterator[tuple[tuple[int, int], Element]]:
    """The cells that a formula fills, and their places: its own, and those of the area of an array."""
    yield (row, column), cell
    if formula.get("t") in ("array", "dataTable") and ":" in formula.get("ref", ""):
        area = parse_cells(formula.get("ref", ""))
        (top, bottom), (left, right) = area.rows(), area.columns()
        for one in (number for number in grid.rows if top <= number <= bottom):
            for place, other in grid.in_row(one).items():
                if left <= place <= right and other is not cell:
                    yield (one, place), other


def _renumber(grid: Cells, layout: Layout) -> None:
    """Give the rows that stay their numbers in the document."""
    for number, row in grid.rows.items():
        new = layout.moved(number)
        if row.getparent() is None or new == number:
            continue
        row.set("r", str(new))
        forget(row, "spans")
        for column, cell in grid.in_row(number).items():
            cell.set("r", f"{column_letters(column - 1)}{new}")


def has_formulas(book: Book, part: str) -> bool:
    """Whether a sheet may hold formulas, told without reading it."""
    raw = book.raw(part)
    return b"<f" in raw or b":f>" in raw or b":f " in raw or raw.startswith((b"\xff\xfe", b"\xfe\xff"))
