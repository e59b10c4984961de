"""The pack file: records one after another, each checked by itself. Writing and reading of records.

The layout is in `guide/vault-format.md`; all integers are little-endian.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import zstandard
from blake3 import blake3

from folderkit.core.durability import sync_file

MAGIC = b"FKPACK1\n"
RECORD_MAGIC = b"FKR1"
_HEAD = struct.Struct("<4sBBBBQQ32s4s")
_CRC = struct.Struct("<I")
_KIND = struct.Struct("<BBBBQ")  # a part of the head
HEAD_BYTES = _HEAD.size + _CRC.size
HEAD_FIELDS = (("magic", 4), ("kind", 1), ("codec", 1), ("cipher", 1), ("reserved", 1), ("raw", 8), ("stored", 8),
               ("hash", 32), ("check", 4), ("crc", 4))

DATA, LIST = 1, 2  # kinds: a content, or a piece of one; the list of the pieces that make one content
RAW, ZSTD = 0, 1  # codecs
NO_CIPHER = 0
MAX_STORED = 64 << 20  # no record is longer; a larger length is damage
_LEVEL = 3  # of zstd
_WORTH_IT = 0.95  # compressed data is kept only when it is this much smaller
_SAMPLE = 8 << 10
_BUFFER = 1 << 20
_WAITING_BYTES = 24 << 20  # more than a pack, so that who makes it durable writes it, too
_VECTOR = 1024  # parts that one call of the system takes


class Head(NamedTuple):
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


class Record(NamedTuple):
    """A head and its payload, as they are written."""

    head: Head
    payload: bytes | memoryview

    @property
    def length(self) -> int:
        return HEAD_BYTES + len(self.payload)


def parse_head(data: bytes | memoryview) -> Head | None:
    """The head in these 64 bytes, or None when they are none."""
    if len(data) != HEAD_BYTES:
        return None
    magic, kind, codec, cipher, _, raw, stored, digest, check = _HEAD.unpack_from(data)
    (crc,) = _CRC.unpack_from(data, _HEAD.size)
    if magic != RECORD_MAGIC or crc != zlib.crc32(data[: _HEAD.size]) or stored > MAX_STORED:
        return None
    return Head(kind, codec, raw, stored, digest, check, cipher)


def unpack_head(data: bytes | memoryview) -> tuple[int, int, int]:
    """(kind, codec, raw length) of a head that is not checked; for whoever checks what the record is a part of."""
    kind, codec, _, _, raw = _KIND.unpack_from(data, len(RECORD_MAGIC))
    return kind, codec, raw


class _Zstd(threading.local):
    """What compresses and decompresses, for each thread: making them takes as long as a small file does."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


def encode(kind: int, digest: bytes, data: bytes | memoryview, *, packed: bool = False) -> Record:
    """A record of `data`: its head and the payload, compressed where that pays; not tried when it is `packed`."""
    codec: int = RAW
    stored: bytes | memoryview = data
    if not packed and _shrinks(data):
        smaller = _zstd.compress(data)
        if len(smaller) < _WORTH_IT * len(data):
            codec, stored = ZSTD, smaller
    check = digest[:4] if kind == DATA and codec == RAW else blake3(stored).digest()[:4]
    return Record(Head(kind, codec, len(data), len(stored), digest, check), stored)


def _shrinks(data: bytes | memoryview) -> bool:
    """Whether compressing may pay, by a sample where there is much."""
    middle = len(data) // 2
    sample = data[middle : middle + _SAMPLE]
    return len(data) <= 2 * _SAMPLE or len(_zstd.compress(sample)) <= _WORTH_IT * len(sample)


def is_whole(head: Head, payload: bytes | memoryview) -> bool:
    """Whether the payload is the one that the head was written with."""
    return len(payload) == head.stored and blake3(payload).digest()[:4] == head.check


def decode(head: Head, payload: bytes) -> bytes | None:
    """The raw data of a record, or None when its payload is damaged or of a kind that is not known here."""
    if head.cipher != NO_CIPHER or head.codec not in (RAW, ZSTD) or not is_whole(head, payload):
        return None
    raw = unpack(head, payload)
    return None if raw is None else bytes(raw)


def unpack(head: Head, payload: bytes | memoryview) -> bytes | memoryview | None:
    """The raw data of a record that is known to be whole, or is checked with what it is a part of."""
    raw = payload
    if head.codec == ZSTD:
        try:
            raw = _zstd.decompress(payload, max_output_size=head.raw)
        except zstandard.ZstdError:
            return None
    return raw if len(raw) == head.raw else None


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


def next_head(read_at: Callable[[int, int], bytes | memoryview], start: int, end: int) -> int:
    """Where the next right head stands, from `start` on; `end` when there is none."""
    while start < end:
        window = bytes(read_at(start, _BUFFER))
        found = window.find(RECORD_MAGIC)
        if found < 0:
            start += max(1, len(window) - len(RECORD_MAGIC) + 1)
        elif parse_head(read_at(start + found, HEAD_BYTES)):
            return start + found
        else:
            start += found + 1
    return end


class PackWriter:
    """Appends records to one pack. What was appended is in memory until `drain` and durable after `sync`;
    after an error the pack must not be written to again, since the system may have dropped what it could not write."""

    def __init__(self, path: Path, *, new: bool) -> None:
        self._stream = path.open("xb" if new else "ab", buffering=0)
        self.length = 0 if new else self._stream.seek(0, os.SEEK_END)
        self._waiting: list[bytes | memoryview] = []
        self._waiting_bytes = 0
        if new:
            self._add(MAGIC)

    def append(self, record: Record) -> int:
        """Write one record; returns its offset."""
        offset = self.length
        self._add(record.head.pack())
        self._add(record.payload)
        return offset

    def _add(self, data: bytes | memoryview) -> None:
        self._waiting.append(data)
        self.length += len(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= _WAITING_BYTES:
            self.drain()

    def drain(self) -> None:
        """Hand everything to the system, so that a reader sees it."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for start in range(0, len(waiting), _VECTOR):
            _write_all(self._stream, waiting[start : start + _VECTOR])

    def sync(self) -> None:
        self.drain()
        sync_file(self._stream.fileno())

    def close(self) -> None:
        """Close without writing what is still in memory."""
        self._stream.close()


class Syncing:
    """A pack that is made durable, and closed, in the background."""

    def __init__(self, writer: PackWriter) -> None:
        self._writer = writer
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._writer.sync()
        except OSError as error:
            self._error = error
        finally:
            self._writer.close()

    def wait(self) -> None:
        """Return when the pack is durable. Raises `OSError` when it could not be made so."""
        self._thread.join()
        if self._error is not None:
            raise self._error


def _write_all(stream: FileIO, parts: list[bytes | memoryview]) -> None:
    """Write the parts one after another, in as few calls as the system allows."""
    left = sum(map(len, parts))
    if hasattr(os, "writev"):
        left -= os.writev(stream.fileno(), parts)
        if not left:
            return
    whole = b"".join(parts)
    with memoryview(whole) as view:
        while left:
            left -= stream.write(view[len(whole) - left :]) or 0
