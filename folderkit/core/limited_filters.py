"""Jinja's filters and functions whose result can be far larger than what they are given, with a look at it first."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from jinja2 import filters, pass_environment, pass_eval_context
from jinja2.exceptions import FilterArgumentError
from jinja2.nodes import EvalContext
from jinja2.utils import generate_lorem_ipsum
from markupsafe import soft_str

from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.limits import Limited

_LONG = 100_000  # characters for what takes time by their square
_INDENT = 16


@pass_environment
def _center(tags: Limited, value: Any, width: int = 80) -> str:
    tags.width(width)
    return filters.do_center(value, width)


@pass_environment
def _indent(tags: Limited, value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    text, step = soft_str(value), len(width) if isinstance(width, str) else width
    tags.width(step)
    tags.text(len(text) + (text.count("\n") + 1) * step)
    return filters.do_indent(value, width, first, blank)


@pass_environment
def _wordwrap(tags: Limited, value: Any, width: int = 79, break_long_words: bool = True,
              wrapstring: str | None = None, break_on_hyphens: bool = True) -> str:
    _brief(tags, value)
    tags.text(len(soft_str(value)) * len(wrapstring or "\n"))
    return filters.do_wordwrap(tags, value, width, break_long_words, wrapstring, break_on_hyphens)


@pass_eval_context
def _replace(context: EvalContext, value: Any, old: Any, new: Any, count: int | None = None) -> str:
    text = soft_str(value)
    context.environment.text(len(text) + text.count(soft_str(old)) * len(soft_str(new)))  # type: ignore[attr-defined]
    return filters.do_replace(context, value, old, new, count)


@pass_eval_context
def _join(context: EvalContext, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    tags: Any = context.environment
    if attribute is not None:
        value = map(filters.make_attrgetter(tags, attribute), value)
    members, size = [], 0
    for member in value:
        members.append(member)
        size += tags.weigh(member) + len(d)
        tags.text(size)
    return filters.sync_do_join(context, members, d)


@pass_environment
def _batch(tags: Limited, value: Iterable[Any], linecount: int, fill_with: Any = None) -> Iterator[list[Any]]:
    _count(linecount)
    tags.charge(linecount * tags.weigh(fill_with))
    return filters.do_batch(value, linecount, fill_with)


@pass_environment
def _slice(tags: Limited, value: Any, slices: int, fill_with: Any = None) -> Iterator[list[Any]]:
    _count(slices)
    tags.charge(slices * tags.weigh(fill_with))
    return filters.sync_do_slice(value, slices, fill_with)


@pass_environment
def _format(tags: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
    if args and kwargs:
        raise FilterArgumentError("can't handle positional and keyword arguments at the same time")
    return tags.call_binop(None, "%", soft_str(value), kwargs or args)


@pass_eval_context
def _tojson(context: EvalContext, value: Any, indent: int | None = None) -> Any:
    tags: Any = context.environment
    size = tags.weigh(value)
    tags.text(size)
    if indent:
        tags.text(size * _INDENT if indent <= _INDENT else indent * _LONG)
    return filters.do_tojson(context, value, indent)


@pass_environment
def _string(tags: Limited, value: Any) -> str:
    tags.text(tags.weigh(value))
    return soft_str(value)


@pass_environment
def _pprint(tags: Limited, value: Any) -> str:
    _brief(tags, value)
    return filters.do_pprint(value)


@pass_environment
def _round(tags: Limited, value: Any, precision: int = 0, method: Any = "common") -> Any:
    tags.width(precision)
    return filters.do_round(value, precision, method)


@pass_environment
def _sum(tags: Any, iterable: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    if isinstance(start, int | float):
        return filters.sync_do_sum(tags, iterable, attribute, start)
    if attribute is not None:
        iterable = map(filters.make_attrgetter(tags, attribute), iterable)
    return functools.reduce(lambda left, right: tags.call_binop(None, "+", left, right), iterable, start)


def _brief_only(known: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, for texts that are not so long that it takes for ever."""
    with_context = hasattr(known, "jinja_pass_arg")

    @pass_eval_context
    def limited(context: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        _brief(context.environment, value)
        return known(context, value, *args, **kwargs) if with_context else known(value, *args, **kwargs)

    return limited


def _brief(tags: Limited, value: Any) -> None:
    if tags.weigh(value) > _LONG:
        _refuse(Text(f"this filter takes no more than {_LONG:,} characters", f"该过滤器最多处理 {_LONG:,} 个字符"))


def _count(number: Any) -> None:
    if isinstance(number, int) and number > _LONG:
        _refuse(Text(f"it counts to more than {_LONG:,}", f"计数超过 {_LONG:,}"))


def _range(*args: int) -> range:
    numbers = range(*args)
    _count((numbers.stop - numbers.start) // numbers.step)
    return numbers


def _lipsum(n: int = 5, html: bool = True, min: int = 20, max: int = 100) -> str:  # noqa: A002
    _count(n * max * 10)
    return generate_lorem_ipsum(n, html, min, max)


def _refuse(message: Text) -> None:
    from folderkit.core.limits import TooMuch

    raise TooMuch(message)


FILTERS: dict[str, Callable[..., Any]] = {
    "batch": _batch, "center": _center, "format": _format, "indent": _indent, "join": _join, "pprint": _pprint,
    "replace": _replace, "round": _round, "slice": _slice, "string": _string, "sum": _sum, "tojson": _tojson,
    "wordwrap": _wordwrap,
    **{name: _brief_only(filters.FILTERS[name]) for name in ("striptags", "urlize", "xmlattr")},
}
GLOBALS: dict[str, Any] = {"range": _range, "lipsum": _lipsum}
