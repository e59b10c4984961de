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
from folderkit.core.undisturbed import undisturbed

WORK = "work-"  # how folders of work in the private state are called
_LOCK = ".in-use"
_YOUNG = 60.0  # seconds in which a folder that holds something, and no lock, may be in use where nothing can be locked


@contextlib.contextmanager
def scratch(place: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `place`, whose name begins with `prefix`, for this user alone and for as long as the block lasts.
    What others have left there under such names is taken away first. Raises `OSError`."""
    sweep(place, prefix)
    folder, lock = _made(place, prefix)
    try:
        yield folder
    finally:
        with undisturbed():  # who presses Ctrl-C twice has nothing left over either
            _remove(folder, lock)


def _made(place: Path, prefix: str) -> tuple[Path, Lock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        lock = Lock(folder / _LOCK)
        try:
            if lock.acquire(0) and not lock.lost():
                return folder, lock
        except FileNotFoundError:
            pass
        except OSError:
            return folder, lock  # where nothing can be locked, nothing is swept soon either
        lock.release()  # another process has swept it away in this very moment


def sweep(place: Path, prefix: str) -> None:
    """Take away the folders in `place` that `scratch` made for processes which are gone."""
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(prefix):
                with contextlib.suppress(OSError):
                    _take_away(Path(entry.path), entry.stat(follow_symlinks=False))


def _take_away(folder: Path, found: os.stat_result) -> None:
    """Remove a folder of this user's in which no process works any more."""
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "geteuid") and found.st_uid != os.geteuid()):
        return
    with contextlib.suppress(OSError):
        folder.rmdir()  # an empty one; who is just making it makes another
        return
    lock = Lock(folder / _LOCK)
    is_left = lock.acquire(0) if lock.path.exists() else time.time() - found.st_mtime > _YOUNG
    if is_left:
        _remove(folder, lock)


def _remove(folder: Path, lock: Lock) -> None:
    """Remove what lies in a folder before its lock: what is left at a kill is still known to be nobody's."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name != _LOCK:
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)
