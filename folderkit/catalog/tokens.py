"""Words to index: Han runs as overlapping pairs, Latin words and numbers as they are.

The scheme is that of the bigram analyzers of full-text engines: ``违约金`` becomes ``违约 约金 金``, so that
every string of two or more characters is found, as a phrase, and nothing else is. Punctuation becomes a token of
its own, so that no phrase is found across it; what joins words (``PO-123``, ``A 区``) does not. Traditional characters
are indexed as simplified ones. Who changes what is indexed raises `schema.SCHEMA`: what is taken out of the index has
to be what was put in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from operator import add

from folderkit.catalog.chinese import readings, simplified

HAN = r"\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff" \
      r"\U00020000-\U0003ffff"
JOINT = r"(?:[^\S\n]|[-_/\\'’&+#@·]|[.](?!\s|$))"  # what may stand between two words of one phrase
BREAK = "\ue000"  # of the private use area: no text that is indexed holds it as a word
SYLLABLE, INITIAL = "\ue001", "\ue002"  # before a token of pinyin, so that no word is taken for one
_RUN = re.compile(rf"([{HAN}]+)|[^\W_{HAN}]+")  # one pattern for all: classes so wide take 2 ms each to compile
_JOINTS = re.compile(f"{JOINT}*")


def normalise(text: str) -> str:
    """NFKC without case: how text is compared. The length may change."""
    return unicodedata.normalize("NFKC", text).casefold()


def is_han(run: str) -> bool:
    found = _RUN.match(run)
    return found is not None and found[1] is not None


def runs(text: str) -> Iterator[str]:
    """The runs of a normalised text, with `BREAK` where punctuation or a line's end parts two of them."""
    for run, _ in _runs_and_kinds(text):
        yield run


def _runs_and_kinds(text: str) -> Iterator[tuple[str, bool]]:
    """The same, each with whether it is Han."""
    end = -1
    for found in _RUN.finditer(text):
        start = found.start()
        if 0 <= end < start and not _are_joined(text, end, start):
            yield BREAK, False
        yield found[0], found.lastindex == 1
        end = found.end()


def _are_joined(text: str, end: int, start: int) -> bool:
    """Whether only joints stand between two runs: the whole text is looked at, since a dot looks ahead."""
    found = _JOINTS.match(text, end)
    return found is not None and found.end() == start


def index_tokens(text: str) -> str:
    """The tokens of a text, separated by spaces, as they go into the index."""
    tokens: list[str] = []
    for run, han in _runs_and_kinds(simplified(normalise(text))):
        if han:
            tokens += pairs(run)
        else:
            tokens.append(run)
    return " ".join(tokens)


def pairs(run: str) -> list[str]:
    """``违约金`` → ``违约``, ``约金``, ``金``."""
    return [*map(add, run, run[1:]), run[-1]]


def body_tokens(passages: Iterable[str]) -> str:
    """The tokens of a file's passages: none is found from one into the next."""
    return f" {BREAK} ".join(filter(None, map(index_tokens, passages)))


def pinyin_tokens(text: str) -> str:
    """How the Han of a name or title is read, as syllables and as their initials; "" where it has none."""
    told: list[str] = []
    for run, han in () if text.isascii() else _runs_and_kinds(simplified(normalise(text))):
        for reading in readings(run) if han and len(run) > 1 else ():
            told += [SYLLABLE + syllable for syllable in reading]
            told.append(BREAK)
            told += [INITIAL + syllable[0] for syllable in reading]
            told.append(BREAK)
    return " ".join(told[:-1])
