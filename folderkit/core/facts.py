"""Facts and the questions that ask for them: types, conversion from what people write, nested look-up."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, NamedTuple

from folderkit.core.language import NO_TEXT, Language, Text
from folderkit.core.located import Reader

TYPES = ("text", "long", "integer", "number", "money", "percent", "date", "boolean", "choice", "multi", "list")
TODAY = "today"  # the default of a date that is the day of asking
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_DATES = (
    re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ]\s*\d{1,2}:.*)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?")
_TRUE = {"true", "yes", "y", "on", "1", "是", "有", "对", "√"}
_FALSE = {"false", "no", "n", "off", "0", "否", "无", "没有", "不", "不是", "×"}
_ALL = {"all", "全部"}
MAX_DIGITS = 15  # what a spreadsheet and a float can hold; also keeps 1e999999999 from filling the memory

Facts = dict[str, Any]


class NotAValue(ValueError):
    """What was written is not a value of the question's type; `message` says what is expected."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class Question(NamedTuple):
    """What is asked for one fact. `key` is dotted; `when` is a condition over the facts before it.

    `default` may name a fact (``{client.name}``), or hold a name pattern of several; `next` is a pattern that
    counts on, such as ``P{yyyy}-{nnn}``; `form` says in words what `pattern` asks for; a ``list`` has `fields` when
    its members are records and none when they are texts. `as_given` takes a number or a date for a text as it is.
    """

    key: str
    type: str = "text"
    ask: Text = NO_TEXT
    help: Text = NO_TEXT
    required: bool = False
    default: Any = None
    next: str = ""
    pattern: str = ""
    choices: Mapping[str, Text] = MappingProxyType({})
    when: str = ""
    fields: tuple[Question, ...] = ()
    form: Text = NO_TEXT
    as_given: bool = False


def read_question(key: str, reader: Reader) -> Question:
    """The question described by a YAML mapping; what is wrong in it goes to the reader's faults."""
    question = _question(key, reader)
    _check_parts(question, reader)
    _check_default(question, reader)
    return question


def _question(key: str, reader: Reader) -> Question:
    reader.only("type", "ask", "help", "required", "default", "next", "pattern", "form", "choices", "when",
                "fields")
    if not KEY.fullmatch(key):
        reader.fault(Text(
            f"'{key}' is no name for a fact: use small Latin letters, digits, '_' and '.'.",
            f"“{key}”不能作为字段名：只用小写拉丁字母、数字、“_”和“.”。"))
    kind = reader.choice("type", TYPES, "text")
    pattern = reader.text("pattern", "")
    try:
        re.compile(pattern)
    except re.error as error:
        reader.fault_at("pattern", Text(f"This is no regular expression: {error}.", f"不是正则表达式：“{error}”。"))
        pattern = ""
    return Question(
        key=key,
        type=kind,
        ask=reader.bilingual("ask", Text(key, key)),
        help=reader.bilingual("help", NO_TEXT),
        required=reader.flag("required"),
        default=reader.at("default").value() if "default" in reader else None,
        next=reader.text("next", ""),
        pattern=pattern,
        choices=_read_choices(reader),
        when=reader.text("when", ""),
        fields=tuple(read_question(name, inner) for name, inner in reader.items("fields")),
        form=reader.bilingual("form", NO_TEXT),
    )


def _check_parts(question: Question, reader: Reader) -> None:
    """What stands in the question must have a meaning for its type."""
    chosen = question.type in ("choice", "multi")
    if chosen and not question.choices:
        reader.fault(Text(f"'{question.key}' needs 'choices'.", f"“{question.key}”缺少可选值“choices”。"))
    for part, fits in (("choices", chosen), ("fields", question.type == "list"),
                       ("next", question.type == "text"), ("pattern", question.type in ("text", "long"))):
        if part in reader and not fits:
            reader.fault_at(part, Text(f"'{part}' has no meaning for the type '{question.type}'.",
                                       f"“{part}”对类型“{question.type}”没有意义。"))
    owner: dict[str, str] = {}
    for key, shown in question.choices.items():
        for word in (key, *shown.every()):
            if owner.setdefault(word.casefold(), key) != key:
                reader.fault_at("choices", Text(f"'{word}' could mean '{owner[word.casefold()]}' or '{key}'.",
                                                f"“{word}”可能指“{owner[word.casefold()]}”或“{key}”。"))


