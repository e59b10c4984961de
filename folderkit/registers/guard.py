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
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from folderkit.core.errors import Failed, os_failure
from folderkit.core.language import Text
from folderkit.registers import zipped
from folderkit.registers.reasons import why

MAX_FILE = 64 << 20
MAX_INFLATED = 128 << 20
MAX_CELLS = 2_000_000  # in the rectangle of one sheet
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL_HEADER = 30
_PIECE, _PACKED_PIECE = 256 << 10, 16 << 10  # bytes of a part that are looked at at once
_UNREAD = re.compile(r"(?:^|/)(?:theme|drawings|charts|media|docProps|customXml|embeddings|ctrlProps|printerSettings"
                     r"|diagrams|activeX|externalLinks|pivot\w+|slicer\w*)/"
                     r"|calcChain\.xml$|comments\w*\.xml$|\.(?!xml|rels)\w+$",
                     re.IGNORECASE)  # what calamine leaves alone
_OTHER_FORMATS = {"content.xml", "xl/workbook.bin"}  # .ods, .xlsb: calamine reads them, this guard does not
# What is not a cell in the usual spelling within columns to Z, BZ or ZZ and 69,999, 19,999 or 1,999 rows.
_SMALL = [re.compile(rb'<c(?! r="' + columns + rows + rb'"[ />])(?![a-z])') for columns, rows in (
    (rb"[A-Z]", rb"[1-6]?[0-9]{1,4}"), (rb"[AB]?[A-Z]", rb"1?[0-9]{1,4}"), (rb"[A-Z]{1,2}", rb"1?[0-9]{1,3}"))]
_USUAL_START = re.compile(
    rb'(?:\xef\xbb\xbf)?<\?xml version="1\.0"(?: encoding="(?:utf|UTF)-8")?(?: standalone="\w+")? ?\?>'
    rb"\s*<worksheet[\s>]")
_ERROR = b't="e"'  # in the usual spelling of a cell that shows one, such as #REF!
_SHEET = [b"\0".join([bytes([letter]) for letter in b"sheetData"]), b"sheetData"]  # UTF-16, UTF-8: no cells without


def file_bytes(path: Path) -> bytes:
    """The content of the file at `path`, not looked at yet, unless it is too large for a register. Raises `Failed`."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise _too_big(path)
        return path.read_bytes()
    except OSError as error:
        raise os_failure(Text("read the register", "读取登记册"), error, path) from None


class Safe(NamedTuple):
    """A workbook for calamine, put together anew from the very parts that were looked at; what it does not read, such
    as pictures, is left out. `any_error`: whether a cell may show an error, such as #REF!."""

    content: bytes
    any_error: bool


def looked_over(content: bytes, path: Path) -> Safe:
    """The workbook in `content`. Raises `Failed` for what is not safe; `path` is what it is called in the message."""
    if len(content) > MAX_FILE:
        raise _too_big(path)
    if content.startswith(OLE):
        raise old(path)
    try:
        return _check_parts(path, content)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, NotImplementedError) as error:
        raise broken(path, str(error)) from None


def old(path: Path) -> Failed:
    return Failed(
        Text(f"'{path}' is an old .xls workbook or needs a password.", f"“{path}”是旧的 .xls 文件，或设有密码。"),
        Text("Open it and save it as .xlsx without a password.", "请打开后另存为不带密码的 .xlsx。"))


def broken(path: Path, detail: str) -> Failed:
    reason = why(detail)
    return Failed(
        Text(f"'{path}' is not a workbook that can be read ({reason.en}).",
             f"“{path}”不是可以读取的工作簿（{reason.zh}）。"),
        Text("Open it in Excel and save it as .xlsx, or restore an earlier version.",
             "请用 Excel 打开后另存为 .xlsx，或恢复较早的版本。"))


def _too_big(path: Path) -> Failed:
    return Failed(
        Text(f"'{path}' is too large for a register.", f"“{path}”太大，不像是登记册。"),
        Text("Clear the cells far below and right of the table, then save it.",
             "请清除表格下方和右侧远处的单元格，再保存。"))


def _check_parts(path: Path, content: bytes) -> Safe:
    room = MAX_INFLATED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise ValueError("a part stands in it twice")
    if not _OTHER_FORMATS.isdisjoint(names):
        raise ValueError("it is not of the kind .xlsx")
    kept, any_error = [], False
    for entry in entries:
        packed = _packed(content, entry)
        look = _look(packed, entry.compress_type, room)
        if look is None or (look.sheet and not look.small and _rectangle(packed, entry.compress_type) > MAX_CELLS):
            raise _too_big(path)
        if look.crc != entry.CRC:
            raise ValueError("a part is damaged")
        room -= look.size
        any_error = any_error or look.error
        if not _UNREAD.search(entry.filename):
            kept.append(zipped.Part(entry.filename, packed, entry.compress_type, entry.CRC, look.size))
    return Safe(zipped.zipped(kept), any_error)


