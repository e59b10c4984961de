"""Old .xls workbooks (BIFF8, as Excel 97 to 2003 and WPS save them), read without calamine: on a hostile one it may end
the process, and nothing of it can be bounded from outside.

Source: [MS-XLS] 2.3 (records), 2.5.198 (formats), 2.5.293 (strings), 2.5.296 (XF).
"""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from folderkit.core.cells import column_letters
from folderkit.core.ole import CompoundFile

MAX_CELLS = 2_000_000  # in the rectangle of one sheet
_BOF, _EOF, _SHEET, _PASSWORD, _STRINGS, _CONTINUE, _1904 = 0x809, 0x0A, 0x85, 0x2F, 0xFC, 0x3C, 0x22
_FORMAT, _XF, _TEXT_OF, _NUMBER, _RK, _MANY_RK, _FORMULA = 0x41E, 0xE0, 0xFD, 0x203, 0x27E, 0xBD, 0x06
_LABEL, _STRING, _BOOL_OR_ERROR, _MERGED = 0x204, 0x207, 0x205, 0xE5
_BIFF8 = 0x600
_DAYS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # formats of their own that show dates
_NO_DAY = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|General|G/通用格式', re.IGNORECASE)
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
Merged = tuple[tuple[int, int], tuple[int, int]]


class _Record(NamedTuple):
    place: int
    kind: int
    data: bytes


@dataclass
class OldSheet:
    """One sheet: its cells by row and column (from 0), the areas that are merged, each by its first and last cell, and
    the cells that show an error or hold a formula, by address."""

    values: dict[tuple[int, int], Any] = field(default_factory=dict)
    merged: list[Merged] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    formulas: set[str] = field(default_factory=set)

    def rows(self) -> list[list[Any]]:
        """The rectangle from A1 on, blanks as "". Raises `ValueError` for one that is too large."""
        height, width = (max((place[axis] + 1 for place in self.values), default=0) for axis in (0, 1))
        if height * width > MAX_CELLS:
            raise ValueError("a sheet has too many cells")
        rows: list[list[Any]] = [[""] * width for _ in range(height)]
        for (row, column), value in self.values.items():
            rows[row][column] = value
        return rows


def read_old(content: bytes) -> dict[str, OldSheet]:
    """The sheets of a workbook by name, in their order. Raises `ValueError` or `struct.error` for what is none, is
    older than Excel 97, or has a password."""
    file = CompoundFile(io.BytesIO(content))
    stream = file.children(file.root).get("workbook")
    if stream is None:
        raise ValueError("it is not of Excel 97 or later, or has a password")
    return _Reader(_records(file.read(stream))).sheets()


def _records(data: bytes) -> Iterator[_Record]:
    place = 0
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        yield _Record(place, kind, data[place + 4 : place + 4 + size])
        place += 4 + size


