"""The commands template list, template check and template fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.errors import Misuse
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.documents import Template
    from folderkit.documents.findings import Finding
    from folderkit.operations.templates import FieldRow, Report


_SHOWN = 200  # findings of one template; who has more corrects what they have in common


@click.group("template", cls=words.Group, about=Text(
    "Templates are Word and Excel files with tags, which 'fill' fills. Your own lie in the workspace's folder "
    "'templates'.",
    "模板是带标签的 Word 或 Excel 文件，由 fill 填写。自己的模板放在工作区的 templates 文件夹中。"))
def template_command() -> None:
    """The group."""


@template_command.command("list", cls=words.Command, about=Text("List the templates.", "列出模板。"))
@words.json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    from folderkit.cli.output import table
    from folderkit.core import resources
    from folderkit.core.errors import FolderkitError
    from folderkit.core.workspace import find_root
    from folderkit.documents import read_template

    found: list[Template] = []
    for name, folder in resources.find("templates", find_root(app.directory)).items():
        try:
            found.append(read_template(folder))
        except FolderkitError as error:
            app.warn(Text(f"{name}: {error.message.en}", f"{name}：{error.message.zh}"))
    if as_json:
        app.json([{"name": template.name, "version": template.version, "title": template.title.in_(app.language),
                   "about": template.about.in_(app.language), "languages": sorted(template.editions),
                   "to": template.to} for template in found])
        return
    head = Text("NAME|TITLE|LANGUAGES|WHAT FOR", "名称|标题|语言|用途").in_(app.language).split("|")
    table(head, [[template.name, template.title.in_(app.language), " ".join(sorted(template.editions)),
                  template.about.in_(app.language)] for template in found])


@template_command.command("check", cls=words.Command, about=Text(
    "Check templates (names, or Word and Excel files): everything that is wrong in them, also what would go wrong only "
    "when they are filled, with its place and what to do. Exit code 4 when something is.",
    "检查模板（名称，或 Word、Excel 文件）：一次列出全部错误，包括填写时才会出现的错误，注明位置和改法。"
    "有错误时退出码为 4。"))
@click.argument("templates", nargs=-1, required=True, metavar="TEMPLATE...")
@words.json_option
@pass_app
def check(app: App, templates: tuple[str, ...], as_json: bool) -> None:
    from folderkit.core.workspace import find_root
    from folderkit.operations.templates import check_template

    root = find_root(app.directory)
    reports = [check_template(root, _named(app, template), app.language) for template in templates]
    if as_json:
        app.json([_told(app, report.name, finding) for report in reports for finding in report.findings])
    else:
        for report in reports:
            _tell(app, report)
    if any(finding.grave for report in reports for finding in report.findings):
        raise click.exceptions.Exit(4)


def _named(app: App, template: str) -> str:
    """A template as typed: a path from here where it is one."""
    from folderkit.filling import TEMPLATE_FILES

    path = app.path(template)
    return str(path) if path.is_file() or path.suffix.lower() in TEMPLATE_FILES or (
        path / "template.yaml").is_file() else template


def _told(app: App, name: str, finding: Finding) -> dict[str, Any]:
    return {"template": name, "file": finding.file, "part": finding.part.in_(app.language),
            "place": finding.place.in_(app.language), "tag": finding.tag, "field": finding.field,
            "message": finding.message.in_(app.language), "hint": finding.hint.in_(app.language),
            "level": "error" if finding.grave else "warning"}


def _tell(app: App, report: Report) -> None:
    """The findings of one template, each in two lines, and how many there are; of many the first."""
    from folderkit.cli.output import counted, echo
    from folderkit.core.terminal import plain

    shown = app.shown(Path(report.name))
    for finding in report.findings[:_SHOWN]:
        joint = Text(", ", "，").in_(app.language)
        where = [app.shown(finding.file), finding.part.in_(app.language), finding.place.in_(app.language)]
        head = joint.join(part for part in where if part)
        head += Text(": ", "：").in_(app.language) + plain(finding.tag) if finding.tag else ""
        echo(head, bold=True)
        mark = "" if finding.grave else Text("Worth a look: ", "值得留意：").in_(app.language)
        hint = finding.hint.in_(app.language)
        echo(f"  {mark}{plain(finding.message.in_(app.language))}")
        if hint:
            echo(f"  → {plain(hint)}")
    if (more := len(report.findings) - _SHOWN) > 0:
        app.say(Text(f"… and {more} more; --json lists all of them.", f"……还有 {more} 处；--json 列出全部。"))
    errors = sum(finding.grave for finding in report.findings)
    others = len(report.findings) - errors
    if errors:
        app.say(Text(f"{shown}: {counted(errors, 'fault')}" + (f", and {others} worth a look." if others else "."),
                     f"{shown}：{errors} 处错误" + (f"，另有 {others} 处值得留意。" if others else "。")))
        return
    if not report.fields:
        app.say(Text(f"{shown} is sound, but has no field: it is the same whatever it is filled with. Tags are written "
                     "like {{ project.name }}: 'folderkit guide documents'.",
                     f"{shown} 没有错误，但没有字段：无论用什么填写都一样。"
                     "标签写成 {{ project.name }} 这样：folderkit guide documents"))
        return
    app.say(Text(
        f"{shown} is sound: {counted(report.fields, 'field')}, of which {report.asked} must be given. "
        f"See 'folderkit template fields {shown}'.",
        f"{shown} 没有错误：共 {report.fields} 个字段，其中 {report.asked} 个必须提供。"
        f"查看字段：folderkit template fields {shown}"))


@template_command.command("fields", cls=words.Command, about=Text(
    "List the fields of TEMPLATE (a name, or a Word or Excel file): what each is, and where its value comes from.",
    "列出模板（名称，或 Word、Excel 文件）的字段：是什么、值从哪里来。"))
@click.argument("template")
@words.option("--form", is_flag=True, about=Text(
    "Print an empty YAML file to fill in, for 'fill --data'.", "输出一份待填写的空白 YAML，供 fill --data 使用。"))
@words.option("--out", metavar="FILE", about=Text(
    "Write the form to a new file.", "把表单写入一个新文件。"))
@words.json_option
@pass_app
def fields(app: App, template: str, form: bool, out: str | None, as_json: bool) -> None:
    from folderkit.core.workspace import find_root
    from folderkit.operations.fill import find_template
    from folderkit.operations.templates import field_rows

    root = find_root(app.directory)
    found = find_template(root, _named(app, template), app.language)
    if out and not form:
        raise Misuse(Text("--out is for the form.", "--out 用于表单。"),
                     Text(f"Say 'folderkit template fields {template} --form --out {out}'.",
                          f"请运行 folderkit template fields {template} --form --out {out}"))
    if form:
        _form(app, root, found, template, out)
        return
    rows = field_rows(root, found, app.language)
    if as_json:
        app.json([_row(app, row) for row in rows])
        return
    _tell_fields(app, rows)


def _form(app: App, root: Path | None, found: Template, template: str, out: str | None) -> None:
    from folderkit.operations.templates import form_of, write_form_file

    text = form_of(root, found, template, app.language, app.here)
    if not out:
        click.echo(text, nl=False)
        return
    write_form_file(app.path(out), text)
    app.say(Text(f"Made {app.shown(app.path(out))}", f"已生成 {app.shown(app.path(out))}"))


# Where values come from, in the order in which a person wants to read them.
_SOURCES = {"asked": Text("you, required", "需提供"), "optional": Text("you, optional", "可提供"),
            "fact": Text("project.yaml", "project.yaml"), "register": Text("register", "登记册"),
            "firm": Text("folderkit.yaml", "folderkit.yaml"),
            "folderkit": Text("folderkit, or --set", "自动，或 --set")}


def _tell_fields(app: App, rows: Sequence[FieldRow]) -> None:
    """A table of the fields; those of the members of a list under it."""
    from folderkit.cli.output import table
    from folderkit.core import facts
    from folderkit.documents.form import KINDS

    head = Text("FIELD|KIND|FROM|QUESTION OR PLACE", "字段|类型|来源|问题或位置").in_(app.language).split("|")
    lines = []
    for row in rows:
        named = row.question is None or row.question.ask.en == row.question.key  # a bare file's fields ask nothing
        told = row.field.where.in_(app.language) if row.question is None or named else facts.asked(
            row.question, app.language)
        lines.append([row.field.name, KINDS[row.kind].in_(app.language),
                      _SOURCES[row.source].in_(app.language), told])
    table(head, lines)


def _row(app: App, row: FieldRow) -> dict[str, Any]:
    """What one field is and where its value comes from; a member of a list is answered with its list."""
    from folderkit.core import facts

    own = row.question
    return {"field": row.field.name, "kind": row.kind, "source": row.source,
            "question": facts.asked(own, app.language) if own else "", "type": own.type if own else "",
            "choices": {key: text.in_(app.language) for key, text in own.choices.items()} if own else {},
            "where": row.field.where.in_(app.language)}
