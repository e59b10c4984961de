"""Footnotes and endnotes that a loop refers to: their tags are evaluated at each reference, where the loop's values are
known, and in the part of the notes they are none."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.documents.tags.tagged import TAG, one_tag_per_line

if TYPE_CHECKING:
    from jinja2 import nodes

LINES = 1_000_000  # the lines of the first part of notes begin here, in the tree of the text; those of the second twice
MAX_SIZE = 2_000_000  # characters of all notes, each as often as it is referred to
FILTER = "folderkit_note"  # takes the text of a note, and leaves a mark behind its reference
_REFERENCE = re.compile(r'<w:((?:foot|end)note)Reference\b[^>]*?\bw:id="([^"]*)"[^>]*?/>')
_NOTE = re.compile(r'<w:(footnote|endnote)\b(?=[^>]*?\bw:id="(-?\d+)")[^>]*(?<!/)>(?:(?!</w:\1>).)*</w:\1>', re.DOTALL)
_INCLUDED = re.compile(r"\binclude\b")  # a file comes into the part that takes it in as a whole
_BODIES = ("body", "else_", "elif_")
_BEGIN = re.compile(r"\{[{%][-+]?")
Key = tuple[str, str]  # the kind of a note, and its number


class Turn(NamedTuple):
    """The text of a note in one turn of a loop, and the part of notes that it belongs to."""

    part: str
    xml: str


@dataclass(frozen=True)
class _Note:
    part: str
    size: int  # characters of its source
    tree: nodes.Template
    uses: frozenset[str]


def take_turns(main: nodes.Template, texts: Mapping[str, str], parse: Callable[[str], nodes.Template]
               ) -> dict[str, str]:
    """Put notes of the parts `texts` (name → source) behind their references in the tree of the text, where each of
    these is in a loop that names what the note uses; returns the sources without the tags of these. `parse` makes a
    tree of a source. Where that would be too much, or too deep, all notes stay where they are."""
    from folderkit.core.counted import TooDeep, check_depth

    if not (notes := dict(_notes(texts, parse))):
        return dict(texts)
    free: set[Key] = set()
    met: Counter[Key] = Counter()
    for output, bound in _outputs(main.body, frozenset()):
        for key in _references(output):
            met[key] += 1
            if key in notes and not notes[key].uses & bound:
                free.add(key)
    moved = {key: note for key, note in notes.items() if key in met and key not in free}
    if not moved or sum(note.size * met[key] for key, note in moved.items()) > MAX_SIZE:
        return dict(texts)
    whole = copy.copy(main)
    whole.body = _with_notes(_copied(main), moved)
    try:
        check_depth(whole)
    except TooDeep:
        return dict(texts)
    main.body = whole.body
    if main.environment:
        main.set_environment(main.environment)
    return {part: _NOTE.sub(lambda found: _still(found[0]) if (found[1], found[2]) in moved else found[0], text)
            for part, text in texts.items()}


def _notes(texts: Mapping[str, str], parse: Callable[[str], nodes.Template]) -> Iterator[tuple[Key, _Note]]:
    """The notes that have tags which can stand at the reference: they include nothing, and are right by themselves."""
    from jinja2 import meta, nodes
    from jinja2.exceptions import TemplateSyntaxError

    for order, (part, text) in enumerate(texts.items(), 1):
        for note in _NOTE.finditer(text):
            tags = "".join(TAG.findall(note[0]))
            if not tags or _INCLUDED.search(tags) or "#}" in tags:
                continue
            before = one_tag_per_line(text[: note.start()]).count("\n")
            try:
                tree = parse("{#" + "\n" * before + "#}" + note[0])
                uses = frozenset(meta.find_undeclared_variables(tree))
            except (TemplateSyntaxError, RecursionError):  # told where the part is read as a whole
                continue
            for node in tree.find_all(nodes.Node):
                node.lineno += order * LINES
            yield (note[1], note[2]), _Note(part, len(note[0]), tree, uses)


def _outputs(body: list[Any], bound: frozenset[str]) -> Iterator[tuple[nodes.Output, frozenset[str]]]:
    """What a template writes, with the names that the loops around give."""
    from jinja2 import nodes

    for node in body:
        if isinstance(node, nodes.Output):
            yield node, bound
            continue
        if isinstance(node, nodes.For):
            bound = bound.union(("loop",), (name.name for name in node.find_all(nodes.Name) if name.ctx == "store"))
        for field in _BODIES:
            yield from _outputs(getattr(node, field, None) or [], bound)


def _references(output: nodes.Output) -> Iterator[Key]:
    from jinja2 import nodes

    for child in output.nodes:
        if isinstance(child, nodes.TemplateData):
            yield from ((found[1], found[2]) for found in _REFERENCE.finditer(child.data))


def _with_notes(body: list[Any], moved: Mapping[Key, _Note]) -> list[Any]:
    """The statements with the notes behind their references."""
    from jinja2 import nodes

    made: list[Any] = []
    for node in body:
        if isinstance(node, nodes.Output):
            made += _parted(node, moved)
            continue
        for field in _BODIES:
            if inner := getattr(node, field, None):
                setattr(node, field, _with_notes(inner, moved))
        made.append(node)
    return made


def _parted(output: nodes.Output, moved: Mapping[Key, _Note]) -> Iterator[Any]:
    """An output parted behind each reference to a note that is put there."""
    from jinja2 import nodes

    written: list[Any] = []
    for child in output.nodes:
        if not isinstance(child, nodes.TemplateData):
            written.append(child)
            continue
        at = 0
        for found in _REFERENCE.finditer(child.data):
            if note := moved.get((found[1], found[2])):
                written.append(nodes.TemplateData(child.data[at : found.end()], lineno=child.lineno))
                yield nodes.Output(written, lineno=output.lineno)
                yield nodes.ExprStmt(nodes.EnvironmentAttribute(f"enter({note.part!r})"), lineno=output.lineno)
                yield nodes.FilterBlock(_copied(note.tree), nodes.Filter(None, FILTER, [], [], None, None),
                                        lineno=output.lineno)
                written, at = [], found.end()
        written.append(nodes.TemplateData(child.data[at:], lineno=child.lineno))
    yield nodes.Output(written, lineno=output.lineno)


def _copied(tree: nodes.Template) -> list[Any]:
    """The statements of a tree, for one more place."""
    return copy.deepcopy(tree.body, {id(tree.environment): tree.environment})


def _still(note: str) -> str:
    """A note whose tags are none, over as many lines as `one_tag_per_line` makes of it."""
    return TAG.sub(lambda tag: tag[0] if tag[0].startswith("{#") else
                   "{#\n" + _BEGIN.sub("", tag[0], count=1)[:-2] + "#}", note)
