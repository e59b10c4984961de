"""File operations that lose nothing: whole or not at all, never over something, durable when they return."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

TEMPORARY_PREFIX = ".~folderkit-"  # in every ignore list, so that a scan never takes one for a file


def temporary_beside(path: Path) -> Path:
    """A free temporary name in the folder of `path`: the same disk, so that a rename is atomic."""
    return path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}.tmp")


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file and fsync it; its folder's entry is not yet durable. Fails where one exists."""
    with path.open("xb") as stream:
        for chunk in chunks:
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def replace_whole(path: Path, chunks: Iterable[bytes], mtime_ns: int | None = None) -> None:
    """Put `chunks` at `path`, in place of what stands there: the old or the new file, never a torn one."""
    temporary = temporary_beside(path)
    try:
        write_durably(temporary, chunks)
        if path.exists():
            shutil.copymode(path, temporary)
        if mtime_ns is not None:
            os.utime(temporary, ns=(mtime_ns, mtime_ns))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def place_new(path: Path, chunks: Iterable[bytes], mtime_ns: int | None = None) -> None:
    """Put `chunks` at `path`, which must be free. Raises `FileExistsError` when it is not."""
    temporary = temporary_beside(path)
    try:
        write_durably(temporary, chunks)
        if mtime_ns is not None:
            os.utime(temporary, ns=(mtime_ns, mtime_ns))
        rename_new(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def rename_new(old: Path, new: Path) -> None:
    """Rename without replacing: `FileExistsError` when `new` exists (POSIX rename would overwrite it)."""
    if os.name == "nt" or old.is_dir():
        if new.exists() or new.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        old.rename(new)  # on POSIX a folder replaces at most an empty folder
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some shares): claim the name first
        with new.open("xb"):
            pass
        old.replace(new)
        return
    old.unlink()


def make_folders(folder: Path) -> None:
    """Make `folder` and those above it, durably."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):
            path.mkdir()
        sync_folder(path.parent)