def _packed(content: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The part as it lies in the zip."""
    if entry.flag_bits & 1:
        raise ValueError("a part is encrypted")
    if entry.compress_type not in (zipped.STORED, zipped.DEFLATED):
        raise ValueError("a part is packed in an unusual way")
    name, extra = struct.unpack_from("<HH", content, entry.header_offset + _LOCAL_HEADER - 4)
    start = entry.header_offset + _LOCAL_HEADER + name + extra
    return content[start : start + entry.compress_size]


def _pieces(packed: bytes, method: int) -> Iterator[bytes]:
    """What a part holds, in pieces that stay in the processor's cache. Raises `ValueError` for one that is cut off."""
    if method == zipped.STORED:
        yield from (packed[place : place + _PIECE] for place in range(0, len(packed), _PIECE))
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for place in range(0, len(packed), _PACKED_PIECE):
        left = packed[place : place + _PACKED_PIECE]
        while left:
            yield inflater.decompress(left, _PIECE)
            left = inflater.unconsumed_tail
    yield inflater.flush()
    if not inflater.eof:
        raise ValueError("a part is cut off")


class _Look:
    """What a part is, told ten times as fast as by reading it: its checksum and real size, whether it has cells, and
    one may show an error, and whether they lie within a small rectangle for sure: in a sheet of the usual spelling,
    whole, without comments and prefixes, and without a cell that is `odd`."""

    def __init__(self, odd: re.Pattern[bytes]) -> None:
        self.odd = odd
        self.crc = self.size = 0
        self.sheet = self.error = False
        self.small = True
        self._first = True
        self._rest = b""  # the last tag, which may go on in the next piece

    def take(self, piece: bytes) -> None:
        self.crc, self.size = zlib.crc32(piece, self.crc), self.size + len(piece)
        first, last = (0 if self._first else piece.find(b"<")), piece.rfind(b"<")
        if last < 0:
            self._rest += piece
            if len(self._rest) > 2 * _PIECE:
                self._see_rest()
            return
        self._rest += piece[:first]
        self._see_rest()  # the tag that began in the piece before
        self._see(piece, first, last)
        self._rest = piece[last:]

    def end(self) -> None:
        whole = self._rest.rstrip() == b"</worksheet>"
        self._see_rest()
        self.small = self.small and whole

    def _see_rest(self) -> None:
        if self._rest:
            self._see(self._rest, 0, len(self._rest))
            self._rest = b""

    def _see(self, block: bytes, start: int, end: int) -> None:
        """What the block says between these places, which lie before a tag."""
        self.sheet = self.sheet or any(block.find(word, start, end) >= 0 for word in _SHEET)
        self.error = self.error or (block.find(b"#", start, end) >= 0 and block.find(_ERROR, start, end) >= 0)
        if self._first:
            self.small = bool(_USUAL_START.match(block))
        if self.small and (self.sheet or self._first):
            self.small = not (
                self.odd.search(block, start, end) or block.find(b"\0", start, end) >= 0
                or (block.find(b"!", start, end) >= 0 and block.find(b"<!", start, end) >= 0)
                or _has_prefix(block, start, end))
        self._first = False


def _look(packed: bytes, method: int, room: int) -> _Look | None:
    """Look at a part; None when it is larger than `room`, whatever size it claims."""
    for odd in _SMALL:
        look = _Look(odd)
        for piece in _pieces(packed, method):
            look.take(piece)
            if look.size > room:
                return None
        look.end()
        if look.small or not look.sheet:
            break
    return look


def _has_prefix(block: bytes, start: int, end: int) -> bool:
    """Whether it holds ":c" between these places; told five times as fast as by looking for the two."""
    place = block.find(b":", start, end)
    while place >= 0 and not block.startswith(b"c", place + 1):
        place = block.find(b":", place + 1, end)
    return place >= 0


def _rectangle(packed: bytes, method: int) -> int:
    """How many cells lie in the rectangle from A1 around every filled cell of a sheet."""
    extent = _Extent()
    try:
        for piece in _pieces(packed, method):
            extent.parser.Parse(piece, False)
        extent.parser.Parse(b"", True)
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
