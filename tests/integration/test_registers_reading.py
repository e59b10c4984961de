"""Whatever people do to a register, in real workbooks by openpyxl, xlsxwriter and LibreOffice: it is read, or told."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from folderkit.core.errors import Refused
from folderkit.registers import Register, load_schema, read_workbook
from folderkit.registers.old import read_old
from folderkit.registers.patching import add_columns, append_rows, set_cells
from tests.conftest import CORPUS
from tests.integration.test_registers_workbook import needs_libreoffice, remade, write

TODAY = dt.date(2026, 3, 18)
D = dt.date
HEADERS = ["编号", "类型", "名称", "负责人", "计划开始", "计划完成", "完成百分比", "状态"]


def read(path: Path, name: str = "tasks") -> Register:
    return read_workbook(path, load_schema(name), today=TODAY)


def task(number: int, **more: Any) -> list[Any]:
    values = {"编号": f"TSK-{number:03d}", "类型": "任务", "名称": f"任务{number}", "负责人": "李静",
              "计划开始": D(2026, 3, 2), "计划完成": D(2026, 3, 6), "完成百分比": 0.5, "状态": "进行中", **more}
    return [values[header] for header in HEADERS]


def worked_on(path: Path, edit: Any) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    edit(sheet)
    book.save(path)
    return path


def saved_as(path: Path, ending: str) -> Path:
    """The workbook as LibreOffice saves it in another form."""
    out = path.parent / "saved"
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{path.parent}/profile", "--convert-to",
                    ending, "--outdir", out, path], check=True, capture_output=True, timeout=180)
    return out / f"{path.stem}.{ending.partition(':')[0]}"


# -- dates, amounts, words -------------------------------------------------------------------------
@pytest.mark.parametrize("written", ["2026-03-31", "2026/3/31", "2026.3.31", "2026年3月31日", "31.3.2026",
                                     "31 March 2026", "３１．３．２０２６", "3/31/2026",
                                     dt.datetime(2026, 3, 31, 9, 30), 46112])
def test_a_date_in_whatever_form_is_the_same_day(tmp_path: Path, written: Any) -> None:
    register = read(remade(tmp_path, [HEADERS, task(1, 计划完成=written)]))

    assert (register.rows[0]["plan_end"], register.problems) == (D(2026, 3, 31), [])


def test_an_ambiguous_date_is_told_with_its_cell_and_both_days(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [["项目计划"], HEADERS, task(1, 计划完成="3/4/2026")]))

    (problem,) = register.problems
    assert (problem.id, problem.sheet, problem.cell) == ("value.unknown", "Sheet1", "F3")
    assert "2026-03-04" in problem.message.zh
    assert "2026-04-03" in problem.message.en
    assert register.rows[0]["plan_end"] is None


def test_amounts_with_signs_units_and_full_width_digits(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [
        ["编号", "科目", "项目", "数量", "单价（元）", "实际支出 (RMB)"],
        ["BUD-001", "人工", "a", "２", "￥1,200.50", "1.2万"], ["BUD-002", "差旅", "b", 3, "$800", "2,400元"],
        ["BUD-003", "Travel", "c", 1, "约 500", ""],
    ]), "budget")

    assert [(row["qty"], row["price"], row["actual"]) for row in register.rows] == [
        (2, 1200.5, 12000), (3, 800, 2400), (1, None, None)]
    assert [(problem.id, problem.cell) for problem in register.problems] == [("value.unknown", "E4")]


# -- what is done to the sheet ---------------------------------------------------------------------
def test_filtered_and_hidden_rows_and_columns_are_read(tmp_path: Path) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.auto_filter.ref = "A1:H4"
        sheet.auto_filter.add_filter_column(2, ["任务1"])
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["D"].hidden = True

    register = read(worked_on(remade(tmp_path, [HEADERS, task(1), task(2), task(3)]), hide))

    assert [row["name"] for row in register.rows] == ["任务1", "任务2", "任务3"]
    assert {row["owner"] for row in register.rows} == {"李静"}


def test_merged_titles_and_columns_of_their_own_are_no_hindrance(tmp_path: Path) -> None:
    def dress(sheet: Worksheet) -> None:
        for area in ("A1:J1", "A2:D2", "E2:J2"):
            sheet.merge_cells(area)
        sheet.insert_cols(3)

    path = remade(tmp_path, [["华信项目任务一览表"], ["编制：王晓明", None, None, None, "2026年3月"],
                             [*HEADERS, "我的备注", "来源"], [*task(1), "问小李", "会议"], [*task(2), None, None]])
    register = read(worked_on(path, dress))

    assert [row["name"] for row in register.rows] == ["任务1", "任务2"]
    assert register.problems == []
    assert register.letters["name"] == "D"


def test_what_is_merged_downwards_is_said_of_each_row_but_for_the_number(tmp_path: Path) -> None:
    def merge(sheet: Worksheet) -> None:
        for area in ("D2:D4", "H3:H4", "A3:A4"):
            sheet.merge_cells(area)

    register = read(worked_on(remade(tmp_path, [HEADERS, task(1), task(2, 状态="已完成"), task(3)]), merge))

    assert [row["owner"] for row in register.rows] == ["李静"] * 3
    assert [row["status"] for row in register.rows] == ["in_progress", "done", "done"]
    assert [row["id"] for row in register.rows] == ["TSK-001", "TSK-002", None]
    assert [(problem.id, problem.cell) for problem in register.problems] == [("value.missing", "A4")]


def test_a_second_sheet_and_headers_in_two_languages(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    notes = book.active
    assert isinstance(notes, Worksheet)
    notes.append(["会议记录", "名称"])
    sheet = book.create_sheet("Plan")
    for row in (["ID", "类型", "Task name", "负责人", "Start", "计划完成", "% done", "Status"], task(1, 状态="Doing")):
        sheet.append(row)
    book.create_sheet("old").append(["编号", "名称", "状态"])
    book.save(tmp_path / "x.xlsx")

    register = read(tmp_path / "x.xlsx")

    assert (register.sheet, register.rows[0]["name"], register.rows[0]["status"]) == ("Plan", "任务1", "in_progress")


# -- where the table ends --------------------------------------------------------------------------
def with_table(path: Path, last: int, totals: int = 0) -> Path:
    """The workbook, whose cells A1 to H`last` are an Excel table, as Ctrl+T makes it."""
    def make(sheet: Worksheet) -> None:
        sheet.add_table(Table(displayName="Plan", ref=f"A1:H{last}", totalsRowCount=totals or None))

    return worked_on(path, make)


NOTE: list[list[Any]] = [[], [None, None, "说明：每周一更新"], [None, None, "审核人：张三"]]


def test_what_stands_below_a_table_after_a_gap_is_no_row_of_it_and_told(tmp_path: Path) -> None:
    register = read(with_table(remade(tmp_path, [HEADERS, task(1), task(2), *NOTE]), 3))

    assert [row["name"] for row in register.rows] == ["任务1", "任务2"]
    assert [(problem.id, problem.cell) for problem in register.problems] == [("row.outside", "C5")]
    assert "5、6" in register.problems[0].message.zh


def test_rows_typed_directly_below_a_table_are_its_rows_but_not_below_its_totals(tmp_path: Path) -> None:
    rows = [HEADERS, task(1), task(2), task(3), [], task(4)]
    assert [row["id"] for row in read(with_table(remade(tmp_path, rows), 2)).rows] == ["TSK-001", "TSK-002", "TSK-003"]

    rows = [HEADERS, task(1), ["合计"], task(3)]
    assert [row["id"] for row in read(with_table(remade(tmp_path, rows), 3, totals=1)).rows] == ["TSK-001"]
    assert [row["id"] for row in read(remade(tmp_path, rows)).rows] == ["TSK-001", "TSK-003"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_rows_are_added_to_the_table_and_the_note_below_stays_a_note(tmp_path: Path, count: int) -> None:
    path, schema = with_table(remade(tmp_path, [HEADERS, task(1), task(2), *NOTE]), 3), load_schema("tasks")
    new = [{"kind": "task", "name": f"新{number}", "owner": "李静", "plan_start": TODAY, "plan_end": TODAY,
            "status": "in_progress"} for number in range(count)]
    added = append_rows(path.read_bytes(), schema, new, path=path, today=TODAY)
    path.write_bytes(added.content)
    register = read(path)

    assert added.numbers == tuple(range(4, 4 + count))
    assert [row["name"] for row in register.rows] == ["任务1", "任务2", *(row["name"] for row in new)]
    assert [problem.cell for problem in register.problems if problem.id == "row.outside"] == [f"C{max(5, 5 + count)}"]


def test_a_header_repeated_further_down_is_no_row(tmp_path: Path) -> None:
    path = remade(tmp_path, [HEADERS, task(1), [], HEADERS, task(2), task(3, 名称="名称")])
    register = read(path)

    assert [row["id"] for row in register.rows] == ["TSK-001", "TSK-002", "TSK-003"]
    assert register.problems == []


# -- formulas that nobody has computed -------------------------------------------------------------
def test_a_formula_that_was_never_computed_is_told_as_that_and_not_as_missing(tmp_path: Path) -> None:
    path = remade(tmp_path, [HEADERS, task(1, 计划完成="=E2+3"), task(2, 计划完成=None)])

    told = [(problem.id, problem.cell) for problem in read(path).problems]

    assert told == [("value.uncomputed", "F2"), ("value.missing", "F3")]


@needs_libreoffice
def test_once_it_is_computed_nothing_is_told(tmp_path: Path) -> None:
    path = remade(tmp_path, [HEADERS, task(1, 计划完成="=E2+3")])
    register = read(saved_as(path, "xlsx"))

    assert (register.rows[0]["plan_end"], register.problems) == (D(2026, 3, 5), [])


def test_a_number_is_not_counted_on_from_formulas_that_were_never_computed(tmp_path: Path) -> None:
    path, schema = remade(tmp_path, [HEADERS, task(1, 编号='="TSK-"&TEXT(ROW()-1,"000")')]), load_schema("tasks")
    before = path.read_bytes()
    with pytest.raises(Refused) as refused:
        append_rows(before, schema, [{"name": "新"}], path=path, today=TODAY)
    assert "A2" in refused.value.message.zh

    added = append_rows(before, schema, [{"name": "新", "id": "TSK-002"}], path=path, today=TODAY)

    assert added.rows[0]["id"] == "TSK-002"


def test_an_error_in_a_cell_is_told_and_not_taken_for_a_blank(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("任务")
        for number, row in enumerate((HEADERS, task(1), task(2))):
            for place, value in enumerate(row):
                sheet.write(number, place, value)
        sheet.write_formula("D3", "=VLOOKUP(1,Z:Z,1,0)", None, "#N/A")

    register = read(path)

    assert [(problem.id, problem.cell) for problem in register.problems] == [("value.unknown", "D3")]
    assert "#N/A" in register.problems[0].message.zh
    assert register.rows[1]["owner"] is None


def test_half_filled_rows_are_told_by_cell(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [HEADERS, task(1), task(2, 负责人=None, 状态=" ", 计划完成=None),
                                      task(3, 名称=None)]))

    assert [problem.cell for problem in register.problems] == ["D3", "F3", "H3", "C4"]
    assert {problem.id for problem in register.problems} == {"value.missing"}
    assert len(register.rows) == 3


# -- who saved it ----------------------------------------------------------------------------------
@needs_libreoffice
@pytest.mark.parametrize("ending", ["xlsx", "xlsx:Calc MS Excel 2007 XML", "xlsm:Calc MS Excel 2007 VBA XML"])
def test_it_is_read_as_libreoffice_saves_it(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, "risks", "zh")
    before = read(path, "risks")

    after = read(saved_as(path, ending), "risks")

    assert (after.rows, after.problems) == (before.rows, [])


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    """As Excel for the Mac made them."""
    path = tmp_path / "mac.xlsx"
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (HEADERS, task(1)):
        sheet.append(row)
    book.save(path)

    assert [(row["plan_start"], row["plan_end"]) for row in read(path).rows] == [(D(2026, 3, 2), D(2026, 3, 6))]


@pytest.mark.parametrize("edit", [
    lambda text: re.sub(rb' r="[A-Z]+\d+"', b"", text),
    lambda text: re.sub(rb"<dimension[^>]*/>", b"", text),
    lambda text: re.sub(rb"<dimension[^>]*/>", b'<dimension ref="A1"/>', text),
    lambda text: re.sub(rb'<row r="\d+"', b"<row", text),
    lambda text: text.replace(b"<worksheet ", b'<worksheet xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/'
                              b'2009/9/ac" ').replace(b"<row ", b'<row x14ac:dyDescent="0.25" '),
], ids=["no addresses", "no extent", "a wrong extent", "no row numbers", "foreign attributes"])
def test_other_spellings_of_a_sheet_are_the_same_sheet(tmp_path: Path, edit: Any) -> None:
    """Exports of Google Sheets and of accounting programs leave out what Excel writes."""
    path = remade(tmp_path, [HEADERS, task(1), task(2)])
    before = read(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = edit(parts["xl/worksheets/sheet1.xml"])
    assert changed != parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**parts, "xl/worksheets/sheet1.xml": changed}.items():
            archive.writestr(name, part)

    after = read(path)

    assert (after.rows, after.problems) == (before.rows, before.problems)
    assert len(after.rows) == 2


def test_sorted_otherwise_the_rows_are_the_same_rows(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [HEADERS, task(3), task(1), task(2)]))

    assert [row["id"] for row in register.rows] == ["TSK-003", "TSK-001", "TSK-002"]
    assert register.row_numbers == (2, 3, 4)
    assert register.problems == []


@needs_libreoffice
@pytest.mark.parametrize("name", ["risks", "communications", "contacts", "tasks"])
def test_an_old_xls_is_read_as_the_workbook_that_it_was(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, "zh")
    before = read(path, name)

    after = read(saved_as(path, "xls"), name)

    assert (after.rows, after.problems, after.letters) == (before.rows, before.problems, before.letters)


@needs_libreoffice
def test_errors_and_merged_cells_of_an_old_xls_are_seen(tmp_path: Path) -> None:
    path = remade(tmp_path, [HEADERS, task(1), task(2, 负责人=None), task(3), task(4)])
    worked_on(path, lambda sheet: sheet.merge_cells("D2:D3"))
    worked_on(path, lambda sheet: sheet.__setitem__("E4", "=NA()"))
    worked_on(path, lambda sheet: sheet.__setitem__("C5", '="A"&"B"'))

    register = read(saved_as(path, "xls"))

    assert [row["owner"] for row in register.rows] == ["李静"] * 4
    assert register.rows[3]["name"] == "AB"
    assert [(problem.id, problem.cell) for problem in register.problems] == [("value.unknown", "E4")]
    assert "#N/A" in register.problems[0].message.en


@needs_libreoffice
def test_an_old_xls_is_not_written_to(tmp_path: Path) -> None:
    path = saved_as(write(tmp_path, "risks", "zh"), "xls")
    content, schema = path.read_bytes(), load_schema("risks")

    for change in (lambda: append_rows(content, schema, [{"event": "x"}], path=path, today=TODAY),
                   lambda: set_cells(content, schema, {"RSK-001": {"event": "x"}}, path=path, today=TODAY),
                   lambda: add_columns(content, schema, path=path)):
        with pytest.raises(Refused) as caught:
            change()
        assert "save it as .xlsx" in str(caught.value.hint.en if caught.value.hint else "")


OLD = sorted((CORPUS / "xls").glob("*.xls"))


@pytest.mark.skipif(not OLD, reason=f"the corpus is not here: {CORPUS}")
def test_old_workbooks_of_the_corpus_are_read_as_calamine_reads_them() -> None:
    """But for parts of a second, and for the one of Excel 95 and the one with a password."""
    told = 0
    for path in OLD:
        try:
            sheets = read_old(path.read_bytes())
        except ValueError:
            told += 1
            continue
        book = CalamineWorkbook.from_path(path)
        for name, sheet in sheets.items():
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            assert [list(map(to_the_second, row)) for row in sheet.rows()] == [
                list(map(to_the_second, row)) for row in cells], (path.name, name)
    assert told <= 2 < len(OLD)


def to_the_second(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    if isinstance(value, dt.time):
        return to_the_second(dt.datetime.combine(D(2026, 1, 1), value)).time()
    return value


# -- long registers --------------------------------------------------------------------------------
ODD = (0, 499, 500, 999, 1000, 1202)  # rows at the ends of what is read at once


def long(path: Path, header: list[str], row: list[object], odd: dict[int, list[object]]) -> Path:
    """A workbook of 1,203 rows, of which those in `odd` are otherwise."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(header)
    for number in range(1203):
        sheet.append(odd.get(number, row))
    book.save(path)
    return path


