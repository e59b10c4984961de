"""Files that lie in projects and of which no version is kept: what a person should know of them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import NamedTuple

from folderkit.core.signature import Aside
from folderkit.store import Store
from folderkit.watch import has_stub, quiet_seconds

PARKED_SECONDS = 24 * 3600.0  # a temporary that was quiet so long is told


class Parked(NamedTuple):
    """A file of a temporary's name that stays; `path` is relative to the workspace, `size` in bytes, `since` (UTC) when
    it last changed."""

    path: str
    size: int
    since: dt.datetime


def parked(store: Store) -> list[Parked]:
    """The temporaries that have not changed for a day, as the last scan saw them, by path."""
    now = store.clock()
    quiet = [(path, one.signature[0], quiet_seconds(one.signature, now.timestamp()))
             for path, one in _aside(store, "temporary")]
    return sorted(Parked(path, size, now - dt.timedelta(seconds=min(seconds, now.timestamp())))
                  for path, size, seconds in quiet if seconds >= PARKED_SECONDS)


def not_here(store: Store) -> list[str]:
    """The files of whose content, as the last scan saw it, there is no version, since it is not on this computer."""
    return sorted(path for path, _ in _aside(store, "cloud"))


def _aside(store: Store, why: str) -> Iterator[tuple[str, Aside]]:
    """Those that are still there."""
    return ((path, one) for path, one in store.catalog.aside()
            if one.why == why and (os.path.lexists(store.workspace.root / path)
                                   or has_stub(str(store.workspace.root / path))))
