"""Fill a template for a project: ask, render, put the document in its folder under its name, keep and index it."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.catalog import NodeRow
from folderkit.core import events, naming, resources, safefiles
from folderkit.core import facts as facts_
from folderkit.core.errors import Misuse, Refused, os_failure, unknown
from folderkit.core.facts import Question
from folderkit.core.language import Language, Text, same
from folderkit.core.located import raise_if_any
from folderkit.core.project import FILE, Project, fact_faults
from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.core.settings import Firm
from folderkit.filling import (
    DOC_QUESTIONS,
    Filling,
    Material,
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
from folderkit.placing import Placement, place, place_all
from folderkit.resolving import skeleton_of
from folderkit.store import Store, new_id

if TYPE_CHECKING:
    from folderkit.documents import Draft, Kind, Reach, Template
    from folderkit.registers import Records

_PLACED = 500  # documents that are put in their places at once
FILE_NAME = "filename"  # the column that names each document
_SHORT = re.compile(r"[,，(（:：?？]")  # what follows is an explanation
WORD_FILES = (".docx", ".dotx", ".docm")
Convert = Callable[[bytes], bytes]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class FillPlan:
    """A document to be: from which template and data, to which file (absolute)."""

    template: Template
    language: Language
    filling: Filling
    firm: Firm
    target: Path
    project: Project | None = None

    @property
    def missing(self) -> tuple[Question, ...]:
        return self.filling.missing


def find_template(workspace: Path | None, name: str, language: Language = "zh") -> Template:
    """The template of that name, or the Word file at that path, which is compiled once when it is then filled in that
    `language`. Raises `Misuse` when there is neither."""
    from folderkit.documents import read_template, template_of_file

    path = Path(name)
    if path.suffix.lower() in WORD_FILES or path.is_file():
        if not path.is_file():
            raise Misuse(Text(f"'{name}' is a folder.", f"“{name}”是文件夹。") if path.is_dir() else
                         Text(f"There is no file '{name}'.", f"没有文件“{name}”。"),
                         Text("Name a Word file, or a template: 'folderkit template list' shows them.",
                              "请指定 Word 文件或模板名；folderkit template list 列出全部模板。"))
        return template_of_file(path, language)
    found = resources.find("templates", workspace)
    if name not in found:
        raise unknown(Text("template", "模板"), name, found)
    return read_template(found[name])


@dataclass(frozen=True)
class Ground:
    """What all documents of a template are filled from, in a project or outside of any; `folder` is where they go.
    `problems` are register cells that could not be understood: (workbook, cell, what was expected)."""

    template: Template
    language: Language
    source: Material
    folder: Path
    project: Project | None = None
    registers: Mapping[str, Path] = field(default_factory=dict)
    problems: list[tuple[Path, Text, Text]] = field(default_factory=list)


def ground_of(store: Store, project: Project, template: Template, language: Language) -> Ground:
    """What a project gives to a template. Raises `Refused` when a register is not there or lacks columns."""
    workspace, today = store.workspace, store.clock().astimezone().date()
    nodes = store.catalog.nodes(project.id)
    skeleton = skeleton_of(workspace.root, project)
    raise_if_any(fact_faults(project.folder / FILE, skeleton.questions) if skeleton else ())
    paths = register_paths(project, skeleton, nodes, template.registers)
    rows, problems = read_registers(template, language, today, paths)
    questions = skeleton.questions if skeleton else ()
    source = material(project.facts, questions, workspace.settings.firm, language, today, rows)
    return Ground(template, language, source, _folder_for(project, template, nodes), project, paths, problems)


def ground_alone(template: Template, language: Language, firm: Firm, today: dt.date, folder: Path) -> Ground:
    """What there is outside of any workspace: only what will be given."""
    return Ground(template, language, material({}, (), firm, language, today), folder)


def plan_fill(store: Store | None, ground: Ground, given: Mapping[str, Any], out: Path | None) -> FillPlan:
    """The plan of one document, with what is `given` for it; `missing` in it must be answered before it is applied.
    `out` is another folder for it, or its file."""
    template, fixed = ground.template, "doc.version" in given
    filling = fill_in(template, ground.source, given)
    target = Path()
    if not filling.missing:
        if store is not None and ground.project is not None:
            filling = _next_in_series(store, ground.project, template, filling, fixed=fixed)
        else:
            filling = with_revisions(filling, str(filling.context["doc"]["version"]), ())
        filling, target = _placed(template, filling, out, ground.folder, fixed=fixed)
    return FillPlan(template, ground.language, filling, ground.source.firm, target, ground.project)


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
    inside = store is not None and _is_inside(plan)
    identity = _identity_at(store, project, plan.target) if store and project and inside else ""
    data = render(plan.template, plan.language, plan.filling.context, plan.firm, identity, reach=_reach(store, plan))
    data = with_contents(data, convert)
    if store is None or project is None or not inside:
        _write(plan.target, data)
        return 0
    return _write_and_keep(store, plan, project, identity, data)


def _is_inside(plan: FillPlan) -> bool:
    return plan.project is not None and plan.target.is_relative_to(plan.project.folder)


def _reach(store: Store | None, plan: FillPlan) -> Reach:
    """Where the template may take pictures: in its project, then in the workspace; without a project beside itself."""
    from folderkit.documents import Reach

    if store is not None and plan.project is not None:
        return Reach((plan.project.folder, store.workspace.root), (store.workspace.root / "templates",))
    return Reach((plan.template.edition(plan.language).parent,))


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


def _place_and_keep(store: Store, plans: Sequence[FillPlan], identities: Sequence[str], made: Sequence[Path]) -> None:
    """Put documents that are `made` in their places in the project, all or none of them."""
    with store.batch() as batch, _telling(plans[0].target):
        placements = []
        for plan, identity, kept in zip(plans, identities, batch.keep_files(made), strict=True):
            assert plan.project is not None  # noqa: S101  they are inside of one
            project, path = plan.project, plan.target.relative_to(plan.project.folder).as_posix()
            placements.append(Placement(plan.target, kept.content, None, (
                events.VersionKept(project.id, identity, path, kept.content, kept.size, 0, "fill"),
                filled_event(plan.template, plan.filling, project.id, identity, path))))
        place_all(store, batch, placements, (path.read_bytes() for path in made))


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


# -- a document for each record ---------------------------------------------------------------------
def read_records(path: Path, ground: Ground) -> Records:
    """The records of a workbook, CSV, YAML or JSON file; a column is named as its field, or as this is asked."""
    from folderkit.documents import fields_of
    from folderkit.registers import plain, read_records

    named = {plain(FILE_NAME): FILE_NAME, plain("文件名"): FILE_NAME}
    for used in fields_of(ground.template, ground.language):
        named[plain(used.name)] = used.name
    for question in (*DOC_QUESTIONS, *ground.source.questions, *ground.template.questions):
        for words in (question.key, *question.ask.every()):
            named[plain(words)] = named[plain(_SHORT.split(words, maxsplit=1)[0])] = question.key
    return read_records(path, lambda header: named.get(plain(header)))


def plan_each(store: Store | None, ground: Ground, records: Records, given: Mapping[str, Any],
              folder: Path | None) -> list[FillPlan]:
    """The plan of a document for each record, which says more than what is `given` for all. Raises `Misuse` for every
    record that cannot be meant, `Refused` when something stands where a document is to be made."""
    ground = replace(ground, folder=folder or ground.folder)
    plans: list[FillPlan] = []
    faults: list[tuple[int, Text]] = []
    for record in records.records:
        values = {**given, **record.values}
        name = str(values.pop(FILE_NAME, "")).strip()
        try:
            plan = plan_fill(store, ground, values, None)
            if plan.missing:
                raise missing_fields(plan)
            plans.append(plan if not name else _renamed(plan, name))
        except Misuse as error:
            faults.append((record.number, error.message))
    _raise_faults(records, faults)
    plans = _told_apart(plans, records)
    refuse_existing(plan.target for plan in plans)
    return plans


def _renamed(plan: FillPlan, name: str) -> FillPlan:
    """The plan under the name that its record gives it."""
    name = name if name.lower().endswith(".docx") else f"{name}.docx"
    if fault := naming.fault_of(name):
        raise Misuse(Text(f"'{name}' cannot be the document's name: {fault.en}.",
                          f"“{name}”不能作为文档名：{fault.zh}。"))
    return replace(plan, target=plan.target.with_name(name))


def _told_apart(plans: Sequence[FillPlan], records: Records) -> list[FillPlan]:
    """The plans with the numbers of their records in the names that several would have."""
    counted = Counter(plan.target.name.casefold() for plan in plans)
    numbers = [record.number for record in records.records]
    width = len(str(max(numbers, default=0)))
    return [plan if counted[plan.target.name.casefold()] == 1 else
            replace(plan, target=plan.target.with_stem(f"{plan.target.stem}_{number:0{width}}"))
            for plan, number in zip(plans, numbers, strict=True)]


def apply_each(store: Store | None, plans: Sequence[FillPlan], records: Records, *, paged: bool, progress: Progress
               ) -> None:
    """Make the documents of all plans, of one template, which `records` have led to. When one cannot be
    filled, none is made: raises `Misuse` with all that cannot. `paged` has LibreOffice tell the page numbers of
    contents; `progress` is told how many documents of how many are done."""
    from folderkit.documents import Draft, Kind

    first = plans[0]
    kind = Kind(first.template, first.language, first.firm, paged, reach=_reach(store, first))
    if store is not None and first.project is not None and _is_inside(first):
        drafts = [Draft(plan.filling.context, _identity_at(store, first.project, plan.target)) for plan in plans]
        with tempfile.TemporaryDirectory(prefix="folderkit-fill-", ignore_cleanup_errors=True) as aside:
            _render_aside(Path(aside), kind, drafts, records, progress)
            for start in range(0, len(plans), _PLACED):
                some = range(start, min(start + _PLACED, len(plans)))
                _place_and_keep(store, [plans[number] for number in some],
                                [drafts[number].identity for number in some],
                                [Path(aside, str(number)) for number in some])
        return
    folder = first.target.parent
    made = safefiles.make_folders(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=folder, ignore_cleanup_errors=True) as aside:
            with safefiles.syncing(folder):
                _render_aside(Path(aside), kind, [Draft(plan.filling.context, "") for plan in plans], records, progress)
            for number, plan in enumerate(plans):
                with _telling(plan.target):
                    safefiles.rename_new(Path(aside, str(number)), plan.target)
        safefiles.sync_folder(folder)
    except BaseException:
        safefiles.remove_empty(made)
        raise


def _render_aside(aside: Path, kind: Kind, drafts: Sequence[Draft], records: Records, progress: Progress) -> None:
    """Put each document into `aside`, under its place in the order."""
    from folderkit.documents import render_many

    faults: list[tuple[int, Text]] = []
    for number, made in enumerate(render_many(kind, drafts)):
        if isinstance(made, Text):
            faults.append((records.records[number].number, made))
        else:
            with _telling(aside):
                safefiles.write_new(f"{aside}/{number}", [made])
        progress(number + 1, len(drafts))
    _raise_faults(records, faults)


def _raise_faults(records: Records, faults: Sequence[tuple[int, Text]]) -> None:
    """Raise `Misuse` for what is wrong, each fault once with all records that have it."""
    if not faults:
        return
    numbers: dict[Text, list[int]] = {}
    for number, text in faults:
        numbers.setdefault(text, []).append(number)
    told = [(_ranges(found), text) for text, found in numbers.items()]
    raise Misuse(
        Text("\n".join(f"{records.called.en} {found}: {text.en}" for found, text in told),
             "\n".join(f"第 {found} {records.called.zh}：{text.zh}" for found, text in told)),
        Text("No document was made. Correct what you gave, then run the command again.",
             "没有生成任何文档。请改正后再运行一次。"))


def _ranges(numbers: Sequence[int]) -> str:
    """Rising numbers as a person writes them: 2, 4–7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def missing_fields(plan: FillPlan) -> Misuse:
    names = [question.key for question in plan.missing]
    lines = [(question.key, question.ask) for question in plan.missing]
    return Misuse(
        Text(f"'{plan.template.name}' needs values that nobody gave:\n"
             + "\n".join(f"  {key}  ({ask.en})" for key, ask in lines),
             f"“{plan.template.name}”还缺少以下内容：\n" + "\n".join(f"  {key}（{ask.zh}）" for key, ask in lines)),
        Text(f"Give them with --set {names[0]}=… or in a YAML file with --data FILE.",
             f"请用 --set {names[0]}=… 给出，或写入 YAML 文件并用 --data 指定。"))
