"""Rows added to workbooks that people keep: read back by us, by openpyxl and by LibreOffice; all else as it was."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, PatternFill, Protection
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.core.errors import Misuse, Refused
from folderkit.core.language import Language
from folderkit.registers import Register, load_schema, read_workbook
from folderkit.registers.patching import Appended, append_rows
from tests.integration.register_rows import ROWS
from tests.integration.test_registers_workbook import needs_libreoffice, write

TODAY = dt.date(2026, 3, 18)
D = dt.date
SHEET, BESIDE = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"  # the table; what is drawn beside it
NEW: dict[str, dict[str, Any]] = {
    "tasks": {"kind": "task", "name": "=1+1 新增\nzweite Zeile", "owner": "王晓明", "plan_start": D(2026, 4, 1),
              "plan_end": D(2026, 4, 3), "pct": 0.25, "status": "in_progress", "base_end": D(2026, 4, 2)},
    "risks": {"found_on": D(2026, 3, 18), "category": "supplier", "event": "  <x> & \"y\" _x0041_ \x07😀",
              "cause": "a", "effect": "b", "p": 5, "i": 4, "strategy": "avoid", "response": "d", "owner": "c",
              "status": "open",
              "next_review": D(2026, 4, 1)},
    "budget": {"category": "travel", "item": "差旅", "qty": 2.5, "price": 1999.99, "changes": -12, "actual": 5000},
    "communications": {"time": dt.datetime(2026, 3, 18, 9, 30), "channel": "email", "subject": "报价",
                       "content": "请发出", "participants": "Chen Li", "follow_up": "发出",
                       "owner": "李静", "due": D(2026, 3, 17), "ext_id": "<1@example.com>"},
    "contacts": {"name": "周宁", "side": "client", "role": "finance", "duty": "付款", "phone": "021-6400 1234",
                 "sign_scope": ("payment", "contract")},
    "expenses": {"date": D(2026, 3, 18), "text": "打印", "category": "other", "budget": "BUD-001", "payee": "图文店",
                 "gross": 106, "rate": 0.06, "handler": "李静", "status": "pending"},
    "changes": {"title": "改期", "raised_on": D(2026, 3, 18), "requester": "Chen Li", "reason": "other",
                "text": "晚一周", "kind": "schedule", "imp_days": 5, "imp_cost": 0, "imp_res": 0, "status": "raised",
                "rebaseline": "yes"},
}
CASES = [(name, language) for name in NEW for language in ("zh", "en")]


def append(path: Path, name: str, rows: Sequence[dict[str, Any]]) -> Appended:
    """Add rows and put the result in the place of the file."""
    before = parts_of(path)
    added = append_rows(path.read_bytes(), load_schema(name), rows, path=path, today=TODAY)
    path.write_bytes(added.content)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    for part, content in parts_of(path).items():
        if part.endswith((".xml", ".rels")):
            etree.fromstring(content)
    assert set(before) - set(parts_of(path)) <= {"xl/calcChain.xml"}
    return added


def read(path: Path, name: str) -> Register:
    return read_workbook(path, load_schema(name), today=TODAY)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {part: archive.read(part) for part in archive.namelist()}


def other_parts(before: dict[str, bytes], path: Path) -> set[str]:
    """The parts that are not what they were."""
    after = parts_of(path)
    return {part for part, content in before.items() if after.get(part) != content}


def change(path: Path, part: str, edit: Callable[[str], str]) -> None:
    """Change the text of one part."""
    parts = parts_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, edit(content.decode()).encode() if name == part else content)


def recalculated(path: Path, to: str = "xlsx") -> Path:
    """The workbook as LibreOffice computes and saves it."""
    out = path.parent / "out"
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{path.parent}/profile", "--convert-to", to,
                    "--outdir", out, path], check=True, capture_output=True, timeout=180)
    return out / f"{path.stem}.{to}"


# -- our own workbooks -----------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 200])
@pytest.mark.parametrize(("name", "language"), CASES)
def test_added_rows_are_read_back_and_the_others_are_as_they_were(
        tmp_path: Path, name: str, language: Language, count: int) -> None:
    path = write(tmp_path, name, language)
    before, parts = read(path, name), parts_of(path)

    added = append(path, name, [NEW[name]] * count)

    after = read(path, name)
    old = len(before.rows)
    assert after.problems == before.problems
    assert after.rows[:old] == before.rows
    assert len(after.rows) == old + count
    assert after.row_numbers[old:] == added.numbers
    given = {key: value.strip() if isinstance(value, str) else value for key, value in NEW[name].items()}
    for row in after.rows[old:]:
        assert {key: row[key] for key in given} == given
    assert len({row["id"] for row in after.rows}) == old + count
    assert other_parts(parts, path) <= {SHEET, "xl/workbook.xml", "xl/tables/table1.xml", BESIDE}
    assert added.left_out == ()


def test_the_packed_bytes_of_other_parts_are_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "en")
    old = path.read_bytes()
    append(path, "tasks", [NEW["tasks"]])
    new = path.read_bytes()

    with zipfile.ZipFile(path) as archive:
        styles = archive.getinfo("xl/styles.xml")
    packed = new[styles.header_offset : styles.header_offset + 30 + len(styles.filename) + styles.compress_size]
    assert packed in old


def test_prepared_rows_are_used_first_with_their_numbers_and_formulas(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "zh")
    prepared = openpyxl.load_workbook(path).worksheets[0]

    added = append(path, "tasks", [NEW["tasks"]] * 22)

    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert added.numbers[0] == 9
    assert [row["id"] for row in added.rows][:2] == [prepared["B9"].value, prepared["B10"].value]
    assert [row["id"] for row in added.rows][19:] == ["TSK-025", "TSK-026", "TSK-027"]
    last = prepared.tables["reg_tasks"].ref.removeprefix("B5:").rstrip("0123456789")
    assert sheet.tables["reg_tasks"].ref == f"B5:{last}30"
    assert sheet.tables["reg_tasks"].autoFilter.ref == f"B5:{last}30"
    letters = [cell.coordinate.removesuffix("9") for cell in prepared[9]]
    formulas = [column for column in letters if str(prepared[f"{column}9"].value).startswith("=")]
    assert len(formulas) >= 4
    for row in (9, 29, 30):  # prepared, and added below
        for column in formulas:
            assert sheet[f"{column}{row}"].value == prepared[f"{column}9"].value
        for column in letters:
            assert sheet[f"{column}{row}"].style_id == prepared[f"{column}9"].style_id, column


def test_two_additions_go_on_from_each_other(tmp_path: Path) -> None:
    path = write(tmp_path, "communications", "en")
    for number in range(25):
        append(path, "communications", [{**NEW["communications"], "ext_id": f"<{number}@x>"}])

    register = read(path, "communications")
    assert [row["ext_id"] for row in register.rows][2:] == [f"<{number}@x>" for number in range(25)]
    assert [row["id"] for row in register.rows] == [f"COM-{number:03d}" for number in range(1, 28)]


@needs_libreoffice
@pytest.mark.parametrize(("name", "language"), CASES)
def test_libreoffice_computes_the_added_rows_and_the_counts_above(
        tmp_path: Path, name: str, language: Language) -> None:
    path = write(tmp_path, name, language)
    append(path, name, [NEW[name]] * 30)
    schema = load_schema(name)
    expected = read_workbook(path, schema, today=dt.date.today())

    sheet = openpyxl.load_workbook(recalculated(path), data_only=True).worksheets[0]

    for column in schema.columns:
        if column.computed:
            for index, row in enumerate(expected.rows):
                value = row[column.key]
                shown = column.choices[value].words.in_(language) if column.choices and value is not None else value
                found = sheet[expected.address(index, column.key)].value
                assert found == (pytest.approx(shown) if isinstance(shown, float) else shown) or (
                    shown is None and found in (None, "")), (column.key, index)
    tally = schema.column(schema.tally)
    counts = [f"{choice.words.in_(language)} {sum(row[tally.key] == choice.key for row in expected.rows)}"
              for choice in tally.choices.values()]
    assert sheet["B4"].value == "   ·   ".join(counts)


def test_rows_are_added_to_a_second_sheet(tmp_path: Path) -> None:
    path = write(tmp_path, "testcases", "zh")
    before, checks = read(path, "testcases"), read(path, "quality")
    case = {"title": "退货", "req": "REQ-001", "steps": "1. 退\n2. 查", "expected": "扣回积分", "round": 2}

    added = append(path, "testcases", [case] * 30)

    after = read(path, "testcases")
    assert added.sheet == after.sheet == "测试用例"
    assert after.rows[: len(before.rows)] == before.rows
    assert [row["id"] for row in after.rows[-2:]] == ["TC-031", "TC-032"]
    assert read(path, "quality").rows == checks.rows


def test_a_second_expense_of_the_same_kind_is_marked_in_both_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "expenses", "en")

    added = append(path, "expenses", [{key: value for key, value in ROWS["expenses"][1].items() if key != "id"}])

    assert added.rows[0]["flags"] == "duplicate"
    assert [row["flags"] for row in read(path, "expenses").rows] == ["fine", "duplicate", "duplicate"]
    column = read(path, "expenses").letters["flags"]
    shown = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    assert [shown[f"{column}{number}"].value for number in (6, 7, 8)] == [None, None, "Duplicate?"]


@needs_libreoffice
@pytest.mark.parametrize(("name", "language"), CASES[:4])
def test_rows_are_added_to_what_libreoffice_saved(tmp_path: Path, name: str, language: Language) -> None:
    path = recalculated(write(tmp_path, name, language))
    before, parts = read(path, name), parts_of(path)

    append(path, name, [NEW[name]] * 40)

    after = read(path, name)
    assert after.rows[: len(before.rows)] == before.rows
    assert len(after.rows) == len(before.rows) + 40
    assert other_parts(parts, path) <= {SHEET, "xl/workbook.xml", "xl/tables/table1.xml", BESIDE}
    book = openpyxl.load_workbook(path)
    assert book.worksheets[0].tables[f"reg_{name}"].ref.endswith(str(after.row_numbers[-1]))


# -- by hand ---------------------------------------------------------------------------------------
HEADERS = ["序", "负责人", "Status", "任务名称", "我的备注", "计划完成日期", "进度", "剩余天数"]


def by_hand(folder: Path, rows: int = 4, below: Sequence[Sequence[Any]] = (),
            draw: Callable[[Worksheet], None] = lambda sheet: None) -> Path:
    """A list of tasks as somebody made it: other columns between, other words, a title above."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Plan 'A' & B"
    sheet.append(["项目任务一览"])
    sheet.append([])
    sheet.append(HEADERS)
    for number in range(1, rows + 1):
        row = 3 + number
        sheet.append([number, "王晓明", "进行中", f"任务{number}", None, D(2026, 4, number), number / 10,
                      f"=F{row}-$B$1"])
        sheet[f"D{row}"].alignment = Alignment(wrap_text=True, vertical="top")
        sheet[f"G{row}"].number_format = "0%"
    for line in below:
        sheet.append(list(line))
    draw(sheet)
    path = folder / "by hand.xlsx"
    book.save(path)
    return path


