"""Which currency a row's amounts are in: sums over several say nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from folderkit.core.currencies import CODES

_CODES = {**CODES, "人民币元": "CNY"}
_WORDS = "|".join(map(re.escape, sorted(_CODES, key=len, reverse=True)))
_BESIDE = re.compile(rf"[-(\s]*({_WORDS})?[-\d.,\s]*[kw千万亿]?\s*({_WORDS})?[)\s]*")
_LONGEST = 60  # characters of an amount: the pattern would try the blanks of a longer text in very many ways
_SHARED = {"¥": ("CNY", "JPY")}  # signs of several currencies


def currency_of(row: Mapping[str, Any]) -> str:
    """The code of a row's currency, such as CNY; "" where none is said: then it is the project's own."""
    word = unicodedata.normalize("NFKC", str(row.get("currency") or "")).strip().casefold()
    return _CODES.get(word, word.upper())


def said_beside(amount: str) -> str:
    """The currency that is written beside an amount, as it stands there; "" where none is."""
    if len(amount) > _LONGEST:
        return ""
    found = _BESIDE.fullmatch(unicodedata.normalize("NFKC", amount).strip().casefold())
    return (found[1] or found[2] or "") if found else ""


def is_currency(written: str, code: str) -> bool:
    """Whether a currency, as it is `written` beside an amount, is that of the code."""
    return code in _SHARED.get(written, (_CODES[written],))


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
