"""Reading ``skeleton.yaml`` and finding every fault in it, each with its line."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from folderkit.core import located, naming
from folderkit.core.errors import did_you_mean
from folderkit.core.facts import Question, read_question
from folderkit.core.language import LANGUAGES, NO_TEXT, Text
from folderkit.core.located import Fault, Reader
from folderkit.skeletons.model import SOURCES, FileNode, FolderNode, Skeleton, Source

FILE = "skeleton.yaml"
_ID = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*")
_ALWAYS = {"project.name", "project.code", "client.name", "project.start_date", "project.due_date", "today", "each", "number"}


@dataclass(frozen=True)
class Known:
    """The names that a skeleton may refer to; the rooms that own them are asked by the caller."""

    templates: Collection[str] = ()
    registers: Collection[str] = ()


@dataclass
class _Reading:
    """What is found while one skeleton is read."""

    place: Path
    known: Known
    facts: set[str] = field(default_factory=set)
    ids: dict[str, int] = field(default_factory=dict)


def read_skeleton(place: Path, known: Known) -> Skeleton:
    """The skeleton in the folder `place`. Raises `Faults` with all that is wrong, by line."""
    skeleton, faults = check_skeleton(place, known)
    located.raise_if_any(faults)
    return skeleton


def check_skeleton(place: Path, known: Known) -> tuple[Skeleton, list[Fault]]:
    """The skeleton as far as it can be read, and every fault. Raises `Faults` only when it is not YAML."""
    faults: list[Fault] = []
    reader = located.read(place / FILE, faults)
    reader.only("id", "version", "title", "about", "folder", "naming", "questions", "tree", "files")
    reading = _Reading(place, known)
    questions = tuple(_read_question(key, inner, reading) for key, inner in reader.items("questions"))
    _check_id(reader, "id", place.name)
    skeleton = Skeleton(
        id=reader.text("id"),
        version=reader.number("version"),
        title=reader.bilingual("title"),
        about=reader.bilingual("about", NO_TEXT),
        folder=_pattern(reader, "folder", reading),
        naming=reader.text("naming", "{title}"),
        questions=questions,
        tree=_read_folders(reader, "tree", reading),
        files=_read_files(reader, reading),
        place=place,
    )
    if not skeleton.tree and "tree" not in reader:
        reader.fault(Text("'tree' is missing.", "缺少“tree”。"))
    return skeleton, sorted(faults)


def _check_id(reader: Reader, key: str, folder: str) -> None:
    if key in reader and reader.text(key) != folder:
        reader.fault_at(key, Text(f"The id must be the name of its folder, '{folder}'.",
                                  f"id 应与所在文件夹同名：“{folder}”。"))


def _read_question(key: str, reader: Reader, reading: _Reading) -> Question:
    question = read_question(key, reader)
    _check_when(reader, reading)
    default = question.default
    if isinstance(default, str) and "{" in default:
        _check_pattern(reader, "default", default, reading)
    reading.facts.add(key)
    return question


def _check_when(reader: Reader, reading: _Reading) -> str:
    condition = reader.text("when", "")
    if condition:
        from folderkit.core import tags

        fault = tags.condition_fault(condition)
        if fault:
            reader.fault_at("when", fault)
    return condition


def _check_pattern(reader: Reader, key: str, pattern: str, reading: _Reading) -> None:
    known = reading.facts | _ALWAYS
    try:
        fields = naming.pattern_fields(pattern)
    except ValueError as error:
        reader.fault_at(key, Text(f"This pattern cannot be read: {error}.", f"无法理解这个模式：{error}。"))
        return
    for name in fields:
        if name not in known:
            guess = did_you_mean(name, known) or Text("It is not among the questions.", "它不在问题列表中。")
            reader.fault_at(key, Text(f"There is no fact '{name}'. {guess.en}",
                                      f"没有“{name}”这个字段。{guess.zh}"))


def _pattern(reader: Reader, key: str, reading: _Reading) -> str:
    pattern = reader.text(key)
    _check_pattern(reader, key, pattern, reading)
    return pattern


def _read_names(reader: Reader, reading: _Reading, default: Text | None = None) -> Text:
    """The names of a node; each must be possible everywhere, and its pattern must be known."""
    name = reader.bilingual("name", default)
    for text in name.every():
        _check_pattern(reader, "name", text, reading)
        fault = naming.fault_of(re.sub(r"\{[^{}]*\}", "x", text)) if text else None
        if fault:
            reader.fault_at("name", Text(f"'{text}' cannot be a name: {fault.en}.",
                                         f"“{text}”不能作为名称：{fault.zh}。"))
    return name


def _claim(reader: Reader, reading: _Reading, above: str) -> str:
    identity = reader.text("id")
    line = reader.node.start_mark.line + 1
    if identity and not _ID.fullmatch(identity):
        reader.fault_at("id", Text(f"'{identity}' is no id: use small Latin letters, digits, '-' and '.'.",
                                   f"“{identity}”不能作为 id：只用小写拉丁字母、数字、“-”和“.”。"))
    elif above and identity and not identity.startswith(f"{above}."):
        reader.fault_at("id", Text(f"The id must begin with '{above}.', its parent's id.",
                                   f"id 应以上级的 id 开头：“{above}.”。"))
    if identity in reading.ids:
        reader.fault_at("id", Text(f"The id '{identity}' is already used in line {reading.ids[identity]}.",
                                   f"id“{identity}”在第 {reading.ids[identity]} 行已经用过。"))
    reading.ids.setdefault(identity, line)
    return identity


def _read_folders(reader: Reader, key: str, reading: _Reading, above: str = "") -> tuple[FolderNode, ...]:
    folders, taken = [], dict[tuple[str, str], str]()
    for inner in reader.each(key):
        inner.only("id", "name", "about", "when", "for_each", "folders", "files")
        identity = _claim(inner, reading, above)
        node = FolderNode(
            id=identity,
            name=_read_names(inner, reading),
            about=inner.bilingual("about", NO_TEXT),
            when=_check_when(inner, reading),
            for_each=_check_for_each(inner, reading),
            folders=_read_folders(inner, "folders", reading, identity),
            files=_read_files(inner, reading, identity),
        )
        for language in LANGUAGES:
            name = naming.key_of(node.name.in_(language))
            if taken.setdefault((language, name), identity) != identity:
                inner.fault_at("name", Text(f"Two folders beside each other are named '{name}'.",
                                            f"同一层有两个文件夹都叫“{name}”。"))
        folders.append(node)
    return tuple(folders)


def _check_for_each(reader: Reader, reading: _Reading) -> str:
    key = reader.text("for_each", "")
    if key and key not in reading.facts:
        guess = did_you_mean(key, reading.facts) or NO_TEXT
        reader.fault_at("for_each", Text(f"There is no question '{key}'. {guess.en}",
                                         f"没有问题“{key}”。{guess.zh}"))
    return key


def _read_files(reader: Reader, reading: _Reading, above: str = "") -> tuple[FileNode, ...]:
    files = []
    for inner in reader.each("files"):
        inner.only("id", "name", "when", *SOURCES)
        sources = [source for source in SOURCES if source in inner]
        if len(sources) != 1:
            inner.fault(Text(f"A file needs exactly one of: {', '.join(SOURCES)}.",
                             f"文件需要且只能有其中一项：{'、'.join(SOURCES)}。"))
        source: Source = sources[0] if sources else "copy"
        reference = inner.text(source, "") if sources else ""
        _check_reference(inner, source, reference, reading)
        default = NO_TEXT if source in ("register", "template") else None
        files.append(FileNode(_claim(inner, reading, above), _read_names(inner, reading, default), source, reference,
                              _check_when(inner, reading)))
    return tuple(files)


def _check_reference(reader: Reader, source: Source, reference: str, reading: _Reading) -> None:
    if source not in reader:
        return
    if source in ("register", "template"):
        known = reading.known.registers if source == "register" else reading.known.templates
        word = Text(source, "登记册" if source == "register" else "模板")
        if reference not in known:
            guess = did_you_mean(reference, known, Text(f"There are: {', '.join(known)}.",
                                                        f"现有：{'、'.join(known)}。"))
            assert guess is not None  # noqa: S101  there is an `otherwise`
            reader.fault_at(source, Text(f"There is no {word.en} '{reference}'. {guess.en}",
                                         f"没有名为“{reference}”的{word.zh}。{guess.zh}"))
        return
    path = PurePosixPath(reference)
    if path.is_absolute() or ".." in path.parts or "\\" in reference:
        reader.fault_at(source, Text("The file must lie in the skeleton's folder.", "文件应在骨架的文件夹内。"))
        return
    for language in LANGUAGES:
        if not (reading.place / reference.replace("{lang}", language)).is_file():
            reader.fault_at(source, Text(f"There is no file '{reference.replace('{lang}', language)}'.",
                                         f"没有文件“{reference.replace('{lang}', language)}”。"))
            return
