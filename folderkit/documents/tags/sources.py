"""The parts of a template as Jinja sources, with every fault of their tags told at once."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import Failed
from folderkit.core.language import NO_TEXT, Text
from folderkit.documents.parts import package
from folderkit.documents.parts.headers import told_apart
from folderkit.documents.tags.soundness import Soundness, soundness_of
from folderkit.documents.tags.turns import LINES, take_turns

if TYPE_CHECKING:
    from jinja2 import nodes

    from folderkit.core.tags import Tags
    from folderkit.documents.tags.syntax import TagFault


MARKS = ("<w:bookmark", "<w:commentR", "noteReference", "<wp:docPr")
_TOLD = 200  # faults in one message; nobody reads on


@dataclass(frozen=True)
class Part:
    """A part of the package: its name, what a person calls it, its own XML, and its Jinja source, once there is one.
    The tags of notes that stand in the text's loops (`turns`) have the lines of the parts `notes`."""

    name: str
    called: Text
    xml: str
    text: str = ""
    notes: tuple[Part, ...] = field(default=(), kw_only=True)

    def at(self, line: int) -> tuple[Part, int]:
        """The part that holds the tag at a line, and its line there."""
        order, own = divmod(line, LINES)
        return (self.notes[order - 1], own) if 0 < order <= len(self.notes) else (self, line)

    def where(self, line: int) -> Text:
        """What a person calls the place of the tag at a line."""
        return self.at(line)[0].called

    def tag_at(self, line: int) -> tuple[str, Text]:
        """The tag at a line of the source with a tag to a line, and its place in brackets; "" where there is none."""
        from folderkit.documents.tags.placeholders import written_at
        from folderkit.documents.tags.places import in_brackets, place_at, place_of_tag

        part, own = self.at(line)
        if part is not self:
            return part.tag_at(own)
        tag, nth = self.numbered_tag(line)
        if placeholder := written_at(tag, self.xml):
            return placeholder[0], in_brackets(place_at(self.xml, placeholder[1]))
        return tag, in_brackets(place_of_tag(self.xml, tag, nth)) if tag else NO_TEXT

    def numbered_tag(self, line: int) -> tuple[str, int]:
        """The tag at a line of the source with a tag to a line, "" where there is none; and how many of the same
        stand before it."""
        part, line = self.at(line)
        if part is not self:
            return part.numbered_tag(line)
        place = self.order_of(line)
        tags, _, before = self._numbered
        return (tags[place], before[place]) if place >= 0 else ("", 0)

    def order_of(self, line: int) -> int:
        """The place of the tag at such a line among all of the part, from 0; -1 where there is none."""
        return bisect.bisect_left(self._numbered[1], line) - 1

    @functools.cached_property
    def _numbered(self) -> tuple[list[str], list[int], list[int]]:
        """The tags, the lines in which they begin, and how many of the same stand before each."""
        from folderkit.documents.tags.places import occurrences
        from folderkit.documents.tags.tagged import tags_and_lines

        found = tags_and_lines(self.text)
        return [tag for tag, _ in found], [line for _, line in found], occurrences(tag for tag, _ in found)


@dataclass(frozen=True)
class Source:
    """A part whose tags are right: the code that its source compiled to, what is certain of every document it makes,
    and whether its tags may change the number of cells in a row; and, unless it was kept from an earlier start, the
    syntax tree of the source."""

    part: Part
    code: CodeType
    sound: Soundness
    columns: bool
    parsed: nodes.Template | None = None

    @functools.cached_property
    def marks(self) -> frozenset[str]:
        """Which of `MARKS` the part may hold before a value brings XML of its own: what is not among them need not be
        looked for in each document."""
        unescaped = "autoescape" in self.part.text
        return frozenset(mark for mark in MARKS if unescaped or mark in self.part.xml)

    @functools.cached_property
    def sections(self) -> int:
        """The sections of the part."""
        return self.part.xml.count("<w:sectPr")

    @property
    def tree(self) -> nodes.Template:
        from folderkit.core.tags import environment

        if self.parsed:
            return self.parsed
        tags = environment("en")
        tree = _parse(self.part.text, tags)
        _take_turns(tree, self.part.notes, tags)
        return tree

    def lasting(self) -> tuple[Any, ...]:
        """What `of` makes it of again, as plain values."""
        return _plain(self.part), self.code, astuple(self.sound), self.columns

    @staticmethod
    def of(part: tuple[Any, ...], code: CodeType, sound: tuple[Any, ...], columns: bool) -> Source:
        """What `lasting` told of."""
        return Source(_part_of(part), code, Soundness(*sound), columns)


def _plain(part: Part) -> tuple[Any, ...]:
    return part.name, (part.called.en, part.called.zh), part.xml, part.text, tuple(map(_plain, part.notes))


def _part_of(plain: tuple[Any, ...]) -> Part:
    name, called, xml, text, notes = plain
    return Part(name, Text(*called), xml, text, notes=tuple(map(_part_of, notes)))


def sources_of(
    parts: package.Package, path: Path, tags: Tags, colored: Callable[[str], str] = lambda xml: xml
) -> list[Source]:
    """The parts that hold tags, compiled. Raises `Failed` with every fault of the tags."""
    sources, faults = read_sources(parts, path, tags, colored)
    if faults:
        raise _wrong_tags(path, faults)
    return sources


