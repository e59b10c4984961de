"""Add rows to a register that a person keeps, or refuse and say what to do: planned in the XML, then read back."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed, Misuse, Refused
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book
from folderkit.core.workbook.references import LAST_ROW
from folderkit.registers import guard
from folderkit.registers.across import as_headed, parted
from folderkit.registers.compute import WHOLE_RULES, computed_rows
from folderkit.registers.patching.growth import (
    CannotMoveError,
    Growth,
    grow_formulas,
    grow_neighbours,
    grow_others,
    grow_sheet,
    grow_table,
)
from folderkit.registers.patching.stale import added, forget_stale
from folderkit.registers.patching.table import Table, find_table
from folderkit.registers.patching.totals import refuse_as_totals, whole_header
from folderkit.registers.patching.writing import Writer
from folderkit.registers.read import find_header, read_content
from folderkit.registers.register import Row
from folderkit.registers.rows import Rows
from folderkit.registers.schema import Schema
from folderkit.registers.unsaid import is_uncomputed
from folderkit.registers.values import as_text
from folderkit.registers.write import highest_number, number_of, typed_row

# Parts that make a file one that cannot be changed from outside, and why.
_FORBIDDEN = {
    "_xmlsignatures/": Text("it is signed, and a change would break the signature", "它有数字签名，改动会使签名失效"),
    "xl/revisions/": Text("it is shared in the old way, which records every change",
                          "它使用旧式的“共享工作簿”，会记录每处改动"),
}
_TYPE_HERE = Text("Type it in yourself, or save the workbook once more in Excel, then try again.",
                  "请自行填写，或用 Excel 重新保存一次后再试。")


@dataclass(frozen=True)
class Appended:
    """The workbook with its new rows: what they hold (ids counted on, computed columns computed), where they stand
    (`numbers`, from 1, on `sheet`), and the columns that were given but are not in the sheet (`left_out`)."""

    content: bytes
    sheet: str
    rows: list[Row]
    numbers: tuple[int, ...]
    left_out: tuple[str, ...]


def append_rows(content: bytes, schema: Schema, rows: Sequence[Mapping[str, Any]], *, path: Path,
                today: dt.date) -> Appended:
    """Add `rows` (by column key; enums by key or word; a missing id is counted on) to the register in `content`.

    `path` is what errors call it. Raises `Misuse` for a value that does not fit, `Failed` for what is no workbook,
    `Refused` where rows cannot be added without harm; each says what to do.
    """
    typed = [check_row(schema, row) for row in rows]
    refuse_old(path, content)
    header = find_header(content, path, schema)
    if header is None:
        raise no_table(path, schema)
    typed = [as_headed(schema, row, header.across) for row in typed]
    if not typed:
        return Appended(content, header.sheet, [], (), ())
    refuse_as_totals(schema, header, typed)
    try:
        book = Book(content)
        refuse_forbidden(path, book)
        adding = _Adding(path, book, find_table(book, schema, header), typed, today)
        appended = adding.add()
    except (ValueError, struct.error, zipfile.BadZipFile) as error:
        raise guard.broken(path, str(error)) from None
    _compare(path, content, appended, schema, today)
    return appended


def check_row(schema: Schema, row: Mapping[str, Any]) -> Row:
    """The values for a new row, as they are typed. Raises `Misuse` for what does not fit its column, lacks the one
    without which a row says nothing, or would be read as a line of totals."""
    typed = typed_row(schema, row)
    if typed.get(schema.subject) is None:
        subject = schema.column(schema.subject).header
        raise Misuse(Text(f"{schema.title.en}: a row needs '{subject.en}' ({schema.subject}).",
                          f"{schema.title.zh}：每行都要有“{subject.zh}”（{schema.subject}）。"),
                     Text(f"Give it as well, such as {schema.subject}=…", f"请一并填写，例如 {subject.zh}=……"))
    refuse_as_totals(schema, whole_header(schema), [typed])
    return typed


class _Adding:
    """One addition of rows to one table."""

    def __init__(self, path: Path, book: Book, table: Table, rows: list[Row], today: dt.date) -> None:
        self.path, self.book, self.table, self.rows, self.today = path, book, table, rows, today
        self.schema = table.schema
        self.part = book.sheets()[table.header.sheet]
        self.growth = self._plan()

    def _plan(self) -> Growth:
        table = self.table
        after = table.last_used()
        until = after + len(self.rows)
        blocked = next((row for row in range(after + 1, until + 1) if not table.is_free(row)), None)
        growth = Growth(table.header.sheet, table.top, after, until, table.left, table.right)
        below = until + 1 if blocked is None else blocked
        gap = table.root is not None and until >= table.end and table.is_used(below)  # it is none of its rows
        if blocked is not None or gap:
            growth = replace(growth, at=below, by=until + 1 - below + gap)
        if max(until, max(table.cells.rows, default=0) + growth.by) > LAST_ROW:
            raise _refused(self.path, Text("its sheet has no room for more rows", "工作表已没有空行"))
        return growth

    def add(self) -> Appended:
        growth, table = self.growth, self.table
        rows = self._numbered()
        moves_formulas = any(row >= growth.at for row, _, _, _ in table.cells.formulas())
        try:
            grow_neighbours(self.book, self.part, table.part, growth)
        except CannotMoveError as error:
            raise self._cannot_move(Text(*error.args)) from None
        grow_formulas(table.cells, growth.sheet, growth)
        grow_others(self.book, self.part, growth)
        grow_sheet(table.sheet, growth)
        if growth.by:
            table.cells.move_down(growth.at, growth.by)
        self._grow_table()
        writer = Writer(self.book, table, growth)
        for number, row in enumerate(rows, start=growth.after + 1):
            writer.write(number, parted(self.schema, row))
        writer.set_dimension()
        self._settle_formulas(writer.has_new_formulas)
        if writer.has_new_formulas or moves_formulas:
            self.book.drop_calculation_chain()
        self.book.touch(self.part)
        written = {key for row in self.rows for key, value in parted(self.schema, row).items() if value is not None}
        return Appended(self.book.saved(), growth.sheet, rows, tuple(range(growth.after + 1, growth.until + 1)),
                        tuple(sorted(written - table.header.columns.keys()
                                   - table.header.across_columns(self.schema).keys())))

    def _numbered(self) -> list[Row]:
        """The rows with their ids: the one that is prepared where the row goes, or the next free number."""
        if "id" not in self.table.header.columns:
            return self._computed(self.rows)
        position, growth = self.table.position("id"), self.growth
        if any(row.get("id") is None for row in self.rows):
            self._refuse_unknown_numbers(position)
        known = [as_text(self.table.value(row, position))
                 for row in range(self.table.top + 1, len(self.table.header.cells) + 1)]
        self._refuse_numbers_used({one.upper() for one in known[: growth.after - self.table.top]})
        last = highest_number(self.schema, [{"id": one} for one in [*known, *(row.get("id") for row in self.rows)]])
        numbered = []
        for number, row in enumerate(self.rows, start=growth.after + 1):
            prepared = as_text(self.table.value(number, position)) if number < growth.at else ""
            if row.get("id") is None and prepared and known.count(prepared) == 1 and highest_number(
                    self.schema, [{"id": prepared}]):
                row = {**row, "id": prepared}
            elif row.get("id") is None:
                last += 1
                row = {**row, "id": number_of(self.schema, last)}
            numbered.append(row)
        return self._computed(numbered)

    def _refuse_numbers_used(self, used: set[str]) -> None:
        """Raise `Refused` for a number that another row has: nobody could refer to either."""
        for row in self.rows:
            if (number := as_text(row.get("id") or "")) and number.upper() in used:
                raise Refused(Text(f"{number} is in '{self.path}' already.", f"“{self.path}”中已有 {number}。"),
                              Text("Leave the number out: the next free one is taken.",
                                   "请不写编号，会自动取下一个编号。"))
            used.add(number.upper())

    def _refuse_unknown_numbers(self, column: int) -> None:
        """Raise `Refused` where numbers are formulas that nobody has computed: one of them may be the next number."""
        table = self.table
        cell = next((f"{column_letters(column - 1)}{row}" for row in range(table.top + 1, self.growth.after + 1)
                     if table.is_used(row) and is_uncomputed(table.cells.in_row(row).get(column))), "")
        if cell:
            raise _refused(self.path, Text(
                f"the number in {cell} is a formula that has not been computed yet, so the next one is not known",
                f"{cell} 中的编号是尚未计算的公式，无法确定下一个编号"), Text(
                "Open it in Excel and save it, then try again; or give the new row its number (id=…).",
                "请用 Excel 打开并保存后再试；或为新行指定编号（id=…）。"))

    def _computed(self, rows: list[Row]) -> list[Row]:
        """The new rows with their computed columns, some of which look at those that are there."""
        old = Rows(self.schema, self.table.header, lambda: self.table.known_end).rows if (
            self.schema.key in WHOLE_RULES) else []
        return computed_rows(self.schema, [*old, *rows], self.today)[len(old) :]

    def _grow_table(self) -> None:
        table, growth = self.table, self.growth
        if table.root is None:
            return
        before = table.root.get("ref", "")
        grow_table(table.root, growth, max(growth.moved(table.end), growth.until))
        if table.root.get("ref") != before or growth.by:
            self.book.touch(table.part)

    def _settle_formulas(self, any_new: bool) -> None:
        """What was computed before is no longer so; whoever opens the workbook next computes it."""
        table, growth = self.table, self.growth
        typed = {table.position(column.key) for column, _ in table.header.typed(self.schema)}

        def keep(row: int, column: int) -> bool:
            """What a reader needs to know the table and its rows by."""
            return row == growth.header or (growth.header < row <= growth.until and column in typed)

        stale = forget_stale(self.book, [added(growth)], table, keep)
        if stale or any_new:
            self.book.calculate_on_load()

    def _cannot_move(self, what: Text) -> Refused:
        count, row = self.growth.by, self.growth.at
        return _refused(
            self.path, Text(f"below its table stand {what.en}, which would have to move",
                            f"表格下方有{what.zh}，需要下移"),
            Text(f"Insert {count} empty rows above row {row} of the sheet '{self.growth.sheet}', then try again.",
                 f"请在工作表“{self.growth.sheet}”第 {row} 行上方插入 {count} 个空行后再试。"))


# -- refusing --------------------------------------------------------------------------------------
def refuse_old(path: Path, content: bytes) -> None:
    """Raise `Refused` for an old .xls, which is read and not written to."""
    if content.startswith(guard.OLE):
        raise Refused(
            Text(f"'{path}' is an old .xls workbook, which folderkit reads and does not write to.",
                 f"“{path}”是旧的 .xls 文件，folderkit 只读取，不写入。"),
            Text("Open it, save it as .xlsx beside it, and delete the old one.",
                 "请打开后在原处另存为 .xlsx，再删除旧文件。"))


def refuse_forbidden(path: Path, book: Book) -> None:
    """Raise `Refused` for a workbook that must not be changed from outside."""
    for start, why in _FORBIDDEN.items():
        if any(name.startswith(start) for name in book.names):
            raise Refused(Text(f"'{path}' cannot be changed: {why.en}.", f"无法修改“{path}”：{why.zh}。"), _TYPE_HERE)


def _refused(path: Path, why: Text, hint: Text = _TYPE_HERE) -> Refused:
    return Refused(Text(f"No rows can be added to '{path}': {why.en}.", f"无法向“{path}”添加行：{why.zh}。"), hint)


def no_table(path: Path, schema: Schema) -> Refused:
    """The error for a workbook without the register's table."""
    needed = [schema.column(schema.subject), *(column for column in schema.columns
                                               if column.required and column.key != schema.subject)][:4]
    return _refused(
        path, Text(f"no sheet has a table with the headers of '{schema.title.en}'",
                   f"没有找到带“{schema.title.zh}”表头的表格"),
        Text(f"Give the columns their names back, such as {', '.join(column.header.en for column in needed)}.",
             f"请改回列名，例如{'、'.join(column.header.zh for column in needed)}。"))


