"""Which rows of a sheet a block repeats: ``for`` and ``if`` whose tags stand in several cells go over whole rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from folderkit.core.language import Text
from folderkit.documents.tags.syntax import TagFault, pair_blocks
from folderkit.documents.workbook.sheets import SheetTag, TagCell, TagSheet

_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_OVER_ROWS = ("for", "if", "with")


@dataclass(frozen=True)
class Block:
    """A block whose tags stand in several cells, which goes over all of the rows from `first` to `last`."""

    word: str
    tags: tuple[SheetTag, ...]

    @property
    def first(self) -> int:
        return self.tags[0].cell.row

    @property
    def last(self) -> int:
        return self.tags[-1].cell.row

    @property
    def has_else(self) -> bool:
        return any(word_of(tag) == "else" for tag in self.tags)


def word_of(tag: SheetTag) -> str:
    found = _WORD.match(tag.plain)
    return found[1] if found else ""


class Blocks:
    """The blocks of a sheet that go over rows. `filled` are the rows in which something else stands than tags."""

    def __init__(self, sheet: TagSheet, filled: Collection[int]) -> None:
        self.sheet, self._filled = sheet, filled
        self.over_rows = list(self._find())
        self.of_tag: Mapping[SheetTag, Block] = {tag: block for block in self.over_rows for tag in block.tags}

    def _find(self) -> Iterator[Block]:
        tags = self.sheet.tags
        for places in pair_blocks([tag.plain for tag in tags])[0]:
            found = tuple(tags[place] for place in places)
            if len({tag.cell.name for tag in found}) > 1:
                yield Block(word_of(found[0]), found)

    @cached_property
    def own_rows(self) -> frozenset[int]:
        """The rows that hold nothing but tags that write nothing, of blocks over rows or ``set``: they are left out."""
        rest: dict[int, str] = {}
        bounds: set[int] = set()
        for cell in self.sheet.cells:
            text = cell.text
            for tag in reversed(self.sheet.tags_of[cell.name]):
                if tag in self.of_tag or is_statement(tag):
                    text = text[: tag.start] + text[tag.start + len(tag.text) :]
                    bounds.add(cell.row)
            rest[cell.row] = rest.get(cell.row, "") + text.strip()
        return self.sheet.dropped | {row for row in bounds if not rest[row] and row not in self._filled}

    def faults(self) -> Iterator[tuple[TagCell, TagFault]]:
        """What stands where it cannot go over rows."""
        for block in self.over_rows:
            first = block.tags[0]
            if block.word not in _OVER_ROWS:
                yield first.cell, TagFault(first.shown, Text(
                    f"'{block.word}' cannot go over several cells.", f"“{block.word}”不能跨单元格。"),
                    hint=Text("Put its end into the same cell.", "请把它的结束标签放在同一个单元格内。"))
                continue
            for tag in block.tags[1:-1]:
                if tag.cell.row not in self.own_rows:
                    yield tag.cell, TagFault(tag.shown, Text(
                        f"'{word_of(tag)}' needs a row of its own here.", f"“{word_of(tag)}”在此要单独占一行。"),
                        hint=Text("Insert a row for it.", "请为它插入一行。"))
        rows: dict[int, list[SheetTag]] = {}
        for tag in self.sheet.tags:
            if tag in self.of_tag and tag.cell.row not in self.own_rows:
                rows.setdefault(tag.cell.row, []).append(tag)
        for tags in rows.values():
            yield from self._crossed(tags)

    def _crossed(self, tags: Sequence[SheetTag]) -> Iterator[tuple[TagCell, TagFault]]:
        """In a row that stays, blocks begin before they end."""
        ended = False
        for tag in tags:
            if tag is self.of_tag[tag].tags[-1]:
                ended = True
            elif ended and tag is self.of_tag[tag].tags[0]:
                yield tag.cell, TagFault(tag.shown, Text(
                    "This block begins in a row in which another one ended before it.",
                    "此行中已有另一个块结束，又在这里开始新的块。"),
                    hint=Text("Give it a row of its own.", "请让它从新的一行开始。"))

    def regions(self) -> list[tuple[int, int]]:
        """The rows that are filled together, from first to last: those of a block that is in no other, and every other
        row with tags by itself."""
        merged = merged_spans((block.first, block.last) for block in self.over_rows)
        covered = {row for first, last in merged for row in range(first, last + 1)}
        single = {cell.row for cell in self.sheet.cells} - covered
        return sorted([*merged, *((row, row) for row in single)])


def merged_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans, from first to last, in their order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def is_statement(tag: SheetTag) -> bool:
    """Whether a tag says something and writes nothing: a comment, or ``{% set x = … %}``."""
    return tag.text.startswith("{#") or (word_of(tag) == "set" and "=" in tag.text)
