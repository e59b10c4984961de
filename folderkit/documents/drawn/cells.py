"""How much room a cell of a table has for a picture: its width within its margins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_MARGIN = 108  # twips, of a table that does not tell (ECMA-376, part 1, 17.4.6 and 17.4.35)
_TOKEN = re.compile(r"<(/?)w:(tbl|tr|tc|tblCellMar|tcMar|tcW|gridCol|gridBefore|gridSpan|left|right|start|end|"
                    r"txbxContent)(?=[ />])([^>]*)>")
_NUMBER = {name: re.compile(rf'\bw:{name}="(\d{{1,6}})"') for name in ("w", "val")}
_TYPE = re.compile(r'\bw:type="(\w+)"')
_SIDES = {"left": 0, "start": 0, "right": 1, "end": 1}


@dataclass
class _Table:
    """A table as far as it is read: the columns of its grid, and where its cells are."""

    grid: list[int] = field(default_factory=list)
    margins: list[int] = field(default_factory=lambda: [_MARGIN, _MARGIN])
    column: int = 0
    cell: _Cell | None = None


@dataclass
class _Cell:
    margins: list[int]
    width: int = 0
    span: int = 1


def cell_widths(xml: str, places: Sequence[int]) -> Iterator[int]:
    """For each of the rising `places` in the text of a document, the width in twips within the cell that it stands in;
    0 where it stands in none, or nothing tells how wide that is."""
    reader, tokens = _Reader(), _TOKEN.finditer(xml)
    token = next(tokens, None)
    for place in places:
        while token and token.start() < place:
            reader.take(token[2], token[3], closing=bool(token[1]))
            token = next(tokens, None)
        yield reader.room()


class _Reader:
    """Reads the elements of a text that tell of tables, one after another."""

    def __init__(self) -> None:
        self._around: list[_Table | None] = []  # the tables in each other; None for a box of text
        self._margins: list[int] | None = None  # those that are told now

    def room(self) -> int:
        """The width within the cell that the text has come to."""
        table = self._around[-1] if self._around else None
        if table is None or table.cell is None:
            return 0
        cell = table.cell
        width = cell.width or sum(table.grid[table.column : table.column + cell.span])
        return max(0, width - sum(cell.margins))

    def take(self, name: str, more: str, *, closing: bool) -> None:
        """Read an element's beginning, with its attributes, or its end."""
        table = self._around[-1] if self._around else None
        if name in ("tbl", "txbxContent"):
            if not closing:
                self._around.append(_Table() if name == "tbl" else None)
            elif self._around:
                self._around.pop()
        elif name in ("tblCellMar", "tcMar"):
            owner = table and (table.cell if name == "tcMar" else table)
            self._margins = owner.margins if owner and not closing else None
        elif name in _SIDES:
            side = _number(more, "w")
            if self._margins and side is not None:
                self._margins[_SIDES[name]] = side
        elif table:
            _read(table, name, more, closing=closing)


def _read(table: _Table, name: str, more: str, *, closing: bool) -> None:
    """Take in an element of a table's grid, rows or cells."""
    number = _number(more, "w" if name in ("gridCol", "tcW") else "val") or 0
    if name == "gridCol":
        table.grid.append(number)
    elif name == "tr":
        table.column = 0
    elif name == "gridBefore":
        table.column = number
    elif name == "tc" and not closing:
        table.cell = _Cell(list(table.margins))
    elif table.cell and name == "tc":
        table.column += table.cell.span
        table.cell = None
    elif table.cell and name == "gridSpan":
        table.cell.span = number or 1
    elif table.cell and name == "tcW":
        kind = _TYPE.search(more)
        table.cell.width = number if not kind or kind[1] == "dxa" else 0


def _number(attributes: str, name: str) -> int | None:
    found = _NUMBER[name].search(attributes)
    return int(found[1]) if found else None
