"""A sheet beside a register's table: its title, the project, and how it is printed."""

from __future__ import annotations

from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from folderkit.core.language import Language, Text
from folderkit.registers import look
from folderkit.registers.band import Band
from folderkit.registers.formula import whole_column
from folderkit.registers.schema import Schema

LEFT = 1  # a narrow margin stands left of everything
TITLE, PROJECT, HELP, FREE = range(4)


class Page:
    """A sheet with title, project and help line, whose cells look at the table of `schema`."""

    def __init__(self, book: Workbook, schema: Schema, language: Language, band: Band, title: Text) -> None:
        self.book, self.schema, self.language, self.band = book, schema, language, band
        self.title = title.in_(language)
        self.sheet: Worksheet = book.add_worksheet(self.title)

    def word(self, en: str, zh: str) -> str:
        return Text(en, zh).in_(self.language)

    def format(self, **properties: Any) -> Format:
        return self.book.add_format(properties)

    def column(self, key: str) -> str:
        """All cells of a column of the register, for a formula."""
        return whole_column(self.schema, key, self.language)

    def choice(self, key: str, choice: str) -> str:
        return self.schema.column(key).choices[choice].words.in_(self.language)

    def write_head(self, help_line: Text) -> None:
        self.sheet.hide_gridlines(2)
        self.sheet.set_column(0, 0, 1.5)
        for row, height in ((TITLE, 34), (PROJECT, 18), (HELP, 18)):
            self.sheet.set_row(row, height)
        self.sheet.write_string(TITLE, LEFT, self.title, self.format(**look.title(self.band.color)))
        self.sheet.write_string(PROJECT, LEFT, self.word(f"Project: {self.band.project}", f"项目：{self.band.project}"),
                                self.format(font_size=10, bold=True))
        self.sheet.write_string(HELP, LEFT, help_line.in_(self.language), self.format(**look.note()))

    def set_page(self, pages: int = 1, paper: int = look.A4) -> None:
        """On `pages` pages, one below the other (0: as many as it takes)."""
        self.sheet.set_landscape()
        self.sheet.set_paper(paper)
        self.sheet.fit_to_pages(1, pages)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        grey = f"&8&K{look.GREY}"
        self.sheet.set_footer(f"&L{grey}{self.band.project[:80].replace('&', '&&')}&R{grey}&P / &N", {"margin": 0.3})
