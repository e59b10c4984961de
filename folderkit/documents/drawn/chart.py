"""``{{ chart('bar', budget, 'item', 'planned', 'actual') }}``: what is asked for, read from rows and checked."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import nearest, words_of
from folderkit.core.language import Language, Text
from folderkit.core.tags import SIGNS, as_date, as_number, format_date
from folderkit.documents.parts.additions import NotDrawable

if TYPE_CHECKING:
    from folderkit.documents.drawn.drawing import Drawing
    from folderkit.documents.tags.functions import Kit

KINDS = ("bar", "column", "line", "pie", "gantt")
MAX_ROWS, MAX_SERIES, MAX_SLICES, MAX_LABEL = 1_000, 12, 24, 200
_WIDTH = 160.0  # mm
_HEIGHTS = {"column": 80.0, "line": 80.0, "pie": 70.0}
_SIDES = (15, 400)  # mm
_SIGN = 3.2  # mm, of a Chinese sign of a label
_LARGEST = 1e100  # of a number; LibreOffice breaks down over sums that are infinite
_SMALL = 0.005  # what two decimals, or whole per cents, show as nothing
_MAX_PLACES = 9
_WORDS = {"bar": Text("Bar chart", "条形图"), "column": Text("Column chart", "柱形图"),
          "line": Text("Line chart", "折线图"), "pie": Text("Pie chart", "饼图"), "gantt": Text("Schedule", "进度计划")}
_COUNT, _EMPTY = Text("Count", "数量"), Text("No data", "暂无数据")
_PERIOD = (Text("Start", "开始"), Text("Days", "天数"), Text("Days done", "已完成天数"), Text("Days left", "剩余天数"))
_ILLEGAL = re.compile("[\x00-\x1f\ufffe\uffff\ud800-\udfff]")
_FORM = re.compile(r"[^\x00-\x1f<>]{1,60}")


@dataclass(frozen=True)
class Series:
    """The numbers of one colour, one for each label; a date is the number Excel has for it."""

    name: str
    values: tuple[float, ...]
    form: str


@dataclass(frozen=True)
class Chart:
    """A chart as it is drawn: `form` is Excel's number format of its values; width and height in mm."""

    kind: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    form: str
    width: float
    height: float
    stacked: bool
    language: Language


def chart(kit: Kit, kind: str, rows: Any, label: str = "", *values: str, title: str = "", names: Sequence[str] = (),
          width: float = _WIDTH, height: float = 0, format: str = "", stacked: bool = False,  # noqa: A002
          empty: Any = None) -> Drawing | str:
    """The chart of `kind`, a bar, column, point or slice for each row, labelled by its field `label`, with a series for
    each field of `values`. Without a field of values, rows are counted by label; a mapping is labels and numbers.
    A Gantt takes the fields of start and end, and perhaps of the share that is done. `empty` is the number that stands
    for an empty value. Raises `NotDrawable`."""
    from folderkit.documents.drawn.chart_part import add_chart

    asked = Chart(kind, _label(title, kit.language), (), (), format, width, height, bool(stacked), kit.language)
    _check(asked, names)
    labels, columns = _columns(rows, label, values, kit.language)
    if not labels:
        return _EMPTY.in_(kit.language)
    if empty is not None and kind != "gantt":
        columns = [tuple(empty if value in (None, "") else value for value in row) for row in columns]
    if kind == "gantt":
        series = _periods(labels, columns, values, kit.language)
    else:
        series = _amounts(labels, columns, values, tuple(names), kit)
        series = tuple(Series(one.name, one.values, _form(format, series, kit)) for one in series)
    if kind == "pie" and not _is_pie(series):
        return _EMPTY.in_(kit.language)
    drawn = replace(asked, labels=tuple(labels), series=series, form=series[-1].form,
                    height=height or _height(kind, labels, 1 if stacked else len(series), width))
    alt = f"{_WORDS[kind].in_(kit.language)}{Text(': ', '：').in_(kit.language)}{asked.title or ', '.join(labels)}"
    return add_chart(kit, drawn, alt[:MAX_LABEL])


def _check(asked: Chart, names: Any) -> None:
    if asked.kind not in KINDS:
        guess = nearest(str(asked.kind), KINDS)
        raise NotDrawable(Text(
            f"there is no chart '{asked.kind}'; "
            + (f"did you mean '{guess}'?" if guess else f"there are: {', '.join(KINDS)}"),
            f"没有“{asked.kind}”这种图表" + (f"，是不是“{guess}”？" if guess else f"，现有：{'、'.join(KINDS)}")))
    for name, side in (("width", asked.width), ("height", asked.height or _SIDES[0])):
        if isinstance(side, bool) or not isinstance(side, int | float) or not _SIDES[0] <= side <= _SIDES[1]:
            raise NotDrawable(Text(f"'{name}' must be {_SIDES[0]} to {_SIDES[1]} (mm)",
                                   f"“{name}”应为 {_SIDES[0]} 到 {_SIDES[1]}（毫米）"))
    if not isinstance(names, list | tuple):
        raise NotDrawable(Text("'names' must be a list, such as ['Planned', 'Actual']",
                               "“names”应为列表，例如 ['计划', '实际']"))
    if not isinstance(asked.form, str) or (asked.form and not _FORM.fullmatch(asked.form)):
        raise NotDrawable(Text("'format' must be money, percent, number, or a number format of Excel",
                               "“format”应为 money、percent、number 或 Excel 的数字格式"))


