"""A zip put together by hand from parts that are packed already, or lie as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

STORED, DEFLATED = 0, 8  # methods of the format (APPNOTE.TXT, 4.4.5)
_LOCAL = struct.Struct("<4s5H3L2H")  # signature, version, flags, method, time, date, crc, packed, size, name, extra
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DAY_1 = (1 << 5) | 1 | (0 << 9)  # 1 January 1980, as xlsxwriter dates its parts
_VERSION = 20  # of zip: deflated
_UTF8 = 1 << 11


class Part(NamedTuple):
    """A part: its name, its bytes as they lie in the zip and by which method, and the checksum and size of what they
    hold."""

    name: str
    packed: bytes
    method: int
    crc: int
    size: int


def zipped(parts: Iterable[Part]) -> bytes:
    """The zip of these parts, each copied once."""
    pieces: list[bytes] = []
    records: list[bytes] = []
    place = 0
    for part in parts:
        name = part.name.encode()
        fields = (_VERSION, 0 if part.name.isascii() else _UTF8, part.method, 0, _DAY_1, part.crc, len(part.packed),
                  part.size, len(name), 0)
        records.append(_CENTRAL.pack(b"PK\x01\x02", _VERSION, *fields, 0, 0, 0, 0, place) + name)
        local = _LOCAL.pack(b"PK\x03\x04", *fields) + name
        pieces += (local, part.packed)
        place += len(local) + len(part.packed)
    directory = b"".join(records)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(records), len(records), len(directory), place, 0)
    return b"".join((*pieces, directory, end))
