"""Read a register from a workbook, whatever people did to it, and say what could not be understood."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed
from folderkit.core.facts import NotAValue
from folderkit.core.language import Text
from folderkit.registers.compute import computed
from folderkit.registers.guard import broken, checked_bytes
from folderkit.registers.register import Problem, Register, Row
from folderkit.registers.schema import Column, Schema, plain
from folderkit.registers.values import as_text, understand

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

HIDDEN_SHEET = "_folderkit"
_HEADER_WITHIN = 40  # rows from the top in which the header is looked for
_LEAST_HEADERS = 3
_TOTALS = {plain(word) for word in ("合计", "总计", "小计", "汇总", "Total", "Totals", "Sum", "Subtotal")}

Cells = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Header:
    """Where the table's header lies: sheet, row (from 0), and the position of each known column (from 0)."""

    sheet: str
    cells: Cells
    row: int
    columns: dict[str, int]
    problems: tuple[Problem, ...]

    def typed(self, schema: Schema) -> list[tuple[Column, int]]:
        """The columns that people fill, each with its position."""
        return [(column, self.columns[column.key]) for column in schema.columns
                if column.key in self.columns and not column.computed]


def read_workbook(path: Path, schema: Schema, *, today: dt.date) -> Register:
    """The register in the workbook at `path`, with its computed columns as of `today`.

    Raises `Failed` when it is no workbook that can be read; all else that is wrong is a `Problem`.
    """
    return read_content(checked_bytes(path), path, schema, today=today)


def read_content(content: bytes, path: Path, schema: Schema, *, today: dt.date) -> Register:
    """The register in a workbook's bytes, which `guard.check` has let through; `path` is what errors call it."""
    header = find_header(content, path, schema)
    if header is None:
        listed = Text(*(", ".join(getattr(column.header, lang) for column in schema.columns) for lang in ("en", "zh")))
        missing = Problem("header.none", "", "", Text(
            f"No sheet has a table with these headers: {listed.en}", f"没有找到带这些表头的表格：{listed.zh}"))
        return Register(schema, [], [missing])
    rows, numbers, problems = _read_rows(schema, header)
    return Register(
        schema=schema,
        rows=[computed(schema, row, today) for row in rows],
        problems=[*header.problems, *problems],
        sheet=header.sheet,
        row_numbers=tuple(numbers),
        letters={key: column_letters(position) for key, position in header.columns.items()},
    )


# -- finding the table -----------------------------------------------------------------------------
def find_header(content: bytes, path: Path, schema: Schema) -> Header | None:
    """The header row: on the sheet that folderkit made, else on the one named like the register, else on
    the one that names the most columns."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = _columns_by_name(schema)
        own = _own_sheet(book, schema, names)
        found = []
        for sheet in sorted(_sheets_of_people(book), key=lambda name: (name != own, name not in schema.title.every())):
            cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            header = _header_in(sheet, cells, schema, names)
            if header is not None and (sheet == own or sheet in schema.title.every()):
                return header
            found += [header] if header is not None else []
    except (CalamineError, OSError, ValueError) as error:
        raise broken(path, str(error)) from None
    return max(found, key=lambda header: len(header.columns), default=None)


def _columns_by_name(schema: Schema) -> dict[str, str]:
    return {name: column.key for column in schema.columns for name in column.names()}


def _sheets_of_people(book: CalamineWorkbook) -> list[str]:
    """The names of the sheets that hold cells and are not folderkit's bookkeeping."""
    from python_calamine import SheetTypeEnum

    return [sheet.name for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.name != HIDDEN_SHEET]


def find_workbooks(folder: Path, register: str) -> list[Path]:
    """The workbooks in `folder` and below that say of themselves that they are this register."""
    return [path for path in sorted(folder.rglob("*.xlsx"))
            if not path.name.startswith(("~$", ".")) and _is_own(path, register)]


def _is_own(path: Path, register: str) -> bool:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(checked_bytes(path)))
        return HIDDEN_SHEET in book.sheet_names and ["register", register] in [
            row[:2] for row in book.get_sheet_by_name(HIDDEN_SHEET).to_python()]
    except (CalamineError, OSError, ValueError, Failed):
        return False


