"""What lies in a folder and below it: one walk, that looks closer only at folders which are not as they were."""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blake3 import blake3

from folderkit.core.errors import os_reason
from folderkit.core.language import Text
from folderkit.core.naming import is_text
from folderkit.core.signature import Folder, Signature, clamped
from folderkit.watch.temporary import is_temporary

_TYPE = 0o170000  # the bits of a mode that tell a folder from a file
_MARSHAL = 2  # the last version that does not look for equal values, which takes longer
_Entry = tuple[str, int, int, int, int, int, int]  # name, mode, and what a signature holds
_RULES = b"1"  # another number when what is left alone changes


@dataclass
class Tree:
    """What lies below a folder; paths are relative to it, "" is the folder itself. `files` are those in folders that
    are not as they were; of the others nothing changed, neither names nor sizes nor times."""

    folders: dict[str, Folder] = field(default_factory=dict)
    files: dict[str, Signature] = field(default_factory=dict)
    same: set[str] = field(default_factory=set)
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
    rules = _RULES + marshal.dumps(tuple(ignore))
    waiting = [("", 0, 0)]
    while waiting:
        folder, device, inode = waiting.pop()
        try:
            entries = _entries(os.path.join(root, folder))  # noqa: PTH118  a Path for each costs more
        except OSError as error:
            tree.closed.append(folder)
            tree.folders[folder] = Folder(device, inode)
            tree.skipped.append((folder or ".", why(error)))
            continue
        look = blake3(rules + marshal.dumps(entries, _MARSHAL)).digest()
        known = before.get(folder)
        if known is not None and known.look == look:
            tree.same.add(folder)
            tree.folders[folder] = Folder(device, inode, look, known.files)
            waiting.extend(_folders(folder, entries, ignore))
        else:
            files, skipped = _look_closer(folder, entries, tree, ignore)
            tree.folders[folder] = Folder(device, inode, b"" if skipped else look, files)
            waiting.extend(_folders(folder, entries, ignore))
    return tree


def _entries(folder: str) -> list[_Entry]:
    """What lies directly in a folder, in the system's order, which stays while nothing changes."""
    try:
        with os.scandir(folder) as entries:  # in one expression: this is where a scan spends its time
            return [(entry.name, (status := entry.stat(follow_symlinks=False)).st_mode, status.st_size,
                     status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino) for entry in entries]
    except FileNotFoundError:  # an entry is gone since, or the folder
        found = []
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    found.append((entry.name, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns,
                                  status.st_dev, status.st_ino))
        return found


def _folders(folder: str, entries: Sequence[_Entry], ignore: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    for name, _, _, _, _, device, inode in [entry for entry in entries if entry[1] & _TYPE == stat.S_IFDIR]:
        if is_text(name) and not is_temporary(name, ignore, folder=True):
            yield f"{folder}/{name}" if folder else name, device, inode


def _look_closer(folder: str, entries: Sequence[_Entry], tree: Tree, ignore: Sequence[str]) -> tuple[int, int]:
    """Note the files of a folder; returns how many there are, and how many entries are skipped."""
    files = skipped = 0
    for name, mode, *signature in entries:
        path = f"{folder}/{name}" if folder else name
        if not is_text(name):
            why_not = Text("its name is not valid text", "文件名不是有效的文字")
            tree.skipped.append((path.encode(errors="replace").decode(), why_not))
            skipped += 1
        elif stat.S_ISDIR(mode) or is_temporary(name, ignore):
            continue
        elif stat.S_ISREG(mode):
            size, modified, changed, device, inode = signature
            tree.files[path] = clamped((size, modified, changed, device, inode))
            files += 1
        else:
            tree.skipped.append((path, Text("a link", "链接") if stat.S_ISLNK(mode)
                                 else Text("no regular file", "不是普通文件")))
            skipped += 1
    return files, skipped


def why(error: OSError) -> Text:
    """Why something could not be read, in a few words."""
    if isinstance(error, PermissionError):
        return Text("permission is denied", "没有权限")
    reason = os_reason(error)
    return Text(f"cannot be read: {reason.en}", f"无法读取：{reason.zh}")
