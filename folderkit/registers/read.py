"""Read registers from a workbook, whatever people did to it, and say what could not be understood."""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed
from folderkit.core.language import Text
from folderkit.core.unswept import unswept
from folderkit.core.workbook import HIDDEN_SHEET
from folderkit.registers.beside import TITLES
from folderkit.registers.errors import with_errors
from folderkit.registers.guard import OLE, file_bytes
from folderkit.registers.header import Cells, Header, columns_by_name, header_in
from folderkit.registers.register import Problem, Register
from folderkit.registers.rows import Rows
from folderkit.registers.schema import Schema, plain
from folderkit.registers.sheets import open_sheets
from folderkit.registers.unsaid import filled_down


def read_workbook(path: Path, schema: Schema, *, today: dt.date) -> Register:
    """The register in the workbook at `path`, with its computed columns as of `today`.

    Raises `Failed` when it is no workbook that can be read; all else that is wrong is a `Problem`.
    """
    return read_content(file_bytes(path), path, schema, today=today)


def read_content(content: bytes, path: Path, schema: Schema, *, today: dt.date) -> Register:
    """The register in a workbook's bytes; `path` is what errors call it. Raises as `read_workbook`."""
    return Workbook(content, path).register(schema, today)


def find_header(content: bytes, path: Path, schema: Schema) -> Header | None:
    """The header row of a register in a workbook's bytes; see `Workbook.header`."""
    return Workbook(content, path).header(schema)


class Workbook:
    """A workbook whose sheets are read when they are asked for. What is not safe to read, or makes no sense, is
    `Failed`."""

    def __init__(self, content: bytes, path: Path) -> None:
        """`path` is what errors call it."""
        self.content, self.path = content, path
        self._sheets = open_sheets(content, path)
        self._cells: dict[str, Cells] = {}
        self._names = [name for name in self._sheets.names if name != HIDDEN_SHEET]
        self.notes = self._read_notes()

    @property
    def is_old(self) -> bool:
        """Whether it is an .xls, whatever its name says."""
        return self.content.startswith(OLE)

    def _read_notes(self) -> dict[str, dict[str, str]]:
        """What the hidden sheet says, which folderkit has written, by register: its sheet, its headers of then."""
        if HIDDEN_SHEET not in self._sheets.names:
            return {}
        notes: dict[str, dict[str, str]] = {}
        register = ""
        for key, value, *_ in (row for row in self._sheets.cells(HIDDEN_SHEET) if len(row) >= 2):
            register = str(value) if key == "register" else register
            notes.setdefault(register, {})[str(key)] = str(value)
        return notes

    def cells(self, sheet: str) -> Cells:
        if sheet not in self._cells:
            self._cells[sheet] = self._sheets.cells(sheet)
        return self._cells[sheet]

    def formulas(self, sheet: str) -> Collection[str]:
        """The cells that hold a formula, by address."""
        return self._sheets.formulas(sheet)

    def header(self, schema: Schema) -> Header | None:
        """The header row, as `_find_header` finds it. What is merged downwards is said in each of its rows, but for a
        number, which is that of the first row alone."""
        found = self._find_header(schema)
        if found is None:
            return None
        columns = [position for key, position in found.columns.items() if key != "id"]
        cells = filled_down(found.cells, self._sheets.merged(found.sheet), found.row, columns)
        return found if cells is found.cells else replace(found, cells=cells)

    def _find_header(self, schema: Schema) -> Header | None:
        """The header row: on the sheet that folderkit made, else on the one named like the register, else on the one
        that names the most columns. Of what stands beside a table, such as a Gantt chart, there may be headers, too."""
        names = columns_by_name(schema)
        own = self._own_sheet(schema, names)
        found = []
        for sheet in sorted(self._names, key=lambda name: (name != own, name not in schema.title.every())):
            header = header_in(sheet, self.cells(sheet), schema, names)
            if header is not None and (sheet == own or sheet in schema.title.every()):
                return header
            if header is not None and ("id" in header.columns or not self._may_be_beside(sheet, schema, own)):
                found.append(header)
        return max(found, key=lambda header: len(header.columns), default=None)

    def _may_be_beside(self, sheet: str, schema: Schema, own: str) -> bool:
        """Whether a sheet of a workbook that folderkit made may be one that only looks at the register's."""
        return own in self._names or (bool(own) and schema.key in TITLES and sheet in TITLES[schema.key].every())

    def _own_sheet(self, schema: Schema, names: dict[str, str]) -> str:
        """The name of the register's sheet by the notes; headers that they know are added to `names`."""
        notes = self.notes.get(schema.key, {})
        for column in schema.columns:
            if f"column.{column.key}" in notes:
                names.setdefault(plain(notes[f"column.{column.key}"]), column.key)
        return notes.get("sheet", "")

    def register(self, schema: Schema, today: dt.date) -> Register:
        """The register, with its computed columns as of `today`."""
        header = self.header(schema)
        if header is None:
            return Register(schema, [], [self._no_header(schema)])
        with unswept():
            read = Rows(schema, header, lambda: self._sheets.table_end(
                header.sheet, header.row + 1, header.columns[schema.subject] + 1))
            read.compute(today, lambda: self._sheets.uncomputed(header.sheet))
        register = Register(
            schema=schema,
            rows=read.rows,
            problems=[*header.problems, *read.problems],
            sheet=header.sheet,
            row_numbers=read.numbers,
            letters={key: column_letters(position)
                     for key, position in (header.columns | header.across_columns(schema)).items()},
            stored=read.stored,
        )
        errors = self._sheets.errors(header.sheet)
        return with_errors(register, read.cells, header.columns, errors) if errors else register

    def _no_header(self, schema: Schema) -> Problem:
        """What is told where there is no header: on the sheet on which it was, if that is still there."""
        needed = [column.header for column in schema.columns if column.required or column.key == schema.subject]
        own = self.notes.get(schema.key, {}).get("sheet", "")
        return Problem("header.none", own if own in self._names else "", "", Text(
            f"No sheet has a table with these headers: {', '.join(header.en for header in needed)}",
            f"没有找到带这些表头的表格：{'、'.join(header.zh for header in needed)}"))


# -- finding a workbook ----------------------------------------------------------------------------
def find_workbooks(folder: Path, register: str) -> list[Path]:
    """The workbooks in `folder` and below that say of themselves that they are this register."""
    return [path for path in sorted(folder.rglob("*.xlsx"))
            if not path.name.startswith(("~$", ".")) and _may_be_own(path) and _is_own(path, register)]


def _may_be_own(path: Path) -> bool:
    """Whether the workbook names a sheet like ours, told fast: most of a project's workbooks do not."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as part:
            return HIDDEN_SHEET.encode() in part.read(1 << 20)
    except (OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError, zlib.error, zipfile.BadZipFile):
        return False


def _is_own(path: Path, register: str) -> bool:
    try:
        return register in Workbook(file_bytes(path), path).notes
    except Failed:
        return False
