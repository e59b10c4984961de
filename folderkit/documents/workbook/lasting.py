"""A compiled workbook as plain values, which can be kept on disk, and made of them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from folderkit.core.language import Text
from folderkit.documents.tags.soundness import Soundness
from folderkit.documents.tags.sources import Source
from folderkit.documents.workbook.program import Loop, Program, Slot
from folderkit.documents.workbook.sheets import SheetPart, TagCell
from folderkit.documents.workbook.texts import Run
from folderkit.documents.workbook.titles import Titling

Plain = tuple[Any, ...]


def plain_program(one: Program) -> Plain:
    slots = tuple((row, tuple((slot.column, slot.looks) for slot in found)) for row, found in one.slots.items())
    return (one.name, one.part, one.code, one.places, one.regions,
            tuple((loop.first, loop.last) for loop in one.loops), slots, tuple(sorted(one.left_out)))


def program_of(plain: Plain) -> Program:
    name, part, code, places, regions, loops, slots, left_out = plain
    return Program(name, part, code, places, regions, tuple(Loop(*loop) for loop in loops),
                   {row: tuple(Slot(*slot) for slot in found) for row, found in slots}, frozenset(left_out))


def plain_titling(one: Titling) -> Plain:
    return one.sheet, one.code, one.names, one.cell, one.tag


def titling_of(plain: Plain) -> Titling:
    return Titling(*plain)


def plain_source(one: Source) -> Plain:
    """A source of which the part is a `SheetPart`."""
    part = one.part
    if not isinstance(part, SheetPart):
        raise TypeError(part)
    labels = tuple((cell, (label.en, label.zh)) for cell, label in part.labels)
    return (part.name, (part.called.en, part.called.zh), part.xml, part.text, part.places, labels, one.code,
            astuple(one.sound), one.columns)


def source_of(plain: Plain) -> Source:
    name, called, xml, text, places, labels, code, sound, columns = plain
    part = SheetPart(name, Text(*called), xml, text, places, tuple((cell, Text(*label)) for cell, label in labels))
    return Source(part, code, Soundness(*sound), columns)


def plain_cells(tagged: Mapping[str, tuple[TagCell, ...]]) -> Plain:
    return tuple((sheet, tuple((cell.row, cell.column, tuple((run.look, run.text) for run in cell.runs), cell.virtual)
                               for cell in cells)) for sheet, cells in tagged.items())


def cells_of(plain: Plain) -> dict[str, tuple[TagCell, ...]]:
    return {sheet: tuple(TagCell(row, column, tuple(Run(*run) for run in runs), virtual)
                         for row, column, runs, virtual in cells) for sheet, cells in plain}
