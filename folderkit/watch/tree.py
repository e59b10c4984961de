"""What lies in a folder and below it: one walk, that looks closer only at folders which are not as they were."""

from __future__ import annotations

import contextlib
import functools
import marshal
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import cast

from blake3 import blake3

from folderkit.core.errors import os_reason
from folderkit.core.language import Text
from folderkit.core.naming import is_text
from folderkit.core.signature import Aside, Folder, Signature, clamped
from folderkit.watch.cloud import HERE, stub_of
from folderkit.watch.temporary import is_left_by_rsync, is_temporary, may_stay

_TYPE, _FOLDER = 0o170000, stat.S_IFDIR  # the bits of a mode that tell a folder from a file
_MARSHAL = 2  # the last version that does not look for equal values, which takes longer
_Entry = tuple[str, tuple[int, ...]]  # name; mode, what a signature holds, and what marks a placeholder
_looks = attrgetter("st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_dev", "st_ino", *HERE)
MASKS = tuple(HERE.values())  # of these marks
_RULES = b"3"  # another number when what is left alone changes


@dataclass
class Tree:
    """What lies below a folder; paths are relative to it, "" is the folder itself. `files` are those in folders that
    are not as they were; of the others nothing changed, neither names nor sizes nor times. `elsewhere` are those in
    them whose content is not on this computer; None: a stub stands for it."""

    folders: dict[str, Folder] = field(default_factory=dict)
    files: dict[str, Signature] = field(default_factory=dict)
    same: set[str] = field(default_factory=set)
    elsewhere: dict[str, Signature | None] = field(default_factory=dict)
    skipped: list[tuple[str, Text]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)  # folders that could not be read

    def hides(self, path: str) -> bool:
        """Whether `path` may be there although it was not seen."""
        return any(path.startswith(f"{folder}/") or not folder for folder in self.closed)

    def count(self) -> int:
        """How many files there are."""
        return sum(folder.files for folder in self.folders.values())


def walk(root: Path, ignore: Sequence[str], before: Mapping[str, Folder]) -> Tree:
    """Look at everything below `root`, but for what is left alone; `before` is what was seen the last time."""
    tree = Tree()
    ignored = tuple(ignore)
    rules, place = _RULES + marshal.dumps(ignored), f"{root}/"
    waiting = [("", 0, 0)]
    while waiting:
        folder, device, inode = waiting.pop()
        try:
            entries = _entries(place + folder)  # a Path for each costs more
        except OSError as error:
            tree.closed.append(folder)
            tree.folders[folder] = Folder(device, inode)
            tree.skipped.append((folder or ".", why(error)))
            continue
        look = blake3(rules + marshal.dumps(entries, _MARSHAL)).digest()
        known = before.get(folder)
        if known is not None and known.look == look:
            tree.same.add(folder)
            moved = known.inode != inode or known.device != device
            tree.folders[folder] = known._replace(device=device, inode=inode) if moved else known
        else:
            files, skipped, aside = _look_closer(folder, entries, tree, ignored)
            tree.folders[folder] = Folder(device, inode, b"" if skipped else look, files, aside)
        waiting += [(f"{folder}/{name}" if folder else name, seen[4], seen[5]) for name, seen in entries
                    if seen[0] & _TYPE == _FOLDER and _is_entered(name, ignored)]
    return tree


def _entries(folder: str) -> list[_Entry]:
    """What lies directly in a folder, in the system's order, which stays while nothing changes."""
    if os.scandir not in os.supports_fd:  # Windows
        return _entries_of(folder)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:  # the system finds the entries of an open folder faster than those of a path
        return _entries_of(handle)
    finally:
        os.close(handle)


def _entries_of(folder: str | int) -> list[_Entry]:
    try:
        with os.scandir(folder) as entries:  # in one expression: this is where a scan spends its time
            return [(entry.name, _looks(entry.stat(follow_symlinks=False))) for entry in entries]
    except FileNotFoundError:  # an entry is gone since, or the folder
        found = []
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.name, _looks(entry.stat(follow_symlinks=False))))
        return found


@functools.lru_cache(maxsize=4096)
def _is_entered(name: str, ignored: tuple[str, ...]) -> bool:
    """Folders of one skeleton have the same names in every project."""
    return is_text(name) and not is_temporary(name, ignored, folder=True)


def _look_closer(folder: str, entries: Sequence[_Entry], tree: Tree, ignore: Sequence[str]
                 ) -> tuple[int, int, tuple[Aside, ...]]:
    """Note the files of a folder; returns how many there are, how many entries are skipped, and which are not kept."""
    files = skipped = 0
    aside = []
    for name, seen in entries:
        mode = seen[0]
        path = f"{folder}/{name}" if folder else name
        if not is_text(name):
            why_not = Text("its name is not valid text", "文件名不是有效的文字")
            tree.skipped.append((path.encode(errors="replace").decode(), why_not))
            skipped += 1
        elif stat.S_ISDIR(mode):
            continue
        elif is_temporary(name, ignore) or is_left_by_rsync(name, mode):
            if stat.S_ISREG(mode) and may_stay(name, ignore):
                aside.append(Aside(name, "temporary", _signature(seen)))
        elif stat.S_ISREG(mode):
            if original := stub_of(name, seen[1]):
                if is_temporary(original, ignore):
                    continue
                tree.elsewhere.setdefault(f"{folder}/{original}" if folder else original, None)
            elif MASKS and any(mark & mask for mark, mask in zip(seen[6:], MASKS, strict=True)):
                tree.elsewhere[path] = _signature(seen)
            else:
                tree.files[path] = _signature(seen)
                files += 1
        else:
            tree.skipped.append((path, Text("a link", "链接") if stat.S_ISLNK(mode)
                                 else Text("no regular file", "不是普通文件")))
            skipped += 1
    return files, skipped, tuple(aside)


def _signature(seen: tuple[int, ...]) -> Signature:
    return clamped(cast("Signature", seen[1:6]))


def why(error: OSError) -> Text:
    """Why something could not be read, in a few words."""
    if isinstance(error, PermissionError):
        return Text("permission is denied", "没有权限")
    reason = os_reason(error)
    return Text(f"cannot be read: {reason.en}", f"无法读取：{reason.zh}")
