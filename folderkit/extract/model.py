"""What reading a file yields, the limits of it, and how a reader says that it cannot go on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.suggestions import Suggested
from folderkit.extract.source import Source

if TYPE_CHECKING:
    from PIL.Image import Image

EXTRACTOR_VERSION: int = 5
"""Raised when the same bytes give another result; text is kept by content hash and this number."""

OK, NONE, ENCRYPTED, BROKEN = "ok", "none", "encrypted", "broken"
TOO_BIG, TIMED_OUT, CRASHED, PARTIAL = "too-big", "timed-out", "crashed", "partial"
NO_READER = "no-reader"

STATES: frozenset[str] = frozenset({OK, NONE, ENCRYPTED, BROKEN, TOO_BIG, TIMED_OUT, CRASHED, PARTIAL, NO_READER})
"""All values of `Extraction.state`. NO_READER is a type that is read when an extra of folderkit's is installed."""

MAX_FILE = 256 << 20
"""Bytes of a file that is still read."""
MAX_INFLATED = 64 << 20
"""Bytes of XML that are inflated from one package; a bomb of 4 MB holds 4 GB."""
MAX_INSIDE = 128 << 20
"""Bytes of all files that lie within one, such as what is attached to a mail, and are read."""
MAX_CHARACTERS = 10_000_000
MAX_PASSAGES = 500_000
"""Passages of one file: ten million of one character each would fill the memory of the caller."""
MAX_TITLE = 500


@dataclass(frozen=True)
class Passage:
    """A piece of text and where it stands.

    `place` is in a person's terms: "" for body text, "p. 3" (PDF), "p. 3 comment", "p. 3 field", "Sheet1!A7" (the first
    filled cell of a row; the row's cells are joined with tabs), "Sheet1!B7 comment", "Sheet1!D2" (a text box that
    begins there), "Sheet1 header", "slide 4", "slide 4 notes", "header", "footer", "footnote", "endnote", "comment",
    "picture" (what it is said to show), "p. 3 (OCR)" and "picture (OCR)" (letters that were recognised), "event 2",
    "contact 1", "member" (of an archive), "attachment a.pdf: p. 3",
    "mail 7" and "mail 7 subject" (of a mailbox), and for mail "subject", "from", "to", "cc", "date", "attachment".
    `text` is never empty, has "\\n" line ends, and no control characters or lone surrogates.
    """

    place: str
    text: str


@dataclass(frozen=True)
class Extraction:
    """What was read from one file.

    `state` is one of `STATES`: "none" is a file without text, or of a type that is not read; "partial"
    has passages, but not all of them. `title` is the document's own, or "". `detail` is one short English
    sentence for logs, or "". `properties` are what the file says of itself, (name, value), of the names in
    `PROPERTIES` where it was read for finding; files without text have them too.
    """

    state: str
    title: str
    passages: tuple[Passage, ...]
    detail: str
    properties: tuple[tuple[str, str], ...] = ()
    suggested: tuple[Suggested, ...] = ()
    """What the text suggests; only where it was read for finding."""
    lacks: str = ""
    """What was missing to read more: LEGACY (the extra of that name), OCR (that letters are recognised), or ""."""


LEGACY, OCR = "legacy", "ocr"

PROPERTIES: tuple[str, ...] = (
    "author", "saved by", "company", "manager", "keywords", "description", "created", "saved", "pages", "sheets",
    "slides", "slide titles", "from", "to", "cc", "date", "attachments", "members", "pixels", "taken", "camera",
)  # fmt: skip
"""All names of `Extraction.properties`, in the order in which they are shown.

Moments ("created", "saved", "taken", "date") are ISO 8601 as far as they are known ("2026-03-01T09:30:00+08:00",
"2026-03-01T09:30:00" where no zone is told); "pages" and "slides" are numbers, "attachments" (of mails) and "members"
(of archives) too; "sheets" and "slide titles" are names, joined by " · "; people are as the file names them."""


PARAGRAPHS, LINES, PAGES, CELLS = "paragraphs", "lines", "pages", "cells"


@dataclass(frozen=True)
class CloseReading(Extraction):
    """What was read from one file to be compared with another, in more detail than is read for finding.

    `form` tells the passages: PARAGRAPHS, where those of a table's row are one, with the place "table 1 row 3", and
    headings have the place "heading"; LINES of a text, blanks and empty ones kept, "line 3"; PAGES, paragraphs
    that were put together from the lines of pages; CELLS, the rows of sheets, with empty cells between their tabs, and
    before each sheet's rows a passage with the place "Sheet1!"; "" where nothing is read.
    """

    form: str = ""


