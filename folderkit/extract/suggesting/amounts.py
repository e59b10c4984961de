"""Amounts of money: with their currency, in Chinese characters, or behind a word such as Total."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from folderkit.core.amounts import NotAnAmount, read_words
from folderkit.core.currencies import CODES
from folderkit.core.suggestions import AMOUNT, IN_WORDS, NET, TAX, TOTAL
from folderkit.extract.suggesting.finding import Found, Labels, Spans

_LARGE = {
    "十": 10, "百": 100, "千": 1000, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "k": 1000, "thousand": 1000, "m": 10**6, "million": 10**6,
    "mn": 10**6, "bn": 10**9, "billion": 10**9,
}
_NUMBER = (r"(?P<n>\d{1,3}(?:[,，]\d{3})+(?:\.\d{1,4})?|\d{1,3}(?:\.\d{3})+,\d\d|\d{1,3}(?:[\u00a0\u202f'’]\d{3})+"
           r"(?:[.,]\d\d)?|\d{1,15}(?:[.,]\d\d(?!\d)|\.\d{1,6})?)(?![\d.,，]*\d)")
_LARGE_HAN = r"[^\S\n\t]?(?P<h>[十百千]?[万亿]|千)"
_LARGE_LATIN = r"[^\S\n\t]?(?P<l>thousand|million|billion|mn|bn|m|k)(?![A-Za-z])"
_SIGNS = "|".join(re.escape(one) for one in sorted(CODES, key=len, reverse=True)
                  if one not in ("元", "圆", "yuan", "dollars", "euros", "euro"))
_AFTER = "|".join(re.escape(one) for one in sorted(CODES, key=len, reverse=True)
                  if not one.endswith(("$", "￥", "¥")) and one not in ("元", "圆", "mop"))
_NO_MONEY = "素件旦月组神器首年宵宇数编"  # 元 before these is another word
_SIGN = r"(?P<s>(?<![\w)）])[-–−]|)"  # behind a word it is a hyphen, or that of a range
_BEFORE_NUMBER = re.compile(
    rf"{_SIGN}(?:(?<![A-Za-z$])(?P<c>{_SIGNS}))[^\S\n\t]{{0,2}}[:：]?[^\S\n\t]?(?P<t>[-–−]?){_NUMBER}"
    rf"(?:{_LARGE_HAN}|{_LARGE_LATIN})?(?:[^\S\n\t]?[元圆]整?)?(?![%％])", re.IGNORECASE)
_BEHIND_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9.,，\u00a0\u202f'’]){_SIGN}{_NUMBER}(?:{_LARGE_HAN}|{_LARGE_LATIN})?[^\S\n\t]?"
    rf"(?:(?P<c>{_AFTER})(?![A-Za-z])|(?P<y>[元圆])(?![{_NO_MONEY}]))", re.IGNORECASE)
_ONES = "壹贰貳叁參肆伍陆陸柒捌玖零〇一二三四五六七八九"
_IN_NUMBERS = rf"[{_ONES}拾佰仟万萬亿億兩两十百千]"
_WORDS = re.compile(rf"(?P<s>负|[（(]负数?[)）]|)(?<![数几上近多])(?<!{_IN_NUMBERS})(?<!{_IN_NUMBERS}[^\S\n\t])"
                    rf"(?P<w>{_IN_NUMBERS}{{2,40}}[元圆圓](?![{_NO_MONEY}])"
                    rf"(?:[{_ONES}]{{1,2}}角|零)?(?:[{_ONES}]{{1,2}}分)?)[整正]?")
_CAPITAL = re.compile("[壹贰貳叁參肆伍陆陸柒捌玖拾佰仟]")
_LABELLED = re.compile(  # without a currency: only of a total that is written as money is
    rf"(?<![A-Za-z0-9.,，$€£¥￥]){_SIGN}"
    r"(?P<n>\d{1,3}(?:[,，]\d{3})+(?:\.\d\d)?|\d{1,12}\.\d\d|\d{1,3}(?:\.\d{3})+,\d\d)"
    r"(?![\d%％]|[.,，]\d|[^\S\n\t]?[%％‰‱])"
    r"(?![^\S\n\t]{0,2}(?:[十百千]?[万亿]|千|[件台套天月年次吨米个份㎡]|人(?!民)|项(?!目)|小时"
    r"|公[斤里]|平方"  # of something else
    r"|(?:thousand|million|billion|mn|bn|k|m|m2|km|kg|hrs?|hours?|days?|weeks?|months?|pcs|pieces|units?)(?![A-Za-z])))",
    re.IGNORECASE)
_IN_LARGE = re.compile(  # what is told above a column of a table
    r"单位[:：]?[^\S\n]?(?:人民币)?[十百千]?[万亿千]元|[（(](?:单位[:：])?(?:人民币)?[十百千]?[万亿千]元[)）]"
    r"|in (?:thousands|millions)(?![a-z])", re.IGNORECASE)
_TOTAL = (r"价税合计|合同(?:总)?(?:金额|价款|价|额)|总(?:金额|价款|价|额|计)|合计(?:金额)?|应付(?:金额|总额)"
          r"|(?<!不)含税(?:金额|总?价)?"
          r"|(?<![a-z])(?:(?:grand )?total(?: amount| price| due| fee| value| sum)?s?|amount due|balance due"
          r"|contract (?:price|value|sum|amount)|incl(?:\.|uding)? ?(?:vat|tax))(?![a-z])")
_LABELS = Labels({
    TOTAL: _TOTAL,
    NET: r"不含税(?:金额|总?价|总额)?|税前|小计|(?<![a-z])(?:sub-?total|net(?: amount| total| price)?"
         r"|excl(?:\.|uding)? ?(?:vat|tax)|before tax)(?![a-z])",
    TAX: r"税额|增值税|税金|(?<![a-z])(?:vat|(?:sales )?tax(?: amount)?|mwst\.?)(?![a-z])",
    "": r"违约金|保证金|押金|定金|预付款|单价|罚款"
        r"|(?<![a-z])(?:penalty|deposit|unit price|per|advance|paid|discount)(?![a-z])",
})
_HEADS = ("total", "amount", "balance", "price", "value", "合计", "金额", "总价", "总额", "总计", "价款")
_DIGIT = re.compile(r"\d")
_PART_BEFORE = re.compile(r"\d[^\S\n\t]?[十百千]?[万亿]\Z")  # of a number in two parts: 12万5000元
_GROUP = re.compile(r"\d{3}(?!\d)")  # of thousands, told apart by a blank
_GROUP_BEFORE = re.compile(r"(?<!\d)\d{1,3}[ ]\Z")
_GROUP_BEHIND = re.compile(r"[ ]\d{3}(?!\d)")
_RANGE_BEHIND = re.compile(r"[ ]?[-–~～至][ ]?\d[\d,.]*[ ]?[十百千]?[万亿]")
_MORE_THAN_CENTS = re.compile(r"\.\d{3,}\Z")
_TWO_WAYS = re.compile(r"[1-9]\d{0,2}\.\d{3}")  # in euros and francs this is written for a thousand, too
_BEFORE, _BEHIND = 44, 44  # characters around the word of a currency in which its number stands
_LARGEST = Decimal(10) ** 15


def find(text: str, spans: Spans) -> Iterator[Found]:
    """Every amount in the text, with its currency and what it is said to be."""
    taken: list[tuple[int, int]] = []
    for begin, end in spans.around(CODES, _BEFORE, _BEHIND):
        if not _DIGIT.search(text, begin, end):
            continue
        for pattern in (_BEFORE_NUMBER, _BEHIND_NUMBER):
            for match in pattern.finditer(text, begin, end):
                one = _amount(text, match)
                if one and not any(start < one.end and one.start < stop for start, stop in taken[-8:]):
                    taken.append((one.start, one.end))
                    yield one
    for begin, end in spans.around(("元", "圆", "圓"), _BEFORE, 12):
        yield from _in_words(text, begin, end)
    yield from _labelled(text, spans, taken)


def _labelled(text: str, spans: Spans, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Amounts without a currency that a word before them tells; none of those that are `taken`, and none where a
    table may count in thousands."""
    in_large: bool | None = None  # looked for when there is an amount: it takes as long as all else
    for begin, end in spans.around(_HEADS, 16, _BEHIND):
        for match in _LABELLED.finditer(text, begin, end):
            role = "" if any(start <= match.start() < stop or start <= match.end("n") < stop or stop == match.start()
                             for start, stop in taken) else _LABELS.before(text, match.start())
            value = _value(match["n"]) if role else None
            if value and in_large is None:
                in_large = _IN_LARGE.search(text) is not None
            if value and not in_large:
                value = -value if match["s"] else value
                yield Found(match.start(), match.end(), AMOUNT, f"{value:.2f}", float(value), "", role)


