"""Tags that tear a document apart: blocks that begin in one place and end in another that does not belong to it, and
what becomes of a part whichever way its conditions go and however many members its lists have."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.parsers import expat

from folderkit.core.language import Text
from folderkit.documents.tags.places import Words, around, in_brackets, place_at, place_of
from folderkit.documents.tags.soundness import soundness_of_text
from folderkit.documents.tags.sources import Source
from folderkit.documents.tags.syntax import TagFault, pair_blocks, swallows
from folderkit.documents.tags.tagged import TAG, with_full_cells, without_empty_tables

if TYPE_CHECKING:
    from jinja2 import nodes

_STANDS_FOR = re.compile(r"^(\{[{%])(p|tr|tc|r)\s+")
_MOST_WAYS, _MOST_TEXT = 200, 20 * 2**20  # ways that a part is tried in, and characters of all of them
_STAND_IN = {"in_run": "<w:r/>", "in_paragraph": "<w:p/>"}
_BOTH = Text(
    "Put both into paragraphs ({%p …%}), rows ({%tr …%}) or cells ({%tc …%}) of their own, or both into one cell.",
    "请让二者都单独成段（{%p …%}）、成行（{%tr …%}）或成格（{%tc …%}），或都放在同一格内。")
Path = tuple[tuple[str, int, int], ...]
Choose = Callable[[str], int]


# -- where blocks begin and end --------------------------------------------------------------------
def crossing_blocks(xml: str) -> Iterator[TagFault]:
    """Blocks of a part's own XML that begin in one cell, row, table or text box and end in another; and tags that
    begin in one paragraph and end in the next."""
    words = Words(xml)
    found = list(TAG.finditer(words.text))
    offsets = [(words.offset(tag.start()), words.offset(tag.end() - 1)) for tag in found]
    for tag, (start, stop) in zip(found, offsets, strict=True):
        if "</w:p>" in xml[start:stop] and not tag[0].startswith("{#") and not swallows(tag[0]):
            yield TagFault(_shown(tag[0]), Text("This tag begins in one paragraph and ends in another.",
                                                "这个标签始于一段，却在另一段结束。"), offset=start,
                           hint=Text("Write it in one line.", "请把它写在同一段内。"))
    paths = list(around(xml, [start for start, _ in offsets]))
    kinds = [_kind(tag[0]) for tag in found]
    for block in pair_blocks([_STANDS_FOR.sub(r"\1 ", tag[0]) for tag in found])[0]:
        for one, other in pairwise(block):
            if not _stands(paths[one], kinds[one]) or not _stands(paths[other], kinds[other]):
                break  # the tag itself is a fault
            if kinds[one] != kinds[other] or _home(paths[one], kinds[one]) != _home(paths[other], kinds[other]):
                place = place_of(paths[other])
                end = _shown(found[other][0])
                yield TagFault(_shown(found[one][0]), Text(
                    f"It begins here and goes on to {end} in another place ({place.en}), which would tear the document "
                    "apart.", f"它从这里开始，到另一处的 {end}（{place.zh}）为止，会破坏文档结构。"),
                    offset=offsets[one][0], hint=_BOTH)
                break


def _kind(tag: str) -> str:
    """What the tag stands for: "p", "tr", "tc", "r", or "" for itself."""
    found = _STANDS_FOR.match(tag)
    return found[2] if found else ""


def _stands(path: Path, kind: str) -> bool:
    """Whether there is a row or cell around a tag that stands for one."""
    return kind not in ("tr", "tc") or any(name == kind for name, _, _ in path)


def _home(path: Path, kind: str) -> Path:
    """What a tag of this kind stands in, once it has taken the place of its paragraph, row or cell."""
    element = kind if kind in ("tr", "tc") else "p"
    names = [name for name, _, _ in path]
    return path[: len(names) - 1 - names[::-1].index(element)] if element in names else path


def _shown(tag: str) -> str:
    return " ".join(tag.split())


# -- what becomes of it ----------------------------------------------------------------------------
def torn_ways(source: Source) -> Iterator[TagFault]:
    """The blocks of a part for which a condition or the length of a list makes a document that is no Word file."""
    if source.sound.well_formed and source.sound.cells:
        return
    choices = _choices(source.tree.body)
    most = max(3, min(_MOST_WAYS, _MOST_TEXT // max(len(source.part.text), 1)))
    told: set[int] = set()
    for rest in (1, 0):  # with everything there, and with nothing
        for way, key in itertools.islice(_ways(choices, rest), most):
            if fault := _fault_of(_outline(source.tree.body, way)):
                for line in [choices[key][1]] if key else source.sound.torn or (0,):
                    if line not in told:
                        told.add(line)
                        tag, nth = source.part.numbered_tag(line)
                        yield TagFault(tag, fault, nth, hint=_BOTH)
                if not key:
                    return
        if told:
            return


def _choices(body: Sequence[nodes.Node]) -> dict[str, tuple[int, int]]:
    """What is to be chosen in a part, by its condition or list: in how many ways, and the line where it is first. The
    same condition, asked twice, has the same answer."""
    from jinja2 import nodes

    found: dict[str, tuple[int, int]] = {}
    for top in body:
        for node in (top, *top.find_all((nodes.If, nodes.For))):
            if isinstance(node, nodes.If):
                found.setdefault(_key(node), (len(node.elif_) + 2, node.lineno))
            elif isinstance(node, nodes.For):
                found.setdefault(_key(node), (3, node.lineno))
    return found


def _key(node: nodes.If | nodes.For) -> str:
    from jinja2 import nodes

    return repr(node.test) if isinstance(node, nodes.If) else f"for {node.iter!r} {node.test!r}"


def _ways(choices: dict[str, tuple[int, int]], rest: int) -> Iterator[tuple[Choose, str]]:
    """The ways to go through a part: all choices `rest`, and then each of them made otherwise alone; with that one. A
    choice is 0 for nothing, else the number of members, or of the branch."""
    yield (lambda key: rest), ""
    for chosen, (count, _) in choices.items():
        for number in range(count):
            if number != rest:
                yield functools.partial(_but, chosen, number, rest), chosen


def _but(chosen: str, number: int, rest: int, key: str) -> int:
    return number if key == chosen else rest


def _outline(body: Sequence[nodes.Node], choose: Choose) -> str:
    """The text of a body with stand-ins for values."""
    from jinja2 import nodes

    pieces: list[str] = []
    for node in body:
        if isinstance(node, nodes.Output):
            pieces += (child.data if isinstance(child, nodes.TemplateData) else
                       _STAND_IN.get(child.name, "x") if isinstance(child, nodes.Filter) else "x"
                       for child in node.nodes)
        elif isinstance(node, nodes.For):
            count = choose(_key(node))
            pieces.append(_outline(node.body, choose) * count if count else _outline(node.else_, choose))
        elif isinstance(node, nodes.If):
            branches = [node.body, *(other.body for other in node.elif_)]
            number = choose(_key(node))
            pieces.append(_outline(branches[number - 1] if number else node.else_, choose))
        elif isinstance(node, nodes.With | nodes.FilterBlock | nodes.Scope | nodes.ScopedEvalContextModifier):
            pieces.append(_outline(node.body, choose))
    return "".join(pieces)


def _fault_of(xml: str) -> Text | None:
    """What is wrong with a part that came out like this; what filling puts right is right."""
    xml = without_empty_tables(with_full_cells(xml))
    try:
        found = soundness_of_text(xml.encode())
    except expat.ExpatError:
        return Text("It would tear the document apart: what it leaves out or repeats is not whole.",
                    "它会破坏文档结构：省略或重复的部分不完整。")
    if found.cells:
        return None
    place = in_brackets(place_at(xml, len(xml.encode()[: found.empty_at].decode("utf-8", "ignore"))))
    return Text(f"It would leave a row or cell of a table without content{place.en}.",
                f"它会使表格的某一行或某一格失去内容{place.zh}。")
