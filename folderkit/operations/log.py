"""What happened: the journal's entries, newest first."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Container

from folderkit.core.events import Entry
from folderkit.store import Store


def _projects(entry: Entry) -> tuple[str, ...]:
    """The projects that an entry is about; the batch of a new one is its id."""
    names = ("project", "old_project") if hasattr(entry.event, "project") else ("batch",)
    return tuple(getattr(entry.event, name, "") for name in names)


def log(store: Store, project: str | None, limit: int, without: Container[str] = ()) -> list[Entry]:
    """The last `limit` entries of the journal, of one project when it is given, but for the kinds (`op`)
    in `without`; newest first."""
    entries = (entry for entry in store.journal.read() if entry.op not in without
               if project is None or project in _projects(entry))
    return list(reversed(deque(entries, maxlen=min(limit, sys.maxsize))))
