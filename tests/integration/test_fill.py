"""Filling templates for a project: where the document goes, its versions and revision table, moved folders."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from tests.conftest import Run
from tests.trees import make_tree, read_tree

CLOSURE = ("--set", "closure.summary=Done", "--set", "closure.conclusion=done")

MEETING = ("meeting-notes", "-p", "Site", "--set", "meeting.title=Kick-off", "--set", "meeting.time=9:00",
           "--set", "meeting.attendees=Ann; Bob", "--quick")


def fill(run: Run, *args: str) -> Path:
    """Fill as told; returns the file that was made."""
    ran = run("fill", *args, "--json")
    assert ran.code == 0, ran.err
    return Path.cwd() / str(json.loads(ran.out)["path"])


def words_of(path: Path) -> str:
    """All text of a Word file, with that of its tables."""
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def tables_of(path: Path) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(str(path)).tables]


def test_a_document_lies_in_its_folder_kept_and_findable(run: Run, project: Path) -> None:
    path = fill(run, *MEETING)
    assert path.is_relative_to(project / "02_Communications" / "Meetings")
    assert "Kick-off" in words_of(path)
    assert "Cedar & Stone" in words_of(path) or "Site" in words_of(path)
    assert json.loads(run("scan", "--json").out) == []
    history: list[dict[str, Any]] = json.loads(run("history", str(path), "--json").out)
    assert [version["why"] for version in history] == ["fill"]
    assert "document filled" in run("log", "--limit", "3").out


def test_refilling_counts_the_version_on_and_the_revision_table_grows(run: Run, project: Path) -> None:
    spec = ("requirement-spec", "-p", "Site", "--quick", "--set", "project.background=b", "--set", "doc.author=Ann")
    first = fill(run, *spec)
    second = fill(run, *spec, "--set", "doc.change=Added the second part")
    third = fill(run, *spec)
    assert len({first, second, third}) == 3
    revisions = [[row[0] for table in tables_of(path) for row in table if row[0] in ("V1.0", "V1.1", "V1.2")]
                 for path in (first, second, third)]
    assert revisions == [["V1.0"], ["V1.0", "V1.1"], ["V1.0", "V1.1", "V1.2"]]
    authors = [row[-1] for table in tables_of(third) for row in table if row[0] in ("V1.0", "V1.1", "V1.2")]
    assert authors == ["Ann"] * 3  # who the document names, not the account that the computer knows
    assert "Added the second part" in words_of(third)
    assert "1.2" in words_of(third)
    assert read_tree(project)


def test_the_same_version_again_is_refused(run: Run, project: Path) -> None:
    first = fill(run, *MEETING, "--set", "doc.version=2.0")
    before = first.read_bytes()
    assert run("fill", *MEETING, "--set", "doc.version=2.0").code == 3
    assert run("fill", *MEETING, "--set", "doc.version=V2.0").code == 3  # as people write it
    assert first.read_bytes() == before


def test_a_version_with_its_v_has_one(run: Run, project: Path) -> None:
    made = fill(run, *MEETING, "--set", "doc.version=v2.0")
    assert "_V2.0_" in made.name
    assert "VV2.0" not in words_of(made).upper()


@pytest.mark.parametrize("scanned", [True, False])
@pytest.mark.parametrize("first_scan", [True, False])
def test_a_renamed_folder_is_where_the_document_goes(run: Run, project: Path, scanned: bool, first_scan: bool) -> None:
    if first_scan:
        run("scan")
    (project / "02_Communications").rename(project / "Our talks")
    if scanned:
        run("scan")
    path = fill(run, *MEETING)
    assert path.is_relative_to(project / "Our talks" / "Meetings")
    assert not (project / "02_Communications").exists()


@pytest.mark.parametrize("moved", [True, False])
def test_a_document_that_goes_before_any_scan_saw_it_is_missed(run: Run, project: Path, moved: bool) -> None:
    assert run("scan").code == 0
    path = fill(run, *MEETING)
    if moved:
        path.rename(project / "minutes.docx")
    else:
        path.unlink()
    (change,) = json.loads(run("scan", "--json").out)
    assert change["kind"] == ("moved" if moved else "deleted")


def test_a_moved_register_is_read_where_it_is(run: Run, project: Path) -> None:
    register = next(project.rglob("Risk*.xlsx"))
    run("scan")
    register.rename(project / "All our risks.xlsx")
    ran = run("fill", "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert ran.code == 0, ran.err


def test_a_deleted_folder_is_made_again(run: Run, project: Path) -> None:
    (project / "02_Communications" / "Meetings").rmdir()
    assert fill(run, *MEETING).is_file()


def test_out_is_a_file_or_a_folder_and_inside_a_project_it_is_kept(run: Run, workspace: Path, project: Path) -> None:
    assert fill(run, *MEETING, "--out", "mine.docx") == workspace / "mine.docx"
    (workspace / "box").mkdir()
    assert fill(run, *MEETING, "--out", "box").parent == workspace / "box"
    inside = fill(run, *MEETING, "--out", str(project / "00_Inbox"))
    assert inside.parent == project / "00_Inbox"
    assert run("history", str(inside)).code == 0
    assert run("fill", *MEETING, "--out", "mine.docx").code == 3


def test_values_from_flags_win_over_the_file_and_the_file_over_facts(run: Run, workspace: Path, project: Path) -> None:
    make_tree(workspace, {"v.yaml": "meeting: {title: From file, place: Room 1}\nproject: {name: Another name}\n"})
    path = fill(run, "meeting-notes", "-p", "Site", "--data", "v.yaml", "--set", "meeting.title=From flag", "--set",
                "meeting.time=1", "--set", "meeting.attendees=A", "--quick")
    words = words_of(path)
    assert "From flag" in words
    assert "Room 1" in words
    assert "From file" not in words
    assert "Another name" in words


def test_a_template_of_the_workspaces_own_comes_first(run: Run, workspace: Path, project: Path) -> None:
    folder = workspace / "templates" / "meeting-notes"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(
        "version: 9\ntitle: {zh: 我们的, en: Ours}\nto: nowhere.at.all\nfilename: 'Ours_{doc.version}.docx'\n")
    document = Document()
    document.add_paragraph("OUR OWN {{ project.name }} {{ doc.version }}")
    for language in ("zh", "en"):
        document.save(str(folder / f"meeting-notes.{language}.docx"))
    path = fill(run, "meeting-notes", "-p", "Site")
    assert "OUR OWN Site 1.0" in words_of(path)
    assert path.parent == project, "its folder is not known here, so it lies in the project's own"
    assert fill(run, "meeting-notes", "-p", "Site").name == "Ours_1.1.docx"


def test_the_language_of_the_document_is_the_projects(run: Run, workspace: Path) -> None:
    assert run("new", "--lang", "zh", "官网", "--client", "远山").code == 0
    ran = run("fill", "meeting-notes", "-p", "官网", *MEETING[3:], "--json")
    assert ran.code == 0, ran.err
    assert "会议" in words_of(workspace / json.loads(ran.out)["path"])


def test_facts_that_a_person_changed_are_used(run: Run, project: Path) -> None:
    text = (project / "project.yaml").read_text()
    (project / "project.yaml").write_text(text.replace("name: Site", "name: Brand new site", 1))
    assert "Brand new site" in words_of(fill(run, "meeting-notes", "-p", "P2026", *MEETING[3:]))


def test_a_word_file_of_ones_own_inside_a_project(run: Run, workspace: Path, project: Path) -> None:
    document = Document()
    document.add_paragraph("{{ client.name }} / {{ project.code }} / {{ extra }}")
    document.save(str(workspace / "own.docx"))
    ran = run("fill", "own.docx", "-p", "Site")
    assert ran.code == 2
    assert "extra" in ran.err
    path = fill(run, "own.docx", "-p", "Site", "--set", "extra=yes")
    assert "Acme / P2026-001 / yes" in words_of(path)


def test_what_nothing_is_known_of_is_told(run: Run, project: Path) -> None:
    ran = run("fill", "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert ran.code == 0
    assert "Left out" in ran.err
    assert "Goals (in project.yaml)" in ran.err
    assert "Budget.xlsx" in ran.err
    ran = run("--lang", "zh", "fill", "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert "项目目标（在 project.yaml 中）" in ran.err


@pytest.mark.parametrize("title", ["会议纪要", "meeting NOTES"])
def test_a_template_goes_by_its_title_too(run: Run, workspace: Path, project: Path, title: str) -> None:
    make_tree(workspace, {"templates/broken/template.yaml": "title: [no"})
    assert fill(run, title, *MEETING[1:]).name.startswith("P2026-001_Meeting notes_Kick-off_V1.0")
    assert run("template", "fields", title).out == run("template", "fields", "meeting-notes").out
    assert run("template", "check", title).code == 0
    assert "There is no template '会议记要'" in run("fill", "会议记要").err


def test_of_many_cells_of_registers_that_say_nothing_the_first_are_told(run: Run, project: Path) -> None:
    for risk in ("one", "two"):
        assert run("register", "add", "risks", f"event={risk}", cwd=project).code == 0
    ran = run("fill", "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert ran.code == 0
    assert ran.err.count("Warning: Risk register.xlsx, ") == 10
    assert re.search(r"Warning: \d+ more cells of registers are empty or cannot be understood", ran.err)


def test_a_register_renamed_and_saved_since_the_last_scan_is_found(run: Run, project: Path) -> None:
    import openpyxl

    register = next(project.rglob("Risk*.xlsx"))
    moved = project / "All our risks.xlsx"
    register.rename(moved)
    book = openpyxl.load_workbook(moved)
    book.save(moved)
    assert run("fill", "closure-report", *CLOSURE, "--quick", cwd=project).code == 0
    copy = project / "a copy.xlsx"
    register = next(project.rglob("Budget*.xlsx"))
    copy.write_bytes(register.read_bytes())
    register.rename(project / "the budget.xlsx")
    openpyxl.load_workbook(copy).save(copy)
    book = openpyxl.load_workbook(project / "the budget.xlsx")
    book.save(project / "the budget.xlsx")
    refused = run("fill", "closure-report", *CLOSURE, "--quick", cwd=project)
    assert refused.code == 3, "which of two is meant?"
    assert "The register 'Budget.xlsx' is not in" in refused.err


def test_a_register_without_its_columns_is_refused(run: Run, project: Path) -> None:
    from openpyxl import load_workbook

    path = next(project.rglob("Tasks*.xlsx"))
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(max_row=10):
        for cell in row:
            if cell.value == "Name":
                cell.value = "Quux"
    book.save(path)
    ran = run("fill", "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert ran.code == 3
    assert path.name in ran.err
    assert "names back" in ran.err
    assert not list(project.rglob("*closure report*"))


def test_a_template_by_name_needs_a_workspace(run: Run, tmp_path: Path) -> None:
    ran = run("-C", str(tmp_path), "fill", "closure-report", *CLOSURE)
    assert (ran.code, ran.out) == (3, "")
    assert "not in a folderkit workspace" in ran.err


def test_each_meeting_has_its_own_number(run: Run, project: Path) -> None:
    from docx import Document

    text = "\n".join(cell.text for path in (fill(run, *MEETING),) for table in Document(str(path)).tables
                     for row in table.rows for cell in row.cells)
    assert re.search(r"-MN-20\d{6}", text)


def test_facts_that_cannot_be_are_told_by_line(run: Run, project: Path) -> None:
    path = project / "project.yaml"
    text = path.read_text()
    lines = [line for line in text.splitlines() if not line.startswith(("goals:", "team:", "  due_date:"))]
    lines.insert(lines.index("project:") + 1, "  due_date: soon")
    lines += ["goals: hello", "team:", "- {name: Li}", "- {nme: Wang}", "- {name: Zhao, side: nobody}"]
    path.write_text("\n".join(lines) + "\n")
    told = {number: line for number, line in enumerate(lines, 1)
            if "soon" in line or "hello" in line or "nme" in line or "nobody" in line}
    ran = run("fill", "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert ran.code == 1  # a broken file
    assert {int(number) for number in re.findall(r"project\.yaml:(\d+)", ran.err)} == set(told)
    shown = run("show", "Site")
    assert shown.code == 0
    assert {int(number) for number in re.findall(r"project\.yaml:(\d+)", shown.err)} == set(told)
    path.write_text(text)
    assert run("fill", "closure-report", "-p", "Site", *CLOSURE, "--quick").code == 0
