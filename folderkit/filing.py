"""Move files of projects, or take away those whose content lies elsewhere already, as steps of a batch: intended, done,
recorded. Whatever interrupts that, the next start finishes or undoes it, file by file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from folderkit.catalog import Catalog, FileRow, PendingRow
from folderkit.catalog.filed import steps_of
from folderkit.core import events, safefiles
from folderkit.core.content import holds
from folderkit.core.durability import sync_folder
from folderkit.core.errors import FolderkitError, os_reason
from folderkit.core.events import Event
from folderkit.core.folders import make_folders, missing_folders, obstacle, remove_empty
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.renames import put_back, rename_new
from folderkit.core.signature import Signature, is_same_but_named, signature_of
from folderkit.store import Batch, Store, new_id
from folderkit.swapping import remove_kept
from folderkit.watch.settling import has_lock_file, is_open_for_writing

VERB = "file"
TOGETHER = 200  # moves under one hold of the writer's lock
CHANGED = Text("it was changed a moment ago", "刚刚被修改过")
OPEN = Text("it is open in another program", "正被其他程序打开")
TAKEN = Text("something stands at its new place by now", "新位置上已有文件")


class Hindered(Exception):
    """Something keeps a file from being moved; `reason` says what."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True)
class Move:
    """A file goes to `path`; or, when it is to be `taken`, it goes away, since its content is at `path` already. `by`
    and `facts` are noted with it; without `by` it is no step of a batch, but takes one back, as `undone` says."""

    project: Project
    row: FileRow
    path: str
    taken: bool = False
    by: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    undone: Event | None = None


def move_all(store: Store, batch_id: str, moves: Sequence[Move], tell: Callable[[Move, Text | None], None]) -> None:
    """Make all moves that can be made; `tell` gets each with the reason why it could not be, or None."""
    for start in range(0, len(moves), TOGETHER):
        some = moves[start : start + TOGETHER]
        with store.batch() as batch:
            reasons = _Moving(store, batch, batch_id, some).run()
        for move, reason in zip(some, reasons, strict=True):
            tell(move, reason)


def why_not(place: Path, row: FileRow) -> Text | None:
    """Why a file must not be moved now."""
    try:
        if as_known(place, row) is None:
            return CHANGED
    except OSError as error:
        return os_reason(error)
    if has_lock_file(str(place)) or is_open_for_writing(str(place)):
        return OPEN
    return None


def as_known(place: Path, row: FileRow) -> Signature | None:
    """The signature of a file whose content is the one that is known; None when it is not. The catalog may remember
    another signature: one that could not be written to a full disk, or that of a copy of the workspace. Raises
    `OSError`."""
    status = place.lstat()
    now = signature_of(status)
    if is_same_but_named(now, row.signature):
        return now
    same = stat.S_ISREG(status.st_mode) and now[0] == row.size and holds(place, row.content)
    return now if same and signature_of(place.lstat()) == now else None


def to_be_made(project: Project, path: str) -> tuple[str, ...]:
    """The folders of a project that have to be made for a file at `path`."""
    return _inside(project, missing_folders((project.folder / path).parent))


def _inside(project: Project, folders: Sequence[Path]) -> tuple[str, ...]:
    return tuple(folder.relative_to(project.folder).as_posix() for folder in folders
                 if project.folder in folder.parents)


