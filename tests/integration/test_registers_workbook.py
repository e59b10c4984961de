"""Registers as real workbooks: written, worked on with other programs, read back."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.core.errors import Misuse
from folderkit.core.language import LANGUAGES, NO_TEXT, Language
from folderkit.registers import Register, Schema, load_schema, read_workbook, schema_names, shown_rows, write_workbook
from folderkit.registers.across import names_across, spread
from folderkit.registers.schema import Column
from folderkit.registers.schema_file import read_schema
from folderkit.registers.write import starter_rows
from tests.integration.register_rows import ROWS, D

TODAY = dt.date(2026, 3, 18)
RANDOM = 100  # rows
HEADER = 5  # the row of the table's header
FIRST = HEADER + 1
CASES: list[tuple[str, Language]] = [(name, language) for name in schema_names() for language in LANGUAGES]
# LibreOffice takes a second for each workbook; their formulas are alike in both languages but for the words
ELSEWHERE = [(name, language) for name, language in CASES
             if language == "zh" or name in ("tasks", "risks", "budget", "requirements", "invoices", "raci")]


def write(folder: Path, name: str, language: Language, rows: list[dict[str, Any]] | None = None) -> Path:
    """The workbook of a register, or of the one whose sheet it is."""
    path = folder / f"{name}.xlsx"
    given = ROWS[name] if rows is None else rows
    schema = load_schema(name)
    if schema.sheet_of:
        write_workbook(load_schema(schema.sheet_of), language, ROWS[schema.sheet_of], path, sheets={name: given},
                       project="华信 A&B", today=TODAY, currency="CNY")
    else:
        write_workbook(schema, language, given, path, project="华信 A&B", today=TODAY, currency="CNY")
    return path


def sheet_of(book: openpyxl.Workbook, name: str, language: Language) -> Worksheet:
    return book[load_schema(name).title.in_(language)]


def read(path: Path, name: str, today: dt.date = TODAY) -> Register:
    return read_workbook(path, load_schema(name), today=today)


def typed(register: Register) -> list[dict[str, Any]]:
    """What people typed, without the ids that were counted on and without blanks."""
    keys = [column.key for column in register.schema.columns if not column.computed and column.key != "id"]
    keys += [register.schema.across.key] if register.schema.across else []
    return [{key: row[key] for key in keys if row[key] is not None} for row in register.rows]


def given(name: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "id"} for row in ROWS[name]]


def recalculated(paths: Sequence[Path], folder: Path) -> Path:
    """A folder of the workbooks as LibreOffice computes and saves them, every cached value forgotten before."""
    bare = folder / "bare"
    bare.mkdir()
    for path in paths:
        openpyxl.load_workbook(path).save(bare / path.name)
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx",
                    "--outdir", folder / "out", *sorted(bare.iterdir())], check=True, capture_output=True, timeout=300)
    return folder / "out"


needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


class Elsewhere(NamedTuple):
    """Workbooks of all registers, with the rows of `ROWS` and random ones, as they were written and as LibreOffice
    saved them."""

    written: Path
    saved: Path
    today: dt.date


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    folder, today = tmp_path_factory.mktemp("elsewhere"), dt.date.today()
    written = folder / "written"
    written.mkdir()
    for name, language in ELSEWHERE:
        rows = [*ROWS[name], *random_rows(load_schema(name), RANDOM, today)]
        write(written, name, language, rows).rename(written / f"{name}.{language}.xlsx")
    return Elsewhere(written, recalculated(sorted(written.iterdir()), folder), today)


# -- written and read back -------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "language"), CASES)
def test_what_was_written_is_read_back(tmp_path: Path, name: str, language: Language) -> None:
    register = read(write(tmp_path, name, language), name)

    assert register.problems == []
    assert typed(register) == given(name)
    assert register.sheet == load_schema(name).title.in_(language)


@needs_libreoffice
@pytest.mark.parametrize(("name", "language"), ELSEWHERE)
def test_it_is_read_the_same_after_other_programs_saved_it(elsewhere: Elsewhere, name: str, language: Language) -> None:
    file = f"{name}.{language}.xlsx"
    register, before = read(elsewhere.saved / file, name), read(elsewhere.written / file, name)

    assert typed(register)[: len(ROWS[name])] == given(name)
    assert (register.rows, register.problems) == (before.rows, before.problems)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_several_choices_yes_and_no_and_paths(tmp_path: Path, language: Language) -> None:
    described = tmp_path / "calls.yaml"
    described.write_text("""\
