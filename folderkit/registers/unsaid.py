"""What calamine does not tell of a sheet's cells: which show an error, which hold a formula, and which are merged with
the one above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from folderkit.core.workbook.book import Book, child
from folderkit.core.workbook.cells import Cells


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
