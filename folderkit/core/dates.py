"""Dates as people write them in texts and names, Chinese and English; only days that can be of a project."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

_FIRST, _LAST = dt.date(1980, 1, 1), dt.date(2100, 1, 1)
_MONTHS = {name: number for number, names in enumerate((
    "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
    "sep sept september", "oct october", "nov november", "dec december"), start=1) for name in names.split()}
_MONTH = "(?P<m>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DIGITS = "〇○零一二三四五六七八九"  # the circle is what many keyboards give for the first
_CHINESE = {"〇": 0, "○": 0, **{char: number for number, char in enumerate("零一二三四五六七八九")}}
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    r"(?<!\d)(?P<y>(?:19|20)\d\d)\s?年\s?(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})(?!\d)(?:\s?[日号])?",
    rf"(?P<y>[{_DIGITS}]{{4}})年(?P<m>[{_DIGITS}十]{{1,2}})月(?P<d>[{_DIGITS}十]{{1,3}})[日号]",
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[-./_])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)",
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?:\d{6})?(?!\d)",
    rf"(?<![a-z\d])(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s_-]{{1,2}}(?:of\s)?{_MONTH}[\s_,-]{{1,2}}(?P<y>(?:19|20)\d\d)(?!\d)",
    rf"(?<![a-z]){_MONTH}[\s_-]{{1,2}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[\s_-]{{1,2}}(?P<y>(?:19|20)\d\d)(?!\d)",
    r"(?<!\d)(?P<a>\d{1,2})(?P<s>[/.])(?P<b>\d{1,2})(?P=s)(?P<y>(?:19|20)\d\d)(?!\d)",
))
_SIGNS = ("年", "年", "-./_", "0123456789", "", "", "/.")  # of which one stands in what each pattern fits; "": a month
_MONTH_WORD = re.compile("jan|feb|ma[ry]|apr|ju[nl]|aug|sep|oct|nov|dec", re.IGNORECASE)


def date_in(text: str) -> dt.date | None:
    """The first date in `text`."""
    return next((day for day, _ in dates_in(text)), None)


def date_behind(text: str, label: str) -> dt.date | None:
    """The date that stands right behind a label such as 签订日期, after no more than a colon and blanks to fill in."""
    apart = r"(?<![A-Za-z])" if label.isascii() else ""
    for found in re.finditer(rf"{apart}{re.escape(label)}\s*[:：]?[\s_]{{0,10}}", text, re.IGNORECASE):
        day, start = next(dates_in(text[found.end() : found.end() + 30]), (None, 0))
        if day and start == 0:
            return day
    return None


def dates_in(text: str) -> Iterator[tuple[dt.date, int]]:
    """Every date, with where it begins, in the order in which they stand."""
    for begin, _, day in found_dates(text):
        yield day, begin


def spans_of_dates(text: str) -> list[tuple[int, int]]:
    """Where dates stand in `text`, in this order and apart from each other: (begin, end)."""
    return [(begin, end) for begin, end, _ in found_dates(text)]


def found_dates(text: str) -> Iterator[tuple[int, int, dt.date]]:
    """Every date with where it stands, (begin, end, day), in this order and apart from each other."""
    with_month = _MONTH_WORD.search(text) is not None
    patterns = [pattern for pattern, signs in zip(_PATTERNS, _SIGNS, strict=True)
                if (any(sign in text for sign in signs) if signs else with_month)]
    found = sorted((match.start(), -match.end(), day) for pattern in patterns for match in pattern.finditer(text)
                   if (day := _day(match)))
    last = 0
    for begin, negative, day in found:
        if begin >= last:
            last = -negative
            yield begin, last, day


def _day(match: re.Match[str]) -> dt.date | None:
    parts = match.groupdict()
    if "a" in parts:  # 25/12/2025 is a day; 03/04/2025 may be one of two
        one, two = int(parts["a"]), int(parts["b"])
        if one <= 12 and two <= 12 and one != two:
            return None
        parts["d"], parts["m"] = (str(one), str(two)) if one > 12 or one == two else (str(two), str(one))
    try:
        day = dt.date(_number(parts["y"]), _MONTHS.get(parts["m"].casefold(), 0) or _number(parts["m"]),
                      _number(parts["d"]))
    except ValueError:
        return None
    return day if _FIRST <= day < _LAST else None


def _number(text: str) -> int:
    """A number in digits of any script, Chinese ones (二〇二六) or up to ninety-nine in words (三十一). Raises
    `ValueError`."""
    if text.isdecimal():
        return int(text)
    if any(char not in _CHINESE and char != "十" for char in text):
        raise ValueError(text)
    if "十" not in text:
        return int("".join(str(_CHINESE[char]) for char in text))
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        raise ValueError(text)
    return (_CHINESE[tens] if tens else 1) * 10 + (_CHINESE[ones] if ones else 0)
