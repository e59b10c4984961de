"""What a template is filled with: facts, the firm, registers, and the answers to its own questions."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.answers import settle_in
from folderkit.core.errors import FolderkitError, Misuse, Refused, did_you_mean
from folderkit.core.facts import Facts, NotAValue, Question, convert
from folderkit.core.language import NO_TEXT, Language, Text
from folderkit.core.settings import Firm

if TYPE_CHECKING:
    from folderkit.catalog import NodeRow
    from folderkit.core.project import Project
    from folderkit.documents import Template
    from folderkit.registers import Register
    from folderkit.skeletons import Skeleton

FIRST_VERSION = "1.0"
_OWN_V = re.compile(r"^[Vv](?=\d)")  # of V1.0, which people write and templates put before it
TEMPLATE_FILES = (".docx", ".dotx", ".docm", ".xlsx", ".xltx", ".xlsm", ".xltm")
DOC_QUESTIONS = (
    Question("doc.version", pattern=r"\S{1,20}", ask=Text("Version", "版本")),
    Question("doc.author", ask=Text("Prepared by", "编制")),
    Question("doc.reviewer", ask=Text("Reviewed by", "审核")),
    Question("doc.approver", ask=Text("Approved by", "批准")),
    Question("doc.date", type="date", default="today", ask=Text("Date", "日期")),
    Question("doc.secrecy", ask=Text("Confidentiality", "密级")),
    Question("doc.change", ask=Text("What is new in this version", "修订内容")),
)


@dataclass(frozen=True)
class Revision:
    """One line of a document's revision table."""

    version: str
    date: dt.date
    author: str
    text: str


@dataclass(frozen=True)
class Material:
    """All that is known before a template's own questions are asked."""

    facts: Facts
    questions: Sequence[Question]
    firm: Firm
    language: Language
    today: dt.date
    registers: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Filling:
    """The context for `documents.render`; `missing` questions must be answered first."""

    context: dict[str, Any]
    missing: tuple[Question, ...]


def material(facts: Facts, questions: Sequence[Question], firm: Firm, language: Language, today: dt.date,
             registers: Mapping[str, list[dict[str, Any]]] | None = None) -> Material:
    """The material of a project; a fact that its skeleton asks for and nobody gave is empty."""
    empty: Facts = {"firm": firm._asdict()}
    for question in questions:
        facts_.put(empty, question.key, [] if question.type in ("list", "multi") else "")
    return Material(facts_.merge(empty, facts), questions, firm, language, today, registers or {})


def fill_in(template: Template, source: Material, given: Mapping[str, Any]) -> Filling:
    """The context of a template. Raises `Misuse` for what was given and cannot be meant, all at once."""
    return Filler(template, source).fill(given)


