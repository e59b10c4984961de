"""Hostile workbooks and values: refused in words or written as what they are, never a traceback, never for long."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.errors import Failed, FolderkitError, Misuse
from folderkit.documents.known import Known
from folderkit.documents.workbook.check import check_workbook
from folderkit.documents.workbook.renaming import free_title
from tests.workbooks import drawn, fill, parts_of, picture, sheet_of, xml_of

SHEET, DRAWING, VML = "xl/worksheets/sheet1.xml", "xl/drawings/drawing1.xml", "xl/drawings/vmlDrawing1.vml"
FACTS: dict[str, Any] = {"tasks": [1, 2, 3], "months": [1, 2], "x": "v", "projects": [{"name": "A"}, {"name": "B"}]}


def patched(tmp_path: Path, part: str, change: Callable[[str], str], each: bool = False) -> Path:
    """A template with everything that follows, one part of which is another."""
    def draw(book: Any, sheet: Any) -> None:
        for place, text in {"A6": "{% for t in tasks %}{{ t }}", "B6": "{% endfor %}",
                            "C1": "{%tc for m in months %}{{ m }}{%tc endfor %}",
                            **({"A1": "{%sheet for p in projects %}"} if each else {})}.items():
            sheet.write(place, text)
        sheet.write_formula("A9", "=SUM(A6)")
        sheet.merge_range("A11:B12", "merged")
        sheet.set_column("C:C", 20)
        sheet.conditional_format("A6:B6", {"type": "formula", "criteria": "=A6>A5",
                                           "format": book.add_format({"bold": True})})
        sheet.insert_image("D6", "p.png", {"image_data": picture()})
        sheet.insert_textbox("F6", "{{ x }}")
        sheet.write_comment("A6", "{{ x }}")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Budget!$A$6:$A$6"})
        sheet.insert_chart("H9", chart)

    path = drawn(tmp_path / "t.xlsx", draw)
    parts = parts_of(path.read_bytes())
    parts[part] = (change(parts[part].decode()) if part in parts else change("")).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return path


@pytest.mark.parametrize(("part", "pattern", "new"), [
    (SHEET, r'<row r="6"', '<row r="99999999"'), (SHEET, r'<row r="6"', '<row r="x"'),
    (SHEET, r'<c r="A6"', '<c r="6"'), (SHEET, r'<c r="A6"', '<c r="ZZZZZ6" s="-3"'),
    (SHEET, r"<c r=\"A6\"", '<c s="abc" r="A6"'), (SHEET, r"<v>\d+</v>", "<v>-1</v>"),
    (SHEET, r"<v>\d+</v>", "<v>x</v>"), (SHEET, r"<f>SUM\(A6\)", '<f t="shared" si="9">'),
    (SHEET, r"<f>SUM\(A6\)", '<f t="array" ref="nonsense">SUM(A6)'), (SHEET, r"<f>SUM", "<f>" + "(" * 5_000 + "SUM"),
    (SHEET, r'<col min="3"', '<col min="-2000000000"'), (SHEET, r'max="3"', 'max="2000000000"'),
    (SHEET, r'<col min="3"', '<col min="x"'), (SHEET, r'<mergeCell ref="A11:B12"', '<mergeCell ref="A1:XFD1048576"'),
    (SHEET, r'sqref="A6:B6"', 'sqref="' + "A1:XFD1048576 " * 300 + '"'), (SHEET, r'sqref="A6:B6"', 'sqref="?"'),
    (SHEET, r"<formula>A6&gt;A5", "<formula>" + "A6+" * 3_000 + "A5"),
    (DRAWING, r"<xdr:row>5", "<xdr:row>x"), (DRAWING, r"<xdr:row>5", "<xdr:row>-9999999999"),
    (DRAWING, r'<xdr:cNvPr id="\d+"', '<xdr:cNvPr id="x"'), (DRAWING, r'r:id="rId\d"', 'r:id="none"'),
    (VML, r"<x:Row>5", "<x:Row>99999999999"), (VML, r"<x:Anchor>[^<]*", "<x:Anchor>1,2,x"),
    (VML, r"</v:shape>", "<v:shape " * 200_000), ("xl/comments1.xml", r'ref="A6"', 'ref="A0"'),
    ("xl/comments1.xml", r'authorId="0"', 'authorId="x"'), ("xl/charts/chart1.xml", r"<c:f>", "<c:f>'"),
    ("xl/charts/chart1.xml", r'<c:idx val="0"', '<c:idx val="x"'), ("xl/workbook.xml", r"<sheet ", "<sheet  "),
    ("xl/_rels/workbook.xml.rels", r'Target="worksheets/sheet1.xml"', 'Target="../../../../etc/passwd"')])
def test_a_hostile_workbook_is_filled_or_refused_in_words(tmp_path: Path, part: str, pattern: str, new: str) -> None:
    path = patched(tmp_path, part, lambda text: re.sub(pattern, lambda _: new, text, count=1))
    check_workbook(path, "en", "CNY", Known({}))
    data, told = path.read_bytes(), str(path)
    try:
        data = fill(path, FACTS)
    except FolderkitError as error:
        told = error.message.en
    assert str(path) in told
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None


def test_parts_that_link_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
              'Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartUserShapes" '
              'Target="../charts/chart1.xml"/></Relationships>')
    path = patched(tmp_path, "xl/charts/_rels/chart1.xml.rels", lambda text: circle, each=True)
    with pytest.raises(Failed, match="links to itself"):
        fill(path, FACTS)


def test_many_half_tags_where_none_is_filled_take_no_time(tmp_path: Path) -> None:
    """Half a million openings without an end: each would be looked through to the end of the part."""
    path = patched(tmp_path, VML, lambda text: text.replace("<xml", "<xml>" + "{{ {% {#" * 500_000 + "<xml", 1))
    assert not any("button" in one.place.en for one in check_workbook(path, "en", "CNY", Known({})).findings)


def test_endless_loops_are_ended(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
        sheet.write("A1", "{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}"),
        sheet.write("B1", "{% endfor %}{% endfor %}")))
    with pytest.raises(FolderkitError, match="Budget"):
        fill(path, {})


def test_more_cells_than_anybody_needs_are_refused(tmp_path: Path) -> None:
    """A formula for each of many rows and columns, which no tag counts."""
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "{%tc for m in months %}{{ m }}{%tc endfor %}")
        sheet.write("B2", "{% for t in tasks %}{{ t }}")
        sheet.write_formula("A2", "=1+1")
        sheet.write("C2", "{% endfor %}")

    path = drawn(tmp_path / "t.xlsx", draw)
    with pytest.raises(Failed, match=r"'Budget' would have more cells than can be made \(50,000,000\)"):
        fill(path, {"months": list(range(5_001)), "tasks": list(range(10_000))})
    tall = drawn(tmp_path / "u.xlsx", lambda book, sheet: [sheet.write("A1", "{%tc for m in months %}x{%tc endfor %}"),
                                                           *(sheet.write(row, 0, row) for row in range(1, 2_000))])
    with pytest.raises(Failed, match=r"more cells than can be made \(2,000,000\)"):
        fill(tall, {"months": list(range(1_001))})


# -- values ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1", "_x0041_", "{{ secret }}",
                                   "{%tc for x in y %}", "\x1e99\x1f\x1e0\x1f", "a\x1e" + "9" * 5_000 + "\x1fb", "#N/A",
                                   "<v>1</v>&amp;", "＝1+1"])
def test_a_text_stays_a_text_wherever_it_goes(tmp_path: Path, value: str) -> None:
    def draw(book: Any, sheet: Any) -> None:
        bold = book.add_format({"bold": True})
        sheet.write("A1", "{{ x }}")
        sheet.write_rich_string("A2", "so: ", bold, "{{ x }}", " it is")
        sheet.write("A3", "{%tc for m in months %}{{ x }}{%tc endfor %}")
        sheet.insert_textbox("F3", "{{ x }}")
        sheet.write_comment("A1", "{{ x }}")
        sheet.set_header("&C{{ x[:90] }}")

    data = fill(drawn(tmp_path / "t.xlsx", draw), {"x": value, "months": [1, 2]})
    sheet = sheet_of(data)
    assert "<f>" not in xml_of(data, SHEET)
    assert all(cell.data_type in ("s", "inlineStr") for row in sheet.iter_rows() for cell in row if cell.value)
    if re.fullmatch(r"[\x20-\x7e]+", value) and value != "_x0041_":
        assert [sheet[place].value for place in ("A1", "A3", "B3")] == [value] * 3
        assert sheet["A1"].comment.text == value
    assert openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.parametrize(("value", "length"), [("x" * 32_768, "32,768"), ("😀" * 16_384, "32,768")])
def test_characters_are_counted_as_excel_counts_them(tmp_path: Path, value: str, length: str) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", "{{ x }}"))
    with pytest.raises(Misuse, match=f"it has {length} characters"):
        fill(path, {"x": value})
    assert sheet_of(fill(path, {"x": value[:-1]}))["A1"].value == value[:-1]


@pytest.mark.parametrize("value", [Decimal("1e999999"), Decimal("1e-999999"), Decimal("-1e400"), 10**400, float("inf")])
def test_numbers_beyond_all_cells_are_texts(tmp_path: Path, value: Any) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", "{{ x }}"))
    data = fill(path, {"x": value})
    assert len(xml_of(data, SHEET)) < 5_000
    assert sheet_of(data)["A1"].data_type in ("s", "inlineStr")


@pytest.mark.parametrize(("wanted", "made"), [
    ("History", "History (2)"), ("'quoted'", "quoted"), ("a" * 40, "a" * 31), ("😀" * 20, "😀" * 15),
    ("a" * 30 + "'b", "a" * 30), ("_x0041_", "_X0041_"), ("\ud800\x00", "-"), ("[]:*?/\\", "-"), ("  ", "-")])
def test_a_sheets_name_is_one_that_excel_takes(wanted: str, made: str) -> None:
    assert free_title(wanted, set()) == made


def test_a_sheet_has_the_name_of_no_chart_sheet(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "{{ x }}")
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "='{{ x }}'!$B$2:$B$4"})
        book.add_chartsheet("Big").set_chart(chart)

    names = re.findall(r'<sheet name="([^"]+)"', xml_of(fill(drawn(tmp_path / "t.xlsx", draw, "{{ x }}"), {"x": "BIG"}),
                                                        "xl/workbook.xml"))
    assert names == ["BIG (2)", "Big"]
