"""The list of pieces of a content: references to records, and short stretches of bytes as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

_LENGTH = struct.Struct("<Q")
_REFERENCE = struct.Struct("<Q32s")
_LITERAL = 1 << 63  # set in the length of bytes that stand in the list itself
ENTRY_BYTES = _REFERENCE.size
LIST_DEPTH = 100  # of lists in lists; deeper ones would be damage


class Reference(NamedTuple):
    """The record of hash `hash` stands here; `length` is that of the bytes that it stands for."""

    hash: bytes
    length: int


def encode_list(parts: Iterable[Reference | bytes | memoryview]) -> bytes:
    """The payload of a list: what is no reference stands in it as it is."""
    found: list[bytes | memoryview] = []
    for part in parts:
        if isinstance(part, Reference):
            found.append(_REFERENCE.pack(part.length, part.hash))
        else:
            found += _LENGTH.pack(len(part) | _LITERAL), part
    return b"".join(found)


def listed_hashes(data: bytes) -> list[bytes]:
    """The hashes of the records that a list refers to, in order. Raises `ValueError` when it is none."""
    hashes = []
    position, end = 0, len(data)
    while position < end:
        try:
            (length,) = _LENGTH.unpack_from(data, position)
        except struct.error:
            raise ValueError("the list of pieces is cut short") from None
        position += _LENGTH.size
        if length & _LITERAL:
            position += length ^ _LITERAL
        else:
            hashes.append(data[position : position + 32])
            position += 32
    if position != end:
        raise ValueError("the list of pieces is cut short")
    return hashes


def decode_list(data: bytes) -> list[Reference | bytes]:
    """The parts of a list, in order. Raises `ValueError` when it is none."""
    parts: list[Reference | bytes] = []
    position = 0
    while position < len(data):
        if position + _LENGTH.size > len(data):
            raise ValueError("the list of pieces is cut short")
        (length,) = _LENGTH.unpack_from(data, position)
        if length & _LITERAL:
            start = position + _LENGTH.size
            position = start + (length ^ _LITERAL)
            parts.append(data[start:position])
        else:
            if position + _REFERENCE.size > len(data):
                raise ValueError("the list of pieces is cut short")
            parts.append(Reference(data[position + 8 : position + 40], length))
            position += _REFERENCE.size
        if position > len(data):
            raise ValueError("the list of pieces is cut short")
    return parts
