"""Look into a workbook before calamine does: on a hostile one, calamine takes all memory or aborts the process.

Its room is bounded by the inflated size of the parts and by the rectangle around the filled cells, which
calamine allocates whole: two cells, A1 and XFD1048576, are enough to end the process.
"""

from __future__ import annotations

import io
import re
import struct
import xml.parsers.expat
import zipfile
import zlib
from pathlib import Path

from folderkit.core.errors import Failed, os_failure
from folderkit.core.language import Text

MAX_FILE = 64 << 20
MAX_INFLATED = 128 << 20
MAX_CELLS = 2_000_000  # in the rectangle of one sheet
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL_HEADER = 30
_UNREAD = re.compile(r"(?:^|/)(?:theme|drawings|charts|media|docProps|customXml|embeddings|ctrlProps|printerSettings"
                     r"|diagrams|activeX|externalLinks|pivot\w+|slicer\w*)/"
                     r"|calcChain\.xml$|comments\w*\.xml$|\.(?!xml|rels)\w+$",
                     re.IGNORECASE)  # what calamine leaves alone
_OTHER_FORMATS = {"content.xml", "xl/workbook.bin"}  # .ods, .xlsb: calamine reads them, this guard does not
# What is not a cell in the usual spelling within columns to Z, BZ or ZZ and 69,999, 19,999 or 1,999 rows.
_SMALL = [re.compile(rb'<c(?! r="' + columns + rows + rb'"[ />])(?![a-z])') for columns, rows in (
    (rb"[A-Z]", rb"(?:[1-9]\d{0,3}|[1-6]\d{4})"), (rb"[AB]?[A-Z]", rb"(?:[1-9]\d{0,3}|1\d{4})"),
    (rb"[A-Z]{1,2}", rb"(?:[1-9]\d{0,2}|1\d{3})"))]
_USUAL_START = re.compile(
    rb'(?:\xef\xbb\xbf)?<\?xml version="1\.0"(?: encoding="(?:utf|UTF)-8")?(?: standalone="\w+")? ?\?>')
_SHEET = re.compile(rb"s\0?h\0?e\0?e\0?t\0?D\0?a\0?t\0?a")  # in UTF-8 and UTF-16: no cells without it


def file_bytes(path: Path) -> bytes:
    """The content of the file at `path`, not looked at yet, unless it is too large for a register. Raises `Failed`."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise _too_big(path)
        return path.read_bytes()
    except OSError as error:
        raise os_failure(Text("read the register", "读取登记册"), error, path) from None


def unpacked(content: bytes, path: Path) -> bytes:
    """The workbook as a zip whose parts are not packed, for calamine: they are the very bytes that were looked at. What
    it does not read, such as pictures, is left out. Raises `Failed` for what is not safe; `path` is what it is called
    in the message."""
    if len(content) > MAX_FILE:
        raise _too_big(path)
    if content.startswith(_OLE):
        raise Failed(
            Text(f"'{path}' is an old .xls workbook or needs a password.", f"“{path}”是旧的 .xls 文件，或设有密码。"),
            Text("Open it and save it as .xlsx without a password.", "请打开后另存为不带密码的 .xlsx。"))
    try:
        return _check_parts(path, content)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, NotImplementedError) as error:
        raise broken(path, str(error)) from None


def broken(path: Path, detail: str) -> Failed:
    return Failed(
        Text(f"'{path}' is not a workbook that can be read ({detail[:120]}).",
             f"“{path}”不是可以读取的工作簿（{detail[:120]}）。"),
        Text("Open it in Excel and save it as .xlsx, or restore an earlier version.",
             "请用 Excel 打开后另存为 .xlsx，或恢复较早的版本。"))


def _too_big(path: Path) -> Failed:
    return Failed(
        Text(f"'{path}' is too large for a register.", f"“{path}”太大，不像是登记册。"),
        Text("Clear the cells far below and right of the table, then save it.",
             "请清除表格下方和右侧远处的单元格，再保存。"))


def _check_parts(path: Path, content: bytes) -> bytes:
    room = MAX_INFLATED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise ValueError("a part stands in it twice")
    if not _OTHER_FORMATS.isdisjoint(names):
        raise ValueError("it is not of the kind .xlsx")
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as target:
        for entry in entries:
            part = _inflated(content, entry, room)
            if part is None:
                raise _too_big(path)
            if zlib.crc32(part) != entry.CRC:
                raise ValueError("a part is damaged")
            room -= len(part)
            if _SHEET.search(part) and not _is_small(part) and _rectangle(part) > MAX_CELLS:
                raise _too_big(path)
            if not _UNREAD.search(entry.filename):
                target.writestr(entry.filename, part)
    return stored.getvalue()


def _inflated(content: bytes, entry: zipfile.ZipInfo, room: int) -> bytes | None:
    """What the part really inflates to, whatever size it claims, or None when that is more than `room`."""
    if entry.flag_bits & 1:
        raise ValueError("a part is encrypted")
    name, extra = struct.unpack_from("<HH", content, entry.header_offset + _LOCAL_HEADER - 4)
    start = entry.header_offset + _LOCAL_HEADER + name + extra
    packed = content[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed if len(packed) <= room else None
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("a part is packed in an unusual way")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    part = inflater.decompress(packed, room + 1)
    return part if len(part) <= room else None


def _is_small(part: bytes) -> bool:
    """Whether the rectangle of a sheet is small enough for sure, told ten times as fast as by reading it: of the usual
    spelling, whole, without comments and prefixes, each cell with a small address."""
    return (bool(_USUAL_START.match(part)) and part.endswith(b"</worksheet>") and b":c" not in part
            and not (b"!" in part and b"<!" in part) and b"\0" not in part
            and not all(odd.search(part) for odd in _SMALL))


def _rectangle(part: bytes) -> int:
    """How many cells lie in the rectangle from A1 around every filled cell of a sheet."""
    extent = _Extent()
    try:
        extent.parser.Parse(part, True)
    except xml.parsers.expat.ExpatError as error:
        raise ValueError(f"a sheet is damaged: {error}") from None
    return extent.rows * extent.columns()


class _Extent:
    """How far filled cells reach. Calamine leaves blank ones out, and so does this; a cell without an
    address is the next in its row, and is counted right of all that have one, which is never too little."""

    def __init__(self) -> None:
        self.rows = 0
        self._letters: set[str] = set()
        self._row = self._unplaced = self._most_unplaced = 0
        self._reference: str | None = None
        self.parser = xml.parsers.expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._refuse

    def columns(self) -> int:
        return max(map(_column_number, self._letters), default=0) + self._most_unplaced

    def _refuse(self, *_: object) -> None:
        raise ValueError("a sheet declares entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._reference = attributes.get("r")
            if self._reference is None:
                self._unplaced += 1
                self._most_unplaced = max(self._most_unplaced, self._unplaced)
        elif name in ("v", "is", "f"):
            row = self._row
            if self._reference is not None:
                letters = self._reference.rstrip("0123456789")
                row = int(self._reference[len(letters) :])
                self._letters.add(letters)
            if row > self.rows:
                self.rows = row
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._unplaced = 0


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
