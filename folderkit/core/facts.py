"""Facts and the questions that ask for them: types, conversion from what people write, nested look-up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from folderkit.core.language import LANGUAGES, NO_TEXT, Language, Text
from folderkit.core.located import Reader

TYPES = ("text", "long", "integer", "number", "money", "percent", "date", "boolean", "choice", "multi", "list")
TODAY = "today"  # the default of a date that is the day of asking
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_TRUE = {"true", "yes", "y", "1", "是", "有", "对"}
_FALSE = {"false", "no", "n", "0", "否", "无", "没有", "不"}

Facts = dict[str, Any]


class NotAValue(ValueError):
    """What was written is not a value of the question's type; `message` says what is expected."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True)
class Question:
    """What is asked for one fact. `key` is dotted; `when` is a condition over the facts before it.

    `default` may hold a name pattern (``{client.name}``); `next` is a pattern that counts on, such as
    ``P{yyyy}-{nnn}``; a ``list`` has `fields` when its members are records and none when they are texts.
    """

    key: str
    type: str = "text"
    ask: Text = NO_TEXT
    help: Text = NO_TEXT
    required: bool = False
    default: Any = None
    next: str = ""
    pattern: str = ""
    choices: Mapping[str, Text] = field(default_factory=dict)
    when: str = ""
    fields: tuple[Question, ...] = ()


def read_question(key: str, reader: Reader) -> Question:
    """The question described by a YAML mapping; what is wrong in it goes to the reader's faults."""
    reader.only("type", "ask", "help", "required", "default", "next", "pattern", "choices", "when", "fields")
    if not KEY.fullmatch(key):
        reader.fault(Text(
            f"'{key}' is no name for a fact: use small Latin letters, digits, '_' and '.'.",
            f"“{key}”不能作为字段名：只用小写拉丁字母、数字、“_”和“.”。"))
    kind = reader.choice("type", TYPES, "text")
    choices = _read_choices(reader)
    if kind in ("choice", "multi") and not choices:
        reader.fault(Text(f"'{key}' needs 'choices'.", f"“{key}”缺少可选值“choices”。"))
    pattern = reader.text("pattern", "")
    try:
        re.compile(pattern)
    except re.error as error:
        reader.fault_at("pattern", Text(f"This is no regular expression: {error}.", f"不是正则表达式：{error}。"))
        pattern = ""
    question = Question(
        key=key,
        type=kind,
        ask=reader.bilingual("ask", Text(key, key)),
        help=reader.bilingual("help", Text("", "")),
        required=reader.flag("required"),
        default=reader.at("default").value() if "default" in reader else None,
        next=reader.text("next", ""),
        pattern=pattern,
        choices=choices,
        when=reader.text("when", ""),
        fields=tuple(read_question(name, inner) for name, inner in reader.items("fields")),
    )
    fixed = not (isinstance(question.default, str) and ("{" in question.default or question.default == TODAY))
    if question.default is not None and fixed:
        try:
            convert(question, question.default)
        except NotAValue as error:
            reader.fault_at("default", error.message)
    return question


def _read_choices(reader: Reader) -> dict[str, Text]:
    if "choices" not in reader:
        return {}
    at = reader.at("choices")
    if hasattr(at.node, "value") and at.node.tag.endswith(":seq"):
        return {word: Text(word, word) for word in reader.texts("choices")}
    return {word: inner.own_bilingual() for word, inner in reader.items("choices")}


def convert(question: Question, raw: Any) -> Any:
    """The typed value of what a person wrote (text) or a YAML file holds. Raises `NotAValue`.

    Returns str, int, float, bool, date, list[str] or list[dict], by the question's type.
    """
    if isinstance(raw, str):
        raw = raw.strip()
    value = _CONVERT[question.type](question, raw)
    if question.pattern and isinstance(value, str) and not re.fullmatch(question.pattern, value):
        raise NotAValue(Text(
            f"'{value}' does not have the form {question.pattern}",
            f"“{value}”不符合格式 {question.pattern}"))
    return value


def _text(question: Question, raw: Any) -> str:
    if isinstance(raw, Mapping | list):
        raise NotAValue(Text("one text is expected", "应为一段文字"))
    return str(raw)


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise NotAValue(Text("a number is expected, such as 1200.50", "应为数字，例如 1200.50"))
    word = re.sub(r"[\s,，¥￥$€£元]", "", str(raw))
    try:
        value = Decimal(word)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise NotAValue(Text(
            f"'{raw}' is not a number; write it like 1200.50", f"“{raw}”不是数字，请写成 1200.50 这样"))
    return value