def read_sources(
    parts: package.Package, path: Path, tags: Tags, colored: Callable[[str], str] = lambda xml: xml
) -> tuple[list[Source], list[tuple[Part, TagFault]]]:
    """The parts that hold tags, as far as they compile, and every fault of their tags."""
    from jinja2.exceptions import TemplateSyntaxError

    from folderkit.core.tags import reason
    from folderkit.documents.tags.breaks import with_breaks_apart
    from folderkit.documents.tags.holders import give_styles
    from folderkit.documents.tags.joining import with_whole_tags
    from folderkit.documents.tags.placeholders import with_placeholders
    from folderkit.documents.tags.syntax import TagFault, faults_before, faults_in
    from folderkit.documents.tags.tagged import has_columns, to_source

    sources: list[Source] = []
    faults: list[tuple[Part, TagFault]] = []
    tagged = {found.name: replace(found, text=to_source(with_breaks_apart(with_placeholders(with_whole_tags(
        colored(found.xml)))))) for found in tagged_parts(parts, path)}
    notes = [part for kind in ("footnotes+xml", "endnotes+xml")
             if (part := tagged.get(package.part_of_kind(parts, kind)))]
    texts = {part.name: part.text for part in tagged.values()}
    for part in tagged.values():  # the text first, which takes the tags of notes that it repeats from their parts
        xml = colored(part.xml)
        faults += [(part, fault) for fault in faults_before(xml)]
        try:
            tree = _parse(texts[part.name], tags)
            give_styles(tree, xml)
            sound = soundness_of(tree)
            if notes and part.name == package.main_part(parts):
                texts |= _take_turns(tree, notes, tags)
                part = replace(part, notes=tuple(notes))
            sources.append(Source(part, tags.compile(tree), sound, has_columns(xml), tree))
        except (TemplateSyntaxError, RecursionError) as error:
            found = faults_in(part.text, part.xml, tags) or [TagFault("", reason(error))]
            faults += [(part, fault) for fault in found]
    return sources, faults


def _take_turns(tree: nodes.Template, notes: Iterable[Part], tags: Tags) -> dict[str, str]:
    return take_turns(tree, {note.name: note.text for note in notes}, lambda text: _parse(text, tags))


def _parse(text: str, tags: Tags) -> nodes.Template:
    from folderkit.documents.tags.functions import name_functions
    from folderkit.documents.tags.holders import give_holders
    from folderkit.documents.tags.tagged import one_tag_per_line, unescape_braces

    tree = tags.parse(one_tag_per_line(text))
    unescape_braces(tree)
    name_functions(tree)
    give_holders(tree)
    return tree


def tagged_parts(parts: package.Package, path: Path, also: tuple[str, ...] = ()) -> Iterator[Part]:
    """The parts of a package in which tags stand, or pictures, which are numbered anew, or one of the texts `also`;
    with their XML."""
    from folderkit.documents.tags.tagged import without_deleted

    tagged: dict[str, str] = {}
    called = package.text_parts(parts)
    for name, what in called.items():
        try:
            xml = without_deleted(parts[name].decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise _broken_part(path, what) from None
        if any(sign in xml for sign in ("{", "｛", "<wp:docPr", *also)):
            tagged[name] = xml
    called = told_apart(parts, {name: called[name] for name in tagged})
    for name, xml in tagged.items():
        yield Part(name, called[name], xml)


def _wrong_tags(path: Path, faults: list[tuple[Part, TagFault]]) -> Failed:
    from folderkit.documents.tags.syntax import places_of

    lines = []
    for part, own in itertools.groupby(faults[:_TOLD], key=lambda pair: pair[0]):
        told = [fault for _, fault in own]
        lines += [_line(path, part, fault, place) for fault, place in zip(told, places_of(told, part.xml), strict=True)]
    if more := len(faults) - len(lines):
        lines.append(Text(f"and {more} more; 'folderkit template check {path} --json' lists all.",
                          f"还有 {more} 处；folderkit template check {path} --json 列出全部。"))
    return Failed(Text("\n".join(line.en for line in lines), "\n".join(line.zh for line in lines)),
                  Text("Correct the template in Word, then run the command again.",
                       "请在 Word 中改正模板，再运行一次。"))


def _line(path: Path, part: Part, fault: TagFault, at: Text) -> Text:
    from folderkit.documents.tags.places import in_brackets

    place = in_brackets(at)
    told = Text(f"{fault.message.en} {fault.hint.en}".strip(), fault.message.zh + fault.hint.zh)
    return Text(f"{path}: in {part.called.en}{', ' if fault.tag else ''}{fault.shown}: {told.en}{place.en}",
                f"{path}：{part.called.zh}{'，' if fault.tag else ''}{fault.shown}：{told.zh}{place.zh}")


def _broken_part(path: Path, called: Text) -> Failed:
    return Failed(
        Text(f"'{path}' cannot be used as a template: {called.en} is damaged.",
             f"“{path}”不能作为模板：{called.zh}已损坏。"),
        Text("Open it in Word and save it as .docx.", "请用 Word 打开并另存为 .docx。"))
