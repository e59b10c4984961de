"""Cells as typed values: what is understood, and what is reported instead of guessed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from folderkit.core.currencies import CODES
from folderkit.core.facts import NotAValue
from folderkit.core.language import Text, same
from folderkit.registers import Choice, Column, load_schema, parts_of
from folderkit.registers.amounts import currency_beside, is_currency
from folderkit.registers.schema import YES_NO
from folderkit.registers.values import understand

TASKS, RISKS, BUDGET = (load_schema(name) for name in ("tasks", "risks", "budget"))
DAY = dt.date(2026, 3, 5)


@pytest.mark.parametrize("raw", [
    dt.datetime(2026, 3, 5), DAY, "2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "2026年3月5号",
    " 2026 - 3 - 5 ", "２０２６-０３-０５", "20260305", 20260305, 20260305.0, 46086.0, "2026-03-05 00:00:00",
    "2026-03-05T09:30",
    "5 March 2026", "5-Mar-2026", "Mar 5, 2026", "March 5th 2026",
])
def test_a_date_is_understood_in_the_usual_ways(raw: Any) -> None:
    assert understand(TASKS.column("plan_start"), raw) == DAY


@pytest.mark.parametrize(("raw", "day"), [
    ("31.3.2026", 31), ("31/03/2026", 31), ("3/31/2026", 31), ("31-3-2026", 31), ("３１．３．２０２６", 31),
    ("3/3/2026", 3), ("03.03.2026", 3), ("31 March 2026", 31), ("2026/3/31", 31), ("2026年3月31日", 31),
])
def test_a_date_with_its_year_last_is_understood_where_only_one_number_can_be_the_month(raw: str, day: int) -> None:
    assert understand(TASKS.column("plan_start"), raw) == dt.date(2026, 3, day)


@pytest.mark.parametrize("raw", ["3/4/2026", "03.04.2026", "3-4-2026"])
@pytest.mark.parametrize("column", [TASKS.column("plan_start"), load_schema("communications").column("time")])
def test_a_date_that_may_be_two_is_told_with_both(column: Column, raw: str) -> None:
    for written in (raw, f"{raw} 14:05") if column.type == "datetime" else (raw,):
        with pytest.raises(NotAValue) as caught:
            understand(column, written)

        assert "2026-03-04" in caught.value.message.zh
        assert "2026-04-03" in caught.value.message.en


@pytest.mark.parametrize("raw", [
    "3月5日", "31.31.2026", "13.2026.3", "31/3-2026", "下周一", "2026-02-30", "2026-03", "26-03-05", 12.0, True,
    "5 Ma 2026", "Foo 5, 2026", "46086",
])
def test_what_may_be_another_date_is_not_taken_for_one(raw: Any) -> None:
    with pytest.raises(NotAValue) as caught:
        understand(TASKS.column("plan_start"), raw)

    assert "2026-03-31" in caught.value.message.zh


TIME = load_schema("communications").column("time")


@pytest.mark.parametrize("raw", [
    dt.datetime(2026, 3, 5, 14, 5), "2026-03-05 14:05", "2026/3/5 14:05:00", "2026年3月5日14:05",
    "2026年3月5日 14时05分",
    "2026-03-05T14:05:00.250", "5 March 2026 14:05", "２０２６-０３-０５　１４：０５", 46086.586805556,
    dt.datetime(2026, 3, 5, 14, 4, 59, 999_700),
])
def test_a_time_of_day_goes_with_its_date(raw: Any) -> None:
    assert understand(TIME, raw) == dt.datetime(2026, 3, 5, 14, 5)


def test_a_bare_date_is_its_midnight_and_a_zone_is_heeded() -> None:
    assert understand(TIME, DAY) == understand(TIME, "2026-03-05") == dt.datetime(2026, 3, 5)
    moment = dt.datetime(2026, 3, 5, 14, 5, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    here = moment.astimezone().replace(tzinfo=None)
    assert understand(TIME, moment) == understand(TIME, "2026-03-05T14:05:00+08:00") == here
    assert understand(TIME, "2026-03-05T06:05:00Z") == here


@pytest.mark.parametrize("raw", ["14:05", "2026-03-05 25:05", "tomorrow", True])
def test_what_is_no_time_is_not_taken_for_one(raw: Any) -> None:
    with pytest.raises(NotAValue) as caught:
        understand(TIME, raw)

    assert "14:05" in caught.value.message.zh


@pytest.mark.parametrize(("raw", "value"), [
    (1200.0, 1200), (1200.5, 1200.5), ("￥1,200.50", 1200.5), ("¥ 1,200", 1200), ("1200元", 1200), ("-¥300", -300),
    ("¥-300", -300), ("CNY 1,234,567.89", 1234567.89), ("１２００", 1200), ("$5", 5), ("1200 RMB", 1200), (".5", None),
    ("1.200,50", None), ("1,20", None), ("三千", None), ("3万", 30000), ("￥3.5 万元", 35000),
    ("1.23亿", 123000000), ("1,000元整", 1000), ("US$ 12.50", 12.5), ("万", None), ("3万万", None), ("1 200", None),
    ("1200 or so", None), ("(300)", -300), ("（¥1,200.50）", -1200.5), ("¥(100)元", -100),
    ("(3万)", -30000), ("(-5)", None), ("100(50)", None), ("()", None), ("((5))", None), ("nan", None), (True, None),
    (float("inf"), None), ("", ""), ("  ", ""),
    ("500美元", 500), ("HK$ 5", 5), ("S$20", 20), ("30 CHF", 30), ("chf -30", -30), ("5000日元", 5000),
    ("3.5万港元", 35000),
    ("A$1,200.50", 1200.5), ("500 euros", 500), ("500 dollars", 500), ("人民币￥500元整", 500), ("RMB ¥500", 500),
    ("500人民币元", 500), ("新台币 500 元", 500), ("(500美元)", -500), ("+$5", 5), ("500卢布", None), ("$", None),
    ("500 USDT", None), ("元500元元", None), ("500元人民币", 500), ("$500元", 500),
    ("USD EUR 5", None), ("$5 EUR", None), ("￥500 USD", None), ("US$ 500 HKD", None), ("(USD 5) EUR", None),
    ("人民币500美元", None), ("500欧元美元", None),
])
def test_money_is_read_with_signs_and_commas_or_not_at_all(raw: Any, value: Any) -> None:
    column = BUDGET.column("changes")
    if value is None:
        with pytest.raises(NotAValue):
            understand(column, raw)
    else:
        assert understand(column, raw) == (None if value == "" else value)


@pytest.mark.parametrize("typed", sorted(CODES))
def test_every_currency_that_folderkit_knows_is_read_beside_an_amount(typed: str) -> None:
    column, code = BUDGET.column("changes"), CODES[typed]

    assert understand(column, f"{typed} 12.5") == understand(column, f"-12.5{typed}") * -1 == 12.5
    assert is_currency(currency_beside(f"({typed.upper()}12.5)"), code)
    assert is_currency(currency_beside(f"12.5{typed}"), code)


@pytest.mark.parametrize(("column", "like"), [("pct", "25%"), ("effort_plan", "1200.50")])
def test_the_example_of_a_number_is_one_of_its_column(column: str, like: str) -> None:
    with pytest.raises(NotAValue) as caught:
        understand(TASKS.column(column), "约30%")

    assert caught.value.message.en == f"'约30%' is not a number; write it like {like}"
    assert caught.value.message.zh == f"“约30%”不是数字，请写成 {like} 这样"


@pytest.mark.parametrize("raw", ["免税", " 不征税 ", "Exempt", "0%", 0])
def test_what_is_free_of_tax_has_the_rate_of_nothing(raw: Any) -> None:
    assert understand(load_schema("invoices").column("rate"), raw) == 0


@pytest.mark.parametrize(("raw", "value"), [(0.6, 0.6), ("60%", 0.6), ("60 ％", 0.6), (1, 1), (0, 0), ("0.6", 0.6)])
def test_a_percentage_is_a_share_of_one(raw: Any, value: float) -> None:
    assert understand(TASKS.column("pct"), raw) == value


@pytest.mark.parametrize("raw", [60.0, "60", -0.1, "160%"])
def test_a_percentage_out_of_bounds_is_reported(raw: Any) -> None:
    with pytest.raises(NotAValue) as caught:
        understand(TASKS.column("pct"), raw)

    assert "0% and 100%" in caught.value.message.en


@pytest.mark.parametrize("raw", ["进行中", "In progress", " in  PROGRESS ", "in_progress", "处理中", "Ｄoing"])
def test_a_choice_is_understood_in_both_languages(raw: str) -> None:
    assert understand(TASKS.column("status"), raw) == "in_progress"


def test_an_unknown_word_is_told_with_those_allowed() -> None:
    with pytest.raises(NotAValue) as caught:
        understand(TASKS.column("status"), "快了")

    assert "进行中" in caught.value.message.zh
    assert "In progress" in caught.value.message.en


@pytest.mark.parametrize("raw", [0, 6, 2.5, "high"])
def test_a_probability_is_one_to_five(raw: Any) -> None:
    with pytest.raises(NotAValue):
        understand(RISKS.column("p"), raw)


def test_numbers_in_a_text_column_stay_as_they_were_typed() -> None:
    assert understand(TASKS.column("wbs"), 1.0) == "1"
    assert understand(TASKS.column("wbs"), 1.2) == "1.2"
    assert understand(TASKS.column("name"), dt.datetime(2026, 3, 5)) == "2026-03-05"


# -- several in one cell -----------------------------------------------------------------------------
SCOPES = Column("sign_scope", "multi", Text("Signs", "签字权限"), choices={
    key: Choice(key, Text(en, zh)) for key, en, zh in [
        ("requirements", "Requirements", "需求"), ("changes", "Changes", "变更"), ("payment", "Payment", "付款")]})
LETTERS = Column("raci", "multi", Text("RACI", "职责"), choices={
    key: Choice(key, same(key.upper())) for key in "raci"})
MAJOR = Column("major", "bool", Text("Major", "重大变更"), choices=YES_NO)


@pytest.mark.parametrize("raw", ["付款、需求", "需求，付款", "Payment; Requirements", " payment/需求 ", "需求\n付款",
                                 "付款,付款,需求,", ["payment", "requirements"], ("需求", "Payment")])
def test_several_choices_are_understood_in_any_order(raw: Any) -> None:
    assert understand(SCOPES, raw) == ("requirements", "payment")


@pytest.mark.parametrize(("raw", "value"), [
    ("R/A", ("r", "a")), ("ar", ("r", "a")), ("A、 I", ("a", "i")), ("，", None), ("ｃ", ("c",))])
def test_letters_may_stand_together(raw: str, value: tuple[str, ...] | None) -> None:
    assert understand(LETTERS, raw) == value


@pytest.mark.parametrize(("column", "raw"), [(SCOPES, "需求、开会"), (LETTERS, "RX"), (SCOPES, 3.0), (MAJOR, "maybe"),
                                             (MAJOR, 2)])
def test_one_unknown_word_among_several_is_told(column: Column, raw: Any) -> None:
    with pytest.raises(NotAValue) as caught:
        understand(column, raw)

    assert "is not one of" in caught.value.message.en


@pytest.mark.parametrize(("raw", "value"), [("是", "yes"), ("Yes", "yes"), (True, "yes"), ("√", "yes"), (1.0, "yes"),
                                            ("否", "no"), (False, "no"), ("N", "no"), ("", None)])
def test_yes_and_no_are_understood(raw: Any, value: str | None) -> None:
    assert understand(MAJOR, raw) == value


@pytest.mark.parametrize(("kind", "value", "parts"), [
    ("person", "王晓明、Chen Li；李静", ("王晓明", "Chen Li", "李静")),
    ("person", "Chen Li <chen@example.com>、<a@b.example>", ("Chen Li", "<a@b.example>")),
    ("ref", "RSK-001-2 <CA1+1@mail.example.com>", ("RSK-001-2", "<CA1+1@mail.example.com>")),
    ("ref", "COM-001, RSK-002;ISS-3 \n ACT-004", ("COM-001", "RSK-002", "ISS-3", "ACT-004")),
    ("ref", "TSK-001FS+2，TSK-002 SS - 1, MS-003+5天 TSK-4 ff", ("TSK-001", "TSK-002", "MS-003", "TSK-4")),
    ("path", "02_沟通/a, b.docx；c d.pdf\ne.msg", ("02_沟通/a, b.docx", "c d.pdf", "e.msg")),
    ("ref", None, ()),
])
def test_what_a_cell_refers_to_is_taken_apart(kind: str, value: str | None, parts: tuple[str, ...]) -> None:
    assert parts_of(Column("x", kind, same("x")), value) == parts


def test_a_percentage_without_its_sign_is_told_how_to_write() -> None:
    with pytest.raises(NotAValue, match=r"5000% is not between 0% and 100%; write 50% or 0\.5$"):
        understand(TASKS.column("pct"), 50)
    with pytest.raises(NotAValue, match=r"200% is not between 0% and 100%$"):
        understand(TASKS.column("pct"), "200%")
