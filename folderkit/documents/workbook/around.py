"""What a sheet says around its cells, following rows that move: merged cells, rules, links, page breaks, filters,
controls, sparklines."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import child, children, name_of
from folderkit.core.workbook.references import Reference
from folderkit.documents.workbook.follow import CannotFollowError, Moves, Where, cells_in
from folderkit.documents.workbook.layout import Layout

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Told = Callable[[str, Text], None]  # a place, and why what it says cannot follow
_STAYING = {"dimension", "selection", "pane", "sheetView"}
_FORMULAS = {"formula", "formula1", "formula2", "f"}
_LINKED = ("linkedCell", "listFillRange", "fmlaLink", "fmlaRange", "fmlaTxbx", "fmlaGroup", "textlink", "location")
_NAMES_CELLS = re.compile(r"[A-Za-z]")  # a bound of a rule that is no number
_IN_CELLS = ("inputCells", "cellWatch", "singleXmlCell")


def follow_sheet(root: Element, sheet: str, moves: Moves, told: Told) -> bool:
    """Let all that a sheet says around its cells follow; whether anything is another now. `told` is told of what
    cannot."""
    layout = moves.layouts.get(sheet.casefold())
    here = layout if layout is not None and layout.moves else None
    any_changed = _follow_formulas(root, sheet, moves, told)
    if here is None:
        return any_changed
    for top in list(root):
        name = name_of(top)
        if name == "sheetData":
            continue
        if name == "mergeCells":
            _repeat_each(top, "mergeCell", here)
        elif name == "hyperlinks":
            _repeat_each(top, "hyperlink", here)
        elif name == "rowBreaks":
            _move_breaks(top, here)
        else:
            _follow_ranges(top, sheet, moves, here)
        if name in ("mergeCells", "hyperlinks", "rowBreaks") and not len(top):
            root.remove(top)
    return True


# -- formulas --------------------------------------------------------------------------------------
def _follow_formulas(root: Element, sheet: str, moves: Moves, told: Told) -> bool:
    found = False
    for top in root:
        for element in list(top.iter()) if name_of(top) != "sheetData" else ():
            name = name_of(element)
            if name in _FORMULAS and element.text:
                if name == "f" and _parent(element) == "sparkline":
                    found = _follow_sparkline(element, sheet, moves, told) or found
                    continue
                found = _follow_text(element, sheet, moves, told) or found
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
    base = _base(element)
    layout = moves.layouts.get(sheet.casefold())
    at = layout.first(base.first.row) if layout and base and base.first.row else 0
    where = Where(sheet, base.first.row if base else 0, at, alone=("", ""))
    new = followed(element.text or "", where, moves, told, f"{sheet}, {base or name_of(element)}")
    changed, element.text = new != element.text, new
    return changed


def _base(element: Element) -> Reference | None:
    """The first of the cells for which a rule is."""
    above: Element | None = element
    while above is not None:
        inner = child(above, "sqref")
        text = above.get("sqref") or (inner.text if inner is not None else "") or ""
        if text.strip():
            known = [cells for part in text.split() if (cells := cells_in(part))]
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
    old = cells_in(place.text.split()[0])
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
        formula.text = followed(text, where, moves, told, f"{where.sheet}, {old}")
        place.text = str(old.with_rows(where.at, where.at))


# -- ranges ----------------------------------------------------------------------------------------
def _follow_ranges(top: Element, sheet: str, moves: Moves, layout: Layout) -> None:
    for element in list(top.iter()):
        name = name_of(element)
        if not name or name in _STAYING:
            if name == "dimension" and (ref := element.get("ref")):
                element.set("ref", moves.around(ref, sheet) or ref)
            continue
        if name == "sqref" and element.text and _parent(element) != "sparkline":
            element.text = moves.ranges(element.text, sheet)
            if not element.text:
                _drop_rule(element)
        for key in ("ref", "sqref"):
            if value := element.get(key):
                new = moves.ranges(value, sheet) if key == "sqref" else moves.around(value, sheet)
                element.set(key, new)
                if not new:
                    _drop_rule(element)
        if name in _IN_CELLS and (value := element.get("r")):
            element.set("r", moves.around(value, sheet) or value)
        elif name == "brk" and _parent(element) == "rowBreaks":
            element.set("id", str(layout.last(int(element.get("id", "0")))))
        elif name in ("from", "to") and _parent(element) == "anchor":
            move_corner(element, layout)


def _drop_rule(element: Element) -> None:
    """Take away a rule for cells that are all gone."""
    rule = element if element.get("sqref") is not None or element.get("ref") is not None else element.getparent()
    parent = rule.getparent() if rule is not None else None
    if rule is not None and parent is not None:
        parent.remove(rule)
        if parent.get("count"):
            parent.set("count", str(len(parent)))


def move_corner(corner: Element, layout: Layout) -> int:
    """Move a corner of what lies on a sheet with its row, which counts from 0; by how many rows."""
    row = child(corner, "row")
    if row is None:
        return 0
    old = int(row.text or 0)
    new = layout.first(old + 1) - 1
    row.text = str(new)
    return new - old


# -- what is repeated with its row -----------------------------------------------------------------
def _repeat_each(top: Element, name: str, layout: Layout) -> None:
    """Each merged area, or link, once for every copy of its rows."""
    for element in children(top, name):
        old = cells_in(element.get("ref", ""))
        if old is None:
            continue
        areas = list(_copies(old, layout))
        for area in reversed(areas[1:]):
            other = copy.copy(element)
            other.set("ref", str(area))
            element.addnext(other)
        if areas:
            element.set("ref", str(areas[0]))
        else:
            top.remove(element)
    if top.get("count"):
        top.set("count", str(len(top)))


def _copies(old: Reference, layout: Layout) -> Iterator[Reference]:
    first, last = old.rows()
    region = layout.region_of(first)
    if region is None or region is not layout.region_of(last):
        begin, end = layout.first(first), layout.last(last)
        if begin <= end:
            yield old.with_rows(begin, end)
        return
    for at in region.copies(first):
        ends = region.near(last, first, at)
        if ends:
            yield old.with_rows(at, max(at, ends[-1]))


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
