"""What the catalog gives: one row of each kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from folderkit.core.signature import Signature
from folderkit.core.suggestions import Suggested


class ProjectRow(NamedTuple):
    """A project as the journal knows it; `folder` is relative to the workspace."""

    id: str
    folder: str
    skeleton: str
    skeleton_version: int
    language: str
    created: str


class NodeRow(NamedTuple):
    """Where a skeleton's node lies in a project; `content` is what was generated (empty for a folder)."""

    id: str
    path: str
    content: str


class FileRow(NamedTuple):
    """A file that is, or was, in a project; `path` is relative to the project, with slashes."""

    row: int
    id: str
    project: str
    path: str
    present: bool
    content: str
    signature: Signature

    @property
    def size(self) -> int:
        return self.signature[0]


class VersionRow(NamedTuple):
    """One content that a file had. `number` counts from 1; `at` is UTC; `project` and `path` are where it was; a
    `pruned` one was let go; of an `incomplete` one the end is missing, by its format."""

    file: str
    number: int
    at: dt.datetime
    who: str
    why: str
    restored: int
    project: str
    path: str
    content: str
    size: int
    mtime_ns: int
    pruned: bool
    incomplete: bool


class KeptRow(NamedTuple):
    """One version of one file among all; `folder` is that of the project in which it
    was kept, relative to the workspace, `at` in ISO form."""

    file: str
    number: int
    at: str
    folder: str
    path: str
    content: str


class DocumentRow(NamedTuple):
    """One filled version of a document; `at` is UTC, `note` says what was new in it, `path` is where its `file` lies,
    or lay last, in its project; `content` is what was made ("": not known), `basis` what it was filled from, as the
    journal has it."""

    version: str
    at: dt.datetime
    author: str
    note: str
    template: str
    file: str
    path: str
    present: bool
    content: str
    basis: dict[str, Any]


class BackupRow(NamedTuple):
    """The last backup at one place; `at` is UTC, `number` the last line of the journal that it holds, `damaged` how
    many of its files are not whole."""

    place: str
    at: dt.datetime
    who: str
    number: int
    damaged: int


class Reading(NamedTuple):
    """What was read of a content: the state of that, its title, its (place, text) passages, what it says of itself
    by name, and what its text suggests."""

    state: str
    title: str
    passages: Sequence[tuple[str, str]]
    properties: Mapping[str, str] = MappingProxyType({})
    suggested: Sequence[Suggested] = ()


class UnreadRow(NamedTuple):
    """A content to be read: a path it lies at, and the number under which an earlier reading is kept (0: none)."""

    content: str
    path: str
    number: int


class PendingRow(NamedTuple):
    """A change that was begun and not concluded."""

    batch: str
    verb: str
    plan: dict[str, Any]


def shown_facts(facts: Mapping[str, Any]) -> str:
    """What was noted of a file, as one text."""
    return ", ".join(str(one) for value in facts.values() for one in (value if isinstance(value, list) else [value]))
