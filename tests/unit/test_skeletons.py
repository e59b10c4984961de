"""Skeletons: every fault is told at its line, questions are settled, and the tree is laid out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.answers import Answers, settle
from folderkit.core.errors import Failed, FolderkitError, Misuse
from folderkit.core.facts import Facts, Question
from folderkit.core.language import LANGUAGES, Language, Text, same
from folderkit.core.located import Faults
from folderkit.core.resources import shipped
from folderkit.registers import schema_names
from folderkit.skeletons import (
    FolderNode,
    Known,
    PlannedNode,
    Skeleton,
    check_skeleton,
    lay_out,
    read_skeleton,
)

TODAY = dt.date(2026, 3, 1)
KNOWN = Known(templates=("requirement-spec", "meeting-notes", "closure-report", "project-brief"),
              registers=schema_names())
FILE_NAMES = {("register", name): Text(f"{name.title()}.xlsx", f"{name}表.xlsx") for name in KNOWN.registers} | {
    ("template", name): Text(f"{name.title()}.docx", f"{name}文档.docx") for name in KNOWN.templates}
SHIPPED = ("client-project", "consulting-engagement")
AREAS = ("info", "communications", "progress", "documents", "finance", "risk", "closure")

BASE = """\
id: house
version: 1
title: {zh: 房屋, en: House}
folder: '{project.code}_{project.name}'
questions:
  project.name: {required: true}
  client.name: {required: true}
  project.code: {next: 'P{nnn}'}
  project.kind: {type: choice, choices: [software, law], default: law}
  rooms: {type: list}
  stages: {type: multi, choices: {design: {zh: 设计, en: Design}, launch: {zh: 上线, en: Launch}}}
tree:
  - id: info
    name: {zh: 信息, en: Info}
    files:
      - {id: info.tasks, register: tasks}
  - id: docs
    name: {zh: 文档, en: Documents}
    folders:
      - {id: docs.room, name: 'Room {each}', for_each: rooms}
