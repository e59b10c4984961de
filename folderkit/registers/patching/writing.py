"""Write one row of a table: values into cells that look like those above, formulas moved down from there."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from folderkit.core.cells import column_letters
from folderkit.core.language import Language
from folderkit.core.workbook.book import Book, child, children, forget, is_on
from folderkit.core.workbook.cells import (
    clear,
    show_value,
    write_formula,
    write_number,
    write_text,
)
from folderkit.core.workbook.references import moved, parse_cells
from folderkit.core.workbook.styles import Styles
from folderkit.registers import look
from folderkit.registers.patching.growth import Growth
from folderkit.registers.patching.table import Table
from folderkit.registers.register import Row
from folderkit.registers.schema import Column

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CHINESE = re.compile("[\u3400-\u9fff]")
_EPOCH, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
_FIRST_SAFE = dt.datetime(1900, 3, 1)  # before it, Excel's calendar has a day that never was
_LINE, _MARGIN = 15, 6  # points: of a line of text, and what a row has beside
_MOST = 409  # points, the greatest height of a row
_PADDING = 0.71  # of a stored width, which counts the space beside the text


class Writer:
    """Writes the rows of one addition, top down."""

    def __init__(self, book: Book, table: Table, growth: Growth) -> None:
        self.book, self.table, self.growth = book, table, growth
        self.cells, self.styles = table.cells, Styles(book)
        self.columns = {table.position(key): table.schema.column(key)
                        for key in (*table.header.columns, *table.header.across_columns(table.schema))}
        self.has_new_formulas = False
        self.least = self._least_height()

    def write(self, number: int, row: Row) -> None:
        """Write a row of typed and computed values, by key."""
        model = self._model(number)
        self._take_look(number, model)
        for position in range(self.table.left, self.table.right + 1):
            column = self.columns.get(position)
            self._write_cell(number, position, column, None if column is None else row.get(column.key))
        self._set_height(number, model, row)

    def set(self, number: int, column: Column, value: Any) -> None:
        """Put one value into a row that is there; None empties the cell."""
        position = self.table.position(column.key)
        if value is None:
            clear(self._free_cell(number, position))
        else:
            self._write_value(self._free_cell(number, position), column, position, value)

    def show(self, number: int, row: Row) -> None:
        """Show in a row that is there what its formulas give now, and make it as high as its texts need."""
        for position, column in self.columns.items():
            if column.computed and self.cells.formula(number, position):
                value = row[column.key]
                shown = self._word(column, position, value) if column.choices and value is not None else value
                show_value(self.cells.cell(number, position), "" if shown is None else shown)
        before = self.cells.rows[number].get("ht")
        self._set_height(number, number, row)
        if before and float(self.cells.rows[number].get("ht", "0")) < float(before):
            self.cells.rows[number].set("ht", before)  # other columns may need it

    # -- how the row looks -------------------------------------------------------------------------
    def _model(self, number: int) -> int:
        """The row after which this one is made: the one above, or, where two looks alternate, the one before it; 0
        for none."""
        above = [number - step for step in (1, 2, 3) if number - step > self.table.top]
        if len(above) == 3 and self._look(above[0]) == self._look(above[2]) != self._look(above[1]):
            return above[1]
        return above[0] if above else 0

    def _look(self, number: int) -> list[str]:
        cells = self.cells.in_row(number)
        return [cells[position].get("s", "") if position in cells else "" for position in self._width()]

    def _width(self) -> range:
        """The table's columns, and the margin left of it."""
        return range(1, self.table.right + 1)

    def _take_look(self, number: int, model: int) -> None:
        row = self.cells.row(number)
        forget(row, "hidden", "spans", "collapsed")
        own, above = self.cells.in_row(number), self.cells.in_row(model)
        for key in ("s", "customFormat"):
            value = self.cells.rows[model].get(key) if model else None
            if value is not None and key not in row.attrib and not own:
                row.set(key, value)
        for position in self._width():
            if position in own and own[position].get("s", "0") != "0":
                continue
            if position < self.table.left and (position in own or position not in above or len(above[position])):
                continue  # what stands left of the table is not a part of it
            style = above[position].get("s") if position in above else self._style_of(row, position)
            if style is not None:
                self.cells.cell(number, position).set("s", style)

    def _style_of(self, row: Element, position: int) -> str | None:
        """The style of a cell that is not there: its row's, or its column's."""
        if row.get("s") and is_on(row, "customFormat"):
            return row.get("s")
        for one in children(child(self.table.sheet, "cols"), "col"):
            if int(one.get("min", "0")) <= position <= int(one.get("max", "0")):
                return one.get("style")
        return None

    def _least_height(self) -> float:
        heights = [float(row.get("ht", "0")) for number, row in self.cells.rows.items()
                   if self.growth.header < number <= self.growth.after and row.get("ht")]
        return min(heights, default=0)

    def _set_height(self, number: int, model: int, row: Row) -> None:
        """As high as the texts need where the rows above have a height of their own; programs only make rows as high
        as their text that have none, or when somebody types in them."""
        element = self.cells.row(number)
        above = self.cells.rows[model] if model else element
        height = element.get("ht") or above.get("ht")
        if height is None:
            return
        if is_on(element, "customHeight") or (not element.get("ht") and is_on(above, "customHeight")):
            element.set("ht", height)
            element.set("customHeight", "1")
            return
        widths = {position: self._column_width(position) for position in self.columns}
        lines = max((look.lines(value, widths[position]) for position, column in self.columns.items()
                     if column.type in look.WRAPPED and (value := self._text(column, position, row))), default=1)
        least = min(float(height), self.least) if self.least else float(height)
        element.set("ht", f"{min(_MOST, max(least, lines * _LINE + _MARGIN if lines > 1 else 0)):g}")

    def _text(self, column: Column, position: int, row: Row) -> str:
        value = row.get(column.key)
        return "" if value is None else self._word(column, position, value) if column.choices else str(value)

    def _column_width(self, position: int) -> float:
        for one in children(child(self.table.sheet, "cols"), "col"):
            if int(one.get("min", "0")) <= position <= int(one.get("max", "0")) and one.get("width"):
                return max(3.0, float(one.get("width", "9")) - _PADDING)
        return 9.0

    # -- what stands in it -------------------------------------------------------------------------
    def _write_cell(self, number: int, position: int, column: Column | None, value: Any) -> None:
        if column is not None and not column.computed and value is not None:
            self._write_value(self._free_cell(number, position), column, position, value)
            return
        formula = self.cells.formula(number, position)
        if not formula:
            formula, array = self._formula_above(number, position)
            if formula:
                write_formula(self.cells.cell(number, position), formula, array)
                self.has_new_formulas = True
        if column is None or not column.computed:
            return
        cell = self.cells.cell(number, position)
        shown = "" if value is None else value
        if column.choices and value is not None:
            shown = self._word(column, position, value)
        if formula:
            show_value(cell, shown)
        elif value is not None:
            self._write_value(cell, column, position, value)

    def _free_cell(self, number: int, position: int) -> Element:
        """The cell, when others do not share its formula."""
        cell = self.cells.cell(number, position)
        formula = child(cell, "f")
        if formula is not None and formula.get("t") == "shared":
            self.cells.spell_out()
        return cell

    def _formula_above(self, number: int, position: int) -> tuple[str, bool]:
        """What the column computes with, as it is in this row, and whether it is one of arrays."""
        if number - 1 > self.table.top:
            above = self.cells.formula(number - 1, position)
            inner = child(self.cells.in_row(number - 1).get(position), "f")
            if above and inner is not None:
                return moved(above, 1), inner.get("t") == "array"
            if position in self.columns and not self.columns[position].computed:
                return "", False
        columns = children(child(self.table.root, "tableColumns"), "tableColumn")
        place = position - self.table.left
        described = child(columns[place], "calculatedColumnFormula") if place < len(columns) else None
        if described is None or not described.text or moved(described.text, 1) != described.text:
            return "", False
        return described.text, is_on(described, "array")

    def _write_value(self, cell: Element, column: Column, position: int, value: Any) -> None:
        if column.choices:
            write_text(cell, self._word(column, position, value))
        elif isinstance(value, dt.date):
            self._write_date(cell, value)
        elif isinstance(value, str):
            write_text(cell, value)
        else:
            write_number(cell, value)

    def _write_date(self, cell: Element, value: dt.date) -> None:
        with_time = isinstance(value, dt.datetime)
        moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        style = self.styles.for_date(int(cell.get("s", "0")), with_time=with_time)
        epoch = _EPOCH_1904 if self.book.uses_1904() else _EPOCH
        if style is None or moment < max(epoch, _FIRST_SAFE):
            write_text(cell, moment.isoformat(" ", "minutes") if with_time else value.isoformat())
            return
        cell.set("s", str(style))
        since = moment - epoch
        write_number(cell, since.days if not since.seconds else since.days + since.seconds / 86_400)

    def _word(self, column: Column, position: int, value: Any) -> str:
        """A choice, or several, in the language in which the column's header stands."""
        return column.shown(value, self._language(position))

    def _language(self, position: int) -> Language:
        header = str(self.table.value(self.table.top, position))
        return "zh" if _CHINESE.search(header) else "en"

    # -- around it ---------------------------------------------------------------------------------
    def set_dimension(self) -> None:
        """The rectangle that a sheet says it fills."""
        found = child(self.table.sheet, "dimension")
        if found is None:
            return
        growth, old = self.growth, parse_cells(found.get("ref", "A1"))
        rows, columns = old.rows(), old.columns()
        last = max(growth.moved(rows[1]), growth.until, growth.header)
        found.set("ref", f"{column_letters(min(columns[0], growth.left) - 1)}{min(rows[0], growth.header)}:"
                         f"{column_letters(max(columns[1], growth.right) - 1)}{last}")
