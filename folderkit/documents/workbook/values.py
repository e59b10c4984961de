"""Values as cells hold them: numbers, dates, truths and texts, each as its own type, and what no cell can hold."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from folderkit.core.language import Text
from folderkit.core.workbook.cells import as_xml
from folderkit.documents.shown import NotReadable
from folderkit.documents.workbook.program import RUN_BEGINS, RUN_NAMED

MAX_TEXT = 32_767  # characters of a cell (Excel's limits)
_EXPONENT = 300  # of a number that a cell holds
_EXACT = 10**15  # from here on, a number of Excel's loses digits
_EPOCH, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
_FIRST_SAFE = dt.datetime(1900, 3, 1)  # before it, Excel's calendar has a day that never was
_PLAIN = re.compile(r"[^&<>_\x00-\x1f\ufffe\uffff\ud800-\udfff\s](?:[^&<>_\x00-\x1f\ufffe\uffff\ud800-\udfff]*"
                    r"[^&<>_\x00-\x1f\ufffe\uffff\ud800-\udfff\s])?")
_RUN = re.compile(f"{RUN_BEGINS}([0-9]{{1,5}}){RUN_NAMED}")
DateStyle = Callable[[int, bool], int | None]


class CellError(str):
    """What a formula gives that has no value: #DIV/0!"""

    __slots__ = ()


class ValueWriter:
    """Writes the inside of a cell after its address: the rest of its tag, and what is in it. `p` is the prefix of the
    sheet's elements, `style_of_date` the style like another one that shows dates, or None; `words` makes a text of what
    is no plain value, as a reader expects it."""

    def __init__(self, p: str, from_1904: bool, style_of_date: DateStyle, words: Callable[[Any], Any]) -> None:
        self._p, self._words, self._style_of_date = p, words, style_of_date
        self._epoch = _EPOCH_1904 if from_1904 else _EPOCH
        self._text = f' t="inlineStr"><{p}is><{p}t>', f"</{p}t></{p}is></{p}c>"
        self._kept = f' t="inlineStr"><{p}is><{p}t xml:space="preserve">'
        self._number = f"><{p}v>", f"</{p}v></{p}c>"
        self._truth = f' t="b"><{p}v>'
        self._end = f"</{p}c>"

    def of(self, value: Any, style: int, looks: Sequence[str] = ()) -> str:
        """The text of a cell from its style on. Raises `NotReadable` for what no cell can hold."""
        kind = type(value)
        if kind is str:
            return self._of_text(value, style, looks)
        begin = f'" s="{style}"' if style else '"'
        if kind is int:
            if -_EXACT < value < _EXACT:
                return f"{begin}{self._number[0]}{value}{self._number[1]}"
            return self._of_text(str(value), style, looks)
        if kind is float:
            if math.isfinite(value):
                return f"{begin}{self._number[0]}{value!r}{self._number[1]}"
            return self._of_text(str(value), style, looks)
        if value is None:
            return f"{begin}/>"
        if kind is bool:
            return f"{begin}{self._truth}{int(value)}{self._number[1]}"
        if isinstance(value, dt.date):
            return self._of_date(value, style, looks)
        if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= _EXPONENT:
            return f"{begin}{self._number[0]}{value:f}{self._number[1]}"
        return self._of_text(str(self._words(value)), style, looks)

    def formula(self, value: Any, style: int, formula: str, told: str = "") -> str:
        """The same for a formula (its element as XML) that gives `value`; None where that is not known. `told` are
        more attributes of the cell."""
        begin = f'" s="{style}"{told}' if style else f'"{told}'
        if value is None:
            return f"{begin}>{formula}{self._end}"
        if isinstance(value, bool):
            return f'{begin} t="b">{formula}<{self._p}v>{int(value)}{self._number[1]}'
        if isinstance(value, str):
            return f'{begin} t="{_kind_of(value)}">{formula}<{self._p}v>{_escaped(value)}{self._number[1]}'
        return f"{begin}>{formula}<{self._p}v>{value!r}{self._number[1]}"

    def _of_text(self, value: str, style: int, looks: Sequence[str]) -> str:
        begin = f'" s="{style}"' if style else '"'
        if not value:
            return f"{begin}/>"
        if len(value) * 2 > MAX_TEXT and (length := units_of(_RUN.sub("", value))) > MAX_TEXT:
            raise NotReadable(Text(f"it has {length:,} characters, and a cell holds {MAX_TEXT:,}",
                                   f"它有 {length:,} 个字符，而单元格最多容纳 {MAX_TEXT:,} 个"))
        if looks:
            return self._of_runs(value, begin, looks)
        if _PLAIN.fullmatch(value):
            return f"{begin}{self._text[0]}{value}{self._text[1]}"
        return f"{begin}{self._kept}{_escaped(value)}{self._text[1]}"

    def _of_runs(self, value: str, begin: str, looks: Sequence[str]) -> str:
        """A text whose pieces look different: each begins with the number of its look."""
        p, pieces = self._p, _RUN.split(value)
        if len(pieces) == 1:
            pieces = ["", "0", value]
        runs = [f'<{p}r>{looks[int(number) % len(looks)]}<{p}t xml:space="preserve">{_escaped(text)}</{p}t></{p}r>'
                for number, text in zip(pieces[1::2], pieces[2::2], strict=True) if text]
        if not runs:
            return f"{begin}/>"
        return f'{begin} t="inlineStr"><{p}is>{"".join(runs)}</{p}is>{self._end}'

    def _of_date(self, value: dt.date, style: int, looks: Sequence[str]) -> str:
        with_time = isinstance(value, dt.datetime)
        moment = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        dated = self._style_of_date(style, with_time)
        if dated is None or moment < max(self._epoch, _FIRST_SAFE):
            return self._of_text(moment.isoformat(" ", "minutes") if with_time else value.isoformat(), style, looks)
        since = moment - self._epoch
        number = since.days if not since.seconds else since.days + since.seconds / 86_400
        return f'" s="{dated}"{self._number[0]}{number!r}{self._number[1]}'


def units_of(text: str) -> int:
    """The characters of a text as Excel counts them: an emoji is two."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def _kind_of(value: str) -> str:
    """The kind of a cell whose formula gives this text."""
    return "e" if isinstance(value, CellError) else "str"


def _escaped(text: str) -> str:
    """A text as XML. Raises `NotReadable` for half of a surrogate pair."""
    text = as_xml(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotReadable(Text("it holds a character that no file can hold",
                               "它含有任何文件都不能保存的字符")) from None
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
