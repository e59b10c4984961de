"""The plan of a new project: where it will be, and what will be in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.core import naming, resources
from folderkit.core.errors import Misuse, Refused
from folderkit.core.facts import Facts
from folderkit.core.language import Language, Text, same
from folderkit.core.project import Project
from folderkit.core.workspace import Workspace
from folderkit.skeletons import PlannedNode, Skeleton, lay_out
from folderkit.store import new_id

if TYPE_CHECKING:
    from folderkit.basis import Basis
    from folderkit.documents import Template
    from folderkit.filling import Filling


class CodeTaken(Refused):
    """Another project has the code; one that was counted on may be counted on again."""


class Document(NamedTuple):
    """A template that a skeleton names, with what it will be filled with."""

    template: Template
    filling: Filling
    basis: Basis


class ScaffoldPlan(NamedTuple):
    """A project to be: where, from what, with which facts, nodes (parents first), and documents by the name of
    their template."""

    id: str
    folder: Path
    skeleton: Skeleton
    language: Language
    facts: Facts
    nodes: tuple[PlannedNode, ...]
    documents: Mapping[str, Document]
    others: frozenset[Path]  # the folders of the projects that were there when it was planned


def plan_scaffold(
    workspace: Workspace, skeleton: Skeleton, facts: Facts, language: Language, existing: Sequence[Project],
    today: dt.date, *, code_given: bool = True,
) -> ScaffoldPlan:
    """The plan of a new project. Raises `Misuse` for impossible names, `Refused` when it exists; changes nothing.

    When the code was not given but counted on (`code_given`), a project of the same name for the same client
    is refused as well: it was meant already.
    """
    project_facts, client_facts = facts["project"], facts["client"]
    code = str(project_facts.get("code", ""))
    naming.check_named("project.name", str(project_facts["name"]))
    if code:
        naming.check_named("project.code", code)
    naming.check_named("client.name", str(client_facts["name"]))
    _refuse_due_before_start(project_facts)
    name = naming.expand(skeleton.folder, facts)
    fault = naming.fault_of(name)
    if fault:
        raise Misuse(Text(f"The project's folder would be named '{name}': {fault.en}.",
                          f"项目文件夹的名称将是“{name}”：{fault.zh}。"),
                     Text("Choose a shorter or plainer name, or --set client.short_name=…",
                          "请换一个更短或更简单的名称，或用 --set client.short_name=… 指定简称。"))
    folder = workspace.root / workspace.settings.projects / name
    refuse_existing(folder, code, existing)
    if not code_given:
        _refuse_same_name(str(project_facts["name"]), str(client_facts["name"]), existing)
    documents = _documents(workspace, skeleton, facts, language, today)
    nodes = lay_out(skeleton, facts, language, _file_names(skeleton, documents))
    others = frozenset(project.folder for project in existing)
    return ScaffoldPlan(new_id(), folder, skeleton, language, facts, nodes, documents, others)


def _refuse_due_before_start(facts: Mapping[str, Any]) -> None:
    start, due = facts.get("start_date"), facts.get("due_date")
    if isinstance(start, dt.date) and isinstance(due, dt.date) and due < start:
        raise Misuse(Text(f"The project would be due on {due}, before its start on {start}.",
                          f"项目的预计完成日期 {due} 早于启动日期 {start}。"),
                     Text("Correct --start or --due.", "请改正 --start 或 --due。"))


def refuse_existing(folder: Path, code: str, existing: Sequence[Project]) -> None:
    taken = next((project for project in existing if code and project.code.casefold() == code.casefold()), None)
    if taken is not None:
        raise CodeTaken(Text(f"The code {code} belongs to '{taken.folder.name}'.",
                             f"编号 {code} 已用于“{taken.folder.name}”。"),
                        Text("Leave --code away to get the next free one.", "不写 --code 就会自动取下一个编号。"))
    same = [path for path in _beside(folder) if naming.key_of(path.name) == naming.key_of(folder.name)]
    if same:
        raise Refused(Text(f"'{same[0]}' is already there.", f"“{same[0]}”已经存在。"),
                      Text("Choose another name; nothing was changed.", "请换一个名称；没有做任何改动。"))


def _refuse_same_name(name: str, client: str, existing: Sequence[Project]) -> None:
    same = next((project for project in existing if naming.key_of(project.name) == naming.key_of(name)
                 and naming.key_of(project.client) == naming.key_of(client)), None)
    if same is not None:
        raise Refused(Text(f"'{same.folder.name}' is the project '{same.name}' for {same.client} already.",
                           f"“{same.client}”的项目“{same.name}”已经存在：“{same.folder.name}”。"),
                      Text("Choose another name, or give a --code of its own if a second one is meant.",
                           "请换一个名称；如果确实是另一个项目，请用 --code 指定编号。"))


def _beside(folder: Path) -> list[Path]:
    return list(folder.parent.iterdir()) if folder.parent.is_dir() else []


def _documents(workspace: Workspace, skeleton: Skeleton, facts: Facts, language: Language, today: dt.date
               ) -> dict[str, Document]:
    """The documents that the skeleton asks for, by template, filled with the new project's facts."""
    wanted = {node.reference for node in skeleton.file_nodes() if node.source == "template"}
    if not wanted:
        return {}
    from folderkit.basis import Sources, basis_of, shown_names
    from folderkit.documents import read_template
    from folderkit.filling import FIRST_VERSION, fill_in, material, with_revisions

    firm, sources = workspace.settings.firm, Sources(workspace)
    source = material(facts, skeleton.questions, firm, language, today)
    project = Project("", workspace.root, skeleton.id, skeleton.version, language, facts)
    folders = resources.find("templates", workspace.root)
    documents = {}
    for name in sorted(wanted):
        template = read_template(folders[name], resources.shared(workspace.root))
        filling = with_revisions(fill_in(template, source, {}), FIRST_VERSION, ())
        basis = basis_of(template, filling, {}, shown_names(template, language, firm),
                         sources.digests(project, name, "", ()), workspace.root)
        documents[name] = Document(template, filling, basis)
    return documents


def _file_names(skeleton: Skeleton, documents: Mapping[str, Document]) -> dict[tuple[str, str], Text]:
    """What a register's or a template's file is named where the skeleton does not say: a register by its title, a
    document as 'fill' would name it."""
    names: dict[tuple[str, str], Text] = {}
    for node in skeleton.file_nodes():
        if node.source == "register":
            from folderkit.registers.blank import file_names

            names["register", node.reference] = file_names()[node.reference]
        elif node.source == "template":
            from folderkit.filling import file_name

            document = documents[node.reference]
            name = file_name(document.template, document.filling.context)
            names["template", node.reference] = same(name.replace("{", "{{").replace("}", "}}"))
    return names
