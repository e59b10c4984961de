"""Excel templates filled: all that refers to rows moves along with them."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.errors import Failed
from tests.workbooks import drawn, fill, parts_of, picture, sheet_of, xml_of

TASKS = [{"name": f"Task {number}", "cost": 10 * number} for number in range(1, 6)]
SHEET = "xl/worksheets/sheet1.xml"


def table(sheet: Any, row: int = 6) -> Any:
    """A loop over tasks in a row (from 1): name, cost."""
    sheet.write(f"A{row}", "{% for t in tasks %}{{ t.name }}")
    sheet.write(f"B{row}", "{{ t.cost }}{% endfor %}")


def made(tmp_path: Path, draw: Any, tasks: Any = TASKS) -> bytes:
    def whole(book: Any, sheet: Any) -> None:
        table(sheet)
        draw(book, sheet)

    return fill(drawn(tmp_path / "t.xlsx", whole), {"tasks": tasks})


# -- formulas --------------------------------------------------------------------------------------
def test_formulas_of_every_sheet_follow(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write_formula("C6", "=B6/B$8")
        sheet.write_formula("D6", "=SUM(B$6:B6)")
        sheet.write_formula("B8", "=SUM(B6)")
        sheet.write_formula("B9", "=B8*2")
        other = book.add_worksheet("It's other")
        other.write_formula("A1", "=Budget!B8")
        other.write_formula("A6", "=A7+1")

    data = made(tmp_path, draw)
    sheet = sheet_of(data)
    assert [sheet[place].value for place in ("C8", "D8", "B12", "B13")] == [
        "=B8/B$12", "=SUM(B$6:B8)", "=SUM(B6:B10)", "=B12*2"]
    assert [sheet_of(data, "It's other")[place].value for place in ("A1", "A6")] == ["=Budget!B12", "=A7+1"]
    assert "<v>" not in "".join(re.findall(r"<f>.*?</c>", xml_of(data, SHEET)))
    assert 'fullCalcOnLoad="1"' in xml_of(data, "xl/workbook.xml")


def test_a_repeated_row_refers_to_the_rows_down_to_a_fixed_one(tmp_path: Path) -> None:
    data = made(tmp_path, lambda book, sheet: [
        sheet.write_formula("C6", "=SUM(B6:B$7)"), sheet.write_formula("D6", "=SUM(B6:B$6)")])
    assert [sheet_of(data)[place].value for place in ("C6", "C8", "C10", "D6", "D8")] == [
        "=SUM(B6:B$11)", "=SUM(B8:B$11)", "=SUM(B10:B$11)", "=SUM(B6:B$10)", "=SUM(B8:B$10)"]


def test_shared_and_array_formulas_follow(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Budget"
    table(type("Writer", (), {"write": staticmethod(lambda place, text: sheet.__setitem__(place, text))}))
    for row in (8, 9, 10):
        sheet[f"B{row}"] = "=1"
    book.save(path)
    _patch(path, SHEET, [
        (r"<c r=\"B8\">.*?</c>", '<c r="B8"><f t="shared" ref="B8:B9" si="0">SUM(B7)+A8</f><v>7</v></c>'),
        (r"<c r=\"B9\">.*?</c>", '<c r="B9"><f t="shared" si="0"/><v>8</v></c>'),
        (r"<c r=\"B10\">.*?</c>", '<c r="B10"><f t="array" ref="B10:B11">B6:B7*2</f><v>8</v></c>')])
    xml = xml_of(fill(path, {"tasks": TASKS}), SHEET)
    assert '<c r="B12"><f>SUM(B11)+A12</f></c>' in xml
    assert '<c r="B13"><f>SUM(B12)+A13</f></c>' in xml
    assert '<f t="array" ref="B14:B15">B6:B11*2</f>' in xml


def _patch(path: Path, part: str, changes: list[tuple[str, str]]) -> None:
    """Change the XML of one part of a workbook."""
    import zipfile

    parts = parts_of(path.read_bytes())
    text = parts[part].decode()
    for pattern, new in changes:
        text, count = re.subn(pattern, lambda found, new=new: new, text)  # type: ignore[misc]
        assert count == 1, pattern
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in {**parts, part: text.encode()}.items():
            packed.writestr(name, data)


@pytest.mark.parametrize(("formula", "cell"), [
    ("=B6*2", "Budget, C9"), ("=INDIRECT(\"B9\")", "Budget, C9"), ("=SUM(Budget:Last!B8)", "Budget, C9")])
def test_what_cannot_follow_is_refused_by_cell(tmp_path: Path, formula: str, cell: str) -> None:
    def draw(book: Any, sheet: Any) -> None:
        book.add_worksheet("Last")
        sheet.write_formula("C9", formula)
        sheet.write_formula("C10", formula)

    with pytest.raises(Failed) as error:
        made(tmp_path, draw)
    assert cell in error.value.message.en
    assert "C10" in error.value.message.en
    made(tmp_path, draw, TASKS[:1])  # nothing moves


# -- around the cells ------------------------------------------------------------------------------
def test_merged_cells_links_and_breaks(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        look = book.add_format({"border": 1})
        sheet.merge_range("C6:D6", "x", look)
        sheet.merge_range("A8:B9", "below", look)
        sheet.merge_range("E5:E7", "around", look)
        sheet.write_url("F6", "https://example.com/")
        sheet.write_url("F9", "internal:'Budget'!A9")
        sheet.set_h_pagebreaks([3, 8])
        sheet.autofilter("A5:B6")

    data = made(tmp_path, draw)
    sheet, xml = sheet_of(data), xml_of(data, SHEET)
    assert {str(one) for one in sheet.merged_cells.ranges} == {
        *(f"C{row}:D{row}" for row in range(6, 11)), "A12:B13", "E5:E11"}
    assert re.findall(r'<hyperlink ref="(\w+)"', xml) == [*(f"F{row}" for row in range(6, 11)), "F13"]
    assert re.findall(r'location="([^"]+)"', xml) == ["'Budget'!A13"]
    assert re.findall(r'<brk id="(\d+)"', xml) == ["3", "12"]
    assert sheet.auto_filter.ref == "A5:B10"


def test_rules_and_validation_also_the_newer_ones(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        look = book.add_format({"bold": 1})
        sheet.conditional_format("A6:B6", {"type": "formula", "criteria": "=$B6>$B$8", "format": look})
        sheet.conditional_format("B8", {"type": "cell", "criteria": ">", "value": 5, "format": look})
        sheet.conditional_format("B6:B7", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("C8:C9", {"type": "3_color_scale", "mid_type": "formula", "mid_value": "=$B$8"})
        sheet.data_validation("B6", {"validate": "list", "source": "=$C$8:$C$9"})
        sheet.data_validation("C9", {"validate": "custom", "value": "=C9>B8"})
        sheet.add_sparkline("D6", {"range": "Budget!B6:C6"})
        sheet.add_sparkline("D8", {"range": "Budget!B6:B7"})
        sheet.ignore_errors({"number_stored_as_text": "A6:A9"})

    xml = xml_of(made(tmp_path, draw), SHEET)
    assert re.findall(r'<conditionalFormatting sqref="([^"]+)"', xml) == ["A6:B10", "B12", "B6:B11", "C12:C13"]
    assert "<formula>$B6&gt;$B$12</formula>" in xml
    assert re.findall(r'<dataValidation [^>]*sqref="([^"]+)"', xml) == ["B6:B10", "C13"]
    assert re.findall(r"<formula1>([^<]+)", xml) == ["$C$12:$C$13", "C13&gt;B12"]
    assert sorted(re.findall(r"<xm:sqref>([^<]+)", xml)) == sorted(
        ["B6:B11", *(f"D{row}" for row in range(6, 11)), "D12"])
    assert sorted(re.findall(r"<xm:f>(Budget[^<]+)", xml)) == sorted(
        [*(f"Budget!B{row}:C{row}" for row in range(6, 11)), "Budget!B6:B11"])
    assert 'sqref="A6:A13"' in xml
    assert 'val="$B$12"' in xml


def test_tables_names_and_the_print_area_grow(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.add_table("A5:B6", {"name": "Tasks", "columns": [{"header": "Name"}, {"header": "Cost"}]})
        table(sheet)
        sheet.write_formula("B9", "=SUM(Tasks[Cost])")
        book.define_name("costs", "=Budget!$B$6:$B$6")
        book.define_name("total", "=Budget!$B$9")
        book.define_name("beneath", "=Budget!$B9")  # the eighth row below the one where it is used
        book.define_name("own", "=Budget!$B6")
        sheet.print_area("A1:B9")
        sheet.repeat_rows(4)

    data = made(tmp_path, draw)
    assert 'ref="A5:B10"' in xml_of(data, "xl/tables/table1.xml")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert {name: one.attr_text for name, one in book.defined_names.items()} == {
        "costs": "Budget!$B$6:$B$10", "total": "Budget!$B$13", "beneath": "Budget!$B9", "own": "Budget!$B6"}
    assert book["Budget"].print_area == "'Budget'!$A$1:$B$13"
    assert book["Budget"].print_title_rows == "$5:$5"
    assert book["Budget"]["B13"].value == "=SUM(Tasks[Cost])"


@pytest.mark.parametrize("again", [True, False])
def test_a_table_keeps_its_header_and_a_row(tmp_path: Path, again: bool) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.add_table("D1:E2", {"name": "Other"})
        sheet.write("A1", "{% for t in tasks %}" if again else "x")
        sheet.write("B1", "{% endfor %}" if again else "x")
        sheet.write("A2", "x" if again else "{% if not tasks %}y")
        sheet.write("B2", "x" if again else "{% endif %}")

    with pytest.raises(Failed, match="Budget, Other: a table keeps its header"):
        made(tmp_path, draw)


def test_charts_pictures_shapes_comments_and_controls_move(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Budget!$B$6:$B$6", "categories": "=Budget!$A$6", "name": "=Budget!$B$5",
                          "values_data": [1, 2]})
        sheet.insert_chart("D10", chart)
        sheet.insert_image("D3", "p.png", {"image_data": picture()})
        sheet.insert_textbox("F10", "below", {"textlink": "=$B$8"})
        sheet.write_comment("A8", "a note")
        sheet.write_comment("A2", "above")
        sheet.insert_button("H12", {"caption": "Go"})

    data = made(tmp_path, draw)
    chart, drawing = xml_of(data, "xl/charts/chart1.xml"), xml_of(data, "xl/drawings/drawing1.xml")
    assert re.findall(r"<c:f>([^<]+)", chart) == ["Budget!$B$5", "Budget!$A$6:$A$10", "Budget!$B$6:$B$10"]
    assert "Cache" not in chart
    froms = [int(row) for row in re.findall(r"<xdr:from>.*?<xdr:row>(\d+)", drawing)]
    tos = [int(row) for row in re.findall(r"<xdr:to>.*?<xdr:row>(\d+)", drawing)]
    assert sorted(froms) == [2, 13, 13]
    assert max(tos) - 13 == 15 - 1  # a chart is as high as it was
    assert 'textlink="$B$12"' in drawing
    assert re.findall(r'<comment ref="(\w+)"', xml_of(data, "xl/comments1.xml")) == ["A2", "A12"]
    vml = xml_of(data, "xl/drawings/vmlDrawing1.vml")
    assert sorted(re.findall(r"<x:Row>(\d+)", vml)) == ["1", "11"]
    assert [int(one.split(",")[2]) for one in re.findall(r"<x:Anchor>([^<]+)", vml) if "<x:Row>" in vml][-1] >= 10


def test_the_order_of_calculation_goes_with_all_that_names_it(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: table(sheet) or sheet.write_formula("B8", "=SUM(B6)"))
    import zipfile

    parts = parts_of(path.read_bytes())
    parts["xl/calcChain.xml"] = b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-'
        b'officedocument.spreadsheetml.calcChain+xml"/></Types>')
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>", b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/calcChain" Target="calcChain.xml"/></Relationships>')
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    after = parts_of(fill(path, {"tasks": TASKS}))
    assert "xl/calcChain.xml" not in after
    assert not any(b"calcChain" in data for data in after.values())


@pytest.mark.parametrize(("formula", "expected"), [
    ("=SUM(B6:INDEX(B:B,ROW()-1))", "=SUM(B6:INDEX(B:B,ROW()-1))"), ("=SUM(INDEX(B:B,2):B6)", "=SUM(INDEX(B:B,2):B10)"),
    ("=SUM(B6 : OFFSET(B8,-1,0))", "=SUM(B6 : OFFSET(B12,-1,0))"),
    ("=SUM(B7:INDEX(B:B,8))", "=SUM(B11:INDEX(B:B,8))"),
    ("=SUM(Budget!$B$6:INDEX(Budget!B:B,9))", "=SUM(Budget!$B$6:INDEX(Budget!B:B,9))")])
def test_a_range_from_or_to_what_a_function_gives_follows(tmp_path: Path, formula: str, expected: str) -> None:
    data = made(tmp_path, lambda book, sheet: sheet.write_formula("B8", formula))
    assert sheet_of(data)["B12"].value == expected


# -- what is frozen --------------------------------------------------------------------------------
def pane_of(data: bytes) -> tuple[float | None, float | None, str | None, str | None]:
    pane = sheet_of(data).sheet_view.pane
    return (pane.ySplit, pane.xSplit, pane.topLeftCell, pane.state) if pane else (None, None, None, None)


def test_what_is_frozen_ends_below_the_same_row(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A8", "Head")
        sheet.freeze_panes(8, 1)

    assert pane_of(made(tmp_path, draw)) == (12, 1, "B13", "frozen")
    assert pane_of(made(tmp_path, draw, TASKS[:1])) == (8, 1, "B9", "frozen")
    assert pane_of(made(tmp_path, draw, [{"name": "x", "cost": 1}] * 14)) == (8, 1, "B9", "frozen")  # 21 are too many


def test_what_is_frozen_above_the_rows_stays(tmp_path: Path) -> None:
    data = made(tmp_path, lambda book, sheet: sheet.freeze_panes(5, 0, 20, 0))
    assert pane_of(data) == (5, None, "A21", "frozen")


@pytest.mark.parametrize(("rows", "columns", "pane"), [
    (4, 0, (2, None, "A3", "frozen")), (3, 2, (1, 2, "C2", "frozen")), (2, 0, (None, None, None, None))])
def test_less_is_frozen_when_rows_are_left_out(tmp_path: Path, rows: int, columns: int, pane: Any) -> None:
    def draw(book: Any, sheet: Any) -> None:
        for row in (1, 2):
            sheet.write(f"A{row}", "{% if no %}")
            sheet.write(f"B{row}", "{% endif %}")
        sheet.write("A3", "Three")
        sheet.freeze_panes(rows, columns)

    assert pane_of(fill(drawn(tmp_path / "t.xlsx", draw), {"no": False})) == pane


def test_only_columns_are_frozen_where_every_frozen_row_is_left_out(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "{% if no %}")
        sheet.write("B1", "{% endif %}")
        sheet.write("A2", "Two")
        sheet.freeze_panes(1, 1)

    data = fill(drawn(tmp_path / "t.xlsx", draw), {"no": False})
    assert pane_of(data)[:2] == (None, 1)
    assert [one.pane for one in sheet_of(data).sheet_view.selection] == ["topRight"]


def test_frozen_columns_end_right_of_the_same_column(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        for place, text in {"A1": "Name", "B1": "{%tc for m in months %}{{ m }}{%tc endfor %}", "C1": "Sum"}.items():
            sheet.write(place, text)
        sheet.freeze_panes(1, 3)

    data = fill(drawn(tmp_path / "t.xlsx", draw), {"months": ["Jan", "Feb", "Mar"]})
    assert pane_of(data) == (1, 5, "F2", "frozen")
    assert sheet_of(data)["E1"].value == "Sum"


def test_what_is_only_split_stays(tmp_path: Path) -> None:
    data = made(tmp_path, lambda book, sheet: sheet.split_panes(120, 0, 8, 0))
    assert "frozen" not in xml_of(data, SHEET)
    assert pane_of(data)[2] == "A9"
