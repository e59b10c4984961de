"""Many contents at once: read in the order of the packs, put together and checked in two threads."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import zstandard
from blake3 import blake3

from folderkit.core.undisturbed import undisturbed
from folderkit.vault import packs
from folderkit.vault.index import IndexDamagedError, Place
from folderkit.vault.listing import Reference, decode_list
from folderkit.vault.packset import PackSet

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MOST_BYTES = 16 << 20  # a longer content is not held in memory
_GROUP_BYTES, _GROUP_COUNT = 4 << 20, 64
_SPAN_BYTES, _GAP_BYTES = 4 << 20, 128 << 10  # what lies so near is read together
_ROOM_BYTES = 12 << 20
_OPEN_PACKS = 16  # by each thread
_THREADS = 2
_ABSENT = (0, b"")
Key = TypeVar("Key")
Data = bytes | memoryview
Use = Callable[[Key, Iterable[Data]], None]


class Wanted(NamedTuple, Generic[Key]):
    """A content that is to be read, its length, and what it is wanted for."""

    key: Key
    digest: bytes
    size: int


def read_each(source: PackSet, wanted: Sequence[Wanted[Key]], use: Use[Key], done: Callable[[int], None]
              ) -> list[Wanted[Key]]:
    """Give every content, checked, to `use`, in one of two threads; what `use` raises ends it. `done` is told of each
    group's count. Returns what could not be read so: too long, or not where the index says."""
    places = source.find(list(dict.fromkeys(one.digest for one in wanted)))
    short = [one for one in wanted if one.size <= MOST_BYTES and one.digest in places]
    left = [one for one in wanted if one.size > MOST_BYTES or one.digest not in places]
    short.sort(key=lambda one: places[one.digest])
    local = threading.local()
    readers: list[_Reader] = []

    def read(group: list[Wanted[Key]]) -> list[Wanted[Key]]:
        if not hasattr(local, "reader"):
            local.reader = _Reader(source)
            readers.append(local.reader)
        reader: _Reader = local.reader
        missed = {one.digest: list[Wanted[Key]]() for one in group}
        for one in group:
            missed[one.digest].append(one)
        for digest, content in reader.contents({digest: places[digest] for digest in missed}):
            for one in missed.pop(digest):
                use(one.key, [content])
        return [one for some in missed.values() for one in some]

    groups = list(_groups(short))
    pool = _pool() if len(groups) > 1 else None
    try:
        for group, missed in zip(groups, (pool.map if pool else map)(read, groups), strict=True):
            left += missed
            done(len(group) - len(missed))
    finally:
        if pool:
            with undisturbed():
                pool.shutdown(cancel_futures=True)
        for reader in readers:
            reader.close()
    return left


def _pool() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # 5 ms of every command's start

    return ThreadPoolExecutor(_THREADS)


def _groups(wanted: Sequence[Wanted[Key]]) -> Iterator[list[Wanted[Key]]]:
    group: list[Wanted[Key]] = []
    size = 0
    for one in wanted:
        if group and (size + one.size > _GROUP_BYTES or len(group) >= _GROUP_COUNT):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.size
    if group:
        yield group


class _Reader:
    """Reads records for one thread, with files of its own."""

    def __init__(self, source: PackSet) -> None:
        self._source = source
        self._open: dict[str, int] = {}
        self._decompressor = zstandard.ZstdDecompressor()
        self._room = memoryview(bytearray(_ROOM_BYTES))
        self._used = 0
        self._whole = memoryview(bytearray(MOST_BYTES))

    def close(self) -> None:
        for handle in self._open.values():
            os.close(handle)

    def contents(self, places: dict[bytes, Place]) -> Iterator[tuple[bytes, memoryview]]:
        """(hash, content) of those that are where the index says and are what they were. Each lies where the next one
        will."""
        self._used = 0
        try:
            tops = self._records(places)
            lists = {digest: [data] if kind == packs.DATA else decode_list(bytes(data))
                     for digest, (kind, data) in tops.items()}
            needed = {part.hash for parts in lists.values() for part in parts if isinstance(part, Reference)}
            pieces = self._records(self._source.index.find(list(needed)))
        except (OSError, ValueError, sqlite3.Error, IndexDamagedError):  # told by whoever reads one content
            return
        for digest, parts in lists.items():
            size = self._put_together(parts, pieces)
            if size is not None and blake3(self._whole[:size]).digest() == digest:
                yield digest, self._whole[:size]

    def _put_together(self, parts: Sequence[Reference | Data], pieces: dict[bytes, tuple[int, Data]]) -> int | None:
        """Lay the parts of a content one behind another, so that it is hashed and written in one call, in which other
        threads run; returns its length. None when a part is not there, is a list itself, or it is too long."""
        end = 0
        for part in parts:
            kind, data = pieces.get(part.hash, _ABSENT) if isinstance(part, Reference) else (packs.DATA, part)
            start, end = end, end + len(data)
            if kind != packs.DATA or end > MOST_BYTES:
                return None
            self._whole[start:end] = data
        return end

    def _records(self, places: dict[bytes, Place]) -> dict[bytes, tuple[int, Data]]:
        """(kind, raw data) of records by their hash; not checked: whatever is not right makes a wrong whole."""
        found: dict[bytes, tuple[int, Data]] = {}
        for span in _spans(sorted((place, digest) for digest, place in places.items())):
            first, last = span[0][0], span[-1][0]
            data = self._read(first.pack, first.offset, last.offset + last.length - first.offset)
            for (_, offset, length), digest in span:
                start = offset - first.offset
                record = self._decoded(data[start : start + length])
                if record is not None:
                    found[digest] = record
        return found

    def _read(self, pack: str, offset: int, length: int) -> memoryview:
        """Bytes of a pack, where there is room in memory that was used before: new memory costs a third of reading."""
        handle = self._open.get(pack)
        if handle is None:
            if len(self._open) >= _OPEN_PACKS:
                os.close(self._open.pop(next(iter(self._open))))
            handle = self._open[pack] = os.open(self._source.folder / pack, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        if not hasattr(os, "preadv"):
            os.lseek(handle, offset, os.SEEK_SET)
            return memoryview(os.read(handle, length))
        room = self._room[self._used : self._used + length]
        if len(room) < length:
            return memoryview(os.pread(handle, length, offset))
        self._used += length
        return room[: os.preadv(handle, [room], offset)]

    def _decoded(self, record: memoryview) -> tuple[int, Data] | None:
        if len(record) < packs.HEAD_BYTES:
            return None
        kind, codec, raw = packs.unpack_head(record)
        payload: Data = record[packs.HEAD_BYTES :]
        if codec == packs.RAW:
            return kind, payload
        if codec != packs.ZSTD or raw > MOST_BYTES:
            return None
        try:
            return kind, self._decompressor.decompress(payload, max_output_size=raw)
        except (zstandard.ZstdError, MemoryError):  # what is damaged may ask for any length
            return None


def _spans(places: Sequence[tuple[Place, bytes]]) -> Iterator[list[tuple[Place, bytes]]]:
    """Runs of places that lie near each other in a pack."""
    span: list[tuple[Place, bytes]] = []
    for place, digest in places:
        if span:
            first, last = span[0][0], span[-1][0]
            if (place.pack != last.pack or place.offset - last.offset - last.length > _GAP_BYTES
                    or place.offset + place.length - first.offset > _SPAN_BYTES):
                yield span
                span = []
        span.append((place, digest))
    if span:
        yield span