"""


def write(folder: Path, text: str) -> Path:
    place = folder / "house"
    place.mkdir(exist_ok=True)
    (place / "skeleton.yaml").write_text(text, encoding="utf-8")
    return place


def make(folder: Path, text: str = BASE) -> Skeleton:
    return read_skeleton(write(folder, text), KNOWN)


def told(folder: Path, text: str) -> list[tuple[int, str]]:
    skeleton, faults = check_skeleton(write(folder, text), KNOWN)
    assert isinstance(skeleton, Skeleton)
    assert all(fault.message.zh for fault in faults)
    return [(fault.line, fault.message.en) for fault in faults]


def laid(skeleton: Skeleton, language: Language = "en", **values: Any) -> dict[str, str]:
    facts: Facts = {"project": {"name": "官网", "code": "P001"}, "client": {"name": "星河"}, **values}
    return {node.id: node.path for node in lay_out(skeleton, facts, language, FILE_NAMES)}


# -- checking --------------------------------------------------------------------------------------
def test_the_skeleton_of_these_tests_has_no_fault(tmp_path: Path) -> None:
    assert told(tmp_path, BASE) == []


PLANTED = [
    # (what stands there, what is planted, in which line it is told, a part of the message)
    ("id: house", "id: hut", 1, "name of its folder, 'house'"),
    ("id: house\n", "", 1, "'id' is missing"),
    ("version: 1", "version: one", 2, "whole number"),
    ("version: 1", "versoin: 1", 2, "Did you mean 'version'?"),
    ("title: {zh: 房屋, en: House}", "title: {zh: 房屋}", 3, "'en' is missing"),
    ("title: {zh: 房屋, en: House}", "title:", 3, "empty"),
    ("_{project.name}'", "_{project.nmae}'", 4, "Did you mean 'project.name'?"),
    ("_{project.name}'", "/{project.name}'", 4, "the character /"),
    ("_{project.name}'", "_{project.name'", 4, "cannot be read"),
    ("'{project.code}_{project.name}'", "house", 4, "same folder"),
    ("folder:", "naming: '{project.code}_{titel}'\nfolder:", 4, "Did you mean 'title'?"),
    ("  project.name: {required: true}\n", "", 6, "'project.name' is missing"),
    ("project.name: {required: true}", "project.name: {required: perhaps}", 6, "true or false"),
    ("client.name: {required: true}", "client.name: {requierd: true}", 7, "Did you mean 'required'?"),
    ("client.name: {required: true}", "Client: {}\n  client.name: {}", 7, "no name for a fact"),
    ("client.name: {required: true}", "client: {}\n  client.name: {}", 8, "cannot both be"),
    ("client.name: {required: true}", "firm.x: {}\n  client.name: {}", 7, "folderkit's own"),
    ("client.name: {required: true}", "client.name: {default: '{project.kind}'}", 7, "no fact 'project.kind'"),
    ("client.name: {required: true}", "client.name: {when: project.kind == 'law'}", 7, "no fact 'project.kind'"),
    ("next: 'P{nnn}'", "next: 'P{yyyy}'", 8, "one {nnn}"),
    ("next: 'P{nnn}'", "next: 'P{nnn}', pattern: '('", 8, "regular expression"),
    ("default: law", "default: lwa", 9, "'lwa' is not one of"),
    ("type: list}", "type: lists}", 10, "not one of"),
    ("type: list}", "type: list}\n  goals: {type: list, fields: {who: {default: '{client.nmae}'}}}", 11,
     "Did you mean 'client.name'?"),
    ("type: list}", "type: list}\n  goals: {type: list, fields: {who: {default: '{client.name'}}}", 11,
     "cannot be read"),
    ("type: list}", "type: list, when: project.kind == 'sofware'}", 10, "Did you mean 'software'?"),
    ("type: list}", "type: list, when: project.kind = 'law'}", 10, "cannot be read"),
    ("type: list}", "type: list, when: project.knid == 'law'}", 10, "Did you mean 'project.kind'?"),
    ("type: list}", "type: list, when: project.kind|shout}", 10, "cannot be read"),
    ("- id: info\n", "- id: Info\n", 13, "no id"),
    ("- id: info\n", "- name: x\n", 13, "'id' is missing"),
    ("name: {zh: 信息, en: Info}", "name: {zh: 信息, en: CON}", 14, "device"),
    ("name: {zh: 信息, en: Info}", "name: {zh: 'a/b', en: Info}", 14, "the character /"),
    ("name: {zh: 信息, en: Info}", "name: {zh: '{each}', en: Info}", 14, "no fact 'each'"),
    ("name: {zh: 信息, en: Info}", "about: no name", 13, "'name' is missing"),
    ("name: {zh: 信息, en: Info}", "name: {zh: 信息, en: documents}", 18, "has the same name, 'Documents'"),
    ("name: {zh: 信息, en: Info}", "name:\n      zh: 信息\n      en: 'Info.'", 16, "ends with a dot"),
    ("    files:\n      - {", "    when: \"'desing' in stages\"\n    files:\n      - {", 15, "Did you mean 'design'?"),
    ("register: tasks", "register: task", 16, "Did you mean 'tasks'?"),
    ("register: tasks", "template: project-breif", 16, "Did you mean 'project-brief'?"),
    ("register: tasks", "register: tasks, template: project-brief", 16, "exactly one of"),
    ("register: tasks", "name: a.xlsx", 16, "exactly one of"),
    ("register: tasks", "register: ''", 16, "empty"),
    ("register: tasks", "register: tasks, name: a.docx", 16, "end with '.xlsx'"),
    ("register: tasks", "name: a.txt, copy: a.txt", 16, "no file 'a.txt'"),
    ("register: tasks", "name: a.txt, copy: ../a.txt", 16, "in the skeleton's folder"),
    ("register: tasks", "name: a.txt, text: 'C:/a.txt'", 16, "in the skeleton's folder"),
    ("register: tasks", "copy: skeleton.yaml", 16, "'name' is missing"),
    ("register: tasks", "name: a.txt, copy: skeleton.yaml", 16, "end with '.yaml'"),
    ("id: info.tasks", "id: tasks", 16, "begin with 'info.'"),
    ("- id: docs\n", "- id: info\n", 17, "already used in line 13"),
    ("- id: docs\n", "- id: docs\n    nmae: x\n", 18, "Did you mean 'name'?"),
    ("id: docs.room", "id: docs.", 20, "no id"),
    ("for_each: rooms", "for_each: room", 20, "Did you mean 'rooms'?"),
    ("for_each: rooms", "for_each: project.kind", 20, "no list of texts"),
    ("name: 'Room {each}'", "name: Room", 20, "must hold {each}"),
    ("      - {id: docs.room, name: 'Room {each}', for_each: rooms}", "      - docs.room", 20, "key: value"),
    ("    folders:\n      - {id: docs.room, name: 'Room {each}', for_each: rooms}", "    folders: none", 19, "list"),
    ("    name: {zh: 文档, en: Documents}\n", "    name: x\n    name: {zh: 文档, en: Documents}\n", 19, "twice"),
]


# Other faults follow from these: what refers to the one that is lost is told too.
FOLLOWED = ("versoin: 1", "", "type: lists}", "- id: Info\n", "- name: x\n", "- id: info\n")


@pytest.mark.parametrize(("good", "planted", "line", "message"), PLANTED)
def test_a_planted_fault_is_told_at_its_line(tmp_path: Path, good: str, planted: str, line: int, message: str) -> None:
    assert BASE.count(good) >= 1
    found = told(tmp_path, BASE.replace(good, planted, 1))
    assert len(found) == 1 or planted in FOLLOWED, found
    assert any(at == line and message in said for at, said in found), found


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = BASE.replace("version: 1", "version: x").replace("register: tasks", "register: tax").replace("rooms}", "x}")
    with pytest.raises(Faults) as caught:
        make(tmp_path, text)
    assert [fault.line for fault in caught.value.faults] == [2, 16, 20]
    assert str(tmp_path / "house" / "skeleton.yaml") in caught.value.message.zh


@pytest.mark.parametrize("text", ["- a list", "just words", "a: [", "a: 1\n\tb: 2", "tree: &t [*t]"])
def test_what_is_no_skeleton_at_all_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(Faults, match=r"skeleton\.yaml:[12]:"):
        check_skeleton(write(tmp_path, text), KNOWN)


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    found = told(tmp_path, "")
    assert {line for line, _ in found} == {1}
    assert sum("is missing" in message for _, message in found) == 7


def test_a_skeleton_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="not there"):
        read_skeleton(tmp_path / "nowhere", KNOWN)


def test_two_folders_may_share_a_name_when_conditions_keep_them_apart(tmp_path: Path) -> None:
    twins = """\
  - {id: a, name: Work, when: project.kind == 'law'}
  - {id: b, name: Work, when: project.kind != 'law'}
