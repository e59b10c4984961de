"""Filing rules as they stand in ``rules:`` of folderkit.yaml and of a skeleton: read and checked, not yet applied."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from folderkit.core import naming
from folderkit.core.errors import did_you_mean
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.located import Reader
from folderkit.core.suggestions import FACTS

TYPES = ("pdf", "word", "excel", "slides", "picture", "sound", "film", "drawing", "mail", "chat",
         "transcript", "archive", "web", "text", "other")  # what a file is, by its first bytes
DATE_SOURCES = ("content", "mail", "name", "mtime")
SOURCES = ("content", "name", "subject")
ON_CONFLICT = ("number", "version", "ask")
FIELDS = ("type", "title", "version", "date", "number", "amount", "counterparty", "name")  # known in `file: name:`
_UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?B)?", re.IGNORECASE)
_ID = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*")
_GROUPS = ("all", "any", "none")
_TAKEN = {"project", "client", "type", "name", "tags", "rule"}  # what names of facts mean something else already
Kind = Literal["all", "any", "none", "place", "ext", "type", "name", "content", "heading", "sender", "subject", "size",
               "date", "paper"]


class Condition(NamedTuple):
    """One test of a file. `parts` are those of all, any and none; `words` the texts, patterns, endings or types of
    which one must fit; `low` and `high` a size in bytes or a day, as numbers (`date.toordinal`)."""

    kind: Kind
    parts: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


class Finding(NamedTuple):
    """How one fact of a file is found: by a pattern, in the first of the sources in which it occurs; or it is what the
    text suggests, by a name of `core.suggestions.FACTS`."""

    pattern: str
    sources: tuple[str, ...]
    suggested: str = ""


class Rule(NamedTuple):
    """Which files it is for, what it notes of them, and where they go. `to` is a node's id (empty: they stay where
    they are), `name` a pattern (empty: that of the folder), `type` what such a file is called in names."""

    id: str
    about: Text
    match: Condition
    to: str = ""
    name: str = ""
    on_conflict: str = "number"
    type: Text = NO_TEXT
    date: tuple[str, ...] = DATE_SOURCES
    findings: Mapping[str, Finding] = MappingProxyType({})
    tags: tuple[str, ...] = ()
    unpack: bool = False


class Names(NamedTuple):
    """What rules may refer to: the nodes of the skeleton (None: any), the facts of a project (None: any), and the
    papers that are recognised."""

    nodes: Collection[str] | None
    facts: Collection[str] | None
    papers: Collection[str]


def read_rules(reader: Reader, names: Names) -> tuple[Rule, ...]:
    """The rules in the list `rules` of this mapping; what is wrong is noted by line."""
    rules: list[Rule] = []
    for inner in reader.each("rules"):
        if inner.expect_mapping():
            rule = _read_rule(inner, names)
            if any(rule.id and rule.id == other.id for other in rules):
                inner.fault_at("id", Text(f"The rule '{rule.id}' is there twice.", f"规则“{rule.id}”重复了。"))
            rules.append(rule)
    return tuple(rules)


def _read_rule(reader: Reader, names: Names) -> Rule:
    reader.only("id", "about", "match", "set", "file", "tags", "unpack")
    match = _read_condition(reader.at("match")) if "match" in reader else Condition("all")
    if "match" not in reader:
        reader.fault(Text("'match' is missing: which files is the rule for?", "缺少“match”：规则适用于哪些文件？"))
    _check_papers(reader, match, names.papers)
    for group in _groups_of(match):
        _check_fact(reader, "match", group, names)
    setting = reader.at("set") if "set" in reader else None
    findings = _read_findings(setting, names) if setting else {}
    to, name, on_conflict = _read_file(reader, names, {*findings, *_groups_of(match)})
    return Rule(_read_id(reader), reader.bilingual("about", NO_TEXT), match, to, name, on_conflict,
                setting.bilingual("type", NO_TEXT) if setting else NO_TEXT,
                _read_date(setting) if setting else DATE_SOURCES, findings, reader.texts("tags"),
                reader.flag("unpack"))


def _read_id(reader: Reader) -> str:
    identity = reader.text("id")
    if identity and not _ID.fullmatch(identity):
        reader.fault_at("id", Text(f"'{identity}' is no id: use small Latin letters, digits, '-', '_' and '.'.",
                                   f"“{identity}”不能作为 id：只用小写拉丁字母、数字、“-”、“_”和“.”。"))
    return identity


# -- match -----------------------------------------------------------------------------------------
def _read_condition(reader: Reader) -> Condition:
    """A mapping, all of whose lines must fit; or a list of such, for `all`, `any` and `none`."""
    reader.only(*_GROUPS, *_TESTS)
    keys = reader.keys()
    parts = [_read_group(reader, key) if key in _GROUPS else _TESTS[key](reader, key)
             for key in keys if key in _GROUPS or key in _TESTS]
    if not parts:
        reader.fault(Text("Here must stand what a file must be like, such as ext: [pdf].",
                          "这里应写明文件的条件，例如 ext: [pdf]。"))
    return parts[0] if len(parts) == 1 else Condition("all", tuple(parts))


def _read_group(reader: Reader, key: str) -> Condition:
    kind: Kind = "all" if key == "all" else "any" if key == "any" else "none"
    if reader.at(key).is_empty():
        _tell_empty(reader, key)
    return Condition(kind, tuple(_read_condition(inner) for inner in reader.each(key) if inner.expect_mapping()))


def _read_words(reader: Reader, key: str) -> tuple[str, ...]:
    if reader.at(key).is_empty():
        _tell_empty(reader, key)
        return ()
    return reader.texts(key)


def _tell_empty(reader: Reader, key: str) -> None:
    """A test of nothing would fit every file, or none."""
    reader.fault_at(key, Text(f"'{key}' is empty.", f"“{key}”是空的。"))


def _read_place(reader: Reader, key: str) -> Condition:
    return Condition("place", words=_read_words(reader, key))


def _read_ext(reader: Reader, key: str) -> Condition:
    return Condition("ext", words=tuple(word.lower().lstrip(".") for word in _read_words(reader, key)))


def _read_type(reader: Reader, key: str) -> Condition:
    words = _read_words(reader, key)
    for word in words:
        if word not in TYPES:
            guess = did_you_mean(word, TYPES) or Text(f"There are: {', '.join(TYPES)}.", f"可用：{'、'.join(TYPES)}。")
            reader.fault_at(key, Text(f"There is no type '{word}'. {guess.en}", f"没有类型“{word}”。{guess.zh}"))
    return Condition("type", words=words)


def _read_paper(reader: Reader, key: str) -> Condition:
    return Condition("paper", words=_read_words(reader, key))


def _read_patterns(reader: Reader, key: str) -> Condition:
    kind: Kind = "name" if key == "name" else "subject"
    words = _read_words(reader, key)
    for word in words:
        _check_regex(reader, key, word)
    return Condition(kind, words=words)


def _read_sender(reader: Reader, key: str) -> Condition:
    return Condition("sender", words=_read_words(reader, key))


def _read_text(reader: Reader, key: str) -> Condition:
    """Words of which one occurs, or ``{all: […], any: […], none: […], pattern: '…'}``."""
    kind: Kind = "content" if key == "content" else "heading"
    inner = reader.at(key)
    if inner.is_empty() or not inner.keys():
        return Condition(kind, words=_read_words(reader, key))
    inner.only(*_GROUPS, "pattern")
    parts: list[Condition] = []
    if "all" in inner:
        parts += [Condition(kind, words=(word,)) for word in _read_words(inner, "all")]
    if "any" in inner:
        parts.append(Condition(kind, words=_read_words(inner, "any")))
    if "none" in inner:
        parts.append(Condition("none", (Condition(kind, words=_read_words(inner, "none")),)))
    if "pattern" in inner:
        pattern = inner.text("pattern")
        _check_regex(inner, "pattern", pattern)
        parts.append(Condition(kind, words=(f"{PATTERN}{pattern}",)))
    return Condition("all", tuple(parts))


PATTERN = "\0"  # before a word of `content` and `heading` that is a pattern


def _check_regex(reader: Reader, key: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reader.fault_at(key, Text(f"'{pattern}' is no regular expression: {error}.",
                                  f"“{pattern}”不是有效的正则表达式：“{error}”。"))


def _read_size(reader: Reader, key: str) -> Condition:
    return _read_range("size", reader, key, ("min", "max"), _size_of)


def _read_day(reader: Reader, key: str) -> Condition:
    return _read_range("date", reader, key, ("from", "to"), _day_of)


def _read_range(kind: Kind, reader: Reader, key: str, bounds: tuple[str, str],
                parse: Callable[[str], float | None]) -> Condition:
    inner = reader.at(key)
    inner.only(*bounds)
    if inner.is_empty():
        _tell_empty(reader, key)
    low, high = (_read_bound(inner, bound, parse) for bound in bounds)
    if low is not None and high is not None and low > high:
        inner.fault(Text(f"No file can be of this {key}: '{bounds[0]}' is more than '{bounds[1]}'.",
                         f"没有文件能符合：“{bounds[0]}”大于“{bounds[1]}”。"))
    return Condition(kind, low=low, high=high)


def _read_bound(inner: Reader, bound: str, parse: Callable[[str], float | None]) -> float | None:
    word = inner.text(bound) if bound in inner else ""
    found = parse(word) if word else None
    if word and found is None:
        inner.fault_at(bound, Text(f"'{word}' is no size such as 10 MB.", f"“{word}”不是 10 MB 这样的大小。")
                       if bound in ("min", "max") else
                       Text(f"'{word}' is no day such as 2026-03-01.", f"“{word}”不是 2026-03-01 这样的日期。"))
    return found


def _size_of(word: str) -> float | None:
    found = _SIZE.fullmatch(word.strip())
    return float(found[1]) * _UNITS[(found[2] or "").upper()] if found else None


def _day_of(word: str) -> float | None:
    try:
        return dt.date.fromisoformat(word).toordinal()
    except ValueError:
        return None


_TESTS = {
    "place": _read_place, "ext": _read_ext, "type": _read_type, "paper": _read_paper, "name": _read_patterns,
    "content": _read_text, "heading": _read_text, "sender": _read_sender, "subject": _read_patterns,
    "size": _read_size, "date": _read_day,
}


def _walk(condition: Condition) -> Iterator[Condition]:
    yield condition
    for part in condition.parts:
        yield from _walk(part)


def _check_papers(reader: Reader, match: Condition, known: Collection[str]) -> None:
    for condition in _walk(match):
        for word in condition.words if condition.kind == "paper" else ():
            if word not in known:
                guess = did_you_mean(word, known) or Text(f"There are: {', '.join(known)}.",
                                                          f"可用：{'、'.join(known)}。")
                reader.fault_at("match", Text(f"There is no paper '{word}'. {guess.en}",
                                              f"没有名为“{word}”的文件种类。{guess.zh}"))


def _groups_of(match: Condition) -> Iterator[str]:
    """The named groups of its patterns: facts that come with the match."""
    for condition in _walk(match):
        for word in condition.words:
            if condition.kind in ("name", "subject") or word.startswith(PATTERN):
                try:
                    yield from re.compile(word.removeprefix(PATTERN)).groupindex
                except (re.error, OverflowError, RecursionError):
                    continue  # told already


# -- set, file -------------------------------------------------------------------------------------
def _read_date(reader: Reader) -> tuple[str, ...]:
    return _read_sources(reader, "date", DATE_SOURCES) if "date" in reader else DATE_SOURCES


def _read_sources(reader: Reader, key: str, known: Collection[str]) -> tuple[str, ...]:
    words = _read_words(reader, key)
    for word in words:
        if word not in known:
            reader.fault_at(key, Text(f"'{word}' is not one of: {', '.join(known)}.",
                                      f"“{word}”不在可选值中：{'、'.join(known)}。"))
    return words


def _check_fact(reader: Reader, key: str, name: str, names: Names) -> None:
    """Note when a fact of a file could not be told from what stands there anyway."""
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        reader.fault_at(key, Text(f"'{name}' is no name of a fact: use small Latin letters, digits and '_'.",
                                  f"“{name}”不能作为名称：只用小写拉丁字母、数字和“_”。"))
    elif name in _TAKEN or any(fact.startswith(f"{name}.") for fact in names.facts or ()):
        reader.fault_at(key, Text(f"'{name}' means something else already; choose another name for this fact.",
                                  f"“{name}”已有别的含义，请给这个字段换一个名称。"))


def _read_findings(reader: Reader, names: Names) -> dict[str, Finding]:
    """``number: 'No\\. (\\d+)'``, ``number: {from: [content, name], pattern: '…'}`` or
    ``number: {suggested: invoice}``; type and date are apart."""
    found: dict[str, Finding] = {}
    for key, inner in reader.items():
        if key in ("type", "date"):
            continue
        _check_fact(reader, key, key, names)
        if "suggested" in inner:
            inner.only("suggested")
            found[key] = Finding("", (), inner.choice("suggested", tuple(FACTS)))
        elif inner.keys():
            inner.only("from", "pattern")
            sources = _read_sources(inner, "from", SOURCES) if "from" in inner else SOURCES
            found[key] = Finding(inner.text("pattern"), sources)
            _check_regex(inner, "pattern", found[key].pattern)
        else:
            found[key] = Finding(reader.text(key), SOURCES)
            _check_regex(reader, key, found[key].pattern)
    return found


def _read_file(reader: Reader, names: Names, found: Collection[str]) -> tuple[str, str, str]:
    if "file" not in reader:
        return "", "", "number"
    file = reader.at("file")
    file.only("to", "name", "on_conflict")
    to, name = file.text("to", ""), file.text("name", "")
    if names.nodes is not None and to and to not in names.nodes:
        guess = did_you_mean(to, names.nodes, NO_TEXT) or NO_TEXT
        file.fault_at("to", Text(f"The skeleton has no node '{to}'. {guess.en}".strip(),
                                 f"骨架中没有节点“{to}”。{guess.zh}"))
    if name:
        check_document_name(file, "name", name, None if names.facts is None else {*names.facts, *found})
    return to, name, file.choice("on_conflict", ON_CONFLICT, "number")


def fields_of(reader: Reader, key: str, pattern: str) -> list[str] | None:
    """The names to which a pattern refers; None when it cannot be read, which is noted."""
    try:
        return naming.pattern_fields(pattern)
    except naming.NotAPattern as error:
        reader.fault_at(key, Text(f"This pattern cannot be read: {error.message.en}.",
                                  f"无法理解这个模式：{error.message.zh}。"))
        return None


def check_document_name(reader: Reader, key: str, pattern: str, facts: Collection[str] | None) -> None:
    """Note what is wrong with a pattern of files' names; None: it may refer to any fact."""
    fields = fields_of(reader, key, pattern)
    if fields is None:
        return
    for name in fields:
        if facts is not None and name not in facts and name not in FIELDS:
            guess = did_you_mean(name, {*facts, *FIELDS}, NO_TEXT) or NO_TEXT
            reader.fault_at(key, Text(f"There is no fact '{name}'. {guess.en}".strip(),
                                      f"没有名为“{name}”的字段。{guess.zh}"))
    fault = naming.fault_of(re.sub(r"\{[^{}]*\}", "x", pattern))
    if fault:
        reader.fault_at(key, Text(f"'{pattern}' cannot be a name: {fault.en}.",
                                  f"“{pattern}”不能作为名称：{fault.zh}。"))
