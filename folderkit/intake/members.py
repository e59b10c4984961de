"""What a zip's directory says, before anything is unpacked: which files there will be, under which harmless names."""

from __future__ import annotations

import errno
import stat
import struct
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from folderkit.core.errors import Failed, Refused
from folderkit.core.language import Text
from folderkit.core.naming import UniqueNames, key_of, safe_name
from folderkit.core.zip_names import names_of

_LOCKED_FLAG = 0x1
_UNIX = 3
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How members may be packed. Those that are packed otherwise are rare, and unfold to gigabytes from one read."""
_END, _END64_LOCATOR, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_SIZE, _LOCATOR_SIZE, _END64_SIZE = 22, 20, 56
_BY_MACHINES = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
_RATIO_FROM = 16 << 20
_MOST_TOLD = 100


@dataclass(frozen=True)
class Bounds:
    """How much an archive may hold."""

    files: int = 10_000
    size: int = 4 << 30
    """Bytes of all files, unpacked."""
    ratio: int = 100
    """How many times the archive's size that may be, from 16 MB on."""
    depth: int = 20
    """Folders within folders."""
    directory: int = 8 << 20
    """Bytes of the list of files."""


class Planned(NamedTuple):
    """A file to be: its name in the archive, and where it will lie."""

    name: str
    path: PurePosixPath
    info: zipfile.ZipInfo


@dataclass
class Members:
    """What will be unpacked."""

    archive: zipfile.ZipFile
    files: list[Planned] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    size: int = 0
    reasons: list[Text] = field(default_factory=list)
    more: int = 0

    def tell(self, reason: Text) -> None:
        """Say what was renamed or left out; of very much, how much more there is."""
        if len(self.reasons) < _MOST_TOLD:
            self.reasons.append(reason)
        else:
            self.more += 1

    @property
    def told(self) -> tuple[Text, ...]:
        more = Text(f"{self.more} more were renamed or left out", f"另有 {self.more} 项被改名或略过")
        return (*self.reasons, more) if self.more else tuple(self.reasons)


def plan(file: BinaryIO, name: str, bounds: Bounds) -> Members:
    """What of an archive will be unpacked, by its directory alone. Raises `Refused` for what is not unpacked at all,
    and `Failed` for what is no whole zip."""
    length = file.seek(0, 2)
    if _directory_size(file, length) > bounds.directory:
        raise _too_much(name)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError, OverflowError) as error:
        raise _no_zip(name) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # its numbers lead before the file's beginning
            raise _no_zip(name) from error
        raise
    infos = archive.infolist()
    members = Members(archive)
    _check(infos, name, length, bounds)
    _place(infos, members, name, bounds)
    return members


