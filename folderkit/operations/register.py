"""The registers of a project: listed, shown, checked, and written to by command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit import entering
from folderkit.checking import Wanted, checked, found_in, open_all
from folderkit.core import facts
from folderkit.core.errors import Failed, Misuse, did_you_mean
from folderkit.core.facts import NotAValue
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.entering import Entered, Entry
from folderkit.recording import InUse
from folderkit.resolving import rules_off
from folderkit.store import Store

if TYPE_CHECKING:
    from folderkit.registers import Column, Register, Schema
    from folderkit.registers.check import Finding


def names_of(paths: Mapping[str, Path], project: Project, wanted: Sequence[str]) -> list[str]:
    """The registers of a project that are meant by these words: names or titles, or a part that no other of the
    project's registers has; all when there are none. Raises `Refused` for one that the project has not."""
    from folderkit.registers import load_schema, plain, schema_names

    titles = {plain(word): name for name in schema_names() for word in (name, *load_schema(name).title.every())}
    found = [titles.get(plain(word)) or _only_with({part: name for part, name in titles.items() if name in paths},
                                                   plain(word)) or word for word in wanted]
    for name in found:
        if name not in paths:
            raise entering.no_register(project, name, sorted(paths)) if name in schema_names() else Misuse(
                Text(f"There is no register '{name}'.", f"没有名为“{name}”的登记册。"),
                did_you_mean(name, paths, Text(f"There are: {', '.join(sorted(paths)) or 'none'}.",
                                               f"现有：{'、'.join(sorted(paths)) or '没有'}。")))
    return list(dict.fromkeys(found)) or sorted(paths)


def _only_with(titles: Mapping[str, str], part: str) -> str | None:
    """The only register in whose name or title this part is."""
    found = {name for title, name in titles.items() if part and part in title}
    return found.pop() if len(found) == 1 else None


class Listed(NamedTuple):
    """One register of a project: its rows, and how many errors, warnings and notes a check finds; `trouble`: why it
    cannot be read. `waiting` entries are put aside until its workbook is closed."""

    register: str
    title: Text
    workbook: str
    sheet: str
    rows: int
    errors: int
    warnings: int
    notes: int
    waiting: int
    trouble: Text | None = None


def list_registers(store: Store, project: Project) -> list[Listed]:
    from folderkit.registers import load_schema

    paths = entering.paths_of(store, project)
    wanted = _wanted(store, project, paths, rules_off(store.workspace.root))
    opened = open_all(paths, project.folder, wanted.today)
    findings = found_in(opened, wanted)
    waits = [entry.register for entry in entering.waiting(store.workspace) if entry.project == project.id]

    def listed(name: str) -> Listed:
        errors, warnings, notes = (sum(one.register == name and one.severity == severity for one in findings)
                                   for severity in ("error", "warning", "note"))
        kept = opened.kept.get(name)
        trouble = next((one.message for one in opened.unread if one.key == name), None)
        return Listed(name, load_schema(name).title, paths[name].relative_to(project.folder).as_posix(),
                      kept.register.sheet if kept else "", len(kept.register.rows) if kept else 0, errors,
                      warnings, notes, waits.count(name), trouble)

    return [listed(name) for name in sorted(paths)]


def _today(store: Store) -> dt.date:
    return store.clock().astimezone().date()


# -- checking --------------------------------------------------------------------------------------
def _wanted(store: Store, project: Project, paths: Mapping[str, Path], off: frozenset[str]) -> Wanted:
    """The check of a project's registers by all rules but those that are `off`."""
    return Wanted(project.id, project.folder, paths, project.facts, _today(store), off,
                  store.workspace.settings.firm.currency)


def check_registers(store: Store, project: Project, wanted: Sequence[str]) -> tuple[list[Finding], list[str]]:
    """What is wrong in the registers that are `wanted` (all when none is), and the names of all that were looked at.
    What others hold is looked at for what they refer to."""
    paths = entering.paths_of(store, project)
    names = names_of(paths, project, wanted)
    (findings,) = checked(store.workspace.state, [_wanted(store, project, paths, rules_off(store.workspace.root))])
    return [one for one in findings if one.register in names], names


