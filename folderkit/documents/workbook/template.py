"""A workbook template made ready: its parts, and a program for each sheet with tags."""

from __future__ import annotations

import functools
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from folderkit.core.errors import Failed
from folderkit.core.kept import Shelf
from folderkit.core.language import Language, Text
from folderkit.core.settings import Firm
from folderkit.core.workbook.book import Book, child
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import LAST_COLUMN
from folderkit.core.workbook.styles import Styles
from folderkit.documents.fields import Field, fields_in
from folderkit.documents.parts import package
from folderkit.documents.parts.program import EXCEL, broken
from folderkit.documents.parts.taken import Takings
from folderkit.documents.tags.soundness import Soundness
from folderkit.documents.tags.sources import Source
from folderkit.documents.tags.syntax import TagFault
from folderkit.documents.tags.uses import FieldKind, uses_of
from folderkit.documents.template import Template
from folderkit.documents.workbook import lasting
from folderkit.documents.workbook.blocks import Blocks
from folderkit.documents.workbook.captioned import (
    caption_faults,
    captioned_sheets,
    compile_caption,
    elsewhere_faults,
    source_of,
)
from folderkit.documents.workbook.columns import Columns, part_across
from folderkit.documents.workbook.program import Program, write_program
from folderkit.documents.workbook.sheets import (
    SheetPart,
    TagCell,
    TagSheet,
    in_order,
    part_of,
    tag_faults,
    tagged_sheets,
    text_faults,
)
from folderkit.documents.workbook.spread import write_spreading
from folderkit.documents.workbook.texts import Strings
from folderkit.documents.workbook.titles import Titling, titling_of
from folderkit.documents.workbook.untagged import Extra, fields_of_untagged, named_tables
from folderkit.documents.workbook.writing import has_formulas

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_KEPT = 8  # templates
# what compiles a template otherwise when it is another
SHELF = Shelf("workbooks", (Path(__file__).parent.parent,), ("jinja2", "lxml"))
_IN_HEADER = TagFault("", Text("A tag stands in a table's header, which Excel needs as it is.",
                               "标签放在了表格的表头中，而 Excel 要求表头保持原样。"),
                      hint=Text("Put it above the table.", "请把它放到表格上方。"))


@dataclass(frozen=True, eq=False)
class CompiledWorkbook:
    """A workbook template made ready. It holds nothing of a rendering: `parts` and `members` are copied from, never
    changed."""

    path: Path
    language: Language
    currency: str
    parts: Mapping[str, bytes]
    members: package.Members
    sources: tuple[Source, ...]
    programs: tuple[Program, ...]
    spreadings: Mapping[str, Program]  # what repeats the columns of sheets
    titlings: tuple[Titling, ...]
    captions: Mapping[str, CodeType]  # of the texts that stand in no cell, by their sources
    fields: tuple[Field, ...]
    tagged: Mapping[str, tuple[TagCell, ...]]  # the cells with tags of each sheet
    has_contents = False

    @functools.cached_property
    def has_formulas(self) -> bool:
        """Whether a workbook that is made of it may hold formulas."""
        book = Book(parts=self.parts)
        return any(has_formulas(book, part) for part in book.sheets().values())


def compile_workbook(template: Template, language: Language, firm: Firm, extras: tuple[Extra, ...] = (),
                     taken: Takings | None = None) -> CompiledWorkbook:
    """The template's edition, noted in `taken`, with what `extras` fill without tags; compiled again only when one of
    these, the language or the currency is another. Raises `Failed` when it cannot be read, or for every fault of its
    tags."""
    path = template.edition(language)
    return _compile(template.read(path, taken), path, language, firm.currency, extras)


@functools.lru_cache(maxsize=_KEPT)
def _compile(data: bytes, path: Path, language: Language, currency: str, extras: tuple[Extra, ...]
             ) -> CompiledWorkbook:
    parts, members = package.read_package(data, str(path), EXCEL)
    key = data, repr((language, currency, extras)).encode()
    kept = SHELF.kept(key, lambda: _compiled(parts, path, language, currency, extras))
    sources, programs, spreadings, titlings, captions, fields, tagged = kept
    return CompiledWorkbook(
        path, language, currency, parts, members, tuple(map(lasting.source_of, sources)),
        tuple(map(lasting.program_of, programs)),
        {sheet: lasting.program_of(program) for sheet, program in spreadings},
        tuple(map(lasting.titling_of, titlings)), dict(captions), tuple(Field.of(*field) for field in fields),
        lasting.cells_of(tagged))


