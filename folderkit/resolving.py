"""The skeletons of a workspace by their names, with the templates and registers that they may refer to."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from folderkit.core import located, resources, settings
from folderkit.core.errors import did_you_mean, unknown
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.rules import Names, Rule, read_rules
from folderkit.skeletons import Known, Skeleton, read_skeleton


class _Names(Collection[str]):
    """Names that a room knows; it is loaded when a skeleton refers to one."""

    def __init__(self, load: Callable[[], Collection[str]]) -> None:
        self._load = load

    @functools.cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._load())

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def known_names(workspace: Path | None, *, rules: bool = False) -> Known:
    """The templates and registers that a skeleton may refer to, and the papers that its rules may, when these are to
    be read."""
    return Known(list(resources.find("templates", workspace)), _Names(_register_names),
                 _Names(_paper_names) if rules else None)


def _register_names() -> Collection[str]:
    from folderkit.registers import schema_names

    return schema_names()


def _paper_names() -> Collection[str]:
    from folderkit.intake.papers import papers

    return papers()


def find_skeleton(workspace: Path | None, name: str) -> Skeleton:
    """The skeleton of that name. Raises `Misuse` when there is none, `Faults` when it is broken."""
    found = resources.find("skeletons", workspace)
    if name not in found:
        raise unknown(Text("skeleton", "骨架"), name, found)
    return read_skeleton(found[name], known_names(workspace))


def skeleton_of(workspace: Path, project: Project, *, rules: bool = False) -> Skeleton | None:
    """The skeleton that a project was made from, when it is still there; its `rules` are read when they are asked for.
    Raises `Faults` when it is broken."""
    place = resources.find("skeletons", workspace).get(project.skeleton)
    return read_skeleton(place, known_names(workspace, rules=rules)) if place else None


def rules_off(workspace: Path) -> frozenset[str]:
    """The rules of the check of registers that the workspace has switched off. Raises `Faults` for one that there is
    not, with its line."""
    from folderkit.registers.check import BY_ID

    faults: list[located.Fault] = []
    reader = located.read(workspace / settings.FILE, faults)
    found = settings.read_off(reader)
    for name in found:
        if name not in BY_ID:
            tip = did_you_mean(name, BY_ID) or Text("The guide lists them: folderkit guide checks",
                                                    "全部规则见：folderkit guide checks")
            reader.at("registers").fault_at("off", Text(f"There is no rule '{name}'. {tip.en}",
                                                        f"没有规则“{name}”。{tip.zh}"))
    located.raise_if_any(faults)
    return frozenset(found)


def rules_of(workspace: Path, skeleton: Skeleton | None) -> tuple[Rule, ...]:
    """The rules by which a project's inbox is filed, its workspace's own first. Raises `Faults`."""
    faults: list[located.Fault] = []
    own = read_rules(located.read(workspace / settings.FILE, faults), Names(None, None, _Names(_paper_names)))
    located.raise_if_any(faults)
    return (*own, *(skeleton.rules if skeleton else ()))