def check_projects(store: Store, projects: Sequence[Project]) -> Iterator[tuple[Project, list[Finding], int]]:
    """What is wrong in all registers of each project, and how many it has. Raises `Faults` for `registers.off` in
    folderkit.yaml."""
    off = rules_off(store.workspace.root)
    wanted = [_wanted(store, project, entering.paths_of(store, project), off) for project in projects]
    for project, one, findings in zip(projects, wanted, checked(store.workspace.state, wanted), strict=True):
        yield project, findings, len(one.paths)


# -- showing ---------------------------------------------------------------------------------------
class Shown(NamedTuple):
    """A register with those of its rows (by their index) that the filters let through."""

    register: Register
    workbook: str
    rows: list[int]


def show_register(store: Store, project: Project, register: str, where: Sequence[str]) -> Shown:
    """A register of a project and the rows that fit all of `where`, each ``column=value`` or ``column!=value``. Raises
    `Misuse` for a column or value that cannot be meant, `Refused` or `Failed` when it cannot be read."""
    from folderkit.registers import load_schema

    paths = entering.paths_of(store, project)
    (name,) = names_of(paths, project, [register])
    filters = [_filter(load_schema(name), text) for text in where]
    opened = open_all({name: paths[name]}, project.folder, _today(store))
    for one in opened.unread:
        raise Failed(one.message, one.hint)
    kept = opened.kept[name]
    return Shown(kept.register, kept.workbook, [index for index, row in enumerate(kept.register.rows)
                                                if all(fits(row) for fits in filters)])


def _filter(schema: Schema, text: str) -> Any:
    from folderkit.registers import plain
    from folderkit.registers.values import as_text, parts_of, understand

    name, equals, word = text.partition("=")
    if not equals:
        raise Misuse(Text(f"--where {text}: write it as COLUMN=VALUE or COLUMN!=VALUE.",
                          f"--where {text}：应写成“列=值”或“列!=值”。"))
    unequal = name.endswith("!")
    column = column_of(schema, name.removesuffix("!"))
    try:
        wanted = understand(column, word)
    except NotAValue as error:
        raise Misuse(Text(f"--where {text}: {error.message.en}.", f"--where {text}：{error.message.zh}。")) from None

    def fits(row: Mapping[str, Any]) -> bool:
        value = row.get(column.key)
        if column.type == "multi" and wanted and value:
            same = set(wanted) <= set(value)
        elif column.type in ("person", "ref") and wanted and value:
            same = plain(wanted) in map(plain, (value, *parts_of(column, value)))
        elif isinstance(wanted, str) and isinstance(value, str) and not column.choices:
            same = plain(wanted) == plain(value)
        elif isinstance(value, dt.datetime) and isinstance(wanted, dt.datetime) and wanted.time() == dt.time():
            same = value.date() == wanted.date()
        else:
            same = value == wanted or (value is not None and wanted is not None and as_text(value) == as_text(wanted))
        return same != unequal

    return fits


def column_of(schema: Schema, word: str) -> Column:
    """The column that a word names: its key, a header, or another usual word for it. Raises `Misuse`."""
    from folderkit.registers import plain

    return next((column for column in schema.columns if plain(word) in column.names()), None) or schema.column(
        word.strip())


def key_of_word(schema: Schema, word: str) -> str:
    """The key of the column that a word names; one that is unknown is a header of the person's own where the register
    has such, as the people of a RACI matrix. Raises `Misuse`."""
    from folderkit.registers.across import key_of

    try:
        return column_of(schema, word).key
    except Misuse:
        if schema.across is None:
            raise
        return key_of(schema, word)


