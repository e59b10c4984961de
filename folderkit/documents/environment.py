"""The environment in which the tags of a Word file are evaluated, and how a value is shown there."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Undefined, pass_environment
from markupsafe import Markup, escape

from folderkit.core.counted import SHORT
from folderkit.core.language import Language, Text
from folderkit.core.tags import Tags, environment, format_date
from folderkit.documents.tags.functions import Kit, equip
from folderkit.documents.tags.holders import in_paragraph, in_run, in_text
from folderkit.documents.tags.turns import FILTER, Turn
from folderkit.documents.tags.writing import writer_of_values

_YES, _NO = Text("yes", "是"), Text("no", "否")
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


@pass_environment
def _in_run(tags: WordTags, value: Any, properties: str) -> Markup:
    return in_run(tags.met(value), properties)


@pass_environment
def _in_paragraph(tags: WordTags, value: Any) -> Markup:
    return in_paragraph(tags.met(value))


@pass_environment
def _in_table(tags: WordTags, value: Any) -> Any:
    shown = tags.met(value)
    if not hasattr(shown, "__html__") and shown != "" and not isinstance(shown, Undefined):
        raise NotReadable(Text("it is a text, where only whole rows or cells have a place",
                               "它是文字，而此处只能放整行或整格"))
    return shown


@pass_environment
def _note(tags: WordTags, xml: Any) -> Markup:
    """Takes the text of a note; what is left behind its reference tells which it is."""
    tags.turns.append(Turn(tags.inside, str(xml)))
    tags.enter("")
    return Markup("<!--turn %d-->") % (len(tags.turns) - 1)


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
    tags.filters.update(in_run=_in_run, in_paragraph=_in_paragraph, in_table=_in_table)
    tags.filters[FILTER] = _note
    equip(tags)
    return tags


def as_words(tags: Tags, value: Any, language: Language) -> Any:
    """A value without formatter, as a reader expects it: no None, no True, no 1.0, dates in words."""
    if isinstance(value, str):
        return tags.shown(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES.in_(language) if value else _NO.in_(language)
    if isinstance(value, dt.datetime):
        return f"{format_date(value, language)} {value:%H:%M}"
    if isinstance(value, dt.date):
        return format_date(value, language)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.12g}"
    if isinstance(value, list | tuple):
        tags.shown(value)
        return joint(language).join(str(as_words(tags, member, language)) for member in value)
    _refuse_unreadable(value)
    return value


def joint(language: Language) -> str:
    """What stands between the members of a list."""
    return Text(", ", "、").in_(language)


class NotReadable(TypeError):
    """A value that would be shown in a form that only a programmer can read; `message` says which."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def _refuse_unreadable(value: Any) -> None:
    kind: Any = type(value)
    if isinstance(value, Undefined):
        return
    if isinstance(value, Mapping):
        names = [str(name) for name in value]
        raise NotReadable(Text(f"it is a group of fields ({', '.join(names)}) and not one value",
                               f"它是一组字段（{'、'.join(names)}），不是单个值"))
    if callable(value) or kind is complex or (kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__):
        raise NotReadable(Text("it is no value that can be shown", "它不是可以显示的值"))