TASK = {"name": "新任务", "owner": "李静", "status": "done", "plan_end": D(2026, 5, 1), "pct": 1,
        "plan_start": D(2026, 4, 1)}


def sheet_of(path: Path) -> Worksheet:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_columns_stand_in_any_order_and_own_ones_go_on(tmp_path: Path) -> None:
    path = by_hand(tmp_path)

    added = append(path, "tasks", [TASK, TASK])

    sheet = sheet_of(path)
    assert [cell.value for cell in sheet[8]] == [
        None, "李静", "Done", "新任务", None, dt.datetime(2026, 5, 1), 1, "=F8-$B$1"]
    assert sheet["H9"].value == "=F9-$B$1"
    assert sheet["D9"].alignment.wrap_text
    assert sheet["G9"].number_format == "0%"
    assert sheet["F9"].is_date
    assert added.left_out == ("plan_start",)
    assert added.numbers == (8, 9)
    assert added.rows[0]["id"] is None


def test_choices_are_written_in_the_language_of_their_header(tmp_path: Path) -> None:
    path = by_hand(tmp_path, draw=lambda sheet: sheet.__setitem__("C3", "任务状态"))
    append(path, "tasks", [TASK])
    assert sheet_of(path)["C8"].value == "已完成"


def test_a_line_of_sums_moves_down_and_sums_the_new_rows_too(tmp_path: Path) -> None:
    path = by_hand(tmp_path, below=[
        [None, None, None, None, None, None, "=SUM(G4:G7)", "=AVERAGE(H$4:H$7)"], [], ["备注：每周更新"]])

    append(path, "tasks", [TASK] * 3)

    sheet = sheet_of(path)
    assert [sheet[f"D{row}"].value for row in range(7, 12)] == ["任务4", "新任务", "新任务", "新任务", None]
    assert (sheet["G11"].value, sheet["H11"].value) == ("=SUM(G4:G10)", "=AVERAGE(H$4:H$10)")
    assert sheet["A13"].value == "备注：每周更新"
    assert len(read(path, "tasks").rows) == 7


