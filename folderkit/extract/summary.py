"""What old documents (.doc, .xls, .ppt) say of themselves, from the sets of properties beside their contents.

Sources: [MS-OLEPS] 2.15 (types), 2.20 and 2.21 (sets and their streams), 2.25 (the two sets that every office program
writes).
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator

from folderkit.core.charset import decode
from folderkit.core.ole import CompoundFile
from folderkit.extract.model import MAX_TITLE, Findings
from folderkit.extract.properties import tell_all
from folderkit.extract.source import Source

_STREAMS: dict[str, dict[int, str]] = {
    "\x05summaryinformation": {2: "title", 4: "author", 5: "keywords", 6: "description", 8: "saved by", 12: "created",
                               13: "saved", 14: "pages"},
    "\x05documentsummaryinformation": {7: "slides", 14: "manager", 15: "company"},
}  # fmt: skip
_CODE_PAGE = 1
_NUMBER_16, _NUMBER_32, _BYTES, _WIDE, _MOMENT = 2, 3, 0x1E, 0x1F, 0x40
_PAGES = {936: "gb18030", 950: "big5hkscs", 1200: "utf-16-le", 65001: "utf-8"}
_MOST = 1 << 20
_MOST_PROPERTIES = 200
_LONGEST = MAX_TITLE * 4
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def read_summary(path: Source, findings: Findings) -> None:
    """Tell the properties of an old document; what is damaged of them is passed over."""
    with path.open("rb") as file:
        try:
            compound = CompoundFile(file)
            streams = compound.children(compound.root)
        except (struct.error, ValueError):
            return
        for name, wanted in _STREAMS.items():
            if name in streams:
                try:
                    data = compound.read(streams[name], _MOST)
                    tell_all(_properties(data, wanted), findings)
                except (struct.error, ValueError):
                    continue


def _properties(data: bytes, wanted: dict[int, str]) -> Iterator[tuple[str, str]]:
    """(name, value) of the first set of a stream."""
    (start,) = struct.unpack_from("<I", data, 44)
    (count,) = struct.unpack_from("<I", data, start + 4)
    places = dict(struct.unpack_from("<II", data, start + 8 + 8 * index)
                  for index in range(min(count, _MOST_PROPERTIES)))
    page = 1252
    if _CODE_PAGE in places:
        (page,) = struct.unpack_from("<H", data, start + places[_CODE_PAGE] + 4)
    for number, name in wanted.items():
        if number in places and (value := _value(data, start + places[number], _PAGES.get(page, f"cp{page}"))):
            yield name, value


def _value(data: bytes, at: int, charset: str) -> str:
    (kind,) = struct.unpack_from("<H", data, at)
    if kind in (_BYTES, _WIDE):
        (size,) = struct.unpack_from("<I", data, at + 4)
        raw = data[at + 8 : at + 8 + min(size * (2 if kind == _WIDE else 1), _LONGEST)]
        if kind == _WIDE or charset == "utf-16-le":
            return raw.decode("utf-16-le", "ignore").partition("\0")[0]
        return decode(raw.partition(b"\0")[0], charset)
    if kind == _MOMENT:
        (ticks,) = struct.unpack_from("<Q", data, at + 4)
        moment = _moment(ticks)
        return moment.isoformat().replace("+00:00", "Z") if moment else ""
    if kind in (_NUMBER_16, _NUMBER_32):
        return str(struct.unpack_from("<H" if kind == _NUMBER_16 else "<I", data, at + 4)[0])
    return ""


def _moment(ticks: int) -> dt.datetime | None:
    """A moment that was counted in tenths of microseconds from 1601 on; None for one that was never set."""
    try:
        moment = _EPOCH + dt.timedelta(seconds=ticks // 10_000_000)
    except OverflowError:
        return None
    return moment if moment.year > 1601 else None
