"""What is said when something that a person typed is nearly right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from folderkit.catalog.tokens import match_expression
from tests.conftest import Run


def test_a_code_that_no_project_has_is_not_taken_for_another(run: Run, project: Path) -> None:
    done = run("show", "P2026-999")
    assert done.code == 2
    assert "Did you mean" not in done.err
    assert "There are: P2026-001." in done.err


def test_a_name_that_is_nearly_one_is_suggested(run: Run, project: Path) -> None:
    assert "Did you mean 'Site'?" in run("scan", "Syte").err


def test_a_code_of_a_wrong_form_is_told_in_words(run: Run, workspace: Path) -> None:
    for language, words in (("en", "2 to 20 letters, digits and hyphens"), ("zh", "2 到 20 个字母、数字和短横线")):
        done = run("--lang", language, "new", "A", "--client", "B", "--code", "P/1")
        assert done.code == 2
        assert words in done.err
        assert "[A-Z" not in done.err


def test_a_folder_in_a_workspace_is_not_called_one(run: Run, workspace: Path) -> None:
    for more in ((), ("--dry-run",)):
        done = run("init", "sub", *more)
        assert done.code == 3
        assert f"'{workspace / 'sub'}' lies in the workspace '{workspace}'." in done.err


@pytest.mark.parametrize("command", [
    ("new", "A", "--client", "B", "--from"), ("fill", "closure-report", "-p", "Site", "--data")])
def test_a_file_of_values_that_is_none(run: Run, project: Path, workspace: Path, command: tuple[str, ...]) -> None:
    for name, said in ((project.name, "is a folder"), ("none.yaml", "There is no file")):
        done = run(*command, name)
        assert done.code == 2
        assert said in done.err
        assert "Name a YAML or JSON file of values." in done.err


def test_every_wrong_member_of_a_file_is_told_with_its_line(run: Run, workspace: Path) -> None:
    (workspace / "facts.yaml").write_text(
        "client: {name: B}\ngoals:\n- {text: Fast, met: perhaps}\n- {text: Cheap}\n- {texts: Good}\nproject:\n"
        "  due_date: soon\n")
    done = run("new", "A", "--from", "facts.yaml")
    assert done.code == 1
    for line in (":3:", ":5:", ":7:"):
        assert f"facts.yaml{line}" in done.err, done.err
    assert "facts.yaml:4:" not in done.err


def test_show_tells_choices_in_words(run: Run, workspace: Path, project: Path) -> None:
    facts = project / "project.yaml"
    text = facts.read_text(encoding="utf-8")
    assert "deliverables: []" in text
    facts.write_text(text.replace("deliverables: []", "deliverables:\n- {name: Site, status: accepted}"),
                     encoding="utf-8")
    assert "Site · Accepted" in run("show", "Site").out
    assert "Site · 已验收" in run("--lang", "zh", "show", "Site").out
    columns = {line.index("  project.") for line in run("show", "Site").out.splitlines() if "  project." in line}
    assert len(columns) == 1


def test_the_reason_in_json_is_the_same_in_every_language(run: Run, project: Path) -> None:
    (project / "link.txt").symlink_to("project.yaml")
    english, chinese = ([row for row in json.loads(run("--lang", language, "scan", "--json").out)
                         if row["kind"] == "skipped"] for language in ("en", "zh"))
    assert english == chinese != []


def test_a_blank_between_chinese_words_of_a_phrase_may_be_there_or_not(run: Run, project: Path) -> None:
    (project / "one.txt").write_text("甲方交货条件如下", encoding="utf-8")
    (project / "two.txt").write_text("甲方交货 条件如下", encoding="utf-8")
    (project / "three.txt").write_text("交货，条件", encoding="utf-8")
    assert run("scan").code == 0
    found = run("find", '"交货 条件"').out
    assert "one.txt" in found
    assert "two.txt" in found
    assert "three.txt" not in found
    assert match_expression("交货条件") == '"交货 货条 条件"'
