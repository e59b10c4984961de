"""Tags in the texts that stand in no cell: what is wrong with them, and what they become."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from folderkit.core.errors import Misuse
from folderkit.core.language import Text, same
from folderkit.core.workbook.book import Book, child, name_of
from folderkit.documents.parts import package
from folderkit.documents.tags.syntax import TagFault
from folderkit.documents.tags.tagged import TAG, one_tag_per_line, unescape_braces
from folderkit.documents.workbook.blocks import Blocks
from folderkit.documents.workbook.captions import Caption, all_sheets, captions_of
from folderkit.documents.workbook.program import RUN_BEGINS, RUN_NAMED
from folderkit.documents.workbook.running import WRONG, cannot_compute, render_code
from folderkit.documents.workbook.sheets import TagCell, TagSheet
from folderkit.documents.workbook.texts import Run
from folderkit.documents.workbook.values import MAX_TEXT

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_RUN = re.compile(f"{RUN_BEGINS}(\\d+){RUN_NAMED}")
_VALUE = "\x1d"  # before what a tag of a header gives
_SIZED = re.compile(rf"(&\d+){_VALUE}(?=\d)")
_MOST_IN_HEADER = 255  # characters (Excel's limits)
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
        for element in book.tree(part).iter() if TAG.search(book.raw(part).decode("utf-8", "replace")) else ():
            for key in _ELSEWHERE:
                if found := TAG.search(element.get(key, "")):
                    yield name, _range_of(element), _not_here(found[0])
        for link in book.relations(part):
            if link.kind in _LABELS and link.target in book.names:
                yield from _in_part(book, name, link.kind, link.target)
            for inner in book.relations(link.target) if link.kind == "drawing" else ():
                if inner.kind == "diagramData" and inner.target in book.names:
                    yield from _in_part(book, name, inner.kind, inner.target)
        for target in book.outside(part):
            if found := TAG.search(unquote(target)):
                yield name, Text("target of a link", "链接的目标"), _not_here(found[0])
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


def _not_here(tag: str) -> TagFault:
    return TagFault(" ".join(tag.split()), _NOT_HERE, hint=_PUT_IN_CELL)


def _in_part(book: Book, sheet: str, kind: str, part: str) -> Iterator[tuple[str, Text, TagFault]]:
    text = book.raw(part).decode("utf-8", "replace")
    if not TAG.search(text):
        return
    bare = re.sub(r"<[^>]*>", "", text) if kind != "drawing" else " ".join(
        element.get(key, "") for element in book.tree(part).iter() for key in _ELSEWHERE)
    for found in TAG.finditer(bare):
        yield sheet, _LABELS[kind], _not_here(found[0])


# -- filling ---------------------------------------------------------------------------------------
def source_of(caption: Caption | TagCell) -> str:
    """The text of a caption as it is compiled, with the number of each run before it."""
    texts = [run.text for run in caption.runs]
    return "".join(f"{RUN_BEGINS}{number}{RUN_NAMED}" * (len(texts) > 1) + text for number, text in enumerate(texts))


def compile_caption(source: str, tags: Tags) -> CodeType:
    """The code of a text, a tag to a line. Raises what Jinja raises."""
    tree = tags.parse(one_tag_per_line(source))
    unescape_braces(tree)
    return tags.compile(tree)


Facts = Mapping[str, Any]


@dataclass(frozen=True)
class CaptionFiller:
    """Fills the texts in no cell of the template at `path`: `codes` by their sources, `tags` the environment."""

    path: Path
    codes: Mapping[str, CodeType]
    tags: Any

    def fill(self, parts: Mapping[str, bytes], facts_of: Mapping[str, Facts | None], facts: Facts) -> package.Package:
        """The parts with their texts filled: those of each sheet by its facts (None: it stays blank), those of others
        by `facts`. Raises `Failed` for a tag that cannot be computed, `Misuse` for a text that has no place."""
        book = Book(parts=parts)
        for name, part in all_sheets(book).items():
            for caption in list(captions_of(book, part)):
                own = facts_of.get(name, facts)
                caption.write(self._texts(caption, name, own))
                book.touch(caption.part)
        return {**parts, **book.changes()[0]}

    def _texts(self, caption: Caption, sheet: str, facts: Facts | None) -> list[str]:
        if facts is None:
            return [TAG.sub("", run.text) for run in caption.runs]
        source = source_of(caption)
        header, plain = caption.kind == "header", self.tags.finalize
        if header:
            self.tags.finalize = lambda value: _VALUE + str(plain(value)).replace("&", "&&")
        try:
            text = render_code(self.tags, self.codes[source], facts)
        except WRONG as error:
            if not self.tags.undefined.found:
                raise cannot_compute(self.path, sheet, caption.label, _tag_of(source, error), error) from None
            text = ""
        finally:
            self.tags.finalize = plain
        text = _SIZED.sub(r"\1 ", text).replace(_VALUE, "") if header else text
        most = _MOST_IN_HEADER if header else MAX_TEXT
        if len(_RUN.sub("", text)) > most:
            raise _too_long(self.path, sheet, caption.label, most)
        return _by_run(text, len(caption.runs))


def _tag_of(source: str, error: BaseException) -> str:
    """The tag at which an error came up."""
    from folderkit.documents.absent import line_of

    found = TAG.findall(source)
    line = getattr(error, "lineno", None) or line_of(error) or 2
    return " ".join(found[min(max(line - 2, 0), len(found) - 1)].split()) if found else ""


def _by_run(text: str, count: int) -> list[str]:
    """The text of each run; all of it in the first where a loop has them several times."""
    first, *pieces = _RUN.split(text)
    numbers = [int(number) for number in pieces[::2]]
    made = [""] * count
    if not numbers or numbers != sorted(set(numbers)):
        made[0] = first + "".join(pieces[1::2])
        return made
    made[0] = first
    for number, piece in zip(numbers, pieces[1::2], strict=True):
        made[number] += piece
    return made


def _too_long(path: Path, sheet: str, place: Text, most: int) -> Misuse:
    return Misuse(Text(f"{path}: {sheet}, {place.en}: its text would have more than {most:,} characters.",
                       f"{path}：{sheet}，{place.zh}：文字会超过 {most:,} 个字符。"),
                  Text("Shorten the value, or the text.", "请缩短该值或文字。"))
