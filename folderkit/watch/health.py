"""How a running watch is doing, in a file that other commands read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core.lock import Lock

LOCK_FILE, HEALTH_FILE = "watch.lock", "watch.json"  # in the workspace's private state


class Waiting(NamedTuple):
    """A file that is not whole yet: since when it is waited for (seconds since 1970), how often it was looked at, and
    why it is not kept, in English and Chinese."""

    path: str
    since: float
    tries: int
    reason: tuple[str, str]


class Health(NamedTuple):
    """`started` and `scanned` (the end of the last scan of everything) in seconds since 1970; `seconds` that scan took;
    `every` so many seconds comes the next; of the folders, how many the system watches (None: it does not say) and how
    many it does not; `overflows`: how often it dropped events; `frozen`: projects whose missing files are not believed
    to be gone."""

    process: int
    started: float
    scanned: float = 0.0
    seconds: float = 0.0
    every: float = 0.0
    folders: int = 0
    watches: int | None = None
    unwatched: int = 0
    overflows: int = 0
    frozen: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()


def write_health(path: Path, health: Health) -> None:
    """Put it in place of what stands there, in one step; it need not outlive a power cut."""
    beside = path.with_suffix(".new")
    data = {**health._asdict(), "waiting": [one._asdict() for one in health.waiting]}
    beside.write_text(json.dumps(data), encoding="utf-8")
    beside.replace(path)


def read_health(path: Path) -> Health | None:
    """What the last watch said; None when none ran yet, or the file is not what one wrote."""
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
        waiting = tuple(Waiting(str(one["path"]), float(one["since"]), int(one["tries"]),
                                (str(one["reason"][0]), str(one["reason"][1]))) for one in data["waiting"])
        return Health(**{**data, "waiting": waiting, "frozen": tuple(data["frozen"])})
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return None



def watch_status(state: Path) -> tuple[bool, Health | None]:
    """Whether a watch runs for the workspace of this private state, and what it, or the last one, wrote down. Raises
    `OSError`."""
    if not (state / LOCK_FILE).exists():
        return False, None
    lock = Lock(state / LOCK_FILE)
    free = lock.acquire(0)
    if free:
        lock.release()
    return not free, read_health(state / HEALTH_FILE)
