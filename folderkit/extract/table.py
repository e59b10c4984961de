"""The table of readers: a kind of file, and who reads it. Loaded in the worker only."""

from __future__ import annotations

import importlib
from pathlib import Path

from folderkit.extract import kinds
from folderkit.extract.model import BROKEN, ENCRYPTED, NONE, Extraction, Reader, gather

READERS: dict[str, str] = {
    kinds.WORD: "word",
    kinds.SLIDES: "slides",
    kinds.WORKBOOK: "workbook",
    kinds.OPEN_DOCUMENT: "open_document",
    kinds.PDF: "pdf",
    kinds.RTF: "rtf",
    kinds.MAIL: "mail",
    kinds.HTML: "webpage",
    kinds.TEXT: "plain",
}
"""A new type of file is a module of `readers` with a `read`, a row here, and the bytes or suffix it is known by
in `kinds`. A module is imported with the first file of its kind: all of them take longer than a Word file does."""

_UNREAD: dict[str, Extraction] = {
    kinds.ENCRYPTED_PACKAGE: Extraction(ENCRYPTED, "", (), "The file needs a password."),
    kinds.MISNAMED: Extraction(BROKEN, "", (), "The file is not what its name says, or a part of it is lost."),
}


def read_kind(path: Path, name: str, kind: str) -> Extraction:
    """Read the bytes at `path`, of the kind that their beginning tells."""
    with path.open("rb") as file:
        if kind == kinds.ZIP:
            kind = kinds.kind_of_package(file, name)
        elif kind == kinds.OLE:
            from folderkit.extract import ole

            kind = ole.kind_of_compound_file(file)
    if kind in READERS:
        reader: Reader = importlib.import_module(f"folderkit.extract.readers.{READERS[kind]}").read
        return gather(path, reader)
    return _UNREAD.get(kind) or Extraction(NONE, "", (), "This type of file is not read.")
