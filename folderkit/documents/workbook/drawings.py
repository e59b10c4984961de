"""What is drawn on a sheet, following rows that move: pictures, charts and shapes go with their rows, and what lies
whole on rows that are repeated is there with each copy."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, children, name_of, written
from folderkit.core.workbook.cells import Cells
from folderkit.documents.workbook.around import followed, move_corner
from folderkit.documents.workbook.follow import Moves, Told, Where
from folderkit.documents.workbook.layout import Layout
from folderkit.documents.workbook.series import follow_chart

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ANCHORS = ("twoCellAnchor", "oneCellAnchor")
_STRETCHED = ("sp", "cxnSp", "grpSp")  # what is drawn over cells; pictures and charts keep their size
_CHARTS = ("chart", "chartEx")
_ONCE = {"relIds": Text("a SmartArt graphic", "SmartArt 图形"), "slicer": Text("a slicer", "切片器"),
         "timeslicer": Text("a timeline", "日程表"), "contentPart": Text("ink", "墨迹"),
         "Choice": Text("a control", "控件")}
_EMU_OF_POINT, _EMU_OF_PIXEL, _OVERLAP = 12_700, 9_525, 38_100  # what reaches 3 points further ends in the row before

MOST_COPIES = 20_000  # of what is drawn on a row that is repeated


def too_often(count: int) -> Text:
    """Why something is not drawn so often."""
    return Text(f"it would be there {count:,} times, and {MOST_COPIES:,} are the most",
                f"它会出现 {count:,} 次，而最多为 {MOST_COPIES:,} 次")


@dataclass
class Drawing:
    """The drawing of a sheet, which is `part`. The charts that were copied with their rows, and have followed, are in
    `done`."""

    book: Book
    part: str
    sheet: str
    moves: Moves
    told: Told
    done: set[str]
    last: int = 0  # number of what is drawn

    def follow(self) -> None:
        root, layout = self.book.tree(self.part), self.moves.layouts.get(self.sheet.casefold())
        anchors = [one for one in root.iter() if name_of(one) in _ANCHORS]
        moved: set[Element] = set()
        self.last = max((int(one.get("id", "0")) for one in root.iter() if name_of(one) == "cNvPr"), default=0)
        for anchor in anchors if layout is not None and layout.moves else ():
            if anchor.get("editAs") == "absolute" or layout is None:
                continue
            rows = self._rows_of(anchor)
            if rows is not None and self._is_repeated(rows, layout):
                moved.update(self._repeat(anchor, rows, layout))
            else:
                _move(anchor, layout, self.moves.across)
            self.book.touch(self.part)
        for anchor in (one for one in root.iter() if name_of(one) in _ANCHORS and one not in moved):
            self._follow_links(anchor, Where(self.sheet, alone=("", "")))

    def _follow_links(self, anchor: Element, where: Where) -> None:
        for element in anchor.iter():
            if link := element.get("textlink"):
                new = followed(link, where, self.moves, self.told, f"{self.sheet}, {link}")
                if new != link:
                    element.set("textlink", new)
                    self.book.touch(self.part)

    # -- which rows --------------------------------------------------------------------------------
    def _rows_of(self, anchor: Element) -> tuple[int, int] | None:
        """The rows, from 1, on which something lies."""
        begin, end = child(anchor, "from"), child(anchor, "to")
        name = "col" if self.moves.across else "row"
        first, offset = _place(begin, name)
        if begin is None:
            return None
        if end is None:
            return first + 1, self._last_of(first + 1, offset, child(anchor, "ext"))
        last, over = _place(end, name)
        return first + 1, last if over <= _OVERLAP and last > first else last + 1

    def _last_of(self, first: int, offset: int, size: Element | None) -> int:
        """The last row on which something lies that is told by its size."""
        rest = offset + (0 if size is None else int(size.get("cx" if self.moves.across else "cy", "0")))
        sizes, last = self._sizes(), first
        rest -= sizes(last)
        while rest > _OVERLAP and last < first + 10_000:
            last += 1
            rest -= sizes(last)
        return last

    def _sizes(self) -> Callable[[int], int]:
        """How high (wide) a row (column) is."""
        sheet = self.book.tree(self.book.sheets()[self.sheet])
        form = child(sheet, "sheetFormatPr")
        if self.moves.across:
            widths = [(int(one.get("min", "1")), int(one.get("max", "1")), float(one.get("width", "8.43")))
                      for one in children(child(sheet, "cols"), "col")]
            return lambda at: int(next((width for first, last, width in widths if first <= at <= last), 9.14) * 7
                                  ) * _EMU_OF_PIXEL
        rows, usual = Cells(sheet).rows, float(form.get("defaultRowHeight", "15") if form is not None else "15")
        return lambda at: int(float(rows[at].get("ht", usual) if at in rows else usual) * _EMU_OF_POINT)

    @staticmethod
    def _is_repeated(rows: tuple[int, int], layout: Layout) -> bool:
        """Whether what lies on these rows goes with them: they are repeated together, or left out."""
        region = layout.region_of(rows[0])
        return region is not None and region is layout.region_of(rows[1]) and not region.is_plain

    # -- copies ------------------------------------------------------------------------------------
    def _repeat(self, anchor: Element, rows: tuple[int, int], layout: Layout) -> Iterator[Element]:
        """The anchors, one for each copy of its rows; none where these are left out."""
        boxes = layout.boxes(*rows)
        if len(boxes) > 1:
            self._refuse_once(anchor, len(boxes))
        boxes = boxes[:MOST_COPIES]
        made = [anchor, *(copy.deepcopy(anchor) for _ in boxes[1:])]
        for number, (one, box) in enumerate(zip(made, boxes, strict=False)):
            _put(one, rows, box, self.moves.across)
            where = Where(self.sheet, rows[0], box[0], alone=("", ""), loose=True)
            if number:
                made[number - 1].addnext(one)
                self._name(one)
            self._follow_links(one, where)
            yield one
        self._copy_charts(made[: len(boxes)], [Where(self.sheet, rows[0], box[0], ("(", ")"), True) for box in boxes])
        if not boxes:
            for chart in self._charts_of(anchor):
                self.done.add(self._target_of(chart))
            _drop(anchor)

    def _refuse_once(self, anchor: Element, count: int) -> None:
        """Tell of what cannot be there several times, or so often."""
        place = f"{self.sheet}, {next((one.get('name', '') for one in anchor.iter() if name_of(one) == 'cNvPr'), '')}"
        if count > MOST_COPIES:
            self.told(place, too_often(count))
        above = anchor.getparent()
        names = {name_of(one) for one in anchor.iter() if name_of(one) != "Choice"}
        names |= {name_of(above)} if above is not None else set()
        for what in (text for name, text in _ONCE.items() if name in names):
            self.told(place, Text(f"{what.en} stands on a {self.moves.called.en} that is repeated, and cannot be there "
                                  "several times", f"{what.zh}位于会重复的{self.moves.called.zh}，无法生成多份"))

    def _name(self, anchor: Element) -> None:
        """Give what was copied numbers of its own."""
        for one in [one for one in anchor.iter() if name_of(one) == "cNvPr"]:
            self.last += 1
            one.set("id", str(self.last))
            for identity in [inner for inner in one.iter() if name_of(inner) == "creationId"]:
                holder = identity.getparent()
                _drop(holder if holder is not None else identity)

    @staticmethod
    def _charts_of(anchor: Element) -> list[Element]:
        """The elements that name a chart's part."""
        return [one for one in anchor.iter() if name_of(one) == "chart" and _relation_of(one)]

    def _target_of(self, chart: Element) -> str:
        links = {link.id: link for link in self.book.relations(self.part)}
        link = links.get(chart.get(_relation_of(chart), ""))
        return link.target if link is not None and link.kind in _CHARTS and link.target in self.book.names else ""

    def _copy_charts(self, anchors: list[Element], places: list[Where]) -> None:
        """A chart of its own for each anchor, which shows the cells of its own copy."""
        for charts in zip(*map(self._charts_of, anchors), strict=True):
            part = self._target_of(charts[0])
            if not part:
                continue
            before = copy.deepcopy(self.book.tree(part))
            for number, (chart, where) in enumerate(zip(charts, places, strict=True)):
                root = copy.deepcopy(before) if number else self.book.tree(part)
                follow_chart(root, self.moves, self.told, part.rpartition("/")[2], where)
                if not number:
                    self.book.touch(part)
                    self.done.add(part)
                    continue
                new = self.book.add_like(part, written(root))
                self.done.add(new)
                chart.set(_relation_of(chart), self.book.relate_like(self.part, part, new))


