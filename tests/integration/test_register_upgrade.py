"""Registers that get the columns of a newer folderkit by command."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.registers import load_schema, read_workbook
from tests.conftest import Run
from tests.integration.test_registers_widening import written
from tests.trees import read_tree

TASKS = "03_Progress/Tasks & milestones.xlsx"


@pytest.fixture
def older(project: Path) -> Path:
    """A project whose tasks an older folderkit has made, without two columns."""
    path = project / TASKS
    path.write_bytes(written(project.parent, "tasks", "en", "weight", "refs").read_bytes())
    return path


def upgrade(run: Run, project: Path, *more: str) -> list[dict[str, Any]]:
    ran = run("register", "upgrade", "--json", *more, cwd=project)
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def keys(path: Path) -> set[str]:
    return set(read_workbook(path, load_schema("tasks"), today=dt.date(2026, 3, 18)).letters)


def take_out(path: Path, header: str) -> None:
    """Name a column otherwise, as if it were another."""
    book = openpyxl.load_workbook(path)
    (cell,) = [cell for row in book.worksheets[0].iter_rows(max_row=6) for cell in row if cell.value == header]
    cell.value = "Something else"
    (table,) = book.worksheets[0].tables.values()
    next(one for one in table.tableColumns if one.name == header).name = "Something else"
    book.save(path)


def test_new_columns_are_added_and_taken_back(run: Run, project: Path, older: Path) -> None:
    before = older.read_bytes()

    ran = run("register", "upgrade", cwd=project)

    assert ran.code == 0, ran.err
    assert ran.out.strip().endswith(f"{older.name}: got Weight, Related")
    assert {"weight", "refs"} <= keys(older)
    assert upgrade(run, project) == []
    assert "No register lacks a column" in run("register", "upgrade", cwd=project).out
    batch = ran.err.split("folderkit undo ")[1].split()[0]
    assert run("undo", batch, cwd=project).code == 0
    assert older.read_bytes() == before


def test_a_dry_run_and_another_register_change_nothing(run: Run, project: Path, older: Path) -> None:
    before = read_tree(project)

    (told,) = upgrade(run, project, "--dry-run")
    assert (told["register"], told["workbook"], told["state"], told["batch"]) == ("tasks", TASKS, "planned", None)
    assert (told["columns"], told["headers"]) == (["weight", "refs"], ["Weight", "Related"])
    assert upgrade(run, project, "risks") == []
    shown = run("register", "upgrade", "任务与里程碑计划", "--dry-run", cwd=project, lang="zh").out
    assert "将添加 权重、关联" in shown
    assert read_tree(project) == before


def test_what_a_person_took_out_stays_away_unless_every_column_is_wanted(run: Run, project: Path, older: Path) -> None:
    take_out(older, "Owner")

    assert upgrade(run, project)[0]["columns"] == ["weight", "refs"]
    assert "owner" not in keys(older)
    check = json.loads(run("register", "check", "tasks", "--json", cwd=project).out)
    assert any("upgrade --every" in one["hint"] for one in check if one["id"] == "header.missing")
    assert upgrade(run, project, "--every")[0]["columns"] == ["owner"]
    assert "owner" in keys(older)


def test_a_workbook_of_ones_own_is_left_alone_unless_every_column_is_wanted(run: Run, project: Path) -> None:
    path = project / TASKS
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["ID", "Name", "Owner", "Status"], ["TSK-001", "Interviews", "Li Jing", "Done"]):
        sheet.append(row)
    book.save(path)

    assert upgrade(run, project) == []
    (told,) = upgrade(run, project, "tasks", "--every")
    assert {"kind", "plan_start", "plan_end", "pct"} <= set(told["columns"]) <= keys(path)


def test_columns_wait_for_a_workbook_that_is_open(run: Run, project: Path, older: Path) -> None:
    mark = older.with_name(f"~${older.name}")
    mark.write_bytes(b"Laura")
    before = older.read_bytes()

    assert [one["state"] for one in upgrade(run, project)] == ["waiting"]
    assert "Added when it is closed: Weight" in run("register", "upgrade", cwd=project).out
    assert older.read_bytes() == before
    mark.unlink()
    ran = run("register", "list", cwd=project)
    assert "The columns that were waiting are in Tasks & milestones.xlsx now." in ran.err
    assert {"weight", "refs"} <= keys(older)


def test_where_there_is_no_room_it_is_told_and_the_others_go_on(run: Run, project: Path, older: Path) -> None:
    book = openpyxl.load_workbook(older)
    sheet = book.worksheets[0]
    (table,) = sheet.tables.values()
    last = table.ref.split(":")[1].rstrip("0123456789")
    sheet[f"{last}7"].offset(column=1).value = "mine"
    book.save(older)
    (project / "06_Risk" / "Risk register.xlsx").write_bytes(b"no workbook")
    before = read_tree(project)

    ran = run("register", "upgrade", cwd=project)

    assert ran.code == 1
    assert "something stands right of its table" in ran.err
    assert "Insert 2 empty columns" in ran.err
    assert "risks: " in ran.err
    assert read_tree(project) == before
