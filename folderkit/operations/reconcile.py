"""Bring vault and catalog in step with what lies on disk: one scan of a project, or of the workspace."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.catalog import FileRow
from folderkit.catalog.catalog import Signature
from folderkit.census import find_projects
from folderkit.core import events
from folderkit.core.errors import os_reason
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.store import Batch, Changing, Kept, Look, Progress, Store, UnreadableError, look_at, new_id, signature_of
from folderkit.watch import is_temporary, may_pass

PASSING_SECONDS = 60.0  # a file of a temporary's name that is older is a person's


@dataclass(frozen=True)
class Change:
    """One thing a scan took in. `kind`: new, changed, moved, deleted, skipped, or busy (it is being written
    to: look again later); `path` is relative to the project, `old` the path before a move, in `old_project` when that
    was another one, `reason` why it was skipped."""

    kind: str
    project: str
    path: str
    version: int = 0
    old: str = ""
    old_project: str = ""
    reason: Text | None = None


@dataclass
class Scan:
    """What one scan of the workspace found. `troubles` is what is odd about a project, and which one; `unscanned`
    those that are on disk and could not be scanned."""

    changes: list[Change] = field(default_factory=list)
    troubles: list[tuple[str, Text]] = field(default_factory=list)
    unscanned: list[str] = field(default_factory=list)
    files: int = 0
    projects: int = 0

    def count(self, kind: str) -> int:
        return sum(change.kind == kind for change in self.changes)


def scan(store: Store, only: Sequence[Path] = (), why: str = "scan", progress: Progress | None = None) -> Scan:
    """Scan every project of the workspace, or the project folders named by `only`; texts are read after it."""
    result = Scan()
    found, result.troubles = find_projects(store)
    if not only:
        result.unscanned = [folder for folder, _ in result.troubles if (store.workspace.root / folder).is_dir()]
    wanted = [project for project in found if not only or project.folder in only]
    places = {row.id: store.workspace.root / row.folder for row in store.catalog.projects()}
    others = _Others(places, {project.id for project in found})
    waiting = []
    for project in wanted:
        work = _scan_project(store, project, why, result, others, progress)
        if work.missing:  # it may lie in a project that is looked at later
            waiting.append(work)
        else:
            work.finish()
    for work in waiting:
        work.finish()
    return result


# -- one project -----------------------------------------------------------------------------------
@dataclass
class _Tree:
    """What lies in a project's folder now."""

    files: dict[str, Signature] = field(default_factory=dict)
    folders: dict[str, tuple[int, int]] = field(default_factory=dict)
    skipped: list[tuple[str, Text]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)  # folders that could not be read

    def hides(self, path: str) -> bool:
        """Whether `path` may be there although it was not seen."""
        return any(path.startswith(f"{folder}/") or not folder for folder in self.closed)


def _walk(root: Path, ignore: Sequence[str]) -> _Tree:
    tree = _Tree()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    _look_at(entry, path, tree, waiting, ignore)
        except OSError as error:
            tree.closed.append(folder)
            tree.skipped.append((folder or ".", _why(error)))
    return tree


def _why(error: OSError) -> Text:
    """Why something could not be read, in a few words."""
    if isinstance(error, PermissionError):
        return Text("permission is denied", "没有权限")
    reason = os_reason(error)
    return Text(f"cannot be read: {reason.en}", f"无法读取：{reason.zh}")


def _look_at(entry: os.DirEntry[str], path: str, tree: _Tree, waiting: list[str], ignore: Sequence[str]) -> None:
    try:
        path.encode()
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    except UnicodeEncodeError:
        shown = path.encode(errors="replace").decode()
        tree.skipped.append((shown, Text("its name is not valid text", "文件名不是有效的文字")))
        return
    is_folder = stat.S_ISDIR(status.st_mode)
    if is_temporary(entry.name, ignore, folder=is_folder):
        return
    if is_folder:
        tree.folders[path] = (status.st_dev, status.st_ino)
        waiting.append(path)
    elif stat.S_ISREG(status.st_mode):
        tree.files[path] = signature_of(status)
    else:
        kind = Text("a link", "链接") if stat.S_ISLNK(status.st_mode) else Text("no regular file", "不是普通文件")
        tree.skipped.append((path, kind))


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
            return True
        except OSError:
            return False
        return os.path.realpath(path.parent) != str(path.parent)  # seen through a link that was left behind


