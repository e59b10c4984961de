"""Which lines under a register's header are rows, and which only sum rows up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from folderkit.core.language import Text
from folderkit.registers.header import Header
from folderkit.registers.schema import NUMBERS, Schema, plain
from folderkit.registers.values import as_text

_TOTALS = {plain(word) for word in ("合计", "总计", "小计", "汇总", "Total", "Totals", "Sum", "Subtotal")}
_IN_OTHER_WORDS = re.compile(
    r"(?:.*(?:[合小总總共累]\s*[计計]|[汇匯]\s*[总總])(?:\s*(?:金\s*[额額]|[数數]))?"
    r"|(?:.*\s)?(?:sub|grand|page)?[ -]?totals?)"
    r"\s*:?\s*(?:\([^()]*\))?\s*:?")
_LONGEST = 40  # characters of what such a line is called
_PLAIN_END = re.compile(r"[0-9A-KN-RT-Za-kn-rt-z]|(?![计計总總数數额額])[\u4e00-\u9fff]")  # of no line of totals
Kind: TypeAlias = Literal["row", "totals", "taken", "blank"]  # taken: for totals, though it may be a row
_TOLD = ("bool", "date", "datetime", "enum", "multi", "person", "ref")  # columns that totals have nothing for


def is_plainly_row(subject: Any) -> bool:
    """Whether the last letter of the subject's cell alone says that this is a row, told fast: most of them do."""
    return type(subject) is str and subject != "" and _PLAIN_END.match(subject, len(subject) - 1) is not None


def says_totals(value: Any) -> bool:
    """Whether a cell holds a word for totals, and nothing else."""
    return isinstance(value, str) and value != "" and plain(value) in _TOTALS


def says_totals_of(value: Any) -> bool:
    """Whether a cell may be what a line of totals is called, as '11月合计' and 'Grand total (CNY)' are."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    word = value if value.isascii() else unicodedata.normalize("NFKC", value)
    return _IN_OTHER_WORDS.fullmatch(word.strip().casefold()) is not None


class Lines:
    """The lines of one table, by what stands in their cells."""

    def __init__(self, schema: Schema, header: Header) -> None:
        self._typed = header.typed(schema)
        self._subject, self._subject_at = schema.subject, header.columns[schema.subject]
        self._column_at = {header.columns[column.key]: column for column in schema.columns
                           if column.key in header.columns}
        self._title = schema.column(schema.subject).header
        self._across = set(header.across.values())

    def kind(self, cells: Sequence[Any]) -> Kind:
        """What a line is: a prepared number alone says nothing."""
        subject = cells[self._subject_at]
        if type(subject) is str and subject.strip() and not says_totals(subject) and not says_totals_of(subject):
            return "row"
        filled = [(column.key, cells[position]) for column, position in self._typed if not _is_blank(cells[position])]
        if any(key == self._subject and not says_totals(as_text(value)) for key, value in filled):
            return "taken" if self._is_taken_for_totals(cells) else "row"
        if any(map(says_totals, cells)):
            return "taken" if self._says_more(cells) else "totals"
        if all(key == "id" and not says_totals_of(value) for key, value in filled):
            return "blank"
        return "taken" if self._is_taken_for_totals(cells) else "row"

    def is_row(self, cells: Sequence[Any]) -> bool:
        return self.kind(cells) == "row"

    def is_totals(self, cells: Sequence[Any]) -> bool:
        return self.kind(cells) in ("totals", "taken")

    def to_be_row(self, cells: Sequence[Any]) -> Text:
        """What to do where a line that is taken for totals is a row."""
        if not any(map(says_totals, cells)):
            return Text("If it is a row, fill in one more cell of it, such as its date or who it is with.",
                        "如果是数据行，请再填一个单元格，如日期或相关的人。")
        if _is_blank(cells[self._subject_at]):
            return Text(f"If it is a row, fill in '{self._title.en}'.", f"如果是数据行，请填写“{self._title.zh}”。")
        return Text("If it is a row, call it something else.", "如果是数据行，请换一个名称。")

    def _says_more(self, cells: Sequence[Any]) -> bool:
        """Whether a line with a plain word for totals says what totals do not: a date, a person, a choice."""
        return any(not _is_blank(cells[position]) and not says_totals(cells[position])
                   and any(map(str.isalnum, as_text(cells[position])))
                   for position in (*self._across, *(place for place, column in self._column_at.items()
                                                     if column.type in _TOLD and not column.computed)))

    def _is_taken_for_totals(self, cells: Sequence[Any]) -> bool:
        """Whether it sums rows up, though its words alone do not say so: beside what it is called, only numbers stand
        in it, of which at least one is of a kind that is added up."""
        named = any_sum = False
        for position, value in enumerate(cells):
            if _is_blank(value):
                continue
            column = self._column_at.get(position)
            if column is not None and column.computed:
                any_sum = any_sum or (column.type == "money" and _is_number(value) and value != 0)
            elif says_totals_of(value):
                named = True
            elif column is None or column.key == "id":
                if column is None and not _is_number(value):
                    return False
            elif column.type not in NUMBERS:
                return False
            else:
                any_sum = any_sum or (column.type != "pct" and column.maximum is None)
        return named and any_sum


def called(cells: Sequence[Any]) -> tuple[int, str]:
    """What a line that is no row is called for that, and the position of that cell."""
    return next((place, str(cell).strip()) for place, cell in enumerate(cells)
                if says_totals(cell) or says_totals_of(cell))


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
