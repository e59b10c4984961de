"""A project: one client project's folder, whose `project.yaml` holds its identity and facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit.core import facts, located, naming, settings
from folderkit.core.errors import Misuse, Refused, unknown
from folderkit.core.facts import Facts
from folderkit.core.language import Language, Text, parse_language

FILE = "project.yaml"
_LISTED = 10  # codes in a message
OWN_KEY = "folderkit"  # the one key of project.yaml that is not a fact
ID = re.compile(r"[0-9a-f]{12}")


class Project(NamedTuple):
    """One project as its `project.yaml` says; `folder` is absolute."""

    id: str
    folder: Path
    skeleton: str
    skeleton_version: int
    language: Language
    facts: Facts

    @property
    def code(self) -> str:
        return str(facts.get(self.facts, "project.code") or "")

    @property
    def name(self) -> str:
        return str(facts.get(self.facts, "project.name", "") or self.folder.name)

    @property
    def client(self) -> str:
        return str(facts.get(self.facts, "client.name") or "")

    def inside(self, path: Path) -> str:
        """The path from this project's folder, "" for that itself; a link at its end is not followed. Raises
        `Misuse`."""
        place = path.resolve() if path.name == ".." else path.parent.resolve() / path.name
        if not place.is_relative_to(self.folder):
            raise Misuse(Text(f"'{path}' is not in the project {self.folder.name}.",
                              f"“{path}”不在项目“{self.folder.name}”内。"))
        return "" if place == self.folder else place.relative_to(self.folder).as_posix()


def read_project(folder: Path) -> Project:
    """The project in `folder`. Raises `Faults` naming file and line when its `project.yaml` is broken."""
    faults: list[located.Fault] = []
    return _project_of(located.read(folder / FILE, faults), folder, faults)


def parse_project(text: str, folder: Path) -> Project:
    """The project whose `project.yaml` holds, or held, `text`. Raises `Faults`."""
    faults: list[located.Fault] = []
    return _project_of(located.parse(text, str(folder / FILE), faults), folder, faults)


def _project_of(reader: located.Reader, folder: Path, faults: list[located.Fault]) -> Project:
    values = reader.value() if reader.expect_mapping() else {}
    identity, skeleton, version, language = "", "", 1, "en"
    if OWN_KEY not in reader:
        reader.fault(Text(f"'{OWN_KEY}:' with the project's id is missing.", f"缺少带项目标识的“{OWN_KEY}:”。"))
    else:
        own = reader.at(OWN_KEY)
        own.only("id", "skeleton", "version", "language")
        identity, skeleton, version = own.text("id"), own.text("skeleton", ""), own.number("version", 1)
        language = own.choice("language", ("zh", "en"), "en")
        if identity and not ID.fullmatch(identity):
            own.fault_at("id", Text("The id must be 12 hexadecimal digits.", "id 应为 12 位十六进制数。"))
    for key, value in reader.items():
        if key in ("project", "client") and not hasattr(value.value(), "keys"):
            value.fault(Text(f"'{key}' must be 'key: value' lines.", f"“{key}”应为“键: 值”的形式。"))
    located.raise_if_any(faults)
    own_facts = {key: value for key, value in facts.with_text_keys(values or {}).items() if key != OWN_KEY}
    return Project(identity, folder, skeleton, version, parse_language(language) or "en", own_facts)


def fact_faults(file: Path, questions: Sequence[facts.Question]) -> list[located.Fault]:
    """What stands in a YAML file of facts, such as a project's `project.yaml`, and cannot be an answer to these
    questions, with its line: a person edits that file. What is empty is no fault."""
    faults: list[located.Fault] = []
    whole = located.read(file, faults)
    for question in questions:
        reader: located.Reader | None = whole
        for part in question.key.split("."):
            reader = reader.at(part) if reader is not None and part in reader else None
        if reader is not None:
            members = list(reader.members()) if question.type == "list" else []
            if question.fields and not members and reader.value() not in (None, "", []):
                reader.fault(Text(f"'{question.key}' must be a list ('- …' lines).",
                                  f"“{question.key}”应为列表（“- …”）。"))
                continue
            for one in members or [reader]:
                value = facts.with_text_keys(one.value())
                try:
                    if value not in (None, "", []):
                        facts.convert(question, [value] if members else value)
                except facts.NotAValue as error:
                    one.fault(Text(f"{question.key}: {error.message.en}", f"{question.key}：{error.message.zh}"))
    return sorted(faults)


def project_text(identity: str, skeleton: str, version: int, language: Language, values: Facts) -> str:
    """The `project.yaml` of a new project."""
    import yaml

    head = {
        "zh": "# 本项目的信息。可以直接修改：folderkit 用这些内容填写文档。\n",
        "en": "# The facts of this project. Change them freely: folderkit fills documents from them.\n",
    }[language]
    own = {OWN_KEY: {"id": identity, "skeleton": skeleton, "version": version, "language": language}}
    parts = [yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=100)
             for key, value in values.items()]
    return head + "".join(parts) + yaml.safe_dump(own, sort_keys=False)


def harmless(name: str) -> str:
    """A stranger's name for a file, so that it makes no folder look like a project or a workspace, and no file beside
    it look open."""
    odd = naming.key_of(name) in (FILE, settings.FILE) or name.startswith(("~$", ".~"))
    return f"_{name}" if odd else name


def choose(projects: Sequence[Project], word: str) -> Project:
    """The project that `word` names: its code, its folder, or a part of its name that no other has."""
    wanted = naming.key_of(word)
    path = Path(word).resolve()
    for match in (
        [project for project in projects if naming.key_of(project.code) == wanted],
        [project for project in projects if project.folder == path or naming.key_of(project.folder.name) == wanted],
        [project for project in projects
         if wanted in naming.key_of(f"{project.folder.name}\n{project.name}\n{project.client}")],
    ):
        if len(match) == 1:
            return match[0]
        if match:
            raise _several(word, match)
    names = {name for project in projects for name in (project.name, project.client, project.folder.name) if name}
    if any(char.isdigit() for char in word) or not names:  # a code that is nearly another one is no slip of the finger
        names = {project.code or project.folder.name for project in projects}
        raise Misuse(Text(f"There is no project '{word}'.", f"没有项目“{word}”。"),
                     Text("'folderkit list' shows them.", "用 folderkit list 查看。") if len(names) > _LISTED
                     else Text(f"There are: {', '.join(sorted(names)) or 'none'}.",
                               f"现有：{'、'.join(sorted(names)) or '没有'}。"))
    raise unknown(Text("project", "项目"), word, names)


def _several(word: str, match: Sequence[Project]) -> Misuse:
    codes = {project.code for project in match}
    if len(codes) == len(match) and "" not in codes:
        names, hint = sorted(codes), Text("Name one by its code.", "请用项目编号指定一个。")
    else:
        names = [project.folder.name for project in match]
        hint = Text("Name one by its folder.", "请用文件夹名指定一个。")
    return Misuse(Text(f"'{word}' fits several projects: {', '.join(names)}.",
                       f"“{word}”对应多个项目：{'、'.join(names)}。"), hint)


def around(projects: Sequence[Project], place: Path) -> Project | None:
    """The project whose folder holds `place`, or None."""
    place = place.resolve()
    return next((project for project in projects if place.is_relative_to(project.folder)), None)


def require_around(projects: Sequence[Project], place: Path) -> Project:
    found = around(projects, place)
    if found is None:
        raise Refused(
            Text(f"'{place}' is not in a project.", f"“{place}”不在任何项目内。"),
            Text("Go into a project's folder, or name the project with -p PROJECT.",
                 "请进入项目文件夹，或用 -p 指定项目。"))
    return found
