"""The styles and lists of a Word file: found by the names Word shows, and added to where a template lacks one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from folderkit.documents.drawn.drawing import RELATIONS
from folderkit.documents.parts.additions import Additions

NUMBERING = "word/numbering.xml"
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"
_STYLE = re.compile(r"<w:style\b([^>]*)>(.*?)</w:style>", re.DOTALL)
_NUM = re.compile(r'<w:num\b[^>]*\bw:numId="(\d+)"[^>]*>\s*<w:abstractNumId w:val="(\d+)"/>')
_FIRST_LIST = re.compile(r"<w:num\b|<w:numIdMacAtCleanup|</w:numbering>")
_END = re.compile(r"<w:numIdMacAtCleanup|</w:numbering>")
_BULLETS = "•–▪"
_LEVELS = 9  # as many as Word has
INDENT, HANGING = 425, 320  # twentieths of a point, for each level of a list


@dataclass(frozen=True)
class Style:
    """A style of a template: what refers to it, and the list that belongs to it."""

    ident: str
    numbering: str = ""


class Styles:
    """The styles of a document by kind and name, in any case: ``find("paragraph", "heading 1")``."""

    def __init__(self, xml: str) -> None:
        self._found: dict[tuple[str, str], Style] = {}
        for head, body in _STYLE.findall(xml):
            kind, ident = (re.search(rf'\bw:{name}="([^"]*)"', head) for name in ("type", "styleId"))
            name = re.search(r'<w:name w:val="([^"]*)"', body)
            number = re.search(r'<w:numId w:val="(\d+)"', body)
            if kind and ident and name:
                self._found.setdefault((kind[1], name[1].lower()), Style(ident[1], number[1] if number else ""))

    def names(self, kind: str) -> list[str]:
        """The names of all styles of a kind."""
        return [name for found, name in self._found if found == kind]

    def free_ident(self, ident: str) -> str:
        """The id itself, or one like it that no style has."""
        taken = {style.ident for style in self._found.values()}
        while ident in taken:
            ident += "Fk"
        return ident

    def find(self, kind: str, *names: str) -> Style | None:
        """The first of the styles with these names that there is."""
        return next((style for name in names if (style := self._found.get((kind, name.lower())))), None)


class Numbering:
    """The lists of a document: ones of our own, and the template's begun anew. They are put into its part together, at
    the end."""

    def __init__(self, additions: Additions, main: str) -> None:
        self._additions, self._main = additions, main
        self._there = additions.read(NUMBERING)
        self._abstract_of = dict(_NUM.findall(self._there))
        self._abstracts: list[str] = []
        self._lists: list[str] = []
        self._last = [max(map(int, re.findall(rf'<w:{name}\b[^>]*\bw:{name}{ident}="(\d+)"', self._there)), default=0)
                      for name, ident in (("abstractNum", "Id"), ("num", "Id"))]
        self._own: dict[bool, str] = {}  # ordered or not → abstract list
        self._bullets = ""
        additions.finish(self._put)

    def own(self, ordered: bool, level: int, start: int) -> str:
        """The id of a list that looks as ours do, counting from `start` at its `level`; all bullets are one list."""
        if ordered not in self._own:
            self._own[ordered] = self.add_abstract(_own_list(ordered))
        if ordered:
            return self.add(self._own[ordered], {level: start})
        self._bullets = self._bullets or self.add(self._own[ordered], {})
        return self._bullets

    def anew(self, number: str, level: int, start: int) -> str:
        """The id of another list that looks as the template's list `number`, counting from `start`; "" when there is
        no such list."""
        abstract = self._abstract_of.get(number)
        return self.add(abstract, {level: start}) if abstract else ""

    def add_abstract(self, xml: str) -> str:
        """The id of what lists look like, described by the XML of an abstract list, whose own id is replaced."""
        self._last[0] += 1
        self._abstracts.append(re.sub(
            r'(<w:abstractNum\b[^>]*?\bw:abstractNumId=")\d+"', rf'\g<1>{self._last[0]}"', xml, count=1))
        return str(self._last[0])

    def add(self, abstract: str, starts: Mapping[int, int], more: str = "") -> str:
        """The id of a new list that looks as an abstract one, counting from the numbers in `starts` at their levels."""
        self._last[1] += 1
        over = "".join(f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
                       for level, start in starts.items())
        self._lists.append(
            f'<w:num w:numId="{self._last[1]}"><w:abstractNumId w:val="{abstract}"/>{over}{more}</w:num>')
        return str(self._last[1])

    def _put(self) -> None:
        """Abstract lists stand before lists in the part, and those before its end."""
        if not self._lists:
            return
        xml = re.sub(r"(<w:numbering\b[^>]*)/>\s*$", r"\1></w:numbering>", self._there)
        if not xml:
            xml = (f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:numbering xmlns:w="{_MAIN}">'
                   "</w:numbering>")
            self._additions.add(NUMBERING, b"", _TYPE)
            self._additions.relate(f"{RELATIONS}/numbering", NUMBERING, self._main)
        for pieces, before in ((self._lists, _END), (self._abstracts, _FIRST_LIST)):
            place = before.search(xml)
            at = place.start() if place else len(xml)
            xml = xml[:at] + "".join(pieces) + xml[at:]
        self._additions.write(NUMBERING, xml)


def _own_list(ordered: bool) -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{_form(level) if ordered else "bullet"}"/>'
        f'<w:lvlText w:val="{f"%{level + 1}." if ordered else _BULLETS[level % 3]}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{INDENT * (level + 1)}" w:hanging="{HANGING}"/></w:pPr></w:lvl>'
        for level in range(_LEVELS))
    return f'<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'


def _form(level: int) -> str:
    return ("decimal", "lowerLetter", "lowerRoman")[level % 3]
