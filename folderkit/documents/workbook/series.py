"""The ranges that a chart shows, following rows that move: a series that shows a repeated line of cells becomes one for
each copy of the line."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import child, children, name_of
from folderkit.core.workbook.references import Reference, references
from folderkit.documents.workbook.around import followed
from folderkit.documents.workbook.follow import Moves, Told, Where
from folderkit.documents.workbook.layout import Layout

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MOST = 255  # series of a chart (Excel's limit)
_VALUES, _CATEGORIES = ("val", "yVal"), ("cat", "xVal")
_OWN_LOOK = ("spPr", "marker", "dPt", "extLst")  # a copy gets a look of its own, or none could tell them apart
_CACHES = ("numCache", "strCache", "multiLvlStrCache", "dlblRangeCache", "lvl")  # what a chart remembers of cells


@dataclass(frozen=True)
class _Line:
    """What a series shows: a line of cells of a sheet that is repeated, and where its copies are."""

    sheet: str
    row: int
    copies: tuple[int, ...]


def follow_chart(root: Element, moves: Moves, told: Told, place: str, where: Where = Where(alone=("(", ")"))) -> bool:  # noqa: B008
    """Let the ranges that a chart shows follow; whether any is another. What it remembers of cells that are filled goes
    with them. `where` says of a chart that is repeated with its rows which copy it belongs to."""
    series = repeat_series(root, moves, told, place, where)
    any_changed = bool(series)
    for element in list(root.iter()):
        if name_of(element) != "f" or not element.text or element in series:
            continue
        filled = any(moves.fills(one.sheet) for one in references(element.text))
        new = followed(element.text, where, moves, told, place)
        if new != element.text or filled:
            element.text = new
            _forget_caches(element)
            any_changed = True
    return any_changed


def repeat_series(root: Element, moves: Moves, told: Told, place: str, within: Where) -> set[Element]:
    """Give each copy of a repeated line of cells a series of its own; the formulas of these, which have followed."""
    found: set[Element] = set()
    for one in [element for element in root.iter() if name_of(element) == "ser"]:
        line = _line_of(one, moves, within)
        if line is not None and len(line.copies) > 1:
            found.update(_repeat(one, line, moves, told, place))
    if found:
        _number(root, told, place)
    return found


def _line_of(series: Element, moves: Moves, within: Where) -> _Line | None:
    """The line that a series shows, when its copies are lines beside each other and no longer line."""
    values = _cells(series, _VALUES, moves)
    layout = _layout(values, moves)
    if values is None or layout is None or values.first.row != values.last.row or not values.first.row:
        return None
    row, categories, name = values.first.row, _cells(series, _CATEGORIES, moves), _cells(series, ("tx",), moves)
    is_long = values.first.column != values.last.column
    other = categories is not None and categories.rows() != (row, row)
    named = name is not None and name.rows() == (row, row) and name.sheet.casefold() == values.sheet.casefold()
    if not (is_long or other or (named and categories is None)):
        return None
    region = layout.region_of(row)
    if region is not None and within.at and layout.region_of(within.row) is region:
        return _Line(values.sheet, row, tuple(region.near(row, within.row, within.at)))
    return _Line(values.sheet, row, tuple(layout.copies(row)))


def _layout(cells: Reference | None, moves: Moves) -> Layout | None:
    layout = moves.layouts.get(cells.sheet.casefold()) if cells is not None else None
    return layout if layout is not None and layout.moves else None


def _cells(series: Element, names: tuple[str, ...], moves: Moves) -> Reference | None:
    """The cells that a part of a series takes, when they are one range."""
    part = next((one for name in names if (one := child(series, name)) is not None), None)
    formula = next((one for one in part.iter() if name_of(one) == "f"), None) if part is not None else None
    found = list(references(formula.text or "")) if formula is not None else []
    return moves.turned(found[0]) if len(found) == 1 else None


def _formulas(series: Element) -> list[Element]:
    return [one for one in series.iter() if name_of(one) == "f" and one.text]


def _repeat(series: Element, line: _Line, moves: Moves, told: Told, place: str) -> Iterator[Element]:
    made = [series, *(copy.deepcopy(series) for _ in line.copies[1:])]
    for number, (one, at) in enumerate(zip(made, line.copies, strict=True)):
        where = Where(line.sheet, line.row, at, alone=("(", ")"), loose=True)
        for formula in _formulas(one):
            formula.text = followed(formula.text or "", where, moves, told, place)
            _forget_caches(formula)
            yield formula
        if number:
            for name in _OWN_LOOK:
                for look in children(one, name):
                    one.remove(look)
            made[number - 1].addnext(one)


def _forget_caches(formula: Element) -> None:
    parent = formula.getparent()
    for kept in list(parent) if parent is not None else ():
        if parent is not None and name_of(kept) in _CACHES:
            parent.remove(kept)


def _number(root: Element, told: Told, place: str) -> None:
    """Number the series of a chart anew: `order` as they stand, `idx`, which gives the colour, each once."""
    taken: set[str] = set()
    every = [one for one in root.iter() if name_of(one) == "ser"]
    if len(every) > _MOST:
        told(place, Text(f"it would have {len(every)} series, and a chart holds {_MOST}",
                         f"它会有 {len(every)} 个系列，而图表最多容纳 {_MOST} 个"))
    for number, one in enumerate(every):
        order, index = child(one, "order"), child(one, "idx")
        if order is not None:
            order.set("val", str(number))
        if index is not None:
            if index.get("val") in taken:
                index.set("val", next(str(free) for free in range(_MOST * 2) if str(free) not in taken))
            taken.add(index.get("val", ""))
