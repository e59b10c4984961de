"""Facts that a text suggests: amounts, dates, numbers of contracts and invoices, parties, tax ids, each with its place.

Pure functions of the text. What may be read in two ways is left out: a fact too few is asked for, one too many is
believed.
"""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from folderkit.core.suggestions import Suggested
from folderkit.extract.suggesting import amounts, days, invoices, numbers, parties, tax_ids
from folderkit.extract.suggesting.finding import Found, Spans

LONGEST = 200_000  # characters of a text that are looked at: what a paper is about stands in its first pages
MOST = 60  # of each kind
_LOOKED_AT = 500  # a list of a thousand invoices is about none of them
_SEEKERS: tuple[Callable[[str, Spans], Iterator[Found]], ...] = (
    amounts.find, days.find, numbers.find, parties.find, tax_ids.find)


def suggest(passages: Sequence[tuple[str, str]]) -> list[Suggested]:
    """What (place, text) passages suggest, in the order of the text; each value once for each role."""
    starts = [0, *itertools.accumulate(len(text) + 1 for _, text in passages)]
    text = "\n".join(text for _, text in passages[: bisect.bisect_left(starts, LONGEST)])[:LONGEST]
    spans = Spans(text)
    found = [one for seek in _SEEKERS for one in itertools.islice(seek(text, spans), _LOOKED_AT)]
    if invoices.is_invoice(text):
        found = invoices.refined(text, found)
    found.sort(key=lambda one: (one.start, one.kind))
    result: list[Suggested] = []
    known: set[tuple[str, str, str, str]] = set()
    count: Counter[str] = Counter()
    for one in found:
        key = (one.kind, one.value, one.unit, one.role)
        if key in known or count[one.kind] >= MOST:
            continue
        known.add(key)
        count[one.kind] += 1
        index = bisect.bisect_right(starts, one.start) - 1
        result.append(Suggested(one.kind, one.value, one.number, one.unit, one.role, passages[index][0], index,
                                one.start - starts[index], one.end - one.start))
    return result
