"""Make a tree of files from a dict, and read one back into a dict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def make_tree(root: Path, files: Mapping[str, str | bytes | None]) -> Path:
    """Make files below `root` (path → content; None makes a folder), with the folders they need."""
    for name, content in files.items():
        path = root / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def read_tree(root: Path, *, private: bool = False) -> dict[str, bytes | None]:
    """Everything below `root`: path → content, folders → None; folderkit's private state only when asked."""
    found: dict[str, bytes | None] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if private or not name.startswith(".folderkit"):
            found[name] = path.read_bytes() if path.is_file() else None
    return found
