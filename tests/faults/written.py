"""Write into hundreds of workbooks, real and generated, and compare every part and every cell with what was there.

``python -m tests.faults.written`` does it with all of the corpus: into tables of their own, found by their headers,
and into a register put beside them; and with every register that folderkit makes, as it made it and as another program
saved it. `tests/faults/test_written.py` does a part that changes with the date.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import posixpath
import random
import re
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import openpyxl
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.core.errors import Failed, FolderkitError, Refused
from folderkit.core.language import LANGUAGES, Language, same
from folderkit.registers import Column, Register, Schema, load_schema, schema_names, starter_rows, write_workbook
from folderkit.registers.patching import add_columns, append_rows, set_cells
from folderkit.registers.read import Workbook, read_content
from tests.conftest import CORPUS
from tests.integration.register_rows import ROWS
from tests.integration.test_registers_append_corpus import grafted

TODAY = dt.date(2026, 3, 18)
NEW = "folderkit 写入 <&> \"1\""
_SHOWN_AT = re.compile(r"([A-Z]+)(\d+)")
_MOST_TABLES = 4  # of one workbook
_GENERATED = 320  # workbooks as people make them, each from its number
Cells: TypeAlias = dict[tuple[str, int], tuple[str, bool, bytes]]  # by column and row: style, has a formula, all else


@dataclass(frozen=True)
class Case:
    """A workbook that is written into: `make` gives its bytes, None for what cannot be one."""

    name: str
    make: Callable[[], bytes | None]
    schema: Schema


class Written(NamedTuple):
    """What an operation made: the workbook, its sheet, the rows that are new (from 1), the cells that were meant."""

    content: bytes
    sheet: str
    rows: tuple[int, ...]
    cells: frozenset[str]


class Outcome(NamedTuple):
    """How one write ended: "written", "nothing", "refused: …" or "no table"; `faults` are differences not meant."""

    state: str
    faults: list[str]


# -- what is written into --------------------------------------------------------------------------
def cases(chance: random.Random | None = None) -> Iterator[Case]:
    """All of them, or a few of each kind by `chance`."""
    files = sorted(path for folder in ("xlsx", "xlsx-rich") for path in (CORPUS / folder).glob("*.xls[xm]"))
    names = [name for name in schema_names() if not load_schema(name).sheet_of]
    numbers: Sequence[int] = range(_GENERATED)
    if chance:
        files, names, numbers = chance.sample(files, min(4, len(files))), chance.sample(names, 2), chance.sample(
            numbers, 10)
    for path in files:
        yield Case(f"beside {path.name}", _beside(path), load_schema("tasks"))
        for number, schema in enumerate(_tables_of(path)):
            yield Case(f"table {number} of {path.name}", path.read_bytes, schema)
    for name in names:
        for language in LANGUAGES:
            yield Case(f"register {name} {language}", partial(_own, name, language), load_schema(name))
            yield Case(f"register {name} {language} saved by openpyxl", partial(_saved_again, name, language),
                       load_schema(name))
    for number in numbers:
        yield Case(f"generated {number}", partial(_generated, number), _schema_of(number))


def _schema_of(number: int) -> Schema:
    names = schema_names()
    return load_schema(names[number % len(names)])


def _generated(number: int) -> bytes:
    """A workbook with a register as somebody keeps it by hand: a title, columns in an order and words of their own,
    columns that nobody else has, an Excel Table or none, totals, rules, names, charts, and sheets that look at it."""
    chance, schema = random.Random(number), _schema_of(number)
    language = chance.choice(LANGUAGES)
    columns = [column for column in schema.columns if not column.computed and (
        column.required or column.key in ("id", schema.subject) or chance.random() < 0.5)]
    if chance.random() < 0.6:
        chance.shuffle(columns)
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = chance.choice([schema.title.in_(language).replace("/", " "), "Sheet1", "数据 & more", "a'b"])[:31]
    top, left = chance.randint(1, 6), chance.randint(1, 4)
    if top > 2:
        sheet.merge_cells(start_row=1, start_column=left, end_row=1, end_column=left + 3)
        sheet.cell(1, left, "某某项目").font = Font(bold=True, size=16)
    heads = [column.header.in_(language) if chance.random() < 0.8 or not column.aliases else chance.choice(
        column.aliases) for column in columns]
    heads += [f"own {place}" for place in range(chance.randint(0, 2))]
    for place, head in enumerate(heads, left):
        sheet.cell(top, place, head).fill = PatternFill("solid", fgColor="DDE6F0")
    count = chance.randint(1, 12)
    for row in range(top + 1, top + 1 + count):
        for place, column in enumerate(columns, left):
            sheet.cell(row, place, _cell(column, row - top, chance, language))
    end, right = top + count, left + len(heads) - 1
    _dress(book, sheet, (top, left, end, right), chance)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(column: Column, number: int, chance: random.Random, language: Language) -> Any:
    if column.type == "id":
        return f"X-{number:03d}"
    if column.choices:
        return chance.choice(list(column.choices.values())).words.in_(language)
    if column.type in ("date", "datetime"):
        return chance.choice([dt.datetime(2026, 3, number), "2026年3月5日", "2026/3/6"])
    if column.type in ("int", "dec", "money"):
        return column.minimum or 1
    return 0.5 if column.type == "pct" else f"{column.key} {number} & 文字"


def _dress(book: openpyxl.Workbook, sheet: Worksheet, area: tuple[int, int, int, int], chance: random.Random) -> None:
    """What lies around a table."""
    top, left, end, right = area
    letter, last = get_column_letter(left), get_column_letter(right)
    ref = f"{letter}{top}:{last}{end}"
    if chance.random() < 0.5:
        sheet.add_table(Table(displayName="T1", ref=ref))
    elif chance.random() < 0.5:
        sheet.auto_filter.ref = ref
    if chance.random() < 0.5:
        sheet.cell(end + chance.randint(1, 3), left, chance.choice(["合计", "Total", "制表人：王", "See below"]))
    if chance.random() < 0.5:
        rule = DataValidation(type="list", formula1='"a,b"')
        rule.add(f"{last}{top + 1}:{last}{end + chance.choice([0, 50])}")
        sheet.add_data_validation(rule)
    if chance.random() < 0.5:
        sheet.conditional_formatting.add(f"{letter}{top + 1}:{last}{end}", FormulaRule(  # type: ignore[no-untyped-call]
            formula=[f"LEN(${letter}{top + 1})>3"], fill=PatternFill("solid", bgColor="FFEEAA")))
    if chance.random() < 0.4:
        sheet.cell(top + 1, right + 2, f"=COUNTA({letter}{top + 1}:{letter}{end})")
    if chance.random() < 0.4:
        other = book.create_sheet("Summary")
        other["A1"] = f"=COUNTA({quote_sheetname(sheet.title)}!{letter}{top + 1}:{letter}{end})"
        other["A2"] = "stays"
    if chance.random() < 0.3:
        book.defined_names["all_rows"] = DefinedName(
            "all_rows", attr_text=f"{quote_sheetname(sheet.title)}!${letter}${top + 1}:${letter}${end}")
        sheet.print_area = ref
    if chance.random() < 0.3:
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=left, min_row=top, max_row=end), titles_from_data=True)
        book.create_sheet("Chart").add_chart(chart, "B2")
    if chance.random() < 0.3:
        sheet.cell(top, left).comment = Comment("who may fill this in", "Wang")
    sheet.freeze_panes = f"{letter}{top + 1}"


def _beside(path: Path) -> Callable[[], bytes | None]:
    def make() -> bytes | None:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / path.name
            return target.read_bytes() if grafted(path, target) else None

    return make


def _own(name: str, language: Language) -> bytes:
    stream, schema = io.BytesIO(), load_schema(name)
    rows = ROWS.get(name) or starter_rows(schema, "en") or [{schema.subject: "x"}]
    write_workbook(schema, language, rows, stream, project="华信", today=TODAY)
    return stream.getvalue()


def _saved_again(name: str, language: Language) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl leaves out
        openpyxl.load_workbook(io.BytesIO(_own(name, language))).save(stream)
    return stream.getvalue()


def _tables_of(path: Path) -> Iterator[Schema]:
    """Schemas for the sheets of a workbook that look like a table: a row of words with something below."""
    try:
        book = Workbook(path.read_bytes(), path)
        names = [(name, book.cells(name)) for name in book._names]
    except FolderkitError:
        return
    found = 0
    for name, cells in names:
        for number, row in enumerate(cells[:20]):
            words = [cell.strip() for cell in row if isinstance(cell, str) and cell.strip()]
            if len(words) >= 3 and len({word.casefold() for word in words}) == len(words) and number + 1 < len(cells) \
                    and any(cell not in ("", None) for cell in cells[number + 1]) and found < _MOST_TABLES:
                found += 1
                yield _schema(name, words)
                break


def _schema(sheet: str, words: list[str]) -> Schema:
    columns = tuple(Column(f"c{place}" if place else "id", "text" if place else "id", same(word))
                    for place, word in enumerate(words))
    extra = Column("extra", "text", same("folderkit extra"))
    return Schema(key="x", version=1, title=same(sheet), help=same(""), prefix="NEW", subject="c1", freeze="c1",
                  tally="", columns=(*columns, extra))


# -- writing ---------------------------------------------------------------------------------------
def _append(content: bytes, schema: Schema, path: Path, before: Register) -> Written:
    row = {schema.subject: _value(schema)}
    made = append_rows(content, schema, [row] * 3, path=path, today=TODAY)
    return Written(made.content, made.sheet, made.numbers, frozenset())


def _value(schema: Schema) -> str:
    return next(reversed([*schema.column(schema.subject).choices]), NEW)


def _set(content: bytes, schema: Schema, path: Path, before: Register) -> Written | None:
    identities = Counter(str(row["id"] or "").upper() for row in before.rows)
    known = next((str(row["id"]) for row in before.rows if row["id"] and identities[str(row["id"]).upper()] == 1), None)
    if known is None:
        return None
    made = set_cells(content, schema, {known: {schema.subject: _value(schema)}}, path=path, today=TODAY)
    return Written(made.content, made.sheet, (), frozenset(made.cells))


def _widen(content: bytes, schema: Schema, path: Path, before: Register) -> Written | None:
    made = add_columns(content, schema, path=path)
    return Written(made.content, made.sheet, (), frozenset(made.cells)) if made.keys else None


OPERATIONS: Mapping[str, Callable[[bytes, Schema, Path, Register], Written | None]] = {
    "append": _append, "set": _set, "widen": _widen}


def write(case: Case, operation: str) -> Outcome:
    """Do it, and compare."""
    content, path = case.make(), Path("x.xlsx")
    if content is None:
        return Outcome("no workbook", [])
    try:
        before = read_content(content, path, case.schema, today=TODAY)
        if not before.letters:
            return Outcome("no table", [])
        made = OPERATIONS[operation](content, case.schema, path, before)
    except Refused as error:
        return Outcome(f"refused: {error.message.en.partition(': ')[2] or error.message.en}"[:70], [])
    except Failed as error:
        return Outcome(f"failed: {error.message.en}"[:70], [])
    if made is None:
        return Outcome("nothing", [])
    return Outcome("written", list(differences(content, made, operation)))


# -- comparing -------------------------------------------------------------------------------------
def differences(before: bytes, made: Written, operation: str) -> Iterator[str]:
    """What is not as it was and was not meant."""
    old, new = _parts(before), _parts(made.content)
    sheet = _sheet_part(new, made.sheet)
    yield from (f"{name} is gone" for name in old.keys() - new.keys() if "calcChain" not in name)
    yield from (f"{name} is new" for name in new.keys() - old.keys())
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name] and name != sheet:
            yield from _part_differences(name, old[name], new[name], operation)
    yield from _sheet_differences(old[sheet], new[sheet], made, operation)


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def _sheet_part(parts: Mapping[str, bytes], title: str) -> str:
    """The part of a sheet, looked up without folderkit; openpyxl does not know strict workbooks."""
    main = next(name for name in parts if re.fullmatch(r"(xl/)?workbook\d*\.xml", name))
    folder, _, name = main.rpartition("/")
    links = {link.get("Id"): link.get("Target", "")
             for link in etree.fromstring(parts[f"{folder}/_rels/{name}.rels".lstrip("/")])}
    for sheet in etree.fromstring(parts[main]).iter("{*}sheet"):
        if sheet.get("name") == title:
            target = links[next(str(value) for key, value in sheet.attrib.items() if str(key).endswith("}id"))]
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
    raise AssertionError(title)


def _part_differences(name: str, old: bytes, new: bytes, operation: str) -> Iterator[str]:
    if name.endswith(("[Content_Types].xml", ".rels")):
        was, now = ({tuple(sorted(map(str, element.attrib.items()))) for element in etree.fromstring(part)}
                    for part in (old, new))
        yield from (f"{name} has lost {one}" for one in was - now if "calcChain" not in str(one))
    elif re.search(r"/tables?/", name) or name.endswith("workbook.xml"):
        yield from _trees(name, old, new, {"ref", "count", "totalsRowShown", "fullCalcOnLoad", "insertRow"},
                          {"tableColumn"} if operation == "widen" else set())
    elif name.endswith("styles.xml"):
        formats = [re.findall(rb"<(?:\w+:)?xf\b", part) for part in (old, new)]
        if len(formats[1]) < len(formats[0]):
            yield f"{name} has lost formats"
    elif re.search(r"/worksheets/|/charts/|/drawings/drawing", name):
        yield from _trees(name, _without_values(old), _without_values(new), {"ref", "r"},
                          {"row", "c", "is", "t"} if operation == "widen" else set())
    else:
        yield f"{name} is another"


def _trees(name: str, old: bytes, new: bytes, attributes: set[str], added: set[str]) -> Iterator[str]:
    """Where two parts differ but in these attributes, in formulas, and in elements that were added."""
    one, other = ([_plain(element, attributes) for element in etree.fromstring(part).iter(etree.Element)
                   if etree.QName(element).localname not in {*added, *_OPTIONAL}] for part in (old, new))
    if not added and one != other:
        first = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), (len(one), len(other)))
        yield f"{name}: {first}"


_OPTIONAL = {"calcPr", "numCache", "strCache", "multiLvlStrCache", "lvl", "pt", "ptCount", "formatCode"}
_FORMULAS = {"row", "f", "formula", "formula1", "formula2", "definedName", "sqref", "calculatedColumnFormula",
             "totalsRowFormula"}


def _plain(element: etree._Element, attributes: set[str]) -> tuple[str, tuple[tuple[str, str], ...], str]:
    name = etree.QName(element).localname
    kept = tuple(sorted((str(key), str(value)) for key, value in element.attrib.items() if key not in attributes))
    return name, kept, "" if name in _FORMULAS else (element.text or "").strip()


def _without_values(part: bytes) -> bytes:
    """A sheet or a chart without the values of its formulas, which may be forgotten."""
    root = etree.fromstring(part)
    for value in [*root.iter("{*}pt"), *root.iter("{*}lvl")]:
        value.clear()
    for cell in root.iter("{*}c"):
        if cell.find("{*}f") is not None:
            for value in cell.findall("{*}v"):
                cell.remove(value)
            cell.attrib.pop("t", "")
    return etree.tostring(root)


def _sheet_differences(old: bytes, new: bytes, made: Written, operation: str) -> Iterator[str]:
    before, after = _cells(old), _cells(new)
    yield from min((list(_cell_differences(before, after, made, operation, shift)) for shift in _shifts(made.rows)),
                   key=len)
    lost = Counter(_outside(old)) - Counter(_outside(new))
    yield from (f"element {name} is gone" for name in lost)


def _shifts(rows: tuple[int, ...]) -> Iterator[Callable[[int], int]]:
    """How rows may have moved: not at all, or from one of those that are new on, to below them."""
    yield lambda row: row
    for at in rows:
        yield lambda row, at=at: row + rows[-1] + 1 - at if row >= at else row  # type: ignore[misc]


def _cell_differences(before: Cells, after: Cells, made: Written, operation: str, shift: Callable[[int], int]
                      ) -> Iterator[str]:
    wanted = {_place(cell) for cell in made.cells}
    columns = {letters for letters, _ in wanted} if operation == "widen" else set()
    for (letters, row), one in before.items():
        place = letters, shift(row)
        if (letters, row) in wanted or place[1] in made.rows or letters in columns:
            continue
        if place not in after:
            yield f"cell {letters}{row} is gone"
        elif one != after[place]:
            yield f"cell {letters}{row}: {one} became {after[place]}"
    known = {(letters, shift(row)) for letters, row in before}
    for letters, row in after.keys() - known:
        if row not in made.rows and letters not in columns and (letters, row) not in wanted:
            yield f"cell {letters}{row} is new"


def _place(address: str) -> tuple[str, int]:
    found = _SHOWN_AT.fullmatch(address)
    assert found is not None
    return found[1], int(found[2])


def _cells(part: bytes) -> Cells:
    found: Cells = {}
    for cell in etree.fromstring(part).iter("{*}c"):
        place = _SHOWN_AT.fullmatch(cell.get("r", ""))
        if place is None or (len(cell) == 0 and not cell.get("s")):
            continue
        has_formula = cell.find("{*}f") is not None
        said = b"" if has_formula else b"".join(etree.tostring(inner, method="c14n", with_tail=False)
                                                for inner in cell) + cell.get("t", "").encode()
        found[place[1], int(place[2])] = (cell.get("s", "0"), has_formula, said)
    return found


def _outside(part: bytes) -> Iterator[str]:
    """The elements of a sheet that are no cells."""
    for top in etree.fromstring(part):
        if etree.QName(top).localname not in ("sheetData", "dimension"):
            yield from (etree.QName(element).localname for element in top.iter(etree.Element))


# -- all of it -------------------------------------------------------------------------------------
def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.written", description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--operation", choices=list(OPERATIONS), action="append")
    given = parser.parse_args()
    states: Counter[tuple[str, str]] = Counter()
    workbooks: set[str] = set()
    faults = 0
    for case in cases():
        if given.only not in case.name:
            continue
        for operation in given.operation or OPERATIONS:
            try:
                outcome = write(case, operation)
            except Exception:  # noqa: BLE001  the sweep goes on, and tells
                outcome = Outcome("crashed", [traceback.format_exc(limit=-3)])
            states[operation, outcome.state] += 1
            workbooks |= {case.name} if outcome.state == "written" else set()
            faults += bool(outcome.faults)
            if outcome.faults:
                sys.stdout.write(f"{operation} {case.name}: {len(outcome.faults)}: {outcome.faults[0]}\n")
    for (operation, state), count in sorted(states.items()):
        sys.stdout.write(f"{operation:8} {count:5}  {state}\n")
    sys.stdout.write(f"{len(workbooks)} workbooks written into, {faults} writes with differences that were not meant\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
