"""Text made harmless for a terminal and for a log, whatever names and contents it quotes."""

from __future__ import annotations

import re

# Control characters command a terminal; the others break a line, or turn the order of what follows (Unicode TR 9).
_HARMFUL = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")  # as folderkit's own colours are written


def plain(text: str) -> str:
    """A name, or what is else to stand in one line: harmful characters are shown as escapes, such as \\n or \\u202e."""
    return _HARMFUL.sub(lambda found: ascii(found[0])[1:-1], text)


def harmless(text: str) -> str:
    """A message, whose lines stay lines."""
    return "\n".join(map(plain, text.split("\n")))


def styled(text: str) -> str:
    """Lines that are coloured: the colours stay. A name in them must have been made plain before, for its own colours
    would stay, too."""
    return "".join(part if number % 2 else harmless(part) for number, part in enumerate(_STYLE.split(text)))
