"""Words to index: Han runs as overlapping pairs, Latin words and numbers as they are.

The scheme is that of the bigram analyzers of full-text engines: ``违约金`` becomes ``违约 约金 金``. Of names, titles
and notes the tokens keep their order, so that every string of two or more characters is found as a phrase, and nothing
else is. Punctuation becomes a token of its own, so that no phrase is found across it; what joins words (``PO-123``,
``A 区``) does not. Of texts it is a bag: which tokens stand in it, not where. Traditional characters are indexed as
simplified ones, letters without their accents, and Han that blanks part (``甲  方``) also as if they did not. Who
changes what is indexed raises `schema.SCHEMA`: what is taken out of the index has to be what was put in.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import add

from folderkit.catalog.chinese import has_traditional, readings, simplified

HAN = r"\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff" \
      r"\U00020000-\U0003ffff"
JOINT = r"(?:[^\S\n]|[-_/\\'’&+#@·]|[.](?!\s|$))"  # what may stand between two words of one phrase
BREAK = "\ue000"  # of the private use area: no text that is indexed holds it as a word
SYLLABLE, INITIAL = "\ue001", "\ue002"  # before a token of pinyin, so that no word is taken for one
_RUN = re.compile(rf"([{HAN}]+)|[^\W_{HAN}]+")  # one pattern for all: classes so wide take 2 ms each to compile
_JOINTS = re.compile(f"{JOINT}*")
_ACCENTED = re.compile("[\u00e0-\u024f\u1e00-\u1eff]")  # lower case, as all is that is looked at


def folded(text: str) -> str:
    """NFKC without case. The length may change."""
    return unicodedata.normalize("NFKC", text).casefold()


def normalise(text: str) -> str:
    """NFKC without case, Latin letters without accents: how text is compared. The length may change."""
    text = folded(text)
    if text.isascii() or not _ACCENTED.search(text):
        return text
    return text.translate(_plain_letters())


@functools.cache
def _word() -> re.Pattern[str]:
    """A Latin word, or a number; not made where nothing is indexed."""
    return re.compile(rf"[^\W_{HAN}]+")


@functools.cache
def _stretch() -> re.Pattern[str]:
    """Han, with the blanks within."""
    return re.compile(f"[{HAN}]+(?: +[{HAN}]+)*")


@functools.cache
def _plain_letters() -> dict[int, str]:
    """Latin letters with accents, and each without them."""
    found = {}
    for code in (*range(0xE0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            found[code] = base
    return found


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
    """The tokens of a name, title or note in their order, separated by spaces; where blanks part Han, also those of the
    text without these."""
    plain = simplified(normalise(text))
    tokens = _in_order(plain)
    if " " in plain and (closed := _stretch().sub(_without_blanks, plain)) != plain:
        tokens += [BREAK, *_in_order(closed)]
    return " ".join(tokens)


def _without_blanks(stretch: re.Match[str]) -> str:
    return stretch[0].replace(" ", "")


def _in_order(plain: str) -> list[str]:
    tokens: list[str] = []
    for run, han in _runs_and_kinds(plain):
        if han:
            tokens += pairs(run)
        else:
            tokens.append(run)
    return tokens


def pairs(run: str) -> list[str]:
    """``违约金`` → ``违约``, ``约金``, ``金``."""
    return [*map(add, run, run[1:]), run[-1]]


def text_tokens(passages: Iterable[str]) -> str:
    """The tokens that stand in a text of these passages, in any order."""
    text = normalise("\n".join(passages))
    words = " ".join(set(_word().findall(text)))
    stretches = "\n".join(_stretch().findall(text))
    if not stretches:
        return words
    if has_traditional(stretches):
        stretches = simplified(stretches)
    parted = (stretch.split() for stretch in stretches.split("\n") if " " in stretch) if " " in stretches else ()
    across = " ".join(one[-1] + other[0] for parts in parted for one, other in itertools.pairwise(parts))
    return f"{words} {_all_pairs(stretches.split())} {across}"


def _all_pairs(runs: Sequence[str]) -> str:
    """What `pairs` gives of all the runs: their characters and those that follow each are laid beside each other at
    once, which takes a fifth of the time that a loop does."""
    first, second = " ".join(runs), "  ".join([run[1:] for run in runs]) + " "
    laid = array("I", " ".encode("utf-32-le") * (3 * len(first)))
    laid[::3] = array("I", first.encode("utf-32-le"))
    laid[1::3] = array("I", second.encode("utf-32-le"))
    return laid.tobytes().decode("utf-32-le")


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
