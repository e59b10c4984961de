"""Files that are no register, or were made to bring the reader down."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from folderkit.core.errors import Failed
from folderkit.registers import guard, load_schema, read_workbook, write_workbook
from folderkit.registers.old import read_old
from tests.integration.test_registers_workbook import needs_libreoffice

TODAY = dt.date(2026, 3, 18)
SHEET = "xl/worksheets/sheet1.xml"
FAR = b'<row r="1048576"><c r="XFD1048576"%s</row></sheetData>'


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.xlsx"
    row = {"name": "a", "kind": "task", "owner": "x", "plan_start": TODAY, "plan_end": TODAY, "pct": 0,
           "status": "done"}
    write_workbook(load_schema("tasks"), "en", [row], path, project="x", today=TODAY)
    return path


def changed(path: Path, part: str, change: Callable[[bytes], bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(content) if name == part else content)


def read(path: Path) -> int:
    return len(read_workbook(path, load_schema("tasks"), today=TODAY).rows)


def refused(path: Path) -> str:
    with pytest.raises(Failed) as caught:
        read(path)
    assert caught.value.hint is not None
    assert caught.value.message.zh != caught.value.message.en
    return caught.value.message.en


@pytest.mark.parametrize("content", [
    b"", b"PK\x03\x04", b"<html><table><tr><td>ID</td></tr></table></html>", "编号,名称\n1,a\n".encode("gbk"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
])
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)

    assert "x.xlsx" in refused(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="it is not there"):
        read(tmp_path / "gone.xlsx")


@pytest.mark.parametrize("cell", [b"><v>1</v></c>", b' t="inlineStr"><is><t>x</t></is></c>', b' t="str"><v>x</v></c>'])
def test_a_sheet_with_two_far_cells_is_refused(workbook: Path, cell: bytes) -> None:
    changed(workbook, SHEET, lambda text: text.replace(b"</sheetData>", FAR % cell))

    assert "too large" in refused(workbook)


@pytest.mark.parametrize("edit", [
    lambda text: text.replace(b"</sheetData>", FAR.replace(b'"', b"'") % b"><v>1</v></c>"),
    lambda text: text.replace(b"</sheetData>", b'<row r="9"><c s="0" r="XFD1048576"><v>1</v></c></row></sheetData>'),
    lambda text: text.replace(b"</sheetData>", b'<row><c r="&#88;FD1048576"><v>1</v></c></row></sheetData>'),
    lambda text: text.replace(b"</sheetData>", b'<row><c\nr="XFD1048576"><v>1</v></c></row></sheetData>'),
    lambda text: text.replace(b"</sheetData>", b'<row r="2000001"><c><v>1</v></c></row></sheetData>'),
    lambda text: text.replace(b"</sheetData>", FAR % b"><v>1</v></c>").replace(b"UTF-8", b"ISO-8859-1"),
    lambda text: text.replace(b"</sheetData>", FAR % b"><v>1</v></c>").replace(
        b"<worksheet ", b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ').replace(
        b"</worksheet", b"</x:worksheet").replace(b"<c ", b"<x:c ").replace(b"</c>", b"</x:c>"),
    lambda text: (text.replace(b"</sheetData>", FAR % b"><v>1</v></c>")).decode().replace(
        "UTF-8", "UTF-16").encode("utf-16"),
])
def test_a_far_cell_is_found_however_it_is_spelled(workbook: Path, edit: Callable[[bytes], bytes]) -> None:
    changed(workbook, SHEET, edit)

    assert "x.xlsx" not in refused(workbook)


@pytest.mark.parametrize("shift", range(-24, 1, 3))
def test_a_far_cell_is_found_where_one_piece_ends_and_the_next_begins(workbook: Path, shift: int) -> None:
    def edit(text: bytes) -> bytes:
        before, after = text.split(b"</sheetData>")
        room = guard._PIECE * 2 + shift - len(before)
        return before + b'<row r="8"><c r="A8"><v>' + b"1" * (room - 24) + b"</v></c></row>" + (
            FAR % b"><v>1</v></c>") + after

    changed(workbook, SHEET, edit)

    assert "too large" in refused(workbook)


@pytest.mark.parametrize("place", range(5))
def test_a_far_cell_is_found_below_a_long_text_where_a_piece_ends(workbook: Path, place: int) -> None:
    far = FAR % b"><v>1</v></c>"

    def edit(text: bytes) -> bytes:
        before, after = text.split(b"</sheetData>")
        head, tail = b'<row r="8"><c r="A8"><v>', b"</v></c></row>"
        room = guard._PIECE * 3 - len(before + head + tail) - far.index(b"<c r") - place
        return before + head + b"1" * room + tail + far + after

    changed(workbook, SHEET, edit, zipfile.ZIP_STORED)

    assert "too large" in refused(workbook)


@pytest.mark.parametrize(("column", "row", "told"), [
    ("Z", 69_999, True), ("BZ", 19_999, False), ("ZZ", 1_999, False), ("CC", 24_000, False)])  # the table has a Z
def test_a_large_sheet_within_bounds_is_read(workbook: Path, column: str, row: int, told: bool) -> None:
    changed(workbook, SHEET, lambda text: text.replace(
        b"</sheetData>", f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row></sheetData>'.encode()))

    register = read_workbook(workbook, load_schema("tasks"), today=TODAY)

    assert len(register.rows) == 1
    assert [problem.id for problem in register.problems if problem.id == "row.outside"] == ["row.outside"] * told


def test_a_damaged_part_is_told(workbook: Path) -> None:
    content = bytearray(workbook.read_bytes())
    with zipfile.ZipFile(workbook) as archive:
        entry = archive.getinfo(SHEET)
    place = content.index(b"PK\x01\x02")
    while entry.filename.encode() != content[place + 46 : place + 46 + len(entry.filename)]:
        place = content.index(b"PK\x01\x02", place + 1)
    content[place + 16] ^= 1  # of its checksum
    workbook.write_bytes(content)

    assert "damaged" in refused(workbook)


def test_a_sheet_with_a_far_blank_cell_is_read(workbook: Path) -> None:
    changed(workbook, SHEET, lambda text: text.replace(b"</sheetData>", FAR % b' s="1"/>'))

    assert read(workbook) == 1


@pytest.mark.parametrize("change", [
    lambda text: text.replace(b"</sheetData>", FAR % b"><v>1</v></c>").replace(b"<sheetData>", b"<x:sheetData>", 1),
    lambda text: text.replace(b"</sheetData>", (FAR % b"><v>1</v></c>").replace(b"XFD1", b"&#88;FD1")),
    lambda text: text.replace(b"</sheetData>", (FAR % b"><v>1</v></c>").replace(b"XFD1048576", b"xfd1048576")),
    lambda text: text.replace(b"</sheetData>", FAR % b"><v>1</v></c>")
    .replace(b'encoding="UTF-8"', b'encoding="UTF-16"').decode().encode("utf-16"),
    lambda text: text.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "1">]><worksheet', 1),
    lambda text: text.replace(b"</sheetData>", b'<row r="999999999999"><c r="A"><v>1</v></c></row></sheetData>'),
    lambda text: text[: len(text) // 2],
])
def test_a_disguised_or_broken_sheet_is_refused(workbook: Path, change: Callable[[bytes], bytes]) -> None:
    changed(workbook, SHEET, change)

    refused(workbook)


def test_cells_without_addresses_are_counted(workbook: Path) -> None:
    changed(workbook, SHEET, lambda text: text.replace(
        b"</sheetData>", b"<row>" + b"<c><v>1</v></c>" * 100_000 + b"</row></sheetData>"))

    refused(workbook)


def test_a_bomb_is_refused_whatever_size_it_claims(workbook: Path) -> None:
    changed(workbook, "xl/sharedStrings.xml", lambda text: text + b" " * (200 << 20))
    assert "too large" in refused(workbook)

    content = bytearray(workbook.read_bytes())  # the same, with a small size in its directory
    with zipfile.ZipFile(workbook) as archive:
        entry = archive.getinfo("xl/sharedStrings.xml")
    for place in (entry.header_offset + 22, content.rindex(b"xl/sharedStrings.xml") - 22):
        struct.pack_into("<I", content, place, 1000)
    workbook.write_bytes(content)
    assert "too large" in refused(workbook)


def test_two_parts_of_one_name_are_refused(workbook: Path) -> None:
    with zipfile.ZipFile(workbook, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, b"<worksheet/>")

    assert "twice" in refused(workbook)


def test_another_kind_of_workbook_is_refused(workbook: Path) -> None:
    with zipfile.ZipFile(workbook, "a") as archive:
        archive.writestr("content.xml", b"<x/>")

    assert ".xlsx" in refused(workbook)


def test_damage_anywhere_ends_no_process(workbook: Path, tmp_path: Path) -> None:
    """Bytes of the sheet, changed at random, are read in a process of their own: rows or an error, no crash."""
    chance = random.Random(3)
    with zipfile.ZipFile(workbook) as archive:
        text = archive.read(SHEET)
    for index in range(60):
        damaged = bytearray(text)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b"<>/&\"'0 9ZrX\x00\xff")
        target = tmp_path / f"damaged-{index}.xlsx"
        target.write_bytes(workbook.read_bytes())
        changed(target, SHEET, lambda _, damaged=damaged: bytes(damaged))  # type: ignore[misc]
    code = (
        "import sys, datetime, pathlib\n"
        "from folderkit.core.errors import Failed\n"
        "from folderkit.registers import guard, load_schema, read_workbook\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('damaged-*')):\n"
        "    try: read_workbook(path, load_schema('tasks'), today=datetime.date(2026, 3, 18))\n"
        "    except Failed: pass\n"
        "print('all read')\n")
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=120,
                          check=False)

    assert done.stdout.strip() == "all read", done.stderr[-2000:]


# -- old workbooks ---------------------------------------------------------------------------------
def old_workbook(path: Path) -> bytes:
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{path.parent}/profile", "--convert-to",
                    "xls", "--outdir", path.parent / "old", path], check=True, capture_output=True, timeout=180)
    return (path.parent / "old" / f"{path.stem}.xls").read_bytes()


@needs_libreoffice
def test_a_damaged_old_workbook_is_read_or_told(workbook: Path) -> None:
    content, chance = old_workbook(workbook), random.Random(7)
    path = workbook.with_suffix(".xls")
    path.write_bytes(content)
    assert read(path) == 1
    for _ in range(400):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 3, 30))):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 127, 255, chance.randrange(256)))
        path.write_bytes(damaged[: chance.choice((len(damaged), chance.randrange(8, len(damaged))))])
        with contextlib.suppress(Failed):
            read(path)


@needs_libreoffice
def test_an_old_workbook_with_two_far_cells_is_refused(workbook: Path) -> None:
    content = old_workbook(workbook)
    cells = [found.start() for found in re.finditer(struct.pack("<HH", 0xFD, 10), content)]
    far = bytearray(content)
    struct.pack_into("<HH", far, cells[-1] + 4, 65_535, 255)  # row and column of a text
    path = workbook.with_suffix(".xls")

    sheets = read_old(bytes(far))
    with pytest.raises(ValueError, match="too many cells"):
        [sheet.rows() for sheet in sheets.values()]
    struct.pack_into("<HH", far, cells[0] + 4, 65_535, 255)
    path.write_bytes(far)
    assert "too many cells" in refused(path)
