"""The files that a document takes in: its template, those that this includes, its pictures; as they were then."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Taken(NamedTuple):
    """A file as it was: the BLAKE3 of its content, its size in bytes, and when it was changed (ns)."""

    content: str
    size: int
    changed: int


Takings = dict[Path, Taken]


def take(path: Path, taken: Takings | None) -> bytes:
    """The bytes of a file, noted in `taken` where that is wanted. Raises `OSError`."""
    before = path.stat()  # what is saved from here on counts as changed since
    data = path.read_bytes()
    if taken is not None:
        from blake3 import blake3

        taken[path] = Taken(str(blake3(data).hexdigest()), before.st_size, before.st_mtime_ns)
    return data
