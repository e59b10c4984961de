"""Excel templates filled: values, rows, blocks, and what is wrong told by sheet and cell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText

from folderkit.core.errors import Failed, FolderkitError, Misuse
from tests.workbooks import drawn, fill, parts_of, sheet_of, template_at, xml_of

TASKS: list[dict[str, Any]] = [
    {"name": f"Task {number}", "due": dt.date(2026, 3, number), "days": number, "done": number == 1}
    for number in (1, 2, 3)]


def cells(tmp_path: Path, texts: dict[str, str], context: dict[str, Any], language: Any = "en") -> Any:
    """The sheet that is made of a template with these texts in its cells."""
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(place, text) for place, text in texts.items()])
    return sheet_of(fill(path, context, language))


# -- values ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("value", "kind"), [
    (12, "n"), (2.5, "n"), (True, "b"), ("12", "inlineStr"), ("=1+1", "inlineStr"), ("#N/A", "inlineStr"),
    ("  two\n lines ", "inlineStr"), ("A & <B>", "inlineStr")])
def test_a_tag_alone_gives_its_value(tmp_path: Path, value: Any, kind: str) -> None:
    cell = cells(tmp_path, {"B2": "{{ value }}"}, {"value": value})["B2"]
    assert cell.value == value
    assert type(cell.value) is type(value)
    assert cell.data_type == {"inlineStr": "s"}.get(kind, kind)


def test_a_formula_in_a_value_stays_text(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", "{{ value }}"))
    xml = xml_of(fill(path, {"value": "=cmd|' /C calc'!A0"}), "xl/worksheets/sheet1.xml")
    assert 't="inlineStr"' in xml
    assert "<f" not in xml


def test_dates_keep_the_cells_format_or_get_one(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "{{ day }}", book.add_format({"num_format": "d mmm yy", "bold": True}))
        sheet.write("A2", "{{ day }}", book.add_format({"bold": True}))
        sheet.write("A3", "{{ moment }}")
        sheet.write("A4", "{{ old }}")

    sheet = sheet_of(fill(drawn(tmp_path / "t.xlsx", draw), {
        "day": dt.date(2026, 3, 31), "moment": dt.datetime(2026, 3, 31, 12, 30), "old": dt.date(1899, 1, 1)}))
    assert [sheet[place].value for place in ("A1", "A2", "A3", "A4")] == [
        dt.datetime(2026, 3, 31), dt.datetime(2026, 3, 31), dt.datetime(2026, 3, 31, 12, 30), "1899-01-01"]
    assert [sheet[place].number_format for place in ("A1", "A2", "A3")] == [
        "d mmm yy", "yyyy\\-mm\\-dd" if sheet["A2"].number_format.startswith("yyyy\\") else "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm"]
    assert sheet["A2"].font.b


def test_tags_in_a_text_are_words(tmp_path: Path) -> None:
    texts = {"A1": "Due {{ day }}, {{ done }}{% if late %}, late{% endif %}", "A2": "{{ share|percent }}"}
    facts = {"day": dt.date(2026, 3, 31), "done": True, "late": True, "share": 0.25}
    assert cells(tmp_path, texts, facts)["A1"].value == "Due 31 March 2026, yes, late"
    sheet = cells(tmp_path, texts, {**facts, "late": False}, "zh")
    assert [sheet["A1"].value, sheet["A2"].value] == ["Due 2026年3月31日, 是", "25%"]


def test_nothing_stays_a_blank_cell_with_its_look(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", "{{ x }}", book.add_format({"bold": 1})))
    for value in (None, ""):
        cell = sheet_of(fill(path, {"x": value}))["A1"]
        assert cell.value is None
        assert cell.font.b


def test_what_xml_cannot_hold_is_written_as_excel_does(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", "{{ x }}"))
    xml = xml_of(fill(path, {"x": "a\x07b_x0041_"}), "xl/worksheets/sheet1.xml")
    assert "a_x0007_b_x005F_x0041_" in xml


def test_a_number_that_a_cell_would_cut_is_text(tmp_path: Path) -> None:
    assert cells(tmp_path, {"A1": "{{ x }}"}, {"x": 110101199003078888})["A1"].value == "110101199003078888"


@pytest.mark.parametrize("value", ["x" * 32_768, "\ud800", {"a": 1}])
def test_a_value_that_no_cell_holds_is_told_with_its_cell(tmp_path: Path, value: Any) -> None:
    with pytest.raises(Misuse, match="Budget, C7"):
        cells(tmp_path, {"C7": "{{ x }}"}, {"x": value})


def test_rich_text_keeps_its_looks_and_torn_tags_are_one(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        bold, red = book.add_format({"bold": 1}), book.add_format({"color": "red"})
        sheet.write_rich_string("A1", bold, "Client: ", red, "{{ na", bold, "me }}", " until ", red, "{{ due }}")
        sheet.write_rich_string("A2", bold, "{{ na", red, "me }}")

    data = fill(drawn(tmp_path / "t.xlsx", draw), {"name": "A & B", "due": dt.date(2026, 1, 2)})
    (tmp_path / "o.xlsx").write_bytes(data)
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx", rich_text=True)["Budget"]
    rich = sheet["A1"].value
    assert isinstance(rich, CellRichText)
    assert str(rich) == "Client: A & B until 2 January 2026"
    assert [getattr(piece, "text", piece) for piece in rich] == ["Client: ", "A & B", " until ", "2 January 2026"]
    assert str(sheet["A2"].value) == "A & B"


# -- rows ------------------------------------------------------------------------------------------
def test_a_row_is_repeated_and_what_is_below_moves_down(tmp_path: Path) -> None:
    sheet = cells(tmp_path, {"A1": "Tasks", "A2": "{% for t in tasks %}{{ t.name }}", "B2": "{{ t.days }}",
                             "C2": "{{ t.due }}{% endfor %}", "A4": "end"}, {"tasks": TASKS})
    assert [[cell.value for cell in row] for row in sheet["A1:C6"]] == [
        ["Tasks", None, None], *([t["name"], t["days"], dt.datetime.combine(t["due"], dt.time())] for t in TASKS),
        [None, None, None], ["end", None, None]]


def test_tags_on_rows_of_their_own_bound_a_block_and_vanish(tmp_path: Path) -> None:
    sheet = cells(tmp_path, {
        "A1": "{% for p in projects %}", "A2": "{{ p.name }}", "A3": "{% for t in p.tasks %}", "A4": "{{ t }}",
        "A5": "{% endfor %}", "A6": "{% if p.late %}", "A7": "late", "A8": "{% else %}", "A9": "in time",
        "A10": "{% endif %}", "A11": "{% endfor %}", "A12": "end"},
        {"projects": [{"name": "P", "tasks": ["a", "b"], "late": True}, {"name": "Q", "tasks": ["c"], "late": False}]})
    assert [sheet[f"A{row}"].value for row in range(1, 9)] == ["P", "a", "b", "late", "Q", "c", "in time", "end"]


def test_a_block_may_begin_and_end_in_rows_that_stay(tmp_path: Path) -> None:
    sheet = cells(tmp_path, {"A1": "{% for t in tasks %}{{ t.name }}", "B2": "{{ t.days }}", "C2": "d{% endfor %}",
                             "A3": "end"}, {"tasks": TASKS[:2]})
    assert [[cell.value for cell in row] for row in sheet["A1:C5"]] == [
        ["Task 1", None, None], [None, 1, "d"], ["Task 2", None, None], [None, 2, "d"], ["end", None, None]]


def test_an_empty_list_leaves_its_row_blank(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A2", "{% for t in tasks %}{{ t.name }}", book.add_format({"bold": 1}))
        sheet.write("B2", "{{ t.days }}{% endfor %}")
        sheet.write("B3", "=SUM(B2)")

    sheet = sheet_of(fill(drawn(tmp_path / "t.xlsx", draw), {"tasks": []}))
    assert [sheet["A2"].value, sheet["A2"].font.b, sheet["B2"].value] == [None, True, None]
    assert sheet["B3"].value == "=SUM(B2)"


def test_a_loop_with_else(tmp_path: Path) -> None:
    texts = {"A1": "{% for t in tasks %}", "A2": "{{ t.name }}", "A3": "{% else %}", "A4": "none", "A5": "{% endfor %}",
             "A6": "end"}
    assert [cells(tmp_path, texts, {"tasks": []})[f"A{row}"].value for row in (1, 2)] == ["none", "end"]
    assert [cells(tmp_path, texts, {"tasks": TASKS})[f"A{row}"].value for row in (1, 3, 4)] == [
        "Task 1", "Task 3", "end"]


def test_set_and_comments_leave_nothing(tmp_path: Path) -> None:
    texts = {"A1": "{% set total = 3 %}", "A2": "{# note #}{{ total }}", "A3": "{% set x = 2 %}{{ x }}", "A4": "end"}
    assert [cells(tmp_path, texts, {})[f"A{row}"].value for row in (1, 2, 3)] == [3, 2, "end"]


def test_loop_variables_and_conditions_in_a_row(tmp_path: Path) -> None:
    sheet = cells(tmp_path, {"A1": "{% for t in tasks if not t.done %}{{ loop.index }}",
                             "B1": "{{ t.name }}{% endfor %}",
                             "A2": "{% if tasks %}yes", "B2": "{{ tasks|length }}{% endif %}"}, {"tasks": TASKS})
    assert [[cell.value for cell in row] for row in sheet["A1:B3"]] == [[1, "Task 2"], [2, "Task 3"], ["yes", 3]]


# -- what is wrong ---------------------------------------------------------------------------------
def test_all_faults_are_told_at_once_by_cell(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(place, text) for place, text in {
        "A1": "{{ a b }}", "C7": "{{ open", "D2": "{% fro x in y %}", "E3": "｛｛ x ｝｝", "F4": "{% if x %}"}.items()])
    with pytest.raises(Failed) as error:
        fill(path, {})
    for place in ("A1", "C7", "D2", "E3", "F4"):
        assert f"Budget, {place}" in error.value.message.en
        assert f"Budget，{place}" in error.value.message.zh


def test_a_block_that_goes_over_part_of_a_row_with_else_is_told(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(place, text) for place, text in {
        "A1": "{% if x %}1", "B1": "{% else %}", "C1": "2{% endif %}"}.items()])
    with pytest.raises(Failed, match=r"Budget, B1.*needs a row of its own"):
        fill(path, {"x": 1})


def test_words_that_only_word_documents_know_are_told(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(place, text) for place, text in {
        "A1": "{%tr for t in tasks %}{{ t }}", "B1": "x{%tr endfor %}", "A2": "{{r t }}",
        "B2": "{%vm %}", "A3": "{%p if x %}"}.items()])
    with pytest.raises(Failed) as error:
        fill(path, {"tasks": [1, 2]})
    assert [line.split(":")[1].split(",")[1] for line in error.value.message.en.splitlines()
            if "Word only" in line] == [" A2", " B2", " A3"]


def test_missing_values_are_told_with_their_first_cell(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as error:
        cells(tmp_path, {"C7": "{{ client.name }}", "D9": "{% for t in tasks %}{{ t.nme }}", "E9": "x{% endfor %}"},
              {"tasks": TASKS})
    assert "client.name: in Budget, {{ client.name }} (C7)" in error.value.message.en
    assert "tasks[].nme: in Budget, {{ t.nme }} (D9)" in error.value.message.en


def test_what_the_template_tests_may_be_missing(tmp_path: Path) -> None:
    assert cells(tmp_path, {"A1": "x{% if note %}{{ note }}{% endif %}"}, {})["A1"].value == "x"


def test_a_tag_that_cannot_be_computed_is_told_with_its_cell(tmp_path: Path) -> None:
    with pytest.raises(FolderkitError, match=r"Budget, C3: \{\{ 1 / t.zero \}\} cannot be computed: division"):
        cells(tmp_path, {"A3": "{% for t in tasks %}a", "B3": "{{ t.name }}", "C3": "{{ 1 / t.zero }}{% endfor %}"},
              {"tasks": [{"name": "a\nb", "zero": 0}]})


def test_the_sandbox_holds(tmp_path: Path) -> None:
    for tag in ("{{ x.__class__ }}", "{{ 'a' * 99999999 }}", "{% for a in range(99999999) %}{% endfor %}x",
                "{{ folderkit_put(1) }}", "a {{ folderkit_row(7) }}"):
        with pytest.raises(FolderkitError):
            cells(tmp_path, {"A1": tag}, {"x": 1})


def test_a_tag_in_a_tables_header_is_told(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.add_table("A1:B3", {"columns": [{"header": "x"}, {"header": "{{ y }}"}]})

    with pytest.raises(Failed, match=r"Budget, B1.*header"):
        fill(drawn(tmp_path / "t.xlsx", draw), {"y": 1})


def test_a_tag_in_a_formula_is_told(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (sheet.write("A1", "{{ x }}"),
                                                           sheet.write_formula("B1", '="{{ x }}"')))
    with pytest.raises(Failed, match="Budget, B1"):
        fill(path, {"x": 1})


# -- the file --------------------------------------------------------------------------------------
def test_untouched_parts_are_the_same_bytes_and_so_is_the_same_input(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (sheet.write("A1", "{{ x }}"),
                                                           book.add_worksheet("Other").write("A1", 1)))
    before, one, two = parts_of(path.read_bytes()), fill(path, {"x": 1}), fill(path, {"x": 1})
    after = parts_of(one)
    assert one == two
    assert {name for name in before if before[name] != after.get(name)} == {
        "xl/workbook.xml", "xl/worksheets/sheet1.xml"}


def test_a_workbook_without_tags_is_what_it_was(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", 1))
    assert parts_of(fill(path, {})) == parts_of(path.read_bytes())


@pytest.mark.parametrize(("content", "said"), [
    (b"", "empty"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"), (b"a,b\n", "no Excel workbook"),
    (b"PK\3\4broken", "damaged")])
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)
    with pytest.raises(Failed, match=said):
        fill(path, {})


def test_a_word_file_is_no_workbook(tmp_path: Path) -> None:
    import docx

    docx.Document().save(str(tmp_path / "t.xlsx"))
    with pytest.raises(Failed, match="no Excel workbook"):
        fill(tmp_path / "t.xlsx", {})


def test_fields_are_judged_from_use(tmp_path: Path) -> None:
    from folderkit.documents import fields_of

    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(place, text) for place, text in {
        "A1": "{{ client.name }}", "A2": "{% for t in tasks %}{{ t.due|date }}", "B2": "{{ t.cost|money }}{% endfor %}",
        "A3": "{% if note %}{{ note }}{% endif %}"}.items()])
    found = {field.name: (field.kind, field.optional, field.where.en) for field in fields_of(template_at(path), "en")}
    assert found == {"client.name": ("text", False, "Budget, A1"), "tasks": ("list", False, "Budget, A2"),
                     "tasks[].due": ("date", False, "Budget, A2"), "tasks[].cost": ("money", False, "Budget, B2"),
                     "note": ("text", True, "Budget, A3")}


def test_what_a_field_is_follows_from_the_format_of_its_cell(tmp_path: Path) -> None:
    from folderkit.documents import fields_of

    def draw(book: Any, sheet: Any) -> None:
        for place, form, text in (
                ("A1", "yyyy-mm-dd", "{{ day }}"), ("A2", "#,##0.00", "{% for t in tasks %}{{ t.cost }}"),
                ("B2", "0%", "{{ t.share }}{% endfor %}"), ("A3", "General", "{{ plain }}"), ("A4", "@", "{{ text }}"),
                ("A5", "0.00", "about {{ words }}")):
            sheet.write(place, text, book.add_format({"num_format": form}))

    fields = fields_of(template_at(drawn(tmp_path / "t.xlsx", draw)), "en")
    assert {field.name: field.kind for field in fields if field.kind != "list"} == {
        "day": "date", "tasks[].cost": "number", "tasks[].share": "percent", "plain": "text", "text": "text",
        "words": "text"}
