"""The pack file: records one after another, each checked by itself. Writing and reading of records.

The layout is in `guide/vault-format.md`; all integers are little-endian.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard
from blake3 import blake3

from folderkit.core import safefiles

MAGIC = b"FKPACK1\n"
RECORD_MAGIC = b"FKR1"
_HEAD = struct.Struct("<4sBBBBQQ32s4s")
_CRC = struct.Struct("<I")
HEAD_BYTES = _HEAD.size + _CRC.size
HEAD_FIELDS = (("magic", 4), ("kind", 1), ("codec", 1), ("cipher", 1), ("reserved", 1), ("raw", 8), ("stored", 8),
               ("hash", 32), ("check", 4), ("crc", 4))

DATA, CHUNKS = 1, 2  # kinds: a content, or a piece of one; the list of pieces that make one content
RAW, ZSTD = 0, 1  # codecs
NO_CIPHER = 0
MAX_STORED = 64 << 20  # no record is longer; a larger length is damage
_WORTH_IT = 0.95  # compressed data is kept only when it is this much smaller
_SAMPLE = 64 << 10
_BUFFER = 1 << 20


@dataclass(frozen=True)
class Head:
    """The head of one record; lengths in bytes, `hash` the BLAKE3 of the whole raw content that it names,
    `check` the first four bytes of the BLAKE3 of the payload as it is stored."""

    kind: int
    codec: int
    raw: int
    stored: int
    hash: bytes
    check: bytes
    cipher: int = NO_CIPHER

    def pack(self) -> bytes:
        head = _HEAD.pack(RECORD_MAGIC, self.kind, self.codec, self.cipher, 0, self.raw, self.stored, self.hash,
                          self.check)
        return head + _CRC.pack(zlib.crc32(head))


def parse_head(data: bytes) -> Head | None:
    """The head in these 64 bytes, or None when they are none."""
    if len(data) != HEAD_BYTES:
        return None
    magic, kind, codec, cipher, _, raw, stored, digest, check = _HEAD.unpack_from(data)
    (crc,) = _CRC.unpack_from(data, _HEAD.size)
    if magic != RECORD_MAGIC or crc != zlib.crc32(data[: _HEAD.size]) or stored > MAX_STORED:
        return None
    return Head(kind, codec, raw, stored, digest, check, cipher)


def encode(kind: int, digest: bytes, data: bytes) -> tuple[Head, bytes]:
    """A record of `data`: its head, and the payload, compressed where that pays."""
    codec, stored = _compress(data)
    check = digest[:4] if kind == DATA and codec == RAW else blake3(stored).digest()[:4]
    return Head(kind, codec, len(data), len(stored), digest, check), stored


def _compress(data: bytes) -> tuple[int, bytes]:
    """The codec and the bytes to store; a sample decides first whether compressing pays."""
    if len(data) > _SAMPLE:
        sample = data[:_SAMPLE]
        if len(zstandard.ZstdCompressor(level=1).compress(sample)) > _WORTH_IT * len(sample):
            return RAW, data
    smaller = zstandard.ZstdCompressor(level=3).compress(data)
    return (ZSTD, smaller) if len(smaller) < _WORTH_IT * len(data) else (RAW, data)


def is_whole(head: Head, payload: bytes) -> bool:
    """Whether the payload is the one that the head was written with."""
    return len(payload) == head.stored and blake3(payload).digest()[:4] == head.check


def decode(head: Head, payload: bytes) -> bytes | None:
    """The raw data of a record, or None when its payload is damaged or of a kind that is not known here."""
    if head.cipher != NO_CIPHER or head.codec not in (RAW, ZSTD) or not is_whole(head, payload):
        return None
    if head.codec == ZSTD:
        try:
            payload = zstandard.ZstdDecompressor().decompress(payload, max_output_size=head.raw)
        except zstandard.ZstdError:
            return None
    return payload if len(payload) == head.raw else None


def read_record(stream: BinaryIO, offset: int) -> tuple[Head, bytes] | None:
    """The head at `offset` and the payload behind it, or None when no whole head is there."""
    stream.seek(offset)
    head = parse_head(stream.read(HEAD_BYTES))
    return None if head is None else (head, stream.read(head.stored))


def walk(stream: BinaryIO, start: int) -> Iterator[tuple[int, Head, bytes]]:
    """Every whole record from `start` on as (offset, head, payload). What is no record is passed over, up to the
    next that is one, so that damage costs only what it hit."""
    end = stream.seek(0, os.SEEK_END)
    offset = start
    while offset + HEAD_BYTES <= end:
        found = read_record(stream, offset)
        if found is not None and is_whole(*found):
            yield offset, *found
            offset += HEAD_BYTES + found[0].stored
        else:
            offset = _next_magic(stream, offset + 1, end)


def _next_magic(stream: BinaryIO, start: int, end: int) -> int:
    while start < end:
        stream.seek(start)
        window = stream.read(_BUFFER)
        found = window.find(RECORD_MAGIC)
        if found >= 0:
            return start + found
        if len(window) < _BUFFER:
            break
        start += len(window) - len(RECORD_MAGIC) + 1
    return end


class PackWriter:
    """Appends records to one pack. What was appended is in memory until `drain` and durable after `sync`;
    after an error the pack must not be written to again, since the system may have dropped what it could not write."""

    def __init__(self, path: Path, *, new: bool) -> None:
        self._stream = path.open("xb" if new else "ab", buffering=0)
        self.length = 0 if new else self._stream.seek(0, os.SEEK_END)
        self._waiting = bytearray()
        if new:
            self._add(MAGIC)

    def append(self, head: Head, payload: bytes) -> int:
        """Write one record; returns its offset."""
        offset = self.length
        self._add(head.pack())
        self._add(payload)
        return offset

    def _add(self, data: bytes) -> None:
        self._waiting += data
        self.length += len(data)
        if len(self._waiting) >= _BUFFER:
            self.drain()

    def drain(self) -> None:
        """Hand everything to the system, so that a reader sees it."""
        with memoryview(self._waiting) as view:
            done = 0
            while done < len(view):
                done += self._stream.write(view[done:]) or 0
        self._waiting = bytearray()

    def sync(self) -> None:
        self.drain()
        safefiles.sync_file(self._stream.fileno())

    def close(self) -> None:
        """Close without writing what is still in memory."""
        self._stream.close()
