"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) with calamine: a passage per row that holds something; and
what stands beside the cells."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, load_workbook

from folderkit.core.cells import column_letters
from folderkit.extract import beside_cells, old_sheets, open_sheets
from folderkit.extract.model import BROKEN, ENCRYPTED, TOO_BIG, Findings, UnreadableError
from folderkit.extract.package import is_package, open_package
from folderkit.extract.panics import panics_told
from folderkit.extract.properties import read_properties, sheets_in_one
from folderkit.extract.readers.open_document import refuse_encrypted
from folderkit.extract.source import Source
from folderkit.extract.summary import read_summary

_BROKEN = (CalamineError, OSError, ValueError)


def read(path: Source, findings: Findings) -> None:
    """Add the rows of all sheets, hidden ones too, in the workbook's order."""
    if not is_package(path):
        read_summary(path, findings)
        _read_cells(path, findings)
        old_sheets.read_beside(path, findings)
        return
    with open_package(path) as package:
        read_properties(package, findings)
    try:
        _read_cells(path, findings)
    except UnreadableError as error:
        if error.state == BROKEN and _is_read_cell_by_cell(path, findings):
            return
        raise
    with open_package(path) as package:
        read_beside = open_sheets.read_beside if "content.xml" in package else beside_cells.read_beside
        read_beside(package, findings)


def _read_cells(path: Source, findings: Findings) -> None:
    names: list[str] = []

    def add(sheet: CalamineSheet, found: Findings) -> None:
        names.append(sheet.name)
        _add_rows(sheet, found)

    try:
        read_sheets(path, findings, add)
    finally:
        findings.tell("sheets", sheets_in_one(names))


def _is_read_cell_by_cell(path: Source, findings: Findings) -> bool:
    """Whether the own reader gets on with a workbook that calamine does not take."""
    from folderkit.extract.readers import sheets

    known = len(findings.passages)
    try:
        sheets.read(path, findings)
    except UnreadableError as error:
        if error.state == TOO_BIG:
            raise
        findings.skipped = error.detail
    return len(findings.passages) > known


def read_sheets(path: Source, findings: Findings, add: Callable[[CalamineSheet, Findings], None]) -> None:
    """Have `add` add what is in each sheet."""
    if is_package(path):
        with open_package(path) as package:
            package.weigh()
            refuse_encrypted(package)
    with path.open("rb") as file, panics_told():
        try:
            book = load_workbook(file)
        except PasswordError as error:
            raise UnreadableError(ENCRYPTED, "The file needs a password.") from error
        except _BROKEN as error:
            raise _damaged(error) from error
        for name in book.sheet_names:
            _read_sheet(book, name, findings, add)


def _read_sheet(book: CalamineWorkbook, name: str, findings: Findings,
                add: Callable[[CalamineSheet, Findings], None]) -> None:
    try:
        sheet = book.get_sheet_by_name(name)
    except PasswordError as error:
        raise UnreadableError(ENCRYPTED, "The file needs a password.") from error
    except _BROKEN as error:
        findings.skipped = _damaged(error).detail
        return
    add(sheet, findings)


def _add_rows(sheet: CalamineSheet, findings: Findings) -> None:
    if sheet.start is None:
        return
    top, left = sheet.start
    for row, values in enumerate(sheet.to_python(skip_empty_area=True), start=top + 1):
        cells = [as_text(value) for value in values]
        filled = [index for index, cell in enumerate(cells) if cell]
        if filled:
            place = f"{sheet.name}!{column_letters(left + filled[0])}{row}"
            findings.add(place, "\t".join(cell for cell in cells if cell))


def as_text(value: object) -> str:
    """A cell's value as a person would type it into a search: 12 for 12.0, 2026-03-01 for a date."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # As many digits as Excel keeps and shows: 0.3, not 0.30000000000000004.
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    return str(value).strip()


def _damaged(error: Exception) -> UnreadableError:
    return UnreadableError(BROKEN, f"The workbook is damaged ({str(error)[:120]}).")
