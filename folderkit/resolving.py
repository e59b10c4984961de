"""The skeletons of a workspace by their names, with the templates and registers that they may refer to."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from pathlib import Path

from folderkit.core import resources
from folderkit.core.errors import unknown
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.skeletons import Known, Skeleton, read_skeleton


class _RegisterNames(Collection[str]):
    """The names of all registers; their room is loaded when a skeleton refers to one."""

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        from folderkit.registers import schema_names

        return schema_names()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def known_names(workspace: Path | None) -> Known:
    """The templates and registers that a skeleton may refer to."""
    return Known(templates=list(resources.find("templates", workspace)), registers=_RegisterNames())


def find_skeleton(workspace: Path | None, name: str) -> Skeleton:
    """The skeleton of that name. Raises `Misuse` when there is none, `Faults` when it is broken."""
    found = resources.find("skeletons", workspace)
    if name not in found:
        raise unknown(Text("skeleton", "骨架"), name, found)
    return read_skeleton(found[name], known_names(workspace))


def skeleton_of(workspace: Path, project: Project) -> Skeleton | None:
    """The skeleton that a project was made from, when it is still there. Raises `Faults` when it is broken."""
    place = resources.find("skeletons", workspace).get(project.skeleton)
    return read_skeleton(place, known_names(workspace)) if place else None