def _compiled(parts: Mapping[str, bytes], path: Path, language: Language, currency: str, extras: tuple[Extra, ...]
              ) -> lasting.Plain:
    """What takes long, as plain values."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import TemplateSyntaxError

    from folderkit.documents.workbook.environment import workbook_tags

    tags = workbook_tags(language, currency, StrictUndefined)
    read, captions = read_sheets(parts, path, tags, extras), read_captions(parts, path, tags)
    if any(fault.grave for one in (*read, *captions) for _, fault in one.faults):
        raise _wrong_tags(path, [*read, *captions])
    programs, titlings, spreadings = list[Program](), list[Titling](), list[tuple[str, Program]]()
    for one in read:
        try:
            if one.columns.tags:
                spreadings.append((one.sheet.name, write_spreading(one.columns, tags)))
            programs += [write_program(one.sheet, one.blocks, tags, one.columns)] if one.sheet.tags else []
            titlings += [titling] if (titling := titling_of(one.sheet, tags)) else []
        except (TemplateSyntaxError, RecursionError):  # a block goes from the sheet's name into its cells
            fault = TagFault("", Text("The tags cannot be read.", "无法理解其中的标签。"))
            raise _wrong_tags(path, [replace(one, faults=((TagCell(0, 0, ()), fault),))]) from None
    fields = fields_of_sheets([*read, *captions])
    codes = {source: compile_caption(source, tags) for one in captions for source in map(source_of, one.sheet.cells)}
    return (tuple(lasting.plain_source(one.source) for one in (*read, *captions) if one.source is not None),
            tuple(map(lasting.plain_program, programs)),
            tuple((sheet, lasting.plain_program(program)) for sheet, program in spreadings),
            tuple(map(lasting.plain_titling, titlings)), tuple(codes.items()),
            tuple(field.lasting() for field in (*fields, *_untagged(parts, read, fields))),
            lasting.plain_cells({one.sheet.name: one.sheet.cells for one in read}))


@dataclass(frozen=True)
class ReadSheet:
    """A sheet with tags, without those that repeat columns; what its blocks go over, its tags as a source where they
    can be read, and its faults."""

    sheet: TagSheet
    blocks: Blocks
    columns: Columns
    part: SheetPart
    source: Source | None
    faults: tuple[tuple[TagCell, TagFault], ...]
    formats: Mapping[str, str]  # what the cells show numbers as, by their names, where a tag stands alone


def fields_of_sheets(read: Sequence[ReadSheet]) -> tuple[Field, ...]:
    """The fields of all sheets: what one is that is put out as it is, its cell's format tells."""
    shown: dict[str, str] = {}
    for one in read:
        for use in uses_of(one.source.tree) if one.source is not None else ():
            kind = one.formats.get(one.part.cell_at(use.line), "") if use.by == "print" else ""
            if kind and shown.setdefault(use.name, kind) != kind:
                shown[use.name] = "text"
    fields = fields_in(one.source for one in read if one.source is not None)
    kinds: dict[str, FieldKind] = {"date": "date", "percent": "percent", "number": "number"}
    return tuple(field if field.kind != "text" else replace(
        field, kind=kinds.get(shown.get(field.name, ""), field.kind)) for field in fields)


def _untagged(parts: Mapping[str, bytes], read: Sequence[ReadSheet], known: Sequence[Field]) -> Iterable[Field]:
    """The fields of what is filled without tags."""
    return fields_of_untagged(Book(parts=parts), {one.sheet.name: one.sheet.cells for one in read},
                              frozenset(field.name for field in known))


def read_sheets(parts: Mapping[str, bytes], path: Path, tags: Tags, extras: Sequence[Extra] = ()) -> list[ReadSheet]:
    """The sheets with tags, and those that `extras` fill without, and every fault of the tags. Raises `Failed` for a
    workbook that is damaged."""
    try:
        book = Book(parts=parts)
        found = {sheet.name: sheet for sheet in tagged_sheets(book, Strings(book))}
        for extra in extras:
            sheet = found.get(extra.sheet) or TagSheet(extra.sheet, book.sheets()[extra.sheet], ())
            found[extra.sheet] = sheet.with_cells(extra.cells, extra.dropped)
        sheets = list(found.values())
        styles = Styles(book)
        headers = {(table.sheet, table.first - 1, column) for table in named_tables(book) for column in table.headers}
        return [_read(Columns(sheet, _columns_with_more(book, sheet)), rows_with_more(book, sheet), tags,
                      _formats(book, sheet, styles), headers) for sheet in sheets]
    except ValueError as error:
        raise _damaged(path, error) from None


