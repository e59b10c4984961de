"""Whether a file is whole: nobody is writing to it, and it is a complete file of its kind.

Facts: a lease (`F_SETLEASE`) is refused while any program of this machine has the file open for writing; it is blind to
other machines. LibreOffice keeps a saved document open, beside its lock file. A copy over SMB that is killed closes the
file as one that is done, so only the format tells. After fcntl(2), APPNOTE.TXT (zip), ISO 32000 (PDF), MS-CFB.
"""

from __future__ import annotations

import math
import os
import re
import signal
import struct
import sys
import time
from collections.abc import Callable, Container, Iterable
from typing import NamedTuple

from folderkit.core.language import Text
from folderkit.core.signature import Signature
from folderkit.watch.health import Waiting

OPEN_SECONDS = 600.0  # a file that stays open, but was quiet so long, is taken as it is
LOCKED_SECONDS = 2.0  # … that short, when its lock file says that a person has it open, or nobody can tell
BROKEN_SECONDS = 10.0  # a file that is not complete may still become so, until it was quiet so long
REMOTE_SECONDS = 10.0  # two looks at a remote file are so far apart
MISSING_SECONDS = 15.0  # a file that is gone may come back, as while Word saves
_LATER_SECONDS, _LATEST_SECONDS = 1.0, 60.0  # until a file is looked at again: as long as it has been waited for
TOLD_SECONDS = 16.0
_FROZEN_COUNT, _FROZEN_SHARE = 20, 0.2  # more files than both at once are not believed to be gone
_AHEAD_SECONDS = 5.0  # a time so far in the future is no time
_HEAD = 1024
_END_OF_ZIP = 22 + 0xFFFF
_END_OF_PDF = 2048  # what mail and scanners append stands behind the end
_FREE, _END_OF_CHAIN = 0xFFFFFFFF, 0xFFFFFFFE  # in a compound file's tables
_JUST_WRITTEN = Text("it was written to a moment ago", "刚刚被写入")
_OPEN = Text("a program has it open for writing", "有程序正打开它写入")
ReadAt = Callable[[int, int], bytes]  # (offset, length) → bytes; fewer at the end


class Verdict(NamedTuple):
    """What was seen of a file as it was read: the seconds for which it was quiet, whether a program has it open for
    writing (None: nobody can tell), why its content is not complete, and whether it is `remote`: on a disk of which
    neither the clock nor who has a file open is known."""

    quiet: float
    is_open: bool | None
    incomplete: Text | None
    remote: bool = False


def judge(path: str, handle: int, signature: Signature, read_at: ReadAt, *, quiet: Callable[[Signature], float],
          remote: Callable[[str], bool]) -> Verdict:
    """Look at a file that is open and was read; what changes it later is seen by its signature. `quiet` gives the
    seconds for which a file was quiet; `remote` tells whether a path is on a disk of which little is known (see
    `Verdict`)."""
    seconds, elsewhere = quiet(signature), remote(path)
    is_open = None if elsewhere else not _is_old(seconds) and _is_written(path, handle)
    return Verdict(seconds, is_open, why_incomplete(signature[0], read_at), elsewhere)


def why_wait(path: str, verdict: Verdict) -> Text | None:
    """Why a file that was read must not be kept yet."""
    if verdict.is_open and not (verdict.quiet >= LOCKED_SECONDS and has_lock_file(path)):
        return _OPEN
    return verdict.incomplete if verdict.quiet < BROKEN_SECONDS else None


