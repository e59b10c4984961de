"""What is odd about a workspace, each with what mends it. Nothing is changed."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit.aside import parked
from folderkit.catalog import Catalog
from folderkit.census import look_for_projects
from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text, same
from folderkit.core.located import Faults
from folderkit.core.project import FILE, Project, fact_faults
from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.core.workspace import Workspace, state_of
from folderkit.entering import waiting
from folderkit.filling import open_registers, register_paths
from folderkit.resolving import rules_of, rules_off, skeleton_of
from folderkit.store import Clock, Store
from folderkit.watch import original_of

BACKUP_DAYS = 7  # a backup that is older, with versions that it lacks, is told
ROOM = 1 << 30  # bytes that should be free
LEFT_OVER = dt.timedelta(hours=1)  # a temporary of folderkit's that is older was left by a process that is gone
COPIES_TOLD = 3
AHEAD = dt.timedelta(minutes=5)


class Oddity(NamedTuple):
    """One thing that is odd: where (a path, a line, or what it is about), what, and what mends it. What may well be
    meant, as a copy of a file, is no fault."""

    place: str
    what: Text
    mend: Text
    is_fault: bool = True


def examine(workspace: Workspace, clock: Clock) -> Iterator[Oddity]:
    """Everything that is odd, but for damage to the vault, which `verify` finds."""
    yield from _room(workspace)
    try:
        with Store(workspace, clock) as store:
            projects, troubles = look_for_projects(store)
            for folder, what in troubles:
                yield Oddity(folder, what, _mend_project(workspace, folder))
            for check in _CHECKS:
                yield from check(store, projects)
    except FolderkitError as error:
        yield Oddity(str(workspace.state), error.message, error.hint or same("folderkit verify"))


def _mend_project(workspace: Workspace, folder: str) -> Text:
    """What mends a project that is not found where it was, or cannot be read."""
    if state_of(workspace.root / folder) == "closed":
        return Text("Ask for access to it.", "请取得访问权限。")
    if state_of(workspace.root / folder) == "gone":
        return same(f'folderkit restore "{folder}"')
    file = f"{folder}/{FILE}"
    return Text(f"Correct {file}, or bring an older one back: folderkit restore \"{file}\"",
                f"请改正 {file}，或恢复旧版本：folderkit restore \"{file}\"")


def _room(workspace: Workspace) -> Iterator[Oddity]:
    """Disks that are nearly full."""
    seen = set()
    for place in (workspace.root, workspace.state, workspace.vault):
        with contextlib.suppress(OSError):
            device = place.stat().st_dev
            free = shutil.disk_usage(place).free
            if device not in seen and free < ROOM:
                yield Oddity(str(place), Text(f"Only {free // 10**6} MB are free on its disk.",
                                              f"所在磁盘只剩 {free // 10**6} MB。"),
                             Text("Make room; old versions go with: folderkit prune",
                                  "请腾出空间；清理旧版本：folderkit prune"))
            seen.add(device)


def _rules(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """The workspace's own filing rules, and the rules of the check that it switches off, where they are broken."""
    for read in (lambda: rules_of(store.workspace.root, None), lambda: rules_off(store.workspace.root)):
        try:
            read()
        except Faults as error:
            for fault in error.faults:
                yield Oddity(fault.place, fault.message, Text("Correct it there.", "请在该处改正。"))


