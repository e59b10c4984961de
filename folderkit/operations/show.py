"""What is known of one file: its versions, its text, what it says of itself, what was noted and what it suggests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from folderkit.catalog import FileRow, VersionRow
from folderkit.catalog.filed import noted
from folderkit.core.project import Project
from folderkit.core.suggestions import Suggested
from folderkit.store import Store

_BEFORE, _LONGEST = 30, 80  # characters of a line before what is suggested there, and of the line


class Inside(NamedTuple):
    """A file with its last version; the state of its text, its title, what it says of itself by name, what was noted
    of it, and what its text suggests, each with the line in which that stands."""

    file: FileRow
    version: VersionRow
    state: str
    title: str
    properties: dict[str, str]
    facts: dict[str, Any]
    suggested: list[tuple[Suggested, str]]


def file_known(store: Store, project: Project, path: Path) -> FileRow | None:
    """The file that lies, or lay last, at `path`; None when folderkit knows none there."""
    return store.catalog.file_known_at(project.id, project.inside(path))


def show_file(store: Store, file: FileRow) -> Inside:
    """What is known of a file."""
    _, title, passages = store.catalog.text(file.content)
    filed = noted(store.catalog, file.id)
    found = [(one, _line(passages[one.passage][1], one)) for one in store.catalog.suggested(file.content)]
    return Inside(file, store.catalog.versions(file.id)[-1], store.catalog.text_state(file.content), title,
                  store.catalog.properties(file.content),
                  filed.facts if filed else {}, found)


def _line(text: str, one: Suggested) -> str:
    """The part of a passage around what is suggested there, on one line."""
    begin, end = text.rfind("\n", 0, one.start) + 1, text.find("\n", one.start + one.length)
    end = len(text) if end < 0 else end
    start = max(begin, one.start - _BEFORE)
    stop = min(end, max(start + _LONGEST, one.start + one.length))
    return ("…" if start > begin else "") + " ".join(text[start:stop].split()) + ("…" if stop < end else "")