class _Reader:
    """What the records of a workbook say: those of all sheets first, then a run for each sheet."""

    def __init__(self, records: Iterator[_Record]) -> None:
        self.records = records
        self.room = MAX_CELLS
        self.strings: list[str] = []
        self.formats: dict[int, str] = {}
        self.day_formats: list[bool] = []
        self.epoch = dt.datetime(1899, 12, 30)
        self.names: dict[int, str] = {}  # by the place where the sheet begins
        self.last: tuple[int, int] | None = None  # the formula whose text comes next

    def sheets(self) -> dict[str, OldSheet]:
        first = next(self.records, None)
        if first is None or first.kind != _BOF or first.data[:2] != struct.pack("<H", _BIFF8):
            raise ValueError("it is older than Excel 97")
        self._read_shared()
        found = {name: OldSheet() for name in self.names.values()}
        sheet: OldSheet | None = None
        depth = 0
        for record in self.records:
            if record.kind == _BOF:
                depth += 1
                if depth == 1:
                    sheet = found.get(self.names.get(record.place, ""))
            elif record.kind == _EOF:
                depth -= 1
            elif depth == 1 and sheet is not None:  # charts lie inside, with records of their own
                self._read_cell(sheet, record)
        return found

    def _read_shared(self) -> None:
        parts: list[bytes] = []  # of the shared texts
        before = 0
        for _, kind, data in self.records:
            if kind == _EOF:
                break
            if kind == _PASSWORD:
                raise ValueError("it has a password")
            if kind == _SHEET:
                place, _, sort, length = struct.unpack_from("<IBBB", data)
                if sort == 0:
                    self.names[place] = _text(data, 7, length)
            elif kind == _1904 and data[:1] == b"\1":
                self.epoch = dt.datetime(1904, 1, 1)
            elif kind == _FORMAT:
                number, length = struct.unpack_from("<HH", data)
                self.formats[number] = _text(data, 4, length)
            elif kind == _XF:
                self.day_formats.append(self._shows_day(struct.unpack_from("<H", data, 2)[0]))
            elif kind == _STRINGS or (kind == _CONTINUE and before == _STRINGS):
                parts.append(data)
            before = before if kind == _CONTINUE else kind
        if parts:
            self.strings = _Shared(parts).read()

    def _shows_day(self, number: int) -> bool:
        if number not in self.formats:
            return number in _DAYS
        return bool(re.search("[ymdhs年月日]", _NO_DAY.sub("", self.formats[number]), re.IGNORECASE))

    # -- cells -------------------------------------------------------------------------------------
    def _read_cell(self, sheet: OldSheet, record: _Record) -> None:
        kind, data = record.kind, record.data
        self.room -= len(data) // 6 if kind == _MANY_RK else 1
        if self.room < 0:
            raise ValueError("it has too many cells")
        if kind == _STRING and self.last is not None:
            (length,) = struct.unpack_from("<H", data)
            sheet.values[self.last] = _text(data, 2, length)
        elif kind == _MERGED:
            (count,) = struct.unpack_from("<H", data)
            for first, last, left, right in struct.iter_unpack("<HHHH", data[2 : 2 + 8 * count]):
                sheet.merged.append(((first, left), (last, right)))
        elif kind == _MANY_RK:
            row, left = struct.unpack_from("<HH", data)
            for column, (form, value) in enumerate(struct.iter_unpack("<HI", data[4:-2]), left):
                sheet.values[row, column] = self._number(form, _rk(value))
        elif kind in (_TEXT_OF, _NUMBER, _RK, _FORMULA, _LABEL, _BOOL_OR_ERROR):
            row, column, form = struct.unpack_from("<HHH", data)
            self._read_one(sheet, (row, column), form, kind, data[6:])

    def _read_one(self, sheet: OldSheet, place: tuple[int, int], form: int, kind: int, data: bytes) -> None:
        if kind == _FORMULA:
            self.last = None
            sheet.formulas.add(f"{column_letters(place[1])}{place[0] + 1}")
            kind, data = self._result(place, data)
        if kind == _TEXT_OF:
            (number,) = struct.unpack_from("<I", data)
            if number >= len(self.strings):
                raise ValueError("a text is missing")
            sheet.values[place] = self.strings[number]
        elif kind == _LABEL:
            sheet.values[place] = _text(data, 2, struct.unpack_from("<H", data)[0])
        elif kind == _NUMBER:
            sheet.values[place] = self._number(form, struct.unpack_from("<d", data)[0])
        elif kind == _RK:
            sheet.values[place] = self._number(form, _rk(struct.unpack_from("<I", data)[0]))
        elif kind == _BOOL_OR_ERROR and data[1]:
            sheet.errors[f"{column_letters(place[1])}{place[0] + 1}"] = _ERRORS.get(data[0], "#")
            sheet.values[place] = ""
        elif kind == _BOOL_OR_ERROR:
            sheet.values[place] = bool(data[0])

    def _result(self, place: tuple[int, int], data: bytes) -> tuple[int, bytes]:
        """What a formula gave, as the record of a plain cell would say it (0: nothing, or a text, which comes next)."""
        if data[6:8] != b"\xff\xff":
            return _NUMBER, data
        if data[0] == 0:
            self.last = place
        return (_BOOL_OR_ERROR, bytes((data[2], data[0] == 2))) if data[0] in (1, 2) else (0, b"")

    def _number(self, form: int, value: float) -> Any:
        if form >= len(self.day_formats) or not self.day_formats[form] or not 0 <= value < 2_957_000:
            return value
        if value < 1:
            return (dt.datetime.min + dt.timedelta(seconds=int(value * 86_400 + 0.5))).time()
        moment = self.epoch + dt.timedelta(days=int(value), seconds=round(value % 1 * 86_400))
        return moment.date() if value == int(value) else moment


def _rk(value: int) -> float:
    """A number in thirty bits ([MS-XLS] 2.5.122): the upper bits of a float, or an integer; perhaps a hundredth."""
    number: float = (value >> 2) - (1 << 30 if value & 0x80000000 else 0) if value & 2 else struct.unpack(
        "<d", struct.pack("<II", 0, value & 0xFFFFFFFC))[0]
    return float(number / 100 if value & 1 else number)


def _text(data: bytes, place: int, length: int) -> str:
    """Letters after a byte that says how wide they are."""
    wide = data[place] & 1
    return data[place + 1 : place + 1 + (length << wide)].decode("utf-16-le" if wide else "latin-1", "replace")


class _Shared:
    """The texts that cells share, which go on over several records: where the letters of one do, they may change their
    width."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.part, self.place = parts, 0, 8

    def read(self) -> list[str]:
        (count,) = struct.unpack_from("<I", self.parts[0], 4)
        found: list[str] = []
        while len(found) < count and self._has_more():
            found.append(self._one())
        return found

    def _has_more(self) -> bool:
        while self.part < len(self.parts) and self.place >= len(self.parts[self.part]):
            self.part, self.place = self.part + 1, 0
        return self.part < len(self.parts)

    def _one(self) -> str:
        length, flags = struct.unpack("<HB", self._take(3))
        runs = struct.unpack("<H", self._take(2))[0] if flags & 8 else 0
        more = struct.unpack("<I", self._take(4))[0] if flags & 4 else 0
        text = self._letters(length, flags & 1)
        self._take(runs * 4 + more)
        return text

    def _take(self, size: int) -> bytes:
        found = b""
        while size and self._has_more():
            piece = self.parts[self.part][self.place : self.place + size]
            found, self.place, size = found + piece, self.place + len(piece), size - len(piece)
        if size:
            raise ValueError("a text is cut off")
        return found

    def _letters(self, length: int, wide: int) -> str:
        text = ""
        while length:
            room = (len(self.parts[self.part]) - self.place) >> wide
            taken = min(length, room)
            text += self._take(taken << wide).decode("utf-16-le" if wide else "latin-1", "replace")
            length -= taken
            if length:
                self.part, self.place = self.part + 1, 1
                if self.part >= len(self.parts) or not self.parts[self.part]:
                    raise ValueError("a text is cut off")
                wide = self.parts[self.part][0] & 1
        return text
