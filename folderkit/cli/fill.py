"""The command fill."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from folderkit.cli import words
from folderkit.cli.app import App, assignments, data_file, now, pass_app, person_there
from folderkit.core.errors import Failed, Misuse
from folderkit.core.language import Text, same

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.documents import Template
    from folderkit.operations.fill import FillPlan, Ground, Wish
    from folderkit.store import Store

_CELLS_TOLD = 10  # cells of registers that could not be understood


@words.command("fill", Text(
    "Fill TEMPLATE (a name or title from 'template list', or a Word or Excel file) with the project's facts and "
    "registers. The document is put in its folder under its name, versioned and findable at once. What is missing is "
    "asked for.",
    "用项目信息和登记册填写模板（template list 中的名称或标题，或一个 Word、Excel 文件）。文档自动命名、"
    "归入相应文件夹，并立即保存版本、可查找。缺少的内容会逐项询问。"))
@click.argument("template")
@words.option("--data", metavar="FILE", type=click.Path(path_type=Path), about=Text(
    "A YAML or JSON file of values; with --each also a workbook or a CSV file.",
    "包含字段值的 YAML 或 JSON 文件；用 --each 时也可以是工作簿或 CSV。"))
@words.option("--each", is_flag=True, about=Text(
    "Make a document for each record of --data: each row of its table, each member of its list. In a project, what has "
    "been made of the same template and data is left as it is.",
    "为 --data 中的每条记录（表格的每一行、列表的每一项）各生成一份文档。"
    "在项目中，已用相同的模板和数据生成过的保持不变。"))
@words.option("--set", "pairs", metavar="KEY=VALUE", multiple=True, about=Text(
    "One value; may be given several times.", "一个字段的值；可多次使用。"))
@words.option("--out", metavar="PATH", about=Text(
    "Another file or folder for the result.", "结果放到别的文件或文件夹。"))
@words.option("--pdf", is_flag=True, about=Text(
    "Make a PDF beside it (needs LibreOffice).", "同时生成 PDF（需要 LibreOffice）。"))
@words.option("--beside", is_flag=True, about=Text(
    "Make the next version beside a document that somebody has edited, or under a free name beside what stands there.",
    "文档已被人修改时，在旁边生成下一版本；目标处已有文件时，另取一个不重复的名称。"))
@words.option("--replace", is_flag=True, about=Text(
    "Fill the document anew in its place. What stands there, with all edits, is kept as a version first. With --each "
    "one document after another is replaced: after an error, those before it are.",
    "在原处重新生成文档。原内容及全部修改会先作为一个版本保留。用 --each 时逐份替换：中途出错，之前的已经替换。"))
@words.option("--quick", is_flag=True, about=Text(
    "Leave the page numbers of the contents page to Word, and the values of formulas to Excel; saves the seconds that "
    "LibreOffice takes.",
    "目录页码留给 Word 更新，公式的值留给 Excel 计算，省去 LibreOffice 的几秒钟。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def fill_command(app: App, template: str, data: Path | None, each: bool, pairs: tuple[str, ...], out: str | None,
                 pdf: bool, beside: bool, replace: bool, quick: bool, project: str | None, dry_run: bool, as_json: bool
                 ) -> None:
    from folderkit.core.workspace import find_root
    from folderkit.filling import TEMPLATE_FILES
    from folderkit.operations import fill

    if beside and replace:
        raise Misuse(Text("Give --beside or --replace, not both.", "--beside 和 --replace 只能用一个。"))
    if each and data is None:
        raise Misuse(Text("--each needs the records.", "--each 需要记录。"),
                     Text("Name a workbook, CSV or YAML file with --data FILE.",
                          "请用 --data 指定工作簿、CSV 或 YAML 文件。"))
    root = find_root(app.directory)
    path = app.path(template)
    by_path = path.suffix.lower() in TEMPLATE_FILES or path.is_file()
    if root is None and not by_path:
        app.workspace()  # which says that there is none: a template by its name is filled for a project
    found = fill.find_template(root, str(path) if by_path else template, app.language)
    target = None
    if out:
        target = _folder(app, out) if each else _target(app, out, found)
    given = assignments(pairs)
    if data and not each:
        given = data_file(app.path(str(data)), found.questions) | given
    with contextlib.ExitStack() as stack:
        store: Store | None = None
        owner: Project | None = None
        if root is not None and not (target is not None and path.is_file() and project is None):
            store = stack.enter_context(app.store())
            owner = app.project(store, project)
            if not dry_run:
                _find_moved(app, store, owner)
        ground = _ground(app, found, store, owner)
        wish = fill.Wish(given, target, "beside" if beside else "replace" if replace else "", pdf)
        order = _Order(store, ground, wish, quick, dry_run, as_json)
        if each and data:
            _fill_each(app, order, app.path(str(data)))
        else:
            _fill_one(app, order)


def _warn_of_cells(app: App, ground: Ground) -> None:
    """Tell which cells of the registers could not be understood; of many the first."""
    for workbook, place, expected in ground.problems[:_CELLS_TOLD]:
        app.warn(Text(f"{workbook.name}, {place.en}: {expected.en}", f"{workbook.name}，{place.zh}：{expected.zh}"))
    if (more := len(ground.problems) - _CELLS_TOLD) > 0:
        app.warn(Text(f"{more} more cells of registers are empty or cannot be understood: 'folderkit register check' "
                      "lists them.",
                      f"登记册中还有 {more} 个单元格没有填或看不懂；folderkit register check 可全部列出。"))


class _Order(NamedTuple):
    """What is to be made, of what, and how it is told."""

    store: Store | None
    ground: Ground
    wish: Wish
    quick: bool
    dry_run: bool
    as_json: bool


def _fill_one(app: App, order: _Order) -> None:
    from folderkit.operations import fill

    store, ground = order.store, order.ground
    plan = _plan(app, ground, store, order.wish)
    fill.refuse_existing([plan])
    _warn_of_cells(app, ground)
    number = 0
    if not order.dry_run:
        number = fill.apply_fill(store, plan, None if order.quick else _converter(app))
        if store is not None and ground.project is not None:
            app.read_texts(store, ground.project.id)
    if order.as_json:
        app.json(_told(plan, store, number or None))
    elif order.dry_run:
        for file in plan.files:
            app.say(Text(f"{app.shown(file)} would be {'replaced' if file in plan.seen else 'made'}.",
                         f"将{'替换' if file in plan.seen else '生成'} {app.shown(file)}。"))
    else:
        _tell_made(app, plan, list(fill.left_out(ground, plan.filling)))


def _fill_each(app: App, order: _Order, data: Path) -> None:
    from folderkit.cli.output import Bar
    from folderkit.documents import soffice
    from folderkit.operations import fill

    found = fill.read_records(data, order.ground)
    if found.unused:
        app.note(Text(f"Columns that the template does not use: {', '.join(found.unused)}",
                      f"模板没有用到的列：{'、'.join(found.unused)}"))
    plans = fill.plan_each(order.store, order.ground, found, order.wish)
    _warn_of_cells(app, order.ground)
    made = [file for plan in plans for file in plan.files]
    if not order.dry_run and made:
        with contextlib.closing(Bar(Text("Filling", "填写"), app.language)) as bar:
            fill.apply_each(order.store, plans, found, paged=not order.quick and soffice() is not None, progress=bar)
        if order.wish.pdf:
            with contextlib.closing(Bar(Text("Making PDFs", "生成 PDF"), app.language)) as bar:
                fill.make_pdfs(order.store, plans, bar)
        if order.store is not None and order.ground.project is not None:
            app.read_texts(order.store, order.ground.project.id)
    if order.as_json:
        app.json([{**_told(plan, order.store, None), "made": not plan.stands} for plan in plans])
        return
    if not plans:
        app.say(Text(f"There are no records in {app.shown(data)}, so nothing was made.",
                     f"{app.shown(data)} 中没有记录，未生成任何文件。"))
        return
    _tell_each(app, plans, made, dry_run=order.dry_run)


def _tell_each(app: App, plans: list[FillPlan], made: list[Path], *, dry_run: bool) -> None:
    for file in made if dry_run else ():
        app.say(same(app.shown(file)))
    if made:
        folder = app.shown(made[0].parent)
        app.say(Text(f"{len(made)} files {'would be made' if dry_run else 'made'} in {folder}",
                     f"{'将在' if dry_run else '已在'} {folder} 生成 {len(made)} 个文件"))
    if standing := sum(plan.stands for plan in plans):
        app.say(Text(f"{standing} of {len(plans)} documents are there already, of the same template and data, and were "
                     "left as they are. To make them anew: --replace or --beside.",
                     f"{len(plans)} 份文档中有 {standing} 份已用相同的模板和数据生成过，保持不变。"
                     "如需重新生成：--replace 或 --beside。"))


def _tell_made(app: App, plan: FillPlan, empty: list[Text]) -> None:
    for file in plan.files:
        if file in plan.seen:
            app.say(Text(f"Filled {app.shown(file)} anew; what it was before is a version of it.",
                         f"已重新生成 {app.shown(file)}；原内容保留为它的一个版本。"))
        else:
            app.say(Text(f"Made {app.shown(file)}", f"已生成 {app.shown(file)}"))
    if empty:
        app.note(Text(f"Left out, since nothing is there yet: {', '.join(one.en for one in empty)}",
                      f"以下尚无内容，相关章节已省略：{'、'.join(one.zh for one in empty)}"))


def _target(app: App, out: str, template: Template) -> Path:
    """Where --out says that the result goes: a folder that is there, or a file of the template's kind."""
    path = app.path(out)
    folder = path if out.endswith(("/", os.sep)) else path.parent
    if path.is_dir() or (path.suffix.lower() == template.suffix and folder.is_dir()):
        return path
    if not folder.is_dir():
        raise Misuse(Text(f"--out {out}: there is no folder '{folder}'.", f"--out {out}：没有文件夹“{folder}”。"),
                     Text("Make it first, or name a file with --out.", "请先建立它，或用 --out 指定文件。"))
    kind = "Word" if template.kind == "word" else "Excel"
    article = "a" if template.kind == "word" else "an"
    raise Misuse(Text(f"--out {out}: the result is {article} {kind} file.", f"--out {out}：结果是 {kind} 文件。"),
                 Text(f"Name a folder that is there, or a file such as '{out}{template.suffix}'.",
                      f"请指定现有的文件夹，或“{out}{template.suffix}”这样的文件。"))


