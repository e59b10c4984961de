"""Sheets and tables under other names: what refers to them by the old one says the new one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import name_of
from folderkit.core.workbook.references import pieces

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

FORMULAS = frozenset(("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula",
                      "totalsRowFormula"))
ATTRIBUTES = ("location", "textlink", "linkedCell", "listFillRange", "fmlaLink", "fmlaRange")
_FORBIDDEN = re.compile("[\\[\\]:*?/\\\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_x(?=[0-9A-Fa-f]{4}_)")  # Excel would read a character there
MAX_TITLE = 31
_PLAIN = re.compile(r"[^\W\d][\w.]*")


def free_title(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have and no other has (`taken`, in lower case, to which it is added)."""
    allowed = _ESCAPED.sub("_X", _FORBIDDEN.sub(" ", wanted))
    bare = _cut(" ".join(allowed.split()).strip("'"), MAX_TITLE).strip().strip("'") or "-"
    title, number = bare, 1
    while title.casefold() in taken or title.casefold() == "history":
        number += 1
        tail = f" ({number})"
        title = _cut(bare, MAX_TITLE - len(tail)).rstrip() + tail
    taken.add(title.casefold())
    return title


def _cut(text: str, most: int) -> str:
    """The text without what is beyond so many characters, as Excel counts them: an emoji is two."""
    count = 0
    for place, sign in enumerate(text):
        count += 1 + (sign > "\uffff")
        if count > most:
            return text[:place]
    return text


def quoted(sheet: str) -> str:
    """The name of a sheet as a formula has it."""
    like_a_cell = re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*", sheet)
    if _PLAIN.fullmatch(sheet) and not like_a_cell:
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def renamed(formula: str, sheets: Mapping[str, str], tables: Mapping[str, str]) -> str:
    """The formula with the names of sheets (old, in lower case: new) and of tables changed."""
    made: list[str] = []
    at = 0
    for begin, _, one in pieces(formula):
        new = sheets.get(one.sheet.casefold()) if one.sheet else None
        if new is not None:
            old = formula[at:begin]
            bare = f"{one.sheet}!"
            prefix = bare if old.endswith(bare) else "'" + one.sheet.replace("'", "''") + "'!"
            made += old[: len(old) - len(prefix)], f"{quoted(new)}!"
            at = begin
    text = "".join([*made, formula[at:]])
    for table, new in tables.items():
        text = re.sub(rf"(?<![\w.]){re.escape(table)}(?=\[)", new, text)
    return text


def rename_in(root: Element, change: Callable[[Element, str], str]) -> bool:
    """Let `change` give every formula of a part anew, of which it is told where it stands; whether any is another."""
    found = False
    for element in root.iter():
        if name_of(element) in FORMULAS and element.text:
            new = change(element, element.text)
            found, element.text = found or new != element.text, new
        for key in ATTRIBUTES:
            if value := element.get(key):
                new = change(element, value)
                found = found or new != value
                element.set(key, new)
    return found
