"""The plan of a document for each record of a table: named, told apart, and left as it is where it stands already."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from folderkit.core import naming
from folderkit.core.errors import Misuse
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.unswept import unswept
from folderkit.filling import DOC_QUESTIONS, file_name, series_of
from folderkit.operations.fill.ground import Ground
from folderkit.operations.fill.planning import (
    FillPlan,
    Wish,
    missing_fields,
    placed,
    placed_apart,
    plan_bare,
    refuse_existing,
    standing_in,
    with_files,
)

if TYPE_CHECKING:
    from folderkit.documents import Template
    from folderkit.operations.fill.standing import Standing
    from folderkit.registers import Records
    from folderkit.store import Store

_TOLD = 50  # different faults of records that are told; who has more corrects a column
FILE_NAME = "filename"  # the column that names each document
_SHORT = re.compile(r"[,，(（:：?？]")  # what follows is an explanation


@unswept()
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


@unswept()
def plan_each(store: Store | None, ground: Ground, records: Records, wish: Wish) -> list[FillPlan]:
    """The plan of a document for each record, which says more than what is given for all; `out` is a folder. In a
    project, what has been made already of the same template and data stands, unless the wish says what becomes of it.
    Raises `Misuse` for every record that cannot be meant, `Refused` when something stands where a document is to be
    made, or somebody has edited what it would follow."""
    standing = standing_in(store, ground.project)
    ground = replace(ground, folder=wish.out.resolve() if wish.out else ground.folder)
    plans: list[FillPlan] = []
    faults: list[tuple[int, Text]] = []
    asked = _asked(ground, records, wish, faults)
    counted = Counter(one.series for one in asked)
    width = _width(records)
    for one in asked:
        try:
            if standing is None:
                plans.append(_renamed(placed(one.plan, ground, one.wish, None), one.name))
            else:
                tail = f"_{one.number:0{width}}" if counted[one.series] > 1 else ""
                plans.append(_standing_or_placed(one, ground, standing, tail, elsewhere=wish.out is not None))
        except Misuse as error:
            faults.append((one.number, error.message))
    raise_faults(records, faults)
    plans = with_files(_told_apart(plans, records), wish)
    refuse_existing(plans)
    return plans


class _Asked(NamedTuple):
    """What a record asks for: its number, the name that it gives its document ("": none), and the plan without a
    place."""

    number: int
    name: str
    wish: Wish
    plan: FillPlan
    series: str


def _standing_or_placed(one: _Asked, ground: Ground, standing: Standing, tail: str, *, elsewhere: bool) -> FillPlan:
    """The plan of a record's document in a project; `tail` tells it from others of its name, "" where there are none.
    `elsewhere` when it is to lie in a folder that was named, whatever stands in others."""
    if not one.wish.again:
        same = standing.same(one.plan, shared=bool(tail), folder=ground.folder if elsewhere else None)
        if same:
            return same
    if not tail:
        return _renamed(placed(one.plan, ground, one.wish, standing), one.name)
    name = _checked(one.name, one.plan.template) if one.name else ""
    return placed_apart(one.plan, ground.folder, one.wish, standing, lambda filling: name or naming.tailed(
        file_name(one.plan.template, filling.context), tail))


def _asked(ground: Ground, records: Records, wish: Wish, faults: list[tuple[int, Text]]) -> list[_Asked]:
    """What each record asks for; what is wrong in one of them goes to `faults`."""
    is_field = any(question.key == FILE_NAME for question in ground.template.questions)
    asked = []
    for record in records.records:
        values = {**wish.given, **{key: value for key, value in record.values.items() if value is not None}}
        name = str(values.get(FILE_NAME, "") if is_field else values.pop(FILE_NAME, "")).strip()
        try:
            plan = plan_bare(ground, values)
            if plan.missing:
                raise missing_fields(plan)
            series = series_of(plan.template, plan.filling.context) if ground.project else ""
            asked.append(_Asked(record.number, name, replace(wish, given=values, out=None), plan, series))
        except Misuse as error:
            faults.append((record.number, error.message))
    return asked


def _renamed(plan: FillPlan, name: str) -> FillPlan:
    """The plan under the name that its record gives it, if it does. Raises `Misuse`."""
    return replace(plan, target=plan.target.with_name(_checked(name, plan.template))) if name else plan


def _checked(name: str, template: Template) -> str:
    """A document's name that a record gives. Raises `Misuse` when it cannot be one."""
    name = name if name.lower().endswith(template.suffix) else f"{name}{template.suffix}"
    if fault := naming.fault_of(name):
        raise Misuse(Text(f"'{name}' cannot be the document's name: {fault.en}.",
                          f"“{name}”不能作为文档名：{fault.zh}。"))
    return name


def _width(records: Records) -> int:
    """The digits of the largest number of a record."""
    return len(str(max((record.number for record in records.records), default=0)))


def _told_apart(plans: Sequence[FillPlan], records: Records) -> list[FillPlan]:
    """The plans with the numbers of their records in the names that several would have."""
    counted = Counter(naming.key_of(plan.target.name) for plan in plans if not plan.stands)
    names = naming.UniqueNames()  # of those that stay as they are, which another one with its number may have too
    for plan in plans:
        if plan.stands or counted[naming.key_of(plan.target.name)] == 1:
            names.take(plan.target.name)
    width, apart = _width(records), []
    for plan, record in zip(plans, records.records, strict=True):
        name = plan.target.name
        if not plan.stands and counted[naming.key_of(name)] > 1:
            name = names.take(naming.tailed(name, f"_{record.number:0{width}}"))
            plan = replace(plan, target=plan.target.with_name(name))
        apart.append(plan)
    return apart


def raise_faults(records: Records, faults: Sequence[tuple[int, Text]]) -> None:
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