def test_rows_of_a_long_register_are_told_by_their_own_cells(tmp_path: Path) -> None:
    schema = load_schema("tasks")
    path = long(tmp_path / "tasks.xlsx", ["Name", "Owner", "% done", "Planned start", "RAG"],
                ["Interviews", "Li Jing", 0.5, "2026-03-02", "green"],
                {number: [f"Task {number}", None, "lots", "6 Mar 2026", "red"] for number in ODD})

    register = read_workbook(path, schema, today=TODAY)

    assert len(register.rows) == len(register.stored["light"]) == 1203
    assert [index for index, row in enumerate(register.rows) if row["owner"] is None] == list(ODD)
    assert [register.rows[index]["name"] for index in ODD] == [f"Task {number}" for number in ODD]
    assert {row["plan_start"] for row in register.rows} == {dt.date(2026, 3, 2), dt.date(2026, 3, 6)}
    assert [index for index, shown in enumerate(register.stored["light"]) if shown == "red"] == list(ODD)
    for letter, column, problem in (("B", "Owner is missing", "value.missing"), ("C", "% done:", "value.unknown")):
        told = [one.cell for one in register.problems if one.id == problem and one.message.en.startswith(column)]
        assert told == [f"{letter}{number + 2}" for number in ODD]


def test_columns_of_ones_own_in_a_long_register_keep_their_rows(tmp_path: Path) -> None:
    schema = load_schema("raci")
    path = long(tmp_path / "raci.xlsx", ["ID", "Deliverable or work package", "Note", "Li Jing", "Chen"],
                ["RAC-001", "Offer", "x", "A", None],
                {number: ["RAC-002", f"Plan {number}", "x", None, "R"] for number in ODD})

    rows = read_workbook(path, schema, today=TODAY).rows

    assert schema.across is not None
    people = [row[schema.across.key] for row in rows]
    assert [index for index, one in enumerate(people) if list(one) == ["Chen"]] == list(ODD)
    assert sum(list(one) == ["Li Jing"] for one in people) == 1203 - len(ODD)


