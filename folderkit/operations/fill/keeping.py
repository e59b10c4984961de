"""Put what is made of a plan in its place in a project, and keep it as a version."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from folderkit.basis import filled_event, provenance, with_files
from folderkit.core import events
from folderkit.core.errors import os_failure
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.signature import signature_of
from folderkit.looking import Changing, UnreadableError
from folderkit.operations.fill.making import Convert, changed, rendered, telling
from folderkit.operations.fill.planning import FillPlan
from folderkit.placing import Placement, keep_first, place, place_all
from folderkit.store import Store, new_id
from folderkit.swapping import ChangedError

if TYPE_CHECKING:
    from folderkit.documents import Provenance, Takings


def make_and_keep(store: Store, project: Project, plan: FillPlan, convert: Convert | None) -> int:
    """Make the document of a plan, and its PDF; the number of the document's version."""
    from folderkit.documents import Takings, pdf_of

    identity, taken = identity_at(store, project, plan.target), Takings()
    data = rendered(store, plan, origin_of(store, project, plan, identity), convert, taken)
    pdf = pdf_of(data, name=plan.target.name) if plan.pdf else b""  # before anything is in its place
    plan = remembering(store, plan, taken)
    write_and_keep(store, plan, plan.target, identity, data)
    if plan.pdf:
        write_and_keep(store, plan, plan.pdf, identity_at(store, project, plan.pdf), pdf)
    return len(store.catalog.versions(identity))


def origin_of(store: Store, project: Project, plan: FillPlan, identity: str) -> Provenance | None:
    """What the document of a plan says of itself when it is the file of that identity."""
    if plan.basis is None:
        return None
    return provenance(plan.template, plan.filling, plan.basis, identity, project.id, store.clock())


def remembering(store: Store, plan: FillPlan, taken: Takings) -> FillPlan:
    """The plan of a document that is made, with the files that it took in."""
    if plan.basis is None or plan.inside is None:
        return plan
    return replace(plan, basis=with_files(plan.basis, taken, plan.template, plan.inside.folder, store.workspace.root))


def identity_at(store: Store, project: Project, target: Path) -> str:
    """The file that will be there: the one that is, or was last, or a new one."""
    known = store.catalog.file_at(project.id, target.relative_to(project.folder).as_posix())
    return known.id if known else new_id()


def write_and_keep(store: Store, plan: FillPlan, target: Path, identity: str, data: bytes) -> None:
    """Put a file of a plan in its place as the next version; what it replaces is one before, proven to be in the
    vault."""
    seen = plan.seen.get(target)
    with _telling(target), store.batch() as batch:
        content, size = store.blobs.put_bytes(data)
        meant = _meant(plan, target, identity, content, size)
        if seen is not None:
            if not os.path.lexists(target) or signature_of(target.lstat()) != seen:
                raise ChangedError(str(target))
            keep_first(store, batch, target, meant[0]._replace(content="", size=0, why="before-fill"))
        place(store, batch, Placement(target, content, seen, meant), [data])


class Made(NamedTuple):
    """A document of a plan, or its PDF, that is made aside: where it goes, and which file of the project it will be."""

    plan: FillPlan
    target: Path
    identity: str
    aside: Path


def place_and_keep(store: Store, made: Sequence[Made]) -> None:
    """Put what is made in its places in the project, all or none of it; nothing stands there."""
    with _telling(made[0].target), store.batch() as batch:
        placements = [Placement(one.target, kept.content, None,
                                _meant(one.plan, one.target, one.identity, kept.content, kept.size))
                      for one, kept in zip(made, batch.keep_files([one.aside for one in made]), strict=True)]
        place_all(store, batch, placements, (one.aside.read_bytes() for one in made))


def _meant(plan: FillPlan, target: Path, identity: str, content: str, size: int
           ) -> tuple[events.VersionKept, *tuple[events.DocumentFilled, ...]]:
    """What it means that a file of a plan, the document or its PDF, is in its place."""
    project = plan.inside
    assert project is not None  # noqa: S101  only what is inside of one is kept
    path = target.relative_to(project.folder).as_posix()
    kept = events.VersionKept(project.id, identity, path, content, size, 0, "fill")
    if target != plan.target or plan.basis is None:
        return (kept,)
    return kept, filled_event(plan.template, plan.filling, plan.basis, project.id, identity, path, content)


@contextlib.contextmanager
def _telling(target: Path) -> Iterator[None]:
    """Tell a person why a file could not be put at its place, or kept."""
    try:
        with telling(target):
            yield
    except (ChangedError, Changing):
        raise changed(target) from None
    except UnreadableError as failure:
        raise os_failure(Text("read", "读取"), failure.error, target) from None
