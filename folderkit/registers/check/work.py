"""Rules for the registers of people and work: contacts, RACI, tasks, requirements, changes, risks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from folderkit.core.language import Text
from folderkit.registers.check.anywhere import day_of, known_people, repeated
from folderkit.registers.check.finding import Ground, Hit, Kept, headed
from folderkit.registers.schema import plain
from folderkit.registers.values import as_text, parts_of

# By register: the column of its state, the states that go with a filled date, and that date.
DONE: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "actions": ("status", ("done", "cancelled", "handed_over"), "done_on"),
    "tasks": ("status", ("done", "cancelled"), "act_end"),
    "issues": ("status", ("solved", "verified", "closed"), "done_on"),
    "changes": ("status", ("closed",), "done_on"),
    "expenses": ("status", ("paid", "reimbursed"), "paid_on"),
    "invoices": ("status", ("partly", "settled", "reversed"), "paid_on"),
}

# A predecessor that need not have ended: linked otherwise than from end to start, or with days to spare ('FS-2').
_LINKED = re.compile(r"\d\s*(?:ss|ff|sf|fs\s*-)", re.IGNORECASE)


# -- states ----------------------------------------------------------------------------------------
def date_without_done(ground: Ground) -> Iterator[Hit]:
    for register, (state, states, date) in DONE.items():
        kept = ground.of(register, state, date)
        for index, row in kept.rows() if kept else ():
            if kept and row[date] is not None and row[state] is not None and row[state] not in states:
                word, header = _word(kept, state, row[state]), kept.register.schema.column(date).header
                yield Hit(kept, index, state, Text(f"'{header.en}' is filled, but it says '{word.en}'",
                                                   f"“{header.zh}”已填，但状态为“{word.zh}”"))


def _word(kept: Kept, column: str, key: str) -> Text:
    return kept.register.schema.column(column).choices[key].words


# -- people ----------------------------------------------------------------------------------------
def names_twice(ground: Ground) -> Iterator[Hit]:
    yield from repeated(ground.registers["contacts"], lambda row: plain(row["name"]) if row["name"] else None, "name",
                        lambda _, first: Text(f"the name stands in {first} already; others refer to people by it",
                                              f"与 {first} 重名，其他登记册按姓名引用"))


def signers_without_right(scope: str, register: str, column: str) -> Callable[[Ground], Iterator[Hit]]:
    """The rule that who signs in that column may do so, by the contacts."""

    def find(ground: Ground) -> Iterator[Hit]:
        kept, contacts = ground.registers[register], ground.registers["contacts"]
        rights = {plain(row["name"]): row["sign_scope"] or () for row in contacts.register.rows if row["name"]}
        described = kept.register.schema.column(column)
        for index, row in kept.rows():
            for part in parts_of(described, row[column]):
                if scope not in rights.get(plain(part), (scope,)):
                    right = contacts.register.schema.column("sign_scope")
                    word = right.choices[scope].words
                    yield Hit(kept, index, column, headed(described, Text(
                        f"{part} may not sign for '{word.en}' ('{right.header.en}' in the contacts)",
                        f"{part} 没有“{word.zh}”的{right.header.zh}")))

    return find


# -- tasks -----------------------------------------------------------------------------------------
def share_and_state(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["tasks"]
    for index, row in kept.rows():
        if row["status"] == "done" and row["pct"] is not None and row["pct"] < 1:
            yield Hit(kept, index, "pct", Text(f"done, but only {row['pct']:.0%}", f"已完成，但只有 {row['pct']:.0%}"))
        elif row["pct"] == 1 and row["status"] in ("not_started", "in_progress"):
            yield Hit(kept, index, "status", Text("100 %, but not set to done", "已到 100%，但状态不是已完成"))


def tasks_in_a_circle(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["tasks"]
    before = _predecessors(kept)
    for index, row in kept.rows():
        mark = as_text(row["id"] or "").upper()
        seen: set[str] = set()
        waiting = list(before.get(mark, ()))
        while waiting:
            one = waiting.pop()
            if one == mark:
                yield Hit(kept, index, "pred", Text(f"{mark} waits for itself", f"{mark} 的前置任务最终指向它自己"))
                break
            if one not in seen:
                seen.add(one)
                waiting += before.get(one, ())


def tasks_too_early(ground: Ground) -> Iterator[Hit]:
    """A task begins before one ends that it waits for; links other than from end to start are left alone."""
    kept = ground.registers["tasks"]
    column = kept.register.schema.column("pred")
    ends = {as_text(row["id"]).upper(): row["plan_end"] for row in kept.register.rows if row["id"]}
    for index, row in kept.rows():
        linked = _LINKED.search(as_text(row["pred"] or ""))
        for part in parts_of(column, row["pred"]) if row["plan_start"] and not linked else ():
            end = ends.get(part.upper())
            if end is not None and day_of(row["plan_start"]) < day_of(end):
                start = day_of(row["plan_start"])
                yield Hit(kept, index, "plan_start", Text(
                    f"{start}, but {part}, which it waits for, ends on {day_of(end)}",
                    f"{start} 早于前置任务 {part} 的完成日期 {day_of(end)}"))


def _predecessors(kept: Kept) -> dict[str, tuple[str, ...]]:
    column = kept.register.schema.column("pred")
    return {as_text(row["id"]).upper(): tuple(part.upper() for part in parts_of(column, row["pred"]))
            for row in kept.register.rows if row["id"]}


# -- who answers for what --------------------------------------------------------------------------
def accountable(ground: Ground) -> Iterator[Hit]:
    for kept, index, letters in _raci(ground):
        count = letters.count("a")
        if count != 1:
            yield Hit(kept, index, "item", Text(f"{count} people are accountable (A); it must be one",
                                                f"批准人（A）有 {count} 个，应恰好 1 个"))


def responsible(ground: Ground) -> Iterator[Hit]:
    for kept, index, letters in _raci(ground):
        if "r" not in letters:
            yield Hit(kept, index, "item", Text("nobody is responsible (R)", "没有负责人（R）"))


def strangers_in_raci(ground: Ground) -> Iterator[Hit]:
    kept, known = ground.registers["raci"], known_people(ground)
    header = kept.opened.header(kept.register.schema)
    for name in dict.fromkeys(name for _, row in kept.rows() for name in row.get("people") or ()):
        if known and header and plain(name) not in known:
            letters = kept.register.letters[f"people:{name}"]
            yield Hit(kept, 0, "", Text(f"the column '{name}' is not among the contacts",
                                        f"干系人登记册中没有“{name}”列的人"), cell=f"{letters}{header.row + 1}")


def _raci(ground: Ground) -> Iterator[tuple[Kept, int, list[str]]]:
    """The letters of each row of the matrix."""
    kept = ground.registers["raci"]
    for index, row in kept.rows():
        yield kept, index, [letter for letters in (row.get("people") or {}).values() for letter in letters or ()]
