"""Commands of the workspace: init, list, show."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import NO_PROJECT, App, named, pass_app
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.facts import Question
    from folderkit.core.project import Project
    from folderkit.operations.show import Inside
    from folderkit.store import Store


@words.command("init", Text(
    "Make DIR (default: this folder) a workspace: the folder that your projects lie in.",
    "把 DIR（缺省为当前文件夹）设为工作区，也就是存放各个项目的文件夹。"))
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@words.option("--firm", metavar="NAME", default="", about=Text(
    "Your firm's name; it stands on covers and in footers.", "贵公司名称，用于封面和页脚。"))
@words.dry_run_option
@pass_app
def init_command(app: App, folder: Path, firm: str, dry_run: bool) -> None:
    from folderkit.core.workspace import create_workspace, refuse_inside

    root = app.path(str(folder)).resolve()
    if dry_run:
        refuse_inside(root)
        app.say(Text(f"'{root}' would become a workspace.", f"将把“{root}”设为工作区。"))
        return
    create_workspace(root, app.language, firm)
    app.say(Text(f"'{root}' is now a workspace. Its settings: {root / 'folderkit.yaml'}",
                 f"“{root}”已成为工作区。设置文件：{root / 'folderkit.yaml'}"))
    app.say(Text("Next: folderkit new \"PROJECT NAME\" --client \"CLIENT\"",
                 "下一步：folderkit new \"项目名称\" --client \"客户名称\""))


@words.command("list", Text("List the projects of the workspace.", "列出工作区中的项目。"))
@words.json_option
@pass_app
def list_command(app: App, as_json: bool) -> None:
    from folderkit.cli.output import table
    from folderkit.core.errors import FolderkitError
    from folderkit.core.facts import get

    workspace, lost = app.workspace(), False
    projects = app.on_disk(workspace)
    if (workspace.state / "catalog.db").exists():
        with contextlib.suppress(FolderkitError), app.store() as store:  # without one, folders alone
            projects = app.on_disk(workspace)
            lost = app.tell_lost(store, projects)
    if as_json:
        app.json([{
            "code": project.code, "name": project.name, "client": project.client,
            "folder": project.folder.relative_to(workspace.root).as_posix(), "skeleton": project.skeleton,
            "language": project.language, "start_date": get(project.facts, "project.start_date") or None,
            "due_date": get(project.facts, "project.due_date") or None,
        } for project in projects])
        return
    if not projects and (lost or next(workspace.project_folders(), None) is not None):
        return  # there are some, and what is wrong with them has been told
    if not projects:
        app.say(NO_PROJECT)
        return
    head = Text("CODE|NAME|CLIENT|DUE|FOLDER", "编号|名称|客户|预计完成|文件夹").in_(app.language).split("|")
    table(head, [[project.code, project.name, project.client, str(get(project.facts, "project.due_date") or ""),
                  project.folder.relative_to(workspace.root).as_posix()] for project in projects])


@words.command("show", Text(
    "Show a project: its facts, files and versions. Or show FILE: what it says of itself, and the amounts, dates, "
    "numbers and parties that its text suggests.",
    "显示一个项目：信息、文件和版本；或显示一个文件：它自带的属性，以及文字中的金额、日期、编号和当事方。"))
@click.argument("what", required=False, metavar="[PROJECT | FILE]")
@words.project_option
@words.json_option
@pass_app
def show_command(app: App, what: str | None, project: str | None, as_json: bool) -> None:
    with app.store() as store:
        of_file = _inside(app, store, what, project) if what else None
        if of_file is None:
            _show_project(app, store, project or what, as_json)
    if of_file:
        from folderkit.cli.show_file import tell_file

        tell_file(app, *of_file, letters=store.workspace.settings.ocr, as_json=as_json)


def _inside(app: App, store: Store, word: str, project: str | None) -> tuple[Project, Inside] | None:
    """The file that a word means, with its project and what is known of it; None when it means no file. One that is
    gone is meant by its path in the project that is asked for, or is around."""
    from folderkit.cli.versions import locate
    from folderkit.operations.restore import history
    from folderkit.operations.show import file_known, show_file

    path = app.path(word)
    sure = project is not None or path.is_file()
    if not sure and app.around(store, path.parent) is None:
        return None
    owner, path = locate(app, store, word, project)
    file = history(store, owner, path).file if sure else file_known(store, owner, path)
    if file is None:
        return None
    app.read_texts(store, owner.id)
    return owner, show_file(store, file)


def _show_project(app: App, store: Store, word: str | None, as_json: bool) -> None:
    from folderkit.cli.output import counted, echo, unread
    from folderkit.core import facts
    from folderkit.core.project import FILE, fact_faults
    from folderkit.operations.overview import summarise

    found = app.project(store, word)
    summary = summarise(store, found)
    backup = store.catalog.last_backup()
    folder = found.folder.relative_to(store.workspace.root).as_posix()
    shown = plain(folder)
    if as_json:
        app.json({"code": found.code, "name": found.name, "client": found.client, "folder": folder,
                  "skeleton": found.skeleton, "language": found.language, "facts": found.facts,
                  "files": summary.files, "versions": summary.versions, "texts": summary.texts,
                  "backup": {"at": backup.at, "place": backup.place} if backup else None})
        return
    echo(plain(f"{found.code}  {found.name}".strip()), bold=True)
    app.say(Text(f"{shown}: {counted(summary.files, 'file')}, {counted(summary.versions, 'version')} kept",
                 f"{shown}：{summary.files} 个文件，已保存 {summary.versions} 个版本"))
    if backup:
        app.say(Text(f"last backup: {backup.at.astimezone():%Y-%m-%d %H:%M}",
                     f"上次备份：{backup.at.astimezone():%Y-%m-%d %H:%M}"))
    for left in unread(summary.texts, letters=store.workspace.settings.ocr):
        app.say(left)
    click.echo()
    questions = _questions(store.workspace.root, found.skeleton)
    _print_facts(app, list(facts.flatten(found.facts)), questions)
    for fault in fact_faults(found.folder / FILE, list(questions.values())):
        app.warn(named(fault.place, fault.message))


def _questions(root: Path, name: str) -> dict[str, Question]:
    """The questions of the project's skeleton by key, when it is there and sound."""
    from folderkit.core.errors import FolderkitError
    from folderkit.resolving import find_skeleton

    try:
        return {question.key: question for question in find_skeleton(root, name).questions}
    except FolderkitError:
        return {}


