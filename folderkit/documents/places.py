"""Where a tag stands, in the terms of who wrote the template: table, row and cell, or paragraph."""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Sequence

from folderkit.core.language import NO_TEXT, Text
from folderkit.documents.tagged import TAG

_TEXT = re.compile(r">([^<]+)<")
_STEP = re.compile(r"<(/?)w:(tbl|tr|tc|p)(?=[ />])[^<>]*?(/?)>")
_NAMES = {"tbl": Text("table {}", "第 {} 个表格"), "tr": Text("row {}", "第 {} 行"),
          "tc": Text("cell {}", "第 {} 格"), "p": Text("paragraph {}", "第 {} 段")}
_STANDS_FOR = re.compile(r"^(\{[{%#])(?:p|tr|tc|r)\s")
_CELL_TAG = re.compile(r"^\{%\s*(?:colspan|cellbg)\b(.*)%\}$", re.DOTALL)
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def same_tag(tag: str) -> str:
    """What is alike in a tag as its author wrote it and as it stands in the source of its part."""
    bare = _STANDS_FOR.sub(r"\1", html.unescape(tag).translate(_STRAIGHT))
    bare = _CELL_TAG.sub(r"{{\1}}", bare.replace("{%-", "{%").replace("-%}", "%}"))
    return re.sub(r"\s+", "", bare)


def occurrence(tags: Sequence[str], place: int) -> int:
    """How many of the tags before the one at `place` are the same."""
    wanted = same_tag(tags[place])
    return sum(same_tag(tag) == wanted for tag in tags[:place])


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


def place_of_tag(xml: str, tag: str, nth: int) -> Text:
    """The place of the `nth` (from 0) tag like `tag` in a part's own XML; no text where it is not found."""
    words, wanted = Words(xml), same_tag(tag)
    alike = [found.start() for found in TAG.finditer(words.text) if same_tag(found[0]) == wanted]
    return place_at(xml, words.offset(alike[nth])) if nth < len(alike) else NO_TEXT


def place_at(xml: str, offset: int) -> Text:
    """The place of an offset in a part's XML: the tables, rows and cells around it, or its paragraph."""
    path: list[tuple[str, int]] = []  # of elements that are open: name and number
    counts: list[dict[str, int]] = [{}]  # of elements in each of them, and in the part
    for step in _STEP.finditer(xml, 0, offset):
        closing, name, empty = step.groups()
        if closing:
            if path and path[-1][0] == name:
                path.pop()
                counts.pop()
            continue
        counts[-1][name] = counts[-1].get(name, 0) + 1
        if not empty:
            path.append((name, counts[-1][name]))
            counts.append({})
    in_table = any(name == "tbl" for name, _ in path)
    told = [(name, number) for name, number in path if not in_table or name != "p"]
    return Text(", ".join(_NAMES[name].en.format(number) for name, number in told),
                "".join(_NAMES[name].zh.format(number) for name, number in told))


def in_brackets(place: Text) -> Text:
    """The place as it is added to a sentence."""
    return Text(f" ({place.en})", f"（{place.zh}）") if place.en else NO_TEXT
