"""References to cells in formulas (A1, $B$6:$B$25, Sheet!C3): found, moved along, stretched over added rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from folderkit.core.cells import column_letters

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
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
_PARTS = re.compile(r"(\$?)([A-Za-z]{0,3})(\$?)([0-9]{0,7})")


@dataclass(frozen=True)
class End:
    """One corner of a reference; `column` (from 1) or `row` is 0 in a whole row or column."""

    column: int
    row: int
    fixed_column: bool
    fixed_row: bool

    def turned(self) -> End:
        """The same with rows for columns."""
        return End(self.row, self.column, self.fixed_row, self.fixed_column)

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

    def turned(self) -> Reference:
        """The same with rows for columns, for what is done to columns as it is to rows."""
        return replace(self, first=self.first.turned(), last=self.last.turned())

    def rows(self) -> tuple[int, int]:
        """The rows (from 1) that it covers; all of them for a whole column."""
        return (self.first.row or 1), (self.last.row or LAST_ROW)

    def columns(self) -> tuple[int, int]:
        return (self.first.column or 1), (self.last.column or LAST_COLUMN)

    def with_rows(self, first: int, last: int) -> Reference:
        """The same on other rows; a whole column stays as it is."""
        if not self.first.row:
            return self
        return replace(self, first=replace(self.first, row=first), last=replace(self.last, row=last))


Change = Callable[[Reference], Reference | None]


def parse_cells(text: str, sheet: str = "") -> Reference:
    """A reference such as ``$B$6:D9``. Raises `ValueError` for anything else."""
    ends = [_end(part) for part in text.split(":")]
    first, last = ends[0], ends[-1]
    single = len(ends) == 1
    whole = not (first.column and first.row)
    if len(ends) > 2 or not (first.column or first.row) or (single and whole) or (
            bool(first.column), bool(first.row)) != (bool(last.column), bool(last.row)):
        raise ValueError(f"'{text[:40]}' is no reference to cells")
    return Reference(sheet, first, last, single)


def _end(text: str) -> End:
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:40]}' is no reference to cells")
    dollar, letters, second, digits = found.groups()
    column, row = column_number(letters), int(digits or 0)
    if column > LAST_COLUMN or row > LAST_ROW or (digits and not row):
        raise ValueError(f"'{text[:40]}' is no reference to cells")
    return End(column, row, bool(dollar and letters), bool(second) if letters else bool(dollar))


def column_number(letters: str) -> int:
    """The column (from 1) of its letters; 0 for none."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def references(formula: str) -> Iterator[Reference]:
    """The references in a formula, those into other workbooks left out."""
    for found in _TOKEN.finditer(formula):
        reference = _parsed(found)
        if reference is not None:
            yield reference


def changed(formula: str, change: Change) -> str:
    """The formula with each reference that `change` gives another for (None: leave it) in its place."""

    def one(found: re.Match[str]) -> str:
        old = _parsed(found)
        new = None if old is None else change(old)
        return found[0] if new is None else f"{found['sheet'] or ''}{new}"

    return _TOKEN.sub(one, formula)


def pieces(formula: str) -> Iterator[tuple[int, int, Reference]]:
    """Each reference of a formula, those into other workbooks left out, with where its cells (without the sheet's name)
    begin and end in the text."""
    for found in _TOKEN.finditer(formula):
        reference = _parsed(found)
        if reference is not None:
            yield *found.span("cells"), reference


def _parsed(found: re.Match[str]) -> Reference | None:
    """The reference in a piece of a formula; None for a text, and for a name that only looks like one."""
    try:
        return parse_cells(found["cells"], _sheet(found["sheet"] or "")) if found["cells"] else None
    except ValueError:
        return None


def _sheet(prefix: str) -> str:
    name = prefix.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def moved(formula: str, down: int, right: int = 0) -> str:
    """The formula as it stands when its cell is copied `down` and `right`: what is fixed by $ stays."""

    def end(old: End) -> End:
        return replace(old, row=old.row if old.fixed_row or not old.row else old.row + down,
                       column=old.column if old.fixed_column or not old.column else old.column + right)

    return changed(formula, lambda old: replace(old, first=end(old.first), last=end(old.last)))
