"""What is filled without tags: a table that is named like a list, by its header, and a cell that is named like a
value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from folderkit.core.errors import Failed
from folderkit.core.facts import get
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, children
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import LAST_COLUMN, references
from folderkit.documents.fields import Field
from folderkit.documents.workbook.follow import cells_in
from folderkit.documents.workbook.sheets import TagCell
from folderkit.documents.workbook.texts import Run

_ROW = "_table_row"
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_NOT_IN_NAMES = re.compile(r"[\s_.:：()（）/-]+")
Headings = Mapping[str, Mapping[str, str]]  # list → header → name of the field


@dataclass(frozen=True)
class Extra:
    """Cells of a sheet that are filled as if they held tags, and rows of samples that are left out."""

    sheet: str
    cells: tuple[TagCell, ...]
    dropped: frozenset[int] = frozenset()


@dataclass(frozen=True)
class NamedTable:
    """A table: its rows of data from `first` to `last`, and the headers of its columns by their places."""

    name: str
    sheet: str
    first: int
    last: int
    headers: Mapping[int, str]


@dataclass(frozen=True)
class NamedCell:
    name: str
    sheet: str
    row: int
    column: int


def named_tables(book: Book) -> Iterator[NamedTable]:
    """The tables of a workbook that have a header."""
    for sheet, part in book.sheets().items():
        for link in book.relations(part):
            root = book.tree(link.target) if link.kind == "table" and link.target in book.names else None
            area = cells_in(root.get("ref", "")) if root is not None else None
            if root is None or area is None or root.get("headerRowCount", "1") == "0":
                continue
            columns = children(child(root, "tableColumns"), "tableColumn")
            left, (top, bottom) = area.columns()[0], area.rows()
            yield NamedTable(root.get("displayName") or root.get("name") or "", sheet, top + 1,
                             max(top + 1, bottom - int(root.get("totalsRowCount", "0"))),
                             {left + place: column.get("name", "") for place, column in enumerate(columns)})


def named_cells(book: Book) -> Iterator[NamedCell]:
    """The single cells of a workbook that have a name of their own."""
    sheets = {name.casefold(): name for name in book.sheets()}
    for element in children(child(book.root, "definedNames"), "definedName"):
        name, found = element.get("name", ""), list(references(element.text or ""))
        if len(found) == 1 and found[0].single and _PATH.fullmatch(name) and found[0].sheet.casefold() in sheets:
            yield NamedCell(name, sheets[found[0].sheet.casefold()], found[0].first.row, found[0].first.column)


def extras_of(book: Book, tagged: Mapping[str, Sequence[TagCell]], context: Mapping[str, Any], headings: Headings
              ) -> tuple[Extra, ...]:
    """What the values of a context fill without tags; `tagged` are the cells with tags of each sheet. Raises `Failed`
    for a table beside whose sample rows something else stands."""
    lists = {name.casefold(): name for name, value in context.items() if isinstance(value, list | tuple)}
    found = []
    for table in named_tables(book):
        name = lists.get(table.name.casefold())
        inside = any(table.first <= cell.row <= table.last and cell.column in table.headers
                     for cell in tagged.get(table.sheet, ()))
        if name is not None and not inside and (extra := _of_table(book, table, name, context[name], headings)):
            found.append(extra)
    for cell in named_cells(book):
        value = get(context, cell.name, _NOTHING)
        taken = any((one.row, one.column) == (cell.row, cell.column) for one in tagged.get(cell.sheet, ()))
        if value is not _NOTHING and not isinstance(value, Mapping | list | tuple) and not taken and not _has_formula(
                book, cell.sheet, cell.row, cell.column):
            found.append(Extra(cell.sheet, (TagCell(cell.row, cell.column, (Run("", f"{{{{ {cell.name} }}}}"),)),)))
    return tuple(found)


_NOTHING = object()


def _of_table(book: Book, table: NamedTable, name: str, records: Sequence[Any], headings: Headings) -> Extra | None:
    records = [record for record in records if isinstance(record, Mapping)]
    keys = {_plain(key): str(key) for record in records for key in record}
    keys = {**keys, **{_plain(header): key for header, key in headings.get(name, {}).items()}}
    filled = {column: keys[_plain(header)] for column, header in table.headers.items() if _plain(header) in keys
              and not _has_formula(book, table.sheet, table.first, column)}
    if not filled and (records or name not in headings):
        return None
    grid = Cells(book.tree(book.sheets()[table.sheet]))
    for row in range(table.first + 1, table.last + 1):
        for column, cell in grid.in_row(row).items():
            if column not in table.headers and any(child(cell, kind) is not None for kind in ("v", "f", "is")):
                raise _beside(table, row, cell.get("r", ""))
    whole = [record for record in records if all(key in record for key in filled.values())]
    by = "{}[{}]" if len(whole) == len(records) else "{}.get({})"
    cells = [TagCell(table.first, 0, (Run("", f"{{% for {_ROW} in {name} %}}"),), virtual=True)]
    cells += [TagCell(table.first, column, (Run("", "{{ " + by.format(_ROW, json.dumps(key, ensure_ascii=False))
                                                + " }}"),)) for column, key in sorted(filled.items())]
    cells.append(TagCell(table.last, LAST_COLUMN + 1, (Run("", "{% endfor %}"),), virtual=True))
    return Extra(table.sheet, tuple(cells), frozenset(range(table.first + 1, table.last + 1)))


def _has_formula(book: Book, sheet: str, row: int, column: int) -> bool:
    cell = Cells(book.tree(book.sheets()[sheet])).in_row(row).get(column)
    return cell is not None and child(cell, "f") is not None


def _plain(header: object) -> str:
    """What is alike in a header and the name of a field."""
    return _NOT_IN_NAMES.sub("", str(header)).casefold()


def _beside(table: NamedTable, row: int, cell: str) -> Failed:
    return Failed(
        Text(f"{table.sheet}, {cell}: the table '{table.name}' is filled, and its row {row} would go with what stands "
             "here beside it.",
             f"{table.sheet}，{cell}：表格“{table.name}”要填写，其第 {row} 行连同旁边这里的内容会被去掉。"),
        Text("Leave one row in the table, or move what is beside it.", "请在表格中只留一行，或移开旁边的内容。"))


def fields_of_untagged(book: Book, tagged: Mapping[str, Sequence[TagCell]], known: frozenset[str]) -> Iterator[Field]:
    """The fields that tables and names ask for, each optional: it is left as it is when nothing is given."""
    for table in named_tables(book):
        inside = any(table.first <= cell.row <= table.last and cell.column in table.headers
                     for cell in tagged.get(table.sheet, ()))
        if inside or table.name in known:
            continue
        where = Text(f"{table.sheet}, table {table.name}", f"{table.sheet}，表格 {table.name}")
        yield Field(table.name, "list", where, optional=True)
        for column, header in table.headers.items():
            if header and not re.search(r"[.\[\]]", header) and not _has_formula(
                    book, table.sheet, table.first, column):
                yield Field(f"{table.name}[].{header}", "text", where, optional=True)
    for cell in named_cells(book):
        if cell.name not in known and not _has_formula(book, cell.sheet, cell.row, cell.column):
            yield Field(cell.name, "text", Text(f"{cell.sheet}, name {cell.name}", f"{cell.sheet}，名称 {cell.name}"),
                        optional=True)
