"""Which items of two sequences are the same item: by unique ones first, then by the shortest edit, in bounded time.

Sources: patience diff (B. Cohen) for the anchors; E. W. Myers, "An O(ND) Difference Algorithm and Its Variations",
1986, for what lies between them. Both are exact where they come to an end; a budget of steps ends them otherwise, and
then fewer pairs are found than there are. difflib's worst case is quadratic and has no such end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from math import isqrt

Pair = tuple[int, int]

_STEPS = 1_500_000
"""Steps that one alignment may take, a second or two."""
_FARTHEST = 256
"""Edits that are looked ahead before the best way so far is taken."""
_DEEPEST = 64


def align(before: Sequence[Hashable], after: Sequence[Hashable], steps: int = _STEPS) -> list[Pair]:
    """The pairs (index before, index after) of items that are equal and in order, ascending."""
    names: dict[Hashable, int] = {}
    a = [names.setdefault(item, len(names)) for item in before]
    b = [names.setdefault(item, len(names)) for item in after]
    pairs: list[Pair] = []
    waiting = [(0, len(a), 0, len(b), 0)]
    while waiting:
        a0, a1, b0, b1, depth = waiting.pop()
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            pairs.append((a0, b0))
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
            pairs.append((a1, b1))
        if a0 == a1 or b0 == b1:
            continue
        anchors = _anchors(a, b, (a0, a1, b0, b1)) if depth < _DEEPEST else []
        if anchors:
            pairs += anchors
            ends = [*anchors, (a1, b1)]
            starts = [(a0, b0), *((i + 1, j + 1) for i, j in anchors)]
            waiting += [(*_interleave(start, end), depth + 1) for start, end in zip(starts, ends, strict=True)]
        elif steps > 0:
            found, used = _shortest_edit(a[a0:a1], b[b0:b1], steps)
            steps -= used
            pairs += [(a0 + i, b0 + j) for i, j in found]
    return sorted(pairs)


def gaps(pairs: Sequence[Pair], before: int, after: int) -> list[tuple[range, range]]:
    """The stretches between pairs, each with a range on either side; one more after the last pair. As many as
    there are pairs, and one: most of them empty."""
    ends = [*pairs, (before, after)]
    starts = [(0, 0), *((i + 1, j + 1) for i, j in pairs)]
    return [(range(i, k), range(j, m)) for (i, j), (k, m) in zip(starts, ends, strict=True)]


def _interleave(start: Pair, end: Pair) -> tuple[int, int, int, int]:
    return start[0], end[0], start[1], end[1]


def _anchors(a: list[int], b: list[int], part: tuple[int, int, int, int]) -> list[Pair]:
    """The longest ascending run of items that stand exactly once on each side."""
    a0, a1, b0, b1 = part
    in_a, in_b = Counter(a[a0:a1]), Counter(b[b0:b1])
    where = {b[j]: j for j in range(b0, b1) if in_b[b[j]] == 1}
    return ascending([(i, where[a[i]]) for i in range(a0, a1) if in_a[a[i]] == 1 and a[i] in where])


def ascending(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest choice of pairs, already sorted by their first, whose second ascends as well."""
    tails: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for number, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        previous.append(last[at - 1] if at else -1)
        if at == len(tails):
            tails.append(j)
            last.append(number)
        else:
            tails[at], last[at] = j, number
    chosen = []
    number = last[-1] if last else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = previous[number]
    return chosen[::-1]


def _shortest_edit(a: list[int], b: list[int], steps: int) -> tuple[list[Pair], int]:
    """The pairs of a shortest edit, or of a good one where looking farther would cost too much, and the steps used."""
    pairs: list[Pair] = []
    x = y = used = 0
    while x < len(a) and y < len(b) and used < steps:
        found, (x_end, y_end), cost = _from(a, b, (x, y), min(_FARTHEST, 8 + isqrt(steps - used)))
        pairs += found
        x, y, used = x_end, y_end, used + cost
    return pairs, used


def _from(a: list[int], b: list[int], origin: Pair, farthest: int) -> tuple[list[Pair], Pair, int]:
    """Myers's greedy walk from one point: to the end, or as far as `farthest` edits carry. `reach[k]` is how far the
    walk comes in `a` on the diagonal k; a negative k counts from the end of the list, which is long enough for both."""
    (x0, y0), n, m = origin, len(a) - origin[0], len(b) - origin[1]
    farthest = min(n + m, farthest)
    reach = [-1] * (2 * farthest + 3)
    reach[1] = 0
    trace: list[list[int]] = []
    cost = edits = k = x = 0
    for edits in range(farthest + 1):
        trace.append(reach[:])
        for k in range(-edits, edits + 1, 2):
            x = _start(reach, edits, k)
            first = x
            while x < n and x - k < m and a[x0 + x] == b[y0 + x - k]:
                x += 1
            cost += 1 + x - first
            reach[k] = x
            if x >= n and x - k >= m:
                return _walk_back(trace, edits, k, x, origin), (x0 + n, y0 + m), cost
    within = [k for k in range(-edits, edits + 1, 2) if 0 <= reach[k] <= n and reach[k] - k <= m]
    if not within:
        return [], (x0 + n, y0 + m), cost
    k = max(within, key=lambda k: 2 * reach[k] - k)
    x = reach[k]
    return _walk_back(trace, edits, k, x, origin), (x0 + x, y0 + x - k), cost


def _start(reach: list[int], edits: int, k: int) -> int:
    """Where the diagonal k is entered: from above (one item of `b`), or from the left (one of `a`)."""
    if _is_from_above(reach, edits, k):
        return reach[k + 1]
    return reach[k - 1] + 1


def _is_from_above(reach: list[int], edits: int, k: int) -> bool:
    return k == -edits or (k != edits and reach[k - 1] < reach[k + 1])


def _walk_back(trace: list[list[int]], edits: int, k: int, x: int, origin: Pair) -> list[Pair]:
    """The pairs on the way that led to `x` on the diagonal k, the first first."""
    pairs: list[Pair] = []
    for number in range(edits, -1, -1):
        reach = trace[number]
        start = _start(reach, number, k)
        pairs += [(origin[0] + i, origin[1] + i - k) for i in range(x - 1, start - 1, -1)]
        if _is_from_above(reach, number, k):
            k, x = k + 1, start
        else:
            k, x = k - 1, start - 1
    return pairs[::-1]