register: calls
title: {zh: 回访, en: Visits}
prefix: VIS
subject: who
columns:
  id: {zh: 编号, en: ID, type: id}
  who: {zh: 客户, en: Client, type: person, required: true}
  topics: {zh: 内容, en: Topics, type: multi, choices: {a: {zh: 质量, en: Quality}, b: {zh: 价格, en: Price}}}
  again: {zh: 再访, en: Again, type: bool}
  file: {zh: 附件, en: File, type: path}
""", encoding="utf-8")
    schema, path = read_schema(described), tmp_path / "calls.xlsx"
    rows: list[dict[str, Any]] = [
        {"who": "王晓明", "topics": ("a", "b"), "again": "no", "file": "a/b, c.docx"}, {"who": "Chen"}]
    write_workbook(schema, language, rows, path, project="x", today=TODAY)

    register = read_workbook(path, schema, today=TODAY)
    sheet = openpyxl.load_workbook(path).worksheets[0]

    assert (register.problems, typed(register)) == ([], rows)
    words = {"zh": ["质量、价格", "否"], "en": ["Quality, Price", "No"]}[language]
    assert [cell.value for cell in sheet[FIRST]][1:] == ["VIS-001", "王晓明", *words, "a/b, c.docx"]
    rules = {str(rule.sqref)[0]: rule for rule in sheet.data_validations.dataValidation}
    assert rules["E"].formula1 == {"zh": '"是,否"', "en": '"Yes,No"'}[language]
    assert words[0] in str(rules["D"].prompt)
    shown = shown_rows(register, language)
    assert (shown[0]["topics_key"], shown[0]["again_key"], shown[1]["topics"]) == (["a", "b"], "no", [])


def test_missing_ids_count_on_from_the_highest(tmp_path: Path) -> None:
    register = read(write(tmp_path, "tasks", "zh"), "tasks")

    assert [row["id"] for row in register.rows] == ["TSK-001", "TSK-004", "TSK-005"]


def test_an_empty_register_has_no_rows(tmp_path: Path) -> None:
    register = read(write(tmp_path, "risks", "en", rows=[]), "risks")

    assert (register.rows, register.problems) == ([], [])


def test_the_same_arguments_give_the_same_bytes() -> None:
    buffers = io.BytesIO(), io.BytesIO()
    for buffer in buffers:
        write_workbook(load_schema("tasks"), "zh", ROWS["tasks"], buffer, project="x", today=TODAY)

    assert buffers[0].getvalue() == buffers[1].getvalue()


def test_nobody_is_named_in_the_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(write(tmp_path, "budget", "zh")) as archive:
        core = archive.read("docProps/core.xml").decode()

    assert "<dc:creator></dc:creator>" in core
    assert "<cp:lastModifiedBy></cp:lastModifiedBy>" in core


def test_a_wrong_starter_row_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    target = tmp_path / "x.xlsx"
    for row, words in (({"nmae": "x"}, "nmae"), ({"status": "soon"}, "'Status'"), ({"plan_end": "soon"}, "Planned"),
                       ({"name": "x" * 40_000}, "longer than a cell")):
        with pytest.raises(Misuse, match=words):
            write_workbook(load_schema("tasks"), "en", [row], target, project="x", today=TODAY)
    assert not target.exists()


@pytest.mark.parametrize("text", ["=1+1", "{=1}", "'x", "_x0041_", "bell\x07", "https://example.com/a b",
                                  "a\r\nb", "😀"])
def test_text_stays_the_text_it_is(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, "tasks", "en", [{"name": text}])

    assert read(path, "tasks").rows[0]["name"] == text


def test_half_a_letter_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_workbook(load_schema("tasks"), "en", [{"name": "a\ud800b"}], path, project="\udcff", today=TODAY)

    assert read(path, "tasks").rows[0]["name"] == "a\ufffdb"


# -- what a person finds in it ---------------------------------------------------------------------
@pytest.mark.parametrize(("name", "language"), CASES)
def test_the_workbook_is_one_to_work_in(tmp_path: Path, name: str, language: Language) -> None:
    schema = load_schema(name)
    book = openpyxl.load_workbook(write(tmp_path, name, language))
    sheet = sheet_of(book, name, language)

    assert list(sheet.tables) == [f"reg_{name}"]
    assert [column.name for column in sheet.tables[f"reg_{name}"].tableColumns] == headers(schema, language)
    assert [cell.value for cell in sheet[HEADER]][1:] == headers(schema, language)
    assert sheet.freeze_panes is not None
    assert int(re.sub(r"\D", "", str(sheet.freeze_panes))) == FIRST
    assert "A&B" in str(sheet["B2"].value)
    assert book["_folderkit"].sheet_state == "hidden"


@pytest.mark.parametrize(("name", "language"), CASES)
def test_cells_offer_and_check_what_is_typed(tmp_path: Path, name: str, language: Language) -> None:
    schema = load_schema(name)
    sheet = sheet_of(openpyxl.load_workbook(write(tmp_path, name, language)), name, language)
    rules = {str(rule.sqref).split(":")[0].rstrip("0123456789"): rule for rule in sheet.data_validations.dataValidation}

    for letters, column in zip(letters_of(sheet), drawn(schema), strict=True):
        free = column.type in ("text", "long", "person", "ref", "path") and column.hint == NO_TEXT
        assert (letters in rules) == (not column.computed and not free), column.key
        if column.type in ("enum", "bool") and not column.computed:
            words = ",".join(choice.words.in_(language) for choice in column.choices.values())
            assert rules[letters].formula1 == f'"{words}"'
        if column.type == "date" and not column.format:
            assert sheet[f"{letters}{FIRST}"].number_format == "yyyy-mm-dd"


def printed_points(sheet: Worksheet, paper: float) -> float:
    """How large letters of 10 points are on paper of that width, with all columns side by side on it."""
    columns = [one for one in sheet.column_dimensions.values() if not one.hidden and one.width]
    pixels = sum(round(one.width * 7) * ((one.max or 1) - (one.min or 1) + 1) for one in columns)
    return min(10.0, 10 * (paper - 20) / (pixels / 96 * 25.4))


@pytest.mark.parametrize("name", schema_names())
def test_it_lights_up_and_prints(tmp_path: Path, name: str) -> None:
    sheet = sheet_of(openpyxl.load_workbook(write(tmp_path, name, "zh")), name, "zh")

    lit = {str(area.sqref).split(":")[0].rstrip("0123456789") for area in sheet.conditional_formatting}
    schema = load_schema(name)
    for letters, column in zip(letters_of(sheet), drawn(schema), strict=True):
        if any(choice.tone for choice in column.choices.values()):
            assert letters in lit
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    wide = {paper: printed_points(sheet, millimetres) for paper, millimetres in ((9, 297), (8, 420))}  # A4, A3
    assert sheet.page_setup.paperSize == (9 if wide[9] >= 7 else 8)
    assert wide[sheet.page_setup.paperSize] >= 7
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == f"${HEADER}:${HEADER}"
    assert sheet.oddFooter is not None
    assert "&P / &N" in f"{sheet.oddFooter.right.text}"


def test_rows_are_as_high_as_their_text_yet_not_fixed(tmp_path: Path) -> None:
    path = write(tmp_path, "risks", "zh", rows=[{**ROWS["risks"][0], "event": "很长的描述" * 30}])
    with zipfile.ZipFile(path) as archive:
        rows = re.findall(r"<row r=\"(\d+)\"([^>]*)>", archive.read("xl/worksheets/sheet1.xml").decode())
    heights = {int(number): float(re.search(r'ht="([\d.]+)"', rest)[1]) for number, rest in rows}  # type: ignore[index]

    assert heights[FIRST] > 100 > heights[FIRST + 1]
    assert not any("customHeight" in rest for number, rest in rows if int(number) >= FIRST)


def test_previews_show_computed_values_at_once(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(write(tmp_path, "budget", "en"), data_only=True).worksheets[0]

    shown = [cell.value for cell in sheet[FIRST]]
    assert 360_000 in shown
    assert "Green" in shown
    assert sheet["B4"].value == "Red 1   ·   Amber 0   ·   Green 1"
    assert 383_103.3 in [cell.value for cell in sheet[4]]


def drawn(schema: Schema) -> tuple[Column, ...]:
    """The columns as they stand in the sheet."""
    return spread(schema, names_across(schema, ROWS[schema.key])).columns


def headers(schema: Schema, language: Language) -> list[str]:
    return [column.header.in_(language) for column in drawn(schema)]


def letters_of(sheet: Worksheet) -> list[str]:
    return [cell.coordinate.rstrip("0123456789") for cell in sheet[HEADER]][1:]


# -- formulas and Python say the same --------------------------------------------------------------
def random_rows(schema: Schema, count: int, today: dt.date) -> list[dict[str, Any]]:
    """Rows with any mixture of values and blanks, dates close around today."""
    chance = random.Random(7)
    texts = ["x", "CNY", "usd", "12345678", "3100192130", "26312000000012345678", "91310000MA1FL0000X", "9131"]
    amounts = [0, 0.335, 9.99, 50, 1000, 2350.5, 106_000, 10_500_000.05, 100_000_000, 987_654_321.1, -0.05, -1800, 0.3,
               1.7, 1010, 20_205_000.4]
    makers: dict[str, Any] = {
        "date": lambda column: today + dt.timedelta(days=chance.randint(-15, 40)),
        "datetime": lambda column: dt.datetime(2026, 3, 1, chance.randrange(24), chance.randrange(60)),
        "long": lambda column: "x" * chance.randint(1, 40),
        "enum": lambda column: chance.choice(list(column.choices)),
        "bool": lambda column: chance.choice(list(column.choices)),
        "multi": lambda column: tuple(key for key in column.choices if chance.random() < 0.4),
        "int": lambda column: chance.randint(int(column.minimum or 0), int(column.maximum or 20)),
        "pct": lambda column: chance.choice([0, 0.06, 0.1, 0.13, 0.25, 0.5, 0.75, 0.9, 1]),
        "dec": lambda column: chance.choice([0, 1, 2.5, 3.335, 40]),
        "money": lambda column: chance.choice([one for one in amounts if one >= 0 or column.minimum is None]),
        "path": lambda column: "a/b.pdf",
        "ref": lambda column: "TSK-001",
        "person": lambda column: chance.choice(["王晓明", "Chen Li"]),
        "text": lambda column: chance.choice(texts),
    }

    def value(column: Column) -> Any:
        return makers[column.type](column) if chance.random() < 0.75 else None

    rows = []
    for _ in range(count):
        row = {column.key: value(column) for column in schema.columns if not column.computed and column.type != "id"}
        row[schema.subject] = row[schema.subject] or makers[schema.column(schema.subject).type](
            schema.column(schema.subject))
        if schema.across:
            row[schema.across.key] = {name: value(schema.across) for name in ("王晓明", "Chen Li", "李静")}
        rows.append({key: value for key, value in row.items() if value is not None})
    return rows


@needs_libreoffice
@pytest.mark.parametrize(("name", "language"), ELSEWHERE)
def test_libreoffice_computes_what_python_does(elsewhere: Elsewhere, name: str, language: Language) -> None:
    path = elsewhere.written / f"{name}.{language}.xlsx"
    expected = read(path, name, elsewhere.today)
    sheet = sheet_of(openpyxl.load_workbook(elsewhere.saved / path.name, data_only=True), name, language)

    assert len(expected.rows) == RANDOM + len(ROWS[name])
    for column in expected.schema.columns:
        if not column.computed:
            continue
        values = {row[column.key] for row in expected.rows}
        assert len(values) > 1, column.key  # or nothing is compared
        for index, row in enumerate(expected.rows):
            value = row[column.key]
            value = column.shown(value, language) if column.choices and value is not None else value
            found = sheet[expected.address(index, column.key)].value
            assert found == (pytest.approx(value) if isinstance(value, float) else value) or (
                value is None and found in (None, "")), (column.key, row)


# -- whatever people do to it ----------------------------------------------------------------------
def remade(folder: Path, rows: list[list[Any]], title: str = "Sheet1") -> Path:
    """A workbook that somebody made by hand."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    path = folder / "byhand.xlsx"
    book.save(path)
    return path


