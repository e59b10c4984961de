"""Which currency a row's amounts are in: sums over several say nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from folderkit.registers.amounts import CURRENCIES


def currency_of(row: Mapping[str, Any]) -> str:
    """The code of a row's currency, such as CNY; "" where none is said: then it is the project's own."""
    word = unicodedata.normalize("NFKC", str(row.get("currency") or "")).strip().casefold()
    return CURRENCIES.get(word, word.upper())


def are_one(currencies: Iterable[str]) -> bool:
    """Whether amounts may be added up: all that say a currency say the same."""
    return len(set(currencies) - {""}) <= 1


def in_currency(own: str, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, Mapping[str, Any]]]:
    """The numbered rows whose amounts may be added up and compared with one in the currency `own` ("": not known): all
    of them, unless several currencies are named; then those that are in it or name none."""
    rows = list(rows)
    if are_one([own, *(currency_of(row) for _, row in rows)]):
        return rows
    return [(index, row) for index, row in rows if currency_of(row) in ("", own)]
