"""Rules that only note: facts and tags are recorded once, found, shown and taken back; the file stays where it is."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.integration.test_file import only, set_rules, told
from tests.integration.test_watch import SECONDS, Watch
from tests.trees import make_tree, read_tree

RULES = """\
  - id: kestrel
    match: {name: 'Kestrel (?P<number>K-[0-9]+)'}
    set: {date: [name], budget: 'worth ([0-9]+)'}
    tags: [to discuss]
"""
NOTED = {"number": "K-7", "budget": "250", "date": "2026-03-05", "tags": ["to discuss"]}


@pytest.fixture
def file(workspace: Path, project: Path) -> Path:
    set_rules(workspace, RULES)
    make_tree(project, {"00_Inbox/Kestrel K-7 2026-03-05.txt": "it is worth 250\n", "00_Inbox/holiday.txt": "sun\n"})
    return project / "00_Inbox" / "Kestrel K-7 2026-03-05.txt"


def found(run: Run, word: str) -> list[str]:
    ran = run("find", word, "--json")
    return [Path(one["path"]).name for one in json.loads(ran.out)] if ran.code == 0 else []


def entries(run: Run) -> int:
    return len(json.loads(run("log", "--what", "file.filed", "--json").out))


def test_what_a_rule_notes_is_recorded_once_and_the_file_stays(run: Run, project: Path, file: Path) -> None:
    before = read_tree(project)
    planned = run("file", "--dry-run")
    assert f"noted     00_Inbox/{file.name}\n" in planned.out
    assert "tags to discuss" in planned.out
    assert found(run, "discuss") == []

    one = next(one for one in told(run) if one["action"] == "noted")

    assert one["facts"] == NOTED
    assert (one["path"], one["to"], one["rule"]) == (f"00_Inbox/{file.name}", f"00_Inbox/{file.name}", "kestrel")
    assert one["batch"]
    assert read_tree(project) == before
    assert found(run, "discuss") == [file.name]
    assert "Noted by the rule kestrel: " in run("history", str(file)).out
    assert {one["action"] for one in told(run)} == {"stays"}
    assert entries(run) == 1
    assert run("rebuild").code == 0
    assert {one["action"] for one in told(run)} == {"stays"}
    assert found(run, "discuss") == [file.name]


def test_what_was_noted_is_taken_back(run: Run, project: Path, file: Path) -> None:
    assert "folderkit undo" in run("file").err
    file.write_text("it is worth 300\n")
    assert next(one for one in told(run) if one["action"] == "noted")["facts"]["budget"] == "300"
    before = read_tree(project)

    assert run("undo").code == 0
    assert "budget 250" in run("history", str(file)).out
    ran = run("undo")
    assert (ran.code, ran.err) == (0, "")
    assert file.name in ran.out

    assert "by the rule" not in run("history", str(file)).out
    assert found(run, "discuss") == []
    assert read_tree(project) == before
    assert run("undo").code == 3


def test_a_rule_that_sets_nothing_notes_nothing(run: Run, workspace: Path, file: Path) -> None:
    set_rules(workspace, "  - id: left-alone\n    match: {name: Kestrel}\n")
    assert only(told(run, str(file)))["reason"] == "it is where it belongs"
    assert entries(run) == 0


def test_in_chinese(run: Run, file: Path) -> None:
    assert "记录" in run("file", lang="zh").out
    assert "按规则 kestrel 记录：" in run("history", str(file), lang="zh").out


def test_a_watch_notes_once_and_not_again_what_was_taken_back(run: Run, file: Path, watch: Watch) -> None:
    watch.until_told("folderkit undo")
    assert any("noted  " in line and file.name in line for line in watch.lines)
    assert found(run, "discuss") == [file.name]
    assert run("undo").code == 0
    file.with_name("Kestrel K-8.txt").write_text("another one\n")
    deadline = time.monotonic() + SECONDS
    while len(found(run, "discuss")) == 0:
        assert time.monotonic() < deadline, watch.lines
        time.sleep(0.2)
    assert found(run, "discuss") == ["Kestrel K-8.txt"]
    assert entries(run) == 2
