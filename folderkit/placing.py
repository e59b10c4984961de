"""Put a file at its place in a project and record it, both or neither: intended, written beside, swapped in,
recorded. Whatever interrupts that, the next start finishes or undoes it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.catalog import PendingRow
from folderkit.core import events, safefiles
from folderkit.core.errors import FolderkitError
from folderkit.core.events import Event
from folderkit.core.signature import Signature, signature_of
from folderkit.store import Batch, Store, new_id

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
    written, beside = safefiles.temporary_beside(target), safefiles.temporary_beside(target)
    private = store.workspace.state / f"replaced-{identity}"
    for stale in store.workspace.state.glob("replaced-*"):  # of a run that was killed when all was done
        stale.unlink()
    batch.add(events.Intended(identity, VERB, {
        "path": os.path.relpath(target, store.workspace.root).replace(os.sep, "/"), "content": placement.content,
        "temporary": [written.name, beside.name],
        "events": [[events.op_of(event), events.to_dict(event)] for event in placement.events],
    }))
    batch.record()
    made: list[Path] = []
    placed = False
    try:
        made = safefiles.make_folders(target.parent)
        if placement.seen is None:
            safefiles.place_new(target, pieces)
        else:
            _swap(placement, pieces, written, private, beside)
        placed = True
        _add_events(batch, placement.events, target)
        batch.add(events.Concluded(identity, "finished"))
        batch.record()
    except BaseException:
        if not placed or batch.events:  # else it is recorded
            if placement.seen is not None:
                _put_back(target, written, private, beside)
            elif placed:
                with contextlib.suppress(OSError):
                    target.unlink()
            safefiles.remove_empty(made)
            # What cannot be recorded now is by the next start.
            with contextlib.suppress(OSError, sqlite3.Error, FolderkitError):
                batch.events, batch.signatures = [events.Concluded(identity, "undone")], []
                batch.record()
        raise
    for path in (private, beside):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _add_events(batch: Batch, meant: Sequence[Event], target: Path) -> None:
    """Add the events, with the signature of what lies at the target."""
    signature = signature_of(target.lstat())
    for event in meant:
        if isinstance(event, events.VersionKept):
            batch.add(event._replace(mtime_ns=signature[1]))
            batch.signatures.append((event.file, signature))
        else:
            batch.add(event)


def _swap(placement: Placement, pieces: Iterable[bytes], written: Path, private: Path, beside: Path) -> None:
    """Put the new file in the place of the old one, which stays at hand: under a second name in folderkit's
    private state, or, where that is on another disk or there are no hard links, renamed `beside` its place."""
    target = placement.target
    safefiles.write_durably(written, pieces)
    written.chmod(stat.S_IMODE(target.stat().st_mode))
    old = private
    try:
        os.link(target, private, follow_symlinks=False)
    except OSError:
        target.rename(beside)  # for a moment the file is only there under this name
        old = beside
    now = signature_of(old.lstat())
    if placement.seen is None or (now[:2], now[3:]) != (placement.seen[:2], placement.seen[3:]):
        raise ChangedError(str(target))
    written.replace(target)
    safefiles.sync_folder(target.parent)


def _put_back(target: Path, written: Path, private: Path, beside: Path) -> None:
    with contextlib.suppress(OSError):
        written.unlink(missing_ok=True)
    for old in (private, beside):
        with contextlib.suppress(OSError):
            if not old.exists():
                continue
            if target.exists() and target.samefile(old):
                old.unlink()  # a rename between two names of one file does nothing
            else:
                old.replace(target)


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
        written, beside = (target.with_name(name) for name in pending.plan["temporary"])
        private = store.workspace.state / f"replaced-{pending.batch}"
        if beside.exists() and not target.exists():
            beside.replace(target)
        done = target.is_file() and safefiles.holds(target, pending.plan["content"])
        if done:
            meant = [event for op, data in pending.plan["events"] if (event := events.from_dict(op, data))]
            _add_events(batch, unless_seen(store, meant), target)
        for path in (written, beside, private):
            path.unlink(missing_ok=True)
        outcome = "finished" if done else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome
