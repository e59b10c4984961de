"""XML as a stream of tags and text, and the paragraphs in it. No tree is built, no entity expanded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, NoReturn
from xml.parsers import expat

from folderkit.extract.model import BROKEN, Findings, UnreadableError

_CHUNK = 1 << 16


class Handler:
    """What happens at a tag and at text. Tags come without their prefix ("p" for "w:p")."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens; the names of attributes keep their prefix."""

    def end(self, tag: str) -> None:
        """A tag closes."""

    def data(self, text: str) -> None:
        """Text between tags."""


def walk(stream: IO[bytes], handler: Handler) -> None:
    """Run XML through a handler; raise `UnreadableError` for what is no XML, or declares entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: handler.start(tag.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda tag: handler.end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = handler.data
    parser.EntityDeclHandler = _refuse
    try:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableError(BROKEN, f"The XML inside is damaged ({error}).") from error
    except LookupError as error:
        raise UnreadableError(BROKEN, f"The XML inside has an unknown encoding ({error}).") from error


def _refuse(*_declaration: object) -> NoReturn:
    # No office program writes one; a few of them, each made of the one before, unfold to gigabytes.
    raise UnreadableError(BROKEN, "The file declares XML entities, which is refused.", keep=False)


@dataclass(frozen=True)
class Rules:
    """How one format writes its paragraphs."""

    paragraphs: frozenset[str]
    texts: frozenset[str] | None = None
    """Tags whose text counts; None when all text of a paragraph does."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Tags that stand for a character: a tab, a line break."""
    skipped: frozenset[str] = frozenset()
    """Tags that are passed over with all that is in them."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Tags whose paragraphs stand in a place of their own."""
    described: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Tags that describe a picture in words, and the attributes that do."""


class Paragraphs(Handler):
    """Turns paragraphs into passages; one within another (a text box, a note) becomes its own."""

    def __init__(self, findings: Findings, rules: Rules, place: str = "") -> None:
        self._findings = findings
        self._rules = rules
        self._places = [place]
        self._open: list[list[str]] = []
        self._texts = 0
        self._skipping = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        rules = self._rules
        if self._skipping or self.skips(tag, attributes):
            self._skipping += 1
            return
        place = self.place_of(tag, attributes)
        if place is not None:
            self._places.append(place)
        if tag in rules.described:
            for text in dict.fromkeys(attributes.get(name, "") for name in rules.described[tag]):
                self.described(text)
        if tag in rules.paragraphs:
            self._open.append([])
        elif rules.texts is not None and tag in rules.texts:
            self._texts += 1
        elif self._open and tag in rules.marks:
            self._open[-1].append(self.mark_of(tag, attributes))

    def end(self, tag: str) -> None:
        rules = self._rules
        if self._skipping:
            self._skipping -= 1
            return
        if tag in rules.paragraphs and self._open:
            self.found(self._places[-1], "".join(self._open.pop()))
        elif rules.texts is not None and tag in rules.texts:
            self._texts -= 1
        if self.ends_place(tag):
            self._places.pop()

    def data(self, text: str) -> None:
        if self._open and not self._skipping and (self._rules.texts is None or self._texts):
            self._open[-1].append(text)

    def found(self, place: str, text: str) -> None:
        """A paragraph has ended."""
        self._findings.add(place, text)

    def described(self, text: str) -> None:
        """A picture's description."""
        self._findings.add("picture", text)

    def skips(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether to pass over this tag and all that is in it."""
        return tag in self._rules.skipped

    def place_of(self, tag: str, attributes: dict[str, str]) -> str | None:
        """The place that begins with this tag, if one does."""
        return self._rules.places.get(tag)

    def ends_place(self, tag: str) -> bool:
        """Whether the end of this tag ends a place that `place_of` began."""
        return tag in self._rules.places

    def mark_of(self, tag: str, attributes: dict[str, str]) -> str:
        """The characters that this tag stands for."""
        return self._rules.marks[tag]