class UnreadableError(Exception):
    """A reader cannot go on; `state` and `detail` are what the file is marked with.

    Passages found before are kept, and the state is then "partial", unless `keep` is false.
    """

    def __init__(self, state: str, detail: str, *, keep: bool = True) -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail
        self.keep = keep


class Findings:
    """Passages as a reader finds them, cleaned and within the limits."""

    def __init__(self) -> None:
        self.title = ""
        self.passages: list[Passage] = []
        self.properties: dict[str, str] = {}
        self.lacks = ""
        """What was missing to read more, see `Extraction.lacks`."""
        self.recognise: Callable[[Image], str] | None = None
        """Reads the letters in a picture, where that is wanted."""
        self.skipped = ""
        """Why something that holds text was passed over; the state is then "partial"."""
        self.depth = 0
        """How many files this one lies within."""
        self.bare = False
        """Whether files within the file are left alone, since reading them took a process down."""
        self._room = MAX_CHARACTERS
        self._room_inside = MAX_INSIDE
        self._margins: set[tuple[str, str]] = set()

    def add(self, place: str, text: str) -> None:
        """Keep `text`, if there is any; raise `UnreadableError` where the limits are reached."""
        text = clean(text)
        if text and not self._is_repeated(place, text):
            self._keep(clean(place), text)

    def add_line(self, place: str, text: str) -> None:
        """Keep a line with its blanks, also an empty one, under the same limits."""
        self._keep(place, _SURROGATES.sub("\ufffd", _UNWANTED.sub("", _LINE_ENDS.sub(" ", text))))

    def _keep(self, place: str, text: str) -> None:
        self.passages.append(Passage(place, text[: self._room]))
        self._room -= len(text)
        if self.is_full:
            raise UnreadableError(TOO_BIG, "Only the beginning was read: there is too much text.")

    @property
    def is_full(self) -> bool:
        """Whether the limits are reached."""
        return self._room <= 0 or len(self.passages) >= MAX_PASSAGES

    def take(self, size: int) -> bool:
        """Whether so many bytes of a file within the file may still be read."""
        self._room_inside -= size
        return self._room_inside >= 0

    def _is_repeated(self, place: str, text: str) -> bool:
        """Every section of a document has its own headers, and mostly they say the same; so do its logos."""
        if place not in ("header", "footer", "picture"):
            return False
        known = (place, text) in self._margins
        self._margins.add((place, text))
        return known

    def tell(self, name: str, value: object) -> None:
        """Keep a property of the file, if it has it."""
        text = " ".join(clean(str(value)[: MAX_TITLE * 4]).split())[:MAX_TITLE]
        if text:
            self.properties.setdefault(name, text)

    def name(self, title: str) -> None:
        """Keep the document's title, the first one that is not empty."""
        self.title = self.title or " ".join(clean(title[: MAX_TITLE * 4]).split())[:MAX_TITLE]

    def done(self) -> Extraction:
        """The result of a reader that reached the end."""
        if self.skipped:
            return self.stopped(UnreadableError(BROKEN, self.skipped))
        if not self.passages:
            return self._told(NONE, "There is no text inside.")
        return self._told(OK, "")

    def stopped(self, error: UnreadableError) -> Extraction:
        """The result of a reader that could not go on."""
        if self.passages and error.keep:
            return self._told(PARTIAL, error.detail)
        self.passages.clear()
        return self._told(error.state, error.detail)

    def _told(self, state: str, detail: str) -> Extraction:
        return Extraction(state, self.title, tuple(self.passages), detail, tuple(self.properties.items()),
                          lacks=self.lacks)


Reader = Callable[[Source, Findings], None]
"""Reads one type of file: adds what it finds, raises `UnreadableError` when it cannot go on."""


def gather(path: Source, reader: Reader, recognise: Callable[[Image], str] | None = None) -> Extraction:
    """Run one reader over one file; letters in pictures are read where there is a function that does it."""
    findings = Findings()
    findings.recognise = recognise
    try:
        reader(path, findings)
    except UnreadableError as error:
        return findings.stopped(error)
    return findings.done()


def gather_closely(path: Path, form: str, *readers: Callable[[Path, Findings], None]) -> CloseReading:
    """Run readers over one file, one after the other, for what they find together."""
    findings = Findings()
    try:
        for reader in readers:
            reader(path, findings)
        found = findings.done()
    except UnreadableError as error:
        found = findings.stopped(error)
        form = form if found.passages else ""
    return CloseReading(found.state, found.title, found.passages, found.detail, found.properties, form=form)


_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile("[ \xa0\u3000\t]+\n")


def clean(text: str) -> str:
    """Text that every database and terminal takes: no control characters, no lone surrogates, trimmed."""
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    return _BLANKS.sub("\n", _SURROGATES.sub("\ufffd", text)).strip()
