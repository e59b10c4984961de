"""Conditional formats and drop-downs whose formulas look at other rows: what such a formula says is counted from the
cell for which it is, so that copies of a row share a rule only where they stand alike to what it means."""

from __future__ import annotations

import copy
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import child, children, name_of
from folderkit.core.workbook.references import Reference, changed, moved, references
from folderkit.documents.workbook.follow import CannotFollowError, Moves, Told, Where, on_rows
from folderkit.documents.workbook.layout import Layout, Region

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FAR = {False: 500_000, True: 8_000}  # a row (column) from which formulas are compared, as far as can be from both ends
_FORMULAS = ("formula", "formula1", "formula2", "f")


@dataclass(frozen=True)
class _Piece:
    """Rows of the document for which a rule says the same, on the columns of an area: `said` are its formulas as they
    would be far below."""

    area: Reference
    first: int
    last: int
    said: tuple[str, ...]


def follow_rules(root: Element, sheet: str, moves: Moves, told: Told) -> None:
    """Give the copies of rows rules of their own where they need them. The others follow as all else does: as one, by
    what it says for its first cell."""
    layout = moves.layouts[sheet.casefold()]
    found = False
    for element in [one for one in root.iter() if name_of(one) in ("conditionalFormatting", "dataValidation")]:
        rules = children(element, "cfRule") if name_of(element) == "conditionalFormatting" else [element]
        for rule in rules:
            found = _Rule(element, rule, sheet, moves, layout, told).split() or found
    if found:
        _number(root)


class _Rule:
    """A rule for the cells that its `holder` tells."""

    def __init__(self, holder: Element, rule: Element, sheet: str, moves: Moves, layout: Layout, told: Told) -> None:
        self._holder, self._rule, self._sheet, self._told = holder, rule, sheet, told
        self._moves, self._layout = moves, layout
        self._areas = [cells for part in _sqref(holder).split() if (cells := moves.cells(part))]
        self._texts = tuple(one.text or "" for one in _formulas(rule))

    def split(self) -> bool:
        """Make several rules of it where it needs them, with formulas and cells as they are in the document; whether it
        did."""
        if not self._areas or not self._texts:
            return False
        base = min(self._areas, key=lambda one: (one.rows(), one.columns())).first
        if not any(self._looks_away(text, base.row) for text in self._texts):
            return False
        try:
            pieces = list(self._pieces(base.row))
        except CannotFollowError as error:
            self._told(f"{self._sheet}, {self._moves.text(self._areas[0])}", error.message)
            return False
        self._write(_grouped(pieces), base.column)
        return True

    def _looks_away(self, text: str, row: int) -> bool:
        """Whether a formula means, counted from the cell for which it is, another row, or one of another sheet."""
        return any((not end.fixed_row and end.row and (end.row != row or one.sheet))
                   for one in map(self._moves.turned, references(text)) for end in (one.first, one.last))

    def _shifted(self, text: str, by: int) -> str:
        return moved(text, 0, by) if self._moves.across else moved(text, by)

    # -- what it says ------------------------------------------------------------------------------
    def _pieces(self, base: int) -> Iterator[_Piece]:
        """What the rule says for each row of the document. Raises `CannotFollowError`."""
        for area in self._areas:
            first, last = area.rows()
            for begin, end in self._stretches(first, last, base):
                region = self._layout.region_of(begin)
                if region is None:
                    at = self._layout.moved(begin)
                    yield _Piece(area, at, at + end - begin, self._said(begin, at, base, None))
                else:
                    yield from self._of_copies(area, begin, region, base)

    def _stretches(self, first: int, last: int, base: int) -> Iterator[tuple[int, int]]:
        """Rows from `first` to `last` that move together with all that the rule means for them."""
        ends = {end.row - base for text in self._texts for one in map(self._moves.turned, references(text))
                for end in (one.first, one.last) if end.row and not end.fixed_row}
        cuts = {first, last + 1}
        for region in self._layout.regions:
            cuts.update(row for row in range(region.first, region.last + 2))
            cuts.update(row - end for row in range(region.first, region.last + 2) for end in ends)
        inside = sorted(cut for cut in cuts if first <= cut <= last + 1)
        return ((begin, end - 1) for begin, end in itertools.pairwise(inside))

    def _of_copies(self, area: Reference, row: int, region: Region, base: int) -> Iterator[_Piece]:
        copies = region.copies(row)
        if region.first == region.last and len(copies) > 3:
            probes = {self._said(row, at, base, region) for at in (copies[0], copies[1], copies[-1])}
            if len(probes) == 1:
                yield _Piece(area, copies[0], copies[-1], probes.pop())
                return
        for at in copies:
            yield _Piece(area, at, at, self._said(row, at, base, region))

    def _said(self, row: int, at: int, base: int, region: Region | None) -> tuple[str, ...]:
        """The formulas for the row `at` of the document, which is made of `row`, as they would be far below."""
        where = Where(self._sheet, row, at, alone=("", ""))
        made = []
        for text in self._texts:
            here = self._shifted(text, row - base)
            here = here if region is None else changed(here, lambda one: self._fixed(one, row, region))
            made.append(self._shifted(self._moves.formula(here, where), _FAR[self._moves.across] - at))
        return tuple(made)

    def _fixed(self, old: Reference, row: int, region: Region) -> Reference | None:
        """A reference to what is not repeated means the same to all copies: with $."""
        one = self._moves.turned(old)
        near = [region.first <= end.row <= region.last or (end.row == row - 1 and row == region.first)
                for end in (one.first, one.last)]
        if not one.first.row or (all(near) and not old.sheet):
            return None
        first, last = (end if is_near and not old.sheet else replace(end, fixed_row=True)
                       for end, is_near in zip((one.first, one.last), near, strict=True))
        return self._moves.turned(replace(one, first=first, last=last))

    # -- writing -----------------------------------------------------------------------------------
    def _write(self, groups: Sequence[tuple[tuple[str, ...], list[Reference]]], column: int) -> None:
        """Put a rule for each group of areas in the place of the old one; none where no row is left."""
        for said, areas in reversed(groups):
            base = min(areas, key=lambda one: (one.rows(), one.columns())).first
            holder = self._copy()
            for formula, text in zip(_formulas(holder), said, strict=True):
                text = self._shifted(text, base.row - _FAR[self._moves.across])
                right = base.column - column
                formula.text = moved(text, right) if self._moves.across else moved(text, 0, right)
            _set_sqref(holder, " ".join(map(self._moves.text, areas)))
            self._holder.addnext(holder)
        parent = self._rule.getparent()
        if parent is not None:
            parent.remove(self._rule)
        if self._holder is not self._rule and not children(self._holder, "cfRule"):
            parent = self._holder.getparent()
            if parent is not None:
                parent.remove(self._holder)
        if parent is not None and parent.get("count"):
            parent.set("count", str(len(parent)))

    def _copy(self) -> Element:
        """A copy of the holder with this rule alone, which follows no more."""
        if self._holder is self._rule:
            made = copy.deepcopy(self._holder)
        else:
            made = copy.copy(self._holder)
            for other in list(made):
                made.remove(other)
            made.append(copy.deepcopy(self._rule))
            if (place := child(self._holder, "sqref")) is not None:
                made.append(copy.deepcopy(place))
        made.set(FOLLOWED, "1")
        return made