def test_columns_in_any_order_with_others_between_and_titles_above(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [
        ["项目风险一览"], ["编制：王晓明", None, "2026年3月"], [],
        ["序", "责任人", "Impact", "风险描述", "我的备注", "可能性", " 状 态 ", "类别*", "来源"],
        [1, "王晓明", 4, "需求蔓延", "问小李", 5, "Open", "范围", "会议"],
        [None] * 9,
        [2, "李静", 2, "汇率", None, 2, "已关闭", "Cost", None],
        ["合计", None, None, None, None, 7],
    ]), "risks")

    assert [(row["event"], row["owner"], row["p"], row["i"], row["level"], row["status"], row["category"])
            for row in register.rows] == [
        ("需求蔓延", "王晓明", 5, 4, "extreme", "open", "scope"), ("汇率", "李静", 2, 2, "low", "closed", "cost")]
    assert register.row_numbers == (5, 7)
    assert register.address(1, "event") == "D7"
    assert {problem.id for problem in register.problems} == {"header.missing"}
    assert set(register.rows[0]) == {column.key for column in load_schema("risks").columns}


def test_dates_and_amounts_typed_as_text(tmp_path: Path) -> None:
    tasks = read(remade(tmp_path, [
        ["编号", "类型", "名称", "负责人", "计划开始", "计划完成", "完成百分比", "状态"],
        ["TSK-001", "任务", "a", "x", "2026/3/2", "2026年3月6日", "60%", "进行中"],
        ["TSK-002", "任务", "b", "x", "2026.3.2", "20260306", 0.6, "进行中"],
        ["TSK-003", "Task", "c", "x", dt.date(2026, 3, 2), "6 Mar 2026", 0.6, "in progress"],
    ]), "tasks")
    budget = read(remade(tmp_path, [
        ["编号", "科目", "项目", "数量", "单价", "实际支出"],
        ["BUD-001", "人工费", "a", "2", "￥1,200.50", "¥ 2,000"],
    ]), "budget")

    assert [(row["plan_start"], row["plan_end"], row["pct"]) for row in tasks.rows] == [
        (D(2026, 3, 2), D(2026, 3, 6), 0.6)] * 3
    assert (budget.rows[0]["amount"], budget.rows[0]["left"]) == (2401, 401)
    assert tasks.problems == budget.problems == []