class _Reconciler:
    """One scan of one project: compares tree and catalog, and records the difference in batches."""

    def __init__(self, store: Store, project: Project, why: str, result: Scan, others: _Others) -> None:
        self.store, self.project, self.why, self.result, self.others = store, project, why, result, others
        self.came: set[str] = set()  # files that came from other projects
        self.held: set[str] = set()  # contents of this batch that a file held before it
        self.moved: dict[str, str] = {}
        # Read before the walk: what another folderkit adds meanwhile must not count as missing.
        self.known = {row.path: row for row in store.catalog.files(project.id)}
        self.tree = _walk(project.folder, store.workspace.settings.ignore)
        self.missing = {path: row for path, row in self.known.items()
                        if path not in self.tree.files and not self.tree.hides(path)}

    def _still(self, row: FileRow) -> bool:
        """Whether the catalog still says that this file is where it was: another folderkit may have written."""
        now = self.store.catalog.file_at(self.project.id, row.path)
        return now is not None and now.present and now.id == row.id

    def changed(self) -> list[str]:
        """The files to read: those whose entry on disk is not as it was when their content was last known."""
        paths = [path for path, signature in sorted(self.tree.files.items())
                 if path not in self.known or self.known[path].signature != signature]
        passing = dict.fromkeys(path for path in paths if self._is_passing(path))
        reason = Text("it may be Excel's, while saving", "可能是 Excel 保存时的临时文件")
        self.result.changes.extend(Change("busy", self.project.id, path, reason=reason) for path in passing)
        return [path for path in paths if path not in passing]

    def _is_passing(self, path: str) -> bool:
        """Whether a file looks like one of Excel's while saving, and is not old enough to be a person's."""
        if path in self.known or not may_pass(path.rpartition("/")[2]):
            return False
        age = self.store.clock().timestamp() - self.tree.files[path][1] / 1e9
        return abs(age) < PASSING_SECONDS

    def take_in(self, progress: Progress | None) -> None:
        """Keep what is new or changed and record what it means, in batches; files are read ahead of them."""
        paths = self.changed()
        files = {os.path.join(self.project.folder, path): path for path in paths}  # noqa: PTH118
        done = 0
        with look_at([(place, self.tree.files[path][0]) for place, path in files.items()]) as reading:
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

    def _take_in(self, batch: Batch, path: str, look: Look, known: tuple[FileRow, int] | None) -> Change | None:
        project = self.project.id
        try:
            kept = look.kept()
        except FileNotFoundError:
            return None
        except Changing:
            return Change("busy", project, path, reason=Text("it is being written to", "正在被写入"))
        except PermissionError as error:
            return Change("skipped", project, path, reason=_why(error))
        except UnreadableError as failure:
            return Change("skipped", project, path, reason=_why(failure.error))
        except IsADirectoryError:  # it has become one since: the next scan will see
            return None
        last, number = known or (None, 0)
        moved = None if last and last.present else self._moved_here(path, kept)
        if moved:
            origin = moved.project if moved.project != project else ""
            batch.add(events.FileMoved(project, moved.id, moved.path, path, origin))
            batch.signatures.append((moved.id, kept.signature))
            return Change("moved", project, path, old=moved.path, old_project=origin)
        if last and last.present and last.content == kept.content:
            batch.signatures.append((last.id, kept.signature))
            return None
        identity = last.id if last else new_id()  # also one that is made again after it was gone
        batch.add(events.VersionKept(project, identity, path, kept.content, kept.size, kept.signature[1], self.why))
        batch.signatures.append((identity, kept.signature))
        return Change("changed" if last else "new", project, path, version=number + 1)

    def _moved_here(self, path: str, kept: Kept) -> FileRow | None:
        """The missing file that now lies at `path`: the same entry on disk, or alone in having the same content;
        before the latter, one of another project that is the same entry."""
        missing = [row for row in self.missing.values() if row.content == kept.content]
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
        nodes = list(self._nodes_moved())
        folders = self.store.catalog.folders(project)
        if self.missing or nodes or folders != self.tree.folders:
            with self.store.batch() as batch:
                gone.extend(events.FileDeleted(project, row.id, path) for path, row in sorted(self.missing.items())
                            if self._still(row))
                batch.events.extend([*gone, *nodes])
                batch.folders[project] = self.tree.folders
        self.result.changes.extend(Change("deleted", project, event.path) for event in gone)
        self.result.changes.extend(
            Change("skipped", project, path, reason=reason) for path, reason in self.tree.skipped)

    def _nodes_moved(self) -> Iterator[events.NodeMoved]:
        before = self.store.catalog.folders(self.project.id)
        now = {entry: path for path, entry in self.tree.folders.items()}
        files = {old: new for new, old in self.moved.items()}
        for node in self.store.catalog.nodes(self.project.id).values():
            if node.path in self.tree.folders or node.path in self.tree.files:
                continue
            entry = before.get(node.path)
            path = files.get(node.path) or (now.get(entry) if entry else None)
            if path:
                yield events.NodeMoved(self.project.id, node.id, node.path, path)


def _only(rows: list[FileRow]) -> FileRow | None:
    return rows[0] if len(rows) == 1 else None


def _same_entry(row: FileRow, kept: Kept) -> bool:
    """Whether a file is the very entry on disk that was read; renaming changes nothing but its change time."""
    return row.signature[:2] == kept.signature[:2] and row.signature[3:] == kept.signature[3:]


def _scan_project(store: Store, project: Project, why: str, result: Scan, others: _Others, progress: Progress | None
                  ) -> _Reconciler:
    """All of a scan but its `finish`."""
    work = _Reconciler(store, project, why, result, others)
    work.take_in(progress)
    result.files += len(work.tree.files)
    result.projects += 1
    return work

