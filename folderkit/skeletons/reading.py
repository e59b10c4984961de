"""Reading ``skeleton.yaml`` and finding every fault in it, each with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from folderkit.core import located, naming
from folderkit.core.errors import did_you_mean
from folderkit.core.facts import Question, patterns_in, read_question
from folderkit.core.language import LANGUAGES, NO_TEXT, Text
from folderkit.core.located import Fault, Faults, Reader
from folderkit.core.retention import read_policy
from folderkit.core.rules import FIELDS, Names, Rule, check_document_name, fields_of, read_rules
from folderkit.skeletons import conditions
from folderkit.skeletons.model import SOURCES, FileNode, FolderNode, Skeleton, Source

FILE = "skeleton.yaml"
REQUIRED = ("project.name", "client.name")  # what a project is found by
_ID = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*")
_NEXT = re.compile(r"(?:[^{}]|\{yyyy\}|\{yy\}|\{mm\})*\{n+\}(?:[^{}]|\{yyyy\}|\{yy\}|\{mm\})*")
_EACH = ("each", "number")  # known in the names below a node with `for_each`
AS_THEY_CAME = "none"  # the `naming` of a folder whose files keep their names
_RESERVED = ("folderkit", "firm", "today", "language", *_EACH, *FIELDS)


class Known(NamedTuple):
    """The names that a skeleton may refer to; the rooms that own them are asked by the caller."""

    templates: Collection[str] = ()
    registers: Collection[str] = ()
    papers: Collection[str] | None = None  # None: its rules are not read


@dataclass
class _Reading:
    """What is found while one skeleton is read; `ids` are the nodes' with their lines."""

    place: Path
    known: Known
    questions: dict[str, Question] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Level:
    """Where in the tree a node stands: below which id, and whether it is repeated."""

    above: str = ""
    repeated: bool = False
    taken: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # (language, name): (id, when)


def read_skeleton(place: Path, known: Known) -> Skeleton:
    """The skeleton in the folder `place`. Raises `Faults` with all that is wrong, by line."""
    skeleton, faults = check_skeleton(place, known)
    located.raise_if_any(faults)
    return skeleton


def check_skeleton(place: Path, known: Known) -> tuple[Skeleton, list[Fault]]:
    """The skeleton as far as it can be read, and every fault. Raises `Faults` only when it is not YAML
    or no mapping, and `Failed` when it cannot be read."""
    faults: list[Fault] = []
    reader = located.read(place / FILE, faults)
    if not reader.expect_mapping():
        raise Faults(faults)
    reader.only("id", "version", "title", "about", "folder", "naming", "questions", "tree", "files", "rules")
    reading = _Reading(place, known)
    _read_questions(reader, reading)
    top = _Level()
    skeleton = Skeleton(
        id=_read_id(reader, place.name),
        version=reader.number("version"),
        title=reader.bilingual("title"),
        about=reader.bilingual("about", NO_TEXT),
        folder=_read_folder(reader, reading),
        naming=_read_naming(reader, reading),
        questions=tuple(reading.questions.values()),
        tree=_read_folders(reader, "tree", reading, top),
        files=_read_files(reader, reading, top),
        place=place,
        rules=_read_rules(reader, reading),
    )
    if "tree" not in reader:
        reader.fault(Text("'tree' is missing.", "缺少“tree”。"))
    return skeleton, sorted(faults)


def _read_id(reader: Reader, folder: str) -> str:
    identity = reader.text("id")
    if identity and identity != folder:
        reader.fault_at("id", Text(f"The id must be the name of its folder, '{folder}'.",
                                   f"id 应与所在文件夹同名：“{folder}”。"))
    return identity


def _read_folder(reader: Reader, reading: _Reading) -> str:
    pattern = reader.text("folder")
    _check_name(reader, "folder", pattern, reading, ())
    if pattern and "{" not in pattern:
        reader.fault_at("folder", Text("Every project would get the same folder; put {project.code} in.",
                                       "所有项目会用同一个文件夹；请加入 {project.code}。"))
    return pattern


def _read_naming(reader: Reader, reading: _Reading) -> str:
    pattern = reader.text("naming", "{title}")
    check_document_name(reader, "naming", pattern, reading.questions)
    return pattern


def _read_own_naming(reader: Reader, reading: _Reading) -> str | None:
    """How files in one folder are named: a pattern, or none."""
    if "naming" not in reader:
        return None
    pattern = reader.text("naming")
    if pattern == AS_THEY_CAME:
        return ""
    check_document_name(reader, "naming", pattern, reading.questions)
    return pattern


def _read_rules(reader: Reader, reading: _Reading) -> tuple[Rule, ...]:
    """After the tree, to whose folders they refer."""
    if "rules" not in reader or reading.known.papers is None:
        return ()
    return read_rules(reader, Names(reading.ids, reading.questions, reading.known.papers))


