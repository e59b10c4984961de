"""Commands of the backup: run, verify, restore."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, named, pass_app
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.workspace import Workspace
    from folderkit.operations.backup.run import Backup

_SHOWN = 20  # files that could not be restored


@click.group("backup", cls=words.Group, about=Text(
    "Copy the vault to another folder or disk, check the copy, and make a workspace from it.",
    "把版本库备份到别的文件夹或磁盘，检查备份，或从备份恢复工作区。"))
def backup_command() -> None:
    pass


@backup_command.command("run", cls=words.Command, about=Text(
    "Bring the backup of this workspace up to date, or make it: every version, the settings, templates and skeletons. "
    "What has been copied before is not copied again; what is copied is read back.",
    "更新（或新建）这个工作区的备份：全部版本以及设置、模板、骨架。已备份的不再复制；复制的内容会读回核对。"))
@words.option("--to", "target", metavar="DIR", about=Text(
    "The folder to back up to, best on another disk. Default: the setting 'backup'.",
    "备份到哪个文件夹，最好在另一块磁盘上。缺省用设置 backup。"))
@words.dry_run_option
@words.json_option
@pass_app
def run_command(app: App, target: str | None, dry_run: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar, counted, size
    from folderkit.operations.backup.place import place_in
    from folderkit.operations.backup.plan import plan_backup
    from folderkit.operations.backup.run import back_up

    with app.store() as store:
        folder = _target(app, store.workspace, target)
        place = place_in(folder, store.workspace)
        _warn_same_disk(app, store.workspace, folder)
        if dry_run:
            plan = plan_backup(store, place)
            if as_json:
                app.json({"place": place, "copy": plan.copy, "bytes": plan.size, "remove": plan.gone})
                return
            app.say(Text(f"{counted(len(plan.copy), 'file')} of the vault ({size(plan.size)}) would be copied to "
                         f"'{place}'.", f"将把版本库的 {len(plan.copy)} 个文件（{size(plan.size)}）复制到“{place}”。"))
            return
        bar = Bar(Text("Backing up", "备份"), app.language)
        done = back_up(store, place, bar)
        bar.close()
    if as_json:
        app.json(_told(app, done))
    else:
        app.say(Text(f"Backed up to '{place}': {counted(done.copied, 'file')} ({size(done.copied_bytes)}) copied; "
                     f"it holds {size(done.manifest.size)}.",
                     f"已备份到“{place}”：复制了 {done.copied} 个文件（{size(done.copied_bytes)}）；"
                     f"备份共 {size(done.manifest.size)}。"))
    if done.findings:
        _tell_damage(app, done, as_json=as_json)
        raise click.exceptions.Exit(1)


def _told(app: App, done: Backup) -> dict[str, Any]:
    from folderkit.cli.verify import told

    return {"place": done.place, "at": done.manifest.at, "files": len(done.manifest.files), "bytes": done.manifest.size,
            "copied": done.copied, "copied_bytes": done.copied_bytes, "removed": done.removed,
            "findings": [{**told(app, finding), "saved": saved}
                         for finding, saved in zip(done.findings, done.saved, strict=True)]}


def _tell_damage(app: App, done: Backup, *, as_json: bool) -> None:
    from folderkit.cli.verify import tell

    if not as_json:
        for finding, saved in zip(done.findings, done.saved, strict=True):
            tell(app, finding)
            app.say(Text("    the backup has it whole", "    备份中有完好的副本") if saved else
                    Text("    the backup does not have it either", "    备份中也没有"))
    app.warn(Text("The vault is damaged. Nothing good in the backup was replaced by it.",
                  "版本库有损坏。备份中完好的内容没有被替换。"))


def _target(app: App, workspace: Workspace, given: str | None) -> Path:
    """The folder to back up to: as typed, or as the settings say, from the workspace."""
    from folderkit.core.errors import Misuse

    if given:
        return app.path(given)
    if workspace.settings.backup:
        return workspace.root / os.path.expanduser(workspace.settings.backup)  # noqa: PTH111  never raises
    raise Misuse(Text("Where to? Name a folder with --to DIR.", "备份到哪里？请用 --to 指定文件夹。"),
                 Text("Or write 'backup: DIR' into folderkit.yaml, once and for all.",
                      "也可以在 folderkit.yaml 中写上 backup: 文件夹，以后不必再指定。"))


def _warn_same_disk(app: App, workspace: Workspace, folder: Path) -> None:
    if workspace.vault.stat().st_dev == folder.stat().st_dev:
        app.warn(Text("The backup lies on the same disk as the vault: when the disk fails, both are gone.",
                      "备份与版本库在同一块磁盘上：磁盘损坏时两者会一起丢失。"))


@backup_command.command("verify", cls=words.Command, about=Text(
    "Read every byte of a backup and look whether every version is there. Exit code 4 when something is wrong.",
    "逐字节读取备份，检查各版本是否齐全完好。发现问题时退出码为 4。"))
@words.option("--from", "source", metavar="DIR", about=Text(
    "The backup, or the folder that holds it. Default: the setting 'backup'.",
    "备份，或它所在的文件夹。缺省用设置 backup。"))
@words.json_option
@pass_app
def verify_command(app: App, source: str | None, as_json: bool) -> None:
    from folderkit.cli.output import Bar, counted
    from folderkit.cli.verify import tell, told
    from folderkit.core.workspace import find_root
    from folderkit.operations.backup.place import find_backup
    from folderkit.operations.backup.verify import verify_backup

    workspace = app.workspace() if not source or find_root(app.directory) else None
    place = find_backup(_target(app, workspace, source) if workspace else app.path(source or ""), workspace)
    bar = Bar(Text("Checking", "检查"), app.language)
    found = verify_backup(place, bar)
    bar.close()
    if as_json:
        app.json([told(app, finding) for finding in found.findings])
    else:
        for finding in found.findings:
            tell(app, finding)
        files = len(found.manifest.files) if found.manifest else 0
        made = f"{found.manifest.at.astimezone():%Y-%m-%d %H:%M}" if found.manifest else "?"
        app.say(Text(f"Backup of {made}: {counted(files, 'file')}, {counted(found.entries, 'journal line')}, "
                     f"{counted(found.contents, 'content')}: "
                     + (f"{counted(len(found.findings), 'fault')}." if found.findings else "all is whole."),
                     f"{made} 的备份：{files} 个文件，{found.entries} 条日志，{found.contents} 份内容："
                     + (f"{len(found.findings)} 处有问题。" if found.findings else "全部完好。")))
    if found.findings:
        app.note(Text("Where the vault is whole, delete the damaged file from the backup: 'folderkit backup run' "
                      "copies it again.", "如果版本库完好，请从备份中删除损坏的文件，再运行 folderkit backup run。"))
        raise click.exceptions.Exit(4)


@backup_command.command("restore", cls=words.Command, about=Text(
    "Make the workspace again in TO, a new or empty folder, from the backup in DIR: settings, vault, and every project "
    "as it was when the backup was made. Interrupted, the same command goes on.",
    "从 DIR 中的备份在 TO（新的或空的文件夹）中恢复工作区：设置、版本库，以及备份时的各个项目。"
    "中断后再运行一次即可继续。"))
@click.argument("source", metavar="DIR")
@click.argument("target", metavar="TO")
@words.dry_run_option
@words.json_option
@pass_app
def restore_command(app: App, source: str, target: str, dry_run: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar, counted, size
    from folderkit.operations.backup.place import find_backup
    from folderkit.operations.backup.restore import apply_restore, plan_restore

    root = app.path(target).resolve()
    plan = plan_restore(find_backup(app.path(source), None), root, os.environ)
    what = Text(f"{counted(len(plan.projects), 'project')}, {counted(len(plan.files), 'file')} ({size(plan.size)})",
                f"{len(plan.projects)} 个项目，{len(plan.files)} 个文件（{size(plan.size)}）")
    missed = list(plan.missed)
    if not dry_run:
        bar = Bar(Text("Restoring", "恢复"), app.language)
        missed = apply_restore(plan, os.environ, bar).missed
        bar.close()
    if as_json:
        app.json({"place": root, "made": plan.manifest.at, "projects": plan.projects, "files": len(plan.files),
                  "bytes": plan.size, "missed": [{"path": path, "why": why.in_(app.language)} for path, why in missed]})
    elif dry_run:
        app.say(Text(f"In '{root}' would be made: {what.en}.", f"将在“{root}”中恢复：{what.zh}。"))
    else:
        app.say(Text(f"The workspace is back in '{root}': {what.en}, as of "
                     f"{plan.manifest.at.astimezone():%Y-%m-%d %H:%M}.",
                     f"工作区已恢复到“{root}”：{what.zh}，截至 {plan.manifest.at.astimezone():%Y-%m-%d %H:%M}。"))
    _tell_missed(app, missed)
    if missed and not dry_run:
        raise click.exceptions.Exit(1)


def _tell_missed(app: App, missed: list[tuple[str, Text]]) -> None:
    for path, why in missed[:_SHOWN]:
        app.warn(named(path, why))
    if len(missed) > _SHOWN:
        app.warn(Text(f"{len(missed) - _SHOWN} more; --json lists all of them.",
                      f"另有 {len(missed) - _SHOWN} 项；用 --json 可全部列出。"))
