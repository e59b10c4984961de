"""How the passages of a text are kept: packed in chunks, so that a line is found without unpacking a whole book."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from folderkit.core.workbook import HIDDEN_SHEET

_END = "\0"  # behind each text but the last of a chunk; no text holds it
_CHUNK = 32_000  # characters
_LEVEL = 3
_HEAD = struct.Struct("<II")  # chunks, bytes of the places
_PART = struct.Struct("<II")  # of each chunk: bytes, passages
_DESCRIBED = f"{HIDDEN_SHEET}!"  # the beginning of places on it

Passages = Sequence[tuple[str, str]]
"""(place, text) each."""


class Chunk(NamedTuple):
    """Passages that were packed together; `first` is the number of the first one."""

    first: int
    text: str

    def passages(self) -> list[str]:
        return self.text.split(_END)


def pack(passages: Passages) -> bytes:
    """The (place, text) passages as they are kept."""
    if not passages:
        return b""
    chunks: list[tuple[bytes, int]] = []
    texts: list[str] = []
    size = 0
    for _, text in passages:
        texts.append(text.replace(_END, ""))
        size += len(text) + 1
        if size >= _CHUNK:
            chunks.append((_packed(texts), len(texts)))
            texts, size = [], 0
    if texts:
        chunks.append((_packed(texts), len(texts)))
    places = zlib.compress(_END.join(place for place, _ in passages).encode(), _LEVEL) if any(
        place for place, _ in passages) else b""
    return b"".join((_HEAD.pack(len(chunks), len(places)), *(_PART.pack(len(part), count) for part, count in chunks),
                     places, *(part for part, _ in chunks)))


def _packed(texts: Sequence[str]) -> bytes:
    return zlib.compress(_END.join(texts).encode(), _LEVEL)


def unpack(packed: bytes) -> list[tuple[str, str]]:
    """The passages again. Raises `sqlite3.DatabaseError` when they are damaged."""
    texts = [text for chunk in chunks_of(packed) for text in chunk.passages()]
    return list(zip(places_of(packed, len(texts)), texts, strict=True))


def chunks_of(packed: bytes) -> Iterator[Chunk]:
    """The texts, a chunk at a time. Raises `sqlite3.DatabaseError` when they are damaged."""
    if not packed:
        return
    try:
        count, start = _HEAD.unpack_from(packed)
        start += _HEAD.size + count * _PART.size
        first = 0
        for number in range(count):
            size, passages = _PART.unpack_from(packed, _HEAD.size + number * _PART.size)
            chunk = Chunk(first, zlib.decompress(packed[start : start + size]).decode())
            if chunk.text.count(_END) != passages - 1:
                raise ValueError("a chunk has other passages than were packed")
            yield chunk
            first += passages
            start += size
    except (zlib.error, struct.error, ValueError) as error:
        raise sqlite3.DatabaseError(f"malformed passages: {error}") from None


def places_of(packed: bytes, count: int) -> list[str]:
    """The places of all passages, of which there are `count`. Raises `sqlite3.DatabaseError` when they are damaged."""
    if not packed:
        return []
    try:
        chunks, size = _HEAD.unpack_from(packed)
        start = _HEAD.size + chunks * _PART.size
        places = zlib.decompress(packed[start : start + size]).decode().split(_END) if size else [""] * count
    except (zlib.error, struct.error, ValueError) as error:
        raise sqlite3.DatabaseError(f"malformed passages: {error}") from None
    if len(places) != count:
        raise sqlite3.DatabaseError("malformed passages: there are other places than texts")
    return places


def place_of(packed: bytes, number: int) -> str:
    """Where one passage stands."""
    chunks, size = _HEAD.unpack_from(packed)
    if not size:
        return ""
    count = sum(_PART.unpack_from(packed, _HEAD.size + at * _PART.size)[1] for at in range(chunks))
    return places_of(packed, count)[number]


# -- registers ---------------------------------------------------------------------------------------
def told(passages: Passages) -> Passages:
    """The passages with those of a register empty that tell nothing: the sheet in which it describes itself, its
    headers, and all of a sheet in whose table no row is filled; every project has the same ones. Told again, they
    stay as they are."""
    described = (text.partition("\t") for place, text in passages if place.startswith(_DESCRIBED))
    labels = {label.casefold() for key, _, label in described if key.startswith("column.")}
    if not labels:
        return passages
    kept: list[tuple[str, str]] = []
    undescribed: dict[int, tuple[str, str]] = {}  # sheets that show what stands in the others
    for sheet, of_sheet in groupby(passages, lambda passage: passage[0].rpartition("!")[0]):
        rows = list(of_sheet)
        header = next((at for at, (_, text) in enumerate(rows) if _is_header(text, labels)), None)
        filled = header is not None and any("\t" in text for _, text in rows[header + 1 :])
        if header is None and f"{sheet}!" != _DESCRIBED:
            undescribed |= dict(enumerate(rows, len(kept)))
        kept += [(place, text if filled and at != header else "") for at, (place, text) in enumerate(rows)]
    if any(text for _, text in kept):
        for at, row in undescribed.items():
            kept[at] = row
    return kept


def _is_header(text: str, labels: set[str]) -> bool:
    cells = text.split("\t")
    return len(cells) > 2 and sum(cell.casefold() in labels for cell in cells) > len(cells) * 0.6
