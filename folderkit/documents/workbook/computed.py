"""What the formulas of a workbook give, told by LibreOffice from a copy, so that programs which compute nothing, as
previews and phones do, show numbers. The copy itself is thrown away: LibreOffice drops what it does not know."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.workbook.book import Book, child, name_of
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import Reference, parse_cells
from folderkit.documents.pages.libreoffice import Office, soffice
from folderkit.documents.workbook.rows import Computed
from folderkit.documents.workbook.values import CellError
from folderkit.documents.workbook.writing import filled_by, has_formulas, show_computed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

TIMEOUT = 300.0  # seconds
_AT_ONCE = 50  # workbooks that LibreOffice is given at one start
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


def give_values(workbooks: Sequence[Path], work: Path, progress: Callable[[int], None], timeout: float = TIMEOUT
                ) -> None:
    """Put into finished workbooks, in their files, what their formulas give: told by LibreOffice of many of them at one
    start, with its files in the folder `work`. `progress` is told of how many it has computed. Those of which it cannot
    tell, within `timeout` seconds each, stay as they are. Raises `OSError` for a file that cannot be written."""
    program = soffice()
    if program is None:
        return
    with tempfile.TemporaryDirectory(prefix="values-", dir=work, ignore_cleanup_errors=True) as folder:
        office, done = Office(program, Path(folder), "xlsx"), 0
        for start in range(0, len(workbooks), _AT_ONCE):
            part = workbooks[start : start + _AT_ONCE]
            sources = [Path(folder) / f"{start + number}.xlsx" for number in range(len(part))]
            for source, path in zip(sources, part, strict=True):
                shutil.copyfile(path, source)
            office.convert(sources, timeout, lambda count, done=done: progress(done + count))  # type: ignore[misc]
            for source, path in zip(sources, part, strict=True):
                _give(path, office.made_of(source))
                for used in (source, office.made_of(source)):
                    used.unlink(missing_ok=True)
            done += len(part)
            progress(done)


def _give(path: Path, computed: Path) -> None:
    """Put the values of a computed copy, if it is there and whole, into a workbook."""
    try:
        values = read_values(computed.read_bytes())
    except (FileNotFoundError, ValueError, zipfile.BadZipFile):
        return
    path.write_bytes(with_values(path.read_bytes(), values))


def with_values(data: bytes, values: Mapping[str, Computed]) -> bytes:
    """The workbook with what its formulas give in those cells that do not tell it."""
    book = Book(data)
    for name, part in book.sheets().items():
        told = values.get(name)
        if told is None or not has_formulas(book, part):
            continue
        grid = Cells(book.tree(part))
        for row, column, cell, formula in list(grid.formulas()):
            for (at, place), one in filled_by(grid, row, column, cell, formula):
                if child(one, "v") is None and show_computed(one, told(at, place)):
                    book.touch(part)
    return book.saved()


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
