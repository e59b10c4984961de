"""A part whose tags are wrong, made readable without them, so that what else is wrong with it can be told at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from folderkit.documents.tags.functions import name_functions
from folderkit.documents.tags.soundness import soundness_of
from folderkit.documents.tags.sources import Part, Source
from folderkit.documents.tags.syntax import fault_of_tag, pair_blocks, pieces_of
from folderkit.documents.tags.tagged import TAG, one_tag_per_line
from folderkit.documents.tags.wording import WORDS, meant_word

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_BEGIN = re.compile(r"\{%[-+]?\s*(\w+)\s+(\w+)")
_HALF = re.compile(r"\{[{%#]")


def healed(part: Part, tags: Tags) -> Source | None:
    """The part with what is wrong in its tags left out, line by line as it was; None where nothing can be read."""
    from jinja2.exceptions import TemplateSyntaxError

    pieces = _pieces(part.text)
    written = [number for number, (_, is_tag) in enumerate(pieces) if is_tag]
    blocks, lonely = pair_blocks([pieces[number][0] for number in written])
    wrong = {written[place] for _, place in lonely}
    wrong |= {number for number in written if fault_of_tag(pieces[number][0], tags)}
    texts = [_blank(text) if number in wrong else text if is_tag else _HALF.sub(_as_text, text)
             for number, (text, is_tag) in enumerate(pieces)]
    for block in blocks:
        first, *_, last = (written[place] for place in block)
        if wrong.intersection((first, last)):
            begin, word = _begin(pieces[first][0], first in wrong)
            texts[first] = _same_lines(begin, pieces[first][0]) if first in wrong else begin
            texts[last] = _same_lines(f"{{% end{word} %}}", pieces[last][0])
    try:
        tree = tags.parse(one_tag_per_line("".join(texts)))
        name_functions(tree)
        return Source(part, tags.compile("x"), soundness_of(tree), False, tree)
    except (TemplateSyntaxError, RecursionError):
        return None


def _begin(tag: str, wrong: bool) -> tuple[str, str]:
    """The beginning of a block as it can be read, so that what a loop gives a name to is known; and its word."""
    found = _BEGIN.match(tag)
    word = (found[1] if found[1] in WORDS else meant_word(found[1])) if found else "if"
    if not wrong:
        return tag, word
    return (f"{{% for {found[2]} in [] %}}", "for") if found and word == "for" else ("{% if '' %}", "if")


def _pieces(source: str) -> list[tuple[str, bool]]:
    """The source cut into tags and what is between them; which it is."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for found in TAG.finditer(source):
        pieces.append((source[at : found.start()], False))
        pieces += [(piece, TAG.fullmatch(piece) is not None) for piece in pieces_of(found[0])]
        at = found.end()
    return [*pieces, (source[at:], False)]


def _as_text(half: re.Match[str]) -> str:
    """What is no tag, with the line break that it would get as one."""
    return "" if half[0] == "{#" else "\n"


def _blank(tag: str) -> str:
    return _same_lines("{{ '' }}", tag)


def _same_lines(tag: str, instead_of: str) -> str:
    """The tag with as many lines as the one in whose place it stands."""
    return tag[:-2] + "\n" * instead_of.count("\n") + tag[-2:]