@pytest.mark.parametrize(("start", "end"), [("开始", "结束"), ("开始时间", "结束日期"), ("Start", "End"),
                                            ("Start date", "End date"), ("计划开始时间", "计划结束时间")])
def test_start_and_end_of_a_plan_made_by_hand_are_those_planned(tmp_path: Path, start: str, end: str) -> None:
    path = remade(tmp_path, [["任务", "负责人", start, end], ["访谈", "李静", D(2026, 3, 2), D(2026, 3, 6)]])
    (row,) = read(path).rows

    assert (row["plan_start"], row["plan_end"], row["days"]) == (D(2026, 3, 2), D(2026, 3, 6), 5)


# -- lines of totals -------------------------------------------------------------------------------
SPENT = ["编号", "发生日期", "事由", "科目", "预算行", "收款方", "含税金额", "税率", "经办人", "状态"]
TRIP = ["EXP-001", D(2026, 3, 2), "机票", "差旅", "BUD-001", "国航", 1500, 0.09, "李静", "已支付"]


def spent(path: Path, *lines: dict[str, Any]) -> Register:
    return read(remade(path, [SPENT, TRIP, *([line.get(header) for header in SPENT] for line in lines)]), "expenses")


@pytest.mark.parametrize("called", [
    "11月合计", "费用合计", "合计（元）", "合计：", "本年累计", "合 计 金 额：", "差旅费小计(元)", "Grand total",
    "Total:", "Sub-total", "TOTALS", "Total (CNY):", "Page total", "Travel total"])
