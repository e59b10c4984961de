"""Formulas of a schema, which speak of columns by key, as Excel reads them in a table or in a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from folderkit.core.language import Language
from folderkit.registers.schema import REFERENCE, Schema


def in_table(schema: Schema, formula: str, language: Language) -> str:
    """The formula of a calculated column: ``{pct}`` is the cell of that column in the same row."""
    def header(key: str) -> str:
        return f"[{schema.column(key).header.in_(language)}]"

    def cell(key: str, last: str) -> str:
        return f"{schema.table}[[#This Row],{header(key)}{f':{header(last)}' if last else ''}]"

    return "=" + _put(schema, formula, language, cell)


def in_rule(schema: Schema, formula: str, language: Language, letters: Mapping[str, str], row: int) -> str:
    """The formula of a conditional format or a validation, as written for the sheet's row `row` (from 1)."""
    def cell(key: str, last: str) -> str:
        return f"${letters[key]}{row}" + (f":${letters[last]}{row}" if last else "")

    return "=" + _put(schema, formula, language, cell)


def whole_column(schema: Schema, key: str, language: Language) -> str:
    """All cells of a column of the table."""
    return f"{schema.table}[{schema.column(key).header.in_(language)}]"


def literal(text: str) -> str:
    """A text inside a formula."""
    return '"' + text.replace('"', '""') + '"'


def _put(schema: Schema, formula: str, language: Language, cell: Callable[[str, str], str]) -> str:
    def one(found: re.Match[str]) -> str:
        key, choice = found["column"], found["choice"]
        if choice:
            return literal(schema.column(key).choices[choice].words.in_(language))
        return whole_column(schema, key, language) if found["whole"] else cell(key, found["last"] or "")

    return REFERENCE.sub(one, formula)
