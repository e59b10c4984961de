"""References to cells in formulas (A1, $B$6:$B$25, Sheet!C3): found, moved along, stretched over added rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from folderkit.core.cells import column_letters

LAST_ROW = 1_048_576
_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_INSIDE = r"\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]"  # of a structured reference, or an outside workbook's number
_TOKEN = re.compile(
    rf"""
    "(?:[^"]|"")*"                                                  # a text
  | {_INSIDE}(?:[\w.]*!\$?[A-Za-z]{{0,3}}\$?[0-9]*)?                # Table[Column], [1]Sheet!A1
  | (?<![\w.$!'])
    (?P<sheet>(?:'(?:[^']|'')+'|[^\W\d][\w.]*(?::[\w.]+)?)!)?
    (?P<cells>{_CELL}(?::{_CELL})?|\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}|\$?[0-9]{{1,7}}:\$?[0-9]{{1,7}})
    (?![\w.(!\[])
    """, re.VERBOSE)
_PARTS = re.compile(r"(\$?)([A-Za-z]*)(\$?)([0-9]*)")


@dataclass(frozen=True)
class End:
    """One corner of a reference; `column` (from 1) or `row` is 0 in a whole row or column."""

    column: int
    row: int
    fixed_column: bool
    fixed_row: bool

    def __str__(self) -> str:
        letters = f"{'$' * self.fixed_column}{column_letters(self.column - 1)}" if self.column else ""
        return f"{letters}{'$' * self.fixed_row}{self.row}" if self.row else letters


@dataclass(frozen=True)
class Reference:
    """The cells from `first` to `last` on `sheet` ("" = the formula's own)."""

    sheet: str
    first: End
    last: End
    single: bool

    def __str__(self) -> str:
        return str(self.first) if self.single else f"{self.first}:{self.last}"

    def rows(self) -> tuple[int, int]:
        """The rows (from 1) that it covers; all of them for a whole column."""
        return (self.first.row or 1), (self.last.row or LAST_ROW)

    def columns(self) -> tuple[int, int]:
        return (self.first.column or 1), (self.last.column or 16_384)

    def with_rows(self, first: int, last: int) -> Reference:
        """The same on other rows; a whole column stays as it is."""
        if not self.first.row:
            return self
        return replace(self, first=replace(self.first, row=first), last=replace(self.last, row=last))


Change = Callable[[Reference], Reference | None]


def parse_cells(text: str, sheet: str = "") -> Reference:
    """A reference such as ``$B$6:D9``. Raises `ValueError` for anything else."""
    ends = [_end(part) for part in text.split(":")]
    if len(ends) > 2 or not (ends[0].column or ends[0].row):
        raise ValueError(f"'{text[:40]}' is no reference to cells")
    return Reference(sheet, ends[0], ends[-1], len(ends) == 1)


def _end(text: str) -> End:
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:40]}' is no reference to cells")
    dollar, letters, second, digits = found.groups()
    fixed_row = bool(second) if letters else bool(dollar)
    return End(column_number(letters), int(digits or 0), bool(dollar and letters), fixed_row)


def column_number(letters: str) -> int:
    """The column (from 1) of its letters; 0 for none."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def references(formula: str) -> Iterator[Reference]:
    """The references in a formula, those into other workbooks left out."""
    for found in _TOKEN.finditer(formula):
        if found["cells"]:
            yield parse_cells(found["cells"], _sheet(found["sheet"] or ""))


def changed(formula: str, change: Change) -> str:
    """The formula with each reference that `change` gives another for (None: leave it) in its place."""

    def one(found: re.Match[str]) -> str:
        if not found["cells"]:
            return found[0]
        new = change(parse_cells(found["cells"], _sheet(found["sheet"] or "")))
        return found[0] if new is None else f"{found['sheet'] or ''}{new}"

    return _TOKEN.sub(one, formula)


def _sheet(prefix: str) -> str:
    name = prefix.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def moved(formula: str, down: int, right: int = 0) -> str:
    """The formula as it stands when its cell is copied `down` and `right`: what is fixed by $ stays."""

    def end(old: End) -> End:
        return replace(old, row=old.row if old.fixed_row or not old.row else old.row + down,
                       column=old.column if old.fixed_column or not old.column else old.column + right)

    return changed(formula, lambda old: replace(old, first=end(old.first), last=end(old.last)))
