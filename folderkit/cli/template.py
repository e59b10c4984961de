"""The commands template list and template fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.documents import Field, Template


@click.group("template", cls=words.Group, about=Text(
    "Templates are Word files with tags, which 'fill' fills. Your own lie in the workspace's folder 'templates'.",
    "模板是带标签的 Word 文件，由 fill 填写。自己的模板放在工作区的 templates 文件夹中。"))
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


@template_command.command("fields", cls=words.Command, about=Text(
    "List the fields of TEMPLATE (a name, or a Word file): what each is, and where its value comes from.",
    "列出模板（名称或 Word 文件）的字段：是什么、值从哪里来。"))
@click.argument("template")
@words.json_option
@pass_app
def fields(app: App, template: str, as_json: bool) -> None:
    from folderkit.cli.output import table
    from folderkit.core.workspace import find_root
    from folderkit.documents import fields_of
    from folderkit.operations.fill import find_template

    path = app.path(template)
    found = find_template(find_root(app.directory), str(path) if path.is_file() else template)
    rows = sorted((_row(app, found, field) for field in fields_of(found, app.language)
                   if not field.name.endswith("_key")), key=lambda row: list(_SOURCES).index(row["source"]))
    if as_json:
        app.json(rows)
        return
    head = Text("FIELD|KIND|FROM|QUESTION", "字段|类型|来源|问题").in_(app.language).split("|")
    table(head, [[row["field"], row["type"] or _KINDS[row["kind"]].in_(app.language),
                  _SOURCES[row["source"]].in_(app.language), row["question"]] for row in rows])


# Where values come from, in the order in which a person wants to read them.
_SOURCES = {"asked": Text("you, required", "需提供"), "optional": Text("you, optional", "可提供"),
            "fact": Text("project.yaml", "project.yaml"), "register": Text("register", "登记册"),
            "firm": Text("folderkit.yaml", "folderkit.yaml"),
            "folderkit": Text("folderkit, or --set", "自动，或 --set")}
_KINDS = {"value": Text("value", "值"), "list": Text("list", "列表"), "condition": Text("condition", "条件")}


def _row(app: App, template: Template, field: Field) -> dict[str, Any]:
    """What one field is and where its value comes from; a member of a list is answered with its list."""
    from folderkit.core import facts

    asked = dict(facts.with_members(template.questions))
    top = field.name.split(".")[0].split("[")[0]
    question = asked.get(field.name.partition("[")[0])
    own = asked.get(field.name)
    source = ("register" if top in template.registers else "firm" if top == "firm" else
              "asked" if question and question.required and question.default is None else
              "optional" if question else "folderkit" if top in ("doc", "today", "language") else "fact")
    return {"field": field.name, "kind": field.kind, "source": source,
            "question": facts.asked(own, app.language) if own else "", "type": own.type if own else "",
            "choices": {key: text.in_(app.language) for key, text in own.choices.items()} if own else {},
            "where": field.where.in_(app.language)}
