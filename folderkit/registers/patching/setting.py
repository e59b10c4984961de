"""Set cells of a register that a person keeps, in rows known by their ids, or refuse and say what to do."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from folderkit.core.errors import Failed, Misuse, Refused
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child
from folderkit.registers import guard
from folderkit.registers.across import as_headed, gathered, parted
from folderkit.registers.compute import computed_rows
from folderkit.registers.header import Header
from folderkit.registers.patching.growth import Growth
from folderkit.registers.patching.rows import no_table, refuse_forbidden, refuse_old, same_value
from folderkit.registers.patching.stale import Touched, forget_stale
from folderkit.registers.patching.table import Table, find_table
from folderkit.registers.patching.totals import refuse_as_totals, refuse_totals
from folderkit.registers.patching.writing import Writer
from folderkit.registers.read import Workbook, read_content
from folderkit.registers.register import Register, Row
from folderkit.registers.schema import Schema
from folderkit.registers.values import as_text
from folderkit.registers.write import typed_row


@dataclass(frozen=True)
class CellsSet:
    """The workbook with its new values, and the addresses of the cells on `sheet` that are not what they were."""

    content: bytes
    sheet: str
    cells: tuple[str, ...]


def set_cells(content: bytes, schema: Schema, values: Mapping[str, Mapping[str, Any]], *, path: Path,
              today: dt.date) -> CellsSet:
    """Put `values`, by the id of the row and the key of the column, into the register in `content`; None empties a
    cell. `path` is what errors call it.

    Raises `Misuse` for a value that does not fit and for what is not to be typed, `Failed` for what is no workbook,
    `Refused` where there is no such row or column, or it cannot be written without harm; each says what to do.
    """
    checked = {identity: check_values(schema, row) for identity, row in values.items()}
    refuse_old(path, content)
    opened = Workbook(content, path)
    header = opened.header(schema)
    if header is None:
        raise no_table(path, schema)
    typed = {identity: parted(schema, as_headed(schema, row, header.across)) for identity, row in checked.items()}
    register = opened.register(schema, today)
    wanted = {_index(path, header, register, identity): row for identity, row in typed.items()}
    _refuse_missing(path, schema, register, typed)
    changes = {index: new for index, row in wanted.items()
               if (new := {key: value for key, value in row.items()
                           if parted(schema, register.rows[index]).get(key) != value
                           or register.address(index, key) in _not_understood(register)})}
    if not changes:
        return CellsSet(content, header.sheet, ())
    refuse_as_totals(schema, header, list(changes.values()),
                     [header.cells[register.row_numbers[index] - 1] for index in changes])
    try:
        book = Book(content)
        refuse_forbidden(path, book)
        found = _Setting(path, book, find_table(book, schema, header), register, today).set(changes)
    except (ValueError, struct.error, zipfile.BadZipFile) as error:
        raise guard.broken(path, str(error)) from None
    _compare(path, found, register, changes, today)
    return found


def refuse_computed(schema: Schema, row: Mapping[str, Any]) -> None:
    """Raise `Misuse` for a value of a column that works itself out."""
    for column in map(schema.column, row):
        if column.computed:
            raise Misuse(Text(f"'{column.header.en}' works itself out; it is not typed.",
                              f"“{column.header.zh}”由公式自动计算，不能填写。"))


def check_values(schema: Schema, row: Mapping[str, Any]) -> Row:
    """The values for a row that is there, as they are typed. Raises `Misuse` for what does not fit its column, or is
    not to be typed."""
    refuse_computed(schema, row)
    if "id" in row:
        raise Misuse(Text("The number of a row stays what it is.", "行的编号不能修改。"),
                     Text("Add a new row instead.", "请改为新增一行。"))
    typed = typed_row(schema, row)
    if schema.subject in typed and typed[schema.subject] is None:
        subject = schema.column(schema.subject).header
        raise Misuse(Text(f"A row cannot be without '{subject.en}'.", f"“{subject.zh}”不能为空。"))
    return typed


def changed_row(schema: Schema, row: Row, changes: Row) -> Row:
    """The row with its new values; what is emptied of those under headers of their own is not there afterwards."""
    new = gathered(schema, {**row, **changes})
    if schema.across and (values := new.get(schema.across.key)):
        new[schema.across.key] = {name: value for name, value in values.items() if value is not None}
    return new


def _index(path: Path, header: Header, register: Register, identity: str) -> int:
    ids = [as_text(row["id"] or "").upper() for row in register.rows]
    count = ids.count(identity.strip().upper())
    if count == 1:
        return ids.index(identity.strip().upper())
    if count:
        raise Refused(Text(f"{identity} stands in '{path}' {count} times.",
                           f"“{path}”中 {identity} 出现了 {count} 次。"),
                      Text("Give the rows numbers of their own first.", "请先让每行的编号唯一。"))
    refuse_totals(path, header, register.schema, identity)
    raise Refused(Text(f"There is no row {identity} in '{path}'.", f"“{path}”中没有 {identity} 这一行。"),
                  Text(f"'folderkit register show {register.schema.key}' lists them.",
                       f"用 folderkit register show {register.schema.key} 查看全部行。"))


def _refuse_missing(path: Path, schema: Schema, register: Register, typed: Mapping[str, Row]) -> None:
    for key in {key for row in typed.values() for key in row}:
        if key not in register.letters:
            header = schema.column(key).header
            raise Refused(Text(f"'{path}' has no column '{header.en}'.", f"“{path}”没有“{header.zh}”列。"),
                          Text(f"Write '{header.en}' above a free column of the table.",
                               f"请在表格的空列上方写上“{header.zh}”。"))


def _not_understood(register: Register) -> set[str]:
    return {problem.cell for problem in register.problems if problem.id == "value.unknown"}


class _Setting:
    """Cells of one table that are set."""

    def __init__(self, path: Path, book: Book, table: Table, register: Register, today: dt.date) -> None:
        self.path, self.book, self.table, self.register, self.today = path, book, table, register, today

    def set(self, changes: Mapping[int, Row]) -> CellsSet:
        table, schema, numbers = self.table, self.table.schema, self.register.row_numbers
        last = table.last_used()
        writer = Writer(self.book, table, Growth(table.header.sheet, table.top, last, last, table.left, table.right))
        touched, cells = [], []
        for index, row in changes.items():
            for key, value in row.items():
                self._refuse_odd(numbers[index], key)
                writer.set(numbers[index], schema.column(key), value)
                place = table.position(key)
                touched.append(Touched(table.header.sheet, range(numbers[index], numbers[index] + 1), place, place,
                                       new=False))
                cells.append(self.register.address(index, key))
        typed = {table.position(column.key) for column, _ in table.header.typed(schema)}
        stale = forget_stale(self.book, touched, table, lambda row, column: row == table.top or (
            table.top < row <= last and column in typed))
        changed = [changed_row(schema, row, changes.get(index, {})) for index, row in enumerate(self.register.rows)]
        rows = computed_rows(schema, changed, self.today)
        for index in changes:
            writer.show(numbers[index], rows[index])
        if stale:
            self.book.calculate_on_load()
        self.book.touch(self.book.sheets()[table.header.sheet])
        return CellsSet(self.book.saved(), table.header.sheet, tuple(cells))

    def _refuse_odd(self, number: int, key: str) -> None:
        """Refuse a cell that is computed by a formula of the person's own, or is part of a merged one."""
        position = self.table.position(key)
        cell = self.table.cells.in_row(number).get(position)
        header = self.table.schema.column(key).header
        address = f"{self.register.letters[key]}{number}"
        if child(cell, "f") is not None:
            raise Refused(
                Text(f"{address} of '{self.path}' ('{header.en}') holds a formula.",
                     f"“{self.path}”的 {address}（{header.zh}）中是公式。"),
                Text("Change what it is computed from, or type the value in yourself.",
                     "请修改公式所引用的内容，或自行填写。"))
        if self.table.is_hidden_by_merge(number, position):
            raise Refused(Text(f"{address} of '{self.path}' ('{header.en}') is part of a merged cell.",
                               f"“{self.path}”的 {address}（{header.zh}）在合并单元格内。"),
                          Text("Unmerge it first.", "请先取消合并。"))


def _compare(path: Path, found: CellsSet, old: Register, changes: Mapping[int, Row], today: dt.date) -> None:
    """Read the result back: the values must be in it, and all others as they were. Raises `Failed`."""
    new = read_content(found.content, path, old.schema, today=today)
    keys = [column.key for column in old.schema.columns if not column.computed and column.key in old.letters]
    keys += [key for key in old.letters if ":" in key]
    expected = [{**parted(old.schema, row), **changes.get(index, {})} for index, row in enumerate(old.rows)]
    same = new.row_numbers == old.row_numbers and new.letters == old.letters and all(
        same_value(row.get(key), got.get(key)) for row, got in zip(
            expected, (parted(old.schema, row) for row in new.rows), strict=True) for key in keys)
    if not same:
        raise Failed(Text(f"What was set in '{path}' could not be read back, so nothing was changed.",
                          f"对“{path}”的修改无法读回，因此没有做任何改动。"),
                     Text("Type it in yourself, or save the workbook once more in Excel, then try again.",
                          "请自行填写，或用 Excel 重新保存一次后再试。"))
