"""What a file is by its first bytes, and by its name only where many things begin alike."""

from __future__ import annotations

from pathlib import PurePath

from folderkit.core.kinds import BY_NAME

HEAD = 600  # bytes that are enough to tell

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"), (0, b"{\\rtf", "word"),
    (0, b"\xff\xd8\xff", "picture"), (0, b"\x89PNG\r\n", "picture"), (0, b"GIF8", "picture"), (0, b"BM", "picture"),
    (0, b"II*\0", "picture"), (0, b"MM\0*", "picture"), (8, b"WEBP", "picture"), (4, b"ftypheic", "picture"),
    (4, b"ftypmif1", "picture"), (0, b"8BPS", "picture"),
    (0, b"AC10", "drawing"),
    (0, b"ID3", "sound"), (0, b"\xff\xfb", "sound"), (8, b"WAVE", "sound"), (0, b"fLaC", "sound"),
    (4, b"ftypM4A", "sound"), (0, b"#!AMR", "sound"),
    (4, b"ftyp", "film"), (8, b"AVI ", "film"), (0, b"\x1aE\xdf\xa3", "film"),
    (0, b"Rar!\x1a\x07", "archive"), (0, b"7z\xbc\xaf\x27\x1c", "archive"), (0, b"\x1f\x8b", "archive"),
)
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = {"picture", "sound", "film", "pdf"}  # whose bytes would have said so


def type_of(head: bytes, name: str) -> str:
    """One of `core.rules.TYPES`, from a file's first bytes and its name."""
    suffix = PurePath(name).suffix.lower()
    by_name = BY_NAME.get(suffix, "")
    if head.startswith(_ZIP):
        return by_name if by_name not in ("", *_BINARY - {"pdf"}) else "archive"
    if head.startswith(_COMPOUND):
        return by_name if by_name and by_name not in _BINARY else "other"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic or (offset == 0 and start.startswith(magic) and kind == "pdf"):
            return kind
    if suffix == ".dwg" or by_name in _BINARY:
        return "other"  # not what its name says
    if start[:200].lower().startswith((b"<html", b"<!doctype html")):
        return "web"
    return by_name or "other"
