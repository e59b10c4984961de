"""Which words of a text changed, and how alike two texts are. Chinese is looked at by character, all else by word."""

from __future__ import annotations

import re
from collections import Counter

from folderkit.differences.align import align

Mark = tuple[int, int]

HAN = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{HAN}]|\d+(?:[.,]\d+)*|[^\W\d_{HAN}]+|\s+|.")
_LEAST_IN_COMMON = 0.2
"""Below that, a text was written anew, and marks on every second word would only confuse."""

_STEPS_PER_WORD = 20


def tokens(text: str) -> list[str]:
    """The words, numbers, Chinese characters, signs and blanks of a text, in their order."""
    return _TOKEN.findall(text)


def weights(text: str) -> Counter[str]:
    """How many characters each word of a text brings, blanks left out."""
    found: Counter[str] = Counter()
    for token in tokens(text):
        if not token.isspace():
            found[token] += len(token)
    return found


def likeness(before: Counter[str], after: Counter[str]) -> float:
    """How much of two texts is the same words: 0 nothing, 1 all (Dice's coefficient over characters)."""
    if len(before) > len(after):
        before, after = after, before
    total = before.total() + after.total()
    common = sum(min(count, after[token]) for token, count in before.items() if token in after)
    return 2 * common / total if total else 1.0


def marks(before: str, after: str) -> tuple[list[Mark], list[Mark]]:
    """What changed from one text to the other: (start, end) of each stretch in the one and in the other."""
    old, new = tokens(before), tokens(after)
    left, right = ([" " if "\n" in word else word for word in words] for words in (old, new))
    runs = _runs(align(left, right, _STEPS_PER_WORD * (len(old) + len(new))))
    old_at, new_at = _offsets(old), _offsets(new)
    kept = [run for run in runs if not _is_island(run, old, len(new))]
    common = sum(old_at[end] - old_at[start] for start, end, _ in kept)
    if common < _LEAST_IN_COMMON * max(len(before), len(after)):
        return [(0, len(before))] if before else [], [(0, len(after))] if after else []
    return (_between([(old_at[start], old_at[end]) for start, end, _ in kept], len(before)),
            _between([(new_at[at], new_at[at + end - start]) for start, end, at in kept], len(after)))


def _runs(pairs: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Pairs that follow one another as (start, end, where it starts in the other)."""
    runs: list[tuple[int, int, int]] = []
    for i, j in pairs:
        if runs and runs[-1][1] == i and runs[-1][2] + i - runs[-1][0] == j:
            runs[-1] = (runs[-1][0], i + 1, runs[-1][2])
        else:
            runs.append((i, i + 1, j))
    return runs


def _is_island(run: tuple[int, int, int], old: list[str], new: int) -> bool:
    """A blank, a sign or one Chinese character between two changes belongs to them when it is read."""
    start, end, at = run
    inside = (start or at) and (end < len(old) or at + end - start < new)
    return bool(inside) and sum(len(token.strip()) for token in old[start:end]) <= 1


def _offsets(words: list[str]) -> list[int]:
    """Where each word starts, and where the last one ends."""
    found = [0]
    for word in words:
        found.append(found[-1] + len(word))
    return found


def _between(kept: list[Mark], length: int) -> list[Mark]:
    """The stretches that the kept ones leave."""
    starts = [0, *(end for _, end in kept)]
    ends = [*(start for start, _ in kept), length]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
