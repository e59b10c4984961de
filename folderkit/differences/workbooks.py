"""What changed in a workbook: sheets, columns, rows and cells. A row or column that comes in moves no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from folderkit.differences.align import Pair, align, ascending, gaps
from folderkit.differences.columns import Columns, columns_text, match_columns
from folderkit.differences.model import Kind, Line, Piece, Section
from folderkit.differences.pairing import Step, longest, pair
from folderkit.differences.sheets import Row, Sheet, sheets_of
from folderkit.differences.words import likeness, weights

_ALIKE = 0.4
_SHEETS_ALIKE = 0.5
_MOST_RENAMED = 50
_CELL = 6
"""Characters that take as long to compare as a cell does."""
_KEY_COLUMNS = 50
_KEY_LEAST = 0.5
"""Share of a stretch's rows that a column must name alike on both sides, to tell which row is which."""


def compare_workbooks(before: Sequence[Piece], after: Sequence[Piece]) -> tuple[Section, ...]:
    """What changed, a section per sheet, in the order of the later workbook; sheets that are gone at the end."""
    old, new = sheets_of(before), sheets_of(after)
    known = _same_sheets(old, new)
    sections = []
    for sheet in new:
        lines = (_sheet_lines(known[sheet.name], sheet) if sheet.name in known else
                 [Line("added", place_after=sheet.place, after=sheet.name)])
        sections.append(Section(sheet.name, tuple(lines)))
    gone = {sheet.name for sheet in old} - {sheet.name for sheet in known.values()}
    sections += [Section(sheet.name, (Line("removed", sheet.place, sheet.name),))
                 for sheet in old if sheet.name in gone]
    return tuple(section for section in sections if section.lines)


def _same_sheets(old: list[Sheet], new: list[Sheet]) -> dict[str, Sheet]:
    """The earlier sheet of each later one, by the later one's name: of the same name, else with the same rows."""
    by_name = {sheet.name: sheet for sheet in old}
    known = {sheet.name: by_name[sheet.name] for sheet in new if sheet.name in by_name}
    gone = [sheet for sheet in old if sheet.name not in known and sheet.rows][:_MOST_RENAMED]
    rows = {sheet.name: Counter(row.cells for row in sheet.rows) for sheet in gone}
    for sheet in [sheet for sheet in new if sheet.name not in known and sheet.rows][:_MOST_RENAMED]:
        its_rows = Counter(row.cells for row in sheet.rows)
        alike = {name: 2 * (its_rows & other).total() / (its_rows.total() + other.total())
                 for name, other in rows.items()}
        best = max(alike, key=lambda name: alike[name], default="")
        if best and alike[best] >= _SHEETS_ALIKE:
            known[sheet.name] = by_name[best]
            del rows[best]
    return known


def _sheet_lines(before: Sheet, after: Sheet) -> Iterator[Line]:
    if before.name != after.name:
        yield Line("changed", before.place, before.name, after.place, after.name)
    if before.rows == after.rows:
        return
    columns = match_columns(before, after)
    for column in columns.removed:
        yield Line("removed", before.column_place(column), columns_text(before, column))
    for column in columns.added:
        yield Line("added", place_after=after.column_place(column), after=columns_text(after, column))
    yield from _Rows(before, after, columns).lines()


@dataclass
class _Rows:
    """The rows of two versions of a sheet."""

    before: Sheet
    after: Sheet
    columns: Columns

    def __post_init__(self) -> None:
        rows = [*self.before.rows, *self.after.rows]
        self._longest = longest(len(rows), _CELL * sum(len(row.cells) for row in rows))
        self._words: dict[tuple[bool, int], Counter[str]] = {}
        self._head = self.after.head()

    def lines(self) -> Iterator[Line]:
        old = [self.columns.key(row, new=False) for row in self.before.rows]
        new = [self.columns.key(row, new=True) for row in self.after.rows]
        for left, right in gaps(align(old, new), len(old), len(new)):
            for step in self._steps(left, right) if left or right else ():
                yield from self._step_lines(step)

    def _steps(self, left: range, right: range) -> Iterator[Step]:
        """Which row is which in a stretch that differs."""
        named = self._named_alike(left, right)
        stretches = gaps([(i - left.start, j - right.start) for i, j in named], len(left), len(right))
        for (part, other), pair_of in zip(stretches, [*named, None], strict=True):
            rows, others = left[part.start:part.stop], right[other.start:other.stop]
            if len(rows) == len(others) == 1:  # the one stands where the other stood
                yield Step(rows[0], others[0])
            else:
                yield from pair(rows, others, self._likeness, _ALIKE, self._longest)
            if pair_of:
                yield Step(*pair_of)

    def _named_alike(self, left: range, right: range) -> list[Pair]:
        """The rows that one column names alike on both sides, such as a number; none where no column does."""
        best: list[Pair] = []
        for old, new in self.columns.both[:_KEY_COLUMNS]:
            here = _unique((self.before.rows[i].cell(old), i) for i in left)
            there = _unique((self.after.rows[j].cell(new), j) for j in right)
            found = ascending([(i, there[text]) for text, i in here.items() if text in there])
            best = found if len(found) > len(best) else best
        return best if len(best) >= _KEY_LEAST * min(len(left), len(right)) else []

    def _likeness(self, old: int, new: int) -> float:
        one, other = self.before.rows[old], self.after.rows[new]
        cells = [(one.cell(i), other.cell(j)) for i, j in self.columns.both]
        filled = sum(bool(text) for texts in cells for text in texts)
        same = sum(2 for text, now in cells if text and text == now)
        share = same / filled if filled else 0.0
        return share if share >= _ALIKE else likeness(self._weights(one, False, old), self._weights(other, True, new))

    def _weights(self, row: Row, new: bool, number: int) -> Counter[str]:
        if (new, number) not in self._words:
            self._words[new, number] = weights(row.text())
        return self._words[new, number]

    def _step_lines(self, step: Step) -> Iterator[Line]:
        old = None if step.before is None else self.before.rows[step.before]
        new = None if step.after is None else self.after.rows[step.after]
        if old and new:
            yield from self._cell_lines(old, new)
        elif old:
            yield Line("removed", self.before.row_place(old), old.text())
        elif new:
            yield Line("added", place_after=self.after.row_place(new), after=new.text())

    def _cell_lines(self, old: Row, new: Row) -> Iterator[Line]:
        for i, j in self.columns.both:
            text, now = old.cell(i), new.cell(j)
            if text != now:
                kind: Kind = "changed" if text and now else "removed" if text else "added"
                yield Line(kind, self.before.cell_place(old, i) if text else "", text,
                           self.after.cell_place(new, j) if now else "", now, self._about(new, j))

    def _about(self, row: Row, column: int) -> str:
        """What a cell is about: the first words, or else number, of its row, and the name of its column."""
        others = [text for at, text in enumerate(row.cells, row.left) if text and at != column]
        words = [next((text for text in others if any(map(str.isalpha, text))), others[0])] if others else []
        if self._head is not None and row.number > self._head.number:
            words.append(self._head.cell(column))
        return " · ".join(word for word in words if word)


def _unique(items: Iterator[tuple[str, int]]) -> dict[str, int]:
    """The texts that stand there once, and where."""
    found: dict[str, int] = {}
    twice: set[str] = set()
    for text, number in items:
        if text in found:
            twice.add(text)
        elif text:
            found[text] = number
    return {text: number for text, number in found.items() if text not in twice}
