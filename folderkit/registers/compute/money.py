"""Computed columns of money: sums, tax, what is left and open, amounts in Chinese capitals, doubtful invoices."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_CHINESE_KINDS = ("e_special", "e_normal", "special", "normal")
_YUAN = ("cny", "rmb", "人民币")
_MOST_IN_CAPITALS = 1_000_000_000
_DIGITS, _UNITS = "零壹贰叁肆伍陆柒捌玖", "亿仟佰拾万仟佰拾元"
_TAX_MAY_DIFFER = Decimal("0.06")
_TAX_IDS = (15, 18, 20)  # characters: 18 now, the others of old

Row = Mapping[str, Any]


def _money(value: Decimal) -> int | float:
    """Rounded to cents as Excel's ROUND does: halves away from zero."""
    cents = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return int(cents) if cents == cents.to_integral_value() else float(cents)


def _exact(value: int | float | None) -> Decimal:
    return Decimal(str(value or 0))


# -- budget ----------------------------------------------------------------------------------------
def amount(row: Row, today: dt.date) -> int | float | None:
    if row["qty"] is None or row["price"] is None:
        return None
    return _money(_exact(row["qty"]) * _exact(row["price"]))


def revised(row: Row, today: dt.date) -> int | float | None:
    return None if row["amount"] is None else _money(_exact(row["amount"]) + _exact(row["changes"]))


def left(row: Row, today: dt.date) -> int | float | None:
    return None if row["revised"] is None else _money(_exact(row["revised"]) - _exact(row["actual"]))


def used(row: Row, today: dt.date) -> float | None:
    return (row["actual"] or 0) / row["revised"] if row["revised"] else None


def light(row: Row, today: dt.date) -> str | None:
    if row["revised"] is None:
        return None
    if row["left"] < 0:
        return "red"
    return "amber" if _exact(row["actual"]) > _exact(row["revised"]) * Decimal("0.9") else "green"


# -- resources -------------------------------------------------------------------------------------
def planned_cost(row: Row, today: dt.date) -> int | float | None:
    return _cost(row["plan_days"], row["rate"])


def actual_cost(row: Row, today: dt.date) -> int | float | None:
    return _cost(row["act_days"], row["rate"])


def _cost(days: float | None, rate: float | None) -> int | float | None:
    return None if days is None or rate is None else _money(_exact(days) * _exact(rate))


# -- expenses --------------------------------------------------------------------------------------
def tax_within(row: Row, today: dt.date) -> int | float | None:
    """The tax in an amount that includes it."""
    if row["gross"] is None or row["rate"] is None:
        return None
    rate = _exact(row["rate"])
    return _money(_exact(row["gross"]) * rate / (1 + rate))


def without_tax(row: Row, today: dt.date) -> int | float | None:
    return None if row["gross"] is None else _money(_exact(row["gross"]) - _exact(row["tax"]))


def expense_flags(rows: Sequence[Row]) -> list[str | None]:
    """What is doubtful about each: the same day, payee and amount twice; neither an invoice nor a receipt."""
    seen = Counter(_same_expense(row) for row in rows)
    return [None if row["text"] is None or row["gross"] is None or row["status"] == "refused" else
            "duplicate" if row["gross"] and seen[_same_expense(row)] > 1 else
            "no_receipt" if row["invoice"] is None and row["file"] is None else "fine" for row in rows]


def _same_expense(row: Row) -> tuple[Any, ...]:
    return row["date"], _folded(row["payee"]), row["gross"]


def _folded(text: str | None) -> str:
    """As '=' in Excel compares texts."""
    return (text or "").casefold()


# -- invoices --------------------------------------------------------------------------------------
def total(row: Row, today: dt.date) -> int | float | None:
    return None if row["net"] is None else _money(_exact(row["net"]) + _exact(row["tax"]))


def still_open(row: Row, today: dt.date) -> int | float | None:
    if row["total"] is None or row["status"] in ("void", "reversed"):
        return None
    return _money(_exact(row["total"]) - _exact(row["paid"]))


def in_capitals(row: Row, today: dt.date) -> str | None:
    """The total as Chinese books write it: 人民币壹拾万零陆仟元整."""
    yuan = _folded(row["currency"]) in _YUAN or row["kind"] in _CHINESE_KINDS
    if row["total"] is None or abs(row["total"]) >= _MOST_IN_CAPITALS or not yuan:
        return None
    cents = int(abs(_exact(row["total"])).scaleb(2).to_integral_value(ROUND_HALF_UP))
    return f"人民币{'负' if row['total'] < 0 else ''}{capitals(cents)}"


def capitals(cents: int) -> str:
    """An amount below a thousand million, in cents: each digit with its unit; zeros without one, runs of them once,
    none before 元; a zero before 万 stands behind it."""
    if not cents:
        return "零元整"
    jiao, fen = divmod(cents % 100, 10)
    tenths = f"{jiao}角" if jiao else "0" if fen and cents >= 100 else ""
    said = f"{_whole(cents // 100)}{tenths}{f'{fen}分' if fen else '整'}"
    return said.translate({ord(str(digit)): capital for digit, capital in enumerate(_DIGITS)})


def _whole(yuan: int) -> str:
    if not yuan:
        return ""
    said = "".join(digit + unit for digit, unit in zip(f"{yuan:09d}", _UNITS, strict=True))
    for old, new in (("0仟", "0"), ("0佰", "0"), ("0拾", "0"), ("00", "0"), ("00", "0"), ("0亿", ""), ("0万", "万0"),
                     ("00", "0"), ("0元", "元"), ("亿万", "亿")):
        said = said.replace(old, new)
    return said.removeprefix("万").removeprefix("0")


def invoice_checks(rows: Sequence[Row]) -> list[str | None]:
    """What the first thing is that is wrong with each invoice."""
    seen = Counter(_same_invoice(row) for row in rows)
    return [None if row["number"] is None or row["status"] in ("planned", "void") else
            "duplicate" if seen[_same_invoice(row)] > 1 else _wrong_in(row) for row in rows]


def _same_invoice(row: Row) -> tuple[Any, ...]:
    return _folded(row["number"]), _folded(row["code"]), row["dir"]


def _wrong_in(row: Row) -> str:
    digits, code = len(row["number"]), len(row["code"] or "")
    if row["kind"] in ("e_special", "e_normal") and (digits != 20 or code):
        return "number"
    if row["kind"] in ("special", "normal") and (digits != 8 or code not in (10, 12)):
        return "number"
    if row["net"] is not None and row["rate"] is not None and abs(round(
            _exact(row["tax"]) - _exact(row["net"]) * _exact(row["rate"]), 4)) > _TAX_MAY_DIFFER:
        return "tax"
    if any(row[key] is not None and len(row[key]) not in _TAX_IDS for key in ("buyer_tax", "seller_tax")):
        return "tax_id"
    return "file" if row["file"] is None else "fine"
