"""What stands in an old workbook (.xls) beside its cells: text boxes and comments, words of charts, page margins.

Source: [MS-XLS] 2.4 (records), 2.4.329 (TxO), 2.4.58 (Continue), 2.4.28 (BoundSheet8), 2.4.254 (SeriesText),
2.4.136 and 124 (Header, Footer), 2.5.293 (XLUnicodeRichExtendedString).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from folderkit.core.charset import decode
from folderkit.core.ole import CompoundFile
from folderkit.extract.beside_cells import margin_text
from folderkit.extract.model import Findings
from folderkit.extract.source import Source

_BEGIN, _SHEET, _TEXT, _MORE, _SERIES, _HEADER, _FOOTER = 0x809, 0x85, 0x1B6, 0x3C, 0x100D, 0x14, 0x15
_VERSION_8 = 0x600
_MOST = 64 << 20


class _Record(NamedTuple):
    place: int
    """Where it begins in the stream."""
    kind: int
    data: bytes


def read_beside(path: Source, findings: Findings) -> None:
    """Add what stands beside the cells of each sheet; what is damaged of it is passed over."""
    with path.open("rb") as file:
        try:
            compound = CompoundFile(file)
            streams = compound.children(compound.root)
            stream = streams.get("workbook")
            data = compound.read(stream, _MOST) if stream else b""
        except (struct.error, ValueError):
            return
    try:
        _add_texts(data, findings)
    except (struct.error, ValueError):
        findings.skipped = "What stands beside the cells is damaged."


def _add_texts(data: bytes, findings: Findings) -> None:
    sheets: dict[int, str] = {}
    name, missing = "", 0
    for record in _records(data):
        if missing:
            found = _text(record.data, 0, missing) if record.kind == _MORE else ""
            findings.add(f"{name}!", found)
            missing = 0
        elif record.kind == _BEGIN:
            if len(record.data) > 2 and struct.unpack_from("<H", record.data)[0] != _VERSION_8:
                return  # before 1997: no such records
            name = sheets.get(record.place, name)
        elif record.kind == _SHEET:
            start, length = struct.unpack_from("<I", record.data)[0], record.data[6]
            sheets[start] = _text(record.data, 7, length)
        elif record.kind == _TEXT:
            missing = struct.unpack_from("<H", record.data, 10)[0]
        elif record.kind == _SERIES:
            findings.add(f"{name}!", _text(record.data, 3, record.data[2]))
        elif record.kind in (_HEADER, _FOOTER) and len(record.data) > 3:
            text = margin_text(_text(record.data, 2, struct.unpack_from("<H", record.data)[0]))
            findings.add(f"{name} {'header' if record.kind == _HEADER else 'footer'}", text)


def _records(data: bytes) -> Iterator[_Record]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        yield _Record(at, kind, data[at + 4 : at + 4 + length])
        at += 4 + length


def _text(data: bytes, at: int, length: int) -> str:
    """A text of so many characters, of one or two bytes each, as the flag before it says."""
    if at >= len(data):
        return ""
    wide = data[at] & 1
    raw = data[at + 1 : at + 1 + length * (1 + wide)]
    return raw.decode("utf-16-le", "ignore") if wide else decode(raw, "cp1252")
