"""Copy packs and journals to another place: whole or not at all, read back, and never damage over what is good.

Both are append-only: what was acknowledged of one at a moment never changes after it. So a list of files and lengths,
made under the writer's lock, is all that must be made under it.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from folderkit.core import safefiles
from folderkit.vault.journal import Journal, read_line

PACKS, JOURNALS = "packs", "journal"


@dataclass(frozen=True)
class Extents:
    """What a vault holds at one moment: lengths of its packs and segments, by path from the vault, segments in their
    order; and (number, hash) of the last line of each writer's journal."""

    packs: dict[str, int]
    segments: dict[str, int]
    ends: dict[str, tuple[int, str]]


def extents(vault: Path, packs: Sequence[Path]) -> Extents:
    """What a vault with these packs holds now. The caller holds the writer's lock and has begun a batch."""
    segments: dict[str, int] = {}
    ends: dict[str, tuple[int, str]] = {}
    for writer in writers(vault):
        end = Journal(vault, writer).end()
        if end.segment is None:
            continue
        ends[writer] = (end.number, end.hash)
        for path in sorted(end.segment.parent.glob("*.jsonl")):
            if path.stem.isdigit() and path.name <= end.segment.name:
                size = end.size if path == end.segment else path.stat().st_size
                segments[path.relative_to(vault).as_posix()] = size
    return Extents({path.relative_to(vault).as_posix(): path.stat().st_size for path in packs}, segments, ends)


def writers(vault: Path) -> list[str]:
    """Who has a journal in a vault."""
    return sorted(path.name for path in (vault / JOURNALS).glob("*") if path.is_dir())


def broken_lines(data: bytes) -> int:
    """How many lines of a segment are not as they were written."""
    lines = data.split(b"\n")
    return sum(read_line(line) is None for line in lines[:-1]) + (lines[-1] != b"")


def better(old: bytes | None, new: bytes, faults: Callable[[bytes], int]) -> bytes:
    """What to keep of an append-only file of which `old` had been copied and `new` is to be: nothing that is good in
    `old` is given up for what is damaged, or cut, in `new`."""
    if old is None or old == new:
        return new
    bad = faults(new)
    if bad == 0 and (len(new) >= len(old) or faults(old)):
        return new
    if faults(old) == 0:
        return old + new[len(old) :]
    return new if bad <= faults(old) else old


def read_start(path: Path, size: int) -> bytes:
    """The first `size` bytes of a file; fewer when it is shorter. Raises `OSError`."""
    with path.open("rb") as stream:
        return stream.read(size)


def write_checked(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all, once it has been read back from the disk; the folder's entry is not
    yet durable. Raises `OSError`, also when the disk gives back something else."""
    temporary = safefiles.temporary_beside(path)
    try:
        safefiles.write_durably(temporary, [data])
        if _read_back(temporary) != data:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _read_back(path: Path) -> bytes:
    """A file's bytes from its disk, where the system can be told to forget those that it still has in memory."""
    with path.open("rb", buffering=0) as stream:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return stream.read()
