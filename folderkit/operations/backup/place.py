"""A backup's folder: where it lies, and the manifest that says what it holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from blake3 import blake3

from folderkit.core import safefiles
from folderkit.core.errors import Failed, Misuse, Refused
from folderkit.core.language import Text
from folderkit.core.workspace import Workspace, find_root
from folderkit.store import writer_of
from folderkit.vault import FORMAT_FILE
from folderkit.vault.copying import PACKS, extents, read_start

MANIFEST = "backup.json"
VAULT = "vault"
OWN_FILES = "workspace-"  # and a number: folders of what the workspace has beside its projects
FORMAT = 1
_HASH = ',\n "hash": "'
_NAME_MOST = 40  # characters of the workspace's name in that of the backup's folder


@dataclass(frozen=True)
class Copied:
    """A file in the backup: so many bytes at its beginning count, of this BLAKE3; `damaged` when it was so in the
    vault."""

    size: int
    hash: str
    damaged: bool = False

    @classmethod
    def of(cls, data: bytes, *, damaged: bool = False) -> Copied:
        return cls(len(data), blake3(data).hexdigest(), damaged)


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `own` is the folder in it of what the workspace has beside its projects, `ends` the number
    and hash of each journal's last line, `files` lie at their paths from the backup's folder."""

    at: dt.datetime
    who: str
    id: str
    name: str
    writer: str
    own: str
    ends: Mapping[str, tuple[int, str]]
    files: Mapping[str, Copied]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files.values())

    @property
    def packs(self) -> list[str]:
        return [path for path in self.files if path.endswith(".pack")]

    def own_files(self) -> dict[str, Copied]:
        """What the workspace has beside its projects, by path from the workspace."""
        return {path.removeprefix(f"{self.own}/"): file for path, file in self.files.items()
                if path.startswith(f"{self.own}/")}


class ManifestDamaged(Failed):
    """The manifest is not as it was written."""


def read_manifest(place: Path) -> Manifest | None:
    """The manifest of the backup at `place`; None when there is none. Raises `ManifestDamaged`, `Refused` when it is of
    a newer folderkit, or `OSError`."""
    try:
        text = (place / MANIFEST).read_bytes()
    except FileNotFoundError:
        return None
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise Refused(Text(f"The backup '{place}' was made by a newer folderkit (format {data['format']}).",
                               f"备份“{place}”由更新版本的 folderkit 建立（格式 {data['format']}）。"),
                          Text("Install a newer folderkit.", "请安装更新的 folderkit。"))
        before = text[: text.rindex(_HASH.encode())]
        if blake3(before).hexdigest() != data["hash"]:
            raise ValueError
        return _decode(data)
    except (ValueError, KeyError, TypeError):
        raise ManifestDamaged(
            Text(f"'{place / MANIFEST}' is damaged.", f"“{place / MANIFEST}”已损坏。"),
            Text("The next 'folderkit backup run' compares everything and writes it again.",
                 "下次 folderkit backup run 会全部重新比较并写入。")) from None


def manifest_by_files(place: Path) -> Manifest:
    """What lies at `place`, where the list of it is damaged or gone: all packs, the journals up to their last whole
    lines, and the newest own files. Raises `Refused` when there is no backup, or `OSError`."""
    vault = place / VAULT
    now = extents(vault, sorted((vault / PACKS).glob("??/*.pack")))
    if not now.ends:
        raise Refused(Text(f"There is no backup in '{place}'.", f"“{place}”中没有备份。"))
    own = max((path for path in place.glob(f"{OWN_FILES}*") if path.name.removeprefix(OWN_FILES).isdigit()),
              key=lambda path: int(path.name.removeprefix(OWN_FILES)), default=place / f"{OWN_FILES}0")
    sizes = {vault / path: size for path, size in (now.packs | now.segments).items()}
    sizes |= {path: path.stat().st_size for path in (vault / FORMAT_FILE, *own.rglob("*")) if path.is_file()}
    name, _, writer = place.name.rpartition("-")
    newest = max(path.stat().st_mtime for path in sizes)
    return Manifest(dt.datetime.fromtimestamp(newest, dt.UTC), "?", writer, name,
                    writer if writer in now.ends else next(iter(now.ends)), own.name, now.ends,
                    {path.relative_to(place).as_posix(): Copied.of(read_start(path, size))
                     for path, size in sizes.items()})


