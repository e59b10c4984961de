"""Workbooks: a passage per row, its cells apart by tabs, empty ones kept."""

from __future__ import annotations

from pathlib import Path

from python_calamine import CalamineSheet

from folderkit.core.cells import column_letters
from folderkit.extract.closely.properties import read_package
from folderkit.extract.model import Findings
from folderkit.extract.package import is_package
from folderkit.extract.readers.workbook import as_text, read_sheets


def read(path: Path, findings: Findings) -> None:
    """Add the name of each sheet, and its rows."""
    if is_package(path):
        read_package(path, findings)
    read_sheets(path, findings, _add_sheet)


def _add_sheet(sheet: CalamineSheet, findings: Findings) -> None:
    findings.add(f"{sheet.name}!", sheet.name)
    if sheet.start is None:
        return
    top, left = sheet.start
    for row, values in enumerate(sheet.to_python(skip_empty_area=True), start=top + 1):
        cells = [as_text(value).replace("\t", " ") for value in values]
        first = next((index for index, cell in enumerate(cells) if cell), None)
        if first is not None:
            findings.add(f"{sheet.name}!{column_letters(left + first)}{row}", "\t".join(cells[first:]))
