"""Commands about the past: history, log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.errors import Misuse
from folderkit.core.language import Text, same
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.events import Event
    from folderkit.core.project import Project
    from folderkit.operations.restore import History
    from folderkit.store import Store

_WHY = {"new": Text("made with the project", "随项目新建"), "scan": Text("found by scan", "扫描发现"),
        "watch": Text("saved", "保存"), "fill": Text("filled from a template", "由模板填写"),
        "before-fill": Text("kept before it was filled anew", "重新生成前保存"),
        "file": Text("filed", "归档"), "register": Text("entered by command", "用命令登记"),
        "undo": Text("put back by undo", "撤销时恢复"),
        "restore": Text("restored", "恢复"), "before-restore": Text("kept before a restore", "恢复前保存")}
_OPS = {"project.created": Text("project made", "新建项目"), "project.moved": Text("project moved", "移动项目"),
        "node.moved": Text("folder renamed", "目录改名"), "version.kept": Text("version kept", "保存版本"),
        "version.pinned": Text("version pinned", "固定版本"),
        "version.pruned": Text("version let go", "清理版本"),
        "file.moved": Text("file moved", "移动文件"), "file.deleted": Text("file gone", "文件删除"),
        "file.filed": Text("file filed", "归档文件"), "batch.undone": Text("batch undone", "撤销一批"),
        "document.filled": Text("document filled", "填写文档"), "backup.made": Text("backup made", "完成备份")}
_BY_COMMAND = Text("register changed", "修改登记册")


def locate(app: App, store: Store, file: str, word: str | None) -> tuple[Project, Path]:
    """The project and the path that FILE means: from this folder, or, with -p, from the project's folder."""
    path = app.path(file)
    if word:
        project = app.project(store, word, lost=True)
        inside = path.resolve().is_relative_to(project.folder)
        return project, path if inside else project.folder / file
    place = path.parent.resolve() / path.name
    if not place.is_relative_to(store.workspace.root):
        raise Misuse(Text(f"'{file}' is not in this workspace.", f"“{file}”不在这个工作区内。"),
                     Text("Name a file of a project in it.", "请指定工作区中某个项目的文件。"))
    return app.project(store, None, place, lost=True), path


def owner_of(app: App, store: Store, asked: Project, found: History) -> Project:
    """The project that a file is in now: it may have been moved there from the one in which it was asked for."""
    from folderkit.operations.overview import lost_projects

    if found.file.project == asked.id:
        return asked
    present = app.projects(store)
    known = [*present, *lost_projects(store, present)]
    return next((project for project in known if project.id == found.file.project), asked)


@words.command("history", Text(
    "List the versions of FILE, oldest first; also of a file that is gone.",
    "列出文件的各个版本，最早的在前；已删除的文件也可以。"))
@click.argument("file")
@words.project_option
@words.json_option
@pass_app
def history_command(app: App, file: str, project: str | None, as_json: bool) -> None:
    from folderkit.catalog.filed import noted
    from folderkit.cli.file import facts_line
    from folderkit.cli.output import size, table
    from folderkit.operations.restore import history

    with app.store() as store:
        owner, path = locate(app, store, file, project)
        found = history(store, owner, path)
        owner = owner_of(app, store, owner, found)
        filed = noted(store.catalog, found.file.id)
        folders = {row.id: row.folder for row in store.catalog.projects()}
        folders[owner.id] = owner.folder.relative_to(store.workspace.root).as_posix()
    if as_json:
        app.json([{"version": version.number, "at": version.at, "size": version.size, "hash": version.content,
                   "path": f"{folders[version.project]}/{version.path}", "why": version.why, "by": version.who,
                   **({"pruned": True} if version.pruned else {}),
                   **({"incomplete": True} if version.incomplete else {})}
                  for version in found.versions])
        return
    head = Text("VERSION|WHEN|SIZE|BY|WHY", "版本|时间|大小|操作人|原因").in_(app.language).split("|")
    rows = []
    for version in found.versions:
        why = _WHY.get(version.why, Text(version.why, version.why)).in_(app.language)
        why += f" v{version.restored}" if version.restored else ""
        why += Text("; let go", "；已清理").in_(app.language) if version.pruned else ""
        why += Text("; not complete", "；不完整").in_(app.language) if version.incomplete else ""
        if version.project != found.file.project:
            why += f"  ({folders[version.project]}/{version.path})"
        elif version.path != found.file.path:
            why += f"  ({version.path})"
        rows.append([str(version.number), f"{version.at.astimezone():%Y-%m-%d %H:%M:%S}", size(version.size),
                     version.who, why])
    table(head, rows, right=(0, 2))
    if filed and (facts := facts_line(filed.facts)):
        done = Text("Noted", "记录") if filed.step == "noted" else Text("Filed", "归档")
        app.say(Text(f"{done.en} by the rule {filed.by}: {plain(facts.en)}",
                     f"按规则 {filed.by} {done.zh}：{plain(facts.zh)}"))
    place = owner.folder / found.file.path
    shown = app.shown(place)
    if not place.exists():
        app.note(Text(f"The file is gone; this brings it back: folderkit restore \"{shown}\"",
                      f"文件已删除。恢复：folderkit restore \"{shown}\""))
    elif not path.exists():
        app.note(Text(f"It lies at {shown} now.", f"它现在位于 {shown}。"))


