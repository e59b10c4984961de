"""Pictures: their size, when and with what they were taken, and what they are said to show. No pixel is decoded,
unless the letters in them are wanted.

Sources: EXIF 2.32, 4.6 (numbers of tags); PNG (ISO 15948) 11.3.4 (texts); Windows' own tags XPTitle to XPSubject.
"""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from folderkit.extract.letters import LEAST_SIDE
from folderkit.extract.model import BROKEN, OCR, Findings, UnreadableError
from folderkit.extract.source import Source

_MAKE, _MODEL, _ARTIST, _CHANGED = 0x010F, 0x0110, 0x013B, 0x0132
_DESCRIPTION, _COMMENT, _TAKEN, _ZONE = 0x010E, 0x9286, 0x9003, 0x9011
_WINDOWS = {0x9C9B: "title", 0x9C9C: "description", 0x9C9D: "author", 0x9C9E: "keywords", 0x9C9F: "description"}
_OF_PNG = {"Title": "title", "Author": "author", "Description": "description", "Comment": "description"}
_MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")
_SCANS = frozenset({"JPEG", "PNG", "TIFF", "BMP", "WEBP"})
_MOST_PIXELS = 60_000_000
"""Of a picture that is decoded for its letters: 180 MB in colours."""
_CHARSETS = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16"}
_BROKEN = (OSError, ValueError, SyntaxError, struct.error, EOFError, KeyError, IndexError, TypeError, OverflowError,
           Image.DecompressionBombError)  # fmt: skip
"""What Pillow raises for files that are cut off or damaged."""


def read(path: Source, findings: Findings) -> None:
    """Tell what a picture says of itself; its description is its text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes that would be too big to decode, and of odd tags
        try:
            with path.open("rb") as file, Image.open(file) as image:
                findings.tell("pixels", f"{image.width} × {image.height}")
                for name, value in [*_exif(image), *_texts(image)]:
                    _tell(name, value, findings)
                _recognise(image, findings)
        except UnidentifiedImageError as error:
            raise UnreadableError(BROKEN, "This is no picture that can be read.") from error
        except _BROKEN as error:
            raise UnreadableError(BROKEN, f"The picture is damaged ({str(error)[:120]}).") from error


def _recognise(image: Image.Image, findings: Findings) -> None:
    """The letters in a picture, where they are wanted; those that were recognised."""
    if image.format not in _SCANS or min(image.size) < LEAST_SIDE or image.width * image.height > _MOST_PIXELS:
        return
    if findings.recognise is None:
        findings.lacks = OCR
    else:
        findings.add("picture (OCR)", findings.recognise(image))


def _tell(name: str, value: str, findings: Findings) -> None:
    if name == "title":
        findings.name(value)
    else:
        findings.tell(name, value)
    if name in ("title", "description", "keywords"):
        findings.add("picture", value)


def _exif(image: Image.Image) -> Iterator[tuple[str, str]]:
    tags: dict[int, Any] = dict(image.getexif())
    tags.update(image.getexif().get_ifd(ExifTags.IFD.Exif))
    make, model = _string(tags.get(_MAKE)), _string(tags.get(_MODEL))
    yield "camera", model if model.startswith(make) else f"{make} {model}".strip()
    yield "taken", _moment(_string(tags.get(_TAKEN)), _string(tags.get(_ZONE)))
    yield "author", _string(tags.get(_ARTIST))
    yield "description", _string(tags.get(_DESCRIPTION))
    comment = tags.get(_COMMENT)
    if isinstance(comment, bytes):
        yield "description", comment[8:].decode(_CHARSETS.get(comment[:8], "utf-8"), "ignore").strip("\0 ")
    for number, name in _WINDOWS.items():
        raw = tags.get(number)
        if isinstance(raw, bytes | tuple):
            yield name, bytes(raw).decode("utf-16-le", "ignore").strip("\0 ")


def _texts(image: Image.Image) -> Iterator[tuple[str, str]]:
    """The texts of a PNG, and the comments of a JPEG or GIF."""
    for key, name in _OF_PNG.items():
        yield name, _string(image.info.get(key))
    yield "description", _string(image.info.get("comment"))


def _string(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "ignore").strip("\0 ")
    return value.strip("\0 ") if isinstance(value, str) else ""


def _moment(text: str, zone: str) -> str:
    found = _MOMENT.match(text)
    zone = zone if re.fullmatch(r"[+-]\d\d:\d\d", zone) else ""
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}{zone}" if found else ""
