"""The command that brings back what was: restore."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.cli.versions import locate, owner_of
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.operations.restore import FolderPlan, History, Item, Restored, RestorePlan
    from folderkit.store import Store

_SHOWN = 20  # files that are named one by one when all is done
_WHAT = {"made": Text("made", "新建"), "replaced": Text("replaced", "替换"), "same": Text("same", "相同"),
         "left": Text("left", "保留"), "skipped": Text("skipped", "跳过"), "damaged": Text("damaged", "损坏")}


@words.command("restore", Text(
    "Bring back version N of FILE, or the one of a date, to its place or to another; or a folder or a whole project as "
    "it was at a date. What is gone comes back as it was last. What stands there is kept as a version first.",
    "恢复文件的第 N 个版本或某日的版本，放回原处或别处；也可恢复某日的整个文件夹或项目。"
    "已不存在的，缺省恢复到最后的样子。原处现有的内容会先存为版本。"))
@click.argument("file")
@words.option("--version", "number", type=int, metavar="N", about=Text("The version's number.", "版本号。"))
@words.option("--at", metavar="DATE", about=Text(
    "As it was on that day or at that moment: 2026-03-31 or '2026-03-31 14:30'.",
    "该日或该时刻的样子：2026-03-31 或 '2026-03-31 14:30'。"))
@words.option("--to", "target", metavar="PATH", about=Text(
    "Another file or folder to put it in; for a folder, one that is not there yet, or is empty.",
    "放到别的文件或文件夹；恢复文件夹时，须是还没有的或空的文件夹。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def restore_command(app: App, file: str, number: int | None, at: str | None, target: str | None,
                    project: str | None, dry_run: bool, as_json: bool) -> None:
    from folderkit.operations.restore import history, is_folder

    if number is not None and at is not None:
        raise Misuse(Text("Give --version or --at, not both.", "--version 和 --at 只能用一个。"))
    with app.store() as store:
        owner, path = locate(app, store, file, project)
        if number is None and is_folder(store, owner, path):
            _restore_folder(app, store, owner, path, (at, target), dry_run=dry_run, as_json=as_json)
            return
        found = history(store, owner, path)
        owner = owner_of(app, store, owner, found)
        plan = _plan_file(app, store, owner, found, (number, at, target))
        kept = 0 if dry_run or plan.same else _apply_file(app, store, plan)
    if as_json:
        app.json([{"what": "same" if plan.same else "replaced" if plan.seen else "made",
                   "path": str(plan.target), "version": plan.version.number, "size": plan.version.size}])
    else:
        _tell_file(app, plan, kept, dry_run=dry_run)


# -- one file --------------------------------------------------------------------------------------
def _plan_file(app: App, store: Store, owner: Project, found: History, wanted: tuple[int | None, str | None, str | None]
               ) -> RestorePlan:
    from folderkit.operations.restore import choose_version, plan_restore

    number, at, target = wanted
    if number is None and at is None:
        _refuse_present(owner.folder / found.file.path)
        number = found.versions[-1].number
    version = choose_version(found, number, at)
    to = app.path(target) if target else None
    if to is not None and target and target.endswith(("/", os.sep)):  # a folder is meant, made when needed
        to = to / Path(found.file.path).name
    return plan_restore(store, owner, found, version, to, [*app.projects(store), owner])


def _apply_file(app: App, store: Store, plan: RestorePlan) -> int:
    from folderkit.operations.restore import apply_restore

    kept = apply_restore(store, plan)
    app.read_texts(store, plan.project.id)
    return kept


def _refuse_present(path: Path) -> None:
    """Only a file that is gone has one version that is meant: its last."""
    if path.exists():
        raise Misuse(Text("Say which version: --version N or --at DATE.", "请指定版本：--version N 或 --at 日期。"),
                     Text("'folderkit history FILE' lists them.", "folderkit history 文件 可列出版本。"))


def _tell_file(app: App, plan: RestorePlan, kept: int, *, dry_run: bool) -> None:
    place, version = app.shown(plan.target), plan.version
    if plan.same:
        app.say(Text(f"{place} already is version {version.number}.", f"{place} 已经是版本 {version.number}。"))
        return
    if dry_run:
        app.say(Text(f"Version {version.number} would be put at {place}.", f"将把版本 {version.number} 放到 {place}。"))
        return
    if kept:
        app.say(Text(f"What stood at {place} is kept as version {kept}.", f"{place} 原有内容已存为版本 {kept}。"))
    app.say(Text(f"Version {version.number} of {version.at.astimezone():%Y-%m-%d %H:%M} is back at {place}.",
                 f"版本 {version.number}（{version.at.astimezone():%Y-%m-%d %H:%M}）已恢复到 {place}。"))


# -- a folder --------------------------------------------------------------------------------------
def _restore_folder(app: App, store: Store, owner: Project, path: Path, wanted: tuple[str | None, str | None], *,
                    dry_run: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar
    from folderkit.operations.restore import Restored, apply_aside, apply_in_place, plan_folder

    at, target = wanted
    plan = plan_folder(store, owner, path, at, app.path(target) if target else None,
                       [*app.projects(store), owner])
    if dry_run:
        result = Restored(list(plan.items))
    else:
        bar = Bar(Text("Restoring", "恢复"), app.language)
        result = (apply_in_place if plan.aside is None else apply_aside)(store, plan, bar)
        bar.close()
    failed = result.of("skipped", "damaged")
    if as_json:
        app.json(_as_data(plan, result))
    else:
        _tell_folder(app, plan, result, dry_run=dry_run)
    if failed and not dry_run:
        raise click.exceptions.Exit(1)


def _as_data(plan: FolderPlan, result: Restored) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"what": item.what, "path": item.path, "version": item.past.version.number, "size": item.past.version.size,
         "reason": item.reason.en if item.reason else ""} for item in result.items]
    rows += [{"what": "left", "path": path, "version": None, "size": None, "reason": ""} for path in plan.left]
    return rows


def _tell_folder(app: App, plan: FolderPlan, result: Restored, *, dry_run: bool) -> None:
    from folderkit.cli.output import counted, echo, size, table

    made, replaced, same = (len(result.of(what)) for what in ("made", "replaced", "same"))
    if dry_run:
        rows = [[_word(app, item.what), _path(app, item), str(item.past.version.number), size(item.past.version.size)]
                for item in result.items if item.what != "same"]
        rows += [[_word(app, "left"), path, "", ""] for path in plan.left]
        if rows:
            head = Text("WHAT|PATH|VERSION|SIZE", "操作|路径|版本|大小").in_(app.language).split("|")
            table(head, rows, right=(2, 3))
    else:
        for item in result.of("skipped", "damaged"):
            echo(f"{click.style(_word(app, item.what), bold=True)}  {plain(_path(app, item))}")
        for path in plan.left[:_SHOWN]:
            echo(f"{click.style(_word(app, 'left'), dim=True)}  {plain(path)}")
        if len(plan.left) > _SHOWN:
            more = len(plan.left) - _SHOWN
            app.say(Text(f"    and {more} more that were not there then", f"    以及另外 {more} 个当时没有的文件"))
    counts = Text(f"{counted(made, 'file')} made, {replaced} replaced, {same} as they were, {len(plan.left)} left.",
                  f"新建 {made} 个文件，替换 {replaced} 个，相同 {same} 个，保留 {len(plan.left)} 个。")
    place = app.shown(plan.aside or plan.project.folder / plan.folder)
    if dry_run:
        app.say(Text(f"{place}: {counts.en}", f"{place}：{counts.zh}"))
        return
    app.say(Text(f"{place} is back: {counts.en}", f"{place} 已恢复：{counts.zh}"))
    if failed := result.of("skipped", "damaged"):
        app.note(Text(f"{counted(len(failed), 'file')} could not be restored; see above, then run the command again.",
                      f"{len(failed)} 个文件未能恢复，原因见上；处理后可再运行一次。"))


def _word(app: App, what: str) -> str:
    return _WHAT[what].in_(app.language)


def _path(app: App, item: Item) -> str:
    return f"{item.path}: {item.reason.in_(app.language)}" if item.reason else item.path