@pytest.mark.parametrize("column", ["编号", "事由", "收款方"])
def test_a_line_of_totals_in_other_words_is_no_row_and_told(tmp_path: Path, called: str, column: str) -> None:
    register = spent(tmp_path, {"编号": "EXP-002", "含税金额": 1500, column: called})

    assert [row["text"] for row in register.rows] == ["机票"]
    told = [(problem.id, problem.cell) for problem in register.problems]
    exact = called in ("合计：", "Total:", "TOTALS")
    assert told == ([] if exact else [("row.totals", f"{'ABCDEF'[SPENT.index(column)]}3")])


@pytest.mark.parametrize("line", [
    {"事由": "Total station rental", "含税金额": 1500}, {"事由": "合计算机耗材", "含税金额": 1500},
    {"事由": "统计", "含税金额": 1500}, {"事由": "设计", "含税金额": 1500}, {"事由": "资料汇总"},
    {"事由": "资料汇总", "税率": 0.06}, {"事由": "资料汇总", "含税金额": 1500, "发生日期": D(2026, 3, 3)},
    {"事由": "资料汇总", "含税金额": 1500, "经办人": "李静"},
    {"事由": "请客户核对并回复" + "差旅费、住宿费、" * 5 + "零星费用的合计", "含税金额": 1500}])