def _own_sheet(book: CalamineWorkbook, schema: Schema, names: dict[str, str]) -> str:
    """What the hidden sheet says: the name of the register's sheet; headers it knows are added to `names`."""
    if HIDDEN_SHEET not in book.sheet_names:
        return ""
    noted = [row for row in book.get_sheet_by_name(HIDDEN_SHEET).to_python() if len(row) >= 2]
    values = {str(key): str(value) for key, value, *_ in noted}
    if values.get("register") != schema.key:
        return ""
    for column in schema.columns:
        if f"column.{column.key}" in values:
            names.setdefault(plain(values[f"column.{column.key}"]), column.key)
    return values.get("sheet", "")


def _header_in(sheet: str, cells: Cells, schema: Schema, names: dict[str, str]) -> Header | None:
    """The row near the top that names the most columns, if it names enough, the subject among them."""
    best: tuple[int, int] = (0, 0)
    for index, row in enumerate(cells[:_HEADER_WITHIN]):
        found = {names.get(plain(cell)) for cell in row if isinstance(cell, str)} - {None}
        if schema.subject in found and len(found) > best[0]:
            best = (len(found), index)
    if best[0] < min(_LEAST_HEADERS, len(schema.columns)):
        return None
    return _place_columns(sheet, cells, best[1], schema, names)


def _place_columns(sheet: str, cells: Cells, row: int, schema: Schema, names: dict[str, str]) -> Header:
    columns: dict[str, int] = {}
    problems = []
    for position, cell in enumerate(cells[row]):
        key = names.get(plain(cell)) if isinstance(cell, str) else None
        if key is None:
            continue
        if key in columns:
            first = f"{column_letters(columns[key])}{row + 1}"
            problems.append(Problem("header.twice", sheet, f"{column_letters(position)}{row + 1}", Text(
                f"'{cell}' is the same column as {first}; only that one is read",
                f"“{cell}”与 {first} 是同一列，只读取后者")))
        else:
            columns[key] = position
    for column in schema.columns:
        if column.required and column.key not in columns:
            problems.append(Problem("header.missing", sheet, f"{row + 1}:{row + 1}", Text(
                f"The column '{column.header.en}' is missing", f"缺少“{column.header.zh}”列")))
    return Header(sheet, cells, row, columns, tuple(problems))


# -- reading its rows ------------------------------------------------------------------------------
def _read_rows(schema: Schema, header: Header) -> tuple[list[Row], list[int], list[Problem]]:
    typed = header.typed(schema)
    rows: list[Row] = []
    numbers: list[int] = []
    problems: list[Problem] = []
    for number, cells in enumerate(header.cells[header.row + 1 :], start=header.row + 2):
        if is_row(schema, typed, cells):
            row = _read_row(typed, cells, header.sheet, number, problems)
            rows.append(row)
            numbers.append(number)
    return rows, numbers, problems


def is_row(schema: Schema, typed: list[tuple[Column, int]], cells: Sequence[Any]) -> bool:
    """Whether something is said: a prepared number alone says nothing, and a line of totals is no row."""
    filled = [(column.key, cells[position]) for column, position in typed
              if cells[position] not in ("", None) and not _is_space(cells[position])]
    if all(column == "id" for column, _ in filled):
        return False
    if any(key == schema.subject and plain(as_text(value)) not in _TOTALS for key, value in filled):
        return True
    return not has_total(cells)


def has_total(cells: Sequence[Any]) -> bool:
    """Whether a cell says that this is a line of totals."""
    return any(isinstance(value, str) and plain(value) in _TOTALS for value in cells)


def _is_space(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _read_row(
    typed: list[tuple[Column, int]], cells: Sequence[Any], sheet: str, number: int, problems: list[Problem]
) -> Row:
    row: Row = {}
    unknown: set[str] = set()
    for column, position in typed:
        cell = f"{column_letters(position)}{number}"
        try:
            row[column.key] = understand(column, cells[position])
        except NotAValue as error:
            row[column.key] = None
            unknown.add(cell)
            problems.append(Problem("value.unknown", sheet, cell, Text(
                f"{column.header.en}: {error.message.en}", f"{column.header.zh}：{error.message.zh}")))
    for column, position in typed:
        cell = f"{column_letters(position)}{number}"
        if row[column.key] is None and cell not in unknown and column.needed_in(row):
            problems.append(Problem("value.missing", sheet, cell, Text(
                f"{column.header.en} is missing ({as_text(cells[typed[0][1]]) or number})",
                f"缺少“{column.header.zh}”（{as_text(cells[typed[0][1]]) or number}）")))
    return row
