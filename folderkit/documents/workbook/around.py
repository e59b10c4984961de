"""What a sheet says around its cells, following rows that move: merged cells, rules, links, page breaks, filters,
controls, sparklines."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import child, children, name_of
from folderkit.core.workbook.references import Reference
from folderkit.documents.workbook.follow import CannotFollowError, Moves, Told, Where
from folderkit.documents.workbook.layout import Layout, Span, gathered
from folderkit.documents.workbook.panes import follow_panes
from folderkit.documents.workbook.rules import follow_rules, forget_marks, has_followed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_STAYING = {"dimension", "selection", "pane", "sheetView"}
_FORMULAS = {"formula", "formula1", "formula2", "f"}
_LINKED = ("linkedCell", "listFillRange", "fmlaLink", "fmlaRange", "fmlaTxbx", "fmlaGroup", "textlink", "location")
_NAMES_CELLS = re.compile(r"[A-Za-z]")  # a bound of a rule that is no number
_IN_CELLS = ("inputCells", "cellWatch")


def follow_sheet(root: Element, sheet: str, moves: Moves, told: Told) -> bool:
    """Let all that a sheet says around its cells follow; whether anything is another now. `told` is told of what
    cannot."""
    layout = moves.layouts.get(sheet.casefold())
    here = layout if layout is not None and layout.moves else None
    if here is not None:
        follow_rules(root, sheet, moves, told)
    any_changed = _follow_formulas(root, sheet, moves, told)
    if here is None:
        return any_changed
    for top in list(root):
        name = name_of(top)
        if name == "sheetData":
            continue
        if name == "mergeCells":
            _repeat_each(top, "mergeCell", moves, here)
        elif name == "hyperlinks":
            _repeat_each(top, "hyperlink", moves, here)
        elif name == breaks_of(moves):
            _move_breaks(top, here)
        elif name == "cols" and moves.across:
            _move_widths(top, here)
        elif name == "sheetViews":
            follow_panes(top, here, across=moves.across)
        else:
            _follow_ranges(top, sheet, moves, here)
        if name in ("mergeCells", "hyperlinks", "cols", breaks_of(moves)) and not len(top):
            root.remove(top)
    forget_marks(root)
    return True


def breaks_of(moves: Moves) -> str:
    """What holds the page breaks that move."""
    return "colBreaks" if moves.across else "rowBreaks"


# -- formulas --------------------------------------------------------------------------------------
def _follow_formulas(root: Element, sheet: str, moves: Moves, told: Told) -> bool:
    found = False
    for top in root:
        for element in list(top.iter()) if name_of(top) != "sheetData" else ():
            name = name_of(element)
            if name in _FORMULAS and element.text and not has_followed(element):
                if name == "f" and _parent(element) == "sparkline":
                    found = _follow_sparkline(element, sheet, moves, told) or found
                    continue
                found = _follow_text(element, sheet, moves, told) or found
            if name == "dataRef":
                found = follow_named(element, moves) or found
            for key in _LINKED if name != "cfvo" else ("val",):
                if (value := element.get(key)) and (name != "cfvo" or _NAMES_CELLS.search(value)):
                    new = followed(value, Where(sheet, alone=("", "")), moves, told, f"{sheet}, {name}")
                    element.set(key, new)
                    found = found or new != value
    return found


def _parent(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else name_of(parent)


def _follow_text(element: Element, sheet: str, moves: Moves, told: Told) -> bool:
    base = _base(element, moves)
    layout = moves.layouts.get(sheet.casefold())
    at = layout.first(base.first.row) if layout and base and base.first.row else 0
    where = Where(sheet, base.first.row if base else 0, at, alone=("", ""))
    new = followed(element.text or "", where, moves, told, f"{sheet}, {moves.text(base) if base else name_of(element)}")
    changed, element.text = new != element.text, new
    return changed


def _base(element: Element, moves: Moves) -> Reference | None:
    """The first of the cells for which a rule is."""
    above: Element | None = element
    while above is not None:
        inner = child(above, "sqref")
        text = above.get("sqref") or (inner.text if inner is not None else "") or ""
        if text.strip():
            known = [cells for part in text.split() if (cells := moves.cells(part))]
            return min(known, key=lambda one: (one.rows(), one.columns()), default=None)
        above = above.getparent()
    return None


def followed(text: str, where: Where, moves: Moves, told: Told, place: str) -> str:
    """The formula as it stands in the document; as it was, with `told` told, where it cannot follow."""
    try:
        return moves.formula(text, where)
    except CannotFollowError as error:
        told(place, error.message)
        return text


def _follow_sparkline(element: Element, sheet: str, moves: Moves, told: Told) -> bool:
    """A sparkline for each row that is made of its own."""
    line = element.getparent()
    place = child(line, "sqref")
    if line is None or place is None or not place.text:
        return False
    old = moves.cells(place.text.split()[0])
    if old is None:
        return False
    layout = moves.layouts.get(sheet.casefold())
    region = layout.region_of(old.first.row) if layout and layout.moves else None
    copies = region.copies(old.first.row) if region else [layout.moved(old.first.row) if layout else old.first.row]
    before, text = (element.text or "", place.text), element.text or ""
    for at in reversed(copies[1:] if copies else ()):
        other = copy.deepcopy(line)
        _write_sparkline(other, text, Where(sheet, old.first.row, at, ("", "")), old, moves, told)
        line.addnext(other)
    if copies:
        _write_sparkline(line, text, Where(sheet, old.first.row, copies[0], ("", "")), old, moves, told)
    else:
        parent = line.getparent()
        if parent is not None:
            parent.remove(line)
    return not copies or (element.text, place.text) != before


def _write_sparkline(line: Element, text: str, where: Where, old: Reference, moves: Moves, told: Told) -> None:
    formula, place = child(line, "f"), child(line, "sqref")
    if formula is not None and place is not None:
        formula.text = followed(text, where, moves, told, f"{where.sheet}, {moves.text(old)}")
        place.text = moves.text(old.with_rows(where.at, where.at))


# -- ranges ----------------------------------------------------------------------------------------
def _follow_ranges(top: Element, sheet: str, moves: Moves, layout: Layout) -> None:
    for element in list(top.iter()):
        name = name_of(element)
        if not name or name in _STAYING or has_followed(element):
            if name == "dimension" and (ref := element.get("ref")):
                element.set("ref", moves.around(ref, sheet) or ref)
            continue
        if name == "sqref" and element.text and _parent(element) != "sparkline":
            element.text = moves.ranges(element.text, sheet)
            if not element.text:
                _drop_rule(element)
        if name == "autoFilter" and moves.across:
            _move_filters(element, moves, layout)
        for key in ("ref", "sqref") if name != "dataRef" else ():
            if value := element.get(key):
                new = moves.ranges(value, sheet) if key == "sqref" else moves.around(value, sheet)
                element.set(key, new)
                if not new:
                    _drop_rule(element)
        if name in _IN_CELLS and (value := element.get("r")):
            element.set("r", first_cell(value, sheet, moves))
        elif name == "brk" and _parent(element) == breaks_of(moves):
            element.set("id", str(layout.last(int(element.get("id", "0")))))
        elif name in ("from", "to") and _parent(element) == "anchor":
            move_corner(element, layout, moves.across)


def first_cell(ref: str, sheet: str, moves: Moves) -> str:
    """Where something goes that belongs to one cell: to the first copy of its row. A range goes as a whole."""
    old, layout = moves.cells(ref), moves.layouts.get(sheet.casefold())
    if old is not None and old.single and layout is not None and layout.moves:
        return moves.text(old.with_rows(layout.first(old.first.row), layout.first(old.first.row)))
    return moves.around(ref, sheet) or ref


def follow_named(element: Element, moves: Moves) -> bool:
    """Let the range of an element that names its sheet follow; whether it is another."""
    ref = element.get("ref", "")
    new = moves.around(ref, element.get("sheet", "")) or ref
    if new != ref:
        element.set("ref", new)
    return new != ref


def _move_filters(element: Element, moves: Moves, layout: Layout) -> None:
    """The columns of a filter, which are told by their places in its range."""
    cells = moves.cells(element.get("ref", ""))
    for one in children(element, "filterColumn") if cells is not None else ():
        place = int(one.get("colId", "0"))
        if cells is not None:
            one.set("colId", str(layout.first(cells.first.row + place) - layout.first(cells.first.row)))


def _drop_rule(element: Element) -> None:
    """Take away a rule for cells that are all gone."""
    rule = element if element.get("sqref") is not None or element.get("ref") is not None else element.getparent()
    parent = rule.getparent() if rule is not None else None
    if rule is not None and parent is not None:
        parent.remove(rule)
        if parent.get("count"):
            parent.set("count", str(len(parent)))


def move_corner(corner: Element, layout: Layout, across: bool) -> int:
    """Move a corner of what lies on a sheet with its row (or column), which counts from 0; by how many."""
    row = child(corner, "col" if across else "row")
    if row is None:
        return 0
    old = int(row.text or 0)
    new = layout.first(old + 1) - 1
    row.text = str(new)
    return new - old


# -- what is repeated with its row -----------------------------------------------------------------
def _repeat_each(top: Element, name: str, moves: Moves, layout: Layout) -> None:
    """Each merged area, or link, once for every copy of its rows."""
    for element in children(top, name):
        old = moves.cells(element.get("ref", ""))
        if old is None:
            continue
        areas = [moves.text(old.with_rows(*box)) for box in layout.boxes(*old.rows())]
        for area in reversed(areas[1:]):
            other = copy.copy(element)
            other.set("ref", area)
            element.addnext(other)
        if areas:
            element.set("ref", areas[0])
        else:
            top.remove(element)
    if top.get("count"):
        top.set("count", str(len(top)))


def _move_breaks(top: Element, layout: Layout) -> None:
    """Page breaks, each below a row."""
    for element in children(top, "brk"):
        row = int(element.get("id", "0"))
        region = layout.region_of(row)
        copies = list(region.copies(row)) if region else [layout.moved(row)]
        for at in reversed(copies[1:]):
            other = copy.copy(element)
            other.set("id", str(at))
            element.addnext(other)
        if copies:
            element.set("id", str(copies[0]))
        else:
            top.remove(element)
    breaks = children(top, "brk")
    top.set("count", str(len(breaks)))
    top.set("manualBreakCount", str(sum(one.get("man", "0") in ("1", "true") for one in breaks)))


def _move_widths(top: Element, layout: Layout) -> None:
    """The widths and looks of columns, for each where it stands now."""
    for element in children(top, "col"):
        first, last = max(int(element.get("min", "1")), 1), min(int(element.get("max", "1")), layout.most)
        spans = _stretches(first, last, layout)
        for begin, end in reversed(spans[1:]):
            other = copy.copy(element)
            other.set("min", str(begin))
            other.set("max", str(end))
            element.addnext(other)
        if spans:
            element.set("min", str(spans[0][0]))
            element.set("max", str(spans[0][1]))
        else:
            top.remove(element)
    found = sorted(children(top, "col"), key=lambda one: int(one.get("min", "1")))
    for element in found:
        top.append(element)


def _stretches(first: int, last: int, layout: Layout) -> list[Span]:
    """Where columns stand now, as stretches without gaps; those that lie in no region, at once."""
    found: list[Span] = []
    at = first
    for region in layout.regions:
        if region.last < at or region.first > last:
            continue
        if at < region.first:
            found.append((layout.moved(at), layout.moved(region.first - 1)))
        found += region.runs(max(at, region.first), min(last, region.last))
        at = region.last + 1
    if at <= last:
        found.append((layout.moved(at), layout.moved(last)))
    return gathered(at for begin, end in found for at in range(begin, end + 1))
