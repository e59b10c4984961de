"""The sheets of a workbook as they lie in its file, of whichever kind that is: what `read` makes registers of."""

from __future__ import annotations

import io
import struct
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from folderkit.core.errors import Failed
from folderkit.core.unswept import unswept
from folderkit.registers.guard import OLE, broken, looked_over, old
from folderkit.registers.header import Cells
from folderkit.registers.old import OldSheet, read_old
from folderkit.registers.unsaid import TableEnd, error_cells, formula_cells, table_end, uncomputed_cells

Area = tuple[tuple[int, int], tuple[int, int]]


class Sheets(Protocol):
    """The sheets that hold cells, by name. Everything raises `Failed` where the file makes no sense."""

    @property
    def names(self) -> Sequence[str]:
        """In their order."""

    def cells(self, sheet: str) -> Cells:
        """The rectangle from A1 on; blanks and errors are \"\"."""

    def merged(self, sheet: str) -> Sequence[Area]:
        """The merged areas, each by its first and last cell (from 0), when the cells have been asked for."""

    def errors(self, sheet: str) -> Mapping[str, str]:
        """The cells that show an error, such as #REF!, by address."""

    def formulas(self, sheet: str) -> Collection[str]:
        """The cells that hold a formula, by address."""

    def uncomputed(self, sheet: str) -> Collection[str]:
        """The cells whose formula has not been computed since it was written, by address."""

    def table_end(self, sheet: str, row: int, column: int) -> TableEnd | None:
        """Where the Excel table ends whose header is in this row and this column (from 1)."""


def open_sheets(content: bytes, path: Path) -> Sheets:
    """The sheets of a workbook; `path` is what errors call it. Raises `Failed`."""
    return _Old(content, path) if content.startswith(OLE) else _New(content, path)


class _New:
    """Of an .xlsx, by calamine, after the guard."""

    def __init__(self, content: bytes, path: Path) -> None:
        from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

        self._content, self._path = content, path
        self._faults = (CalamineError, OSError, ValueError)
        safe = looked_over(content, path)
        self._any_error = safe.any_error
        self._merged: dict[str, Sequence[Area]] = {}
        try:
            self._book: CalamineWorkbook = CalamineWorkbook.from_filelike(io.BytesIO(safe.content))
        except self._faults as error:
            raise self._broken(error) from None
        self.names = [sheet.name for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]

    def _broken(self, error: Exception) -> Failed:
        return broken(self._path, str(error))

    def cells(self, sheet: str) -> Cells:
        try:
            found = self._book.get_sheet_by_name(sheet)
            with unswept():
                cells: Sequence[Sequence[Any]] = found.to_python(skip_empty_area=False)
            self._merged[sheet] = found.merged_cell_ranges or []
        except self._faults as error:
            raise self._broken(error) from None
        return cells

    def merged(self, sheet: str) -> Sequence[Area]:
        return self._merged.get(sheet, ())

    def errors(self, sheet: str) -> Mapping[str, str]:
        try:
            return error_cells(self._content, sheet) if self._any_error else {}
        except (ValueError, KeyError) as error:
            raise self._broken(error) from None

    def formulas(self, sheet: str) -> Collection[str]:
        try:
            return formula_cells(self._content, sheet)
        except (ValueError, KeyError) as error:
            raise self._broken(error) from None

    def uncomputed(self, sheet: str) -> Collection[str]:
        try:
            return uncomputed_cells(self._content, sheet)
        except (ValueError, KeyError) as error:
            raise self._broken(error) from None

    def table_end(self, sheet: str, row: int, column: int) -> TableEnd | None:
        try:
            return table_end(self._content, sheet, row, column)
        except (ValueError, KeyError) as error:
            raise self._broken(error) from None


class _Old:
    """Of an old .xls."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._path = path
        try:
            self._sheets: dict[str, OldSheet] = read_old(content)
        except (ValueError, struct.error, IndexError, OverflowError):
            raise old(path) from None
        self.names = list(self._sheets)

    def cells(self, sheet: str) -> Cells:
        try:
            return self._sheets[sheet].rows()
        except ValueError as error:
            raise broken(self._path, str(error)) from None

    def merged(self, sheet: str) -> Sequence[Area]:
        return self._sheets[sheet].merged

    def errors(self, sheet: str) -> Mapping[str, str]:
        return self._sheets[sheet].errors

    def formulas(self, sheet: str) -> Collection[str]:
        return self._sheets[sheet].formulas

    def uncomputed(self, _sheet: str) -> Collection[str]:
        """None: there is a value beside every formula of such a file."""
        return ()

    def table_end(self, _sheet: str, _row: int, _column: int) -> None:
        """None: such a file is read without its lists."""
