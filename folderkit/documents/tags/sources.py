"""The parts of a template as Jinja sources, with every fault of their tags told at once."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import Failed
from folderkit.core.language import NO_TEXT, Text
from folderkit.documents.parts import package
from folderkit.documents.parts.headers import told_apart
from folderkit.documents.tags.soundness import Soundness, soundness_of

if TYPE_CHECKING:
    from jinja2 import nodes

    from folderkit.core.tags import Tags
    from folderkit.documents.tags.syntax import TagFault


MARKS = ("<w:bookmark", "<w:commentR", "noteReference", "<wp:docPr")
_TOLD = 200  # faults in one message; nobody reads on


@dataclass(frozen=True)
class Part:
    """A part of the package: its name, what a person calls it, its own XML, and its Jinja source, once there is one."""

    name: str
    called: Text
    xml: str
    text: str = ""

    def where(self, line: int) -> Text:
        """What a person calls the place of the tag at a line."""
        return self.called

    def tag_at(self, line: int) -> tuple[str, Text]:
        """The tag at a line of the source with a tag to a line, and its place in brackets; "" where there is none."""
        from folderkit.documents.tags.placeholders import written_at
        from folderkit.documents.tags.places import in_brackets, place_at, place_of_tag

        tag, nth = self.numbered_tag(line)
        if placeholder := written_at(tag, self.xml):
            return placeholder[0], in_brackets(place_at(self.xml, placeholder[1]))
        return tag, in_brackets(place_of_tag(self.xml, tag, nth)) if tag else NO_TEXT

    def numbered_tag(self, line: int) -> tuple[str, int]:
        """The tag at a line of the source with a tag to a line, "" where there is none; and how many of the same
        stand before it."""
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

        return self.parsed or _parse(self.part.text, environment("en"))

    def lasting(self) -> tuple[Any, ...]:
        """What `of` makes it of again, as plain values."""
        part, called = self.part, self.part.called
        return part.name, (called.en, called.zh), part.xml, part.text, self.code, astuple(self.sound), self.columns

    @staticmethod
    def of(name: str, called: tuple[str, str], xml: str, text: str, code: CodeType, sound: tuple[Any, ...],
           columns: bool) -> Source:
        """What `lasting` told of."""
        return Source(Part(name, Text(*called), xml, text), code, Soundness(*sound), columns)


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

    from folderkit.documents.tags.breaks import with_breaks_apart
    from folderkit.documents.tags.holders import give_styles
    from folderkit.documents.tags.placeholders import with_placeholders
    from folderkit.documents.tags.syntax import faults_before, faults_in
    from folderkit.documents.tags.tagged import has_columns, to_source

    sources: list[Source] = []
    faults: list[tuple[Part, TagFault]] = []
    for found in tagged_parts(parts, path):
        xml = colored(found.xml)
        part = replace(found, text=to_source(with_breaks_apart(with_placeholders(xml))))
        faults += [(part, fault) for fault in faults_before(xml)]
        try:
            tree = _parse(part.text, tags)
            give_styles(tree, xml)
            sources.append(Source(part, tags.compile(tree), soundness_of(tree), has_columns(xml), tree))
        except (TemplateSyntaxError, RecursionError):
            faults += [(part, fault) for fault in faults_in(part.text, part.xml, tags)]
    return sources, faults


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
    tagged: dict[str, str] = {}
    called = package.text_parts(parts)
    for name, what in called.items():
        try:
            xml = parts[name].decode("utf-8-sig")
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
