"""What takes long to make, kept on disk, so that the next start need not make it: compiled templates, new workbooks.

What is kept may be code that will be run, so it lies in a folder that is the user's alone, and is taken only as it was
written. Without such a folder nothing is kept. The one whose last use lies back farthest goes first; its file's time
tells that, to the day.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib.util
import marshal
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

_MARK = b"folderkit kept 1\n"
_HASH_BYTES = 32
_DAY = 86_400  # seconds in which the use of an entry is noted once
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class Shelf(NamedTuple):
    """A folder of the user's cache. `made_by` are the folders of the program, and `libraries` those of others, that
    make what is kept: where one of their files is another, so is what they make. No more than `most` are kept."""

    name: str
    made_by: tuple[Path, ...]
    libraries: tuple[str, ...]
    most: int = 64

    def maker(self) -> tuple[bytes, ...]:
        """What is another as soon as Python, the program or a library is."""
        return _of_this_program(self)

    def kept(self, key: Iterable[bytes], make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        """What was kept under `key`, or what `make` gives, which is kept then if it can be: tuples, texts, bytes,
        numbers and code."""
        folder = _folder(self.name)
        if folder is None:
            return make()
        path = folder / _hash(*self.maker(), *key).hex()
        found = _read(path)
        if found is None:
            found = make()
            with contextlib.suppress(OSError, ValueError):  # a full disk; a value that has no lasting form
                _write(path, marshal.dumps(found), self.most)
        return found


def _hash(*parts: bytes) -> bytes:
    from blake3 import blake3

    whole = blake3()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return whole.digest()


def _folder(name: str) -> Path | None:
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("folderkit", appauthor=False)) / name
    if not folder.is_absolute():  # "~" of a user without a home would be a folder here
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_private(folder.lstat(), stat.S_ISDIR) else None
    except OSError:
        return None


def _is_private(found: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether nobody else may write there; on Windows the user's own folders are so."""
    return kind(found.st_mode) and (
        sys.platform == "win32" or (found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)))


@functools.cache
def _of_this_program(shelf: Shelf) -> tuple[bytes, ...]:
    """What makes it otherwise when it is another: Python, folderkit, and the libraries."""
    looks = [sys.version.encode()]
    for folder in (*shelf.made_by, Path(__file__).parent):
        looks += sorted(_look(os.path.join(place, name)) for place, _, names in os.walk(folder)  # noqa: PTH118
                        for name in names if name.endswith((".py", ".yaml")))  # a Path for each takes twice as long
    for name in shelf.libraries:
        found = importlib.util.find_spec(name)
        if found and found.origin:
            looks.append(_look(found.origin))
    return tuple(looks)


def _look(path: str) -> bytes:
    found = os.stat(path)  # noqa: PTH116
    return f"{path} {found.st_size} {found.st_mtime_ns}".encode()


def _read(path: Path) -> tuple[Any, ...] | None:
    try:
        with path.open("rb") as stream:
            if not _is_private(os.fstat(stream.fileno()), stat.S_ISREG):
                return None
            data = stream.read()
        start = len(_MARK) + _HASH_BYTES
        if not data.startswith(_MARK) or data[len(_MARK) : start] != _hash(data[start:]):
            return None
        _note_use(path)
    except OSError:
        return None
    found: tuple[Any, ...] = marshal.loads(data[start:])  # noqa: S302  as it was written by this user
    return found


def _note_use(path: Path) -> None:
    """Let the entry be the last to go. One that another process has thrown away meanwhile is as good, and so is one
    that can only be read. Raises `OSError` for what else is wrong with it."""
    try:
        if abs(time.time() - path.stat().st_mtime) > _DAY:
            os.utime(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise


def _write(path: Path, data: bytes, most: int) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(handle, "wb") as stream:  # noqa: PTH123
            stream.write(_MARK + _hash(data) + data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    found = sorted(path.parent.iterdir(), key=lambda one: one.lstat().st_mtime)
    for old in found[:-most]:
        old.unlink(missing_ok=True)
