"""The one tag language of texts, Word and Excel: Jinja, sandboxed and strict, with formatters."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, TypeVar, overload

from jinja2 import StrictUndefined, Undefined, exceptions
from jinja2.runtime import LoopContext

from folderkit.core.errors import words_of
from folderkit.core.language import Language, Text
from folderkit.core.limits import Limited

_OF_LOOPS = frozenset(name for name in vars(LoopContext) if not name.startswith("_"))


class NotComputable(ValueError):
    """A condition that has no answer; `message` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class Tags(Limited):
    """The environment in which the tags of one rendering are evaluated. `a.b` looks into a mapping before its methods,
    so that a field named ``items`` is the field. `written`, where it is set, is asked by the code of
    `documents.writing` what stands for a value."""

    written: Callable[[Any], str]

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if type(obj) is LoopContext and attribute in _OF_LOOPS:  # what the sandbox allows, without asking it each time
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


Kind = TypeVar("Kind", bound=Tags)


@overload
def environment(language: Language, currency: str = "CNY", *, autoescape: bool = False,
                undefined: type[Undefined] = StrictUndefined) -> Tags: ...


@overload
def environment(language: Language, currency: str = "CNY", *, autoescape: bool, kind: type[Kind]) -> Kind: ...


def environment(language: Language, currency: str = "CNY", *, autoescape: bool = False,
                undefined: type[Undefined] = StrictUndefined, kind: type[Tags] = Tags) -> Tags:
    """A strict sandboxed environment of a `kind`, whose formatters speak `language`."""
    tags = kind(autoescape=autoescape, undefined=undefined, keep_trailing_newline=True)

    def date(value: Any, form: str | None = None) -> str:
        tags.width(len(form or ""))
        return format_date(value, language, form)

    tags.filters.update(date=date, percent=format_percent, number=format_number)
    tags.filters["money"] = lambda value, sign=None: format_money(value, currency if sign is None else sign)
    tags.filters["capitals"] = tags.filters["大写"] = format_capitals
    tags.filters["chinese_date"] = format_chinese_date
    tags.filters["weekday"] = lambda value: format_weekday(value, language)
    tags.filters["add_workdays"], tags.filters["workdays_until"] = later_by_workdays, workdays_between
    tags.filters["lines"] = lambda value: str(value).split("\n")
    return tags


def holds(condition: str, facts: dict[str, Any]) -> bool:
    """Whether a condition such as ``project.kind == 'software'`` is true. Raises `NotComputable`."""
    try:
        compiled = environment("en", undefined=Undefined).compile_expression(condition)
        return bool(compiled(**facts))
    except (exceptions.TemplateError, TypeError, ArithmeticError, AttributeError, LookupError,
            RecursionError, MemoryError) as error:  # what a filter raises for a value it cannot take
        raise NotComputable(reason(error)) from None


def condition_fault(condition: str) -> Text | None:
    """Why `condition` cannot be evaluated at all, or None."""
    try:
        environment("en").compile_expression(condition)
    except exceptions.TemplateSyntaxError as error:
        why = reason(error)
        return Text(f"This condition cannot be read: {why.en}.", f"无法理解这个条件：{why.zh}。")
    return None


# -- what went wrong -------------------------------------------------------------------------------
def reason(error: BaseException) -> Text:
    """Why a tag cannot be read or computed: in Jinja's words, and in Chinese where these are known."""
    told = words_of(error)
    for pattern, chinese in _REASONS:
        found = re.match(pattern, told.en)
        if found:
            return Text(told.en, chinese.format(*found.groups()))
    return told


_REASONS = (
    (r"unexpected char ['\"](.)['\"]", "这里不能有字符“{}”（标签中的符号应为半角）"),
    (r"[Ee]xpected an expression|unexpected 'end of", "表达式不完整"),
    (r"unexpected end of template", "标签没有结束"),
    (r"unexpected '.+', expected '(.+)'$", "缺少“{}”"),
    (r"unexpected '(.+)'$", "这里不能有“{}”"),
    (r"expected token 'end of .+', got '(.+)'$", "这里不能有“{}”"),
    (r"expected token '(.+)', got", "缺少“{}”"),
    (r"expected name or number", "“.”后面缺少字段名"),
    (r"tag name expected", "缺少标签名"),
    (r"No filter named '(.+)'", "没有过滤器“{}”"),
    (r"No test named '(.+)'", "没有判断“{}”"),
    (r"Encountered unknown tag '(.+?)'", "不认识标签“{}”，或它不应在这里"),
    (r"'(.+)' is undefined", "没有“{}”这个值"),
    (r"'dict object' has no attribute '(.+)'", "没有“{}”这个字段"),
    (r"list object has no element|No (?:first|last) item", "列表中没有这一项"),
    (r"division by zero", "除数为零"),
    (r"unsupported operand type|can only concatenate|'.+' not supported between|.*number, not|.*number is required",
     "值的类型不对"),
    (r"'.+' object is not iterable", "它不是列表"),
)


