"""Filled parts made ready for the file: valid where loops left gaps, numbered, and checked as far as not proven."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from folderkit.core.errors import Failed, Misuse
from folderkit.core.language import Text
from folderkit.documents.drawn.fitting import MARK, settled
from folderkit.documents.parts.bookmarks import Bookmarks
from folderkit.documents.parts.members import Member, Packer, in_batches
from folderkit.documents.parts.notes import REFERRING, with_own_notes
from folderkit.documents.tags.functions import Kit
from folderkit.documents.tags.places import in_brackets, place_at
from folderkit.documents.tags.soundness import soundness_of_text
from folderkit.documents.tags.sources import Source

# what XML has no character for, https://www.w3.org/TR/xml/#charsets
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CONTROLS = bytes(range(0x20))
_EMPTY = re.compile(rb"<w:t[cr](?: [^<>]*)?/>")
_ROW_END, _TABLE_END = b"</w:tr>", b"</w:tbl>"
_FIRST_ID = 1001  # as docxtpl counts
_INSIDE = re.compile(r"<w:t(?: [^<>]*)?>[^<]*<w:(?:p|tbl|r)[ >]|<w:r(?: [^<>]*)?>(?:<w:rPr>(?:(?!</w:rPr>).)*</w:rPr>)?"
                     r"<w:(?:p|tbl)[ >]|</w:r><w:(?:p|tbl)[ >]|</w:(?:p|tbl|r)>[^<\s]", re.DOTALL)
_IDS = re.compile(r'(<wp:docPr [^>]*?\bid=")\d+"')


@dataclass(frozen=True)
class Filled:
    """A part with its values in it, as it was written; `markup` when one of them was XML of its own."""

    source: Source
    pieces: list[str]
    markup: bool

    @functools.cached_property
    def xml(self) -> str:
        return "".join(self.pieces)

    def may_hold(self, mark: str) -> bool:
        """Whether one of `MARKS` may be in it."""
        return self.markup or mark in self.source.marks

    @property
    def is_ready(self) -> bool:
        """Whether it lies in the file as it was written, unless a value brought line breaks or a table has no rows."""
        source = self.source
        return not (self.markup or source.marks or source.columns) and source.sections < 2 and source.sound.cells


def packed(filled: Sequence[Filled]) -> dict[str, Member]:
    """Those of the filled parts that lie in the file as they were written, packed, by name. They are never put together
    as a whole, which for a long one takes longer than to write it. None are in a document that refers to notes, which
    change with the text."""
    if _refer(filled):
        return {}
    found = {part.source.part.name: _packed(part) for part in filled if part.is_ready}
    return {name: member for name, member in found.items() if member}


def _refer(filled: Sequence[Filled]) -> bool:
    return any(part.source.marks & REFERRING for part in filled)


def _packed(filled: Filled) -> Member | None:
    """A part packed; None where it holds what is to be changed or refused."""
    packer, before = Packer(), b""
    for batch in in_batches(filled.pieces):
        try:
            data = batch.encode()
        except UnicodeEncodeError:
            return None
        if _has_controls(data) or "\ufffe" in batch or "\uffff" in batch:
            return None
        if not filled.source.sound.tables and _has_empty_table(before, data):
            return None
        packer.add(data)
        before = data[-len(_ROW_END + _TABLE_END) :]
    return packer.member()


def _has_empty_table(before: bytes, data: bytes) -> bool:
    """Whether a table ends in `data` without a row right before its end; `before` is what is written before that."""
    text = before + data
    at = text.find(_TABLE_END, max(len(before) - len(_TABLE_END) + 1, 0))
    while at >= 0:
        if not text.endswith(_ROW_END, 0, at):
            return True
        at = text.find(_TABLE_END, at + 1)
    return False


def finished(filled: Sequence[Filled], parts: Mapping[str, bytes], path: Path, kit: Kit) -> dict[str, bytes]:
    """The filled parts as they lie in the file, by name, with those others of its `parts` that change with them. Raises
    `Misuse` naming the facts that hold characters no file can, `Failed` when the tags or a value tore a part apart."""
    numbers, bookmarks = itertools.count(_FIRST_ID), Bookmarks()
    texts = {part.source.part.name: bookmarks.once(part.xml) if part.may_hold("<w:bookmark") else part.xml
             for part in filled}
    if _refer(filled):
        texts = with_own_notes(texts, parts, [turn.xml for turn in kit.known["tags"].turns])
    made = {part.source.part.name: _finished(part, texts.pop(part.source.part.name), numbers, path, kit.facts)
            for part in filled}
    return {**made, **{name: xml.encode() for name, xml in texts.items()}}


def _finished(filled: Filled, xml: str, numbers: Iterator[int], path: Path, facts: Mapping[str, Any]) -> bytes:
    from folderkit.documents.tags.breaks import without_empty_last_section
    from folderkit.documents.tags.tagged import with_full_cells, with_grid, without_empty_tables

    source = filled.source
    if filled.markup:
        xml = _with_markup_settled(source, xml, path)
    if source.sections > 1:
        xml = without_empty_last_section(xml, source.part.xml)
    if not source.sound.cells or filled.markup:
        xml = with_full_cells(xml)
    if not source.sound.cells or not source.sound.tables or filled.markup:
        xml = without_empty_tables(xml)
    if filled.may_hold("<wp:docPr"):
        xml = _IDS.sub(lambda found: f'{found[1]}{next(numbers)}"', xml)
    data = _encoded(xml, facts)
    if not source.sound.cells or filled.markup:
        _check(data, source, path)
    if not source.columns:
        return data
    try:
        xml = with_grid(data.decode())
    except (ValueError, TypeError, AttributeError, KeyError) as error:  # docxtpl meets a width that is no number
        raise _torn(source, path, error) from None
    return (settled(xml) if MARK in xml else xml).encode()  # in the cells as they are now


def _with_markup_settled(source: Source, xml: str, path: Path) -> str:
    """The text of a part in which values brought XML of their own: sections and pictures as their places want them.
    Raises `Failed` for what stands where it has no place."""
    from folderkit.documents.drawn.sections import AT_HOME, misplaced_section, with_sections

    if 'w:rsidSect="F01D' in xml:
        if (at := misplaced_section(xml)) >= 0:
            raise _no_section(source, path, xml, at)
        xml = with_sections(xml)
    if MARK in xml and not source.columns:
        xml = settled(xml)
    xml = xml.replace(f' w:rsidDel="{AT_HOME}"', "")
    if inside := _INSIDE.search(xml):
        raise _misplaced(source, path, xml, inside.start())
    return xml


def _encoded(xml: str, facts: Mapping[str, Any]) -> bytes:
    """The text of a part as bytes, its line breaks and tabs as Word's. Raises `Misuse` for what no file can hold."""
    from folderkit.documents.tags.tagged import with_line_breaks

    try:
        data = xml.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise _illegal(facts) from None
    controls = _has_controls(data)
    if controls:
        xml = with_line_breaks(xml)
        data = xml.encode()
    if (controls or "\ufffe" in xml or "\uffff" in xml) and _ILLEGAL.search(xml):
        raise _illegal(facts)
    return data


