"""A document for each record of a table: all rendered, and only then put in their places."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.durability import sync_folder, syncing
from folderkit.core.errors import Failed, FolderkitError
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.core.renames import rename_new
from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.core.scratch import WORK, scratch
from folderkit.core.signature import Signature, is_same_but_named, signature_of
from folderkit.core.undisturbed import undisturbed
from folderkit.filling import headings_of
from folderkit.operations.fill.making import reach_of, telling, write
from folderkit.operations.fill.planning import FillPlan
from folderkit.operations.fill.planning_each import raise_faults

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.documents import Draft, Kind, Takings
    from folderkit.operations.fill.keeping import Made
    from folderkit.registers import Records
    from folderkit.store import Store

_PLACED = 500  # files that are put in their places at once
Progress = Callable[[int, int], None]


def apply_each(store: Store | None, plans: Sequence[FillPlan], records: Records, *, paged: bool, progress: Progress
               ) -> None:
    """Make the documents of all plans, of one template, which `records` have led to, but for those that stand. When
    one cannot be filled, none is made: raises `Misuse` with all that cannot. `paged` has LibreOffice tell the page
    numbers of contents; `progress` is told how many documents of how many are done."""
    from folderkit.documents import Kind, require_soffice

    left = [(plan, record) for plan, record in zip(plans, records.records, strict=True) if not plan.stands]
    if not left:
        return
    plans, records = [plan for plan, _ in left], replace(records, records=[record for _, record in left])
    first = plans[0]
    if first.pdf:
        require_soffice()
    kind = Kind(first.template, first.language, first.firm, paged, reach=reach_of(store, first),
                headings=headings_of(first.template))
    if store is None or first.inside is None:
        _make_outside(kind, plans, records, progress)
    else:
        _make_inside(store, first.inside, kind, plans, records, progress)


def _make_inside(store: Store, project: Project, kind: Kind, plans: Sequence[FillPlan], records: Records,
                 progress: Progress) -> None:
    from folderkit.documents import Draft
    from folderkit.operations.fill.keeping import Made, identity_at, origin_of, remembering

    identities = [identity_at(store, project, plan.target) for plan in plans]
    drafts = [Draft(plan.filling.context, origin_of(store, project, plan, identity))
              for plan, identity in zip(plans, identities, strict=True)]
    with _aside(store, project, plans) as aside:
        taken = _make_aside(aside, kind, drafts, records, progress)
        _place_inside(store, [
            Made(remembering(store, plan, files), plan.target, identity, aside / str(number))
            for number, (plan, identity, files) in enumerate(zip(plans, identities, taken, strict=True))])


@contextlib.contextmanager
def _aside(store: Store | None, project: Project | None, plans: Sequence[FillPlan]) -> Iterator[Path]:
    """A folder for what is made before it gets its place: of a project in the private state, else beside that place."""
    place, prefix = plans[0].target.parent, f"{TEMPORARY_PREFIX}fill-"
    if store is not None and project:
        place, prefix = store.workspace.state, WORK
    with contextlib.ExitStack() as opened:
        with telling(place):
            folder = opened.enter_context(scratch(place, prefix))
        yield folder


def _place_inside(store: Store, made: Sequence[Made]) -> None:
    """Put what is made in its places: many at once where nothing stands, each by itself where it replaces something."""
    from folderkit.operations.fill.keeping import place_and_keep, write_and_keep

    free = [one for one in made if one.target not in one.plan.seen]
    for start in range(0, len(free), _PLACED):
        place_and_keep(store, free[start : start + _PLACED])
    for one in made:
        if one.target in one.plan.seen:
            write_and_keep(store, one.plan, one.target, one.identity, one.aside.read_bytes())


def _make_outside(kind: Kind, plans: Sequence[FillPlan], records: Records, progress: Progress) -> None:
    from folderkit.documents import Draft

    folder = plans[0].target.parent
    made = make_folders(folder)
    placed: list[tuple[Path, Signature]] = []
    try:
        with _aside(None, None, plans) as aside:
            with syncing(folder):
                _make_aside(aside, kind, [Draft(plan.filling.context) for plan in plans], records, progress)
            for number, plan in enumerate(plans):
                with telling(plan.target):
                    document = aside / str(number)
                    signature = signature_of(document.lstat())
                    rename_new(document, plan.target)
                placed.append((plan.target, signature))
        sync_folder(folder)
    except BaseException:
        with undisturbed():  # some of them are as little wanted when Ctrl-C comes twice
            for target, signature in placed:
                with contextlib.suppress(OSError):
                    if is_same_but_named(signature_of(target.lstat()), signature):  # else somebody has saved since
                        target.unlink()
            remove_empty(made)
        raise


def make_pdfs(store: Store | None, plans: Sequence[FillPlan], progress: Progress) -> None:
    """Make the PDFs of documents that are in their places. Raises `Failed` naming those that could not be made, when
    all others are."""
    from folderkit.documents import convert_many
    from folderkit.operations.fill.keeping import Made, identity_at

    project = plans[0].inside if store is not None else None
    with _aside(store, project, plans) as aside:
        pdfs = {plan.target: aside / f"{number}.pdf" for number, plan in enumerate(plans) if plan.pdf}
        failed = convert_many(pdfs, progress=progress, work=aside)
        made = [Made(plan, plan.pdf, "", pdfs[plan.target]) for plan in plans if plan.pdf and plan.target not in failed]
        if store is not None and project:
            _place_inside(store, [one._replace(identity=identity_at(store, project, one.target)) for one in made])
        else:
            for one in made:
                write(one.target, one.aside.read_bytes())
    _raise_failed(list(failed.values()))


def _raise_failed(errors: Sequence[FolderkitError]) -> None:
    if errors:
        raise Failed(Text("\n".join(error.message.en for error in errors),
                          "\n".join(error.message.zh for error in errors)), errors[0].hint)


def _make_aside(aside: Path, kind: Kind, drafts: Sequence[Draft], records: Records, progress: Progress
                ) -> list[Takings]:
    """Put each document into `aside`, under its place in the order; returns the files that each took in."""
    from folderkit.documents import make_many

    with telling(aside):
        made = make_many(kind, drafts, aside, progress)
    raise_faults(records, [(record.number, fault) for record, fault in zip(records.records, made, strict=True)
                           if isinstance(fault, Text)])
    return [taken for taken in made if not isinstance(taken, Text)]
