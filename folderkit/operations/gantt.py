"""The tasks of a project as a Gantt chart: read from the register, or made into a file to hand out."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit import entering
from folderkit.core.errors import Failed, Misuse, Refused, os_failure
from folderkit.core.language import Language, Text
from folderkit.core.project import Project
from folderkit.store import Store

if TYPE_CHECKING:
    from folderkit.registers import Register

_REGISTER = "tasks"
_FORMS = (".xlsx", ".pdf")
_OVER = ("done", "cancelled")


class Task(NamedTuple):
    """A row of the register of tasks, as a line of the chart. `kind` and `status` are keys of choices; `share` is what
    is done of it, from 0 to 1; `late`: its end lies before today, and it is neither done nor cancelled."""

    id: str
    kind: str
    name: str
    owner: str
    start: dt.date | None
    end: dt.date | None
    share: float
    status: str
    light: str
    late: bool


class Schedule(NamedTuple):
    """The tasks in the order of the workbook, its path in the project, how many of its cells could not be understood,
    and the day as of which all is told."""

    register: Register
    tasks: list[Task]
    workbook: str
    unknown: int
    today: dt.date


def read_schedule(store: Store, project: Project) -> Schedule:
    """The tasks of a project. Raises `Refused` when it has no register of tasks, `Failed` when that cannot be read."""
    from folderkit.registers import load_schema, read_workbook

    paths = entering.paths_of(store, project)
    if _REGISTER not in paths:
        raise entering.no_register(project, _REGISTER, sorted(paths))
    path, today = paths[_REGISTER], store.clock().astimezone().date()
    register = read_workbook(path, load_schema(_REGISTER), today=today)
    for problem in register.problems:
        if problem.id == "header.none":
            raise Failed(Text(f"'{path}': {problem.message.en}.", f"“{path}”：{problem.message.zh}。"),
                         Text("Give the columns their names back, or restore an earlier version.",
                              "请改回列名，或恢复较早的版本。"))
    unknown = sum(problem.id == "value.unknown" for problem in register.problems)
    return Schedule(register, [_task(row, today) for row in register.rows],
                    path.relative_to(project.folder).as_posix(), unknown, today)


def _task(row: dict[str, Any], today: dt.date) -> Task:
    start, end = row["plan_start"] or row["plan_end"], row["plan_end"] or row["plan_start"]
    over = row["status"] in _OVER or row["act_end"] is not None
    share = 1.0 if over and row["status"] != "cancelled" else float(row["pct"] or 0)
    return Task(row["id"] or "", row["kind"] or "task", row["name"] or "", row["owner"] or "", start, end,
                min(max(share, 0.0), 1.0), row["status"] or "", row["light"] or "",
                end is not None and end < today and not over)


def within(tasks: Sequence[Task], since: dt.date | None, until: dt.date | None) -> list[Task]:
    """The tasks of which any day lies from `since` to `until` (None: no bound); those without a date when there is no
    bound."""
    if since is None and until is None:
        return list(tasks)
    return [task for task in tasks if task.start and task.end
            and (until is None or task.start <= until) and (since is None or task.end >= since)]


# -- as a file -------------------------------------------------------------------------------------
def refuse_target(target: Path) -> None:
    """Raises `Misuse` for a file of a kind that is not made, `Refused` where something stands already."""
    if target.suffix.lower() not in _FORMS:
        raise Misuse(Text(f"'{target.name}' is no name for a Gantt chart.", f"“{target.name}”不能作为甘特图的文件名。"),
                     Text("Let it end with .xlsx or .pdf.", "请以 .xlsx 或 .pdf 结尾。"))
    if target.exists() or target.is_symlink():
        raise Refused(Text(f"'{target}' is already there.", f"“{target}”已经存在。"),
                      Text("Name another file with --out.", "请用 --out 指定别的文件。"))


class Handout(NamedTuple):
    """How the file of a chart looks: its language, the project's name on it, its colour (RRGGBB)."""

    language: Language
    project: str
    color: str


def make_file(schedule: Schedule, target: Path, look: Handout) -> None:
    """Make a workbook, or a PDF, of the chart at `target`. Raises as `refuse_target`, `Refused` when a PDF is wanted
    and LibreOffice is not installed, `Failed` when it cannot be made or written."""
    from folderkit.core.safefiles import place_new
    from folderkit.registers import write_gantt

    refuse_target(target)
    as_pdf = target.suffix.lower() == ".pdf"
    stream = io.BytesIO()
    write_gantt(schedule.register, look.language, stream, project=look.project, today=schedule.today, color=look.color,
               alone=as_pdf)
    content = stream.getvalue()
    if as_pdf:
        from folderkit.documents import pdf_of

        content = pdf_of(content, name=f"{target.stem}.xlsx")
    try:
        place_new(target, [content])
    except FileExistsError:
        refuse_target(target)
        raise
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, target) from None
