"""What a cell says, as a typed value: numbers with signs, dates in the usual ways, words of either language.

Only what can be meant in one way is taken; anything else is a `NotAValue` with what was expected.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import Any

from folderkit.core.facts import NotAValue
from folderkit.core.language import Text
from folderkit.registers.amounts import out_of_brackets, parted
from folderkit.registers.schema import NUMBERS, SEPARATORS, Column, plain

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
                         r"(?:[ t]\s*\d{1,2}:\d\d(?::\d\d)?)?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\.0)?")
_DAY_MONTH = re.compile(r"(\d{1,2})[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")
_DAY_FIRST = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})")
_LARGE = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_FREE_OF_TAX = {"免税", "不征税", "exempt", "tax exempt", "tax-exempt", "tax free", "tax-free"}  # instead of 0 %
_TIME = re.compile(r"(.+?)(?:[ t]\s*|(?<=日))(\d{1,2})\s*[:时点]\s*(\d\d)(?:\s*分)?(?::(\d\d)(?:\.\d+)?)?\s*"
                   r"(z|[+-]\d\d:?\d\d)?")
_EPOCH = dt.date(1899, 12, 30)  # day 0 of Excel's calendar, counting its 29 February 1900
_BETWEEN = {"person": r"[,，、;；/|\n]", "ref": r"[,，、;；/|\s]", "path": r"[;；\n]"}
# beside a name its address; beside a predecessor's number how it is linked, with days
_BESIDE = {"person": re.compile(r"([^\s,，、;；/|])\s*<[^<>]*>"), "ref": re.compile(
    r"(\d)\s*(?:(?:fs|ss|ff|sf)(?:\s*[+-]\s*\d+)?|\+\s*\d+)\s*[d天日]?(?![\w@])", re.IGNORECASE)}
_NO_SHARE = 5  # from 500 % on, the sign was most likely forgotten
_FIRST_SERIAL, _END_SERIAL = 36526, 73051  # 2000 to 2099; other bare numbers are no dates


def understand(column: Column, raw: Any) -> Any:
    """The typed value of a cell: str, int, float, date, datetime, the key of a choice (of a bool "yes" or "no"), the
    keys of a multi in the order of the schema, or None for a blank.

    `raw` is what a workbook or a caller holds. Raises `NotAValue`.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if column.type in ("enum", "bool"):
        return _choice(column, raw)
    if column.type == "multi":
        return _choices(column, raw)
    if column.type == "date":
        return _date(raw)
    if column.type == "datetime":
        return _moment(raw)
    if column.type in NUMBERS:
        return _within(column, _number(column, raw))
    return as_text(raw)


def as_text(raw: Any) -> str:
    """A cell as a person reads it: 12 for 12.0, 2026-03-01 for a date."""
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, float):
        return f"{raw:.15g}"
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat() if raw.time() == dt.time() else raw.isoformat(" ", "minutes")
    return str(raw).strip()


def _choice(column: Column, raw: Any) -> str:
    key = column.meanings.get(plain(as_text(raw)))
    if key is None:
        words = [choice.words for choice in column.choices.values()]
        raise NotAValue(Text(f"'{as_text(raw)}' is not one of: {', '.join(word.en for word in words)}",
                             f"“{as_text(raw)}”不在可选值中：{'、'.join(word.zh for word in words)}"))
    return key


def _choices(column: Column, raw: Any) -> tuple[str, ...] | None:
    """What stands in the cell of a multi; letters may stand together where each is a choice, as in 'RA'."""
    if isinstance(raw, str):
        raw = SEPARATORS.split(unicodedata.normalize("NFKC", raw))
    found: set[str] = set()
    for part in raw if isinstance(raw, list | tuple) else [raw]:
        word = plain(as_text(part))
        if word and word not in column.meanings and all(letter in column.meanings for letter in word):
            found |= {column.meanings[letter] for letter in word}
        elif word:
            found.add(_choice(column, part))
    return tuple(key for key in column.choices if key in found) or None


def parts_of(column: Column, value: Any) -> tuple[str, ...]:
    """The single names, numbers or paths in a typed value of a person, ref or path column, in their order; a
    predecessor's link ('TSK-001FS+2') and the address behind a name are left out."""
    text = "" if value is None else str(value)
    if column.type in _BESIDE:
        text = _BESIDE[column.type].sub(r"\1", text)
    parts = re.split(_BETWEEN.get(column.type, "\n"), text)
    return tuple(part.strip() for part in parts if part.strip())


