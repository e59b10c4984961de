"""Amounts and dates in Chinese characters, as contracts, receipts and cheques need them; rounding as people round."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from folderkit.core.language import Text

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万")  # the last is counted in 亿
_LIMIT = Decimal(10) ** 16
_PLAIN = "〇一二三四五六七八九"


class NotAnAmount(ValueError):
    """A number for which there are no words; `message` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def rounded(value: float | Decimal, places: int) -> Decimal:
    """The number as it is written, rounded half up: 2.675 is 2.68, and -0.001 is 0. Raises `NotAnAmount` for what is
    no number at all, such as infinity."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:  # yes or no
        exact = Decimal("NaN")
    if not exact.is_finite():
        raise NotAnAmount(Text(f"'{value}' is no number", f"“{value}”不是数字"))
    room = Context(max(28, exact.adjusted() + places + 2))
    found = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, room) if exact.adjusted() < 25 else exact
    return abs(found) if found == 0 else found


def capital_amount(value: float | Decimal) -> str:
    """An amount of money in capital characters: 10.05 is 壹拾元零伍分, 1200 壹仟贰佰元整. Raises `NotAnAmount` from ten
    quadrillion on. The rules are those for filling in bills (支付结算办法, appendix 1)."""
    amount = rounded(value, 2)
    if abs(amount) >= _LIMIT:
        raise NotAnAmount(Text("the amount is too large for words", "金额过大，无法大写"))
    sign = "负" if amount < 0 else ""
    yuan, cents = divmod(int(abs(amount) * 100), 100)
    jiao, fen = divmod(cents, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if not cents:
        return f"{sign}{words or '零元'}整"
    if not jiao and yuan:
        words += "零"
    words += f"{_DIGITS[jiao]}角" if jiao else ""
    return f"{sign}{words}{_DIGITS[fen]}分" if fen else f"{sign}{words}整"


def _whole(number: int) -> str:
    """A whole number in capital characters; zeros between its digits are said once."""
    words, gap = "", False
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            gap = bool(words)
            words += "亿" if place == 2 else ""  # 壹万亿: what was counted in it
            continue
        if words and (gap or group < 1000):
            words += "零"
        gap = False
        words += _group(group) + _GROUPS[place]
    return words


def _group(number: int) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return words


_VALUES = {char: value for value, chars in enumerate(
    ("零〇", "壹一", "贰貳二两兩", "叁參三", "肆四", "伍五", "陆陸六", "柒七", "捌八", "玖九")) for char in chars}
_TENS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}


def read_words(words: str) -> Decimal:
    """The amount that Chinese characters say, capital ones or others, such as 壹拾贰万元, 三千五百元 or 伍元贰角.
    Raises `NotAnAmount` for what is none, or none that is written properly."""
    found = _AMOUNT.fullmatch(words)
    if not found:
        raise NotAnAmount(Text(f"'{words}' is no amount", f"“{words}”不是金额"))
    cents = sum(_VALUES[found[name][-2]] * weight for name, weight in (("j", 10), ("f", 1)) if found[name])
    return Decimal(_whole_in(found["y"])) + Decimal(cents) / 100


_DIGIT = "".join(_VALUES)
_AMOUNT = re.compile(f"(?P<y>[{_DIGIT}{''.join(_TENS)}{''.join(_MYRIADS)}]+)[元圆圓](?P<j>零?[{_DIGIT}]角)?零?"
                     f"(?P<f>零?[{_DIGIT}]分)?[整正]?")


def _whole_in(words: str) -> int:
    """A whole number in words, each place at most once and the larger before the smaller."""
    total = group = digit = 0
    last, left = 10**4, "万亿"  # the place before in this group, and what groups may still be counted in
    for char in words:
        if char in _VALUES:
            if digit:
                raise _unclear(words)
            digit = _VALUES[char]
        elif char in _TENS:
            place = _TENS[char]
            if place >= last or not (digit or (place == 10 and last > 10)):
                raise _unclear(words)
            group, digit, last = group + (digit or 1) * place, 0, place
        else:
            place = _MYRIADS[char]
            counted = group + digit
            name = "亿" if place == 10**8 else "万"
            if name not in left or (not counted and not (name == "亿" and total)):
                raise _unclear(words)
            total = (total + counted) * place if name == "亿" else total + counted * place
            group, digit, last, left = 0, 0, 10**4, "万" if name == "亿" else left.replace("万", "")
    return total + group + digit


def _unclear(words: str) -> NotAnAmount:
    return NotAnAmount(Text(f"'{words}' can be read in more than one way", f"“{words}”可以有不同的读法"))


def chinese_date(day: dt.date) -> str:
    """A date in characters: 二〇二六年三月三十一日."""
    year = "".join(_PLAIN[int(digit)] for digit in str(day.year))
    return f"{year}年{_tens(day.month)}月{_tens(day.day)}日"


def _tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _PLAIN[tens]) + "十" if tens else "") + (_PLAIN[ones] if ones else "")
