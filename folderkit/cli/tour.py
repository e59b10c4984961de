"""The command tour: a sample workspace, made and worked in by the very commands that a person types."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, now, pass_app
from folderkit.core.errors import Refused
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.project import Project


@words.command("tour", Text(
    "Make a sample workspace in DIR (default: folderkit-tour) and show there, step by step, what folderkit does: "
    "a client's project, files dropped in, versions, search, and a filled report.",
    "在 DIR（缺省为 folderkit-tour）中建一个示例工作区，逐步演示：新建客户项目、放入文件、保存版本、查找、生成报告。"))
@click.argument("folder", metavar="[DIR]", default="folderkit-tour", type=click.Path(path_type=Path))
@pass_app
def tour_command(app: App, folder: Path) -> None:
    root = app.path(str(folder)).resolve()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Refused(Text(f"'{root}' is already there and not empty.", f"“{root}”已经存在且不是空的。"),
                      Text("Name another folder: folderkit tour DIR", "请指定别的文件夹：folderkit tour DIR"))
    _Tour(app, root).run()


class _Tour:
    """The steps. Each shows the command as typed in the workspace's folder, and runs it."""

    def __init__(self, app: App, root: Path) -> None:
        self.app, self.root, self.number = app, root, 0
        self.sample = _SAMPLES[app.language]
        self.today = now().astimezone().date()

    def run(self) -> None:
        sample = self.sample
        self.step(Text("Make a workspace: the folder that your projects lie in.", "建立工作区，也就是存放各个项目的文件夹。"),
                  "init", str(self.root), "--firm", sample["firm"])
        facts = self.root / "facts.yaml"
        facts.write_text(_facts_text(sample, self.today), encoding="utf-8")
        self.step(Text("Make a client's project, with facts from a file.", "为客户新建项目，项目信息来自一个文件。"),
                  "new", sample["name"], "--client", sample["client"], "--from", "facts.yaml")
        project = self._project()
        self.tell(Text("Drop two files into it, as colleagues do, and fill the registers in Excel.",
                       "像同事那样放进两个文件，并在 Excel 里填写登记册。"))
        contract = self._drop_files(project)
        self.step(Text("Keep versions of all that is new. ('folderkit watch' does it by itself.)",
                       "为新文件保存版本。（folderkit watch 会自动完成。）"), "scan")
        self.tell(Text("Somebody changes the contract and saves over it.", "有人修改了合同并直接保存。"))
        _write_contract(contract, sample, changed=True)
        self.step(Text("The old version is not lost.", "旧版本没有丢失。"), "scan")
        relative = contract.relative_to(self.root).as_posix()
        self.step(Text("Every version of the file:", "这个文件的全部版本："), "history", relative)
        self.step(Text("Find a word that stands inside the files.", "查找文件里面的词。"), "find", sample["word"])
        self.step(Text("Get the signed version back. What stood there is kept as well.",
                       "取回签字的版本，现有内容同样会保留。"), "restore", relative, "--version", "1")
        self.step(Text("Fill the closure report from facts and registers.", "用项目信息和登记册填写项目总结报告。"),
                  "fill", "closure-report", "-p", project.code, "--set", f"summary={sample['summary']}")
        self._end(project)

    def tell(self, text: Text) -> None:
        self.number += 1
        click.echo()
        click.secho(f"{self.number}. {text.in_(self.app.language)}", bold=True)

    def step(self, text: Text, *args: str) -> None:
        """Run one command in the workspace's folder, as it would be typed there."""
        from folderkit.cli.root import cli

        self.tell(text)
        typed = " ".join(f'"{word}"' if " " in word or not word.isascii() else word for word in args)
        click.secho(f"$ folderkit {typed}", fg="cyan")
        place = ["-C", str(self.root)] if args[0] != "init" else []
        with cli.make_context("folderkit", [*place, "--lang", self.app.language, *args]) as ctx:
            cli.invoke(ctx)

    def _project(self) -> Project:
        from folderkit.core.project import read_project

        return next(read_project(path.parent) for path in sorted(self.root.glob("*/project.yaml")))

    def _drop_files(self, project: Project) -> Path:
        from folderkit.core.workspace import open_workspace
        from folderkit.store import Store

        with Store(open_workspace(self.root, {}), now) as store:
            nodes = store.catalog.nodes(project.id)
        contract = project.folder / nodes["documents.contracts"].path / self.sample["contract"]
        _write_contract(contract, self.sample, changed=False)
        click.echo(f"   + {contract.relative_to(self.root).as_posix()}")
        note = project.folder / nodes["communications.meetings"].path / self.sample["note"]
        note.write_text(self.sample["note_text"], encoding="utf-8")
        click.echo(f"   + {note.relative_to(self.root).as_posix()}")
        for register, node in _REGISTER_NODES.items():
            path = project.folder / nodes[node].path
            _fill_register(path, register, self.sample["rows"][register], project, self.app, self.today)
            click.echo(f"   ~ {path.relative_to(self.root).as_posix()}")
        return contract

    def _end(self, project: Project) -> None:
        report = max(project.folder.rglob("*.docx"), key=lambda path: path.stat().st_mtime_ns)
        self.tell(Text("Look at it:", "请查看："))
        click.echo(f"   {project.folder}")
        click.echo(f"   {report}")
        click.echo()
        self.app.say(Text(f"Go on there: cd {self.root}; folderkit --help; folderkit guide",
                          f"接下来：cd {self.root}；folderkit --help；folderkit guide"))