FOLLOWED = "folderkit"  # an attribute of what follows no more, for as long as a sheet is written


def forget_marks(root: Element) -> None:
    """Take the marks away from what has followed."""
    for one in root.iter():
        if one.get(FOLLOWED):
            del one.attrib[FOLLOWED]


def has_followed(element: Element) -> bool:
    """Whether an element belongs to a rule that `follow_rules` has written."""
    above: Element | None = element
    while above is not None:
        if above.get(FOLLOWED):
            return True
        above = above.getparent()
    return False


def _formulas(rule: Element) -> list[Element]:
    return [one for one in rule.iter() if name_of(one) in _FORMULAS and (one.text or "").strip()]


def _sqref(holder: Element) -> str:
    inner = child(holder, "sqref")
    return holder.get("sqref") or (inner.text if inner is not None else "") or ""


def _set_sqref(holder: Element, text: str) -> None:
    inner = child(holder, "sqref")
    if inner is not None:
        inner.text = text
    else:
        holder.set("sqref", text)


def _grouped(pieces: Iterable[_Piece]) -> list[tuple[tuple[str, ...], list[Reference]]]:
    """The areas for which a rule says the same, in their order. Each group has a first cell that is the first of its
    rows and of its columns, so that programs agree from where its formulas count."""
    groups: dict[tuple[tuple[str, ...], int], list[_Piece]] = {}
    for piece in pieces:
        groups.setdefault((piece.said, piece.area.columns()[0]), []).append(piece)
    made = []
    for (said, _), found in groups.items():
        by_area: dict[Reference, list[tuple[int, int]]] = {}
        for piece in found:
            by_area.setdefault(piece.area, []).append((piece.first, piece.last))
        made.append((said, [on_rows(area, *span) for area, spans in by_area.items() for span in _joined(spans)]))
    return made


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of rows in their order, those that touch each other as one."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return made


def _number(root: Element) -> None:
    """Number the rules of a sheet anew in their order, so that none has the number or the name of another."""
    rules = [one for one in root.iter() if name_of(one) == "cfRule" and (one.get("priority") or "").isdigit()]
    for number, one in enumerate(sorted(rules, key=lambda one: int(one.get("priority", "0"))), start=1):
        one.set("priority", str(number))
    names: set[str] = set()
    for one in root.iter():
        if name_of(one) == "cfRule" and (name := one.get("id")):
            if name in names:
                name = "{" + str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name} {len(names)}")).upper() + "}"
                one.set("id", name)
            names.add(name)
