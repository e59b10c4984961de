"""What lies beside a workbook's sheets, following rows that move: drawings, charts, comments, controls, tables, pivot
tables, names."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, children, name_of
from folderkit.core.workbook.references import Reference
from folderkit.documents.workbook.around import first_cell, follow_named, followed
from folderkit.documents.workbook.drawings import Drawing
from folderkit.documents.workbook.follow import Moves, Told, Where, cells_in
from folderkit.documents.workbook.layout import Layout
from folderkit.documents.workbook.notes import Notes
from folderkit.documents.workbook.series import follow_chart

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_IN_PROPERTIES = ("fmlaLink", "fmlaRange", "fmlaTxbx", "fmlaGroup")


class Beside:
    """The parts around a workbook's sheets, as they follow. `told` is told of what cannot."""

    def __init__(self, book: Book, moves: Moves, told: Told) -> None:
        self._book, self._moves, self._told = book, moves, told
        self._done: set[str] = set()  # charts that have followed with their rows

    def follow(self) -> None:
        for name in children(child(self._book.root, "definedNames"), "definedName"):
            called = name.get("name", "")
            self._text(name, self._book.part, called, name=not called.startswith("_xlnm."))
        for sheet, part in self._book.sheets().items():
            layout = self._moves.layouts.get(sheet.casefold())
            moved = layout if layout is not None and layout.moves else None
            for link in self._book.relations(part):
                if link.target in self._book.names:
                    self._follow_part(link.kind, link.target, sheet, moved)
        connections = set(self._book.parts("connections"))
        for part in sorted(self._book.names):
            if "/charts/" in part and part.endswith(".xml") and part.rpartition("/")[2].startswith(("chart", "cx")):
                place = part.rpartition("/")[2]
                if part not in self._done and follow_chart(self._book.tree(part), self._moves, self._told, place):
                    self._book.touch(part)
            elif "/pivotCache/pivotCacheDefinition" in part and part.endswith(".xml"):
                self._follow_cache(part)
            elif part in connections:
                self._follow_parameters(part)
            elif "/ctrlProps/" in part and part.endswith(".xml"):
                self._follow_control(part)

    def _follow_part(self, kind: str, part: str, sheet: str, layout: Layout | None) -> None:
        if kind == "drawing":
            Drawing(self._book, part, sheet, self._moves, self._told, self._done).follow()
        elif kind == "vmlDrawing":
            Notes(self._book, sheet, self._moves, self._told).follow_drawing(part)
        elif kind in ("comments", "threadedComment"):
            Notes(self._book, sheet, self._moves, self._told).follow_comments(part)
        elif kind == "table":
            self._follow_table(part, sheet)
        elif layout and kind in ("pivotTable", "tableSingleCells"):
            for element in list(self._book.tree(part).iter()):
                if name_of(element) == "location" and (ref := element.get("ref")):
                    self._follow_pivot(element, ref, sheet, part)
                elif name_of(element) == "singleXmlCell" and (ref := element.get("r")):
                    self._set(element, "r", first_cell(ref, sheet, self._moves), part)

    def _follow_pivot(self, element: Element, ref: str, sheet: str, part: str) -> None:
        """A pivot table moves as a whole."""
        new = self._moves.around(ref, sheet) or ref
        if _width(self._moves.cells(new)) != _width(self._moves.cells(ref)):
            self._told(f"{sheet}, {ref}", Text(
                f"a pivot table stands on {self._moves.called.en}s that are added or left out",
                f"数据透视表所在的{self._moves.called.zh}会有增删"))
        self._set(element, "ref", new, part)

    def _set(self, element: Element, key: str, value: str, part: str) -> None:
        if element.get(key) != value:
            element.set(key, value)
            self._book.touch(part)

    def _text(self, element: Element, part: str, place: str, alone: tuple[str, str] = ("", ""), *,
              name: bool = False) -> bool:
        return self._write_text(
            element, followed(element.text or "", Where(alone=alone, name=name), self._moves, self._told, place), part)

    def _write_text(self, element: Element, text: str, part: str) -> bool:
        """Give an element another text; whether it is one."""
        if text == (element.text or ""):
            return False
        element.text = text
        self._book.touch(part)
        return True

    def _follow_table(self, part: str, sheet: str) -> None:
        root = self._book.tree(part)
        if self._moves.across:
            self._follow_table_across(root, part, sheet)
            return
        cells = cells_in(root.get("ref", ""))
        first = (cells.first.row if cells else 1) + int(root.get("headerRowCount", "1"))
        layout = self._moves.layouts.get(sheet.casefold())
        where = Where(sheet, first, layout.first(first) if layout else first)
        if layout is not None and cells is not None and not (
                all(layout.count(row) == 1 for row in range(cells.first.row, first))
                and layout.spans(first, cells.last.row)):
            self._told(f"{sheet}, {root.get('displayName')}", Text(
                "a table keeps its header, once, and a row", "表格要保留一个表头和至少一行"))
        for element in root.iter():
            if ref := element.get("ref"):
                self._set(element, "ref", self._moves.around(ref, sheet) or ref, part)
            if name_of(element) in ("calculatedColumnFormula", "totalsRowFormula") and element.text:
                here = where if name_of(element)[0] == "c" else Where(sheet)
                new = followed(element.text, here, self._moves, self._told, f"{sheet}, {root.get('displayName')}")
                self._write_text(element, new, part)

    def _follow_table_across(self, root: Element, part: str, sheet: str) -> None:
        """A table moves as a whole: each of its columns is told in it, with a header of its own."""
        place = f"{sheet}, {root.get('displayName')}"
        layout, cells = self._moves.layouts.get(sheet.casefold()), self._moves.cells(root.get("ref", ""))
        columns = [layout.copies(at) for at in range(cells.first.row, cells.last.row + 1)] if layout and cells else []
        if any(len(copies) != 1 for copies in columns) or any(
                other[0] - one[0] != 1 for one, other in itertools.pairwise(columns)):
            self._told(place, Text("a table has each of its columns once", "表格的每一列只能有一个"))
        for element in root.iter():
            if ref := element.get("ref"):
                self._set(element, "ref", self._moves.around(ref, sheet) or ref, part)
            if name_of(element) in ("calculatedColumnFormula", "totalsRowFormula") and element.text:
                self._write_text(element, followed(element.text, Where(sheet), self._moves, self._told, place), part)

    # -- what shows cells --------------------------------------------------------------------------
    def _follow_cache(self, part: str) -> None:
        """Where a pivot table's rows come from; it is computed when the workbook is opened."""
        root = self._book.tree(part)
        cache = child(root, "cacheSource")
        for several in children(child(child(cache, "consolidation"), "rangeSets"), "rangeSet"):
            if follow_named(several, self._moves):
                self._set(root, "refreshOnLoad", "1", part)
                self._book.touch(part)
        source = child(cache, "worksheetSource")
        if source is None:
            return
        sheet, ref = source.get("sheet", ""), source.get("ref", "")
        if ref and self._moves.touches(sheet):
            new = self._moves.around(ref, sheet) or ref
            if self._moves.across and _width(self._moves.cells(new)) != _width(self._moves.cells(ref)):
                self._told(f"{sheet}, {ref}", Text(
                    "a pivot table counts the columns of its source, and here some are added or left out",
                    "数据透视表的源区域列数固定，而此处会增删列"))
            self._set(source, "ref", new, part)
        self._set(root, "refreshOnLoad", "1", part)

    def _follow_parameters(self, part: str) -> None:
        """The cells that give the parameters of queries."""
        for one in (one for one in self._book.tree(part).iter() if name_of(one) == "parameter" and one.get("cell")):
            self._set(one, "cell", followed(one.get("cell", ""), Where(), self._moves, self._told, "connections"), part)

    def _follow_control(self, part: str) -> None:
        root = self._book.tree(part)
        for key in _IN_PROPERTIES:
            if value := root.get(key):
                new = followed(value, Where(alone=("", "")), self._moves, self._told, part.rpartition("/")[2])
                self._set(root, key, new, part)


def _width(cells: Reference | None) -> int:
    return 0 if cells is None else cells.rows()[1] - cells.rows()[0]
