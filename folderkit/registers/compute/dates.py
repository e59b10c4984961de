"""Computed columns that look at the calendar: how long, how late, what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

_SOON_TO_CLOSE, _SOON_TO_VISIT = dt.timedelta(days=30), dt.timedelta(days=7)


def working_days(first: dt.date, last: dt.date) -> int:
    """Mondays to Fridays from `first` to `last`, both counted; below zero when they stand the other way
    round. As NETWORKDAYS in Excel, without holidays."""
    if last < first:
        return -working_days(last, first)
    return _weekdays_until(last.toordinal()) - _weekdays_until(first.toordinal() - 1)


def _weekdays_until(ordinal: int) -> int:
    weeks, rest = divmod(ordinal, 7)  # day 1 of the calendar was a Monday
    return weeks * 5 + min(rest, 5)


# -- tasks -----------------------------------------------------------------------------------------
def days(row: Mapping[str, Any], today: dt.date) -> int | None:
    if row["plan_start"] is None or row["plan_end"] is None:
        return None
    return 0 if row["kind"] == "milestone" else working_days(row["plan_start"], row["plan_end"])


def expected(row: Mapping[str, Any], today: dt.date) -> float | None:
    start, end = row["plan_start"], row["plan_end"]
    if start is None or end is None or row["status"] == "cancelled":
        return None
    if today > end:
        return 1
    if today <= start:
        return 0
    return working_days(start, today - dt.timedelta(days=1)) / max(1, working_days(start, end))


def variance(row: Mapping[str, Any], today: dt.date) -> int | None:
    if row["base_end"] is None or row["plan_end"] is None or row["status"] == "cancelled":
        return None
    end = row["act_end"] or (row["plan_end"] if row["status"] == "done" else max(row["plan_end"], today))
    return int((end - row["base_end"]).days)


def light(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["plan_end"] is None or row["status"] == "cancelled":
        return None
    if row["status"] == "done" or row["act_end"] is not None:
        return "green"
    behind = round((row["expect"] or 0) - (row["pct"] or 0), 4)
    if row["plan_end"] < today or behind > 0.2:
        return "red"
    return "amber" if row["status"] == "on_hold" or behind > 0.1 or (row["var"] or 0) > 0 else "green"


# -- talks, actions, issues, checks ----------------------------------------------------------------
def follow_up(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["follow_up"] is None and row["due"] is None:
        return None
    if row["done_on"] is not None:
        return "done"
    return "overdue" if row["due"] is not None and row["due"] < today else "open"


def days_late(row: Mapping[str, Any], today: dt.date) -> int | None:
    """Of an action item: against the day it was done, or today."""
    if row["due"] is None or row["status"] in ("cancelled", "handed_over"):
        return None
    if row["status"] == "done" and row["done_on"] is None:
        return None
    return _days_from(row["due"], row["done_on"] or today)


def days_open(row: Mapping[str, Any], today: dt.date) -> int | None:
    if row["raised_on"] is None or (row["done_on"] is None and row["status"] in ("solved", "verified", "closed")):
        return None
    return _days_from(row["raised_on"], row["done_on"] or today)


def _days_from(first: dt.date, last: dt.date) -> int:
    return max(0, (last - first).days)


def late(row: Mapping[str, Any], today: dt.date) -> str | None:
    """Of a quality check."""
    if row["plan_on"] is None:
        return None
    return "yes" if row["done_on"] is None and row["plan_on"] < today else "no"


def document(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["name"] is None or row["status"] == "void":
        return None
    if row["due_on"] is not None and row["delivered_on"] is None and row["due_on"] < today:
        return "overdue"
    return "missing" if row["path"] is None else "fine"


# -- what comes round ------------------------------------------------------------------------------
def account(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["name"] is None:
        return None
    if row["closed_on"] is not None:
        return "closed"
    if row["close_due"] is None:
        return "open"
    if row["close_due"] < today:
        return "overdue"
    notice = row["notice_date"] is not None and row["notice_date"] <= today
    return "soon" if notice or row["close_due"] <= today + _SOON_TO_CLOSE else "open"


def visit(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["client"] is None or (row["due"] is None and row["done_on"] is None):
        return None
    if row["done_on"] is not None:
        return "done"
    if row["due"] < today:
        return "overdue"
    return "soon" if row["due"] <= today + _SOON_TO_VISIT else "planned"