class Filler:
    """Fills a template from its material, for one set of answers after another; what it asks for is looked up once."""

    def __init__(self, template: Template, source: Material) -> None:
        self._template, self._source = template, source
        self._asked = (*template.questions, *DOC_QUESTIONS)
        self._known = {question.key: question for question in (*DOC_QUESTIONS, *source.questions, *template.questions)}
        self._worded = [question for question in (*source.questions, *template.questions) if _has_words(question)]

    def fill(self, given: Mapping[str, Any]) -> Filling:
        """The context with these answers. Raises `Misuse` for what was given and cannot be meant, all at once."""
        source, values = self._source, self._convert(given)
        told: Facts = {}
        for key, value in values.items():
            facts_.put(told, key, value)
        base = facts_.merge(source.facts, told)
        settled = {key for key, value in values.items()  # of their types already
                   if not facts_.is_nothing(value) and facts_.get(base, key) is value}
        left = [question for question in self._asked if question.key not in settled]
        raw = {question.key: value for question in left
               if (value := facts_.get(base, question.key)) not in (None, "", [])}
        answers = settle_in(base, left, raw, source.today)
        if answers.wrong:
            raise _wrong(answers.wrong)
        _put_words(self._worded, answers.facts, source.language)
        return Filling(_context(self._template, source, answers.facts), tuple(answers.missing))

    def _convert(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        wrong: dict[str, Text] = {}
        for key, raw in given.items():
            if question := self._known.get(key):
                try:
                    value = convert(question, raw) if raw not in (None, "") else ""
                except NotAValue as error:
                    wrong[key] = error.message
                    continue
                if raw is not None and (value != [] or raw == []):  # what stands empty in a form is not given
                    values[key] = value
            elif key in self._used:
                values[key] = raw
            else:
                guess = did_you_mean(key, [*self._known, *self._used]) or NO_TEXT
                wrong[key] = Text(f"the template has no such field. {guess.en}".strip(),
                                  f"模板没有这个字段。{guess.zh}".strip())
        if wrong:
            raise _wrong(wrong)
        return values

    @functools.cached_property
    def _used(self) -> frozenset[str]:
        """The fields that the template uses, and the lists that they are in."""
        from folderkit.documents import fields_of

        names = [found.name for found in fields_of(self._template, self._source.language)]
        return frozenset([*names, *(name[:at] for name in names for at, char in enumerate(name) if char == "[")])


def _wrong(wrong: Mapping[str, Text]) -> Misuse:
    return Misuse(
        Text("\n".join(f"{key}: {text.en}" for key, text in wrong.items()),
             "\n".join(f"{key}：{text.zh}" for key, text in wrong.items())),
        Text("Correct what you gave, then run the command again.", "请改正后再运行一次。"))


def _context(template: Template, source: Material, facts: Facts) -> dict[str, Any]:
    code = str(facts_.get(facts, "project.code", ""))
    initials = "".join(word[0] for word in template.name.split("-") if word).upper()
    held = facts_.get(facts, "meeting.date")  # a project has many of these, each a document of its own
    if "meeting.date" in template.filename and isinstance(held, dt.date):
        initials += f"-{held:%Y%m%d}"
    version = facts_.get(facts, "doc.version") or FIRST_VERSION
    doc = {
        "title": template.title.in_(source.language),
        "code": f"{code}-{initials}" if code else initials,
        "version": _OWN_V.sub("", version) if isinstance(version, str) else version,
        "author": facts_.get(facts, "doc.author") or facts_.get(facts, "project.manager", ""),
        "reviewer": facts_.get(facts, "doc.reviewer", ""),
        "approver": facts_.get(facts, "doc.approver", ""),
        "date": facts_.get(facts, "doc.date") or source.today,
        "secrecy": facts_.get(facts, "doc.secrecy", ""),
        "change": facts_.get(facts, "doc.change", ""),
        "revisions": [],
    }
    rows = {name: source.registers.get(name, []) for name in template.registers}
    return {**facts, **rows, "doc": doc, "today": source.today, "language": source.language}


def _has_words(question: Question) -> bool:
    """Whether words stand for what answers it, or for what is in its members."""
    return bool(question.choices) or any(map(_has_words, question.fields))


def _put_words(questions: Sequence[Question], facts: Facts, language: Language) -> None:
    """Put words of the language in the place of every choice, and its key beside it as ``<name>_key``."""
    for question in questions:
        value = facts_.get(facts, question.key)
        if question.fields and isinstance(value, list):
            records = [facts_.merge(member, {}) for member in value if isinstance(member, dict)]
            for record in records:
                _put_words(question.fields, record, language)
            facts_.put(facts, question.key, records)
        elif question.choices and isinstance(value, list):
            facts_.put(facts, question.key, [_word(question, member, language) for member in value])
        elif question.choices and value not in (None, ""):
            facts_.put(facts, f"{question.key}_key", value)
            facts_.put(facts, question.key, _word(question, value, language))


def _word(question: Question, value: Any, language: Language) -> Any:
    return question.choices[value].in_(language) if value in question.choices else value


def with_revisions(filling: Filling, version: str, earlier: Sequence[Revision]) -> Filling:
    """The filling as the given version of its document, with the revision table up to it."""
    doc = {**filling.context["doc"], "version": version}
    language: Language = filling.context["language"]
    first = Text("First issue", "首次发布") if not earlier else Text("Updated", "内容更新")
    lines = [*earlier, Revision(version, doc["date"], doc["author"], doc["change"] or first.in_(language))]
    doc["change"] = lines[-1].text
    doc["revisions"] = [{"version": line.version, "date": line.date, "author": line.author, "text": line.text}
                        for line in lines]
    return Filling({**filling.context, "doc": doc}, filling.missing)


def file_name(template: Template, context: Mapping[str, Any]) -> str:
    """The name of the filled file. Raises `Misuse` when it is not possible."""
    try:
        name = naming.expand(template.filename, context)
    except KeyError as error:
        raise Misuse(Text(f"The document's name needs '{error.args[0]}', which is not known here.",
                          f"文档名需要“{error.args[0]}”，这里没有它的值。"),
                     Text(f"Give --set {error.args[0]}=…, or name the file with --out PATH.",
                          f"请用 --set {error.args[0]}=… 给出，或用 --out 指定文件。")) from None
    fault = naming.fault_of(name)
    if fault:
        raise Misuse(Text(f"'{name}' cannot be the document's name: {fault.en}.",
                          f"“{name}”不能作为文档名：{fault.zh}。"),
                     Text("Name the file with --out PATH.", "请用 --out 指定文件。"))
    return name


def series_of(template: Template, context: Mapping[str, Any]) -> str:
    """What the names of all versions of this document have in common."""
    doc = {**context["doc"], "version": "", "date": ""}
    return f"{template.name}/{naming.expand(template.filename, {**context, 'doc': doc})}"


def next_version(version: str) -> str:
    """The version after this one: 1.0 → 1.1, 1.9 → 1.10; a form of one's own gets a number added."""
    major, dot, minor = version.rpartition(".")
    return f"{major}.{int(minor) + 1}" if dot and minor.isascii() and minor.isdigit() else f"{version}.1"


def read_registers(template: Template, language: Language, today: dt.date, paths: Mapping[str, Path]
                   ) -> tuple[dict[str, list[dict[str, Any]]], list[tuple[Path, Text, Text]]]:
    """The rows of the registers that a template uses, and what could not be understood: workbook, place, and why.

    `paths` says where each of the project's registers lies. Raises `Refused` when any is not there, or has not the
    columns that it must have: a report would lack them, and nobody would see.
    """
    from folderkit.registers import shown_rows

    registers, faults = open_registers({name: paths[name] for name in template.registers if name in paths}, today)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise Refused(Text("\n".join(fault.message.en for fault in faults),
                           "\n".join(fault.message.zh for fault in faults)), _MEND)
    return ({name: shown_rows(register, language) for name, register in registers.items()},
            [(paths[name], problem.place, problem.message)
             for name, register in registers.items() for problem in register.problems])


def headings_of(template: Template) -> dict[str, dict[str, str]]:
    """What the columns of the registers that a workbook template uses are called, in every language: register → header
    → key."""
    from folderkit.registers import load_schema, schema_names

    if template.kind != "excel":
        return {}
    return {name: {word: column.key for column in load_schema(name).columns
                   for word in (*column.header.every(), *column.aliases)}
            for name in template.registers if name in schema_names()}


def open_registers(paths: Mapping[str, Path], today: dt.date) -> tuple[dict[str, Register], list[FolderkitError]]:
    """The registers that can be read, by name, and what is wrong with the others: each is not there, is no workbook, or
    lacks columns."""
    from folderkit.registers import load_schema, read_workbook

    registers: dict[str, Register] = {}
    faults: list[FolderkitError] = []
    for name, path in paths.items():
        if not path.is_file():
            faults.append(Refused(Text(f"The register '{path.name}' is not in '{path.parent}'.",
                                       f"登记册“{path.name}”不在“{path.parent}”中。"), _MEND))
            continue
        try:
            register = read_workbook(path, load_schema(name), today=today)
        except FolderkitError as error:
            faults.append(error)
            continue
        lost = [problem for problem in register.problems if problem.id in ("header.none", "header.missing")]
        if lost:
            faults.append(Refused(
                Text("\n".join(f"{path.name}: {problem.message.en} ({problem.place.en})".removesuffix(" ()")
                               for problem in lost),
                     "\n".join(f"{path.name}：{problem.message.zh}（{problem.place.zh}）".removesuffix("（）")
                               for problem in lost)),
                Text("Give the columns their names back.", "请改回这些列名。")))
        else:
            registers[name] = register
    return registers, faults


def register_paths(project: Project, skeleton: Skeleton | None, nodes: Mapping[str, NodeRow],
                   only: Sequence[str] | None = None) -> dict[str, Path]:
    """Where each register of a project lies (or those named by `only`), by name: where it was last, or, when it is not
    there, the one workbook of the project that says of itself that it is this register."""
    from folderkit.registers import find_workbooks

    found: dict[str, Path] = {}
    for node in skeleton.file_nodes() if skeleton else ():
        if node.source == "register" and node.id in nodes and (only is None or node.reference in only):
            place = project.folder / nodes[node.id].path
            others = [] if place.is_file() else find_workbooks(project.folder, node.reference)
            found[node.reference] = others[0] if len(others) == 1 else _as_saved(place)
    return found


def _as_saved(place: Path) -> Path:
    """The workbook as somebody has saved it by an old Excel, where it is not there as it was made."""
    old = place.with_suffix(".xls")
    return old if not place.is_file() and old.is_file() else place


_MEND = Text(
    "Give columns their names back. Of a workbook that is gone, 'folderkit history FILE' lists the versions, and "
    "'folderkit restore' brings one back.",
    "请改回列名。工作簿丢失时：用 folderkit history 文件 查看版本，再用 folderkit restore 恢复。")