def _has_controls(data: bytes) -> bool:
    return len(data.translate(None, _CONTROLS)) != len(data)  # at once, and quicker than one by one


def _check(data: bytes, source: Source, path: Path) -> None:
    """Raises `Failed` when a part is not well-formed, or has rows without cells or cells without paragraphs, which Word
    calls damaged (ECMA-376, part 1, 17.4.65 and 17.4.78)."""
    from xml.parsers import expat

    try:
        if _is_full(data):
            expat.ParserCreate().Parse(data, True)
            return
        found = soundness_of_text(data)
    except expat.ExpatError as error:
        raise _torn(source, path, error) from None
    if not found.cells:
        before = data[: found.empty_at].decode()
        place = in_brackets(place_at(before, len(before)))
        raise Failed(
            Text(f"{path}: in {source.part.called.en}, the tags leave a row or cell of a table without "
                 f"content{place.en}.",
                 f"{path}：{source.part.called.zh}中的标签使表格的某一行或某一格失去内容{place.zh}。"),
            Text("Let the tags leave at least one cell in the row, and a paragraph in the cell.",
                 "请让标签在该行至少留下一格，在该格至少留下一段。"))


def _misplaced(source: Source, path: Path, xml: str, at: int) -> Failed:
    return _failed_at(
        source, path, in_brackets(place_at(xml, at)),
        Text("a value of whole paragraphs, or what is drawn, stands inside of a text",
             "整段或绘制的内容放在了文字里面"),
        Text("Give its tag a place of its own; one of paragraphs a paragraph, and write it with a p: {{p … }}.",
             "请让该标签单独使用；整段的内容请单独成段，并写成 {{p … }}。"))


