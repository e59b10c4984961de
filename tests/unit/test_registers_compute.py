"""The computed columns in Python. That Excel's formulas say the same is tested with LibreOffice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from folderkit.registers import Register, load_schema, shown_rows
from folderkit.registers.compute import computed, working_days

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


def test_rows_for_documents_have_every_key_and_words_of_the_language() -> None:
    register = Register(TASKS, [task(owner=None)], [])
    zh, en = (shown_rows(register, language)[0] for language in ("zh", "en"))

    assert {column.key for column in TASKS.columns} <= set(zh)
    assert (zh["status"], zh["status_key"], en["status"]) == ("进行中", "in_progress", "In progress")
    assert (zh["owner"], zh["base_end"], zh["var"]) == ("", "", "")
    assert zh["plan_end"] == day(20)
    assert en["light_key"] == "red"