def _check_default(question: Question, reader: Reader) -> None:
    default = question.default
    later = isinstance(default, str) and ("{" in default or (question.type == "date" and default == TODAY))
    if default is None or later or (question.type in ("choice", "multi") and not question.choices):
        return
    try:
        convert(question, default)
    except NotAValue as error:
        reader.fault_at("default", Text(f"The default cannot be meant: {error.message.en}.",
                                        f"默认值有误：{error.message.zh}。"))


def patterns_in(question: Question, reader: Reader) -> Iterator[tuple[Reader, str]]:
    """The defaults that refer to other facts, its own and those of its members, each with the reader of its question.
    """
    if isinstance(question.default, str) and "{" in question.default:
        yield reader, question.default
    for inner, (_, at) in zip(question.fields, reader.items("fields"), strict=True):
        yield from patterns_in(inner, at)


def _read_choices(reader: Reader) -> dict[str, Text]:
    if "choices" not in reader:
        return {}
    at = reader.at("choices")
    if hasattr(at.node, "value") and at.node.tag.endswith(":seq"):
        return {word: Text(word, word) for word in reader.texts("choices")}
    return {word: inner.own_bilingual() for word, inner in reader.items("choices")}


def convert(question: Question, raw: Any) -> Any:
    """The typed value of what a person wrote (text) or a YAML file holds. Raises `NotAValue`.

    Returns str, int, float, bool, date, list[str] or list[dict], by the question's type, or a number or date as given.
    """
    if isinstance(raw, str):
        raw = raw.strip()
    elif question.as_given and isinstance(raw, int | float | dt.date):
        return raw
    value = _CONVERT[question.type](question, raw)
    if question.pattern and isinstance(value, str) and not re.fullmatch(question.pattern, value):
        form = question.form if question.form != NO_TEXT else Text(question.pattern, question.pattern)
        raise NotAValue(Text(f"'{value}' does not have the form: {form.en}", f"“{value}”不符合格式：{form.zh}"))
    return value


def _text(question: Question, raw: Any) -> str:
    if type(raw) is str:  # as most are, and asking what else it may be takes long
        return raw
    if isinstance(raw, Mapping | list):
        raise NotAValue(Text("one text is expected", "应为一段文字"))
    if isinstance(raw, bool):
        return str(raw).upper()  # as a workbook shows it
    if isinstance(raw, dt.datetime) and not raw.second and not raw.microsecond:
        return f"{raw:%Y-%m-%d %H:%M}"
    return str(raw)


def _decimal(raw: Any) -> Decimal:
    word = re.sub(r"[\s¥￥$€£元]", "", str(raw))
    if _THOUSANDS.fullmatch(word):
        word = re.sub("[,，]", "", word)
    try:
        value = Decimal("NaN" if isinstance(raw, bool) else word)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise NotAValue(Text(
            f"'{raw}' is not a number; write it like 1200.50", f"“{raw}”不是数字，请写成 1200.50 这样"))
    if value and not -MAX_DIGITS <= value.adjusted() < MAX_DIGITS:
        raise NotAValue(Text(f"'{raw}' has more than {MAX_DIGITS} digits", f"“{raw}”超过 {MAX_DIGITS} 位数字"))
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
    if word.endswith(("%", "％")):
        return float(_decimal(word[:-1]) / 100)
    share = _decimal(raw)
    if abs(share) > 1:
        raise NotAValue(Text(f"'{raw}' could be {raw}% or a share; write {raw}%",
                             f"“{raw}”可能是百分数，也可能是比例；请写成 {raw}%"))
    return float(share)


