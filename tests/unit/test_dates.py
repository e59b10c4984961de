"""Dates in texts and names: however they are written, and none that is no day."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core.dates import date_behind, date_in, dates_in, spans_of_dates

DAY = dt.date(2026, 3, 5)
_DIGITS = "〇一二三四五六七八九"
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def _chinese_year(year: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(year))


FORMS: dict[str, Callable[[dt.date], str]] = {
    "zh": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "zh, two digits": lambda day: f"{day:%Y年%m月%d日}",
    "zh, apart": lambda day: f"{day.year} 年 {day.month} 月 {day.day} 日",
    "zh, as spoken": lambda day: f"{day.year}年{day.month}月{day.day}号",
    "zh, in words": lambda day: f"{_chinese_year(day.year)}年{_chinese(day.month)}月{_chinese(day.day)}日",
    "zh, with a zero of two forms": lambda day: (
        f"{_chinese_year(day.year).replace('〇', '零')}年{_chinese(day.month)}月{_chinese(day.day)}日"),
    "zh, with a circle": lambda day: (
        f"{_chinese_year(day.year).replace('〇', '○')}年{_chinese(day.month)}月{_chinese(day.day)}日"),
    "iso": lambda day: day.isoformat(),
    "iso, with a time": lambda day: f"{day.isoformat()}T10:30:00",
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "dots": lambda day: f"{day.year}.{day.month:02d}.{day.day:02d}",
    "underscores": lambda day: f"{day:%Y_%m_%d}",
    "eight digits": lambda day: f"{day:%Y%m%d}",
    "a camera's": lambda day: f"IMG_{day:%Y%m%d}_235959",
    "a chat's": lambda day: f"mmexport{day:%Y%m%d}235959",
    "en": lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
    "en, short": lambda day: f"{day.day:02d}-{_MONTHS[day.month - 1][:3]}-{day.year}",
    "en, th": lambda day: f"the {day.day}th of {_MONTHS[day.month - 1]} {day.year}",
    "en, American": lambda day: f"{_MONTHS[day.month - 1]} {day.day}, {day.year}",
    "en, American, short": lambda day: f"{_MONTHS[day.month - 1][:3].upper()}. {day.day}, {day.year}",
}


@given(st.dates(dt.date(1980, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(sorted(FORMS)),
       st.sampled_from(["", "于", "date: ", "合同_", "(", "\n", "\u3000"]),
       st.sampled_from(["", " ", "。", "_V1.0", ")", "\n"]))
def test_a_date_in_any_form_is_found(day: dt.date, form: str, before: str, after: str) -> None:
    written = FORMS[form](day)

    assert date_in(before + written + after) == day


@given(st.lists(st.tuples(st.dates(dt.date(1980, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(sorted(FORMS))),
                max_size=5))
def test_all_dates_are_found_in_their_order(written: list[tuple[dt.date, str]]) -> None:
    text = " ; ".join(FORMS[form](day) for day, form in written)

    assert [day for day, _ in dates_in(text)] == [day for day, _ in written]


@given(st.text(alphabet="0123456789０３年月日号-/._ 十二〇零三廿JanMarſıİ,th\n", max_size=60))
def test_any_text_has_dates_that_lie_in_it_and_apart(text: str) -> None:
    spans = spans_of_dates(text)

    assert spans == sorted(spans)
    assert all(0 <= begin < end <= len(text) for begin, end in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert [begin for begin, _ in spans] == [begin for _, begin in dates_in(text)]


@pytest.mark.parametrize("text", [
    "2026-02-30", "2026年2月30日", "20260230", "2026-13-01", "31 April 2026", "二〇二六年十三月一日",
    "二〇二六年二月三十日", "二〇二六年十十月一日", "二〇二六年三月二十十日", "0000-00-00", "99999999",
])
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert date_in(text) is None


@pytest.mark.parametrize("text", [
    "1979-12-31", "2100-01-01", "1066年10月14日", "发票号码24312000000012345678", "13900001111", "12026-03-05",
    "2026-03-055", "P2026-001", "2026年3月", "March 2026", "3月5日", "版本 20.26.0305", "2026-03/05", "011002000411",
    "GB/T 33190-2016", "第2026号",
])
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert date_in(text) is None


@pytest.mark.parametrize(("text", "day"), [
    ("03/04/2026", None), ("3.4.2026", None),
    ("25/12/2026", dt.date(2026, 12, 25)), ("12/25/2026", dt.date(2026, 12, 25)),
    ("5/5/2026", dt.date(2026, 5, 5)), ("31.12.2026", dt.date(2026, 12, 31)), ("32/13/2026", None),
])
def test_a_date_that_may_be_two_days_is_none(text: str, day: dt.date | None) -> None:
    assert date_in(text) == day


@pytest.mark.parametrize("text", ["2026年３月５日", "２０２６年３月５日", "5 ſep 2026", "5 aprİl 2026", "5 aprıl 2026"])
def test_signs_that_look_like_others_break_nothing(text: str) -> None:
    assert date_in(text) in (None, DAY, dt.date(2026, 9, 5))


@pytest.mark.parametrize(("text", "label"), [
    ("签订日期：2026年3月5日", "签订日期"), ("签订日期 2026-03-05", "签订日期"),
    ("Date: 5 March 2026", "Date"), ("DATE 2026/3/5", "Date"), ("Invoice date:\n2026-03-05", "Invoice date"),
    ("签订日期：____2026年3月5日", "签订日期"),
    ("日期：待定\n日期：2026-03-05", "日期"),
])
def test_the_date_behind_a_label(text: str, label: str) -> None:
    assert date_behind(text, label) == DAY


@pytest.mark.parametrize(("text", "label"), [
    ("签订日期：待定，不晚于2026年3月5日", "签订日期"), ("Date of birth: 2026-03-05", "Date"),
    ("2026-03-05 Date", "Date"),
    ("Update: 2026-03-05", "Date"), ("", "Date"), ("Date:", "Date"),
])
def test_no_date_stands_right_behind_the_label(text: str, label: str) -> None:
    assert date_behind(text, label) is None
