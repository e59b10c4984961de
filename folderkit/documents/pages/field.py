"""Fields of contents in a document: where one begins and ends, and what else stands in its paragraphs."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = re.compile(r'\\o\s+"?(\d)-(\d)"?')
_OF_OTHERS = re.compile(r"\\[abc]\b", re.IGNORECASE)  # of figures, of a part of the text (ECMA-376, part 1, 17.16.5.68)


@dataclass(frozen=True)
class Field:
    """A contents field: its instruction, and the paragraphs from its first to its last, of which a part may stand
    before it, and after its `end`."""

    instruction: str
    paragraphs: list[Element]

    def levels(self) -> range:
        found = _LEVELS.search(self.instruction)
        return range(int(found[1]), int(found[2]) + 1) if found else range(1, 4)


def find_fields(root: Element) -> tuple[Field | None, bool]:
    """The first field of contents, from the paragraph it begins in to the one it ends in; and whether there are others
    like it, which are not filled."""
    open_fields: list[tuple[Element, list[str]]] = []
    field, others = None, False
    for node in root.iter(_W + "fldChar", _W + "instrText"):
        if node.tag == _W + "instrText":
            if open_fields:
                open_fields[-1][1].append(node.text or "")
            continue
        kind = node.get(_W + "fldCharType")
        if kind == "begin":
            open_fields.append((_paragraph_of(node), []))
        elif kind == "end" and open_fields:
            first, pieces = open_fields.pop()
            instruction = "".join(pieces).strip()
            if instruction.upper().startswith("TOC"):
                between = _between(first, _paragraph_of(node))
                if field is None and between and not _OF_OTHERS.search(instruction):
                    field = Field(instruction, between)
                else:
                    others = True
    return field, others


def _paragraph_of(node: Element) -> Element:
    return next(node.iterancestors(_W + "p"))


def _between(first: Element, last: Element) -> list[Element]:
    """The paragraphs from `first` to `last`, which are siblings in what Word writes; none where they are not."""
    found = [first]
    while found[-1] is not last and (following := found[-1].getnext()) is not None:
        found.append(following)
    return found if found[-1] is last else []


def rest_of(paragraph: Element, kind: str) -> Element | None:
    """A paragraph of what stands before the field's `begin`, or after its `end`, in one of its paragraphs; with the
    break of the section that ends there. None when that is nothing."""
    rest = copy.deepcopy(paragraph)
    marks = [mark for mark in rest.iter(_W + "fldChar") if mark.get(_W + "fldCharType") == kind]
    mark = marks[0 if kind == "begin" else -1]
    child: Any = mark
    while child.getparent() is not rest:
        child = child.getparent()
    at = list(rest).index(child)
    for other in list(rest)[at:] if kind == "begin" else list(rest)[: at + 1]:
        if other.tag != _W + "pPr":
            rest.remove(other)
    section: Any = rest.find(f"{_W}pPr/{_W}sectPr")
    if kind == "begin" and section is not None:
        section.getparent().remove(section)  # it is at the paragraph's end
        section = None
    shown = any(True for _ in rest.iter(*(_W + name for name in ("t", "drawing", "pict", "object", "br", "sym"))))
    return rest if shown or section is not None else None