_REGISTER_NODES = {"tasks": "progress.tasks", "risks": "risk.register", "budget": "finance.budget"}


def _write_contract(path: Path, sample: dict[str, Any], *, changed: bool) -> None:
    from docx import Document

    document = Document()
    document.add_heading(sample["contract_title"], level=1)
    for line in sample["contract_text"]:
        document.add_paragraph(line)
    document.add_paragraph(sample["penalty_changed" if changed else "penalty"])
    document.save(str(path))


def _fill_register(path: Path, register: str, rows: list[dict[str, Any]], project: Project, app: App,
                   today: dt.date) -> None:
    """The register as a person would have filled it in: the same workbook with rows."""
    from folderkit.registers import load_schema, write_workbook

    dated = [{key: today + dt.timedelta(days=value.days) if isinstance(value, dt.timedelta) else value
              for key, value in row.items()} for row in rows]
    write_workbook(load_schema(register), app.language, dated, path, project=f"{project.code} {project.name}",
                   today=today)


def _facts_text(sample: dict[str, Any], today: dt.date) -> str:
    import yaml

    facts = {**sample["facts"], "project": {
        **sample["facts"]["project"], "start_date": today - dt.timedelta(days=84),
        "due_date": today + dt.timedelta(days=7)}}
    return str(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False))


def _day(days: int) -> dt.timedelta:
    """A day counted from today."""
    return dt.timedelta(days=days)


def _task(kind: str, name: str, owner: str, plan: tuple[int, int], actual: tuple[int, int | None] | None,
          pct: float, status: str) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": kind, "name": name, "owner": owner, "base_start": _day(plan[0]),
                           "base_end": _day(plan[1]), "plan_start": _day(plan[0]), "plan_end": _day(plan[1]),
                           "pct": pct, "status": status}
    if actual:
        row["act_start"] = _day(actual[0])
        if actual[1] is not None:
            row["act_end"] = _day(actual[1])
    return row


def _rows(tasks: tuple[str, ...], people: tuple[str, str, str], risks: tuple[tuple[str, ...], ...],
          budget: tuple[tuple[str, str, float, float, float], ...]) -> dict[str, list[dict[str, Any]]]:
    lead, designer, developer = people
    return {
        "tasks": [
            _task("task", tasks[0], lead, (-84, -70), (-84, -71), 1, "done"),
            _task("milestone", tasks[1], lead, (-70, -70), (-70, -70), 1, "done"),
            _task("task", tasks[2], designer, (-69, -49), (-69, -47), 1, "done"),
            _task("task", tasks[3], developer, (-48, -14), (-46, -10), 1, "done"),
            _task("milestone", tasks[4], lead, (-7, -7), (-5, -5), 1, "done"),
            _task("task", tasks[5], developer, (-6, 0), (-4, None), 0.8, "in_progress"),
        ],
        "risks": [
            {"found_on": _day(-80), "category": "schedule", "cause": risk[0], "event": risk[1], "effect": risk[2],
             "p": p, "i": i, "strategy": "mitigate", "response": risk[3], "owner": lead, "status": status,
             "next_review": _day(7)}
            for risk, p, i, status in zip(risks, (3, 2), (4, 5), ("closed", "open"), strict=True)
        ],
        "budget": [
            {"category": category, "item": item, "unit": "", "qty": qty, "price": price, "actual": actual}
            for category, item, qty, price, actual in budget
        ],
    }


