"""What was written, made durable: on the disk, not only handed to the system."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from folderkit.core.libc import library

_FEW = 8  # files that are synced one by one
_SYNC_SECONDS = 0.3


def sync_file(handle: int) -> None:
    """Make what an open file holds durable. After an error the file must not be synced again: the system
    may have dropped the very pages that it could not write, and would report success."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync alone stops at the drive's cache there
    elif hasattr(os, "fdatasync"):
        os.fdatasync(handle)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(root: Path) -> None:
    """Make everything below `root` durable: files that were just written, then the names in each folder. Syncing
    them after all are written lets the file system commit them together."""
    for place, _, names in os.walk(root, topdown=False):
        for name in names:
            handle = os.open(os.path.join(place, name), os.O_RDWR)  # noqa: PTH118  a Path for each costs more
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(place))


def sync_all(root: Path, paths: Sequence[Path]) -> None:
    """Make files and folders below `root` durable that were just written or filled."""
    if len(paths) > _FEW and _can_sync_disks():
        with syncing(root):
            return
    for path in paths:
        if path.is_dir():
            sync_folder(path)
            continue
        handle = os.open(path, os.O_RDWR)
        try:
            sync_file(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def syncing(root: Path) -> Iterator[None]:
    """Make all durable that the block writes below `root`: one call of the system for the whole disk, which for many
    files takes a twentieth of the time, and is begun while they are written. Without such a call (it is Linux's), each
    file by itself when the block has ended."""
    if not _can_sync_disks():
        yield
        sync_tree(root)
        return
    handle = os.open(root, os.O_RDONLY)
    ended, errors = threading.Event(), list[OSError]()

    def run() -> None:
        try:
            while not ended.wait(_SYNC_SECONDS):
                _sync_disk(handle)
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if errors:
            raise errors[0]
        _sync_disk(handle)
    finally:
        os.close(handle)


def _can_sync_disks() -> bool:
    return sys.platform == "linux" and hasattr(library(), "syncfs")


def _sync_disk(handle: int) -> None:
    """Make all durable that was written to the disk of an open file. Raises `OSError`, also for what failed before."""
    if library().syncfs(handle) != 0:
        import ctypes

        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
