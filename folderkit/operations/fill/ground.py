"""What the documents of a template are filled from: found for a project, or outside of any."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core import facts as facts_
from folderkit.core import resources
from folderkit.core.errors import Misuse
from folderkit.core.facts import Question
from folderkit.core.language import Language, Text, same
from folderkit.core.located import raise_if_any
from folderkit.core.project import FILE, Project, fact_faults
from folderkit.core.settings import Firm
from folderkit.filling import TEMPLATE_FILES, Filler, Filling, Material, material, read_registers, register_paths

if TYPE_CHECKING:
    from folderkit.catalog import NodeRow
    from folderkit.documents import Template
    from folderkit.store import Store


def find_template(workspace: Path | None, name: str, language: Language = "zh") -> Template:
    """The template of that name or title, or the Word or Excel file at that path, which is compiled once when it is
    then filled in that `language`. Raises `Misuse` when there is neither."""
    from folderkit.documents import name_meant, read_template, template_of_file

    path = Path(name)
    if path.suffix.lower() in TEMPLATE_FILES or path.is_file():
        if not path.is_file():
            raise Misuse(Text(f"'{name}' is a folder.", f"“{name}”是文件夹。") if path.is_dir() else
                         Text(f"There is no file '{name}'.", f"没有文件“{name}”。"),
                         Text("Name a Word or Excel file, or a template: 'folderkit template list' shows them.",
                              "请指定 Word 或 Excel 文件，或模板名；folderkit template list 列出全部模板。"))
        return template_of_file(path, language, resources.shared(workspace))
    found = resources.find("templates", workspace)
    return read_template(found[name_meant(found, name)], resources.shared(workspace))


@dataclass(frozen=True)
class Ground:
    """What all documents of a template are filled from, in a project or outside of any; `folder`, without links, is
    where they go. `problems` are register cells that could not be understood: (workbook, cell, what was expected). In a
    project, `shown` are the fields and registers that the template shows, `sources` a digest of each source, and `root`
    the workspace's folder."""

    template: Template
    language: Language
    source: Material
    folder: Path
    project: Project | None = None
    registers: Mapping[str, Path] = field(default_factory=dict)
    problems: list[tuple[Path, Text, Text]] = field(default_factory=list)
    shown: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path()

    @functools.cached_property
    def filler(self) -> Filler:
        """What fills the template for one set of answers after the other."""
        return Filler(self.template, self.source)


def ground_of(store: Store, project: Project, template: Template, language: Language) -> Ground:
    """What a project gives to a template. Raises `Refused` when a register is not there or lacks columns."""
    from folderkit.basis import Sources, bare_file, digest, shown_names
    from folderkit.resolving import skeleton_of

    workspace, today = store.workspace, store.clock().astimezone().date()
    firm = workspace.settings.firm
    nodes = store.catalog.nodes(project.id)
    skeleton = skeleton_of(workspace.root, project)
    raise_if_any(fact_faults(project.folder / FILE, skeleton.questions) if skeleton else ())
    paths = register_paths(project, skeleton, nodes, template.registers)
    file = bare_file(template, language, workspace.root)
    sources = Sources(workspace, store.catalog).digests(  # before they are read, so that what is saved now is noticed
        project, template.name, file, [path.relative_to(project.folder).as_posix() for path in paths.values()])
    if file:  # which has been read already, for its questions
        sources["template"] = digest(template.read(template.edition(language)))
    rows, problems = read_registers(template, language, today, paths)
    questions = skeleton.questions if skeleton else ()
    source = material(project.facts, questions, firm, language, today, rows)
    return Ground(template, language, source, _folder_for(project, template, nodes), project, paths, problems,
                  shown_names(template, language, firm), sources, workspace.root)


def ground_alone(template: Template, language: Language, firm: Firm, today: dt.date, folder: Path) -> Ground:
    """What there is outside of any workspace: only what will be given."""
    return Ground(template, language, material({}, (), firm, language, today), folder.resolve())


def _folder_for(project: Project, template: Template, nodes: Mapping[str, NodeRow]) -> Path:
    """The folder of the template's node, or of the nearest node above it that the project has."""
    identity = template.to
    while identity:
        if identity in nodes:
            return (project.folder / nodes[identity].path).resolve()
        identity = identity.rpartition(".")[0]
    return project.folder.resolve()


def left_out(ground: Ground, filling: Filling) -> Iterator[Text]:
    """What nothing is known of yet, so that what tells of it is left out: registers without rows, and lists of facts
    that the template tells of."""
    if ground.project is None:
        return
    for name, path in ground.registers.items():
        if name in ground.source.registers and not ground.source.registers[name]:
            yield same(path.name)
    yield from _empty_lists(ground.template, ground.language, ground.source.questions, filling)


def _empty_lists(template: Template, language: Language, questions: Iterable[Question], filling: Filling
                 ) -> Iterator[Text]:
    """The lists of facts that a template tells of and that nothing stands in."""
    from folderkit.documents import fields_of

    used = {found.name.partition("[")[0] for found in fields_of(template, language)}
    for question in questions:
        if question.type == "list" and question.key in used and not facts_.get(filling.context, question.key):
            yield Text(f"{question.ask.en} (in project.yaml)", f"{question.ask.zh}（在 project.yaml 中）")