_SAMPLES: dict[str, dict[str, Any]] = {
    "en": {
        "firm": "Cedar & Stone Consulting", "client": "Northwind Traders", "name": "Website Relaunch",
        "contract": "contract.docx", "contract_title": "Service contract",
        "contract_text": ["Between Northwind Traders (client) and Cedar & Stone Consulting (contractor).",
                          "The contractor relaunches the client's website by the agreed date."],
        "penalty": "For every week of delay a penalty of 0.5 % of the price is due.",
        "penalty_changed": "For every week of delay a penalty of 1 % of the price is due.",
        "note": "kick-off.txt", "note_text": "Kick-off: scope agreed; the penalty clause is still to be checked.\n",
        "word": "penalty",
        "summary": "The new website went live on schedule. Conversion is up, the budget was kept, and the client's "
                   "team now edits all content itself.",
        "facts": {
            "project": {"kind": "software", "manager": "Laura Reed",
                        "background": "The old website was slow, could not be edited by the client's own people, and "
                                      "lost two visitors in three on phones.",
                        "purpose": "A fast website that the client's team keeps up to date by itself."},
            "client": {"short_name": "Northwind", "contact": "Paul Hart", "email": "paul.hart@northwind.example"},
            "goals": [
                {"text": "Pages load fast", "measure": "Median load time on a phone", "target": "under 2 s",
                 "actual": "1.4 s", "met": "yes"},
                {"text": "More enquiries", "measure": "Enquiries a month", "target": "120", "actual": "134",
                 "met": "yes"}],
            "deliverables": [{"name": "Website, live", "status": "accepted"},
                             {"name": "Editor's handbook", "status": "accepted"}],
        },
        "rows": _rows(
            ("Requirements and content plan", "Requirements signed", "Design of all page types",
             "Development and content transfer", "Go-live", "Training of the editors"),
            ("Laura Reed", "Tom Sands", "Ines Karlsson"),
            (("Texts come late from four departments", "Content is not ready for transfer", "Go-live slips by weeks",
              "Weekly content review with the client; placeholder texts"),
             ("The old site's addresses change", "Search engines drop pages", "Fewer visitors for months",
              "Redirect every old address; watch the search console daily")),
            (("labour", "Project team", 62, 720, 45360), ("outsourcing", "Photographs", 1, 3800, 3650),
             ("hardware", "Hosting, first year", 12, 90, 1080))),
    },
    "zh": {
        "firm": "云杉咨询有限公司", "client": "远山科技有限公司", "name": "官网改版",
        "contract": "服务合同.docx", "contract_title": "官网改版服务合同",
        "contract_text": ["甲方：远山科技有限公司。乙方：云杉咨询有限公司。", "乙方应在约定日期前完成甲方官网的改版工作。"],
        "penalty": "逾期交付的，每逾期一周，乙方应支付合同价款百分之零点五的违约金。",
        "penalty_changed": "逾期交付的，每逾期一周，乙方应支付合同价款百分之一的违约金。",
        "note": "启动会记录.txt", "note_text": "启动会：范围已确认；违约金条款还需法务复核。\n",
        "word": "违约金",
        "summary": "新官网按期上线，预算控制在计划之内，询盘量明显上升；甲方团队已能独立维护全部内容。",
        "facts": {
            "project": {"kind": "software", "manager": "李明",
                        "background": "原官网打开缓慢，内容只能由供应商修改，手机访问流失率高达三分之二。",
                        "purpose": "建成访问快速、甲方团队可自行维护的新官网。"},
            "client": {"short_name": "远山科技", "contact": "王芳", "email": "wangfang@yuanshan.example"},
            "goals": [
                {"text": "页面打开快", "measure": "手机端打开时间中位数", "target": "2 秒以内", "actual": "1.4 秒", "met": "yes"},
                {"text": "询盘增加", "measure": "每月询盘数", "target": "120", "actual": "134", "met": "yes"}],
            "deliverables": [{"name": "新官网（已上线）", "status": "accepted"},
                             {"name": "编辑手册", "status": "accepted"}],
        },
        "rows": _rows(
            ("需求与内容规划", "需求确认签字", "全部页面类型设计", "开发与内容迁移", "上线", "编辑人员培训"),
            ("李明", "陈静", "赵磊"),
            (("四个部门提供文字较晚", "内容不能按时迁移", "上线推迟数周", "每周与甲方核对内容；先用占位文字"),
             ("旧站网址发生变化", "搜索引擎丢失收录", "数月内访问量下降", "旧网址逐一跳转；每日查看收录情况")),
            (("labour", "项目团队", 62, 1500, 94500), ("outsourcing", "摄影", 1, 8000, 7600),
             ("hardware", "首年云主机", 12, 300, 3600))),
    },
}
