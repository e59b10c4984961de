"""The commands skeleton list, show, check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.cli.output import echo
from folderkit.core.errors import unknown
from folderkit.core.language import Language, Text
from folderkit.core.terminal import plain
from folderkit.skeletons import FileNode, FolderNode


@click.group("skeleton", cls=words.Group, about=Text(
    "Skeletons are what projects are made from. Your own lie in the workspace's folder 'skeletons'.",
    "骨架是新建项目的蓝本。自己的骨架放在工作区的 skeletons 文件夹中。"))
def skeleton_command() -> None:
    """The group."""


def _root(app: App) -> Path | None:
    from folderkit.core.workspace import find_root

    return find_root(app.directory)


@skeleton_command.command("list", cls=words.Command, about=Text("List the skeletons.", "列出骨架。"))
@words.json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    from folderkit.cli.output import table
    from folderkit.core import resources
    from folderkit.core.located import Faults
    from folderkit.resolving import known_names
    from folderkit.skeletons import check_skeleton

    root = _root(app)
    known = known_names(root, rules=True)
    rows: list[dict[str, Any]] = []
    for name, folder in resources.find("skeletons", root).items():
        row: dict[str, Any] = {"name": name, "version": None, "title": "", "about": "", "folder": folder}
        try:
            skeleton, faults = check_skeleton(folder, known)
            row |= {"version": skeleton.version, "title": skeleton.title.in_(app.language),
                    "about": skeleton.about.in_(app.language), "faults": len(faults)}
        except Faults as error:  # no YAML at all
            row["faults"] = len(error.faults)
        rows.append(row)
    if as_json:
        app.json(rows)
        return
    head = Text("NAME|TITLE|WHAT FOR", "名称|标题|用途").in_(app.language).split("|")
    table(head, [[row["name"], row["title"], row["about"]] for row in rows])
    for row in rows:
        if row["faults"]:
            app.warn(Text(f"{row['name']} has faults; see 'folderkit skeleton check {row['name']}'.",
                          f"{row['name']} 有错误，请看 folderkit skeleton check {row['name']}。"))


@skeleton_command.command("show", cls=words.Command, about=Text(
    "Show the tree and the questions of a skeleton.", "显示骨架的目录树和问题。"))
@click.argument("name")
@words.json_option
@pass_app
def show(app: App, name: str, as_json: bool) -> None:
    from folderkit.cli.output import table, tree
    from folderkit.core import facts
    from folderkit.resolving import find_skeleton

    skeleton = find_skeleton(_root(app), name)
    language = app.language
    rows = list(_rows((*skeleton.tree, *skeleton.files), language, ""))
    if as_json:
        app.json({"name": skeleton.id, "version": skeleton.version, "title": skeleton.title.in_(language),
                  "questions": [{"key": key, "type": question.type, "required": question.required,
                                 "ask": question.ask.in_(language), "default": question.default,
                                 "choices": {name: text.in_(language) for name, text in question.choices.items()}}
                                for key, question in facts.with_members(skeleton.questions)],
                  "nodes": [{"id": node, "path": path, "folder": is_folder} for path, is_folder, node in rows]})
        return
    click.secho(f"{skeleton.title.in_(language)} ({skeleton.id} {skeleton.version})", bold=True)
    app.say(skeleton.about)
    click.echo()
    tree(rows)
    click.echo()
    head = Text("FACT|TYPE|ASKED|QUESTION", "字段|类型|必填|问题").in_(language).split("|")
    must = Text("yes", "是").in_(language)
    table(head, [[key, question.type, must if question.required else "", facts.asked(question, language)]
                 for key, question in facts.with_members(skeleton.questions)])


def _rows(nodes: Iterable[FolderNode | FileNode], language: Language, above: str) -> Iterator[tuple[str, bool, str]]:
    """Every node as (path, is a folder, id), parents first, with its name's pattern as it stands."""
    for node in nodes:
        name = node.name.in_(language)
        if isinstance(node, FolderNode):
            path = f"{above}{name}"
            yield path, True, node.id
            yield from _rows((*node.folders, *node.files), language, f"{path}/")
        else:
            yield f"{above}{name or f'({node.source} {node.reference})'}", False, node.id


@skeleton_command.command("check", cls=words.Command, about=Text(
    "Check a skeleton, by name or folder; each fault is shown with its line. Exit code 4 when there is one.",
    "检查骨架（名称或文件夹），逐条给出错误所在的行。有错误时退出码为 4。"))
@click.argument("name")
@words.json_option
@pass_app
def check(app: App, name: str, as_json: bool) -> None:
    from folderkit.core import resources
    from folderkit.core.located import Faults
    from folderkit.resolving import known_names
    from folderkit.skeletons import check_skeleton

    root = _root(app)
    found = resources.find("skeletons", root)
    folder = app.path(name) if app.path(name).is_dir() else found.get(name)
    if folder is None:
        raise unknown(Text("skeleton", "骨架"), name, found)
    try:
        faults = check_skeleton(folder, known_names(root, rules=True))[1]
    except Faults as error:
        faults = error.faults
    if as_json:
        app.json([{"file": fault.file, "line": fault.line, "column": fault.column,
                   "message": fault.message.in_(app.language)} for fault in faults])
    else:
        for fault in faults:
            echo(f"{plain(fault.place)}: {fault.message.in_(app.language)}")
        if not faults:
            app.say(Text(f"{name} is sound.", f"{name} 没有问题。"))
    if faults:
        raise click.exceptions.Exit(4)
