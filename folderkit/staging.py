"""Something is made aside, for longer than a batch, and then put in its place: intended first, and under a lock of its
own, by which others tell a maker that is at work from one that is gone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from folderkit.catalog import PendingRow
from folderkit.core import events
from folderkit.core.errors import FolderkitError
from folderkit.core.lock import Lock
from folderkit.store import Batch, Store


@contextlib.contextmanager
def making_aside(store: Store, intention: events.Intended, clear: Callable[[], None]) -> Iterator[None]:
    """The body makes what is intended, and concludes it. After an error that came before, what was made is cleared;
    what cannot be done now is by the next start."""
    lock = _lock(store, intention.batch)
    try:
        with lock:
            with store.batch() as batch:
                batch.add(intention)
            try:
                yield
            except BaseException:
                _undo(store, intention.batch, clear)
                raise
    finally:
        lock.path.unlink(missing_ok=True)


def _undo(store: Store, identity: str, clear: Callable[[], None]) -> None:
    with contextlib.suppress(OSError, FolderkitError), store.batch() as batch:
        if not _is_pending(store, identity):
            return  # all was recorded when the error came
        clear()
        batch.add(events.Concluded(identity, "undone"))
    with contextlib.suppress(OSError):  # also when nothing can be recorded now
        clear()


@contextlib.contextmanager
def left_by_one_gone(store: Store, pending: PendingRow) -> Iterator[Batch | None]:
    """A batch in which to conclude what a process left; None while that is at work, or when another one just did."""
    lock = _lock(store, pending.batch)
    if not lock.acquire(0):
        yield None
        return
    try:
        with store.batch() as batch:
            yield batch if _is_pending(store, pending.batch) else None
    finally:
        lock.release()
        lock.path.unlink(missing_ok=True)


def _lock(store: Store, identity: str) -> Lock:
    return Lock(store.workspace.state / f"staging-{identity}.lock")


def _is_pending(store: Store, identity: str) -> bool:
    return store.catalog.is_pending(identity)
