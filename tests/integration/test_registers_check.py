"""The rules of the check, on workbooks: a sound project has no findings, and a slip has the one that is its own."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.core.language import same
from folderkit.registers import load_schema, plain, write_workbook
from folderkit.registers.amounts import currency_beside
from folderkit.registers.check import RULES, Finding, Ground, Kept, Unread, check
from folderkit.registers.check.rules import BY_ID
from folderkit.registers.read import Workbook
from tests.integration.test_registers_reading import saved_as
from tests.integration.test_registers_workbook import needs_libreoffice

TODAY = dt.date(2026, 3, 18)
D = dt.date
Rows = dict[str, list[dict[str, Any]]]

SOUND: Rows = {
    "contacts": [
        {"name": "王晓明", "side": "us", "role": "pm", "duty": "管理", "mobile": "13800000000",
         "sign_scope": ("requirements", "changes")},
        {"name": "Chen Li", "side": "client", "role": "sponsor", "duty": "decides", "email": "chen@example.com",
         "sign_scope": ("requirements", "changes")},
        {"name": "李静", "side": "us", "role": "developer", "duty": "开发", "im": "lijing"},
    ],
    "raci": [{"item": "需求说明书", "people": {"王晓明": ("a",), "李静": ("r",)}},
             {"item": "验收报告", "people": {"王晓明": ("r", "a"), "Chen Li": ("i",)}}],
    "tasks": [
        {"kind": "task", "name": "访谈", "owner": "王晓明", "plan_start": D(2026, 3, 2), "plan_end": D(2026, 3, 6),
         "act_end": D(2026, 3, 5), "pct": 1, "status": "done"},
        {"kind": "task", "name": "设计", "owner": "李静、王晓明", "plan_start": D(2026, 3, 9), "pct": 0.5,
         "plan_end": D(2026, 3, 20), "status": "in_progress", "pred": "TSK-001FS+2"},
    ],
    "requirements": [
        {"title": "登录", "kind": "functional", "text": "用户可以登录", "proposer": "Chen Li", "prio": "must",
         "accept": "能登录", "ver": "1.0", "status": "agreed", "signed_by": "Chen Li", "signed_on": D(2026, 3, 6),
         "task": "TSK-002"},
    ],
    "changes": [
        {"title": "加报表", "raised_on": D(2026, 3, 3), "requester": "Chen Li", "reason": "needs", "text": "加一张报表",
         "kind": "scope", "imp_days": 2, "imp_cost": 1000, "imp_res": 2, "decision": "approved",
         "decided_by": "Chen Li", "decided_on": D(2026, 3, 5), "status": "approved", "budget": "BUD-001",
         "affected_req": "REQ-001"},
    ],
    "budget": [
        {"category": "labour", "item": "开发", "qty": 100, "price": 1000, "changes": 1000, "actual": 3000},
        {"category": "travel", "item": "上海", "qty": 2, "price": 800},
    ],
    "expenses": [
        {"date": D(2026, 3, 4), "text": "外包", "category": "labour", "budget": "BUD-001", "payee": "某公司",
         "gross": 3000, "rate": 0.06, "handler": "李静", "status": "paid", "paid_on": D(2026, 3, 6),
         "invoice": "INV-002"},
        {"date": D(2026, 3, 5), "text": "车票", "category": "travel", "budget": "BUD-002", "payee": "铁路",
         "gross": 500, "handler": "李静", "status": "pending"},
    ],
    "invoices": [
        {"dir": "issued", "kind": "e_special", "number": "25312000000012345678", "date": D(2026, 3, 5), "buyer": "华信",
         "buyer_tax": "91350100M000100Y43", "seller": "青石", "net": 10000, "rate": 0.06, "tax": 600, "paid": 10600,
         "paid_on": D(2026, 3, 10), "status": "settled", "file": "票.pdf"},
        {"dir": "received", "kind": "special", "number": "12345678", "code": "3100201130", "date": D(2026, 3, 6),
         "net": 2830.19, "rate": 0.06, "tax": 169.81, "status": "issued", "file": "票.pdf"},
        {"dir": "received", "kind": "invoice", "number": "A-17", "seller": "Acme", "date": D(2026, 3, 6), "net": 10,
         "rate": 0, "tax": 0, "status": "issued", "file": "票.pdf"},
    ],
    "risks": [
        {"found_on": D(2026, 3, 2), "category": "scope", "event": "需求蔓延", "cause": "未评审", "effect": "推迟",
         "p": 4, "i": 4, "strategy": "mitigate", "response": "变更流程", "owner": "王晓明", "status": "open",
         "next_review": D(2026, 4, 16)},
    ],
}
FACTS = {"contract": {"amount": 20000}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "票.pdf").write_bytes(b"x")
    return tmp_path


def ground(folder: Path, rows: Rows, edits: dict[str, Callable[[Worksheet], Any]] | None = None) -> Ground:
    """The registers as workbooks, read again; `edits` are what people do to them."""
    kept = {}
    for name in rows:
        schema = load_schema(name)
        path = folder / f"{name}.xlsx"
        write_workbook(schema, "zh", rows[name], path, project="华信", today=TODAY)
        if edits and name in edits:
            book = openpyxl.load_workbook(path)
            sheet = book.worksheets[0]
            assert isinstance(sheet, Worksheet)
            edits[name](sheet)
            book.save(path)
        opened = Workbook(path.read_bytes(), path)
        kept[name] = Kept(opened.register(schema, TODAY), opened, path.name)
    return Ground(kept, folder, TODAY, FACTS)


def found(folder: Path, rows: Rows, edits: dict[str, Callable[[Worksheet], Any]] | None = None) -> list[Finding]:
    return check(ground(folder, rows, edits))


def changed(register: str, index: int, **values: Any) -> Rows:
    rows = copy.deepcopy(SOUND)
    rows[register][index].update(values)
    return rows


def repeated(register: str, index: int, **values: Any) -> Rows:
    """With a row once more, changed a little."""
    rows = copy.deepcopy(SOUND)
    rows[register].append({**rows[register][index], **values})
    return rows


def cell(name: str, key: str, number: int) -> Callable[[Worksheet], str]:
    """The address of a column in the row of that number (from 1)."""
    headers = load_schema(name).column(key).names()

    def address(sheet: Worksheet) -> str:
        place = next(one for one in sheet[5] if isinstance(one.value, str) and plain(one.value) in headers)
        return f"{get_column_letter(place.column)}{5 + number}"

    return address


def put(name: str, key: str, number: int, value: Any) -> dict[str, Callable[[Worksheet], Any]]:
    return {name: lambda sheet: sheet.__setitem__(cell(name, key, number)(sheet), value)}


def typed(number: int, *cells: tuple[str, str, Any]) -> dict[str, Callable[[Worksheet], Any]]:
    """What is typed into cells of the row of that number (from 1): register, column, value."""
    def edit(name: str, sheet: Worksheet) -> None:
        for register, key, value in cells:
            if register == name:
                sheet[cell(name, key, number)(sheet)] = value

    return {name: partial(edit, name) for name, *_ in cells}


def test_a_sound_project_has_no_findings(folder: Path) -> None:
    assert [(one.id, one.register, one.cell, one.message.en) for one in found(folder, SOUND)] == []


# What is slipped, which rule finds it, in which column and row.
SLIPS: dict[str, tuple[Rows, dict[str, Callable[[Worksheet], Any]] | None, str, str, int]] = {
    "header.missing": (SOUND, put("tasks", "owner", 0, "谁"), "tasks", "", 0),
    "header.twice": (SOUND, {"tasks": lambda sheet: sheet.__setitem__("AZ5", "Owner")}, "tasks", "", 0),
    "header.none": (SOUND, {"changes": lambda sheet: sheet.delete_rows(5)}, "changes", "", 0),
    "row.outside": (SOUND, put("tasks", "name", 900, "说明：每周一更新"), "tasks", "name", 900),
    "row.totals": (SOUND, typed(3, ("expenses", "text", "3月合计"), ("expenses", "gross", 3500)),
                   "expenses", "text", 3),
    "value.missing": (changed("tasks", 1, owner=None), None, "tasks", "owner", 2),
    "value.uncomputed": (SOUND, put("tasks", "plan_end", 2, "=E7+9"), "tasks", "plan_end", 2),
    "value.unknown": (SOUND, put("tasks", "plan_end", 2, "3/4/2026"), "tasks", "plan_end", 2),
    "id.duplicate": (SOUND, put("contacts", "id", 2, "STK-001"), "contacts", "id", 2),
    "id.form": (SOUND, put("changes", "id", 1, "一号"), "changes", "id", 1),
    "row.twice": (repeated("tasks", 0), None, "tasks", "name", 3),
    "ref.unknown": (changed("requirements", 0, task="TSK-009"), None, "requirements", "task", 1),
    "person.unknown": (changed("tasks", 1, owner="李静、王小明"), None, "tasks", "owner", 2),
    "path.missing": (changed("invoices", 0, file="没有.pdf"), None, "invoices", "file", 1),
    "date.order": (changed("tasks", 1, plan_end=D(2026, 3, 8)), None, "tasks", "plan_end", 2),
    "date.future": (changed("risks", 0, found_on=D(2026, 3, 19)), None, "risks", "found_on", 1),
    "computed.differs": (SOUND, put("budget", "amount", 1, 99_999), "budget", "amount", 1),
    "computed.typed": (SOUND, put("tasks", "light", 2, "绿"), "tasks", "light", 2),
    "sum.differs": (changed("budget", 0, actual=2999), None, "budget", "actual", 1),
    "contacts.name_twice": (changed("contacts", 2, name="王 晓明"), None, "contacts", "name", 3),
    "raci.accountable": (changed("raci", 0, people={"李静": ("r",)}), None, "raci", "item", 1),
    "raci.responsible": (changed("raci", 0, people={"李静": ("a",)}), None, "raci", "item", 1),
    "raci.person": (changed("raci", 0, people={"王晓明": ("a",), "李京": ("r",)}), None, "raci", "", 0),
    "status.behind": (changed("tasks", 1, act_end=D(2026, 3, 17)), None, "tasks", "status", 2),
    "tasks.share": (changed("tasks", 0, pct=0.9), None, "tasks", "pct", 1),
    "tasks.circle": (changed("tasks", 1, pred="TSK-002"), None, "tasks", "pred", 2),
    "tasks.early": (changed("tasks", 1, plan_start=D(2026, 3, 5)), None, "tasks", "plan_start", 2),
    "requirements.signer": (changed("requirements", 0, signed_by="李静"), None, "requirements", "signed_by", 1),
    "changes.decider": (changed("changes", 0, decided_by="李静"), None, "changes", "decided_by", 1),
    "finance.invoice_number": (changed("invoices", 0, number="2531200000001234567"), None, "invoices", "number", 1),
    "finance.invoice_duplicate": (repeated("invoices", 1, date=D(2026, 3, 7)), None, "invoices", "number", 4),
    "finance.invoice_tax": (changed("invoices", 1, tax=169.74), None, "invoices", "tax", 2),
    "finance.currency": (changed("expenses", 0, currency="CNY"), put("expenses", "gross", 1, "US$1000"),
                         "expenses", "gross", 1),
    "finance.tax_id": (changed("invoices", 0, buyer_tax="91350100M000100Y42"), None, "invoices", "buyer_tax", 1),
    "finance.overpaid": (changed("invoices", 0, paid=10601), None, "invoices", "paid", 1),
    "finance.settled": (changed("invoices", 0, paid=10000), None, "invoices", "status", 1),
    "finance.contract_exceeded": (changed("invoices", 0, net=20000, tax=1200, paid=21200), None, "invoices", "net", 1),
    "finance.expense_duplicate": (repeated("expenses", 1, text="又一张车票"), None, "expenses", "gross", 3),
    "finance.expense_invoice": (changed("expenses", 0, invoice=None), None, "expenses", "invoice", 1),
    "finance.budget_exceeded": (changed("expenses", 1, gross=1601, status="approved"), None, "budget", "item", 2),
}
UNREAD = {"workbook.missing": True, "workbook.unreadable": False}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.id not in UNREAD])
def test_a_slip_is_found_by_its_rule_at_its_cell(folder: Path, rule: str) -> None:
    rows, edits, register, column, row = SLIPS[rule]

    findings = found(folder, rows, edits)

    hits = [one for one in findings if one.id == rule]
    assert len(hits) == 1, findings
    (one,) = hits
    assert (one.register, one.workbook) == (register, f"{register}.xlsx")
    if column:
        sheet = openpyxl.load_workbook(folder / f"{register}.xlsx").worksheets[0]
        assert isinstance(sheet, Worksheet)
        assert one.cell == cell(register, column, row)(sheet)
    for text in (one.message, one.hint):
        assert text.en
        assert text.zh not in ("", text.en)
    errors = {other.id for other in findings if other.severity == "error" and other.id != rule}
    assert errors <= ALSO.get(rule, set()), findings


# Errors that a slip brings with it.
ALSO = {"header.none": {"ref.unknown"}, "header.missing": set(), "value.unknown": set(),
        "raci.accountable": set(), "raci.responsible": {"raci.accountable"},
        "finance.invoice_tax": set(), "finance.contract_exceeded": set()}


@pytest.mark.parametrize(("first", "link", "early"), [
    ("TSK-100", "TSK-100", True), ("TSK-001", "TSK-001FS+2", True), ("TSK-001", "TSK-001FS-2d", False),
    ("TSK-001", "TSK-001 ss", False)])
def test_a_task_waits_for_the_end_of_another_unless_it_says_otherwise(
        folder: Path, first: str, link: str, early: bool) -> None:
    rows = changed("tasks", 1, plan_start=D(2026, 3, 5), pred=link)
    rows["tasks"][0]["id"] = first

    assert [one.id for one in found(folder, {"tasks": rows["tasks"]})] == ["tasks.early"] * early


def test_a_long_number_that_excel_has_rounded_is_told_as_such(folder: Path) -> None:
    put_number, put_tax = (put("invoices", key, 1, 25312000000012345678)["invoices"] for key in ("number", "buyer_tax"))

    findings = found(folder, SOUND, {"invoices": lambda sheet: (put_number(sheet), put_tax(sheet))})

    told = [one for one in findings if one.id in ("finance.invoice_number", "finance.tax_id")]
    assert [one.id for one in told] == ["finance.invoice_number", "finance.tax_id"]
    assert all("only 15 digits" in one.message.en and "15 位" in one.message.zh for one in told)


def test_a_red_letter_invoice_takes_back(folder: Path) -> None:
    rows = changed("invoices", 0, net=15000, tax=900, paid=15900)
    for number, net in (("25312000000012345679", 5000), ("25312000000012345680", -5000)):
        rows["invoices"].append({
            "dir": "issued", "kind": "e_special", "number": number, "date": D(2026, 3, 6), "net": net, "rate": 0.06,
            "tax": net * 0.06, "paid": 0, "status": "issued", "file": "票.pdf"})

    assert found(folder, rows) == []
    rows["invoices"][-1]["net"], rows["invoices"][-1]["tax"] = -100, -6
    assert [(one.id, one.cell[-1:]) for one in found(folder, rows)] == [("finance.contract_exceeded", "9")]
    rows["invoices"][-1]["paid"] = -107
    assert {one.id for one in found(folder, rows)} == {"finance.contract_exceeded", "finance.overpaid"}


def test_amounts_in_several_currencies_are_not_added_up(folder: Path) -> None:
    rows = copy.deepcopy(SOUND)
    rows["invoices"].append({
        "dir": "issued", "kind": "invoice", "number": "B-1", "date": D(2026, 3, 6), "net": 15000, "rate": 0, "tax": 0,
        "status": "issued", "file": "票.pdf", "currency": "JPY"})
    rows["expenses"][0] |= {"gross": 101000, "currency": "RMB"}
    rows["expenses"].append({**rows["expenses"][0], "payee": "某所", "gross": 5000, "currency": "日元"})
    rows["budget"][0] |= {"actual": 101000}

    rows["invoices"][0]["currency"] = "人民币"
    assert found(folder, rows) == []
    rows["invoices"][-1]["currency"], rows["expenses"][-1]["currency"] = "CNY", "¥"
    assert {one.id for one in found(folder, rows)} == {
        "finance.contract_exceeded", "finance.budget_exceeded", "sum.differs"}


@pytest.mark.parametrize(("typed", "own", "is_other"), [
    ("US$1,000", "CNY", True), ("1000 USD", "CNY", True), ("€500", "USD", True), ("-$20", "CNY", True),
    ("US$1,000", "USD", False), ("US$1,000", "", False), ("￥1,000", "CNY", False), ("￥1,000", "JPY", False),
    ("500美元", "CNY", True), ("HK$ 500", "CNY", True), ("S$20", "HKD", True), ("30 CHF", "EUR", True),
    ("$(500)", "CNY", True), ("HK$500元", "HKD", False), ("$500", "HKD", False), ("500元", "HKD", False),
    ("500元", "USD", True), ("人民币￥500元", "CNY", False), ("5万日元", "JPY", False),
    ("1,000元", "CNY", False), ("5万元", "CNY", False), ("1,000", "CNY", False), (1000, "CNY", False)])
def test_the_sign_of_another_currency_is_told(folder: Path, typed: object, own: str, is_other: bool) -> None:
    made = ground(folder, {"expenses": SOUND["expenses"][:1]}, put("expenses", "gross", 1, typed))

    findings = [one.id for one in check(replace(made, currency=own))]

    assert [one for one in findings if one in ("finance.currency", "value.unknown")] == ["finance.currency"] * is_other


def test_a_cell_full_of_blanks_is_no_amount_and_takes_no_time() -> None:
    assert currency_beside("1" + " " * 30_000 + "x") == ""  # it never ended


def test_an_error_of_formulas_that_comes_of_a_date_typed_as_text_is_told_once_with_that_cell(folder: Path) -> None:
    (told,) = found(folder, SOUND, typed(
        1, ("tasks", "plan_start", "2026.3.2"), ("tasks", "days", "#VALUE!"), ("tasks", "expect", "#VALUE!")))

    assert (told.id, told.severity, told.cell) == ("computed.differs", "warning", "N6")
    assert told.message.en == "Working days: the cell shows the error #VALUE!, and it should be 5; O6 too"
    assert told.message.zh == "工期(工作日)：单元格显示错误 #VALUE!，应为 5；O6 同样"
    assert told.hint.en == "G6 is text; type it again as a date (2026-03-02), and the formula works."
    assert told.hint.zh == "G6 是文本，请重新输入为日期（2026-03-02），公式即可计算。"


def test_several_cells_of_text_are_told_by_what_they_should_be(folder: Path) -> None:
    told = found(folder, SOUND, typed(
        1, ("tasks", "plan_start", "2026.3.2"), ("tasks", "plan_end", "2026.3.6"), ("tasks", "days", "#VALUE!"),
        ("budget", "qty", "100 "), ("budget", "price", "¥1000"), ("budget", "amount", "#VALUE!")))

    assert [one.hint.en for one in told] == [
        "G6, H6 are text; type them again as dates, and the formula works.",
        "F6, G6 are text; type them again as numbers, and the formula works."]


def test_an_error_of_a_formula_whose_own_cells_are_told_is_not_told_again(folder: Path) -> None:
    told = found(folder, SOUND, typed(1, ("tasks", "plan_start", "下周"), ("tasks", "days", "#VALUE!")))

    assert [(one.id, one.cell) for one in told] == [("value.unknown", "G6")]


def test_an_error_of_a_formula_of_any_other_reason_is_one_of_the_formula(folder: Path) -> None:
    (told,) = found(folder, SOUND, typed(1, ("tasks", "days", "#REF!")))

    assert (told.id, told.cell, told.hint) == ("computed.differs", "N6", BY_ID["computed.differs"].hint)


@needs_libreoffice
def test_an_xls_in_which_libreoffice_writes_0_for_texts_of_formulas_has_no_findings(folder: Path) -> None:
    path = folder / "expenses.xlsx"
    write_workbook(load_schema("expenses"), "zh", SOUND["expenses"], path, project="华信", today=TODAY)
    old = saved_as(path, "xls")
    opened = Workbook(old.read_bytes(), old)
    register = opened.register(load_schema("expenses"), TODAY)
    assert register.stored["tax"][1] == register.stored["flags"][0] == 0  # else this test has lost its ground
    kept = Kept(register, opened, old.name)

    assert [one.cell for one in check(Ground({"expenses": kept}, folder, TODAY)) if one.id.startswith("computed")] == []

    register.rows[0]["tax"] = None  # shows 169.81
    register.rows[1]["tax"] = 5.0  # shows 0
    differ = [one.cell[1:] for one in check(Ground({"expenses": kept}, folder, TODAY)) if one.id == "computed.differs"]
    assert differ == ["6", "7"]


def test_what_is_no_amount_is_told_once_and_not_as_one_in_another_currency(folder: Path) -> None:
    made = ground(folder, {"expenses": SOUND["expenses"][:1]}, put("expenses", "gross", 1, "约500美元"))

    findings = [one.id for one in check(replace(made, currency="CNY"))]

    assert [one for one in findings if one in ("finance.currency", "value.unknown")] == ["value.unknown"]


def test_only_what_is_in_the_currency_of_the_contract_counts_for_it(folder: Path) -> None:
    rows = changed("invoices", 0, net=20000, tax=1200, paid=21200, currency="CNY")
    rows["invoices"].append({
        "dir": "issued", "kind": "invoice", "number": "B-1", "date": D(2026, 3, 6), "net": 15000, "rate": 0, "tax": 0,
        "status": "issued", "file": "票.pdf", "currency": "JPY"})
    made = ground(folder, rows)

    told = {money: [one.id for one in check(replace(made, facts={"contract": {"amount": 20000, "currency": money}}))]
            for money in ("元", "JPY")}

    assert told == {"元": ["finance.contract_exceeded"], "JPY": []}


@pytest.mark.parametrize(("rule", "gone"), UNREAD.items())
def test_what_cannot_be_read_is_found(folder: Path, rule: str, gone: bool) -> None:
    unread = Unread("tasks", "x.xlsx", gone, same("it is not there"), same(""))

    (one,) = check(Ground({}, folder, TODAY, {}, (unread,)))

    assert (one.id, one.register, one.workbook, one.cell) == (rule, "tasks", "x.xlsx", "")
    assert one.hint.zh


def test_a_rule_that_is_switched_off_finds_nothing(folder: Path) -> None:
    rows = changed("tasks", 1, owner="王小明", plan_end=D(2026, 3, 8))

    assert {one.id for one in check(ground(folder, rows), {"person.unknown"})} == {"date.order"}


def test_what_a_project_has_not_is_not_checked(folder: Path) -> None:
    rows = {name: SOUND[name] for name in ("tasks", "requirements", "invoices")}
    rows["requirements"] = [{**rows["requirements"][0], "change": "CHG-007", "signed_by": "Nobody"}]

    assert found(folder, rows) == []


def test_every_rule_speaks_of_columns_that_there_are() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        for register, columns in rule.needs.items():
            for key in columns:
                load_schema(register).column(key)
