"""The schemas of the registers, as data: what they promise, and how their faults are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from folderkit.core.errors import Misuse
from folderkit.core.located import Faults
from folderkit.registers import Schema, load_schema, schema_names
from folderkit.registers.compute import RULES, WHOLE_RULES
from folderkit.registers.schema_file import read_schema

GOOD = """\
register: notes
title: {zh: 便条, en: Notes}
help: {zh: 说明, en: Help}
prefix: NOT
subject: text
columns:
  id: {zh: 编号, en: ID, type: id}
  text: {zh: 内容, en: Text, type: long}
  kind:
    zh: 类型
    en: Kind
    type: enum
    choices:
      idea: {zh: 想法, en: Idea, tone: good}
  marks: {zh: 标记, en: Marks, type: multi, choices: {a: {zh: 甲, en: First}, b: {zh: 乙, en: Second}}}
  done: {zh: 完成, en: Done, type: bool}
  owner: {zh: 责任人, en: Owner, type: person}
  about: {zh: 关于, en: About, type: ref, to: [tasks, risks]}
  twice: {zh: 两倍, en: Twice, type: int, formula: "IF({kind}={kind:idea},2,1)"}
marks:
  - {when: '{kind}={kind:idea}', tone: quiet, columns: [text]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "notes.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(Faults) as caught:
        read_schema(written(folder, text))
    return [(fault.line, fault.message.en) for fault in caught.value.faults]


def test_a_schema_without_faults_is_read(tmp_path: Path) -> None:
    schema = read_schema(written(tmp_path, GOOD))

    assert [column.key for column in schema.columns] == [
        "id", "text", "kind", "marks", "done", "owner", "about", "twice"]
    assert schema.table == "reg_notes"
    assert schema.column("twice").computed
    assert (schema.column("owner").to, schema.column("about").to) == (("contacts",), ("tasks", "risks"))
    assert schema.column("done").shown("yes", "zh") == "是"
    assert (schema.column("marks").shown(("a", "b"), "en"), schema.sheet_of) == ("First, Second", "")


@pytest.mark.parametrize(("old", "new", "line", "words"), [
    ("subject: text", "subject: txet", 5, "no column 'txet'"),
    ("type: long}", "type: lnog}", 8, "'lnog' is not one of"),
    ("{zh: 内容, en: Text, type: long}", "{zh: 内容, type: long}", 8, "'en' is missing"),
    ("{zh: 内容, en: Text, type: long}", "{zh: 编号, en: Text, type: long}", 8, "already names the column 'id'"),
    ("type: enum", "type: text", 12, "An enum or a multi"),
    ("tone: good", "tone: merry", 14, "'merry' is not one of"),
    ("IF({kind}", "IF({knid}", 19, "no column 'knid'"),
    ("={kind:idea},2", "={kind:plan},2", 19, "no choice 'plan'"),
    ("columns: [text]", "columns: [txt]", 21, "no column 'txt'"),
    ("en: Twice", "en: 'Twice [x]'", 19, "cannot contain"),
    ("type: int,", "type: int, min: few,", 19, "'min' must be a number"),
    ("en: Second", "en: 'A, b'", 15, "must not hold a separator"),
    ("to: [tasks, risks]", "to: [tasks, risk]", 18, "no register 'risk'"),
    ("type: person", "type: long, to: [tasks]", 17, "Only a ref or a person"),
    ("type: bool", "type: bool, choices: {a: {zh: 甲, en: First}}", 16, "An enum or a multi"),
    ("prefix: NOT", "prefix: NOT\nsheet_of: risk", 5, "no register 'risk'"),
    ("type: id}", "type: text}", 7, "one column of the type id"),
    ("prefix: NOT", "prefix: NOT\nprefx: X", 5, "Did you mean 'prefix'?"),
])
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    faults = faults_of(tmp_path, GOOD.replace(old, new, 1))

    assert any(at == line and words in message for at, message in faults), faults


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("subject: text", "subject: x").replace("tone: quiet", "tone: loud")

    assert len(faults_of(tmp_path, text)) == 2


def test_an_unknown_register_is_told_with_the_nearest() -> None:
    with pytest.raises(Misuse) as caught:
        load_schema("risk")

    assert caught.value.hint is not None
    assert "risks" in caught.value.hint.en


def test_the_registers_are_there() -> None:
    assert schema_names() == (
        "accounts", "actions", "budget", "changes", "communication_plan", "communications", "contacts", "documents",
        "expenses", "gates", "invoices", "issues", "lessons", "quality", "raci", "requirements", "resources", "reviews",
        "risks", "satisfaction", "tasks", "testcases", "visits")


@pytest.mark.parametrize("name", schema_names())
def test_every_computed_column_has_its_rule(name: str) -> None:
    schema = load_schema(name)

    rules = [*RULES.get(name, ()), *WHOLE_RULES.get(name, ())]
    assert [key for key, _ in rules] == [*dict(rules)]
    assert dict(rules).keys() == {column.key for column in schema.columns if column.computed}


@pytest.mark.parametrize("name", schema_names())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_excel_cannot_hold_is_not_in_a_schema(name: str, language: str) -> None:
    schema: Schema = load_schema(name)
    title = getattr(schema.title, language)
    headers = [getattr(column.header, language) for column in schema.columns]

    assert len(title) <= 31
    assert not set("[]:*?/\\") & set(title)
    assert len({header.lower() for header in headers}) == len(headers)
    for column in schema.columns:
        words = [getattr(choice.words, language) for choice in column.choices.values()]
        assert not any("," in word for word in words)
        assert len(",".join(words)) <= 255
        assert len(getattr(column.hint, language)) <= 255


def test_importing_the_room_is_light() -> None:
    code = ("import sys, folderkit.registers as r; [r.load_schema(n) for n in r.schema_names()];"
            "print([m for m in ('xlsxwriter', 'python_calamine', 'openpyxl', 'lxml', 'zipfile') if m in sys.modules])")
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown.strip() in ("[]", "['zipfile']")  # some Pythons load zipfile by themselves
