"""Which kind of file it is, from its first bytes where they say so, from its name where not."""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO

from folderkit.extract.source import Source

ZIP, OLE, PDF, RTF, MAIL, MAILBOX, HTML, TEXT = "zip", "ole", "pdf", "rtf", "mail", "mailbox", "html", "text"
MISNAMED, UNKNOWN = "misnamed", "unknown"

WORD, SLIDES, WORKBOOK, OPEN_DOCUMENT = "word", "slides", "workbook", "open document"
ENCRYPTED_PACKAGE, MESSAGE = "encrypted package", "message"
OLD_WORD, OLD_SLIDES = "old word", "old slides"
ARCHIVE, OFD, IMAGE, CARDS, XML = "archive", "ofd", "image", "cards", "xml"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", IMAGE),
    (b"\xff\xd8\xff", IMAGE),
    (b"GIF87a", IMAGE),
    (b"GIF89a", IMAGE),
    (b"II*\0", IMAGE),
    (b"MM\0*", IMAGE),
    (b"BEGIN:VCALENDAR", CARDS),
    (b"BEGIN:VCARD", CARDS),
)

_NAMED: dict[str, str] = {
    **dict.fromkeys((".eml",), MAIL),
    **dict.fromkeys((".mbox",), MAILBOX),
    **dict.fromkeys((".ics", ".vcf"), CARDS),
    **dict.fromkeys((".xml", ".svg"), XML),
    **dict.fromkeys((".bmp", ".webp", ".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff"), IMAGE),
    **dict.fromkeys((".html", ".htm", ".xhtml"), HTML),
    **dict.fromkeys((".txt", ".md", ".markdown", ".rst", ".csv", ".tsv", ".log", ".ini"), TEXT),
    **dict.fromkeys((".json", ".jsonl", ".yaml", ".yml", ".toml", ".vtt", ".srt"), TEXT),
}

PACKAGES: frozenset[str] = frozenset({
    ".docx", ".docm", ".dotx", ".dotm", ".pptx", ".pptm", ".ppsx", ".potx",
    ".xlsx", ".xlsm", ".xltx", ".xlsb", ".odt", ".ott", ".ods", ".odp",
})  # fmt: skip
"""Suffixes of files that must be a zip: other bytes, or half a zip, are a broken file."""

_DRESSED_UP = frozenset({".xls", ".doc"})
"""Suffixes that other programs give to pages of HTML, because Excel and Word open those too."""


def sniff(path: Source, name: str) -> str:
    """The kind of the bytes at `path`, of a file that was called `name`."""
    with path.open("rb") as file:
        head = file.read(1024)
    suffix = suffix_of(name)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if suffix == ".pdf":
        # Readers of PDF accept a header anywhere in the first 1024 bytes (ISO 32000-1, note 13 of annex H).
        return PDF if b"%PDF-" in head else MISNAMED
    if suffix in _DRESSED_UP and start[:200].lower().startswith((b"<html", b"<!doctype html", b"<table")):
        return HTML
    return MISNAMED if suffix in PACKAGES else _NAMED.get(suffix, UNKNOWN)


def suffix_of(name: str) -> str:
    """The suffix of a file's name in lower case, with its dot."""
    return PurePath(name).suffix.lower()


def kind_of_package(file: BinaryIO, name: str) -> str:
    """What a zip holds, from the names in it; `MISNAMED` when a document's zip is broken."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(file) as package:
            names = package.namelist()
            mark = package.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        return MISNAMED if suffix_of(name) in PACKAGES else ARCHIVE
    if "content.xml" in names:
        return WORKBOOK if b"spreadsheet" in mark or suffix_of(name) == ".ods" else OPEN_DOCUMENT
    folders = {entry.partition("/")[0].lower() for entry in names}
    if "[Content_Types].xml" in names or suffix_of(name) in PACKAGES:
        for folder, kind in (("word", WORD), ("ppt", SLIDES), ("xl", WORKBOOK)):
            if folder in folders:
                return kind
    return MISNAMED if suffix_of(name) in PACKAGES else OFD if "OFD.xml" in names else ARCHIVE
