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
from folderkit.core.content import holds
from folderkit.core.durability import sync_folder, syncing
from folderkit.core.errors import FolderkitError
from folderkit.core.events import Event
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.renames import rename_new
from folderkit.core.signature import Signature, is_same_but_named, signature_of
from folderkit.store import Batch, Store, new_id
from folderkit.swapping import Swap

VERB = "place"


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
    swap = Swap(store, target, placement.content)
    intended = _intended(store, identity, placement, swap)
    batch.add(intended)
    batch.record()
    made: list[Path] = []
    placed = False
    try:
        made = make_folders(target.parent)
        signature = safefiles.place_new(target, pieces) if placement.seen is None else \
            _replace(swap, pieces, placement.seen)
        placed = True
        _add_events(batch, placement.events, target, signature)
        batch.add(events.Concluded(identity, "finished") if placement.seen is None else
                  intended._replace(plan={**intended.plan, "events": []}))  # what it replaced is to be taken away
        batch.record()
    except BaseException:
        if not placed or batch.events:  # else it is recorded
            with _or_next_start(batch):
                if placement.seen is not None:
                    swap.put_back()
                elif placed:
                    swap.take_away()
                remove_empty(made)
                batch.events, batch.signatures = [events.Concluded(identity, "undone")], []
                batch.record()
        raise
    if placement.seen is not None:
        with _or_next_start(batch):
            swap.clear()
            batch.add(events.Concluded(identity, "finished"))
            batch.record()


def place_all(store: Store, batch: Batch, placements: Sequence[Placement], contents: Iterable[bytes]) -> None:
    """`place` for files where nothing stands, all or none of them, with few waits for the disk. Raises `OSError`."""
    swaps = [Swap(store, placement.target, placement.content) for placement in placements]
    identities = [new_id() for _ in placements]
    for identity, placement, swap in zip(identities, placements, swaps, strict=True):
        batch.add(_intended(store, identity, placement, swap))
    batch.record()
    made: list[Path] = []
    placed: list[Swap] = []
    try:
        folders = {placement.target.parent for placement in placements}
        for folder in sorted(folders):
            made += make_folders(folder)
        with syncing(store.workspace.root):
            for swap, content in zip(swaps, contents, strict=True):
                safefiles.write_new(str(swap.written), [content])
        for placement, swap in zip(placements, swaps, strict=True):
            signature = signature_of(swap.written.lstat())
            rename_new(swap.written, swap.target)
            placed.append(swap)
            _add_events(batch, placement.events, swap.target, signature)
        for folder in folders:
            sync_folder(folder)
        batch.add(*(events.Concluded(identity, "finished") for identity in identities))
        batch.record()
    except BaseException:
        if len(placed) < len(swaps) or batch.events:  # else it is recorded
            with _or_next_start(batch):
                for swap in swaps:
                    (swap.take_away if swap in placed else swap.clear)()
                remove_empty(made)
                batch.events, batch.signatures = [events.Concluded(one, "undone") for one in identities], []
                batch.record()
        raise


def _intended(store: Store, identity: str, placement: Placement, swap: Swap) -> events.Intended:
    return events.Intended(identity, VERB, {
        "path": os.path.relpath(placement.target, store.workspace.root).replace(os.sep, "/"),
        "content": placement.content, "temporary": swap.names,
        "events": [[events.op_of(event), events.to_dict(event)] for event in placement.events]})


def keep_first(store: Store, batch: Batch, target: Path, event: events.VersionKept) -> int:
    """Put what stands at the target in the vault, as the version that the event says, unless it is the last one of its
    file already; returns the number of that version. Raises `Changing`, `UnreadableError` or `OSError`."""
    kept = batch.keep(target)
    row, versions = store.catalog.file(event.file), store.catalog.versions(event.file)
    if row and versions and row.content == kept.content:
        return versions[-1].number
    batch.add(event._replace(content=kept.content, size=kept.size, mtime_ns=kept.signature[1]))
    return len(versions) + 1


@contextlib.contextmanager
def _or_next_start(batch: Batch) -> Iterator[None]:
    """What fails in here, the next start does: it is intended, and not concluded."""
    try:
        yield
    except (OSError, sqlite3.Error, FolderkitError):
        batch.events, batch.signatures = [], []


def _replace(swap: Swap, pieces: Iterable[bytes], seen: Signature) -> Signature:
    safefiles.write_durably(swap.written, pieces)
    swap.written.chmod(stat.S_IMODE(swap.target.stat().st_mode))
    signature = swap.put(seen)
    sync_folder(swap.target.parent)
    return signature


def _add_events(batch: Batch, meant: Sequence[Event], target: Path, signature: Signature) -> None:
    """Add the events. Where the target does not look like what was put there any more, the next scan looks at it."""
    now = signature_of(target.lstat()) if os.path.lexists(target) else None
    for event in meant:
        if isinstance(event, events.VersionKept):
            batch.add(event._replace(mtime_ns=signature[1]))
            if now and is_same_but_named(now, signature):
                batch.signatures.append((event.file, now))
        else:
            batch.add(event)


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
        if not store.catalog.is_pending(pending.batch):
            return ""
        target = store.workspace.root / pending.plan["path"]
        swap = Swap(store, target, pending.plan["content"], pending.plan["temporary"])
        done = not pending.plan["events"]  # only the old file was left to be taken away
        if done:
            swap.clear()
        else:
            swap.mend()
            signature = signature_of(target.lstat()) if target.is_file() else None
            if signature and holds(target, pending.plan["content"]):
                meant = [event for op, data in pending.plan["events"] if (event := events.from_dict(op, data))]
                _add_events(batch, unless_seen(store, meant), target, signature)
                done = True
        outcome = "finished" if done else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome
