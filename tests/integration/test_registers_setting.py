"""Cells set in workbooks that people keep: they alone are others afterwards, and what is computed from them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.core.errors import FolderkitError, Misuse, Refused
from folderkit.core.language import Language
from folderkit.registers import load_schema, read_workbook
from folderkit.registers.compute import WHOLE_RULES
from folderkit.registers.patching import CellsSet, set_cells
from tests.conftest import CORPUS
from tests.integration.test_registers_append import change, other_parts, parts_of, recalculated
from tests.integration.test_registers_append_corpus import FILES, grafted
from tests.integration.test_registers_append_corpus import SHEET as GRAFTED
from tests.integration.test_registers_workbook import CASES, needs_libreoffice, sheet_of, write

TODAY = dt.date(2026, 3, 18)
D = dt.date
SHEET = "xl/worksheets/sheet1.xml"
VALUES: dict[str, Any] = {
    "text": "新 <&> \"x\" _x0041_", "long": "=1+1\nzweite", "person": "李静", "ref": "TSK-001", "date": D(2026, 5, 4),
    "datetime": dt.datetime(2026, 5, 4, 9, 30), "int": 3, "dec": 2.5, "money": 1234.56, "pct": 0.4, "path": "a/b.docx",
    "bool": "yes"}


def put(path: Path, name: str, values: dict[str, dict[str, Any]]) -> CellsSet:
    found = set_cells(path.read_bytes(), load_schema(name), values, path=path, today=TODAY)
    path.write_bytes(found.content)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    return found


def cells_of(content: bytes) -> dict[str, bytes]:
    """The XML of each cell of a sheet, by address."""
    return {str(cell.get("r")): etree.tostring(cell, with_tail=False)
            for cell in etree.fromstring(content).iter("{*}c")}


def without_cells(content: bytes) -> bytes:
    root = etree.fromstring(content)
    for cell in root.iter("{*}c"):
        cell.clear()
    return bytes(etree.tostring(root))


def differing(before: bytes, after: bytes) -> set[str]:
    old, new = cells_of(before), cells_of(after)
    return {place for place in old.keys() | new.keys() if old.get(place) != new.get(place)}


@pytest.mark.parametrize(("name", "language"), CASES)
def test_only_the_set_cells_and_what_is_computed_from_them_differ(
        tmp_path: Path, name: str, language: Language) -> None:
    path, schema = write(tmp_path, name, language), load_schema(name)
    before, parts = read_workbook(path, schema, today=TODAY), parts_of(path)
    identity = before.rows[1]["id"]
    sheet = "xl/worksheets/sheet2.xml" if schema.sheet_of else SHEET
    beside = set() if schema.sheet_of else {"xl/worksheets/sheet2.xml"}  # a chart of the table, if there is one
    for column in schema.columns:
        if column.computed or column.key == "id":
            continue
        value = next(reversed(list(column.choices))) if column.type == "enum" else (
            tuple(column.choices)[-1:] if column.type == "multi" else VALUES.get(column.type))
        value = min(value, column.maximum or value) if isinstance(value, int | float) else value
        path.write_bytes(write(tmp_path, name, language).read_bytes())

        found = put(path, name, {identity: {column.key: value}})

        after = read_workbook(path, schema, today=TODAY)
        typed = [one.key for one in schema.columns if not one.computed]
        assert [{key: row[key] for key in typed} for row in after.rows] == [
            {key: row[key] for key in typed} if row["id"] != identity else
            {key: value if key == column.key else row[key] for key in typed} for row in before.rows], column.key
        place = before.address(1, column.key)
        assert found.cells in ((place,), ())
        assert other_parts(parts, path) <= {sheet, "xl/workbook.xml", "xl/styles.xml", *beside}
        others = differing(parts[sheet], parts_of(path)[sheet]) - {place}
        formulas = {f"{before.letters[one.key]}{before.row_numbers[1]}" for one in schema.columns if one.computed}
        formulas |= {f"{before.letters[key]}{number}" for key, _ in WHOLE_RULES.get(name, ())
                     for number in range(before.row_numbers[0], 100)}
        assert all(other in formulas or int(re.sub(r"\D", "", other)) < before.row_numbers[0] for other in others)
        shown = sheet_of(openpyxl.load_workbook(path, data_only=True), name, language)
        for one in schema.columns:
            if one.computed:
                expected = after.rows[1][one.key]
                word = one.shown(expected, language) if one.choices and expected is not None else expected
                got = shown[f"{before.letters[one.key]}{before.row_numbers[1]}"].value
                assert got == (pytest.approx(word) if isinstance(word, float) else word) or (
                    word is None and got in ("", None)), one.key


def test_an_emptied_cell_keeps_its_look(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "en")
    style = openpyxl.load_workbook(path).worksheets[0]["I6"].style_id

    put(path, "tasks", {"TSK-001": {"act_start": None}})

    cell = openpyxl.load_workbook(path).worksheets[0]["I6"]
    assert (cell.value, cell.style_id) == (None, style)


def test_what_is_there_already_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "en")
    before = path.read_bytes()

    found = put(path, "tasks", {"tsk-001": {"name": "启动与需求", "status": "进行中"}})

    assert (found.cells, path.read_bytes()) == ((), before)


def test_what_was_not_understood_can_be_set_right(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "en")
    put(path, "tasks", {"TSK-001": {"act_end": D(2026, 3, 9)}})
    change(path, SHEET, lambda text: re.sub(r'<c r="J6"( s="\d+")?><v>\d+</v></c>',
                                            r'<c r="J6"\1 t="inlineStr"><is><t>soon</t></is></c>', text))
    assert [problem.cell for problem in read_workbook(path, load_schema("tasks"), today=TODAY).problems] == ["J6"]

    assert put(path, "tasks", {"TSK-001": {"act_end": None}}).cells == ("J6",)

    assert read_workbook(path, load_schema("tasks"), today=TODAY).problems == []


@pytest.mark.parametrize(("values", "error", "words"), [
    ({"TSK-099": {"name": "x"}}, Refused, "no row TSK-099"),
    ({"TSK-001": {"nmae": "x"}}, Misuse, "nmae"),
    ({"TSK-001": {"light": "red"}}, Misuse, "works itself out"),
    ({"TSK-001": {"id": "TSK-777"}}, Misuse, "stays what it is"),
    ({"TSK-001": {"name": " "}}, Misuse, "cannot be without 'Name'"),
    ({"TSK-001": {"pct": "many"}}, Misuse, "not a number"),
])
def test_what_cannot_be_set_is_told_and_nothing_is_changed(
        tmp_path: Path, values: dict[str, dict[str, Any]], error: type[FolderkitError], words: str) -> None:
    path = write(tmp_path, "tasks", "en")

    with pytest.raises(error, match=words) as caught:
        set_cells(path.read_bytes(), load_schema("tasks"), values, path=path, today=TODAY)

    assert caught.value.message.zh != caught.value.message.en


def edited(tmp_path: Path, edit: Any) -> Path:
    path = write(tmp_path, "tasks", "en")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    edit(sheet)
    book.save(path)
    return path


@pytest.mark.parametrize(("edit", "key", "words"), [
    (lambda sheet: sheet.__setitem__("K6", "=0.5"), "pct", "K6 .* holds a formula"),
    (lambda sheet: sheet.merge_cells("E6:F6"), "owner", "F6 .* merged"),
    (lambda sheet: sheet.__setitem__("B7", "TSK-001"), "name", "2 times"),
    (lambda sheet: sheet.delete_cols(9), "act_start", "no column 'Actual start'"),
])
def test_what_cannot_be_set_without_harm_is_refused(tmp_path: Path, edit: Any, key: str, words: str) -> None:
    path = edited(tmp_path, edit)
    value: Any = {"pct": 1, "act_start": D(2026, 3, 3)}.get(key, "x")

    with pytest.raises(Refused, match=words) as caught:
        set_cells(path.read_bytes(), load_schema("tasks"), {"TSK-001": {key: value}}, path=path, today=TODAY)

    assert caught.value.hint is not None


def test_formulas_elsewhere_are_computed_anew(tmp_path: Path) -> None:
    pct = read_workbook(write(tmp_path, "tasks", "en"), load_schema("tasks"), today=TODAY).letters["pct"]

    def edit(sheet: Worksheet) -> None:
        for row, formula in enumerate((f"={pct}6*2", "=AZ6+1", "=SUM(reg_tasks[% done])", "=1+1"), start=6):
            sheet[f"AZ{row}"] = formula

    path = edited(tmp_path, edit)
    change(path, SHEET, lambda text: re.sub(r'(<c r="AZ\d"[^>]*><f>[^<]*</f>)<v ?/?>(?:</v>)?', r"\1<v>7</v>", text))

    put(path, "tasks", {"TSK-001": {"pct": 0.9}})

    shown = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    assert [shown[f"AZ{row}"].value for row in (6, 7, 8, 9)] == [None, None, None, 7]
    assert b'fullCalcOnLoad="1"' in parts_of(path)["xl/workbook.xml"]


@needs_libreoffice
def test_libreoffice_shows_what_was_set(tmp_path: Path) -> None:
    path = write(tmp_path, "budget", "zh")
    put(path, "budget", {"BUD-001": {"qty": 10, "price": "￥1,500.50", "item": "开发 2"}})

    shown = read_workbook(recalculated(path), load_schema("budget"), today=TODAY)

    assert (shown.rows[0]["item"], shown.rows[0]["amount"]) == ("开发 2", 15005)
    assert shown.stored["amount"][0] == 15005


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not here: {CORPUS}")
def test_in_the_corpus_nothing_but_the_intended_cells_differs(tmp_path: Path) -> None:
    done = 0
    for source in FILES:
        target = tmp_path / source.name
        if not grafted(source, target):
            continue
        try:
            before = read_workbook(target, load_schema("tasks"), today=TODAY)
        except FolderkitError:
            continue  # what the reader refuses is not written to either
        if before.sheet != "Register & 1":
            continue
        old = parts_of(target)

        found = put(target, "tasks", {"TSK-002": {"owner": "李静", "pct": 1}, "TSK-004": {"name": "新名称"}})

        new = parts_of(target)
        assert {name for name in old if new.get(name) != old[name]} == {GRAFTED}, source
        assert differing(old[GRAFTED], new[GRAFTED]) == set(found.cells) == {"B3", "G3", "E5"}, source
        assert without_cells(old[GRAFTED]) == without_cells(new[GRAFTED]), source
        after = read_workbook(target, load_schema("tasks"), today=TODAY)
        assert (after.rows[1]["owner"], after.rows[1]["pct"], after.rows[3]["name"]) == ("李静", 1, "新名称"), source
        done += 1
    assert done >= 60


def test_the_packed_bytes_of_all_other_parts_are_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, "communications", "en")
    old = path.read_bytes()

    put(path, "communications", {"COM-001": {"subject": "another"}})

    with zipfile.ZipFile(io.BytesIO(old)) as archive:
        for entry in archive.infolist():
            start = entry.header_offset
            packed = old[start : start + 30 + len(entry.filename) + entry.compress_size]
            assert (packed in path.read_bytes()) == (entry.filename not in (SHEET, "xl/workbook.xml")), entry.filename
