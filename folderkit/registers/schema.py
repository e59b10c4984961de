"""What a register looks like: its columns, types, words and formulas, read from the YAML in schemas/."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from folderkit.core import located
from folderkit.core.errors import unknown
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.located import Reader

TYPES = ("id", "text", "long", "person", "ref", "enum", "date", "datetime", "int", "dec", "money", "pct")
TONES = ("good", "warn", "bad", "worst", "quiet", "strong", "missing")
REFERENCE = re.compile(r"\{(?P<column>[a-z][a-z0-9_]*)(?::(?P<choice>[a-z0-9_]+))?\}")
WIDTHS = {"date": 12, "datetime": 16, "money": 14, "long": 26}
_FOLDER = Path(__file__).resolve().parent / "schemas"
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NOT_IN_HEADERS = re.compile(r"[\[\]#'@\n]")  # characters with a meaning of their own in a table's formulas


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


@dataclass(frozen=True)
class Column:
    """One column. `formula` (not empty: a computed column) speaks of cells as ``{key}`` and of the word for
    a choice as ``{key:choice}``; `format` is Excel's number format where the type's own does not do;
    `minimum` and `maximum` bound numbers; `after` names the date it follows; `unless` is (column, choice): it must be
    filled while that column has another choice."""

    key: str
    type: str
    header: Text
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: Mapping[str, Choice] = field(default_factory=lambda: MappingProxyType({}))
    width: int = 12
    formula: str = ""
    format: str = ""
    minimum: float | None = None
    maximum: float | None = None
    after: str = ""
    hint: Text = NO_TEXT
    total: bool = False
    unless: tuple[str, str] | None = None

    @property
    def computed(self) -> bool:
        return bool(self.formula)

    def needed_in(self, row: Mapping[str, Any]) -> bool:
        """Whether it must be filled in a row of these values."""
        return self.required or (self.unless is not None and row.get(self.unless[0]) != self.unless[1])

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What may stand in a cell of an enum, made plain, with the choice that it means."""
        return {word: choice.key for choice in self.choices.values() for word in choice.names()}

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
    stays in sight, `tally` the enum that is counted above the table (or empty)."""

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

    @property
    def file_name(self) -> Text:
        """What a register's workbook is named where a skeleton does not say."""
        return Text(f"{self.title.en}.xlsx", f"{self.title.zh}.xlsx")

    @property
    def table(self) -> str:
        """The name of the Excel Table."""
        return f"reg_{self.key}"

    def column(self, key: str) -> Column:
        """The column `key`. Raises `Misuse` with the nearest known one when there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise unknown(Text(f"column in the register '{self.key}':", f"列（登记册 {self.key}）"), key,
                      [column.key for column in self.columns])


def schema_names() -> tuple[str, ...]:
    """The keys of all registers, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def load_schema(name: str) -> Schema:
    """The register `name`. Raises `Misuse` for an unknown one, with the nearest known."""
    if name not in schema_names():
        raise unknown(Text("register", "登记册"), name, schema_names())
    return read_schema(_FOLDER / f"{name}.yaml")


def read_schema(path: Path) -> Schema:
    """The schema in a YAML file. Raises `Faults` with the line of everything that is wrong in it."""
    faults: list[located.Fault] = []
    reader = located.read(path, faults)
    schema = _read_schema(reader)
    located.raise_if_any(faults)
    return schema


def _read_schema(reader: Reader) -> Schema:
    reader.only("register", "version", "title", "help", "prefix", "subject", "freeze", "tally", "columns", "marks")
    columns = tuple(_read_column(key, inner) for key, inner in reader.items("columns"))
    if not columns:
        reader.fault_at("columns", Text("A register needs columns.", "登记册至少要有一列。"))
    schema = Schema(
        key=reader.text("register"),
        version=reader.number("version", 1),
        title=reader.bilingual("title"),
        help=reader.bilingual("help", NO_TEXT),
        prefix=reader.text("prefix"),
        subject=reader.text("subject"),
        freeze=reader.text("freeze", "") or reader.text("subject", ""),
        tally=reader.text("tally", ""),
        columns=columns,
        marks=tuple(_read_mark(inner) for inner in reader.each("marks")),
    )
    _check_names(reader, schema)
    _check_words(reader, schema)
    _check_references(reader, schema)
    return schema