def _integer(question: Question, raw: Any) -> int:
    value = _decimal(raw)
    if value != value.to_integral_value():
        raise NotAValue(Text(f"'{raw}' is not a whole number", f"“{raw}”不是整数"))
    return int(value)


def _number(question: Question, raw: Any) -> int | float:
    value = _decimal(raw)
    return int(value) if value == value.to_integral_value() else float(value)


def _money(question: Question, raw: Any) -> int | float:
    value = round(_decimal(raw), 2)
    return int(value) if value == value.to_integral_value() else float(value)


def _percent(question: Question, raw: Any) -> float:
    word = str(raw).strip()
    return float(_decimal(word.rstrip("%％")) / (100 if word[-1:] in "%％" else 1))


def _date(question: Question, raw: Any) -> dt.date:
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    found = _DATE.fullmatch(str(raw))
    try:
        if found:
            return dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    raise NotAValue(Text(
        f"'{raw}' is not a date; write it like 2026-03-31", f"“{raw}”不是日期，请写成 2026-03-31 这样"))


def _boolean(question: Question, raw: Any) -> bool:
    word = str(raw).lower()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise NotAValue(Text(f"'{raw}' is neither yes nor no", f"“{raw}”应为“是”或“否”"))


def _choice(question: Question, raw: Any) -> str:
    for key, shown in question.choices.items():
        if str(raw).lower() in (key.lower(), *(word.lower() for word in shown.every())):
            return key
    listed = Text(*(", ".join(choice_label(question, key, lang) for key in question.choices)
                    for lang in reversed(LANGUAGES)))
    raise NotAValue(Text(f"'{raw}' is not one of: {listed.en}", f"“{raw}”不在可选值中：{listed.zh}"))


def choice_label(question: Question, key: str, language: Language) -> str:
    """How the choice `key` is shown: its words, and the key itself where they differ."""
    shown = question.choices[key].in_(language)
    return shown if shown == key else f"{shown} ({key})"


def _parts(raw: Any) -> list[Any]:
    if isinstance(raw, str):
        return [part.strip() for part in re.split(r"[;；\n]", raw) if part.strip()]
    return list(raw) if isinstance(raw, list) else [raw]


def _multi(question: Question, raw: Any) -> list[str]:
    if raw == "all":
        return list(question.choices)
    parts = re.split(r"[,，、;；]", raw) if isinstance(raw, str) else raw
    return [_choice(question, str(part).strip()) for part in parts if str(part).strip()]


def _list(question: Question, raw: Any) -> list[Any]:
    if raw is None:
        return []
    if not question.fields:
        return [_text(question, part) for part in _parts(raw)]
    return [_record(question, part) for part in _parts(raw)]


def _record(question: Question, raw: Any) -> Facts:
    """One member of a list of records; a bare text fills the first field, absent fields are empty."""
    given = dict(raw) if isinstance(raw, Mapping) else {question.fields[0].key: raw}
    unknown = set(given) - {inner.key for inner in question.fields}
    if unknown:
        raise NotAValue(Text(
            f"'{sorted(unknown)[0]}' is not known here; known are: {', '.join(q.key for q in question.fields)}",
            f"不认识“{sorted(unknown)[0]}”；可用：{'、'.join(q.key for q in question.fields)}"))
    record: Facts = {}
    for inner in question.fields:
        value = given.get(inner.key, inner.default)
        record[inner.key] = "" if value in (None, "") else convert(inner, value)
    return record


_CONVERT = {
    "text": _text, "long": _text, "integer": _integer, "number": _number, "money": _money,
    "percent": _percent, "date": _date, "boolean": _boolean, "choice": _choice, "multi": _multi,
    "list": _list,
}


# -- nested look-up --------------------------------------------------------------------------------
def get(facts: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """The value at a dotted key, or `default`."""
    node: Any = facts
    for part in key.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return default
        node = node[part]
    return node


def put(facts: Facts, key: str, value: Any) -> None:
    """Set the value at a dotted key, making the levels above it."""
    *above, last = key.split(".")
    node = facts
    for part in above:
        inner = node.get(part)
        if not isinstance(inner, dict):
            inner = node[part] = {}
        node = inner
    node[last] = value


def flatten(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every (dotted key, value); lists are values."""
    for name, value in facts.items():
        key = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping):
            yield from flatten(value, key)
        else:
            yield key, value


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> Facts:
    """A deep copy of `under` with what `over` says laid on it; lists are replaced whole."""
    merged: Facts = {key: merge(value, {}) if isinstance(value, Mapping) else value for key, value in under.items()}
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below if isinstance(below, dict) else {}, value) if isinstance(value, Mapping) else value
    return merged
