"""What is compared and what comes of it: pieces in, a comparison out. All of it values without any file behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["same", "changed", "added", "removed"]
Form = Literal["paragraphs", "lines", "cells", "properties"]


class Piece(NamedTuple):
    """A piece of one content: a paragraph, a line, a row of a sheet. `place` is as in `Line`; `section` is the
    heading that it stands under."""

    place: str
    text: str
    section: str = ""


@dataclass(frozen=True)
class Line:
    """One piece in both contents. The side where it is not has neither place nor text.

    Places are alike in all languages, as `find` prints them: "paragraph 12", "line 3", "p. 2", "table 1 row 3",
    "slide 4 notes", "header", "Budget!C7" (a cell), "Budget!7:7" (a row), "Budget!C:C" (a column), "Budget!"
    (the sheet); for a property its name. `about` says what a cell is about, in the words of its sheet.
    """

    kind: Kind
    place_before: str = ""
    before: str = ""
    place_after: str = ""
    after: str = ""
    about: str = ""

    @property
    def place(self) -> str:
        """Where it stands now; for what was removed, where it stood."""
        return self.place_after or self.place_before


@dataclass(frozen=True)
class Section:
    """Lines that stand together, with what surrounds them; `title` is the sheet or the heading above them."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Comparison:
    """What changed between two contents. `form` says what the lines are."""

    form: Form
    sections: tuple[Section, ...] = ()
    properties: tuple[Line, ...] = ()

    def differences(self) -> Iterator[Line]:
        """Every line that is not the same on both sides, properties first."""
        yield from self.properties
        for section in self.sections:
            yield from (line for line in section.lines if line.kind != "same")

    def count(self, kind: Kind) -> int:
        """How many of the contents' lines are of that kind."""
        return sum(line.kind == kind for section in self.sections for line in section.lines)


def changed_property(name: str, before: str, after: str) -> Line:
    kind: Kind = "added" if not before else "removed" if not after else "changed"
    return Line(kind, name if before else "", before, name if after else "", after)


def changed_properties(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> tuple[Line, ...]:
    """What differs between two lists of (name, value), in their order."""
    old, new = dict(before), dict(after)
    return tuple(changed_property(name, old.get(name, ""), new.get(name, ""))
                 for name in {**old, **new} if old.get(name, "") != new.get(name, ""))
