"""How a value without a filter is shown: as a reader of the language expects it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from jinja2 import Undefined

from folderkit.core.language import Language, Text
from folderkit.core.tags import Tags, format_date

_YES, _NO = Text("yes", "是"), Text("no", "否")


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
