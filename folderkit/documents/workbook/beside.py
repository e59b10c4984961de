"""What lies beside a workbook's sheets, following rows that move: drawings, charts, comments, controls, tables, pivot
tables, names."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, children, name_of
from folderkit.core.workbook.references import Reference, references
from folderkit.documents.workbook.around import Told, followed, move_corner
from folderkit.documents.workbook.follow import Moves, Where, cells_in
from folderkit.documents.workbook.layout import Layout
from folderkit.documents.workbook.series import CACHES, repeat_series

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_STRETCHED = ("sp", "cxnSp", "grpSp")  # what is drawn over cells; pictures and charts keep their size
_IN_PROPERTIES = ("fmlaLink", "fmlaRange", "fmlaTxbx", "fmlaGroup")
_VML_ROW = re.compile(r"(<x:Row>)\s*(\d+)\s*(</x:Row>)")
_VML_COLUMN = re.compile(r"(<x:Column>)\s*(\d+)\s*(</x:Column>)")
_VML_ANCHOR = re.compile(r"(<x:Anchor>)([^<]*)(</x:Anchor>)")
_VML_FORMULA = re.compile(r"(<x:Fmla(?:Link|Range|Txbx|Group)>)([^<]*)(</x:Fmla\w+>)")


class Beside:
    """The parts around a workbook's sheets, as they follow. `told` is told of what cannot."""

    def __init__(self, book: Book, moves: Moves, told: Told) -> None:
        self._book, self._moves, self._told = book, moves, told

    def follow(self) -> None:
        for name in children(child(self._book.root, "definedNames"), "definedName"):
            self._text(name, self._book.part, f"{name.get('name', '')}")
        for sheet, part in self._book.sheets().items():
            layout = self._moves.layouts.get(sheet.casefold())
            moved = layout if layout is not None and layout.moves else None
            for link in self._book.relations(part):
                if link.target in self._book.names:
                    self._follow_part(link.kind, link.target, sheet, moved)
        for part in sorted(self._book.names):
            if "/charts/" in part and part.endswith(".xml") and part.rpartition("/")[2].startswith(("chart", "cx")):
                self._follow_chart(part)
            elif "/pivotCache/pivotCacheDefinition" in part and part.endswith(".xml"):
                self._follow_cache(part)
            elif "/ctrlProps/" in part and part.endswith(".xml"):
                self._follow_control(part)

    def _follow_part(self, kind: str, part: str, sheet: str, layout: Layout | None) -> None:
        if kind == "drawing":
            self._follow_drawing(part, sheet, layout)
        elif kind == "vmlDrawing":
            self._follow_vml(part, sheet, layout)
        elif kind == "table":
            self._follow_table(part, sheet)
        elif layout and kind in ("comments", "threadedComment", "pivotTable", "tableSingleCells"):
            for element in list(self._book.tree(part).iter()):
                if name_of(element) in ("comment", "threadedComment", "location") and (ref := element.get("ref")):
                    self._set(element, "ref", self._first(ref, sheet, layout), part)
                elif name_of(element) == "singleXmlCell" and (ref := element.get("r")):
                    self._set(element, "r", self._first(ref, sheet, layout), part)

    def _first(self, ref: str, sheet: str, layout: Layout) -> str:
        """Where something goes that is not repeated: to the first copy of its row."""
        old = self._moves.cells(ref)
        if old is not None and old.single:
            return self._moves.text(old.with_rows(layout.first(old.first.row), layout.first(old.first.row)))
        return self._moves.around(ref, sheet) or ref

    def _set(self, element: Element, key: str, value: str, part: str) -> None:
        if element.get(key) != value:
            element.set(key, value)
            self._book.touch(part)

    def _text(self, element: Element, part: str, place: str, alone: tuple[str, str] = ("", "")) -> bool:
        return self._write_text(
            element, followed(element.text or "", Where(alone=alone), self._moves, self._told, place), part)

    def _write_text(self, element: Element, text: str, part: str) -> bool:
        """Give an element another text; whether it is one."""
        if text == (element.text or ""):
            return False
        element.text = text
        self._book.touch(part)
        return True

    # -- what lies on a sheet ----------------------------------------------------------------------
    def _follow_drawing(self, part: str, sheet: str, layout: Layout | None) -> None:
        root = self._book.tree(part)
        for element in root.iter():
            if link := element.get("textlink"):
                new = followed(link, Where(sheet, alone=("", "")), self._moves, self._told, f"{sheet}, {link}")
                self._set(element, "textlink", new, part)
        for anchor in root if layout else ():
            if name_of(anchor) not in ("twoCellAnchor", "oneCellAnchor") or anchor.get("editAs") == "absolute":
                continue
            begin, end = child(anchor, "from"), child(anchor, "to")
            across = self._moves.across
            by = move_corner(begin, layout, across) if begin is not None and layout else 0
            if end is not None and layout:
                stretched = anchor.get("editAs", "twoCell") == "twoCell" and any(
                    name_of(one) in _STRETCHED for one in anchor)
                row = child(end, "col" if across else "row")
                if stretched:
                    by = move_corner(end, layout, across)
                elif row is not None:
                    row.text = str(int(row.text or 0) + by)
            self._book.touch(part)

    def _follow_vml(self, part: str, sheet: str, layout: Layout | None) -> None:
        """The drawing of comments and old controls, which need not be well-formed."""
        old = self._book.raw(part).decode("utf-8", "surrogateescape")

        def row(found: re.Match[str]) -> str:
            return f"{found[1]}{layout.first(int(found[2]) + 1) - 1 if layout else found[2]}{found[3]}"

        def anchor(found: re.Match[str]) -> str:
            numbers = found[2].split(",")
            if layout is None or len(numbers) != 8 or not all(one.strip().lstrip("-").isdigit() for one in numbers):
                return found[0]
            begin, end = (0, 4) if self._moves.across else (2, 6)
            top, bottom = int(numbers[begin]), int(numbers[end])
            new = layout.first(top + 1) - 1
            numbers[begin], numbers[end] = f" {new}", f" {bottom + new - top}"
            return f"{found[1]}{','.join(numbers)}{found[3]}"

        def formula(found: re.Match[str]) -> str:
            where = Where(sheet, alone=("", ""))
            return f"{found[1]}{followed(found[2], where, self._moves, self._told, sheet)}{found[3]}"

        places = _VML_COLUMN if self._moves.across else _VML_ROW
        new = _VML_FORMULA.sub(formula, _VML_ANCHOR.sub(anchor, places.sub(row, old)))
        if new != old:
            self._book.put(part, new.encode("utf-8", "surrogateescape"))

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
    def _follow_chart(self, part: str) -> None:
        """The ranges that a chart shows; what it remembers of cells that are filled goes with them."""
        root, place = self._book.tree(part), part.rpartition("/")[2]
        series = repeat_series(root, self._moves, self._told, place)
        if series:
            self._book.touch(part)
        for element in list(root.iter()):
            if name_of(element) != "f" or not element.text or element in series:
                continue
            filled = any(self._moves.fills(one) for one in sheets_in(element.text))
            changed = self._text(element, part, place, ("(", ")"))
            parent = element.getparent()
            for kept in [] if parent is None or not (filled or changed) else list(parent):
                if name_of(kept) in CACHES and parent is not None:
                    parent.remove(kept)
                    self._book.touch(part)

    def _follow_cache(self, part: str) -> None:
        """Where a pivot table's rows come from; it is computed when the workbook is opened."""
        root = self._book.tree(part)
        source = child(child(root, "cacheSource"), "worksheetSource")
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

    def _follow_control(self, part: str) -> None:
        root = self._book.tree(part)
        for key in _IN_PROPERTIES:
            if value := root.get(key):
                new = followed(value, Where(alone=("", "")), self._moves, self._told, part.rpartition("/")[2])
                self._set(root, key, new, part)


def _width(cells: Reference | None) -> int:
    return 0 if cells is None else cells.rows()[1] - cells.rows()[0]


def sheets_in(text: str) -> set[str]:
    """The sheets that a formula names, in lower case."""
    return {one.sheet.casefold() for one in references(text) if one.sheet}
