"""What happened: the journal's entries, newest first."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Container

from folderkit.core.events import Entry
from folderkit.store import Store


def log(store: Store, project: str | None, limit: int, without: Container[str] = ()) -> list[Entry]:
    """The last `limit` entries of the journal, of one project when it is given, but for the kinds (`op`)
    in `without`; newest first."""
    entries = (entry for entry in store.journal.read() if entry.op not in without
               if project is None or getattr(entry.event, "project", getattr(entry.event, "batch", "")) == project)
    return list(reversed(deque(entries, maxlen=min(limit, sys.maxsize))))
