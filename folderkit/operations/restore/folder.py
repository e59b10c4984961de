"""A folder or a whole project as it was at a moment: what is to be brought back, and where to."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.catalog import FileRow
from folderkit.catalog.past import PastFile, as_of, first_time, last_there, present
from folderkit.core.errors import Misuse, Refused, os_failure
from folderkit.core.folders import obstacle
from folderkit.core.language import Text
from folderkit.core.moments import parse_moment
from folderkit.core.project import Project
from folderkit.core.signature import Signature, is_same, signature_of
from folderkit.operations.restore.file import content_there
from folderkit.store import Store
from folderkit.watch import walk
from folderkit.watch.settling import lock_file_of

MADE, REPLACED, SAME, SKIPPED, DAMAGED = "made", "replaced", "same", "skipped", "damaged"


@dataclass(frozen=True)
class Item:
    """One file that was there then. `what`: made, replaced, same (it is as it was), skipped or damaged, then with the
    reason; `path` is relative to the project; `seen` is what stands there (None: nothing)."""

    what: str
    path: str
    past: PastFile
    seen: Signature | None = None
    reason: Text | None = None


@dataclass(frozen=True)
class FolderPlan:
    """A folder of a project ("": the project) as it was. `left` are the files that lie there now and did not then; they
    stay. `aside`: a new folder to put it in, instead of its place; `into` the project that this lies in, if any.
    `folders` are to be made, also when they hold nothing; relative to the project, as `left`."""

    project: Project
    folder: str
    items: Sequence[Item]
    left: Sequence[str] = ()
    folders: Sequence[str] = ()
    aside: Path | None = None
    into: Project | None = None


@dataclass
class Restored:
    """What became of a plan: an item for every file, with what was done."""

    items: list[Item] = field(default_factory=list)

    def of(self, *whats: str) -> list[Item]:
        return [item for item in self.items if item.what in whats]


def is_folder(store: Store, project: Project, path: Path) -> bool:
    """Whether a folder is meant, which is there or was, and not a file."""
    folder = folder_in(project, path)
    if folder is None:
        return False
    if not folder or path.is_dir():
        return True
    known = store.catalog.file_known_at(project.id, folder)
    return known is None and first_time(store.catalog, project.id, folder) is not None


def folder_in(project: Project, path: Path) -> str | None:
    """A path relative to its project; "" for the project's own, None when it is not in it."""
    real = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
    if not real.is_relative_to(project.folder):
        return None
    relative = real.relative_to(project.folder).as_posix()
    return "" if relative == "." else relative


def plan_folder(store: Store, project: Project, path: Path, at: str | None, aside: Path | None,
                projects: Sequence[Project]) -> FolderPlan:
    """What restoring a folder would do; changes nothing. Without `at`: as it was last, when it is gone, and as it is
    known, when it is put aside. Raises `Misuse` when nothing lay there then, `Refused` where it cannot go."""
    folder = folder_in(project, path) or ""
    there = os.path.lexists(project.folder / folder)
    past = _past(store, project, folder, at, there=there, aside=aside is not None)
    whole = not at and (not there or aside is not None)
    folders = [] if folder or not whole else [
        node.path for node in store.catalog.nodes(project.id).values() if not node.content]
    if aside is not None:
        aside = aside.parent.resolve() / aside.name
        _refuse_taken(aside)
        into = next((other for other in projects if aside.is_relative_to(other.folder)), None)
        return FolderPlan(project, folder, [Item(MADE, one.path, one) for one in past], (), folders, aside, into)
    place = project.folder / folder
    if there and (place.is_symlink() or not place.is_dir()):
        raise Refused(Text(f"'{place}' is not a folder now.", f"“{place}”现在不是文件夹。"),
                      Text("Name another place with --to.", "请用 --to 指定别的位置。"))
    items, left = _compare(store, project, folder, past)
    return FolderPlan(project, folder, items, left, folders)