def _place(corner: Element | None, name: str) -> tuple[int, int]:
    """The row of a corner, from 0, and how far into it the corner is."""
    row, offset = child(corner, name), child(corner, f"{name}Off")
    return (int(row.text or 0) if row is not None else 0), int(offset.text or 0) if offset is not None else 0


def _put(anchor: Element, rows: tuple[int, int], box: tuple[int, int], across: bool) -> None:
    """Let an anchor that lay on `rows` lie on those of a `box`."""
    name = "col" if across else "row"
    begin, end = child(child(anchor, "from"), name), child(child(anchor, "to"), name)
    if begin is not None:
        begin.text = str(box[0] - 1)
    if end is not None:
        end.text = str(box[1] + int(end.text or 0) - rows[1])


def _move(anchor: Element, layout: Layout, across: bool) -> None:
    """Let an anchor go with the row in which it begins; what is drawn over cells stretches with them."""
    begin, end = child(anchor, "from"), child(anchor, "to")
    by = move_corner(begin, layout, across) if begin is not None else 0
    row = child(end, "col" if across else "row")
    if end is None or row is None:
        return
    if anchor.get("editAs", "twoCell") == "twoCell" and any(name_of(one) in _STRETCHED for one in anchor):
        move_corner(end, layout, across)
    else:
        row.text = str(int(row.text or 0) + by)


def _relation_of(element: Element) -> str:
    """The name of the attribute that names a relation."""
    return next((str(key) for key in element.attrib if str(key).endswith("}id")), "")


def _drop(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
