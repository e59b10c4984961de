"""Working days: Monday to Friday without the holidays that are given; which days a government moves is not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

MAX_DAYS = 20_000


def add_workdays(day: dt.date, days: int, holidays: Iterable[dt.date] = ()) -> dt.date:
    """The day that is a number of working days after a day, or before it when the number is negative; of 0 the day
    itself. Raises `OverflowError` beyond the calendar, `ValueError` for more than `MAX_DAYS`."""
    if abs(days) > MAX_DAYS:
        raise ValueError(f"more than {MAX_DAYS} working days")
    free, step = set(holidays), dt.timedelta(1 if days > 0 else -1)
    for _ in range(abs(days)):
        day += step
        while not _works(day, free):
            day += step
    return day


def count_workdays(first: dt.date, last: dt.date, holidays: Iterable[dt.date] = ()) -> int:
    """The number of working days from one day to another, both counted; negative when the second is earlier."""
    if last < first:
        return -count_workdays(last, first, holidays)
    weeks, rest = divmod((last - first).days + 1, 7)
    days = weeks * 5 + sum((first.weekday() + place) % 7 < 5 for place in range(rest))
    return days - sum(first <= day <= last and day.weekday() < 5 for day in set(holidays))


def _works(day: dt.date, free: set[dt.date]) -> bool:
    return day.weekday() < 5 and day not in free
