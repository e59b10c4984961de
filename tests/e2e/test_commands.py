"""Every command as a person types it, in both languages: what it prints, its JSON, its dry run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from folderkit.cli.root import COMMANDS
from tests.conftest import Run
from tests.e2e.conftest import World, command, english_in

MEETING = ("--set", "meeting.title=Kick-off", "--set", "meeting.time=9:00", "--set", "meeting.attendees=Ann; Bob",
           "--quick")


def _json(world: World, *args: str) -> Any:
    ran = world.run(*args, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.parametrize("name", [name for name, _, _ in COMMANDS])
def test_help_speaks_the_readers_language(world: World, name: str) -> None:
    ran = world.run(name, "--help")
    assert ran.code == 0
    if world.language == "zh":
        assert "用法" in ran.out
        assert not english_in(ran.out)
    else:
        assert "Usage" in ran.out


def test_the_program_alone_lists_its_commands_in_two_languages(run: Run) -> None:
    for language, word in (("en", "Usage:"), ("zh", "用法：")):
        ran = run(lang=language)
        assert ran.code == 2
        assert ran.err.startswith(word)
        assert all(name in ran.err for name, _, _ in COMMANDS)


def test_a_noun_alone_lists_its_verbs_and_calls_nothing_an_error(world: World) -> None:
    ran = world.run("template")
    assert ran.code == 2
    assert "fields" in ran.err
    assert "Error:" not in ran.err
    assert "错误：" not in ran.err


def test_help_lists_options_only(world: World) -> None:
    assert world.run("new", "--help").out.count("[NAME]") == 1


def test_version(run: Run) -> None:
    assert run("--version").out.startswith("folderkit ")


def test_init_says_what_to_do_next(tmp_path: Path) -> None:
    for language, word in (("en", "folderkit new"), ("zh", "下一步：folderkit new")):
        ran = command("init", language, cwd=tmp_path, lang=language)
        assert ran.code == 0
        assert word in ran.out
        assert f"language: {language}" in (tmp_path / language / "folderkit.yaml").read_text(encoding="utf-8")


def test_list_and_show_name_the_project(world: World) -> None:
    listed = _json(world, "list")
    assert [set(one) for one in listed] == [
        {"code", "name", "client", "folder", "skeleton", "language", "start_date", "due_date"}]
    code = listed[0]["code"]
    assert code in world.run("list").out
    shown = _json(world, "show", code)
    assert {"code", "name", "client", "folder", "skeleton", "language", "facts", "files", "versions", "texts"
            } <= set(shown)
    assert shown["facts"]["project"]["name"] == listed[0]["name"]
    for way in (code, world.project.name, listed[0]["client"][:3].lower()):
        assert world.run("show", way).code == 0
    assert world.run("show", cwd=world.project / "project.yaml" / "..").code in (0, 2)


def test_show_labels_facts_in_the_language(world: World) -> None:
    out = world.run("show", world.project.name).out
    assert ("项目名称" if world.language == "zh" else "Project name") in out
    assert "project.name" in out


def test_an_empty_workspace_tells_how_to_begin(run: Run, tmp_path: Path) -> None:
    for language in ("en", "zh"):
        root = tmp_path / language
        assert run("init", str(root), lang=language).code == 0
        assert "folderkit new" in run("list", cwd=root, lang=language).out
        assert run("scan", cwd=root, lang=language).code == 0
        assert run("log", cwd=root, lang=language).code == 0
        assert run("find", "x", cwd=root, lang=language).code == 1


def test_find_marks_its_place_and_keeps_the_contract_of_its_json(world: World) -> None:
    found = _json(world, "find", "违约")
    assert {"project", "path", "version", "title", "snippet", "place", "score"} <= set(found[0])
    assert found[0]["project"] == world.project.name
    assert found[0]["path"] == f"{world.project.name}/note.txt"
    assert found[0]["version"] == 2
    start, end = found[0]["marks"][0]
    assert found[0]["snippet"][start:end] == "违约"
    assert "note.txt" in world.run("find", "违约", "penalty").out


def test_find_nothing_prints_an_empty_list_and_exits_with_1(world: World) -> None:
    ran = world.run("find", "zzzzqq", "--json")
    assert (ran.code, json.loads(ran.out)) == (1, [])
    assert world.run("find", "zzzzqq").code == 1
    assert world.run("find", "alpha").code == 1, "the old version's word is not in the present text"


def test_find_works_from_a_folder_below_and_limits(world: World) -> None:
    inner = next(path for path in world.project.iterdir() if path.is_dir())
    assert world.run("find", "违约金", cwd=inner).code == 0
    assert len(_json(world, "find", "xlsx", "--limit", "1")) == 1


@pytest.mark.parametrize("query", [
    ("违约", "penalty"), ("违约", "-type:xlsx"), ("违约", "类型：文本", "-区域:finance"), ("“违约金”",), ("違約",),
    ("nowhere OR 违约金",), ("pen*", "--after", "2020"), ("违约", "-nothing", "之后:2020年1月")])
def test_find_takes_a_query_as_a_person_types_it(world: World, query: tuple[str, ...]) -> None:
    assert [one["path"] for one in _json(world, "find", *query)] == [f"{world.project.name}/note.txt"]


def test_find_reaches_old_versions_and_guesses_in_the_readers_language(world: World) -> None:
    assert [one["old"] for one in _json(world, "find", "alpha", "--versions")] == [True]
    words = {"zh": ("旧版本", "是不是要找：penalty"), "en": ("old version", "Did you mean: penalty")}[world.language]
    assert words[0] in world.run("find", "alpha", "--versions").out
    told = world.run("find", "penalyt")
    assert told.code == 1
    assert words[1] in told.err


def test_history_keeps_the_contract_of_its_json(world: World) -> None:
    versions = _json(world, "history", f"{world.project.name}/note.txt")
    assert [set(version) for version in versions] == [{"version", "at", "size", "hash", "path", "why", "by"}] * 2
    assert [version["version"] for version in versions] == [1, 2]
    assert versions[0]["path"] == f"{world.project.name}/note.txt"
    assert versions[0]["hash"] != versions[1]["hash"]
    gone = world.run("history", "gone.txt", "-p", world.project.name)
    assert gone.code == 0
    assert "restore" in gone.err


def test_log_is_newest_first_and_its_json_whole(world: World) -> None:
    entries = _json(world, "log", "--limit", "1000")
    numbers = [entry["number"] for entry in entries]
    assert numbers == sorted(numbers, reverse=True)
    assert {"number", "at", "by", "op"} <= set(entries[0])
    assert {"project.created", "version.kept", "file.deleted"} <= {entry["op"] for entry in entries}


def test_log_shows_as_many_entries_as_were_asked_for(world: World) -> None:
    for limit in (1, 2, 5):
        assert len(world.run("log", "--limit", str(limit)).out.splitlines()) == limit


def test_scan_tells_each_change_as_a_line_and_as_json(own_world: World) -> None:
    (own_world.project / "new.txt").write_text("x")
    changes = {change["path"].partition("/")[2]: change for change in _json(own_world, "scan")}
    assert changes["new.txt"] == {"kind": "new", "project": own_world.project.name, "version": 1, "old": None,
                                  "old_project": None, "path": f"{own_world.project.name}/new.txt", "reason": None}
    (own_world.project / "new.txt").rename(own_world.project / "moved.txt")
    ran = own_world.run("scan", own_world.project.name)
    assert "← new.txt" in ran.out
    assert json.loads(own_world.run("scan", "--json").out) == []


def test_template_and_skeleton_lists(world: World) -> None:
    templates = {template["name"]: template for template in _json(world, "template", "list")}
    assert {"requirement-spec", "meeting-notes", "closure-report"} <= set(templates)
    assert templates["meeting-notes"]["languages"] == ["en", "zh"]
    fields = _json(world, "template", "fields", "meeting-notes")
    assert {"field", "kind", "source", "question", "where", "type", "choices"} == set(fields[0])
    assert world.run("template", "fields", "closure-report").code == 0
    skeletons = {skeleton["name"] for skeleton in _json(world, "skeleton", "list")}
    assert {"client-project", "consulting-engagement"} <= skeletons
    shown = _json(world, "skeleton", "show", "client-project")
    assert {"name", "version", "title", "questions", "nodes"} <= set(shown)
    assert _json(world, "skeleton", "check", "client-project") == []
    assert world.run("skeleton", "show", "consulting-engagement").code == 0


def test_guide_lists_its_topics_and_prints_one(world: World) -> None:
    ran = world.run("guide")
    assert ran.code == 0
    topics = [line.split()[0] for line in ran.out.splitlines()[1:]]
    assert topics
    assert world.run("guide", topics[0]).out.startswith("#")


def test_rebuild_answers(own_world: World) -> None:
    ran = own_world.run("rebuild")
    assert ran.code == 0
    assert not english_in(ran.out) if own_world.language == "zh" else "1 project" in ran.out


# -- dry runs --------------------------------------------------------------------------------------
def test_dry_runs_change_nothing(world: World, tmp_path: Path) -> None:
    before, name = world.tree(), world.project.name
    commands = [
        ("new", "Other", "--client", "Beta", "--dry-run"),
        ("fill", "meeting-notes", "-p", name, *MEETING, "--dry-run"),
        ("restore", f"{name}/note.txt", "--version", "1", "--dry-run"),
        ("restore", f"{name}/gone.txt", "--version", "1", "--dry-run"),
        ("init", str(tmp_path / "later"), "--dry-run"),
    ]
    for args in commands:
        ran = world.run(*args)
        assert ran.code == 0, (args, ran.err)
        assert ran.out.strip()
        assert world.tree() == before
    assert not (tmp_path / "later").exists()


def test_every_dry_run_ends_alike(world: World, tmp_path: Path) -> None:
    name = world.project.name
    said = "没有做任何改动。\n" if world.language == "zh" else "Nothing was changed.\n"
    commands = [
        ("new", "Other", "--client", "Beta"), ("fill", "meeting-notes", "-p", name, *MEETING),
        ("restore", f"{name}/note.txt", "--version", "1"), ("restore", name, "--at", "2100-01-01"),
        ("register", "add", "tasks", "-p", name, "name=Offer"), ("file", "-p", name),
        ("name", "-p", name, "--fix"), ("prune",)]
    for args in [*commands, ("init", str(tmp_path / "later")), ("service", "install")]:
        ran = world.run(*args, "--dry-run")
        assert ran.code == 0, (args, ran.err)
        assert ran.err.endswith(said), args
        assert ran.err.count(said) == 1, args
    assert {world.run(*args, "--dry-run", "--json").err for args in commands} == {""}


def test_dry_runs_refuse_what_the_real_run_would(world: World) -> None:
    name = world.project.name
    assert world.run("init", ".", "--dry-run").code == 3
    assert world.run("restore", f"{name}/note.txt", "--version", "9", "--dry-run").code == 2
    assert world.run("fill", "meeting-notes", "-p", name, *MEETING, "--out", f"{name}/x.txt", "--dry-run").code == 2


def test_the_dry_run_of_new_is_a_tree_or_json(world: World) -> None:
    out = world.run("new", "Other", "--client", "Beta", "--dry-run").out
    assert "└── " in out
    assert "project.yaml" in out
    plan = _json(world, "new", "Other", "--client", "Beta", "--dry-run")
    assert {"folder", "skeleton", "language", "facts", "nodes"} <= set(plan)
    assert {"id", "path", "folder"} == set(plan["nodes"][0])


def test_the_dry_run_of_fill_as_json_says_where(world: World) -> None:
    told = _json(world, "fill", "meeting-notes", "-p", world.project.name, *MEETING, "--dry-run")
    assert told["path"].startswith(world.project.name)
    assert told["path"].endswith(".docx")
    assert told["version"] is None


# -- new and fill ----------------------------------------------------------------------------------
def test_new_tells_what_it_made_and_answers_in_json(own_world: World) -> None:
    told = _json(own_world, "new", "Second", "--client", "Beta", "--due", "2030-01-31")
    assert set(told) == {"code", "name", "client", "folder", "skeleton", "language"}
    assert (own_world.root / told["folder"] / "project.yaml").is_file()
    ran = own_world.run("new", "Third", "--client", "Beta", "--skeleton", "consulting-engagement")
    assert ran.code == 0
    assert not english_in(ran.out) or own_world.language == "en"
    assert own_world.run("scan", "--json").out.strip() == "[]", "all of a new project is kept as it is made"


def test_new_takes_facts_from_a_file(own_world: World) -> None:
    facts = own_world.root / "facts.yaml"
    facts.write_text("project: {name: From File, manager: 李明}\nclient.name: Gamma\nsuccess_criteria: [a, b]\n",
                     encoding="utf-8")
    told = _json(own_world, "new", "--from", "facts.yaml")
    shown = _json(own_world, "show", told["code"])
    assert shown["facts"]["project"]["manager"] == "李明"
    assert shown["facts"]["success_criteria"] == ["a", "b"]
    (own_world.root / "facts.json").write_text('{"project.name": "J", "client": {"name": "G"}}')
    assert own_world.run("new", "--from", "facts.json").code == 0


def test_fill_puts_the_document_in_its_folder_findable_at_once(own_world: World) -> None:
    told = _json(own_world, "fill", "meeting-notes", "-p", own_world.project.name, *MEETING)
    assert told["version"] == 1
    assert told["document_version"] == "1.0"
    path = own_world.root / told["path"]
    assert path.is_file()
    assert path.parent.parent.parent == own_world.project
    assert told["path"] in {one["path"] for one in _json(own_world, "find", "Kick-off")}
    assert own_world.run("history", told["path"]).code == 0


def _letter(path: Path, *lines: str) -> Path:
    from docx import Document

    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def test_fill_outside_any_workspace(run: Run, tmp_path: Path) -> None:
    _letter(tmp_path / "letter.docx", "Dear {{ name }},", "your {{ thing.kind }} is ready.")
    ran = run("fill", "letter.docx", "--set", "name=Ann")
    assert ran.code == 2
    assert "thing.kind" in ran.err
    (tmp_path / "values.yaml").write_text("name: Ann\nthing: {kind: report}\n")
    ran = run("fill", "letter.docx", "--data", "values.yaml", "--out", "out.docx", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["path"] == str(tmp_path / "out.docx")
    from docx import Document

    assert "report is ready" in Document(str(tmp_path / "out.docx")).paragraphs[1].text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.docx", "out.docx", "values.yaml"]
    assert run("fill", "letter.docx", "--data", "values.yaml", "--out", "out.docx").code == 3
