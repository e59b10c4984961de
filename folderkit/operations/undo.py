"""Take a batch of filing or naming back: what is as it was left goes back to where it came from."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from folderkit import filing
from folderkit.catalog.filed import FiledRow, batches, steps_of
from folderkit.core import events
from folderkit.core.errors import Misuse, Refused, nearest, os_reason
from folderkit.core.folders import obstacle, remove_empty
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.placing import Placement, place
from folderkit.store import Batch, Store
from folderkit.swapping import ChangedError
from folderkit.vault import Damaged

_KNOWN = 50
_NOWHERE = Text("the copy that brought it could not be put back", "带来该内容的副本未能放回原处")


@dataclass(frozen=True)
class Undoing:
    """One step to be taken back, in its `project`; `reason`: why it cannot be."""

    step: FiledRow
    project: Project | None
    reason: Text | None = None


def plan_undo(store: Store, projects: Sequence[Project], batch: str = "", inside: str = "") -> list[Undoing]:
    """The steps of a batch (the last one, when none is named, or the last in the project of the id `inside`), the last
    first. Raises `Misuse` for an unknown one,
    `Refused` when there is nothing to take back."""
    steps = steps_of(store.catalog, batch) if batch else next(
        (found for found in batches(store.catalog, _KNOWN) if not inside or found[0].project == inside), [])
    if not steps and batch:
        names = [found[0].batch for found in batches(store.catalog, _KNOWN)]
        guess = nearest(batch, names)
        raise Misuse(Text(f"There is no batch '{batch}' to undo.", f"没有可撤销的批次“{batch}”。"),
                     Text(f"Did you mean '{guess}'?", f"是不是“{guess}”？") if guess else
                     Text("'folderkit undo --list' shows them.", "folderkit undo --list 可列出全部批次。"))
    if not steps:
        raise Refused(Text("There is nothing to undo.", "没有可撤销的操作。"),
                      Text("'file' and 'name --fix' can be undone.", "file 和 name --fix 的结果可以撤销。"))
    known = {project.id: project for project in projects}
    plan: list[Undoing] = []
    back: dict[str, str] = {}  # by file: where the steps before have put it
    for step in reversed(steps):
        project = known.get(step.project)
        reason = _why_not(store, project, step, back.get(step.file)) if project else Text(
            "its project is not there", "所属项目不在")
        if reason is None and step.step in ("moved", "taken"):
            back[step.file] = step.old
        plan.append(Undoing(step, project, reason))
    return plan


def _why_not(store: Store, project: Project, step: FiledRow, back: str | None) -> Text | None:
    """Why a step cannot be taken back; `back` is where its file will be by then."""
    if step.step == "noted":
        return None
    row = store.catalog.file(step.file)
    there, old = project.folder / step.path, project.folder / step.old
    if step.step in ("moved", "taken") and (reason := obstacle(project.folder, step.old.rpartition("/")[0])):
        return reason
    if step.step == "taken":
        return Text("something stands at its old place", "原位置上已有文件") if os.path.lexists(old) else None
    if row is None or (row.path if back is None else back) != step.path or not (row.present or back):
        return Text("it is not where it was put", "它已不在归档的位置")
    if row.content != step.content:
        return Text("it was changed since", "之后被修改过")
    if step.step == "moved" and os.path.lexists(old) and not _is_same(there, old):
        return Text("something stands at its old place", "原位置上已有文件")
    return filing.why_not(there, row) if back is None else None


def _is_same(there: Path, old: Path) -> bool:
    """Whether two names lead to one file, as where case does not count."""
    return there.exists() and old.exists() and there.samefile(old)


def apply_undo(store: Store, undoings: Sequence[Undoing], tell: Callable[[Undoing], None]) -> None:
    """Take the steps back that can be, and away the folders that were made for them and are empty now; `tell` gets each
    as it went. What replaced a content stays while the copy that brought it cannot come back: it would lie nowhere."""
    nowhere: set[str] = set()
    for moves, group in itertools.groupby(undoings, _move_of):
        if moves:
            _undo_moves(store, list(group), tell)
            continue
        for one in group:
            reason = one.reason or (_NOWHERE if one.step.step == "replaced" and one.step.content in nowhere else
                                    _put_back(store, one.project, one.step) if one.project else None)
            if reason and one.step.step == "taken":
                nowhere.add(one.step.content)
            tell(Undoing(one.step, one.project, reason))
    for project in {one.project.id: one.project for one in undoings if one.project}.values():
        made = {folder for one in undoings if one.step.project == project.id for folder in one.step.folders}
        remove_empty(project.folder / folder for folder in sorted(made))


def _move_of(one: Undoing) -> str:
    """By which move a step is taken back, "" for none: a file is moved back (moved), or taken away (made). Many in a
    row are done together."""
    return one.step.step if one.reason is None and one.step.step in ("moved", "made") else ""


def _undone(step: FiledRow) -> events.BatchUndone:
    """Recorded together with what it says: a watch must not sort a file that was taken back, nor a step that was left
    be forgotten."""
    return events.BatchUndone(step.batch, step.file, step.path)


def _undo_moves(store: Store, undoings: Sequence[Undoing], tell: Callable[[Undoing], None]) -> None:
    """Move files back, or take away those that were made."""
    moves: list[filing.Move] = []
    moving: list[Undoing] = []
    for one in undoings:
        row = store.catalog.file(one.step.file)
        if row and one.project:
            made = one.step.step == "made"
            moves.append(filing.Move(one.project, row, row.path if made else one.step.old, made,
                                     undone=_undone(one.step)))
            moving.append(one)
    told = iter(moving)

    def tell_move(_: filing.Move, reason: Text | None) -> None:
        one = next(told)
        tell(Undoing(one.step, one.project, reason))

    filing.move_all(store, undoings[0].step.batch, moves, tell_move)


def _put_back(store: Store, project: Project, step: FiledRow) -> Text | None:
    """Put the content back that was replaced, or the file that was taken away; or take back what was noted."""
    if step.step == "noted":
        with store.batch() as batch:
            batch.add(_undone(step))
        return None
    row = store.catalog.file(step.file)
    path, content = (step.path, step.before) if step.step == "replaced" else (step.old, step.content)
    size = next((version.size for version in store.catalog.versions(step.file) if version.content == content), 0)
    kept = events.VersionKept(project.id, step.file, path, content, size, 0, "undo")
    there = row if row and row.present and step.step == "replaced" else None
    try:
        seen = filing.as_known(project.folder / path, there) if there else None
        if there and seen is None:
            return filing.CHANGED
        with store.batch() as batch:
            _place(store, batch, Placement(project.folder / path, content, seen, [kept, _undone(step)]))
    except filing.Hindered as error:
        return error.reason
    except OSError as error:
        return os_reason(error)
    return None


def _place(store: Store, batch: Batch, placement: Placement) -> None:
    """Put what the vault holds at its place. Raises `Hindered`: that is no failure of the vault."""
    try:
        place(store, batch, placement, store.blobs.read(placement.content))
    except (ChangedError, FileExistsError, FileNotFoundError):
        raise filing.Hindered(filing.CHANGED) from None
    except OSError as error:
        raise filing.Hindered(os_reason(error)) from None
    except Damaged as error:
        raise filing.Hindered(error.message) from None