class Patience:
    """What a watch knows between its scans: which files it waits for, and since when.

    `waiting` is what an earlier watch waited for; `clock` gives seconds that only go forward, `now` those since
    1970."""

    def __init__(self, waiting: Iterable[Waiting] = (), *, clock: Callable[[], float] = time.monotonic,
                 now: Callable[[], float] = time.time) -> None:
        self._clock, self._now = clock, now
        self._steady = now()  # since when the two clocks are known to go on together
        self._apart = self._steady - clock()
        self._was_set = -math.inf
        self._seen: dict[str, tuple[float, Signature]] = {}  # remote files: since when they look like this
        self._waiting: dict[str, tuple[float, Waiting]] = {}  # since when, by the clock that nobody sets
        for one in waiting:
            waited = min(max(now() - one.since, 0.0), _LATEST_SECONDS)
            self._waiting[one.path] = clock() - waited, one._replace(tries=0)
        self._missing: dict[str, float] = {}  # by file: since when

    def quiet(self, signature: Signature) -> float:
        """For how many seconds a file has been quiet, as far as the clock can be believed: when it was set, or stood
        still in sleep, an earlier time of a file, or one that is ahead, only says that it was quiet since then."""
        now = self._now()
        apart = now - self._clock()
        if abs(apart - self._apart) > _AHEAD_SECONDS:
            self._steady = self._was_set = now
        self._apart = apart
        quiet = quiet_seconds(signature, now)
        return now - self._steady if quiet == math.inf else min(quiet, now - self._was_set)

    def why_unread(self, path: str, signature: Signature, *, long: bool) -> Text | None:
        """Why a remote file must not be read yet. A short one is read when it is seen first, for it may hold nothing
        new; what is read of a long one that is still being copied would fill the vault."""
        since, seen = self._seen.get(path, (0.0, None))
        if seen != signature:
            if not long:
                return None
            since = self._clock()
            self._seen[path] = (since, signature)
        return _JUST_WRITTEN if self._clock() - since < REMOTE_SECONDS else None

    def why_wait(self, path: str, verdict: Verdict, signature: Signature) -> Text | None:
        """As `why_wait`; a file that is still empty is waited for, too: a name is often taken before its content. A
        remote one must look the same twice."""
        if verdict.remote:
            since, seen = self._seen.get(path, (0.0, None))
            if seen != signature:
                self._seen[path] = (self._clock(), signature)
            if seen != signature or self._clock() - since < REMOTE_SECONDS:
                return _JUST_WRITTEN
            del self._seen[path]
            return None
        if signature[0] == 0 and verdict.quiet < BROKEN_SECONDS:
            return Text("it is still empty", "还是空的")
        if verdict.is_open is None and verdict.quiet < LOCKED_SECONDS:
            return _JUST_WRITTEN
        return why_wait(path, verdict)

    def put_off(self, path: str, reason: Text) -> float:
        """Note that a file has to be looked at again; returns in how many seconds. `TOLD_SECONDS` or more: it has been
        waited for so long that a person should know."""
        since, known = self._waiting.get(path) or (self._clock(), Waiting(path, self._now(), 0, ("", "")))
        self._waiting[path] = since, known._replace(tries=known.tries + 1, reason=(reason.en, reason.zh))
        return min(max(self._clock() - since, _LATER_SECONDS), _LATEST_SECONDS)

    def waiting(self) -> tuple[Waiting, ...]:
        """The files that are waited for, the oldest first."""
        return tuple(sorted((one for _, one in self._waiting.values()), key=lambda one: one.since))

    def settle(self, folder: str, left: Container[str]) -> None:
        """Note that below a folder no file is waited for but those that are `left`."""
        def stays(path: str) -> bool:
            return path in left or not path.startswith(f"{folder}{os.sep}")

        self._waiting = {path: one for path, one in self._waiting.items() if stays(path)}
        self._seen = {path: one for path, one in self._seen.items() if stays(path)}

    def forget_outside(self, folders: Iterable[str]) -> None:
        """Note that no file is waited for but those below these folders: others went, or go by other names."""
        inside = tuple(f"{folder}{os.sep}" for folder in folders)
        self._waiting = {path: one for path, one in self._waiting.items() if path.startswith(inside)}
        self._seen = {path: one for path, one in self._seen.items() if path.startswith(inside)}

    def missing(self, file: str) -> float:
        """Note that a file is not at its place; returns for how many seconds more it may come back."""
        since = self._missing.setdefault(file, self._clock())
        left = since + MISSING_SECONDS - self._clock()
        if left <= 0:
            del self._missing[file]
        return max(left, 0.0)

    def present(self, files: Iterable[str]) -> None:
        """Note that files are at their places, or at new ones."""
        if self._missing:
            for file in files:
                self._missing.pop(file, None)


def is_frozen(missing: int, known: int) -> bool:
    """Whether so many of the files that are known are missing that a disk or share may have gone with them."""
    return missing > max(_FROZEN_COUNT, _FROZEN_SHARE * known)


def quiet_seconds(signature: Signature, now: float) -> float:
    """How long ago a file last changed, by the younger of its times; one that is ahead does not count. Infinite: both
    are."""
    ages = (now - signature[1] / 1e9, now - signature[2] / 1e9)
    return min((age for age in ages if age > -_AHEAD_SECONDS), default=math.inf)


def _is_old(quiet: float) -> bool:
    """Whether it does not matter any more who has a file open."""
    return OPEN_SECONDS <= quiet < math.inf


def why_open(path: str, quiet: float) -> Text | None:
    """Why a file that was quiet for so many seconds must not be read yet; None when it may be."""
    if _is_old(quiet) or (quiet >= LOCKED_SECONDS and has_lock_file(path)) or not is_open_for_writing(path):
        return None
    return _OPEN


