"""Facts that a text suggests: what each is, and which of them may stand for a whole file, by one rule for all.

They are found by `extract.suggesting`, kept by the catalog, and taken by a person or a rule alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

AMOUNT, DATE, CONTRACT, INVOICE, INVOICE_CODE, PARTY, TAX_ID = (
    "amount", "date", "contract", "invoice", "invoice_code", "party", "tax_id")
KINDS = (AMOUNT, DATE, CONTRACT, INVOICE, INVOICE_CODE, PARTY, TAX_ID)
TOTAL, NET, TAX, IN_WORDS = "total", "net", "tax", "words"  # roles of an amount
SIGNED, ISSUED, DUE, START, END = "signed", "issued", "due", "start", "end"  # of a date
FIRST, SECOND, OTHER = "a", "b", "c"  # of a party: 甲方 and who buys, 乙方 and who sells


class Suggested(NamedTuple):
    """A fact that a text suggests, of a `kind` (amount, date, party, …), with its `value` in one form for all ways of
    writing it, its `number` where it has one (of a day, `date.toordinal`) and the `unit` of that (CNY; "": not said);
    `role` is what it is said to be (total, issued, …; "": nothing). It stands at `place`, in the passage of that
    index, from `start` on."""

    kind: str
    value: str
    number: float | None
    unit: str
    role: str
    place: str
    passage: int
    start: int
    length: int


def _only(found: Iterable[Suggested]) -> str:
    """The value that all of them have; "" where there are several, or none."""
    values = list(dict.fromkeys(one.value for one in found))
    return values[0] if len(values) == 1 else ""


def of_role(found: Sequence[Suggested], kind: str, *roles: str) -> str:
    """The one value of a kind in the first of the roles that has any; "" where it has several."""
    for role in roles:
        those = [one for one in found if one.kind == kind and one.role == role]
        if those:
            return _only(those)
    return ""


def amount_of(found: Sequence[Suggested]) -> Suggested | None:
    """The amount that a whole file is about: the one that stands there in words, else the one that is called the total,
    else the only one. None where words and total disagree: one of them is that of a penalty or a deposit."""
    amounts = [one for one in found if one.kind == AMOUNT]
    words, totals = ([one for one in amounts if one.role == role] for role in (IN_WORDS, TOTAL))
    if words and totals and words[0].value not in [one.value for one in totals]:
        return None
    for some in (words, totals, amounts):
        if some:
            return some[0] if len({(one.value, one.unit) for one in some}) == 1 else None
    return None


def _amount(found: Sequence[Suggested], own: Sequence[str]) -> str:
    one = amount_of(found)
    return one.value if one else ""


def _currency(found: Sequence[Suggested], own: Sequence[str]) -> str:
    one = amount_of(found)
    return one.unit if one else ""


def _counterparty(found: Sequence[Suggested], own: Sequence[str]) -> str:
    """The only party that is not ourselves."""
    return _only(one for one in found if one.kind == PARTY and not is_own(one.value, own))


def is_own(name: str, own: Sequence[str]) -> bool:
    """Whether a party is one that is called by any of the `own` names, in full or by a part of it."""
    return any(one and (one.casefold() in name.casefold() or name.casefold() in one.casefold()) for one in own)


FACTS: dict[str, Callable[[Sequence[Suggested], Sequence[str]], str]] = {
    "amount": _amount,
    "currency": _currency,
    "date": lambda found, own: of_role(found, DATE, SIGNED, ISSUED),
    "due": lambda found, own: of_role(found, DATE, DUE, END),
    "contract": lambda found, own: _only(one for one in found if one.kind == CONTRACT),
    "invoice": lambda found, own: _only(one for one in found if one.kind == INVOICE),
    "counterparty": _counterparty,
    "party_a": lambda found, own: of_role(found, PARTY, FIRST),
    "party_b": lambda found, own: of_role(found, PARTY, SECOND),
    "tax_id": lambda found, own: _only(one for one in found if one.kind == TAX_ID),
}
"""What a rule may take as a fact of a file: from what its text suggests, and the names of the firm. Empty where the
text leaves a doubt."""
