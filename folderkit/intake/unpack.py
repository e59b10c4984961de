"""Zip archives unpacked into an empty folder: planned from their directory first, then all or nothing.

Source: APPNOTE 6.3.10 (4.3 layout, 4.4.4 flags, 4.6.9 Unicode path). Names without the flag for UTF-8 are in whatever
the sender's Windows used; in Chinese, GBK.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from folderkit.core.durability import sync_all
from folderkit.core.errors import Failed, Refused, os_failure
from folderkit.core.folders import remove_empty
from folderkit.core.language import Text
from folderkit.core.safefiles import write_new
from folderkit.intake.members import Bounds, Members, Planned, plan, shown

_CHUNK = 1 << 16
_NO_DATE = (1980, 1, 1)  # the first day that a zip can tell, which programs write that know none
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)
"""What `zipfile` raises for archives that are damaged, locked or packed in another way."""


@dataclass(frozen=True)
class UnpackedFile:
    """A file that came out of an archive: its name in there, and where it lies below the folder."""

    name: str
    path: PurePosixPath
    size: int


@dataclass(frozen=True)
class Unpacked:
    """What came out of an archive. `told` says of what was renamed or left out, and why."""

    folder: Path
    files: tuple[UnpackedFile, ...]
    told: tuple[Text, ...]


def unpack(path: Path, folder: Path, bounds: Bounds | None = None) -> Unpacked:
    """Unpack the zip at `path` into `folder`, which exists and is empty; archives within it stay packed.

    Raises `Refused` for what is not unpacked at all (a password, a bomb, a folder that is not empty) and `Failed` for
    a damaged archive or a full disk. After any error the folder is empty again.
    """
    try:
        _check_empty(folder)
        with path.open("rb") as file:
            members = plan(file, path.name, bounds or Bounds())
            _check_room(folder, members)
            return _unpack(members, path, folder)
    except OSError as error:
        raise os_failure(Text("unpack", "解压"), error, error.filename or path) from error


def _check_empty(folder: Path) -> None:
    if any(folder.iterdir()):
        raise Refused(Text(f"The folder '{folder.name}' is not empty.", f"文件夹“{folder.name}”不是空的。"),
                      Text("Unpack into a new folder.", "请解压到新的文件夹。"))


def _check_room(folder: Path, members: Members) -> None:
    free = shutil.disk_usage(folder).free
    if members.size > free:
        raise Failed(
            Text(f"The archive unpacks to {members.size >> 20} MB, and the disk has {free >> 20} MB free.",
                 f"解压后有 {members.size >> 20} MB，而磁盘只剩 {free >> 20} MB。"),
            Text("Free some space, then run the command again.", "请先腾出空间，再运行一次。"))


def _unpack(members: Members, path: Path, folder: Path) -> Unpacked:
    made: list[Path] = []
    written: list[Path] = []
    try:
        for relative in members.folders:
            (folder / relative).mkdir()
            made.append(folder / relative)
        for member in members.files:
            target = folder / member.path
            write_new(str(target), _content(members.archive, member, path), _mtime_ns(member.info))
            written.append(target)
        sync_all(folder, [*written, *made, folder])
    except BaseException:
        for target in written:
            with contextlib.suppress(OSError):
                target.unlink()
        remove_empty(made)
        raise
    files = tuple(UnpackedFile(member.name, member.path, member.info.file_size) for member in members.files)
    return Unpacked(folder, files, members.told)


def _content(archive: zipfile.ZipFile, member: Planned, path: Path) -> Iterator[bytes]:
    """A member's bytes; `zipfile` checks their sum at the end, and gives no more than the directory tells."""
    count = 0
    try:
        with archive.open(member.info) as stream:
            while chunk := stream.read(_CHUNK):
                count += len(chunk)
                yield chunk
    except _BROKEN as error:
        raise _damaged(path, member.name) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # the directory names a place before the file's beginning
            raise _damaged(path, member.name) from error
        raise
    if count != member.info.file_size:
        raise _damaged(path, member.name)


def _damaged(path: Path, name: str) -> Failed:
    return Failed(Text(f"'{shown(name)}' in the archive '{path.name}' is damaged; nothing was unpacked.",
                       f"压缩包“{path.name}”中的“{shown(name)}”已损坏，没有解压任何文件。"),
                  Text("Ask the sender for the archive once more.", "请让对方重新发送压缩包。"))


def _mtime_ns(info: zipfile.ZipInfo) -> int | None:
    """When the file was last changed, which zips keep in the sender's local time; None where it is not told."""
    if 0 in info.date_time[:3] or info.date_time[:3] == _NO_DATE:
        return None
    try:
        return int(time.mktime((*info.date_time, 0, 0, -1))) * 10**9
    except (ValueError, OverflowError):
        return None
