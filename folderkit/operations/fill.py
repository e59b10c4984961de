"""Fill a template for a project: ask, render, put the document in its folder under its name, keep and index it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.catalog import NodeRow
from folderkit.core import events, resources, safefiles
from folderkit.core import facts as facts_
from folderkit.core.errors import Misuse, Refused, os_failure, unknown
from folderkit.core.facts import Question
from folderkit.core.language import Language, Text, same
from folderkit.core.located import raise_if_any
from folderkit.core.project import FILE, Project, fact_faults
from folderkit.core.settings import Firm
from folderkit.filling import (
    Filling,
    Revision,
    file_name,
    fill_in,
    filled_event,
    material,
    next_version,
    read_registers,
    register_paths,
    series_of,
    with_revisions,
)
from folderkit.placing import Placement, place
from folderkit.resolving import skeleton_of
from folderkit.store import Store, new_id

if TYPE_CHECKING:
    from folderkit.documents import Template

WORD_FILES = (".docx", ".dotx", ".docm")
Convert = Callable[[bytes], bytes]


@dataclass(frozen=True)
class FillPlan:
    """A document to be: from which template and data, to which file (absolute). `problems` are register cells
    that could not be understood: (workbook, cell, what was expected); `empty` is what nothing is known of yet, so that
    what tells of it is left out."""

    template: Template
    language: Language
    filling: Filling
    firm: Firm
    target: Path
    project: Project | None = None
    problems: list[tuple[Path, Text, Text]] = field(default_factory=list)
    empty: tuple[Text, ...] = ()

    @property
    def missing(self) -> tuple[Question, ...]:
        return self.filling.missing


def find_template(workspace: Path | None, name: str) -> Template:
    """The template of that name, or the Word file at that path. Raises `Misuse` when there is neither."""
    from folderkit.documents import read_template, template_of_file

    path = Path(name)
    if path.suffix.lower() in WORD_FILES or path.is_file():
        if not path.is_file():
            raise Misuse(Text(f"'{name}' is a folder.", f"“{name}”是文件夹。") if path.is_dir() else
                         Text(f"There is no file '{name}'.", f"没有文件“{name}”。"),
                         Text("Name a Word file, or a template: 'folderkit template list' shows them.",
                              "请指定 Word 文件或模板名；folderkit template list 列出全部模板。"))
        return template_of_file(path)
    found = resources.find("templates", workspace)
    if name not in found:
        raise unknown(Text("template", "模板"), name, found)
    return read_template(found[name])


def plan_fill(store: Store, project: Project, template: Template, given: Mapping[str, Any], language: Language,
              out: Path | None) -> FillPlan:
    """The plan of one document of a project; `missing` in it must be answered before it is applied."""
    workspace, today = store.workspace, store.clock().astimezone().date()
    nodes = store.catalog.nodes(project.id)
    skeleton = skeleton_of(workspace.root, project)
    raise_if_any(fact_faults(project.folder / FILE, skeleton.questions) if skeleton else ())
    paths = register_paths(project, skeleton, nodes, template.registers)
    rows, problems = read_registers(template, language, today, paths)
    questions = skeleton.questions if skeleton else ()
    source = material(project.facts, questions, workspace.settings.firm, language, today, rows)
    filling = fill_in(template, source, given)
    target = Path()
    if not filling.missing:
        filling = _next_in_series(store, project, template, filling, fixed="doc.version" in given)
        folder = _folder_for(project, template, nodes)
        filling, target = _placed(template, filling, out, folder, fixed="doc.version" in given)
    empty = (*(same(path.name) for name, path in paths.items() if name in rows and not rows[name]),
             *_empty_lists(template, language, questions, filling))
    return FillPlan(template, language, filling, workspace.settings.firm, target, project, problems, empty)


def _empty_lists(template: Template, language: Language, questions: Iterable[Question], filling: Filling
                 ) -> Iterator[Text]:
    """The lists of facts that a template tells of and that nothing stands in."""
    from folderkit.documents import fields_of

    used = {found.name.partition("[")[0] for found in fields_of(template, language)}
    for question in questions:
        if question.type == "list" and question.key in used and not facts_.get(filling.context, question.key):
            yield Text(f"{question.ask.en} (in project.yaml)", f"{question.ask.zh}（在 project.yaml 中）")


def plan_fill_alone(template: Template, given: Mapping[str, Any], language: Language, firm: Firm, today: dt.date,
                    out: Path) -> FillPlan:
    """The plan of a document outside of any workspace, from what is given alone."""
    filling = fill_in(template, material({}, (), firm, language, today), given)
    target = Path()
    if not filling.missing:
        filling = with_revisions(filling, str(filling.context["doc"]["version"]), ())
        filling, target = _placed(template, filling, out, out, fixed="doc.version" in given)
    return FillPlan(template, language, filling, firm, target)


def _folder_for(project: Project, template: Template, nodes: Mapping[str, NodeRow]
                ) -> Path:
    """The folder of the template's node, or of the nearest node above it that the project has."""
    identity = template.to
    while identity:
        if identity in nodes:
            return project.folder / nodes[identity].path
        identity = identity.rpartition(".")[0]
    return project.folder