def _print_facts(app: App, values: list[tuple[str, Any]], questions: dict[str, Question]) -> None:
    from folderkit.cli.output import echo, width

    rows = [(questions[key].ask.in_(app.language) if key in questions else key, key,
             _lines(app, value, questions.get(key))) for key, value in values if value not in ("", None, [])]
    longest = max((width(label) for label, _, _ in rows), default=0)
    longest_key = max((len(key) for _, key, _ in rows), default=0)
    for label, key, lines in rows:
        lead = f"{label}{' ' * (longest - width(label) + 2)}{click.style(key.ljust(longest_key + 2), dim=True)}"
        for number, line in enumerate(lines):
            echo((" " * (longest + longest_key + 4) if number else lead) + plain(line))
    empty = sum(value in ("", None, []) for _, value in values)
    if empty:
        app.say(Text(f"\n{empty} more facts are empty; fill them in project.yaml.",
                     f"\n另有 {empty} 项未填，可在 project.yaml 中补充。"))


def _lines(app: App, value: Any, question: Question | None) -> list[str]:
    """A fact as a person reads it: a member of a list to a line, choices in words."""
    fields = {inner.key: inner for inner in question.fields} if question else {}
    if not isinstance(value, list):
        return _word(app, value, question).splitlines() or [""]
    return [" · ".join(_word(app, part, fields.get(key)) for key, part in member.items() if part not in ("", None, []))
            if isinstance(member, dict) else _word(app, member, question) for member in value]


def _word(app: App, value: Any, question: Question | None) -> str:
    if isinstance(value, list):
        return ", ".join(_word(app, member, question) for member in value)
    key = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    if question and key in question.choices:
        return question.choices[key].in_(app.language)
    if isinstance(value, bool):
        return (Text("Yes", "是") if value else Text("No", "否")).in_(app.language)
    return key
