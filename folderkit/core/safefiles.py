"""Files that are written whole or not at all, never over something, durable when the call returns."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from folderkit.core.durability import sync_folder
from folderkit.core.renames import rename_new
from folderkit.core.signature import Signature, is_same_but_named, signature_of

_VECTOR = 64  # parts that are written in one call of the system
TEMPORARY_PREFIX = ".~folderkit-"  # in every ignore list, so that a scan never takes one for a file


def temporary_beside(path: Path) -> Path:
    """A free temporary name in the folder of `path`: the same disk, so that a rename is atomic."""
    return path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(6).hex()}.tmp")


def write_new(path: str, parts: Iterable[bytes | memoryview], mtime_ns: int | None = None) -> None:
    """Write a new file; nothing of it is durable. Fails where one exists; after any error nothing is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(handle, "wb", buffering=0) as stream:  # noqa: PTH123
            write_parts(stream, parts)
            if mtime_ns is not None:
                with contextlib.suppress(OSError, OverflowError):  # a time that this disk does not know
                    os.utime(stream.fileno() if os.utime in os.supports_fd else path, ns=(mtime_ns, mtime_ns))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        raise


def write_parts(stream: FileIO, parts: Iterable[bytes | memoryview]) -> None:
    """Write all parts, in few calls of the system where it takes several at once."""
    waiting = iter(parts)
    while some := list(itertools.islice(waiting, _VECTOR)):
        left = sum(map(len, some))
        if hasattr(os, "writev"):
            left -= os.writev(stream.fileno(), some)
        if left:
            rest = memoryview(b"".join(some))[-left:]
            while rest:
                rest = rest[stream.write(rest) or 0 :]


def write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file and fsync it; its folder's entry is not yet durable. Fails where one exists."""
    with path.open("xb") as stream:
        _fill(stream, chunks, None)


def _fill(stream: BinaryIO, chunks: Iterable[bytes], mtime_ns: int | None) -> None:
    for chunk in chunks:
        stream.write(chunk)
    stream.flush()
    if mtime_ns is not None:
        os.utime(stream.fileno(), ns=(mtime_ns, mtime_ns))
    os.fsync(stream.fileno())


def replace_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Put `chunks` at `path`, in place of what stands there: the old or the new file, never a torn one."""
    temporary = temporary_beside(path)
    try:
        write_durably(temporary, chunks)
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def place_new(path: Path, chunks: Iterable[bytes], mtime_ns: int | None = None) -> Signature:
    """Put `chunks` at `path`, which must be free; returns what the file looked like before it had its name. Raises
    `FileExistsError` when it is not free; after any error nothing is there. Where the system can, the file has no name
    before it is whole, so that a kill leaves none."""
    signature = _place_nameless(path, chunks, mtime_ns) or _place_by_rename(path, chunks, mtime_ns)
    try:
        sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            if is_same_but_named(signature_of(path.lstat()), signature):
                path.unlink()
        raise
    return signature


def _place_nameless(path: Path, chunks: Iterable[bytes], mtime_ns: int | None) -> Signature | None:
    """Write a file without a name and then name it (Linux). None when that is not to be had here."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        handle = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
            return None
        raise
    with os.fdopen(handle, "wb") as stream:
        _fill(stream, chunks, mtime_ns)
        # `src_dir_fd` makes Python call linkat, which alone can follow the link in /proc.
        signature = signature_of(os.fstat(stream.fileno()))
        os.link(f"/proc/self/fd/{stream.fileno()}", path, src_dir_fd=stream.fileno(), follow_symlinks=True)
    return signature


def _place_by_rename(path: Path, chunks: Iterable[bytes], mtime_ns: int | None) -> Signature:
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as stream:
            _fill(stream, chunks, mtime_ns)
            signature = signature_of(os.fstat(stream.fileno()))
        rename_new(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return signature
