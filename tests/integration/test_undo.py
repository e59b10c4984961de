"""The command undo: a batch is taken back exactly, and what was changed since is left and told."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from folderkit.core.project import read_project
from folderkit.core.workspace import open_workspace
from folderkit.operations.undo import Undoing, apply_undo, plan_undo
from folderkit.store import Store
from tests.conftest import Run
from tests.faults.sweep import missing
from tests.integration.test_file import PROJECT, only, told, word
from tests.trees import make_tree, read_tree


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    assert run("new", "Site", "--client", "Acme", "--code", PROJECT).code == 0
    return next(workspace.glob("*/project.yaml")).parent


FILES: dict[str, str | bytes | None] = {
    "minutes of the start.txt": "Minutes\n",
    "from Acme/Contract.txt": "Contract\n",
    "from Acme/money/Invoice 4711.txt": "Invoice\n",
    "from Acme/money/deep/Quotation.txt": "Quotation\n",
    "from Acme/holiday.txt": "sun\n",
    "周报/项目周报.txt": "周报\n",
    "nothing in it": None,
}


def test_a_batch_is_taken_back_exactly_with_the_folders_that_were_dropped(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, FILES)
    before = read_tree(project)

    done = told(run)
    assert sum(one["action"] == "moved" for one in done) == 5
    assert {path.relative_to(inbox).as_posix() for path in inbox.rglob("*")} == {
        "from Acme", "from Acme/holiday.txt", "nothing in it"}
    ran = run("undo")

    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) == 5
    assert all(line.startswith("undone  ") for line in ran.out.splitlines())
    assert read_tree(project) == before


def test_folders_that_a_batch_made_go_and_those_of_a_person_stay(run: Run, project: Path, inbox: Path) -> None:
    communications = project / "02_Communications"
    shutil.rmtree(communications)
    with zipfile.ZipFile(inbox / "pack.zip", "w") as archive:
        archive.writestr("a/b/x.bin", "x")
        archive.mkdir("empty/within")
        archive.writestr("y.bin", "y")
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n", "Contract.txt": "c\n"})
    before = read_tree(project)
    assert run("file", "--unpack").code == 0
    assert len(list((communications / "Meetings").iterdir())) == 2
    (project / "04_Documents" / "Mine").mkdir()

    assert run("undo").code == 0

    assert read_tree(project) == {**before, "04_Documents/Mine": None}


def test_a_folder_that_a_batch_made_stays_while_something_is_in_it(run: Run, project: Path, inbox: Path) -> None:
    meetings = project / "02_Communications" / "Meetings"
    shutil.rmtree(meetings.parent)
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n"})
    assert run("file").code == 0
    first = next(meetings.iterdir())
    content = first.read_text()
    first.write_text("a person edited it\n")

    assert run("undo").code == 1
    assert [path.name for path in meetings.iterdir()] == [first.name]
    first.write_text(content)
    assert run("undo").code == 0
    assert not meetings.parent.exists()


def test_histories_go_on_through_filing_and_undo(run: Run, inbox: Path) -> None:
    (inbox / "minutes.txt").write_text("Minutes\n")
    assert run("file").code == 0
    assert run("undo").code == 0
    (inbox / "minutes.txt").write_text("Minutes of the start\n")
    assert run("scan").code == 0

    assert [one["version"] for one in json.loads(run("history", str(inbox / "minutes.txt"), "--json").out)] == [1, 2]


def test_what_was_changed_since_is_left_and_told(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n", "minutes c.txt": "c\n", "minutes d.txt": "d\n"})
    to = {Path(one["path"]).name[8]: project / one["to"] for one in told(run)}
    to["a"].write_text("a, changed\n")
    to["b"].rename(project / "b.txt")
    (inbox / "minutes c.txt").write_text("another c\n")

    ran = run("undo")

    assert ran.code == 1
    left = {line for line in ran.out.splitlines() if line.startswith("left")}
    assert len(left) == 3
    assert any("it was changed since" in line for line in left)
    assert any("it is not where it was put" in line for line in left)
    assert any("something stands at its old place" in line for line in left)
    assert "Some of it could not be taken back" in ran.err
    assert to["a"].read_text() == "a, changed\n"
    assert (project / "b.txt").read_text() == "b\n"
    assert (inbox / "minutes c.txt").read_text() == "another c\n"
    assert to["c"].read_text() == "c\n"
    assert (inbox / "minutes d.txt").read_text() == "d\n"


def test_what_was_left_can_be_taken_back_when_nothing_hinders_it_any_more(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n"})
    before = read_tree(project)
    first = project / told(run)[0]["to"]
    lock = first.with_name(f".~lock.{first.name}#")
    lock.write_text("li")

    assert run("undo").code == 1
    assert first.exists()
    lock.unlink()
    assert run("undo").code == 0

    assert read_tree(project) == before


def test_twice_takes_two_batches_back(run: Run, project: Path, inbox: Path) -> None:
    (inbox / "minutes a.txt").write_text("a\n")
    assert run("file").code == 0
    (inbox / "Contract.txt").write_text("b\n")
    between = read_tree(project)
    assert run("file").code == 0

    assert run("undo").code == 0
    assert read_tree(project) == between
    assert run("undo").code == 0
    assert {path.name for path in inbox.iterdir()} == {"minutes a.txt", "Contract.txt"}
    third = run("undo")
    assert third.code == 3
    assert "There is nothing to undo." in third.err


def test_filed_and_undone_again_and_again(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, FILES)
    before = read_tree(project)

    for _ in range(3):
        assert run("file").code == 0
        assert read_tree(project) != before
        assert run("undo").code == 0
        assert read_tree(project) == before


def test_a_batch_that_cannot_be_taken_back_at_all(run: Run, project: Path, inbox: Path) -> None:
    (inbox / "minutes.txt").write_text("a\n")
    path = project / only(told(run))["to"]
    path.write_text("changed\n")

    ran = run("undo")

    assert ran.code == 3
    assert "Nothing of it can be taken back." in ran.err
    assert "undo --list" in ran.err
    assert "it was changed since" in ran.err
    assert path.read_text() == "changed\n"


def test_a_file_that_was_deleted_or_is_open_is_left(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n", "minutes c.txt": "c\n"})
    done = [project / one["to"] for one in told(run)]
    done[0].unlink()

    with done[1].open("r+"):
        ran = run("undo")

    assert ran.code == 1
    assert "it is open in another program" in ran.out
    assert (inbox / "minutes c.txt").exists()
    assert not (inbox / "minutes a.txt").exists()


def test_a_dry_run_changes_nothing(run: Run, project: Path, inbox: Path) -> None:
    (inbox / "minutes.txt").write_text("a\n")
    to = only(told(run))["to"]
    before = read_tree(project)

    ran = run("undo", "--dry-run")

    assert ran.code == 0
    assert f"{to} → 00_Inbox/minutes.txt" in ran.out
    assert read_tree(project) == before
    assert run("undo").code == 0


def test_json_and_the_list_of_batches(run: Run, inbox: Path) -> None:
    assert run("undo", "--list").out == "There is nothing to undo.\n"
    assert json.loads(run("undo", "--list", "--json").out) == []
    (inbox / "minutes.txt").write_text("a\n")
    batch = only(told(run))["batch"]

    listed = json.loads(run("undo", "--list", "--json").out)
    assert [list(one) for one in listed] == [["batch", "at", "steps", "first"]]
    assert (listed[0]["batch"], listed[0]["steps"]) == (batch, 1)
    assert batch in run("undo", "--list").out
    undone = json.loads(run("undo", batch, "--json").out)
    assert [list(one) for one in undone] == [["path", "to", "step", "reason"]]
    assert (undone[0]["to"], undone[0]["step"], undone[0]["reason"]) == ("00_Inbox/minutes.txt", "moved", None)
    assert json.loads(run("undo", "--list", "--json").out) == []


def test_an_unknown_batch_is_told_with_the_one_that_is_like_it(run: Run, inbox: Path) -> None:
    (inbox / "minutes.txt").write_text("a\n")
    batch = only(told(run))["batch"]

    ran = run("undo", batch[:-1] + "x")

    assert ran.code == 2
    assert f"Did you mean '{batch}'?" in ran.err


def test_an_undone_copy_is_whole(run: Run, project: Path, inbox: Path) -> None:
    """What was taken away comes back from the vault, byte for byte."""
    word(inbox / "Invoice 1.docx", "Invoice")
    data = (inbox / "Invoice 1.docx").read_bytes()
    assert run("file").code == 0
    (inbox / "Invoice 1.docx").write_bytes(data)

    assert only(told(run))["action"] == "taken"
    assert not (inbox / "Invoice 1.docx").exists()
    assert run("undo").code == 0
    assert (inbox / "Invoice 1.docx").read_bytes() == data
    assert run("verify", "--read").code == 0


def test_the_catalog_made_again_knows_what_can_be_undone(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n"})
    before = read_tree(project)
    first = project / told(run)[0]["to"]
    lock = first.with_name(f".~lock.{first.name}#")
    lock.write_text("li")
    assert run("undo").code == 1
    lock.unlink()

    assert run("rebuild").code == 0
    assert len(json.loads(run("undo", "--list", "--json").out)) == 1
    assert run("undo").code == 0
    assert read_tree(project) == before


def test_a_project_that_is_not_there_is_told(run: Run, project: Path, inbox: Path, tmp_path: Path) -> None:
    (inbox / "minutes.txt").write_text("a\n")
    assert run("file").code == 0
    project.rename(tmp_path / "elsewhere")

    ran = run("undo")

    assert ran.code == 3
    assert "its project is not there" in ran.err


def test_a_step_that_is_hindered_leaves_the_others_to_be_taken_back(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"sub/minutes a.txt": "a\n", "minutes a.txt": "a\n", "sub/minutes b.txt": "b\n",
                      "minutes c.txt": "c\n", "sub/minutes c.txt": "c\n"})
    assert {one["path"][9:]: one["action"] for one in told(run)} == {
        "minutes a.txt": "moved", "sub/minutes a.txt": "taken", "sub/minutes b.txt": "moved",
        "minutes c.txt": "moved", "sub/minutes c.txt": "taken"}
    (inbox / "sub").write_text("a file\n")

    ran = run("undo")

    assert ran.code == 1
    assert sum("('00_Inbox/sub' is not a folder now)" in line for line in ran.out.splitlines()) == 3
    assert "vault" not in ran.err
    assert (inbox / "minutes c.txt").read_text() == "c\n"
    assert (inbox / "sub").read_text() == "a file\n"
    assert run("undo").code == 3
    (inbox / "sub").unlink()
    assert run("undo").code == 0
    assert len(list((inbox / "sub").iterdir())) == 3


def test_a_link_to_nowhere_at_the_old_place_stays(run: Run, project: Path, inbox: Path) -> None:
    make_tree(inbox, {"minutes a.txt": "a\n", "minutes b.txt": "b\n"})
    assert run("file").code == 0
    (inbox / "minutes a.txt").symlink_to("nowhere")

    ran = run("undo")

    assert ran.code == 1
    assert "something stands at its old place" in ran.out
    assert (inbox / "minutes a.txt").is_symlink()
    assert (inbox / "minutes b.txt").read_text() == "b\n"


def test_a_folder_that_turns_into_a_file_at_the_last_moment(run: Run, workspace: Path, project: Path, inbox: Path
                                                            ) -> None:
    make_tree(inbox, {"minutes a.txt": "a\n", "sub/minutes a.txt": "a\n", "sub/minutes c.txt": "c\n"})
    assert {one["action"] for one in told(run)} == {"moved", "taken"}
    done: list[Undoing] = []
    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        plan = plan_undo(store, [read_project(project)])
        (inbox / "sub").write_text("a file\n")
        apply_undo(store, plan, done.append)

    reasons = {one.step.old: one.reason.en for one in done if one.reason}
    assert set(reasons) == {"00_Inbox/sub/minutes a.txt", "00_Inbox/sub/minutes c.txt"}
    assert all("folder" in reason for reason in reasons.values())
    assert (inbox / "minutes a.txt").read_text() == "a\n"


@pytest.mark.skipif(bool(missing()), reason=missing() or "-")
def test_what_was_done_is_told_when_the_disk_fails_midway(run: Run, workspace: Path, inbox: Path) -> None:
    make_tree(inbox, {f"{letter}/minutes.txt": "the same\n" for letter in "abcdefgh"})
    assert len(told(run)) == 8

    for call in range(2, 60, 3):
        ran = subprocess.run(
            ["strace", "-f", "-o", os.devnull, "-e", f"inject=fsync,fdatasync:error=EIO:when={call}+", sys.executable,
             "-m", "folderkit", "undo"], cwd=workspace, capture_output=True, text=True, check=False)
        assert "Traceback" not in ran.stderr
        if "undone" in ran.stdout:
            break

    assert ran.returncode == 1
    assert ran.stdout.startswith("undone")
    assert "the disk reported an error" in ran.stderr + ran.stdout
    assert run("undo").code == 0
    assert len(list(inbox.iterdir())) == 8
