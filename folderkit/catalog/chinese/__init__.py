"""Chinese characters for finding: traditional ones as simplified, and how a character is read in pinyin.

The tables lie beside this file, with where they come from in their first lines. They are read when first needed.
"""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path

_MOST_READINGS = 4  # of one name: more only make noise
_MOST_WAYS = 8
_LONGEST, _SYLLABLE = 48, 6  # letters
_SOUNDS = {"m", "n", "hm", "ng"}  # that nobody types for a word
_U = str.maketrans("üÜ", "vv")


def simplified(text: str) -> str:
    """The text with its traditional characters as simplified ones. Its length stays."""
    return text if text.isascii() else text.translate(_simplified())


def has_traditional(text: str) -> bool:
    """Whether any of its characters is a traditional one."""
    return _any_traditional().search(text) is not None


def alike(char: str) -> str:
    """The characters that are taken for the same as `char`, itself among them."""
    plain = simplified(char)
    return plain + _traditional().get(plain, "")


def readings(run: str) -> list[list[str]]:
    """How a run of Han may be read, each reading as its syllables; none where a character's is not known."""
    table = _pinyin()
    each = [table.get(char) for char in simplified(run)]
    if not all(each):
        return []
    return [list(one) for one in itertools.islice(itertools.product(*filter(None, each)), _MOST_READINGS)]


def homophones(char: str) -> str:
    """The characters that are read as `char` is."""
    table = _pinyin()
    return "".join(_read_as()[syllable] for syllable in table.get(simplified(char), ()))


def syllables(word: str) -> list[list[str]]:
    """The ways to part a word of Latin letters into syllables; of the last one the beginning is enough."""
    word = word.translate(_U)
    if len(word) > _LONGEST:
        return []
    known, beginnings = _syllables()
    ways: list[list[list[str]]] = [[] for _ in range(len(word))]  # to part what stands from each place on
    for at in range(len(word) - 1, -1, -1):
        rest = word[at:]
        if rest in beginnings and (at or rest in known):
            ways[at].append([rest])
        for size in range(min(_SYLLABLE, len(rest) - 1), 0, -1):  # long ones first, as people read them
            if rest[:size] in known:
                ways[at] += ([rest[:size], *way] for way in ways[at + size])
        del ways[at][_MOST_WAYS:]
    return ways[0] if word else []


@functools.cache
def _simplified() -> dict[int, str]:
    pairs = "".join(_lines("simplified.txt"))
    return {ord(old): new for old, new in zip(pairs[::2], pairs[1::2], strict=True)}


@functools.cache
def _any_traditional() -> re.Pattern[str]:
    """For much text: it takes a tenth of what looking at each character does, and 3 ms to be made."""
    return re.compile(f"[{''.join(map(chr, _simplified()))}]")


@functools.cache
def _traditional() -> dict[str, str]:
    found: dict[str, str] = {}
    for old, new in _simplified().items():
        found[new] = found.get(new, "") + chr(old)
    return found


@functools.cache
def _pinyin() -> dict[str, tuple[str, ...]]:
    """The readings of each character, the usual one first."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines("pinyin.txt"):
        syllable, _, chars = line.partition(" ")
        for char in chars:
            found[char] = (*found.get(char, ()), syllable)
    return found


@functools.cache
def _read_as() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines("pinyin.txt"):
        syllable, _, chars = line.partition(" ")
        found[syllable] = found.get(syllable, "") + chars
    return found


@functools.cache
def _syllables() -> tuple[frozenset[str], frozenset[str]]:
    """All syllables, and all that one begins with."""
    known = frozenset(_read_as()) - _SOUNDS
    return known, frozenset(syllable[:size] for syllable in known for size in range(1, len(syllable) + 1))


def _lines(name: str) -> list[str]:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]
