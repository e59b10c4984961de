"""What must follow when a table grows by rows: ranges that end with it stretch, what stands below it moves down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import Book, child, children, forget, name_of
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import LAST_ROW, Change, Reference, changed, parse_cells

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_STRETCHED = {"conditionalFormatting", "dataValidation", "ignoredError", "protectedRange", "autoFilter", "sortState",
              "sortCondition"}
_STAYING = {"dimension", "selection", "pane", "sheetView"}
_FORMULAS = {"formula", "formula1", "formula2", "f"}


class CannotMoveError(Exception):
    """Something below the table cannot be moved down without harm; the text says what (en, zh)."""


@dataclass(frozen=True)
class Growth:
    """Rows are added to a table of `sheet`: those below row `after` (the header when it holds none) up to `until`;
    what stood from row `at` on moves down by `by` rows. Rows and columns count from 1."""

    sheet: str
    header: int
    after: int
    until: int
    left: int
    right: int
    at: int = LAST_ROW + 1
    by: int = 0

    def is_here(self, name: str) -> bool:
        return name.casefold() == self.sheet.casefold()

    def moved(self, row: int) -> int:
        return min(row + self.by, LAST_ROW) if row >= self.at else row

    def ends_here(self, old: Reference) -> bool:
        """Whether it is a range in the table that ends with the table."""
        (first, last), (left, right) = old.rows(), old.columns()
        return (bool(old.first.column and old.first.row) and first <= self.after <= last < min(self.until, self.at)
                and left <= self.right and right >= self.left)

    def place(self, old: Reference, *, stretch: bool) -> Reference:
        """Where these cells lie afterwards."""
        first, last = old.rows()
        until = self.until if stretch and self.ends_here(old) else self.moved(last)
        new = old.with_rows(self.moved(first), until) if (self.moved(first), until) != (first, last) else old
        return new if not old.single or new.first.row == new.last.row else _range(new)

    def change(self, own: str, *, in_row: bool = False, from_header: bool = False) -> Change:
        """How references change in a formula on the sheet `own`. A formula of the table's rows, `in_row`, means its
        own row by an end without $, as in a running total; only a name or a filter may end at the bare header."""

        def one(old: Reference) -> Reference | None:
            if not self.is_here(old.sheet or own):
                return None
            stretch = not old.single and (from_header or self.after > self.header) and (
                not in_row or old.last.fixed_row)
            new = self.place(old, stretch=stretch)
            return None if new == old else new

        return one

    def ranges(self, text: str, *, stretch: bool) -> str:
        """A list of ranges, as rules have it; what is none any more (#REF!) stays."""
        return " ".join(part if (old := _cells_in(part)) is None else str(self.place(old, stretch=stretch))
                        for part in text.split())

    def is_row(self, row: int) -> bool:
        """Whether it is one of the table's rows, or a prepared one that is written to now."""
        return self.header < row <= self.until and row < self.at


def _cells_in(text: str) -> Reference | None:
    """The cells of a rule; None for those that are gone. Raises `ValueError` for what makes no sense."""
    return None if "#REF!" in text else parse_cells(text)


def _range(reference: Reference) -> Reference:
    return Reference(reference.sheet, reference.first, reference.last, single=False)


# -- the sheet itself ------------------------------------------------------------------------------
def grow_sheet(root: Element, growth: Growth) -> None:
    """Rules, filters, merged cells, links, page breaks of the table's sheet."""
    taken = _validated(root)
    for top in root:
        if name_of(top) == "sheetData":
            continue
        for element in top.iter():
            name = name_of(element)
            if name in _STAYING or not name:
                continue
            _grow_attributes(element, name, growth, taken)
            if name in _FORMULAS and element.text:
                element.text = changed(element.text, growth.change(growth.sheet, in_row=True))
            elif name == "sqref" and element.text:
                element.text = growth.ranges(element.text, stretch=_holder(element) != "sparkline")
            elif name == "brk" and int(element.get("id", "0")) >= growth.at - 1:
                element.set("id", str(int(element.get("id", "0")) + growth.by))


def _holder(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else name_of(parent)


def _grow_attributes(element: Element, name: str, growth: Growth, taken: list[Reference]) -> None:
    for key in ("ref", "sqref"):
        if value := element.get(key):
            stretch = name in _STRETCHED and (growth.after > growth.header or name == "autoFilter")
            if name == "dataValidation" and _is_taken(value, growth, taken):
                stretch = False
            element.set(key, growth.ranges(value, stretch=stretch))


def _validated(root: Element) -> list[Reference]:
    """All cells that have a rule for what may be typed; one cell cannot have two."""
    rules = children(child(root, "dataValidations"), "dataValidation")
    return [old for rule in rules for part in rule.get("sqref", "").split() if (old := _cells_in(part))]


def _is_taken(value: str, growth: Growth, taken: list[Reference]) -> bool:
    """Whether another rule is already there for cells into which these would stretch."""
    for part in value.split():
        old = _cells_in(part)
        if old is None:
            continue
        new = growth.place(old, stretch=True)
        if new.rows()[1] > growth.moved(old.rows()[1]) and any(
                other != old and _meet(other, new) and not _meet(other, old) for other in taken):
            return True
    return False


def _meet(one: Reference, other: Reference) -> bool:
    return all(a[0] <= b[1] and b[0] <= a[1] for a, b in
               ((one.rows(), other.rows()), (one.columns(), other.columns())))


# -- formulas everywhere ---------------------------------------------------------------------------
def grow_formulas(cells: Cells, own: str, growth: Growth) -> bool:
    """The formulas of one sheet; True when any is another now."""
    here = growth.is_here(own)
    changes = {in_row: growth.change(own, in_row=in_row) for in_row in (True, False)}

    @cache  # formulas of a table's column are often all alike
    def new(text: str, in_row: bool) -> str:
        return changed(text, changes[in_row])

    def new_text(row: int, formula: Element) -> str:
        return new(formula.text or "", here and growth.is_row(row))

    if not (here and growth.by) and all(new_text(row, found) == (found.text or "")
                                        for row, _, _, found in cells.formulas()):
        return False
    cells.spell_out()
    for row, _, _, found in cells.formulas():
        if found.text:
            found.text = new_text(row, found)
        if here and found.get("ref"):
            found.set("ref", growth.ranges(found.get("ref", ""), stretch=False))
    return True


def grow_others(book: Book, part: str, growth: Growth) -> None:
    """Names, other sheets and charts that speak of the table's cells."""
    names = children(child(book.root, "definedNames"), "definedName")
    for name in names:
        special = name.get("name", "").startswith("_xlnm.")
        change = growth.change("", from_header=special)
        new = changed(name.text or "", change if special else _of_fixed(change))
        if new != (name.text or ""):
            name.text = new
            book.touch(book.part)
    for title, other in book.sheets().items():
        if other != part and book.may_speak_of(other, [growth.sheet]):
            _grow_other_sheet(book, title, other, growth)
    for chart in [name for name in book.names if "/charts/" in name and name.endswith(".xml")]:
        if book.may_speak_of(chart, [growth.sheet]):
            _grow_chart(book, chart, growth)


def _of_fixed(change: Change) -> Change:
    """The change of a name: rows without $ are counted from the cell where the name is used, and stay as they are."""
    return lambda old: change(old) if old.first.fixed_row and old.last.fixed_row else None


def _grow_other_sheet(book: Book, title: str, part: str, growth: Growth) -> None:
    root = book.tree(part)
    any_changed = grow_formulas(Cells(root), title, growth)
    for top in root:
        for element in top.iter() if name_of(top) != "sheetData" else ():
            if name_of(element) in _FORMULAS and element.text:
                new = changed(element.text, growth.change(title))
                any_changed = any_changed or new != element.text
                element.text = new
    if any_changed:
        book.touch(part)


def _grow_chart(book: Book, part: str, growth: Growth) -> None:
    """The ranges that a chart shows; what it remembers of their values goes with them."""
    for element in book.tree(part).iter():
        if name_of(element) == "f" and element.text:
            new = changed(element.text, growth.change(""))
            if new != element.text:
                element.text = new
                book.touch(part)
                parent = element.getparent()
                for kept in [] if parent is None else list(parent):
                    if name_of(kept) in ("numCache", "strCache", "multiLvlStrCache") and parent is not None:
                        parent.remove(kept)


# -- what lies on the sheet ------------------------------------------------------------------------
def grow_neighbours(book: Book, part: str, own_table: str, growth: Growth) -> None:
    """Move the pictures and tables below the rows. Raises `CannotMoveError` where that is not safe."""
    if not growth.by:
        return
    root = book.tree(part)
    if any(name_of(top) in ("controls", "oleObjects", "AlternateContent") and top.find(".//{*}anchor") is not None
           for top in root):
        raise CannotMoveError("buttons or embedded objects", "按钮或嵌入对象")
    for link in book.relations(part):
        if link.target not in book.names:
            continue
        if link.kind == "drawing":
            _move_anchors(book, link.target, growth)
        elif link.kind == "table" and link.target != own_table:
            _move_table(book, link.target, growth)
        elif link.kind in ("comments", "threadedComment", "pivotTable"):
            places = [value for element in book.tree(link.target).iter() if name_of(element) in (
                "comment", "threadedComment", "location") and (value := element.get("ref"))]
            if any(parse_cells(place).rows()[1] >= growth.at for place in places):
                raise CannotMoveError(*(("a pivot table", "数据透视表") if link.kind == "pivotTable"
                                        else ("comments", "批注")))


def _move_anchors(book: Book, part: str, growth: Growth) -> None:
    for anchor in book.tree(part):
        if anchor.get("editAs") == "absolute":
            continue
        for corner in (child(anchor, "from"), child(anchor, "to")):
            row = child(corner, "row")
            if row is not None and int(row.text or 0) >= growth.at - 1:
                row.text = str(growth.moved(int(row.text or 0) + 1) - 1)
                book.touch(part)


def _move_table(book: Book, part: str, growth: Growth) -> None:
    root = book.tree(part)
    first, last = parse_cells(root.get("ref", "")).rows()
    if first < growth.at <= last:
        raise CannotMoveError("another table beside it", "旁边的另一张表格")
    if first >= growth.at:
        for element in root.iter():
            if ref := element.get("ref"):
                element.set("ref", growth.ranges(ref, stretch=False))
        book.touch(part)


def grow_table(root: Element, growth: Growth, until: int) -> None:
    """The table itself, whose last row of data is `until` afterwards."""
    totals = int(root.get("totalsRowCount", "0"))
    forget(root, "insertRow", "insertRowShift")  # marks of a table that has no row yet
    for element in root.iter():
        ref = element.get("ref")
        name = name_of(element)
        if ref and name in ("table", "autoFilter"):
            old = parse_cells(ref)
            element.set("ref", str(old.with_rows(old.rows()[0], until + (totals if name == "table" else 0))))
        elif ref:
            element.set("ref", growth.ranges(ref, stretch=True))
        elif name in ("calculatedColumnFormula", "totalsRowFormula") and element.text:
            element.text = changed(element.text, growth.change(growth.sheet, in_row=name[0] == "c"))
