"""The table of readers: a kind of file, and who reads it. Loaded in the worker only."""

from __future__ import annotations

from pathlib import Path

from folderkit.extract import kinds, ole
from folderkit.extract.model import BROKEN, ENCRYPTED, NONE, Extraction, Reader, gather
from folderkit.extract.readers import (
    mail,
    open_document,
    pdf,
    plain,
    rtf,
    slides,
    webpage,
    word,
    workbook,
)

READERS: dict[str, Reader] = {
    kinds.WORD: word.read,
    kinds.SLIDES: slides.read,
    kinds.WORKBOOK: workbook.read,
    kinds.OPEN_DOCUMENT: open_document.read,
    kinds.PDF: pdf.read,
    kinds.RTF: rtf.read,
    kinds.MAIL: mail.read,
    kinds.HTML: webpage.read,
    kinds.TEXT: plain.read,
}
"""A new type of file is a reader, a row here, and the bytes or suffix it is known by in `kinds`."""

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
            kind = ole.kind_of_compound_file(file)
    if kind in READERS:
        return gather(path, READERS[kind])
    return _UNREAD.get(kind) or Extraction(NONE, "", (), "This type of file is not read.")
