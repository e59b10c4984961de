"""Renames that replace nothing, and exchanges in one step."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
from pathlib import Path

from folderkit.core import naming
from folderkit.core.content import holds
from folderkit.core.libc import library

_HERE, _NO_REPLACE, _EXCHANGE = -100, 1, 2  # AT_FDCWD, RENAME_NOREPLACE, RENAME_EXCHANGE


def swap(new: Path, target: Path, aside: Path) -> Path:
    """Put the file `new` in the place of `target`, both in one folder; returns where that is now which stood there at
    that instant: at `new`'s name or, where two names cannot be exchanged in one step, `aside`. Raises `OSError`; where
    a file was saved at the target meanwhile, `new` and `aside` stay as they are."""
    if _renamed(new, target, _EXCHANGE):
        return new
    target.rename(aside)  # for a moment the file is only there under this name
    try:
        rename_new(new, target)
    except BaseException:
        with contextlib.suppress(FileExistsError):
            rename_new(aside, target)
        raise
    return aside


def _renamed(old: Path, new: Path, how: int) -> bool:
    """Rename in one step, exchanging or not replacing (renameat2, Linux). False where that is not to be had: the
    system, its guard or the disk does not know it. Raises `OSError`."""
    if sys.platform != "linux" or not hasattr(library(), "renameat2"):
        return False
    import ctypes

    if library().renameat2(_HERE, os.fsencode(old), _HERE, os.fsencode(new), how) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(old if code == errno.ENOENT and not os.path.lexists(old) else new))


def rename_new(old: Path, new: Path) -> None:
    """Rename without replacing: `FileExistsError` when `new` exists (POSIX rename would overwrite it)."""
    if os.name == "nt" or old.is_dir():
        if new.exists() or new.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        old.rename(new)  # on POSIX a folder replaces at most an empty folder
        return
    if _renamed(old, new, _NO_REPLACE):
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some shares): claim the name first
        with new.open("xb"):
            pass
        try:
            old.replace(new)
        except BaseException:
            new.unlink()
            raise
        return
    try:
        if os.path.samestat(old.lstat(), new.lstat()):  # else somebody saved it anew
            old.unlink()
    except BaseException:
        new.unlink()
        raise


def put_back(now: Path, before: Path) -> None:
    """Rename a file to where it was before, whatever stands beside it; when something stands there by now, to the first
    free name beside."""
    rename_new(now, free_beside(before) if os.path.lexists(before) else before)


def free_beside(path: Path, content: str = "") -> Path:
    """The path, or the first with a number behind its name, that is free on the disk: nothing is named so there, or
    but for case and Unicode form. With a `content`, also what holds it and stands at one of these. For something that
    is put there at once; names that are only planned are given by `proposing.Names`."""
    numbered = (path.with_name(naming.numbered(path.name, number)) for number in itertools.count(2))
    try:
        there = {naming.key_of(other.name): other.name for other in path.parent.iterdir()}
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # then it is free, or the next step tells
        there = {}
    for place in itertools.chain([path], numbered):
        found = place if os.path.lexists(place) else place.with_name(there.get(naming.key_of(place.name), place.name))
        if not os.path.lexists(found) or (content and found.is_file() and holds(found, content)):
            return found
    raise AssertionError  # there are always more numbers
