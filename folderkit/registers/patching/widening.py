"""Add the columns to a register that a newer schema has and a person's workbook has not, right of its table, or refuse
and say what to do."""

from __future__ import annotations

import dataclasses
import re
import struct
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed, Refused
from folderkit.core.language import Language, Text, same
from folderkit.core.workbook import HIDDEN_SHEET
from folderkit.core.workbook.book import Book, beside, child, children, forget, name_of
from folderkit.core.workbook.cells import Cells, write_formula, write_text
from folderkit.core.workbook.references import Reference, parse_cells
from folderkit.registers import guard, look
from folderkit.registers.formula import in_rule, in_table
from folderkit.registers.patching.new_column import offer_choices, set_width
from folderkit.registers.patching.rows import no_table, refuse_forbidden, refuse_old
from folderkit.registers.patching.table import Table, find_table
from folderkit.registers.read import Workbook
from folderkit.registers.schema import REFERENCE, Column, Schema

_RULED_ROWS = 500  # as far down as drop-downs reach
_CHINESE = re.compile("[\u3400-\u9fff]")
_SPECIAL = re.compile(r"([\[\]#'@])")


@dataclass(frozen=True)
class Widened:
    """The workbook with its new columns: their keys, in their order, and the addresses of their headers on `sheet`."""

    content: bytes
    sheet: str
    keys: tuple[str, ...]
    cells: tuple[str, ...]


def add_columns(content: bytes, schema: Schema, keys: Sequence[str] = (), *, path: Path) -> Widened:
    """Add the columns `keys` to the register in `content`, or all that it lacks when none is named; those that are
    there already are left alone, as is a computed one that needs a column that is not there. `path` is what errors call
    it.

    Raises `Misuse` for an unknown column, `Failed` for what is no workbook, `Refused` where something stands right of
    the table, or it cannot be changed without harm; each says what to do.
    """
    wanted = [schema.column(key) for key in keys] or list(schema.columns)
    refuse_old(path, content)
    header = Workbook(content, path).header(schema)
    if header is None:
        raise no_table(path, schema)
    new = _possible([column for column in wanted if column.key not in header.columns], set(header.columns))
    if not new:
        return Widened(content, header.sheet, (), ())
    try:
        book = Book(content)
        refuse_forbidden(path, book)
        widened = _Widening(path, book, find_table(book, schema, header), new).widen()
    except (ValueError, struct.error, zipfile.BadZipFile) as error:
        raise guard.broken(path, str(error)) from None
    _compare(path, content, widened, schema)
    return widened


def lacking(workbook: Workbook, schema: Schema, *, every: bool) -> tuple[str, ...]:
    """The columns that `add_columns` would add and that are new: the workbook has never had them, as its notes tell.
    With `every` also those that a person has taken out, and in a workbook that is not folderkit's."""
    header = workbook.header(schema)
    if header is None:
        return ()
    noted = workbook.notes.get(schema.key, {})
    if not noted and not every:
        return ()
    new = [column for column in schema.columns if column.key not in header.columns
           and (every or f"column.{column.key}" not in noted)]
    return tuple(column.key for column in _possible(new, set(header.columns)))


def _possible(columns: list[Column], there: set[str]) -> list[Column]:
    """Those of the columns that need none that is not there afterwards."""
    known = there | {column.key for column in columns}
    found = [column for column in columns
             if {one["column"] for one in REFERENCE.finditer(column.formula)} <= known]
    return found if len(found) == len(columns) else _possible(found, there)


