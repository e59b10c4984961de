"""What stands beside a register's table: a Gantt chart, a matrix, a chart; and new workbooks from the cache."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.language import LANGUAGES, Language
from folderkit.registers import load_schema, read_workbook, schema_names, starter_rows, write_workbook
from folderkit.registers.blank import blank_workbook, file_names
from tests.integration.test_registers_workbook import remade, write

TODAY = dt.date(2026, 3, 18)
NEW = [name for name in schema_names() if not load_schema(name).sheet_of]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "folderkit" / "registers"


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("project", ["P2026-001 华信 A&B <x>", "x" * 79 + "&&", " spaces ", "a_x0041_\x07"])
def test_a_kept_workbook_is_the_one_that_would_be_drawn(cache: Path, name: str, project: str) -> None:
    schema, drawn = load_schema(name), io.BytesIO()
    write_workbook(schema, "zh", starter_rows(schema, "zh"), drawn, project=project, today=TODAY, color="7A1F3D",
                   currency="CNY")

    made = [blank_workbook(name, "zh", project=project, color="7A1F3D", currency="CNY", today=TODAY)
            for _ in range(2)]

    assert made[0] == made[1]
    assert parts_of(made[0]) == parts_of(drawn.getvalue())


def test_the_second_time_nothing_is_drawn(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = blank_workbook("tasks", "en", project="A", color="1F3A5F", currency="", today=TODAY)
    monkeypatch.setattr("folderkit.registers.blank._drawn", None)

    assert blank_workbook("tasks", "en", project="A", color="1F3A5F", currency="", today=TODAY) == first
    assert len(list(cache.iterdir())) == 1
    with pytest.raises(TypeError):
        blank_workbook("tasks", "en", project="A", color="FFFFFF", currency="", today=TODAY)


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_new_is_whole(cache: Path, tmp_path: Path, name: str, language: Language) -> None:
    path, schema = tmp_path / "new.xlsx", load_schema(name)
    path.write_bytes(blank_workbook(name, language, project="A", color="1F3A5F", currency="CNY", today=TODAY))

    register = read_workbook(path, schema, today=TODAY)

    assert openpyxl.load_workbook(path).properties.created == dt.datetime(2026, 3, 18, 12)
    assert len(register.rows) == len(schema.starters)
    assert {problem.id for problem in register.problems} <= {"value.missing"}  # who does it is not known yet
    assert file_names()[name] == schema.file_name


def beside(folder: Path, name: str, rows: list[dict[str, Any]] | None = None) -> Any:
    return openpyxl.load_workbook(write(folder, name, "zh", rows), data_only=True).worksheets[1]


def test_the_gantt_chart_shows_the_tasks_and_their_dates(tmp_path: Path) -> None:
    sheet = beside(tmp_path, "tasks")

    assert sheet.title == "甘特图"
    assert [sheet[f"B{row}"].value for row in (7, 8, 10)] == ["启动与需求", "　=SUM(1,1) & <interviews>", None]
    assert str(sheet["B9"].value).startswith("◆ ")
    assert (sheet["D4"].value, sheet["F4"].value) == (dt.datetime(2026, 3, 2), 1)
    assert [sheet[f"{letters}6"].value for letters in ("I", "J")] == [dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 3)]
    fills = [rule.dxf.fill.bgColor.rgb for area in sheet.conditional_formatting for rule in area.rules
             if str(area.sqref).startswith("I7:") and rule.dxf.fill]
    assert len(fills) == len(set(fills)) == 8  # milestone, cancelled, stage, done, late, planned, today, weekend


def test_the_gantt_chart_says_when_there_are_more_tasks_than_lines(tmp_path: Path) -> None:
    path = tmp_path / "tasks.xlsx"
    day = dt.date(2026, 3, 2)
    rows = [{"name": f"task {number}", "plan_start": day, "plan_end": day} for number in range(121)]
    write_workbook(load_schema("tasks"), "en", rows, path, project="x", today=TODAY)

    formula = openpyxl.load_workbook(path).worksheets[1]["B3"].value

    assert ">120," in formula
    assert "Only the first 120 tasks" in formula


def test_cells_of_the_gantt_chart_grow_with_the_plan(tmp_path: Path) -> None:
    day = dt.date(2026, 3, 2)
    for days, step in ((69, 1), (70, 2), (200, 4), (400, 7), (900, 14), (5000, 28)):
        rows = [{"name": "x", "plan_start": day, "plan_end": day + dt.timedelta(days=days)}]
        assert beside(tmp_path, "tasks", rows)["F4"].value == step


def test_the_matrix_counts_open_risks(tmp_path: Path) -> None:
    sheet = beside(tmp_path, "risks")

    assert sheet["F7"].value == 1  # probability 4, impact 4: one open; the other one is closed
    assert sum(sheet.cell(row, column).value for row in range(6, 11) for column in range(3, 8)) == 1
    assert sheet["L9"].value == 1  # what remains: 2 and 3


def test_the_chart_of_the_budget_looks_at_its_sums(tmp_path: Path) -> None:
    path = write(tmp_path, "budget", "en")
    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[1]
    sums = {row[0].value: [cell.value for cell in row[1:]] for row in sheet["B6:E16"]}

    assert sums["Labour"] == [384_000, 171_000.5, 212_999.5]
    assert sums["Total"] == [407_103.3, 194_500.5, 212_602.8]
    with zipfile.ZipFile(path) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert "'Plan and actual'!$C$6:$C$15" in chart


def without_header(path: Path) -> openpyxl.Workbook:
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(5)
    return book


@pytest.mark.parametrize("renamed", [False, True])
def test_a_chart_is_not_taken_for_the_table_that_it_looks_at(tmp_path: Path, renamed: bool) -> None:
    path = write(tmp_path, "tasks", "zh")
    book = without_header(path)
    if renamed:
        book.worksheets[0].title = "计划"
    book.save(path)

    register = read_workbook(path, load_schema("tasks"), today=TODAY)

    assert register.rows == []
    assert [(problem.id, problem.sheet) for problem in register.problems] == [
        ("header.none", "" if renamed else "任务与里程碑计划")]


def test_a_table_of_a_persons_own_may_be_called_like_a_chart(tmp_path: Path) -> None:
    path = remade(tmp_path, [["名称", "负责人", "计划开始", "计划完成"], ["访谈", "李静", "2026-03-02", "2026-03-06"]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].title = "甘特图"
    book.save(path)

    assert [row["name"] for row in read_workbook(path, load_schema("tasks"), today=TODAY).rows] == ["访谈"]