def _no_section(source: Source, path: Path, xml: str, at: int) -> Failed:
    return _failed_at(
        source, path, in_brackets(place_at(xml, at)),
        Text("a file is included as a section of its own inside of a table or a text box",
             "在表格或文本框内把文件作为单独一节包含"),
        Text("Put its tag between paragraphs, or leave out section=True.",
             "请把该标签放在段落之间，或去掉 section=True。"))


def _failed_at(source: Source, path: Path, place: Text, what: Text, hint: Text) -> Failed:
    """What is wrong in a part, and where."""
    return Failed(Text(f"{path}: in {source.part.called.en}, {what.en}{place.en}.",
                       f"{path}：{source.part.called.zh}中，{what.zh}{place.zh}。"), hint)


def _is_full(data: bytes) -> bool:
    """Whether each cell ends with a paragraph and each row with a cell: seen at once, where looking at every element
    takes long."""
    return (data.count(b"</w:tc>") == data.count(b"</w:p></w:tc>") and data.count(b"</w:tr>")
            == data.count(b"</w:tc></w:tr>") and not _EMPTY.search(data))


def _torn(source: Source, path: Path, error: Exception) -> Failed:
    part = source.part
    tags = [(tag, place) for tag, place in map(part.tag_at, source.sound.torn) if tag]
    which = Text(f" ({error})", f"（{error}）")
    if tags:
        which = Text(f": {', '.join(tag + place.en for tag, place in tags)}",
                     f"：{'、'.join(tag + place.zh for tag, place in tags)}")
    return Failed(
        Text(f"{path}: in {part.called.en}, the tags tear the document apart{which.en}.",
             f"{path}：{part.called.zh}中的标签破坏了文档结构{which.zh}。"),
        Text("Put 'if' and 'for' and their ends both into paragraphs ({%p …%}) or both into rows ({%tr …%}) "
             "of their own.", "请让 if、for 与其结束标签都单独成段（{%p …%}）或都单独成行（{%tr …%}）。"))


def check_characters(xml: str, facts: Mapping[str, Any]) -> None:
    """Raises `Misuse` naming the facts, when a text holds characters that no file can."""
    if _ILLEGAL.search(xml):
        raise _illegal(facts)


def _illegal(facts: Mapping[str, Any]) -> Misuse:
    names = list(dict.fromkeys(_illegal_fields(facts, "")))
    listed = ", ".join(names)
    return Misuse(
        Text(f"These values hold a character that no Word file can hold: {listed}.",
             f"以下值含有 Word 文件不能保存的字符：{'、'.join(names)}。"),
        Text("Type them again without copying, or delete what is invisible in them.",
             "请重新输入这些值，或删除其中看不见的字符。"))


def _illegal_fields(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, str):
        found = _ILLEGAL.search(node)
        if found:
            yield f"{path} (U+{ord(found[0]):04X})"
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _illegal_fields(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple):
        for number, member in enumerate(node, 1):
            yield from _illegal_fields(member, f"{path}[{number}]")
