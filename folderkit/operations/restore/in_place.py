"""Put a folder back as it was at its own place, in batches: what stands there is kept, new files are written beside,
then each is swapped in. Whatever interrupts that, every file is the old one or the new one, and whole."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from folderkit.catalog import FileRow, PendingRow
from folderkit.core import events, safefiles
from folderkit.core.content import holds
from folderkit.core.durability import sync_all
from folderkit.core.errors import FolderkitError, os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.core.renames import rename_new
from folderkit.core.signature import Signature, is_same_but_named, signature_of
from folderkit.looking import Changing, UnreadableError, look_at
from folderkit.operations.restore.folder import (
    DAMAGED,
    MADE,
    REPLACED,
    SKIPPED,
    FolderPlan,
    Item,
    Restored,
)
from folderkit.store import Batch, Progress, Store, new_id
from folderkit.swapping import ChangedError, Swap

VERB = "restore"
_BATCH_COUNT, _BATCH_BYTES = 200, 64 << 20
_CHANGED = Text("it was changed a moment ago", "它刚刚被修改过")


def apply_in_place(store: Store, plan: FolderPlan, progress: Progress | None = None) -> Restored:
    """Carry the plan out. A file that changes meanwhile, or whose content is damaged, is left as it is and told. Raises
    `Failed` when the disk fails: the files of earlier batches are restored then, and the command can be run again."""
    result = Restored([item for item in plan.items if item.what not in (MADE, REPLACED)])
    waiting = [item for item in plan.items if item.what in (MADE, REPLACED)]
    done = 0
    for items in _batches(waiting):
        with store.batch() as batch:
            work = _Work(store, batch, plan)
            try:
                result.items += work.restore(items)
            except OSError as error:
                raise os_failure(Text("restore", "恢复"), error, error.filename or work.root) from None
        done += len(items)
        if progress:
            progress(done, len(waiting))
    for folder in plan.folders:
        with contextlib.suppress(OSError):  # something stands there
            make_folders(plan.project.folder / folder)
    result.items.sort(key=lambda item: item.path)
    return result


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) >= _BATCH_COUNT or size + item.past.version.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.past.version.size
    if batch:
        yield batch


@dataclass(frozen=True)
class _File:
    """One file of a batch, as the journal's plan has it: where it goes, from the project, by which `swap`; and what it
    means. `mode` is of what it replaces (None: nothing)."""

    item: Item
    file: str
    swap: Swap
    mode: int | None

    def planned(self) -> dict[str, Any]:
        version = self.item.past.version
        return {"path": self.item.path, "temporary": self.swap.names, "file": self.file, "content": version.content,
                "size": version.size, "version": version.number}


class _Work:
    """One batch of a restore, under the lock."""

    def __init__(self, store: Store, batch: Batch, plan: FolderPlan) -> None:
        self.store, self.batch, self.plan = store, batch, plan
        self.root = plan.project.folder
        self.refused: dict[str, Item] = {}
        self.made: list[Path] = []
        self.swapped: list[tuple[_File, Signature]] = []
        self.concluding = False

    def restore(self, items: Sequence[Item]) -> list[Item]:
        """Returns the items as they came out. Raises `OSError`; what was swapped in by then is recorded."""
        files = self._prepare(items)
        if files:
            identity = new_id()
            self._intend(identity, files)
            try:
                self._put(files)
                self._conclude(identity, "finished")
            except BaseException:
                self._take_back(identity, files)
                raise
        return [self.refused.get(item.path, item) for item in items]

    def _refuse(self, item: Item, what: str, reason: Text) -> None:
        self.refused[item.path] = dataclasses.replace(item, what=what, reason=reason)

    def _prepare(self, items: Sequence[Item]) -> list[_File]:
        """Keep what stands at the places, and choose which file each restored one is."""
        known = {path: row for path, (row, _) in self.store.catalog.files_at(
            self.plan.project.id, [item.path for item in items]).items()}
        files = [file for file in self._files(items, known) if self._is_as_seen(file.item)]
        replaced = {str(self.root / file.item.path): file for file in files if file.item.seen is not None}
        sizes = [(place, file.item.seen[0]) for place, file in replaced.items() if file.item.seen is not None]
        with look_at(sizes) as reading:
            while reading.left:
                for look in self.batch.keep_next(reading):
                    file = replaced[look.path]
                    try:
                        kept = look.kept()
                    except (Changing, UnreadableError, OSError):
                        self._refuse(file.item, SKIPPED, _CHANGED)
                        continue
                    row = known.get(file.item.path)
                    if row is None or not row.present or row.content != kept.content:
                        self.batch.add(events.VersionKept(
                            self.plan.project.id, file.file, file.item.path, kept.content, kept.size,
                            kept.signature[1], "before-restore"))
        return [file for file in files if file.item.path not in self.refused]

    def _files(self, items: Sequence[Item], known: Mapping[str, FileRow]) -> Iterator[_File]:
        """A file that lies at the place goes on; else the one that lay there then, unless it is elsewhere now; else
        the one that lay there last, or a new one."""
        catalog = self.store.catalog
        present = catalog.present_among([item.past.version.file for item in items])
        own = {item.path: item.past.version.file for item in items if item.past.version.file not in present}
        taken = set(own.values())
        for item in items:
            row = known.get(item.path)
            if row is not None and row.present:
                identity = row.id
            elif item.path in own:
                identity = own[item.path]
            else:
                identity = row.id if row is not None and row.id not in taken else new_id()
            mode = stat.S_IMODE((self.root / item.path).stat().st_mode) if item.seen is not None and (
                self.root / item.path).exists() else None
            yield _File(item, identity, Swap(self.store, self.root / item.path, item.past.version.content), mode)

    def _is_as_seen(self, item: Item) -> bool:
        try:
            now = signature_of((self.root / item.path).lstat())
        except (FileNotFoundError, NotADirectoryError):
            now = None
        if now != item.seen:
            self._refuse(item, SKIPPED, _CHANGED)
        return now == item.seen

    def _intend(self, identity: str, files: Sequence[_File]) -> None:
        root = self.store.workspace.root
        missing = {parent for file in files for parent in (self.root / file.item.path).parents
                   if parent.is_relative_to(root) and not parent.is_dir()}
        place = self.root / self.plan.folder
        self.batch.add(events.Intended(identity, VERB, {
            "path": place.relative_to(root).as_posix(), "project": self.plan.project.id,
            "folder": self.root.relative_to(root).as_posix(),
            "parents": sorted(path.relative_to(root).as_posix() for path in missing),
            "files": [file.planned() for file in files]}))
        self.batch.record()

    def _put(self, files: Sequence[_File]) -> None:
        for folder in sorted({(self.root / file.item.path).parent for file in files}):
            self.made += make_folders(folder)
        damaged = self.store.blobs.read_each(
            [(file, file.item.past.version.content, file.item.past.version.size) for file in files], self._write)
        for file, error in damaged:
            self._refuse(file.item, DAMAGED, error.message)
        whole = [file for file in files if file.item.path not in self.refused]
        sync_all(self.root, [file.swap.written for file in whole])
        for file in whole:
            self._swap(file)
        sync_all(self.root, sorted({file.swap.target.parent for file, _ in self.swapped}))

    def _write(self, file: _File, parts: Iterable[bytes | memoryview]) -> None:
        """A file that is made again has the time that it had. One that is replaced has the present one, so that
        programs which copy what is newer take it."""
        written = file.swap.written
        safefiles.write_new(str(written), parts, None if file.mode is not None else file.item.past.version.mtime_ns)
        if file.mode is not None:
            written.chmod(file.mode)

    def _swap(self, file: _File) -> None:
        swap = file.swap
        if not self._is_as_seen(file.item):
            swap.written.unlink()
            return
        try:
            if file.item.seen is None:
                signature = signature_of(swap.written.lstat())
                rename_new(swap.written, swap.target)
            else:
                signature = swap.put(file.item.seen)
        except (ChangedError, FileExistsError, FileNotFoundError):  # saved, renamed or deleted at the last moment
            swap.put_back()
            self._refuse(file.item, SKIPPED, _CHANGED)
            return
        swap.clear()
        self.swapped.append((file, signature))

    def _conclude(self, identity: str, outcome: str) -> None:
        for file, signature in self.swapped:
            _record(self.batch, self.plan.project.id, self.root, file.planned(), signature)
        self.batch.add(events.Concluded(identity, outcome))
        self.concluding = True
        self.batch.record()

    def _take_back(self, identity: str, files: Sequence[_File]) -> None:
        """Remove what was written beside; what was swapped in stays. What cannot be recorded now is by the next
        start."""
        if self.concluding and not self.batch.events:
            return  # all was recorded when the error came
        for file in files:
            with contextlib.suppress(OSError):  # else the next start does it
                file.swap.put_back()
        remove_empty(self.made)
        with contextlib.suppress(OSError, sqlite3.Error, FolderkitError):
            self.batch.events, self.batch.signatures = [], []
            self._conclude(identity, "partly" if self.swapped else "undone")


def _record(batch: Batch, project: str, root: Path, planned: Mapping[str, Any], signature: Signature) -> None:
    """A file was put in its place: its version, and what its entry looks like, unless it was saved again since."""
    place = root / planned["path"]
    batch.add(events.VersionKept(project, planned["file"], planned["path"], planned["content"], planned["size"],
                                 signature[1], "restore", planned["version"]))
    now = signature_of(place.lstat()) if os.path.lexists(place) else None
    if now and is_same_but_named(now, signature):
        batch.signatures.append((planned["file"], now))


def conclude(store: Store, pending: PendingRow) -> str:
    """Record what an interrupted restore had swapped in, and remove what it had written beside; "" when another process
    just did. Outcomes: finished, undone, or partly, when some of the files are as they were before it."""
    plan = pending.plan
    root = store.workspace.root / plan["folder"]
    with store.batch() as batch:  # its maker held this lock to the end, so it is gone
        if not store.catalog.is_pending(pending.batch):
            return ""
        done = 0
        for planned in plan["files"]:
            swap = Swap(store, root / planned["path"], planned["content"], planned["temporary"])
            swap.mend()
            signature = signature_of(swap.target.lstat()) if os.path.lexists(swap.target) else None
            if signature is None or not _holds(swap.target, planned["content"]):
                continue
            done += 1
            row = store.catalog.file_at(plan["project"], planned["path"])
            if row is None or not row.present or row.content != planned["content"]:
                _record(batch, plan["project"], root, planned, signature)
        remove_empty(store.workspace.root / path for path in plan["parents"])
        outcome = "finished" if done == len(plan["files"]) else "partly" if done else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome


def _holds(path: Path, content: str) -> bool:
    return path.is_file() and not path.is_symlink() and os.access(path, os.R_OK) and holds(path, content)
