"""Files whose texts are alike, by the runs of five words (of Chinese: characters) that they share.

Nothing is kept for it: the index of words finds who may share any of a sample of such runs, since he has their words,
and those few are compared whole. The sample are the runs with the lowest hashes (Broder, "On the resemblance and
containment of documents", 1997), which is as good as one drawn at random: of two texts that share two fifths of their
runs, each run of the sample is shared with that probability.
"""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import add

from folderkit.catalog.catalog import Catalog
from folderkit.catalog.passages import unpack
from folderkit.catalog.sought import Sought
from folderkit.catalog.tokens import BREAK, is_han, normalise, runs

THRESHOLD = 0.4
"""The share of common runs from which two texts are alike."""
_LENGTH = 5
_SAMPLE = 32
_SHARED_BY = 5000  # texts that are looked at for one run
_COMPARED = 200
_CHARACTERS = 300_000  # of one text


def similar_contents(catalog: Catalog, texts: Iterable[str]) -> list[tuple[int, float]]:
    """(row of a content, how alike from `THRESHOLD` to 1) of the present contents that are like a text of these
    passages, the most alike first."""
    own = _runs_of_five(texts)
    if not own:
        return []
    shared: Counter[int] = Counter()
    for key in heapq.nsmallest(_SAMPLE, own):
        shared.update(row for (row,) in catalog.database.execute(
            "SELECT rowid FROM content_fts WHERE content_fts MATCH ? LIMIT ?",
            (Sought(_typed(own[key])).tokens(), _SHARED_BY)))
    found = []
    for row, _ in shared.most_common(_COMPARED):
        (packed,) = catalog.database.execute("SELECT passages FROM content WHERE row = ?", (row,)).fetchone()
        other = _runs_of_five(text for _, text in unpack(packed)).keys()
        alike = len(own.keys() & other) / len(own.keys() | other)
        if alike >= THRESHOLD:
            found.append((row, alike))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _typed(run: str) -> str:
    """A run as a person would type it: Chinese without blanks, whose pairs of characters few texts have all of."""
    words = run.split(" ")
    joints = ("" if is_han(one) and is_han(other) else " " for one, other in itertools.pairwise(words))
    return "".join(map(add, words, [*joints, ""]))


def _runs_of_five(texts: Iterable[str]) -> dict[int, str]:
    """All runs of five words by their hashes; a shorter text is one by itself."""
    found: dict[int, str] = {}
    room = _CHARACTERS
    for text in texts:
        for words in _stretches(text[:room]):
            for start in range(max(1, len(words) - _LENGTH + 1)):
                run = " ".join(words[start : start + _LENGTH])
                found[zlib.crc32(run.encode())] = run
        room -= len(text)
        if room <= 0:
            break
    return found


def _stretches(text: str) -> Iterator[list[str]]:
    """The words of a text, parted where no phrase goes on; of Chinese each character is one."""
    words: list[str] = []
    for run in runs(normalise(text)):
        if run == BREAK:
            if words:
                yield words
            words = []
        elif is_han(run):
            words += run
        else:
            words.append(run)
    if words:
        yield words
