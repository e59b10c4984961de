"""A sheet's tags as one program: it gives the rows of the document in their order, and the values of their cells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import TYPE_CHECKING

from folderkit.documents.tags.tagged import unescape_braces
from folderkit.documents.workbook.blocks import Block, Blocks, is_statement
from folderkit.documents.workbook.sheets import SheetTag, TagCell, TagSheet, without_tags

if TYPE_CHECKING:
    from folderkit.core.tags import Tags
    from folderkit.documents.workbook.columns import Columns

PREFIX = "folderkit_"  # of names that are a program's own
_OPENING = re.compile(r"^(\{\{|\{%)([-+]?)")
_VALUE = re.compile(r"\{\{[-+]?(.*?)[-+]?\}\}", re.DOTALL)
RUN_BEGINS, RUN_NAMED = "\x1e", "\x1f"  # around the number of a run, in the text of a cell that has several
_TEXT = f"{PREFIX}text"
_AT, _ROWS_LOOP = f"{PREFIX}at", f"{PREFIX}loop"
COLUMNS = f"{PREFIX}columns"  # what tags in repeated columns know besides the facts, by column of the document
PLACES = f"{PREFIX}places"  # for each span of repeated columns: the columns of the document, and what each is made of


@dataclass(frozen=True)
class Slot:
    """A cell that gets a value: its column, and how the runs of its text look."""

    column: int
    looks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loop:
    """A loop over the rows from `first` to `last`."""

    first: int
    last: int


@dataclass(frozen=True)
class Program:
    """What fills a sheet. `regions` are the rows (first, last) that are filled together, each begun by the mark of its
    place in the list; then come the marks of the turns of `loops`. `slots` are the cells of each row that get a value,
    in the order in which the values come; rows that are in `left_out` hold tags alone. `homes` are the columns of the
    template that repeated columns are made of."""

    name: str
    part: str
    code: CodeType
    places: tuple[tuple[str, str], ...]  # of each line: cell, tag
    regions: tuple[tuple[int, int], ...]
    loops: tuple[Loop, ...]
    slots: dict[int, tuple[Slot, ...]]
    left_out: frozenset[int]
    homes: Mapping[int, int] = field(default_factory=dict)

    def home(self, column: int) -> int:
        """The column of the template that a column is made of."""
        return self.homes.get(column, column)

    def place_at(self, line: int) -> tuple[str, str]:
        """The cell and the tag at a line of the program."""
        return self.places[min(max(line - 2, 0), len(self.places) - 1)] if self.places else ("", "")


@dataclass
class Writing:
    """The source so far: every line but the first begins in a tag."""

    source: list[str] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)

    def say(self, text: str, cell: TagCell | None = None, tag: str = "") -> None:
        self.source.append(text)
        self.places += [(cell.name if cell else "", tag)] * text.count("\n")

    def tag(self, text: str, cell: TagCell, shown: str) -> None:
        """A tag, with a line break at its beginning."""
        self.say(_OPENING.sub(r"\1\2" + "\n", text), cell, shown)

    def call(self, name: str, value: str, cell: TagCell | None = None, tag: str = "") -> None:
        self.say(f"{{{{\n{PREFIX}{name}({value}) }}}}", cell, tag)


def write_program(sheet: TagSheet, blocks: Blocks, tags: Tags, columns: Columns) -> Program:
    """The program of a sheet whose tags are right, its slots in the columns of the template. Raises what Jinja raises
    for tags that are not."""
    loops = [block for block in blocks.over_rows if block.word == "for" and block.first < block.last]
    regions = blocks.regions()
    writing = Writing()
    marks = {block.tags[0]: len(regions) + number for number, block in enumerate(loops)}
    row_writer = _Rows(sheet, blocks, writing, marks, _Spans.of(columns, tags))
    for number, (first, last) in enumerate(regions):
        writing.call("mark", str(number))
        for row in range(first, last + 1):
            row_writer.write(row)
    slots = row_writer.slots
    tree = tags.parse("".join(writing.source))
    unescape_braces(tree)
    return Program(sheet.name, sheet.part, tags.compile(tree), tuple(writing.places), tuple(regions),
                   tuple(Loop(block.first, block.last) for block in loops), slots, blocks.own_rows)


@dataclass(frozen=True)
class _Spans:
    """The columns that are repeated, as spans; those that are left out; and the names that tags know in the others."""

    spans: tuple[tuple[int, int], ...]
    left_out: frozenset[int]
    names: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, columns: Columns, tags: Tags) -> _Spans:
        spans = columns.spans()
        inside = (column for first, last in spans for column in range(first, last + 1))
        return cls(tuple(spans), columns.own, {column: columns.names(column, tags) for column in inside})

    def span_of(self, cell: TagCell) -> int:
        """The number of the span in which a cell is; -1 for none."""
        return next((number for number, (first, last) in enumerate(self.spans)
                     if first <= cell.column <= last), -1)


class _Rows:
    """Writes what a program does for each row."""

    def __init__(self, sheet: TagSheet, blocks: Blocks, writing: Writing, marks: Mapping[SheetTag, int], spans: _Spans
                 ) -> None:
        self._blocks, self._writing, self._marks, self._spans = blocks, writing, marks, spans
        self.slots: dict[int, tuple[Slot, ...]] = {}
        self._cells: dict[int, list[TagCell]] = {}
        for cell in sheet.cells:
            self._cells.setdefault(cell.row, []).append(cell)
        self._tags_of = sheet.tags_of

    def write(self, row: int) -> None:
        cells = self._cells.get(row, [])
        tags = [tag for cell in cells for tag in self._tags_of[cell.name]]
        if row in self._blocks.own_rows:
            for tag in tags:
                if tag in self._blocks.of_tag:
                    self._bound(tag)
                elif not tag.text.startswith("{#"):
                    self._writing.tag(tag.plain, tag.cell, tag.shown)
            return
        bounds = [tag for tag in tags if tag in self._blocks.of_tag]
        ends = [tag for tag in bounds if tag is self._blocks.of_tag[tag].tags[-1]]
        for tag in bounds:
            if tag not in ends:
                self._bound(tag)
        filled = [cell for cell in cells if self._tags_of[cell.name] and not cell.virtual
                  and cell.column not in self._spans.left_out]
        self.slots[row] = tuple(slot for number, group in itertools.groupby(filled, self._spans.span_of)
                                for slot in self._fill_all(number, list(group)))
        self._writing.call("row", str(row))
        for tag in ends:
            self._bound(tag)

    def _bound(self, tag: SheetTag) -> None:
        """A tag of a block that goes over rows."""
        block = self._blocks.of_tag[tag]
        if tag is block.tags[-1] and block.word == "for" and not block.has_else:
            self._writing.tag("{% else %}", tag.cell, tag.shown)  # of an empty list the rows stay, once and blank
            self._begin_turn(block)
            for row in range(block.first, block.last + 1):
                if row not in self._blocks.own_rows:
                    self._writing.call("blank", str(row))
        self._writing.tag(tag.plain, tag.cell, tag.shown)
        if tag is not block.tags[-1]:
            self._begin_turn(block)

    def _begin_turn(self, block: Block) -> None:
        """Say that a turn of a loop over several rows begins: of its list, or of what stands there without one."""
        if block.tags[0] in self._marks:
            self._writing.call("mark", str(self._marks[block.tags[0]]))

    def _fill_all(self, number: int, cells: Sequence[TagCell]) -> list[Slot]:
        """What gives cells beside each other their values: for those of a span of repeated columns, for each column
        that there is."""
        if number < 0:
            return [self._fill(cell) for cell in cells]
        slots, first = [], cells[0]
        self._writing.say("{%\nset " + f"{_ROWS_LOOP} = loop" + " %}", first)
        self._writing.say("{%\nfor " + f"{_AT} in {PLACES}[{number}]" + " %}", first)
        self._writing.say("{%\nif false %}", first)
        for cell in cells:
            self._writing.say("{%\nelif " + f"{_AT}[1] == -{cell.column}" + " %}", cell)
            self._writing.call("put", "none", cell)
            self._writing.say("{%\nelif " + f"{_AT}[1] == {cell.column}" + " %}", cell)
            names = self._spans.names[cell.column]
            given = [f'{name}={COLUMNS}[{_AT}[0]]["{name}"]' for name in names]
            given += [] if "loop" in names else [f"loop={_ROWS_LOOP}"]
            self._writing.say("{%\nwith " + ", ".join(given) + " %}", cell)
            slots.append(self._fill(cell))
            self._writing.say("{%\nendwith %}", cell)
        self._writing.say("{%\nendif %}{%\nendfor %}", cells[-1])
        return slots

    def _fill(self, cell: TagCell) -> Slot:
        """What gives a cell its value."""
        tags = self._tags_of[cell.name]
        apart = [tag for tag in tags if tag in self._blocks.of_tag or is_statement(tag)]
        for tag in apart:
            if tag not in self._blocks.of_tag and not tag.text.startswith("{#"):
                self._writing.tag(tag.plain, cell, tag.shown)
        runs = _without(cell, apart)
        text = "".join(text for _, text in runs).strip()
        inside = [tag for tag in tags if tag not in apart]
        whole = inside[0] if len(inside) == 1 and inside[0].text == text else None
        value = _VALUE.fullmatch(text) if whole else None
        if whole and value:
            self._writing.call("put", value[1].strip(), cell, whole.shown)
            look = next((look for look, piece in runs if piece.strip()), "")
            return Slot(cell.column, (look,) if look else ())
        if not text:
            self._writing.call("put", "none", cell)
            return Slot(cell.column)
        self._writing.say("{%\nset " + _TEXT + " %}", cell)
        for number, (_, piece) in enumerate(runs):
            if len(runs) > 1:
                self._writing.say(f"{RUN_BEGINS}{number}{RUN_NAMED}")
            self._text(cell, piece, inside)
        self._writing.say("{%\nendset %}", cell)
        self._writing.call("put", _TEXT, cell)
        looks = tuple(look for look, _ in runs)
        return Slot(cell.column, looks if any(looks) else ())

    def _text(self, cell: TagCell, piece: str, tags: list[SheetTag]) -> None:
        """A piece of a text with tags in it; what stands between them is no tag."""
        at = 0
        for tag in tags:
            found = piece.find(tag.text, at)
            if found < 0:
                continue
            self._writing.say(piece[at:found], cell)
            self._writing.tag(tag.text, cell, tag.shown)
            at = found + len(tag.text)
        self._writing.say(piece[at:], cell)


def _without(cell: TagCell, apart: Sequence[SheetTag]) -> list[tuple[str, str]]:
    """The runs of a cell (look, text) without some of its tags."""
    return [(run.look, run.text) for run in without_tags(cell, apart, "").runs if run.text]
