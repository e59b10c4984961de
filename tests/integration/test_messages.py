"""What is said when something that a person typed is nearly right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from folderkit.catalog.sought import Sought
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
    assert Sought("交货条件").expression() == '"交货 货条 条件"'


def test_every_fault_of_a_member_is_told_at_once(run: Run, workspace: Path) -> None:
    (workspace / "facts.yaml").write_text("client: {name: B}\ngoals:\n- {text: Fast, met: perhaps, wrong: y}\n")
    done = run("new", "A", "--from", "facts.yaml")
    assert "perhaps" in done.err
    assert "'wrong' is not known" in done.err


def test_list_and_status_tell_a_project_that_is_gone(run: Run, project: Path) -> None:
    project.rename(project.parent.parent / "elsewhere")
    for command in ("list", "status"):
        done = run(command)
        assert done.code == 0
        assert f'folderkit restore "{project.name}"' in done.err
        assert "There is no project yet" not in done.out


def test_status_shows_a_due_date_that_is_none(run: Run, project: Path) -> None:
    facts = project / "project.yaml"
    facts.write_text(re.sub("due_date:.*", "due_date: soon", facts.read_text(encoding="utf-8")), encoding="utf-8")
    assert "soon" in run("status").out


def test_fill_tells_all_wrong_registers_and_what_it_took_in(run: Run, project: Path) -> None:
    next(project.rglob("Budget.xlsx")).unlink()
    next(project.rglob("Risk*.xlsx")).write_bytes(b"junk")
    done = run("fill", "closure-report", "--set", "closure.summary=x", "--set", "closure.conclusion=done", "--quick",
               cwd=project)
    assert done.code == 3
    assert "'Budget.xlsx' is not in" in done.err
    assert "Risk register.xlsx" in done.err
    assert any("gone" in line and "Budget.xlsx" in line for line in done.err.splitlines())


def test_a_template_that_is_a_folder_and_a_result_in_no_folder(run: Run, project: Path) -> None:
    (project / "f.docx").mkdir()
    assert "'f.docx' is a folder." in run("fill", "f.docx", cwd=project).err.replace(str(project) + "/", "")
    done = run("fill", "closure-report", "--set", "closure.summary=x", "--set", "closure.conclusion=done", "--out",
               "nodir/x.docx", cwd=project)
    assert done.code == 2
    assert not (project / "nodir").exists()
