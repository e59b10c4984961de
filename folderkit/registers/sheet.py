"""The workbook of a register, drawn with xlsxwriter: title, help line, counts and totals, table, bookkeeping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, BinaryIO, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from folderkit.core.language import Language, Text
from folderkit.core.workbook import HIDDEN_SHEET
from folderkit.registers import look
from folderkit.registers.band import Band
from folderkit.registers.formula import in_table, literal, whole_column
from folderkit.registers.register import Row
from folderkit.registers.rules import Area, apply_rules
from folderkit.registers.schema import Column, Schema
from folderkit.registers.views import draw_view, gantt
from folderkit.registers.write import highest_number, number_of

# Empty rows of the table, with numbers, formats and formulas, ready to be typed into; fewer below rows to begin with.
PREPARED_ROWS, FEWEST_PREPARED = 20, 10
RULED_ROWS = 500  # as far down as drop-downs and conditional formats reach
_LEFT = 1  # a narrow margin stands left of the table
_TITLE, _PROJECT, _HELP, _COUNTS, _HEADER = range(5)
_FIRST = _HEADER + 1
_NOON = dt.time(12)  # in UTC, as which programs take it: then it is that day nearly everywhere
_ROW_HEIGHT, _LINE_HEIGHT = 22, 15  # points: of a row of the table, of a line of text in it
_WIDEST_ON_A4 = 205  # characters of Excel: there, letters of 10 points are printed with not quite 7
_MARGIN_SIZE = 15  # of the margin's invisible letters: Excel makes a row it fits anew as high as they are


class Content(NamedTuple):
    """What stands on one sheet: a register, the schema with a column for each that people head themselves, and the
    rows of that, typed and computed."""

    register: Schema
    schema: Schema
    rows: list[Row]


def build(contents: Sequence[Content], language: Language, target: BinaryIO, band: Band, today: dt.date) -> None:
    """Draw the workbook, a sheet for each register."""
    book = _new_book(contents[0].schema.title.in_(language), language, target, today)
    for content in contents:
        _draw(book, content, language, band)
        draw_view(book, content.schema, language, content.rows, band)
    _note_columns(book, [content.register for content in contents], language)
    book.close()


def build_gantt(content: Content, language: Language, target: BinaryIO, band: Band, as_of: dt.date, *,
                alone: bool) -> None:
    """Draw a workbook to hand out, which opens on the Gantt chart of the tasks as of a day; their table is hidden when
    the chart is to be `alone`."""
    book = _new_book(gantt.TITLE.in_(language), language, target, as_of)
    table = _draw(book, content, language, band)
    gantt.draw(book, content.schema, language, content.rows, band, as_of=as_of)
    book.worksheets()[-1].activate()
    if alone:
        table.hide()
    book.close()


def _new_book(title: str, language: Language, target: BinaryIO, today: dt.date) -> Workbook:
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_format_properties": look.default(language)})
    book.set_properties({"title": title, "created": dt.datetime.combine(today, _NOON)})
    return book


def _draw(book: Workbook, content: Content, language: Language, band: Band) -> Worksheet:
    """The sheet of a register."""
    sheet = book.add_worksheet(content.schema.title.in_(language), worksheet_class=_Sheet)
    _Drawing(book, sheet, content.schema, language, content.rows, band).draw()
    return sheet


class _Sheet(Worksheet):  # type: ignore[misc]
    """xlsxwriter's sheet with two changes: rows of the table have a height and yet grow when more is typed,
    and a formula is looked through once, not for each of its cells (five sixths of the time)."""

    def __init__(self) -> None:
        super().__init__()
        self._prepared: dict[str, str] = {}

    def _xml_start_tag_unencoded(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        if tag == "row" and attributes[0][1] > _FIRST:
            attributes = [pair for pair in attributes if pair[0] != "customHeight"]
        super()._xml_start_tag_unencoded(tag, attributes)

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        if formula not in self._prepared:
            self._prepared[formula] = super()._prepare_formula(formula, expand_future_functions)
        return self._prepared[formula]


class _Drawing:
    """One register on one sheet."""

    def __init__(
        self, book: Workbook, sheet: Worksheet, schema: Schema, language: Language, rows: list[Row], band: Band
    ) -> None:
        self.book, self.sheet, self.schema, self.language = book, sheet, schema, language
        self.rows, self.band = rows, band
        self.prepared = max(FEWEST_PREPARED, PREPARED_ROWS - len(schema.starters))  # a new one is printed on one page
        self.last = _FIRST + len(rows) + self.prepared - 1
        self.ruled = max(self.last, _FIRST + RULED_ROWS - 1)
        self.places = {column.key: _LEFT + index for index, column in enumerate(schema.columns)}
        self.widths = {column.key: look.width(column, language) for column in schema.columns}
        self.formulas = {column.key: in_table(schema, column.formula, language)
                         for column in schema.columns if column.computed}
        self.right = _LEFT + len(schema.columns) - 1

    def draw(self) -> None:
        self._set_widths()
        self._write_band()
        self._write_counts()
        self._write_table()
        apply_rules(self.book, self.sheet, Area(self.schema, self.language, _FIRST, self.ruled, self.places))
        self._set_page()

    def _format(self, properties: look.Format) -> Format:
        return self.book.add_format(properties)

    def _word(self, en: str, zh: str) -> str:
        return Text(en, zh).in_(self.language)

    # -- above the table ---------------------------------------------------------------------------
    def _set_widths(self) -> None:
        self.sheet.hide_gridlines(2)
        self.sheet.set_column(0, 0, 1.5)
        self.sheet.outline_settings(symbols_right=False)
        for column in self.schema.columns:
            place = self.places[column.key]
            self.sheet.set_column(place, place, self.widths[column.key], None,
                                  {"level": 1, "hidden": True} if column.more else {})
        for row, height in ((_TITLE, 34), (_PROJECT, 18), (_HELP, 18), (_COUNTS, 28), (_HEADER, 40)):
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
            label = self._format({**look.rule(self.band.color), "bold": True, "align": "right", "indent": 1})
            seen = [self.places[column.key] for column in self.schema.columns if not column.more]
            place = max(one for one in seen if one < self.places[totals[0].key])
            self.sheet.write_string(_COUNTS, place, self._word("Total", "合计"), label)
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
        formats = {column.key: self._format(look.cell(column)) for column in self.schema.columns}
        self.sheet.add_table(_HEADER, _LEFT, self.last, self.right, {
            "name": self.schema.table, "style": None, "banded_rows": False,
            "columns": [self._table_column(column, formats[column.key]) for column in self.schema.columns]})
        first_free = highest_number(self.schema, self.rows) + 1
        blank: Row = {column.key: None for column in self.schema.columns}
        prepared = [{**blank, "id": number_of(self.schema, first_free + index)} for index in range(self.prepared)]
        margin = self._format({"font_size": _MARGIN_SIZE})
        for number, row in enumerate([*self.rows, *prepared], start=_FIRST):
            self.sheet.set_row(number, self._height(row))
            self.sheet.write_blank(number, 0, None, margin)
            for column in self.schema.columns:
                self._write_cell(number, column, row[column.key], formats[column.key])

        texts = [self.places[column.key] for column in self.schema.columns
                 if column.type in ("id", "text", "ref", "path")]
        self.sheet.ignore_errors({"number_stored_as_text": " ".join(  # '1.2' is meant as text: no green corner
            xl_range(_FIRST, place, self.ruled, place) for place in texts)})

    def _height(self, row: Row) -> float:
        lines = max((look.lines(self._shown(column, row[column.key]), self.widths[column.key])
                     for column in self.schema.columns
                     if column.type in look.WRAPPED and not column.more and row[column.key] is not None), default=1)
        return max(_ROW_HEIGHT, lines * _LINE_HEIGHT + 6)

    def _table_column(self, column: Column, cell: Format) -> dict[str, Any]:
        described = {"header": column.header.in_(self.language), "format": cell,
                     "header_format": self._format(look.header(column, self.band.color))}
        if column.computed:
            described["formula"] = self.formulas[column.key]
        return described

    def _shown(self, column: Column, value: Any) -> Any:
        return column.shown(value, self.language) if column.choices and value is not None else value

    def _write_cell(self, row: int, column: Column, value: Any, cell: Format) -> None:
        place = self.places[column.key]
        value = self._shown(column, value)
        if column.computed:
            self.sheet.write_formula(row, place, self.formulas[column.key], cell, "" if value is None else value)
        elif value is None:
            self.sheet.write_blank(row, place, None, cell)
        elif isinstance(value, str):
            self.sheet.write_string(row, place, value, cell)
        elif isinstance(value, dt.date):
            self.sheet.write_datetime(row, place, value, cell)
        else:
            self.sheet.write_number(row, place, value, cell)

    # -- on paper ----------------------------------------------------------------------------------
    def _set_page(self) -> None:
        sheet = self.sheet
        sheet.freeze_panes(_FIRST, self.places[self.schema.freeze] + 1)
        sheet.set_landscape()
        seen = sum(self.widths[column.key] for column in self.schema.columns if not column.more)
        sheet.set_paper(look.A4 if seen <= _WIDEST_ON_A4 else look.A3)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        project = self.band.project[:80].replace("&", "&&")
        grey = f"&8&K{look.GREY}"
        sheet.set_footer(f"&L{grey}{project}&C{grey}{self.schema.title.in_(self.language).replace('&', '&&')}"
                         f"&R{grey}&P / &N", {"margin": 0.3})
        sheet.set_selection(_FIRST + len(self.rows), self.places[self.schema.subject],
                            _FIRST + len(self.rows), self.places[self.schema.subject])


def _note_columns(book: Workbook, schemas: Sequence[Schema], language: Language) -> None:
    """The hidden sheet by which a later folderkit knows what this is: a block of lines for each register."""
    sheet = book.add_worksheet(HIDDEN_SHEET)
    sheet.hide()
    noted = [line for schema in schemas for line in (
        ("register", schema.key), ("version", str(schema.version)), ("language", language),
        ("sheet", schema.title.in_(language)),
        *((f"column.{column.key}", column.header.in_(language)) for column in schema.columns))]
    for row, (key, value) in enumerate(noted):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
