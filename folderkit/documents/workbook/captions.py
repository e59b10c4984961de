"""The texts of a workbook that stand in no cell: of text boxes and shapes, of charts, comments, headers and footers."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from folderkit.core.language import Text, same
from folderkit.core.workbook.book import Book, Relation, child, children, name_of
from folderkit.core.workbook.cells import as_xml
from folderkit.documents.workbook.texts import Run, Runs, holds_brace, unescaped, with_whole_tags

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_SHAPES = ("sp", "cxnSp", "graphicFrame", "pic")
_CHARTS = ("chart", "chartEx")
_HEADERS = {"oddHeader": Text("page header", "页眉"), "evenHeader": Text("page header, even pages", "偶数页页眉"),
            "firstHeader": Text("page header, first page", "首页页眉"), "oddFooter": Text("page footer", "页脚"),
            "evenFooter": Text("page footer, even pages", "偶数页页脚"),
            "firstFooter": Text("page footer, first page", "首页页脚")}


@dataclass(frozen=True, eq=False)
class Caption:
    """A text in no cell: where a person finds it, the part in which it is, its runs, and the elements that hold
    them."""

    label: Text
    part: str
    runs: Runs
    holders: tuple[Element, ...]
    kind: str  # "drawn", "comment" or "header"

    def write(self, texts: Sequence[str]) -> None:
        """Give each run another text."""
        for holder, text in zip(self.holders, texts, strict=True):
            if self.kind == "drawn":
                _write_drawn(holder, _ILLEGAL.sub("", text))
            else:
                holder.text = as_xml(_ILLEGAL.sub("", text))
                holder.set(_SPACE, "preserve")


def _write_drawn(holder: Element, text: str) -> None:
    """A text in a drawing, whose lines are told apart by elements."""
    first, *more = text.replace("\r\n", "\n").split("\n")
    holder.text = first
    run = holder.getparent()
    for line in more if run is not None else ():
        if run is None:
            break
        stop, other = run.makeelement(str(run.tag).rpartition("}")[0] + "}br"), copy.deepcopy(run)
        inner = child(other, "t")
        if inner is not None:
            inner.text = line
        run.addnext(stop)
        stop.addnext(other)
        run = other


def captions_of(book: Book, part: str) -> Iterator[Caption]:
    """The texts with braces that belong to a sheet, of cells or of a chart, which is this part."""
    if holds_brace(book.raw(part)):
        yield from _headers(book, part)
    for link in book.relations(part):
        if link.target not in book.names or not link.target.endswith(".xml"):
            continue
        if link.kind == "drawing":
            yield from _of_drawing(book, link.target)
        elif link.kind in ("comments", "threadedComment") and holds_brace(book.raw(link.target)):
            yield from _comments(book, link.target)


def _caption(label: Text, part: str, kind: str, holders: Sequence[Element]) -> Iterator[Caption]:
    """The caption of elements that hold text, when a brace is among it; each tag stands in the run in which it
    begins."""
    texts = [holder.text or "" for holder in holders]
    if kind != "drawn":
        texts = [unescaped(text) for text in texts]
    if any(sign in text for text in texts for sign in "{｛}｝"):
        whole = dict(_numbered(texts))
        runs = tuple(Run(str(number), whole.get(str(number), "")) for number in range(len(texts)))
        yield Caption(label, part, runs, tuple(holders), kind)


def _numbered(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    runs = tuple(Run(str(number), text) for number, text in enumerate(texts))
    return ((run.look, run.text) for run in with_whole_tags(runs))


# -- drawings and charts ---------------------------------------------------------------------------
def _of_drawing(book: Book, part: str) -> Iterator[Caption]:
    links = {link.id: link for link in book.relations(part)}
    charts = [link for link in links.values() if link.kind in _CHARTS and link.target in book.names]
    if holds_brace(book.raw(part)):
        for shape in (one for one in book.tree(part).iter() if name_of(one) in _SHAPES):
            name = next((one.get("name", "") for one in shape.iter() if name_of(one) == "cNvPr"), "")
            own = [] if shape.get("textlink") else [one for one in shape.iter() if name_of(one) == "p"]
            yield from _paragraphs(own, Text(f"text box '{name}'", f"文本框“{name}”"), part)
    for chart in charts:
        name = _frame_of(book.tree(part), chart)
        yield from _of_chart(book, chart.target, name)


def _frame_of(root: Element, chart: Relation) -> str:
    """The name of the frame in which a chart stands."""
    for frame in (one for one in root.iter() if name_of(one) == "graphicFrame"):
        if any(chart.id in one.attrib.values() for one in frame.iter() if name_of(one) == "chart"):
            return next((one.get("name", "") for one in frame.iter() if name_of(one) == "cNvPr"), "")
    return ""


def _of_chart(book: Book, part: str, name: str) -> Iterator[Caption]:
    label = Text(f"chart '{name}'", f"图表“{name}”") if name else Text("chart", "图表")
    if holds_brace(book.raw(part)):
        root = book.tree(part)
        yield from _paragraphs([one for one in root.iter() if name_of(one) == "p"], label, part)
        for title in (one for one in root.iter() if name_of(one) == "tx"):  # the name of a series, as a text
            yield from _caption(label, part, "drawn", children(title, "v"))
    for link in book.relations(part):
        if link.kind == "chartUserShapes" and link.target in book.names and holds_brace(book.raw(link.target)):
            root = book.tree(link.target)
            yield from _paragraphs([one for one in root.iter() if name_of(one) == "p"], label, link.target)


def _paragraphs(paragraphs: Sequence[Element], label: Text, part: str) -> Iterator[Caption]:
    for number, paragraph in enumerate(paragraphs, start=1):
        holders = [text for run in paragraph if name_of(run) in ("r", "fld")
                   if (text := child(run, "t")) is not None]
        own = label if len(paragraphs) == 1 else Text(f"{label.en}, paragraph {number}", f"{label.zh}第 {number} 段")
        yield from _caption(own, part, "drawn", holders)


# -- comments, headers -----------------------------------------------------------------------------
def _comments(book: Book, part: str) -> Iterator[Caption]:
    for comment in (one for one in book.tree(part).iter() if name_of(one) in ("comment", "threadedComment")):
        text = child(comment, "text")
        holders = [] if text is None else [text] if name_of(comment) == "threadedComment" else [
            one for one in text.iter() if name_of(one) == "t"]
        place = same(comment.get("ref", ""))
        yield from _caption(Text(f"comment at {place.en}", f"{place.zh} 的批注"), part, "comment", holders)


def _headers(book: Book, part: str) -> Iterator[Caption]:
    found = child(book.tree(part), "headerFooter")
    for element in found if found is not None else ():
        if label := _HEADERS.get(name_of(element)):
            yield from _caption(label, part, "header", [element])


def all_sheets(book: Book) -> dict[str, str]:
    """The part of each sheet, also of those that hold a chart and no cells, by the sheet's name."""
    targets = {link.id: link.target for link in book.links if link.kind in ("worksheet", "chartsheet")
               and link.target in book.names}
    found = {}
    for element in children(child(book.root, "sheets"), "sheet"):
        key = next((str(value) for name, value in element.attrib.items() if str(name).endswith("}id")), "")
        if key in targets:
            found[element.get("name", "")] = targets[key]
    return found