class _Widening:
    """New columns for one table."""

    def __init__(self, path: Path, book: Book, table: Table, columns: Sequence[Column]) -> None:
        self.path, self.book, self.table, self.columns, self.schema = path, book, table, columns, table.schema
        self.sheet, self.cells = table.sheet, table.cells
        self.part = book.sheets()[table.header.sheet]
        self.last = max(table.end, table.last_used(), table.top)
        self.places = {column.key: table.right + number for number, column in enumerate(columns, 1)}
        self.right = table.right + len(columns)
        subject = str(table.value(table.top, table.position(self.schema.subject)))
        self.language: Language = "zh" if _CHINESE.search(subject) else "en"

    def widen(self) -> Widened:
        self._refuse_taken()
        self._stretch()
        for column in self.columns:
            self._add(column)
        self._widen_table()
        self._note()
        if any(column.computed for column in self.columns):
            self.book.drop_calculation_chain()
            self.book.calculate_on_load()
        self.book.touch(self.part)
        return Widened(self.book.saved(), self.table.header.sheet, tuple(self.places),
                       tuple(f"{column_letters(place - 1)}{self.table.top}" for place in self.places.values()))

    # -- whether there is room ---------------------------------------------------------------------
    def _refuse_taken(self) -> None:
        """Refuse when something stands where the columns go."""
        taken = any(len(cell) for row in range(self.table.top, self.last + 1)
                    for place, cell in self.cells.in_row(row).items() if self.table.right < place <= self.right)
        areas = [parse_cells(one.get("ref", "")) for one in children(child(self.sheet, "mergeCells"), "mergeCell")]
        areas += [parse_cells(root.get("ref", "")) for name, root in self.book.tables(self.part)
                  if name != self.table.part]
        if taken or any(self._covers(area) for area in areas):
            first, count = column_letters(self.table.right), len(self.columns)
            raise Refused(
                Text(f"No columns can be added to '{self.path}': something stands right of its table.",
                     f"无法向“{self.path}”添加列：表格右侧有内容。"),
                Text(f"Insert {count} empty columns before column {first} of the sheet '{self.table.header.sheet}', "
                     "then try again.",
                     f"请在工作表“{self.table.header.sheet}”的 {first} 列前插入 {count} 个空列后再试。"))

    def _covers(self, area: Reference) -> bool:
        (first, last), (left, right) = area.rows(), area.columns()
        return first <= self.last and last >= self.table.top and left <= self.right and right > self.table.right

    # -- what goes over the whole width ------------------------------------------------------------
    def _stretch(self) -> None:
        """Conditional formats, filters and print areas that end with the table end with it afterwards."""
        for element in self.sheet:
            if name_of(element) in ("conditionalFormatting", "ignoredError") and element.get("sqref"):
                element.set("sqref", " ".join(self._wider(part) for part in element.get("sqref", "").split()))
            elif name_of(element) == "autoFilter" and element.get("ref"):
                element.set("ref", self._wider(element.get("ref", "")))
            elif name_of(element) == "dimension" and ":" in element.get("ref", ""):
                old = parse_cells(element.get("ref", ""))
                if old.columns()[1] < self.right:
                    element.set("ref", str(_to_column(old, self.right)))
        for name in children(child(self.book.root, "definedNames"), "definedName"):
            sheet, mark, area = (name.text or "").rpartition("!")
            if name.get("name") in ("_xlnm.Print_Area", "_xlnm._FilterDatabase") and mark and "," not in area and (
                    sheet.strip("'").replace("''", "'") == self.table.header.sheet):
                wider = self._wider(area)
                if wider != area:
                    name.text = f"{sheet}!{wider}"
                    self.book.touch(self.book.part)

    def _wider(self, area: str) -> str:
        """An area that goes over the whole width of the table, or more of it than one column, to its new end."""
        old = parse_cells(area)
        (first, last), (left, right) = old.rows(), old.columns()
        across = left <= self.table.left and right == self.table.right and right > left
        return str(_to_column(old, self.right)) if across and first <= self.last and last >= self.table.top else area

    # -- one column --------------------------------------------------------------------------------
    def _add(self, column: Column) -> None:
        place, model = self.places[column.key], self._model(column)
        self._copy_look(self.table.top, self.table.right, place)
        write_text(self.cells.cell(self.table.top, place), column.header.in_(self.language))
        for row in range(self.table.top + 1, self.last + 1):
            self._copy_look(row, model, place)
            if column.computed and (formula := self._formula(column, row)):
                write_formula(self.cells.cell(row, place), formula)
        set_width(self.sheet, self.cells, place, look.width(column, self.language))
        letters, until = column_letters(place - 1), max(self.last, self.table.top + _RULED_ROWS)
        offer_choices(self.sheet, column, self.language, f"{letters}{self.table.top + 1}:{letters}{until}")

    def _model(self, column: Column) -> int:
        """The column that this one looks like: one of its type that is there, else the last."""
        there = self.table.header.columns
        alike = [there[one.key] + 1 for one in self.schema.columns
                 if one.key in there and (one.type, one.computed) == (column.type, column.computed)]
        return max(alike, default=self.table.right)

    def _copy_look(self, row: int, model: int, place: int) -> None:
        found = self.cells.in_row(row).get(model)
        if found is not None and found.get("s"):
            self.cells.cell(row, place).set("s", found.get("s", ""))
            forget(self.cells.row(row), "spans")

    def _formula(self, column: Column, row: int) -> str:
        """The formula of a computed column with the headers, or the letters, that the sheet has."""
        if self.table.root is None:
            letters = {key: column_letters(place - 1) for key, place in self._all_places().items()}
            return "" if "{*" in column.formula else in_rule(
                self.schema, column.formula, self.language, letters, row).removeprefix("=")
        headers = {key: str(self.table.value(self.table.top, place)) for key, place in self._all_places().items()
                   if key not in self.places}
        named = dataclasses.replace(self.schema, columns=tuple(
            dataclasses.replace(one, header=same(_SPECIAL.sub(r"'\1", headers.get(
                one.key, one.header.in_(self.language))))) for one in self.schema.columns))
        formula = in_table(named, column.formula, self.language).removeprefix("=")
        return formula.replace(f"{self.schema.table}[", f"{self.table.name}[")

    def _all_places(self) -> dict[str, int]:
        return {key: place + 1 for key, place in self.table.header.columns.items()} | self.places

    # -- the table, and folderkit's notes ----------------------------------------------------------
    def _widen_table(self) -> None:
        root = self.table.root
        if root is None:
            return
        for element in (root, *children(root, "autoFilter")):
            element.set("ref", str(_to_column(parse_cells(element.get("ref", "")), self.right)))
        columns = child(root, "tableColumns")
        if columns is None:
            raise ValueError("a table has no columns")
        known = children(columns, "tableColumn")
        last = max((int(one.get("id", "0")) for one in known), default=0)
        for number, column in enumerate(self.columns, 1):
            new = columns.makeelement(beside(columns, "tableColumn"), {
                "id": str(last + number), "name": column.header.in_(self.language)})
            if column.computed:
                formula = new.makeelement(beside(columns, "calculatedColumnFormula"))
                formula.text = self._formula(column, self.table.top + 1)
                new.append(formula)
            columns.append(new)
        columns.set("count", str(len(known) + len(self.columns)))
        self.book.touch(self.table.part)

    def _note(self) -> None:
        """Tell the hidden sheet of the new columns and of the schema's version."""
        part = self.book.sheets().get(HIDDEN_SHEET)
        if part is None:
            return
        cells = Cells(self.book.tree(part))
        notes = [("register", self.schema.key), ("version", str(self.schema.version)),
                 *((f"column.{column.key}", column.header.in_(self.language)) for column in self.columns)]
        for row, pair in enumerate(notes, max(cells.rows, default=0) + 1):
            for place, text in enumerate(pair, 1):
                write_text(cells.cell(row, place), text)
        dimension = child(self.book.tree(part), "dimension")
        if dimension is not None:
            dimension.set("ref", f"A1:B{max(cells.rows)}")
        self.book.touch(part)


