"""Real workbooks: with rows put in above everything, no feature is lost and every formula gives what it gave."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from folderkit.core.errors import Failed
from folderkit.core.workbook.book import Book
from folderkit.documents.pages.libreoffice import Office, soffice
from folderkit.documents.parts import package
from folderkit.documents.parts.program import EXCEL
from folderkit.documents.workbook.computed import read_values
from folderkit.documents.workbook.document import Document
from folderkit.documents.workbook.layout import Layout, Region
from folderkit.documents.workbook.program import Program
from folderkit.documents.workbook.writing import Filling
from tests.conftest import CORPUS
from tests.workbooks import features, fill, parts_of, without_values

FILES = sorted((CORPUS / "xlsx-rich").glob("*.xls[xm]"))
ROWS = 50
_SMALL = 150_000  # bytes: LibreOffice takes long for the others
_UNSTEADY = re.compile(r"(?i)\b(?:ROW|ROWS|CELL|INDIRECT|OFFSET|ADDRESS|TODAY|NOW|RAND|RANDBETWEEN|INFO)\s*\(")

pytestmark = pytest.mark.skipif(not FILES, reason=f"the corpus is not here: {CORPUS}")


def with_rows(path: Path) -> bytes:
    """The workbook with empty rows above everything on each sheet. Raises `Failed` for what cannot follow."""
    parts, members = package.read_package(path.read_bytes(), str(path), EXCEL)
    nothing, layout = compile("", "", "exec"), Layout((Region(1, 0, 1, [0] * ROWS),))
    fillings = [Filling(Program(name, part, nothing, (), ((1, 0),), (), {}, frozenset()), layout, ())
                for name, part in Book(parts=parts).sheets().items()]
    document = Document(path, parts, members, fillings)
    document.settle()
    return package.write_package(*document.packed())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[-40:])
def test_nothing_is_lost(path: Path) -> None:
    """Filled without tags, every part is what it was; with rows put in, every feature is still there."""
    before = path.read_bytes()
    untouched = parts_of(fill(path, {}))
    assert [name for name, data in parts_of(before).items()
            if not name.endswith("/") and untouched[name] != data and name != "[Content_Types].xml"] == []
    try:
        after = with_rows(path)
    except Failed as error:
        lines = error.message.en.splitlines()
        assert all("INDIRECT" in line or "several sheets" in line for line in lines), lines
        pytest.skip(f"refused, as it must be: {lines[0]}")
    counted = features(after)
    lost = {kind: (count, counted[kind]) for kind, count in features(before).items() if counted[kind] != count}
    assert lost == {}


def test_every_formula_gives_what_it_gave(tmp_path: Path) -> None:
    program = soffice()
    if program is None:
        pytest.skip("LibreOffice is not installed")
    office = Office(program, tmp_path, "xlsx")
    pairs: list[tuple[str, Path, Path]] = []
    for number, path in enumerate(path for path in FILES if path.stat().st_size < _SMALL and _formulas(
            path.read_bytes())):
        try:
            moved = with_rows(path)
        except Failed:
            continue
        one, other = tmp_path / f"{number}a.xlsx", tmp_path / f"{number}b.xlsx"
        one.write_bytes(without_values(path.read_bytes()))
        other.write_bytes(moved)
        pairs.append((path.name, one, other))
    office.convert([one for pair in pairs for one in pair[1:]], 120, lambda count: None)
    wrong, compared = [], 0
    for name, one, other in pairs:
        if not office.made_of(one).exists():
            continue  # LibreOffice cannot open the real one
        assert office.made_of(other).exists(), name
        formulas = _formulas(one.read_bytes())
        before, after = read_values(office.made_of(one).read_bytes()), read_values(office.made_of(other).read_bytes())
        for (sheet, row, column), text in formulas.items():
            if sheet not in before or _UNSTEADY.search(text):
                continue
            old, new = before[sheet](row, column), after[sheet](row + ROWS, column)
            compared += 1
            if old != new and not (isinstance(old, float) and isinstance(new, int | float) and abs(old - new) < 1e-6):
                wrong.append((name, sheet, row, column, text, old, new))
    assert compared > 1_000
    assert wrong == []


def _formulas(data: bytes) -> dict[tuple[str, int, int], str]:
    from folderkit.core.workbook.cells import Cells

    book = Book(data)
    found = {}
    for name, part in book.sheets().items():
        grid = Cells(book.tree(part))
        for row, column, _, element in grid.formulas():
            found[name, row, column] = grid.whole(row, column, element)
    return found


def test_the_zip_opens(tmp_path: Path) -> None:
    for path in FILES:
        try:
            with zipfile.ZipFile(io.BytesIO(with_rows(path))) as packed:
                assert packed.testzip() is None
        except Failed:
            continue
