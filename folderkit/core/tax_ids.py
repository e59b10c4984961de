"""The Chinese credit code (统一社会信用代码, GB 32100): eighteen characters, the last of which checks the others."""

from __future__ import annotations

CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def is_credit_code(word: str) -> bool:
    """Whether it can be one: its length, its letters and its check character."""
    return len(word) == 18 and all(letter in CREDIT_LETTERS for letter in word) and word[17] == check_letter(word)


def check_letter(word: str) -> str:
    """The character that must stand behind the first seventeen of `word`."""
    total = sum(CREDIT_LETTERS.index(letter) * weight for letter, weight in zip(word, _WEIGHTS, strict=False))
    return CREDIT_LETTERS[-total % 31]
