"""Put a file at its place in a project and record it, both or neither: intended, written beside, swapped in,
recorded. Whatever interrupts that, the next start finishes or undoes it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.catalog import PendingRow
from folderkit.core import events, safefiles
from folderkit.core.errors import FolderkitError
from folderkit.core.events import Event
from folderkit.core.signature import Signature, signature_of
from folderkit.store import Batch, Store, new_id
from folderkit.watch.settling import is_open_for_writing

VERB = "place"


class ChangedError(Exception):
    """What stands at the target is not what was seen there."""


class Placement(NamedTuple):
    """A file to be placed. `seen` is what stands at `target` (None: nothing); its content is in the vault, in a
    version that is recorded or in the batch. `events` say what it means, among them one `VersionKept`, whose
    time is set when the file is there."""

    target: Path
    content: str
    seen: Signature | None
    events: Sequence[Event]


def place(store: Store, batch: Batch, placement: Placement, pieces: Iterable[bytes]) -> None:
    """Put `pieces` at the target and record what it means. Raises `ChangedError`, or `OSError`; what the batch held
    before is recorded then, and the folder is as it was."""
    target, identity = placement.target, new_id()
    written, aside = safefiles.temporary_beside(target), safefiles.temporary_beside(target)
    plan = {"path": os.path.relpath(target, store.workspace.root).replace(os.sep, "/"), "content": placement.content,
            "temporary": [written.name, aside.name]}
    batch.add(events.Intended(identity, VERB, {
        **plan, "events": [[events.op_of(event), events.to_dict(event)] for event in placement.events]}))
    batch.record()
    made: list[Path] = []
    placed = False
    try:
        made = safefiles.make_folders(target.parent)
        if placement.seen is None:
            safefiles.place_new(target, pieces)
        else:
            _swap(target, pieces, placement.seen, written, aside)
        placed = True
        _add_events(batch, placement.events, target)
        batch.add(events.Concluded(identity, "finished") if placement.seen is None else
                  events.Intended(identity, VERB, {**plan, "events": []}))  # what it replaced is to be taken away
        batch.record()
    except BaseException:
        if not placed or batch.events:  # else it is recorded
            with _or_next_start(batch):
                if placed or placement.seen is not None:
                    _put_back(store, placement, written, aside)
                safefiles.remove_empty(made)
                batch.events, batch.signatures = [events.Concluded(identity, "undone")], []
                batch.record()
        raise
    if placement.seen is not None:
        with _or_next_start(batch):
            remove_kept(store, aside, target)
            batch.add(events.Concluded(identity, "finished"))
            batch.record()


@contextlib.contextmanager
def _or_next_start(batch: Batch) -> Iterator[None]:
    """What fails in here, the next start does: it is intended, and not concluded."""
    try:
        yield
    except (OSError, sqlite3.Error, FolderkitError):
        batch.events, batch.signatures = [], []


def is_kept(store: Store, path: Path) -> bool:
    """Whether nothing is lost with a file: a version has its content and no program has it open. Raises `OSError`."""
    return not is_open_for_writing(str(path)) and store.blobs.has(safefiles.content_of(path))


def remove_kept(store: Store, aside: Path, target: Path) -> None:
    """Delete a file that was taken from the place `target`; one that nobody has kept, since somebody saved it at the
    last moment, comes back there, or to the first free name beside. Raises `OSError`."""
    if os.path.lexists(aside):
        if is_kept(store, aside):
            aside.unlink()
        else:
            safefiles.put_back(aside, target)


def _add_events(batch: Batch, meant: Sequence[Event], target: Path) -> None:
    """Add the events, with the signature of what lies at the target."""
    signature = signature_of(target.lstat())
    for event in meant:
        if isinstance(event, events.VersionKept):
            batch.add(event._replace(mtime_ns=signature[1]))
            batch.signatures.append((event.file, signature))
        else:
            batch.add(event)


def clear(store: Store, target: Path, written: str, aside: str) -> None:
    """Take away what an interrupted placement left beside its target, under these names. Raises `OSError`."""
    target.with_name(written).unlink(missing_ok=True)
    if os.path.lexists(taken := target.with_name(aside)) and not os.path.lexists(target):
        safefiles.rename_new(taken, target)
    remove_kept(store, taken, target)


def _swap(target: Path, pieces: Iterable[bytes], seen: Signature, written: Path, aside: Path) -> None:
    safefiles.write_durably(written, pieces)
    written.chmod(stat.S_IMODE(target.stat().st_mode))
    safefiles.swap_in(written, target, aside)
    now = signature_of(aside.lstat())
    if (now[:2], now[3:]) != (seen[:2], seen[3:]) or is_open_for_writing(str(aside)):
        raise ChangedError(str(target))
    safefiles.sync_folder(target.parent)


def _put_back(store: Store, placement: Placement, written: Path, aside: Path) -> None:
    """Undo what was done of a placement. Raises `OSError`."""
    target = placement.target
    written.unlink(missing_ok=True)
    if placement.seen is None:
        target.rename(aside)
    elif os.path.lexists(aside) and _holds(target, placement.content):
        safefiles.swap_in(aside, target, written)
        remove_kept(store, written, target)
    remove_kept(store, aside, target)


def _holds(path: Path, content: str) -> bool:
    return path.is_file() and safefiles.holds(path, content)


def unless_seen(store: Store, meant: Sequence[Event]) -> list[Event]:
    """What an interrupted change meant, but for versions that a scan has kept meanwhile: what is said of their files
    is said of those that the scan knows."""
    seen: dict[str, str] = {}
    for event in meant:
        known = store.catalog.file_at(event.project, event.path) if isinstance(event, events.VersionKept) else None
        if known and isinstance(event, events.VersionKept) and known.present and known.content == event.content:
            seen[event.file] = known.id
    left: list[Any] = [event for event in meant if not (isinstance(event, events.VersionKept) and event.file in seen)]
    return [event._replace(file=seen[event.file]) if getattr(event, "file", None) in seen else event for event in left]


def conclude(store: Store, pending: PendingRow) -> str:
    """Finish a placement that was interrupted, or undo it; "" when another process just did."""
    with store.batch() as batch:  # its maker held this lock to the end, so it is gone
        if all(row.batch != pending.batch for row in store.catalog.pending()):
            return ""
        target = store.workspace.root / pending.plan["path"]
        clear(store, target, *pending.plan["temporary"])
        done = _holds(target, pending.plan["content"])
        if done:
            meant = [event for op, data in pending.plan["events"] if (event := events.from_dict(op, data))]
            _add_events(batch, unless_seen(store, meant), target)
        outcome = "finished" if done else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome
