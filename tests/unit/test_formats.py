"""How templates write amounts, dates and days: at the edges, where programs go wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core.amounts import NotAnAmount, capital_amount, chinese_date
from folderkit.core.language import Language
from folderkit.core.tags import NotComputable, environment
from folderkit.core.workdays import add_workdays, count_workdays


def shown(tag: str, value: Any, language: Language = "en", **more: Any) -> str:
    return environment(language).from_string("{{ v|%s }}" % tag).render(v=value, **more)  # noqa: UP031


@pytest.mark.parametrize(("amount", "words"), [
    (0, "零元整"), (0.05, "伍分"), (0.5, "伍角整"), (0.55, "伍角伍分"), (0.004, "零元整"), (0.005, "壹分"),
    (1, "壹元整"), (10, "壹拾元整"), (10.05, "壹拾元零伍分"), (11, "壹拾壹元整"), (20.5, "贰拾元伍角整"),
    (100, "壹佰元整"), (101, "壹佰零壹元整"), (110, "壹佰壹拾元整"), (1001, "壹仟零壹元整"), (1010, "壹仟零壹拾元整"),
    (1200, "壹仟贰佰元整"), (10_000, "壹万元整"), (10_001, "壹万零壹元整"), (10_100, "壹万零壹佰元整"),
    (11_000, "壹万壹仟元整"), (100_000, "壹拾万元整"), (107_000.53, "壹拾万柒仟元伍角叁分"),
    (1_000_001, "壹佰万零壹元整"), (10_001_000, "壹仟万壹仟元整"), (100_000_000, "壹亿元整"),
    (100_000_001, "壹亿零壹元整"), (100_010_000, "壹亿零壹万元整"), (1_680.32, "壹仟陆佰捌拾元叁角贰分"),
    (1e12, "壹万亿元整"), (1_000_000_010_000, "壹万亿零壹万元整"), (1_000_100_000_000, "壹万零壹亿元整"),
    (9_999_999_999_999.99, "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"), (-12.3, "负壹拾贰元叁角整"),
    (-0.001, "零元整"), (2.675, "贰元陆角捌分"), (Decimal("0.30"), "叁角整"), (99.999, "壹佰元整"),
])
def test_amounts_in_capitals(amount: Any, words: str) -> None:
    assert capital_amount(amount) == words
    assert shown("capitals", amount) == shown("大写", amount, "zh") == words


@given(st.integers(0, 10**16 - 1))
def test_capitals_say_the_number(number: int) -> None:
    """Read back digit by digit, the words are the number again."""
    words = capital_amount(number).removesuffix("元整")
    total = part = digit = 0
    large = 0
    for sign in words:
        if sign in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
        elif sign in "拾佰仟":
            part, digit = part + digit * 10 ** ("拾佰仟".index(sign) + 1), 0
        elif sign == "万":
            total, part, digit = total + (part + digit) * 10_000, 0, 0
        else:
            large, total, part, digit = (total + part + digit) * 10**8, 0, 0, 0
    assert large + total + part + digit == number
    assert "零零" not in words
    assert not (number and words.endswith("零"))


@pytest.mark.parametrize("amount", [float("inf"), float("nan"), 1e16, -1e16, 1e300])
def test_what_has_no_words_is_told(amount: float) -> None:
    with pytest.raises(NotAnAmount):
        capital_amount(amount)


@pytest.mark.parametrize(("tag", "value", "words"), [
    ("money", 0, "¥0.00"), ("money", 0.05, "¥0.05"), ("money", -1234.5, "-¥1,234.50"), ("money", -0.001, "¥0.00"),
    ("money", 1e12, "¥1,000,000,000,000.00"), ("money", 2.675, "¥2.68"), ("money", 0.125, "¥0.13"),
    ("money", 1e300, f"¥{10**300:,}.00"), ("money", -1e26, f"-¥{10**26:,}.00"), ("number", 1e300, f"{10**300:,}"),
    ("money('JPY')", 1e300, f"¥{10**300:,}"), ("money('JPY')", 1234.5, "¥1,235"), ("money('')", "1,200", "1,200.00"),
    ("money", "", ""), ("money", None, ""),
    ("percent", 0, "0%"), ("percent", 0.005, "1%"), ("percent(1)", 0.0005, "0.1%"), ("percent", -0.25, "-25%"),
    ("percent(2)", 1, "100.00%"), ("percent", 1e10, "1000000000000%"),
    ("number", 0, "0"), ("number", 1234567.891, "1,234,567.89"), ("number(2)", 5, "5.00"), ("number(0)", 2.5, "3"),
    ("number", -0.001, "0"), ("number", 1e12, "1,000,000,000,000"), ("number", Decimal("0.10"), "0.10"),
    ("number(20)", 123_456_789.5, "123,456,789.50000000000000000000"),
    ("capitals", "", ""), ("capitals", "1,200", "壹仟贰佰元整"),
    ("weekday", dt.date(2026, 3, 31), "Tuesday"), ("weekday", "2026-03-31", "Tuesday"), ("weekday", "soon", "soon"),
    ("chinese_date", dt.date(2026, 3, 31), "二〇二六年三月三十一日"), ("chinese_date", None, ""),
    ("date", dt.datetime(2026, 3, 1, 9), "1 March 2026"), ("date('%H:%M')", dt.datetime(2026, 3, 1, 9), "09:00"),
])
def test_values_at_their_edges(tag: str, value: Any, words: str) -> None:
    assert shown(tag, value) == words


def test_days_of_the_week_and_dates_in_chinese() -> None:
    assert shown("weekday", dt.date(2026, 3, 29), "zh") == "星期日"
    assert [chinese_date(dt.date(2010, month, day)) for month, day in ((1, 1), (10, 10), (12, 20))] == [
        "二〇一〇年一月一日", "二〇一〇年十月十日", "二〇一〇年十二月二十日"]


@pytest.mark.parametrize(("day", "days", "later"), [
    ("2026-03-06", 1, "2026-03-09"), ("2026-03-07", 1, "2026-03-09"), ("2026-03-09", -1, "2026-03-06"),
    ("2026-03-07", 0, "2026-03-07"), ("2026-03-02", 5, "2026-03-09"), ("2026-03-02", 250, "2027-02-15")])
def test_working_days_later(day: str, days: int, later: str) -> None:
    assert shown(f"add_workdays({days})", day) == later


def test_holidays_are_no_working_days() -> None:
    free = ["2026-10-01", dt.date(2026, 10, 2), "2026-10-03"]
    assert shown("add_workdays(1, free)", "2026-09-30", free=free) == "2026-10-05"
    assert shown("workdays_until('2026-10-05', free)", "2026-09-30", free=free) == "2"
    assert shown("workdays_until('2026-10-05')", "2026-09-30") == "4"
    assert shown("workdays_until('')", "2026-09-30") == ""
    with pytest.raises(NotComputable, match="'soon' is no date"):
        shown("add_workdays(1)", "soon")
    assert shown("add_workdays(1, '2026-10-01')", "2026-09-30") == "2026-10-02"
    for days in (999_999, -20_001, 2.7):
        with pytest.raises(NotComputable, match=f"'{days}' is no whole number of days up to 20,000") as told:
            shown(f"add_workdays({days})", "2026-09-30")
        assert "整数天数" in told.value.message.zh
    with pytest.raises(NotComputable, match="the calendar ends"):
        shown("add_workdays(9)", "9999-12-28")


@pytest.mark.parametrize("tag", [
    "number(-1)", "number('2')", "number(21)", "number(true)", "percent(-3)", "percent(0.5)"])
def test_decimals_that_cannot_be_are_told(tag: str) -> None:
    with pytest.raises(NotComputable, match="decimals must be 0 to 20") as told:
        shown(tag, 1.5)
    assert "小数位数" in told.value.message.zh


@pytest.mark.parametrize("tag", ["money", "number", "percent", "capitals"])
def test_yes_and_no_are_no_numbers(tag: str) -> None:
    with pytest.raises(NotAnAmount, match="'True' is no number"):
        shown(tag, True)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
       st.lists(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), max_size=5))
def test_counting_and_adding_agree(first: dt.date, last: dt.date, holidays: list[dt.date]) -> None:
    first, last = sorted((first, last))
    each = [first + dt.timedelta(step) for step in range((last - first).days + 1)]
    working = [day for day in each if day.weekday() < 5 and day not in holidays]
    assert count_workdays(first, last, holidays) == len(working)
    if working:
        assert add_workdays(first - dt.timedelta(1), len(working), holidays) == working[-1]