def _to_column(area: Reference, column: int) -> Reference:
    """The same rows, with another last column; whole rows stay as they are."""
    if not area.last.column:
        return area
    return dataclasses.replace(area, last=dataclasses.replace(area.last, column=column), single=False)


def _compare(path: Path, before: bytes, widened: Widened, schema: Schema) -> None:
    """Look at the result: every column stands where it was, the new ones behind them, and no cell is another. Raises
    `Failed`."""
    old, new = (Workbook(content, path).header(schema) for content in (before, widened.content))
    assert old is not None  # noqa: S101  it was found before
    same_place = new is not None and new.row == old.row and new.sheet == old.sheet and {
        key: place for key, place in new.columns.items() if key not in widened.keys} == old.columns
    if not same_place or new is None or not set(widened.keys) <= set(new.columns) or [
            _without(row, ()) for row in old.cells] != [
            _without(row, {new.columns[key] for key in widened.keys} if number >= new.row else ())
            for number, row in enumerate(new.cells)]:
        raise Failed(Text(f"Columns added to '{path}' could not be read back, so nothing was changed.",
                          f"向“{path}”添加的列无法读回，因此没有做任何改动。"),
                     Text("Write their headers above free columns of the table yourself.",
                          "请自行在表格的空列上方写上这些表头。"))


def _without(cells: Sequence[object], places: Collection[int]) -> list[object]:
    """A row without what stands at these places, and without the blanks at its end."""
    found = ["" if place in places else cell for place, cell in enumerate(cells)]
    while found and found[-1] in ("", None):
        found.pop()
    return found

