"""A planned project staged beside its place, moved there in one step, and recorded; or taken away again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from folderkit.catalog import PendingRow
from folderkit.core import events, safefiles
from folderkit.core import project as project_
from folderkit.core.durability import sync_folder, sync_tree
from folderkit.core.errors import FolderkitError, os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.core.project import Project, read_project
from folderkit.core.renames import rename_new
from folderkit.core.signature import Folder
from folderkit.core.workspace import Workspace
from folderkit.operations.scaffold.making import Maker
from folderkit.operations.scaffold.planning import ScaffoldPlan, refuse_existing
from folderkit.skeletons import PlannedNode
from folderkit.store import Batch, Store, new_id

VERB = "new"


def apply_scaffold(store: Store, plan: ScaffoldPlan) -> Project:
    """Make the project. Killed at any moment, the next command finishes or removes it (`conclude`)."""
    with Lock(store.workspace.state / "new.lock"):
        refuse_existing(plan.folder, str(plan.facts["project"].get("code", "")), _made_since(store.workspace, plan))
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
    maker = Maker(store.workspace, plan, store.clock())
    for node in plan.nodes:
        path = staging / node.path
        if node.source is None:
            path.mkdir()
        else:
            path.write_bytes(maker.make(node, files[node.path]))
    sync_tree(staging)
    return plan._replace(documents=maker.documents)


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


# -- undone, or finished later --------------------------------------------------------------------
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
