"""Templates as their authors see them: what is wrong in one, which fields it has, and the form that asks for them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from folderkit.core import facts, naming, resources
from folderkit.core.errors import FolderkitError, Misuse, Refused, nearest, os_failure
from folderkit.core.facts import Question
from folderkit.core.language import LANGUAGES, NO_TEXT, Language, Text, same
from folderkit.core.located import Faults
from folderkit.core.settings import Firm
from folderkit.filling import DOC_QUESTIONS, TEMPLATE_FILES

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.documents import Field, Template
    from folderkit.documents.findings import Checked, Finding
    from folderkit.documents.known import Known

Source = Literal["asked", "optional", "fact", "register", "firm", "folderkit"]
# type of a column → type of a question; the others are alike
_OF_REGISTERS = {"id": "text", "person": "text", "ref": "text", "path": "text", "enum": "text", "bool": "text",
                 "datetime": "date", "int": "integer", "dec": "number", "pct": "percent"}
_GIVEN = {"today": "date", "language": "text", "doc": "", "doc.title": "text", "doc.code": "text",
          "doc.revisions": "list", "doc.revisions[].version": "text", "doc.revisions[].date": "date",
          "doc.revisions[].author": "text", "doc.revisions[].text": "text"}


@dataclass(frozen=True)
class Report:
    """What a check found in one template: its name, the findings, and how many fields it has, how many of them a person
    must give."""

    name: str
    findings: tuple[Finding, ...]
    fields: int = 0
    asked: int = 0


@dataclass(frozen=True)
class FieldRow:
    """One field: its kind (the type of a question, or as it is judged from use), where its value comes from, the
    question that asks for it, and where the template uses it first."""

    field: Field
    kind: str
    source: Source
    question: Question | None


# -- check -----------------------------------------------------------------------------------------
def check_template(root: Path | None, name: str, language: Language) -> Report:
    """Everything that is wrong in a template, or in the Word or Excel file at a path, read in `language`, and in the
    files that it includes by their names. Raises `Misuse` when there is neither."""
    from folderkit.documents.check import check_file, editions_differ
    from folderkit.documents.findings import Checked, Finding

    templates = resources.shared(root)
    path = _bare_file(name)
    if path:
        checked = check_file(path, language, Firm().currency, _known_of_file(), templates)
        return Report(name, checked.findings, *_counts(checked))
    folder = find_folder(root, name)
    try:
        template = _read(folder)
    except Faults as error:
        return Report(folder.name, tuple(Finding(Path(fault.file), fault.message, place=Text(
            f"line {fault.line}", f"第 {fault.line} 行")) for fault in error.faults))
    known = known_of(root, template)
    editions = {one: check_file(template.edition(one), one, Firm().currency, known, templates)
                for one in LANGUAGES if one in template.editions}
    findings = [finding for checked in editions.values() for finding in checked.findings]
    if not any(finding.grave for finding in findings):
        findings += editions_differ(template, editions)
    findings += _about_questions(folder / "template.yaml", template, editions, known)
    whole = Checked((), tuple({field.name: field for one in editions.values() for field in one.fields}.values()))
    return Report(template.name, tuple(findings), *_counts(whole, root, template))


def _bare_file(name: str) -> Path | None:
    """The Word or Excel file at that path. Raises `Misuse` for what looks like one and is not there."""
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix.lower() in TEMPLATE_FILES:
        raise Misuse(Text(f"'{name}' is a folder.", f"“{name}”是文件夹。") if path.is_dir() else
                     Text(f"There is no file '{name}'.", f"没有文件“{name}”。"),
                     Text("Name a Word or Excel file, or a template: 'folderkit template list' shows them.",
                          "请指定 Word 或 Excel 文件，或模板名；folderkit template list 列出全部模板。"))
    return None


def find_folder(root: Path | None, name: str) -> Path:
    """The folder of the template of that name or title, or at that path. Raises `Misuse` when there is none."""
    from folderkit.documents import name_meant

    if (Path(name) / "template.yaml").is_file():
        return Path(name)
    found = resources.find("templates", root)
    return found[name_meant(found, Path(name).name)]


def _read(folder: Path) -> Template:
    from folderkit.documents import read_template

    return read_template(folder)


def _about_questions(file: Path, template: Template, editions: Mapping[Language, Checked], known: Known
                     ) -> Iterator[Finding]:
    """What template.yaml asks for and nobody uses, and what its file name needs and nobody knows."""
    from folderkit.documents.findings import Finding

    used = {field.name.removesuffix("_key") for checked in editions.values() for field in checked.fields}
    in_name = naming.pattern_fields(template.filename)
    told = " ".join([template.filename, *(f"{one.when} {one.default}" for one in template.questions)])
    if all(checked.fields for checked in editions.values()):
        for key in (question.key for question in template.questions):  # members may be used under other names
            if key not in told and not any(name == key or name.startswith((f"{key}.", f"{key}[")) for name in used):
                yield Finding(file, Text(f"The question '{key}' is asked, and no edition uses the answer.",
                                         f"问题“{key}”的答案没有任何版本用到。"), field=key, grave=False,
                              hint=Text("Use it, or delete the question.", "请用上它，或删除该问题。"))
    for name in in_name:
        if name not in known.types:
            meant = nearest(name, known.types)
            yield Finding(file, Text(f"The file name needs '{name}', which nothing asks for.",
                                     f"文件名用到“{name}”，但没有问题问到它。"), field=name, grave=meant is not None,
                          hint=Text(f"Did you mean '{meant}'?", f"是不是“{meant}”？") if meant else NO_TEXT)


def _counts(checked: Checked, root: Path | None = None, template: Template | None = None) -> tuple[int, int]:
    """How many fields there are, and how many of them a person must give."""
    from folderkit.documents.fields import questions_of

    fields = [field for field in checked.fields if not field.name.endswith("_key")]
    asked = template.questions if template else questions_of(fields)
    return len(fields), sum(one.required and one.default is None for one in asked)


# -- what is known of fields -----------------------------------------------------------------------
def known_of(root: Path | None, template: Template) -> Known:
    """What is known of the fields of a template: its own questions, the facts that skeletons ask for, its registers,
    the firm, and what folderkit knows itself."""
    from folderkit.documents.known import Known
    from folderkit.registers import schema_names

    questions = (*template.questions, *_skeleton_questions(root))
    types = _types_of_file()
    records = set()
    for key, question in facts.with_members((*DOC_QUESTIONS, *questions)):
        types.setdefault(key, question.type)
        if question.choices:
            types.setdefault(f"{key}_key", "text")
        if question.fields:
            records.add(key)
    for name in template.registers:
        types.update(_types_of_register(name))
    elsewhere = {name: Text(f"Add '{name}' to 'registers' in template.yaml.",
                            f"请在 template.yaml 的 registers 中加上“{name}”。")
                 for name in schema_names() if name not in template.registers}
    return Known(types, frozenset({"firm", "doc", "doc.revisions", *records, *template.registers}), True, elsewhere)


def _known_of_file() -> Known:
    """What is known of the fields of a bare file."""
    from folderkit.documents.known import Known

    return Known(_types_of_file(), frozenset({"firm", "doc", "doc.revisions"}))


def _types_of_file() -> dict[str, str]:
    types = {name: kind for name, kind in _GIVEN.items() if kind}
    types.update({f"firm.{name}": "picture" if name == "logo" else "text" for name in Firm._fields})
    types.update({question.key: question.type for question in DOC_QUESTIONS})
    return types


def _types_of_register(name: str) -> dict[str, str]:
    """The type of a register and of each of its columns, by dotted name; nothing for one that there is not."""
    from folderkit.registers import load_schema, schema_names

    if name not in schema_names():
        return {}
    types = {name: "list"}
    for column in load_schema(name).columns:
        types[f"{name}[].{column.key}"] = _OF_REGISTERS.get(column.type, column.type)
        if column.choices:
            types[f"{name}[].{column.key}_key"] = "multi" if column.type == "multi" else "text"
    return types


def _skeleton_questions(root: Path | None, first: str = "") -> Iterator[Question]:
    """What the skeletons ask for, that of the name `first` before the others; one that is broken is the business of
    'skeleton check'."""
    from folderkit.resolving import find_skeleton

    for name in sorted(resources.find("skeletons", root), key=lambda name: name != first):
        try:
            yield from find_skeleton(root, name).questions
        except FolderkitError:
            continue


# -- fields and form -------------------------------------------------------------------------------
def field_rows(root: Path | None, template: Template, language: Language) -> list[FieldRow]:
    """Every field of a template's edition, those first that a person must give."""
    from folderkit.documents import fields_of

    asked = dict(facts.with_members(template.questions))
    bare = not template.to
    known = dict(facts.with_members(_skeleton_questions(root))) if root or not bare else {}
    rows = []
    for field in fields_of(template, language):
        if field.name.endswith("_key"):
            continue
        own, top = asked.get(field.name), asked.get(field.name.partition("[")[0])
        source = _source_of(field.name, template, top, known if bare else {}, firm=root is not None or not bare)
        kind = own.type if own else _type_of(field, template, known)
        rows.append(FieldRow(field, kind, source, own))
    order: tuple[Source, ...] = ("asked", "optional", "fact", "register", "firm", "folderkit")
    return sorted(rows, key=lambda row: order.index(row.source))


