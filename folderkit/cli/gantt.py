"""The command gantt."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.errors import Misuse
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.operations.gantt import Schedule, Task
    from folderkit.store import Store


@words.command("gantt", Text(
    "Show the tasks of the project as bars over time; with --out, make a workbook or a PDF of the chart to hand out.",
    "以横道图显示项目的任务；--out 生成可交付的 Excel 或 PDF 甘特图。"))
@words.option("--from", "since", metavar="DATE", about=Text(
    "Begin on this day, and leave out what ended before.", "从这一天画起，此前已结束的不显示。"))
@words.option("--to", "until", metavar="DATE", about=Text(
    "End on this day, and leave out what begins after it.", "画到这一天为止，此后才开始的不显示。"))
@words.option("--out", metavar="FILE", about=Text(
    "Make FILE (.xlsx, or .pdf by LibreOffice) instead; nothing may be there yet.",
    "改为生成文件（.xlsx；.pdf 需要 LibreOffice）；该文件不能已存在。"))
@words.project_option
@words.json_option
@pass_app
def gantt_command(app: App, since: str | None, until: str | None, out: str | None, project: str | None, as_json: bool
                  ) -> None:
    from folderkit.operations.gantt import read_schedule, refuse_target, within

    first, last = _day(since), _day(until)
    if first and last and last < first:
        raise Misuse(Text(f"--to {until} lies before --from {since}.", f"--to {until} 早于 --from {since}。"))
    target = app.path(out) if out else None
    if target:
        if first or last:
            raise Misuse(Text("--out makes the whole chart; leave out --from and --to.",
                              "--out 总是生成完整的甘特图，请去掉 --from 和 --to。"))
        refuse_target(target)
    with app.store() as store:
        owner = app.project(store, project)
        schedule = read_schedule(store, owner)
    if target:
        _make(app, store, owner, schedule, out or "")
    tasks = within(schedule.tasks, first, last)
    if as_json:
        app.json([_told(task) for task in tasks])
    elif not target:
        _show(app, schedule, tasks, first, last)
    _tell_unknown(app, schedule)


def _day(text: str | None) -> dt.date | None:
    from folderkit.core.moments import parse_moment

    return parse_moment(text).begin.astimezone().date() if text else None


def _make(app: App, store: Store, owner: Project, schedule: Schedule, out: str) -> None:
    from folderkit.operations.gantt import Handout, make_file

    target = app.path(out)
    make_file(schedule, target, Handout(app.language_given or owner.language, f"{owner.code} {owner.name}".strip(),
                                        store.workspace.settings.firm.color))
    app.note(Text(f"Made {app.shown(target)}", f"已生成 {app.shown(target)}"))


def _told(task: Task) -> dict[str, Any]:
    return {"id": task.id or None, "kind": task.kind, "name": task.name, "owner": task.owner or None,
            "plan_start": task.start, "plan_end": task.end, "pct": task.share, "status": task.status or None,
            "light": task.light or None, "late": task.late}


def _show(app: App, schedule: Schedule, tasks: list[Task], first: dt.date | None, last: dt.date | None) -> None:
    import shutil

    from folderkit.cli.gantt_chart import Chart
    from folderkit.cli.output import counted, echo
    from folderkit.core.terminal import plain

    if tasks:
        columns = shutil.get_terminal_size((100, 24)).columns
        for line in Chart(tasks, schedule.today, app.language, (first, last), columns).lines():
            echo(line)
    total, late = len(schedule.tasks), sum(task.late for task in tasks)
    book = plain(schedule.workbook)
    some = "" if len(tasks) == total else f"{len(tasks)} of "
    app.note(Text(f"{some}{counted(total, 'task')}, {late} late, in {book}",
                  f"{book}：共 {total} 项" + (f"，显示 {len(tasks)} 项" if some else "") + f"，逾期 {late} 项"))


def _tell_unknown(app: App, schedule: Schedule) -> None:
    from folderkit.cli.output import counted

    if schedule.unknown:
        app.warn(Text(f"{counted(schedule.unknown, 'cell')} could not be understood: folderkit register check tasks",
                      f"有 {schedule.unknown} 处看不懂：folderkit register check tasks"))
