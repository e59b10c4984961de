"""The sheets of a template whose cells hold tags, and what is wrong with the tags, by cell."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from folderkit.core.cells import column_letters
from folderkit.core.language import Text, same
from folderkit.core.workbook.book import Book, child
from folderkit.core.workbook.cells import Cells
from folderkit.documents.tags.functions import PREFIX
from folderkit.documents.tags.places import in_brackets
from folderkit.documents.tags.sources import Part
from folderkit.documents.tags.syntax import (
    TagFault,
    fault_of_tag,
    full_width_braces,
    half_tags,
    loose_ends,
    pair_blocks,
    pieces_of,
    swallows,
)
from folderkit.documents.tags.tagged import TAG
from folderkit.documents.tags.wording import no_other_half
from folderkit.documents.workbook.texts import Run, Runs, Strings, holds_brace, text_of, with_whole_tags

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_EACH = re.compile(r"\{%([-+]?)\s*sheet\s+(?=for\s)(?:(?!%\}).)*%\}", re.DOTALL)  # a sheet for each member of a list
_SHEET_NAME = re.compile(r"'(?:[^']|'')+'!")
_EACH_WORD = re.compile(r"^(\{%[-+]?)\s*sheet\s")
_OF_ROWS = re.compile(r"^(\{%[-+]?)\s*tr(?=\s)")
_OF_COLUMNS = re.compile(r"^(\{%[-+]?)\s*tc(?=\s)")
_OF_WORD = re.compile(r"^\{[%{][-+]?\s*(p|r|vm|hm|colspan|cellbg)\s")


@dataclass(frozen=True)
class TagCell:
    """A cell whose text holds a brace; rows and columns count from 1. One that is `virtual` is not in the sheet: it
    only holds a tag of a block; that of the sheet's name is in row 0. What is no cell but a text elsewhere says by its
    `label` where."""

    row: int
    column: int
    runs: Runs
    virtual: bool = False
    label: Text | None = None

    @cached_property
    def text(self) -> str:
        return text_of(self.runs)

    @property
    def name(self) -> str:
        if self.label is not None:
            return self.label.en
        return f"{column_letters(self.column - 1)}{self.row}" if self.row else ""

    @property
    def called(self) -> Text:
        """What a person calls it."""
        return same(self.name) if self.label is None else self.label


@dataclass(frozen=True)
class SheetTag:
    """A tag in a cell: as it is written, and as Jinja reads it, which knows no ``{%tr``, which all is that goes over
    cells, and no ``{%tc``, which goes over columns."""

    cell: TagCell
    start: int
    text: str

    @property
    def plain(self) -> str:
        return _EACH_WORD.sub(r"\1 ", _OF_COLUMNS.sub(r"\1 ", _OF_ROWS.sub(r"\1 ", self.text)))

    @property
    def is_across(self) -> bool:
        """Whether it bounds columns."""
        return _OF_COLUMNS.match(self.text) is not None

    @property
    def shown(self) -> str:
        return " ".join(self.text.split())


@dataclass(frozen=True)
class TagSheet:
    """A sheet with tags: its name, its part, the cells with braces in reading order, formulas that hold a tag, and rows
    of samples that are left out."""

    name: str
    part: str
    cells: tuple[TagCell, ...]
    each: SheetTag | None = None  # the tag that makes a sheet for each member of a list
    formulas: tuple[TagCell, ...] = ()
    dropped: frozenset[int] = frozenset()

    def with_cells(self, cells: Iterable[TagCell], dropped: frozenset[int]) -> TagSheet:
        """The sheet with more cells that are filled, and more rows that are left out."""
        ordered = sorted({*self.cells, *cells}, key=lambda cell: (cell.row, cell.column))
        return replace(self, cells=tuple(ordered), dropped=self.dropped | dropped)

    @cached_property
    def tags(self) -> tuple[SheetTag, ...]:
        """All tags that are whole, in reading order."""
        return tuple(tag for cell in self.cells for tag in self.tags_of[cell.name])

    @cached_property
    def own_tags(self) -> tuple[SheetTag, ...]:
        """The tags of the sheet itself: the one that makes it several times, those of its name."""
        title = TagCell(0, 0, (Run("", self.name),), virtual=True)
        return (*((self.each,) if self.each else ()), *_tags_in(title))

    @cached_property
    def tags_of(self) -> dict[str, list[SheetTag]]:
        """The whole tags of each cell, by the cell's name."""
        return {cell.name: list(_tags_in(cell)) for cell in self.cells}


def without_tags(cell: TagCell, tags: Sequence[SheetTag], instead: str = "{# #}") -> TagCell:
    """The cell with an empty comment, or something else, in the place of each of these tags of its own, which are in
    their order."""
    if not tags:
        return cell
    begins, runs = 0, []
    for run in cell.runs:
        text = run.text
        for tag in reversed(tags):
            at = tag.start - begins
            if 0 <= at < len(run.text):
                text = text[:at] + instead + text[at + len(tag.text) :]
        begins += len(run.text)
        runs.append(replace(run, text=text))
    return replace(cell, runs=tuple(runs))


def _tags_in(cell: TagCell) -> Iterator[SheetTag]:
    for found in TAG.finditer(cell.text):
        at = found.start()
        for piece in pieces_of(found[0]):
            if TAG.fullmatch(piece) and not swallows(piece):
                yield SheetTag(cell, at, piece)
            at += len(piece)


def tagged_sheets(book: Book, strings: Strings) -> list[TagSheet]:
    """The sheets in whose cells a brace stands. Raises `ValueError` for one that is damaged."""
    found = []
    for name, part in book.sheets().items():
        raw = book.raw(part)
        shared = any(f">{number}<".encode() in raw for number in strings.with_braces)
        cells, formulas = _braced(Cells(book.tree(part)), strings) if shared or holds_brace(raw) else ((), ())
        if cells or formulas or TAG.search(name):
            found.append(TagSheet(name, part, *_without_each(cells), formulas))
    return found


def _without_each(cells: Sequence[TagCell]) -> tuple[tuple[TagCell, ...], SheetTag | None]:
    """The cells without the first tag that makes a sheet for each member of a list, and this tag."""
    for place, cell in enumerate(cells):
        if found := _EACH.search(cell.text):
            runs = tuple(Run(run.look, _EACH.sub("{# #}", run.text, count=1)) for run in cell.runs)
            return ((*cells[:place], replace(cell, runs=runs), *cells[place + 1 :]),
                    SheetTag(cell, found.start(), found[0]))
    return tuple(cells), None


def _braced(grid: Cells, strings: Strings) -> tuple[tuple[TagCell, ...], tuple[TagCell, ...]]:
    """The cells of a sheet whose text holds a brace, and those whose formula holds a tag."""
    cells, formulas = [], []
    for row in grid.rows:
        for column, cell in grid.in_row(row).items():
            kind = cell.get("t")
            if kind == "inlineStr" or (kind == "s" and _number(cell) in strings.with_braces):
                runs = strings.of(cell)
                if any(sign in run.text for run in runs for sign in "{｛}｝"):
                    cells.append(TagCell(row, column, with_whole_tags(runs)))
            formula = child(cell, "f")
            if formula is not None and formula.text and TAG.search(_SHEET_NAME.sub("", formula.text)):
                formulas.append(TagCell(row, column, ()))
    return tuple(cells), tuple(formulas)


def _number(cell: object) -> str:
    value = child(cell, "v")  # type: ignore[arg-type]
    return (value.text or "").strip() if value is not None else ""


# -- what is wrong ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class SheetPart(Part):
    """The tags of a sheet as one text in reading order, each with the name of its cell, for all that reads tags."""

    places: tuple[tuple[str, str], ...] = ()  # cell, tag as it is written
    labels: tuple[tuple[str, Text], ...] = ()  # what a person calls the cells that are none

    def tag_at(self, line: int) -> tuple[str, Text]:
        number = self.order_of(line)
        if not 0 <= number < len(self.places):
            return "", same("")
        cell, tag = self.places[number]
        return tag, in_brackets(self.label_of(cell))

    def where(self, line: int) -> Text:
        cell = self.label_of(self.cell_at(line))
        return Text(f"{self.called.en}, {cell.en}", f"{self.called.zh}，{cell.zh}") if cell.en else self.called

    def label_of(self, cell: str) -> Text:
        """What a person calls a cell."""
        return dict(self.labels).get(cell, same(cell))

    def cell_at(self, line: int) -> str:
        """The name of the cell of the tag at a line; "" where there is none."""
        number = self.order_of(line)
        return self.places[number][0] if 0 <= number < len(self.places) else ""


def part_of(sheet: TagSheet) -> SheetPart:
    """The tags of a sheet as a part, as far as they are whole."""
    tags = (*sheet.own_tags, *sheet.tags)
    text = "".join(tag.plain for tag in tags) + ("{% endfor %}" if sheet.each else "")
    return SheetPart(sheet.part, same(sheet.name), text, text, tuple((tag.cell.name, tag.shown) for tag in tags),
                     tuple((cell.name, cell.label) for cell in sheet.cells if cell.label))


def text_faults(sheet: TagSheet) -> Iterator[tuple[TagCell, TagFault]]:
    """What is wrong in the texts of a sheet's cells: braces that are no tag, tags in formulas."""
    for cell in sheet.cells:
        xml = f"<w:p><w:t>{html.escape(cell.text, quote=False)}</w:t></w:p>"
        for fault in (*full_width_braces(xml), *half_tags(xml), *loose_ends(xml)):
            yield cell, replace(fault, tag=html.unescape(fault.tag))
    for tag in (*sheet.own_tags, *sheet.tags):
        if PREFIX in tag.text:
            yield tag.cell, TagFault(tag.shown, Text(f"A name cannot hold '{PREFIX}'.", f"名称中不能有“{PREFIX}”。"),
                                     hint=Text("Choose another name.", "请换一个名称。"))
    for cell in sheet.formulas:
        yield cell, TagFault("", Text("A tag stands in a formula, where it is not filled.",
                                      "公式中的标签不会被填写。"), hint=Text(
            "Put it into a cell of its own, and let the formula refer to that.",
            "请把它放进单独的单元格，再让公式引用该单元格。"))


def tag_faults(sheet: TagSheet, tags: Tags) -> Iterator[tuple[TagCell, TagFault]]:
    """What is wrong with the tags of a sheet that cannot be read as a whole: each by itself, and blocks that are not
    whole."""
    for tag in (*sheet.own_tags, *sheet.tags):
        if word := _OF_WORD.match(tag.text):
            yield tag.cell, TagFault(tag.shown, Text(f"'{word[1]}' has a meaning in Word only.",
                                                     f"“{word[1]}”只在 Word 中有意义。"), hint=Text(
                "A row is repeated by {% for … %} in its first cell and {% endfor %} in its last.",
                "要重复一行，请在其首格写 {% for … %}，在末格写 {% endfor %}。"))
        elif fault := fault_of_tag(tag.plain, tags):
            yield tag.cell, replace(fault, tag=tag.shown)
    for name, place in pair_blocks([tag.plain for tag in sheet.tags])[1]:
        message, hint = no_other_half(name)
        yield sheet.tags[place].cell, TagFault(sheet.tags[place].shown, message, hint=hint)


def in_order(faults: Sequence[tuple[TagCell, TagFault]]) -> list[tuple[TagCell, TagFault]]:
    """The faults in the order of their cells, each once."""
    return sorted(dict.fromkeys(faults), key=lambda pair: (pair[0].row, pair[0].column))
