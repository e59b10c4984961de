"""Where a content is cut into pieces, so that what stays the same in the next version is stored once.

A zip (every Office file is one) is cut at the boundaries of its members' data, whose bytes stay as they are, so that
putting together is exact whatever wrote the zip; what is compressed already is kept whole; all else is cut where the
content says so (FastCDC). Cuts are no part of the format: what was cut otherwise is read all the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from enum import Enum
from typing import BinaryIO, NamedTuple

PIECE_BYTES = 4 << 20  # no piece is longer
_MEMBER_CUT = 256 << 10  # a member's data beyond this is cut by content
_LITERAL = 512  # shorter data of a member stands in the list of pieces itself
_LITERAL_MOST = 4096  # longer stretches between members' data are pieces, too
_MEMBERS_MOST = 50_000
_TAIL = 22 + 0xFFFF  # the end record of a zip, and the longest comment behind it
_END = struct.Struct("<4s4H2LH")
_MEMBER = struct.Struct("<4s6H3L5H2L")
_LOCAL_BYTES = 30
_PACKED_NAMES = (b".png", b".jpg", b".jpeg", b".gif", b".emf", b".wmf", b".mp4", b".m4a", b".mp3", b".webp", b".zip",
                 b".tif", b".tiff", b".bin", b".wdp", b".odttf")

ReadAt = Callable[[int, int], bytes]  # (offset, length) → bytes; shorter at the end


class Way(Enum):
    """How a stretch of a content becomes pieces."""

    LITERAL = 0  # stands in the list of pieces
    WHOLE = 1  # one piece, or several of `PIECE_BYTES`
    BY_CONTENT = 2


class Stretch(NamedTuple):
    """The bytes of a content up to `end`, from where the stretch before ends; `packed`: compressed already."""

    end: int
    way: Way
    packed: bool
    average: int = 0  # wanted bytes of a piece that is cut by content


def stretches(size: int, read_at: ReadAt) -> list[Stretch]:
    """How a content of `size` bytes is cut. What is no sound zip is cut as any other file."""
    head = read_at(0, 16)
    if head[:4] == b"PK\3\4":
        found = _of_zip(size, read_at)
        if found:
            return found
    if _is_packed(head):
        return [Stretch(size, Way.WHOLE, packed=True)]
    return [Stretch(size, Way.BY_CONTENT, packed=False, average=_average(size))]


def _average(size: int) -> int:
    return 16 << 10 if size < 4 << 20 else 64 << 10 if size < 512 << 20 else 256 << 10


def _is_packed(head: bytes) -> bool:
    """Whether a file of this beginning is compressed already: pictures, sound, film, archives."""
    return (head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf",
                             b"Rar!", b"\x28\xb5\x2f\xfd", b"ID3", b"OggS", b"PK\3\4"))
            or head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"))


# -- zip -------------------------------------------------------------------------------------------
def _of_zip(size: int, read_at: ReadAt) -> list[Stretch]:
    """The stretches of a zip; none where it is not sound, or more than this reads (zip64, many members)."""
    members = _members(size, read_at)
    found: list[Stretch] = []
    end = 0  # of what is covered so far
    for offset, stored, method, name in members:
        local = read_at(offset, _LOCAL_BYTES)
        if offset < end or len(local) < _LOCAL_BYTES or local[:4] != b"PK\3\4":
            return []
        start = offset + _LOCAL_BYTES + int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
        if start + stored > size:
            return []
        if stored >= _LITERAL:
            found.extend(_between(end, start))
            found.append(_of_data(start + stored, stored, method, name))
            end = start + stored
    if not found:
        return []
    found.extend(_between(end, size))
    return found


def _between(start: int, end: int) -> Iterator[Stretch]:
    """Heads, short members, the directory: in the list itself, or when they are long, pieces."""
    if start < end <= start + _LITERAL_MOST:
        yield Stretch(end, Way.LITERAL, packed=False)
    elif start < end:
        yield Stretch(end, Way.BY_CONTENT, packed=False, average=16 << 10)


def _of_data(end: int, stored: int, method: int, name: bytes) -> Stretch:
    packed = method != 0 or name.lower().endswith(_PACKED_NAMES)
    if stored <= _MEMBER_CUT or name.lower().endswith(_PACKED_NAMES):
        return Stretch(end, Way.WHOLE, packed)
    return Stretch(end, Way.BY_CONTENT, packed, average=64 << 10)


def _members(size: int, read_at: ReadAt) -> list[tuple[int, int, int, bytes]]:
    """(offset of its local head, bytes of its data, method, name) of every member, in the order of the offsets."""
    tail = read_at(max(0, size - _TAIL), _TAIL)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or place + _END.size > len(tail):
        return []
    _, _, _, _, count, length, start, _ = _END.unpack_from(tail, place)
    if count > _MEMBERS_MOST or start == 0xFFFFFFFF or start + length > size:
        return []
    directory = read_at(start, length)
    found = []
    position = 0
    for _ in range(count):
        if position + _MEMBER.size > len(directory):
            return []
        fields = _MEMBER.unpack_from(directory, position)
        mark, method, stored, offset = fields[0], fields[4], fields[8], fields[16]
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        if mark != b"PK\1\2" or 0xFFFFFFFF in (stored, offset):
            return []
        found.append((offset, stored, method, directory[position + 46 : position + 46 + name_bytes]))
        position += 46 + name_bytes + extra_bytes + comment_bytes
    found.sort()
    return found


# -- pieces ----------------------------------------------------------------------------------------
class Piece(NamedTuple):
    """The next bytes of a content; `literal`: they stand in the list of pieces; `packed`: compressed already."""

    data: bytes | memoryview
    literal: bool
    packed: bool


def pieces(data: bytes) -> Iterator[Piece]:
    """The pieces of a content that is in memory, in order; they refer to it."""
    view = memoryview(data)
    start = 0
    for stretch in stretches(len(data), lambda offset, length: data[offset : offset + length]):
        part = view[start : stretch.end]
        for begin, end in _cuts(part, stretch):
            yield Piece(part[begin:end], stretch.way is Way.LITERAL, stretch.packed)
        start = stretch.end


def _cuts(part: memoryview, stretch: Stretch) -> Iterator[tuple[int, int]]:
    if stretch.way is not Way.BY_CONTENT or len(part) < 2 * stretch.average:
        yield from ((begin, min(begin + PIECE_BYTES, len(part))) for begin in range(0, len(part), PIECE_BYTES))
        return
    from pyfastcdc import FastCDC

    yield from ((cut.offset, cut.offset + cut.length) for cut in FastCDC(stretch.average).cut_buf(part))


def pieces_of_stream(stream: BinaryIO) -> Iterator[Piece]:
    """The pieces of a content of any length, in order. Memory is bounded; a piece holds until the next is asked for."""
    size = stream.seek(0, 2)
    start = 0
    plan = stretches(size, _reader(stream))
    stream.seek(0)
    for stretch in plan:
        for data in _stream_cuts(_Window(stream, stretch.end - start), stretch):
            yield Piece(data, stretch.way is Way.LITERAL, stretch.packed)
        start = stretch.end
    while data := stream.read(PIECE_BYTES):  # it has grown meanwhile, which whoever asked will notice
        yield Piece(data, literal=False, packed=True)


def _reader(stream: BinaryIO) -> ReadAt:
    def read_at(offset: int, length: int) -> bytes:
        stream.seek(offset)
        return stream.read(length)

    return read_at


class _Window:
    """The next bytes of a stream, as a stream."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream, self.left = stream, left

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, self.left))
        self.left = self.left - len(data) if data else 0
        return data


def _stream_cuts(window: _Window, stretch: Stretch) -> Iterator[bytes | memoryview]:
    if stretch.way is not Way.BY_CONTENT or window.left < 2 * stretch.average:
        while data := window.read(PIECE_BYTES):
            yield data
        return
    from pyfastcdc import FastCDC

    for cut in FastCDC(stretch.average).cut_stream(window):
        yield cut.data
