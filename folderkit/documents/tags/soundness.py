"""What can be proven of a part once, so that it need not be looked for in every document: that whatever escaped text
its tags put there, the result is well-formed XML, and that no row, cell or table is left empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from jinja2 import nodes

_VALUE, _BLOCK = "\ue000", "\ue001"  # stand for a tag's value and for a block; neither can be part of a name
_MARKUP = frozenset("<>&\"'")
_SAFE_PLACES = frozenset(("w:body", "w:p", "w:r", "w:t", "w:hdr", "w:ftr", "w:footnote", "w:endnote", "w:comment",
                          "block"))
_AROUND = frozenset(("w:sdt", "w:customXml", "mc:AlternateContent", "w:altChunk"))  # what it needs may be inside these
_NEEDED = {"w:tr": "w:tc", "w:tc": "w:p"}
_TAG = re.compile(r"<(/?)([\w:.-]+)(?:[^<>\"]|\"[^\"]*\")*?(/?)>")


class _NotProven(Exception):
    """The part may be right all the same; each of its documents must be looked at."""


@dataclass
class Soundness:
    """What is proven for every document that is filled with text alone: that it is `well_formed`, that all `cells` and
    their rows have what must be in them, and that all `tables` have rows. `torn` are the lines of blocks that are not
    whole in themselves; `empty_at` is the place in the XML of the first row or cell without content."""

    well_formed: bool = True
    cells: bool = True
    tables: bool = True
    torn: tuple[int, ...] = field(default=(), compare=False)
    empty_at: int = field(default=-1, compare=False)


def soundness_of(tree: nodes.Template) -> Soundness:
    """What is certain of a part from its syntax tree."""
    found = Soundness()
    try:
        _parse(_flat(tree.body, found), found)
        proven = found.well_formed
    except (_NotProven, expat.ExpatError):
        proven = False
    return found if proven else Soundness(well_formed=False, cells=False, tables=False, torn=found.torn)


def soundness_of_text(data: bytes) -> Soundness:
    """What is true of a finished part; its places are in bytes. Raises `ExpatError` when it is not well-formed."""
    found = Soundness()
    _parse(data, found, stand_ins=False)
    return found


def _flat(body: Sequence[nodes.Node], found: Soundness) -> str:
    """The text of a body, with stand-ins for values and for the blocks inside, each of which is whole in itself."""
    from jinja2 import nodes

    pieces: list[str] = []
    for node in body:
        if isinstance(node, nodes.Output):
            pieces += (child.data if isinstance(child, nodes.TemplateData) else _value(child) for child in node.nodes)
        elif isinstance(node, nodes.For | nodes.If):
            texts = [_flat(branch, found) for branch in _branches(node)]
            if any(_MARKUP.intersection(text) or _BLOCK in text for text in texts):
                always = [_parse_block(text, node.lineno, found) for text in texts]
                pieces.append(_BLOCK + ("<w:p/>" if all(always) else ""))  # what stands there whichever branch is taken
            else:
                pieces.append(_VALUE)
        elif not isinstance(node, nodes.Assign):
            raise _NotProven
    return "".join(pieces)


def _parse_block(text: str, line: int, found: Soundness) -> bool:
    """Whether there is a paragraph in one branch of a block. Where it is not whole in itself, nothing is proven of the
    part."""
    try:
        return "w:p" in _parse(f"<block>{text}</block>", found)
    except expat.ExpatError:
        found.well_formed = False
        if line not in found.torn and not _closes_what_it_opens(text):
            found.torn += (line,)
        return False


def _closes_what_it_opens(text: str) -> bool:
    """Whether a text only leaves elements and enters the like: from one paragraph into another, which does no harm."""
    left: list[str] = []
    entered: list[str] = []
    for tag in _TAG.finditer(text):
        closing, name, empty = tag.groups()
        if empty:
            continue
        if not closing:
            entered.append(name)
        elif not entered:
            left.append(name)
        elif entered.pop() != name:
            return False
    return left == entered[::-1]


def _branches(node: nodes.For | nodes.If) -> Iterator[Sequence[nodes.Node]]:
    from jinja2 import nodes

    yield node.body
    yield node.else_
    if isinstance(node, nodes.If):
        for other in node.elif_:
            yield from _branches(other)


def _value(node: nodes.Node) -> str:
    """The stand-in for a value; what is markup by itself is known only when it is a constant, or in the document."""
    from jinja2 import nodes

    try:
        constant = node.as_const() if isinstance(node, nodes.Expr) else ""
    except nodes.Impossible:
        return _VALUE
    if hasattr(constant, "__html__"):
        raise _NotProven
    return _VALUE


@dataclass
class _Element:
    name: str
    content: set[str] = field(default_factory=set)  # names of what is in it; _BLOCK for a block


def _parse(text: str | bytes, found: Soundness, *, stand_ins: bool = True) -> set[str]:
    """Read a text with stand-ins; the names of what its outermost element holds. Raises `ExpatError` or `_NotProven`
    when it is not whole in itself."""
    path = [_Element("")]
    outermost = path[0]

    def start(name: str, attributes: dict[str, str]) -> None:
        if any(_BLOCK in value for value in attributes.values()):
            raise _NotProven
        nonlocal outermost
        path[-1].content.add(name)
        path.append(_Element(name))
        if len(path) == 2:
            outermost = path[-1]

    def characters(data: str) -> None:
        if _BLOCK in data:
            path[-1].content.add(_BLOCK)

    def end(name: str) -> None:
        element = path.pop()
        if name == "w:tbl":
            found.tables &= "w:tr" in element.content
        elif name in _NEEDED:
            if _NEEDED[name] not in element.content and not _AROUND & element.content:
                found.cells = False
                found.empty_at = parser.CurrentByteIndex if found.empty_at < 0 else found.empty_at
        elif _BLOCK in element.content:
            found.cells &= name in _SAFE_PLACES

    def aside(*text: str) -> None:
        if _VALUE in "".join(text) or _BLOCK in "".join(text):  # in a comment escaping does not help
            raise _NotProven

    def cdata() -> None:
        raise _NotProven

    parser = expat.ParserCreate()
    if stand_ins:
        parser.CommentHandler = parser.ProcessingInstructionHandler = aside
        parser.StartCdataSectionHandler = cdata
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.Parse(text if isinstance(text, bytes) else text.encode(), True)
    return outermost.content
