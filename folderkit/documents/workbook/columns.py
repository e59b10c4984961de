"""Which columns of a sheet a tag repeats: ``{%tc for … %}`` and ``{%tc endfor %}`` go over whole columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from folderkit.core.language import Text, same
from folderkit.documents.tags.syntax import TagFault, fault_of_tag, pair_blocks
from folderkit.documents.tags.wording import no_other_half
from folderkit.documents.workbook.blocks import Blocks, merged_spans, word_of
from folderkit.documents.workbook.sheets import SheetPart, SheetTag, TagCell, TagSheet, without_tags

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_OVER_COLUMNS = ("for", "if")


@dataclass(frozen=True)
class ColumnBlock:
    """A block that goes over all of the columns from `first` to `last`."""

    word: str
    tags: tuple[SheetTag, ...]

    @property
    def first(self) -> int:
        return self.tags[0].cell.column

    @property
    def last(self) -> int:
        return self.tags[-1].cell.column

    def holds(self, column: int) -> bool:
        return self.first <= column <= self.last


class Columns:
    """The blocks of a sheet that go over columns. `filled` are the columns in which something stands that is no tag."""

    def __init__(self, sheet: TagSheet, filled: Collection[int]) -> None:
        self._sheet, self._filled = sheet, filled
        self.tags = _each_once(tag for tag in sheet.tags if tag.is_across)
        places, self._lonely = pair_blocks([tag.plain for tag in self.tags])
        blocks = (tuple(self.tags[place] for place in block) for block in places)
        self.blocks = sorted((ColumnBlock(word_of(tags[0]), tags) for tags in blocks),
                             key=lambda block: (block.first, -block.last, block.tags[0].cell.row))

    @cached_property
    def bare(self) -> TagSheet:
        """The sheet without these tags."""
        if not self.tags:
            return self._sheet
        cells = (without_tags(cell, [tag for tag in self._sheet.tags_of[cell.name] if tag.is_across])
                 for cell in self._sheet.cells)
        return replace(self._sheet, cells=tuple(cells))

    @cached_property
    def own(self) -> frozenset[int]:
        """The columns that hold nothing but tags of blocks over columns: they are left out."""
        bounds = {tag.cell.column for tag in self._sheet.tags if tag.is_across}
        rest = {cell.column for cell in self.bare.cells if cell.text.replace("{# #}", "").strip()}
        return frozenset(bounds - rest - set(self._filled))

    def over(self, column: int) -> list[ColumnBlock]:
        """The blocks over a column, the outermost first."""
        return [block for block in self.blocks if block.holds(column)]

    def spans(self) -> list[tuple[int, int]]:
        """The columns that are repeated together, from first to last."""
        return merged_spans((block.first, block.last) for block in self.blocks)

    def names(self, column: int, tags: Tags) -> list[str]:
        """What tags in a column know besides the facts."""
        loops = [block for block in self.over(column) if block.word == "for"]
        names = dict.fromkeys(name for block in loops for name in _targets(block, tags))
        return [*names, *(["loop"] if loops else [])]

    # -- what is wrong -----------------------------------------------------------------------------
    def faults(self, tags: Tags) -> Iterator[tuple[TagCell, TagFault]]:
        """What is wrong with the tags over columns."""
        for tag in self.tags:
            if fault := fault_of_tag(tag.plain, tags):
                yield tag.cell, replace(fault, tag=tag.shown)
        for name, place in self._lonely:
            message, hint = no_other_half(name)
            yield self.tags[place].cell, TagFault(self.tags[place].shown, message, hint=hint)
        for block in self.blocks:
            yield from self._faults_of(block)
        for one, other in _pairs(self.blocks):
            if one.last >= other.first and not (one.first <= other.first and other.last <= one.last
                                                and _surrounds(one, other)):
                yield other.tags[0].cell, TagFault(other.tags[0].shown, Text(
                    f"Its columns are repeated by {one.tags[0].shown} too.",
                    f"这些列已由 {one.tags[0].shown} 重复。"), hint=Text(
                    "The columns of a sheet are repeated together, for all rows: keep one of the two.",
                    "整张表的列是一起重复的：请只保留其中一个。"))

    def _faults_of(self, block: ColumnBlock) -> Iterator[tuple[TagCell, TagFault]]:
        first = block.tags[0]
        if block.word not in _OVER_COLUMNS:
            yield first.cell, TagFault(first.shown, Text(
                f"'{block.word}' cannot go over columns.", f"“{block.word}”不能用于列。"), hint=Text(
                "Columns are repeated by 'for', and left out by 'if'.", "列可用 for 重复，用 if 取舍。"))
        for tag in block.tags[1:-1]:
            if tag.cell.column not in self.own:
                yield tag.cell, TagFault(tag.shown, Text(
                    f"'{word_of(tag)}' needs a column of its own here.", f"“{word_of(tag)}”在此要单独占一列。"),
                    hint=Text("Insert a column for it.", "请为它插入一列。"))


def _each_once(tags: Iterable[SheetTag]) -> list[SheetTag]:
    """The tags over columns, from left to right; a row that says again what one above says is as if it said nothing."""
    rows: dict[int, list[SheetTag]] = {}
    for tag in tags:
        rows.setdefault(tag.cell.row, []).append(tag)
    said: dict[tuple[tuple[int, str], ...], list[SheetTag]] = {}
    for _, found in sorted(rows.items()):
        said.setdefault(tuple((tag.cell.column, " ".join(tag.plain.split())) for tag in found), found)
    return sorted((tag for found in said.values() for tag in found),
                  key=lambda tag: (tag.cell.column, tag.cell.row, tag.start))


def _targets(block: ColumnBlock, tags: Tags) -> list[str]:
    """What a loop gives a name to."""
    from jinja2 import nodes

    loop = next(tags.parse(block.tags[0].plain + "{% endfor %}").find_all(nodes.For))
    targets = [loop.target] if isinstance(loop.target, nodes.Name) else list(loop.target.find_all(nodes.Name))
    return [name.name for name in targets]


def _pairs(blocks: Sequence[ColumnBlock]) -> Iterator[tuple[ColumnBlock, ColumnBlock]]:
    return ((one, other) for number, one in enumerate(blocks) for other in blocks[number + 1 :])


def _surrounds(one: ColumnBlock, other: ColumnBlock) -> bool:
    """Whether a block begins before another one does, and ends after it."""
    def place(tag: SheetTag) -> tuple[int, int, int]:
        return tag.cell.column, tag.cell.row, tag.start

    return place(one.tags[0]) < place(other.tags[0]) and place(other.tags[-1]) < place(one.tags[-1])


def part_across(columns: Columns, rows: Blocks) -> SheetPart:
    """The tags of a sheet as a part, in which what stands in repeated columns stands in their loops."""
    sheet = columns.bare
    pieces = [(tag.plain, (tag.cell.name, tag.shown)) for tag in sheet.own_tags]
    across = {tag.cell.name for tag in columns.tags}
    for cell in sheet.cells:
        tags = sheet.tags_of[cell.name]
        ends = [tag for tag in tags if tag in rows.of_tag and tag is rows.of_tag[tag].tags[-1]]
        begins = [tag for tag in tags if tag in rows.of_tag and tag not in ends]
        inside = [tag for tag in tags if tag not in rows.of_tag]
        blocks = columns.over(cell.column) if not cell.virtual and (inside or cell.name in across) else []
        pieces += [(tag.plain, (cell.name, tag.shown)) for tag in begins]
        pieces += [(block.tags[0].plain, (block.tags[0].cell.name, block.tags[0].shown)) for block in blocks]
        pieces += [(tag.plain, (cell.name, tag.shown)) for tag in inside]
        pieces += [(block.tags[-1].plain, (block.tags[-1].cell.name, block.tags[-1].shown))
                   for block in reversed(blocks)]
        pieces += [(tag.plain, (cell.name, tag.shown)) for tag in ends]
    text = "".join(plain for plain, _ in pieces) + ("{% endfor %}" if sheet.each else "")
    return SheetPart(sheet.part, same(sheet.name), text, text, tuple(place for _, place in pieces))