def _date(question: Question, raw: Any) -> dt.date:
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    found = next((found for form in _DATES if (found := form.fullmatch(str(raw)))), None)
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
    if isinstance(raw, bool):  # a bare yes in YAML
        raw = "yes" if raw else "no"
    for key, shown in question.choices.items():
        if str(raw).casefold() in (word.casefold() for word in (key, *shown.every())):
            return key
    listed = Text(", ".join(choice_label(question, key, "en") for key in question.choices),
                  "、".join(choice_label(question, key, "zh") for key in question.choices))
    raise NotAValue(Text(f"'{raw}' is not one of: {listed.en}", f"“{raw}”不在可选值中：{listed.zh}"))


def with_members(questions: Iterable[Question], above: str = "") -> Iterator[tuple[str, Question]]:
    """Every question with its key, the members of lists below theirs: ``goals``, ``goals[].text``."""
    for question in questions:
        key = f"{above}{question.key}"
        yield key, question
        yield from with_members(question.fields, f"{key}[].")


def asked(question: Question, language: Language) -> str:
    """A question's words, with the keys that may be the answer where there is a choice."""
    keys = ", ".join(question.choices)
    return f"{question.ask.in_(language)} ({keys})".strip() if keys else question.ask.in_(language)


def choice_label(question: Question, key: str, language: Language) -> str:
    """How the choice `key` is shown: its words, and the key itself where they differ."""
    shown = question.choices[key].in_(language)
    return shown if shown == key else f"{shown} ({key})"


def _parts(raw: Any) -> list[Any]:
    if isinstance(raw, str):
        return [part.strip() for part in re.split(r"[;；\n]", raw) if part.strip()]
    return list(raw) if isinstance(raw, list | tuple) else [] if raw is None else [raw]


def _multi(question: Question, raw: Any) -> list[str]:
    """The chosen keys in the order of the choices, each once."""
    if isinstance(raw, str):
        raw = list(question.choices) if raw.lower() in _ALL else re.split(r"[,，、;；\n]", raw)
    parts = [str(part).strip() for part in _parts(raw)]
    chosen = {_choice(question, part) for part in parts if part}
    return [key for key in question.choices if key in chosen]


def _list(question: Question, raw: Any) -> list[Any]:
    parts = [part for part in _parts(raw) if not is_nothing(part)]
    if not question.fields:
        return [_text(question, part) for part in parts]
    return [_record(question, part) for part in parts]


def is_nothing(raw: Any) -> bool:
    """Whether nothing is written in a member of a list, or in any of its fields: an example that nobody filled in."""
    if raw is None or isinstance(raw, str):
        return not raw
    if isinstance(raw, _GROUPS):
        return all(is_nothing(value) for value in raw.values())
    return isinstance(raw, list | tuple) and all(is_nothing(value) for value in raw)


def _record(question: Question, raw: Any) -> Facts:
    """One member of a list of records; a bare text fills the first field, absent fields are empty."""
    is_group = isinstance(raw, _GROUPS)
    given = with_text_keys(raw) if is_group else {question.fields[0].key: raw}
    wrong = _unknown(question, given) if is_group else []
    record: Facts = {}
    for inner in question.fields:
        value = get(given, inner.key)
        try:
            put(record, inner.key, _field(inner, inner.default if value is None else value))
        except NotAValue as error:
            wrong.append(error.message)
    if wrong:
        raise NotAValue(Text("; ".join(one.en for one in wrong), "；".join(one.zh for one in wrong)))
    return record


def _values(question: Question, raw: Any) -> Any:
    """Values that are looked up by their names, or by their numbers, as they are."""
    if isinstance(raw, _GROUPS):
        return with_text_keys(raw)
    if isinstance(raw, list | tuple):
        return list(raw)
    raise NotAValue(Text(f"'{raw}' is no group of values; write it as {{a: 1, b: 2}}",
                         f"“{raw}”不是一组值，请写成 {{a: 1, b: 2}} 这样"))


