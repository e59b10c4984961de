"""Days and moments as a person writes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from folderkit.core.errors import Misuse
from folderkit.core.language import Text

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
                   r"(?:(?:[ T]|(?<=日))(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?")


_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})?)?月?")
_AGO = re.compile(r"(\d{1,4})\s*(d|days?|天|w|weeks?|周|m|months?|个月)(?:\s*ago|前)?", re.IGNORECASE)
_NAMED = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}
_DAYS = {"d": 1, "天": 1, "w": 7, "周": 7, "m": 30, "个": 30}


class Moment(NamedTuple):
    """A day, minute or second: from `begin` until before `end`, UTC."""

    begin: dt.datetime
    end: dt.datetime


def parse_moment(text: str) -> Moment:
    """The day, minute or second that `text` names, in local time. Raises `Misuse`."""
    found = _DATE.fullmatch(text.strip())
    try:
        if found:
            year, month, day, hour, minute, second = (int(part) if part else 0 for part in found.groups())
            begin = dt.datetime(year, month, day, hour, minute, second)  # local time is meant
            step = (dt.timedelta(days=1) if found[4] is None
                    else dt.timedelta(minutes=1) if found[6] is None else dt.timedelta(seconds=1))
            return Moment(begin.astimezone(dt.UTC), (begin + step).astimezone(dt.UTC))
    except (ValueError, OverflowError):
        pass
    raise Misuse(Text(f"'{text}' is not a date; write it like 2026-03-31 or '2026-03-31 14:30'.",
                      f"“{text}”不是日期，请写成 2026-03-31 或 '2026-03-31 14:30'。"))


def parse_period(text: str, today: dt.date) -> Moment:
    """The year, month, day, minute or second that `text` names, or a day so many days, weeks or months (of 30 days)
    before `today`, in local time. Raises `Misuse`."""
    word = text.strip()
    ago = _AGO.fullmatch(word)
    if ago or word.casefold() in _NAMED:
        days = int(ago[1]) * _DAYS[ago[2][0].casefold()] if ago else _NAMED[word.casefold()]
        return parse_moment((today - dt.timedelta(days)).isoformat())
    found = _MONTH.fullmatch(word)
    if found is None:
        return parse_moment(word)
    year, month = int(found[1]), int(found[2] or 1)
    months = year * 12 + month - 1 + (1 if found[2] else 12)
    try:
        begin, end = dt.datetime(year, month, 1), dt.datetime(months // 12, months % 12 + 1, 1)  # local time is meant
        return Moment(begin.astimezone(dt.UTC), end.astimezone(dt.UTC))
    except (ValueError, OverflowError):
        return parse_moment(word)
