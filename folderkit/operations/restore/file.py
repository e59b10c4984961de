"""The history of a file, and bringing a version of it back without losing what stands there now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from folderkit.catalog import FileRow, VersionRow
from folderkit.core import events, safefiles
from folderkit.core.content import content_of
from folderkit.core.errors import Misuse, Refused, nearest, os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.core.moments import parse_moment
from folderkit.core.project import Project
from folderkit.core.signature import signature_of
from folderkit.looking import Changing, UnreadableError
from folderkit.placing import Placement, keep_first, place
from folderkit.store import Batch, Store, new_id
from folderkit.swapping import ChangedError
from folderkit.watch.settling import lock_file_of


@dataclass(frozen=True)
class History:
    """A file and its versions, oldest first."""

    file: FileRow
    versions: list[VersionRow]


@dataclass(frozen=True)
class RestorePlan:
    """Version `version` of a file is to be put at `target`. `seen` is what stands there (None: nothing);
    `keep_first` says that it must become a version before it is replaced."""

    project: Project
    file: FileRow
    version: VersionRow
    target: Path
    seen: tuple[int, int, int, int, int] | None
    keep_first: bool
    same: bool


def history(store: Store, project: Project, path: Path) -> History:
    """The file that lies, or lay last, at `path`. Raises `Misuse` when folderkit knows none there."""
    relative = project.inside(path)
    file = store.catalog.file_known_at(project.id, relative)
    if file is None:
        rows = (*store.catalog.files(project.id), *store.catalog.files(project.id, present=False))
        known = [row.path for row in rows]
        guess = nearest(relative, known)
        there, relative = path.exists(), relative or "."
        raise Misuse(
            Text(f"folderkit has no version of '{relative}' in {project.folder.name}.",
                 f"folderkit 没有“{project.folder.name}”中“{relative}”的版本。"),
            Text("It is a folder; name a file in it.", "这是文件夹，请指定其中的文件。") if path.is_dir() else
            Text("Run 'folderkit scan' first.", "请先运行 folderkit scan。") if there else
            Text(f"Did you mean '{guess}'?", f"是不是“{guess}”？") if guess else
            Text("'folderkit find' helps to find a file.", "可用 folderkit find 查找文件。"))
    return History(file, store.catalog.versions(file.id))


def choose_version(found: History, number: int | None, at: str | None) -> VersionRow:
    """The version of that number, or the last one at or before a moment (local time; a day counts whole) that was not
    let go."""
    if number is not None:
        for version in found.versions:
            if version.number == number and version.pruned:
                raise Refused(
                    Text(f"Version {number} of '{found.file.path}' was let go by 'prune'; its content is gone.",
                         f"“{found.file.path}”的版本 {number} 已被 prune 清理，内容不再保留。"),
                    Text("'folderkit history FILE' lists the others.", "folderkit history 文件 可列出其他版本。"))
            if version.number == number:
                return version
        raise Misuse(Text(f"'{found.file.path}' has no version {number}; there are 1 to {len(found.versions)}.",
                          f"“{found.file.path}”没有版本 {number}，现有 1 到 {len(found.versions)}。"),
                     Text("'folderkit history FILE' lists them.", "folderkit history 文件 可列出版本。"))
    moment = parse_moment(at or "").end
    before = [version for version in found.versions if version.at < moment and not version.pruned]
    if not before:
        first = found.versions[0].at.astimezone()
        raise Misuse(Text(f"'{found.file.path}' had no version yet then; the first is of {first:%Y-%m-%d %H:%M}.",
                          f"那时“{found.file.path}”还没有版本，第一个版本是 {first:%Y-%m-%d %H:%M}。"))
    return before[-1]


def plan_restore(store: Store, project: Project, found: History, version: VersionRow, target: Path | None,
                 projects: list[Project]) -> RestorePlan:
    """What a restore would do. Raises `Refused` when something stands at the target that cannot be kept first."""
    place = target if target is not None else project.folder / found.file.path
    if target is not None and place.is_dir():
        place = place / Path(found.file.path).name
    place = place.parent.resolve() / place.name
    inside = next((other for other in projects if place.is_relative_to(other.folder)), None)
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise Refused(Text(f"'{place}' is not a plain file.", f"“{place}”不是普通文件。"),
                      Text("Name another place with --to.", "请用 --to 指定别的位置。"))
    seen = signature_of(place.lstat()) if place.exists() else None
    if seen is not None and inside is None:
        raise Refused(Text(f"'{place}' is already there, outside of any project, so it would be lost.",
                           f"“{place}”已经存在，且不在任何项目内，会被覆盖。"),
                      Text("Name another place with --to.", "请用 --to 指定别的位置。"))
    _refuse_open(place)
    same = seen is not None and content_there(place) == version.content
    return RestorePlan(inside or project, found.file, version, place, seen, seen is not None and not same, same)


def content_there(path: Path) -> str:
    """The BLAKE3 of what a file holds."""
    try:
        return content_of(path)
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, path) from None


def _refuse_open(place: Path) -> None:
    lock = lock_file_of(str(place))
    if lock is not None:
        raise Refused(Text(f"'{place.name}' is open in another program.", f"“{place.name}”正被其他程序打开。"),
                      Text(f"Close it, then run the command again. (If it is not open, delete '{Path(lock).name}'.)",
                           f"请关闭后再运行一次。（如果没有打开，请删除“{Path(lock).name}”。）"))


def apply_restore(store: Store, plan: RestorePlan) -> int:
    """Carry the plan out; returns the number of the version that what stood there was kept as (0: none).

    Raises `Refused` when the target has changed since the plan was made.
    """
    if plan.same:
        return 0
    if not plan.target.is_relative_to(plan.project.folder):
        _put_outside(store, plan)
        return 0
    with store.batch() as batch:
        _refuse_changed(plan)
        path = plan.project.inside(plan.target)
        row = store.catalog.file_at(plan.project.id, path)
        identity = row.id if row else plan.file.id if not plan.file.present else new_id()
        number = _keep_first(store, batch, plan, identity) if plan.keep_first else 0
        version = plan.version
        kept = events.VersionKept(plan.project.id, identity, path, version.content, version.size, 0, "restore",
                                  version.number)
        try:
            place(store, batch, Placement(plan.target, version.content, plan.seen, [kept]),
                  store.blobs.read(version.content))
        except (ChangedError, FileExistsError, FileNotFoundError):
            raise _changed(plan) from None
        except OSError as error:
            raise os_failure(Text("restore", "恢复"), error, plan.target) from None
    return number


def _keep_first(store: Store, batch: Batch, plan: RestorePlan, identity: str) -> int:
    """Record what stands at the target, unless it is the last version already; returns its number."""
    try:
        return keep_first(store, batch, plan.target, events.VersionKept(
            plan.project.id, identity, plan.project.inside(plan.target), "", 0, 0, "before-restore"))
    except Changing:
        raise _changed(plan) from None
    except UnreadableError as failure:
        raise os_failure(Text("read", "读取"), failure.error, plan.target) from None
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, plan.target) from None


def _refuse_changed(plan: RestorePlan) -> None:
    now = signature_of(plan.target.lstat()) if plan.target.exists() else None
    if now != plan.seen:
        raise _changed(plan)


def _changed(plan: RestorePlan) -> Refused:
    return Refused(Text(f"'{plan.target}' was changed a moment ago.", f"“{plan.target}”刚刚被修改过。"),
                   Text("Look at it, then run the command again.", "请先查看，再运行一次。"))


def _put_outside(store: Store, plan: RestorePlan) -> None:
    made: list[Path] = []
    try:
        made = make_folders(plan.target.parent)
        safefiles.place_new(plan.target, store.blobs.read(plan.version.content))
    except BaseException as error:
        remove_empty(made)
        if isinstance(error, FileExistsError):
            raise _changed(plan) from None
        if isinstance(error, OSError):
            raise os_failure(Text("restore", "恢复"), error, plan.target) from None
        raise