def _unknown(question: Question, given: Mapping[str, Any]) -> list[Text]:
    """What is wrong with a record that holds fields which its list does not have."""
    known = [inner.key for inner in question.fields]
    groups = tuple(f"{inner.key}." for inner in question.fields if inner.type == "values")
    return [Text(f"'{key}' is not known here; known are: {', '.join(known)}",
                 f"不认识“{key}”；可用：{'、'.join(known)}") for key, _ in flatten(given)
            if key not in known and not key.startswith(groups)]


def _field(question: Question, raw: Any) -> Any:
    if isinstance(raw, str):
        raw = raw.strip()
    try:
        if raw not in (None, ""):
            return convert(question, raw)
    except NotAValue as error:
        raise NotAValue(Text(f"{question.key}: {error.message.en}", f"{question.key}：{error.message.zh}")) from None
    if question.required:
        raise NotAValue(Text(f"'{question.key}' is missing", f"缺少“{question.key}”"))
    return [] if question.type in ("list", "multi") else ""


_CONVERT = {
    "text": _text, "long": _text, "integer": _integer, "number": _number, "money": _money,
    "percent": _percent, "date": _date, "boolean": _boolean, "choice": _choice, "multi": _multi,
    "list": _list, "values": _values,
}


# -- nested look-up --------------------------------------------------------------------------------
_GROUPS = (dict, Mapping)  # dict first: it is asked for a million times, and Mapping takes long to answer
_LEAVES = (str, list, int, float)  # what a value is nearly always, if it is no group


@functools.lru_cache(maxsize=4096)  # a few keys are asked for again and again, of each of many records
def _levels(key: str) -> tuple[str, ...]:
    return tuple(key.split("."))


def get(facts: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """The value at a dotted key, or `default`."""
    if "." not in key:
        return facts.get(key, default)
    node: Any = facts
    for part in _levels(key):
        if not isinstance(node, _GROUPS) or part not in node:
            return default
        node = node[part]
    return node


def put(facts: Facts, key: str, value: Any) -> None:
    """Set the value at a dotted key, making the levels above it."""
    if "." not in key:
        facts[key] = value
        return
    node, levels = facts, _levels(key)
    for part in levels[:-1]:
        inner = node.get(part)
        if not isinstance(inner, dict):
            inner = node[part] = {}
        node = inner
    node[levels[-1]] = value


def answers(facts: Mapping[str, Any], questions: Sequence[Question]) -> Facts:
    """All facts by dotted key; what answers a question for values by name stays whole."""
    made = dict(flatten(facts))
    for key in (question.key for question in questions if question.type == "values"):
        if isinstance(whole := get(facts, key), _GROUPS):
            made = {name: value for name, value in made.items() if not name.startswith(f"{key}.")} | {key: whole}
    return made


def flatten(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every (dotted key, value); lists are values."""
    for name, value in facts.items():
        key = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping):
            yield from flatten(value, key)
        else:
            yield key, value


def with_text_keys(value: Any) -> Any:
    """The value with every key of its mappings as text: YAML takes ``2026:`` for a number."""
    if isinstance(value, Mapping):
        return {str(key): with_text_keys(inner) for key, inner in value.items()}
    return [with_text_keys(inner) for inner in value] if isinstance(value, list) else value


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> Facts:
    """A deep copy of `under` with what `over` says laid on it; lists are replaced whole."""
    merged: Facts = {key: value if isinstance(value, _LEAVES) or not isinstance(value, _GROUPS) else merge(value, {})
                     for key, value in under.items()}
    for key, value in over.items():
        if isinstance(value, _LEAVES) or not isinstance(value, _GROUPS):
            merged[key] = value
        else:
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, dict) else {}, value)
    return merged
