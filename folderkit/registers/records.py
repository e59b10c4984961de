"""The records of a table that is no register: the rows of a workbook or a CSV file, or the members of a YAML list."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core import facts, located
from folderkit.core.charset import decode
from folderkit.core.errors import Failed, Misuse, os_failure
from folderkit.core.language import Text
from folderkit.registers.guard import MAX_FILE, broken, file_bytes, looked_over

WORKBOOKS = (".xlsx", ".xlsm")
TEXTS = (".csv", ".tsv", ".txt")
_HEADER_WITHIN = 40  # rows from the top in which the header is looked for
_DELIMITERS = ",;\t"
_ROW, _RECORD = Text("Row", "行"), Text("Record", "条")
Cells = Sequence[Sequence[Any]]
Naming = Callable[[str], str | None]


class Record(NamedTuple):
    """The values of one row, by dotted key, and the number that a person finds it by: of the row in its sheet or file,
    of the member in its list, from 1."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Records:
    """The records of a table, and what a person calls one; `unused` are its headers that no field has."""

    records: list[Record]
    called: Text
    unused: tuple[str, ...] = ()


def read_records(path: Path, key_of: Naming) -> Records:
    """The records of the table at `path`; `key_of` gives the field that a header means, None for none.

    Of a workbook it is the first sheet that is shown and holds cells; the header is the row near its top that names the
    most fields, and a row without values is none. Raises `Failed` when the file cannot be read, `Misuse` when it has no
    such table, `Faults` for broken YAML.
    """
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return _of_table(path, _sheet(path), key_of)
    if suffix in TEXTS:
        return _of_table(path, _separated(path), key_of)
    return _of_list(path)


def _of_list(path: Path) -> Records:
    faults: list[located.Fault] = []
    found = located.read(path, faults).value()
    located.raise_if_any(faults)
    if not isinstance(found, list) or not all(isinstance(member, dict) for member in found):
        raise Misuse(
            Text(f"'{path}' is no list of records.", f"“{path}”不是记录的列表。"),
            Text("Write a '-' before the first field of each record, or name a workbook or a CSV file.",
                 "请在每条记录的第一个字段前写“-”，或指定工作簿或 CSV 文件。"))
    return Records([Record(number, dict(facts.flatten(facts.with_text_keys(member))))
                    for number, member in enumerate(found, 1) if member], _RECORD)


def _sheet(path: Path) -> Cells:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    content = looked_over(file_bytes(path), path).content
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                cells = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                if any(_is_given(cell) for row in cells for cell in row):
                    return [[_plain(cell) for cell in row] for row in cells]
    except (CalamineError, OSError, ValueError) as error:
        raise broken(path, str(error)) from None
    return []


def _plain(cell: Any) -> Any:
    """A cell as a person means it: 12 for 12.0, a date for its midnight, 09:00 without its seconds, 26:30 for a day
    and two and a half hours."""
    if type(cell) is str:  # as most are
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date()
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(abs(cell.total_seconds())), 60)
        shown = f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        return f"-{shown}" if cell < dt.timedelta() else shown
    if isinstance(cell, dt.time) and not cell.second and not cell.microsecond:
        return f"{cell:%H:%M}"
    return cell


def _separated(path: Path) -> Cells:
    try:
        if path.stat().st_size > MAX_FILE:
            raise Failed(Text(f"'{path}' is larger than {MAX_FILE // 2**20} MB.",
                              f"“{path}”超过 {MAX_FILE // 2**20} MB。"),
                         Text("Split it into several files.", "请拆成几个文件。"))
        text = decode(path.read_bytes())
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, path) from None
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Failed(Text(f"'{path}' is no CSV file that can be read ({error}).",
                          f"“{path}”不是可以读取的 CSV 文件（{error}）。"),
                     Text("Open it in Excel and save it as .xlsx or as CSV.",
                          "请用 Excel 打开后另存为 .xlsx 或 CSV。")) from None


def _of_table(path: Path, cells: Cells, key_of: Naming) -> Records:
    headers = [{place: str(cell).strip() for place, cell in enumerate(row) if _is_given(cell)}
               for row in cells[:_HEADER_WITHIN]]
    known = [{place: key for place, header in row.items() if (key := key_of(header))} for row in headers]
    at = max(range(len(known)), key=lambda number: len(known[number]), default=0)
    if not known or not known[at]:
        shown = [*next((row for row in headers if row), {}).values()][:12]
        raise Misuse(
            Text(f"No row of '{path}' names a field of the template; it begins with: {', '.join(shown) or 'nothing'}.",
                 f"“{path}”中没有一行写有模板的字段名；开头是：{'、'.join(shown) or '空'}。"),
            Text("Name the columns as the fields are named or asked; 'folderkit template fields TEMPLATE' lists them.",
                 "请用字段名或其问题作列名：folderkit template fields 模板 可列出全部字段。"))
    columns = known[at]
    _refuse_twice(path, columns, headers[at])
    unused = tuple(header for place, header in headers[at].items() if place not in columns)
    return Records(list(_rows(cells, at, columns)), _ROW, unused)


def _rows(cells: Cells, header: int, columns: dict[int, str]) -> Iterator[Record]:
    for number, row in enumerate(cells[header + 1 :], header + 2):
        values = {key: row[place] for place, key in columns.items() if place < len(row) and _is_given(row[place])}
        if values:
            yield Record(number, values)


def _refuse_twice(path: Path, columns: dict[int, str], headers: dict[int, str]) -> None:
    keys = list(columns.values())
    for key in keys:
        if keys.count(key) > 1:
            names = [headers[place] for place, found in columns.items() if found == key]
            raise Misuse(
                Text(f"'{path}' has more than one column for {key}: {', '.join(names)}.",
                     f"“{path}”中有多列对应 {key}：{'、'.join(names)}。"),
                Text("Keep one of them.", "请只保留一列。"))


def _is_given(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
