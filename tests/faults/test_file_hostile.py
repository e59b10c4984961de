"""Filing among links, pipes and folders that cannot be read, with many files, many rules and slow patterns."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.project import read_project
from folderkit.core.workspace import open_workspace
from folderkit.intake import patterns
from folderkit.intake.patterns import SlowPatterns
from folderkit.operations.file import Filer, Filing, Sorter, apply_filings, files_to_file
from folderkit.store import Store, new_id
from tests.conftest import Run, folderkit
from tests.faults.sweep import missing
from tests.integration.test_file import PROJECT, set_rules, told
from tests.trees import make_tree, read_tree


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    assert run("new", "Site", "--client", "Acme", "--code", PROJECT).code == 0
    return next(workspace.glob("*/project.yaml")).parent


def test_links_pipes_and_loops_stay_and_lead_nowhere(run: Run, project: Path, inbox: Path, tmp_path: Path) -> None:
    outside = make_tree(tmp_path / "outside", {"minutes.txt": "Minutes outside\n", "deep/contract.txt": "Contract\n"})
    before = read_tree(outside)
    (inbox / "minutes link.txt").symlink_to(outside / "minutes.txt")
    (inbox / "contract folder").symlink_to(outside / "deep", target_is_directory=True)
    (inbox / "loop").symlink_to(inbox, target_is_directory=True)
    (inbox / "nowhere minutes.txt").symlink_to("not there")
    os.mkfifo(inbox / "minutes pipe.txt")
    (inbox / "minutes real.txt").write_text("Minutes\n")

    done = told(run)

    assert [(one["path"], one["action"]) for one in done] == [("00_Inbox/minutes real.txt", "moved")]
    assert read_tree(outside) == before
    assert {path.name for path in inbox.iterdir()} == {
        "minutes link.txt", "contract folder", "loop", "nowhere minutes.txt", "minutes pipe.txt"}
    assert run("undo").code == 0
    assert (inbox / "minutes real.txt").read_text() == "Minutes\n"


def test_a_file_that_becomes_a_link_or_a_pipe_before_it_is_moved(run: Run, workspace: Path, project: Path, inbox: Path,
                                                                 tmp_path: Path) -> None:
    for name in ("minutes a.txt", "minutes b.txt", "minutes c.txt", "minutes d.txt"):
        (inbox / name).write_text(f"{name}\n")
    assert run("scan").code == 0
    went: list[Filing] = []
    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        owner = read_project(project)
        filer = Filer(store, owner, SlowPatterns())
        plan = list(filer.plan(files_to_file(store, owner)))
        (inbox / "minutes a.txt").unlink()
        os.mkfifo(inbox / "minutes a.txt")
        (inbox / "minutes b.txt").rename(tmp_path / "elsewhere")
        (inbox / "minutes b.txt").symlink_to(tmp_path / "elsewhere")
        (inbox / "minutes c.txt").write_text("changed a moment ago\n")
        make_tree(project, {plan[3].path: "somebody was faster\n"})
        apply_filings(filer, plan, new_id(), went.append)

    assert [one.action for one in went] == ["stays"] * 4
    assert (inbox / "minutes c.txt").read_text() == "changed a moment ago\n"
    assert (inbox / "minutes d.txt").read_text() == "minutes d.txt\n"
    assert (project / plan[3].path).read_text() == "somebody was faster\n"
    assert (tmp_path / "elsewhere").read_text() == "minutes b.txt\n"
    assert (inbox / "minutes a.txt").is_fifo()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"closed/minutes.txt": "Minutes\n", "contract.txt": "Contract\n"})
    (inbox / "closed").chmod(0)
    try:
        ran = run("file", "--json")
        assert ran.code == 0
        assert [one["path"] for one in json.loads(ran.out)] == ["00_Inbox/contract.txt"]
        assert "closed" in ran.err
    finally:
        (inbox / "closed").chmod(0o755)


def test_two_thousand_files_at_once(run: Run, project: Path, inbox: Path) -> None:
    kinds = ("minutes", "合同", "Invoice", "holiday")
    make_tree(inbox, {f"box {number % 20}/{kinds[number % 4]} {number}.txt": f"{number}\n" for number in range(2000)})
    before = read_tree(project)

    done = told(run)

    assert len(done) == 2000
    assert sum(one["action"] == "moved" for one in done) == 1500
    assert len({one["to"] for one in done}) == 2000
    assert sorted(content for content in read_tree(project).values() if content is not None) == sorted(
        content for content in before.values() if content is not None)
    assert run("undo").code == 0
    assert read_tree(project) == before


def test_five_hundred_rules(run: Run, workspace: Path, project: Path, inbox: Path) -> None:
    rules = "".join(f"  - {{id: r{number}, match: {{name: '^thing {number}\\.', content: 'word{number}'}}, "
                    f"file: {{to: info}}}}\n" for number in range(500))
    set_rules(workspace, rules)
    make_tree(inbox, {"thing 0.txt": "word0\n", "thing 499.txt": "word499\n", "thing 7.txt": "another\n",
                      "minutes.txt": "Minutes\n"})

    assert {one["path"].rpartition("/")[2]: one["rule"] for one in told(run)} == {
        "thing 0.txt": "r0", "thing 499.txt": "r499", "thing 7.txt": None, "minutes.txt": "minutes"}


SLOW = "(a+)+$"


def test_a_pattern_that_would_take_for_ever_is_told_and_ends(workspace: Path, project: Path, inbox: Path) -> None:
    set_rules(workspace, f"  - {{id: slow, match: {{name: '{SLOW}'}}, file: {{to: info}}}}\n")
    (inbox / ("a" * 60 + "!.txt")).write_text("x\n")
    (inbox / "minutes.txt").write_text("Minutes\n")

    ran = folderkit("file", "--json", cwd=workspace)

    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    assert "took too long" in found[0]["reason"]
    assert found[1]["rule"] == "minutes"


needs_alarm = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")


@needs_alarm
@pytest.mark.parametrize(("command", "count"), [(("file", "--dry-run"), 5), (("name", "--check"), 6)])
def test_a_slow_pattern_is_not_tried_on_every_file(run: Run, workspace: Path, project: Path, inbox: Path,
                                                   monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...],
                                                   count: int) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    set_rules(workspace, f"  - {{id: slow, match: {{name: '{SLOW}'}}, file: {{to: info}}}}\n")
    place = inbox if command[0] == "file" else project / "05_Finance" / "Quotes"
    make_tree(place, {f"{'a' * 60}!{number}.txt": f"{number}\n" for number in range(count)})

    ran = run(*command)

    assert ran.err.count("Warning: the pattern '(a+)+$' of the rule 'slow' took too long 3 times") == 1
    if command[0] == "file":
        assert ran.out.count("needs review: no rule fits, and the pattern") == count
        assert ran.out.count("is not tried again") == count - 3
    assert "规则“slow”的模式“(a+)+$”耗时过长达 3 次，不再尝试" in run(*command, lang="zh").err  # and so again


@needs_alarm
def test_a_watch_tells_of_a_slow_pattern_in_every_pass(run: Run, workspace: Path, project: Path, inbox: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    set_rules(workspace, f"  - {{id: slow, match: {{name: '{SLOW}'}}, file: {{to: info}}}}\n")
    make_tree(inbox, {f"{'a' * 60}!{number}.txt": f"{number}\n" for number in range(4)})
    assert run("scan").code == 0
    sorter = Sorter()

    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        for _ in range(2):
            done = sorter.sort(store, [read_project(project)], time.time() + 60)
            assert [folder for folder, _ in done.troubles] == [""]  # what is told already, it does not tell again
            assert "of the rule 'slow' took too long 3 times" in done.troubles[0][1].en
            sorter.forget()


@needs_alarm
def test_what_was_not_tried_in_one_pass_is_in_the_next(run: Run, workspace: Path, project: Path, inbox: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    set_rules(workspace, f"  - {{id: slow, match: {{name: '{SLOW}'}}, file: {{to: info}}}}\n")
    make_tree(inbox, {**{f"{'a' * 60}!{number}.txt": f"{number}\n" for number in range(3)}, "zaaa": "z\n"})
    assert run("scan").code == 0
    sorter = Sorter()

    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        first = sorter.sort(store, [read_project(project)], time.time() + 60)
        assert [one.row.path for one in first.waiting] == ["00_Inbox/zaaa"]
        assert str(inbox / "zaaa") in first.again
        second = sorter.sort(store, [read_project(project)], time.time() + 60)

    assert [one.row.path for _, one in second.filed] == ["00_Inbox/zaaa"]
    assert second.waiting == []


def test_a_slow_pattern_in_a_text_and_in_a_finding(workspace: Path, project: Path, inbox: Path) -> None:
    set_rules(workspace, f"  - {{id: slow, match: {{content: {{pattern: '{SLOW}'}}}}, file: {{to: info}}}}\n"
                         f"  - {{id: found, match: {{name: '^b'}}, set: {{number: '{SLOW}'}}, file: {{to: info}}}}\n")
    (inbox / "b.txt").write_text("a" * 60 + "!\n")

    ran = folderkit("file", "--json", cwd=workspace)

    assert ran.returncode == 0, ran.stderr
    assert [one["action"] for one in json.loads(ran.stdout)] in (["moved"], ["stays"])


@pytest.mark.skipif(bool(missing()), reason=missing() or "-")
def test_killed_on_a_disk_without_hard_links(run: Run, workspace: Path, project: Path, inbox: Path) -> None:
    """There a name is claimed by an empty file first, which must not stay."""
    (inbox / "minutes.txt").write_text("Minutes\n")
    assert run("scan").code == 0
    before = read_tree(project)

    killed = subprocess.run(
        ["strace", "-o", os.devnull, "-e", "inject=link,linkat:error=EPERM", "-e", "inject=renameat2:error=EINVAL",
         "-e", "inject=rename:signal=SIGKILL:when=1",
         sys.executable, "-m", "folderkit", "file"], cwd=workspace, capture_output=True, check=False)
    assert killed.returncode == -9
    assert read_tree(project) != before

    assert run("scan").code == 0
    assert read_tree(project) == before
    assert run("file").code == 0
    assert list(inbox.iterdir()) == []


def test_what_comes_while_it_files_is_not_lost(run: Run, project: Path, inbox: Path) -> None:
    """Somebody else puts files in, renames and takes them away while the command runs, again and again."""
    stop = threading.Event()
    written: list[str] = []

    def write() -> None:
        number = 0
        while not stop.is_set() and number < 150:
            text = f"Minutes {number}\n"
            beside = project.parent / f"{number}.txt"
            beside.write_text(text)
            beside.rename(inbox / f"minutes {number}.txt")
            written.append(text)
            number += 1
            time.sleep(0.01)

    make_tree(inbox, {f"minutes x{number}.txt": f"x{number}\n" for number in range(100)})
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            assert run("file").code in (0, 1)
    finally:
        stop.set()
        writer.join()
    assert run("file").code == 0

    texts = sorted(path.read_text() for path in project.rglob("*Minutes*.txt"))
    assert texts == sorted([*written, *(f"x{number}\n" for number in range(100))])
    assert run("verify", "--read").code == 0
