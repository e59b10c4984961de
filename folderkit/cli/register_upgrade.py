"""The command register upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, named, pass_app
from folderkit.cli.entered import project_of
from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.entering import Entered
    from folderkit.operations.upgrade_registers import Lacking
    from folderkit.store import Store


@words.command("upgrade", about=Text(
    "Add the columns to the registers (all, or those named) that a newer folderkit has, right of the table. A column "
    "that a person has taken out stays away.",
    "给登记册（全部或指定的）添加新版 folderkit 才有的列，放在表格右侧。被人删除的列不会加回。"))
@click.argument("registers", nargs=-1, metavar="[REGISTER]...")
@words.option("--every", is_flag=True, about=Text(
    "Add every column that is lacking: also those taken out by a person, and to workbooks that folderkit has not made.",
    "补全所有缺少的列：包括被人删除的列，以及不是由 folderkit 生成的工作簿。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def upgrade(app: App, registers: tuple[str, ...], every: bool, project: str | None, dry_run: bool, as_json: bool
            ) -> None:
    from folderkit import entering
    from folderkit.operations.register import names_of
    from folderkit.operations.upgrade_registers import find_lacking

    told: list[dict[str, Any]] = []
    failed = False
    with app.store() as store:
        owner = project_of(app, store, project, enters=not dry_run)
        paths = entering.paths_of(store, owner)
        for one in find_lacking(paths, names_of(paths, owner, registers), every=every):
            try:
                done = _upgraded(store, owner, one, dry_run=dry_run)
            except FolderkitError as error:
                failed = True
                app.warn(named(one.register, error.message))
                if error.hint:
                    app.note(error.hint)
                continue
            told.append(_told(app, owner, one, done))
            if not as_json:
                _tell(app, one, done)
    if as_json:
        app.json(told)
    elif not told and not failed:
        app.say(Text("No register lacks a column.", "没有登记册缺少列。"))
    if failed:
        raise click.exceptions.Exit(1)


def _upgraded(store: Store, owner: Project, one: Lacking, *, dry_run: bool) -> Entered | None:
    """What became of it; None for a dry run. Raises `FolderkitError` where it cannot be done."""
    from folderkit.operations.upgrade_registers import add_lacking, try_out

    if one.trouble:
        raise one.trouble
    if dry_run:
        try_out(store, owner, one)
        return None
    return add_lacking(store, owner, one)


def _told(app: App, owner: Project, one: Lacking, done: Entered | None) -> dict[str, Any]:
    state = "planned" if done is None else "waiting" if done.reason else "done"
    return {"register": one.register, "workbook": one.path.relative_to(owner.folder).as_posix(),
            "columns": list(one.columns), "headers": [header.in_(app.language) for header in one.headers],
            "state": state, "batch": done.entry.id if done and state == "done" else None}


def _tell(app: App, one: Lacking, done: Entered | None) -> None:
    place = plain(app.shown(one.path))
    headers = Text(", ".join(header.en for header in one.headers), "、".join(header.zh for header in one.headers))
    if done and done.reason:
        app.say(Text(f"{place}: {plain(done.reason.en)} Added when it is closed: {headers.en}",
                     f"{place}：{plain(done.reason.zh)}关闭后自动添加：{headers.zh}"))
    elif done is None:
        app.say(Text(f"{place}: would get {headers.en}", f"{place}：将添加 {headers.zh}"))
    else:
        app.say(Text(f"{place}: got {headers.en}", f"{place}：已添加 {headers.zh}"))
        app.note(Text(f"The version before is kept. To take it back: folderkit undo {done.entry.id}",
                      f"此前的版本已保存。撤销：folderkit undo {done.entry.id}"))
