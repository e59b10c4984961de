"""Excel templates by the commands: checked, filled for a project and outside of any, one for each record."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.documents.pages.libreoffice import soffice
from folderkit.documents.parts.identity import identity_of
from folderkit.documents.parts.provenance import provenance_of
from folderkit.registers import load_schema
from folderkit.registers.patching import append_rows
from tests.conftest import Run
from tests.workbooks import drawn, xml_of

DATA = """client: {name: Acme}
day: 2026-03-01
items:
  - {name: Digging, cost: 5}
  - {name: Laying, cost: 7.5}
"""


def quote(folder: Path, name: str = "quote.xlsx") -> Path:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "Quotation for {{ client.name }}")
        sheet.write("A2", "{{ day }}", book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write("A5", "{% for t in items %}{{ t.name }}")
        sheet.write("B5", "{{ t.cost }}{% endfor %}")
        sheet.write_formula("B6", "=SUM(B5)")

    folder.mkdir(parents=True, exist_ok=True)
    return drawn(folder / name, draw)


def values(path: Path, computed: bool = False) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path, data_only=computed).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "outside"
    quote(folder)
    (folder / "d.yaml").write_text(DATA, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_a_bare_workbook_is_checked_asked_and_filled(run: Run, outside: Path) -> None:
    assert run("template", "check", "quote.xlsx").code == 0
    rows = json.loads(run("template", "fields", "quote.xlsx", "--json").out)
    assert [(row["field"], row["kind"]) for row in rows] == [
        ("client.name", "text"), ("day", "date"), ("items", "list"), ("items[].name", "text"), ("items[].cost", "text")]
    assert "items:" in run("template", "fields", "quote.xlsx", "--form").out
    ran = run("fill", "quote.xlsx", "--data", "d.yaml", "--quick")
    assert ran.code == 0, ran.err
    assert values(outside / "quote_V1.0.xlsx")[4:] == [["Digging", 5], ["Laying", 7.5], [None, "=SUM(B5:B6)"]]


def test_faults_are_listed_by_sheet_and_cell(run: Run, outside: Path) -> None:
    drawn(outside / "bad.xlsx", lambda book, sheet: (sheet.write("C7", "{{ x|uper }}"), sheet.write("C8", "{{ x")))
    ran = run("template", "check", "bad.xlsx")
    assert ran.code == 4
    assert "Budget, C7: {{ x|uper }}" in ran.out
    assert "Budget, C8: {{ x" in ran.out
    found = json.loads(run("template", "check", "bad.xlsx", "--json").out)
    assert [(one["part"], one["place"]) for one in found] == [("Budget", "C7"), ("Budget", "C8")]


def test_the_result_is_a_workbook(run: Run, outside: Path) -> None:
    ran = run("fill", "quote.xlsx", "--data", "d.yaml", "--out", "a.docx")
    assert ran.code == 2
    assert "Excel file" in ran.err
    assert run("fill", "quote.xlsx", "--data", "d.yaml", "--out", "a.xlsx", "--quick").code == 0
    assert run("fill", "nothing.xlsx").code == 2


def test_a_document_for_each_record(run: Run, outside: Path) -> None:
    drawn(outside / "letter.xlsx", lambda book, sheet: sheet.write("A1", "{{ who }}"))
    (outside / "people.csv").write_text("who,filename\nAnn,ann\nBob,bob\n", encoding="utf-8")
    ran = run("fill", "letter.xlsx", "--each", "--data", "people.csv", "--out", "letters", "--quick")
    assert ran.code == 0, ran.err
    assert {path.name: values(path) for path in (outside / "letters").iterdir()} == {
        "ann.xlsx": [["Ann"]], "bob.xlsx": [["Bob"]]}


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_tells_what_formulas_give_and_makes_the_pdf(run: Run, outside: Path) -> None:
    ran = run("fill", "quote.xlsx", "--data", "d.yaml", "--out", "a.xlsx", "--pdf")
    assert ran.code == 0, ran.err
    assert values(outside / "a.xlsx", computed=True)[-1] == [None, 12.5]
    assert values(outside / "a.xlsx")[-1] == [None, "=SUM(B5:B6)"]
    assert (outside / "a.pdf").read_bytes().startswith(b"%PDF")


def test_columns_take_values_by_their_names(run: Run, outside: Path) -> None:
    drawn(outside / "hours.xlsx", lambda book, sheet: [sheet.write(*one) for one in {
        "A1": "Task", "B1": "{%tc for m in months %}{{ m.name }}{%tc endfor %}", "B2": "{{ rates[m.key] }}",
        "A3": "{% for t in tasks %}{{ t.name }}", "B3": "{{ t.hours[m.key] }}{% endfor %}"}.items()])
    (outside / "h.yaml").write_text(
        "months: [{name: Jan, key: a}, {name: Feb, key: b}]\nrates: {a: 10, b: 20.5}\n"
        "tasks: [{name: Plan, hours: {a: 1, b: 2}}, {name: Build, hours: {a: 3, b: 4}}]\n", encoding="utf-8")
    assert "tasks[].hours  values by name" in run("template", "fields", "hours.xlsx").out
    assert run("template", "check", "hours.xlsx").code == 0
    ran = run("fill", "hours.xlsx", "--data", "h.yaml", "--out", "made.xlsx", "--quick")
    assert ran.code == 0, ran.err
    assert values(outside / "made.xlsx") == [["Task", "Jan", "Feb"], [None, 10, 20.5], ["Plan", 1, 2], ["Build", 3, 4]]
    (outside / "h.yaml").write_text("months: []\nrates: 5\ntasks: [{name: Plan, hours: 7}]\n", encoding="utf-8")
    ran = run("fill", "hours.xlsx", "--data", "h.yaml", "--quick")
    assert ran.code != 0
    assert "h.yaml:2" in ran.err
    assert "'5' is no group of values" in ran.err
    assert "hours: '7' is no group of values" in ran.err


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("quick", [False, True])
def test_formulas_of_a_document_for_each_record_show_values_too(run: Run, outside: Path, quick: bool) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "{{ who }}")
        sheet.write("A2", "{{ cost }}", book.add_format({"num_format": "0.00"}))
        sheet.write_formula("A3", "=A2*2", value="")
        sheet.write_formula("A4", "=A1&A3=1", value="")
        sheet.write_formula("A5", "=1/0", value="")
        sheet.write_array_formula("A6:A7", "{=A2:A3+1}", value="")
        book.add_worksheet("Apart").write_formula("A1", "=1+1", value=2)

    drawn(outside / "bill.xlsx", draw)
    (outside / "people.csv").write_text("who,cost,filename\nAnn,5,ann\nBob,6,bob\n", encoding="utf-8")
    ran = run("fill", "bill.xlsx", "--each", "--data", "people.csv", "--out", "bills", *["--quick"] * quick)
    assert ran.code == 0, ran.err
    found = {path.stem: [row[0] for row in values(path, computed=True)] for path in (outside / "bills").iterdir()}
    nothing = [None] * 5
    assert found == {"ann": ["Ann", 5, *(nothing if quick else [10, False, "#DIV/0!", 6, 11])],
                     "bob": ["Bob", 6, *(nothing if quick else [12, False, "#DIV/0!", 7, 13])]}
    assert values(outside / "bills" / "ann.xlsx")[2:5] == [["=A2*2"], ["=A1&A3=1"], ["=1/0"]]


def test_a_table_named_like_a_register_is_filled_by_its_headers(run: Run, project: Path) -> None:
    folder = project.parent / "templates" / "plan"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(
        "version: 1\nkind: excel\ntitle: {en: Plan, zh: 计划}\nto: finance\nfilename: 'Plan_V{doc.version}.xlsx'\n"
        "registers: [tasks]\n", encoding="utf-8")
    drawn(folder / "plan.en.xlsx", lambda book, sheet: sheet.add_table("A1:C3", {"name": "tasks", "columns": [
        {"header": "编号"}, {"header": "Name of it"}, {"header": "Task"}]}))
    ran = run("fill", "plan", "-p", "Site", "--quick", "--json")
    assert ran.code == 0, ran.err
    path = Path.cwd() / json.loads(ran.out)["path"]
    assert 'ref="A1:C2"' in xml_of(path.read_bytes(), "xl/tables/table1.xml")  # no task yet: one blank row
    register = next(project.rglob("*asks*.xlsx"))
    day = dt.date(2026, 3, 1)
    register.write_bytes(append_rows(register.read_bytes(), load_schema("tasks"), [
        {"name": "Dig", "kind": "task"}, {"name": "Lay", "kind": "task"}], path=register, today=day).content)
    ran = run("fill", "plan", "-p", "Site", "--quick", "--json")
    assert ran.code == 0, ran.err
    assert values(Path.cwd() / json.loads(ran.out)["path"])[1:] == [["TSK-001", None, "Dig"], ["TSK-002", None, "Lay"]]


def test_a_template_of_the_workspace_fills_from_facts_and_registers(run: Run, project: Path) -> None:
    root = project.parent
    folder = root / "templates" / "costs"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(
        "version: 1\nkind: excel\ntitle: {en: Costs, zh: 费用}\nto: finance\nfilename: 'Costs_V{doc.version}.xlsx'\n"
        "registers: [tasks]\n", encoding="utf-8")
    for language in ("en", "zh"):
        drawn(folder / f"costs.{language}.xlsx", lambda book, sheet: (
            sheet.write("A1", "{{ project.name }}, {{ client.name }}"),
            sheet.write("A3", "{% for t in tasks %}{{ t.name }}"), sheet.write("B3", "{{ t.due }}{% endfor %}")))
    assert run("template", "check", "costs").code in (0, 4)
    ran = run("fill", "costs", "-p", "Site", "--quick", "--json")
    assert ran.code == 0, ran.err
    path = Path.cwd() / json.loads(ran.out)["path"]
    assert values(path)[0][0].startswith("Site")
    assert identity_of(path)
    told = provenance_of(path)
    assert told is not None
    assert told.template == "costs"
    assert json.loads(run("history", str(path), "--json").out)[0]["why"] == "fill"
