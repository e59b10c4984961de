"""A chart as parts of a Word file: its XML, and the workbook that opens with "Edit data"."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

from folderkit.documents.drawn.drawing import EMU_PER_MM, RELATIONS, Drawing, chart_drawing

if TYPE_CHECKING:
    from folderkit.documents.drawn.chart import Chart
    from folderkit.documents.tags.functions import Kit

_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MADE = dt.datetime.fromisoformat("2000-01-01")  # of every workbook, so that the same numbers give the same bytes


def add_chart(kit: Kit, chart: Chart, alt: str) -> Drawing:
    """Put the chart into the document's package; the drawing that shows it."""
    from folderkit.documents.drawn.chart_look import chart_xml

    added = kit.additions
    part = added.free_name("word/charts/chart{}.xml")
    book = added.free_name("word/embeddings/Microsoft_Excel_Sheet{}.xlsx")
    added.add(book, workbook_of(chart), _BOOK_TYPE)
    ident = added.relate(f"{RELATIONS}/package", book, part)
    added.add(part, chart_xml(chart, kit.palette, kit.fonts(), ident), _TYPE)
    size = (round(chart.width * EMU_PER_MM), round(chart.height * EMU_PER_MM))
    name = part.rpartition("/")[2].removesuffix(".xml")
    return chart_drawing(added.relate(f"{RELATIONS}/chart", part), size, name, alt)


def workbook_of(chart: Chart) -> bytes:
    """The numbers of a chart as a workbook, in the cells that its XML names: labels in column A, the series in those
    after it. Texts stay texts, also when they look like a formula."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    book = Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _MADE})
    sheet, head = book.add_worksheet("Sheet1"), book.add_format({"bold": True})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, len(chart.series), 14)
    sheet.write_column(1, 0, chart.labels)
    for column, series in enumerate(chart.series, 1):
        sheet.write_string(0, column, series.name, head)
        sheet.write_column(1, column, series.values, book.add_format({"num_format": series.form}))
    book.close()
    return stream.getvalue()