# -- entering --------------------------------------------------------------------------------------
def plan_entry(store: Store, project: Project, register: str, row: str, pairs: Sequence[str]) -> tuple[Entry, Path]:
    """The entry that ``column=value`` pairs make, for the row of that number ("": a new one), and the workbook that it
    goes into. Raises `Misuse` for a column or value that cannot be meant, `Refused` for a register that is not
    there."""
    from folderkit.registers import load_schema

    paths = entering.paths_of(store, project)
    (name,) = names_of(paths, project, [register])
    schema, values = load_schema(name), dict[str, Any]()
    for pair in pairs:
        word, equals, value = pair.partition("=")
        if not equals or not word.strip():
            raise Misuse(Text(f"'{pair}': write it as COLUMN=VALUE.", f"“{pair}”：应写成“列=值”。"))
        key = key_of_word(schema, word)
        if key in values:
            raise Misuse(Text(f"'{word}' is given twice.", f"“{word}”给了两次。"))
        values[key] = value
    if any(_currencies_beside(schema, values)):
        said = values if "currency" in values else _row_before(store, project, paths[name], name, row)
        _refuse_other_currency(schema, values, _currency_of(said, store, project))
    return entering.prepared(store, project, name, row, values), paths[name]


def _currencies_beside(schema: Schema, values: Mapping[str, str]) -> Iterator[tuple[Column, str]]:
    """The columns of money in whose value a currency is written, and how."""
    from folderkit.registers.amounts import currency_beside

    for column in schema.columns:
        if column.type == "money" and (written := currency_beside(values.get(column.key, ""))):
            yield column, written


def _row_before(store: Store, project: Project, path: Path, register: str, row: str) -> Mapping[str, Any]:
    """The row of that number as it stands in the workbook; nothing for a new one, and for one that is not found, which
    whoever enters it tells."""
    kept = open_all({register: path}, project.folder, _today(store)).kept.get(register) if row else None
    return next((one for one in kept.register.rows if str(one["id"] or "").upper() == row.strip().upper()),
                {}) if kept else {}


def _currency_of(row: Mapping[str, Any], store: Store, project: Project) -> str:
    """The code of a row's currency, which is the project's where the row says none."""
    from folderkit.registers.check.currencies import currency_of

    own = {"currency": facts.get(dict(project.facts), "contract.currency")}
    return currency_of(row) or currency_of(own) or store.workspace.settings.firm.currency


def _refuse_other_currency(schema: Schema, values: Mapping[str, str], code: str) -> None:
    """Raise `Misuse` for an amount that is written in another currency than that of its row: only the number would go
    into the cell."""
    from folderkit.registers.amounts import CURRENCIES, is_currency

    for column, written in _currencies_beside(schema, values):
        if not is_currency(written, code):
            header, amount, meant = column.header, values[column.key], CURRENCIES[written]
            raise Misuse(
                Text(f"{header.en}: '{amount}' is no amount in {code}.", f"{header.zh}：“{amount}”不是 {code} 金额。"),
                Text(f"Give its currency too: currency={meant}", f"请同时填写币种：币种={meant}")
                if any(one.key == "currency" for one in schema.columns) else
                Text(f"Give the amount in {code}.", f"请填写 {code} 金额。"))


def headers_of(register: str, keys: Sequence[str]) -> list[Text]:
    """What stands above these columns of a register."""
    from folderkit.registers import load_schema

    return [load_schema(register).column(key).header for key in keys]


def left_to_fill(entry: Entry) -> list[Text]:
    """The headers of the columns that a new row must have as well."""
    from folderkit.registers import load_schema
    from folderkit.registers.patching import check_row

    schema = load_schema(entry.register)
    row = {column.key: None for column in schema.columns} | check_row(schema, entry.values)
    return [column.header for column in schema.columns
            if row[column.key] is None and column.key != "id" and not column.computed and column.needed_in(row)]


def apply_entry(store: Store, project: Project, entry: Entry, path: Path) -> Entered:
    """Enter it now, or put it aside while the workbook is open; then its `reason` says so."""
    waits = [one for one in entering.waiting(store.workspace)
             if (one.project, one.register) == (entry.project, entry.register)]
    try:
        if waits:
            raise InUse(Text("Others wait before it.", "前面还有等待的内容。"))
        return entering.enter(store, project, path, entry)
    except InUse as error:
        entering.put_aside(store.workspace, entry)
        return Entered(entry, path.relative_to(project.folder).as_posix(), reason=error.message, waits=True)


def try_waiting(store: Store, projects: Sequence[Project]) -> Iterator[Entered]:
    """Enter what waits and can be."""
    yield from entering.enter_waiting(store, projects)
