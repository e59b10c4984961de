"""The computed columns, in Python: the same rules as the formulas in schemas/, which tests compare.

A value is None where the formula shows an empty cell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from folderkit.registers.schema import Schema

Rule: TypeAlias = Callable[[Mapping[str, Any], dt.date], Any]


def computed(schema: Schema, row: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """A row with its computed columns added; `row` holds typed values by column key, None for blanks."""
    full = {column.key: row.get(column.key) for column in schema.columns}
    for key, rule in RULES.get(schema.key, ()):
        full[key] = rule(full, today)
    return full


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
def _days(row: Mapping[str, Any], today: dt.date) -> int | None:
    if row["plan_start"] is None or row["plan_end"] is None:
        return None
    return 0 if row["kind"] == "milestone" else working_days(row["plan_start"], row["plan_end"])


def _expect(row: Mapping[str, Any], today: dt.date) -> float | None:
    start, end = row["plan_start"], row["plan_end"]
    if start is None or end is None or row["status"] == "cancelled":
        return None
    if today > end:
        return 1
    if today <= start:
        return 0
    return working_days(start, today - dt.timedelta(days=1)) / max(1, working_days(start, end))


def _variance(row: Mapping[str, Any], today: dt.date) -> int | None:
    if row["base_end"] is None or row["plan_end"] is None or row["status"] == "cancelled":
        return None
    end = row["act_end"] or (row["plan_end"] if row["status"] == "done" else max(row["plan_end"], today))
    return int((end - row["base_end"]).days)


def _task_light(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["plan_end"] is None or row["status"] == "cancelled":
        return None
    if row["status"] == "done" or row["act_end"] is not None:
        return "green"
    behind = round((row["expect"] or 0) - (row["pct"] or 0), 4)
    if row["plan_end"] < today or behind > 0.2:
        return "red"
    return "amber" if row["status"] == "on_hold" or behind > 0.1 or (row["var"] or 0) > 0 else "green"


# -- risks -----------------------------------------------------------------------------------------
def _score(row: Mapping[str, Any], today: dt.date) -> int | None:
    return None if row["p"] is None or row["i"] is None else row["p"] * row["i"]


def _level(row: Mapping[str, Any], today: dt.date) -> str | None:
    score = row["score"]
    if score is None:
        return None
    return "extreme" if score >= 15 else "high" if score >= 10 else "medium" if score >= 5 else "low"


# -- budget ----------------------------------------------------------------------------------------
def _money(value: Decimal) -> int | float:
    """Rounded to cents as Excel's ROUND does: halves away from zero."""
    cents = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(cents) if cents == cents.to_integral_value() else float(cents)


def _exact(value: int | float | None) -> Decimal:
    return Decimal(str(value or 0))


def _amount(row: Mapping[str, Any], today: dt.date) -> int | float | None:
    if row["qty"] is None or row["price"] is None:
        return None
    return _money(_exact(row["qty"]) * _exact(row["price"]))


def _revised(row: Mapping[str, Any], today: dt.date) -> int | float | None:
    return None if row["amount"] is None else _money(_exact(row["amount"]) + _exact(row["changes"]))


def _left(row: Mapping[str, Any], today: dt.date) -> int | float | None:
    return None if row["revised"] is None else _money(_exact(row["revised"]) - _exact(row["actual"]))


def _used(row: Mapping[str, Any], today: dt.date) -> float | None:
    return (row["actual"] or 0) / row["revised"] if row["revised"] else None


def _budget_light(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["revised"] is None:
        return None
    if row["left"] < 0:
        return "red"
    return "amber" if _exact(row["actual"]) > _exact(row["revised"]) * Decimal("0.9") else "green"


# -- communications --------------------------------------------------------------------------------
def _follow_up(row: Mapping[str, Any], today: dt.date) -> str | None:
    if row["follow_up"] is None and row["due"] is None:
        return None
    if row["done_on"] is not None:
        return "done"
    return "overdue" if row["due"] is not None and row["due"] < today else "open"


# In the order in which they need each other. A new computed column is a formula in its schema and a row here.
RULES: dict[str, tuple[tuple[str, Rule], ...]] = {
    "tasks": (("days", _days), ("expect", _expect), ("var", _variance), ("light", _task_light)),
    "communications": (("state", _follow_up),),
    "risks": (("score", _score), ("level", _level)),
    "budget": (("amount", _amount), ("revised", _revised), ("left", _left), ("used", _used),
               ("light", _budget_light)),
}
