"""The command register check: of one project, or of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.cli.entered import project_of, tell_entered
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.registers.check import Finding


@words.command("check", about=Text(
    "Check the registers (all, or those named) like a database: what must be filled, types, choices, references, "
    "duplicates, dates, sums, tax, computed columns. Exit code 4 when there is an error or a warning.",
    "像数据库一样检查登记册（全部或指定的）：必填、类型、选项、引用、重复、日期、合计、税额、自动计算的列。"
    "有错误或警告时退出码为 4。"))
@click.argument("registers", nargs=-1, metavar="[REGISTER]...")
@words.option("--all", "every", is_flag=True, about=Text(
    "Check all registers of all projects.", "检查全部项目的全部登记册。"))
@words.project_option
@words.json_option
@pass_app
def check(app: App, registers: tuple[str, ...], every: bool, project: str | None, as_json: bool) -> None:
    from folderkit.operations.register import check_registers

    if every and (registers or project):
        raise Misuse(Text("--all checks everything, and takes neither a register nor a project.",
                          "--all 检查全部内容，不能再指定登记册或项目。"))
    if every:
        findings = _check_all(app, as_json)
    else:
        with app.store() as store:
            owner = project_of(app, store, project)
            findings, names = check_registers(store, owner, registers)
        if as_json:
            app.json([_told(app, owner, one) for one in findings])
        else:
            _tell_findings(app, findings)
            _tell_sum(app, findings, len(names))
    if any(one.severity != "note" for one in findings):
        raise click.exceptions.Exit(4)


def _check_all(app: App, as_json: bool) -> list[Finding]:
    """Check all projects, and tell what is found as it comes."""
    from folderkit.cli.output import Bar, counted, echo
    from folderkit.operations.register import check_projects, try_waiting

    told: list[dict[str, Any]] = []
    every: list[Finding] = []
    looked_at = 0
    bar = Bar(Text("Checking", "正在检查"), app.language)
    with app.store() as store:
        projects = app.projects(store)
        tell_entered(app, try_waiting(store, projects))
        for done, (project, findings, count) in enumerate(check_projects(store, projects), 1):
            every += findings
            looked_at += count
            if as_json:
                told += [_told(app, project, one) for one in findings]
            elif findings:
                bar.close()
                echo(plain(f"{project.code}  {project.name}".strip()), bold=True)
                _tell_findings(app, findings)
            bar(done, len(projects))
        bar.close()
    if as_json:
        app.json(told)
        return every
    app.note(Text(f"{counted(len(projects), 'project')} looked at.", f"共检查 {len(projects)} 个项目。"))
    _tell_sum(app, every, looked_at)
    return every


def _told(app: App, project: Project, one: Finding) -> dict[str, Any]:
    return {"project": project.code or project.name, "id": one.id, "severity": one.severity, "register": one.register,
            "workbook": one.workbook, "sheet": one.sheet, "cell": one.cell, "message": one.message.in_(app.language),
            "hint": one.hint.in_(app.language)}


_SEVERITIES = {"error": (Text("error", "错误"), "red"), "warning": (Text("warning", "警告"), "yellow"),
               "note": (Text("note", "提示"), "blue")}


def _tell_findings(app: App, findings: Sequence[Finding]) -> None:
    """The findings by workbook, each with its cell, id and what to do."""
    from folderkit.cli.output import echo

    last = ""
    for one in findings:
        if one.workbook != last:
            echo(one.workbook, bold=True)
            last = one.workbook
        word, color = _SEVERITIES[one.severity]
        place = plain(one.place.in_(app.language))
        where = place + Text(": ", "：").in_(app.language) if place else ""
        echo(f"  {click.style(word.in_(app.language), fg=color)}  {where}{plain(one.message.in_(app.language))}  "
             f"[{one.id}]")
        echo(f"    → {plain(one.hint.in_(app.language))}")


def _tell_sum(app: App, findings: Sequence[Finding], looked_at: int) -> None:
    """How many findings there are."""
    from folderkit.cli.output import counted

    errors, warnings, notes = (sum(one.severity == severity for one in findings)
                               for severity in ("error", "warning", "note"))
    if not findings:
        app.say(Text(f"{counted(looked_at, 'register')}: nothing is wrong.", f"{looked_at} 个登记册：没有问题。"))
        return
    app.say(Text(f"{counted(looked_at, 'register')}: {counted(errors, 'error')}, {counted(warnings, 'warning')}, "
                 f"{counted(notes, 'note')}.",
                 f"{looked_at} 个登记册：{errors} 个错误，{warnings} 个警告，{notes} 个提示。"))