class _Moving:
    """Some moves under one hold of the writer's lock."""

    def __init__(self, store: Store, batch: Batch, batch_id: str, moves: Sequence[Move]) -> None:
        self.store, self.batch, self.batch_id, self.moves = store, batch, batch_id, moves
        self.intent = new_id()
        self.beside = {number: safefiles.temporary_beside(move.project.folder / move.row.path)
                       for number, move in enumerate(moves) if move.taken}
        self.done: list[tuple[Path, Path]] = []  # (now, before)
        self.made: list[Path] = []
        self.recorded = False

    def run(self) -> list[Text | None]:
        root = self.store.workspace.root
        planned = [{"old": _relative(move.project.folder / move.row.path, root),
                    "path": _relative(move.project.folder / move.path, root),
                    "temporary": self.beside[number].name if number in self.beside else "",
                    "content": move.row.content,
                    "events": [[events.op_of(event), events.to_dict(event)]
                               for event in self._meaning(move, to_be_made(move.project, move.path))]}
                   for number, move in enumerate(self.moves)]
        self.batch.add(events.Intended(self.intent, VERB, {"path": planned[0]["old"], "moves": planned}))
        self.batch.record()
        try:
            reasons = [self._one(number, move) for number, move in enumerate(self.moves)]
            for folder in {path.parent for pair in self.done for path in pair}:
                sync_folder(folder)
            self._record("undone" if not self.done else "partly" if any(reasons) else "finished")
        except BaseException:
            if not self.recorded and (self.batch.events or not self.done):  # else it is recorded
                self._put_back()
            raise
        return reasons

    def _record(self, outcome: str) -> None:
        """Record what was done; what was taken is deleted after that, and the end is recorded when it is."""
        taken = [(now, before) for now, before in self.done if now in self.beside.values()]
        if taken:
            self.batch.record()
            self.recorded = True
            for now, before in taken:
                remove_kept(self.store, now, before)
        self.batch.add(events.Concluded(self.intent, outcome))
        self.batch.record()

    def _one(self, number: int, move: Move) -> Text | None:
        old = move.project.folder / move.row.path
        try:
            reason = why_not(old, move.row)
            if move.taken and not os.path.lexists(move.project.folder / move.path):
                reason = reason or Text("what it is a copy of is not there", "与它相同的文件不在")
            if reason:
                return reason
            seen = as_known(old, move.row)
            if seen is None:
                return CHANGED
            new = self._take(old, self.beside[number], move) if move.taken else self._move(old, move)
        except FileExistsError:
            return TAKEN
        except Hindered as error:
            return error.reason
        except OSError as error:
            return os_reason(error)
        made = [folder for folder in self.made if (move.project.folder / move.path).is_relative_to(folder)]
        for event in self._meaning(move, _inside(move.project, made)):
            self.batch.add(event)
        now = signature_of(new.lstat())
        if not move.taken and is_same_but_named(now, seen):  # else it was saved a moment ago: scan it
            self.batch.signatures.append((move.row.id, now))
        return None

    def _move(self, old: Path, move: Move) -> Path:
        new = move.project.folder / move.path
        if reason := obstacle(move.project.folder, move.path.rpartition("/")[0]):
            raise Hindered(reason)
        self.made += make_folders(new.parent)
        rename_new(old, new)
        self.done.append((new, old))
        return new

    def _take(self, old: Path, beside: Path, move: Move) -> Path:
        """Rename a file aside, and see that it is what the vault holds; it is deleted when that is recorded."""
        self.done.append((beside, old))  # first: whatever happens then, it is put back
        try:
            old.rename(beside)
            if not holds(beside, move.row.content):
                raise Hindered(CHANGED)
        except (OSError, Hindered):
            self.done.pop()
            if beside.exists():
                put_back(beside, old)
            raise
        return beside

    def _meaning(self, move: Move, made: tuple[str, ...]) -> list[Event]:
        """What a move means for which these folders have to be made."""
        project, row = move.project.id, move.row
        meant: list[Event] = [events.FileDeleted(project, row.id, row.path) if move.taken else
                              events.FileMoved(project, row.id, row.path, move.path)]
        if move.by:
            meant.append(events.FileFiled(project, row.id, self.batch_id, "taken" if move.taken else "moved", row.path,
                                          move.path, row.content, "", move.by, dict(move.facts), made))
        return [*meant, move.undone] if move.undone else meant

    def _put_back(self) -> None:
        for now, before in reversed(self.done):
            with contextlib.suppress(OSError):
                put_back(now, before)
        remove_empty(self.made)
        if any(os.path.lexists(path) for path in self.beside.values()):
            return  # the next start does it
        with contextlib.suppress(OSError, sqlite3.Error, FolderkitError):  # else the next start does it
            self.batch.events, self.batch.signatures = [events.Concluded(self.intent, "undone")], []
            self.batch.record()


def _relative(path: Path, root: Path) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def conclude(store: Store, pending: PendingRow) -> str:
    """Finish the moves of an interrupted batch that were made, and put back what was on its way; "" when another
    process just did."""
    with store.batch() as batch:
        if not store.catalog.is_pending(pending.batch):
            return ""
        done = [_conclude_one(store, batch, planned) for planned in pending.plan["moves"]]
        outcome = "finished" if all(done) else "partly" if any(done) else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome


def _conclude_one(store: Store, batch: Batch, planned: Mapping[str, Any]) -> bool:
    """Whether one move was made; what it means is recorded then."""
    root = store.workspace.root
    old, new = root / planned["old"], root / planned["path"]
    seen = signature_of(new.lstat()) if os.path.lexists(new) else None
    if planned["temporary"]:
        beside = old.with_name(planned["temporary"])
        if beside.exists():
            if not holds(beside, planned["content"]):
                put_back(beside, old)
                return False
            remove_kept(store, beside, old)
        elif os.path.lexists(old):
            return False
    else:
        if not _is_file(new) or not holds(new, planned["content"]):
            if os.path.lexists(old) and _is_file(new) and new.stat().st_size == 0:
                new.unlink()  # the claim to a name, where there are no hard links
            return False
        if os.path.lexists(old):
            if not old.samefile(new) or not _is_named(new):
                return False
            if _is_named(old):
                old.unlink()  # two names of one file, between a link and an unlink
    meant = [event for op, data in planned["events"] if (event := events.from_dict(op, data))]
    for event in meant:
        if _is_known(store.catalog, event):
            continue
        batch.add(event)
        if isinstance(event, events.FileMoved) and seen and is_same_but_named(now := signature_of(new.lstat()), seen):
            batch.signatures.append((event.file, now))
    return True


def _is_named(path: Path) -> bool:
    """Whether a folder lists this very name: where case does not count, another one leads to the same file."""
    return path.name in {entry.name for entry in path.parent.iterdir()}


def _is_file(path: Path) -> bool:
    """Whether there is a file, and no link to one or pipe."""
    return os.path.lexists(path) and stat.S_ISREG(path.lstat().st_mode)


def _is_known(catalog: Catalog, event: Event) -> bool:
    """Whether what an event says is recorded: a scan saw it first, or the end was all that was missing."""
    if isinstance(event, events.FileMoved | events.FileDeleted):
        known = catalog.file(event.file)
        if isinstance(event, events.FileDeleted):
            return known is None or not known.present
        return known is not None and known.present and (known.project, known.path) == (event.project, event.path)
    return isinstance(event, events.FileFiled) and any(
        (step.file, step.path) == (event.file, event.path) for step in steps_of(catalog, event.batch))
