"""The workbook of a register, drawn with xlsxwriter: title, help line, counts and totals, table, bookkeeping."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from folderkit.core.language import Language, Text
from folderkit.registers import look
from folderkit.registers.formula import in_rule, in_table, literal, whole_column
from folderkit.registers.read import HIDDEN_SHEET, column_letters
from folderkit.registers.register import Row
from folderkit.registers.schema import Column, Schema
from folderkit.registers.write import highest_number, number_of

PREPARED_ROWS = 20  # empty rows of the table, with numbers, formats and formulas, ready to be typed into
RULED_ROWS = 500  # as far down as drop-downs and conditional formats reach
_LEFT = 1  # a narrow margin stands left of the table
_TITLE, _PROJECT, _HELP, _COUNTS, _HEADER = range(5)
_FIRST = _HEADER + 1
_CREATED = dt.datetime(2020, 1, 1)  # the same for all, so that the same register has the same bytes
_LONGEST_LIST = 255  # characters of a drop-down, by Excel
_MARGIN_SIZE = 16  # of the margin's invisible letters: Excel and LibreOffice make the rows as high


@dataclass(frozen=True)
class Band:
    """What stands above the table, and the colour of it all (RRGGBB)."""

    project: str
    color: str
    currency: str


def build(schema: Schema, language: Language, rows: list[Row], target: BinaryIO, band: Band) -> None:
    """Draw the workbook; `rows` are typed and computed."""
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_format_properties": look.default(language)})
    title = schema.title.in_(language)
    book.set_properties({"title": title, "created": _CREATED})
    _Drawing(book, book.add_worksheet(title), schema, language, rows, band).draw()
    _note_columns(book, schema, language, title)
    book.close()


class _Drawing:
    """One register on one sheet."""

    def __init__(
        self, book: Workbook, sheet: Worksheet, schema: Schema, language: Language, rows: list[Row], band: Band
    ) -> None:
        self.book, self.sheet, self.schema, self.language = book, sheet, schema, language
        self.rows, self.band = rows, band
        self.last = _FIRST + len(rows) + PREPARED_ROWS - 1
        self.ruled = max(self.last, _FIRST + RULED_ROWS - 1)
        self.places = {column.key: _LEFT + index for index, column in enumerate(schema.columns)}
        self.letters = {key: column_letters(place) for key, place in self.places.items()}
        self.right = _LEFT + len(schema.columns) - 1

    def draw(self) -> None:
        self._set_widths()
        self._write_band()
        self._write_counts()
        self._write_table()
        for column in self.schema.columns:
            if not column.computed:
                self._validate(column)
        self._light()
        self._set_page()

    def _format(self, properties: look.Format) -> Format:
        return self.book.add_format(properties)

    def _word(self, en: str, zh: str) -> str:
        return Text(en, zh).in_(self.language)

    # -- above the table ---------------------------------------------------------------------------
    def _set_widths(self) -> None:
        self.sheet.hide_gridlines(2)
        self.sheet.set_column(0, 0, 1.5, self._format({"font_size": _MARGIN_SIZE}))
        for column in self.schema.columns:
            self.sheet.set_column(self.places[column.key], self.places[column.key], column.width)
        for row, height in ((_TITLE, 34), (_PROJECT, 18), (_HELP, 18), (_COUNTS, 26), (_HEADER, 36)):
            self.sheet.set_row(row, height)

    def _write_band(self) -> None:
        project = self._word(f"Project: {self.band.project}", f"项目：{self.band.project}")
        if self.band.currency and any(column.type == "money" for column in self.schema.columns):
            project += self._word(f"   ·   Amounts in {self.band.currency}", f"　·　币种：{self.band.currency}")
        self.sheet.write_string(_TITLE, _LEFT, self.schema.title.in_(self.language),
                                self._format(look.title(self.band.color)))
        self.sheet.write_string(_PROJECT, _LEFT, project, self._format({"font_size": 10, "bold": True}))
        self.sheet.write_string(_HELP, _LEFT, self.schema.help.in_(self.language), self._format(look.note()))

    def _write_counts(self) -> None:
        """How many rows have each choice of the tally, and the totals, where they are always in sight."""
        line = self._format(look.rule(self.band.color))
        for place in range(_LEFT, self.right + 1):
            self.sheet.write_blank(_COUNTS, place, None, line)
        if self.schema.tally:
            self._write_tally(self.schema.column(self.schema.tally))
        totals = [column for column in self.schema.columns if column.total]
        if totals:
            label = self._format({**look.rule(self.band.color), "bold": True, "align": "right"})
            self.sheet.write_string(_COUNTS, self.places[totals[0].key] - 1, self._word("Total", "合计"), label)
        for column in totals:
            formula = f"=SUBTOTAL(109,{whole_column(self.schema, column.key, self.language)})"
            value = round(sum(row[column.key] or 0 for row in self.rows), 2)
            self.sheet.write_formula(_COUNTS, self.places[column.key], formula,
                                     self._format(look.total(column, self.band.color)), value)

    def _write_tally(self, column: Column) -> None:
        cells = whole_column(self.schema, column.key, self.language)
        formulas, shown = [], []
        for choice in column.choices.values():
            word = choice.words.in_(self.language)
            formulas.append(f"{literal(f'{word} ')}&COUNTIF({cells},{literal(word)})")
            shown.append(f"{word} {sum(row[column.key] == choice.key for row in self.rows)}")
        between = "   ·   "
        self.sheet.write_formula(
            _COUNTS, _LEFT, "=" + f"&{literal(between)}&".join(formulas),
            self._format({**look.rule(self.band.color), **look.note(10)}), between.join(shown))

    # -- the table ---------------------------------------------------------------------------------
    def _write_table(self) -> None:
        top = sum(column.type == "long" for column in self.schema.columns) > 1
        formats = {column.key: self._format(look.cell(column, top)) for column in self.schema.columns}
        self.sheet.add_table(_HEADER, _LEFT, self.last, self.right, {
            "name": self.schema.table, "style": None, "banded_rows": False,
            "columns": [self._table_column(column, formats[column.key]) for column in self.schema.columns]})
        first_free = highest_number(self.schema, self.rows) + 1
        blank: Row = {column.key: None for column in self.schema.columns}
        prepared = [{**blank, "id": number_of(self.schema, first_free + index)} for index in range(PREPARED_ROWS)]
        for number, row in enumerate([*self.rows, *prepared], start=_FIRST):
            for column in self.schema.columns:
                self._write_cell(number, column, row[column.key], formats[column.key])

    def _table_column(self, column: Column, cell: Format) -> dict[str, Any]:
        described = {"header": column.header.in_(self.language), "format": cell,
                     "header_format": self._format(look.header(column, self.band.color))}
        if column.computed:
            described["formula"] = in_table(self.schema, column.formula, self.language)
        return described

    def _write_cell(self, row: int, column: Column, value: Any, cell: Format) -> None:
        place = self.places[column.key]
        if value is not None and column.choices:
            value = column.choices[value].words.in_(self.language)
        if column.computed:
            formula = in_table(self.schema, column.formula, self.language)
            self.sheet.write_formula(row, place, formula, cell, "" if value is None else value)
        elif value is None:
            self.sheet.write_blank(row, place, None, cell)
        elif isinstance(value, str):
            self.sheet.write_string(row, place, value, cell)
        elif isinstance(value, dt.date):
            self.sheet.write_datetime(row, place, value, cell)
        else:
            self.sheet.write_number(row, place, value, cell)

    # -- what may be typed -------------------------------------------------------------------------
    def _validate(self, column: Column) -> None:
        rule = self._rule(column)
        if rule is None:
            return
        place = self.places[column.key]
        hint = column.hint.in_(self.language)
        if hint:
            rule |= {"input_title": column.header.in_(self.language)[:32], "input_message": hint[:255]}
        rule |= {"error_title": column.header.in_(self.language)[:32]}
        self.sheet.data_validation(_FIRST, place, self.ruled, place, rule)

    def _rule(self, column: Column) -> dict[str, Any] | None:
        if column.type == "enum":
            return self._list_rule([choice.words.in_(self.language) for choice in column.choices.values()])
        if column.type == "int" and column.minimum is not None and column.maximum is not None:
            return self._list_rule([str(n) for n in range(int(column.minimum), int(column.maximum) + 1)])
        if column.type == "date":
            return self._date_rule(column)
        if column.type == "pct":
            return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
                    "error_message": self._word("Type a percentage from 0 % to 100 %.", "请填写 0% 到 100%。")}
        if column.type in ("int", "dec", "money"):
            low = column.minimum if column.minimum is not None else -1e15
            return {"validate": "decimal", "criteria": ">=", "value": low,
                    "error_message": self._word("Type a number, such as 1200.50.", "请填写数字，例如 1200.50。")}
        if column.type == "id":
            cell = f"{self.letters['id']}{_FIRST + 1}"
            whole = f"${self.letters['id']}${_FIRST + 1}:${self.letters['id']}${self.ruled + 1}"
            return {"validate": "custom", "value": f"=COUNTIF({whole},{cell})=1", "error_type": "warning",
                    "error_message": self._word("This number is already used.", "这个编号已经用过。")}
        return None

    def _list_rule(self, words: list[str]) -> dict[str, Any]:
        joined = ("、" if self.language == "zh" else ", ").join(words)
        return {"validate": "list", "source": words,
                "error_message": self._word(f"Choose one of: {joined}", f"请选择：{joined}")[:_LONGEST_LIST]}

    def _date_rule(self, column: Column) -> dict[str, Any]:
        message = self._word("Type a date, such as 2026-03-31.", "请填写日期，例如 2026-03-31。")
        least: Any = dt.date(2000, 1, 1)
        if column.after:
            least = f"=${self.letters[column.after]}{_FIRST + 1}"
            before = self.schema.column(column.after).header
            message += self._word(f" It cannot lie before '{before.en}'.", f"不能早于“{before.zh}”。")
        return {"validate": "date", "criteria": ">=", "value": least, "error_message": message}

    # -- what catches the eye ----------------------------------------------------------------------
    def _light(self) -> None:
        subject = self.schema.subject
        started = f'{{{subject}}}<>""'
        self._mark(f'{{{subject}}}=""', "quiet", ["id"])
        for mark in self.schema.marks:
            self._mark(mark.when, mark.tone, mark.columns or [column.key for column in self.schema.columns])
        for column in self.schema.columns:
            for choice in column.choices.values():
                if choice.tone:
                    self._mark(f"{{{column.key}}}={{{column.key}:{choice.key}}}", choice.tone, [column.key])
            if column.required and column.key != subject:
                self._mark(f'AND({started},{{{column.key}}}="")', "missing", [column.key])

    def _mark(self, when: str, tone: str, keys: list[str] | tuple[str, ...]) -> None:
        look_of_tone = self._format(look.TONES[tone])
        rule = {"type": "formula", "format": look_of_tone,
                "criteria": in_rule(self.schema, when, self.language, self.letters, _FIRST + 1)}
        for key in keys:
            self.sheet.conditional_format(_FIRST, self.places[key], self.ruled, self.places[key], dict(rule))

    # -- on paper ----------------------------------------------------------------------------------
    def _set_page(self) -> None:
        sheet = self.sheet
        sheet.freeze_panes(_FIRST, self.places[self.schema.freeze] + 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        project = self.band.project[:80].replace("&", "&&")
        grey = f"&8&K{look.GREY}"
        sheet.set_footer(f"&L{grey}{project}&C{grey}{self.schema.title.in_(self.language).replace('&', '&&')}"
                         f"&R{grey}&P / &N", {"margin": 0.3})
        sheet.set_selection(_FIRST + len(self.rows), self.places[self.schema.subject],
                            _FIRST + len(self.rows), self.places[self.schema.subject])


def _note_columns(book: Workbook, schema: Schema, language: Language, title: str) -> None:
    """The hidden sheet by which a later folderkit knows what this is."""
    sheet = book.add_worksheet(HIDDEN_SHEET)
    sheet.hide()
    noted = [("register", schema.key), ("version", str(schema.version)), ("language", language), ("sheet", title),
             *((f"column.{column.key}", column.header.in_(language)) for column in schema.columns)]
    for row, (key, value) in enumerate(noted):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
