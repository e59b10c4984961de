"""The pack file: records one after another, each checked by itself. Reading and writing of one record.

Layout, all integers little-endian: 8 bytes ``FKPACK1\\n``, then records of a 64-byte head and a payload:
magic ``FKR1`` · kind (1) · codec (1) · reserved (2) · raw length (8) · stored length (8) ·
BLAKE3 of the raw content (32) · reserved (4) · CRC-32 of the head before it (4).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"FKPACK1\n"
_HEAD = struct.Struct("<4sBBHQQ32sI")
_CRC = struct.Struct("<I")
HEAD_BYTES = _HEAD.size + _CRC.size

DATA, CHUNKS = 1, 2  # kinds: a piece of content; a list of pieces that make one content
RAW, ZSTD = 0, 1  # codecs
MAX_STORED = 64 << 20  # no record is longer; a larger length is damage


@dataclass(frozen=True)
class Head:
    """The head of one record; lengths in bytes, `hash` the BLAKE3 of the whole raw content."""

    kind: int
    codec: int
    raw: int
    stored: int
    hash: bytes

    def pack(self) -> bytes:
        head = _HEAD.pack(b"FKR1", self.kind, self.codec, 0, self.raw, self.stored, self.hash, 0)
        return head + _CRC.pack(zlib.crc32(head))


def parse_head(data: bytes) -> Head | None:
    """The head in these 64 bytes, or None when they are none."""
    if len(data) != HEAD_BYTES:
        return None
    magic, kind, codec, _, raw, stored, digest, _ = _HEAD.unpack_from(data)
    (crc,) = _CRC.unpack_from(data, _HEAD.size)
    if magic != b"FKR1" or crc != zlib.crc32(data[: _HEAD.size]) or stored > MAX_STORED:
        return None
    return Head(kind, codec, raw, stored, digest)


def walk(stream: BinaryIO, start: int) -> Iterator[tuple[int, Head]]:
    """Every whole record from `start` as (offset of its payload, head); stops at the first torn one."""
    stream.seek(0, 2)
    end = stream.tell()
    offset = start
    while offset + HEAD_BYTES <= end:
        stream.seek(offset)
        head = parse_head(stream.read(HEAD_BYTES))
        if head is None or offset + HEAD_BYTES + head.stored > end:
            return
        yield offset + HEAD_BYTES, head
        offset += HEAD_BYTES + head.stored
