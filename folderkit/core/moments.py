"""Days and moments as a person writes them."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from folderkit.core.errors import Misuse
from folderkit.core.language import Text

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
                   r"(?:(?:[ T]|(?<=日))(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?)?")


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