"""
    assert told(tmp_path, BASE + twins) == []
    assert [line for line, _ in told(tmp_path, BASE + twins.replace(", when: project.kind != 'law'", ""))] == [22]
    skeleton = make(tmp_path, BASE + twins)
    assert "a" in laid(skeleton, project={"name": "x", "code": "1", "kind": "law"})
    assert "b" in laid(skeleton, project={"name": "x", "code": "1", "kind": "software"})


def test_a_file_and_a_folder_beside_it_need_different_names(tmp_path: Path) -> None:
    (write(tmp_path, BASE) / "x").touch()
    text = BASE + "files:\n  - {id: x, name: info, copy: x}\n"
    assert told(tmp_path, text) == [(22, "'info' beside it has the same name, 'info'.")]


def test_files_to_copy_may_differ_by_language(tmp_path: Path) -> None:
    place = write(tmp_path, BASE + "files:\n  - {id: x, name: {zh: 说明.txt, en: Read.txt}, text: 'read.{lang}.txt'}\n")
    (place / "read.zh.txt").touch()
    _, faults = check_skeleton(place, KNOWN)
    assert [fault.message.en for fault in faults] == ["There is no file 'read.en.txt' beside the skeleton."]
    (place / "read.en.txt").touch()
    node = lay_out(read_skeleton(place, KNOWN), {}, "zh", FILE_NAMES)[-1]
    assert node == PlannedNode("x", "说明.txt", "", "text", "read.{lang}.txt", place / "read.zh.txt")


# -- the shipped skeletons -------------------------------------------------------------------------
def shipped_skeleton(name: str) -> Skeleton:
    return read_skeleton(shipped("skeletons") / name, KNOWN)


def every_folder(nodes: tuple[FolderNode, ...]) -> list[FolderNode]:
    return [found for node in nodes for found in (node, *every_folder(node.folders))]


def answers(skeleton: Skeleton, **given: Any) -> Facts:
    settled = settle(skeleton.questions, {"project.name": "官网改版", "client.name": "星河科技有限公司", **given},
                     TODAY)
    assert not settled.wrong
    assert not settled.missing
    return settled.facts


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_skeleton_has_no_fault_and_every_word_in_both_languages(name: str) -> None:
    skeleton, faults = check_skeleton(shipped("skeletons") / name, KNOWN)
    assert faults == []
    texts = [skeleton.title, skeleton.about, *(text for node in every_folder(skeleton.tree) for text in (node.about,)),
             *(asked.ask for asked in skeleton.questions)]
    assert all(text.zh and text.en and text.zh != text.en for text in texts)
    assert len([asked for asked in skeleton.questions if asked.required]) == 2


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_skeleton_has_the_same_ids_in_both_languages(name: str) -> None:
    skeleton = shipped_skeleton(name)
    facts = answers(skeleton)
    nodes = {language: lay_out(skeleton, facts, language, FILE_NAMES) for language in LANGUAGES}
    assert [node.id for node in nodes["zh"]] == [node.id for node in nodes["en"]]
    assert not {node.path for node in nodes["zh"]} & {node.path for node in nodes["en"]}
    assert all(node.path.isascii() for node in nodes["en"])


def test_the_client_project_has_the_seven_areas_and_the_places_that_templates_name() -> None:
    skeleton = shipped_skeleton("client-project")
    nodes = {node.id: node for node in lay_out(skeleton, answers(skeleton), "zh", FILE_NAMES)}
    assert [nodes[area].path for area in AREAS] == ["01_项目信息", "02_沟通记录", "03_进度追踪", "04_重要文档",
                                                    "05_财务记录", "06_风险管理", "07_结项"]
    assert nodes["communications.meetings"].path == "02_沟通记录/会议纪要"
    assert {"documents.requirements", "progress.reports", "inbox"} <= set(nodes)
    made = {node.id: (node.source, node.reference) for node in nodes.values() if node.source}
    assert made == {"info.brief": ("template", "project-brief")} | {id_: ("register", name) for id_, name in {
        "info.contacts": "contacts", "communications.log": "communications", "communications.actions": "actions",
        "communications.plan": "communication_plan", "progress.tasks": "tasks",
        "progress.plans.resources": "resources", "progress.changes.log": "changes", "documents.list": "documents",
        "documents.requirements.list": "requirements", "documents.quality.checks": "quality",
        "finance.budget": "budget", "finance.expense_list": "expenses", "finance.invoice_list": "invoices",
        "risk.register": "risks", "risk.issue_log": "issues", "risk.reviews": "reviews", "closure.gates": "gates",
        "closure.accounts": "accounts", "closure.lesson_list": "lessons",
        "closure.satisfaction": "satisfaction"}.items()}
    assert sum(not node.source for node in nodes.values()) <= 36  # not a desert of empty folders


def test_the_client_projects_folder_is_named_by_code_client_and_project() -> None:
    skeleton = shipped_skeleton("client-project")
    assert naming.expand(skeleton.folder, answers(skeleton)) == "P2026-001_星河科技有限公司_官网改版"
    assert naming.expand(skeleton.folder,
                         answers(skeleton, **{"client.short_name": "星河"})) == "P2026-001_星河_官网改版"


@pytest.mark.parametrize(("given", "there", "not_there"), [
    ({}, {"documents.design", "documents.quality"}, {"documents.drawings", "aftercare"}),
    ({"project.kind": "engineering"}, {"documents.drawings"}, set()),
    ({"project.kind": "工程设计", "has_drawings": "否"}, set(), {"documents.drawings"}),
    ({"has_drawings": "yes"}, {"documents.drawings"}, set()),
    ({"stages": "requirements"}, {"documents.requirements"},
     {"documents.design", "documents.quality", "documents.training"}),
    ({"more_areas": "售后回访"}, {"closure", "closure.lessons", "aftercare", "aftercare.visits"}, {"procurement"}),
    ({"deliverables_by": "stage"}, {"documents.deliverables.stage@design"}, {"documents.deliverables.stage@operation"}),
    ({"deliverables_by": "module", "modules": "登录;支付"}, {"documents.deliverables.module@支付"}, set()),
])
def test_answers_shape_the_client_project(given: dict[str, Any], there: set[str], not_there: set[str]) -> None:
    skeleton = shipped_skeleton("client-project")
    ids = {node.id for node in lay_out(skeleton, answers(skeleton, **given), "zh", FILE_NAMES)}
    assert there <= ids
    assert not ids & not_there


def test_the_consulting_engagement_is_flat_and_shares_the_areas_ids() -> None:
    skeleton = shipped_skeleton("consulting-engagement")
    folders = [node for node in lay_out(skeleton, answers(skeleton), "en", FILE_NAMES) if not node.source]
    assert len(folders) == 8
    assert not any("/" in node.path for node in folders)
    assert {"info", "communications", "progress", "documents", "finance"} <= {node.id for node in folders}


# -- laying out ------------------------------------------------------------------------------------
def test_parents_come_before_what_lies_in_them() -> None:
    skeleton = shipped_skeleton("client-project")
    seen = {""}
    for node in lay_out(skeleton, answers(skeleton), "zh", FILE_NAMES):
        assert node.path.rpartition("/")[0] in seen
        seen.add(node.path)


def test_the_language_decides_names_and_file_names(tmp_path: Path) -> None:
    skeleton = make(tmp_path)
    assert laid(skeleton, "zh") == {"info": "信息", "info.tasks": "信息/tasks表.xlsx", "docs": "文档"}
    assert laid(skeleton, "en") == {"info": "Info", "info.tasks": "Info/Tasks.xlsx", "docs": "Documents"}


def test_a_repeated_folder_keeps_its_id_in_any_order(tmp_path: Path) -> None:
    skeleton = make(tmp_path)
    first = laid(skeleton, rooms=["客厅", "Bath"])
    assert first["docs.room@客厅"] == "Documents/Room 客厅"
    assert laid(skeleton, rooms=["New", "bath", "客厅"])["docs.room@bath"] == "Documents/Room bath"
    assert set(laid(skeleton, rooms=["Bath", "客厅"])) == set(first)


def test_what_lies_in_a_repeated_folder_is_repeated_with_it(tmp_path: Path) -> None:
    nested = BASE.replace("      - {id: docs.room, name: 'Room {each}', for_each: rooms}", """\
      - id: docs.stage
        name: '{number:02d}_{each}'
        for_each: stages
        files:
          - {id: docs.stage.list, register: tasks}
        folders:
          - {id: docs.stage.room, name: '{each}', for_each: rooms}
          - {id: docs.stage.plan, name: 'Plan {each}'}""")
    skeleton = make(tmp_path, nested)
    made = laid(skeleton, "zh", stages=["design", "launch"], rooms=["A"])
    assert made["docs.stage@launch"] == "文档/02_上线"
    assert made["docs.stage.list@launch"] == "文档/02_上线/tasks表.xlsx"
    assert made["docs.stage.room@design@a"] == "文档/01_设计/A"
    assert made["docs.stage.plan@design"] == "文档/01_设计/Plan 设计"


@pytest.mark.parametrize("rooms", [["A", "A"], ["A", "a"], ["A/B", "A:B"], ["é", "e\u0301"]])
def test_two_nodes_at_one_place_are_refused(tmp_path: Path, rooms: list[str]) -> None:
    with pytest.raises(Misuse, match="made twice"):
        laid(make(tmp_path), rooms=rooms)


def test_one_text_where_a_list_should_be_is_a_list_of_one(tmp_path: Path) -> None:
    assert "docs.room@kitchen" in laid(make(tmp_path), rooms="Kitchen")
    assert len(laid(make(tmp_path), rooms="")) == len(laid(make(tmp_path), rooms=None)) == 3


def test_a_long_value_is_cut_and_an_impossible_one_refused(tmp_path: Path) -> None:
    skeleton = make(tmp_path, BASE.replace("'Room {each}'", "'{each}'"))
    (path,) = [path for identity, path in laid(skeleton, rooms=["房" * 300]).items() if "@" in identity]
    assert naming.fault_of(path.split("/")[1]) is None
    with pytest.raises(Misuse, match="empty"):
        laid(skeleton, rooms=["🚀"])


def test_a_register_that_is_gone_and_a_condition_that_fails_are_the_skeletons_fault(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no register 'tasks'"):
        lay_out(make(tmp_path), {}, "zh", {})
    failing = BASE.replace("    folders:", "    when: rooms|date > 3\n    folders:")
    with pytest.raises(Failed, match="condition") as caught:
        laid(make(tmp_path, failing), rooms=[1])
    assert "skeleton check house" in str(caught.value.hint)


def test_questions_that_were_not_asked_count_as_empty(tmp_path: Path) -> None:
    text = BASE.replace("  rooms:", "  budget.line: {when: project.kind == 'software'}\n  rooms:").replace(
        "en: Info}", "en: 'Info {budget.line}'}").replace("    folders:", "    when: not budget.line\n    folders:")
    assert laid(make(tmp_path, text)) == {"info": "Info", "info.tasks": "Info/Tasks.xlsx", "docs": "Documents"}


# -- settling --------------------------------------------------------------------------------------
ASKED = (
    Question("project.name", required=True),
    Question("client.name", required=True),
    Question("client.short_name", default="{client.name}"),
    Question("project.code", next="P{yyyy}-{nnn}", pattern=r"P\d{4}-\d{3}"),
    Question("project.start", "date", default="today"),
    Question("kind", "choice", choices={"a": same("a"), "b": same("b")}, default="a"),
    Question("drawings", "boolean", default=True, when="kind == 'b'"),
    Question("label", default="{drawings} {project.code}"),
    Question("goals", "list", required=True, when="drawings", fields=(Question("text"),)),
    Question("stages", "multi", choices={"x": same("x"), "y": same("y")}, default="all"),
)


def settled(given: dict[str, Any], taken: tuple[str, ...] = (), base: Facts | None = None) -> Answers:
    return settle(ASKED, given, TODAY, taken, base)


def test_a_default_that_is_one_fact_is_that_fact_as_it_is() -> None:
    base: Facts = {"project": {"due": dt.date(2026, 3, 1), "manager": "Li Jing"}, "goals": ["a/b", "c"], "days": 12}
    questions = (
        Question("due", default="{project.due}"), Question("until", "date", default="{project.due}"),
        Question("aims", "list", default="{goals}"), Question("aim", default="{goals}"),
        Question("days_", "integer", default="{days}"), Question("title", default="{project.due} {days}"),
        Question("lines", "list", fields=(Question("who", default="{project.manager}"), Question("what"),
                                          Question("day", "date", default="today"))))

    result = settle(questions, {"lines": [{"what": "x"}, {"who": "Ann", "day": "2026-01-02"}]}, TODAY, base=base)

    assert result.wrong == {}
    assert {key: value for key, value in result.facts.items() if key not in base} == {
        "due": "2026-03-01", "until": dt.date(2026, 3, 1), "aims": ["a/b", "c"], "aim": "a-b-c", "days_": 12,
        "title": "20260301 12", "lines": [{"who": "Li Jing", "what": "x", "day": TODAY},
                                          {"who": "Ann", "what": "", "day": dt.date(2026, 1, 2)}]}


def test_what_is_not_given_is_missing_counted_on_or_its_default() -> None:
    result = settled({"client.name": "星河/科技"}, ("P2026-004", "P2025-009"))
    assert [asked.key for asked in result.missing] == ["project.name"]
    assert result.wrong == {}
    assert result.facts == {
        "project": {"name": "", "code": "P2026-005", "start": TODAY},
        "client": {"name": "星河/科技", "short_name": "星河/科技"},  # one fact as it is; names of files are cleaned
        "kind": "a", "label": "", "stages": ["x", "y"]}


@pytest.mark.parametrize("blank", ["", "   ", "\u3000", None])
def test_a_blank_is_no_answer(blank: str | None) -> None:
    result = settled({"project.name": blank, "client.name": "x", "project.code": blank})
    assert [asked.key for asked in result.missing] == ["project.name"]
    assert result.facts["project"]["code"] == "P2026-001"


@pytest.mark.parametrize("blank", ["", [], " ; ", [""]])
def test_an_empty_list_is_no_answer_to_a_required_question(blank: Any) -> None:
    result = settled({"project.name": "x", "client.name": "y", "kind": "b", "goals": blank})
    assert [asked.key for asked in result.missing] == ["goals"]


def test_a_condition_asks_by_the_answers_before_it() -> None:
    result = settled({"project.name": "x", "client.name": "y", "kind": "B"})
    assert result.facts["drawings"] is True
    assert [asked.key for asked in result.missing] == ["goals"]
    assert "drawings" not in settled({"project.name": "x", "client.name": "y"}).facts


def test_an_answer_is_taken_though_it_would_not_have_been_asked_for() -> None:
    assert settled({"drawings": "否"}).facts["drawings"] is False


def test_every_wrong_answer_is_told_and_an_unknown_one_with_the_nearest() -> None:
    result = settled({"project.name": ["x"], "project.cdoe": "1", "project.code": "77", "kind": "c", "zzz": 1,
                      "project.start": "soon"})
    assert set(result.wrong) == {"project.name", "project.cdoe", "project.code", "kind", "zzz", "project.start"}
    assert result.wrong["project.cdoe"] == Text("there is no such fact. Did you mean 'project.code'?",
                                                "没有这个字段。是不是“project.code”？")
    assert "There are: project.name, client.name" in result.wrong["zzz"].en
    assert [asked.key for asked in result.missing] == ["client.name"]


def test_a_failing_condition_is_told_and_not_raised() -> None:
    result = settle((Question("n", "integer"), Question("x", when="1/(n or 0) > 1")), {}, TODAY)
    assert "division" in result.wrong["x"].en


def test_known_facts_answer_and_are_not_changed() -> None:
    base: Facts = {"project": {"name": "官网", "code": "P2020-001"}, "client": {"name": "星河"}, "kind": "b"}
    before = facts_.merge(base, {})
    result = settled({"client.name": "月华", "goals": "a;b"}, base=base)
    assert result.missing == []
    assert result.facts["project"] == {"name": "官网", "code": "P2020-001", "start": TODAY}
    assert result.facts["client"] == {"name": "月华", "short_name": "月华"}
    assert result.facts["goals"] == [{"text": "a"}, {"text": "b"}]
    assert base == before


# -- hypothesis ------------------------------------------------------------------------------------
anything = st.recursive(
    st.one_of(st.text(st.characters(), max_size=90), st.none(), st.booleans(), st.integers(), st.floats(), st.dates()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=8)
CLIENT_PROJECT = shipped_skeleton("client-project")
SHAPING = ["project.name", "client.name", "project.kind", "stages", "has_drawings", "deliverables_by", "modules",
           "more_areas"]
hints = st.sampled_from(["stage", "module", "all", "engineering", "是", ["design", "design"], "a;b",
                         ["CON", "..", "🚀"]])


@given(st.dictionaries(st.sampled_from([asked.key for asked in CLIENT_PROJECT.questions]) | st.text(max_size=5),
                       hints | anything, max_size=8))
def test_any_answers_settle_and_what_settles_is_laid_out_or_refused(given_: dict[str, Any]) -> None:
    result = settle(CLIENT_PROJECT.questions, given_, TODAY)
    assert set(result.wrong) <= set(given_)
    again = settle(CLIENT_PROJECT.questions, {
        asked.key: value for asked in CLIENT_PROJECT.questions
        if asked.key not in result.wrong and (value := facts_.get(result.facts, asked.key)) is not None}, TODAY)
    if not result.wrong:
        assert again.facts == result.facts
    for language in LANGUAGES:
        try:
            nodes = lay_out(CLIENT_PROJECT, result.facts, language, FILE_NAMES)
        except FolderkitError:
            continue
        assert all(naming.fault_of(part) is None for node in nodes for part in node.path.split("/"))


@given(st.dictionaries(st.sampled_from(SHAPING), hints | anything, max_size=8))
def test_any_facts_are_laid_out_or_refused(values: dict[str, Any]) -> None:
    facts: Facts = {}
    for key, value in values.items():
        facts_.put(facts, key, value)
    try:
        nodes = lay_out(CLIENT_PROJECT, facts, "zh", FILE_NAMES)
    except FolderkitError:
        return
    assert len({node.id for node in nodes}) == len({naming.key_of(node.path) for node in nodes}) == len(nodes)


@given(st.dictionaries(st.text(max_size=8), anything, max_size=5))
def test_facts_of_any_form_are_laid_out_or_refused(facts: dict[str, Any]) -> None:
    for form in (facts, {"project": facts, "stages": facts},
                 {"project": "text", "modules": [facts], "deliverables_by": "module"}):
        try:
            lay_out(CLIENT_PROJECT, form, "en", FILE_NAMES)
        except FolderkitError:
            continue
