"""Bring vault and catalog in step with what lies on disk: one scan of a project, or of the workspace."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.catalog import FileRow
from folderkit.catalog.catalog import Signature
from folderkit.core import events, resources
from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text, same
from folderkit.core.project import FILE, Project, read_project
from folderkit.core.workspace import Workspace
from folderkit.store import Batch, Changing, Kept, Look, Progress, Store, UnreadableError, look_at, new_id, signature_of
from folderkit.watch import is_temporary, may_pass

PASSING_SECONDS = 60.0  # a file of a temporary's name that is older is a person's


@dataclass(frozen=True)
class Change:
    """One thing a scan took in. `kind`: new, changed, moved, deleted, skipped, or busy (it is being written
    to: look again later); `path` is relative to the project, `old` the path before a move, `reason` why it
    was skipped."""

    kind: str
    project: str
    path: str
    version: int = 0
    old: str = ""
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
    found, result.troubles = _find_projects(store)
    if not only:
        result.unscanned = [folder for folder, _ in result.troubles if (store.workspace.root / folder).is_dir()]
    wanted = [project for project in found if not only or project.folder in only]
    for project in wanted:
        _scan_project(store, project, why, result, progress)
    return result


# -- which projects there are ----------------------------------------------------------------------
def _find_projects(store: Store) -> tuple[list[Project], list[tuple[str, Text]]]:
    """The projects on disk, made known to the journal; and what is odd about any."""
    workspace, troubles = store.workspace, list[tuple[str, Text]]()
    known = {row.id: row.folder for row in store.catalog.projects()}
    found: dict[str, Project] = {}
    for folder in workspace.project_folders():
        shown = folder.relative_to(workspace.root).as_posix()
        try:
            project = read_project(folder)
        except FolderkitError as error:
            troubles.append((shown, error.message))
            continue
        other = found.get(project.id)
        if other is not None:
            ours = known.get(project.id) == shown
            copy, original = (other, project) if ours else (project, other)
            troubles.append((copy.folder.relative_to(workspace.root).as_posix(), Text(
                f"This is a copy of '{original.folder.name}' and has no versions of its own. To make it a project, "
                "change one digit of 'id' in its project.yaml.",
                f"这是“{original.folder.name}”的副本，不单独保存版本。"
                "如需作为独立项目，请修改其 project.yaml 中 id 的一位。")))
            if not ours:
                continue
        found[project.id] = project
    troubles.extend(_lost(workspace, {identity: folder for identity, folder in known.items() if identity not in found}))
    _record_places(store, found, known)
    return sorted(found.values(), key=lambda project: project.folder), troubles


def _lost(workspace: Workspace, missing: dict[str, str]) -> Iterator[tuple[str, Text]]:
    """What is wrong with projects that were known and not found; what cannot be read has been told already."""
    for folder in missing.values():
        if not (workspace.root / folder).is_dir():
            yield folder, Text(
                f"The project's folder is gone; its versions are kept. To bring it back: folderkit restore "
                f"\"{folder}/{FILE}\", then its files.",
                f"项目文件夹不见了，各版本仍保存着。恢复：先 folderkit restore \"{folder}/{FILE}\"，"
                "再恢复其中的文件。")
        elif not (workspace.root / folder / FILE).exists():
            yield folder, Text(
                f"Its {FILE} is gone, so its files get no versions. Bring it back: folderkit restore "
                f"\"{folder}/{FILE}\"",
                f"缺少 {FILE}，因此不再保存其中文件的版本。恢复：folderkit restore \"{folder}/{FILE}\"")


def _record_places(store: Store, found: dict[str, Project], known: dict[str, str]) -> None:
    new: list[events.Event] = []
    for identity, project in found.items():
        folder = project.folder.relative_to(store.workspace.root).as_posix()
        if identity not in known:
            new.append(events.ProjectCreated(identity, folder, project.skeleton, project.skeleton_version,
                                             project.language, _nodes_on_disk(store.workspace, project)))
        elif known[identity] != folder:
            new.append(events.ProjectMoved(identity, known[identity], folder))
    if new:
        with store.batch() as batch:
            batch.events.extend(new)


def _nodes_on_disk(workspace: Workspace, project: Project) -> tuple[events.Node, ...]:
    """Where the nodes of its skeleton lie in a project that the journal does not know (its private state was lost,
    or it came from another workspace): those that have the names that a new project would give them."""
    from folderkit.registers import load_schema, schema_names
    from folderkit.resolving import skeleton_of
    from folderkit.skeletons import lay_out

    names = {("register", name): load_schema(name).file_name for name in schema_names()}
    for name in resources.find("templates", workspace.root):
        names["template", name] = same(f"{name}.docx")  # only so that each has one
    with contextlib.suppress(FolderkitError):  # a broken skeleton is told where it is used
        skeleton = skeleton_of(workspace.root, project)
        return () if skeleton is None else tuple(events.Node(node.id, node.path)
                     for node in lay_out(skeleton, project.facts, project.language, names)
                     if (project.folder / node.path).exists())
    return ()


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
    reason = error.strerror or str(error)
    return Text(f"cannot be read: {reason}", f"无法读取：{reason}")


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


class _Reconciler:
    """One scan of one project: compares tree and catalog, and records the difference in batches."""

    def __init__(self, store: Store, project: Project, why: str, result: Scan) -> None:
        self.store, self.project, self.why, self.result = store, project, why, result
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
        last = known[0] if known else None
        row = last if last and last.present else self._moved_here(batch, path, kept)
        old = self.moved.get(path, "")
        if row is None:
            row = last  # made again after it was gone
        elif row.content == kept.content:
            batch.signatures.append((row.id, kept.signature))
            return Change("moved", project, path, old=old) if old else None
        identity = row.id if row else new_id()
        batch.add(events.VersionKept(project, identity, path, kept.content, kept.size, kept.signature[1], self.why))
        batch.signatures.append((identity, kept.signature))
        number = len(self.store.catalog.versions(identity)) + 1 if row else 1
        return Change("changed" if row else "new", project, path, version=number, old=old)

    def _moved_here(self, batch: Batch, path: str, kept: Kept) -> FileRow | None:
        """The missing file that now lies at `path`: the same entry on disk, or alone in having the same content."""
        same_entry = [row for row in self.missing.values()
                      if row.signature[3:] == kept.signature[3:] and row.signature[:2] == kept.signature[:2]]
        same_content = [row for row in self.missing.values() if row.content == kept.content and row.size]
        candidates = [row for row in same_entry if row.content == kept.content] or same_content
        if len(candidates) != 1:
            return None
        row = candidates[0]
        if not self._still(row):
            return None
        del self.missing[row.path]
        self.moved[path] = row.path
        batch.add(events.FileMoved(self.project.id, row.id, row.path, path))
        return row

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


def _scan_project(store: Store, project: Project, why: str, result: Scan, progress: Progress | None) -> None:
    work = _Reconciler(store, project, why, result)
    work.take_in(progress)
    work.finish()
    result.files += len(work.tree.files)
    result.projects += 1

