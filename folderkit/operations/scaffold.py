"""Make a project from a skeleton, all or nothing: planned, staged beside its place, moved there in one step."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.catalog import PendingRow
from folderkit.core import events, naming, plain_tags, resources, safefiles
from folderkit.core import project as project_
from folderkit.core.durability import sync_folder, sync_tree
from folderkit.core.errors import FolderkitError, Misuse, Refused, os_failure
from folderkit.core.facts import Facts
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Language, Text, same
from folderkit.core.lock import Lock
from folderkit.core.project import Project, read_project
from folderkit.core.renames import rename_new
from folderkit.core.signature import Folder
from folderkit.core.workspace import Workspace
from folderkit.skeletons import PlannedNode, Skeleton, lay_out
from folderkit.store import Batch, Store, new_id

if TYPE_CHECKING:
    from folderkit.basis import Basis
    from folderkit.documents import Template
    from folderkit.filling import Filling

VERB = "new"


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
    _refuse_existing(folder, code, existing)
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


def _refuse_existing(folder: Path, code: str, existing: Sequence[Project]) -> None:
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


# -- applying --------------------------------------------------------------------------------------
def apply_scaffold(store: Store, plan: ScaffoldPlan) -> Project:
    """Make the project. Killed at any moment, the next command finishes or removes it (`conclude`)."""
    with Lock(store.workspace.state / "new.lock"):
        _refuse_existing(plan.folder, str(plan.facts["project"].get("code", "")), _made_since(store.workspace, plan))
        staging = plan.folder.parent / f"{safefiles.TEMPORARY_PREFIX}new-{plan.id}"
        intention = _intention(store.workspace, plan, staging)
        with store.batch() as batch:
            batch.add(intention)
        try:
            make_folders(plan.folder.parent)
            files = {path: new_id() for path in (project_.FILE, *(node.path for node in plan.nodes if node.source))}
            plan = _stage(store, plan, staging, files)
            _put_in_place(store, plan, staging, intention, files)
        except BaseException as error:
            _undo(store, intention, plan.folder, staging)
            if isinstance(error, OSError):
                raise os_failure(Text("make the project in", "建立项目"), error,
                                 error.filename or plan.folder) from None
            raise
    return read_project(plan.folder)


def _made_since(workspace: Workspace, plan: ScaffoldPlan) -> list[Project]:
    """The projects that another 'new' has made since this one was planned."""
    made = []
    for folder in workspace.project_folders():
        if folder not in plan.others:
            with contextlib.suppress(FolderkitError):  # broken ones are told by the scan
                made.append(read_project(folder))
    return made


def _intention(workspace: Workspace, plan: ScaffoldPlan, staging: Path) -> events.Intended:
    """What is about to be done; `events` is what it will mean, once that is known."""
    missing = [folder for folder in plan.folder.parents if not folder.is_dir()]
    return events.Intended(plan.id, VERB, {
        "folder": plan.folder.relative_to(workspace.root).as_posix(),
        "staging": staging.relative_to(workspace.root).as_posix(),
        "parents": [folder.relative_to(workspace.root).as_posix() for folder in reversed(missing)],
        "events": [],
    })


def _stage(store: Store, plan: ScaffoldPlan, staging: Path, files: Mapping[str, str]) -> ScaffoldPlan:
    """Make the project aside; returns the plan with the files that its documents took in."""
    staging.mkdir()
    text = project_.project_text(plan.id, plan.skeleton.id, plan.skeleton.version, plan.language, plan.facts)
    (staging / project_.FILE).write_bytes(text.encode())
    maker = _Maker(store.workspace, plan, store.clock())
    for node in plan.nodes:
        path = staging / node.path
        if node.source is None:
            path.mkdir()
        else:
            path.write_bytes(maker.make(node, files[node.path]))
    sync_tree(staging)
    return plan._replace(documents=maker.documents)


class _Maker:
    """Makes the contents of a new project's files."""

    def __init__(self, workspace: Workspace, plan: ScaffoldPlan, at: dt.datetime) -> None:
        self.workspace, self.plan, self.at = workspace.root, plan, at
        self.firm, self.today = workspace.settings.firm, at.astimezone().date()
        self.documents = dict(plan.documents)

    def make(self, node: PlannedNode, identity: str) -> bytes:
        if node.source == "register":
            return self._register(node.reference)
        if node.source == "template":
            return self._document(node.reference, identity)
        assert node.origin is not None  # noqa: S101  copies and texts have one
        data = node.origin.read_bytes()
        return data if node.source == "copy" else self._text(_decoded(data, node.origin), node.origin)

    def _register(self, name: str) -> bytes:
        from folderkit.registers.blank import blank_workbook
        from folderkit.registers.known import known_rows

        plan, firm = self.plan, self.firm
        title = f"{plan.facts['project'].get('code', '')} {plan.facts['project']['name']}".strip()
        content = blank_workbook(name, plan.language, project=title, color=firm.color, currency=firm.currency,
                                 today=self.today)
        rows = known_rows(name, plan.facts, plan.language, firm.name)
        if not rows:
            return content
        from folderkit.registers import load_schema
        from folderkit.registers.patching import append_rows

        return append_rows(content, load_schema(name), rows, path=plan.folder, today=self.today).content

    def _document(self, name: str, identity: str) -> bytes:
        from folderkit.basis import provenance, with_files
        from folderkit.documents import Reach, Takings, render, with_contents

        document, taken = self.documents[name], Takings()
        origin = provenance(document.template, document.filling, document.basis, identity, self.plan.id, self.at)
        made = render(document.template, self.plan.language, document.filling.context, self.firm, origin,
                      reach=Reach((self.workspace,), document.template.folders, taken))
        basis = with_files(document.basis, taken, document.template, self.plan.folder, self.workspace)
        self.documents[name] = document._replace(basis=basis)
        return with_contents(made, None)

    def _text(self, text: str, origin: Path) -> bytes:
        facts = {**self.plan.facts, "today": self.today}
        filled = plain_tags.fill(text, facts)
        if filled is not None:
            return filled.encode()
        from jinja2 import TemplateError

        from folderkit.core import tags

        try:
            environment = tags.environment(self.plan.language, self.firm.currency)
            return environment.from_string(text).render(facts).encode()
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
                RecursionError) as error:
            number = getattr(error, "lineno", None)
            line = f":{number}" if number else ""
            why = tags.reason(error)
            raise Misuse(Text(f"{origin}{line}: {why.en}.", f"{origin}{line}：{why.zh}。"),
                         Text("Correct the skeleton's file.", "请改正骨架中的这个文件。")) from None


