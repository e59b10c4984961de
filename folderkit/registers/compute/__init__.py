"""The computed columns, in Python: the same rules as the formulas in schemas/, which tests compare.

A value is None where the formula shows an empty cell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from folderkit.registers.compute import dates, marks, money
from folderkit.registers.schema import Schema

Rule: TypeAlias = Callable[[Mapping[str, Any], dt.date], Any]
WholeRule: TypeAlias = Callable[[Sequence[Mapping[str, Any]]], Sequence[Any]]


def computed(schema: Schema, row: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """A row with its computed columns added, as if it were the only one; `row` holds typed values by column key, None
    for blanks."""
    return computed_rows(schema, [row], today)[0]


def computed_rows(schema: Schema, rows: Sequence[Mapping[str, Any]], today: dt.date) -> list[dict[str, Any]]:
    """The rows of a register with their computed columns added."""
    keys = [column.key for column in (*schema.columns, *([schema.across] if schema.across else []))]
    full = [{key: row.get(key) for key in keys} for row in rows]
    compute(schema, full, today)
    return full


def compute(schema: Schema, rows: Sequence[dict[str, Any]], today: dt.date) -> None:
    """Put the values of the computed columns into rows that hold all others."""
    for key, rule in RULES.get(schema.key, ()):
        for row in rows:
            row[key] = rule(row, today)
    for key, whole in WHOLE_RULES.get(schema.key, ()):
        for row, value in zip(rows, whole(rows), strict=True):
            row[key] = value


# In the order in which they need each other. A new computed column is a formula in its schema and a row here.
RULES: dict[str, tuple[tuple[str, Rule], ...]] = {
    "accounts": (("state", dates.account),),
    "actions": (("days_late", dates.days_late),),
    "budget": (("amount", money.amount), ("revised", money.revised), ("left", money.left), ("used", money.used),
               ("light", money.light)),
    "changes": (("major", marks.major),),
    "communications": (("state", dates.follow_up),),
    "documents": (("state", dates.document),),
    "expenses": (("tax", money.tax_within), ("net", money.without_tax)),
    "gates": (("state", marks.gate),),
    "invoices": (("total", money.total), ("open", money.still_open), ("total_cn", money.in_capitals)),
    "issues": (("days_open", dates.days_open),),
    "quality": (("late", dates.late),),
    "raci": (("state", marks.raci),),
    "requirements": (("trace", marks.trace),),
    "resources": (("plan_cost", money.planned_cost), ("act_cost", money.actual_cost), ("utilisation", marks.used)),
    "risks": (("score", marks.score), ("level", marks.level), ("score2", marks.residual)),
    "satisfaction": (("avg", marks.average), ("csat", marks.satisfied)),
    "tasks": (("days", dates.days), ("expect", dates.expected), ("var", dates.variance), ("light", dates.light)),
    "visits": (("state", dates.visit),),
}
# Those that look at all rows; they come after the others.
WHOLE_RULES: dict[str, tuple[tuple[str, WholeRule], ...]] = {
    "expenses": (("flags", money.expense_flags),),
    "invoices": (("checks", money.invoice_checks),),
}
