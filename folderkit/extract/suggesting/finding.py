"""One fact as it was found in a text, and what is said of it right before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_WINDOW = 30
_BETWEEN = re.compile(r"(?:[^\d\n]|\d+(?:\.\d+)?\s?[%％])*")  # a label may be told apart by a rate, by no other number


class Found(NamedTuple):
    """A fact from `start` to `end` of the text; see `core.suggestions.Suggested`."""

    start: int
    end: int
    kind: str
    value: str
    number: float | None = None
    unit: str = ""
    role: str = ""


class Spans:
    """The parts of a text in which any of some words (in small letters) occurs, some characters before and behind it
    with it: patterns of many alternatives are looked for only there, which takes a fifth of the time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._small = text.replace("\u0130", "I").lower()  # the one capital that becomes two characters

    def around(self, words: Iterable[str], before: int, behind: int) -> Iterator[tuple[int, int]]:
        """(start, end) of each part, in order and apart from each other."""
        return self._merged(sorted(self._places(words)), before, behind)

    def around_numbers(self, beginnings: Iterable[str], before: int, behind: int) -> Iterator[tuple[int, int]]:
        """The same around these beginnings of numbers, but those inside a longer number."""
        text = self._text
        starts = (start for start in sorted(self._places(beginnings)) if not (start and text[start - 1].isdigit()))
        return self._merged(starts, before, behind)

    def _places(self, words: Iterable[str]) -> Iterator[int]:
        for word in words:
            if word[0] not in self._small:  # of a character alone that is known in a fifth of the time
                continue
            place = self._small.find(word)
            while place >= 0:
                yield place
                place = self._small.find(word, place + len(word))

    def _merged(self, places: Iterable[int], before: int, behind: int) -> Iterator[tuple[int, int]]:
        part: tuple[int, int] | None = None
        for place in places:
            start, end = max(0, place - before), min(len(self._text), place + behind)
            if part and start <= part[1]:
                start = part[0]
            elif part:
                yield part
            part = start, end
        if part:
            yield part


class Labels:
    """Words that say what stands behind them, by what they say; of two that end at one place the longer counts."""

    def __init__(self, roles: dict[str, str]) -> None:
        self._roles = [(role, re.compile(pattern, re.IGNORECASE)) for role, pattern in roles.items()]

    def before(self, text: str, start: int, window: int = _WINDOW) -> str:
        """The role of the nearest label before `start` on the same line; "" where there is none."""
        line = text[max(0, start - window) : start].rpartition("\n")[2]
        last = (-1, 0, "")
        for role, pattern in self._roles:
            for found in pattern.finditer(line):
                if _BETWEEN.fullmatch(line, found.end()):
                    last = max(last, (found.end(), found.end() - found.start(), role))
        return last[2]