def test_what_cannot_be_understood_is_told_with_its_cell(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "zh")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column = dict(zip([column.key for column in load_schema("tasks").columns], letters_of(sheet), strict=True))
    for key, value in (("plan_end", "月底"), ("pct", 60), ("status", "快了"), ("owner", None)):
        sheet[f"{column[key]}{FIRST + 1}"] = value
    book.save(path)

    register = read(path, "tasks")

    told = {problem.cell: problem for problem in register.problems}
    assert set(told) == {f"{column[key]}{FIRST + 1}" for key in ("plan_end", "pct", "status", "owner")}
    assert told[f"{column['plan_end']}{FIRST + 1}"].place.zh == f"任务与里程碑计划!{column['plan_end']}{FIRST + 1}"
    assert "2026-03-31" in told[f"{column['plan_end']}{FIRST + 1}"].message.zh
    assert told[f"{column['owner']}{FIRST + 1}"].id == "value.missing"
    assert register.rows[1]["plan_end"] is None
    assert len(register.rows) == 3


@pytest.mark.parametrize(("name", "rows"), [("gates", 14 + 10), ("communication_plan", 3 + 17), ("tasks", 20)])
def test_a_new_register_has_as_many_prepared_rows_as_one_page_holds(tmp_path: Path, name: str, rows: int) -> None:
    schema = load_schema(name)
    write_workbook(schema, "zh", starter_rows(schema, "zh"), tmp_path / "x.xlsx", project="华信", today=TODAY)

    (table,) = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0].tables.values()
    first, last = (int("".join(filter(str.isdigit, cell))) for cell in table.ref.split(":"))
    assert last - first == rows