def _folder(app: App, out: str) -> Path:
    """The folder that --out names, which is made when it is not there."""
    path = app.path(out)
    if path.is_dir() or (not path.exists() and path.parent.is_dir()):
        return path
    raise Misuse(Text(f"--out {out}: with --each it is a folder.", f"--out {out}：用 --each 时应为文件夹。"),
                 Text("Name a folder that is there, or a new one in a folder that is.",
                      "请指定现有的文件夹，或现有文件夹中的新文件夹。"))


def _find_moved(app: App, store: Store, owner: Project) -> None:
    """Look where a person has moved the skeleton's folders or earlier documents, so that the document goes to where
    they are now and is not taken for a new one; what this scan takes in is told, for no other will."""
    from folderkit.cli.output import echo
    from folderkit.cli.scan import line, tell_troubles
    from folderkit.operations.reconcile import scan

    places = [node.path for node in store.catalog.nodes(owner.id).values()]
    places += [document.path for document in store.catalog.last_documents(owner.id)]
    if any(not (owner.folder / place).exists() for place in places):
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


def _ground(app: App, template: Template, store: Store | None, owner: Project | None) -> Ground:
    from folderkit.core.settings import Firm
    from folderkit.operations import fill

    if store is not None and owner is not None:
        return fill.ground_of(store, owner, template, app.language_given or owner.language)
    return fill.ground_alone(template, app.language, Firm(), now().astimezone().date(), app.here)


def _plan(app: App, ground: Ground, store: Store | None, wish: Wish) -> FillPlan:
    """The plan; a person who sits there is asked for what is missing."""
    from folderkit.cli.new import ask
    from folderkit.operations import fill

    found = fill.plan_fill(store, ground, wish)
    while found.missing and person_there():
        question = found.missing[0]
        wish = dataclasses.replace(wish, given={**wish.given, question.key: ask(app, question)})
        found = fill.plan_fill(store, ground, wish)
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
        try:
            return pdf_of(document)
        except Failed as error:
            raise Failed(
                Text(f"LibreOffice could not count the pages for the contents. {error.message.en}",
                     f"LibreOffice 未能计算目录页码。{error.message.zh}"),
                Text("Leave the page numbers to Word with --quick.", "可用 --quick 把目录页码留给 Word。")) from None

    return convert if soffice() else None
