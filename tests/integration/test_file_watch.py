"""A watch that sorts the inboxes: a few seconds after something came, and never what was taken back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.integration.test_file import PROJECT, set_rules, word
from tests.integration.test_watch import SECONDS, Watch, drop
from tests.trees import make_tree, read_tree

REST = 13.0  # longer than a watch waits before it sorts


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    assert run("new", "Site", "--client", "Acme", "--code", PROJECT).code == 0
    return next(workspace.glob("*/project.yaml")).parent


@pytest.fixture
def meetings(project: Path) -> Path:
    return project / "02_Communications" / "Meetings"


def put(inbox: Path, name: str, text: str) -> Path:
    """Let a file appear whole in the inbox."""
    drop(inbox / name, text)
    return inbox / name


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_it_sorts_what_is_dropped_and_says_so(run: Run, inbox: Path, meetings: Path, watch: Watch) -> None:
    put(inbox, "minutes of the start.txt", "Minutes\n")
    word(inbox.parent / "Contract.docx", "Contract").rename(inbox / "Contract.docx")
    put(inbox, "holiday.txt", "sun\n")

    until(lambda: {path.name for path in inbox.iterdir()} == {"holiday.txt"}, "sorted")

    assert [path.name[:17] for path in meetings.iterdir()] == ["P2026-001_Minutes"]
    watch.until_told("minutes of the start.txt")
    assert run("undo", "--list").code == 0
    assert run("find", "minutes").out


@pytest.mark.parametrize("log", [False, True])
def test_it_names_the_batch_that_undo_takes_back(run: Run, workspace: Path, project: Path, inbox: Path, log: bool
                                                 ) -> None:
    make_tree(inbox, {"minutes of the start.txt": "Minutes\n", "Contract.txt": "Contract\n"})
    before = read_tree(project)
    told = workspace.parent / "told.txt"
    with told.open("w") as stream:
        process = subprocess.Popen([sys.executable, "-u", "-m", "folderkit", "watch", *(["--log"] if log else [])],
                                   cwd=workspace, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        if log:
            told = workspace / ".folderkit" / "watch.log"
        until(lambda: told.exists() and "folderkit undo" in told.read_text(), "the batch is named")
    finally:
        process.terminate()
        process.wait(SECONDS)

    line = next(line for line in told.read_text().splitlines() if "folderkit undo" in line)
    assert "2 filed. To take it back: " in line
    assert run("undo", line.split()[-1]).code == 0
    assert read_tree(project) == before


def test_it_does_not_sort_again_what_was_taken_back(run: Run, project: Path, inbox: Path, meetings: Path,
                                                    watch: Watch) -> None:
    for number in range(30):
        put(inbox, f"minutes {number}.txt", f"Minutes {number}\n")
    until(lambda: not list(inbox.iterdir()), "sorted")

    while json.loads(run("undo", "--list", "--json").out):
        assert run("undo").code == 0
    before = read_tree(inbox)
    assert len(before) == 30
    time.sleep(REST)

    assert read_tree(inbox) == before
    assert list(meetings.iterdir()) == []
    (inbox / "minutes 0.txt").write_text("Minutes, and something new\n")
    time.sleep(REST)
    assert len(list(inbox.iterdir())) == 30, "nor when it was changed: a person works on it there"


def test_a_setting_leaves_sorting_to_the_command(run: Run, workspace: Path, inbox: Path, meetings: Path) -> None:
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text() + "\nfiling: file\n")
    watch = Watch(workspace)
    try:
        put(inbox, "minutes.txt", "Minutes\n")
        watch.until_told("minutes.txt")
        time.sleep(REST)
        assert [path.name for path in inbox.iterdir()] == ["minutes.txt"]
        assert run("file").code == 0
        assert len(list(meetings.iterdir())) == 1
    finally:
        watch.end()


def test_what_lay_there_before_it_began_is_sorted_too(workspace: Path, inbox: Path, meetings: Path) -> None:
    make_tree(inbox, {"dropped/in/minutes.txt": "Minutes\n"})
    watch = Watch(workspace)
    try:
        until(lambda: len(list(meetings.iterdir())) == 1, "sorted")
        until(lambda: not list(inbox.iterdir()), "emptied folders are gone")
    finally:
        watch.end()


def test_a_file_that_is_open_is_sorted_when_it_is_closed(inbox: Path, meetings: Path, watch: Watch) -> None:
    lock = inbox / ".~lock.minutes.txt#"
    lock.write_text("li")
    put(inbox, "minutes.txt", "Minutes\n")
    watch.until_told("minutes.txt")
    time.sleep(REST)
    assert (inbox / "minutes.txt").exists()

    lock.unlink()

    until(lambda: len(list(meetings.iterdir())) == 1, "sorted")


def test_a_broken_rule_is_told_and_ends_nothing(run: Run, workspace: Path, inbox: Path, meetings: Path,
                                                watch: Watch) -> None:
    set_rules(workspace, "  - {id: mine, match: {paper: minute}}\n")
    put(inbox, "minutes.txt", "Minutes\n")

    watch.until_told("There is no paper 'minute'")
    assert (inbox / "minutes.txt").exists()
    assert len(json.loads(run("history", str(inbox / "minutes.txt"), "--json").out)) == 1
    set_rules(workspace, "  - {id: mine, match: {paper: minutes}, file: {to: communications.meetings}}\n")
    put(inbox, "minutes 2.txt", "Minutes 2\n")

    until(lambda: len(list(meetings.iterdir())) == 2, "both are sorted")


def test_the_command_and_the_watch_file_each_file_once(run: Run, inbox: Path, meetings: Path, watch: Watch) -> None:
    for number in range(40):
        put(inbox, f"minutes {number}.txt", f"Minutes {number}\n")
        if number % 10 == 9:
            assert run("file").code in (0, 1)

    until(lambda: not list(inbox.iterdir()), "sorted")

    texts = sorted(path.read_text() for path in meetings.iterdir())
    assert texts == sorted(f"Minutes {number}\n" for number in range(40))
    steps = [one["steps"] for one in json.loads(run("undo", "--list", "--json").out)]
    assert sum(steps) == 40
    assert run("verify", "--read").code == 0