def read_captions(parts: Mapping[str, bytes], path: Path, tags: Tags) -> list[ReadSheet]:
    """The texts with tags that stand in no cell, sheet by sheet, and every fault of the tags, also of those that stand
    where none is filled. Raises `Failed` for a workbook that is damaged."""
    try:
        book = Book(parts=parts)
        sheets = {sheet.name: sheet for sheet in captioned_sheets(book, tagged_sheets(book, Strings(book)))}
        faults: dict[str, list[tuple[TagCell, TagFault]]] = {}
        for name, label, fault in elsewhere_faults(book):
            cell = TagCell(0, LAST_COLUMN, (), virtual=True, label=label)
            faults.setdefault(name, []).append((cell, fault))
    except ValueError as error:
        raise _damaged(path, error) from None
    found = []
    for name in dict.fromkeys((*sheets, *faults)):
        sheet = sheets.get(name, TagSheet(name, "", ()))
        read = _read(Columns(sheet, ()), frozenset(), tags, {}, ())
        more = (*read.faults, *caption_faults(sheet, read.blocks), *faults.get(name, ()))
        found.append(replace(read, faults=tuple(in_order(more))))
    return found


def _damaged(path: Path, error: ValueError) -> Failed:
    return broken(str(path), EXCEL, Text(f"it is damaged or incomplete ({error})", f"文件已损坏或不完整（{error}）"))


def _with_more(book: Book, sheet: TagSheet) -> Iterator[tuple[int, int]]:
    """The rows and columns of the cells without tags that hold something."""
    tagged = {(cell.row, cell.column) for cell in sheet.cells}
    grid = Cells(book.tree(sheet.part))
    return ((row, column) for row in grid.rows for column, cell in grid.in_row(row).items()
            if (row, column) not in tagged and any(child(cell, name) is not None for name in ("v", "f", "is")))


def rows_with_more(book: Book, sheet: TagSheet) -> frozenset[int]:
    """The rows of a sheet in which a cell without tags holds something."""
    return frozenset(row for row, _ in _with_more(book, sheet))


def _columns_with_more(book: Book, sheet: TagSheet) -> frozenset[int]:
    if not any(tag.is_across for tag in sheet.tags):
        return frozenset()
    return frozenset(column for _, column in _with_more(book, sheet))


def _formats(book: Book, sheet: TagSheet, styles: Styles) -> dict[str, str]:
    grid = Cells(book.tree(sheet.part))
    found = {}
    for cell in sheet.cells:
        element, text = grid.in_row(cell.row).get(cell.column), _bare_text(cell, sheet)
        if element is not None and any(tag.text == text for tag in sheet.tags_of[cell.name]):
            found[cell.name] = styles.shows(int(element.get("s", "0")))
    return found


def _bare_text(cell: TagCell, sheet: TagSheet) -> str:
    """The text of a cell without the tags of blocks."""
    text = cell.text
    for tag in sheet.tags_of[cell.name]:
        if not tag.text.startswith("{{"):
            text = text.replace(tag.text, "", 1)
    return text.strip()


def _read(columns: Columns, filled: frozenset[int], tags: Tags, formats: Mapping[str, str],
          headers: Container[tuple[str, int, int]]) -> ReadSheet:
    from jinja2.exceptions import TemplateSyntaxError

    from folderkit.documents.tags.healing import healed
    from folderkit.documents.tags.tagged import one_tag_per_line

    sheet = columns.bare
    blocks = Blocks(sheet, filled)
    part = part_across(columns, blocks) if columns.tags else part_of(sheet)
    faults = [*text_faults(sheet), *columns.faults(tags)]
    try:
        tree = tags.parse(one_tag_per_line(part.text))
        source: Source | None = Source(part, tags.compile("x"), Soundness(), False, tree)
        tags.compile(tree)  # which meets filters that there are not
        faults += blocks.faults()
    except (TemplateSyntaxError, RecursionError):
        source = healed(part, tags)
        faults += tag_faults(sheet, tags)
    faults += [(cell, _IN_HEADER) for cell in sheet.cells if sheet.tags_of[cell.name]
               and (sheet.name, cell.row, cell.column) in headers]
    return ReadSheet(sheet, blocks, columns, part, source, tuple(in_order(faults)), formats)


def _wrong_tags(path: Path, read: Sequence[ReadSheet]) -> Failed:
    lines = [_line(path, one.sheet.name, cell, fault) for one in read for cell, fault in one.faults if fault.grave]
    return Failed(Text("\n".join(line.en for line in lines), "\n".join(line.zh for line in lines)),
                  Text("Correct the template in Excel, then run the command again.",
                       "请在 Excel 中改正模板，再运行一次。"))


def _line(path: Path, sheet: str, cell: TagCell, fault: TagFault) -> Text:
    told = Text(f"{fault.message.en} {fault.hint.en}".strip(), fault.message.zh + fault.hint.zh)
    places = Text(", ".join(filter(None, (sheet, cell.called.en, fault.shown))),
                  "，".join(filter(None, (sheet, cell.called.zh, fault.shown))))
    return Text(f"{path}: {places.en}: {told.en}", f"{path}：{places.zh}：{told.zh}")