def _entries(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """What was entered in registers and waits to be written, for a while already."""
    folders = {project.id: project.folder.name for project in projects}
    for entry in waiting(store.workspace):
        age = store.clock() - dt.datetime.fromisoformat(entry.at)
        if age > LEFT_OVER:
            said = same(entry.row) if entry.row else Text("A new row", "一行新增内容")
            yield Oddity(folders.get(entry.project, entry.project), Text(
                f"{said.en} of '{entry.register}' has waited to be written since {entry.at[:16]} (UTC).",
                f"登记册 {entry.register} 的{said.zh}自 {entry.at[:16]}（UTC）起等待写入。"),
                Text("Close its workbook, then: folderkit register list. It says what hinders it.",
                     "请关闭工作簿，再运行 folderkit register list，它会说明原因。"))


def _contents(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """Skeletons that are gone or broken, facts that cannot be, registers that are gone, unreadable or lack columns."""
    for project in projects:
        try:
            skeleton = skeleton_of(store.workspace.root, project, rules=True)
        except FolderkitError as error:
            yield Oddity(project.skeleton, error.message, same(f"folderkit skeleton check {project.skeleton}"))
            continue
        if skeleton is None:
            yield Oddity(project.folder.name, Text(
                f"Its skeleton '{project.skeleton}' is not there any more.", f"找不到它的骨架“{project.skeleton}”。"),
                Text(f"Put it back under 'skeletons', or change 'skeleton' in {FILE}.",
                     f"请把它放回 skeletons 文件夹，或修改 {FILE} 中的 skeleton。"))
            continue
        for fault in fact_faults(project.folder / FILE, skeleton.questions):
            yield Oddity(fault.place, fault.message, Text("Correct it there.", "请在该处改正。"))
        paths = register_paths(project, skeleton, store.catalog.nodes(project.id))
        for broken in open_registers(paths, store.clock().astimezone().date())[1]:
            yield Oddity(project.folder.name, broken.message, broken.hint or Text("Correct it.", "请改正。"))


def _files(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """Conflict copies that a sync program made, and files whose end is missing."""
    for project in projects:
        for row in store.catalog.files(project.id):
            if original := original_of(row.path.rpartition("/")[2]):
                yield Oddity(f"{project.folder.name}/{row.path}", Text(
                    f"A sync program made this conflict copy of {original}.",
                    f"同步程序生成的 {original} 的冲突副本。"),
                    Text(f"Take what is new in it over into {original}, then delete it.",
                         f"请把其中的新内容并入 {original}，然后删除它。"))
    for place, path in store.catalog.incomplete():
        yield Oddity(f"{place}/{path}", Text("Its end is missing: a copy or a download broke off.",
                                             "文件不完整，缺少结尾：复制或下载中断了。"),
                     Text(f'Copy it again, or bring an older version back: folderkit history "{place}/{path}"',
                          f'请重新复制，或恢复旧版本：folderkit history "{place}/{path}"'))


def _copies(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """Files of a project that hold the same."""
    for project in projects:
        for first, *others in store.catalog.copies(project.id):
            told = others[:COPIES_TOLD]
            more = len(others) - len(told)
            yield Oddity(f"{project.folder.name}/{first}", Text(
                f"The same lies at {', '.join(told)}" + (f" and {more} more places." if more else "."),
                f"内容相同的文件：{'、'.join(told)}" + (f" 等 {len(others)} 处。" if more else "。")),
                Text("Unless that is meant: keep the one that people work on, and delete the others; their versions "
                     "stay.", "若非有意：请保留大家使用的那个，删除其余的；版本仍会保留。"), is_fault=False)


def _copies_across(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """Files of several projects that hold the same."""
    folders = {project.id: project.folder.name for project in projects}
    for places in store.catalog.copies_across(list(folders)):
        first, *others = sorted(f"{folders[project]}/{path}" for project, path in places)
        told = others[:COPIES_TOLD]
        more = len(others) - len(told)
        yield Oddity(first, Text(
            f"The same lies in other projects: {', '.join(told)}" + (f" and {more} more places." if more else "."),
            f"其他项目中有内容相同的文件：{'、'.join(told)}" + (f" 等 {len(others)} 处。" if more else "。")),
            Text("If one of them got into the wrong project, delete it there; its versions stay.",
                 "如果是误放到别的项目，请在那里删除；版本仍会保留。"), is_fault=False)


def _parked(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """Temporaries that nobody took away."""
    for one in parked(store):
        yield Oddity(one.path, Text(
            f"By its name a program's temporary; it stays since {one.since.astimezone():%Y-%m-%d} and has no versions.",
            f"从名称看是程序的临时文件，自 {one.since.astimezone():%Y-%m-%d} 起一直未清理，不保存版本。"),
            Text("Give it another name if you need it, else delete it.", "如有用处请改名，否则请删除。"))


def _catalog(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """A catalog that does not say what the journal says."""
    rebuild = same("folderkit rebuild")
    try:
        (state,) = store.catalog.database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        state = str(error)
    if state != "ok":
        yield Oddity(str(store.catalog.path), Text(f"The catalog is damaged: {state}.", f"目录库已损坏：{state}。"),
                     rebuild)
        return
    with contextlib.closing(Catalog(Path(":memory:"))) as fresh:
        with fresh.transaction():
            fresh.apply(store.journal.read())
        if not store.catalog.tells_as(fresh):
            yield Oddity(str(store.catalog.path), Text("The catalog does not say what the journal says.",
                                                       "目录库与日志不一致。"), rebuild)


def _clock(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """A clock that stands before the newest version."""
    newest = max((at for project in projects if (at := store.catalog.last_kept(project.id))), default=None)
    if newest and newest > store.clock() + AHEAD:
        yield Oddity(f"{newest.astimezone():%Y-%m-%d %H:%M}", Text(
            "The newest version was kept in the future: this computer's clock, or another's, is wrong.",
            "最新版本的保存时间在未来：这台或另一台电脑的时钟不准。"),
            Text("Set the clock. Versions are numbered in the order in which they came, whatever it says.",
                 "请校准时钟。版本号按保存的先后排列，不受时钟影响。"))


def _left_over(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """Temporaries of processes that are gone."""
    before = (store.clock() - LEFT_OVER).timestamp()
    for path in _temporaries([store.workspace.state, *(project.folder for project in projects)]):
        with contextlib.suppress(OSError):
            if path.lstat().st_mtime < before:
                yield Oddity(str(path), Text("An interrupted command left it; nothing needs it.",
                                             "中断的命令留下的临时文件，已无用处。"), Text("Delete it.", "请删除。"))


def _temporaries(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for at, inner, files in os.walk(folder):
            left = [name for name in inner if name.startswith(TEMPORARY_PREFIX)]
            inner[:] = [name for name in inner if name not in left]
            yield from (Path(at) / name for name in (*left, *files) if name.startswith(TEMPORARY_PREFIX))


def _backups(store: Store, projects: Sequence[Project]) -> Iterator[Oddity]:
    """No backup, an old one, one whose disk is away, one that is not whole."""
    run = same("folderkit backup run")
    rows = store.catalog.backups()
    target = store.workspace.settings.backup
    if not rows and store.catalog.volume()[0]:
        yield Oddity(str(store.workspace.vault), Text(
            "There is no backup: when this disk fails, all versions are gone.",
            "还没有备份：磁盘一旦损坏，全部版本都会丢失。"),
                     run if target else Text("folderkit backup run --to DIR", "folderkit backup run --to 文件夹"))
    for row in rows[:1]:
        age = (store.clock() - row.at).days
        newer = store.catalog.versions_after(row.number)
        if age >= BACKUP_DAYS and newer:
            yield Oddity(row.place, Text(f"The last backup is {age} days old; {newer} versions are newer.",
                                         f"上次备份是 {age} 天前，此后有 {newer} 个新版本。"), run)
    for row in rows:
        if row.damaged:
            yield Oddity(row.place, Text(f"{row.damaged} files of this backup are not whole, as in the vault.",
                                         f"该备份中有 {row.damaged} 个文件与版本库一样已损坏。"),
                         same("folderkit verify --read"))


_CHECKS: tuple[Callable[[Store, Sequence[Project]], Iterator[Oddity]], ...] = (
    _rules, _entries, _contents, _files, _copies, _copies_across, _parked, _catalog, _clock, _left_over, _backups)
