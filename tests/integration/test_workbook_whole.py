"""A workbook with everything in it, filled with 50 rows above all else: no feature is lost, and each formula gives what
it gives in a workbook that was drawn with those rows in the first place."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.errors import Failed
from folderkit.documents.pages.libreoffice import Office, soffice
from folderkit.documents.workbook.computed import read_values, values_of
from tests.workbooks import drawn, features, fill, parts_of, picture, sheet_of, without_values

ROWS = 50
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")


def draw(book: Any, sheet: Any, rows: int) -> None:
    """All that xlsxwriter draws, below a table of so many rows; of none, below the row that tags repeat."""
    count = rows or 1
    last = 1 + count  # the last row of the table, from 1
    bold, dated = book.add_format({"bold": True, "bg_color": "#DDEEFF"}), book.add_format({"num_format": "d mmm yy"})
    sheet.write_row("A1", ["What", "Cost", "Share", "Sum so far", "Balance"], bold)
    if not rows:
        sheet.write("A2", "{% for t in tasks %}{{ t.name }}")
        sheet.write("B2", "{{ t.cost }}")
        sheet.write("F2", "{% endfor %}")
    for row in range(2, last + 1):
        if rows:
            sheet.write(f"A{row}", f"Task {row - 1}")
            sheet.write(f"B{row}", 10 * (row - 1))
        sheet.write_formula(f"C{row}", f"=B{row}/B${last + 2}")
        sheet.write_formula(f"D{row}", f"=SUM(B$2:B{row})")
        sheet.write_formula(f"E{row}", f"=N(E{row - 1})+B{row}*$B${last + 4}")
    below = last + 1  # rows from here on are the same in both, but for their numbers
    sheet.write_formula(f"B{below + 1}", f"=SUM(B2:B{last})")
    sheet.write_formula(f"C{below + 1}", f"=COUNTIF(B2:B{last},\">100\")+MAX(D2:D{last})")
    sheet.write(f"B{below + 3}", 0.5)
    sheet.write_formula(f"B{below + 4}", "=SUM(costs)*rate")
    sheet.write_array_formula(f"B{below + 5}:B{below + 6}", f"{{=B{below + 1}:B{below + 2}*2}}")
    sheet.write_formula(f"B{below + 7}", f"=SUMPRODUCT(B2:B{last},C2:C{last})+VLOOKUP(\"Task 1\",A2:B{last},2,FALSE)")
    sheet.write_formula(f"B{below + 8}", "=SUM(Plan[Days])")
    sheet.write_datetime(f"C{below + 8}", dt.datetime(2026, 3, 1), dated)
    top = below + 10
    sheet.add_table(f"A{top}:B{top + 3}", {"name": "Plan", "columns": [{"header": "Who"}, {"header": "Days"}],
                                           "data": [["Ann", 1], ["Bob", 2], ["李雷", 3]]})
    sheet.merge_range(f"D{top}:E{top + 1}", "merged", bold)
    sheet.write_url(f"D{top + 3}", "https://example.com/")
    sheet.conditional_format(f"B{top + 1}:B{top + 3}", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format(f"B{below + 1}", {"type": "cell", "criteria": ">", "value": f"=$B${below + 3}",
                                               "format": bold})
    sheet.data_validation(f"B{top + 1}:B{top + 3}", {"validate": "list", "source": f"=$B${below + 1}:$B${below + 3}"})
    sheet.add_sparkline(f"F{below + 1}", {"range": f"Budget!B2:B{last}"})
    sheet.write_comment(f"A{below + 1}", "a note")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": f"=Budget!$B$2:$B${last}", "categories": f"=Budget!$A$2:$A${last}"})
    sheet.insert_chart(f"H{below + 2}", chart)
    sheet.insert_image(f"H{below}", "p.png", {"image_data": picture()})
    sheet.insert_textbox(f"K{below + 2}", "a text box")
    sheet.insert_button(f"K{below + 8}", {"caption": "Go"})
    sheet.set_h_pagebreaks([below + 2])
    sheet.print_area(f"A1:L{top + 6}")
    sheet.set_header("&LBudget&R&P")
    book.define_name("costs", f"=Budget!$B$2:$B${last}")
    book.define_name("rate", f"=Budget!$B${below + 3}")
    other = book.add_worksheet("Other")
    other.write_formula("A1", f"=Budget!B{below + 1}*2")
    other.write_formula("A2", f"=AVERAGE(Budget!B2:B{last})")
    other.write_formula("A9", "=A1+A2")


def template(tmp_path: Path) -> Path:
    return drawn(tmp_path / "template.xlsx", lambda book, sheet: draw(book, sheet, 0))


TASKS: list[dict[str, Any]] = [{"name": f"Task {number}", "cost": 10 * number} for number in range(1, ROWS + 1)]


def test_no_feature_is_lost(tmp_path: Path) -> None:
    path = template(tmp_path)
    before, after = features(path.read_bytes()), features(fill(path, {"tasks": TASKS}))
    grown = {"c", "f"}  # cells and formulas of the rows that came
    assert {kind: after[kind] for kind in before if kind not in grown} == {
        kind: count for kind, count in before.items() if kind not in grown}
    assert {kind for kind in after if kind not in before} == set()


def test_every_formula_is_the_one_of_a_workbook_drawn_directly(tmp_path: Path) -> None:
    data = fill(template(tmp_path), {"tasks": TASKS})
    direct = drawn(tmp_path / "direct.xlsx", lambda book, sheet: draw(book, sheet, ROWS)).read_bytes()
    for name in ("Budget", "Other"):
        ours, theirs = sheet_of(data, name), sheet_of(direct, name)
        assert _contents(ours) == _contents(theirs)
        assert ours.merged_cells == theirs.merged_cells
        assert ours.print_area == theirs.print_area


def _contents(sheet: Any) -> dict[str, Any]:
    return {cell.coordinate: getattr(cell.value, "text", cell.value) for row in sheet.iter_rows() for cell in row
            if cell.value is not None}


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_every_formula_gives_what_it_gives_in_a_workbook_drawn_directly(tmp_path: Path) -> None:
    program = soffice()
    assert program is not None
    ours, theirs = tmp_path / "ours.xlsx", tmp_path / "theirs.xlsx"
    ours.write_bytes(fill(template(tmp_path), {"tasks": TASKS}))
    drawn(theirs, lambda book, sheet: draw(book, sheet, ROWS))
    theirs.write_bytes(without_values(theirs.read_bytes()))
    office = Office(program, tmp_path, "xlsx")
    office.convert([ours, theirs], 120, lambda count: None)
    one, other = (read_values(office.made_of(path).read_bytes()) for path in (ours, theirs))
    given = [other[name](row, column) for name in ("Budget", "Other") for row in range(1, 90) for column in range(1, 8)]
    assert [one[name](row, column) for name in ("Budget", "Other") for row in range(1, 90) for column in range(1, 8)
            ] == given
    assert len([value for value in given if value is not None]) > 3 * ROWS
    assert not any(isinstance(value, str) for value in given)  # no error among them


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_values_that_libreoffice_tells_stand_in_our_own_workbook(tmp_path: Path) -> None:
    path = template(tmp_path)
    data = fill(path, {"tasks": TASKS}, compute=values_of)
    bare = fill(path, {"tasks": TASKS})
    assert {name for name, part in parts_of(bare).items() if part != parts_of(data)[name]} == {
        "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Budget"]
    assert sheet["B53"].value == sum(task["cost"] for task in TASKS)
    assert sheet["D51"].value == sheet["B53"].value


@pytest.mark.parametrize(("part", "content", "said"), [
    ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>", "damaged"),
    ("xl/worksheets/sheet1.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "document type"),
    ("xl/sharedStrings.xml", b"<sst>" + b"<si/>" * 3_100_000 + b"</sst>", "more than"),
    ("xl/media/bomb.xml", b"<a>" + b" " * 60_000_000 + b"</a>", "more than a template needs")])
def test_a_hostile_workbook_is_refused(tmp_path: Path, part: str, content: bytes, said: str) -> None:
    parts = {**parts_of(template(tmp_path).read_bytes()), part: content}
    with zipfile.ZipFile(tmp_path / "bad.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    with pytest.raises(Failed, match=said):
        fill(tmp_path / "bad.xlsx", {"tasks": TASKS})
