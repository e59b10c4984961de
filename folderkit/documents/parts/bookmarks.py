"""Bookmarks that a loop has written several times: the first keeps its name and number, the others go."""

from __future__ import annotations

import itertools
import re

_MARK = re.compile(r"<w:bookmark(Start|End)\b[^>]*?/>")
_NUMBER = re.compile(r'(\bw:id=)"([^"]*)"')
_NAME = re.compile(r'\bw:name="([^"]*)"')


class Bookmarks:
    """The bookmarks of a document: names that are given once in all its parts, and numbers given once in each."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def once(self, xml: str) -> str:
        """The part with each name and number given once; an end without a beginning goes, too."""
        if "<w:bookmark" not in xml:
            return xml
        given = {number[2] for found in _MARK.finditer(xml) if (number := _NUMBER.search(found[0]))}
        free = (str(number) for number in itertools.count(1001) if str(number) not in given)
        used: set[str] = set()
        opened: dict[str, list[str | None]] = {}  # by number: what its ends are numbered; None where the beginning went

        def mark(found: re.Match[str]) -> str:
            number = _NUMBER.search(found[0])
            if number is None:
                return ""
            if found[1] == "End":
                own = opened[number[2]].pop() if opened.get(number[2]) else None
                return _NUMBER.sub(rf'\1"{own}"', found[0]) if own is not None else ""
            name = _NAME.search(found[0])
            if name is None or name[1] in self._names:
                opened.setdefault(number[2], []).append(None)
                return ""
            self._names.add(name[1])
            own = next(free) if number[2] in used else number[2]
            used.add(number[2])
            opened.setdefault(number[2], []).append(own)
            return _NUMBER.sub(rf'\1"{own}"', found[0])

        return _MARK.sub(mark, xml)