def lock_file_of(path: str) -> str | None:
    """The file by which LibreOffice, Word, Excel, WPS or AutoCAD says that a person has this one open. Word puts ~$
    before a short name, in the place of the first letter of one with seven before the ending, and of two letters of a
    longer."""
    folder, name = os.path.split(path)
    locks = (f".~lock.{name}#", *(f"~${name[cut:]}" for cut in range(3)), f".~{name}", f"{name.rpartition('.')[0]}.dwl")
    places = (os.path.join(folder, lock) for lock in locks)  # noqa: PTH118
    return next((place for place in places if os.path.lexists(place)), None)  # also where its name would be too long


def has_lock_file(path: str) -> bool:
    return lock_file_of(path) is not None


def is_open_for_writing(path: str) -> bool:
    """Whether a program of this machine is known to have the file open for writing."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False  # reading it will tell
    try:
        return bool(_is_written(path, handle))
    finally:
        os.close(handle)


def _is_written(path: str, handle: int) -> bool | None:
    """Whether a program has an open file open for writing; None where the system does not tell."""
    if sys.platform != "linux":
        return _is_shared_for_writing(path) if os.name == "nt" else None
    import fcntl

    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # who opens it meanwhile breaks the lease by a signal
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # another's file, or a disk that has no leases
        return None
    return False


def _is_shared_for_writing(path: str) -> bool:
    """Windows: whether the file cannot be opened so that nobody else may write to it."""
    import ctypes

    library = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    library.CreateFileW.restype = ctypes.c_void_p
    read, share_read, existing = 0x80000000, 1, 3
    handle = library.CreateFileW(path, read, share_read, None, existing, 0, None)
    if handle in (None, ctypes.c_void_p(-1).value):
        sharing, locked = 32, 33
        return ctypes.get_last_error() in (sharing, locked)  # type: ignore[attr-defined]
    library.CloseHandle(ctypes.c_void_p(handle))
    return False


# -- formats ---------------------------------------------------------------------------------------
def why_incomplete(size: int, read_at: ReadAt) -> Text | None:
    """Why a content is no complete file of its kind; None for one that is, or whose kind does not tell."""
    head = read_at(0, _HEAD)
    if head.startswith(b"PK\3\4"):
        complete = _is_whole_zip(size, read_at)
    elif head.startswith(b"%PDF-"):
        complete = _is_whole_pdf(size, head, read_at)
    elif head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        complete = _is_whole_compound(size, head, read_at)
    else:
        return None
    return None if complete else Text("its end is missing", "文件不完整，缺少结尾")


def _is_whole_zip(size: int, read_at: ReadAt) -> bool:
    """Whether the end record is there, right behind the directory that it names."""
    tail = read_at(max(0, size - _END_OF_ZIP), _END_OF_ZIP)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        return False
    length, start = (int.from_bytes(tail[place + at : place + at + 4], "little") for at in (12, 16))
    is_zip64 = tail[max(0, place - 20) : place].startswith(b"PK\6\7")  # its own records stand between
    return is_zip64 or start + length == size - len(tail) + place  # else the record of a zip in the zip


def _is_whole_pdf(size: int, head: bytes, read_at: ReadAt) -> bool:
    """Whether its end mark is there; one made for the web, which has another near its beginning, says its length."""
    told = re.search(rb"/Linearized\b.*?/L\s+(\d+)", head, re.DOTALL)
    if told and size < int(told[1]):
        return False
    return b"%%EOF" in read_at(max(0, size - _END_OF_PDF), _END_OF_PDF)


def _is_whole_compound(size: int, head: bytes, read_at: ReadAt) -> bool:
    """Whether the last sector in use, by its allocation tables, is in the file."""
    shift = int.from_bytes(head[30:32], "little")
    if shift not in (9, 12):
        return False
    entries = 1 << shift - 2  # in a sector
    tables = _numbers(head[76:512])
    more, left = int.from_bytes(head[68:72], "little"), int.from_bytes(head[72:76], "little")
    while left and more < _FREE - 5 and len(tables) <= size >> shift:  # sectors that list the tables of a large file
        *found, more = _numbers(read_at(more + 1 << shift, 1 << shift)) or (_FREE,)
        tables += found
        left -= 1
    tables = [table for table in tables if table != _FREE]
    for number in reversed(range(len(tables))):
        table = _numbers(read_at(tables[number] + 1 << shift, 1 << shift))
        if len(table) < entries:
            return False
        # an end of a chain says nothing: some programs fill the rest of the table with them
        used = [max(number * entries + place, following if following < _END_OF_CHAIN - 2 else 0)
                for place, following in enumerate(table) if following not in (_FREE, _END_OF_CHAIN)]
        if used:
            return (max(used) + 1) << shift < size
    return bool(tables)


def _numbers(data: bytes) -> list[int]:
    return [number for (number,) in struct.iter_unpack("<I", data[: len(data) // 4 * 4])]
