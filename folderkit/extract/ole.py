"""The directory of an OLE compound file, which tells an old workbook from an encrypted new document.

Source: [MS-CFB] 2.2 (header), 2.3 (FAT), 2.5 (DIFAT), 2.6 (directory).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from folderkit.extract.kinds import ENCRYPTED_PACKAGE, MISNAMED, UNKNOWN, WORKBOOK

_SPECIAL = 0xFFFFFFFA
"""Numbers of sectors and entries from here on are marks: end of chain, free, none."""
_MOST_SECTORS = 4096
"""Sectors of a directory or of the DIFAT that are followed: a chain may be a circle."""
_ENTRY = 128
_FILEPASS = 0x2F
"""The record that begins the encrypted part of a workbook ([MS-XLS] 2.4.117)."""


def kind_of_compound_file(file: BinaryIO) -> str:
    """What a compound file holds, from the streams at its root (those further down are embedded objects)."""
    try:
        compound = _Compound(file)
        streams = compound.root_streams()
        if "encryptedpackage" in streams:
            return ENCRYPTED_PACKAGE
        for name in ("workbook", "book"):
            if name in streams:
                return ENCRYPTED_PACKAGE if _has_password(compound.sector(streams[name])) else WORKBOOK
    except (struct.error, ValueError, OSError):
        return MISNAMED
    return UNKNOWN


def _has_password(start: bytes) -> bool:
    """Whether a workbook's stream, which starts with the record BOF, goes on with FILEPASS."""
    at = 0
    for _ in range(3):  # BOF, perhaps WRITEPROT, FILEPASS
        if at + 4 > len(start):
            return False
        record, length = struct.unpack_from("<HH", start, at)
        if record == _FILEPASS:
            return True
        at += 4 + length
    return False


class _Compound:
    """Raises `struct.error` or `ValueError` where the file is broken."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        self._header = file.read(512)
        (shift,) = struct.unpack_from("<H", self._header, 30)
        if shift not in (9, 12):
            raise ValueError("sector size")
        self._size = 1 << shift
        self._fat = self._fat_sectors()

    def sector(self, number: int) -> bytes:
        """One sector, or what there is of it."""
        self._file.seek((number + 1) * self._size)
        return self._file.read(self._size)

    def root_streams(self) -> dict[str, int]:
        """The names (in lower case) of what stands at the root, and the sector that each starts in."""
        directory = self._directory()
        found: dict[str, int] = {}
        waiting = [struct.unpack_from("<I", directory, 76)[0]]
        seen: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number >= _SPECIAL or number in seen:
                continue
            seen.add(number)
            entry = directory[number * _ENTRY : (number + 1) * _ENTRY]
            length, _, left, right = struct.unpack_from("<HHII", entry, 64)
            name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            (found[name.lower()],) = struct.unpack_from("<I", entry, 116)
            waiting += [left, right]
        return found

    def _directory(self) -> bytes:
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
        if part >= len(self._fat):
            raise ValueError("chain leaves the table")
        return int(struct.unpack_from("<I", self.sector(self._fat[part]), index * 4)[0])