def _type_of(field: Field, template: Template, known: Mapping[str, Question]) -> str:
    """What a field is that the template itself does not ask for."""
    register = field.name.partition("[")[0]
    types = _types_of_register(register) if register in template.registers else _types_of_file()
    return types.get(field.name) or (known[field.name].type if field.name in known else field.kind)


def _source_of(name: str, template: Template, question: Question | None, facts_known: Mapping[str, Question], *,
               firm: bool) -> Source:
    """Where the value of a field comes from; a member of a list comes with its list."""
    top = name.split(".")[0].split("[")[0]
    if top in template.registers:
        return "register"
    if top == "firm" and (firm or name == "firm.logo"):
        return "firm"
    if top in _GIVEN:
        return "folderkit"
    if question is None or name.partition("[")[0] in facts_known:
        return "fact"
    return "asked" if question.required and question.default is None else "optional"


def form_of(root: Path | None, template: Template, called: str, language: Language, here: Path) -> str:
    """An empty YAML file that asks for what a person gives; filled in, it is what 'fill --data' takes. `called` is the
    template as a person names it; in a project, where `here` lies, it names the project's own values as defaults."""
    from folderkit.documents.form import name_defaults, write_form

    rows = field_rows(root, template, language)
    given = {row.field.name for row in rows if row.source in ("fact", "firm")}
    asked = [question for question in template.questions if question.key not in given]
    used = {row.field.name for row in rows}
    ours = [question for question in DOC_QUESTIONS if question.key in used]
    words = {row.field.name: row.field.words for row in rows}
    project = _project_around(root, here.resolve())
    named = (*template.questions, *DOC_QUESTIONS, *_skeleton_questions(root, project.skeleton if project else ""))
    told = name_defaults(asked, project.facts if project else {}, named, language)
    return write_form(template.title if template.to else same(template.name), called, told, ours, words, language)


def _project_around(root: Path | None, here: Path) -> Project | None:
    """The project in which a folder lies; that one cannot be read is the business of 'fill'."""
    from folderkit.core.project import FILE, read_project

    for folder in (here, *here.parents) if root else ():
        if (folder / FILE).is_file():
            with contextlib.suppress(FolderkitError):
                return read_project(folder)
        if folder == root:
            break
    return None


def write_form_file(path: Path, text: str) -> None:
    """Write the form to a file that is not there yet. Raises `Refused` when it is, `Failed` when it cannot be
    written."""
    from folderkit.core import safefiles

    try:
        safefiles.place_new(path, [text.encode()])
    except FileExistsError:
        raise Refused(Text(f"'{path}' is already there.", f"“{path}”已经存在。"),
                      Text("Name another file with --out.", "请用 --out 指定别的文件。")) from None
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, path) from None
