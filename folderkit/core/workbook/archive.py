"""The zip of a workbook with some parts exchanged; every other part is copied as it lies, packed bytes and all."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping

_LOCAL = struct.Struct("<4s5H3L2H")  # signature, version, flags, method, time, date, crc, packed, size, name, extra
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_OFFSET = 42  # of the local header's place in an entry of the directory
_FULL = 0xFFFFFFFF  # stands where only the zip64 form says the number
_UTF8 = 0x800


def exchanged(content: bytes, parts: Mapping[str, bytes], dropped: Collection[str] = ()) -> bytes:
    """`content` with `parts` in the place of those of the same names, and without `dropped`.

    Raises `ValueError` when the zip is of a form that cannot be copied so (zip64).
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    directory, end = _directory(content)
    ends = sorted([*(entry.header_offset for entry in entries), end])
    body, records = io.BytesIO(), list[bytes]()
    for entry, record in zip(entries, directory, strict=True):
        if entry.filename in dropped:
            continue
        place = body.tell()
        if entry.filename in parts:
            local, record = _packed(record, entry, parts[entry.filename])
            body.write(local)
        else:
            body.write(content[entry.header_offset : ends[ends.index(entry.header_offset) + 1]])
        records.append(record[:_OFFSET] + struct.pack("<L", place) + record[_OFFSET + 4 :])
    start = body.tell()
    for record in records:
        body.write(record)
    size = body.tell() - start
    body.write(_END.pack(b"PK\x05\x06", 0, 0, len(records), len(records), size, start, 0))
    return body.getvalue()


def _directory(content: bytes) -> tuple[list[bytes], int]:
    """The entries of the central directory as they lie, and where it begins."""
    place = content.rindex(b"PK\x05\x06")
    _, _, _, _, count, size, offset, _ = _END.unpack_from(content, place)
    if _FULL in (size, offset) or count == 0xFFFF:
        raise ValueError("it is packed in an unusual way (zip64)")
    start = at = place - size
    records = []
    for _ in range(count):
        fields = _CENTRAL.unpack_from(content, at)
        if fields[0] != b"PK\x01\x02" or _FULL in (fields[8], fields[9], fields[16]):
            raise ValueError("it is packed in an unusual way (zip64)")
        length = _CENTRAL.size + sum(fields[10:13])
        records.append(content[at : at + length])
        at += length
    return records, start


def _packed(record: bytes, entry: zipfile.ZipInfo, part: bytes) -> tuple[bytes, bytes]:
    """The local entry of an exchanged part, and its entry in the directory (with the old place)."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(part) + deflater.flush()
    fields = list(_CENTRAL.unpack_from(record))
    name = record[_CENTRAL.size : _CENTRAL.size + fields[10]]
    comment = record[_CENTRAL.size + fields[10] + fields[11] :]
    fields[3] &= _UTF8  # the sizes stand before the data and not behind it
    fields[4], fields[7], fields[8], fields[9], fields[11] = (
        zipfile.ZIP_DEFLATED, zlib.crc32(part), len(packed), len(part), 0)
    local = _LOCAL.pack(b"PK\x03\x04", fields[2], fields[3], *fields[4:11], 0)
    return local + name + packed, _CENTRAL.pack(*fields) + name + comment
