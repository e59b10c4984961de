"""What calamine does not tell of a sheet's cells: which show an error, which hold a formula, and which are merged with
the one above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.core.workbook.book import Book, child
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import parse_cells

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_WITHOUT_VALUE = (b"</f></c>", b'"/></c>', b"<v></v></c>", b"<v/></c>", b"<v /></c>")  # as writers leave formulas


class TableEnd(NamedTuple):
    """The last row of data (from 1) of an Excel table, and whether a row of totals is below it."""

    row: int
    has_totals: bool


def error_cells(content: bytes, sheet: str) -> dict[str, str]:
    """The cells of a sheet of the workbook in `content` that show an error, such as #REF!, by address. Raises
    `ValueError` for what makes no sense."""
    book = Book(content)
    cells = Cells(book.tree(book.sheets()[sheet]))
    found = {}
    for number in cells.rows:
        for cell in cells.in_row(number).values():
            if cell.get("t") == "e":
                value = child(cell, "v")
                found[cell.get("r", "")] = (value.text if value is not None else None) or "#"
    return found


def formula_cells(content: bytes, sheet: str) -> set[str]:
    """The cells of a sheet that hold a formula, by address. Raises `ValueError` for what makes no sense."""
    book = Book(content)
    return {cell.get("r", "") for _, _, cell, _ in Cells(book.tree(book.sheets()[sheet])).formulas()}


def uncomputed_cells(content: bytes, sheet: str) -> set[str]:
    """The cells of a sheet that hold a formula which nobody has computed since it was written, by address. Raises
    `ValueError` for what makes no sense."""
    book = Book(content)
    part = book.sheets()[sheet]
    if not any(end in book.raw(part) for end in _WITHOUT_VALUE):
        return set()
    return {cell.get("r", "") for _, _, cell, _ in Cells(book.tree(part)).formulas() if is_uncomputed(cell)}


def is_uncomputed(cell: Element | None) -> bool:
    """Whether it holds a formula and not what that gives; an empty text is what one may give."""
    if child(cell, "f") is None or cell is None:
        return False
    value = child(cell, "v")
    return value is None or (not value.text and cell.get("t") != "str")


def table_end(content: bytes, sheet: str, row: int, column: int) -> TableEnd | None:
    """Where the Excel table ends whose header is in this row and this column (from 1); None when there is none. Raises
    `ValueError` for what makes no sense."""
    book = Book(content)
    found = table_at(book, book.sheets()[sheet], row, column)
    return found[2] if found else None


def table_at(book: Book, part: str, row: int, column: int) -> tuple[str, Element, TableEnd] | None:
    """The Excel table (ListObject) of a sheet whose header is in this row and this column (from 1): its part and root,
    and where it ends. Raises `ValueError` for what makes no sense."""
    for name, root in book.tables(part):
        ref = parse_cells(root.get("ref", ""))
        (first, last), (left, right) = ref.rows(), ref.columns()
        if first == row and left <= column <= right and root.get("headerRowCount", "1") != "0":
            totals = int(root.get("totalsRowCount", "0"))
            return name, root, TableEnd(last - totals, totals > 0)
    return None


def filled_down(cells: Sequence[Sequence[Any]], areas: Iterable[tuple[tuple[int, int], tuple[int, int]]], below: int,
                columns: Iterable[int]) -> Sequence[Sequence[Any]]:
    """The cells, in which each that is merged with those above it, in one of these columns (from 0) and after the row
    `below` (from 0), says what the first of them says. The same object where there is none."""
    wanted = set(columns)
    down = [(first, last, left) for (first, left), (last, right) in areas
            if left == right and left in wanted and first < last and first > below]
    if not down:
        return cells
    filled = [list(row) for row in cells]
    for first, last, column in down:
        for row in range(first + 1, min(last + 1, len(filled))):
            filled[row][column] = filled[first][column]
    return filled
