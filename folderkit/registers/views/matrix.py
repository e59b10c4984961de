"""The risks by probability and impact: how many are open in each field, as they are now and as they would remain."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from folderkit.core.language import Language, Text
from folderkit.registers import look
from folderkit.registers.band import Band
from folderkit.registers.beside import TITLES
from folderkit.registers.compute.marks import level_of
from folderkit.registers.formula import literal
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema
from folderkit.registers.views.page import FREE, LEFT, Page

TITLE = TITLES["risks"]
_HELP = Text("How many open risks lie in each field; follows the register by itself.",
             "每格为未关闭风险的个数，随登记册自动更新。")
_FILLS = {"low": "#D9EEDF", "medium": "#FFE9A8", "high": "#F9BDB0", "extreme": "#D9604F"}
_PROBABILITIES = (Text("1 very low", "1 极低"), Text("2 low", "2 低"), Text("3 medium", "3 中"), Text("4 high", "4 高"),
                  Text("5 very high", "5 极高"))
_IMPACTS = (Text("1 negligible", "1 可忽略"), Text("2 minor", "2 轻微"), Text("3 moderate", "3 中等"),
            Text("4 serious", "4 严重"), Text("5 fatal", "5 致命"))
_SIZE = len(_IMPACTS)
_TOP, _BETWEEN = FREE + 2, 1


def draw(book: Workbook, schema: Schema, language: Language, rows: list[Row], band: Band) -> None:
    page = Page(book, schema, language, band, TITLE)
    page.write_head(_HELP)
    open_rows = [row for row in rows if row["status"] != "closed"]
    _write_matrix(page, LEFT, Text("As it is now", "当前"), ("p", "i"), open_rows)
    _write_matrix(page, LEFT + _SIZE + 1 + _BETWEEN, Text("After the response", "应对后（剩余）"), ("p2", "i2"),
                  open_rows)
    _write_levels(page, open_rows)
    page.set_page()


def _write_matrix(page: Page, left: int, title: Text, keys: tuple[str, str], rows: list[Row]) -> None:
    """Probability upwards, impact to the right."""
    sheet = page.sheet
    sheet.set_column(left, left, 14)
    sheet.set_column(left + 1, left + _SIZE, 11)
    sheet.set_column(left + _SIZE + 1, left + _SIZE + 1, 3)
    sheet.write_string(_TOP - 1, left, title.in_(page.language), page.format(bold=True, font_size=12))
    label = {"font_color": f"#{look.GREY}", "text_wrap": True}
    closed = literal(f"<>{page.choice('status', 'closed')}")
    for down, probability in enumerate(range(_SIZE, 0, -1)):
        row = _TOP + down
        sheet.set_row(row, 44)
        sheet.write_string(row, left, _PROBABILITIES[probability - 1].in_(page.language),
                           page.format(**label, align="right", indent=1))
        for impact in range(1, _SIZE + 1):
            level = level_of(probability * impact)
            cell = page.format(bg_color=_FILLS[level], align="center", font_size=14, bold=True, num_format="0;;",
                               border=2, border_color="#FFFFFF",
                               font_color="#FFFFFF" if level == "extreme" else f"#{look.INK}")
            count = sum((row[keys[0]], row[keys[1]]) == (probability, impact) for row in rows)
            sheet.write_formula(row, left + impact, f"=COUNTIFS({page.column(keys[0])},{probability},"
                                f"{page.column(keys[1])},{impact},{page.column('status')},{closed})", cell, count)
    sheet.set_row(_TOP + _SIZE, 30)
    for impact, text in enumerate(_IMPACTS, 1):
        sheet.write_string(_TOP + _SIZE, left + impact, text.in_(page.language),
                           page.format(**label, align="center", valign="top"))
    sheet.write_string(_TOP + _SIZE + 1, left, page.word("Probability ↑  Impact →", "概率 ↑　影响 →"),
                       page.format(**look.note()))


def _write_levels(page: Page, rows: list[Row]) -> None:
    """How many open risks there are of each level."""
    row = _TOP + _SIZE + 3
    page.sheet.write_string(row, LEFT, page.word("Open risks", "未关闭风险"), page.format(bold=True))
    closed = literal(f"<>{page.choice('status', 'closed')}")
    for place, (level, fill) in enumerate(_FILLS.items(), LEFT + 1):
        word = page.choice("level", level)
        page.sheet.write_string(row, place, word, page.format(
            bg_color=fill, align="center", font_color="#FFFFFF" if level == "extreme" else f"#{look.INK}"))
        page.sheet.write_formula(
            row + 1, place, f"=COUNTIFS({page.column('level')},{literal(word)},{page.column('status')},{closed})",
            page.format(align="center", bold=True), sum(one["level"] == level for one in rows))
