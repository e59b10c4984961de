"""A workspace: the folder of projects, its settings, and where its private state lies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from folderkit.core import project as project_
from folderkit.core import safefiles, settings
from folderkit.core.errors import Refused, os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Language, Text
from folderkit.core.naming import is_text
from folderkit.core.settings import FILE, Settings

STATE_FOLDER = ".folderkit"
MOUNTS = Path("/proc/mounts")  # what is mounted where, on Linux
PROJECT_DEPTH = 6  # projects lie at most so many levels below the workspace's root, or below 'projects'
_SYNCED = re.compile(r"onedrive|dropbox|google ?drive|googledrive|my drive|我的坚果云|坚果云|nutstore|icloud ?drive"
                     r"|mobile documents|com~apple~clouddocs", re.IGNORECASE)
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "davfs", "fuse.davfs2", "9p", "afpfs"}


class Workspace(NamedTuple):
    """An opened workspace. `state` holds catalog, locks and pending work; `vault` holds the versions."""

    root: Path
    settings: Settings
    state: Path
    vault: Path

    def project_folders(self) -> Iterator[Path]:
        """Every project folder on disk now, in the order of their names."""
        yield from _project_folders(self.root, PROJECT_DEPTH)
        new = Path(self.settings.projects)
        if len(new.parts) >= PROJECT_DEPTH:  # projects are made deeper than one would look
            yield from _project_folders(self.root / new, PROJECT_DEPTH)


def _project_folders(folder: Path, depth: int) -> Iterator[Path]:
    try:
        inner = sorted(entry.path for entry in os.scandir(folder)
                       if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
                       and is_text(entry.name))
    except OSError:  # a folder without permission holds no project that we could serve
        return
    for path in map(Path, inner):
        if _holds_project(path):
            yield path
        elif depth > 1:
            yield from _project_folders(path, depth - 1)


def _holds_project(folder: Path) -> bool:
    try:
        return (folder / project_.FILE).is_file()
    except PermissionError:  # the folder is closed to this user
        return False


def state_of(folder: Path) -> Literal["there", "gone", "closed"]:
    """Whether a folder is there, or is closed to this user, or lies in one that is."""
    try:
        there = folder.is_dir()
    except PermissionError:
        return "closed"
    return "gone" if not there else "there" if os.access(folder, os.R_OK | os.X_OK) else "closed"


def find_root(start: Path) -> Path | None:
    """The nearest folder from `start` upwards that is a workspace, or None."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)


def open_workspace(start: Path, environ: Mapping[str, str]) -> Workspace:
    """The workspace around `start`. Raises `Refused` when there is none, `Faults` on broken settings."""
    root = find_root(start)
    if root is None:
        raise Refused(
            Text(f"'{start}' is not in a folderkit workspace.", f"“{start}”不在 folderkit 工作区内。"),
            Text("Go to your workspace, name it with -C DIR, or make one with 'folderkit init'.",
                 "请进入工作区，或用 -C 指定，或用 folderkit init 新建一个。"))
    found = settings.load(root, environ)
    state = state_folder(root, found.id)
    vault = root / os.path.expanduser(found.vault) if found.vault else state / "vault"  # noqa: PTH111  never raises
    return Workspace(root, found, state, vault)


def refuse_inside(root: Path) -> None:
    """Raise `Refused` when `root` is a workspace or lies in one."""
    outer = find_root(root)
    if outer is None:
        return
    inside = Text(f"'{root}' lies in the workspace '{outer}'.", f"“{root}”在工作区“{outer}”之内。")
    raise Refused(
        Text(f"'{outer}' is already a workspace.", f"“{outer}”已经是工作区。") if outer == root else inside,
        Text("Make a project in it with 'folderkit new NAME --client CLIENT'.",
             "可用 folderkit new 项目名 --client 客户名 在其中新建项目。"))


def create_workspace(root: Path, language: Language, firm_name: str) -> None:
    """Make `root` a workspace. Raises `Refused` when it is one or lies inside one; changes nothing then."""
    refuse_inside(root)
    text = settings.starting_text(os.urandom(8).hex(), language, firm_name)
    made: list[Path] = []
    try:
        made = make_folders(root)
        safefiles.place_new(root / FILE, [text.encode()])
    except OSError as error:
        remove_empty(made)
        raise os_failure(Text("make the workspace in", "建立工作区"), error, root) from None


def is_shared(root: Path, mounts: str | None = None) -> bool:
    """Whether `root` lies in a cloud-synced folder or on a network share, where SQLite must not lie."""
    return any(_SYNCED.search(part) for part in root.parts) or is_remote(root, mounts)


def is_remote(root: Path, mounts: str | None = None) -> bool:
    """Whether `root` lies on a network share, where the system does not tell what others change.

    `mounts` is the text of /proc/mounts (read when None; empty where the system has none).
    """
    if str(root).startswith("\\\\"):
        return True
    longest, kind = "", ""
    for point, its in _mounted(mounts):
        if root.is_relative_to(point) and len(point) >= len(longest):
            longest, kind = point, its
    return kind in _NETWORK


def remote_places(root: Path, mounts: str | None = None) -> tuple[str, ...]:
    """What of `root` lies on a network share: itself, or the folders in it that one is mounted at."""
    if is_remote(root, mounts):
        return (str(root),)
    return tuple(point for point, kind in _mounted(mounts) if kind in _NETWORK and Path(point).is_relative_to(root))


def _mounted(mounts: str | None) -> Iterator[tuple[str, str]]:
    """Where something is mounted, and the kind of its file system."""
    if mounts is None:
        mounts = MOUNTS.read_text(errors="surrogateescape") if MOUNTS.exists() else ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) >= 3:
            yield re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[1]), fields[2]


def state_folder(root: Path, identity: str) -> Path:
    """Where private state lies: `.folderkit` at the root, or the user's data folder for a shared one."""
    if not is_shared(root):
        return root / STATE_FOLDER
    import platformdirs

    state = Path(platformdirs.user_data_dir("folderkit", appauthor=False)) / identity
    if (root / STATE_FOLDER / "vault").exists() and not state.exists():
        raise Refused(
            Text(f"'{root}' is a synced or network folder now, but its private state and versions lie inside it.",
                 f"“{root}”现在是同步或网络文件夹，但私有数据和各版本仍在其中。"),
            Text(f"Move them: mkdir -p \"{state.parent}\"; mv \"{root / STATE_FOLDER}\" \"{state}\"",
                 f"请移出：mkdir -p \"{state.parent}\"; mv \"{root / STATE_FOLDER}\" \"{state}\""))
    return state
