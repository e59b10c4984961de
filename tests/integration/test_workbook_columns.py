"""Excel templates filled: columns repeated by ``{%tc for … %}``, and all that refers to columns moved along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed, Misuse
from folderkit.core.language import same
from folderkit.documents import fields_of
from folderkit.documents.known import Known
from folderkit.documents.pages.libreoffice import Office, soffice
from folderkit.documents.workbook.check import check_workbook
from folderkit.documents.workbook.computed import read_values
from tests.workbooks import drawn, fill, parts_of, picture, sheet_of, template_at, without_values, xml_of

MONTHS = [{"name": "Jan", "key": "a"}, {"name": "Feb", "key": "b"}, {"name": "Mar", "key": "c"}]
TASKS = [{"name": "Plan", "rate": 2, "hours": {"a": 1, "b": 2, "c": 3}},
         {"name": "Build", "rate": 3, "hours": {"a": 4, "b": 5, "c": 6}}]
FACTS: dict[str, Any] = {"months": MONTHS, "tasks": TASKS}
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
SHEET = "xl/worksheets/sheet1.xml"


def plan(sheet: Any) -> None:
    """Hours of tasks (rows) by month (C and D, with the cost of each), with sums at the right and below."""
    sheet.write_row("A3", ["Task", "Rate", "{%tc for m in months %}{{ m.name }}", "Cost{%tc endfor %}", "All"])
    for place, text in {"A4": "{% for t in tasks %}{{ t.name }}", "B4": "{{ t.rate }}", "C4": "{{ t.hours[m.key] }}",
                        "F4": "{% endfor %}", "A5": "Sum"}.items():
        sheet.write(place, text)
    for place, formula in {"D4": "=C4*$B4", "E4": "=SUM(D4)", "C5": "=SUM(C4:C4)", "D5": "=SUM(D4)",
                           "E5": "=SUM(E4)"}.items():
        sheet.write_formula(place, formula)


def made(tmp_path: Path, draw: Any = lambda book, sheet: None, facts: dict[str, Any] | None = None) -> bytes:
    def whole(book: Any, sheet: Any) -> None:
        plan(sheet)
        draw(book, sheet)

    return fill(drawn(tmp_path / "t.xlsx", whole), FACTS if facts is None else facts)


def rows(data: bytes, name: str = "Budget") -> list[list[Any]]:
    """The rows of a sheet, without the blank cells at their ends."""
    found = [[cell.value for cell in row] for row in sheet_of(data, name).iter_rows()]
    return [row[: max((number for number, value in enumerate(row, 1) if value is not None), default=0)]
            for row in found]


def texts(tmp_path: Path, cells: dict[str, str], **facts: Any) -> list[list[Any]]:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(*one) for one in cells.items()])
    return rows(fill(path, facts))


# -- what is repeated ------------------------------------------------------------------------------
def test_columns_are_repeated_with_rows_and_formulas_mean_their_own(tmp_path: Path) -> None:
    assert rows(made(tmp_path))[2:] == [
        ["Task", "Rate", "Jan", "Cost", "Feb", "Cost", "Mar", "Cost", "All"],
        ["Plan", 2, 1, "=C4*$B4", 2, "=E4*$B4", 3, "=G4*$B4", "=SUM(D4,F4,H4)"],
        ["Build", 3, 4, "=C5*$B5", 5, "=E5*$B5", 6, "=G5*$B5", "=SUM(D5,F5,H5)"],
        ["Sum", None, *(f"=SUM({column}4:{column}5)" for column in "CDEFGHI")]]


def test_tags_in_columns_of_their_own_bound_the_columns_and_vanish(tmp_path: Path) -> None:
    assert texts(tmp_path, {"A1": "x", "B1": "{%tc for m in months %}", "C1": "{{ m.name }}", "C2": "{{ loop.index }}",
                            "D1": "{%tc endfor %}", "E1": "y"}, months=MONTHS) == [
        ["x", "Jan", "Feb", "Mar", "y"], [None, 1, 2, 3]]


def test_one_cell_may_hold_a_whole_loop_and_each_row_may_say_it_again(tmp_path: Path) -> None:
    assert texts(tmp_path, {"B1": "{%tc for m in months %}{{ m.name }}{%tc endfor %}",
                            "B2": "{%tc for m in months %}{{ m.key }} of {{ who }}{%tc endfor %}", "C1": "end"},
                 months=MONTHS, who="us") == [[None, "Jan", "Feb", "Mar", "end"],
                                              [None, "a of us", "b of us", "c of us"]]


def test_loops_in_loops_and_columns_that_are_there_or_not(tmp_path: Path) -> None:
    years = [{"name": 2025, "parts": ["H1", "H2"]}, {"name": 2026, "parts": []}, {"name": 2027, "parts": ["Q1"]}]
    assert texts(tmp_path, {"A1": "{%tc for y in years %}{{ y.name }}",
                            "A2": "{%tc for p in y.parts %}{{ p }}{%tc endfor %}", "B2": "sum of {{ y.name }}",
                            "B3": "{%tc endfor %}", "C2": "{%tc if total %}total{%tc endif %}", "D2": "end"},
                 years=years, total=False) == [
        [2025, 2025, None, None, None, 2027],
        ["H1", "H2", "sum of 2025", None, "sum of 2026", "Q1", "sum of 2027", "end"]]


def test_a_list_without_members_leaves_its_columns_once_and_blank(tmp_path: Path) -> None:
    found = rows(made(tmp_path, facts={**FACTS, "months": []}))
    assert found[2:4] == [["Task", "Rate", None, None, "All"], ["Plan", 2, None, None, "=SUM(D4)"]]


def test_a_tag_of_rows_in_the_last_column_ends_with_the_last_copy(tmp_path: Path) -> None:
    assert texts(tmp_path, {"A1": "x", "B1": "{%tc for m in months %}{{ m.name }}{%tc endfor %}",
                            "A2": "{% for t in tasks %}{{ t.name }}", "B2": "{{ t.hours[m.key] }}{% endfor %}",
                            "A3": "end"}, **FACTS) == [
        ["x", "Jan", "Feb", "Mar"], ["Plan", 1, 2, 3], ["Build", 4, 5, 6], ["end"]]


def test_each_sheet_of_several_has_its_own_columns(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(*one) for one in {
        "A1": "{%sheet for p in projects %}{{ p.name }}", "B1": "{%tc for m in p.months %}{{ m }}{%tc endfor %}",
        "C1": "end"}.items()], "{{ p.name }}")
    data = fill(path, {"projects": [{"name": "One", "months": [1, 2]}, {"name": "Two", "months": [5]}]})
    assert (rows(data, "One"), rows(data, "Two")) == ([["One", 1, 2, "end"]], [["Two", 5, "end"]])


# -- what follows ----------------------------------------------------------------------------------
def test_what_lies_around_the_cells_follows(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        bold = book.add_format({"bold": True})
        sheet.merge_range("C1:D1", "{{ m.name }}")
        sheet.merge_range("A2:E2", "title")
        sheet.set_column("C:C", 20)
        sheet.set_column("D:D", 5, None, {"hidden": True})
        sheet.set_column("E:G", 33)
        sheet.conditional_format("D4", {"type": "cell", "criteria": ">", "value": "=$E$4/2", "format": bold})
        sheet.data_validation("C4:C4", {"validate": "decimal", "criteria": ">", "value": "=$B$4"})
        sheet.write_url("E7", "https://example.com/")
        sheet.add_sparkline("F4", {"range": "Budget!C4:D4"})
        sheet.set_v_pagebreaks([5])
        sheet.print_area("A1:F5")
        sheet.autofilter("B3:E4")
        sheet.filter_column("E", "x > 1")
        book.define_name("costs", "=Budget!$D$4:$D$4")
        other = book.add_worksheet("Other")
        other.write_formula("A1", "=SUM(Budget!D4:D4)+Budget!E5")

    data = made(tmp_path, draw)
    sheet, xml = sheet_of(data), xml_of(data, SHEET)
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A2:I2", "C1:D1", "E1:F1", "G1:H1"]
    assert re.findall(r'<col min="(\d+)" max="(\d+)" width="(\d+)[.\d]*"', xml) == [
        ("3", "3", "20"), ("4", "4", "5"), ("5", "5", "20"), ("6", "6", "5"), ("7", "7", "20"), ("8", "8", "5"),
        ("9", "11", "33")]
    assert len(re.findall('hidden="1"', xml)) >= 3
    assert [str(rule.sqref) for rule in sheet.conditional_formatting] == ["D4:D5 F4:F5 H4:H5"]
    assert next(iter(sheet.conditional_formatting)).rules[0].formula == ["$I$4:$I$5/2"] or "$I$4" in xml
    assert str(sheet.data_validations.dataValidation[0].sqref) == "C4:C5 E4:E5 G4:G5"
    assert sheet["I8"].hyperlink is not None
    assert re.findall(r"<xm:f>([^<]+)</xm:f><xm:sqref>([^<]+)", xml)[0] == ("Budget!C4:H4", "J4")
    assert re.findall(r'<colBreaks[^>]*><brk id="(\d+)"', xml) == ["9"]
    assert sheet.print_area == "'Budget'!$A$1:$J$6"
    assert (sheet.auto_filter.ref, sheet.auto_filter.filterColumn[0].colId) == ("B3:I5", 7)
    assert sheet.parent.defined_names["costs"].value == (
        "(Budget!$D$4:$D$5,Budget!$F$4:$F$5,Budget!$H$4:$H$5)".strip("()"))
    assert sheet_of(data, "Other")["A1"].value == (
        "=SUM(Budget!D4:D5,Budget!F4:F5,Budget!H4:H5)+Budget!I6")


def test_what_lies_on_the_sheet_follows(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.insert_image("G3", "p.png", {"image_data": picture()})
        sheet.insert_image("A8", "q.png", {"image_data": picture()})
        sheet.write_comment("E3", "a note")
        sheet.insert_button("G8", {"caption": "Go"})
        sheet.add_table("F10:G12", {"name": "Extra"})

    data = made(tmp_path, draw)
    drawing, vml = xml_of(data, "xl/drawings/drawing1.xml"), xml_of(data, "xl/drawings/vmlDrawing1.vml")
    assert re.findall(r"<xdr:from><xdr:col>(\d+)", drawing) == ["10", "0"]
    assert re.findall(r'<comment ref="(\w+)"', xml_of(data, "xl/comments1.xml")) == ["I3"]
    assert re.findall(r"<x:Column>(\d+)", vml) == ["8"]
    assert sorted(int(one.split(",")[0]) for one in re.findall(r"<x:Anchor>([^<]+)", vml)) == [9, 10]
    assert sheet_of(data).tables["Extra"].ref == "J11:K13"


@pytest.mark.parametrize(("options", "series"), [
    ({"values": "=Budget!$C$4:$C$4", "name": "=Budget!$C$3", "categories": "=Budget!$A$4:$A$4"},
     [("$C$3", "$A$4:$A$5", "$C$4:$C$5"), ("$E$3", "$A$4:$A$5", "$E$4:$E$5"), ("$G$3", "$A$4:$A$5", "$G$4:$G$5")]),
    ({"values": "=Budget!$C$5:$D$5", "name": "=Budget!$A$5", "categories": "=Budget!$C$3:$D$3"},
     [("$A$6", "$C$3:$H$3", "$C$6:$H$6")]),
    ({"values": "=Budget!$C$4:$D$4", "name": "=Budget!$A$4", "categories": "=Budget!$C$3:$D$3"},
     [("$A$4", "$C$3:$H$3", "$C$4:$H$4"), ("$A$5", "$C$3:$H$3", "$C$5:$H$5")])],
    ids=["a series for each column", "one series grows", "a series for each row"])
def test_a_chart_has_a_series_for_each_line_or_grows(tmp_path: Path, options: dict[str, str], series: Any) -> None:
    def draw(book: Any, sheet: Any) -> None:
        chart = book.add_chart({"type": "line"})
        chart.add_series({**options, "line": {"color": "red"}})
        sheet.insert_chart("A9", chart)

    chart = xml_of(made(tmp_path, draw), "xl/charts/chart1.xml")
    found = [tuple(one.removeprefix("Budget!") for one in re.findall(r"<c:f>([^<]+)", ser))
             for ser in re.findall(r"<c:ser>.*?</c:ser>", chart, re.DOTALL)]
    assert found == series
    assert re.findall(r'<c:idx val="(\d+)"/><c:order val="(\d+)"', chart) == [
        (str(number), str(number)) for number in range(len(series))]
    assert chart.count("FF0000") == 1  # only the first keeps its look


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_every_formula_gives_what_it_gives_in_a_workbook_drawn_directly(tmp_path: Path) -> None:
    months = [{"name": f"M{number}", "key": f"k{number}"} for number in range(1, 8)]
    tasks = [{"name": f"T{row}", "rate": row, "hours": {f"k{number}": row * number for number in range(1, 8)}}
             for row in range(1, 6)]
    (tmp_path / "ours.xlsx").write_bytes(made(tmp_path, facts={"months": months, "tasks": tasks}))

    def direct(book: Any, sheet: Any) -> None:
        for row, task in enumerate(tasks, start=3):
            sheet.write_row(row, 0, [task["name"], task["rate"]])
            for number in range(7):
                sheet.write(row, 2 + 2 * number, (row - 2) * (number + 1))
                sheet.write_formula(row, 3 + 2 * number, f"={chr(67 + 2 * number)}{row + 1}*$B{row + 1}")
            sheet.write_formula(row, 16, "=" + "+".join(f"{chr(68 + 2 * number)}{row + 1}" for number in range(7)))
        for column in range(2, 17):
            sheet.write_formula(8, column, f"=SUM({chr(65 + column)}4:{chr(65 + column)}8)")

    theirs = drawn(tmp_path / "theirs.xlsx", direct)
    theirs.write_bytes(without_values(theirs.read_bytes()))
    program = soffice()
    assert program is not None
    office = Office(program, tmp_path, "xlsx")
    office.convert([tmp_path / "ours.xlsx", theirs], 120, lambda count: None)
    one, other = (read_values(office.made_of(tmp_path / name).read_bytes())["Budget"]
                  for name in ("ours.xlsx", "theirs.xlsx"))
    given = [other(row, column) for row in range(4, 10) for column in range(3, 18)]
    assert [one(row, column) for row in range(4, 10) for column in range(3, 18)] == given
    assert len([value for value in given if value]) == 5 * 8 + 15


# -- what is told ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("formula", "said"), [
    ("=C4*2", "C4, whose column is repeated, as to one cell"),
    ("=VLOOKUP(1,A4:E5,5,FALSE)", "VLOOKUP counts columns"),
    ('=INDIRECT("E4")', "INDIRECT"),
    ("=SUM(Budget:Other!E4)", "of several sheets")])
def test_what_cannot_follow_is_refused_by_cell(tmp_path: Path, formula: str, said: str) -> None:
    with pytest.raises(Failed) as error:
        made(tmp_path, lambda book, sheet: (sheet.write_formula("A9", formula), book.add_worksheet("Other")))
    assert "Budget, A9" in error.value.message.en
    assert said in error.value.message.en


@pytest.mark.parametrize(("cells", "place", "said"), [
    ({"A1": "{%tc for m in months %}", "B1": "{{ m }}"}, "A1", "endfor"),
    ({"A1": "{%tc for m in months %}{{ m }}{%tc endfor %}", "A2": "{%tc for t in tasks %}{{ t }}{%tc endfor %}"},
     "A2", "repeated by"),
    ({"A1": "{%tc for m in months %}{{ m }}", "B1": "{%tc else %}none", "C1": "x{%tc endfor %}"}, "B1",
     "column of its own"),
    ({"A1": "{%tc with m = 1 %}{{ m }}{%tc endwith %}"}, "A1", "cannot go over columns")])
def test_faults_are_told_by_cell(tmp_path: Path, cells: dict[str, str], place: str, said: str) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(*one) for one in cells.items()])
    found = check_workbook(path, "en", "CNY", Known({})).findings
    assert [(one.place, said in f"{one.message.en} {one.hint.en}") for one in found if one.grave] == [
        (same(place), True)]
    with pytest.raises(Failed, match=f"Budget, {place}"):
        fill(path, {"months": MONTHS, "tasks": [1]})


def test_a_table_cannot_have_a_column_several_times(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="Budget, Plan: a table has each of its columns once"):
        made(tmp_path, lambda book, sheet: sheet.add_table("B8:E10", {"name": "Plan"}))


def test_values_that_have_no_place_are_told_with_the_cell_of_the_template(tmp_path: Path) -> None:
    long = [{**task, "hours": dict.fromkeys("abc", "x" * 40_000)} for task in TASKS]
    with pytest.raises(Misuse, match=r"Budget, C4"):
        made(tmp_path, facts={**FACTS, "tasks": long})
    path = drawn(tmp_path / "u.xlsx", lambda book, sheet: sheet.write(
        "B1", "{%tc for m in months %}{{ m }}{{ 1 / m }}{%tc endfor %}"))
    with pytest.raises(Failed, match=r"Budget, B1: \{\{ 1 / m \}\} cannot be computed"):
        fill(path, {"months": [1, 0]})


def test_missing_values_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as error:
        made(tmp_path, facts={"tasks": [{"name": 1, "hours": {}}]})
    assert "months" in error.value.message.en
    assert "rate" in error.value.message.en


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: [sheet.write(*one) for one in {
        "A1": "{%tc for m in months %}{{ m }}{%tc endfor %}", "B1": "end"}.items()])
    with pytest.raises(Failed, match="more columns"):
        fill(path, {"months": list(range(16_384))})
    with pytest.raises(Failed, match="more columns"):
        fill(drawn(tmp_path / "u.xlsx", lambda book, sheet: sheet.write(
            "A1", "{%tc for m in months %}{{ m }}{%tc endfor %}")), {"months": list(range(20_000))})


def test_fields_know_what_repeats_columns(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: plan(sheet))
    known = {field.name: field.kind for field in fields_of(template_at(path), "en")}
    assert {"months", "months[].name", "months[].key", "tasks", "tasks[].name", "tasks[].rate"} <= set(known)
    assert "m" not in known
    assert known["months"] == "list"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    assert parts_of(made(tmp_path)) == parts_of(made(tmp_path))
