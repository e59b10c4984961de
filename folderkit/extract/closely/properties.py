"""What a file says of itself: title, author, who saved it last; of a picture, its size in pixels.

Sources: ECMA-376 part 2, 11 (core properties); OpenDocument 1.3 part 3, 4.3; PNG (ISO 15948) 11.2.2; JPEG (ITU T.81)
B.2.2; GIF89a 18; BITMAPINFOHEADER.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from folderkit.extract.markup import Handler
from folderkit.extract.model import Findings
from folderkit.extract.package import open_package

_CORE = {"title": "title", "creator": "author", "lastModifiedBy": "saved by"}
_META = {"title": "title", "initial-creator": "author", "creator": "saved by"}
_MEDIA = ("word/media/", "ppt/media/", "xl/media/", "Pictures/")
_HEAD = 1 << 20


def read_package(path: Path, findings: Findings) -> None:
    """Tell the properties of a zip of XML parts."""
    with open_package(path) as package:
        for part, names in (("docProps/core.xml", _CORE), ("meta.xml", _META)):
            if part in package:
                handler = _Properties(names)
                package.walk_aside(part, handler, findings)
                for name, value in handler.found.items():
                    findings.tell(name, value)
        pictures = sum(name.startswith(_MEDIA) for name in package.names())
        findings.tell("pictures", pictures or "")


def read_picture(path: Path, findings: Findings) -> None:
    """Tell the size of a picture, if it is one."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for magic, size_of in _PICTURES.items():
        if head.startswith(magic):
            try:
                width, height = size_of(head)
            except struct.error:  # cut off
                return
            findings.tell("pixels", f"{width} × {height}")


class _Properties(Handler):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._open = ""
        self.found: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open = self._names.get(tag, "")

    def end(self, tag: str) -> None:
        self._open = ""

    def data(self, text: str) -> None:
        if self._open:
            self.found[self._open] = self.found.get(self._open, "") + text


def _jpeg(head: bytes) -> tuple[int, int]:
    at = 2
    while True:
        mark, marker, length = struct.unpack_from(">BBH", head, at)
        if mark != 0xFF:
            raise struct.error("no marker")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 2 + length


_PICTURES: dict[bytes, Callable[[bytes], tuple[int, int]]] = {
    b"\x89PNG\r\n\x1a\n": lambda head: struct.unpack_from(">II", head, 16),
    b"\xff\xd8\xff": _jpeg,
    b"GIF87a": lambda head: struct.unpack_from("<HH", head, 6),
    b"GIF89a": lambda head: struct.unpack_from("<HH", head, 6),
    b"BM": lambda head: struct.unpack_from("<ii", head, 18),
}
