"""What a register shows beside its table, on a sheet of its own."""

from __future__ import annotations

from collections.abc import Callable

from xlsxwriter.workbook import Workbook

from folderkit.core.language import Language
from folderkit.registers.band import Band
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema
from folderkit.registers.views import gantt, matrix, spending

VIEWS: dict[str, Callable[[Workbook, Schema, Language, list[Row], Band], None]] = {
    "tasks": gantt.draw, "risks": matrix.draw, "budget": spending.draw}


def draw_view(book: Workbook, schema: Schema, language: Language, rows: list[Row], band: Band) -> None:
    """Add the sheet that goes with a register, if there is one."""
    if schema.key in VIEWS:
        VIEWS[schema.key](book, schema, language, rows, band)
