"""The registers of all projects checked at once, and what a check found before known again while nothing is another."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from folderkit import checking
from folderkit.checking import Wanted, checked, found_in, open_all
from folderkit.core.errors import Failed
from folderkit.core.processes import cores
from folderkit.registers import load_schema, write_workbook
from tests.conftest import Run
from tests.integration.test_processes import is_there

TASKS = "03_Progress/Tasks & milestones.xlsx"
DAY = dt.date(2026, 3, 18)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The projects that were read in this process, as they are."""
    seen: list[str] = []

    def make(wanted: Wanted, make: Callable[[Wanted], Any] = checking._make) -> Any:
        seen.append(wanted.folder.name)
        return make(wanted)

    monkeypatch.setattr(checking, "_make", make)
    return seen


def check(run: Run, folder: Path, *more: str) -> list[dict[str, str]]:
    ran = run("register", "check", "--json", *more, cwd=folder)
    found: list[dict[str, str]] = json.loads(ran.out)
    assert ran.code == (4 if any(one["severity"] != "note" for one in found) else 0), ran.err
    return found


def add(run: Run, project: Path, *pairs: str) -> None:
    ran = run("register", "add", *pairs, cwd=project)
    assert ran.code == 0, ran.err


# -- all projects ----------------------------------------------------------------------------------
def test_all_projects_are_checked_and_named(run: Run, workspace: Path, project: Path) -> None:
    assert run("new", "Intranet", "--client", "Birch").code == 0
    add(run, project, "tasks", "name=Interviews")

    found = check(run, workspace, "--all")

    assert {one["project"] for one in found} == {"P2026-001"}
    assert {one["register"] for one in found} == {"tasks"}
    shown = run("register", "check", "--all")
    lines = shown.out.splitlines()
    assert lines[0].endswith("  Site")
    assert lines[1] == TASKS
    assert "Intranet" not in shown.out
    assert "2 projects" in shown.err
    assert lines[-1] == f"44 registers: {sum(one['severity'] == 'error' for one in found)} errors, 0 warnings, 0 notes."
    assert "共检查 2 个项目" in run("register", "check", "--all", lang="zh").err


@pytest.mark.parametrize("more", [("tasks",), ("-p", "Site")])
def test_all_takes_no_choice_beside_it(run: Run, workspace: Path, project: Path, more: tuple[str, ...]) -> None:
    ran = run("register", "check", "--all", *more)

    assert ran.code == 2
    assert "--all" in ran.err


def test_several_processes_find_what_one_does(tmp_path: Path) -> None:
    wanted = [project_with(tmp_path / f"p{number}", number) for number in range(6)]

    together = list(checked(tmp_path / "state", wanted))

    assert together == [found_in(open_all(one.paths, one.folder, DAY), one) for one in wanted]
    assert [sum(one.id == "value.missing" for one in findings) for findings in together] == [6 * n for n in range(6)]
    assert list(checked(tmp_path / "state", wanted)) == together


def project_with(folder: Path, rows: int) -> Wanted:
    """A project whose tasks have so many rows that lack nearly all."""
    folder.mkdir()
    path = folder / "tasks.xlsx"
    write_workbook(load_schema("tasks"), "en", [{"name": f"Task {number}"} for number in range(rows)], path,
                   project="x", today=DAY)
    return Wanted(folder.name, folder, {"tasks": path}, {}, DAY, frozenset())


# -- known again -----------------------------------------------------------------------------------
def test_what_has_not_changed_is_not_read_again(run: Run, project: Path, made: list[str]) -> None:
    add(run, project, "tasks", "name=Interviews")
    first = check(run, project)

    assert check(run, project) == first != []
    assert check(run, project, "--all") == first
    assert [one for one in check(run, project, "risks") if one["register"] != "risks"] == []
    assert made == [project.name]
    shown = run("register", "check", cwd=project, lang="zh").out
    assert "缺少“负责人”" in shown


def a_cell(run: Run, project: Path) -> None:
    assert run("register", "set", "tasks", "TSK-001", "owner=Li Jing", cwd=project).code == 0


def a_rule(run: Run, project: Path) -> None:
    with (project.parent / "folderkit.yaml").open("a") as stream:
        stream.write("registers:\n  off: [value.missing]\n")


def a_fact(run: Run, project: Path) -> None:
    with (project / "project.yaml").open("a") as stream:
        stream.write("budget:\n  total: 5000\n")


