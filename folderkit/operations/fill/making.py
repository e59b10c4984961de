"""Make a planned document and its PDF: rendered, put in its place, kept, or nothing of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from folderkit.basis import filled_event, provenance, with_files
from folderkit.core import events, safefiles
from folderkit.core.errors import Refused, os_failure
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.signature import signature_of
from folderkit.operations.fill.planning import FillPlan, missing_fields, refuse_existing
from folderkit.placing import Placement, keep_first, place, place_all
from folderkit.store import Changing, Store, UnreadableError, new_id
from folderkit.swapping import ChangedError

if TYPE_CHECKING:
    from folderkit.documents import Reach, Takings

Convert = Callable[[bytes], bytes]


def apply_fill(store: Store | None, plan: FillPlan, convert: Convert | None) -> int:
    """Make the document, and its PDF; returns the number of the document's version (0 outside a project).

    `convert` makes a PDF of Word bytes, for the page numbers of a contents page. Raises `Misuse` naming every
    field without a value, `Refused` when something stands at the target that is not to be replaced or has changed since
    it was planned, or LibreOffice is needed and not there, `Failed` when it cannot lay the document out; then nothing
    was written.
    """
    from folderkit.documents import pdf_of, render, require_soffice, with_contents

    if plan.missing:
        raise missing_fields(plan)
    refuse_existing([plan])
    if plan.pdf:
        require_soffice()
    project, basis, origin, identity = plan.inside, plan.basis, None, ""
    if store is not None and project and basis:
        identity = identity_at(store, project, plan.target)
        origin = provenance(plan.template, plan.filling, basis, identity, project.id, store.clock())
    reach = replace(reach_of(store, plan), taken={})
    data = render(plan.template, plan.language, plan.filling.context, plan.firm, origin, reach=reach)
    data = with_contents(data, convert)
    pdf = pdf_of(data, name=plan.target.name) if plan.pdf else b""  # before anything is in its place
    if store is None or project is None:
        write(plan.target, data)
        if plan.pdf:
            write(plan.pdf, pdf)
        return 0
    plan = remembering(store, plan, reach.taken or {})
    write_and_keep(store, plan, plan.target, identity, data)
    if plan.pdf:
        write_and_keep(store, plan, plan.pdf, identity_at(store, project, plan.pdf), pdf)
    return len(store.catalog.versions(identity))


def reach_of(store: Store | None, plan: FillPlan) -> Reach:
    """Where the template may take pictures: in its project, then in the workspace; without a project beside itself."""
    from folderkit.documents import Reach

    if store is not None and plan.project is not None:
        root = store.workspace.root
        return Reach((plan.project.folder, root), (root / "templates",))
    return Reach((plan.template.edition(plan.language).parent,))


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
    with telling(target), store.batch() as batch:
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
    with telling(made[0].target), store.batch() as batch:
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


def write(target: Path, data: bytes) -> None:
    """Put a file in its place outside of a project."""
    made: list[Path] = []
    with telling(target):
        try:
            made = safefiles.make_folders(target.parent)
            safefiles.place_new(target, [data])
        except BaseException:
            safefiles.remove_empty(made)
            raise


@contextlib.contextmanager
def telling(target: Path) -> Iterator[None]:
    """Tell a person why the document could not be put at its place."""
    try:
        yield
    except (ChangedError, Changing, FileExistsError, FileNotFoundError):
        raise Refused(Text(f"'{target}' was made or changed a moment ago.", f"“{target}”刚刚被创建或修改。"),
                      Text("Look at it, then run the command again.", "请先查看，再运行一次。")) from None
    except UnreadableError as failure:
        raise os_failure(Text("read", "读取"), failure.error, target) from None
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, target) from None