def _number(column: Column, raw: Any) -> int | float:
    """The number; in a text, thousands must be grouped right, so that 1.200,50 is not taken for 1.2005."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise _no_number(column, raw)
    if isinstance(raw, str):
        raw = _number_in_text(column, raw)
    if not math.isfinite(raw):
        raise _no_number(column, raw)
    if column.type == "int" and raw != int(raw):
        raise NotAValue(Text(f"'{as_text(raw)}' is not a whole number", f"“{as_text(raw)}”不是整数"))
    return int(raw) if raw == int(raw) else float(raw)


def _number_in_text(column: Column, raw: str) -> float:
    word = unicodedata.normalize("NFKC", raw).strip().casefold()
    if column.type == "pct" and word in _FREE_OF_TAX:
        return 0.0
    below = out_of_brackets(word) if column.type in ("money", "dec") else None
    word = below or word
    percent = column.type == "pct" and word.endswith("%")
    if percent:
        word = word[:-1].rstrip()
    elif column.type == "money":
        word, _ = parted(word)
    times = _LARGE.get(word[-1:], Decimal(1))
    if times != 1:
        word = word[:-1].rstrip()
    if not _NUMBER.fullmatch(word):
        raise _no_number(column, raw)
    return float(Decimal(word.replace(",", "")) * times / (100 if percent else 1)) * (-1 if below else 1)


def _no_number(column: Column, raw: Any) -> NotAValue:
    like = {"pct": "25%", "int": "12"}.get(column.type, "1200.50")
    return NotAValue(Text(f"'{as_text(raw)}' is not a number; write it like {like}",
                          f"“{as_text(raw)}”不是数字，请写成 {like} 这样"))


def _within(column: Column, value: int | float) -> int | float:
    low, high = column.minimum, column.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    show = "{:.0%}".format if column.type == "pct" else "{:g}".format
    if high is None:
        raise NotAValue(Text(f"{show(value)} is less than {show(low)}", f"{show(value)} 小于 {show(low)}"))
    if low is None:
        raise NotAValue(Text(f"{show(value)} is more than {show(high)}", f"{show(value)} 大于 {show(high)}"))
    meant = value / 100 if column.type == "pct" and value >= _NO_SHARE else 0
    write = Text(f"; write {value:g}% or {meant:g}", f"，应写成 {value:g}% 或 {meant:g}") if (
        low <= meant <= high and meant) else Text("", "")
    raise NotAValue(Text(f"{show(value)} is not between {show(low)} and {show(high)}{write.en}",
                         f"{show(value)} 不在 {show(low)} 到 {show(high)} 之间{write.zh}"))


def _is_serial(raw: Any) -> bool:
    """Whether it is the number of a day, with its time as a fraction, in a cell that has lost its format."""
    return isinstance(raw, int | float) and not isinstance(raw, bool) and _FIRST_SERIAL <= raw < _END_SERIAL


def _date(raw: Any) -> dt.date:
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if _is_serial(raw):
        return _EPOCH + dt.timedelta(days=int(raw))
    word = unicodedata.normalize("NFKC", as_text(raw)).strip().casefold()
    parts = _date_parts(word) or _day_first(word)
    try:
        if parts:
            return dt.date(*parts)
    except ValueError:
        pass
    raise NotAValue(Text(f"'{as_text(raw)}' is not a date; write it like 2026-03-31",
                         f"“{as_text(raw)}”不是日期，请写成 2026-03-31 这样"))


def _moment(raw: Any) -> dt.datetime:
    """A date with its time of day, to the second, as the clock on the wall shows it here; a bare date is its
    midnight."""
    if isinstance(raw, dt.datetime):
        local = raw.astimezone().replace(tzinfo=None) if raw.tzinfo else raw
        return (local + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    if _is_serial(raw):
        return dt.datetime.combine(_date(raw), dt.time()) + dt.timedelta(seconds=round(raw % 1 * 86_400))
    word = "" if isinstance(raw, dt.date) else unicodedata.normalize("NFKC", as_text(raw)).strip().casefold()
    found = _TIME.fullmatch(word)
    try:
        if found is None:
            return dt.datetime.combine(_date(raw), dt.time())
        time = dt.time(int(found[2]), int(found[3]), int(found[4] or 0))
        moment = dt.datetime.combine(_date(found[1]), time)
        if found[5]:
            zone = dt.datetime.strptime(found[5].replace("z", "+0000"), "%z").tzinfo
            return moment.replace(tzinfo=zone).astimezone().replace(tzinfo=None)
    except ValueError:  # NotAValue is one
        _day_first(found[1] if found else word)  # says it better, when that is what is wrong
        raise NotAValue(Text(f"'{as_text(raw)}' is not a date with a time; write it like 2026-03-31 14:05",
                             f"“{as_text(raw)}”不是日期和时间，请写成 2026-03-31 14:05 这样")) from None
    return moment


def _day_first(word: str) -> tuple[int, int, int] | None:
    """Year, month, day of a date whose year stands last, such as 31.3.2026 or 3/31/2026. Raises `NotAValue` for
    3/4/2026: nobody can tell which is the month."""
    found = _DAY_FIRST.fullmatch(word)
    if found is None:
        return None
    one, other, year = int(found[1]), int(found[3]), int(found[4])
    if one > 12 or one == other:
        return year, other, one
    if other > 12:
        return year, one, other
    first, second = f"{year}-{one:02d}-{other:02d}", f"{year}-{other:02d}-{one:02d}"
    raise NotAValue(Text(f"'{word}' may be {first} or {second}; write the one that is meant",
                         f"“{word}”可能是 {first}，也可能是 {second}；请写成其中之一"))


def _date_parts(word: str) -> tuple[int, int, int] | None:
    """Year, month, day of a date whose year stands first or whose month is a word."""
    if found := _YEAR_FIRST.fullmatch(word):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _COMPACT.fullmatch(word):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DAY_MONTH.fullmatch(word):
        day, name, year = found[1], found[2], found[3]
    elif found := _MONTH_DAY.fullmatch(word):
        day, name, year = found[2], found[1], found[3]
    else:
        return None
    month = next((number for number, full in enumerate(_MONTHS, 1) if full.startswith(name)), 0)
    return int(year), month, int(day)
