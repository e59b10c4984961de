"""Templates: what `template.yaml` says about a Word or Excel file with tags, read and checked."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from folderkit.core import naming
from folderkit.core.errors import FolderkitError, unknown
from folderkit.core.facts import Question, patterns_in, read_question
from folderkit.core.language import LANGUAGES, NO_TEXT, Language, Text, same
from folderkit.core.located import Fault, Reader, raise_if_any, read
from folderkit.core.rules import fields_of
from folderkit.documents.parts.taken import Taken, Takings

ROLES = ("primary", "on_primary", "ink", "accent", "tint", "line")
_NODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_HEX = re.compile(r"[0-9A-Fa-f]{6}")
KINDS = {"word": (".docx", ".dotx", ".docm"), "excel": (".xlsx", ".xltx", ".xlsm", ".xltm")}  # endings of their files
_KEYS = ("version", "kind", "title", "about", "to", "filename", "registers", "colors", "questions")


@dataclass(frozen=True)
class Template:
    """A template and what it asks for.

    `to` is the skeleton node where results go ("" for a bare file), `filename` a pattern for
    `core.naming.expand`, `colors` maps a role (`ROLES`) to the hex colour the designer drew it with. Files that it
    includes lie beside it or in `folders`.
    """

    name: str
    version: int
    title: Text
    about: Text
    kind: str
    editions: Mapping[Language, Path]
    to: str
    filename: str
    questions: tuple[Question, ...] = ()
    registers: tuple[str, ...] = ()
    colors: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    _read: dict[Path, tuple[bytes, Taken]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def suffix(self) -> str:
        """The ending of the documents that it makes; a workbook with macros keeps them."""
        if self.kind == "excel":
            macros = all(path.suffix.lower() in (".xlsm", ".xltm") for path in self.editions.values())
            return ".xlsm" if macros else ".xlsx"
        return ".docx"

    def edition(self, language: Language) -> Path:
        """The file in `language`, or the one there is."""
        return self.editions.get(language) or next(iter(self.editions.values()))

    def read(self, path: Path, taken: Takings | None = None) -> bytes:
        """What an edition holds, or another file that it includes, noted in `taken`; read once, so that whoever saves
        it meanwhile mixes no two states of it. Raises `Failed` when it cannot be read."""
        if path not in self._read:
            from folderkit.documents.parts.package import read_file

            looks = Takings()
            data = read_file(path, looks)
            self._read[path] = data, looks[path]
        data, look = self._read[path]
        if taken is not None:
            taken[path] = look
        return data


def read_template(folder: Path, folders: tuple[Path, ...] = ()) -> Template:
    """The template in `folder`, which may include files from `folders`, too. Raises `Faults` with every fault of its
    template.yaml, `Failed` when unreadable."""
    faults: list[Fault] = []
    path = folder / "template.yaml"
    reader = read(path, faults)
    reader.only(*_KEYS)
    kind = reader.choice("kind", tuple(KINDS), "word")
    template = Template(
        name=folder.name,
        version=reader.number("version"),
        title=reader.bilingual("title"),
        about=reader.bilingual("about", NO_TEXT),
        kind=kind,
        editions=_editions(folder, reader, kind),
        to=_read_node(reader),
        filename=_read_filename(reader, kind),
        questions=tuple(_read_question(key, inner) for key, inner in reader.items("questions")),
        registers=_read_registers(reader),
        colors=_read_colors(reader),
        folders=folders,
    )
    raise_if_any(faults)
    return template


def name_meant(found: Mapping[str, Path], word: str) -> str:
    """The name of the template that is meant by its name, or by its title in either language; `found` are the folders
    of all by their names. Raises `Misuse` when there is none."""
    if word in found:
        return word
    meant = word.strip().casefold()
    for name, folder in found.items():
        with contextlib.suppress(FolderkitError):  # what is wrong in another one is told where that is used
            if meant in {title.casefold() for title in read_template(folder).title.every()}:
                return name
    raise unknown(Text("template", "模板"), word, found)


def _editions(folder: Path, reader: Reader, kind: str) -> dict[Language, Path]:
    suffixes = {"word": (".docx",), "excel": (".xlsx", ".xlsm")}.get(kind, (".docx",))
    paths = {language: folder / f"{folder.name}.{language}{suffixes[0]}" for language in LANGUAGES}
    found = {language: path for language in LANGUAGES for suffix in reversed(suffixes)
             if (path := folder / f"{folder.name}.{language}{suffix}").is_file()}
    if not found:
        names = [path.name for path in paths.values()]
        reader.fault(Text(f"Beside it must lie {names[0]}, {names[1]}, or both.",
                          f"同一文件夹里应有 {names[0]} 或 {names[1]}。"))
    return found


def _read_node(reader: Reader) -> str:
    node = reader.text("to")
    if node and not _NODE.fullmatch(node):
        reader.fault_at("to", Text(f"'{node}' is no node of a skeleton, such as 'documents.requirements'.",
                                   f"“{node}”不是骨架节点，应形如“documents.requirements”。"))
    return node


def _read_question(key: str, reader: Reader) -> Question:
    question = read_question(key, reader)
    for at, pattern in patterns_in(question, reader):
        fields_of(at, "default", pattern)
    return question


def _read_filename(reader: Reader, kind: str) -> str:
    pattern = reader.text("filename")
    try:
        naming.pattern_fields(pattern)
    except naming.NotAPattern as error:
        reader.fault_at("filename", Text(f"This is no name pattern: {error.message.en}.",
                                         f"不是有效的文件名格式：{error.message.zh}。"))
        return ""
    if kind == "excel" and pattern and not pattern.endswith((".xlsx", ".xlsm")):
        reader.fault_at("filename", Text("An Excel file's name must end with '.xlsx'.",
                                         "Excel 文件名应以“.xlsx”结尾。"))
    if kind != "excel" and pattern and not pattern.endswith(".docx"):
        reader.fault_at("filename", Text("A Word file's name must end with '.docx'.", "Word 文件名应以“.docx”结尾。"))
    return pattern


def _read_registers(reader: Reader) -> tuple[str, ...]:
    names = reader.texts("registers")
    for name in names:
        if not _WORD.fullmatch(name):
            reader.fault_at("registers", Text(f"'{name}' is no name of a register.", f"“{name}”不是登记册名称。"))
    return names


def _read_colors(reader: Reader) -> dict[str, str]:
    colors: dict[str, str] = {}
    if "colors" in reader:
        reader.at("colors").only(*ROLES)
    for role, inner in reader.items("colors"):
        value = str(getattr(inner.node, "value", ""))
        if _HEX.fullmatch(value):
            colors[role] = value.upper()
        else:
            inner.fault(Text(f"'{value}' is no colour; write six hex digits, such as '1F3B57'.",
                             f"“{value}”不是颜色，请写六位十六进制数，例如“1F3B57”。"))
    return colors


def kind_of_file(path: Path) -> str:
    """The kind of a bare file by its ending, "" for none; what has none of these is taken for a Word file."""
    return next((kind for kind, endings in KINDS.items() if path.suffix.lower() in endings), "")


def template_of_file(path: Path, language: Language = LANGUAGES[0], folders: tuple[Path, ...] = ()) -> Template:
    """A template made of a bare Word or Excel file, which may include files from `folders`, too: every field it uses is
    a question, required unless the file tests it. When it is filled in the same `language`, it is compiled once."""
    from folderkit.documents.fields import fields_of, questions_of

    editions: dict[Language, Path] = dict.fromkeys(LANGUAGES, path)
    bare = Template(path.stem, 1, same(path.stem), NO_TEXT, kind_of_file(path) or "word", editions, "", "",
                    folders=folders)
    name = path.stem.replace("{", "{{").replace("}", "}}")
    questions = questions_of(fields_of(bare, language))
    if bare.kind == "excel":
        questions = tuple(map(_as_given, questions))
    return replace(bare, filename=f"{name}_V{{doc.version}}{bare.suffix}", questions=questions)


def _as_given(question: Question) -> Question:
    """The question for a cell, which holds a number as well as a text."""
    return question._replace(as_given=question.type == "text", fields=tuple(map(_as_given, question.fields)))