def _next_in_series(store: Store, project: Project, template: Template, filling: Filling, *, fixed: bool
                    ) -> Filling:
    series = series_of(template, filling.context)
    earlier = [Revision(row.version, row.at.astimezone().date(), row.author, row.note)
               for row in store.catalog.documents(project.id, series)]
    version = str(filling.context["doc"]["version"])
    if earlier and not fixed:
        version = next_version(earlier[-1].version)
    return with_revisions(filling, version, earlier)


def _placed(template: Template, filling: Filling, out: Path | None, folder: Path, *, fixed: bool
            ) -> tuple[Filling, Path]:
    """Where the document goes: to the file `out`, or, where that is a folder or None (then it is `folder`), under a
    name that is free there, by counting the version on where the person has not fixed it."""
    if out is not None and not out.is_dir():
        return filling, out.parent.resolve() / out.name
    folder = (out or folder).resolve()
    while (target := folder / file_name(template, filling.context)).exists():
        if fixed or "{doc.version}" not in template.filename:
            break
        lines = filling.context["doc"]["revisions"]
        earlier = [Revision(line["version"], line["date"], line["author"], line["text"]) for line in lines[:-1]]
        filling = with_revisions(filling, next_version(filling.context["doc"]["version"]), earlier)
        if folder / file_name(template, filling.context) == target:  # a name so long that the version is cut off
            break
    return filling, target


def refuse_existing(targets: Iterable[Path]) -> None:
    """Raises `Refused` when something stands where a file is to be made."""
    for target in targets:
        if target.exists() or target.is_symlink():
            raise Refused(Text(f"'{target}' is already there.", f"“{target}”已经存在。"),
                          Text("Name another file with --out, or give --set doc.version=…",
                               "请用 --out 指定别的文件，或用 --set doc.version=… 指定版本。"))


def apply_fill(store: Store | None, plan: FillPlan, convert: Convert | None) -> int:
    """Make the document; returns the number of its version (0 outside a project).

    `convert` makes a PDF of Word bytes, for the page numbers of a contents page. Raises `Misuse` naming every
    field without a value, `Refused` when something stands at the target; then nothing was written.
    """
    from folderkit.documents import render, with_contents

    if plan.missing:
        raise missing_fields(plan)
    refuse_existing([plan.target])
    project = plan.project
    inside = store is not None and project is not None and plan.target.is_relative_to(project.folder)
    identity = _identity_at(store, project, plan.target) if store and project and inside else ""
    data = render(plan.template, plan.language, plan.filling.context, plan.firm, identity)
    data = with_contents(data, convert)
    if store is None or project is None or not inside:
        _write(plan.target, data)
        return 0
    return _write_and_keep(store, plan, project, identity, data)


def _identity_at(store: Store, project: Project, target: Path) -> str:
    """The file that the document will be: the one that was there last, or a new one."""
    gone = store.catalog.file_at(project.id, target.relative_to(project.folder).as_posix())
    return gone.id if gone else new_id()


def _write_and_keep(store: Store, plan: FillPlan, project: Project, identity: str, data: bytes) -> int:
    path = plan.target.relative_to(project.folder).as_posix()
    with store.batch() as batch:
        content, size = store.blobs.put_bytes(data)
        meant = (events.VersionKept(project.id, identity, path, content, size, 0, "fill"),
                 filled_event(plan.template, plan.filling, project.id, identity, path))
        with _telling(plan.target):
            place(store, batch, Placement(plan.target, content, None, meant), [data])
    return len(store.catalog.versions(identity))


def _write(target: Path, data: bytes) -> None:
    made: list[Path] = []
    with _telling(target):
        try:
            made = safefiles.make_folders(target.parent)
            safefiles.place_new(target, [data])
        except BaseException:
            safefiles.remove_empty(made)
            raise


@contextlib.contextmanager
def _telling(target: Path) -> Iterator[None]:
    """Tell a person why the document could not be put at its place."""
    try:
        yield
    except FileExistsError:
        raise Refused(Text(f"'{target}' was made a moment ago.", f"“{target}”刚刚被创建。"),
                      Text("Look at it, then run the command again.", "请先查看，再运行一次。")) from None
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, target) from None


def missing_fields(plan: FillPlan) -> Misuse:
    names = [question.key for question in plan.missing]
    lines = [(question.key, question.ask) for question in plan.missing]
    return Misuse(
        Text(f"'{plan.template.name}' needs values that nobody gave:\n"
             + "\n".join(f"  {key}  ({ask.en})" for key, ask in lines),
             f"“{plan.template.name}”还缺少以下内容：\n" + "\n".join(f"  {key}（{ask.zh}）" for key, ask in lines)),
        Text(f"Give them with --set {names[0]}=… or in a YAML file with --data FILE.",
             f"请用 --set {names[0]}=… 给出，或写入 YAML 文件并用 --data 指定。"))
