"""Markdown as it is written among Chinese: `**` next to Chinese signs begins and ends what is bold.

CommonMark (0.31, 6.2) asks for a space or punctuation on the other side of a mark that has punctuation within:
``**注意：**请看`` would show its stars. Chinese has no spaces, so that its signs count like them here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff]")
_EITHER = frozenset("“”‘’—…·")  # as wide as what is beside them


class _Line(StateInline):
    """A line of text in which signs of emphasis are looked for."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803  the library's names
        found = super().scanDelims(start, canSplitWord)
        before, after = self.src[start - 1 : start] if start else "", self.src[start + found.length :][:1]
        if not canSplitWord or not before.strip() or not after.strip():
            return found
        return Scanned(found.can_open or bool(_WIDE.match(before)), found.can_close or bool(_WIDE.match(after)),
                       found.length)


class _Lines(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        line = _Line(src, md, env, tokens)
        self.tokenize(line)
        for rule in self.ruler2.getRules(""):
            rule(line)
        return line.tokens


def read_markdown(text: str, depth: int) -> Sequence[Token]:
    """The tokens of a text, which are at most `depth` in each other; HTML in it is text."""
    reader = MarkdownIt("commonmark")
    reader.inline = _Lines()
    reader.configure("commonmark", {"html": False, "maxNesting": depth}).enable(["table", "strikethrough"])
    return reader.parse(text)


def joint(tokens: Sequence[Token], place: int) -> str:
    """What a line break within a paragraph becomes: a space, but between Chinese nothing."""
    before, after = _sign(tokens[place - 1 :: -1] if place else (), -1), _sign(tokens[place + 1 :], 0)
    wide = bool(_WIDE.match(before)), bool(_WIDE.match(after))
    return "" if all(wide) or (wide[0] and after in _EITHER) or (before in _EITHER and wide[1]) else " "


def _sign(tokens: Sequence[Token], at: int) -> str:
    """The sign next to a line break, on the other side of what only begins or ends a look."""
    for token in tokens:
        if token.content or token.type not in ("text", "strong_open", "strong_close", "em_open", "em_close", "s_open",
                                               "s_close", "link_open", "link_close"):
            return token.content[at:][:1]
    return ""
