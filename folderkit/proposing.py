"""What is known of a file before it is filed or named, the name that its project's convention asks for,
and which names are free."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from folderkit.catalog import FileRow, NodeRow
from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.naming import parts_of
from folderkit.core.project import Project
from folderkit.intake.candidate import Candidate, Reading
from folderkit.intake.noting import title_facts
from folderkit.intake.posts import POSTS, letter_of, type_of_talk
from folderkit.intake.talks import SUFFIXES as TALKS
from folderkit.intake.titles import without_type
from folderkit.intake.types import HEAD, type_of
from folderkit.skeletons import Skeleton
from folderkit.store import Store

INBOX = "inbox"  # the id of the node whose files are sorted
_UNREAD = {"waiting", "encrypted", "broken", "too-big", "timed-out", "crashed"}  # states in which a text is not known


def candidate_of(store: Store, project: Project, row: FileRow) -> Candidate:
    """A file that the catalog knows as it is on disk. Raises `OSError` when it cannot be read."""
    with (project.folder / row.path).open("rb") as stream:
        head = stream.read(HEAD)

    def read() -> Reading:
        state, title, passages = store.catalog.text(row.content)
        return Reading(title, "\n".join(text for _, text in passages), state if state in _UNREAD else "")

    kind = type_of(head, row.path)
    if PurePosixPath(row.path).suffix.lower() in TALKS:
        kind = type_of_talk(project.folder / row.path) or kind
    return Candidate(row.path, row.size, written(row), kind, read,
                     lambda: letter_of(project.folder / row.path, kind) if kind in POSTS else None,
                     lambda: store.catalog.suggested(row.content))


def written(row: FileRow) -> dt.datetime:
    """When a file was last written, in local time."""
    return dt.datetime.fromtimestamp(max(row.signature[1], 0) / 1e9)


class Convention:
    """How the files of a project are named: by the pattern of the folder in which they lie, or of one above it."""

    def __init__(self, project: Project, skeleton: Skeleton | None, nodes: Mapping[str, NodeRow]) -> None:
        self.project, self.nodes = project, nodes
        named = skeleton is not None and skeleton.naming != "{title}"  # else names are left as they are
        self._default = skeleton.naming if skeleton and named else ""
        self._patterns = {node.id: pattern for node, pattern in skeleton.folder_nodes()} if skeleton else {}
        self._by_path = {node.path: node.id for node in nodes.values() if not node.content}

    def folder(self, identity: str) -> str | None:
        """The path of a folder's node, or of the nearest above it that the project has."""
        while identity:
            if identity in self.nodes and not self.nodes[identity].content:
                return self.nodes[identity].path
            identity = identity.rpartition(".")[0]
        return None

    def node_at(self, path: str) -> str:
        """The node of the folder in which a path lies, or of the nearest above it; "" outside of all."""
        for above in PurePosixPath(path).parents:
            if above.as_posix() in self._by_path:
                return self._by_path[above.as_posix()]
        return ""

    def pattern(self, node: str) -> str:
        """The pattern of the files in a node; "" when they keep their names."""
        node = node.partition("@")[0]  # one of several folders that are made for a list
        while node and node not in self._patterns:
            node = node.rpartition(".")[0]
        return self._patterns.get(node, self._default)

    def values(self, candidate: Candidate, kind: str, facts: Mapping[str, str]) -> dict[str, Any]:
        """What a pattern may refer to: the project's facts, what was noted of the file, and what its name tells. A
        file that nothing is known of is of the `kind` "" ."""
        date = dt.date.fromisoformat(facts["date"]) if "date" in facts else candidate.modified.date()
        told = title_facts(candidate, kind, facts, (self.project.code,))
        of_file = {name: value for name, value in {**told, **facts}.items()
                   if not isinstance(self.project.facts.get(name), Mapping)}  # client.name is not hidden by a client
        return {**self.project.facts, **of_file, "type": kind, "date": date, "name": parts_of(candidate.name)[0]}


def missing_in(pattern: str, values: Mapping[str, Any]) -> str:
    """The first name in a pattern that has no value, or ""."""
    return next((name for name in naming.pattern_fields(pattern) if facts_.get(values, name, None) in (None, "")), "")


def expanded(pattern: str, values: Mapping[str, Any], candidate: Candidate) -> str:
    """The name that a pattern gives a file, with the ending that it has; a fact that the project does not have leaves
    its place empty, and where the type stands in it, the title does not say it again."""
    known = copy.deepcopy(dict(values))
    fields = naming.pattern_fields(pattern)
    if "type" in fields and isinstance(known["title"], str):
        known["title"] = without_type(known["title"], known["type"])
    for name in fields:
        if facts_.get(values, name, None) is None:
            facts_.put(known, name, "")
    ending = parts_of(candidate.name)[1].lower().replace("{", "{{").replace("}", "}}")
    name = naming.expand(pattern + ending, known)
    return "" if name == ending else name


class Names:
    """The names in the folders of a project, with those that are planned to be there; one that differs but for case or
    Unicode form is the same. What is put on the disk at once finds its name by `renames.free_beside`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, dict[str, str]] = {}  # by folder: names by their key
        self._planned: dict[str, str] = {}  # the content that will be at a path

    def there(self, folder: str, name: str) -> str:
        """The path of what lies, or will lie, where this name would; "" when nothing does."""
        found = self._in(folder).get(naming.key_of(name))
        return joined(folder, found) if found else ""

    def free(self, folder: str, name: str, own: str) -> str:
        """A path for this name that is free, or is the file's `own`, by a number behind it where need be."""
        numbered = (naming.numbered(name, number) for number in itertools.count(2))
        return next(joined(folder, one) for one in itertools.chain([name], numbered)
                    if joined(folder, one) == own or self.there(folder, one) in ("", own))

    def plan(self, path: str, content: str) -> None:
        folder, _, name = path.rpartition("/")
        self._in(folder)[naming.key_of(name)] = name
        self._planned[path] = content

    def planned(self, path: str) -> str:
        """The content that is going to be at a path; "" when none is."""
        return self._planned.get(path, "")

    def _in(self, folder: str) -> dict[str, str]:
        if folder not in self._known:
            try:
                names = [path.name for path in (self._root / folder).iterdir()]
            except (FileNotFoundError, NotADirectoryError):
                names = []
            self._known[folder] = {naming.key_of(name): name for name in names}
        return self._known[folder]


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
