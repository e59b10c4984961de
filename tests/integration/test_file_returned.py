"""Documents that folderkit made and that come back, edited, under other names: the next version of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest

from tests.conftest import Run
from tests.integration.test_file import PROJECT, excel, needs_libreoffice, only, told
from tests.trees import read_tree
from tests.workbooks import drawn

MEETING = ("fill", "meeting-notes", "--quick", "-p", PROJECT, "--set", "meeting.title=Start", "--set",
           "meeting.date=2026-03-01", "--set", "meeting.time=14:00", "--set", "meeting.attendees=Li")


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    assert run("new", "Site", "--client", "Acme", "--code", PROJECT).code == 0
    return next(workspace.glob("*/project.yaml")).parent


def brief(project: Path) -> Path:
    return next((project / "01_Project Info").glob("*.docx"))


def remark(path: Path, text: str, to: Path) -> Path:
    """Edit a document as somebody else does, and save it elsewhere."""
    document = docx.Document(str(path))
    document.add_paragraph(text)
    document.save(str(to))
    return to


def resave(path: Path, folder: Path) -> Path:
    """Open a document in LibreOffice and save it, as a client without Word does."""
    subprocess.run(["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to",
                    path.suffix[1:], "--outdir", str(folder / "resaved"), str(path)], check=True, capture_output=True)
    return folder / "resaved" / path.name


def text_of(path: Path) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def versions(run: Run, path: Path) -> list[int]:
    return [one["version"] for one in json.loads(run("history", str(path), "--json").out)]


@needs_libreoffice
@pytest.mark.parametrize("made_by", ["new", "fill"])
def test_a_document_comes_back_edited_and_saved_by_another_program(run: Run, project: Path, inbox: Path, tmp_path: Path,
                                                                   made_by: str) -> None:
    if made_by == "fill":
        assert run(*MEETING).code == 0
        path = next((project / "02_Communications" / "Meetings").glob("*.docx"))
    else:
        path = brief(project)
    edited = remark(path, "We agree, says the client.", tmp_path / "copy.docx")
    shutil.copy(resave(edited, tmp_path), inbox / "回复：我们的意见 (1).docx")
    before = path.read_bytes()

    done = only(told(run))

    assert (done["action"], done["rule"], done["to"]) == ("version", "identity",
                                                         path.relative_to(project).as_posix())
    assert done["clues"] == f"it is {path.name}, by the identity inside"
    assert "We agree, says the client." in text_of(path)
    assert list(inbox.iterdir()) == []
    assert versions(run, path) == [1, 2]
    assert run("restore", str(path), "--version", "1").code == 0
    assert path.read_bytes() == before


def test_it_is_undone_exactly(run: Run, project: Path, inbox: Path) -> None:
    remark(brief(project), "x", inbox / "back.docx")
    before = read_tree(project)

    assert only(told(run))["action"] == "version"
    assert run("undo").code == 0

    assert read_tree(project) == before


def test_a_copy_that_nobody_changed_is_taken_away(run: Run, project: Path, inbox: Path) -> None:
    shutil.copy(brief(project), inbox / "Brief (2).docx")

    assert only(told(run))["action"] == "taken"
    assert list(inbox.iterdir()) == []
    assert versions(run, brief(project)) == [1]


def test_two_copies_that_came_back_become_two_versions(run: Run, project: Path, inbox: Path) -> None:
    path = brief(project)
    remark(path, "Li agrees.", inbox / "from Li.docx")
    remark(path, "Wang does not.", inbox / "from Wang.docx")

    first = told(run)
    assert sorted(one["action"] for one in first) == ["stays", "version"]
    assert next(one["reason"] for one in first if one["action"] == "stays") == "another copy of it is filed first"
    assert only(told(run))["action"] == "version"

    assert versions(run, path) == [1, 2, 3]
    assert "Wang does not." in text_of(path)
    assert list(inbox.iterdir()) == []


def test_it_waits_while_the_original_is_open(run: Run, project: Path, inbox: Path) -> None:
    path = brief(project)
    remark(path, "x", inbox / "back.docx")
    lock = path.with_name(f"~${path.name[2:]}")
    lock.write_bytes(b"li")
    before = path.read_bytes()

    assert only(told(run, code=1))["reason"] == f"01_Project Info/{path.name}: it is open in another program"
    assert path.read_bytes() == before
    lock.unlink()
    assert only(told(run))["action"] == "version"


def test_it_comes_back_when_the_original_is_deleted(run: Run, project: Path, inbox: Path) -> None:
    path = brief(project)
    remark(path, "saved", inbox / "back.docx")
    path.unlink()
    assert run("scan").code == 0
    before = read_tree(project)

    assert only(told(run))["to"] == f"01_Project Info/{path.name}"
    assert "saved" in text_of(path)
    assert versions(run, path) == [1, 2]
    assert run("undo").code == 0
    assert read_tree(project) == before


def test_it_stays_when_something_else_stands_where_the_original_was(run: Run, project: Path, inbox: Path) -> None:
    path = brief(project)
    remark(path, "x", inbox / "back.docx")
    path.unlink()
    assert run("scan").code == 0
    path.mkdir()

    found = only(told(run, code=1))
    assert found["reason"] == f"01_Project Info/{path.name}: something stands at its new place by now"


def test_it_follows_an_original_that_was_moved_and_renamed(run: Run, project: Path, inbox: Path) -> None:
    path = brief(project)
    remark(path, "x", inbox / "back.docx")
    moved = project / "03_Progress" / "the brief.docx"
    path.rename(moved)
    assert run("scan").code == 0

    assert only(told(run))["to"] == "03_Progress/the brief.docx"
    assert versions(run, moved) == [1, 2]
    assert not path.exists()


def test_the_original_itself_dropped_in_the_inbox_is_no_copy(run: Run, project: Path, inbox: Path) -> None:
    path = brief(project)
    path.rename(inbox / "minutes.docx")
    assert run("scan").code == 0

    found = told(run)

    assert all(one["rule"] != "identity" for one in found)


def test_a_document_of_another_project_is_filed_by_rules(run: Run, workspace: Path, project: Path) -> None:
    assert run("new", "Other", "--client", "Acme", "--code", "OTHER-1").code == 0
    other = next(workspace.glob("OTHER-1*"))
    remark(brief(project), "x", other / "00_Inbox" / "Meeting notes.docx")

    done = only(told(run, "-p", "OTHER-1"))

    assert (done["action"], done["rule"]) == ("moved", "minutes")


def test_a_workbook_of_nobody_has_no_identity(run: Run, inbox: Path) -> None:
    excel(inbox / "Quotation.xlsx", ["Quotation"])
    (inbox / "Invoice.docx").write_bytes(b"PK\x03\x04" + bytes(100))

    assert {one["rule"] for one in told(run) if one["action"] == "moved"} <= {"quotes", "invoices"}


def test_filling_again_keeps_the_identity(run: Run, project: Path, inbox: Path) -> None:
    assert run(*MEETING).code == 0
    path = next((project / "02_Communications" / "Meetings").glob("*.docx"))
    remark(path, "x", inbox / "back.docx")
    assert run(*MEETING).code == 0  # another document of the same template

    done = only(told(run))

    assert (done["action"], done["to"]) == ("version", path.relative_to(project).as_posix())


def test_a_workbook_that_was_filled_comes_back_edited(run: Run, project: Path, inbox: Path) -> None:
    folder = project.parent / "templates" / "costs"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text("version: 1\nkind: excel\ntitle: {en: Costs, zh: 费用}\nto: finance\n"
                                          "filename: 'Costs_V{doc.version}.xlsx'\n", encoding="utf-8")
    drawn(folder / "costs.en.xlsx", lambda book, sheet: sheet.write("A1", "{{ project.name }}"))
    assert run("fill", "costs", "-p", PROJECT, "--quick").code == 0
    path = next(project.rglob("Costs_*.xlsx"))
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A2"] = "We agree"
    book.save(inbox / "our remarks (1).xlsx")

    done = only(told(run))

    assert (done["action"], done["rule"], done["to"]) == ("version", "identity", path.relative_to(project).as_posix())
    assert openpyxl.load_workbook(path).worksheets[0]["A2"].value == "We agree"
    assert versions(run, path) == [1, 2]
