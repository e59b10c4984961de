"""Commands that keep versions: scan, watch, rebuild."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import click

from folderkit.cli import words
from folderkit.cli.app import App, now, pass_app
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.operations.reconcile import Change, Scan

_KINDS = {"new": Text("new", "新增"), "changed": Text("changed", "改动"), "moved": Text("moved", "移动"),
          "deleted": Text("gone", "删除"), "skipped": Text("skipped", "跳过"), "busy": Text("later", "稍后")}
_COLORS = {"new": "green", "changed": "blue", "moved": "cyan", "deleted": "red", "skipped": "yellow", "busy": "yellow"}


@words.command("scan", Text(
    "Keep a version of every new and changed file of all projects, or of PROJECT, and read its text for 'find'.",
    "为所有项目（或指定 PROJECT）中新增和改动的文件保存版本，并读取文字供查找。"))
@click.argument("project", required=False)
@words.option("--quick", is_flag=True, about=Text("Leave reading the texts to the next 'find' or 'scan'.",
                                                  "文字留给下一次 find 或 scan 读取。"))
@words.json_option
@pass_app
def scan_command(app: App, project: str | None, quick: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar, counted
    from folderkit.operations.reconcile import scan

    with app.store() as store:
        only = [app.project(store, project).folder] if project else []
        bar = Bar(Text("Keeping", "保存"), app.language)
        result = scan(store, only, progress=bar)
        bar.close()
        if not quick:
            bar = Bar(Text("Reading", "读取"), app.language)
            store.read_texts(progress=bar)
            bar.close()
        folders = {row.id: row.folder for row in store.catalog.projects()}
    if as_json:
        app.json([{"kind": change.kind, "project": folders.get(change.project, ""),
                   "path": f"{folders.get(change.project, '')}/{change.path}", "version": change.version or None,
                   "old": change.old or None, "old_project": folders.get(change.old_project),
                   "reason": change.reason.en if change.reason else None}
                  for change in result.changes])
    elif result.changes:  # at once: each call of echo takes longer than its line
        click.echo("\n".join(line(app, change, folders) for change in result.changes))
    tell_troubles(app, result)
    if not as_json:
        app.say(Text(f"{counted(result.projects, 'project')}, {counted(result.files, 'file')}: "
                     f"{result.count('new')} new, "
                     f"{result.count('changed')} changed, {result.count('moved')} moved, "
                     f"{result.count('deleted')} gone.",
                     f"{result.projects} 个项目，{result.files} 个文件：新增 {result.count('new')}，"
                     f"改动 {result.count('changed')}，移动 {result.count('moved')}，删除 {result.count('deleted')}。"))
    if result.unscanned:
        raise click.exceptions.Exit(1)


def line(app: App, change: Change, folders: dict[str, str]) -> str:
    """One change as a line: what happened, where, which version it is now."""
    word = click.style(_KINDS[change.kind].in_(app.language), fg=_COLORS[change.kind])
    more = f"  v{change.version}" if change.version else ""
    before = f"{folders.get(change.old_project, '')}/" if change.old_project else ""
    more += f"  ← {before}{change.old}" if change.old else ""
    more += f"  ({change.reason.in_(app.language)})" if change.reason else ""
    return f"{word}  {folders.get(change.project, '')}/{change.path}{more}"


def tell_troubles(app: App, result: Scan) -> None:
    for folder, reason in result.troubles:
        app.warn(Text(f"{folder}: {reason.en}", f"{folder}：{reason.zh}") if folder else reason)


@words.command("watch", Text(
    "Watch the workspace: as soon as a file is saved or dropped, keep its version and make it findable. "
    "Stop with Ctrl-C.",
    "监视工作区：文件一保存或放入，就保存版本并可查找。按 Ctrl-C 停止。"))
@pass_app
def watch_command(app: App) -> None:
    from folderkit.service import watch

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with app.store() as store:  # finishes what an earlier run left half done
        workspace = store.workspace
        folders = {row.id: row.folder for row in store.catalog.projects()}

    told: set[object] = set()

    def first_time(told_once: object) -> bool:
        """What stays as it is, such as a link that is skipped, is told once and not after every scan."""
        known = told_once in told
        told.add(told_once)
        return not known

    def tell(result: Scan) -> None:
        from folderkit.operations.overview import list_projects

        folders.update({project.id: project.folder.relative_to(workspace.root).as_posix()
                        for project in list_projects(workspace)[0]})
        for change in result.changes:
            if change.kind not in ("skipped", "busy") or first_time(change):
                click.echo(f"{now().astimezone():%H:%M:%S}  {line(app, change, folders)}")
        told.difference_update({trouble for trouble in told if isinstance(trouble, tuple)} - set(result.troubles))
        result.troubles = [trouble for trouble in result.troubles if first_time(trouble)]
        tell_troubles(app, result)

    def ready() -> None:
        app.note(Text(f"Watching {workspace.root} (process {os.getpid()}). Stop with Ctrl-C.",
                      f"正在监视 {workspace.root}（进程 {os.getpid()}）。按 Ctrl-C 停止。"))

    watch(workspace, now, stop, tell, ready)
    app.note(Text("Stopped; every version is kept.", "已停止；所有版本都已保存。"))


@words.command("rebuild", Text(
    "Throw the catalog away and make it again from folders and vault. No version is touched.",
    "丢弃目录库，并从文件夹和版本库重新建立。不影响任何版本。"))
@pass_app
def rebuild_command(app: App) -> None:
    from folderkit.cli.output import Bar, counted
    from folderkit.operations.reconcile import scan
    from folderkit.service import not_watched
    from folderkit.store import rebuild

    workspace = app.workspace()
    with not_watched(workspace), rebuild(workspace, now) as store:
        result = scan(store)
        bar = Bar(Text("Reading", "读取"), app.language)
        count = store.read_texts(progress=bar)
        bar.close()
        projects = len(store.catalog.projects())
    tell_troubles(app, result)
    app.say(Text(f"The catalog is made again: {counted(projects, 'project')}, {counted(count, 'text')} read.",
                 f"目录库已重建：{projects} 个项目，读取了 {count} 份文字。"))
