"""What may be typed into a register's cells, and what in them catches the eye."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from folderkit.core.cells import column_letters
from folderkit.core.language import Language, Text
from folderkit.registers import look
from folderkit.registers.formula import in_rule
from folderkit.registers.schema import Column, Mark, Schema

_LONGEST_TITLE, _LONGEST_MESSAGE = 32, 255  # characters of a validation's texts, by Excel


@dataclass(frozen=True)
class Area:
    """The cells that the rules are for: rows `first` to `last`, columns by `places`, all counted from 0."""

    schema: Schema
    language: Language
    first: int
    last: int
    places: Mapping[str, int]

    @property
    def letters(self) -> dict[str, str]:
        return {key: column_letters(place) for key, place in self.places.items()}


def apply_rules(book: Workbook, sheet: Worksheet, area: Area) -> None:
    """Drop-downs and limits for typed columns, conditional formats for all."""
    validator = _Validator(area)
    for column in area.schema.columns:
        rule = None if column.computed else validator.rule(column)
        if rule is not None:
            place = area.places[column.key]
            sheet.data_validation(area.first, place, area.last, place, rule)
    formats: dict[tuple[str, str], Any] = {}
    for mark in _marks(area.schema):
        shown = {**look.TONES[mark.tone], **({"num_format": mark.format} if mark.format else {})}
        look_of_mark = formats.get((mark.tone, mark.format)) or book.add_format(shown)
        formats[mark.tone, mark.format] = look_of_mark
        criteria = in_rule(area.schema, mark.when, area.language, area.letters, area.first + 1)
        for key in mark.columns or area.places:
            sheet.conditional_format(area.first, area.places[key], area.last, area.places[key], {
                "type": "formula", "criteria": criteria, "format": look_of_mark,
                "stop_if_true": mark.tone == "quiet"})


def _marks(schema: Schema) -> list[Mark]:
    """All conditional formats, the more urgent first: what is missing, the schema's own, lit choices."""
    subject = schema.subject
    marks = [Mark(f'{{{subject}}}=""', "quiet", ("id",))]
    marks += [Mark(f'AND({{{subject}}}<>"",{{{column.key}}}="")', "missing", (column.key,))
              for column in schema.columns if column.required and column.key != subject]
    marks += [Mark(f'AND({{{subject}}}<>"",{when},{{{column.key}}}="")', "missing", (column.key,))
              for column in schema.columns for when in _when_needed(column)]
    marks += schema.marks
    marks += [Mark(f"{{{column.key}}}={{{column.key}:{choice.key}}}", choice.tone, (column.key,), column.format)
              for column in schema.columns for choice in column.choices.values() if choice.tone]
    return marks


def _when_needed(column: Column) -> list[str]:
    """The conditions under which it must be filled, but for one that always must."""
    found = []
    if column.need:
        other = column.need.column
        equals = ",".join(f"{{{other}}}={{{other}:{choice}}}" for choice in column.need.choices)
        found.append(f"NOT(OR({equals}))" if column.need.unless else f"OR({equals})")
    if column.without:
        found.append("AND({})".format(",".join(f'{{{key}}}=""' for key in column.without)))
    return found


class _Validator:
    """Says for each column what may be typed into it, in xlsxwriter's terms."""

    def __init__(self, area: Area) -> None:
        self.area = area

    def _word(self, en: str, zh: str) -> str:
        return Text(en, zh).in_(self.area.language)

    def rule(self, column: Column) -> dict[str, Any] | None:
        hint = self._hint(column)
        rule = self._own_rule(column) or ({"validate": "any"} if hint else None)
        if rule is None:
            return None
        header = column.header.in_(self.area.language)[:_LONGEST_TITLE]
        told = {"input_title": header, "input_message": hint} if hint else {}
        return {**rule, **told, "error_title": header}

    def _hint(self, column: Column) -> str:
        hint = column.hint.in_(self.area.language)
        if column.type == "multi" and not hint:  # Excel has no drop-down for several
            words = column.shown(column.choices, self.area.language)
            hint = self._word(f"One or several of: {words}", f"可填一个或多个：{words}")
        return hint[:_LONGEST_MESSAGE]

    def _own_rule(self, column: Column) -> dict[str, Any] | None:
        if column.type in ("enum", "bool"):
            return self._list_rule([choice.words.in_(self.area.language) for choice in column.choices.values()])
        if column.type == "int" and column.minimum is not None and column.maximum is not None:
            return self._list_rule([str(n) for n in range(int(column.minimum), int(column.maximum) + 1)])
        if column.type in ("date", "datetime"):
            return self._date_rule(column)
        if column.type == "pct":
            return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
                    "error_message": self._word("Type a percentage from 0 % to 100 %.", "请填写 0% 到 100%。")}
        if column.type in ("int", "dec", "money"):
            low = column.minimum if column.minimum is not None else -1e15
            return {"validate": "decimal", "criteria": ">=", "value": low,
                    "error_message": self._word("Type a number, such as 1200.50.", "请填写数字，例如 1200.50。")}
        if column.type == "id":
            cell = f"{self.area.letters['id']}{self.area.first + 1}"
            whole = f"${self.area.letters['id']}${self.area.first + 1}:${self.area.letters['id']}${self.area.last + 1}"
            return {"validate": "custom", "value": f"=COUNTIF({whole},{cell})=1", "error_type": "warning",
                    "error_message": self._word("This number is already used.", "这个编号已经用过。")}
        return None

    def _list_rule(self, words: list[str]) -> dict[str, Any]:
        joined = ("、" if self.area.language == "zh" else ", ").join(words)
        return {"validate": "list", "source": words,
                "error_message": self._word(f"Choose one of: {joined}", f"请选择：{joined}")[:_LONGEST_MESSAGE]}

    def _date_rule(self, column: Column) -> dict[str, Any]:
        message = self._word("Type a date, such as 2026-03-31.", "请填写日期，例如 2026-03-31。")
        if column.type == "datetime":
            message = self._word("Type a date with its time, such as 2026-03-31 14:05.",
                                 "请填写日期和时间，例如 2026-03-31 14:05。")
        least: Any = dt.date(2000, 1, 1)
        if column.after:
            least = f"=${self.area.letters[column.after]}{self.area.first + 1}"
            before = self.area.schema.column(column.after).header
            message += self._word(f" It cannot lie before '{before.en}'.", f"不能早于“{before.zh}”。")
        return {"validate": "date", "criteria": ">=", "value": least, "error_message": message}
