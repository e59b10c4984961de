"""Folders to work in, of which nothing stays: what is left by a process that was killed, the next one takes away."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from folderkit.core.lock import Lock

WORK = "work-"  # how folders of work in the private state are called
_LOCK = ".in-use"
_YOUNG = 60.0  # seconds in which a folder without its lock may be one that is just being made


@contextlib.contextmanager
def scratch(place: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `place`, whose name begins with `prefix`, for this user alone and for as long as the block lasts.
    What others have left there under such names is taken away first. Raises `OSError`."""
    sweep(place, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    lock = Lock(folder / _LOCK)
    try:
        with contextlib.suppress(OSError):  # where nothing can be locked, nothing is swept either
            lock.acquire(0)
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path, prefix: str) -> None:
    """Take away the folders in `place` that `scratch` made for processes which are gone."""
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and _is_left(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder of this user's in which no process works any more."""
    with contextlib.suppress(OSError):
        found = entry.stat(follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "geteuid") and found.st_uid != os.geteuid()):
            return False
        lock = Lock(Path(entry.path, _LOCK))
        if not lock.path.exists():
            return time.time() - found.st_mtime > _YOUNG
        if lock.acquire(0):
            lock.release()
            return True
    return False
