"""What the journal records and the catalog is made from. The field names are the on-disk format, described
in `guide/vault-format.md`: fields may be added, with a default; none may be renamed or change its meaning."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class _Record:
    """What dataclasses make for each class anew, and that costs more than all else at the start of a command."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


@dataclass(frozen=True, eq=False, repr=False)
class Node(_Record):
    """One node of a skeleton as it was generated: its stable id, its path in the project, and for a
    file the content's BLAKE3 (empty for a folder)."""

    id: str
    path: str
    content: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class ProjectCreated(_Record):
    op: ClassVar[str] = "project.created"
    project: str
    folder: str
    skeleton: str
    skeleton_version: int
    language: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, eq=False, repr=False)
class ProjectMoved(_Record):
    op: ClassVar[str] = "project.moved"
    project: str
    old: str
    folder: str


@dataclass(frozen=True, eq=False, repr=False)
class NodeMoved(_Record):
    """A person renamed or moved the folder or file of a skeleton's node."""

    op: ClassVar[str] = "node.moved"
    project: str
    node: str
    old: str
    path: str


@dataclass(frozen=True, eq=False, repr=False)
class VersionKept(_Record):
    """A file's content was kept. `why`: new, scan, watch, fill, restore, before-restore; `restored` is
    the number of the version that a restore brought back (0: none)."""

    op: ClassVar[str] = "version.kept"
    project: str
    file: str
    path: str
    content: str
    size: int
    mtime_ns: int
    why: str
    restored: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class FileMoved(_Record):
    """A file was renamed or moved. `old_project` is the project that it came from, when that was another one;
    `old` was its path there."""

    op: ClassVar[str] = "file.moved"
    project: str
    file: str
    old: str
    path: str
    old_project: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class FileDeleted(_Record):
    op: ClassVar[str] = "file.deleted"
    project: str
    file: str
    path: str


@dataclass(frozen=True, eq=False, repr=False)
class DocumentFilled(_Record):
    """A template was filled. `series` is what all versions of this document have in common: its name
    without version and date; `author` is who its pages name, `note` says what is new in it. The hashes are
    BLAKE3 of the template's file and of the context as JSON."""

    op: ClassVar[str] = "document.filled"
    project: str
    file: str
    path: str
    template: str
    series: str
    version: str
    author: str
    note: str
    template_hash: str
    data_hash: str


@dataclass(frozen=True, eq=False, repr=False)
class VersionPinned(_Record):
    """A version is never let go, and `why`: it was signed, or archived."""

    op: ClassVar[str] = "version.pinned"
    project: str
    file: str
    number: int
    why: str


@dataclass(frozen=True, eq=False, repr=False)
class VersionPruned(_Record):
    """A version was let go: its content may be gone. `why` names the policy."""

    op: ClassVar[str] = "version.pruned"
    project: str
    file: str
    path: str
    number: int
    content: str
    why: str


@dataclass(frozen=True, eq=False, repr=False)
class BackupMade(_Record):
    """A backup was completed at `place` (a folder): it holds the journal up to the line `number` of the BLAKE3 `hash`,
    and all that it names; with `damaged` not 0, so many faults of the vault are in it, too. `files` and `size` (bytes)
    are the backup's."""

    op: ClassVar[str] = "backup.made"
    place: str
    number: int
    hash: str
    files: int
    size: int
    damaged: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Intended(_Record):
    """A change of several steps is about to begin; `plan` says how to finish or undo it."""

    op: ClassVar[str] = "intended"
    batch: str
    verb: str
    plan: dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Concluded(_Record):
    """The end of an intended change: `outcome` is finished or undone."""

    op: ClassVar[str] = "concluded"
    batch: str
    outcome: str


Event = (ProjectCreated | ProjectMoved | NodeMoved | VersionKept | FileMoved | FileDeleted | DocumentFilled
         | VersionPinned | VersionPruned | BackupMade | Intended | Concluded)
KINDS: dict[str, type[Any]] = {
    kind.op: kind
    for kind in (ProjectCreated, ProjectMoved, NodeMoved, VersionKept, FileMoved, FileDeleted, DocumentFilled,
                 VersionPinned, VersionPruned, BackupMade, Intended, Concluded)
}


@dataclass(frozen=True)
class Entry:
    """One line of the journal: its number from 1, when (UTC), who, the event, and the line's BLAKE3.

    `event` is None for an event of a newer folderkit, which a reader must tolerate; `op` names it.
    """

    number: int
    at: dt.datetime
    who: str
    op: str
    event: Event | None
    hash: str = ""


def to_dict(event: Event) -> dict[str, Any]:
    """The event's fields, as they are written; lists and mappings are the event's own (`asdict` copies them all,
    which took a third of the recording)."""
    values: dict[str, Any] = dict(vars(event))
    if isinstance(event, ProjectCreated):
        values["nodes"] = [dict(vars(node)) for node in event.nodes]
    return values


def from_dict(op: str, data: Mapping[str, Any]) -> Event | None:
    """The event that `op` and its fields describe, or None when its kind is not known; unknown fields are
    ignored. Raises `TypeError` or `KeyError` when a field is missing."""
    kind = KINDS.get(op)
    if kind is None:
        return None
    values = _known(kind, data)
    if kind is ProjectCreated:
        values["nodes"] = tuple(Node(**_known(Node, node)) for node in values["nodes"])
    event: Event = kind(**values)
    return event


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: data[field.name] for field in dataclasses.fields(kind) if field.name in data}
