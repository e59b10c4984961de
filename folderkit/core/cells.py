"""The names of a sheet's cells."""

from __future__ import annotations


def column_letters(index: int) -> str:
    """The letters of a column, counted from 0: A, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
