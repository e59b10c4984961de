"""OLE compound files, in which old workbooks, encrypted documents and Outlook's mails are kept: streams by name.

Source: [MS-CFB] 2.2 (header), 2.3 (FAT), 2.4 (mini FAT), 2.5 (DIFAT), 2.6 (directory).
"""

from __future__ import annotations

import array
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_SPECIAL = 0xFFFFFFFA
"""Numbers of sectors and entries from here on are marks: end of chain, free, none."""
_MOST_SECTORS = 4096
"""Sectors of a directory or of the DIFAT that are followed: a chain may be a circle."""
_MOST_READ = 1 << 30
"""Bytes of streams that are read from one file: many entries may name the same sectors."""
_ENTRY = 128
_MINI_SECTOR = 64
_MINI_LIMIT = 4096  # streams below this lie in the mini stream
_STORAGES = (1, 5)


class Entry(NamedTuple):
    """A stream, or a storage that holds others."""

    name: str
    is_storage: bool
    first: int
    """The first sector of a stream."""
    size: int
    left: int
    right: int
    child: int


class CompoundFile:
    """A compound file that is read as its streams are asked for.

    Everything raises `ValueError` or `struct.error` where the file is broken, and `OSError` where it cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, 2)
        file.seek(0)
        self._header = file.read(512)
        (shift,) = struct.unpack_from("<H", self._header, 30)
        if shift not in (9, 12):
            raise ValueError("sector size")
        self._size = 1 << shift
        self._budget = _MOST_READ
        self._parts = self._fat_sectors()
        self._tables: dict[int, array.array[int]] = {}
        self._directory = self._read_directory()
        self._mini: tuple[bytes, array.array[int]] | None = None
        self.root = self._entry(0)

    def sector(self, number: int) -> bytes:
        """One sector, or what there is of it."""
        self._file.seek((number + 1) * self._size)
        return self._file.read(self._size)

    def children(self, storage: Entry) -> dict[str, Entry]:
        """What stands in a storage, by its name in lower case."""
        found: dict[str, Entry] = {}
        waiting, seen = [storage.child], set[int]()
        while waiting:
            number = waiting.pop()
            if number >= _SPECIAL or number in seen:
                continue
            seen.add(number)
            entry = self._entry(number)
            found[entry.name.lower()] = entry
            waiting += [entry.left, entry.right]
        return found

    def read(self, stream: Entry, most: int = _MOST_READ) -> bytes:
        """The bytes of a stream, at most so many. Raises `ValueError` where it is longer than the file."""
        size = min(stream.size, most)
        self._budget -= size
        if size > self._length or self._budget < 0:
            raise ValueError("a stream is longer than the file")
        if stream.size < _MINI_LIMIT:
            return self._read_mini(stream.first, size)
        blocks = [self.sector(number) for number in self._chain(stream.first, -(-size // self._size))]
        data = b"".join(blocks)[:size]
        if len(data) < size:
            raise ValueError("a stream is cut off")
        return data

    def _read_mini(self, first: int, size: int) -> bytes:
        if self._mini is None:
            self._mini = self._mini_stream()
        data, table = self._mini
        blocks: list[bytes] = []
        for _ in range(-(-size // _MINI_SECTOR)):
            if first >= len(table):
                raise ValueError("a small stream is cut off")
            blocks.append(data[first * _MINI_SECTOR : (first + 1) * _MINI_SECTOR])
            first = table[first]
        found = b"".join(blocks)[:size]
        if len(found) < size:
            raise ValueError("a small stream is cut off")
        return found

    def _mini_stream(self) -> tuple[bytes, array.array[int]]:
        first, count = struct.unpack_from("<II", self._header, 60)
        table = b"".join(map(self.sector, self._chain(first, min(count, self._length // self._size + 1))))
        size = min(self.root.size, self._length)
        data = b"".join(map(self.sector, self._chain(self.root.first, -(-size // self._size))))
        return data, _numbers(table)

    def _chain(self, number: int, count: int) -> Iterator[int]:
        """The sectors of a chain, at most so many; the file ends it where its marks do not."""
        for _ in range(count):
            if number >= _SPECIAL:
                return
            if (number + 1) * self._size >= self._length:
                raise ValueError("a chain leaves the file")
            yield number
            number = self._next(number)

    def _entry(self, number: int) -> Entry:
        raw = self._directory[number * _ENTRY : (number + 1) * _ENTRY]
        length, kind, left, right, child = struct.unpack_from("<HBxIII", raw, 64)
        first, size = struct.unpack_from("<IQ", raw, 116)
        name = raw[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        if self._size == 512:
            size &= 0xFFFFFFFF  # version 3 may leave anything in the upper half
        return Entry(name, kind in _STORAGES, first, size, left, right, child)

    def _read_directory(self) -> bytes:
        blocks: list[bytes] = []
        (number,) = struct.unpack_from("<I", self._header, 48)
        while number < _SPECIAL and len(blocks) < _MOST_SECTORS:
            blocks.append(self.sector(number))
            number = self._next(number)
        return b"".join(blocks)

    def _fat_sectors(self) -> list[int]:
        """Where the parts of the allocation table lie: 109 are named in the header, others in a chain."""
        fat = [number for number in struct.unpack_from("<109I", self._header, 76) if number < _SPECIAL]
        (number,) = struct.unpack_from("<I", self._header, 68)
        for _ in range(_MOST_SECTORS):
            if number >= _SPECIAL:
                break
            *more, number = struct.unpack(f"<{self._size // 4}I", self.sector(number))
            fat += [entry for entry in more if entry < _SPECIAL]
        return fat

    def _next(self, number: int) -> int:
        part, index = divmod(number, self._size // 4)
        if part >= len(self._parts):
            raise ValueError("a chain leaves the table")
        if part not in self._tables:
            self._tables[part] = _numbers(self.sector(self._parts[part]))
        table = self._tables[part]
        if index >= len(table):
            raise ValueError("a chain leaves the file")
        return int(table[index])


def _numbers(raw: bytes) -> array.array[int]:
    numbers = array.array("I", raw[: len(raw) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