def test_a_line_of_totals_by_name_moves_down(tmp_path: Path) -> None:
    path = by_hand(tmp_path, below=[["合计", None, None, None, None, None, "=SUM(G4:G7)"], [None, "审核：张"]])

    append(path, "tasks", [TASK])

    sheet = sheet_of(path)
    assert (sheet["A9"].value, sheet["G9"].value, sheet["B10"].value) == ("合计", "=SUM(G4:G8)", "审核：张")


def test_an_empty_row_above_the_totals_is_used_before_they_move(tmp_path: Path) -> None:
    path = by_hand(tmp_path, below=[[], ["合计", None, None, None, None, None, "=SUM(G4:G8)"]])

    append(path, "tasks", [TASK])
    sheet = sheet_of(path)
    assert (sheet["D8"].value, sheet["A9"].value, sheet["G9"].value) == ("新任务", "合计", "=SUM(G4:G8)")

    append(path, "tasks", [TASK])
    sheet = sheet_of(path)
    assert (sheet["D9"].value, sheet["A10"].value, sheet["G10"].value) == ("新任务", "合计", "=SUM(G4:G9)")


def test_all_that_ended_with_the_last_row_reaches_the_new_one(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        rule = DataValidation("list", formula1='"进行中,已完成"', sqref="C4:C7")
        sheet.add_data_validation(rule)
        sheet.conditional_formatting.add("A4:H7", Rule(
            "expression", formula=["$G4=MAX($G$4:$G$7)"], dxf=DifferentialStyle(fill=PatternFill("solid", "FFFF00"))))
        sheet.auto_filter.ref = "A3:H7"
        sheet.print_area = "A1:H7"
        sheet.print_title_rows = "1:3"
        sheet.merge_cells("A1:H1")
        sheet["E7"].hyperlink = "https://example.com"
        assert sheet.parent is not None
        sheet.parent.defined_names["owners"] = DefinedName("owners", attr_text="'Plan ''A'' & B'!$B$4:$B$7")
        sheet.parent.defined_names["first"] = DefinedName("first", attr_text="'Plan ''A'' & B'!$B$4")
        sheet.parent.defined_names["near"] = DefinedName("near", attr_text="'Plan ''A'' & B'!$B4:$B7")
        other = sheet.parent.create_sheet("Sums")
        other["A1"] = "=SUM('Plan ''A'' & B'!G4:G7)+COUNTA(owners)"
        other["A2"] = "=A1*2"
        other["A3"] = "=SUM(A4:A7)"
        sheet["J1"] = "=SUM(G4:G7)"
        sheet["J2"] = "=SUM(G4:G6)"
        sheet["J4"] = "=SUM(G$4:G4)"

    path = by_hand(tmp_path, draw=draw)
    append(path, "tasks", [TASK] * 2)

    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    assert str(sheet.data_validations.dataValidation[0].sqref) == "C4:C9"
    (formats,) = sheet.conditional_formatting
    assert str(formats.sqref) == "A4:H9"
    assert formats.rules[0].formula == ["$G4=MAX($G$4:$G$9)"]
    assert sheet.auto_filter.ref == "A3:H9"
    assert sheet.print_area == "'Plan ''A'' & B'!$A$1:$H$9"
    assert sheet.print_title_rows == "$1:$3"
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:H1"]
    assert book.defined_names["owners"].attr_text == "'Plan ''A'' & B'!$B$4:$B$9"
    assert book.defined_names["first"].attr_text == "'Plan ''A'' & B'!$B$4"
    assert book.defined_names["near"].attr_text == "'Plan ''A'' & B'!$B4:$B7"  # counted from where it is used
    assert book["Sums"]["A1"].value == "=SUM('Plan ''A'' & B'!G4:G9)+COUNTA(owners)"
    assert book["Sums"]["A3"].value == "=SUM(A4:A7)"
    assert [sheet[cell].value for cell in ("J1", "J2", "J4")] == ["=SUM(G4:G9)", "=SUM(G4:G6)", "=SUM(G$4:G4)"]
    assert sheet.dimensions == "A1:J9"
    assert sheet["E7"].hyperlink is not None
    assert sheet["E7"].hyperlink.ref == "E7"


@needs_libreoffice
def test_what_depends_on_the_new_rows_is_computed_anew_also_through_others(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        assert sheet.parent is not None
        other = sheet.parent.create_sheet("Sums")
        other["A1"] = "=SUM('Plan ''A'' & B'!G4:G7)"
        other["A2"] = "=A1*2"
        other["A3"] = "=7*6"

    path = recalculated(by_hand(tmp_path, draw=draw))  # every formula with its value now
    append(path, "tasks", [TASK])

    shown = openpyxl.load_workbook(path, data_only=True)["Sums"]
    assert [shown[cell].value for cell in ("A1", "A2", "A3")] == [None, None, 42]
    computed = openpyxl.load_workbook(recalculated(path, "xlsx"), data_only=True)["Sums"]
    assert computed["A2"].value == pytest.approx(4)


def test_an_excel_table_with_totals_grows_above_them(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        table = Table(displayName="Plan", ref="A3:H8", totalsRowCount=1, autoFilter=AutoFilter(ref="A3:H7"))
        table.tableColumns = [TableColumn(id=number, name=header) for number, header in enumerate(HEADERS, 1)]
        table.tableColumns[6].totalsRowFunction = "sum"
        sheet.add_table(table)
        sheet["G8"] = "=SUBTOTAL(109,Plan[进度])"
        sheet["A10"] = "=G8"

    path = by_hand(tmp_path, draw=draw)
    append(path, "tasks", [TASK] * 2)

    sheet = sheet_of(path)
    table = sheet.tables["Plan"]
    assert (table.ref, table.autoFilter.ref, table.totalsRowCount) == ("A3:H10", "A3:H9", 1)
    assert (sheet["G10"].value, sheet["A12"].value) == ("=SUBTOTAL(109,Plan[进度])", "=G10")
    assert [row["name"] for row in read(path, "tasks").rows][3:] == ["任务4", "新任务", "新任务"]


def test_prepared_rows_that_read_as_rows_are_left_alone(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        table = Table(displayName="Plan", ref="A3:H9")
        table.tableColumns = [TableColumn(id=number, name=header) for number, header in enumerate(HEADERS, 1)]
        sheet.add_table(table)
        for row in (8, 9):
            sheet[f"C{row}"] = "未开始"  # somebody prepared the status
            sheet[f"D{row}"].alignment = Alignment(wrap_text=True)

    path = by_hand(tmp_path, draw=draw)
    assert len(read(path, "tasks").rows) == 6
    added = append(path, "tasks", [TASK])

    assert added.numbers == (10,)
    assert sheet_of(path).tables["Plan"].ref == "A3:H10"


def test_charts_show_the_new_rows_and_pictures_below_move(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        for anchor in ("J2", "B12"):
            chart = BarChart()
            chart.add_data(Reference(sheet, min_col=7, min_row=3, max_row=7), titles_from_data=True)
            sheet.add_chart(chart, anchor)

    path = by_hand(tmp_path, below=[["合计"]], draw=draw)
    append(path, "tasks", [TASK] * 3)

    parts = parts_of(path)
    assert b"$G$4:$G$10" in parts["xl/charts/chart1.xml"]
    rows = re.findall(rb"<[a-z:]*from>.*?<[a-z:]*row>(\d+)<", parts["xl/drawings/drawing1.xml"], re.DOTALL)
    assert sorted(rows) == [b"1", b"14"]
    assert sheet_of(path)["A11"].value == "合计"


def test_two_looks_that_alternate_go_on(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        for row in (5, 7):
            for cell in sheet[row]:
                cell.fill = PatternFill("solid", "DDEEFF")

    path = by_hand(tmp_path, draw=draw)
    append(path, "tasks", [TASK] * 3)

    sheet = sheet_of(path)
    assert [sheet[f"B{row}"].fill.fgColor.rgb for row in range(6, 11)] == [
        "00000000", "00DDEEFF", "00000000", "00DDEEFF", "00000000"]


def test_hidden_rows_of_a_filter_and_a_protected_sheet(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        sheet.auto_filter.ref = "A3:H7"
        sheet.auto_filter.add_filter_column(1, ["李静"])
        for row in range(4, 8):
            sheet.row_dimensions[row].hidden = True
        sheet.protection.sheet = True
        sheet["B7"].protection = Protection(locked=False)

    path = by_hand(tmp_path, draw=draw)
    append(path, "tasks", [TASK])

    sheet = sheet_of(path)
    assert [bool(sheet.row_dimensions[row].hidden) for row in range(4, 9)] == [True] * 4 + [False]
    assert sheet.protection.sheet
    assert not sheet["B8"].protection.locked


def test_a_table_without_any_row_gets_its_first(tmp_path: Path) -> None:
    path = by_hand(tmp_path, rows=0)
    append(path, "tasks", [TASK])

    assert [cell.value for cell in sheet_of(path)[4]][:7] == [
        None, "李静", "Done", "新任务", None, dt.datetime(2026, 5, 1), 1]


def test_days_are_counted_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    path = by_hand(tmp_path)
    change(path, "xl/workbook.xml", lambda text: text.replace("<workbookPr/>", '<workbookPr date1904="1"/>').replace(
        "<workbookPr />", '<workbookPr date1904="1" />'))
    assert 'date1904="1"' in parts_of(path)["xl/workbook.xml"].decode()

    append(path, "tasks", [TASK])

    assert sheet_of(path)["F8"].value == dt.datetime(2026, 5, 1)


def test_macros_are_kept_byte_for_byte(tmp_path: Path) -> None:
    path = by_hand(tmp_path).rename(tmp_path / "plan.xlsm")
    change(path, "[Content_Types].xml", lambda text: text.replace(
        "spreadsheetml.sheet.main+xml", "vnd").replace("vnd.openxmlformats-officedocument.vnd",
        "vnd.ms-excel.sheet.macroEnabled.main+xml"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", bytes(range(256)) * 20)
    before = parts_of(path)

    append(path, "tasks", [TASK])

    assert other_parts(before, path) <= {SHEET, "xl/workbook.xml", "xl/styles.xml"}


@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("strict", [False, True])
def test_other_namespaces_and_prefixes(tmp_path: Path, prefix: bool, strict: bool) -> None:
    path = by_hand(tmp_path, below=[["合计", None, None, None, None, None, "=SUM(G4:G7)"]])
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    for part in (SHEET, "xl/workbook.xml", "xl/styles.xml"):
        if prefix:
            change(path, part, lambda text: re.sub(r"<(/?)(?=[a-zA-Z])(?![a-z]+:)", r"<\1x:", text).replace(
                f'xmlns="{main}"', f'xmlns:x="{main}"'))
    for part in parts_of(path) if strict else ():
        change(path, part, lambda text: text.replace(main, "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships"))

    append(path, "tasks", [TASK] * 2)

    register = read(path, "tasks")
    assert [row["name"] for row in register.rows] == ["任务1", "任务2", "任务3", "任务4", "新任务", "新任务"]
    root = etree.fromstring(parts_of(path)[SHEET])
    namespace = etree.QName(root).namespace
    assert {etree.QName(element).namespace for element in root.iter()} == {namespace}
    assert (root.prefix == "x") == prefix
    assert b"SUM(G4:G9)" in parts_of(path)[SHEET]


def test_shared_formulas_are_spelled_out_where_they_go_on(tmp_path: Path) -> None:
    path = by_hand(tmp_path, below=[["合计"]])
    change(path, SHEET, lambda text: re.sub(
        r"<f>F(\d)-\$B\$1</f>", lambda found: '<f t="shared" ref="H4:H7" si="0">F4-$B$1</f>' if found[1] == "4"
        else '<f t="shared" si="0"/>', text))
    assert parts_of(path)[SHEET].count(b'si="0"') == 4

    append(path, "tasks", [TASK])

    assert [sheet_of(path)[f"H{row}"].value for row in range(4, 9)] == [f"=F{row}-$B$1" for row in range(4, 9)]


def test_cells_and_rows_without_their_places_are_understood(tmp_path: Path) -> None:
    path = by_hand(tmp_path)
    change(path, SHEET, lambda text: re.sub(r'<row r="3"[^>]*>', "<row>", re.sub(
        r'<row r="2"[^>]*/>|<row r="2"[^>]*></row>', "<row/>", re.sub(r'<c r="[A-H]5"', "<c", text))))

    append(path, "tasks", [TASK])

    assert [row["name"] for row in read(path, "tasks").rows] == ["任务1", "任务2", "任务3", "任务4", "新任务"]


def test_running_totals_and_numbers_of_prepared_rows_stay_their_own(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        for row in range(4, 10):  # two rows are prepared
            sheet[f"A{row}"] = row - 3
            sheet[f"H{row}"] = f"=SUM(G$4:G{row})/SUM(G$4:G$9)"
        sheet["A10"], sheet["G10"] = "合计", "=SUM(G4:G9)"

    path = by_hand(tmp_path, draw=draw)
    added = append(path, "tasks", [TASK] * 4)

    sheet = sheet_of(path)
    assert added.numbers == (8, 9, 10, 11)
    assert [sheet[f"H{row}"].value for row in range(4, 12)] == [
        f"=SUM(G$4:G{row})/SUM(G$4:G$11)" for row in range(4, 12)]
    assert [sheet[f"A{row}"].value for row in range(7, 13)] == [4, 5, 6, None, None, "合计"]
    assert sheet["G12"].value == "=SUM(G4:G11)"


# -- refused ---------------------------------------------------------------------------------------
def refused(path: Path, name: str = "tasks") -> Refused:
    before = path.read_bytes()
    with pytest.raises(Refused) as caught:
        append(path, name, [TASK])
    assert path.read_bytes() == before
    assert caught.value.hint is not None
    assert caught.value.hint.en != caught.value.hint.zh
    return caught.value


def test_comments_below_the_table_do_not_move_and_are_told(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        sheet["A9"].comment = Comment("look", "me")

    error = refused(by_hand(tmp_path, below=[["合计"], ["x"]], draw=draw))

    assert "comments" in error.message.en
    assert error.hint is not None
    assert "Insert 1 empty rows above row 8" in error.hint.en


def test_comments_beside_the_table_are_no_hindrance(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        sheet["B5"].comment = Comment("look", "me")

    path = by_hand(tmp_path, below=[["合计"]], draw=draw)
    before = parts_of(path)
    append(path, "tasks", [TASK])

    assert other_parts(before, path) <= {SHEET, "xl/workbook.xml"}


def test_a_rule_for_cells_that_are_gone_is_no_hindrance(tmp_path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        sheet.add_data_validation(DataValidation("list", formula1='"x"', sqref="K4"))
        sheet.conditional_formatting.add("L4", Rule("expression", formula=["$G4=1"]))

    path = by_hand(tmp_path, draw=draw)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for cell in (b"K4", b"L4"):
        parts[SHEET] = parts[SHEET].replace(b'sqref="%b"' % cell, b'sqref="#REF!"')
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)

    append(path, "tasks", [TASK])

    with zipfile.ZipFile(path) as packed:
        assert packed.read(SHEET).count(b'sqref="#REF!"') == 2


def test_numbers_are_counted_on_however_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path, "risks", "en", [{**NEW["risks"], "id": "rsk-041"}])
    assert append(path, "risks", [{**NEW["risks"], "id": None}] * 20).rows[-1]["id"] == "RSK-061"


def test_a_signed_workbook_is_refused(tmp_path: Path) -> None:
    path = by_hand(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("_xmlsignatures/sig1.xml", b"<x/>")

    assert "signed" in refused(path).message.en


def test_a_workbook_without_the_table_is_refused(tmp_path: Path) -> None:
    path = by_hand(tmp_path, draw=lambda sheet: sheet.__setitem__("D3", "不是任务"))

    assert "任务与里程碑计划" in refused(path).message.zh


def test_a_wrong_value_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    path = by_hand(tmp_path)
    for row, words in (({"nmae": "x"}, "nmae"), ({"name": "x", "status": "soon"}, "'status'"),
                       ({"owner": "x"}, "needs"), ({"name": "😀" * 20_000}, "longer than a cell")):
        with pytest.raises(Misuse, match=words):
            append_rows(path.read_bytes(), load_schema("tasks"), [row], path=path, today=TODAY)


def test_no_rows_change_nothing(tmp_path: Path) -> None:
    path = by_hand(tmp_path)
    assert append_rows(path.read_bytes(), load_schema("tasks"), [], path=path, today=TODAY).content == path.read_bytes()


# -- as a picture ----------------------------------------------------------------------------------
@needs_libreoffice
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
def test_new_rows_look_like_the_old_ones(tmp_path: Path) -> None:
    """The same row, there from the start and added later, gives the same picture."""
    rows = [*ROWS["budget"], NEW["budget"]]
    grown = write(tmp_path, "budget", "zh", rows[:2]).rename(tmp_path / "grown.xlsx")
    append(grown, "budget", [rows[2]])
    whole = write(tmp_path, "budget", "zh", rows).rename(tmp_path / "whole.xlsx")
    append(whole, "budget", [rows[2]] * 19)  # as many rows in all, so that the pages are alike
    append(grown, "budget", [rows[2]] * 19)

    pictures = []
    for path in (whole, grown):
        picture = path.with_suffix("")
        subprocess.run(["pdftoppm", "-r", "50", "-png", "-singlefile", "-W", "800", "-H", "250",
                        recalculated(path, "pdf"), picture], check=True, timeout=60)
        pictures.append(path.with_suffix(".png").read_bytes())

    assert len(pictures[0]) > 5_000
    assert pictures[0] == pictures[1]
