"""Rows for a project's register: made as bytes, unless a program has the workbook open."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed, Refused
from folderkit.core.signature import signature_of
from folderkit.recording import InUse, rows_for
from folderkit.registers import load_schema, read_workbook
from folderkit.watch.settling import lock_file_of
from tests.conftest import Run

TODAY = dt.date(2026, 3, 18)
LOG = load_schema("communications")
MAIL: dict[str, Any] = {"time": dt.datetime(2026, 3, 18, 9, 30), "channel": "email", "subject": "Offer",
                        "participants": "Chen Li", "content": "Please send it", "ext_id": "<1@example.com>"}


@pytest.fixture
def log(project: Path) -> Path:
    path = project / "02_Communications" / "Communication log.xlsx"
    assert path.is_file()  # every new project has one
    return path


def test_the_bytes_hold_the_new_rows_and_the_file_is_as_it_was(log: Path) -> None:
    before = log.read_bytes()

    recorded = rows_for(log, LOG, [MAIL, {**MAIL, "ext_id": "<2@example.com>"}], today=TODAY)

    assert log.read_bytes() == before
    assert recorded.seen == signature_of(log.lstat())
    log.write_bytes(recorded.content)
    found = read_workbook(log, LOG, today=TODAY)
    assert [(row["id"], row["subject"], row["ext_id"]) for row in found.rows] == [
        ("COM-001", "Offer", "<1@example.com>"), ("COM-002", "Offer", "<2@example.com>")]
    assert found.row_numbers == (6, 7)


@pytest.mark.parametrize("mark", ["~$Communication log.xlsx", ".~lock.Communication log.xlsx#",
                                  ".~Communication log.xlsx", "~$mmunication log.xlsx"])
def test_an_open_workbook_is_left_for_later(log: Path, mark: str) -> None:
    log.with_name(mark).write_bytes(b"Laura")

    with pytest.raises(InUse) as caught:
        rows_for(log, LOG, [MAIL], today=TODAY)

    assert isinstance(caught.value, Refused)
    assert caught.value.hint is not None
    assert mark in caught.value.hint.en
    assert mark in caught.value.hint.zh
    log.with_name(mark).unlink()
    log.write_bytes(rows_for(log, LOG, [MAIL], today=TODAY).content)
    assert read_workbook(log, LOG, today=TODAY).row_numbers == (6,)


def test_marks_of_other_files_are_no_hindrance(log: Path) -> None:
    for name in ("~$Communication.xlsx", ".~lock.Communication log.docx#", "Copy of Communication log.xlsx"):
        log.with_name(name).write_bytes(b"x")

    assert lock_file_of(str(log)) is None


def test_a_workbook_that_is_gone_or_broken_is_told(log: Path) -> None:
    log.write_bytes(b"no workbook")
    with pytest.raises(Failed):
        rows_for(log, LOG, [MAIL], today=TODAY)
    log.unlink()
    with pytest.raises(Failed, match="it is not there"):
        rows_for(log, LOG, [MAIL], today=TODAY)


def test_a_chinese_project_gets_chinese_words(run: Run, workspace: Path) -> None:
    assert run("new", "官网", "--client", "远山", "--lang", "zh").code == 0
    log = next(workspace.rglob("沟通记录.xlsx"))

    log.write_bytes(rows_for(log, LOG, [MAIL], today=TODAY).content)

    import openpyxl

    cells = [cell.value for cell in openpyxl.load_workbook(log).worksheets[0][6]]
    assert "邮件" in cells
    assert dt.datetime(2026, 3, 18, 9, 30) in cells
