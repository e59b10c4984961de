"""Columns added to workbooks that people keep, as an upgrade of the schema needs them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.core.errors import Misuse, Refused
from folderkit.core.language import Language
from folderkit.registers import Schema, load_schema, read_workbook, write_workbook
from folderkit.registers.patching import Widened, add_columns, append_rows
from tests.integration.register_rows import ROWS
from tests.integration.test_registers_append import CASES, NEW, other_parts, parts_of, recalculated
from tests.integration.test_registers_workbook import needs_libreoffice, remade

TODAY = dt.date(2026, 3, 18)
SHEET = "xl/worksheets/sheet1.xml"


def older(schema: Schema, *gone: str) -> Schema:
    """The schema as it was before it had these columns, without what speaks of them."""
    marks = tuple(mark for mark in schema.marks if not any(f"{{{key}" in mark.when for key in gone))
    marks = tuple(dataclasses.replace(mark, columns=tuple(key for key in mark.columns if key not in gone))
                  for mark in marks)
    return dataclasses.replace(schema, columns=tuple(column for column in schema.columns if column.key not in gone),
                               marks=marks, tally="" if schema.tally in gone else schema.tally)


def written(folder: Path, name: str, language: Language, *gone: str) -> Path:
    path = folder / f"{name}.xlsx"
    rows = [{key: value for key, value in row.items() if key not in gone} for row in ROWS[name]]
    write_workbook(older(load_schema(name), *gone), language, rows, path, project="华信", today=TODAY)
    return path


def notes_of(path: Path) -> str:
    """The part of the hidden sheet, which is the last."""
    return f"xl/worksheets/sheet{len(openpyxl.load_workbook(path).sheetnames)}.xml"


def widen(path: Path, name: str, *keys: str) -> Widened:
    found = add_columns(path.read_bytes(), load_schema(name), keys, path=path)
    path.write_bytes(found.content)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    openpyxl.load_workbook(path)
    return found


# none that is shown on a sheet beside the table
GONE = {"tasks": ("wbs", "light", "var"), "risks": ("found_on", "category", "score2"),
        "budget": ("unit", "used", "light"), "communications": ("direction", "confirmed_on", "state")}


@pytest.mark.parametrize(("name", "language"), [case for case in CASES if case[0] in GONE])
def test_what_a_newer_schema_has_is_added_right_of_the_table(tmp_path: Path, name: str, language: Language) -> None:
    path, schema = written(tmp_path, name, language, *GONE[name]), load_schema(name)
    before, parts = read_workbook(path, schema, today=TODAY), parts_of(path)

    found = widen(path, name)

    after = read_workbook(path, schema, today=TODAY)
    assert set(found.keys) == set(GONE[name])
    assert [{key: row[key] for key in row if key not in GONE[name]} for row in after.rows] == [
        {key: row[key] for key in row if key not in GONE[name]} for row in before.rows]
    assert {key: letters for key, letters in after.letters.items() if key not in found.keys} == before.letters
    sheet = openpyxl.load_workbook(path).worksheets[0]
    table = sheet.tables[f"reg_{name}"]
    headers = [sheet[cell].value for cell in found.cells]
    assert headers == [schema.column(key).header.in_(language) for key in found.keys]
    assert [column.name for column in table.tableColumns][-len(headers):] == headers
    assert str(table.ref).split(":")[1].startswith(found.cells[-1].rstrip("0123456789"))
    assert other_parts(parts, path) <= {SHEET, "xl/workbook.xml", "xl/tables/table1.xml", notes_of(path)}
    assert all(problem.id != "header.missing" for problem in after.problems)


@pytest.mark.parametrize(("name", "language"), [case for case in CASES if case[0] in GONE])
def test_the_widened_workbook_takes_rows_and_values(tmp_path: Path, name: str, language: Language) -> None:
    path = written(tmp_path, name, language, *GONE[name])
    widen(path, name)

    added = append_rows(path.read_bytes(), load_schema(name), [NEW[name]], path=path, today=TODAY)

    path.write_bytes(added.content)
    found = read_workbook(path, load_schema(name), today=TODAY).rows[-1]
    assert {key: found[key] for key in GONE[name] if key in NEW[name]} == {
        key: NEW[name][key] for key in GONE[name] if key in NEW[name]}
    assert added.left_out == ()


def test_new_columns_look_like_the_others_and_offer_their_choices(tmp_path: Path) -> None:
    path = written(tmp_path, "risks", "zh", *GONE["risks"])

    found = widen(path, "risks")

    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = dict(zip(found.keys, found.cells, strict=True))
    letters = {key: cell.rstrip("0123456789") for key, cell in cells.items()}
    assert sheet[f"{letters['found_on']}6"].number_format == "yyyy-mm-dd"
    assert sheet[cells["category"]].style_id != 0
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert str(rules[f"{letters['category']}6"]).startswith('"进度,成本,')
    assert f"{letters['score2']}6" not in rules
    assert sheet.column_dimensions[letters["category"]].width > 8


@needs_libreoffice
def test_libreoffice_computes_the_new_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "budget", "en", "unit", "used", "light")
    assert widen(path, "budget").keys == ("unit", "used", "light")

    shown = read_workbook(recalculated(path), load_schema("budget"), today=TODAY)

    assert shown.stored["used"][0] == pytest.approx(shown.rows[0]["used"])
    assert shown.stored["light"][0] == "Green"


def test_a_table_without_a_name_gets_formulas_of_addresses(tmp_path: Path) -> None:
    path = remade(tmp_path, [["编号", "风险事件", "概率", "影响"], ["RSK-001", "a", 4, 5], ["RSK-002", "b", 1, 2]])

    found = widen(path, "risks", "score", "owner")

    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert found.cells == ("E1", "F1")
    assert [cell.value for cell in sheet["E"]] == ["风险值", '=IF(OR($C2="",$D2=""),"",$C2*$D2)',
                                                   '=IF(OR($C3="",$D3=""),"",$C3*$D3)']


def test_a_renamed_column_and_an_odd_table_are_spoken_of_as_they_are(tmp_path: Path) -> None:
    path = remade(tmp_path, [["编号", "风险", "可能性", "I", "Mine"], ["RSK-001", "a", 4, 5, "x"]])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.add_table(Table(displayName="Tabelle1", ref="A1:E2"))
    book.save(path)

    widen(path, "risks", "score")

    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["F2"].value == '=IF(OR(Tabelle1[[#This Row],[可能性]]="",Tabelle1[[#This Row],[I]]=""),"",' \
                                "Tabelle1[[#This Row],[可能性]]*Tabelle1[[#This Row],[I]])"
    assert sheet.tables["Tabelle1"].ref == "A1:F2"


def test_what_is_there_is_not_added_again_and_what_lacks_its_columns_is_not_computed(tmp_path: Path) -> None:
    path = remade(tmp_path, [["编号", "风险事件", "概率"], ["RSK-001", "a", 4]])
    before = path.read_bytes()

    assert widen(path, "risks", "event", "score", "level").keys == ()
    assert path.read_bytes() == before
    with pytest.raises(Misuse, match="scroe"):
        widen(path, "risks", "scroe")


@pytest.mark.parametrize("edit", [
    lambda sheet, column: sheet.cell(9, column + 1, "mine"),
    lambda sheet, column: sheet.merge_cells(start_row=7, end_row=7, start_column=column, end_column=column + 1),
    lambda sheet, column: sheet.add_table(Table(displayName="Other", ref=(
        f"{get_column_letter(column + 1)}6:{get_column_letter(column + 2)}8"))),
])
def test_something_right_of_the_table_is_not_written_over(
        tmp_path: Path, edit: Callable[[Worksheet, int], Any]) -> None:
    path = written(tmp_path, "tasks", "en", *GONE["tasks"])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    edit(sheet, sheet.max_column)
    book.save(path)

    with pytest.raises(Refused, match="right of its table") as caught:
        widen(path, "tasks")

    assert caught.value.hint is not None
