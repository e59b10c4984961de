"""Folders that are made durably, and taken away again where nothing came into them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from folderkit.core.durability import sync_folder
from folderkit.core.language import Text


def missing_folders(folder: Path) -> list[Path]:
    """`folder` and those above it that are not there, outermost first."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.insert(0, folder)
        folder = folder.parent
    return missing


def make_folders(folder: Path) -> list[Path]:
    """Make `folder` and those above it, durably; returns those that were not there, outermost first.
    After an error none of them is there."""
    made: list[Path] = []
    try:
        for path in missing_folders(folder):
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                made.append(path)
            sync_folder(path.parent)
    except BaseException:
        remove_empty(made)
        raise
    return made


def obstacle(root: Path, folder: str) -> Text | None:
    """Why nothing can lie in a folder below `root`: it, or one that it lies in, is none."""
    inner = root
    for name in folder.split("/"):
        inner = inner / name
        if inner.is_symlink() or (inner.exists() and not inner.is_dir()):
            shown = inner.relative_to(root).as_posix()
            return Text(f"'{shown}' is not a folder now", f"“{shown}”现在不是文件夹")
    return None


def remove_empty(folders: Iterable[Path]) -> None:
    """Take folders away again that `make_folders` made, where nothing has come into them."""
    for folder in reversed(list(folders)):
        with contextlib.suppress(OSError):
            folder.rmdir()
