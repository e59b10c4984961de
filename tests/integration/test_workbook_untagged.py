"""Excel templates filled without tags: tables by their names and headers, cells by their names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed
from folderkit.documents import fields_of
from tests.workbooks import drawn, fill, sheet_of, template_at, xml_of

TASKS: list[dict[str, Any]] = [
    {"name": f"Task {number}", "due_date": dt.date(2026, 3, number), "cost": 10 * number} for number in (1, 2, 3)]


def with_table(tmp_path: Path, rows: int = 2, **more: str) -> Path:
    """A table "Tasks" under A4 with samples, a sum below it, and `more` cells."""
    def draw(book: Any, sheet: Any) -> None:
        dated = book.add_format({"num_format": "d mmm"})
        sheet.add_table(3, 0, 3 + rows, 4, {"name": "Tasks", "data": [["Sample", 1, 2, 9]] * rows, "columns": [
            {"header": "Name"}, {"header": "Due date", "format": dated}, {"header": "Cost"}, {"header": "Own"},
            {"header": "With tax", "formula": "=[@Cost]*1.2"}]})
        sheet.write_formula(4 + rows, 2, "=SUM(Tasks[Cost])")
        sheet.write_formula(5 + rows, 2, f"=SUM(C5:C{4 + rows})")
        for place, value in more.items():
            sheet.write(place, value)

    return drawn(tmp_path / "t.xlsx", draw)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_table_is_filled_by_its_header(tmp_path: Path, rows: int) -> None:
    data = fill(with_table(tmp_path, rows), {"tasks": TASKS})
    sheet = sheet_of(data)
    assert [[cell.value for cell in row[:3]] for row in sheet["A5:E7"]] == [
        [task["name"], dt.datetime.combine(task["due_date"], dt.time()), task["cost"]] for task in TASKS]
    assert sheet["B6"].number_format == "d mmm"
    assert [sheet[f"D{row}"].value for row in (5, 6, 7)] == [9, 9, 9]  # a column that is in no record
    assert all("Cost]*1.2" in sheet[f"E{row}"].value for row in (5, 6, 7))
    assert [sheet["C8"].value, sheet["C9"].value] == ["=SUM(Tasks[Cost])", "=SUM(C5:C7)"]
    assert 'ref="A4:E7"' in xml_of(data, "xl/tables/table1.xml")


def test_headers_may_be_those_of_a_register(tmp_path: Path) -> None:
    data = fill(with_table(tmp_path), {"tasks": [{"title": "Dig", "money": 3}]},
                headings={"tasks": {"Name": "title", "Cost": "money"}})
    assert [sheet_of(data)[place].value for place in ("A5", "C5")] == ["Dig", 3]


def test_an_empty_list_leaves_one_blank_row(tmp_path: Path) -> None:
    data = fill(with_table(tmp_path), {"tasks": []}, headings={"tasks": {"Name": "name", "Cost": "cost"}})
    sheet = sheet_of(data)
    assert [cell.value for cell in sheet[5]] == [None] * 5
    assert 'ref="A4:E5"' in xml_of(data, "xl/tables/table1.xml")


def test_a_table_that_nothing_is_named_like_stays(tmp_path: Path) -> None:
    path = with_table(tmp_path)
    assert fill(path, {"risks": TASKS, "tasks": "text"}) == fill(path, {})


def test_a_table_with_tags_is_filled_by_these(tmp_path: Path) -> None:
    path = with_table(tmp_path, 1, A5="{% for t in tasks %}{{ t.name|upper }}", B5="x{% endfor %}")
    assert [sheet_of(fill(path, {"tasks": TASKS}))[f"A{row}"].value for row in (5, 7)] == ["TASK 1", "TASK 3"]


def test_what_stands_beside_samples_is_not_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"Budget, G6.*beside"):
        fill(with_table(tmp_path, 2, G6="a note"), {"tasks": TASKS})


def test_a_named_cell_is_filled(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("B2", 1, book.add_format({"num_format": "0.00"}))
        sheet.write_formula("B3", "=B2")
        book.define_name("project.cost", "=Budget!$B$2")
        book.define_name("sum", "=Budget!$B$3")
        book.define_name("client", "=Budget!$C$9")
        book.define_name("area", "=Budget!$C$9:$C$10")

    data = fill(drawn(tmp_path / "t.xlsx", draw), {"project": {"cost": 7}, "sum": 9, "client": "Acme", "area": "x"})
    sheet = sheet_of(data)
    assert [sheet["B2"].value, sheet["B2"].number_format, sheet["B3"].value, sheet["C9"].value] == [
        7, "0.00", "=B2", "Acme"]


def test_the_fields_tell_of_tables_and_names(tmp_path: Path) -> None:
    fields = {field.name: (field.kind, field.optional) for field in fields_of(template_at(with_table(tmp_path)), "en")}
    assert fields == {"Tasks": ("list", True), "Tasks[].Name": ("text", True), "Tasks[].Due date": ("text", True),
                      "Tasks[].Cost": ("text", True), "Tasks[].Own": ("text", True)}
