"""Take a batch of filing or naming back: what is as it was left goes back to where it came from."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from folderkit import filing
from folderkit.catalog.filed import FiledRow, batches, steps_of
from folderkit.core import events
from folderkit.core.errors import Misuse, Refused, nearest
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.placing import ChangedError, Placement, place
from folderkit.store import Store

_KNOWN = 50


@dataclass(frozen=True)
class Undoing:
    """One step to be taken back, in its `project`; `reason`: why it cannot be."""

    step: FiledRow
    project: Project | None
    reason: Text | None = None


def plan_undo(store: Store, projects: Sequence[Project], batch: str = "") -> list[Undoing]:
    """The steps of a batch (the last one, when none is named), the last first. Raises `Misuse` for an unknown one,
    `Refused` when there is nothing to take back."""
    steps = steps_of(store.catalog, batch) if batch else next(iter(batches(store.catalog, 1)), [])
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
    return [_plan(store, known, step) for step in reversed(steps)]


def _plan(store: Store, projects: Mapping[str, Project], step: FiledRow) -> Undoing:
    project = projects.get(step.project)
    if project is None:
        return Undoing(step, None, Text("its project is not there", "所属项目不在"))
    row = store.catalog.file(step.file)
    there, back = project.folder / step.path, project.folder / step.old
    reason: Text | None = None
    if step.step == "taken":
        if os.path.lexists(back):
            reason = Text("something stands at its old place", "原位置上已有文件")
    elif row is None or not row.present or row.path != step.path:
        reason = Text("it is not where it was put", "它已不在归档的位置")
    elif row.content != step.content:
        reason = Text("it was changed since", "之后被修改过")
    elif step.step == "moved" and os.path.lexists(back) and not there.samefile(back):  # the same: another case
        reason = Text("something stands at its old place", "原位置上已有文件")
    else:
        reason = filing.why_not(there, row)
    return Undoing(step, project, reason)


def apply_undo(store: Store, undoings: Sequence[Undoing], tell: Callable[[Undoing], None]) -> None:
    """Take the steps back that can be; `tell` gets each as it went."""
    for moves, group in itertools.groupby(undoings, _is_move):
        if moves:
            _undo_moves(store, list(group), tell)
            continue
        for one in group:
            reason = one.reason or (_put_back(store, one.project, one.step) if one.project else None)
            tell(Undoing(one.step, one.project, reason))


def _is_move(one: Undoing) -> bool:
    """Whether a step is taken back by moving a file, or taking one away; many such are done together."""
    return one.reason is None and one.step.step in ("moved", "made")


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
    """Put the content back that was replaced, or the file that was taken away."""
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
            place(store, batch, Placement(project.folder / path, content, seen, [kept, _undone(step)]),
                  store.blobs.read(content))
    except (ChangedError, FileExistsError, FileNotFoundError):
        return filing.CHANGED
    return None
