"""Rules for every register: what the schema says of its columns, ids, references, dates and computed columns."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from typing import Any

from folderkit.core.language import Text
from folderkit.registers.check.currencies import are_one, currency_of
from folderkit.registers.check.finding import Ground, Hit, Kept, headed
from folderkit.registers.columns import understand_all
from folderkit.registers.errors import in_words
from folderkit.registers.schema import REFERENCE, Column, Schema, Sum, plain
from folderkit.registers.schema_file import load_schema
from folderkit.registers.values import as_text, parts_of

_NUMBERED = re.compile(r"([A-Za-z]{1,8})-\d{1,9}")
_NEAR = 0.005  # amounts and shares that differ by less are the same
# What has happened lies on no day to come.
_HAPPENED = {"act_start", "act_end", "done_on", "paid_on", "raised_on", "found_on", "closed_on", "decided_on",
             "reviewed_on", "signed_on", "client_signed_on", "delivered_on", "accepted_on", "replied_on",
             "confirmed_on", "verified_on", "verify_on", "fixed_on", "last_review", "shared_on"}


def of_problem(identity: str) -> Callable[[Ground], Iterator[Hit]]:
    """The rule for problems of that id, which reading has found."""

    def find(ground: Ground) -> Iterator[Hit]:
        for kept in ground.registers.values():
            for problem in kept.register.problems:
                if problem.id == identity:
                    yield Hit(kept, 0, "", problem.message, problem.hint, problem.cell)

    return find


def unread(*, gone: bool) -> Callable[[Ground], Iterator[Hit]]:
    """The rule for registers that cannot be read, since their workbook is gone, or since it is none."""

    def find(ground: Ground) -> Iterator[Hit]:
        return (Hit(one, 0, "", one.message, one.hint) for one in ground.unread if one.gone == gone)

    return find


# -- ids and rows ----------------------------------------------------------------------------------
def repeated(kept: Kept, key_of: Callable[[dict[str, Any]], Any], column: str,
             told: Callable[[Any, str], Text]) -> Iterator[Hit]:
    """Rows whose key (None: has none) an earlier one has; `told` gets the key and the address of the first."""
    first: dict[Any, int] = {}
    for index, row in kept.rows():
        key = key_of(row)
        if key is not None and first.setdefault(key, index) != index:
            yield Hit(kept, index, column, told(key, kept.register.address(first[key], column)))


def duplicate_ids(ground: Ground) -> Iterator[Hit]:
    for kept in ground.registers.values():
        if kept.has("id"):
            yield from repeated(
                kept, lambda row: plain(row["id"]).upper() if row["id"] else None, "id",
                lambda key, first: Text(f"{key} stands in {first} already", f"{key} 已在 {first} 用过"))


def odd_ids(ground: Ground) -> Iterator[Hit]:
    for kept in ground.registers.values():
        for index, row in kept.rows() if kept.has("id") else ():
            if row["id"] and not _NUMBERED.fullmatch(row["id"]):
                example = f"{kept.register.schema.prefix}-001"
                yield Hit(kept, index, "id", Text(f"'{row['id']}' is not of the form {example}",
                                                  f"“{row['id']}”不是 {example} 的形式"))


def rows_twice(ground: Ground) -> Iterator[Hit]:
    for kept in ground.registers.values():
        keys = [column.key for column in kept.register.schema.columns
                if not column.computed and column.key != "id" and column.key in kept.register.letters]

        def key_of(row: dict[str, Any], keys: list[str] = keys) -> Any:
            values = tuple(row[key] for key in keys)
            return values if sum(value is not None for value in values) >= 3 else None

        subject = kept.register.schema.subject
        yield from repeated(kept, key_of, subject, lambda _, first: Text(
            f"this row says the same as the one of {first}", f"本行与 {first} 所在行内容相同"))


# -- references ------------------------------------------------------------------------------------
def unknown_refs(ground: Ground) -> Iterator[Hit]:
    ids = {key: {as_text(row["id"]).upper() for row in kept.register.rows if row["id"]}
           for key, kept in ground.registers.items()}
    for kept in ground.registers.values():
        for column in kept.columns("ref"):
            prefixes = {load_schema(name).prefix.upper(): name for name in column.to}
            for index, row in kept.rows() if column.to else ():
                for part in parts_of(column, row[column.key]):
                    if message := _why_unknown(part, prefixes, ids):
                        yield Hit(kept, index, column.key, headed(column, message))


def _why_unknown(part: str, prefixes: dict[str, str], ids: dict[str, set[str]]) -> Text | None:
    """Why a number refers to nothing; None when it does, or its register is not in the project."""
    if any(part.upper() in ids.get(name, ()) for name in prefixes.values()):
        return None
    form = _NUMBERED.fullmatch(part)
    register = prefixes.get(form[1].upper(), "") if form else ""
    if register:
        title = load_schema(register).title
        return Text(f"{part} is not in '{title.en}'", f"“{title.zh}”中没有 {part}") if register in ids else None
    if not any(name in ids for name in prefixes.values()):
        return None
    shown = [f"{prefix}-001" for prefix in prefixes]
    return Text(f"'{part}' is no number such as {', '.join(shown)}", f"“{part}”不是 {'、'.join(shown)} 这样的编号")


def known_people(ground: Ground) -> set[str]:
    """All that contacts may be called by, made plain: names, ids, addresses."""
    contacts = ground.registers.get("contacts")
    return {plain(as_text(row[key])) for row in (contacts.register.rows if contacts else ())
            for key in ("name", "id", "email") if row.get(key)}


def unknown_people(ground: Ground) -> Iterator[Hit]:
    known = known_people(ground)
    for kept in ground.registers.values() if known else ():
        for column in kept.columns("person"):
            for index, row in kept.rows() if "contacts" in column.to else ():
                if row.get("ext_id"):
                    continue  # folderkit has entered it: of a mail anybody may take part
                for part in parts_of(column, row[column.key]):
                    if plain(part) not in known:
                        yield Hit(kept, index, column.key, headed(column, Text(
                            f"'{part}' is not among the contacts", f"干系人登记册中没有“{part}”")))


def missing_files(ground: Ground) -> Iterator[Hit]:
    for kept in ground.registers.values():
        beside = (ground.folder / kept.workbook).parent
        for column in kept.columns("path"):
            for index, row in kept.rows():
                for part in parts_of(column, row[column.key]):
                    if "://" not in part and not any(ground.is_there(place / part.replace("\\", "/"))
                                                           for place in (ground.folder, beside)):
                        yield Hit(kept, index, column.key, headed(column, Text(
                            f"there is no file '{part}'", f"找不到文件“{part}”")))


# -- dates -----------------------------------------------------------------------------------------
def dates_out_of_order(ground: Ground) -> Iterator[Hit]:
    for kept in ground.registers.values():
        schema = kept.register.schema
        for column in kept.columns("date", "datetime"):
            for index, row in kept.rows() if column.after else ():
                this, other = row[column.key], row.get(column.after)
                if this is not None and other is not None and day_of(this) < day_of(other):
                    before = schema.column(column.after).header
                    yield Hit(kept, index, column.key, headed(column, Text(
                        f"{day_of(this)} lies before '{before.en}' ({day_of(other)})",
                        f"{day_of(this)} 早于“{before.zh}”（{day_of(other)}）")))


def dates_to_come(ground: Ground) -> Iterator[Hit]:
    for kept in ground.registers.values():
        for column in kept.columns("date", "datetime"):
            for index, row in kept.rows() if column.key in _HAPPENED else ():
                if row[column.key] is not None and day_of(row[column.key]) > ground.today:
                    yield Hit(kept, index, column.key, headed(column, Text(
                        f"{day_of(row[column.key])} is still to come", f"{day_of(row[column.key])} 还没有到")))


def day_of(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


# -- computed columns ------------------------------------------------------------------------------
def timely(schema: Schema) -> set[str]:
    """The computed columns whose value is another one every day."""
    found = {column.key for column in schema.columns if "TODAY(" in column.formula.upper()}
    while True:
        more = {column.key for column in schema.columns if column.key not in found and any(
            reference["column"] in found for reference in REFERENCE.finditer(column.formula))}
        if not more:
            return found
        found |= more


def _differing(kept: Kept, column: Column) -> Iterator[tuple[int, Any]]:
    """The rows whose cell shows another value than the one computed now, with what it shows; a cell that shows nothing
    has not been computed since it was written. LibreOffice writes 0 into an .xls wherever a formula gives a text.
    """
    shown = understand_all(column, kept.register.stored.get(column.key, []))
    for index, value in enumerate(shown):
        computed = kept.register.rows[index][column.key]
        raw = kept.register.stored[column.key][index]
        is_lost = kept.opened.is_old and raw in (0, dt.time()) and not isinstance(computed, int | float)
        if value is not None and not is_lost and not _agree(value, computed):
            yield index, raw


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= max(_NEAR, 1e-9 * abs(other))
    return bool(one == other)


def computed_differ(ground: Ground) -> Iterator[Hit]:
    yield from of_problem("computed.differs")(ground)
    for kept, column, index, shown in _differences(ground):
        if column.key not in timely(kept.register.schema):
            yield Hit(kept, index, column.key, _told_difference(kept, column, index, shown))


def computed_typed(ground: Ground) -> Iterator[Hit]:
    formulas: dict[tuple[str, str], Collection[str]] = {}
    for kept, column, index, shown in _differences(ground):
        if column.key in timely(kept.register.schema):
            place = (kept.workbook, kept.register.sheet)
            if place not in formulas:
                formulas[place] = kept.opened.formulas(kept.register.sheet)
            if kept.register.address(index, column.key) not in formulas[place]:
                yield Hit(kept, index, column.key, _told_difference(kept, column, index, shown))


def _differences(ground: Ground) -> Iterator[tuple[Kept, Column, int, Any]]:
    for kept in ground.registers.values():
        for column in kept.register.schema.columns:
            if column.computed:
                for index, shown in _differing(kept, column):
                    yield kept, column, index, shown


def _told_difference(kept: Kept, column: Column, index: int, shown: Any) -> Text:
    said = in_words(column, kept.register.rows[index][column.key])
    return headed(column, Text(f"the cell shows {as_text(shown)}, and it should be {said.en}",
                               f"单元格中是 {as_text(shown)}，应为 {said.zh}"))


# -- sums ------------------------------------------------------------------------------------------
def sums_differ(ground: Ground) -> Iterator[Hit]:
    """Typed numbers that must come to the sum of rows of another register, by the schema's `sum_of`."""
    for kept in ground.registers.values():
        for column in kept.columns("int", "dec", "money"):
            sums, currencies = _sums(ground, column.sum_of) if column.sum_of else ({}, {})
            for index, row in kept.rows() if kept.has("id") else ():
                number = as_text(row["id"] or "").upper()
                total = sums.get(number) if are_one({currency_of(row), *currencies.get(number, ())}) else None
                if total is not None and row[column.key] is not None and not _agree(row[column.key], total):
                    yield Hit(kept, index, column.key, headed(column, Text(
                        f"{as_text(row[column.key])}, but the rows of this line come to {as_text(total)}",
                        f"{as_text(row[column.key])}，而对应各行合计为 {as_text(total)}")))


def _sums(ground: Ground, described: Sum) -> tuple[dict[str, float], dict[str, set[str]]]:
    """The sums by the number of the row that they belong to, and the currencies of what they are of. What refers to
    several has no share that anybody knows, and counts for none."""
    kept = ground.of(described.register, described.column, described.by, *described.only)
    sums: dict[str, Decimal] = {}
    currencies: dict[str, set[str]] = {}
    for row in kept.register.rows if kept else ():
        parts = parts_of(kept.register.schema.column(described.by), row[described.by]) if kept else ()
        if len(parts) == 1 and row[described.column] is not None and all(
                row[key] in choices for key, choices in described.only.items()):
            number = parts[0].upper()
            sums[number] = sums.get(number, Decimal()) + Decimal(str(row[described.column]))
            currencies.setdefault(number, set()).add(currency_of(row))
    return {number: float(total) for number, total in sums.items()}, currencies