def _decoded(data: bytes, origin: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Misuse(Text(f"'{origin}' is not UTF-8 text.", f"“{origin}”不是 UTF-8 文本。"),
                     Text("Save the skeleton's file as UTF-8, or take it over with 'copy:'.",
                          "请将骨架中的文件另存为 UTF-8，或改用 copy:。")) from None


def _put_in_place(store: Store, plan: ScaffoldPlan, staging: Path, intention: events.Intended, files: Mapping[str, str]
                  ) -> None:
    """Keep every file as its first version, move the folder to its place, and record it, in this order."""
    with store.batch() as batch:
        kept = dict(zip(files, batch.keep_files(staging / path for path in files), strict=True))
        nodes = tuple(events.Node(node.id, node.path, kept[node.path].content if node.source else "")
                      for node in plan.nodes)
        meant: list[events.Event] = [events.ProjectCreated(
            plan.id, intention.plan["folder"], plan.skeleton.id, plan.skeleton.version, plan.language, nodes)]
        meant.extend(events.VersionKept(plan.id, files[path], path, one.content, one.size, one.signature[1], VERB)
                     for path, one in kept.items())
        meant.extend(_filled(plan, node, files[node.path], kept[node.path].content) for node in plan.nodes
                     if node.source == "template")
        # From here on the plan says all that is needed to finish it.
        whole = {**intention.plan, "events": [[events.op_of(event), events.to_dict(event)] for event in meant]}
        batch.add(events.Intended(plan.id, VERB, whole))
        batch.record()
        rename_new(staging, plan.folder)
        sync_folder(plan.folder.parent)
        # so that a folder that is renamed before the first scan is recognised by it
        batch.folders[plan.id] = {node.path: _entry(plan.folder / node.path) for node in plan.nodes if not node.source}
        batch.add(*meant, events.Concluded(plan.id, "finished"))
        batch.signatures.extend((files[path], one.signature) for path, one in kept.items())


def _filled(plan: ScaffoldPlan, node: PlannedNode, file: str, content: str) -> events.DocumentFilled:
    from folderkit.basis import filled_event

    document = plan.documents[node.reference]
    return filled_event(document.template, document.filling, document.basis, plan.id, file, node.path, content)


def _entry(folder: Path) -> Folder:
    status = folder.lstat()
    return Folder(status.st_dev, status.st_ino)


def _undo(store: Store, intention: events.Intended, folder: Path, staging: Path) -> None:
    """Take a new project away again: it holds nothing but what folderkit made a moment ago."""
    with contextlib.suppress(OSError, FolderkitError), store.batch() as batch:  # else the next start does it
        if not store.catalog.is_pending(intention.batch):
            return  # all was recorded when the error came
        if not staging.exists() and _is(folder, intention.batch):
            folder.rename(staging)
        _clear(store, intention.plan, staging)
        batch.add(events.Concluded(intention.batch, "undone"))
    if staging.exists():  # nothing can be recorded now; what was staged is nobody's all the same
        with contextlib.suppress(OSError):
            _clear(store, intention.plan, staging)


def _is(folder: Path, identity: str) -> bool:
    with contextlib.suppress(FolderkitError):
        return (folder / project_.FILE).is_file() and read_project(folder).id == identity
    return False


def _clear(store: Store, plan: Mapping[str, Any], staging: Path) -> None:
    """Remove what was staged, and the folders that were made to hold the project. Raises `OSError`."""
    if staging.exists():
        import shutil

        shutil.rmtree(staging)
    remove_empty(store.workspace.root / path for path in plan["parents"])


def conclude(store: Store, pending: PendingRow) -> str:
    """Finish or remove a project whose making was interrupted; "" while its maker is still at work."""
    lock = Lock(store.workspace.state / "new.lock")
    if not lock.acquire(0):
        return ""
    try:
        with store.batch() as batch:
            if not store.catalog.is_pending(pending.batch):
                return ""
            outcome = _conclude(store, batch, pending)
            batch.add(events.Concluded(pending.batch, outcome))
        return outcome
    finally:
        lock.release()


def _conclude(store: Store, batch: Batch, pending: PendingRow) -> str:
    plan, root = pending.plan, store.workspace.root
    staging = root / plan["staging"]
    if staging.exists() or not plan["events"]:
        _clear(store, plan, staging)
        return "undone"
    # It was moved to its place; a person may have renamed it since.
    places = (root / plan["folder"], *store.workspace.project_folders())
    folder = next((place for place in places if _is(place, pending.batch)), None)
    if folder is None:
        return "undone"
    for op, data in plan["events"]:
        event = events.from_dict(op, data)
        if isinstance(event, events.ProjectCreated):
            event = event._replace(folder=folder.relative_to(root).as_posix())
        if event is not None:
            batch.add(event)
    return "finished"