def test_a_row_that_says_more_than_totals_stays_a_row(tmp_path: Path, line: dict[str, Any]) -> None:
    register = spent(tmp_path, line)

    assert [row["text"] for row in register.rows] == ["机票", line["事由"]]
    assert not [problem for problem in register.problems if problem.id == "row.totals"]


def test_totals_in_other_columns_than_the_registers_and_scores_that_nobody_adds_up(tmp_path: Path) -> None:
    headers = [*SPENT, "住宿天数", "城市"]
    rows: list[list[Any]] = [
        headers, [*TRIP, 2, "上海"],
        [None, None, "差旅合计", None, None, None, 1500, None, None, None, 2, None],
        [None, None, "差旅合计", None, None, None, 1500, None, None, None, 2, "上海"]]
    register = read(remade(tmp_path, rows), "expenses")
    assert register.row_numbers == (2, 4)

    risks = read(remade(tmp_path, [["编号", "风险事件", "概率", "影响"], ["RSK-001", "需求汇总", 3, 4]]), "risks")
    assert [row["event"] for row in risks.rows] == ["需求汇总"]


def test_the_totals_of_an_excel_table_are_no_row_and_nothing_to_tell(tmp_path: Path) -> None:
    rows: list[list[Any]] = [SPENT, TRIP, [None, None, "11月合计", None, None, None, 1500]]

    def make(sheet: Worksheet) -> None:
        sheet.add_table(Table(displayName="Spent", ref="A1:J3", totalsRowCount=1))

    register = read(worked_on(remade(tmp_path, rows), make), "expenses")
    assert (register.row_numbers, register.problems) == ((2,), [])


