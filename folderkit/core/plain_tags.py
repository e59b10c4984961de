"""Texts whose only tags are names of facts: filled without Jinja, which takes longer to load than all the rest.

What comes out is what `core.tags` would make of them; where that is not certain, this module says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TAG = re.compile(r"\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}\}", re.ASCII)
_JINJA = re.compile(r"\{[{%#]|\r|\{\Z")  # other tags; line ends that Jinja changes; a brace that belongs to a tag
_RESERVED = frozenset((  # words that mean something else to Jinja
    "true", "false", "none", "True", "False", "None", "and", "or", "not", "if", "else", "in", "is", "self", "super",
    "caller", "loop", "varargs", "kwargs"))
_ABSENT = object()


def fill(text: str, facts: Mapping[str, Any]) -> str | None:
    """`text` with the facts in place of their tags; None when it holds any other tag or a fact that is not there."""
    pieces: list[str] = []
    position = 0
    for tag in _TAG.finditer(text):
        literal = text[position : tag.start()]
        value = _value(tag[1].split("."), facts)
        if value is _ABSENT or _JINJA.search(literal):
            return None
        pieces += literal, str(value)
        position = tag.end()
    rest = text[position:]
    if _JINJA.search(rest.removesuffix("{")):
        return None
    return "".join([*pieces, rest])


def _value(names: list[str], facts: Mapping[str, Any]) -> Any:
    node: Any = facts
    if names[0] in _RESERVED:
        return _ABSENT
    for name in names:
        if not isinstance(node, dict) or name not in node:
            return _ABSENT
        node = node[name]
    return node
