"""The schemas of the registers, read from the YAML in schemas/; every fault is told with its line."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from folderkit.core import located
from folderkit.core.errors import unknown
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.located import Reader
from folderkit.registers.schema import (
    REFERENCE,
    SEPARATORS,
    TONES,
    TYPES,
    WIDTHS,
    YES_NO,
    Choice,
    Column,
    Mark,
    Need,
    Schema,
    Sum,
)

_FOLDER = Path(__file__).resolve().parent / "schemas"
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NOT_IN_HEADERS = re.compile(r"[\[\]#'@\n]")  # characters with a meaning of their own in a table's formulas


def schema_names() -> tuple[str, ...]:
    """The keys of all registers, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def sheets_of(name: str) -> tuple[Schema, ...]:
    """The registers that lie on further sheets of the workbook of the register `name`."""
    return tuple(schema for schema in map(load_schema, schema_names()) if schema.sheet_of == name)


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
    reader.only("register", "sheet_of", "version", "title", "help", "prefix", "subject", "freeze", "tally", "columns",
                "across", "marks", "starters")
    columns = tuple(_read_column(key, inner) for key, inner in reader.items("columns"))
    if [column.key for column in columns if column.type == "id"] != ["id"]:
        reader.fault_at("columns", Text("A register needs one column of the type id, named 'id'.",
                                        "登记册要有一列 id 类型的列，键为“id”。"))
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
        sheet_of=_read_registers(reader, "sheet_of")[0] if "sheet_of" in reader else "",
        across=next((_read_column(key, inner) for key, inner in reader.items("across")), None),
        starters=tuple(MappingProxyType({key: _read_starter(inner) for key, inner in row.items()})
                       for row in reader.each("starters")),
    )
    _check_names(reader, schema)
    _check_words(reader, schema)
    _check_references(reader, schema)
    return schema


def _read_column(key: str, reader: Reader) -> Column:
    reader.only("zh", "en", "type", "required", "aliases", "to", "choices", "width", "formula", "format", "min", "max",
                "after", "hint", "total", "required_if", "required_unless", "required_without", "more", "sum_of")
    if not _KEY.fullmatch(key):
        reader.fault(Text(f"'{key}' is no key for a column: use small Latin letters, digits and '_'.",
                          f"“{key}”不能作为列的键：只用小写拉丁字母、数字和“_”。"))
    kind = reader.choice("type", TYPES)
    choices = {name: _read_choice(name, inner) for name, inner in reader.items("choices")}
    if (kind in ("enum", "multi")) != bool(choices):
        reader.fault_at("type", Text("An enum or a multi, and nothing else, has 'choices'.",
                                     "只有 enum 和 multi 类型要有“choices”。"))
    if "to" in reader and kind not in ("ref", "person", "multi"):
        reader.fault_at("to", Text("Only a ref or a person refers to a register.",
                                   "只有 ref 和 person 类型可以引用登记册。"))
    for language in ("zh", "en"):
        if _NOT_IN_HEADERS.search(reader.text(language, "")):
            reader.fault_at(language, Text("A header cannot contain any of [ ] # ' @.", "表头不能包含 [ ] # ' @。"))
    return Column(
        key=key,
        type=kind,
        header=Text(reader.text("en"), reader.text("zh")),
        aliases=reader.texts("aliases"),
        required=reader.flag("required"),
        to=_read_registers(reader, "to") or (("contacts",) if kind == "person" else ()),
        choices=MappingProxyType(YES_NO if kind == "bool" else choices),
        width=reader.number("width", WIDTHS.get(kind, 12)),
        formula=reader.text("formula", ""),
        format=reader.text("format", ""),
        minimum=_bound(reader, "min"),
        maximum=_bound(reader, "max"),
        after=reader.text("after", ""),
        hint=reader.bilingual("hint", NO_TEXT),
        total=reader.flag("total"),
        need=_read_need(reader),
        without=reader.texts("required_without"),
        more=reader.flag("more"),
        sum_of=_read_sum(reader.at("sum_of")) if "sum_of" in reader else None,
    )


def _read_registers(reader: Reader, key: str) -> tuple[str, ...]:
    """The names of registers, which must be there."""
    names = (reader.text(key),) if key in ("sheet_of", "register") else reader.texts(key)
    for name in names:
        if name not in schema_names():
            reader.fault_at(key, Text(f"There is no register '{name}'.", f"没有名为“{name}”的登记册。"))
    return names


def _read_need(reader: Reader) -> Need | None:
    """Of ``required_if: status=occurred|closed`` or ``required_unless: …``, the column and the choices."""
    for key in ("required_if", "required_unless"):
        name, _, choices = reader.text(key, "").partition("=")
        if name:
            return Need(name.strip(), tuple(choice.strip() for choice in choices.split("|")), key == "required_unless")
    return None


def _read_sum(reader: Reader) -> Sum:
    reader.only("register", "column", "by", "only")
    only = {key: reader.at("only").texts(key) for key, _ in reader.items("only")}
    return Sum(_read_registers(reader, "register")[0], reader.text("column"), reader.text("by"), MappingProxyType(only))


def _read_starter(reader: Reader) -> Any:
    """The value of one cell: a text in each language, or what is alike in both."""
    return reader.own_bilingual() if reader.keys() else reader.value()


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
        if need := schema.column(key).need:
            choices = schema.column(need.column).choices if need.column in known else {}
            for choice in need.choices:
                if choice not in choices:
                    inner.fault_at("required_unless" if need.unless else "required_if", Text(
                        f"There is no column '{need.column}' with a choice '{choice}'.",
                        f"没有带选项“{choice}”的列“{need.column}”。"))
        for name in schema.column(key).without:
            if name not in known:
                inner.fault_at("required_without", _no_column(name))
        if key == schema.tally and schema.column(key).type not in ("enum", "bool"):
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
        if column.type == "multi" and any(SEPARATORS.search(word) for word in column.meanings):
            inner.fault_at("choices", Text("A word of a multi must not hold a separator such as ','.",
                                           "multi 类型的词不能含有“,”等分隔符。"))


def _check_references(reader: Reader, schema: Schema) -> None:
    """Every ``{column}`` and ``{column:choice}`` in a formula must be there."""
    choices = {column.key: set(column.choices) for column in (*schema.columns, *filter(None, [schema.across]))}
    places = [(inner, "formula") for _, inner in reader.items("columns") if "formula" in inner]
    places += [(mark, "when") for mark in reader.each("marks")]
    for place, key in places:
        for found in REFERENCE.finditer(place.text(key, "")):
            column, choice = found["column"], found["choice"]
            missing = next((name for name in (column, found["last"]) if name and name not in choices), None)
            if missing:
                place.fault_at(key, _no_column(missing))
            elif choice and choice not in choices[column]:
                place.fault_at(key, Text(f"'{column}' has no choice '{choice}'.", f"“{column}”没有可选值“{choice}”。"))


def _no_column(name: str) -> Text:
    return Text(f"There is no column '{name}'.", f"没有名为“{name}”的列。")