# -- questions -------------------------------------------------------------------------------------
def _read_questions(reader: Reader, reading: _Reading) -> None:
    """Each question may refer to those before it, which are in `reading.questions` by then."""
    for key, inner in reader.items("questions"):
        question = read_question(key, inner)
        _check_key(key, inner, reading)
        _check_when(inner, reading)
        for at, pattern in patterns_in(question, inner):
            _check_pattern(at, "default", pattern, reading.questions)
        if question.next and not _NEXT.fullmatch(question.next):
            inner.fault_at("next", Text("Here must stand a code with one {nnn}, and {yyyy}, {yy}, {mm} as you like.",
                                        "这里应为含一个 {nnn} 的编号，可含 {yyyy}、{yy}、{mm}。"))
        reading.questions[key] = question
    for key in REQUIRED:
        if key not in reading.questions:
            reader.fault_at("questions", Text(f"The question '{key}' is missing; every project needs it.",
                                              f"缺少问题“{key}”，每个项目都需要它。"))


def _check_key(key: str, reader: Reader, reading: _Reading) -> None:
    if key.split(".")[0] in _RESERVED:
        reader.fault(Text(f"'{key.split('.')[0]}' is folderkit's own; choose another key.",
                          f"“{key.split('.')[0]}”由 folderkit 使用，请换一个名称。"))
    for other in reading.questions:
        if f"{other}.".startswith(f"{key}.") or f"{key}.".startswith(f"{other}."):
            reader.fault(Text(f"'{key}' and '{other}' cannot both be: one is a part of the other.",
                              f"“{key}”与“{other}”不能并存：一个是另一个的组成部分。"))


def _check_when(reader: Reader, reading: _Reading) -> str:
    condition = reader.text("when", "")
    if condition:
        for fault in conditions.faults_of(condition, reading.questions):
            reader.fault_at("when", fault)
    return condition


# -- names -----------------------------------------------------------------------------------------
def _check_pattern(reader: Reader, key: str, pattern: str, known: Collection[str]) -> None:
    for name in fields_of(reader, key, pattern) or ():
        if name not in known:
            reader.fault_at(key, conditions.no_fact(name, known))


def _check_name(reader: Reader, key: str, pattern: str, reading: _Reading, more: tuple[str, ...]) -> None:
    """A name pattern must be known, and possible with a plain value in each place."""
    if not pattern:
        return
    _check_pattern(reader, key, pattern, {*reading.questions, *more})
    fault = naming.fault_of(re.sub(r"\{[^{}]*\}", "x", pattern))
    if fault:
        reader.fault_at(key, Text(f"'{pattern}' cannot be a name: {fault.en}.",
                                  f"“{pattern}”不能作为名称：{fault.zh}。"))


def _read_names(reader: Reader, reading: _Reading, level: _Level, default: Text | None = None) -> Text:
    """The names of a node, each checked where it stands."""
    name = reader.bilingual("name", default)
    more = _EACH if level.repeated else ()
    if name.en == name.zh:
        _check_name(reader, "name", name.en, reading, more)
    else:
        for language in LANGUAGES:
            _check_name(reader.at("name"), language, name.in_(language), reading, more)
    return name


def _take_name(reader: Reader, level: _Level, identity: str, name: Text, when: str) -> None:
    """Two nodes beside each other need different names, unless conditions may keep them apart."""
    for language in LANGUAGES:
        shown = name.in_(language)
        other, condition = level.taken.setdefault((language, naming.key_of(shown)), (identity, when))
        if shown and other != identity and not (when and condition):
            reader.fault_at("name", Text(f"'{other}' beside it has the same name, '{shown}'.",
                                         f"同一层的“{other}”也叫“{shown}”。"))


# -- nodes -----------------------------------------------------------------------------------------
def _claim(reader: Reader, reading: _Reading, level: _Level) -> str:
    identity = reader.text("id")
    if not identity:
        return ""
    if not _ID.fullmatch(identity):
        reader.fault_at("id", Text(f"'{identity}' is no id: use small Latin letters, digits, '-', '_' and '.'.",
                                   f"“{identity}”不能作为 id：只用小写拉丁字母、数字、“-”、“_”和“.”。"))
    elif level.above and not identity.startswith(f"{level.above}."):
        reader.fault_at("id", Text(f"The id must begin with '{level.above}.', its parent's id.",
                                   f"id 应以上级的 id 开头：“{level.above}.”。"))
    if identity in reading.ids:
        reader.fault_at("id", Text(f"The id '{identity}' is already used in line {reading.ids[identity]}.",
                                   f"id“{identity}”在第 {reading.ids[identity]} 行已经用过。"))
    reading.ids.setdefault(identity, reader.at("id").node.start_mark.line + 1)
    return identity


def _read_folders(reader: Reader, key: str, reading: _Reading, level: _Level) -> tuple[FolderNode, ...]:
    return tuple(_read_one_folder(inner, reading, level) for inner in _mappings(reader, key))


