"""What a workspace has beside its projects and is no version of anything: its settings, templates, skeletons, logo."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3

from folderkit.core import safefiles
from folderkit.core.durability import sync_folder
from folderkit.core.folders import make_folders
from folderkit.core.settings import FILE
from folderkit.core.workspace import Workspace
from folderkit.operations.backup.place import OWN_FILES, Copied, Manifest
from folderkit.watch.temporary import is_temporary

_FOLDERS = ("templates", "skeletons")
_CHUNK = 1 << 20


def own_files(workspace: Workspace) -> dict[str, Path]:
    """These files of a workspace, by path from its root."""
    root = workspace.root
    found = {FILE: root / FILE}
    logo = Path(workspace.settings.firm.logo or root.parent)
    if logo.is_file() and logo.is_relative_to(root) and ".." not in logo.parts:
        found[logo.relative_to(root).as_posix()] = logo
    for name in _FOLDERS:
        for folder, inner, names in os.walk(root / name):
            inner[:] = sorted(part for part in inner if not is_temporary(part, folder=True))
            for file in sorted(names):
                path = Path(folder) / file
                if not is_temporary(file) and path.is_file():
                    found[path.relative_to(root).as_posix()] = path
    return found


def copy_own_files(workspace: Workspace, place: Path, before: Manifest | None, files: dict[str, Copied]) -> str:
    """Copy them into a folder of their own, durably, and add them to `files`; returns the folder's name. When nothing
    has changed, that is the folder of the manifest before. Raises `OSError`."""
    sources = own_files(workspace)
    if before is not None:
        known = before.own_files()
        same = {path: Copied(*_measure(source)) for path, source in sources.items()} == known
        if same and all((place / before.own / path).is_file() for path in known):
            files.update({f"{before.own}/{path}": file for path, file in known.items()})
            return before.own
    numbers = [int(number) for folder in place.glob(f"{OWN_FILES}*")
               if (number := folder.name.removeprefix(OWN_FILES)).isdigit()]
    kept = before.own if before else ""
    for folder in place.glob(f"{OWN_FILES}*"):
        if folder.name != kept:
            shutil.rmtree(folder)  # begun by a run that was interrupted
    own = f"{OWN_FILES}{max(numbers, default=0) + 1}"
    for path, source in sources.items():
        files[f"{own}/{path}"] = _copy(source, place / own / path)
    return own


def _copy(source: Path, target: Path) -> Copied:
    make_folders(target.parent)
    whole = blake3()
    size = 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        for piece in _pieces(source):
            whole.update(piece)
            size += len(piece)
            yield piece

    safefiles.write_durably(target, pieces())
    sync_folder(target.parent)
    if _measure(target) != (size, whole.hexdigest()):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
    return Copied(size, whole.hexdigest())


def _measure(path: Path) -> tuple[int, str]:
    """A file's length and BLAKE3."""
    whole = blake3()
    size = 0
    for piece in _pieces(path):
        whole.update(piece)
        size += len(piece)
    return size, whole.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece
