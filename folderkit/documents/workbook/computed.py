"""What the formulas of a workbook give, told by LibreOffice from a copy, so that programs which compute nothing, as
previews and phones do, show numbers. The copy itself is thrown away: LibreOffice drops what it does not know."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.workbook.book import Book, child, name_of
from folderkit.core.workbook.references import Reference, parse_cells
from folderkit.documents.pages.libreoffice import Office, soffice
from folderkit.documents.workbook.rows import Computed
from folderkit.documents.workbook.values import CellError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

TIMEOUT = 300.0  # seconds
Place = tuple[int, int]


def values_of(data: bytes, timeout: float = TIMEOUT) -> Mapping[str, Computed]:
    """What the formulas of a workbook (its file's bytes) give, by sheet; nothing of any when LibreOffice is not there,
    or cannot tell in `timeout` seconds: then they are computed when it is opened."""
    program = soffice()
    if program is None:
        return {}
    with tempfile.TemporaryDirectory(prefix="folderkit-values-", ignore_cleanup_errors=True) as work:
        source = Path(work) / "workbook.xlsx"
        source.write_bytes(data)
        office = Office(program, Path(work), "xlsx")
        office.convert([source], timeout, lambda count: None)
        try:
            return read_values(office.made_of(source).read_bytes())
        except (FileNotFoundError, ValueError, zipfile.BadZipFile):
            return {}


def read_values(data: bytes) -> Mapping[str, Computed]:
    """What stands in a computed workbook in the cells of formulas, by sheet."""
    book = Book(data)
    return {name: _Values(dict(_of_sheet(data, part))).at for name, part in book.sheets().items()}


class _Values:
    def __init__(self, known: Mapping[Place, Any]) -> None:
        self._known = known

    def at(self, row: int, column: int) -> Any:
        return self._known.get((row, column))


def _of_sheet(data: bytes, part: str) -> Iterator[tuple[Place, Any]]:
    """The values of the cells with formulas, and of those that such a formula fills."""
    from lxml import etree

    areas: list[Reference] = []
    with zipfile.ZipFile(io.BytesIO(data)) as packed, packed.open(part) as stream:
        for _, element in etree.iterparse(stream, events=("end",), resolve_entities=False, no_network=True):
            if name_of(element) == "c":
                place = parse_cells(element.get("r", "A1")).first
                formula = child(element, "f")
                if formula is not None and formula.get("t") == "array" and ":" in formula.get("ref", ""):
                    areas.append(parse_cells(formula.get("ref", "")))
                if formula is not None or any(_holds(area, place.row, place.column) for area in areas):
                    yield (place.row, place.column), _value(element)
            elif name_of(element) == "row":
                element.clear()


def _holds(area: Reference, row: int, column: int) -> bool:
    rows, columns = area.rows(), area.columns()
    return rows[0] <= row <= rows[1] and columns[0] <= column <= columns[1]


def _value(cell: Element) -> Any:
    """A cell's value, as its own type; None for a blank one, and for a text that is shared, which no formula gives."""
    inner = child(cell, "v")
    text = (inner.text or "") if inner is not None else ""
    kind = cell.get("t", "n")
    if inner is None or kind in ("s", "inlineStr"):
        return None
    if kind == "b":
        return text == "1"
    if kind == "e":
        return CellError(text)
    return text if kind == "str" else float(text) if "." in text or "E" in text.upper() else int(text)
