"""The command fill."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, assignments, data_file, now, pass_app, person_there
from folderkit.core.errors import Misuse
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.documents import Template
    from folderkit.operations.fill import FillPlan
    from folderkit.store import Store


@words.command("fill", Text(
    "Fill TEMPLATE (a name from 'template list', or a Word file) with the project's facts and registers. The "
    "document is put in its folder under its name, versioned and findable at once. What is missing is asked for.",
    "用项目信息和登记册填写模板（template list 中的名称，或一个 Word 文件）。文档自动命名、归入相应文件夹，"
    "并立即保存版本、可查找。缺少的内容会逐项询问。"))
@click.argument("template")
@words.option("--data", metavar="FILE", type=click.Path(path_type=Path), about=Text(
    "A YAML or JSON file of values.", "包含字段值的 YAML 或 JSON 文件。"))
@words.option("--set", "pairs", metavar="KEY=VALUE", multiple=True, about=Text(
    "One value; may be given several times.", "一个字段的值；可多次使用。"))
@words.option("--out", metavar="PATH", about=Text(
    "Another file or folder for the result.", "结果放到别的文件或文件夹。"))
@words.option("--pdf", is_flag=True, about=Text(
    "Make a PDF beside it (needs LibreOffice).", "同时生成 PDF（需要 LibreOffice）。"))
@words.option("--quick", is_flag=True, about=Text(
    "Leave the page numbers of the contents page to Word; saves the seconds that LibreOffice takes.",
    "目录页码留给 Word 更新，省去 LibreOffice 的几秒钟。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def fill_command(app: App, template: str, data: Path | None, pairs: tuple[str, ...], out: str | None, pdf: bool,
                 quick: bool, project: str | None, dry_run: bool, as_json: bool) -> None:
    from folderkit.core.workspace import find_root
    from folderkit.operations import fill

    target = _target(app, out) if out else None
    root = find_root(app.directory)
    path = app.path(template)
    by_path = path.suffix.lower() in fill.WORD_FILES or path.is_file()
    if root is None and not by_path:
        app.workspace()  # which says that there is none: a template by its name is filled for a project
    found = fill.find_template(root, str(path) if by_path else template)
    given = data_file(app.path(str(data)) if data else None, found.questions) | assignments(pairs)
    with contextlib.ExitStack() as stack:
        store: Store | None = None
        owner: Project | None = None
        if root is not None and not (target is not None and path.is_file() and project is None):
            store = stack.enter_context(app.store())
            owner = app.project(store, project)
            if not dry_run:
                _find_moved_folders(app, store, owner)
        plan = _plan(app, found, given, store, owner, target)
        for workbook, place, expected in plan.problems:
            app.warn(Text(f"{workbook.name}, {place.en}: {expected.en}",
                          f"{workbook.name}，{place.zh}：{expected.zh}"))
        made = [plan.target, *([plan.target.with_suffix(".pdf")] if pdf else [])]
        fill.refuse_existing(made)
        if dry_run and as_json:
            app.json(_told(plan, store, None))
            return
        if dry_run:
            app.say(Text(f"{app.shown(plan.target)} would be made.", f"将生成 {app.shown(plan.target)}。"))
            return
        number = fill.apply_fill(store, plan, None if quick else _converter(app))
        if pdf:
            _pdf(plan.target)
        if store is not None and owner is not None:
            if pdf:
                _keep(store, owner)
            app.read_texts(store, owner.id)
    if as_json:
        app.json(_told(plan, store, number or None))
    else:
        _tell_made(app, plan, made)


def _tell_made(app: App, plan: FillPlan, made: list[Path]) -> None:
    for file in made:
        app.say(Text(f"Made {app.shown(file)}", f"已生成 {app.shown(file)}"))
    if plan.empty:
        app.note(Text(f"Left out, since nothing is there yet: {', '.join(one.en for one in plan.empty)}",
                      f"以下尚无内容，相关章节已省略：{'、'.join(one.zh for one in plan.empty)}"))


def _target(app: App, out: str) -> Path:
    """Where --out says that the result goes: a folder that is there, or a Word file."""
    path = app.path(out)
    folder = path if out.endswith(("/", os.sep)) else path.parent
    if path.is_dir() or (path.suffix.lower() == ".docx" and folder.is_dir()):
        return path
    if not folder.is_dir():
        raise Misuse(Text(f"--out {out}: there is no folder '{folder}'.", f"--out {out}：没有文件夹“{folder}”。"),
                     Text("Make it first, or name a file with --out.", "请先建立它，或用 --out 指定文件。"))
    raise Misuse(Text(f"--out {out}: the result is a Word file.", f"--out {out}：结果是 Word 文件。"),
                 Text(f"Name a folder that is there, or a file such as '{out}.docx'.",
                      f"请指定现有的文件夹，或“{out}.docx”这样的文件。"))


def _find_moved_folders(app: App, store: Store, owner: Project) -> None:
    """Look where a person has moved the skeleton's folders, so that the document goes to where they are now; what this
    scan takes in is told, for no other will."""
    from folderkit.cli.output import echo
    from folderkit.cli.scan import line, tell_troubles
    from folderkit.operations.reconcile import scan

    if any(not (owner.folder / node.path).exists() for node in store.catalog.nodes(owner.id).values()):
        result = scan(store, [owner.folder])
        folders = {row.id: row.folder for row in store.catalog.projects()}
        for change in result.changes:
            echo(line(app, change, folders), err=True)
        tell_troubles(app, result)


def _told(plan: FillPlan, store: Store | None, number: int | None) -> dict[str, Any]:
    return {"path": plan.target if store is None else _relative(plan.target, store.workspace.root),
            "template": plan.template.name, "version": number,
            "document_version": plan.filling.context["doc"]["version"]}


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _plan(app: App, template: Template, given: dict[str, Any], store: Store | None, owner: Project | None,
          target: Path | None) -> FillPlan:
    """The plan; a person who sits there is asked for what is missing."""
    from folderkit.cli.new import ask
    from folderkit.core.settings import Firm
    from folderkit.operations import fill

    def plan() -> FillPlan:
        if store is not None and owner is not None:
            language = app.language_given or owner.language
            return fill.plan_fill(store, owner, template, given, language, target)
        today = now().astimezone().date()
        return fill.plan_fill_alone(template, given, app.language, Firm(), today, target or app.here)

    found = plan()
    while found.missing and person_there():
        question = found.missing[0]
        given[question.key] = ask(app, question)
        found = plan()
    if found.missing:
        raise fill.missing_fields(found)
    return found


def _converter(app: App) -> Callable[[bytes], bytes] | None:
    """What makes the PDF that page numbers are read from, where LibreOffice is installed."""
    from folderkit.documents import pdf_of, soffice

    def convert(document: bytes) -> bytes:
        if sys.stderr.isatty():
            app.note(Text("Asking LibreOffice for the page numbers … ('--quick' leaves them to Word)",
                          "正在用 LibreOffice 计算目录页码……（--quick 则留给 Word）"))
        return pdf_of(document)

    return convert if soffice() else None


def _pdf(document: Path) -> Path:
    from folderkit.documents import to_pdf

    return to_pdf(document, document.parent)


def _keep(store: Store, owner: Project) -> None:
    """Keep the PDF beside the document as a file of the project."""
    from folderkit.operations.reconcile import scan

    scan(store, [owner.folder], why="fill")


