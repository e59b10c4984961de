"""Workbooks that are damaged, foreign or made to do harm: rows are added right or not at all, and no process ends."""

from __future__ import annotations

import datetime as dt
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.errors import Failed, FolderkitError, Refused
from folderkit.registers import load_schema, read_workbook, write_workbook
from folderkit.registers.patching import append_rows
from tests.faults.test_registers_hostile import SHEET, changed

TODAY = dt.date(2026, 3, 18)
ROW: dict[str, Any] = {"name": "a", "kind": "task", "owner": "x", "plan_start": TODAY, "plan_end": TODAY, "pct": 0,
                       "status": "done"}
BOOK, TABLE, LINKS, TYPES = ("xl/workbook.xml", "xl/tables/table1.xml", "xl/_rels/workbook.xml.rels",
                             "[Content_Types].xml")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.xlsx"
    write_workbook(load_schema("tasks"), "en", [ROW] * 3, path, project="x", today=TODAY)
    return path


def append(path: Path, count: int = 1) -> bytes:
    return append_rows(path.read_bytes(), load_schema("tasks"), [{**ROW, "name": "new"}] * count, path=path,
                       today=TODAY).content


def refused(path: Path, count: int = 1) -> FolderkitError:
    with pytest.raises((Failed, Refused)) as caught:
        append(path, count)
    assert caught.value.hint is not None
    assert caught.value.message.zh != caught.value.message.en
    assert path.name in caught.value.message.en
    return caught.value


@pytest.mark.parametrize("content", [
    b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"<html><table><tr><td>ID</td></tr></table></html>",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
])
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)

    refused(path)


@pytest.mark.parametrize(("part", "change"), [
    (BOOK, lambda text: b"<x/>"),
    (BOOK, lambda text: text[: len(text) // 2]),
    (BOOK, lambda text: text.replace(b"<workbook", b'<!DOCTYPE w [<!ENTITY a "1">]><workbook', 1)),
    (LINKS, lambda text: text.replace(b"worksheets/sheet1.xml", b"worksheets/gone.xml")),
    (LINKS, lambda text: text.replace(b"worksheets/sheet1.xml", b"../../../../etc/passwd")),
    (TABLE, lambda text: text.replace(b' ref="B5:', b' ref="nonsense')),
    (TABLE, lambda text: text.replace(b'<autoFilter ref="', b'<autoFilter ref="$$$')),
    (TABLE, lambda text: text[:-20]),
    (TABLE, lambda text: text.replace(b"<table", b'<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]><table', 1)),
    (SHEET, lambda text: text.replace(b'<row r="12"', b'<row r="7"')),
    (SHEET, lambda text: text.replace(b'sqref="', b'sqref="??')),
    (SHEET, lambda text: text.replace(b'<mergeCell', b'<x', 1).replace(b"</sheetData>", b"</sheetData><mergeCells>"
                                                                        b'<mergeCell ref="A0:"/></mergeCells>')),
    (SHEET, lambda text: text.replace(b"<dimension ref=", b"<dimension ref='x' b=")),
])
def test_a_damaged_part_is_told_and_no_traceback(workbook: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    changed(workbook, part, change)

    refused(workbook, count=30)


def test_a_full_sheet_is_told(workbook: Path) -> None:
    changed(workbook, SHEET, lambda text: text.replace(
        b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'))
    assert append(workbook, 30)  # a blank cell at the end is in nobody's way

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["编号", "名称", "负责人", "状态"])
    sheet.append(["TSK-001", "a", "x", "进行中"])
    path = workbook.with_name("full.xlsx")
    book.save(path)
    changed(path, SHEET, lambda text: text.replace(b'r="2"', b'r="1048576"').replace(b'2"', b'1048576"'))
    assert isinstance(refused(path), (Refused, Failed))


def test_a_cell_that_claims_to_be_a_formula_is_inert(workbook: Path) -> None:
    texts = ["=HYPERLINK(\"http://x\")", "+1", "-1", "@x", "\t=1", "=cmd|' /C calc'!A0", "<f>1</f>", "]]>", "&amp;"]
    content = append_rows(workbook.read_bytes(), load_schema("tasks"), [{**ROW, "name": text} for text in texts],
                          path=workbook, today=TODAY).content
    workbook.write_bytes(content)

    sheet = openpyxl.load_workbook(workbook).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=9, max_row=17, min_col=5, max_col=5) for cell in row]
    assert [cell.value for cell in cells] == [text.strip() for text in texts]
    with zipfile.ZipFile(workbook) as archive:
        text = archive.read(SHEET).decode()
    assert not re.search(r"<f[^>]*>[^<]*(HYPERLINK|cmd)", text)


def test_old_rows_survive_any_damage_or_it_is_refused(workbook: Path, tmp_path: Path) -> None:
    """Bytes of the sheet and its table, changed at random, in a process of its own: either the rows that were there are
    all there with the new one, or an error of ours; never a crash."""
    chance = random.Random(5)
    with zipfile.ZipFile(workbook) as archive:
        texts = {part: archive.read(part) for part in (SHEET, TABLE, BOOK)}
    for index in range(90):
        part = (SHEET, TABLE, BOOK)[index % 3]
        damaged = bytearray(texts[part])
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b"<>/&\"'0 9ZrX\x00\xff:$")
        target = tmp_path / f"damaged-{index}.xlsx"
        target.write_bytes(workbook.read_bytes())
        changed(target, part, lambda _, damaged=damaged: bytes(damaged))  # type: ignore[misc]
    code = (
        "import sys, datetime, pathlib\n"
        "from folderkit.core.errors import FolderkitError\n"
        "from folderkit.registers import load_schema, read_workbook\n"
        "from folderkit.registers.patching import append_rows\n"
        "today, schema = datetime.date(2026, 3, 18), load_schema('tasks')\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('damaged-*')):\n"
        "    try:\n"
        "        before = read_workbook(path, schema, today=today)\n"
        "        new = append_rows(path.read_bytes(), schema, [{'name': 'new'}], path=path, today=today).content\n"
        "    except FolderkitError:\n"
        "        print('refused')\n"
        "        continue\n"
        "    path.write_bytes(new)\n"
        "    after = read_workbook(path, schema, today=today)\n"
        "    print('added' if len(after.rows) == len(before.rows) + 1 else 'LOST')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=300,
                         check=False)

    assert ran.returncode == 0, ran.stderr[-2000:]
    outcomes = ran.stdout.split()
    assert len(outcomes) == 90
    assert set(outcomes) <= {"refused", "added"}
    assert outcomes.count("added") > 10
    assert read_workbook(workbook, load_schema("tasks"), today=TODAY).problems == []
