"""What the entries of files and folders on disk look like: as long as that stays the same, so do the contents."""

from __future__ import annotations

import os
from typing import NamedTuple

Signature = tuple[int, int, int, int, int]  # size, mtime_ns, ctime_ns, device, inode
_INT64 = 1 << 63  # what SQLite holds; a date after 2262 in nanoseconds is more


class Aside(NamedTuple):
    """A file of which no version is kept, and why: it is a "temporary" by its name, or its content is only in a
    "cloud"."""

    name: str
    why: str
    signature: Signature


class Folder(NamedTuple):
    """A folder as it was seen: its device and inode, a hash of its entries (empty: they have to be looked at again),
    how many files lie directly in it, and which do that are not kept."""

    device: int = 0
    inode: int = 0
    look: bytes = b""
    files: int = 0
    aside: tuple[Aside, ...] = ()


def signature_of(entry: os.stat_result) -> Signature:
    return clamped((entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns, entry.st_dev, entry.st_ino))


def clamped(signature: Signature) -> Signature:
    """A signature in numbers that SQLite holds."""
    if max(signature) >= _INT64 or min(signature) < -_INT64:
        size, modified, changed, device, inode = (max(-_INT64, min(number, _INT64 - 1)) for number in signature)
        return size, modified, changed, device, inode
    return signature


def is_same(one: Signature, other: Signature) -> bool:
    """Whether nothing says that the content has changed. Devices are numbered anew when disks are mounted."""
    return one[:3] == other[:3] and one[4] == other[4]


def is_same_but_named(one: Signature, other: Signature) -> bool:
    """Whether a file is as it was, but perhaps for its name, which changes the third time of it only."""
    return (one[:2], one[3:]) == (other[:2], other[3:])
