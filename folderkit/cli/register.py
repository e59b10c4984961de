"""The commands register list, show, add and set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, named, pass_app
from folderkit.cli.entered import project_of
from folderkit.cli.register_check import check
from folderkit.cli.register_upgrade import upgrade
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.entering import Entered, Entry
    from folderkit.operations.register import Listed, Shown
    from folderkit.registers import Column

_WIDEST = 32  # columns of the terminal for one cell


@click.group("register", cls=words.Group, about=Text(
    "Registers are the project's Excel workbooks with one table each: tasks, risks, budget and others.",
    "登记册是项目中带一张表格的 Excel 工作簿：任务、风险、预算等。"))
def register_command() -> None:
    """The group."""


register_command.add_command(check)
register_command.add_command(upgrade)


@register_command.command("list", cls=words.Command, about=Text(
    "List the project's registers: workbook, rows, and how many faults a check finds.",
    "列出项目的登记册：工作簿、行数、检查出的问题数。"))
@words.project_option
@words.json_option
@pass_app
def list_(app: App, project: str | None, as_json: bool) -> None:
    from folderkit.operations.register import list_registers

    with app.store() as store:
        found = list_registers(store, project_of(app, store, project))
    if as_json:
        app.json([{"register": one.register, "title": one.title.in_(app.language), "workbook": one.workbook,
                   "sheet": one.sheet, "rows": one.rows, "errors": one.errors, "warnings": one.warnings,
                   "notes": one.notes, "waiting": one.waiting,
                   "reason": one.trouble.in_(app.language) if one.trouble else None} for one in found])
        return
    _tell_list(app, found)


def _tell_list(app: App, found: Sequence[Listed]) -> None:
    from folderkit.cli.output import table

    if not found:
        app.say(Text("The project has no registers.", "这个项目没有登记册。"))
        return
    head = Text("REGISTER|TITLE|WORKBOOK|ROWS|ERRORS|WARNINGS", "登记册|名称|工作簿|行数|错误|警告").in_(app.language)
    table(head.split("|"), [[one.register, one.title.in_(app.language), one.workbook,
                             *(["–"] * 3 if one.trouble else [str(one.rows), str(one.errors), str(one.warnings)])]
                            for one in found], right=(3, 4, 5))
    for one in found:
        if one.trouble:
            app.warn(named(one.register, one.trouble))
    if any(one.errors or one.warnings for one in found):
        app.note(Text("'folderkit register check' says what is wrong.", "用 folderkit register check 查看具体问题。"))


@register_command.command("show", cls=words.Command, about=Text(
    "Show the rows of REGISTER as a table: the columns in which anything stands.",
    "以表格显示登记册的各行（只显示有内容的列）。"))
@click.argument("register")
@words.option("--where", multiple=True, metavar="COLUMN=VALUE", about=Text(
    "Only rows with this value (or without it: COLUMN!=VALUE); may be given several times.",
    "只显示该列为此值的行，不等于写作“列!=值”；可多次使用。"))
@words.project_option
@words.json_option
@pass_app
def show(app: App, register: str, where: tuple[str, ...], project: str | None, as_json: bool) -> None:
    from folderkit.operations.register import show_register

    with app.store() as store:
        found = show_register(store, project_of(app, store, project), register, where)
    if as_json:
        app.json([_row(found, index) for index in found.rows])
        return
    _tell_rows(app, found)


def _row(found: Shown, index: int) -> dict[str, Any]:
    """A row with every column, choices by their keys, and the line of the sheet that it stands in."""
    row = found.register.rows[index]
    return {"row": found.register.row_numbers[index] if found.register.row_numbers else None,
            **{key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}}


def _tell_rows(app: App, found: Shown) -> None:
    from folderkit.cli.output import counted, table
    from folderkit.registers.across import parted
    from folderkit.registers.schema import NUMBERS

    register, schema = found.register, found.register.schema
    rows = [parted(schema, register.rows[index]) for index in found.rows]
    keys = [column.key for column in schema.columns if column.key in register.letters]
    keys += [key for key in register.letters if key not in keys and ":" in key]
    columns = [schema.column(key) for key in keys if any(row.get(key) is not None for row in rows)]
    if rows:
        table([column.header.in_(app.language) for column in columns],
              [[_cut(_cell(app, column, row.get(column.key))) for column in columns] for row in rows],
              right=[place for place, column in enumerate(columns) if column.type in NUMBERS])
    total = len(register.rows)
    app.note(Text(f"{counted(total, 'row')} in {found.workbook}" if len(rows) == total else
                  f"{len(rows)} of {counted(total, 'row')} in {found.workbook}",
                  f"{found.workbook}：共 {total} 行" if len(rows) == total else
                  f"{found.workbook}：{total} 行中的 {len(rows)} 行"))
    cells = sum(one.id.startswith("value.") for one in register.problems)
    see = f"folderkit register check {schema.key}"
    if cells:
        app.note(Text(f"Missing or not understood: {counted(cells, 'cell')}. See '{see}'.",
                      f"有 {cells} 处看不懂或没有填：{see}"))
    elif register.problems:
        app.note(Text(f"Something about the table is worth a look. See '{see}'.", f"表格有值得留意之处：{see}"))


def _cell(app: App, column: Column, value: Any) -> str:
    from folderkit.registers.values import as_text

    if value is None:
        return ""
    if column.choices:
        return column.shown(value, app.language)
    if column.type == "money":
        return f"{value:,.2f}"
    if column.type == "pct":
        return f"{value:.0%}"
    return as_text(value)


def _cut(text: str) -> str:
    """A text in one line, as wide as a table can take."""
    from folderkit.cli.output import width

    text = " ".join(text.split())
    if width(text) <= _WIDEST:
        return text
    while width(text) > _WIDEST - 1:
        text = text[:-1]
    return f"{text}…"


@register_command.command("add", cls=words.Command, about=Text(
    "Add a row to REGISTER, such as: add actions action=\"Send the offer\" owner=\"Li Jing\" due=2026-04-01. While the "
    "workbook is open in another program, the row waits and is added when it is closed.",
    "在登记册中新增一行，例如在 actions 中新增：action=发出报价 owner=李静 due=2026-04-01。"
    "工作簿正在其他程序中打开时，会等它关闭后再写入。"))
@click.argument("register")
@click.argument("pairs", nargs=-1, metavar="[COLUMN=VALUE...]")
@words.option("--from", "file", metavar="FILE", about=Text(
    "Propose the row from what the text of FILE suggests (invoices, expenses); what you type goes before it.",
    "根据文件的文字建议这一行（发票、支出）；您填写的优先。"))
@words.option("--yes", is_flag=True, about=Text(
    "Enter what is proposed without asking.", "不再询问，直接写入建议的内容。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def add(app: App, register: str, pairs: tuple[str, ...], file: str | None, yes: bool, project: str | None,
        dry_run: bool, as_json: bool) -> None:
    if file is None:
        if not pairs:
            raise Misuse(Text("There is nothing to enter.", "没有要写入的内容。"),
                         Text("Give COLUMN=VALUE, or --from FILE.", "请填写“列=值”，或用 --from 指定文件。"))
        _enter(app, register, "", pairs, project, dry_run, as_json)
        return
    from folderkit.cli.register_from import ask, with_proposed

    with app.store() as store:
        owner = project_of(app, store, project, enters=not dry_run)
        pairs, shown = with_proposed(app, store, owner, register, pairs, file)
    ask(app, shown, yes=yes, dry_run=dry_run)
    _enter(app, register, "", pairs, project, dry_run, as_json)


@register_command.command("set", cls=words.Command, about=Text(
    "Set values in the row of REGISTER that has the number ROW, such as: set tasks TSK-003 status=done. An empty value "
    "empties the cell. While the workbook is open in another program, it waits.",
    "修改登记册中编号为 ROW 的行，例如：set tasks TSK-003 status=已完成。值留空则清空该单元格。"
    "工作簿正在其他程序中打开时，会等它关闭后再写入。"))
@click.argument("register")
@click.argument("row")
@click.argument("pairs", nargs=-1, required=True, metavar="COLUMN=VALUE...")
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def set_(app: App, register: str, row: str, pairs: tuple[str, ...], project: str | None, dry_run: bool, as_json: bool
         ) -> None:
    _enter(app, register, row, pairs, project, dry_run, as_json)


def _enter(app: App, register: str, row: str, pairs: Sequence[str], project: str | None, dry_run: bool, as_json: bool
           ) -> None:
    from folderkit.entering import Entered, made_for
    from folderkit.operations.register import apply_entry, plan_entry

    with app.store() as store:
        owner = project_of(app, store, project, enters=not dry_run)
        entry, path = plan_entry(store, owner, register, row, pairs)
        if dry_run:
            _, number, left_out = made_for(store, path, entry)
            done = Entered(entry, path.relative_to(owner.folder).as_posix(), number, left_out)
        else:
            done = apply_entry(store, owner, entry, path)
        shown = app.shown(path)
    if as_json:
        app.json(_told_entry(app, done, dry_run))
        return
    _tell_entry(app, entry, done, shown, dry_run)


def _told_entry(app: App, done: Entered, dry_run: bool) -> dict[str, Any]:
    state = "planned" if dry_run else "waiting" if done.reason else "same" if done.same else "done"
    return {"register": done.entry.register, "workbook": done.path, "row": done.row or None, "state": state,
            "left_out": list(done.left_out), "reason": done.reason.in_(app.language) if done.reason else None,
            "batch": done.entry.id if state == "done" else None}


def _tell_entry(app: App, entry: Entry, done: Entered, shown: str, dry_run: bool) -> None:
    from folderkit.operations.register import headers_of, left_to_fill

    if done.reason:
        app.say(Text(f"{plain(done.reason.en)} What you entered is kept, and goes in by itself when it can: by the "
                     "watch, or by the next 'folderkit register' command.",
                     f"{plain(done.reason.zh)}您填写的内容已暂存，之后由 watch 或下一次 folderkit register 命令"
                     "自动写入。"))
        return
    if done.same:
        app.say(Text(f"{done.row} says so already; nothing was changed.", f"{done.row} 本来就是这样，没有改动。"))
        return
    verb = (Text("would be set in", "将修改") if entry.row else Text("would be added to", "将新增到")) if dry_run else (
        Text("was set in", "已修改") if entry.row else Text("was added to", "已新增到"))
    app.say(Text(f"{done.row} {verb.en} {shown}.", f"{done.row} {verb.zh} {shown}。" if not entry.row else
                 f"{verb.zh} {shown} 的 {done.row}。"))
    if done.left_out:
        names = headers_of(entry.register, done.left_out)
        app.warn(Text(f"The sheet has no such column, so this is left out: {', '.join(one.en for one in names)}",
                      f"工作表没有这些列，因此没有写入：{'、'.join(one.zh for one in names)}"))
    if not entry.row and (left := left_to_fill(entry)):
        app.note(Text(f"Left to fill in: {', '.join(one.en for one in left)}",
                      f"还需要填写：{'、'.join(one.zh for one in left)}"))
    if not dry_run:
        app.note(Text(f"The version before is kept. To take it back: folderkit undo {entry.id}",
                      f"此前的版本已保存。撤销：folderkit undo {entry.id}"))
