"""Real workbooks filled with nothing, with 50 rows above everything, with 5 columns left of everything: every part that
need not change is the same, every feature and every cell is still there, and LibreOffice computes what it computed.

``python -m tests.integration.workbook_sweep [FOLDER]`` does it with every workbook of a folder (the corpus) and prints
a table. `test_workbook_corpus.py` does the same without LibreOffice for all, and with it for a part that changes with
the date.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from folderkit.core.errors import Failed
from folderkit.core.workbook.book import Book, child
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import LAST_COLUMN
from folderkit.documents.pages.libreoffice import Office, soffice
from folderkit.documents.parts import package
from folderkit.documents.parts.program import EXCEL
from folderkit.documents.workbook.across import with_columns
from folderkit.documents.workbook.computed import read_values
from folderkit.documents.workbook.document import Document, cannot_follow, texts_in
from folderkit.documents.workbook.layout import Layout, Region
from folderkit.documents.workbook.program import Program
from folderkit.documents.workbook.writing import Filling
from tests.conftest import CORPUS
from tests.workbooks import features, fill, parts_of, without_values

FILES = sorted((CORPUS / "xlsx-rich").glob("*.xls[xm]"))
ROWS, COLUMNS = 50, 5
SMALL = 150_000  # bytes: LibreOffice takes long for the others
_REFUSED = ("INDIRECT", "several sheets", "counts")  # what a real workbook may be refused for
_UNSTEADY = re.compile(r"(?i)\b(?:ROW|ROWS|COLUMN|COLUMNS|CELL|INDIRECT|OFFSET|ADDRESS|TODAY|NOW|RAND|RANDBETWEEN|INFO)"
                       r"\s*\(")
_NEVER_SAME = re.compile(r"\[Content_Types\]\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/calcChain\.xml")


class Shift(NamedTuple):
    """By how much everything moves."""

    down: int = 0
    right: int = 0


@dataclass(frozen=True)
class Way:
    """A way to fill a workbook, and where its cells are then. Raises `Failed` for what cannot follow."""

    name: str
    made: Callable[[Path], bytes]
    shift: Shift


def _filled(path: Path, layout: Callable[[Cells], Layout]) -> bytes:
    parts, members = package.read_package(path.read_bytes(), str(path), EXCEL)
    nothing, book = compile("", "", "exec"), Book(parts=parts)
    fillings = []
    for name, part in book.sheets().items():
        laid = layout(Cells(book.tree(part)))
        spans = tuple((region.first, region.last) for region in laid.regions)
        fillings.append(Filling(Program(name, part, nothing, (), spans, (), {}, frozenset()), laid, ()))
    document = Document(path, parts, members, fillings)
    document.settle()
    return package.write_package(*document.packed())


def with_nothing(path: Path) -> bytes:
    """The workbook with every row written anew, as those are that tags fill."""
    def all_rows(grid: Cells) -> Layout:
        last = max(grid.rows, default=1)
        return Layout((Region(1, last, 1, range(1, last + 1)),))

    return _filled(path, all_rows)


def with_rows(path: Path) -> bytes:
    """The workbook with empty rows above everything on each sheet."""
    return _filled(path, lambda grid: Layout((Region(1, 0, 1, [0] * ROWS),)))


def with_more_columns(path: Path) -> bytes:
    """The workbook with empty columns left of everything on each sheet."""
    parts, members = package.read_package(path.read_bytes(), str(path), EXCEL)
    book, faults = Book(parts=parts), []
    layout = Layout((Region(1, 0, 1, [0] * COLUMNS),), LAST_COLUMN)
    made = with_columns(path, parts, dict.fromkeys(book.sheets(), layout), texts_in(book),
                        lambda place, why: faults.append((place, why)))
    if faults:
        raise cannot_follow(path, faults)
    return package.write_package(made, members)


WAYS = (Way("nothing", with_nothing, Shift()), Way("rows", with_rows, Shift(down=ROWS)),
        Way("columns", with_more_columns, Shift(right=COLUMNS)))


# -- what is looked at -----------------------------------------------------------------------------
def faults_of(path: Path, way: Way) -> tuple[list[str], bytes]:
    """What is wrong with a workbook that was filled, and the workbook; none where it is refused for good reason."""
    before = path.read_bytes()
    try:
        after = way.made(path)
    except Failed as error:
        lines = error.message.en.splitlines()
        return [line for line in lines if not any(word in line for word in _REFUSED)], b""
    return [*_lost(before, after), *_damaged(after), *_others(before, after, way), *_cells(before, after, way)], after


def untouched(path: Path) -> list[str]:
    """The parts that are others when a workbook without tags is filled."""
    before, after = parts_of(path.read_bytes()), parts_of(fill(path, {}))
    return [name for name, data in before.items() if not name.endswith("/") and after.get(name) != data
            and name != "[Content_Types].xml"]


def _lost(before: bytes, after: bytes) -> list[str]:
    counted = features(after)
    return [f"{kind}: {count} before, {counted[kind]} after" for kind, count in features(before).items()
            if counted[kind] != count]


def _damaged(after: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(after)) as packed:
        bad = packed.testzip()
        for name in packed.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(packed.read(name))
    return [f"{bad} is damaged"] if bad else []


def _others(before: bytes, after: bytes, way: Way) -> list[str]:
    """The parts that are others though nothing moved but the rows of sheets."""
    if way.shift != Shift():
        return []
    old, new = parts_of(before), parts_of(after)
    sheets = set(Book(before).sheets().values())
    return [f"{name} is another" for name, data in old.items() if not name.endswith("/") and new.get(name) != data
            and name not in sheets and not _NEVER_SAME.fullmatch(name) and not _is_cached(name)]


def _is_cached(name: str) -> bool:
    """Whether a part is of those that remember what cells held: charts and pivot caches forget that."""
    return "/charts/chart" in name or "/pivotCache/" in name


def _cells(before: bytes, after: bytes, way: Way) -> list[str]:
    """The cells that are not what they were, where they belong now: their look, their text or number."""
    old, new = _contents(before, Shift()), _contents(after, way.shift)
    return [f"{place}: {old.get(place)} before, {new.get(place)} after"
            for place in sorted({*old, *new}) if old.get(place) != new.get(place)][:5]


def _contents(data: bytes, shift: Shift) -> dict[tuple[str, int, int], Any]:
    book, found = Book(data), {}
    for name, part in book.sheets().items():
        grid = Cells(book.tree(part))
        for row in grid.rows:
            for column, cell in grid.in_row(row).items():
                formula, value = child(cell, "f"), child(cell, "v")
                inner = child(cell, "is")
                text = "".join(map(str, inner.itertext())) if inner is not None else (
                    value.text if value is not None and formula is None else None)
                kind = cell.get("t", "n") if formula is None else "formula"
                if text is not None or formula is not None or cell.get("s", "0") != "0":
                    found[name, row - shift.down, column - shift.right] = (cell.get("s", "0"), kind, text)
    return found


# -- what LibreOffice computes ---------------------------------------------------------------------
def formulas_of(data: bytes) -> dict[tuple[str, int, int], str]:
    book, found = Book(data), {}
    for name, part in book.sheets().items():
        grid = Cells(book.tree(part))
        for row, column, _, element in grid.formulas():
            found[name, row, column] = grid.whole(row, column, element)
    return found


def wrong_values(path: Path, made: Sequence[tuple[Way, bytes]], work: Path) -> tuple[list[str], int]:
    """The formulas of a workbook that give something else once it was filled, and how many were compared."""
    program = soffice()
    assert program is not None
    office, before = Office(program, work, "xlsx"), without_values(path.read_bytes())
    sources = [work / f"{name}.xlsx" for name in ("before", *(way.name for way, _ in made))]
    for source, data in zip(sources, (before, *(without_values(data) for _, data in made)), strict=True):
        source.write_bytes(data)
    office.convert(sources, 120, lambda count: None)
    if not office.made_of(sources[0]).exists():
        return [], 0  # LibreOffice cannot open the real one
    old, wrong, compared = read_values(office.made_of(sources[0]).read_bytes()), [], 0
    for source, (way, _) in zip(sources[1:], made, strict=True):
        if not office.made_of(source).exists():
            wrong.append(f"{way.name}: LibreOffice cannot open it")
            continue
        new = read_values(office.made_of(source).read_bytes())
        for (sheet, row, column), text in formulas_of(before).items():
            if sheet not in old or _UNSTEADY.search(text):
                continue
            pair = old[sheet](row, column), new[sheet](row + way.shift.down, column + way.shift.right)
            compared += 1
            if not _alike(*pair):
                wrong.append(f"{way.name}: {sheet}, row {row}, column {column}, {text}: {pair[0]}, then {pair[1]}")
    return wrong, compared


def _alike(old: Any, new: Any) -> bool:
    return old == new or (isinstance(old, float) and isinstance(new, int | float) and abs(old - new) < 1e-6)


def sweep(files: Iterable[Path]) -> int:
    """Look at each file in every way; prints a table, and gives how many faults there are."""
    count = 0
    for path in files:
        faults, made = untouched(path), []
        for way in WAYS:
            found, data = faults_of(path, way)
            faults += [f"{way.name}: {fault}" for fault in found]
            made += [(way, data)] if data else []
        compared = 0
        if soffice() is not None and formulas_of(path.read_bytes()):
            with tempfile.TemporaryDirectory() as work:
                wrong, compared = wrong_values(path, made, Path(work))
                faults += wrong
        count += len(faults)
        refused = len(WAYS) - len(made)
        sys.stdout.write(f"{path.name[-60:]:60} {refused} refused, {compared:>6} values, {len(faults)} faults\n")
        for fault in faults[:10]:
            sys.stdout.write(f"    {fault[:200]}\n")
    return count


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.workbook_sweep", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS / "xlsx-rich")
    given = parser.parse_args()
    return int(sweep(sorted(given.folder.glob("*.xls[xm]"))) > 0)


if __name__ == "__main__":
    sys.exit(main())
