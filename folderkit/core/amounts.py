"""Amounts and dates in Chinese characters, as contracts, receipts and cheques need them; rounding as people round."""

from __future__ import annotations

import datetime as dt
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


def chinese_date(day: dt.date) -> str:
    """A date in characters: 二〇二六年三月三十一日."""
    year = "".join(_PLAIN[int(digit)] for digit in str(day.year))
    return f"{year}年{_tens(day.month)}月{_tens(day.day)}日"


def _tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _PLAIN[tens]) + "十" if tens else "") + (_PLAIN[ones] if ones else "")