def _directory_size(file: BinaryIO, length: int) -> int:
    """The size of the list of files by the record that ends the archive, found as `zipfile` does; 0 without one.
    `zipfile` makes an object of every entry, so that it must not be asked first."""
    tail_size = min(length, (1 << 16) + _END_SIZE)
    file.seek(length - tail_size)
    tail = file.read(tail_size)
    at = len(tail) - _END_SIZE
    if at < 0 or not (tail.startswith(_END, at) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        return 0
    (size,) = struct.unpack_from("<I", tail, at + 12)
    place = length - tail_size + at - _LOCATOR_SIZE
    if place >= _END64_SIZE:
        file.seek(place)
        if file.read(4) == _END64_LOCATOR:
            file.seek(place - _END64_SIZE)
            record = file.read(_END64_SIZE)
            if record.startswith(_END64):
                (size,) = struct.unpack_from("<Q", record, 40)
    return int(size)


def _check(infos: list[zipfile.ZipInfo], name: str, length: int, bounds: Bounds) -> None:
    """Refuse what must not be unpacked at all."""
    size = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if len(infos) > bounds.files or size > bounds.size:
        raise _too_much(name)
    if (size > _RATIO_FROM and size > bounds.ratio * length) or packed > length:
        raise Refused(Text(f"The archive '{name}' unfolds to {size >> 20} MB from {length >> 10} kB, as bombs do.",
                           f"压缩包“{name}”从 {length >> 10} kB 展开为 {size >> 20} MB，像是“压缩炸弹”。"),
                      Text("If you trust it, unpack it with another program.", "若确信安全，请用其他程序解压。"))
    if any(info.flag_bits & _LOCKED_FLAG for info in infos):
        raise Refused(Text(f"The archive '{name}' needs a password.", f"压缩包“{name}”有密码。"),
                      Text("Unpack it with another program, and drop in what it held.",
                           "请用其他程序解压，再放入其中的文件。"))
    if any(info.compress_type not in _METHODS for info in infos if not info.filename.endswith("/")):
        raise Refused(Text(f"The archive '{name}' is packed in a way that is rarely used.",
                           f"压缩包“{name}”采用了少见的压缩方式。"),
                      Text("Unpack it with another program, and drop in what it held.",
                           "请用其他程序解压，再放入其中的文件。"))


def _too_much(name: str) -> Refused:
    return Refused(Text(f"The archive '{name}' holds more than is unpacked here.", f"压缩包“{name}”中的内容过多。"),
                   Text("Unpack it with another program.", "请用其他程序解压。"))


def _no_zip(name: str) -> Failed:
    return Failed(Text(f"'{name}' is no whole zip archive.", f"“{name}”不是完整的 zip 压缩包。"),
                  Text("Ask the sender for the archive once more.", "请让对方重新发送压缩包。"))


def _place(infos: list[zipfile.ZipInfo], members: Members, archive: str, bounds: Bounds) -> None:
    """Give every member its place; what is no file, or made by a machine, is left out."""
    names = names_of(infos)
    tree = _Tree(members)
    for info, name in zip(infos, names, strict=True):
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        if len(parts) > bounds.depth:
            raise Refused(Text(f"The archive '{archive}' has folders nested too deeply.",
                               f"压缩包“{archive}”中的文件夹嵌套过深。"),
                          Text("Unpack it with another program.", "请用其他程序解压。"))
        why = _left_out(info, parts)
        if why is not None:
            members.tell(Text(f"'{shown(name)}' was left out: {why.en}", f"“{shown(name)}”未解压：{why.zh}"))
        elif name.endswith(("/", "\\")):
            tree.folder(parts)
        else:
            tree.file(name, parts, info)
        if len(members.folders) > bounds.files:
            raise _too_much(archive)


def _left_out(info: zipfile.ZipInfo, parts: list[str]) -> Text | None:
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode) if info.create_system == _UNIX or mode else 0
    if kind == stat.S_IFLNK:
        return Text("it is a link", "它是链接")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return Text("it is a device or the like", "它是设备之类的特殊文件")
    if any(part.lower() in _BY_MACHINES for part in parts) or (parts and parts[-1].startswith("._")):
        return Text("a system made it, not a person", "它由系统生成，不是用户的文件")
    return None


def shown(name: str) -> str:
    """A name as it can be shown, whatever it holds."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name[:100])


class _Tree:
    """Places below the folder, each taken once, also where Windows and macOS see no difference."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._names: defaultdict[PurePosixPath, UniqueNames] = defaultdict(UniqueNames)
        self._folders: dict[tuple[PurePosixPath, str], PurePosixPath] = {}

    def folder(self, parts: Iterable[str]) -> PurePosixPath:
        """Where a folder of the archive lies; it is made where it is new."""
        place = PurePosixPath()
        for part in parts:
            if part == ".." or _is_drive(part):
                continue  # told with the file
            known = self._folders.get((place, key_of(part)))
            if known is None:
                name = self._names[place].take(safe_name(part, "folder"))
                known = place / name
                self._folders[place, key_of(part)] = known
                self._members.folders.append(known)
            place = known
        return place

    def file(self, name: str, parts: list[str], info: zipfile.ZipInfo) -> None:
        """Take a place for a file."""
        members = self._members
        place = self.folder(parts[:-1])
        last = parts[-1] if parts and parts[-1] != ".." else ""
        path = place / self._names[place].take(safe_name(last, "file"))
        if path.as_posix() != name:
            members.tell(Text(f"'{shown(name)}' was unpacked as '{path}'", f"“{shown(name)}”解压为“{path}”"))
        members.files.append(Planned(name, path, info))
        members.size += info.file_size


def _is_drive(part: str) -> bool:
    return len(part) == 2 and part[1] == ":" and part[0].isascii() and part[0].isalpha()
