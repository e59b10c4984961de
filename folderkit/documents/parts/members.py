"""The members of a zip file as they are packed in it, so that what has not changed is copied and not packed anew."""

from __future__ import annotations

import itertools
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from folderkit.core.language import Text

_TOGETHER = 256  # pieces that are packed at once: few calls, and what is worked on stays in the processor's cache
_LEVEL = 1  # half the time of level 6, for a tenth more bytes of XML
# (most bytes, window bits, memory level): what zlib clears before its first byte is most of the time for a short part
_WINDOWS = ((8_000, 13, 6), (32_000, 14, 7))
_LOCAL = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT, 4.3.7
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")  # 4.3.12
_END = struct.Struct("<4s4H2LH")  # 4.3.16
_VERSION, _UNIX, _FIRST_DAY, _UTF8 = 20, 3, 0x21, 0x800
_MODE = 0o600 << 16


@dataclass(frozen=True)
class Member:
    """What is in a member (`data`), and how it is packed: `method` and `packed` bytes, with the checksum of `data`.
    Where `data` was not kept, `length` tells how long it was."""

    data: bytes
    packed: bytes
    method: int
    checksum: int
    length: int = -1

    @property
    def size(self) -> int:
        return len(self.data) if self.length < 0 else self.length


class NotUsable(ValueError):
    """A zip file that is not what Word writes; `message` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def read_members(data: bytes, file: zipfile.ZipFile) -> dict[str, Member]:
    """The members of an open zip whose bytes are `data`, unpacked and checked. No more is unpacked of any than its
    entry in the directory says. Raises `NotUsable`, and `struct.error` and `zlib.error` for a damaged one."""
    found: dict[str, Member] = {}
    end = 0
    for info in sorted(file.infolist(), key=lambda info: info.header_offset):
        name_size, extra_size = struct.unpack_from("<2H", data, info.header_offset + 26)
        start = info.header_offset + _LOCAL.size + name_size + extra_size
        if info.header_offset < end or data[info.header_offset : info.header_offset + 4] != b"PK\3\4":
            raise NotUsable(Text("its parts overlap", "它的部件互相重叠"))
        end = start + info.compress_size
        if not info.is_dir():
            packed = data[start:end]
            found[info.filename] = Member(_unpacked(packed, info), packed, info.compress_type, info.CRC)
    return {info.filename: found[info.filename] for info in file.infolist() if not info.is_dir()}


def _unpacked(packed: bytes, info: zipfile.ZipInfo) -> bytes:
    content = packed
    if info.compress_type == zipfile.ZIP_DEFLATED:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, info.file_size + 1)
    if len(content) > info.file_size:
        raise NotUsable(Text(f"its part {info.filename} is larger than the file says",
                             f"部件 {info.filename} 比文件所声明的更大"))
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise NotUsable(Text(f"it is damaged or incomplete ({info.filename})",
                             f"文件已损坏或不完整（{info.filename}）"))
    return content


def pack(data: bytes) -> Member:
    """`data` deflated."""
    press = _press(len(data))
    return Member(data, press.compress(data) + press.flush(), zipfile.ZIP_DEFLATED, zlib.crc32(data))


def _press(size: int | None = None) -> zlib._Compress:
    """What deflates `size` bytes (None: nobody knows how many)."""
    window, memory = next((found for most, *found in _WINDOWS if size is not None and size <= most),
                          (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL))
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, -window, memory)


class Packer:
    """Deflates what it is given bit by bit, and keeps nothing of it but the packed bytes and the last bit: most parts
    are given in one, whose length is known."""

    def __init__(self) -> None:
        self._press: zlib._Compress | None = None
        self._last = b""
        self._packed: list[bytes] = []
        self._checksum, self._length = 0, 0

    def add(self, data: bytes) -> None:
        self._checksum, self._length = zlib.crc32(data, self._checksum), self._length + len(data)
        if self._last:
            self._press = self._press or _press()
            self._packed.append(self._press.compress(self._last))
        self._last = data

    def member(self) -> Member:
        press = self._press or _press(self._length)
        packed = b"".join([*self._packed, press.compress(self._last), press.flush()])
        return Member(b"", packed, zipfile.ZIP_DEFLATED, self._checksum, self._length)


def pack_stream(pieces: Iterable[str]) -> Member:
    """A text deflated piece by piece."""
    packer = Packer()
    for batch in in_batches(pieces):
        packer.add(batch.encode())
    return packer.member()


def in_batches(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of a text, some hundred at once."""
    left = iter(pieces)
    while held := list(itertools.islice(left, _TOGETHER)):
        yield "".join(held)


def write_zip(members: Iterable[tuple[str, Member]]) -> bytes:
    """A zip of the members in the given order, each of less than 4 GiB; the same on every day and every system."""
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, member in members:
        encoded = name.encode()
        flags = 0 if name.isascii() else _UTF8
        about = (flags, member.method, 0, _FIRST_DAY, member.checksum, len(member.packed), member.size,
                 len(encoded), 0)
        header = _LOCAL.pack(b"PK\3\4", _VERSION, *about) + encoded
        directory.append(_CENTRAL.pack(b"PK\1\2", _VERSION, _UNIX, _VERSION, 0, *about, 0, 0, 0, _MODE, at) + encoded)
        body += header, member.packed
        at += len(header) + len(member.packed)
    listed = b"".join(directory)
    return b"".join([*body, listed, _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), len(listed), at, 0)])
