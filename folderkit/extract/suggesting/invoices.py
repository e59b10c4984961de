"""Chinese invoices (发票), whose two sides stand side by side: who buys and who sells, and net, tax and total."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from folderkit.core.suggestions import AMOUNT, FIRST, IN_WORDS, NET, PARTY, SECOND, TAX, TOTAL
from folderkit.extract.suggesting.finding import Found
from folderkit.extract.suggesting.parties import ORGANISATION, PERSON

_TOTAL = re.compile(r"价[^\S\n]?税[^\S\n]?合[^\S\n]?计")
_LABEL = re.compile(r"(?:(?<![\u4e00-\u9fff])|(?<=[购买销售方信息位]))名[^\S\n]{0,4}称[^\S\n]{0,2}[:：][^\S\n]{0,6}")
_ENDS = re.compile(  # a name: the words of the frame follow it, or a line that was joined to it
    r"\Z|\s|[购买销售方信息]{1,5}(?![\u4e00-\u9fff])|[购销]|统一社会信用代码|纳税人识别号|税号|地址|名[^\S\n]{0,4}称[^\S\n]{0,2}[:：]")
_LONGEST = 90
_WINDOW = 60


def is_invoice(text: str) -> bool:
    """Whether a text may be that of an invoice."""
    return "发票" in text and _TOTAL.search(text) is not None


def refined(text: str, found: Sequence[Found]) -> list[Found]:
    """What was found in an invoice, with the two parties where no label tells them, and with the amounts in their roles
    where net and tax add up to the total: `合计` stands before the net one."""
    result = _amounts(found)
    if not any(one.kind == PARTY for one in found):
        result += _parties(text)
    return result


def _parties(text: str) -> Iterator[Found]:
    """The names behind two labels 名称, which stand beside each other or in two frames; none where that is in doubt."""
    labels = list(_LABEL.finditer(text))
    if len(labels) != 2:
        return
    one, two = labels
    names = [_name(text, label.end()) for label in labels]
    if not all(names) or names[0] == names[1]:
        return
    before, between = text[max(0, one.start() - _WINDOW) : one.start()], text[one.end() : two.start()]
    sells_first = "销" in before and "购" not in before
    if sells_first and "购" not in between:
        return
    roles = (SECOND, FIRST) if sells_first else (FIRST, SECOND)
    for label, name, role in zip(labels, names, roles, strict=True):
        yield Found(label.end(), label.end() + len(name), PARTY, name, None, "", role)


def _name(text: str, start: int) -> str:
    """The name of an organisation or a person that begins here; "" for anything else."""
    for pattern in (ORGANISATION, PERSON):
        match = pattern.match(text, start, start + _LONGEST)
        while match:
            if _ENDS.match(text, match.end()):
                return match[0]
            match = pattern.match(text, start, match.end() - 1)
    return ""


def _amounts(found: Sequence[Found]) -> list[Found]:
    amounts = sorted((one for one in found if one.kind == AMOUNT), key=lambda one: one.start)
    others = [one for one in found if one.kind != AMOUNT]
    told = [one for role in (IN_WORDS, TOTAL) for one in amounts if one.role == role]
    plain = [one for one in amounts if one.role != IN_WORDS]
    for total in dict.fromkeys(one.value for one in told):
        parts = {(net.value, tax.value) for net, tax in itertools.pairwise(plain)
                 if Decimal(net.value) + Decimal(tax.value) == Decimal(total)
                 and abs(Decimal(tax.value)) < abs(Decimal(net.value))}
        if len(parts) == 1:
            ((net_value, tax_value),) = parts
            roles = {total: TOTAL, net_value: NET, tax_value: TAX}
            return [*others, *(one if one.role == IN_WORDS else one._replace(role=_role(one, roles))
                               for one in amounts)]
    return [*others, *amounts]


def _role(one: Found, roles: dict[str, str]) -> str:
    """The role that adds up; any other that is called a total is that of a part."""
    return roles.get(one.value) or ("" if one.role == TOTAL else one.role)