def _columns(rows: Any, label: str, values: Sequence[str], language: Language
             ) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The label of each row, and its values by field."""
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise NotDrawable(Text("a chart needs a list of rows", "图表需要一个由行组成的列表"))
    found = list(itertools.islice(rows, MAX_ROWS + 1))
    if len(found) > MAX_ROWS or len(values) > MAX_SERIES:
        raise NotDrawable(Text(f"a chart shows at most {MAX_ROWS} rows and {MAX_SERIES} fields",
                               f"一张图表最多显示 {MAX_ROWS} 行、{MAX_SERIES} 个字段"))
    if isinstance(rows, Mapping):
        if label:
            raise NotDrawable(Text("labels with their numbers have no fields; a list of rows has",
                                   "“标签: 数值”没有字段可指定，由行组成的列表才有"))
        return [_label(key, language) for key in found], [(value,) for value in rows.values()]
    if found and not label:
        raise NotDrawable(Text("after the rows, name the field that labels them", "行之后应写作为标签的字段名"))
    labels = [_label(_field(row, label, number), language) for number, row in enumerate(found, 1)]
    if not values:
        counts = Counter(labels)
        return list(counts), [(count,) for count in counts.values()]
    return labels, [tuple(_field(row, name, number) for name in values) for number, row in enumerate(found, 1)]


def _field(row: Any, name: Any, number: int) -> Any:
    """The value of a field of a row; a dotted name goes into groups."""
    value = row
    for step in str(name).split("."):
        if not isinstance(value, Mapping) or step not in value:
            known = list(map(str, value)) if isinstance(value, Mapping) else []
            guess = nearest(step, known)
            raise NotDrawable(Text(
                f"row {number} has no field '{name}'" + (f"; did you mean '{guess}'?" if guess else ""),
                f"第 {number} 行没有字段“{name}”" + (f"，是不是“{guess}”？" if guess else "")))
        value = value[step]
    return value


def _label(value: Any, language: Language) -> str:
    words = " ".join(str(format_date(value, language) if isinstance(value, dt.date) else
                         "" if value is None else value).split())
    if _ILLEGAL.search(words):
        raise NotDrawable(Text(f"the label {words!r} holds a character that no file can hold",
                               f"标签 {words!r} 含有文件不能保存的字符"))
    return words[:MAX_LABEL]


def _amounts(labels: Sequence[str], columns: Sequence[tuple[Any, ...]], fields: Sequence[str], names: Sequence[str],
             kit: Kit) -> tuple[Series, ...]:
    found = []
    for place in range(len(columns[0])):
        field = str(fields[place]) if place < len(fields) else ""
        name = str(names[place]) if place < len(names) else field or _COUNT.in_(kit.language)
        found.append(Series(_label(name, kit.language), tuple(
            _amount(row[place], field, number, labels[number - 1]) for number, row in enumerate(columns, 1)), ""))
    return tuple(found)


def _amount(value: Any, field: str, number: int, label: str) -> float:
    from folderkit.core.facts import NotAValue

    why = Text("nothing stands there; 'empty=0' takes that for 0", "没有值；加上 empty=0 则按 0 计")
    if value is not None and value != "":
        why = Text(f"'{value}' is no number", f"“{value}”不是数字")
        try:
            amount = float(as_number(value)) if not isinstance(value, bool) else math.nan
            if abs(amount) <= _LARGEST:
                return amount
            if math.isfinite(amount):
                why = Text(f"'{value}' is too large for a chart", f"“{value}”太大，图表无法显示")
        except NotAValue as error:
            why = words_of(error)
        except (TypeError, ValueError, OverflowError):
            pass
    raise _wrong(field, number, label, why)


def _wrong(field: str, number: int, label: str, why: Text) -> NotDrawable:
    of = Text(f" of '{field}'", f"的“{field}”") if field else Text("", "")
    return NotDrawable(Text(f"row {number} ({label}){of.en}: {why.en}", f"第 {number} 行（{label}）{of.zh}：{why.zh}"))


def _periods(labels: Sequence[str], columns: Sequence[tuple[Any, ...]], fields: Sequence[str], language: Language
             ) -> tuple[Series, ...]:
    """The series of a Gantt: when each bar begins, which is not seen, and its days, done and left where that is told. A
    row without a start is a milestone at its end."""
    if len(fields) not in (2, 3):
        raise NotDrawable(Text("a Gantt needs the fields of label, start and end, and perhaps of the share done",
                               "甘特图需要标签、开始、结束三个字段，还可以加上完成比例"))
    starts, days, done = [], [], []
    for number, (row, label) in enumerate(zip(columns, labels, strict=True), 1):
        end = _day(row[1], str(fields[1]), number, label)
        start = end if row[0] in (None, "") else _day(row[0], str(fields[0]), number, label)
        if end < start:
            raise NotDrawable(Text(f"row {number} ({label}) ends before it starts: {start} – {end}",
                                   f"第 {number} 行（{label}）的结束日期早于开始日期：{start}—{end}"))
        starts.append(float((start - dt.date(1899, 12, 30)).days))
        days.append((end - start).days + 1.0)
        told = len(row) > 2 and row[2] not in (None, "")
        share = _amount(row[2], str(fields[2]), number, label) if told else 0
        done.append(days[-1] * min(1.0, max(0.0, share)))
    begin, whole, part, rest = (name.in_(language) for name in _PERIOD)
    first = Series(begin, tuple(starts), Text("d mmm yyyy", 'yyyy"年"m"月"d"日"').in_(language))
    if len(fields) == 2:
        return first, Series(whole, tuple(days), "0")
    left = tuple(total - share for total, share in zip(days, done, strict=True))
    return first, Series(part, tuple(done), "0"), Series(rest, left, "0")


def _day(value: Any, field: str, number: int, label: str) -> dt.date:
    day = as_date(value)
    if day is None or not 1900 < day.year < 2200:
        raise _wrong(field, number, label, Text("nothing stands there", "没有值") if value in (None, "") else
                     Text(f"'{value}' is no date", f"“{value}”不是日期"))
    return day


def _is_pie(series: Sequence[Series]) -> bool:
    """Whether there is anything to divide. Raises `NotDrawable` for what is no whole with parts."""
    if len(series) != 1:
        raise NotDrawable(Text("a pie shows one field of values", "饼图只显示一个数值字段"))
    if min(series[0].values) < 0:
        raise NotDrawable(Text("a pie has no negative parts", "饼图不能有负值"))
    if len(series[0].values) > MAX_SLICES:
        raise NotDrawable(Text(f"a pie of more than {MAX_SLICES} parts cannot be read; take 'bar'",
                               f"饼图超过 {MAX_SLICES} 块就看不清，请改用 bar"))
    return sum(series[0].values) > 0


def _form(asked: str, series: Sequence[Series], kit: Kit) -> str:
    every = [value for one in series for value in one.values]
    number = "#,##0" if all(value.is_integer() for value in every) else "#,##0.00"
    small = min((abs(value) for value in every if value), default=1.0)
    if small < _SMALL and asked in ("", "number"):
        return _small_form(small, every)
    if small < _SMALL and asked == "percent":
        return f"{_small_form(small * 100, [value * 100 for value in every])}%".replace("#,##", "")
    sign = SIGNS.get(kit.currency, f"{kit.currency} " if kit.currency else "")
    tenths = number != "#,##0" and all(round(value, 1) == value for value in every)
    return {"": "#,##0.0" if tenths else number, "number": number, "percent": "0%",
            "money": f'"{sign}"{number}'}.get(asked, asked)


def _small_form(small: float, every: Sequence[float]) -> str:
    """The form in which the smallest number can be read, and those that end soon end."""
    places = max(1, -Decimal(repr(small)).adjusted())
    if places > _MAX_PLACES:
        return "0.0E+00"
    places += any(round(value, places) != value for value in every)
    return f"#,##0.{'0' * places}"


def label_width(label: str) -> float:
    """How long a label is, in mm."""
    return sum(_SIGN if unicodedata.east_asian_width(sign) in "WF" else _SIGN / 2 for sign in label)


def turned_labels(labels: Sequence[str], width: float) -> float:
    """How long the longest label is, in mm, where labels have no room beside each other under a chart of that width and
    are turned; 0 where they have."""
    longest = max(map(label_width, labels))
    return longest if longest > 0.9 * width / len(labels) else 0.0


def _height(kind: str, labels: Sequence[str], series: int, width: float) -> float:
    if kind in ("column", "line"):
        return _HEIGHTS[kind] + min(40.0, 0.7 * turned_labels(labels, width))
    if kind in _HEIGHTS:
        return _HEIGHTS[kind]
    return min(230.0, 22 + len(labels) * (7.5 if kind == "gantt" else 4.5 + 4.5 * series))