def test_a_row_is_added_above_totals_in_other_words(tmp_path: Path) -> None:
    path = remade(tmp_path, [SPENT, TRIP, [None, None, "11月合计", None, None, None, 1500]])
    new = {"text": "酒店", "gross": 300}
    added = append_rows(path.read_bytes(), load_schema("expenses"), [new], path=path, today=TODAY)
    path.write_bytes(added.content)

    sheet = openpyxl.load_workbook(path).active
    assert isinstance(sheet, Worksheet)
    assert [sheet.cell(row, 3).value for row in (2, 3, 4)] == ["机票", "酒店", "11月合计"]


@pytest.mark.parametrize(("line", "cell", "hint"), [
    ({"发生日期": D(2026, 3, 3), "事由": "汇总", "含税金额": 500}, "C3", "call it something else"),
    ({"事由": "Sum", "含税金额": 500, "经办人": "李静"}, "C3", "call it something else"),
    ({"发生日期": D(2026, 3, 3), "收款方": "Total", "含税金额": 500}, "F3", "fill in 'Purpose'"),
    ({"事由": "资料汇总", "含税金额": 500}, "C3", "fill in one more cell"),
    ({"事由": "合计", "含税金额": 500, "税率": 0.06, "经办人": "/"}, "", "")])
def test_what_may_be_a_row_and_is_called_like_totals_is_told_with_what_to_do(
        tmp_path: Path, line: dict[str, Any], cell: str, hint: str) -> None:
    register = spent(tmp_path, line)

    told = [(problem.cell, hint in problem.hint.en) for problem in register.problems if problem.id == "row.totals"]
    assert [row["text"] for row in register.rows] == ["机票"]
    assert told == ([(cell, True)] if cell else [])


def test_what_is_set_in_a_line_of_totals_is_refused_by_what_it_is(tmp_path: Path) -> None:
    path = remade(tmp_path, [SPENT, TRIP, ["EXP-002", None, "资料汇总", None, None, None, 1500]])

    with pytest.raises(Refused) as caught:
        set_cells(path.read_bytes(), load_schema("expenses"), {"exp-002": {"handler": "李静"}}, path=path, today=TODAY)

    assert "(row 3, '资料汇总') is taken for a line of totals" in caught.value.message.en
    assert "fill in one more cell" in str(caught.value.hint)


@pytest.mark.parametrize("called", ["小计", "3月小计"])
@pytest.mark.parametrize(("below", "row"), [
    ([["EXP-002", D(2026, 4, 2), "酒店", None, None, None, 300], [None, None, "4月小计", None, None, None, 300]], 5),
    ([[None, None, "审核：张", None, None, "制表：李"]], 3)])
def test_a_row_is_added_to_the_last_part_where_each_has_its_totals(
        tmp_path: Path, called: str, below: list[list[Any]], row: int) -> None:
    path = remade(tmp_path, [SPENT, TRIP, [None, None, called, None, None, None, 1500], *below])

    added = append_rows(path.read_bytes(), load_schema("expenses"), [{"text": "午餐", "date": "2026-04-03"}],
                        path=path, today=TODAY)

    assert added.numbers == (row,)
