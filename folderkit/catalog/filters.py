"""The filters of a query as conditions on files: type, area, project, person, time, tag, amount."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from folderkit.catalog.catalog import Catalog
from folderkit.catalog.chinese import simplified
from folderkit.catalog.hits import Hit, cut
from folderkit.catalog.passages import unpack
from folderkit.catalog.query import Filter
from folderkit.catalog.scope import LAST_VERSION, Condition
from folderkit.catalog.tokens import normalise
from folderkit.core.currencies import CODES
from folderkit.core.errors import Misuse, did_you_mean
from folderkit.core.kinds import ALL_BY_NAME, CALLED, endings
from folderkit.core.language import Text
from folderkit.core.moments import Moment, parse_period

_LISTED = 12
TYPES = Text(", ".join(CALLED), "、".join(called.zh for called in CALLED.values()))
_NUMBER = r"[-+]?\d[\d,，]*(?:\.\d+)?\s*(?:万|亿|k|m)?"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>[<>]=?|[＜＞≤≥])\s*)?(?P<low>{_NUMBER})?(?P<to>\.\.|…|~|～|至)?(?P<high>{_NUMBER})?", re.IGNORECASE)
_FIGURE = re.compile(_NUMBER, re.IGNORECASE)
_UNITS = {"万": 10_000, "亿": 100_000_000, "k": 1000, "m": 1_000_000}
_CURRENCIES = re.compile("|".join(map(re.escape, sorted(CODES, key=len, reverse=True))), re.IGNORECASE)
_SAME = 0.005  # of amounts, which have cents
_WRITERS = '["author", "saved by", "from"]'  # the properties of a file that say who wrote it
_NOTED = ("filed.entry = (SELECT max(entry) FROM filed AS last WHERE last.file = file.id AND NOT undone"
          " AND facts != '{}')")


def condition_for(catalog: Catalog, filters: Sequence[Filter], today: dt.date, project: str | None = None
                  ) -> Condition | None:
    """What files must fulfil by all filters, in a project when one is given; None: all files do. Raises `Misuse` for a
    value that cannot be."""
    conditions = [Condition("file.project = ?", (project,))] if project is not None else []
    for one in filters:
        made = _MAKERS[one.name](catalog, one.value, today)
        conditions.append(Condition(f"NOT coalesce({made.sql}, 0)", made.values) if one.without else made)
    if not conditions:
        return None
    catalog.database.create_function("plain", 1, _plain, deterministic=True)
    catalog.database.create_function("figure", 1, _figure, deterministic=True)
    return Condition(" AND ".join(f"({one.sql})" for one in conditions),
                     tuple(value for one in conditions for value in one.values))


def _plain(text: object) -> str:
    """A text as names are compared."""
    return simplified(normalise(str(text)))


def _any(conditions: Iterable[Condition]) -> Condition:
    some = list(conditions)
    return Condition(" OR ".join(f"({one.sql})" for one in some), tuple(value for one in some for value in one.values))


def _words(value: str) -> list[str]:
    """The choices that a value names: ``pdf,word``."""
    return [word for word in re.split(r"\s*[,，、|]\s*", value.strip()) if word] or [value]


def bare_endings(filters: Sequence[Filter]) -> list[str]:
    """The endings of names that are asked for as types, and known for none."""
    return [ending for one in filters if one.name == "type" for word in _words(one.value) for ending in endings(word)
            if ending not in ALL_BY_NAME]


def _type(catalog: Catalog, value: str, today: dt.date) -> Condition:
    found: list[str] = []
    for word in _words(value):
        its = endings(word)
        if not its:
            names = [*CALLED, *(called.zh for called in CALLED.values())]
            raise Misuse(Text(f"type: there is no type '{word}'.", f"类型：没有类型“{word}”。"), did_you_mean(
                word, names, Text(f"There are: {TYPES.en}; and endings such as docx.",
                                  f"可用：{TYPES.zh}，以及 docx 这样的扩展名。")))
        found += its
    return _any(Condition("file.path LIKE ?", (f"%{ending}",)) for ending in found)


def _area(catalog: Catalog, value: str, today: dt.date) -> Condition:
    nodes = catalog.database.execute("SELECT DISTINCT id, path FROM node WHERE content = ''").fetchall()
    ids: set[str] = set()
    for word in map(_plain, _words(value)):
        names = [(identity, _plain(path.rpartition("/")[2]).lstrip("0123456789_-. ")) for identity, path in nodes]
        exact = {identity for identity, name in names if word in (identity, identity.rpartition(".")[2], name)}
        found = exact or {identity for identity, name in names if word in name}
        if not found:
            areas = sorted({identity for identity, _ in nodes if "." not in identity})
            folders = sorted({path for _, path in nodes if "/" not in path})
            raise Misuse(Text(f"area: there is no area '{word}'.", f"区域：没有区域“{word}”。"), Text(
                f"There are: {', '.join(areas[:_LISTED]) or 'none'}; or a folder's name.",
                f"可用：{'、'.join(folders[:_LISTED]) or '没有'}，或其中的文件夹名。"))
        ids |= found
    return Condition(
        "EXISTS (SELECT 1 FROM node WHERE node.project = file.project AND node.id IN (SELECT value FROM json_each(?))"
        " AND substr(file.path, 1, length(node.path) + 1) = node.path || '/')", (json.dumps(sorted(ids)),))


def _project(catalog: Catalog, value: str, today: dt.date) -> Condition:
    rows = catalog.projects()
    found: set[str] = set()
    for word in _words(value):
        its = {row.id for row in rows if _plain(word) in _plain(row.folder)}
        if not its:
            raise Misuse(Text(f"project: there is no project '{word}'.", f"项目：没有项目“{word}”。"), did_you_mean(
                word, [row.folder for row in rows], Text("'folderkit list' shows them.", "用 folderkit list 查看。")))
        found |= its
    return Condition("file.project IN (SELECT value FROM json_each(?))", (json.dumps(sorted(found)),))


def _by(catalog: Catalog, value: str, today: dt.date) -> Condition:
    return _any(Condition(
        "EXISTS (SELECT 1 FROM version WHERE version.file = file.id AND instr(plain(who), ?) AND number ="  # noqa: S608
        f" {LAST_VERSION}) OR EXISTS (SELECT 1 FROM content,"
        " json_each(content.properties) AS said WHERE content.hash = file.content AND said.key IN"
        f" (SELECT value FROM json_each('{_WRITERS}')) AND instr(plain(said.value), ?))", (_plain(word), _plain(word)))
        for word in _words(value))


def _before(catalog: Catalog, value: str, today: dt.date) -> Condition:
    return Condition("file.mtime_ns < ?", (_nanoseconds(_period("before", "之前", value, today).begin),))


def _after(catalog: Catalog, value: str, today: dt.date) -> Condition:
    return Condition("file.mtime_ns >= ?", (_nanoseconds(_period("after", "之后", value, today).begin),))


def _period(en: str, zh: str, value: str, today: dt.date) -> Moment:
    try:
        return parse_period(value, today)
    except Misuse:
        raise Misuse(Text(f"{en}: '{value}' is no time.", f"{zh}：“{value}”不是时间。"), Text(
            "Write it like 2026-03-31, 2026-03, 2026, today or 7d (seven days ago).",
            "请写成 2026-03-31、2026-03、2026、今天 或 7天（七天前）。")) from None


def _nanoseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def _tag(catalog: Catalog, value: str, today: dt.date) -> Condition:
    return Condition(
        "EXISTS (SELECT 1 FROM filed, json_each(filed.facts, '$.tags') AS tag WHERE filed.file = file.id"  # noqa: S608
        f" AND {_NOTED} AND plain(tag.value) IN (SELECT value FROM json_each(?)))",
        (json.dumps([_plain(word) for word in _words(value)], ensure_ascii=False),))


class _Range(NamedTuple):
    """The smallest and the greatest amount that a filter lets through, and the code of their currency ("": any)."""

    low: float
    high: float
    currency: str


def _amount(catalog: Catalog, value: str, today: dt.date) -> Condition:
    asked = _range(value)
    noted = "EXISTS (SELECT 1 FROM filed WHERE filed.file = file.id AND figure(json_extract(facts, '$.amount'))"
    return Condition(
        f"{noted} BETWEEN ? AND ? AND (? = '' OR coalesce(json_extract(facts, '$.currency'), '') IN ('', ?))"  # noqa: S608
        f" AND {_NOTED}) OR EXISTS (SELECT 1 FROM content CROSS JOIN suggested"
        " ON suggested.content = content.row WHERE content.hash = file.content AND kind = 'amount'"
        f" AND {_IN_RANGE})", (*_asked(asked), *_asked(asked)))


_IN_RANGE = "number BETWEEN ? AND ? AND (? = '' OR unit IN ('', ?))"  # one without a currency may be in any


def _asked(asked: _Range) -> tuple[float, float, str, str]:
    return asked.low, asked.high, asked.currency, asked.currency


def _range(value: str) -> _Range:
    """What a filter lets through. Raises `Misuse`."""
    currencies = {CODES[word.casefold()] for word in _CURRENCIES.findall(value)}
    found = _AMOUNT.fullmatch(_CURRENCIES.sub("", value).strip()) if len(currencies) < 2 else None
    low, high = (_figure(found["low"]), _figure(found["high"])) if found else (None, None)
    if found is None or (low is None and (high is None or not found["to"])) or (found["sign"] and found["to"]) or (
            high is not None and not found["to"]):
        raise Misuse(Text(f"amount: '{value}' is no amount.", f"金额：“{value}”不是金额。"), Text(
            "Write it like '>10000', '<=500', 1000..2000, 12500 or USD2500.",
            "请写成 '>10000'、'<=500'、1000..2000、12500 或 2500美元。"))
    return _Range(*_ends(found, low, high), "".join(currencies))


def _ends(found: re.Match[str], low: float | None, high: float | None) -> tuple[float, float]:
    """The smallest and the greatest amount that is meant by a sign or a range."""
    if found["to"] or low is None:
        ends = sorted((-1e18 if low is None else low, 1e18 if high is None else high))
        return ends[0] - _SAME, ends[1] + _SAME
    sign = found["sign"] or ""
    if not sign:
        return low - _SAME, low + _SAME
    equal = _SAME if sign in (">=", "<=", "≥", "≤") else -_SAME
    return (low - equal, 1e18) if sign[0] in ">＞≥" else (-1e18, low + equal)


def _figure(text: object) -> float | None:
    """The first number in a text: 12,500.00 or 1.2万."""
    found = _FIGURE.search(str(text)) if text is not None else None
    if found is None:
        return None
    word = found[0].strip().casefold().replace(",", "").replace("，", "")
    unit = _UNITS.get(word[-1], 1)
    return float(word.rstrip("万亿km").strip()) * unit


def with_amounts(catalog: Catalog, hits: Sequence[Hit], filters: Sequence[Filter]) -> list[Hit]:
    """The hits, with the line in which such an amount stands where no word is marked."""
    ranges = [_range(one.value) for one in filters if one.name == "amount" and not one.without]
    return [_with_amount(catalog, hit, ranges[0]) if ranges and not hit.marks else hit for hit in hits]


def _with_amount(catalog: Catalog, hit: Hit, asked: _Range) -> Hit:
    row = catalog.database.execute(
        "SELECT passages, passage, start, suggested.length FROM file"  # noqa: S608  all ours
        " CROSS JOIN content ON content.hash = file.content"
        " CROSS JOIN suggested ON suggested.content = content.row WHERE project = ? AND path = ? AND present"
        f" AND kind = 'amount' AND {_IN_RANGE} ORDER BY passage, start LIMIT 1",
        (hit.project, hit.path, *_asked(asked))).fetchone()
    if row is None:  # it was noted when the file was filed
        return hit
    packed, number, start, length = row
    place, text = unpack(packed)[number]
    if start + length > len(text):  # in a header, which is not kept
        return hit
    snippet, marks = cut(text, [(start, start + length)])
    return replace(hit, snippet=snippet, marks=tuple(marks), place=place)


_MAKERS: dict[str, Callable[[Catalog, str, dt.date], Condition]] = {
    "type": _type, "area": _area, "project": _project, "by": _by, "before": _before, "after": _after, "tag": _tag,
    "amount": _amount}
