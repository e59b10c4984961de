"""Where a tag stands, in the terms of who wrote the template: table, row and cell, or paragraph."""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Iterable, Iterator, Sequence

from folderkit.core.language import NO_TEXT, Text
from folderkit.documents.tags.tagged import TAG

_TEXT = re.compile(r">([^<]+)<")
_STEP = re.compile(r"<(/?)w:(tbl|tr|tc|p|txbxContent|sdtContent|footnote|endnote|comment)(?=[ />])[^<>]*?(/?)>")
_NAMES = {"tbl": Text("table {}", "第 {} 个表格"), "tr": Text("row {}", "第 {} 行"),
          "tc": Text("cell {}", "第 {} 格"), "p": Text("paragraph {}", "第 {} 段"),
          "footnote": Text("footnote {}", "脚注 {}"), "endnote": Text("endnote {}", "尾注 {}"),
          "comment": Text("comment {}", "批注 {}"), "txbxContent": Text("text box", "文本框")}
_UNNUMBERED = re.compile(r'w:type="(?:s|continuationS)eparator"|w:type="continuationNotice"')
_STANDS_FOR = re.compile(r"^(\{[{%#])(?:p|tr|tc|r)\s")
_CELL_TAG = re.compile(r"^\{%\s*(?:colspan|cellbg)\b(.*)%\}$", re.DOTALL)
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def same_tag(tag: str) -> str:
    """What is alike in a tag as its author wrote it and as it stands in the source of its part."""
    bare = _STANDS_FOR.sub(r"\1", html.unescape(tag).translate(_STRAIGHT))
    bare = _CELL_TAG.sub(r"{{\1}}", bare.replace("{%-", "{%").replace("-%}", "%}"))
    return re.sub(r"\s+", "", bare)


def occurrences(tags: Iterable[str]) -> list[int]:
    """Of each tag how many of those before it are the same."""
    counts: dict[str, int] = {}
    before = []
    for tag in map(same_tag, tags):
        before.append(counts.get(tag, 0))
        counts[tag] = before[-1] + 1
    return before


class Words:
    """The words of a part in one `text`, without the elements that they stand in."""

    def __init__(self, xml: str) -> None:
        self._starts: list[tuple[int, int]] = []  # where each piece begins, in the text and in the XML
        pieces, length = [], 0
        for found in _TEXT.finditer(xml):
            self._starts.append((length, found.start(1)))
            pieces.append(found[1])
            length += len(found[1])
        self.text = "".join(pieces)

    def offset(self, at: int) -> int:
        """Where in the XML the character `at` of the text is."""
        begun, offset = self._starts[bisect.bisect_right(self._starts, at, key=lambda start: start[0]) - 1]
        return offset + at - begun


class TagPlaces:
    """Where each tag of a part's own XML begins."""

    def __init__(self, xml: str) -> None:
        words = Words(xml)
        self.tags = {words.offset(found.start()): found[0] for found in TAG.finditer(words.text)}
        self._alike: dict[str, list[int]] = {}
        for offset, tag in self.tags.items():
            self._alike.setdefault(same_tag(tag), []).append(offset)

    def offset(self, tag: str, nth: int) -> int:
        """Where the `nth` (from 0) tag like `tag` begins; -1 where it is not found."""
        alike = self._alike.get(same_tag(tag), [])
        return alike[nth] if nth < len(alike) else -1


def place_of_tag(xml: str, tag: str, nth: int) -> Text:
    """The place of the `nth` (from 0) tag like `tag` in a part's own XML; no text where it is not found."""
    offset = TagPlaces(xml).offset(tag, nth)
    return place_at(xml, offset) if offset >= 0 else NO_TEXT


def place_at(xml: str, offset: int) -> Text:
    """The place of an offset in a part's XML: the tables, rows and cells around it, or its paragraph."""
    return place_of(next(around(xml, (offset,))))


def place_of(path: Sequence[tuple[str, int, int]]) -> Text:
    """What a person calls the place inside these elements."""
    in_table = any(name == "tbl" for name, _, _ in path)
    told = [(name, number) for name, number, _ in path if name in _NAMES and not (in_table and name == "p")]
    return Text(", ".join(_NAMES[name].en.format(number) for name, number in told),
                "".join(_NAMES[name].zh.format(number) for name, number in told))


def around(xml: str, offsets: Iterable[int]) -> Iterator[tuple[tuple[str, int, int], ...]]:
    """For each of the ascending offsets in a part's XML the elements around it, outermost first: name, number among its
    like in the one around it, and where it begins."""
    path: list[tuple[str, int, int]] = []
    counts: list[dict[str, int]] = [{}]  # of elements in each of them, and in the part
    steps = _STEP.finditer(xml)
    step = next(steps, None)
    for offset in offsets:
        while step is not None and step.start() < offset:
            closing, name, empty = step.groups()
            if closing:
                if path and path[-1][0] == name:
                    path.pop()
                    counts.pop()
            elif not _UNNUMBERED.search(step[0]):
                # what a content control holds is counted as if it stood there without it
                counts[-1][name] = counts[-1].get(name, 0) + 1
                if not empty:
                    path.append((name, counts[-1][name], step.start()))
                    counts.append(counts[-1] if name == "sdtContent" else {})
            step = next(steps, None)
        yield tuple(path)


def in_brackets(place: Text) -> Text:
    """The place as it is added to a sentence."""
    return Text(f" ({place.en})", f"（{place.zh}）") if place.en else NO_TEXT
