"""The words of a query: what must be found, what must not be, and filters, as a person types them.

``penalty clause``: both words; ``"penalty clause"``: beside each other; ``a OR b``: either; ``-draft``: not;
``pen*``: words that begin so; ``type:pdf``: a filter. Signs may be full-width, quotes of any kind, and filters have
Chinese names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from folderkit.catalog.sought import Sought

_NAMES = {
    "type": ("type", "类型", "種類", "种类"), "area": ("area", "区域", "區域"), "project": ("project", "项目", "專案"),
    "by": ("by", "作者", "保存人"), "before": ("before", "之前", "早于"), "after": ("after", "since", "之后", "晚于"),
    "tag": ("tag", "标签", "標籤"), "amount": ("amount", "金额", "金額")}
_FILTER = {name: key for key, names in _NAMES.items() for name in names}
FILTERS = tuple(_NAMES)
_OPEN, _CLOSE = '"“”„＂「『', '"“”＂」』'
_KEY = "(?:" + "|".join(sorted(_FILTER, key=len, reverse=True)) + ")"
_BARE = rf"[^\s{_OPEN}{_CLOSE}]"
_TERM = re.compile(
    rf"(?P<no>[-－−]+)?(?:(?P<key>{_KEY})[:：](?:[{_OPEN}](?P<whole>[^{_OPEN}{_CLOSE}]*)[{_CLOSE}]|(?P<value>{_BARE}*))"
    rf"|[{_OPEN}](?P<quoted>[^{_OPEN}{_CLOSE}]*)[{_CLOSE}]|(?P<plain>{_BARE}+))|\S", re.IGNORECASE)
_EITHER = ("OR", "ＯＲ", "|", "｜", "或")
_HYPHENS = "-－−"
_STARS = "*＊"
_SYNTAX = re.compile(rf"[{_OPEN}{_CLOSE}]|(?:^|\s)[-－−][^\s\d]|\s(?:OR|ＯＲ|\||｜|或)\s|(?:^|\s)[-－−]?{_KEY}[:：]\S",
                     re.IGNORECASE)
_NAMED = "|".join(name for name, key in _FILTER.items() if key in ("area", "project", "by", "tag"))  # may hold a blank
_HEAD = re.compile(rf"[-－−]?(?:(?:{_NAMED})[:：])?", re.IGNORECASE)


@dataclass(frozen=True)
class Filter:
    """A condition on files: `name` is one of `FILTERS`, `value` as it was typed; `without` those that fulfil it."""

    name: str
    value: str
    without: bool = False


@dataclass(frozen=True)
class Query:
    """One of each of `groups` must be found, and none of `excluded`; all of `filters` must hold."""

    groups: tuple[tuple[Sought, ...], ...] = ()
    excluded: tuple[Sought, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def words(self) -> list[Sought]:
        """All that may be found, and marked."""
        return [word for group in self.groups for word in group]

    @property
    def finds(self) -> bool:
        """Whether it asks for anything: words, or files that fulfil a condition."""
        return bool(self.groups) or any(not one.without for one in self.filters)


def as_query(words: Sequence[str], *, alone: bool = True) -> str:
    """The arguments of a command as one query. One that holds a blank, and no sign of a query, was quoted for the shell
    and is a phrase; so is what holds one behind a hyphen or the name of a filter. A single one behind a hyphen that is
    `alone`, without options that filter, is a whole query: to exclude is all that it would ask for else."""
    if len(words) == 1 and alone and words[0].startswith(tuple(_HYPHENS)):
        return words[0]
    return " ".join(map(_as_typed, words))


def _as_typed(word: str) -> str:
    head = _HEAD.match(word)
    rest = word[head.end() :] if head else word
    if len(rest.split()) < 2 or _SYNTAX.search(rest):
        return word
    return f'{word[: len(word) - len(rest)]}"{rest}"'


def parse(text: str) -> Query:
    """The query that `text` is. Nothing is wrong in a query: a sign that makes no sense is passed over."""
    groups: list[list[Sought]] = []
    excluded: list[Sought] = []
    filters: list[Filter] = []
    terms = list(_TERM.finditer(text))
    joins = False  # whether the next word is another choice of the last group
    for at, term in enumerate(terms):
        without = term["no"] is not None
        if term["key"] is not None:
            value = term["whole"] if term["whole"] is not None else term["value"]
            if value.strip():
                filters.append(Filter(_FILTER[term["key"].casefold()], value.strip(), without))
            joins = False
            continue
        if term["plain"] in _EITHER and not without and groups and at + 1 < len(terms):
            joins = True
            continue
        word = _word(term)
        if not word:
            continue
        if without:
            excluded.append(word)
        elif joins:
            groups[-1].append(word)
        else:
            groups.append([word])
        joins = False
    return Query(tuple(map(tuple, groups)), tuple(excluded), tuple(filters))


def _word(term: re.Match[str]) -> Sought:
    if term["quoted"] is not None:
        return Sought(term["quoted"])
    plain = term["plain"] or ""
    return Sought(plain, prefix=plain.endswith(tuple(_STARS)))