def _decode(data: Mapping[str, Any]) -> Manifest:
    files = {row["path"]: Copied(int(row["bytes"]), str(row["blake3"]), bool(row.get("damaged")))
             for row in data["files"]}
    if not all(is_inside(path) for path in (*files, data["own"])):
        raise ValueError
    return Manifest(dt.datetime.fromisoformat(data["at"]), str(data["who"]), str(data["id"]), str(data["name"]),
                    str(data["writer"]), str(data["own"]),
                    {writer: (int(end["n"]), str(end["hash"])) for writer, end in data["journals"].items()}, files)


def is_inside(path: str) -> bool:
    """Whether a path that something tells leads to a place below where it starts."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path and "\0" not in path


def write_manifest(place: Path, manifest: Manifest) -> None:
    """Put the manifest in the place of the one before, durably."""
    data = {
        "format": FORMAT, "at": manifest.at.isoformat(timespec="milliseconds"), "who": manifest.who, "id": manifest.id,
        "name": manifest.name, "writer": manifest.writer, "own": manifest.own,
        "journals": {writer: {"n": number, "hash": digest} for writer, (number, digest) in manifest.ends.items()},
        "files": [{"path": path, "bytes": file.size, "blake3": file.hash,
                   **({"damaged": True} if file.damaged else {})} for path, file in sorted(manifest.files.items())],
    }
    text = json.dumps(data, ensure_ascii=False, indent=1).rstrip("\n}").encode()
    safefiles.replace_whole(place / MANIFEST, [text, f'{_HASH}{blake3(text).hexdigest()}"\n}}\n'.encode()])


# -- where -----------------------------------------------------------------------------------------
def place_in(target: Path, workspace: Workspace) -> Path:
    """The folder of this workspace's backup in `target`, which may hold those of others. Raises `Refused` where none
    may lie."""
    _refuse_target(target, workspace)
    target = target.resolve()
    writer = writer_of(workspace)
    for place in sorted(target.glob(f"*-{writer}")):
        if _writer_at(place) == writer:
            return place
    name = workspace.root.name[:_NAME_MOST].strip(" .")
    return target / f"{name or 'workspace'}-{writer}"


def _writer_at(place: Path) -> str:
    try:
        found = read_manifest(place)
    except (Failed, Refused):
        return place.name.rpartition("-")[2]
    return found.writer if found else ""


def _refuse_target(target: Path, workspace: Workspace) -> None:
    if not target.is_dir():
        raise Refused(
            Text(f"There is no folder '{target}' to back up to.", f"没有可供备份的文件夹“{target}”。"),
            Text("Connect its disk; or, if it is to be a new one, make the folder first.",
                 "请连接它所在的磁盘；如果要新建，请先建立该文件夹。"))
    real, vault = target.resolve(), workspace.vault.resolve()
    outer = find_root(real)
    if outer or any(real.is_relative_to(inner) for inner in (vault, workspace.state.resolve())):
        raise Refused(
            Text(f"'{target}' lies in '{outer or workspace.vault}', which is to be backed up.",
                 f"“{target}”在“{outer or workspace.vault}”之内，而后者正是要备份的。"),
            Text("Name a folder outside of every workspace, best on another disk.",
                 "请指定工作区之外的文件夹，最好在另一块磁盘上。"))
    if vault.is_relative_to(real):
        raise Refused(
            Text(f"The vault itself lies in '{target}'.", f"版本库本身就在“{target}”中。"),
            Text("Name a folder of its own for backups, best on another disk.",
                 "请为备份指定单独的文件夹，最好在另一块磁盘上。"))


def _is_backup(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() or (folder / VAULT / FORMAT_FILE).is_file()


def find_backup(folder: Path, workspace: Workspace | None) -> Path:
    """The backup that `folder` is or holds: that of `workspace`, or the only one. Raises `Misuse`."""
    if _is_backup(folder):
        return folder
    found = sorted(path for path in folder.glob("*") if _is_backup(path))
    ours = [place for place in found if workspace is not None and _writer_at(place) == writer_of(workspace)]
    if len(ours or found) == 1:
        return (ours or found)[0]
    listed = "\n".join(map(str, found))
    raise Misuse(
        Text(f"'{folder}' holds several backups." if found else f"There is no backup in '{folder}'.",
             f"“{folder}”中有多个备份。" if found else f"“{folder}”中没有备份。"),
        Text(f"Name one of them:\n{listed}" if found else "Make one: folderkit backup run --to DIR",
             f"请指定其中一个：\n{listed}" if found else "建立备份：folderkit backup run --to 文件夹"))
