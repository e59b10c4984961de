"""The table of readers: a kind of file, and who reads it. Loaded in the worker only."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.extract import kinds
from folderkit.extract.model import (
    BROKEN,
    CELLS,
    CRASHED,
    ENCRYPTED,
    LINES,
    NONE,
    PAGES,
    PARAGRAPHS,
    CloseReading,
    Extraction,
    Findings,
    Reader,
    UnreadableError,
    gather,
    gather_closely,
)
from folderkit.extract.source import Source

if TYPE_CHECKING:
    from PIL.Image import Image

READERS: dict[str, str] = {
    kinds.WORD: "word",
    kinds.SLIDES: "slides",
    kinds.WORKBOOK: "workbook",
    kinds.OPEN_DOCUMENT: "open_document",
    kinds.PDF: "pdf",
    kinds.RTF: "rtf",
    kinds.MAIL: "mail",
    kinds.MAILBOX: "mailbox",
    kinds.MESSAGE: "message",
    kinds.HTML: "webpage",
    kinds.TEXT: "plain",
    kinds.ARCHIVE: "archive",
    kinds.OFD: "ofd",
    kinds.IMAGE: "image",
    kinds.CARDS: "cards",
    kinds.XML: "drawn",
    kinds.OLD_WORD: "legacy:read_word",
    kinds.OLD_SLIDES: "legacy:read_slides",
}
"""A new type of file is a module of `readers` with a `read`, a row here, and the bytes or suffix it is known by
in `kinds`. A module is imported with the first file of its kind: all of them take longer than a Word file does."""

CAREFULLY: dict[str, str] = {
    kinds.WORKBOOK: "sheets",
    kinds.MAIL: "mail:read_bare",
    kinds.MAILBOX: "mailbox:read_bare",
    kinds.MESSAGE: "message:read_bare",
}
"""Readers that are slower, and never take more than the file holds, for files that took the usual one's process
down."""

CLOSELY: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    kinds.WORD: (PARAGRAPHS, (("properties", "read_package"), ("outline", "read_word"))),
    kinds.OPEN_DOCUMENT: (PARAGRAPHS, (("properties", "read_package"), ("outline", "read_open_document"))),
    kinds.WORKBOOK: (CELLS, (("cells", "read"),)),
    kinds.PDF: (PAGES, (("pages", "read"),)),
    kinds.TEXT: (LINES, (("lines", "read"),)),
    kinds.HTML: (LINES, (("lines", "read"),)),
    kinds.XML: (LINES, (("lines", "read"),)),
    kinds.CARDS: (LINES, (("lines", "read"),)),
    kinds.IMAGE: (LINES, (("properties", "read_picture"), ("lines", "read"))),
    kinds.ARCHIVE: (LINES, (("properties", "read_picture"), ("lines", "read"))),
    kinds.UNKNOWN: (LINES, (("properties", "read_picture"), ("lines", "read"))),
}
"""The same for reading closely: the form of what comes out, and the functions of `closely` that read. A kind that is
not here is read as for finding."""

_COMPARED = frozenset({"author", "saved by", "pages", "slides", "pixels"})
"""Of what a file says of itself, what is compared: when it was saved always differs."""

_UNREAD: dict[str, Extraction] = {
    kinds.ENCRYPTED_PACKAGE: Extraction(ENCRYPTED, "", (), "The file needs a password."),
    kinds.MISNAMED: Extraction(BROKEN, "", (), "The file is not what its name says, or a part of it is lost."),
}


def read_closely(path: Path, name: str, kind: str) -> CloseReading:
    """Read the bytes at `path` in all the detail in which they can be compared."""
    kind = _kind_inside(path, name, kind)
    if kind in CLOSELY:
        form, functions = CLOSELY[kind]
        readers = [getattr(importlib.import_module(f"folderkit.extract.closely.{module}"), function)
                   for module, function in functions]
        return gather_closely(path, form, *readers)
    found = read_kind(path, name, kind)
    properties = tuple((name, value) for name, value in found.properties if name in _COMPARED)
    return CloseReading(found.state, found.title, found.passages, found.detail, properties, form=PARAGRAPHS)


def _kind_inside(path: Source, name: str, kind: str) -> str:
    """The kind of what a container holds."""
    with path.open("rb") as file:
        if kind == kinds.ZIP:
            return kinds.kind_of_package(file, name)
        if kind == kinds.OLE:
            from folderkit.extract import ole

            return ole.kind_of_compound_file(file)
    return kind


def read_carefully(path: Path, name: str, kind: str) -> Extraction:
    """Read the bytes at `path`, of which the usual reader's process died, by the other reader of their kind."""
    kind = _kind_inside(path, name, kind)
    if kind in CAREFULLY:
        return gather(path, _reader(CAREFULLY[kind]))
    return Extraction(CRASHED, "", (), "There is no other reader.")


def read_into(source: Source, name: str, findings: Findings) -> None:
    """Add what is found in a file that lies within another; pictures, which are mostly logos, are passed over."""
    kind = _kind_inside(source, name, kinds.sniff(source, name))
    if kind in READERS and kind != kinds.IMAGE:
        _reader(READERS[kind])(source, findings)
    elif kind in _UNREAD:
        raise UnreadableError(_UNREAD[kind].state, _UNREAD[kind].detail)


def _reader(name: str) -> Reader:
    """The function `read` of a module, or the one that is named after a colon."""
    module, _, function = name.partition(":")
    reader: Reader = getattr(importlib.import_module(f"folderkit.extract.readers.{module}"), function or "read")
    return reader


def read_kind(path: Path, name: str, kind: str, recognise: Callable[[Image], str] | None = None) -> Extraction:
    """Read the bytes at `path`, of the kind that their beginning tells; `recognise` reads the letters in a picture."""
    kind = _kind_inside(path, name, kind)
    if kind in READERS:
        return gather(path, _reader(READERS[kind]), recognise)
    return _UNREAD.get(kind) or Extraction(NONE, "", (), "This type of file is not read.")
