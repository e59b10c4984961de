"""Commands that keep versions once: scan, rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from folderkit.cli import words
from folderkit.cli.app import App, now, pass_app
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.operations.reconcile import Change, Scan

_KINDS = {"new": Text("new", "新增"), "changed": Text("changed", "改动"), "moved": Text("moved", "移动"),
          "deleted": Text("gone", "删除"), "skipped": Text("skipped", "跳过"), "busy": Text("later", "稍后"),
          "filed": Text("filed", "归档"), "noted": Text("noted", "记录"),
          "entered": Text("entered", "登记")}
_COLORS = {"new": "green", "changed": "blue", "moved": "cyan", "deleted": "red", "skipped": "yellow", "busy": "yellow",
           "filed": "green", "noted": "green", "entered": "green"}


@words.command("scan", Text(
    "Keep a version of every new and changed file of all projects, or of PROJECT, and read its text for 'find'.",
    "为所有项目（或指定 PROJECT）中新增和改动的文件保存版本，并读取文字供查找。"))
@click.argument("project", required=False)
@words.option("--quick", is_flag=True, about=Text("Leave reading the texts to the next 'find' or 'scan'.",
                                                  "文字留给下一次 find 或 scan 读取。"))
@words.json_option
@pass_app
def scan_command(app: App, project: str | None, quick: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar, counted, echo
    from folderkit.operations.reconcile import scan
    from folderkit.texts import read_texts

    with app.store() as store:
        only = [app.project(store, project).folder] if project else []
        bar = Bar(Text("Keeping", "保存"), app.language)
        result = scan(store, only, progress=bar)
        bar.close()
        if not quick:
            bar = Bar(Text("Reading", "读取"), app.language)
            read_texts(store, progress=bar, letters=True)
            bar.close()
        folders = {row.id: row.folder for row in store.catalog.projects()}
    if as_json:
        app.json([{"kind": change.kind, "project": folders.get(change.project, ""),
                   "path": f"{folders.get(change.project, '')}/{change.path}", "version": change.version or None,
                   "old": change.old or None, "old_project": folders.get(change.old_project),
                   "reason": change.reason.en if change.reason else None}
                  for change in result.changes])
    elif result.changes:  # at once: each call of echo takes longer than its line
        echo("\n".join(line(app, change, folders) for change in result.changes))
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
    return word + plain(f"  {folders.get(change.project, '')}/{change.path}{more}")


def tell_troubles(app: App, result: Scan) -> None:
    for folder, reason in result.troubles:
        app.tell_trouble(folder, reason)


@words.command("rebuild", Text(
    "Throw the catalog away and make it again from folders and vault. No version is touched.",
    "丢弃目录库，并从文件夹和版本库重新建立。不影响任何版本。"))
@pass_app
def rebuild_command(app: App) -> None:
    from folderkit.cli.output import Bar, counted
    from folderkit.operations.reconcile import scan
    from folderkit.service import not_watched
    from folderkit.store import rebuild
    from folderkit.texts import read_texts

    workspace = app.workspace()
    with not_watched(workspace), rebuild(workspace, now) as store:
        result = scan(store)
        bar = Bar(Text("Reading", "读取"), app.language)
        count = read_texts(store, progress=bar, letters=True)
        bar.close()
        projects = len(store.catalog.projects())
    tell_troubles(app, result)
    app.say(Text(f"The catalog is made again: {counted(projects, 'project')}, {counted(count, 'text')} read.",
                 f"目录库已重建：{projects} 个项目，读取了 {count} 份文字。"))