def test_rows_may_be_typed_into_the_prepared_lines_and_below_them(tmp_path: Path) -> None:
    path = write(tmp_path, "budget", "zh")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = dict(zip([column.key for column in load_schema("budget").columns], letters_of(sheet), strict=True))
    table, = sheet.tables.values()
    below = int(table.ref.rpartition(":")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) + 1
    for row in (FIRST + 4, below):
        for key, value in (("category", "差旅"), ("item", "上海"), ("qty", 2), ("price", 800)):
            sheet[f"{columns[key]}{row}"] = value
    book.save(path)

    register = read(path, "budget")

    assert [row["amount"] for row in register.rows[2:]] == [1600, 1600]
    assert [(problem.id, problem.cell) for problem in register.problems] == [
        ("value.missing", f"{columns['id']}{below}")]  # only the prepared line has its number


def test_a_renamed_sheet_is_known_by_its_headers(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "en")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Ideas", 0).append(["ID", "Name", "Kind", "Owner"])
    book["Tasks & milestones"].title = "Plan 2026"
    book.save(path)

    register = read(path, "tasks")

    assert (register.sheet, len(register.rows), register.problems) == ("Plan 2026", 3, [])


def test_a_sheet_that_names_more_columns_does_not_win_over_the_own_one(tmp_path: Path) -> None:
    path = write(tmp_path, "risks", "en")
    book = openpyxl.load_workbook(path)
    book["Risk register"].delete_cols(18, 1)
    book.create_sheet("Copy", 0).append(headers(load_schema("risks"), "en"))
    book.save(path)

    assert read(path, "risks").sheet == "Risk register"


