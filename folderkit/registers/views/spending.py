"""The budget by category: a chart of what was planned against what was spent."""

from __future__ import annotations

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from folderkit.core.language import Language, Text
from folderkit.registers import look
from folderkit.registers.band import Band
from folderkit.registers.beside import TITLES
from folderkit.registers.formula import literal
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema
from folderkit.registers.views.page import FREE, LEFT, Page

TITLE = TITLES["budget"]
_HELP = Text("By category; follows the budget by itself.", "按科目汇总，随预算表自动更新。")
_HEADER = FREE + 1
_FIRST = _HEADER + 1
_AMOUNT = '#,##0.00_)_);-#,##0.00_)_);"–"_)_)'
_SUMS = ("revised", "actual", "left")


def draw(book: Workbook, schema: Schema, language: Language, rows: list[Row], band: Band) -> None:
    page = Page(book, schema, language, band, TITLE)
    page.write_head(_HELP)
    categories = list(schema.column("category").choices.values())
    last = _FIRST + len(categories) - 1
    page.sheet.set_column(LEFT, LEFT, 22)
    page.sheet.set_column(LEFT + 1, LEFT + len(_SUMS), 16)
    fill = look.accent(band.color)
    header = {"bold": True, "font_color": look.ink_on(fill), "bg_color": fill}
    page.sheet.set_row(_HEADER, 24)
    page.sheet.write_string(_HEADER, LEFT, schema.column("category").header.in_(language),
                            page.format(**header, indent=1))
    line = {"bottom": 1, "bottom_color": f"#{look.LINE}"}
    name, amount = page.format(**line, indent=1), page.format(**line, num_format=_AMOUNT)
    total = page.format(bold=True, num_format=_AMOUNT, top=2, top_color=fill)
    for row, choice in enumerate(categories, _FIRST):
        page.sheet.set_row(row, 20)
        page.sheet.write_string(row, LEFT, choice.words.in_(language), name)
    page.sheet.set_row(last + 1, 24)
    page.sheet.write_string(last + 1, LEFT, page.word("Total", "合计"),
                            page.format(bold=True, indent=1, top=2, top_color=fill))
    for place, key in enumerate(_SUMS, LEFT + 1):
        page.sheet.write_string(_HEADER, place, schema.column(key).header.in_(language),
                                page.format(**header, align="right", indent=1))
        for row, choice in enumerate(categories, _FIRST):
            value = sum(one[key] or 0 for one in rows if one["category"] == choice.key)
            page.sheet.write_formula(row, place, f"=SUMIFS({page.column(key)},{page.column('category')},"
                                     f"{literal(choice.words.in_(language))})", amount, round(value, 2))
        ends = f"{xl_rowcol_to_cell(_FIRST, place)}:{xl_rowcol_to_cell(last, place)}"
        page.sheet.write_formula(last + 1, place, f"=SUM({ends})", total,
                                 round(sum(one[key] or 0 for one in rows if one["category"]), 2))
    _draw_chart(page, last)
    page.set_page()


def _draw_chart(page: Page, last: int) -> None:
    chart = page.book.add_chart({"type": "column"})
    color = page.band.color
    for place, fill in ((LEFT + 1, look.mixed(color, 0.6)), (LEFT + 2, look.accent(color))):
        chart.add_series({
            "name": [page.title, _HEADER, place], "categories": [page.title, _FIRST, LEFT, last, LEFT],
            "values": [page.title, _FIRST, place, last, place], "fill": {"color": fill}, "gap": 60, "overlap": -5})
    font = {"name": look.FONT[page.language], "size": 9, "color": f"#{look.GREY}"}
    chart.set_legend({"position": "top", "font": font})
    chart.set_x_axis({"num_font": font, "line": {"color": f"#{look.LINE}"}, "major_tick_mark": "none"})
    chart.set_y_axis({"num_font": font, "num_format": "#,##0", "line": {"none": True},
                      "major_gridlines": {"visible": True, "line": {"color": f"#{look.LINE}"}}})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 340})
    page.sheet.insert_chart(last + 3, LEFT, chart, {"object_position": 2})