@words.command("log", Text(
    "Tell what happened, newest first; with FILE, only what happened to that file or folder.",
    "按时间倒序显示发生过的事；给出文件时，只看该文件或文件夹。"))
@click.argument("file", required=False)
@words.only_project_option
@words.option("--by", metavar="NAME", default="", about=Text(
    "Only what this person did: a part of the account's name.", "只看此人做的：账户名的一部分。"))
@words.option("--what", multiple=True, type=click.Choice(sorted(_OPS)), metavar="KIND", about=Text(
    f"Only entries of this kind; may be given several times: {', '.join(sorted(_OPS))}.",
    f"只看这类记录，可重复使用：{'、'.join(sorted(_OPS))}。"))
@words.option("--since", metavar="DATE", about=Text(
    "Only from that day or moment on: 2026-03-31 or '2026-03-31 14:30'.",
    "只看该日或该时刻以后：2026-03-31 或 '2026-03-31 14:30'。"))
@words.option("--until", metavar="DATE", about=Text(
    "Only up to that day or moment, which counts.", "只看到该日或该时刻为止（含）。"))
@words.option("--limit", type=click.IntRange(1), default=50, metavar="N", about=Text(
    "Show at most N entries (50).", "最多显示 N 条（50）。"))
@words.json_option
@pass_app
def log_command(app: App, file: str | None, project: str | None, by: str, what: tuple[str, ...], since: str | None,
                until: str | None, limit: int, as_json: bool) -> None:
    from folderkit.cli.output import echo
    from folderkit.core.events import to_dict
    from folderkit.core.moments import parse_moment
    from folderkit.operations.log import Wanted, log

    wanted = Wanted(who=by, ops=what or None, since=parse_moment(since).begin if since else None,
                    until=parse_moment(until).end if until else None,
                    without=() if as_json else ("intended", "concluded"))  # by which folderkit keeps itself whole
    with app.store() as store:
        if file is not None:
            owner, path = locate(app, store, file, project)
            wanted = wanted._replace(project=owner.id, path=owner.inside(path))
        elif project:
            wanted = wanted._replace(project=app.project(store, project, lost=True).id)
        entries = log(store, wanted, limit)
        folders = {row.id: row.folder for row in store.catalog.projects()}
    if as_json:
        app.json([{"number": entry.number, "at": entry.at, "by": entry.who, "op": entry.op,
                   **({key: value for key, value in to_dict(entry.event).items() if key != "op"}
                      if entry.event else {})} for entry in entries])
        return
    if not entries:
        asked = wanted != Wanted(without=wanted.without)
        app.note(Text("Nothing of this is in the journal.", "日志中没有这样的记录。") if asked else
                 Text("Nothing has happened yet.", "还没有发生过任何事。"))
    for entry in entries:
        told = _BY_COMMAND if _is_entered(entry.event) else _OPS.get(entry.op, same(entry.op))
        echo(f"{click.style(f'{entry.at.astimezone():%Y-%m-%d %H:%M:%S}', dim=True)}  {plain(entry.who)}  "
             f"{click.style(told.in_(app.language), bold=True)}  "
             f"{plain(_told(entry.event, folders)) if entry.event else ''}")


def _is_entered(event: Event | None) -> bool:
    """Whether rows or values were entered in a register by command, which no rule does."""
    from folderkit.core.events import FileFiled
    from folderkit.entering import BY

    return isinstance(event, FileFiled) and (event.step, event.by) == ("replaced", BY)


def _told(event: Event, folders: dict[str, str]) -> str:
    """What an event is about, in one line."""
    folder = folders.get(getattr(event, "project", ""), "")
    path, old = getattr(event, "path", ""), getattr(event, "old", "")
    about = (getattr(event, "folder", "") or getattr(event, "place", "")
             or "/".join(part for part in (folder, path) if part))
    before = folders.get(getattr(event, "old_project", ""), "")
    return about + (f"  ← {before}/{old}" if before else f"  ← {old}" if old else "")
