"""What the journal records and the catalog is made from. The field names are the on-disk format, described
in `guide/vault-format.md`: fields may be added, with a default; none may be renamed or change its meaning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One node of a skeleton as it was generated: its stable id, its path in the project, and for a
    file the content's BLAKE3 (empty for a folder)."""

    id: str
    path: str
    content: str = ""


class ProjectCreated(NamedTuple):
    project: str
    folder: str
    skeleton: str
    skeleton_version: int
    language: str
    nodes: tuple[Node, ...]


class ProjectMoved(NamedTuple):
    project: str
    old: str
    folder: str


class NodeMoved(NamedTuple):
    """A person renamed or moved the folder or file of a skeleton's node."""

    project: str
    node: str
    old: str
    path: str


class VersionKept(NamedTuple):
    """A file's content was kept. `why`: new, scan, watch, fill, before-fill, file, register, undo, restore,
    before-restore; `restored` is the number of the version that a restore brought back (0: none); `incomplete`: its
    format says that its end is missing."""

    project: str
    file: str
    path: str
    content: str
    size: int
    mtime_ns: int
    why: str
    restored: int = 0
    incomplete: bool = False


class FileMoved(NamedTuple):
    """A file was renamed or moved. `old_project` is the project that it came from, when that was another one;
    `old` was its path there."""

    project: str
    file: str
    old: str
    path: str
    old_project: str = ""


class FileDeleted(NamedTuple):
    project: str
    file: str
    path: str


class DocumentFilled(NamedTuple):
    """A template was filled. `series` is what all versions of this document have in common: its name
    without version and date; `author` is who its pages name, `note` says what is new in it. The hashes are
    BLAKE3 of the template's file and of the digests of the fields; `content` is what was made, `basis` what it was
    filled from (`folderkit.basis`; empty: nothing was remembered)."""

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
    content: str = ""
    basis: dict[str, Any] = {}  # noqa: RUF012  never changed


class VersionPinned(NamedTuple):
    """A version is never let go, and `why`: it was signed, or archived."""

    project: str
    file: str
    number: int
    why: str


class VersionPruned(NamedTuple):
    """A version was let go: its content may be gone. `why` names the policy."""

    project: str
    file: str
    path: str
    number: int
    content: str
    why: str


class BackupMade(NamedTuple):
    """A backup was completed at `place` (a folder): it holds the journal up to the line `number` of the BLAKE3 `hash`,
    and all that it names; with `damaged` not 0, so many faults of the vault are in it, too. `files` and `size` (bytes)
    are the backup's."""

    place: str
    number: int
    hash: str
    files: int
    size: int
    damaged: int = 0


class FileFiled(NamedTuple):
    """One step of a batch that `undo` takes back. `step`: moved (from `old` to `path`), taken (from `old`, since its
    content lies at `path` already), made (at `path`), replaced (at `path`, where `before` was the content), or noted
    (at `path`, where it stayed). `by` is the rule, or what else did it; `facts` is what was noted of the file, `tags`
    among it; `folders` are those of the project that had to be made for it."""

    project: str
    file: str
    batch: str
    step: str
    old: str
    path: str
    content: str
    before: str
    by: str
    facts: dict[str, Any]
    folders: tuple[str, ...] = ()


class BatchUndone(NamedTuple):
    """A step of a batch was taken back: that of `file` at `path`. Without them, all of it was."""

    batch: str
    file: str = ""
    path: str = ""


class Intended(NamedTuple):
    """A change of several steps is about to begin; `plan` says how to finish or undo it."""

    batch: str
    verb: str
    plan: dict[str, Any]


class Concluded(NamedTuple):
    """The end of an intended change: `outcome` is finished or undone."""

    batch: str
    outcome: str


Event = (ProjectCreated | ProjectMoved | NodeMoved | VersionKept | FileMoved | FileDeleted | DocumentFilled
         | VersionPinned | VersionPruned | BackupMade | FileFiled | BatchUndone | Intended | Concluded)
KINDS: dict[str, type[Any]] = {
    "project.created": ProjectCreated,
    "project.moved": ProjectMoved,
    "node.moved": NodeMoved,
    "version.kept": VersionKept,
    "file.moved": FileMoved,
    "file.deleted": FileDeleted,
    "document.filled": DocumentFilled,
    "version.pinned": VersionPinned,
    "version.pruned": VersionPruned,
    "backup.made": BackupMade,
    "file.filed": FileFiled,
    "batch.undone": BatchUndone,
    "intended": Intended,
    "concluded": Concluded,
}
_OPS = {kind: op for op, kind in KINDS.items()}


class Entry(NamedTuple):
    """One line of the journal: its number from 1, when (UTC), who, the event, and the line's BLAKE3.

    `event` is None for an event of a newer folderkit, which a reader must tolerate; `op` names it.
    """

    number: int
    at: dt.datetime
    who: str
    op: str
    event: Event | None
    hash: str = ""


def op_of(event: Event) -> str:
    """The name of the event's kind, as it is written."""
    return _OPS[type(event)]


def to_dict(event: Event) -> dict[str, Any]:
    """The event's fields, as they are written; lists and mappings are the event's own."""
    values = event._asdict()
    if isinstance(event, ProjectCreated):
        values["nodes"] = [node._asdict() for node in event.nodes]
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
    elif kind is FileFiled:
        values["folders"] = tuple(values.get("folders", ()))
    event: Event = kind(**values)
    return event


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in kind._fields if name in data}
