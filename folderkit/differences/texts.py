"""What changed in a text of paragraphs or lines."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from folderkit.differences.align import align, gaps
from folderkit.differences.model import Kind, Line, Piece, Section
from folderkit.differences.pairing import longest, pair
from folderkit.differences.words import likeness, weights

CONTEXT = 2
"""Pieces that are shown before and after a change."""
_ALIKE = 0.5
_MUCH_MORE = 0.1
"""How much more alike two texts must become for a neighbour to be taken as the rest of one of them."""

Group = tuple[list[int], list[int]]  # which pieces before are which pieces after


def compare_texts(before: Sequence[Piece], after: Sequence[Piece], *, exact: bool = False, flowing: bool = False
                  ) -> tuple[Section, ...]:
    """What changed, with what surrounds it.

    `exact`: every blank counts, and a piece is a line. `flowing`: where pieces begin and end is a guess, as in a
    PDF, so that only their text counts.
    """
    text = _exact if exact else _normal
    old, new = [text(piece) for piece in before], [text(piece) for piece in after]
    pairs = align(old, new)
    stretches = _Stretches(before, after, exact, flowing)
    lines: list[Line] = []
    for part, pair_of in zip(gaps(pairs, len(old), len(new)), [*pairs, None], strict=True):
        lines += stretches.lines(*part)
        if pair_of:
            lines.append(stretches.line("same", [pair_of[0]], [pair_of[1]]))
    titles = tuple({piece.place: piece.section for piece in pieces} for pieces in (before, after))
    return tuple(Section(_title(group, *titles), tuple(group)) for group in _grouped(lines))


def _exact(piece: Piece) -> str:
    return piece.text


def _normal(piece: Piece) -> str:
    return " ".join(piece.text.split())


@dataclass
class _Stretches:
    """What lies between the pieces that are on both sides."""

    before: Sequence[Piece]
    after: Sequence[Piece]
    exact: bool
    flowing: bool

    def __post_init__(self) -> None:
        self._longest = longest(len(self.before) + len(self.after),
                                sum(len(piece.text) for piece in (*self.before, *self.after)))
        self._old, self._new = _Weights(self.before), _Weights(self.after)

    def lines(self, left: range, right: range) -> Iterator[Line]:
        if not left and not right:
            return
        if self.flowing and _joined(self.before, left) == _joined(self.after, right):
            yield self.line("same", list(left), list(right))  # only cut at other places
            return
        for old, new in self._groups(left, right):
            yield self.line("changed" if old and new else "removed" if old else "added", old, new)

    def line(self, kind: Kind, old: Sequence[int], new: Sequence[int]) -> Line:
        return Line(kind, self.before[old[0]].place if old else "", "\n".join(self.before[i].text for i in old),
                    self.after[new[0]].place if new else "", "\n".join(self.after[j].text for j in new))

    def _groups(self, left: range, right: range) -> list[Group]:
        if len(left) == len(right) == 1:  # the one stands where the other stood
            return [([left[0]], [right[0]])]
        steps = pair(left, right, lambda i, j: likeness(self._old([i]), self._new([j])), _ALIKE, self._longest)
        groups = [([] if i is None else [i], [] if j is None else [j]) for i, j in steps]
        return groups if self.exact else self._joined_where_cut(groups)

    def _joined_where_cut(self, groups: list[Group]) -> list[Group]:
        """A paragraph that was cut in two, or two that were joined, are one change and not two."""
        found: list[Group] = []
        for group in groups:
            if found and bool(found[-1][0] and found[-1][1]) != bool(group[0] and group[1]):
                both = (found[-1][0] + group[0], found[-1][1] + group[1])
                if self._likeness(both) > max(self._likeness(found[-1]), self._likeness(group)) + _MUCH_MORE:
                    found[-1] = both
                    continue
            found.append(group)
        return found

    def _likeness(self, group: Group) -> float:
        return likeness(self._old(group[0]), self._new(group[1]))


class _Weights:
    """The words of pieces, counted once each."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._known: dict[int, Counter[str]] = {}

    def __call__(self, numbers: Sequence[int]) -> Counter[str]:
        found = [self._of(number) for number in numbers]
        return found[0] if len(found) == 1 else sum(found, Counter())

    def _of(self, number: int) -> Counter[str]:
        if number not in self._known:
            self._known[number] = weights(self._pieces[number].text)
        return self._known[number]


def _joined(pieces: Sequence[Piece], part: range) -> str:
    return "".join("".join(pieces[number].text.split()) for number in part)


def _grouped(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """The changed lines with those around them, those near each other together."""
    spans: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if line.kind != "same":
            start = number - len(_around(line, lines[max(0, number - CONTEXT):number][::-1]))
            end = number + 1 + len(_around(line, lines[number + 1:number + 1 + CONTEXT]))
            if spans and spans[-1][1] >= start:
                start, _ = spans.pop()
            spans.append((start, end))
    return [lines[start:end] for start, end in spans]


def _around(line: Line, others: Sequence[Line]) -> list[Line]:
    """Of the lines next to one, those up to where another text begins: notes and headers follow the body."""
    return list(itertools.takewhile(lambda other: _beside(other.place) == _beside(line.place), others))


def _beside(place: str) -> str:
    return "" if any(char.isdigit() for char in place) else place


def _title(lines: Sequence[Line], before: dict[str, str], after: dict[str, str]) -> str:
    """The heading that the first change stands under."""
    first = next(line for line in lines if line.kind != "same")
    return after.get(first.place_after, "") if first.place_after else before.get(first.place_before, "")
