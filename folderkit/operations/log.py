"""What happened: the journal's entries, newest first."""

from __future__ import annotations

import datetime as dt
import sys
from collections import deque
from collections.abc import Container, Iterator
from typing import NamedTuple

from folderkit.core.events import Entry
from folderkit.store import Store


class Wanted(NamedTuple):
    """Which entries are asked for; None and "" ask for all. `path`: a file or folder of the project, where it lies or
    once lay; `who`: a part of the name; `ops` and `without`: kinds of entries; from `since` until before `until`."""

    project: str = ""
    path: str = ""
    who: str = ""
    ops: Container[str] | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    without: Container[str] = ()


def log(store: Store, wanted: Wanted, limit: int) -> list[Entry]:
    """The last `limit` entries of the journal that are wanted, newest first."""
    file = store.catalog.file_known_at(wanted.project, wanted.path) if wanted.path else None
    entries = (entry for entry in store.journal.read()
               if _is_wanted(entry, wanted) and _is_about(entry, wanted, file.id if file else None))
    return list(reversed(deque(entries, maxlen=min(limit, sys.maxsize))))


def _is_wanted(entry: Entry, wanted: Wanted) -> bool:
    return (entry.op not in wanted.without and (wanted.ops is None or entry.op in wanted.ops)
            and wanted.who.casefold() in entry.who.casefold()
            and (wanted.since is None or entry.at >= wanted.since)
            and (wanted.until is None or entry.at < wanted.until))


def _is_about(entry: Entry, wanted: Wanted, file: str | None) -> bool:
    """Whether an entry is about the project, and about the file or what lies or lay at the path."""
    if not wanted.project:
        return True
    if file is not None and getattr(entry.event, "file", None) == file:
        return True  # wherever it was
    return any(project == wanted.project and (not wanted.path or f"{path}/".startswith(f"{wanted.path}/"))
               for project, path in _places(entry))


def _places(entry: Entry) -> Iterator[tuple[str, str]]:
    """(project, path in it) of what an entry is about, and of where that was before; the batch of a new project is its
    id."""
    event = entry.event
    project = getattr(event, "project", "")
    yield project or getattr(event, "batch", ""), getattr(event, "path", "")
    if old := getattr(event, "old", ""):
        yield getattr(event, "old_project", "") or project, old
