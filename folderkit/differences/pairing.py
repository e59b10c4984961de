"""Which items of two stretches that differ are the same item, changed: the most alike are paired, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

_LONGEST = 100
"""Items on either side in a stretch; a longer one is cut into pieces of that."""
_SHORTEST = 4
"""Where less can be looked at together, nothing is."""
_MOST = 1_000_000
_MOST_CHARACTERS = 60_000_000
"""Comparisons, and characters in them, of one file: some seconds."""


class Step(NamedTuple):
    """What lies beside each other: an item of both, of the one (`after` is None) or of the other."""

    before: int | None
    after: int | None


def longest(items: int, weight: int) -> int:
    """How long a stretch may be on either side, so that all stretches of `items` together take seconds; `weight`
    is what comparing each of them once costs, in characters."""
    return max(1, min(_LONGEST, _MOST // max(1, items), _MOST_CHARACTERS // max(1, weight)))


def pair(before: range, after: range, likeness: Callable[[int, int], float], least: float, most: int
         ) -> Iterator[Step]:
    """Every item of both stretches, in order; two whose likeness is at least `least` may be one step.

    A stretch is cut where it has more than `most` squared comparisons: the time is proportional to its length.
    """
    most *= most
    waiting = [(before, after)]
    while waiting:
        old, new = waiting.pop()
        if len(old) * len(new) > most >= _SHORTEST**2 and min(len(old), len(new)) > 1:
            half_old, half_new = len(old) // 2, len(new) // 2
            waiting += [(old[half_old:], new[half_new:]), (old[:half_old], new[:half_new])]
        elif len(old) * len(new) > most or most < _SHORTEST**2:
            yield from _apart(old, new)
        else:
            yield from _pair_small(old, new, likeness, least)


def _apart(old: range, new: range) -> Iterator[Step]:
    yield from (Step(i, None) for i in old)
    yield from (Step(None, j) for j in new)


def _pair_small(old: range, new: range, likeness: Callable[[int, int], float], least: float) -> Iterator[Step]:
    if not old or not new:
        yield from _apart(old, new)
        return
    alike = [[likeness(i, j) for j in new] for i in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(new) - 1, -1, -1):
            apart = max(below[j], row[j + 1])
            here = alike[i][j]
            row[j] = max(apart, here + below[j + 1]) if here >= least else apart
    i = j = 0
    while i < len(old) and j < len(new):
        if alike[i][j] >= least and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            yield Step(old[i], new[j])
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield Step(old[i], None)
            i += 1
        else:
            yield Step(None, new[j])
            j += 1
    yield from _apart(old[i:], new[j:])