def _amount(text: str, match: re.Match[str]) -> Found | None:
    number, large = match["n"], match["h"] or (match["l"] or "").casefold()
    value = _value(number)
    written = (match["c"] or "元").casefold()
    if (written == "$" and not large and re.fullmatch(r"\d", number)):  # $1 of a program
        return None
    if _is_a_part(text, match, bool(large)):
        return None
    if not large and CODES[written] in ("EUR", "CHF") and _TWO_WAYS.fullmatch(number):
        return None
    if value >= 1000 and _MORE_THAN_CENTS.search(number):  # the letters of a scan, read wrongly
        return None
    value *= _LARGE.get(large, 1)
    if match["s"] or match.groupdict().get("t"):
        value = -value
    if not 0 < abs(value) < _LARGEST:
        return None
    return Found(match.start(), match.end(), AMOUNT, f"{value:.2f}", float(value), CODES[written],
                 _LABELS.before(text, match.start()))


def _is_a_part(text: str, match: re.Match[str], with_large: bool) -> bool:
    """Whether more of the number stands beside what was matched: 12万|5000元, 1 234|567.89, ￥3|-5万元."""
    before, end = text[max(0, match.start() - 5) : match.start()], match.end("h" if match["h"] else "n")
    if _PART_BEFORE.search(before) or (match["h"] and text[end : end + 1].isdigit()):
        return True
    if _GROUP.match(match["n"]) and match.start() == match.start("n") and _GROUP_BEFORE.search(before):
        return True
    if len(match["n"]) <= 3 and match["n"].isdigit() and _GROUP_BEHIND.match(text, end):
        return True
    return not with_large and _RANGE_BEHIND.match(text, end) is not None


def _value(number: str) -> Decimal:
    """The number, as it is written in English, Chinese or German ways."""
    plain = re.sub("[\u00a0\u202f'’]", "", number).replace("，", ",")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d\d|\d+,\d\d", plain):
        plain = plain.replace(".", "").replace(",", ".")
    return Decimal(plain.replace(",", ""))


def _in_words(text: str, begin: int, end: int) -> Iterator[Found]:
    for match in _WORDS.finditer(text, begin, end):
        try:
            value = read_words(match["w"])
        except NotAnAmount:
            continue
        value = -value if match["s"] else value
        role = IN_WORDS if _CAPITAL.search(match["w"]) else _LABELS.before(text, match.start())
        yield Found(match.start(), match.end(), AMOUNT, f"{value:.2f}", float(value), "CNY", role)