def _compare(path: Path, before: bytes, added: Appended, schema: Schema, today: dt.date) -> None:
    """Read the result back: the new rows must be in it, and every row that was there before. Raises `Failed`."""
    old, new = (read_content(content, path, schema, today=today) for content in (before, added.content))
    rows = dict(zip(new.row_numbers, new.rows, strict=True))
    given = [rows.pop(number, {}) for number in added.numbers]
    keys = [column.key for column in schema.columns if not column.computed and column.key in new.letters]
    keys += [key for key in new.letters if key not in keys and ":" in key]
    pairs = [(parted(schema, row), parted(schema, found)) for row, found in zip(added.rows, given, strict=True)]
    as_written = all(same_value(row[key], found.get(key)) for row, found in pairs
                     for key in keys if row.get(key) is not None)
    kept = [{key: row.get(key) for key in keys} for row in (parted(schema, row) for row in old.rows)] == [
        {key: row.get(key) for key in keys} for row in (parted(schema, row) for row in rows.values())]
    if not (as_written and kept and new.letters == old.letters):
        raise Failed(Text(f"Rows added to '{path}' could not be read back, so nothing was changed.",
                          f"向“{path}”添加的行无法读回，因此没有做任何改动。"), _TYPE_HERE)


def same_value(written: Any, found: Any) -> bool:
    """Whether a value that was written is the one that is read back."""
    if isinstance(written, str) and isinstance(found, str):
        return written.replace("\r\n", "\n").replace("\r", "\n").strip() == found
    if isinstance(written, dt.datetime) and isinstance(found, dt.datetime):
        return abs(written - found) < dt.timedelta(seconds=1)
    return bool(written == found)


