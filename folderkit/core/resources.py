"""Where templates and skeletons are found: the workspace's own first, the shipped ones after."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["templates", "skeletons"]
_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(kind: Kind) -> Path:
    """The folder of shipped templates or skeletons: inside the wheel, or beside the package in a checkout."""
    packed = _PACKAGE / "shipped" / kind
    return packed if packed.is_dir() else _PACKAGE.parent / kind


def shared(workspace: Path | None) -> tuple[Path, ...]:
    """The folders of files that every template may include."""
    return (workspace / "templates",) if workspace else ()


def find(kind: Kind, workspace: Path | None) -> dict[str, Path]:
    """Every template or skeleton by name, as its folder; one of the workspace hides a shipped one."""
    manifest = f"{kind.removesuffix('s')}.yaml"
    found: dict[str, Path] = {}
    for place in (shipped(kind), *([workspace / kind] if workspace else [])):
        if place.is_dir():
            found.update({folder.name: folder for folder in sorted(place.iterdir()) if (folder / manifest).is_file()})
    return dict(sorted(found.items()))