def _read_column(key: str, reader: Reader) -> Column:
    reader.only("zh", "en", "type", "required", "aliases", "choices", "width", "formula", "format", "min", "max",
                "after", "hint", "total", "required_unless")
    if not _KEY.fullmatch(key):
        reader.fault(Text(f"'{key}' is no key for a column: use small Latin letters, digits and '_'.",
                          f"“{key}”不能作为列的键：只用小写拉丁字母、数字和“_”。"))
    kind = reader.choice("type", TYPES)
    choices = {name: _read_choice(name, inner) for name, inner in reader.items("choices")}
    if (kind == "enum") != bool(choices):
        reader.fault_at("type", Text("An enum, and only an enum, has 'choices'.", "只有 enum 类型要有“choices”。"))
    for language in ("zh", "en"):
        if _NOT_IN_HEADERS.search(reader.text(language, "")):
            reader.fault_at(language, Text("A header cannot contain any of [ ] # ' @.", "表头不能包含 [ ] # ' @。"))
    return Column(
        key=key,
        type=kind,
        header=Text(reader.text("en"), reader.text("zh")),
        aliases=reader.texts("aliases"),
        required=reader.flag("required"),
        choices=MappingProxyType(choices),
        width=reader.number("width", WIDTHS.get(kind, 12)),
        formula=reader.text("formula", ""),
        format=reader.text("format", ""),
        minimum=_bound(reader, "min"),
        maximum=_bound(reader, "max"),
        after=reader.text("after", ""),
        hint=reader.bilingual("hint", NO_TEXT),
        total=reader.flag("total"),
        unless=_read_unless(reader),
    )


def _read_unless(reader: Reader) -> tuple[str, str] | None:
    """Of ``required_unless: status=closed``, the column and the choice."""
    name, _, choice = reader.text("required_unless", "").partition("=")
    return (name.strip(), choice.strip()) if name else None


def _read_choice(key: str, reader: Reader) -> Choice:
    reader.only("zh", "en", "aliases", "tone")
    tone = reader.choice("tone", TONES) if "tone" in reader else ""
    return Choice(key, Text(reader.text("en"), reader.text("zh")), reader.texts("aliases"), tone)


def _read_mark(reader: Reader) -> Mark:
    reader.only("when", "tone", "columns", "format")
    return Mark(reader.text("when"), reader.choice("tone", TONES), reader.texts("columns"), reader.text("format", ""))


def _bound(reader: Reader, key: str) -> float | None:
    if key not in reader:
        return None
    try:
        return float(reader.text(key))
    except ValueError:
        reader.fault_at(key, Text(f"'{key}' must be a number.", f"“{key}”应为数字。"))
        return None


def _check_names(reader: Reader, schema: Schema) -> None:
    """Every column that is spoken of must be there."""
    known = {column.key for column in schema.columns}
    for key in ("subject", "freeze", "tally"):
        if key in reader and reader.text(key) not in known:
            reader.fault_at(key, _no_column(reader.text(key)))
    for key, inner in reader.items("columns"):
        after = inner.text("after", "")
        if after and after not in known:
            inner.fault_at("after", _no_column(after))
        name, choice = _read_unless(inner) or ("", "")
        if name and (name not in known or choice not in schema.column(name).choices):
            inner.fault_at("required_unless", Text(f"There is no column '{name}' with a choice '{choice}'.",
                                                   f"没有带选项“{choice}”的列“{name}”。"))
        if key == schema.tally and "choices" not in inner:
            reader.fault_at("tally", Text("Only an enum can be counted.", "只有 enum 类型的列可以计数。"))
    for mark in reader.each("marks"):
        for name in mark.texts("columns"):
            if name not in known:
                mark.fault_at("columns", _no_column(name))


def _check_words(reader: Reader, schema: Schema) -> None:
    """No word may mean two columns, nor two choices of one."""
    owner: dict[str, str] = {}
    for column, (_, inner) in zip(schema.columns, reader.items("columns"), strict=True):
        for word in sorted(column.names()):
            if owner.setdefault(word, column.key) != column.key:
                inner.fault(Text(f"'{word}' already names the column '{owner[word]}'.",
                                 f"“{word}”已经是列“{owner[word]}”的名称。"))
        if len(column.meanings) != sum(len(choice.names()) for choice in column.choices.values()):
            inner.fault_at("choices", Text("One word stands for two choices.", "同一个词对应了两个可选值。"))


def _check_references(reader: Reader, schema: Schema) -> None:
    """Every ``{column}`` and ``{column:choice}`` in a formula must be there."""
    choices = {column.key: set(column.choices) for column in schema.columns}
    places = [(inner, "formula") for _, inner in reader.items("columns") if "formula" in inner]
    places += [(mark, "when") for mark in reader.each("marks")]
    for place, key in places:
        for found in REFERENCE.finditer(place.text(key, "")):
            column, choice = found["column"], found["choice"]
            if column not in choices:
                place.fault_at(key, _no_column(column))
            elif choice and choice not in choices[column]:
                place.fault_at(key, Text(f"'{column}' has no choice '{choice}'.", f"“{column}”没有可选值“{choice}”。"))


def _no_column(name: str) -> Text:
    return Text(f"There is no column '{name}'.", f"没有名为“{name}”的列。")
