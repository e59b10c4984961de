"""The frozen rows or columns of a sheet: they end where they did, whatever of them is repeated or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folderkit.core.cells import column_letters
from folderkit.core.workbook.book import child, children
from folderkit.core.workbook.references import parse_cells
from folderkit.documents.workbook.layout import Layout

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MOST = 20  # rows or columns; with more of them frozen, nothing else could be seen on a small screen


def follow_panes(top: Element, layout: Layout, *, across: bool) -> None:
    """Let what is frozen end where it did: below the same row, or right of the same column (`across`). `top` is the
    sheet's views. What a person has only split stays as it is."""
    for view in children(top, "sheetView"):
        pane = child(view, "pane")
        if pane is not None and pane.get("state") in ("frozen", "frozenSplit"):
            _follow(view, pane, layout, across=across)


def _follow(view: Element, pane: Element, layout: Layout, *, across: bool) -> None:
    split = "xSplit" if across else "ySplit"
    count = int(float(pane.get(split, "0")))
    start = _place(view.get("topLeftCell", "A1"), across=across)
    if count <= 0:
        return
    frozen = layout.last(start + count - 1) - layout.first(start) + 1
    if frozen > max(_MOST, count):
        return
    below = pane.get("topLeftCell", "")
    if below:
        scrolled = max(_place(below, across=across) - start - count, 0)
        pane.set("topLeftCell", _at(below, start + max(frozen, 0) + scrolled, across=across))
    if frozen > 0:
        pane.set(split, str(frozen))
    elif pane.get("ySplit" if across else "xSplit", "0") == "0":
        for one in (pane, *children(view, "selection")):
            view.remove(one)
    else:
        _thaw(view, pane, split)


def _thaw(view: Element, pane: Element, split: str) -> None:
    """Nothing is frozen in one direction any more; in the other there are two panes left."""
    del pane.attrib[split]
    left = "bottomLeft" if split == "xSplit" else "topRight"
    pane.set("activePane", left)
    for one in children(view, "selection"):
        if one.get("pane") not in (None, left):
            view.remove(one)


def _place(cell: str, *, across: bool) -> int:
    first = parse_cells(cell).first
    return first.column if across else first.row


def _at(cell: str, place: int, *, across: bool) -> str:
    """The cell in another row, or another column."""
    first = parse_cells(cell).first
    column, row = (place, first.row) if across else (first.column, place)
    return f"{column_letters(column - 1)}{row}"
