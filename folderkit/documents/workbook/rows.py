"""The rows of a sheet that tags fill, as XML: each row of the template a form, written once for every row it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from folderkit.core.cells import column_letters
from folderkit.core.language import Text
from folderkit.core.workbook.book import child, name_of
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import parse_cells
from folderkit.documents.shown import NotReadable
from folderkit.documents.workbook.follow import CannotFollowError, Moves, Where
from folderkit.documents.workbook.layout import Layout, Region
from folderkit.documents.workbook.program import Program, Slot
from folderkit.documents.workbook.texts import bare_xml
from folderkit.documents.workbook.values import ValueWriter

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Formula = Callable[[int], str]  # row of the document → the formula's element
Computed = Callable[[int, int], Any]  # row and column of the document → what the formula there gives; None: not known
_PROBES = range(700_001, 700_900, 7)  # rows that no formula names


@dataclass(frozen=True)
class ValueFault(Exception):
    """A value that no cell can hold, and where."""

    row: int
    column: int
    message: Text


@dataclass(frozen=True)
class _Cell:
    """A cell of a form: the XML up to its row's number; then a value, a formula (with the `rest` of the cell's
    attributes), or what stands there already, as the `rest`."""

    begin: str
    column: int
    style: int
    rest: str = ""
    slot: Slot | None = None
    formula: Formula | None = None


@dataclass(frozen=True)
class _Form:
    """A row of the template: its XML after its number, and its cells."""

    rest: str
    cells: tuple[_Cell, ...]


class RowWriter:
    """Writes the rows of one sheet's regions."""

    def __init__(self, grid: Cells, program: Program, layout: Layout, moves: Moves, values: ValueWriter) -> None:
        self._grid, self._program, self._layout, self._moves, self._values = grid, program, layout, moves, values
        prefix = grid.data.prefix
        self._p = f"{prefix}:" if prefix else ""
        self._head, self._end = f'<{self._p}row r="', f"</{self._p}row>"
        self._forms: dict[int, _Form] = {}
        self.faults: dict[tuple[int, int], Text] = {}  # formulas that cannot follow, by row and column of the template

    def write(self, region: Region, values: Iterator[Any], computed: Computed | None = None) -> Iterator[str]:
        """The rows of a region, each as XML. Raises `ValueFault`."""
        for at, row in enumerate(region.rows, start=region.start):
            form = self._form(abs(row))
            yield self._blank(form, at) if row < 0 else self._row(form, at, row, values, computed)

    def _row(self, form: _Form, at: int, row: int, values: Iterator[Any], computed: Computed | None) -> str:
        if not form.cells:
            return f"{self._head}{at}{form.rest}/>"
        made, of = [f"{self._head}{at}{form.rest}>"], self._values.of
        for cell in form.cells:
            if cell.slot is not None:
                try:
                    made.append(f"{cell.begin}{at}{of(next(values), cell.style, cell.slot.looks)}")
                except NotReadable as error:
                    raise ValueFault(row, cell.column, error.message) from None
            elif cell.formula is not None:
                value = computed(at, cell.column) if computed else None
                made.append(f"{cell.begin}{at}{self._values.formula(value, cell.style, cell.formula(at), cell.rest)}")
            else:
                made.append(f"{cell.begin}{at}{cell.rest}")
        made.append(self._end)
        return "".join(made)

    def _blank(self, form: _Form, at: int) -> str:
        cells = "".join(f'{cell.begin}{at}" s="{cell.style}"/>' for cell in form.cells if cell.style)
        return f"{self._head}{at}{form.rest}>{cells}{self._end}"

    def read(self, row: int) -> None:
        """Take a row of the template in, as long as it stands in its sheet."""
        self._form(row)

    @property
    def has_formulas(self) -> bool:
        return any(cell.formula is not None for form in self._forms.values() for cell in form.cells)

    # -- forms -------------------------------------------------------------------------------------
    def _form(self, row: int) -> _Form:
        if row not in self._forms:
            slots = {slot.column: slot for slot in self._program.slots.get(row, ())}
            for column in slots:
                self._grid.cell(row, column)  # a named cell may never have held anything
            element = self._grid.rows.get(row)
            attributes = "" if element is None else _attributes(element, ("r", "spans"))
            cells = tuple(self._cell(row, column, cell, slots.get(column))
                          for column, cell in sorted(self._grid.in_row(row).items()))
            self._forms[row] = _Form(f'"{attributes}', cells)
        return self._forms[row]

    def _cell(self, row: int, column: int, cell: Element, slot: Slot | None) -> _Cell:
        begin = f'<{self._p}c r="{column_letters(column - 1)}'
        style = int(cell.get("s", "0"))
        if slot is not None:
            return _Cell(begin, column, style, slot=slot)
        formula = child(cell, "f")
        if formula is not None and (made := self._formula(row, column, formula)) is not None:
            return _Cell(begin, column, style, _attributes(cell, ("r", "s", "t", "vm")), formula=made)
        told = _attributes(cell, ("r", "s"))
        inner = "".join(bare_xml(one) for one in cell if name_of(one))
        rest = f"{told}>{inner}</{self._p}c>" if inner else f"{told}/>"
        return _Cell(begin, column, style, rest=f'" s="{style}"{rest}' if style else f'"{rest}')

    def _formula(self, row: int, column: int, element: Element) -> Formula | None:
        """What gives a formula's element for each row that is made of this one."""
        kind, area = element.get("t", ""), element.get("ref", "")
        text = self._grid.whole(row, column, element)
        if kind == "dataTable" or (kind == "array" and len(set(parse_cells(area).rows())) > 1):
            if self._layout.count(row) == 1 and self._layout.first(row) == row:
                return None
            self.faults[row, column] = Text("it fills an area of its own, and rows in it are filled or moved",
                                            "它占据一片区域，而其中的行会被填写或移动")
            return None
        begin = f"<{self._p}f{_attributes(element, ('ref', 'si', 't'))}"
        follow = self._following(row, column, text)
        if kind == "array":
            columns = parse_cells(area)

            def array(at: int) -> str:
                return (f'{begin} t="array" ref="{columns.with_rows(at, at)}">{escape(follow(at))}</{self._p}f>')

            return array
        return lambda at: f"{begin}>{escape(follow(at))}</{self._p}f>"

    def _following(self, row: int, column: int, text: str) -> Callable[[int], str]:
        """The formula for each row that is made of this one."""
        if not self._moves.any:
            return lambda at: text
        region = self._layout.region_of(row)

        def formula(at: int) -> str:
            try:
                return self._moves.formula(text, Where(self._program.name, row, at))
            except CannotFollowError as error:
                self.faults.setdefault((row, column), error.message)
                return text

        probe = next((one for one in _PROBES if str(one) not in text and str(one - 1) not in text), 0)
        if region is None or region.first != region.last or not probe or len(region.rows) < 2:
            return formula
        try:
            form = self._moves.formula(text, Where(self._program.name, row, probe))
        except CannotFollowError:  # perhaps only so far below, as in what is left: SUM(E6:E$8)
            return formula
        form = form.replace("{", "{{").replace("}", "}}")
        form = form.replace(str(probe), "{0}").replace(str(probe - 1), "{1}")
        return lambda at: form.format(at, at - 1)


_QUOTES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def _attributes(element: Element, but: Sequence[str]) -> str:
    """The attributes of an element, without some of them."""
    return "".join(f' {_named(element, str(key))}="{escape(str(value), _QUOTES)}"'
                   for key, value in element.attrib.items() if key not in but)


def _named(element: Element, key: str) -> str:
    """An attribute's name with the prefix of its namespace."""
    if not key.startswith("{"):
        return key
    space, _, name = key[1:].partition("}")
    prefix = next((known for known, one in element.nsmap.items() if one == space and known), "")
    return f"{prefix}:{name}" if prefix else name
