"""The computed columns in Python. That Excel's formulas say the same is tested with LibreOffice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from folderkit.registers import Register, load_schema, shown_rows
from folderkit.registers.compute import computed, computed_rows
from folderkit.registers.compute.dates import working_days
from folderkit.registers.compute.money import capitals

TODAY = dt.date(2026, 3, 18)  # a Wednesday
TASKS, RISKS, BUDGET = (load_schema(name) for name in ("tasks", "risks", "budget"))


def day(number: int) -> dt.date:
    return dt.date(2026, 3, number)


def task(**values: Any) -> dict[str, Any]:
    row = {"kind": "task", "name": "x", "plan_start": day(16), "plan_end": day(20), "pct": 0, "status": "in_progress"}
    return computed(TASKS, {**row, **values}, TODAY)


@pytest.mark.parametrize(("values", "state"), [
    ({}, None), ({"follow_up": "x"}, "open"), ({"due": day(18)}, "open"), ({"due": day(17)}, "overdue"),
    ({"follow_up": "x", "due": day(17)}, "overdue"), ({"due": day(17), "done_on": day(18)}, "done"),
    ({"done_on": day(18)}, None),
])
def test_what_must_follow_a_talk_is_open_until_it_is_done(values: dict[str, Any], state: str | None) -> None:
    assert computed(load_schema("communications"), {"subject": "x", **values}, TODAY)["state"] == state


@pytest.mark.parametrize(("first", "last", "days"), [
    (16, 20, 5), (16, 22, 5), (14, 15, 0), (13, 16, 2), (18, 18, 1), (20, 16, -5), (2, 31, 22),
])
def test_working_days_are_mondays_to_fridays(first: int, last: int, days: int) -> None:
    assert working_days(day(first), day(last)) == days


def test_a_milestone_takes_no_days() -> None:
    assert task(kind="milestone", plan_start=day(20))["days"] == 0
    assert task()["days"] == 5


@pytest.mark.parametrize(("start", "end", "expected"), [
    (day(16), day(20), 0.4), (day(18), day(20), 0), (day(19), day(20), 0), (day(9), day(17), 1),
    (day(14), day(22), 0.4), (day(14), day(15), 1),
])
def test_what_should_be_done_grows_with_the_working_days(start: dt.date, end: dt.date, expected: float) -> None:
    assert task(plan_start=start, plan_end=end)["expect"] == pytest.approx(expected)


@pytest.mark.parametrize(("values", "light"), [
    ({"pct": 0.4}, "green"), ({"pct": 0.25}, "amber"), ({"pct": 0.1}, "red"),
    ({"pct": 0.9, "plan_end": day(17)}, "red"), ({"pct": 1, "status": "done", "plan_end": day(17)}, "green"),
    ({"act_end": day(17), "plan_end": day(17)}, "green"), ({"status": "on_hold", "pct": 1}, "amber"),
    ({"status": "cancelled"}, None), ({"plan_end": None}, None), ({"pct": 0.4, "base_end": day(19)}, "amber"),
    ({"pct": None, "plan_start": day(18)}, "green"),
])
def test_the_light_of_a_task(values: dict[str, Any], light: str | None) -> None:
    assert task(**values)["light"] == light


@pytest.mark.parametrize(("values", "days"), [
    ({}, None), ({"base_end": day(18)}, 2), ({"base_end": day(20), "plan_end": day(16)}, -2),
    ({"base_end": day(18), "act_end": day(17)}, -1), ({"base_end": day(18), "status": "cancelled"}, None),
    ({"base_end": day(16), "plan_end": day(17), "status": "done"}, 1),
])
def test_variance_is_counted_against_the_baseline(values: dict[str, Any], days: int | None) -> None:
    assert task(**values)["var"] == days


@pytest.mark.parametrize(("p", "i", "score", "level"), [
    (1, 4, 4, "low"), (1, 5, 5, "medium"), (3, 3, 9, "medium"), (2, 5, 10, "high"), (3, 5, 15, "extreme"),
    (None, 5, None, None),
])
def test_a_risk_is_weighed(p: int | None, i: int, score: int | None, level: str | None) -> None:
    row = computed(RISKS, {"p": p, "i": i}, TODAY)

    assert (row["score"], row["level"]) == (score, level)


@pytest.mark.parametrize(("values", "expected"), [
    ({}, (None, None, None, None, None)),
    ({"qty": 3, "price": 0.335}, (1.01, 1.01, 1.01, 0, "green")),
    ({"qty": 2, "price": 50, "changes": 100, "actual": 180}, (100, 200, 20, 0.9, "green")),
    ({"qty": 2, "price": 50, "actual": 90.01}, (100, 100, 9.99, 0.9001, "amber")),
    ({"qty": 2, "price": 50, "actual": 100.01}, (100, 100, -0.01, 1.0001, "red")),
    ({"qty": 0, "price": 50, "actual": 5}, (0, 0, -5, None, "red")),
])
def test_a_budget_line_is_worked_out(values: dict[str, Any], expected: tuple[Any, ...]) -> None:
    row = computed(BUDGET, values, TODAY)

    assert tuple(row[key] for key in ("amount", "revised", "left", "used", "light")) == pytest.approx(expected)


def one(name: str, /, **values: Any) -> dict[str, Any]:
    return computed(load_schema(name), values, TODAY)


@pytest.mark.parametrize(("values", "days"), [
    ({"due": day(18), "status": "in_progress"}, 0), ({"due": day(15), "status": "in_progress"}, 3),
    ({"due": day(15), "done_on": day(16), "status": "done"}, 1), ({"due": day(15), "status": "done"}, None),
    ({"due": day(15), "status": "handed_over"}, None), ({"status": "in_progress"}, None),
    ({"due": day(15), "done_on": day(12), "status": "done"}, 0),
])
def test_an_action_is_late_until_it_is_done(values: dict[str, Any], days: int | None) -> None:
    assert one("actions", **values)["days_late"] == days


@pytest.mark.parametrize(("values", "days"), [
    ({"raised_on": day(10), "status": "new"}, 8), ({"raised_on": day(10), "done_on": day(12), "status": "closed"}, 2),
    ({"raised_on": day(10), "status": "closed"}, None), ({"status": "new"}, None),
])
def test_an_issue_is_open_until_it_is_solved(values: dict[str, Any], days: int | None) -> None:
    assert one("issues", **values)["days_open"] == days


@pytest.mark.parametrize(("name", "values", "state"), [
    ("requirements", {"title": "x", "prio": "must"}, "no_design"),
    ("requirements", {"title": "x", "design": "D", "task": "T"}, "no_test"),
    ("requirements", {"title": "x", "design": "D", "task": "T", "test": "C"}, "complete"),
    ("requirements", {"title": "x", "prio": "wont"}, None),
    ("documents", {"name": "x", "path": "a", "due_on": day(17)}, "overdue"),
    ("documents", {"name": "x", "path": "a", "due_on": day(17), "delivered_on": day(18)}, "fine"),
    ("documents", {"name": "x", "due_on": day(18)}, "missing"), ("documents", {"name": "x", "status": "void"}, None),
    ("accounts", {"name": "x", "close_due": day(17)}, "overdue"), ("accounts", {"name": "x"}, "open"),
    ("accounts", {"name": "x", "close_due": dt.date(2026, 4, 17)}, "soon"),
    ("accounts", {"name": "x", "close_due": dt.date(2026, 4, 18)}, "open"),
    ("accounts", {"name": "x", "close_due": dt.date(2026, 9, 1), "notice_date": day(18)}, "soon"),
    ("accounts", {"name": "x", "close_due": day(17), "closed_on": day(18)}, "closed"),
    ("visits", {"client": "x", "due": day(25)}, "soon"), ("visits", {"client": "x", "due": day(26)}, "planned"),
    ("visits", {"client": "x", "due": day(17)}, "overdue"), ("visits", {"client": "x"}, None),
    ("gates", {"item": "x"}, "open"), ("gates", {"item": "x", "auto": "failed"}, "failed"),
    ("gates", {"item": "x", "auto": "failed", "manual": "not_applicable"}, "passed"),
    ("raci", {"item": "x", "people": {"a": ("a", "r"), "b": ("i",)}}, "ok"), ("raci", {"item": "x"}, "no_a"),
    ("raci", {"item": "x", "people": {"a": ("a",), "b": ("a", "r")}}, "many_a"),
    ("raci", {"item": "x", "people": {"a": ("a",)}}, "no_r"),
])
def test_what_a_row_says_of_itself(name: str, values: dict[str, Any], state: str | None) -> None:
    row = one(name, **values)

    assert row["trace" if name == "requirements" else "state"] == state


@pytest.mark.parametrize(("values", "major"), [
    ({"imp_days": 4, "imp_cost": 9999.99, "kind": "scope"}, "no"), ({"imp_days": -5}, "yes"),
    ({"imp_cost": 10_000}, "yes"), ({"kind": "contract"}, "yes"), ({}, None),
])
def test_a_change_is_major_by_contract_days_or_money(values: dict[str, Any], major: str | None) -> None:
    assert one("changes", title="x", **values)["major"] == major


@pytest.mark.parametrize(("cents", "said"), [
    (10_600_000, "壹拾万零陆仟元整"), (5, "伍分"), (10_050, "壹佰元伍角整"), (10_005, "壹佰元零伍分"), (0, "零元整"),
    (100, "壹元整"), (1_000, "壹拾元整"), (50, "伍角整"), (155, "壹元伍角伍分"), (100_100, "壹仟零壹元整"),
    (1_000_000, "壹万元整"), (1_000_100, "壹万零壹元整"), (1_050_000, "壹万零伍佰元整"), (10_000_000, "壹拾万元整"),
    (10_500_000, "壹拾万零伍仟元整"), (100_000_000, "壹佰万元整"), (10_000_000_000, "壹亿元整"),
    (10_000_600_000, "壹亿零陆仟元整"), (10_010_000_000, "壹亿零壹拾万元整"),
    (98_765_432_110, "玖亿捌仟柒佰陆拾伍万肆仟叁佰贰拾壹元壹角整"), (2_020_500_040, "贰仟零贰拾万零伍仟元肆角整"),
    (123_456, "壹仟贰佰叁拾肆元伍角陆分"), (99_999_999_999, "玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
])
def test_money_in_capitals(cents: int, said: str) -> None:
    assert capitals(cents) == said


def test_capitals_are_for_yuan() -> None:
    assert one("invoices", net=100, tax=6, kind="e_normal")["total_cn"] == "人民币壹佰零陆元整"
    assert one("invoices", net=-100, tax=-6, kind="invoice", currency="rmb")["total_cn"] == "人民币负壹佰零陆元整"
    assert one("invoices", net=100, tax=6, kind="invoice", currency="USD")["total_cn"] is None


def test_tax_is_within_the_amount_of_an_expense() -> None:
    row = one("expenses", gross=106, rate=0.06)
    assert (row["tax"], row["net"]) == (6, 100)
    assert one("expenses", gross=106)["net"] == 106


EXPENSE = {"text": "x", "date": day(5), "payee": "A", "gross": 10, "file": "f"}


@pytest.mark.parametrize(("first", "second", "flags"), [
    ({}, {}, ["duplicate", "duplicate"]), ({}, {"payee": "a"}, ["duplicate", "duplicate"]),
    ({}, {"date": day(6)}, ["fine", "fine"]), ({"file": None}, {"gross": 11}, ["no_receipt", "fine"]),
    ({}, {"status": "refused"}, ["duplicate", None]),
    ({"file": None, "invoice": "INV-001"}, {"gross": 1}, ["fine", "fine"]),
])
def test_expenses_that_are_the_same_are_doubtful(
        first: dict[str, Any], second: dict[str, Any], flags: list[str | None]) -> None:
    rows = computed_rows(load_schema("expenses"), [{**EXPENSE, **first}, {**EXPENSE, **second}], TODAY)
    assert [row["flags"] for row in rows] == flags


INVOICE = {"dir": "issued", "kind": "e_special", "number": "26312000000012345678", "net": 100, "rate": 0.06, "tax": 6,
           "file": "f", "status": "issued"}


@pytest.mark.parametrize(("values", "found"), [
    ({}, "fine"), ({"number": "1234"}, "number"), ({"code": "3100192130"}, "number"),
    ({"kind": "special"}, "number"), ({"kind": "special", "number": "12345678", "code": "3100192130"}, "fine"),
    ({"kind": "receipt", "number": "7"}, "fine"), ({"tax": 6.06}, "fine"), ({"tax": 6.07}, "tax"),
    ({"buyer_tax": "9131"}, "tax_id"), ({"buyer_tax": "91310000MA1FL0000X"}, "fine"), ({"file": None}, "file"),
    ({"file": None, "status": "planned"}, None),
])
def test_what_is_wrong_with_an_invoice(values: dict[str, Any], found: str | None) -> None:
    assert one("invoices", **{**INVOICE, **values})["checks"] == found


def test_the_number_of_an_invoice_is_there_once() -> None:
    rows = computed_rows(load_schema("invoices"), [INVOICE, {**INVOICE, "dir": "received"}, INVOICE], TODAY)
    assert [row["checks"] for row in rows] == ["duplicate", "fine", "duplicate"]


def test_marks_make_an_average_of_those_that_were_given() -> None:
    row = one("satisfaction", q1=5, q2=4, q3=2)
    assert (row["avg"], row["csat"]) == (3.67, pytest.approx(2 / 3))
    assert one("satisfaction")["avg"] is None


def test_days_cost_their_rate() -> None:
    row = one("resources", plan_days=10, act_days=12, rate=1000.5)
    assert (row["plan_cost"], row["act_cost"], row["utilisation"]) == (10_005, 12_006, 1.2)
    assert one("resources", plan_days=0, act_days=1)["utilisation"] is None


def test_rows_for_documents_have_every_key_and_words_of_the_language() -> None:
    register = Register(TASKS, [task(owner=None)], [])
    zh, en = (shown_rows(register, language)[0] for language in ("zh", "en"))

    assert {column.key for column in TASKS.columns} <= set(zh)
    assert (zh["status"], zh["status_key"], en["status"]) == ("进行中", "in_progress", "In progress")
    assert (zh["owner"], zh["base_end"], zh["var"]) == ("", "", "")
    assert zh["plan_end"] == day(20)
    assert en["light_key"] == "red"
