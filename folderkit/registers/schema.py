"""What a register looks like: its columns, types, words and formulas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from folderkit.core.errors import unknown
from folderkit.core.language import NO_TEXT, Language, Text, same

TYPES = ("id", "text", "long", "person", "ref", "path", "enum", "multi", "bool", "date", "datetime", "int", "dec",
         "money", "pct")
NUMBERS = ("int", "dec", "money", "pct")
TONES = ("good", "warn", "bad", "worst", "quiet", "strong", "missing")
SEPARATORS = re.compile(r"[,，、;；/|\n]")  # what parts the words of a cell that holds several
# in a formula: {key} the cell in this row, {key:choice} the word for a choice, {*key} all cells of the column,
# {key..key} the cells from one column to another
REFERENCE = re.compile(
    r"\{(?P<whole>\*)?(?P<column>[a-z][a-z0-9_]*)(?::(?P<choice>[a-z0-9_]+)|\.\.(?P<last>[a-z][a-z0-9_]*))?\}")
WIDTHS = {"date": 12, "datetime": 16, "money": 14, "long": 26}


def plain(word: str) -> str:
    """A word as it is compared: without case, spaces, width of characters, marks of required columns."""
    word = unicodedata.normalize("NFKC", word).casefold().replace("–", "-").replace("—", "-")
    return re.sub(r"[\s*:]+", "", word)


@dataclass(frozen=True)
class Choice:
    """One allowed value of an enum: how it is shown, what else people write for it, and how it is lit."""

    key: str
    words: Text
    aliases: tuple[str, ...] = ()
    tone: str = ""

    def names(self) -> set[str]:
        """What may stand in a cell for it, made plain."""
        return {plain(word) for word in (self.key, *self.words.every(), *self.aliases)}


YES_NO: Mapping[str, Choice] = MappingProxyType({
    "yes": Choice("yes", Text("Yes", "是"), ("y", "true", "1", "√", "✓", "✔", "有", "对")),
    "no": Choice("no", Text("No", "否"), ("n", "false", "0", "×", "✗", "无", "没有", "不"))})


class Need(NamedTuple):
    """When a column must be filled: while another one has one of the choices, or (`unless`) has none of them."""

    column: str
    choices: tuple[str, ...]
    unless: bool = False

    def holds(self, row: Mapping[str, Any]) -> bool:
        return (row.get(self.column) in self.choices) != self.unless


class Sum(NamedTuple):
    """What a typed number must come to: the sum of `column` of another register's rows whose column `by` refers to
    this row, and whose columns in `only` have one of the choices."""

    register: str
    column: str
    by: str
    only: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Column:
    """One column. `formula` (not empty: a computed column) is as `REFERENCE` says; `to` names the registers that a ref
    or a person refers to (empty: to none, as the Message-ID of a mail); `format` is Excel's number format where the
    type's own does not do; `minimum` and `maximum` bound numbers; `after` names the date it follows; `need` says when
    it must be filled, `without` that it must while all these others are blank; one with `more` stands behind the
    sheet's [+]."""

    key: str
    type: str
    header: Text
    aliases: tuple[str, ...] = ()
    required: bool = False
    to: tuple[str, ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))
    width: int = 12
    formula: str = ""
    format: str = ""
    minimum: float | None = None
    maximum: float | None = None
    after: str = ""
    hint: Text = NO_TEXT
    total: bool = False
    need: Need | None = None
    without: tuple[str, ...] = ()
    more: bool = False
    sum_of: Sum | None = None

    @property
    def computed(self) -> bool:
        return bool(self.formula)

    def needed_in(self, row: Mapping[str, Any]) -> bool:
        """Whether it must be filled in a row of these values."""
        return self.required or (self.need is not None and self.need.holds(row)) or (
            bool(self.without) and all(row.get(key) is None for key in self.without))

    @property
    def may_be_needed(self) -> bool:
        """Whether there are rows in which it must be filled."""
        return self.required or self.need is not None or bool(self.without)

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What may stand in a cell of an enum, made plain, with the choice that it means."""
        return {word: choice.key for choice in self.choices.values() for word in choice.names()}

    def shown(self, value: Any, language: Language) -> str:
        """A key of a choice, or the keys of several, in words as they stand in a cell."""
        keys = (value,) if isinstance(value, str) else value
        words = [self.choices[key].words.in_(language) for key in keys]
        between = "/" if self.letters else "、" if language == "zh" else ", "
        return between.join(words)

    @cached_property
    def letters(self) -> bool:
        """Whether each of its choices is a single letter, as of a RACI matrix."""
        return all(len(choice.words.en) == 1 for choice in self.choices.values())

    def names(self) -> set[str]:
        """What may stand above the column, made plain."""
        return {plain(word) for word in (self.key, *self.header.every(), *self.aliases)}


@dataclass(frozen=True)
class Mark:
    """A conditional format: where `when` holds, the cells of `columns` (all when empty) get the tone, and
    the number format `format` when there is one."""

    when: str
    tone: str
    columns: tuple[str, ...] = ()
    format: str = ""


@dataclass(frozen=True)
class Schema:
    """A register: `subject` is the column without which a row says nothing, `freeze` the last column that
    stays in sight, `tally` the enum that is counted above the table (or empty). `sheet_of` is the register in whose
    workbook it lies, on a sheet of its own (empty: in its own workbook). `across` describes the columns to the right,
    which people head themselves with what it refers to (its `to`): a row holds them under its key, by header.
    `starters` are the rows of a new workbook, by language."""

    key: str
    version: int
    title: Text
    help: Text
    prefix: str
    subject: str
    freeze: str
    tally: str
    columns: tuple[Column, ...]
    marks: tuple[Mark, ...] = ()
    sheet_of: str = ""
    across: Column | None = None
    starters: tuple[Mapping[str, Any], ...] = ()

    @property
    def file_name(self) -> Text:
        """What a register's workbook is named where a skeleton does not say."""
        return Text(f"{self.title.en}.xlsx", f"{self.title.zh}.xlsx")

    @property
    def table(self) -> str:
        """The name of the Excel Table."""
        return f"reg_{self.key}"

    @cached_property
    def column_names(self) -> dict[str, str]:
        """The key of each column by all that may stand above it, made plain."""
        return {name: column.key for column in self.columns for name in column.names()}

    def column(self, key: str) -> Column:
        """The column `key`, also one that people head themselves (``people:Li Jing``). Raises `Misuse` with the nearest
        known one when there is none."""
        if self.across and key.startswith(f"{self.across.key}:"):
            return replace(self.across, key=key, header=same(key.removeprefix(f"{self.across.key}:")), aliases=())
        for column in self.columns:
            if column.key == key:
                return column
        raise unknown(Text(f"column in the register '{self.key}':", f"列（登记册 {self.key}）"), key,
                      [column.key for column in self.columns])