def test_a_renamed_column_is_known_by_the_hidden_sheet(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks", "en")
    book = openpyxl.load_workbook(path)
    for row in book["_folderkit"].iter_rows():
        if row[0].value == "column.owner":
            row[1].value = "Boss"  # as an older folderkit called it
    book["Tasks & milestones"][letters_of(book["Tasks & milestones"])[4] + str(HEADER)] = "Boss"
    book.save(path)

    assert read(path, "tasks").rows[0]["owner"] == "王晓明"


def test_a_column_that_stands_there_twice_is_told(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [["编号", "名称", "负责人", "责任人"], ["TSK-001", "a", "x", "y"]]), "tasks")

    assert register.rows[0]["owner"] == "x"
    assert [(problem.id, problem.cell) for problem in register.problems if problem.id == "header.twice"] == [
        ("header.twice", "D1")]


def test_a_workbook_without_the_table_is_told(tmp_path: Path) -> None:
    register = read(remade(tmp_path, [["会议纪要"], ["时间", "地点"]]), "tasks")

    assert register.rows == []
    assert [problem.id for problem in register.problems] == ["header.none"]
    assert "计划开始" in register.problems[0].message.zh


def test_what_must_be_filled_only_while_something_goes_on(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "next_review"} for row in ROWS["risks"]]
    register = read(write(tmp_path, "risks", "en", rows), "risks")
    assert [(problem.id, problem.message.en) for problem in register.problems] == [
        ("value.missing", "Next review is missing (RSK-001)")]
