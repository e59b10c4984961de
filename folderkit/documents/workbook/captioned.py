"""Tags in the texts that stand in no cell: where they are, what is wrong with them, and their code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from folderkit.core.language import Text, same
from folderkit.core.workbook.book import Book, child, name_of
from folderkit.documents.tags.syntax import TagFault
from folderkit.documents.tags.tagged import one_tag_per_line, unescape_braces
from folderkit.documents.workbook.blocks import Blocks
from folderkit.documents.workbook.captions import Caption, all_sheets, captions_of
from folderkit.documents.workbook.program import RUN_BEGINS, RUN_NAMED
from folderkit.documents.workbook.sheets import TagCell, TagSheet
from folderkit.documents.workbook.texts import Run, holds_brace

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_BEGINS = re.compile(r"\{[{%#]")
_LABELS = {"vmlDrawing": Text("button or other control", "按钮或其他控件"),
           "diagramData": Text("SmartArt graphic", "SmartArt 图形"),
           "core-properties": Text("properties of the file", "文件属性"),
           "drawing": Text("alternative text of a drawing", "图形的替代文字")}  # of parts in which tags are not filled
_ELSEWHERE = ("prompt", "promptTitle", "error", "errorTitle", "tooltip", "descr", "title")  # attributes


def captioned_sheets(book: Book, sheets: Iterable[TagSheet]) -> list[TagSheet]:
    """The texts with braces of each sheet, as if they were cells; `sheets` tell for what each sheet is made."""
    each = {sheet.name: sheet.each for sheet in sheets}
    found = []
    for name, part in all_sheets(book).items():
        cells: list[TagCell] = []
        for number, caption in enumerate(captions_of(book, part), start=1):
            label = _told_apart(caption.label, cells)
            cells.append(TagCell(0, number, tuple(Run("", run.text) for run in caption.runs), True, label))
        if cells:
            found.append(TagSheet(name, part, tuple(cells), each.get(name)))
    return found


def _told_apart(label: Text, cells: Iterable[TagCell]) -> Text:
    """A label that none of the cells has."""
    taken, number, made = {cell.name for cell in cells}, 1, label
    while made.en in taken:
        number += 1
        made = Text(f"{label.en} ({number})", f"{label.zh} ({number})")
    return made


def caption_faults(sheet: TagSheet, blocks: Blocks) -> Iterator[tuple[TagCell, TagFault]]:
    """What is wrong with tags where they stand: each text is whole by itself."""
    for block in blocks.over_rows:
        yield block.tags[0].cell, TagFault(block.tags[0].shown, Text(
            "Its end stands in another text.", "它的结束标签在另一处文字中。"), hint=Text(
            "Put both into the same paragraph.", "请把二者放进同一段。"))
    for tag in sheet.tags:
        if tag.plain != tag.text:
            yield tag.cell, TagFault(tag.shown, Text(
                "Rows, columns and sheets are repeated from cells.", "行、列和工作表只能在单元格中重复。"),
                hint=Text("Put it into a cell.", "请放到单元格中。"))


def elsewhere_faults(book: Book) -> Iterator[tuple[str, Text, TagFault]]:
    """The tags that stand where none is filled: sheet, place, and what to do."""
    for name, part in all_sheets(book).items():
        for element in book.tree(part).iter() if holds_brace(book.raw(part)) else ():
            for key in _ELSEWHERE:
                for found in first_tags(element.get(key, "")):
                    yield name, _range_of(element), _not_here(found)
        for link in book.relations(part):
            if link.kind in _LABELS and link.target in book.names:
                yield from _in_part(book, name, link.kind, link.target)
            for inner in book.relations(link.target) if link.kind == "drawing" else ():
                if inner.kind == "diagramData" and inner.target in book.names:
                    yield from _in_part(book, name, inner.kind, inner.target)
        for target in book.outside(part):
            for found in first_tags(unquote(target)):
                yield name, Text("target of a link", "链接的目标"), _not_here(found)
    for link in book.relations(""):
        if link.kind == "core-properties" and link.target in book.names:
            yield from _in_part(book, "", link.kind, link.target)


_NOT_HERE = Text("A tag stands where none is filled.", "此处的标签不会被填写。")
_PUT_IN_CELL = Text("Put it into a cell, or write the text itself.", "请放到单元格中，或直接写出文字。")


def _range_of(element: Any) -> Text:
    inner = child(element, "sqref")
    place = element.get("sqref") or element.get("ref") or (inner.text if inner is not None else "") or ""
    return {"dataValidation": Text(f"drop-down of {place}", f"{place} 的下拉列表"),
            "hyperlink": Text(f"link at {place}", f"{place} 的链接")}.get(name_of(element), same(place))


def first_tags(text: str) -> Iterator[str]:
    """The tags in a text of any length, found in one go."""
    at, ends = 0, {"{{": "}}", "{%": "%}", "{#": "#}"}
    while ends and (begin := _BEGINS.search(text, at)):
        end = text.find(ends[begin[0]], begin.end()) if begin[0] in ends else -1
        if end < 0:
            ends.pop(begin[0], None)
            at = begin.end()
            continue
        at = end + 2
        yield text[begin.start() : at]


def _not_here(tag: str) -> TagFault:
    return TagFault(" ".join(tag.split()), _NOT_HERE, hint=_PUT_IN_CELL)


def _in_part(book: Book, sheet: str, kind: str, part: str) -> Iterator[tuple[str, Text, TagFault]]:
    text = book.raw(part).decode("utf-8", "replace")
    if not holds_brace(book.raw(part)):
        return
    bare = re.sub(r"<[^>]*>", "", text) if kind != "drawing" else " ".join(
        element.get(key, "") for element in book.tree(part).iter() for key in _ELSEWHERE)
    for found in first_tags(bare):
        yield sheet, _LABELS[kind], _not_here(found)


# -- compiling -------------------------------------------------------------------------------------
def source_of(caption: Caption | TagCell) -> str:
    """The text of a caption as it is compiled, with the number of each run before it."""
    texts = [run.text for run in caption.runs]
    return "".join(f"{RUN_BEGINS}{number}{RUN_NAMED}" * (len(texts) > 1) + text for number, text in enumerate(texts))


def compile_caption(source: str, tags: Tags) -> CodeType:
    """The code of a text, a tag to a line. Raises what Jinja raises."""
    tree = tags.parse(one_tag_per_line(source))
    unescape_braces(tree)
    return tags.compile(tree)
