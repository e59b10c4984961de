"""The form of a template: an empty YAML file with a question to each line, to be filled in by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.facts import TODAY, Facts, Question, choice_label
from folderkit.core.language import Language, Text

_PLAIN_KEY = re.compile(r"[^\W\d]\w*")
_NOT_A_KEY = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")  # what YAML takes for something else
KINDS = {
    "text": Text("text", "文字"), "long": Text("long text", "长文字"), "integer": Text("whole number", "整数"),
    "number": Text("number", "数字"), "money": Text("amount", "金额"), "percent": Text("percentage", "百分比"),
    "date": Text("date", "日期"), "boolean": Text("yes or no", "是或否"), "choice": Text("choice", "单选"),
    "multi": Text("choices", "多选"), "list": Text("list", "列表"), "picture": Text("picture", "图片"),
    "values": Text("values by name", "按名称的一组值")}
_FORMS = {
    "long": Text("for several lines write '|' and indent them below", "多行请先写“|”，再在下面缩进书写"),
    "date": Text("such as 2026-03-31", "例如 2026-03-31"), "money": Text("such as 1200.50", "例如 1200.50"),
    "percent": Text("such as 25%", "例如 25%"), "boolean": Text("write yes or no", "写 yes 或 no"),
    "values": Text("such as {a: 1, b: 2}", "例如 {a: 1, b: 2}"),
    "list": Text("repeat the lines from '-' on for each", "每一项从“-”起重复这几行")}


def write_form(title: Text, called: str, asked: Sequence[Question], ours: Sequence[Question],
               words: Mapping[str, Sequence[str]], language: Language) -> str:
    """The text of the form: `asked` are the questions of the template, `ours` those that folderkit answers itself
    unless a person does; `words` are what the template compares a field with."""
    name = called if re.fullmatch(r"[\w./-]+", called) else f'"{called}"'
    head = Text(
        f"# {_line(title.en)}. Write each answer after its ':', then run:\n#   folderkit fill {name} --data FILE\n",
        f"# {_line(title.zh)}。把答案写在各“:”之后，再运行：\n#   folderkit fill {name} --data 文件\n").in_(language)
    lines = [*_group(asked, "", "", words, language)]
    if not asked:
        lines = [Text("# Nothing needs to be given.", "# 没有需要填写的内容。").in_(language)]
    if ours:
        note = Text("# folderkit knows these itself. To say otherwise, take away the '# ' before them.",
                    "# 以下内容 folderkit 会自动填写；若要自己指定，请去掉行首的“# ”。").in_(language)
        lines += ["", note, *(f"# {line}" for line in _group(ours, "", "", words, language))]
    return head + "\n".join(lines) + "\n"


def name_defaults(questions: Sequence[Question], known: Facts, named: Sequence[Question], language: Language
                  ) -> tuple[Question, ...]:
    """The questions, with what a default refers to in words instead of ``{project.manager}``: the value of the fact
    where it is `known`, else what its question asks for, the first of those `named`."""
    own = {question.key for question in questions}
    asks = {question.key: question.ask for question in reversed(named)}

    def word(name: str, alone: bool) -> str:
        value = None if name in own else facts_.get(known, name)
        if facts_.is_nothing(value):
            asked = _line(asks[name].in_(language)) if name in asks else name
            return f"'{asked}'" if language == "en" else f"“{asked}”"
        if isinstance(value, list) and alone:
            return _joint(language).join(map(str, value))
        return str(value) if isinstance(value, str) or alone else naming.expand(f"{{{name}}}", known)

    def worded(default: Any) -> Any:
        if not isinstance(default, str) or "{" not in default:
            return default
        return naming.worded(default, lambda name: word(name, default == f"{{{name}}}"))

    return tuple(question._replace(default=worded(question.default),
                                   fields=name_defaults(question.fields, known, named, language))
                 for question in questions)


def _group(questions: Sequence[Question], above: str, indent: str, words: Mapping[str, Sequence[str]],
           language: Language) -> Iterator[str]:
    """The lines of questions with a common beginning of their keys, `above`."""
    parts: dict[str, list[Question]] = {}
    for question in questions:
        parts.setdefault(question.key.removeprefix(above).split(".")[0], []).append(question)
    for part, inner in parts.items():
        own = next((question for question in inner if question.key == above + part), None)
        if own is None:
            yield f"{indent}{_key(part)}:"
            yield from _group(inner, f"{above}{part}.", f"{indent}  ", words, language)
        else:
            yield f"{indent}# {_asked(own, words.get(own.key, ()), language)}"
            yield from _empty(own, part, indent, words, language)


def _empty(question: Question, part: str, indent: str, words: Mapping[str, Sequence[str]], language: Language
           ) -> Iterator[str]:
    """The lines in which one question is answered; for a list with one empty member as an example."""
    yield f"{indent}{_key(part)}:"
    if question.type == "multi" or (question.type == "list" and not question.fields):
        yield f"{indent}  -"
    elif question.type == "list":
        yield f"{indent}  -"
        inner = {name.removeprefix(f"{question.key}[]."): said for name, said in words.items()
                 if name.startswith(f"{question.key}[].")}
        yield from _group(question.fields, "", f"{indent}    ", inner, language)


def _asked(question: Question, words: Sequence[str], language: Language) -> str:
    """One line about a question: its words, kind, how to write it, choices, and whether it must be answered."""
    told = [KINDS[question.type].in_(language)]
    if question.type in _FORMS:
        told.append(_FORMS[question.type].in_(language))
    joint = ", " if language == "en" else "、"
    choices = [choice_label(question, key, language) for key in question.choices] or list(words)
    if choices:
        told.append(Text("one of: ", "可选：").in_(language) + joint.join(choices) if question.type != "multi" else
                    Text("any of: ", "可多选：").in_(language) + joint.join(choices))
    if default := _default(question, language):
        told.append(Text(f"if empty: {default}", f"留空则为{'' if default[0] == '“' else ' '}{default}").in_(language))
    elif question.required:
        told.append(Text("required", "必填").in_(language))
    if question.when:
        told.append(Text(f"only when {question.when}", f"仅当 {question.when}").in_(language))
    ask = _line(question.ask.in_(language))
    return f"{ask} ({'; '.join(told)})" if language == "en" else f"{ask}（{'；'.join(told)}）"


def _default(question: Question, language: Language) -> str:
    """The default as a person reads it; "" where there is none."""
    default = question.default
    if facts_.is_nothing(default):
        return ""
    if default == TODAY and question.type == "date":
        return Text("today", "今天").in_(language)
    if isinstance(default, bool):
        return (Text("yes", "是") if default else Text("no", "否")).in_(language)
    joint = _joint(language)
    parts = default if isinstance(default, list) else [default]
    return _line(joint.join(choice_label(question, one, language) if isinstance(one, str) and one in question.choices
                            else joint.join(map(str, one.values())) if isinstance(one, Mapping) else str(one)
                            for one in parts))


def _joint(language: Language) -> str:
    return Text(", ", "、").in_(language)


def _line(text: str) -> str:
    return " ".join(text.split())


def _key(part: str) -> str:
    """A key as YAML reads it as a text."""
    return part if _PLAIN_KEY.fullmatch(part) and part.lower() not in _NOT_A_KEY else json.dumps(
        part, ensure_ascii=False)
