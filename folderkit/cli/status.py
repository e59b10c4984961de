"""Commands that tell how a workspace stands: status, doctor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import NO_PROJECT, App, named, now, pass_app
from folderkit.core.language import Text, same
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.basis import Outdated
    from folderkit.operations.status import BackupStatus, ProjectStatus, Status

_NAMED = 6  # changed facts, and files, of one document in a line


@words.command("status", Text(
    "Tell how the projects, the vault and its backups stand: files and versions, what was kept last, what is due, "
    "documents that are out of date and why, how old the backup is.",
    "显示各项目、版本库及其备份的状况：文件和版本数、最近的保存、到期情况、已过时的文档及原因、备份的新旧。"))
@click.argument("project", required=False)
@words.json_option
@pass_app
def status_command(app: App, project: str | None, as_json: bool) -> None:
    from folderkit.cli.watch import summary
    from folderkit.operations.status import status
    from folderkit.watch.health import watch_status

    with app.store() as store:
        projects = [app.project(store, project)] if project else app.projects(store)
        lost = not project and app.tell_lost(store, projects)
        found = status(store, projects)
        running, health = watch_status(store.workspace.state)
    if as_json:
        app.json({**_told(app, found), "watch": {"running": running, "waiting": len(health.waiting) if health else 0}})
        return
    if found.projects:
        _print_projects(app, found.projects, letters=store.workspace.settings.ocr)
        _print_outdated(app, found.projects)
    elif not lost and next(store.workspace.project_folders(), None) is None:  # else they have been told
        app.say(NO_PROJECT)
    app.say(summary(running, health))
    _print_vault(app, found)
    for backup in found.backups:
        _print_backup(app, backup)
    if not found.backups:
        app.say(Text("Backup: none yet. Make one: folderkit backup run --to DIR",
                     "备份：还没有。建立备份：folderkit backup run --to 文件夹"))


def _told_outdated(app: App, one: Outdated) -> dict[str, Any]:
    return {"path": one.path, "template": one.template, "document_version": one.version, "filled": one.at,
            "changed": list(one.changed), "files": list(one.files), "template_changed": one.template_changed,
            "reason": one.reason.in_(app.language)}


def _told(app: App, found: Status) -> dict[str, Any]:
    return {
        "projects": [{"code": row.project.code, "name": row.project.name, "folder": row.project.folder.name,
                      "files": row.files, "versions": row.versions, "last": row.last, "due_date": row.due,
                      "texts": row.texts, "outdated": [_told_outdated(app, one) for one in row.outdated]}
                     for row in found.projects],
        "vault": {"versions": found.versions, "saved_bytes": found.saved, "stored_bytes": found.stored,
                  "free_bytes": found.free},
        "backups": [row._asdict() for row in found.backups]}


def _print_projects(app: App, rows: list[ProjectStatus], *, letters: bool) -> None:
    from folderkit.cli.output import table, unread

    head = Text("CODE|NAME|FILES|VERSIONS|LAST KEPT|DUE", "编号|名称|文件|版本|最近保存|预计完成").in_(app.language)
    table(head.split("|"), [[row.project.code, row.project.name, str(row.files), str(row.versions),
                             f"{row.last.astimezone():%Y-%m-%d %H:%M}" if row.last else "–", _due(app, row.due)]
                            for row in rows], right=(2, 3))
    for row in rows:
        for left in unread(row.texts, letters=letters):
            app.say(named(row.project.code, left))
    click.echo()


def _print_outdated(app: App, rows: list[ProjectStatus]) -> None:
    """The documents that are out of date, and why; of many projects only how many."""
    from folderkit.cli.output import counted, echo

    for row in rows:
        changed = [one for one in row.outdated if _reasons(one)]
        untold = [one for one in row.outdated if one.reason.en]
        if len(rows) > 1 and row.outdated:
            more = sum(not _reasons(one) for one in untold)
            of_more = Text(f"; of {more} it cannot be told", f"；另有 {more} 个无法判断")
            verb = "is" if len(changed) == 1 else "are"
            told = Text(f"{counted(len(changed), 'document')} {verb} out of date", f"{len(changed)} 个文档已过时")
            app.say(named(row.project.code or row.project.folder.name,
                          Text(told.en + of_more.en, told.zh + of_more.zh) if more else told))
            continue
        if changed:
            app.say(Text("Documents that are out of date, and what has changed since they were filled:",
                         "已过时的文档，以及生成之后变动的内容："))
        joint = Text("; ", "；").in_(app.language)
        for one in changed:
            why = joint.join(plain(reason.in_(app.language)) for reason in _reasons(one))
            echo(f"  {plain(one.path)}  ({one.at.astimezone():%Y-%m-%d}): {why}")
        for one in untold:
            app.say(named(f"  {one.path}", Text(f"whether its data has changed cannot be told: {one.reason.en}",
                                                f"无法判断数据是否有变动：{one.reason.zh}")))


def _reasons(one: Outdated) -> list[Text]:
    """Why a document is out of date: its facts and registers, the files that it took in, its template."""
    found = [same(_some(names)) for names in (one.changed, one.files) if names]
    return [*found, Text("its template", "模板")] if one.template_changed else found


def _some(names: Sequence[str]) -> str:
    """The first of the names, and a sign that there are more."""
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def _due(app: App, due: dt.date | str) -> str:
    if isinstance(due, str):
        return due
    days = (due - now().astimezone().date()).days
    left = (Text(f"in {days} days", f"还有 {days} 天") if days > 1 else Text("tomorrow", "明天") if days == 1
            else Text("today", "今天") if days == 0 else Text(f"{-days} days ago", f"{-days} 天前"))
    return f"{due}  {left.in_(app.language)}"


def _print_vault(app: App, found: Status) -> None:
    from folderkit.cli.output import counted, size

    app.say(Text(f"Vault: {counted(found.versions, 'version')} of {size(found.saved)} take {size(found.stored)}; "
                 f"{size(found.free)} are free on its disk.",
                 f"版本库：{found.versions} 个版本共 {size(found.saved)}，占用 {size(found.stored)}；"
                 f"所在磁盘剩余 {size(found.free)}。"))


def _print_backup(app: App, row: BackupStatus) -> None:
    from folderkit.cli.output import counted

    days = (now() - row.at).days
    age = Text("today", "今天") if days == 0 else Text(f"{counted(days, 'day')} ago", f"{days} 天前")
    parts = [Text(f"Backup: {row.at.astimezone():%Y-%m-%d %H:%M}, {age.en}, in '{row.place}'",
                  f"备份：{row.at.astimezone():%Y-%m-%d %H:%M}（{age.zh}），位于“{row.place}”")]
    if row.newer:
        parts.append(Text(f"{counted(row.newer, 'version')} newer than it", f"此后有 {row.newer} 个新版本"))
    if not row.there:
        parts.append(Text("its folder is not there now", "该文件夹现在不在"))
    if row.damaged:
        parts.append(Text(f"{counted(row.damaged, 'file')} of it not whole", f"其中 {row.damaged} 个文件已损坏"))
    app.say(Text("; ".join(part.en for part in parts) + ".", "；".join(part.zh for part in parts) + "。"))


@words.command("doctor", Text(
    "Look for what is odd about the workspace (settings, projects, vault, catalog, backup, disks) and name what mends "
    "it. Nothing is changed. Exit code 4 when something is wrong; files that are the same are told, and no fault.",
    "检查工作区有无异常（设置、项目、版本库、目录库、备份、磁盘），并给出处理办法。不做任何改动。"
    "发现异常时退出码为 4；内容相同的文件只作提示，不算异常。"))
@words.json_option
@pass_app
def doctor_command(app: App, as_json: bool) -> None:
    from folderkit.cli.output import Bar, echo
    from folderkit.operations.doctor import Oddity, examine
    from folderkit.operations.verify import verify

    workspace = app.workspace()
    bar = Bar(Text("Checking", "检查"), app.language)
    damaged = verify(workspace, every_byte=False, progress=bar).findings
    bar.close()
    mend = Text("folderkit verify names the versions; folderkit backup restore brings the file back",
                "folderkit verify 列出受影响的版本；folderkit backup restore 可取回该文件")
    odd = [Oddity(f"{finding.file}:{finding.place}" if finding.place else str(finding.file), finding.what, mend)
           for finding in damaged]
    odd += examine(workspace, now)
    faults = [one for one in odd if one.is_fault]
    notes = [one for one in odd if not one.is_fault]
    if as_json:
        app.json([{"place": one.place, "what": one.what.in_(app.language), "mend": one.mend.in_(app.language),
                   "fault": one.is_fault} for one in (*faults, *notes)])
    else:
        if not faults:
            app.say(Text("Nothing is odd.", "一切正常。"))
        for one in (*faults, *notes):
            if notes and one is notes[0]:
                app.say(Text("Not a fault, but worth knowing:", "以下不是问题，供参考："))
            echo(f"{click.style(plain(one.place), bold=True)}: {one.what.in_(app.language)}")
            echo(f"    → {one.mend.in_(app.language)}")
    if faults:
        raise click.exceptions.Exit(4)
