"""Bring vault and catalog in step with what lies on disk: one scan of a project, or of the workspace."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.catalog import FileRow
from folderkit.census import find_projects
from folderkit.core import events
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.signature import Aside, Folder, Signature, is_same
from folderkit.core.workspace import remote_places, state_of
from folderkit.looking import Changing, Kept, Look, UnreadableError, look_at
from folderkit.store import Batch, Progress, Store, new_id
from folderkit.vault import MEMORY_BYTES
from folderkit.watch import (
    TOLD_SECONDS,
    Patience,
    has_stub,
    is_frozen,
    judge,
    may_pass,
    original_of,
    quiet_seconds,
    walk,
    why_open,
    why_wait,
)
from folderkit.watch.tree import why as why_not

FROZEN_SECONDS = 15.0  # so often is looked whether the files are back, or a scan has recorded that they are gone
_NOT_HERE = Text("not on this computer; open it once to download it", "内容不在这台电脑上，请打开一次以下载")
_NOTHING: Signature = (0, 0, 0, 0, 0)
PASSING_SECONDS = 60.0  # a file of a temporary's name that is older is a person's


@dataclass(frozen=True)
class Change:
    """One thing a scan took in. `kind`: new, changed, moved, deleted, skipped, busy (it is not whole yet: look again
    later), or, of a watch, filed or noted (by a rule), or entered (in a register); `path` is relative to the project,
    `old` the path before a move, in `old_project` when that was another one, `reason` why it was skipped or is busy,
    what is odd about a version that was kept, by what a rule fits, or which row was entered; `batch` is what `undo`
    takes back."""

    kind: str
    project: str
    path: str
    version: int = 0
    old: str = ""
    old_project: str = ""
    reason: Text | None = None
    batch: str = ""


@dataclass
class Scan:
    """What one scan of the workspace found. `troubles` is what is odd about a project, and which one; `unscanned`
    those that are on disk and could not be scanned; `again` paths to look at again, and in how many seconds;
    `folders` where each project lies in the workspace, by id; `scanned` those that were scanned, `frozen` the folders
    of those of which so many files are missing that none is recorded as gone; `whole`: everything was scanned."""

    changes: list[Change] = field(default_factory=list)
    troubles: list[tuple[str, Text]] = field(default_factory=list)
    unscanned: list[str] = field(default_factory=list)
    again: dict[str, float] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    scanned: list[Project] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)
    whole: bool = False
    files: int = 0
    projects: int = 0

    def count(self, kind: str) -> int:
        return sum(change.kind == kind for change in self.changes)


def scan(store: Store, only: Sequence[Path] = (), why: str = "scan", progress: Progress | None = None,
         patience: Patience | None = None) -> Scan:
    """Scan every project of the workspace, or the project folders named by `only`; texts are read after it. With
    `patience`, which a watch keeps from scan to scan, what may be in the middle of being saved is waited for."""
    result = Scan()
    found, result.troubles = find_projects(store)
    result.folders = {project.id: project.folder.relative_to(store.workspace.root).as_posix() for project in found}
    if not only:
        result.whole = True
        result.unscanned = [folder for folder, _ in result.troubles
                            if folder and state_of(store.workspace.root / folder) != "gone"]
    result.scanned = wanted = [project for project in found if not only or project.folder in only]
    places = {row.id: store.workspace.root / row.folder for row in store.catalog.projects()}
    others = _Others(places, {project.id for project in found})
    waiting = []
    for project in wanted:
        work = _Reconciler(store, project, why, result, others, patience)
        work.take_in(progress)
        if work.missing:  # it may lie in a project that is looked at later
            waiting.append(work)
        else:
            work.finish()
    for work in waiting:
        work.finish()
    if patience and result.whole:
        patience.forget_outside(str(store.workspace.root / folder)
                                for folder in [*result.folders.values(), *result.unscanned])
    return result


# -- one project -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Others:
    """Where all projects lie that are known, and which of them are on disk."""

    places: dict[str, Path]
    present: set[str]

    def left(self, row: FileRow) -> bool:
        """Whether a file is not at its place any more."""
        if row.project not in self.places:  # made a moment ago
            return False
        path = self.places[row.project] / row.path
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return not has_stub(str(path))
        except OSError:
            return False
        return os.path.realpath(path.parent) != str(path.parent)  # seen through a link that was left behind


class _Reconciler:
    """One scan of one project: compares tree and catalog, and records the difference in batches."""

    def __init__(self, store: Store, project: Project, why: str, result: Scan, others: _Others,
                 patience: Patience | None) -> None:
        self.store, self.project, self.why, self.result, self.others = store, project, why, result, others
        self.patience = patience
        self.later: set[str] = set()  # the places of files that are not whole yet
        self.waited_for: set[tuple[int, ...]] = set()  # what these are on disk
        self.came: set[str] = set()  # files that came from other projects
        self.held: set[str] = set()  # contents of this batch that a file held before it
        self.moved: dict[str, str] = {}
        self.before = store.catalog.folders(project.id)
        self.tree = walk(project.folder, store.workspace.settings.ignore, self.before)
        self.away: dict[str, list[Aside]] = {}  # files of which nothing is known, for their content is elsewhere
        self.unsettled: set[str] = set()  # files that the catalog does not know as they were seen
        known = {**self.before, **self.tree.folders}
        if result.whole or not patience:  # folders may be left that nobody remembers
            known.update(dict.fromkeys(store.catalog.folders_of_files(project.id), Folder()))
        looked_at = [folder for folder in known if folder not in self.tree.same]
        self.known = {row.path: row for row in store.catalog.files_in(project.id, looked_at)}
        self.missing = {path: row for path, row in self.known.items()
                        if path not in self.tree.files and path not in self.tree.elsewhere
                        and not self.tree.hides(path)}
        if patience:  # else a file that was missing for a moment is gone at once the next time
            patience.present(row.id for path, row in self.known.items() if path not in self.missing)
        self.by_content: dict[str, list[FileRow]] = {}
        for row in self.missing.values():
            self.by_content.setdefault(row.content, []).append(row)

    @functools.cached_property
    def remote(self) -> tuple[str, ...]:
        """What of the project lies on a network share."""
        return remote_places(self.project.folder)

    def _is_remote(self, place: str) -> bool:
        """Whether a file lies there."""
        return any(place.startswith(f"{remote}{os.sep}") for remote in self.remote)

    def _still(self, row: FileRow) -> bool:
        """Whether the catalog still says that this missing file is where it was, and it is not: another folderkit may
        have written either since the walk."""
        now = self.store.catalog.file_at(self.project.id, row.path)
        return now is not None and now.present and now.id == row.id and not _is_file(self._place(row.path))

    def changed(self) -> list[str]:
        """The files to read: those whose entry on disk is not as it was when their content was last known."""
        paths = [path for path, signature in sorted(self.tree.files.items())
                 if path not in self.known or not is_same(self.known[path].signature, signature)]
        self.unsettled = set(paths)
        waiting = {path: reason for path in paths if (reason := self._why_unread(path))}
        later = [self._later(path, reason) for path, reason in waiting.items()]
        self.result.changes.extend(change for change in later if change)
        return [path for path in paths if path not in waiting]

    def _why_unread(self, path: str) -> Text | None:
        """Why a file is not even read yet."""
        if self._is_passing(path):
            return Text("it may be Excel's, while saving", "可能是 Excel 保存时的临时文件")
        place, signature = self._place(path), self.tree.files[path]
        is_long = signature[0] > MEMORY_BYTES
        if self._is_remote(place):
            return self.patience.why_unread(place, signature, long=is_long) if self.patience else None
        # what is read of a long file that goes on being written would fill the vault
        return why_open(place, self._quiet(signature)) if is_long else None

    def _quiet(self, signature: Signature) -> float:
        """For how many seconds a file has been quiet."""
        if self.patience:
            return self.patience.quiet(signature)
        return quiet_seconds(signature, self.store.clock().timestamp())

    def _place(self, path: str) -> str:
        return os.path.join(self.project.folder, path)  # noqa: PTH118  a Path for each costs more

    def _later(self, path: str, reason: Text) -> Change | None:
        """Look at a file again, since it is not whole yet; a watch does so a while before it says a word."""
        place = self._place(path)
        self.later.add(place)
        self.waited_for.add(self.tree.files[path][3:])
        if self.patience:
            seconds = self.result.again[place] = self.patience.put_off(place, reason)
            if seconds < TOLD_SECONDS:
                return None
        return Change("busy", self.project.id, path, reason=reason)

    def _is_passing(self, path: str) -> bool:
        """Whether a file looks like one of Excel's while saving, and is not old enough to be a person's."""
        if path in self.known or not may_pass(path.rpartition("/")[2]):
            return False
        age = self.store.clock().timestamp() - self.tree.files[path][1] / 1e9
        return abs(age) < PASSING_SECONDS

    def take_in(self, progress: Progress | None) -> None:
        """Keep what is new or changed and record what it means, in batches; files are read ahead of them."""
        paths = self.changed()
        files = {self._place(path): path for path in paths}
        done = 0
        judging = functools.partial(judge, quiet=self._quiet, remote=self._is_remote)
        with look_at([(place, self.tree.files[path][0]) for place, path in files.items()], judging) as reading:
            while reading.left:
                changes: list[Change] = []
                with self.store.batch() as batch:
                    looks = {files[look.path]: look for look in batch.keep_next(reading)}
                    known = self.store.catalog.files_at(self.project.id, list(looks))  # now, under the lock
                    self.held = self.store.catalog.held([look.put.content for look in looks.values() if look.put])
                    for path, look in looks.items():
                        change = self._take_in(batch, path, look, known.get(path))
                        if change:
                            changes.append(change)
                self.result.changes.extend(changes)
                done += len(looks)
                if progress:
                    progress(done, len(paths))
        if self.patience:
            self.patience.settle(str(self.project.folder), self.later)
        self.result.files += self.tree.count()
        self.result.projects += 1

    def _take_in(self, batch: Batch, path: str, look: Look, known: tuple[FileRow, int] | None) -> Change | None:
        project = self.project.id
        try:
            kept = look.kept()
        except (OSError, Changing, UnreadableError) as error:
            return self._not_kept(path, error)
        last, number = known or (None, 0)
        known_content = last is not None and last.present and last.content == kept.content
        if not known_content and (waiting := self._why_wait(look)):
            return self._later(path, waiting)
        if kept.signature == self.tree.files[path]:
            self.unsettled.discard(path)
        if last and known_content:
            batch.signatures.append((last.id, kept.signature))
            return None
        moved = None if last and last.present else self._moved_here(path, kept)
        if moved:
            if self.patience:
                self.patience.present([moved.id])
            origin = moved.project if moved.project != project else ""
            batch.add(events.FileMoved(project, moved.id, moved.path, path, origin))
            batch.signatures.append((moved.id, kept.signature))
            return Change("moved", project, path, old=moved.path, old_project=origin)
        identity = last.id if last else new_id()  # also one that is made again after it was gone
        incomplete = look.verdict.incomplete if look.verdict else None
        reason = incomplete or (None if last else _conflict(path))
        batch.add(events.VersionKept(project, identity, path, kept.content, kept.size, kept.signature[1], self.why,
                                     incomplete=incomplete is not None))
        batch.signatures.append((identity, kept.signature))
        return Change("changed" if last else "new", project, path, version=number + 1, reason=reason)

    def _not_kept(self, path: str, error: OSError | Changing | UnreadableError) -> Change | None:
        """What to tell of a file that could not be read; an error that is not the file's own is raised again."""
        if isinstance(error, Changing):
            return self._later(path, Text("it is being written to", "正在被写入"))
        if isinstance(error, UnreadableError):
            return Change("skipped", self.project.id, path, reason=why_not(error.error))
        if isinstance(error, PermissionError):
            return Change("skipped", self.project.id, path, reason=why_not(error))
        if isinstance(error, FileNotFoundError | IsADirectoryError):  # it went since: the next scan will see
            return None
        raise error

    def _why_wait(self, look: Look) -> Text | None:
        """Why what was read must not become a version yet."""
        if look.verdict is None:
            return None
        if self.patience:
            return self.patience.why_wait(look.path, look.verdict, look.seen)
        return why_wait(look.path, look.verdict)

    def _moved_here(self, path: str, kept: Kept) -> FileRow | None:
        """The missing file that now lies at `path`: the same entry on disk, or alone in having the same content;
        before the latter, one of another project that is the same entry."""
        missing = [row for row in self.by_content.get(kept.content, ()) if row.path in self.missing]
        found = _only([row for row in missing if _same_entry(row, kept)])
        if not found:
            row = self._from_elsewhere(kept, alone=not missing)
            if row:
                self.came.add(row.id)
                return row
            found = _only([row for row in missing if row.size])
        if not found or not self._still(found):
            return None
        del self.missing[found.path]
        self.moved[path] = found.path
        return found

    def _from_elsewhere(self, kept: Kept, *, alone: bool) -> FileRow | None:
        """The file of another project that is at its place no more and is the same entry on disk, or, when it may be
        taken by its content `alone`, the only one of all projects that has this content."""
        rows = self.store.catalog.twins(kept.content, kept.signature) if kept.content in self.held else []
        same_entry = [row for row in rows if _same_entry(row, kept)]
        row = _only(same_entry or rows)
        if row is None or row.project == self.project.id or row.id in self.came:
            return None
        if not same_entry and not (alone and row.size and row.project in self.others.present):
            return None
        return row if not row.present or self.others.left(row) else None

    def finish(self) -> None:
        """Record what is gone, and where the skeleton's nodes went."""
        project = self.project.id
        gone: list[events.FileDeleted] = []
        if self.missing or self.tree.elsewhere or next(self._nodes_moved(), None) or self._folders_seen():
            with self.store.batch() as batch:
                self._follow_unread(batch)
                self._note_away()
                gone = [events.FileDeleted(project, row.id, path) for path, row in self._gone()]
                batch.events.extend([*gone, *self._nodes_moved()])
                batch.folders[project] = self._folders_seen()
        self.result.changes.extend(Change("deleted", project, event.path) for event in gone)
        self.result.changes.extend(
            Change("skipped", project, path, reason=reason) for path, reason in self.tree.skipped)

    def _follow_unread(self, batch: Batch) -> None:
        """Record the moves of files whose content is not on this computer; when it comes it is read all the same."""
        for path, seen in self.tree.elsewhere.items():
            row = self._moved_unread(path, seen) if seen and path not in self.known else None
            if row and seen:
                batch.add(events.FileMoved(self.project.id, row.id, row.path, path, ""))
                batch.signatures.append((row.id, (*seen[:2], 0, *seen[3:])))
                del self.missing[row.path]
                self.moved[path] = row.path
                self.result.changes.append(Change("moved", self.project.id, path, old=row.path))
                if self.patience:
                    self.patience.present([row.id])

    def _moved_unread(self, path: str, seen: Signature) -> FileRow | None:
        """The missing file that now lies at `path`, by what can be compared: the same entry on disk, or alone in having
        its name, size and date."""
        rows = [row for row in self.missing.values() if row.signature[:2] == seen[:2]]
        found = _only([row for row in rows if row.signature[3:] == seen[3:]]) or _only(
            [row for row in rows if row.path.rpartition("/")[2] == path.rpartition("/")[2]])
        return found if found and self._still(found) else None

    def _note_away(self) -> None:
        """Tell of the files whose content is not on this computer, but for those that are known as they are."""
        for path, seen in self.tree.elsewhere.items():
            row = self.known.get(path)
            is_known = row is not None and (seen is None or row.signature[:2] == seen[:2])
            if is_known or path in self.moved or path in self.tree.files:
                continue
            folder, _, name = path.rpartition("/")
            self.away.setdefault(folder, []).append(Aside(name, "cloud", seen or _NOTHING))
            self.unsettled.add(path)
            self.tree.skipped.append((path, _NOT_HERE))

    def _gone(self) -> list[tuple[str, FileRow]]:
        """The missing files that are gone for good. For others the folder is looked at again."""
        missing = {path: row for path, row in sorted(self.missing.items()) if self._still(row)}
        if self.patience and is_frozen(len(missing), self.store.catalog.version_counts(self.project.id)[0]):
            self.unsettled.update(missing)
            folder = self.result.folders[self.project.id]
            self.result.frozen.append(folder)
            self.result.again[str(self.project.folder)] = FROZEN_SECONDS
            self.result.troubles.append((folder, Text(
                f"{len(missing)} files are missing at once. If a disk or share is not there, bring it back; if they "
                "were deleted, run: folderkit scan",
                f"{len(missing)} 个文件同时不见了。如果磁盘或共享没有连接，请重新连接；如果确已删除，"
                "请运行：folderkit scan")))
            return []
        waiting = {path: row for path, row in missing.items() if self._may_come_back(row)}
        self.unsettled.update(waiting)
        return [(path, row) for path, row in missing.items() if path not in waiting]

    def _may_come_back(self, row: FileRow) -> bool:
        """Whether a missing file may only be on its way: saved by a program, or moved and still open."""
        if row.signature[3:] in self.waited_for:
            return True
        left = self.patience.missing(row.id) if self.patience else 0.0
        if left:
            self.result.again[self._place(row.path)] = left
        return left > 0

    def _folders_seen(self) -> dict[str, Folder | None]:
        """What is to be remembered of folders, where it is not what is. One whose files are not all known as they were
        seen is looked at again the next time."""
        unsettled = {path.rpartition("/")[0] for path in self.unsettled}
        gone = self.before.keys() - self.tree.folders.keys()
        seen: dict[str, Folder | None] = {
            path: self.before[path]._replace(look=b"") if path in unsettled else None  # its files may come back
            for path in gone if not self.tree.hides(path)}
        for path in unsettled - self.before.keys() - self.tree.folders.keys():
            seen[path] = Folder()  # it was not remembered
        for path, folder in self.tree.folders.items():
            now = folder._replace(look=b"") if path in unsettled else folder
            now = now._replace(aside=(*now.aside, *self.away.get(path, ()))) if path in self.away else now
            if now != self.before.get(path):
                seen[path] = now
        return seen

    def _is_same(self, path: str) -> bool:
        """Whether a file lies in a folder in which nothing has changed."""
        return path.rpartition("/")[0] in self.tree.same

    def _nodes_moved(self) -> Iterator[events.NodeMoved]:
        now = {(folder.device, folder.inode): path for path, folder in self.tree.folders.items() if path}
        files = {old: new for new, old in self.moved.items()}
        for node in self.store.catalog.nodes(self.project.id).values():
            if node.path in self.tree.folders or node.path in self.tree.files or self._is_same(node.path):
                continue
            entry = self.before.get(node.path)
            path = files.get(node.path) or (now.get((entry.device, entry.inode)) if entry else None)
            if path:
                yield events.NodeMoved(self.project.id, node.id, node.path, path)


def _is_file(place: str) -> bool:
    """Whether a regular file is there; a link to one, a folder or a FIFO is none."""
    try:
        return stat.S_ISREG(os.lstat(place).st_mode)
    except (OSError, ValueError):
        return False


def _conflict(path: str) -> Text | None:
    original = original_of(path.rpartition("/")[2])
    return Text(f"a conflict copy of {original}", f"{original} 的冲突副本") if original else None


def _only(rows: list[FileRow]) -> FileRow | None:
    return rows[0] if len(rows) == 1 else None


def _same_entry(row: FileRow, kept: Kept) -> bool:
    """Whether a file is the very entry on disk that was read; renaming changes nothing but its change time."""
    return row.signature[:2] == kept.signature[:2] and row.signature[3:] == kept.signature[3:]
