"""The texts of a workbook's cells: shared or in the cell, plain or in runs that look different."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import Book, child, children, name_of
from folderkit.documents.tags.tagged import TAG

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NAMESPACES = re.compile(r'\sxmlns(?::[\w.-]+)?="[^"]*"')


@dataclass(frozen=True)
class Run:
    """A piece of a cell's text, and the XML of how it looks ("" as the cell)."""

    look: str
    text: str


Runs = tuple[Run, ...]


def text_of(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


class Strings:
    """The texts that the cells of a workbook share."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._part = next(book.parts("sharedStrings"), "")

    @cached_property
    def _items(self) -> list[Element]:
        return children(self._book.tree(self._part), "si") if self._part else []

    @cached_property
    def with_braces(self) -> frozenset[str]:
        """The numbers, as cells name them, of those in which a brace stands: only these can hold a tag."""
        if not self._part or not holds_brace(self._book.raw(self._part)):
            return frozenset()
        return frozenset(str(number) for number, item in enumerate(self._items)
                         if any(sign in text_of(runs_in(item)) for sign in "{｛}｝"))

    def of(self, cell: Element) -> Runs:
        """The text of a cell; no runs for one that holds none."""
        kind = cell.get("t")
        if kind == "inlineStr":
            inner = child(cell, "is")
            return () if inner is None else runs_in(inner)
        if kind == "s":
            value = child(cell, "v")
            number = int(value.text or 0) if value is not None else -1
            return runs_in(self._items[number]) if 0 <= number < len(self._items) else ()
        return ()


def holds_brace(part: bytes) -> bool:
    """Whether a tag may stand in a part."""
    return any(sign in part for sign in (b"{", "｛".encode(), b"}", "｝".encode(), b"&#")) or part.startswith(
        (b"\xff\xfe", b"\xfe\xff"))


def runs_in(element: Element) -> Runs:
    """The runs of a text (ECMA-376, part 1, 18.4.8): how each is pronounced is no text."""
    runs = []
    for one in element:
        if name_of(one) == "t":
            runs.append(Run("", unescaped(one.text or "")))
        elif name_of(one) == "r":
            text = child(one, "t")
            runs.append(Run(_look(child(one, "rPr")), unescaped((text.text if text is not None else "") or "")))
    return tuple(run for run in runs if run.text)


def unescaped(text: str) -> str:
    """The text that a cell shows, in which ``_x000D_`` stands for a character."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _look(properties: Element | None) -> str:
    if properties is None:
        return ""
    return bare_xml(properties)


def bare_xml(element: Element) -> str:
    """An element's XML without the names of its namespaces, which are told around it."""
    from lxml import etree

    return _NAMESPACES.sub("", etree.tostring(element, encoding="unicode", with_tail=False))


def with_whole_tags(runs: Runs) -> Runs:
    """The runs with each tag in the one in which it begins."""
    text = text_of(runs)
    tags = [found.span() for found in TAG.finditer(text)]
    whole, at = [], 0
    for run in runs:
        end = at + len(run.text)
        begin = next((stop for start, stop in tags if start < at < stop), at)
        last = next((stop for start, stop in tags if start < end < stop), end)
        if begin < last:
            whole.append(Run(run.look, text[begin:last]))
        at = end
    return tuple(whole)
