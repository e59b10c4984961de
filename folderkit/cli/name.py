"""The command name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.cli.chosen import chosen_projects, look
from folderkit.cli.output import echo
from folderkit.core.errors import Failed, Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.operations.name import Naming


@words.command("name", Text(
    "Propose the name that the project's convention asks for, for each FILE. With --check, list what breaks the "
    "convention, Windows or OneDrive, in the project or below PATH; with --fix, rename it ('undo' takes it back).",
    "按项目的命名规范给出文件的建议名称。--check 列出项目（或路径）中不符合规范、Windows 或 OneDrive 不接受的名称；"
    "--fix 直接改名（可用 undo 撤销）。"))
@click.argument("paths", metavar="[FILE]…", nargs=-1)
@words.option("--check", is_flag=True, about=Text("List the names that break something; exit code 4 if any does.",
                                                  "列出有问题的名称；如有则退出码为 4。"))
@words.option("--fix", is_flag=True, about=Text("Rename them.", "改名。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def name_command(app: App, paths: tuple[str, ...], check: bool, fix: bool, project: str | None, dry_run: bool,
                 as_json: bool) -> None:
    from folderkit.intake.patterns import SlowPatterns
    from folderkit.operations.name import Namer, apply_namings
    from folderkit.store import new_id

    if not (paths or check or fix):
        raise Misuse(Text("Name a file, or give --check or --fix.", "请指定文件，或使用 --check 或 --fix。"))
    failed: list[tuple[Naming, Text]] = []
    done: list[Naming] = []
    batch, slow = new_id(), SlowPatterns()
    with app.store() as store:
        chosen, everything = chosen_projects(app, store, paths, project)
        unscanned = look(app, store, [owner for owner, _ in chosen], everything=everything).unscanned
        found = [one for owner, below in chosen for one in Namer(store, owner, slow).look(below)]
        if fix and not dry_run:
            apply_namings(store, found, batch, lambda one, reason: failed.append((one, reason)) if reason
                          else done.append(one))
    for reason in slow.given_up():
        app.warn(reason)
    broken = [one for one in found if one.faults]
    if as_json:
        app.json([_told(one) for one in (found if paths and not check else broken)])
    else:
        if found or not unscanned:
            _show(app, found if paths and not check else broken, several=len(chosen) > 1)
        for one, why in failed:
            path = plain(one.path)
            app.warn(Text(f"{path} was not renamed: {why.en}", f"{path} 未改名：{why.zh}"))
        if fix and not dry_run:
            app.note(Text(f"{len(done)} renamed." + (f" To take it back: folderkit undo {batch}" if done else ""),
                          f"已改名 {len(done)} 个。" + (f"撤销：folderkit undo {batch}" if done else "")))
    if failed:
        raise Failed(Text(f"{len(failed)} could not be renamed; each says why.",
                          f"有 {len(failed)} 个无法改名，原因见各文件。"),
                     Text("Remove what hinders it, then run the command again.", "请排除原因后再运行一次。"))
    if unscanned:
        raise click.exceptions.Exit(1)
    if check and len(broken) > len(done):
        raise click.exceptions.Exit(4)


def _told(one: Naming) -> dict[str, Any]:
    return {"project": one.project.folder.name, "path": one.path, "proposed": one.proposed or None,
            "faults": [fault.en for fault in one.faults]}


def _show(app: App, found: Sequence[Naming], *, several: bool) -> None:
    for one in found:
        path = plain(f"{one.project.folder.name}/{one.path}" if several else one.path)
        if not one.faults:
            app.say(Text(f"{path}  is named as it should be", f"{path}  名称符合规范"))
            continue
        proposed = one.proposed.rpartition("/")[2]
        echo(path + (f" → {click.style(plain(proposed), fg='green')}" if proposed else ""))
        for fault in one.faults:
            echo(f"    {plain(fault.in_(app.language))}", dim=True)
    if not found:
        app.say(Text("Every name is as it should be.", "所有名称都符合规范。"))
