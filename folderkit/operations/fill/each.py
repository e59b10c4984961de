"""A document for each record of a table: all planned, all rendered, and only then put in their places."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core import naming, safefiles
from folderkit.core.errors import Failed, FolderkitError, Misuse
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.core.scratch import WORK, scratch
from folderkit.core.signature import Signature, is_same_but_named, signature_of
from folderkit.filling import DOC_QUESTIONS
from folderkit.operations.fill.ground import Ground
from folderkit.operations.fill.making import reach_of, telling, write
from folderkit.operations.fill.planning import FillPlan, Wish, missing_fields, plan_bare, refuse_existing, with_files

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.documents import Draft, Kind, Takings
    from folderkit.operations.fill.keeping import Made
    from folderkit.registers import Records
    from folderkit.store import Store

_PLACED = 500  # files that are put in their places at once
_TOLD = 50  # different faults of records that are told; who has more corrects a column
FILE_NAME = "filename"  # the column that names each document
_SHORT = re.compile(r"[,，(（:：?？]")  # what follows is an explanation
Progress = Callable[[int, int], None]


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


def plan_each(store: Store | None, ground: Ground, records: Records, wish: Wish) -> list[FillPlan]:
    """The plan of a document for each record, which says more than what is given for all; `out` is a folder. Raises
    `Misuse` for every record that cannot be meant, `Refused` when something stands where a document is to be made, or
    somebody has edited what it would follow."""
    own = replace(wish, out=None)
    ground = replace(ground, folder=wish.out.resolve() if wish.out else ground.folder)
    is_field = any(question.key == FILE_NAME for question in ground.template.questions)
    plans: list[FillPlan] = []
    faults: list[tuple[int, Text]] = []
    for record in records.records:
        values = {**wish.given, **{key: value for key, value in record.values.items() if value is not None}}
        name = str(values.get(FILE_NAME, "") if is_field else values.pop(FILE_NAME, "")).strip()
        try:
            plan = plan_bare(store, ground, replace(own, given=values))
            if plan.missing:
                raise missing_fields(plan)
            plans.append(plan if not name else _renamed(plan, name))
        except Misuse as error:
            faults.append((record.number, error.message))
    _raise_faults(records, faults)
    plans = with_files(_told_apart(plans, records), wish)
    refuse_existing(plans)
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
    counted = Counter(naming.key_of(plan.target.name) for plan in plans)
    names = naming.UniqueNames()  # of those that stay as they are, which another one with its number may have too
    for name in [plan.target.name for plan in plans if counted[naming.key_of(plan.target.name)] == 1]:
        names.take(name)
    numbers = [record.number for record in records.records]
    width = len(str(max(numbers, default=0)))
    apart = []
    for plan, number in zip(plans, numbers, strict=True):
        name = plan.target.name
        if counted[naming.key_of(name)] > 1:
            name = names.take(naming.tailed(name, f"_{number:0{width}}"))
        apart.append(replace(plan, target=plan.target.with_name(name)))
    return apart


def apply_each(store: Store | None, plans: Sequence[FillPlan], records: Records, *, paged: bool, progress: Progress
               ) -> None:
    """Make the documents of all plans, of one template, which `records` have led to. When one cannot be
    filled, none is made: raises `Misuse` with all that cannot. `paged` has LibreOffice tell the page numbers of
    contents; `progress` is told how many documents of how many are done."""
    from folderkit.documents import Kind, require_soffice

    first = plans[0]
    if first.pdf:
        require_soffice()
    kind = Kind(first.template, first.language, first.firm, paged, reach=reach_of(store, first))
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
    made = safefiles.make_folders(folder)
    placed: list[tuple[Path, Signature]] = []
    try:
        with _aside(None, None, plans) as aside:
            with safefiles.syncing(folder):
                _make_aside(aside, kind, [Draft(plan.filling.context) for plan in plans], records, progress)
            for number, plan in enumerate(plans):
                with telling(plan.target):
                    signature = signature_of((aside / str(number)).lstat())
                    safefiles.rename_new(aside / str(number), plan.target)
                placed.append((plan.target, signature))
        safefiles.sync_folder(folder)
    except BaseException:
        for target, signature in placed:
            with contextlib.suppress(OSError):
                if is_same_but_named(signature_of(target.lstat()), signature):  # else somebody has saved there since
                    target.unlink()
        safefiles.remove_empty(made)
        raise


def make_pdfs(store: Store | None, plans: Sequence[FillPlan], progress: Progress) -> None:
    """Make the PDFs of documents that are in their places. Raises `Failed` naming those that could not be made, when
    all others are."""
    from folderkit.documents import convert_many
    from folderkit.operations.fill.keeping import Made, identity_at

    project = plans[0].inside if store is not None else None
    with _aside(store, project, plans) as aside:
        pdfs = {plan.target: aside / f"{number}.pdf" for number, plan in enumerate(plans)}
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

    faults: list[tuple[int, Text]] = []
    taken: list[Takings] = []
    with telling(aside):
        for number, made in enumerate(make_many(kind, drafts, aside)):
            if isinstance(made, Text):
                faults.append((records.records[number].number, made))
            else:
                taken.append(made)
            progress(number + 1, len(drafts))
    _raise_faults(records, faults)
    return taken


def _raise_faults(records: Records, faults: Sequence[tuple[int, Text]]) -> None:
    """Raise `Misuse` for what is wrong, each fault once with all records that have it."""
    if not faults:
        return
    numbers: dict[Text, list[int]] = {}
    for number, text in faults:
        numbers.setdefault(text, []).append(number)
    told = [(_ranges(found), text) for text, found in numbers.items()]
    more = len(told) - _TOLD
    rest = Text(f"\nand {more} more.", f"\n还有 {more} 处。") if more > 0 else NO_TEXT
    told = told[:_TOLD]
    raise Misuse(
        Text("\n".join(f"{records.called.en} {found}: {text.en}" for found, text in told) + rest.en,
             "\n".join(f"第 {found} {records.called.zh}：{text.zh}" for found, text in told) + rest.zh),
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
