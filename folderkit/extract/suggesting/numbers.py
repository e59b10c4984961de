"""Numbers of contracts, orders and invoices: behind their label, or by the form that only they have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from folderkit.core.suggestions import CONTRACT, INVOICE, INVOICE_CODE
from folderkit.extract.suggesting.finding import Found, Spans

_IS = r"[^\S\n]{0,3}(?:[:：#]|为|是|is(?![A-Za-z]))?[^\S\n]{0,4}"
_GAP = r"[^\S\n]{0,4}"  # on covers and in contracts the characters of a label stand apart
_NO = r"(?:(?:Nos?|Number|Num|ID|Ref|Reference)(?![A-Za-z])\.?|#)"
_PLAIN = (r"(?P<v>(?=[A-Za-z0-9/_.()（）-]{0,24}\d)[A-Za-z0-9][A-Za-z0-9/_.-]*"
          r"(?:[(（][A-Za-z0-9-]+[)）][A-Za-z0-9/_.-]*)?")
_HAN = r"|[\u4e00-\u9fff]{1,10}[〔\[(（]\d{4}[〕\])）](?:第)?[^\S\n]?\d{1,6}[^\S\n]?号?)"
_CONTRACT = re.compile(
    rf"(?:(?:合{_GAP}同|协{_GAP}议|订{_GAP}单|采购单|采购订单){_GAP}(?:编{_GAP}号|号{_GAP}码|号)"
    r"|(?<![A-Za-z])(?:Contract|Agreement|Purchase Order|Order|PO|SOW)"
    rf"\s?{_NO}){_IS}{_PLAIN}{_HAN}", re.IGNORECASE)
_INVOICE = re.compile(
    rf"(?:(?:发{_GAP}票|票据){_GAP}(?:号{_GAP}码|编{_GAP}号|号)"
    r"|(?<![A-Za-z])(?:Invoice|Credit Note|Bill)"
    rf"\s?{_NO}){_IS}{_PLAIN})", re.IGNORECASE)
_CODE = re.compile(rf"发票代码{_IS}(?P<v>\d{{12}}|\d{{10}})(?!\d)")
_E_INVOICE = re.compile(  # 数电票: two digits of the year, two of the region, then who issues it and a serial number
    r"(?<![\dA-Za-z.])(?P<v>(?:2[1-9]|3\d)(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{16})(?![\dA-Za-z])")
_SHORTEST = 3


def _apart(characters: str) -> list[str]:
    """These characters with a blank behind: how a label begins whose characters stand apart."""
    return [character + blank for character in characters for blank in " \u3000\xa0"]


_LABELLED = (
    (CONTRACT, _CONTRACT,
     ("合同", "协议", "订单", "采购单", *_apart("合协订"), "contract", "agreement", "order", "po", "sow")),
    (INVOICE, _INVOICE, ("发票", "票据", *_apart("发"), "invoice", "credit note", "bill")),
    (INVOICE_CODE, _CODE, ("发票代码",)))


def find(text: str, spans: Spans) -> Iterator[Found]:
    """Every such number in the text."""
    for kind, pattern, heads in _LABELLED:
        for begin, end in spans.around(heads, 2, 80):
            for match in pattern.finditer(text, begin, end):
                value = match["v"].rstrip("/_.-")
                if len(value) >= _SHORTEST:
                    yield Found(match.start("v"), match.start("v") + len(value), kind, value)
    if "发票" in text:  # else it is the number of an account, or of a parcel
        for match in _E_INVOICE.finditer(text):
            yield Found(match.start(), match.end(), INVOICE, match["v"])
