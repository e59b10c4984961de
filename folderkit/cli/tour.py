"""The command tour: a sample workspace, made and worked in by the very commands that a person types."""

from __future__ import annotations

import datetime as dt
import itertools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, now, pass_app
from folderkit.core.errors import Refused
from folderkit.core.language import Language, Text

if TYPE_CHECKING:
    from folderkit.core.project import Project


@words.command("tour", Text(
    "Make a sample workspace in DIR (default: folderkit-tour) and show there, step by step, what folderkit does: "
    "a client's project, files dropped in, versions, search, filing, and a filled report.",
    "在 DIR（缺省为 folderkit-tour）中建一个示例工作区，逐步演示：新建客户项目、放入文件、保存版本、查找、归档、"
    "生成报告。"))
@click.argument("folder", metavar="[DIR]", required=False)
@pass_app
def tour_command(app: App, folder: str | None) -> None:
    root = app.path(folder).resolve() if folder else _free_folder(app.here)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Refused(Text(f"'{root}' is already there and not empty.", f"“{root}”已经存在且不是空的。"),
                      Text("Name another folder: folderkit tour DIR", "请指定别的文件夹：folderkit tour DIR"))
    _Tour(app, root).run()


def _free_folder(place: Path) -> Path:
    """``folderkit-tour``, or with a number when an earlier tour is there."""
    names = itertools.chain(["folderkit-tour"], (f"folderkit-tour-{count}" for count in itertools.count(2)))
    return next(place / name for name in names if not (place / name).exists())


class _Tour:
    """The steps. Each shows the command as typed in the workspace's folder, and runs it."""

    def __init__(self, app: App, root: Path) -> None:
        self.app, self.root, self.number = app, root, 0
        self.sample = _sample(app.language)
        self.today = now().astimezone().date()

    def run(self) -> None:
        sample = self.sample
        self.step(Text("Make a workspace: the folder that your projects lie in.",
                       "建立工作区，也就是存放各个项目的文件夹。"),
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
        self.tell(Text("Drop what has no place yet into the inbox, under whatever name.",
                       "还没想好放哪里的文件，先放进收件箱，叫什么名字都行。"))
        self._drop_in_the_inbox(project)
        self.step(Text("It is named and filed by what it is. ('folderkit watch' does it by itself.)",
                       "按内容识别，改名并归档。（folderkit watch 会自动完成。）"), "file")
        self.step(Text("Get the signed version back. What stood there is kept as well.",
                       "取回签字的版本，现有内容同样会保留。"), "restore", relative, "--version", "1")
        self.step(Text("Fill the closure report from facts and registers.", "用项目信息和登记册填写项目结项报告。"),
                  "fill", "closure-report", "-p", project.code, "--set", f"closure.summary={sample['summary']}",
                  "--set", "closure.conclusion=done")
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

        return read_project(next(self.root.glob("*/project.yaml")).parent)

    def _drop_files(self, project: Project) -> Path:
        from folderkit.core.workspace import open_workspace
        from folderkit.store import Store

        with Store(open_workspace(self.root, {}), now) as store:
            nodes = store.catalog.nodes(project.id)
        contract: Path = project.folder / nodes["documents.contracts"].path / self.sample["contract"]
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

    def _drop_in_the_inbox(self, project: Project) -> None:
        from docx import Document

        inbox = next(folder for folder in sorted(project.folder.iterdir()) if folder.is_dir())  # it sorts first
        document = Document()
        for line in self.sample["invoice_text"]:
            document.add_paragraph(line.format(today=self.today))
        place = inbox / self.sample["invoice"]
        document.save(str(place))
        click.echo(f"   + {place.relative_to(self.root).as_posix()}")

    def _end(self, project: Project) -> None:
        report = max(project.folder.rglob("*.docx"), key=lambda path: path.stat().st_mtime_ns)
        self.tell(Text("Look at it:", "请查看结果："))
        click.echo(f"   {project.folder}")
        click.echo(f"   {report}")
        click.echo()
        self.app.say(Text("Go on there:", "接下来："))
        click.echo(f"   cd {shlex.quote(str(self.root))}; folderkit --help; folderkit guide")


_REGISTER_NODES = {"contacts": "info.contacts", "tasks": "progress.tasks", "risks": "risk.register",
                   "budget": "finance.budget", "communications": "communications.log"}


def _sample(language: Language) -> dict[str, Any]:
    """What the tour makes, in one language."""
    import yaml

    text = (Path(__file__).parent / "samples" / f"{language}.yaml").read_text(encoding="utf-8")
    sample: dict[str, Any] = yaml.safe_load(text)
    return sample


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

    schema = load_schema(register)
    noon = dt.datetime.combine(today, dt.time(12))
    start = {"date": today, "datetime": noon}
    dated = [{key: start[kind] + dt.timedelta(days=value) if (kind := schema.column(key).type) in start else value
              for key, value in row.items()} for row in rows]
    write_workbook(schema, app.language, dated, path, project=f"{project.code} {project.name}",
                   today=today)


def _facts_text(sample: dict[str, Any], today: dt.date) -> str:
    import yaml

    facts = {**sample["facts"], "project": {
        **sample["facts"]["project"], "start_date": today - dt.timedelta(days=84),
        "due_date": today + dt.timedelta(days=7)}}
    return str(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False))
