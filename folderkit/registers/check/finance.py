"""Rules for invoices, expenses and the budget: numbers, tax, sums, what is paid, what is spent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from folderkit.core import facts
from folderkit.core.language import Text
from folderkit.core.tax_ids import CREDIT_LETTERS, is_credit_code
from folderkit.registers.amounts import currency_beside, is_currency
from folderkit.registers.check.anywhere import repeated
from folderkit.registers.check.currencies import currency_of, in_currency
from folderkit.registers.check.finding import Ground, Hit, Kept, headed
from folderkit.registers.schema import plain

TAX_SLACK, SUM_SLACK = Decimal("0.06"), Decimal("0.005")
_FAPIAO = ("e_special", "e_normal", "special", "normal")  # the kinds that the Chinese tax office numbers
_VOID = ("planned", "void", "reversed")  # neither owed nor counted
_NUMBER_NEW, _NUMBER_OLD, _CODE_OLD = re.compile(r"\d{20}"), re.compile(r"\d{8}"), re.compile(r"\d{10}|\d{12}")

_ROUNDED = re.compile(r"\d(?:\.\d+)?e\+\d\d", re.IGNORECASE)  # a long number that is one to Excel
_LOST_DIGITS = Text("it was entered as a number, of which Excel keeps only 15 digits; format the cell as text and type "
                    "it again", "它被当作数值输入，Excel 只保留 15 位数字；请把单元格设为文本格式后重新输入")


def exact(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def shown(value: Decimal) -> str:
    return f"{value:,.2f}"


def _fapiao(row: Mapping[str, Any]) -> bool:
    return row.get("kind") in _FAPIAO


def _head(kept: Kept, column: str, en: str, zh: str) -> Text:
    return headed(kept.register.schema.column(column), Text(en, zh))


# -- invoices --------------------------------------------------------------------------------------
def invoice_numbers(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["invoices"]
    for index, row in kept.rows():
        number, code = _digits(row["number"]), _digits(row.get("code"))
        if not _fapiao(row) or not number:
            continue
        if _ROUNDED.fullmatch(number):
            yield Hit(kept, index, "number", headed(kept.register.schema.column("number"), _LOST_DIGITS))
        elif _NUMBER_NEW.fullmatch(number):
            if code:
                yield Hit(kept, index, "code", _head(kept, "code", "an invoice with a number of 20 digits has no code",
                                                     "20 位号码的发票没有发票代码"))
        elif not _NUMBER_OLD.fullmatch(number):
            yield Hit(kept, index, "number", _head(
                kept, "number", f"'{number}' has {len(number)} characters; it must be 20 digits, or 8 with a code",
                f"“{number}”有 {len(number)} 位，应为 20 位数字，或 8 位数字加发票代码"))
        elif not _CODE_OLD.fullmatch(code):
            yield Hit(kept, index, "code" if kept.has("code") else "number", _head(
                kept, "code", f"a number of 8 digits needs a code of 10 or 12 digits, and here stands '{code}'",
                f"8 位号码要有 10 位或 12 位的发票代码，此处为“{code}”"))


def _digits(value: Any) -> str:
    return re.sub(r"\s", "", str(value or ""))


def invoices_twice(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["invoices"]

    def key_of(row: Mapping[str, Any]) -> Any:
        number = plain(str(row["number"] or ""))
        if not number:
            return None
        by = row.get("code") if _fapiao(row) else row.get("seller")
        return number, plain(str(by or "")), row.get("dir")

    yield from repeated(kept, key_of, "number", lambda key, first: Text(
        f"the invoice {key[0].upper()} stands in {first} already", f"发票 {key[0].upper()} 已在 {first} 登记"))


def invoice_taxes(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["invoices"]
    for index, row in kept.rows():
        if row["net"] is None or row["tax"] is None or row["rate"] is None:
            continue
        expected = exact(row["net"]) * exact(row["rate"])
        if abs(exact(row["tax"]) - expected) > TAX_SLACK:
            yield Hit(kept, index, "tax", _head(
                kept, "tax", f"{shown(exact(row['tax']))} is not net × rate, which is {shown(expected)}",
                f"{shown(exact(row['tax']))} 不等于金额 × 税率（{shown(expected)}）"))


def tax_ids(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["invoices"]
    for index, row in kept.rows():
        for column in ("buyer_tax", "seller_tax"):
            word = re.sub(r"[\s-]", "", str(row.get(column) or "")).upper()
            if word and _ROUNDED.fullmatch(word):
                yield Hit(kept, index, column, headed(kept.register.schema.column(column), _LOST_DIGITS))
            elif word and _fapiao(row) and (message := _why_no_tax_id(word)):
                yield Hit(kept, index, column, headed(kept.register.schema.column(column), message))


def _why_no_tax_id(word: str) -> Text | None:
    if len(word) in (15, 20) and word.isascii() and word.isalnum():
        return None  # as they were before 2015
    if len(word) != 18:
        return Text(f"'{word}' has {len(word)} characters; it must be 18", f"“{word}”有 {len(word)} 位，应为 18 位")
    if any(letter not in CREDIT_LETTERS for letter in word):
        return Text(f"'{word}' holds a letter that no credit code has", f"“{word}”含有统一社会信用代码没有的字符")
    if not is_credit_code(word):
        return Text(f"'{word}' is mistyped: its check character does not fit", f"“{word}”有误：校验位不符")
    return None


def paid_too_much(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["invoices"]
    for index, row in kept.rows():
        total = exact(row["net"]) + exact(row["tax"])
        over = (exact(row["paid"]) - total) * (-1 if total < 0 else 1)  # of a red-letter invoice, money is given back
        if row["paid"] is not None and row["net"] is not None and over > SUM_SLACK:
            yield Hit(kept, index, "paid", _head(
                kept, "paid", f"{shown(exact(row['paid']))} is more than the total of {shown(total)}",
                f"{shown(exact(row['paid']))} 超过价税合计 {shown(total)}"))


def settled_or_not(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["invoices"]
    for index, row in kept.rows():
        if row["net"] is None or row["status"] is None or row["status"] in _VOID:
            continue
        left = exact(row["net"]) + exact(row["tax"]) - exact(row["paid"])
        if row["status"] == "settled" and left > SUM_SLACK:
            yield Hit(kept, index, "status", _head(kept, "status", f"settled, but {shown(left)} are still open",
                                                   f"已结清，但还有 {shown(left)} 未结"))
        elif row["status"] != "settled" and row["paid"] and abs(left) <= SUM_SLACK:
            yield Hit(kept, index, "status", _head(kept, "status", "all is paid, but it is not set to settled",
                                                   "已全部收付，但状态不是“已结清”"))


def contract_exceeded(ground: Ground) -> Iterator[Hit]:
    """More is invoiced to the client than the contract and its approved changes say, told at the row from which on it
    is so: a red-letter invoice further down takes back."""
    kept, contract = ground.registers["invoices"], facts.get(dict(ground.facts), "contract.amount")
    if not isinstance(contract, int | float) or isinstance(contract, bool):
        return
    changes = ground.of("changes", "imp_cost", "decision")
    allowed = exact(contract) + sum((exact(row["imp_cost"]) for row in (changes.register.rows if changes else ())
                                     if row["decision"] == "approved"), Decimal(0))
    issued = [(index, row) for index, row in kept.rows() if row["dir"] == "issued" and row["status"] not in _VOID]
    total, hit = Decimal(0), None
    for index, row in in_currency(_own_currency(ground), issued):
        total += exact(row["net"]) + exact(row["tax"])
        if total - allowed <= SUM_SLACK:
            hit = None
        elif hit is None:
            hit = Hit(kept, index, "net", Text(
                f"with this one {shown(total)} are invoiced; the contract and its changes are {shown(allowed)}",
                f"连同本张已开票 {shown(total)}，而合同及变更总额为 {shown(allowed)}"))
    if hit is not None:
        yield hit


# -- currencies ------------------------------------------------------------------------------------
def _own_currency(ground: Ground) -> str:
    """The code of the currency that amounts are in which name none; "" where it is not known."""
    return currency_of({"currency": facts.get(dict(ground.facts), "contract.currency")}) or ground.currency


def other_currencies(ground: Ground) -> Iterator[Hit]:
    """Amounts typed with the sign of another currency than that of their row: they are read as numbers."""
    own = _own_currency(ground)
    for kept in ground.registers.values():
        for column in kept.columns("money"):
            for index, typed in kept.texts_in(column):
                row = kept.register.rows[index]
                code, written = currency_of(row) or own, currency_beside(typed)
                if row[column.key] is not None and code and written and not is_currency(written, code):
                    yield Hit(kept, index, column.key, headed(column, Text(
                        f"'{typed}' is read as an amount in {code}", f"“{typed}”被当作 {code} 金额读取")))


# -- expenses and budget ---------------------------------------------------------------------------
_COUNTED = ("approved", "paid", "reimbursed")


def expenses_twice(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["expenses"]

    def key_of(row: Mapping[str, Any]) -> Any:
        key = (row["date"], plain(str(row["payee"] or "")), row["gross"])
        return key if row["date"] and row["payee"] and row["gross"] else None

    yield from repeated(kept, key_of, "gross", lambda key, first: Text(
        f"the same day, payee and amount as {first}: is it one expense?",
        f"日期、收款方、金额与 {first} 相同，是否重复？"))


def expenses_without_invoice(ground: Ground) -> Iterator[Hit]:
    kept = ground.registers["expenses"]
    for index, row in kept.rows():
        if row["status"] in ("paid", "reimbursed") and row["invoice"] is None:
            yield Hit(kept, index, "invoice", Text("paid, and no invoice is named", "已支付，但没有登记发票"))


def spent(ground: Ground) -> dict[str, list[tuple[int, Mapping[str, Any]]]]:
    """The expenses of each budget line that are approved or paid."""
    kept = ground.of("expenses", "budget", "gross", "status")
    found: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for index, row in kept.rows() if kept else ():
        if row["budget"] and row["status"] in _COUNTED:
            found.setdefault(plain(str(row["budget"])), []).append((index, row))
    return found


def budget_exceeded(ground: Ground) -> Iterator[Hit]:
    budget, expenses = ground.registers["budget"], spent(ground)
    for index, row in budget.rows():
        counted = in_currency(currency_of(row), expenses.get(plain(str(row["id"] or "")), ()))
        actual = sum((exact(one["gross"]) for _, one in counted), Decimal(0))
        if counted and row["revised"] is not None and actual - exact(row["revised"]) > SUM_SLACK:
            yield Hit(budget, index, budget.register.schema.subject, Text(
                f"{shown(actual)} are spent of {shown(exact(row['revised']))}",
                f"预算 {shown(exact(row['revised']))}，已支出 {shown(actual)}"))