def _mappings(reader: Reader, key: str) -> Iterator[Reader]:
    for inner in reader.each(key):
        if inner.expect_mapping():
            yield inner


def _read_one_folder(reader: Reader, reading: _Reading, level: _Level) -> FolderNode:
    reader.only("id", "name", "about", "when", "for_each", "keep", "naming", "folders", "files")
    identity, for_each = _claim(reader, reading, level), _read_for_each(reader, reading)
    inside = _Level(identity, level.repeated or bool(for_each))
    node = FolderNode(
        id=identity,
        name=_read_names(reader, reading, inside),
        about=reader.bilingual("about", NO_TEXT),
        when=_check_when(reader, reading),
        for_each=for_each,
        keep=read_policy(reader, "keep", None),
        naming=_read_own_naming(reader, reading),
        folders=_read_folders(reader, "folders", reading, inside),
        files=_read_files(reader, reading, inside),
    )
    _take_name(reader, level, identity, node.name, node.when)
    if for_each and not all(re.search(r"\{(each|number)\b", name) for name in node.name.every()):
        reader.fault_at("name", Text("With 'for_each' the name must hold {each} or {number}.",
                                     "使用 for_each 时，名称应含 {each} 或 {number}。"))
    return node


def _read_for_each(reader: Reader, reading: _Reading) -> str:
    key = reader.text("for_each", "")
    question = reading.questions.get(key)
    if key and question is None:
        reader.fault_at("for_each", conditions.no_fact(key, reading.questions))
    elif question and (question.type not in ("list", "multi") or question.fields):
        reader.fault_at("for_each", Text(f"'{key}' is no list of texts and no choice of several.",
                                         f"“{key}”不是文字列表，也不是多选。"))
    return key


def _read_files(reader: Reader, reading: _Reading, level: _Level) -> tuple[FileNode, ...]:
    return tuple(_read_one_file(inner, reading, level) for inner in _mappings(reader, "files"))


def _read_one_file(reader: Reader, reading: _Reading, level: _Level) -> FileNode:
    reader.only("id", "name", "when", *SOURCES)
    sources = [source for source in SOURCES if source in reader]
    source, reference = sources[0] if sources else "copy", ""
    if len(sources) == 1:
        reference = reader.text(source)
    else:
        reader.fault(Text(f"A file needs exactly one of: {', '.join(SOURCES)}.",
                          f"文件需要且只能有其中一项：{'、'.join(SOURCES)}。"))
    by_itself = not reference or source in ("register", "template")
    node = FileNode(
        id=_claim(reader, reading, level),
        name=_read_names(reader, reading, level, NO_TEXT if by_itself else None),
        source=source,
        reference=reference,
        when=_check_when(reader, reading),
    )
    if reference:
        _check_reference(reader, source, reference, reading)
        _check_ending(reader, node)
    _take_name(reader, level, node.id, node.name, node.when)
    return node


def _check_reference(reader: Reader, source: Source, reference: str, reading: _Reading) -> None:
    if source in ("copy", "text"):
        _check_own_file(reader, source, reference, reading.place)
        return
    known = sorted(reading.known.registers if source == "register" else reading.known.templates)
    if reference not in known:
        word = Text(source, "登记册" if source == "register" else "模板")
        guess = did_you_mean(reference, known) or Text(f"There are: {', '.join(known) or 'none'}.",
                                                       f"现有：{'、'.join(known) or '没有'}。")
        reader.fault_at(source, Text(f"There is no {word.en} '{reference}'. {guess.en}",
                                     f"没有名为“{reference}”的{word.zh}。{guess.zh}"))


def _check_own_file(reader: Reader, source: Source, reference: str, place: Path) -> None:
    path = PurePosixPath(reference)
    if path.is_absolute() or ".." in path.parts or "\\" in reference or PureWindowsPath(reference).drive:
        reader.fault_at(source, Text("The file must lie in the skeleton's folder; write its path with '/'.",
                                     "文件应在骨架的文件夹内，路径用“/”分隔。"))
        return
    for shown in dict.fromkeys(reference.replace("{lang}", language) for language in LANGUAGES):
        if "\0" in shown or not (place / shown).is_file():
            reader.fault_at(source, Text(f"There is no file '{shown}' beside the skeleton.",
                                         f"骨架旁没有文件“{shown}”。"))


def _check_ending(reader: Reader, node: FileNode) -> None:
    """A name must end as the file's kind does, or no program would open it."""
    ending = {"register": ".xlsx", "template": ".docx"}.get(node.source, PurePosixPath(node.reference).suffix)
    if any(name and not name.lower().endswith(ending.lower()) for name in node.name.every()):
        reader.fault_at("name", Text(f"The name must end with '{ending}'.", f"名称应以“{ending}”结尾。"))
