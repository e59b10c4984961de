"""The environment in which the tags of a Word file are evaluated."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup, escape

from folderkit.core.counted import SHORT
from folderkit.core.language import Language, Text
from folderkit.core.tags import Tags, environment
from folderkit.documents.shown import NotReadable, as_words
from folderkit.documents.tags.functions import Kit, equip
from folderkit.documents.tags.holders import in_text
from folderkit.documents.tags.placed import PLACED
from folderkit.documents.tags.turns import Turn
from folderkit.documents.tags.writing import writer_of_values

_special = re.compile("[&<>'\"]").search  # what `markupsafe.escape` replaces


class WordTags(Tags):
    """Tags that write XML: values escaped, and shown as a reader of `language` expects them. `meet` is told of every
    value that is XML of its own, before it is written without being escaped; `kit` is what a rendering's functions
    work with."""

    language: Language
    meet: Callable[[Any], None]
    kit: Kit | None
    inside: str  # the part of notes, while a note is evaluated at its reference
    turns: list[Turn]

    def renew(self) -> None:
        super().renew()
        self.finalize = self.plain
        self.inside, self.turns = "", []

    def enter(self, part: str) -> None:
        """What is evaluated now is a note of that part, to which belongs what it draws; none: the text again."""
        self.inside = part
        if self.kit and len(self.kit.around) == 1:  # a file that is included brings no notes
            self.kit.additions.part = part or self.kit.main

    def plain(self, value: Any) -> Any:
        """A value without formatter, as a reader expects it: no None, no True, no 1.0, dates in words."""
        if type(value) is str:
            return value if len(value) <= SHORT else self.shown(value)
        if hasattr(value, "__html__"):
            self.meet(value)
            return self.shown(value if isinstance(value, Markup) else in_text(value))
        if isinstance(value, list | tuple) and any(hasattr(member, "__html__") for member in value):
            raise NotReadable(Text("it is a list of what is drawn; go through it with 'for'",
                                   "它是由绘制内容组成的列表，请用 for 逐项显示"))
        return as_words(self, value, self.language)

    def written(self, value: Any) -> str:
        """What stands for a value."""
        shown = value if type(value) is str and len(value) <= SHORT else self.plain(value)
        if type(shown) is str and not _special(shown):
            return shown  # at a fifth of the price of `escape`, and there are many
        return escape(shown)

    def met(self, value: Any) -> Any:
        """A value that stands for more than a text, or the text that it is."""
        if not hasattr(value, "__html__"):
            return self.plain(value)
        self.meet(value)
        return value


def word_tags(language: Language, currency: str, undefined: type[Undefined],
              meet: Callable[[Any], None] = lambda value: None, kit: Kit | None = None) -> WordTags:
    """The environment of one rendering; without a kit, tags can be compiled there and not evaluated."""
    tags = _tags(language, currency).renewed()
    tags.undefined, tags.meet, tags.kit = undefined, meet, kit
    return tags


@functools.lru_cache(maxsize=8)
def _tags(language: Language, currency: str) -> WordTags:
    """What all renderings in a language have in common, never used itself: making it takes a sixth of a rendering."""
    tags = environment(language, currency, autoescape=True, kind=WordTags)
    tags.language = language
    counting: Any = tags.code_generator_class
    tags.code_generator_class = writer_of_values(counting)
    tags.filters.update(PLACED)
    equip(tags)
    return tags