# -- formatters ------------------------------------------------------------------------------------
def format_date(value: Any, language: Language, form: str | None = None) -> str:
    """A date as a reader of `language` expects it (2026年3月31日, 31 March 2026), or by `form` (strftime)."""
    if _blank(value):
        return str(value or "")
    day = as_date(value)
    if day is None:
        return str(value)
    if form:
        return str((value if isinstance(value, dt.date) else day).strftime(form))
    value = day
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def as_date(value: Any) -> dt.date | None:
    """The date that a value is, also from text such as 2026-03-31; None when it is none."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PLACES = 20
_WHOLE = ("JPY", "KRW")  # currencies without a smaller coin
SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}


def format_money(value: Any, currency: str = "CNY") -> str:
    """An amount with its sign, thousands and two decimals: ¥1,234.50."""
    if _blank(value):
        return str(value or "")
    sign = SIGNS.get(currency, f"{currency} " if currency else "")
    places = 0 if currency in _WHOLE else 2
    amount = _rounded(value, places)
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.{places}f}"


def format_percent(value: Any, places: int = 0) -> str:
    """A share of one in per cent: 0.25 is 25%."""
    _check_places(places)
    return str(value or "") if _blank(value) else f"{_rounded(value, places + 2) * 100:.{places}f}%"


def format_number(value: Any, places: int | None = None) -> str:
    """A number with thousands; whole numbers without decimals unless `places` asks for them."""
    _check_places(places)
    if _blank(value):
        return str(value or "")
    number = _rounded(value, 2 if places is None else places)
    return f"{number:,.{(0 if number == int(number) else 2) if places is None else places}f}"


def format_capitals(value: Any) -> str:
    """An amount in the capital characters of contracts: 1,200 is 壹仟贰佰元整, in either language."""
    from folderkit.core.amounts import capital_amount

    return str(value or "") if _blank(value) else capital_amount(as_number(value))


def format_chinese_date(value: Any) -> str:
    """A date in characters, 二〇二六年三月三十一日; a text that is no date stays as it is."""
    from folderkit.core.amounts import chinese_date

    day = None if _blank(value) else as_date(value)
    return chinese_date(day) if day else str(value or "")


def format_weekday(value: Any, language: Language) -> str:
    """The day of the week of a date: 星期二, Tuesday."""
    day = None if _blank(value) else as_date(value)
    if day is None:
        return str(value or "")
    return f"星期{'一二三四五六日'[day.weekday()]}" if language == "zh" else _WEEKDAYS[day.weekday()]


def later_by_workdays(value: Any, days: Any, holidays: Any = ()) -> Any:
    """The date that is a number of working days later; nothing for no date."""
    from folderkit.core.workdays import MAX_DAYS, add_workdays

    if _blank(value):
        return str(value or "")
    number = as_number(days)
    if not -MAX_DAYS <= number <= MAX_DAYS or number != int(number):
        raise NotComputable(Text(f"'{days}' is no whole number of days up to {MAX_DAYS:,}",
                                 f"“{days}”不是 {MAX_DAYS:,} 以内的整数天数"))
    try:
        return add_workdays(_day(value), int(number), _days(holidays))
    except OverflowError:
        raise NotComputable(Text("the calendar ends before that day", "超出了日历范围")) from None


def workdays_between(value: Any, last: Any, holidays: Any = ()) -> Any:
    """The number of working days from one date to another, both counted; nothing where one is missing."""
    from folderkit.core.workdays import count_workdays

    if _blank(value) or _blank(last):
        return f"{value or ''}{last or ''}" if isinstance(value, Undefined) or isinstance(last, Undefined) else ""
    return count_workdays(_day(value), _day(last), _days(holidays))


def _days(holidays: Any) -> list[dt.date]:
    if _blank(holidays):
        return []
    return [_day(value) for value in ([holidays] if isinstance(holidays, str | dt.date) else holidays)]


def _day(value: Any) -> dt.date:
    day = as_date(value)
    if day is None:
        raise NotComputable(Text(f"'{value}' is no date", f"“{value}”不是日期"))
    return day


def _check_places(places: Any) -> None:
    if places is not None and (isinstance(places, bool) or not isinstance(places, int) or not 0 <= places <= _PLACES):
        raise NotComputable(Text(f"decimals must be 0 to {_PLACES}, not '{places}'",
                                 f"小数位数应为 0 到 {_PLACES}，不能是“{places}”"))


def _rounded(value: Any, places: int) -> Any:
    from folderkit.core.amounts import rounded

    return rounded(as_number(value), places)


def _blank(value: Any) -> bool:
    """Whether there is nothing to format; a missing value is used as text, so that it is told as missing."""
    return value is None or value == "" or isinstance(value, Undefined)


def as_number(value: Any) -> Any:
    """A number, also from text. Raises `NotAValue` for a text that is none, `NotComputable` for what is no text."""
    if isinstance(value, str):
        from folderkit.core.facts import Question, convert

        return convert(Question("value", "number"), value)
    if not hasattr(value, "__float__"):
        raise NotComputable(Text("a number is required", "值的类型不对"))
    return value