def _past(store: Store, project: Project, folder: str, at: str | None, *, there: bool, aside: bool) -> list[PastFile]:
    shown = f"{project.folder.name}/{folder}" if folder else project.folder.name
    catalog = store.catalog
    if at:
        found = as_of(catalog, project.id, folder, parse_moment(at).end)
    elif not there:
        found = last_there(catalog, project.id, folder, store.clock())
    elif aside:
        found = present(catalog, project.id, folder)
    else:
        raise Misuse(Text("Say of when the folder is wanted: --at DATE.", "请用 --at 日期 指定要哪个时候的文件夹。"),
                     Text("A folder that is gone comes back without it.", "已不存在的文件夹可以不写日期。"))
    if found:
        return found
    first = first_time(catalog, project.id, folder)
    if first is None:
        raise Misuse(Text(f"folderkit knows no file in '{shown}'.", f"folderkit 没有“{shown}”中任何文件的版本。"),
                     Text("Run 'folderkit scan' first.", "请先运行 folderkit scan。"))
    if not at:
        raise Misuse(Text(f"Nothing that was in '{shown}' was deleted: it was moved elsewhere.",
                          f"“{shown}”中的文件没有删除，而是移到了别处。"),
                     Text("To have them there again, give --at DATE.", "要在原处恢复，请用 --at 指定日期。"))
    raise Misuse(
        Text(f"Nothing lay in '{shown}' then; the first file came on {first.astimezone():%Y-%m-%d %H:%M}.",
             f"那时“{shown}”中没有文件，第一个文件出现于 {first.astimezone():%Y-%m-%d %H:%M}。"),
        Text("Give another date.", "请换一个日期。"))


def _refuse_taken(aside: Path) -> None:
    hint = Text("Name a folder that is not there yet, or is empty.", "请指定一个还没有的或空的文件夹。")
    if aside.is_symlink() or (aside.exists() and not aside.is_dir()):
        raise Refused(Text(f"'{aside}' is not a folder.", f"“{aside}”不是文件夹。"), hint)
    if not aside.is_dir():
        return
    try:
        empty = not any(os.scandir(aside))
    except OSError as error:
        raise os_failure(Text("look into", "查看"), error, aside) from None
    if not empty:
        raise Refused(Text(f"'{aside}' is not empty.", f"“{aside}”不是空文件夹。"), hint)
    if aside.is_mount():
        raise Refused(Text(f"'{aside}' is a disk of its own.", f"“{aside}”本身是一个磁盘。"),
                      Text("Name a new folder on it.", "请指定其中的新文件夹。"))


# -- in its place ----------------------------------------------------------------------------------
def _compare(store: Store, project: Project, folder: str, past: Sequence[PastFile]) -> tuple[list[Item], list[str]]:
    """What differs from what lies there now, and the files that lay not there then."""
    tree = walk(project.folder / folder, store.workspace.settings.ignore, {})
    now = [f"{folder}/{path}" if folder else path for path in tree.files]
    known = {row.path: row for row in store.catalog.files(project.id)}
    obstacles = {inner: obstacle(project.folder, inner) for inner in {one.path.rpartition("/")[0] for one in past}}
    items = [_item(project, one, known.get(one.path), obstacles[one.path.rpartition("/")[0]]) for one in past]
    then = {one.path for one in past}
    return items, sorted(path for path in now if path not in then)


def _item(project: Project, past: PastFile, known: FileRow | None, obstacle: Text | None) -> Item:
    target = project.folder / past.path
    if obstacle is not None:
        return Item(SKIPPED, past.path, past, reason=obstacle)
    try:
        status = target.lstat()
    except FileNotFoundError:
        return Item(MADE, past.path, past)
    seen = signature_of(status)
    if not stat.S_ISREG(status.st_mode):
        return Item(SKIPPED, past.path, past, seen, Text("what stands there is no plain file", "原处不是普通文件"))
    current = known.content if known is not None and is_same(known.signature, seen) else content_there(target)
    if current == past.version.content:
        return Item(SAME, past.path, past, seen)
    marker = lock_file_of(str(target))
    if marker is not None:
        return Item(SKIPPED, past.path, past, seen, Text(
            f"it is open in another program (if not, delete '{Path(marker).name}')",
            f"正被其他程序打开（如果没有，请删除“{Path(marker).name}”）"))
    return Item(REPLACED, past.path, past, seen)
