"""Computed columns that weigh and judge: risks, traces, satisfaction, gates, who does what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_QUESTIONS = tuple(f"q{number}" for number in range(1, 9))
_MAJOR_DAYS, _MAJOR_COST = 5, 10_000
_LEAST_SATISFIED = 4  # of 5

Row = Mapping[str, Any]


def score(row: Row, today: dt.date) -> int | None:
    return None if row["p"] is None or row["i"] is None else row["p"] * row["i"]


def level(row: Row, today: dt.date) -> str | None:
    return None if row["score"] is None else level_of(row["score"])


def level_of(found: int) -> str:
    """The level of a score."""
    return "extreme" if found >= 15 else "high" if found >= 10 else "medium" if found >= 5 else "low"


def residual(row: Row, today: dt.date) -> int | None:
    return None if row["p2"] is None or row["i2"] is None else row["p2"] * row["i2"]


def major(row: Row, today: dt.date) -> str | None:
    """Whether a change touches the contract, a week or more, or an amount that a manager looks at."""
    if row["title"] is None or (row["kind"] is None and row["imp_days"] is None and row["imp_cost"] is None):
        return None
    return "yes" if row["kind"] == "contract" or abs(row["imp_days"] or 0) >= _MAJOR_DAYS or (
        abs(row["imp_cost"] or 0) >= _MAJOR_COST) else "no"


def trace(row: Row, today: dt.date) -> str | None:
    if row["title"] is None or row["prio"] == "wont" or row["status"] in ("rejected", "deferred"):
        return None
    return next((f"no_{key}" for key in ("design", "task", "test") if row[key] is None), "complete")


def gate(row: Row, today: dt.date) -> str | None:
    if row["item"] is None:
        return None
    found = row["manual"] or row["auto"]
    return "open" if found is None else "failed" if found == "failed" else "passed"


def average(row: Row, today: dt.date) -> float | None:
    given = [row[key] for key in _QUESTIONS if row[key] is not None]
    if not given:
        return None
    return float((Decimal(sum(given)) / len(given)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def satisfied(row: Row, today: dt.date) -> float | None:
    given = [row[key] for key in _QUESTIONS if row[key] is not None]
    return sum(mark >= _LEAST_SATISFIED for mark in given) / len(given) if given else None


def used(row: Row, today: dt.date) -> float | None:
    """Actual days of the planned ones."""
    return None if not row["plan_days"] or row["act_days"] is None else row["act_days"] / row["plan_days"]


def raci(row: Row, today: dt.date) -> str | None:
    """Whether exactly one person is accountable and somebody responsible."""
    if row["item"] is None:
        return None
    letters = [letter for given in (row["people"] or {}).values() for letter in given or ()]
    if letters.count("a") != 1:
        return "many_a" if letters.count("a") else "no_a"
    return "ok" if "r" in letters else "no_r"
