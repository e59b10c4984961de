"""An amount of money as people type it: the number, and the currency beside it."""

from __future__ import annotations

import re
import unicodedata

from folderkit.core.currencies import CODES

CURRENCIES = {**CODES, "人民币元": "CNY"}
"""The code of each currency by what people write for it, in small letters."""
SHARED = {  # signs of several currencies
    "¥": ("CNY", "JPY"), "元": ("CNY", "HKD", "TWD", "SGD", "MOP"),
    "$": ("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "MOP"), "dollars": ("USD", "HKD", "TWD", "SGD", "AUD", "CAD")}

_WORDS = "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True)))
_BEFORE = re.compile(rf"([-+]?)\s*({_WORDS})\s*(?:({_WORDS})\s*)?")  # two as in RMB ¥5
_BEHIND = re.compile(rf"(?:({_WORDS})\s*)?({_WORDS})整?\Z")  # two as in 5元人民币
_IN_BRACKETS = re.compile(r"([^()\d+-]*)\(([^()+-]+)\)([^()\d+-]*)")  # below zero, as accountants write it


def out_of_brackets(word: str) -> str | None:
    """What is written, without the brackets that put it below zero; None where there are none."""
    found = _IN_BRACKETS.fullmatch(word)
    return "".join(found.groups()).strip() if found else None


def parted(word: str) -> tuple[str, str]:
    """The number of an amount in small letters as it is written, and the currency before or behind it ("": none). What
    is in two currencies at once, or names one twice, is no amount, and left as it is."""
    number, found = word, list[str]()
    if before := _BEFORE.match(word):
        found += filter(None, before.group(2, 3))
        number = before[1] + word[before.end() :]
    if behind := _BEHIND.search(number):
        found += filter(None, behind.groups())
        number = number[: behind.start()].rstrip()
    if len(set(found)) < len(found) or not found or not set.intersection(*(set(_codes(one)) for one in found)):
        return word, ""
    return number, min(found, key=lambda one: len(_codes(one)))


def currency_beside(amount: str) -> str:
    """The currency that is written beside an amount, in small letters; "" where none is."""
    word = unicodedata.normalize("NFKC", amount).strip().casefold()
    return parted(out_of_brackets(word) or word)[1]


def is_currency(written: str, code: str) -> bool:
    """Whether a currency, as it is `written` beside an amount, is that of the code."""
    return code in _codes(written)


def _codes(written: str) -> tuple[str, ...]:
    return SHARED.get(written) or (CURRENCIES[written],)
