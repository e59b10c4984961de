"""The Gantt chart by command: in the terminal, as JSON, and as a file to hand out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pypdfium2  # type: ignore[import-untyped]
import pytest

from folderkit.documents import soffice
from folderkit.registers import find_workbooks
from tests.conftest import Run

TASKS = "03_Progress/Tasks & milestones.xlsx"


@pytest.fixture
def planned(run: Run, project: Path) -> Path:
    """A project with a late task, one that is done, and one without owner and dates."""
    for row in (("kind=stage", "name=Build", "owner=Li Jing", "plan_start=2026-03-02", "plan_end=2026-03-20", "pct=50%",
                 "status=In progress"),
                ("name=Interviews", "owner=Chen Li", "plan_start=2026-03-02", "plan_end=2026-03-06", "pct=100%",
                 "status=Done"),
                ("name=To be planned",)):
        assert run("register", "add", "tasks", *row, cwd=project).code == 0
    return project


def test_the_tasks_are_shown_as_bars(run: Run, planned: Path) -> None:
    ran = run("gantt", cwd=planned)

    assert ran.code == 0
    head, _, build, interviews, unplanned, legend = ran.out.splitlines()
    assert head.split()[:4] == ["Task", "Owner", "Done", "03-02"]
    assert build.index("=") == interviews.index("#") == head.index("03-02")
    assert (interviews.count("#"), build.rstrip().count("=")) == (5, 19)
    assert unplanned.endswith("no dates")
    assert "a column is 1 day" in legend
    assert ran.err.strip() == f"3 tasks, 1 late, in {TASKS}"


def test_json_tells_the_tasks_of_a_time(run: Run, planned: Path) -> None:
    told = json.loads(run("gantt", "--from", "2026-03-10", "--json", cwd=planned).out)

    assert told == [{"id": "TSK-001", "kind": "stage", "name": "Build", "owner": "Li Jing", "plan_start": "2026-03-02",
                     "plan_end": "2026-03-20", "pct": 0.5, "status": "in_progress", "light": "red", "late": True}]


def test_a_workbook_to_hand_out_opens_on_the_chart_and_is_no_register(run: Run, planned: Path) -> None:
    ran = run("gantt", "--out", "plan.xlsx", lang="zh", cwd=planned)

    assert ran.code == 0, ran.err
    book = openpyxl.load_workbook(planned / "plan.xlsx")
    assert (book.sheetnames, book.active.title if book.active else "") == (
        ["Tasks & milestones", "Gantt chart"], "Gantt chart")  # in the project's language
    chart = book["Gantt chart"]
    assert str(chart["B3"].value).startswith("As of ")
    assert (chart.max_row, str(chart.print_area)) == (9, "'Gantt chart'!$B$1:$AX$9")
    assert [path.name for path in find_workbooks(planned, "tasks")] == [Path(TASKS).name]


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_a_pdf_is_the_chart_alone_on_one_page(run: Run, planned: Path) -> None:
    ran = run("gantt", "--out", "plan.pdf", cwd=planned)

    assert ran.code == 0, ran.err
    with pypdfium2.PdfDocument(io.BytesIO((planned / "plan.pdf").read_bytes())) as pdf:
        assert len(pdf) == 1
        text = pdf[0].get_textpage().get_text_bounded()
    assert "Gantt chart" in text
    assert "Interviews" in text
    assert "Planned start" not in text


@pytest.mark.parametrize(("words", "code", "told"), [
    (("--out", "plan.png"), 2, "end with .xlsx or .pdf"),
    (("--out", TASKS), 3, "already there"),
    (("--out", "gone/plan.xlsx"), 1, "gone"),
    (("--out", "plan.xlsx", "--from", "2026-03-01"), 2, "whole chart"),
    (("--from", "2026-03-02", "--to", "2026-03-01"), 2, "lies before"),
    (("--from", "soon"), 2, "not a date"),
])
def test_what_cannot_be_done_is_told(run: Run, planned: Path, words: tuple[str, ...], code: int, told: str) -> None:
    before = (planned / TASKS).read_bytes()

    ran = run("gantt", *words, cwd=planned)

    assert (ran.code, told in ran.err) == (code, True), ran.err
    assert (planned / TASKS).read_bytes() == before


def test_a_workbook_without_its_header_is_told(run: Run, planned: Path) -> None:
    book = openpyxl.load_workbook(planned / TASKS)
    book.worksheets[0].delete_rows(5)
    book.save(planned / TASKS)

    ran = run("gantt", cwd=planned)

    assert ran.code == 1
    assert "header" in ran.err
    assert "Give the columns their names back" in ran.err


def test_cells_that_are_not_understood_are_told(run: Run, planned: Path) -> None:
    book = openpyxl.load_workbook(planned / TASKS)
    book.worksheets[0]["G6"] = "soon"
    book.save(planned / TASKS)

    ran = run("gantt", cwd=planned)

    assert ran.code == 0
    assert "1 cell could not be understood" in ran.err


def test_a_date_that_stands_for_no_end_is_no_hindrance(run: Run, planned: Path) -> None:
    for number, day in (("TSK-001", 31), ("TSK-002", 30)):
        dates = (f"plan_start=9999-12-{day}", "plan_end=9999-12-31")
        assert run("register", "set", "tasks", number, *dates, cwd=planned).code == 0

    assert run("gantt", cwd=planned).code == 0
    assert run("gantt", "--out", "plan.xlsx", cwd=planned).code == 0
    assert run("register", "check", "tasks", cwd=planned).code == 4
