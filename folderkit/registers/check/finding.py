"""What a check finds, and what its rules look at: the registers of one project as they were read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from folderkit.core.language import NO_TEXT, Text
from folderkit.registers.read import Workbook
from folderkit.registers.register import Register, Row, place_of
from folderkit.registers.schema import Column

Severity: TypeAlias = Literal["error", "warning", "note"]


class Finding(NamedTuple):
    """One thing that a rule found: where (`workbook` is a path in the project; `cell` may be empty), what is wrong, and
    what to do about it."""

    id: str
    severity: Severity
    register: str
    workbook: str
    sheet: str
    cell: str
    message: Text
    hint: Text

    @property
    def place(self) -> Text:
        return place_of(self.sheet, self.cell)


@dataclass(frozen=True)
class Kept:
    """A register, the workbook that it was read from, and the path of that in the project."""

    register: Register
    opened: Workbook
    workbook: str

    @property
    def key(self) -> str:
        return self.register.schema.key

    @property
    def sheet(self) -> str:
        return self.register.sheet

    def address(self, index: int, column: str) -> str:
        return self.register.address(index, column)

    def has(self, *columns: str) -> bool:
        """Whether all these columns are in the sheet."""
        return all(key in self.register.letters for key in columns)

    def rows(self) -> Iterator[tuple[int, Row]]:
        return enumerate(self.register.rows)

    def columns(self, *types: str) -> list[Column]:
        """The columns of these types that people fill and that are in the sheet."""
        return [column for column in self.register.schema.columns
                if column.type in types and not column.computed and column.key in self.register.letters]

    def texts_in(self, column: Column) -> Iterator[tuple[int, str]]:
        """The rows whose cell in this column holds a text, with it; what it was understood as stands in the rows."""
        header = self.opened.header(self.register.schema)
        if header is not None and column.key in header.columns:
            position = header.columns[column.key]
            for index, number in enumerate(self.register.row_numbers):
                if isinstance(text := header.cells[number - 1][position], str) and text:
                    yield index, text

    def name(self, index: int) -> str:
        """What a person calls a row: its id, or the number of its line."""
        return str(self.register.rows[index].get("id") or self.register.row_numbers[index])


class Unread(NamedTuple):
    """A register that cannot be read: its workbook is not there (`gone`), or is none."""

    key: str
    workbook: str
    gone: bool
    message: Text
    hint: Text

    @property
    def sheet(self) -> str:
        return ""

    def address(self, index: int, column: str) -> str:
        return ""


def is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or no name at all
        return False


@dataclass(frozen=True)
class Ground:
    """All that rules may look at: the registers by key and those that cannot be read, the project's folder and facts,
    the day, whether a file is there, and the `currency` of amounts that name none ("": not known)."""

    registers: Mapping[str, Kept]
    folder: Path
    today: dt.date
    facts: Mapping[str, Any] = field(default_factory=dict)
    unread: Sequence[Unread] = ()
    is_there: Callable[[Path], bool] = is_there
    currency: str = ""

    def of(self, register: str, *columns: str) -> Kept | None:
        """A register, when it is there and has these columns."""
        kept = self.registers.get(register)
        return kept if kept is not None and kept.has(*columns) else None


class Hit(NamedTuple):
    """What a rule found in a row (from 0) and column of a register, or at a `cell` of its sheet."""

    kept: Kept | Unread
    row: int
    column: str
    message: Text
    hint: Text = NO_TEXT
    cell: str = ""

    @property
    def address(self) -> str:
        return self.cell or (self.kept.address(self.row, self.column) if self.column else "")


class Rule(NamedTuple):
    """One row of the table of rules. `about` says what is wrong when it finds something, `hint` what to do, unless the
    hit says it better; `needs` are the columns, by register, without which it finds nothing."""

    id: str
    severity: Severity
    about: Text
    hint: Text
    find: Callable[[Ground], Iterator[Hit]]
    needs: Mapping[str, tuple[str, ...]] = {}


def found(rule: Rule, hit: Hit) -> Finding:
    kept = hit.kept
    return Finding(rule.id, rule.severity, kept.key, kept.workbook, kept.sheet, hit.address, hit.message,
                   hit.hint if hit.hint != NO_TEXT else rule.hint)


def headed(column: Column, message: Text) -> Text:
    """A message about a cell of a column, with the column's header before it."""
    return Text(f"{column.header.en}: {message.en}", f"{column.header.zh}：{message.zh}")


def quoted(word: object) -> Text:
    return Text(f"'{word}'", f"“{word}”")


