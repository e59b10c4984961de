"""Columns repeated before rows are: the program that says how often each stands there, and what fills them then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from folderkit.documents.workbook.columns import ColumnBlock, Columns
from folderkit.documents.workbook.layout import Layout
from folderkit.documents.workbook.program import COLUMNS, PLACES, Loop, Program, Slot, Writing
from folderkit.documents.workbook.sheets import SheetTag
from folderkit.documents.workbook.writing import Filling

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_LOOP = ("index", "index0", "first", "last", "length")  # what a tag in a repeated column may ask of its loop


def write_spreading(columns: Columns, tags: Tags) -> Program:
    """The program that says how often each column of a sheet stands there, whose tags are right; its values are what
    tags in each know besides the facts. Raises what Jinja raises for tags that are not."""
    spans = columns.spans()
    loops = [block for block in columns.blocks if block.word == "for" and block.first < block.last]
    writing = Writing()
    writer = _Columns(columns, writing, {id(block): len(spans) + number for number, block in enumerate(loops)}, tags)
    for number, (first, last) in enumerate(spans):
        writing.call("mark", str(number))
        for column in range(first, last + 1):
            writer.write(column)
    code = tags.compile(tags.parse("".join(writing.source)))
    return Program(columns.bare.name, columns.bare.part, code, tuple(writing.places), tuple(spans),
                   tuple(Loop(block.first, block.last) for block in loops), {}, columns.own)


class _Columns:
    """Writes what a program does for each column."""

    def __init__(self, columns: Columns, writing: Writing, marks: Mapping[int, int], tags: Tags) -> None:
        self._columns, self._writing, self._marks, self._tags = columns, writing, marks, tags
        self._of_tag = {tag: block for block in columns.blocks for tag in block.tags}

    def write(self, column: int) -> None:
        bounds = [tag for tag in self._columns.tags if tag.cell.column == column]
        if column in self._columns.own:
            for tag in bounds:
                self._bound(tag)
            return
        ends = [tag for tag in bounds if tag is self._of_tag[tag].tags[-1]]
        for tag in bounds:
            if tag not in ends:
                self._bound(tag)
        self._writing.call("row", str(column))
        self._writing.call("put", self._known(column))
        for tag in ends:
            self._bound(tag)

    def _known(self, column: int) -> str:
        """What the tags of a column know, as Jinja writes it."""
        names = self._columns.names(column, self._tags)
        known = [f'"{name}": {name}' for name in names if name != "loop"]
        if "loop" in names:
            known.append('"loop": {' + ", ".join(f'"{name}": loop.{name}' for name in _LOOP) + "}")
        return "{" + ", ".join(known) + "}"

    def _bound(self, tag: SheetTag) -> None:
        block = self._of_tag[tag]
        last = tag is block.tags[-1]
        if last and block.word == "for" and len(block.tags) == 2:
            self._writing.tag("{% else %}", tag.cell, tag.shown)  # of an empty list the columns stay, once and blank
            self._begin_turn(block)
            for column in range(block.first, block.last + 1):
                if column not in self._columns.own:
                    self._writing.call("blank", str(column))
        self._writing.tag(tag.plain, tag.cell, tag.shown)
        if not last:
            self._begin_turn(block)

    def _begin_turn(self, block: ColumnBlock) -> None:
        if id(block) in self._marks:
            self._writing.call("mark", str(self._marks[id(block)]))


def known_in(filling: Filling) -> dict[str, Any]:
    """What the program of a sheet is to know of its repeated columns, besides the facts."""
    values = iter(filling.values)
    places = [[(at, column) for at, column in enumerate(region.rows, start=region.start)]
              for region in filling.layout.regions]
    return {PLACES: places, COLUMNS: {at: next(values) for span in places for at, column in span if column > 0}}


def spread(program: Program, layout: Layout, last: int) -> Program:
    """The program of a sheet, of which `last` is the last column, with its slots where they stand once columns are
    repeated."""
    slots = {row: tuple(_spread(found, layout)) for row, found in program.slots.items()}
    homes = {at: column for column in range(1, last + 1) for at in layout.copies(column) if at != column}
    return replace(program, slots=slots, homes=homes)


def _spread(slots: Sequence[Slot], layout: Layout) -> Iterator[Slot]:
    """The slots of a row, from left to right."""
    by_column = {slot.column: slot for slot in slots}
    done: set[int] = set()
    for slot in slots:
        region = layout.region_of(slot.column)
        if region is None:
            yield replace(slot, column=layout.moved(slot.column))
        elif region.start not in done:
            done.add(region.start)
            for at, column in enumerate(region.rows, start=region.start):
                if abs(column) in by_column:
                    yield replace(by_column[abs(column)], column=at)
