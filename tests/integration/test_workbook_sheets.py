"""Excel templates filled: sheets named by tags, and a sheet for each member of a list."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.errors import Failed, Misuse
from folderkit.documents import fields_of
from tests.workbooks import drawn, fill, parts_of, template_at, xml_of

PROJECTS = [{"name": "North/South", "tasks": [1, 2, 3]}, {"name": "Zoo", "tasks": [4]}, {"name": "zoo", "tasks": []}]


def made(tmp_path: Path, draw: Any, context: dict[str, Any] | None = None, sheet: str = "{{ p.name }}") -> bytes:
    def whole(book: Any, first: Any) -> None:
        first.write("A1", "{%sheet for p in projects %}Of {{ p.name }}")
        first.write("A3", "{% for t in p.tasks %}{{ t }}")
        first.write("B3", "x{% endfor %}")
        draw(book, first)

    return fill(drawn(tmp_path / "t.xlsx", whole, sheet), context or {"projects": PROJECTS})


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_a_sheet_is_made_for_each_member_with_a_name_that_it_may_have(tmp_path: Path) -> None:
    book = opened(made(tmp_path, lambda book, sheet: book.add_worksheet("Last").write("A1", "end")))
    assert book.sheetnames == ["North South", "Zoo", "zoo (2)", "Last"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book.worksheets[:3]] == [
        ["Of North/South", None, 1, 2, 3], ["Of Zoo", None, 4], ["Of zoo"]]


def test_without_a_tag_in_its_name_the_sheets_are_counted(tmp_path: Path) -> None:
    assert opened(made(tmp_path, lambda book, sheet: None, sheet="Plan")).sheetnames == ["Plan", "Plan (2)", "Plan (3)"]


def test_an_empty_list_leaves_one_blank_sheet(tmp_path: Path) -> None:
    book = opened(made(tmp_path, lambda book, sheet: None, {"projects": []}, sheet="Of {{ p.name }}"))
    assert book.sheetnames == ["Of"]
    assert [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value] == []


def test_a_sheet_may_only_be_named_by_a_tag(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
        sheet.write("A1", 5), book.add_worksheet("Other").write_formula("A1", "='{{ client }}'!A1")), "{{ client }}")
    book = opened(fill(path, {"client": "It's: [us]"}))
    assert book.sheetnames == ["It's us", "Other"]
    assert book["Other"]["A1"].value == "='It''s us'!A1"
    with pytest.raises(Misuse, match="client"):
        fill(path, {})


def test_each_sheet_has_its_own_charts_comments_tables_and_names(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write_formula("A5", "=SUM('{{ p.name }}'!A3:A3)+SUM(Costs[Cost])")
        sheet.add_table("D1:E2", {"name": "Costs", "columns": [{"header": "What"}, {"header": "Cost"}],
                                  "data": [["a", 1]]})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "='{{ p.name }}'!$A$3:$A$3"})
        sheet.insert_chart("G2", chart)
        sheet.write_comment("A5", "a note")
        sheet.print_area("A1:E5")
        book.add_worksheet("Last").print_area("A1:B2")

    data = made(tmp_path, draw)
    parts, book = parts_of(data), opened(data)
    assert book["North South"]["A7"].value == "=SUM('North South'!A3:A5)+SUM(Costs[Cost])"
    assert book["Zoo"]["A5"].value == "=SUM(Zoo!A3:A3)+SUM(Costs_2[Cost])"
    assert [sheet.print_area for sheet in book.worksheets] == [
        "'North South'!$A$1:$E$7", "'Zoo'!$A$1:$E$5", "'zoo (2)'!$A$1:$E$5", "'Last'!$A$1:$B$2"]
    assert [[table.displayName for table in sheet.tables.values()] for sheet in book.worksheets] == [
        ["Costs"], ["Costs_2"], ["Costs_3"], []]
    charts = [xml_of(data, name) for name in sorted(parts) if "charts/chart" in name and name.endswith(".xml")]
    assert [re.findall(r"<c:f>([^<]+)", chart) for chart in charts] == [
        ["'North South'!$A$3:$A$5"], ["Zoo!$A$3:$A$3"], ["'zoo (2)'!$A$3:$A$3"]]
    assert [len(sheet._charts) for sheet in book.worksheets] == [1, 1, 1, 0]
    assert [sheet["A5"].comment is not None or sheet["A7"].comment is not None
            for sheet in book.worksheets[:3]] == [True, True, True]
    ids = re.findall(r'<table [^>]*?\bid="(\d+)"', "".join(
        part.decode() for name, part in parts.items() if "tables/" in name))
    assert len(set(ids)) == 3


def test_what_refers_to_a_sheet_that_becomes_several_is_refused(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        book.add_worksheet("Last").write_formula("C4", "='{{ p.name }}'!A1")

    with pytest.raises(Failed, match="Last, C4: it refers to the sheet"):
        made(tmp_path, draw)
    book = opened(made(tmp_path, draw, {"projects": PROJECTS[:1]}))
    assert book["Last"]["C4"].value == "='North South'!A1"


def test_faults_and_fields_know_of_the_sheets_own_tag(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
        sheet.write("A1", "{%sheet for p in projects %}"), sheet.write("A2", "{{ p.due|date }}")), "{{ p.name }}")
    assert {field.name: field.where.en for field in fields_of(template_at(path), "en")} == {
        "projects": "{{ p.name }}, A1", "projects[].name": "{{ p.name }}", "projects[].due": "{{ p.name }}, A2"}
    for title in ("{{ a b }}", "{{ folderkit_put(1) }}", "{{ x|uper }}"):
        wrong = drawn(tmp_path / "w.xlsx", lambda book, sheet: sheet.write("B7", "x"), title)
        with pytest.raises(Failed, match=r"w\.xlsx: \{\{"):
            fill(wrong, {})
    torn = drawn(tmp_path / "w.xlsx", lambda book, sheet: sheet.write("B7", "{% endif %}"), "{% if x %}")
    with pytest.raises(Failed, match="cannot be read"):
        fill(torn, {})
    wrong = drawn(tmp_path / "w.xlsx", lambda book, sheet: sheet.write("B7", "{%sheet for p projects %}"))
    with pytest.raises(Failed, match="Budget, B7"):
        fill(wrong, {})


def test_a_sheet_is_not_made_beyond_measure(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.write("A1", "{%sheet for n in range(99999) %}{{ n }}"))
    with pytest.raises(Failed, match=r"'Budget' would be made more than 1,000 times"):
        fill(path, {})