def a_file(run: Run, project: Path) -> None:
    (project / "offer.pdf").write_bytes(b"%PDF-1.4")


def a_register(run: Run, project: Path) -> None:
    (project / TASKS).unlink()


@pytest.mark.parametrize(("change", "gone"), [
    (a_cell, "value.missing"), (a_rule, "value.missing"), (a_fact, ""), (a_file, "path.missing"),
    (a_register, "value.missing")])
def test_whatever_it_looked_at_is_looked_at_again_when_it_is_another(
        run: Run, project: Path, made: list[str], change: Callable[[Run, Path], None], gone: str) -> None:
    add(run, project, "tasks", "name=Interviews", "kind=task", "plan_start=2026-03-02", "plan_end=2026-03-06", "pct=0",
        "status=in_progress")
    add(run, project, "communications", "subject=Offer", "files=offer.pdf")
    before = check(run, project)
    count = len(made)

    change(run, project)
    after = check(run, project)

    assert len(made) == count + 1
    missing = [one for one in before if one["id"] == gone and (gone != "value.missing" or "Owner" in one["message"])]
    assert bool(missing) == bool(gone)
    assert not [one for one in missing if one in after]


def test_another_day_is_checked_anew(tmp_path: Path, made: list[str]) -> None:
    wanted = project_with(tmp_path / "p", 2)
    for day in (DAY, DAY, DAY + dt.timedelta(days=1)):
        list(checked(tmp_path / "state", [wanted._replace(today=day)]))

    assert made == ["p", "p"]


@pytest.mark.parametrize("damage", [
    lambda path: path.write_bytes(path.read_bytes()[:-9]), lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(path.read_bytes().replace(b"Task", b"Text")),
    lambda path: path.write_bytes(b"\xff" * 99), lambda path: (path.unlink(), path.mkdir())])
def test_damaged_notes_are_nothing(tmp_path: Path, made: list[str], damage: Callable[[Path], object]) -> None:
    wanted = [project_with(tmp_path / "p", 2)]
    found = list(checked(tmp_path / "state", wanted))
    (note,) = (tmp_path / "state" / "checks").iterdir()

    damage(note)

    assert list(checked(tmp_path / "state", wanted)) == found
    assert made == ["p", "p"]


def test_a_check_needs_no_notes(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "checks").write_bytes(b"in the way")
    wanted = project_with(tmp_path / "p", 2)

    (found,) = checked(state, [wanted])

    assert len([one for one in found if one.id == "value.missing"]) == 12


def test_what_could_not_be_read_is_read_when_it_is_back(run: Run, project: Path) -> None:
    add(run, project, "tasks", "name=Interviews")
    before = check(run, project)
    shutil.move(project / TASKS, project.parent / "away.xlsx")

    assert [one["id"] for one in check(run, project) if one["register"] == "tasks"] == ["workbook.missing"]
    shutil.move(project.parent / "away.xlsx", project / TASKS)
    assert check(run, project) == before


class Deadly:
    """A fact that ends whoever looks at it, as a system without memory does."""

    def __repr__(self) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""


@pytest.mark.skipif(sys.platform == "win32" or cores() < 2, reason="needs signals and two cores")
def test_a_process_that_was_ended_is_told(tmp_path: Path) -> None:
    wanted = [project_with(tmp_path / f"p{number}", 2) for number in range(6)]
    wanted[4] = wanted[4]._replace(facts={"name": Deadly()})

    with pytest.raises(Failed, match="ended by the system"):
        list(checked(tmp_path / "state", wanted))
    assert multiprocessing.active_children() == []


# -- ended on the way ------------------------------------------------------------------------------
ENDLESS = """
import shutil, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
from folderkit.checking import checked
from tests.integration.test_register_check_all import project_with
folder = Path(sys.argv[1])
wanted = [project_with(folder / f"p{number}", 3) for number in range(8)]
while True:
    for number, found in enumerate(checked(folder / "state", wanted)):
        print(number, flush=True)
    shutil.rmtree(folder / "state")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("told", [1, 5, 8])
def test_ctrl_c_twice_ends_every_process(tmp_path: Path, told: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.PIPE, cwd=Path(__file__).parents[2], start_new_session=True)
    assert process.stdout is not None
    for _ in range(told):
        process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    os.killpg(process.pid, signal.SIGINT)

    _, err = process.communicate(timeout=20)

    assert process.returncode != 0
    assert "ForkProcess" not in err  # what one of the others would tell
    until = time.monotonic() + 30
    while is_there(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_there(process.pid)
