"""Words to index and to ask for: Han runs as overlapping pairs, Latin words and numbers as they are.

The scheme is that of the bigram analyzers of full-text engines: ``违约金`` becomes ``违约 约金 金``, so that
every string of two or more characters is found, as a phrase, and nothing else is. Punctuation becomes a token of
its own, so that no phrase is found across it; what joins words (``PO-123``, ``A 区``) does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_HAN = r"\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff" \
       r"\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HAN}]+)|[^\W_{_HAN}]+")  # one pattern for all: classes so wide take 2 ms each to compile
_QUOTED = re.compile(r'["“”]([^"“”]*)["“”]|(\S+)')
_BREAK = "\ue000"  # of the private use area: no text that is indexed holds it as a word
_JOINT = r"(?:[^\S\n]|[-_/\\'’&+#@·]|[.](?!\s|$))"  # what may stand between two words of one phrase
_JOINTS = re.compile(f"{_JOINT}*")


def normalise(text: str) -> str:
    """NFKC without case: how text is compared. The length may change."""
    return unicodedata.normalize("NFKC", text).casefold()


def _is_han(run: str) -> bool:
    found = _RUN.match(run)
    return found is not None and found[1] is not None


def _runs(text: str) -> Iterator[str]:
    """The runs of a normalised text, with `_BREAK` where punctuation or a line's end parts two of them."""
    for run, _ in _runs_and_kinds(text):
        yield run


def _runs_and_kinds(text: str) -> Iterator[tuple[str, bool]]:
    """The same, each with whether it is Han."""
    end = -1
    for found in _RUN.finditer(text):
        start = found.start()
        if 0 <= end < start and not _JOINTS.fullmatch(text, end, start):
            yield _BREAK, False
        yield found[0], found.lastindex == 1
        end = found.end()


def index_tokens(text: str) -> str:
    """The tokens of a text, separated by spaces, as they go into the index."""
    tokens: list[str] = []
    for run, han in _runs_and_kinds(normalise(text)):
        if han:
            tokens += _pairs(run)
        else:
            tokens.append(run)
    return " ".join(tokens)


def _pairs(run: str) -> list[str]:
    """``违约金`` → ``违约``, ``约金``, ``金``."""
    return [run[start : start + 2] for start in range(len(run))]


def parse_query(query: str) -> list[str]:
    """The words of a query that must all be found; what stands in quotes is one."""
    return [quoted or plain for quoted, plain in _QUOTED.findall(query) if normalise(quoted or plain).strip()]


def match_expression(word: str) -> str:
    """The FTS5 phrase that finds `word`, or an empty text when it holds nothing that can be looked for.

    A word that ends in a digit also finds what goes on with more (``PO-12`` finds ``PO-123``); a blank between two
    Chinese characters may be there or not.
    """
    runs = list(_runs(normalise(word)))
    if not runs:
        return ""
    joined = _joined(runs)
    return _phrase(runs) if joined == runs else f"({_phrase(runs)} OR {_phrase(joined)})"


def _joined(runs: list[str]) -> list[str]:
    """The runs with those of Han that follow one another made one."""
    joined: list[str] = []
    for run in runs:
        if joined and run != _BREAK and joined[-1] != _BREAK and _is_han(run) and _is_han(joined[-1]):
            joined[-1] += run
        else:
            joined.append(run)
    return joined


def _phrase(runs: list[str]) -> str:
    tokens: list[str] = []
    for run in runs[:-1]:
        tokens.extend(_pairs(run) if _is_han(run) else (run,))
    last = runs[-1]
    prefix = False
    if _is_han(last) and len(last) > 1:
        tokens.extend(_pairs(last)[:-1])
    else:
        tokens.append(last)
        prefix = _is_han(last) or last[-1].isdigit()
    return '"' + " ".join(tokens) + '"' + (" *" if prefix else "")


def occurrences(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where the words stand in `text`, as (start, end) of the original characters, merged and in order."""
    folded, origin = _folded(text)
    found: list[tuple[int, int]] = []
    for word in words:
        pattern = _pattern(word)
        if pattern:
            found.extend((origin[hit.start()][0], origin[hit.end() - 1][1]) for hit in pattern.finditer(folded))
    return _merged(sorted(found))


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The normalised text and, for each character of it, where it comes from. A letter and the accents that
    follow it are normalised as one, since they may become one."""
    letters: list[str] = []
    origin: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _combines(text[end]):
            end += 1
        for letter in normalise(text[start:end]):
            letters.append(letter)
            origin.append((start, end))
        start = end
    return "".join(letters), origin


def _combines(char: str) -> bool:
    return char > "\x7f" and unicodedata.combining(unicodedata.normalize("NFKC", char)[0]) != 0


def _pattern(word: str) -> re.Pattern[str] | None:
    """What finds a word in a normalised text, as the index finds it."""
    runs = list(_runs(normalise(word)))
    if not runs:
        return None
    parts: list[str] = []
    for before, run in zip([_BREAK, *runs], runs, strict=False):
        if run != _BREAK:
            if parts and before != _BREAK:
                parts.append(f"{_JOINT}*")
            parts.append(re.escape(run))
        else:
            parts.append(r"[\W_]+?")
    head = "" if _is_han(runs[0]) else rf"(?<![^\W_{_HAN}])"
    tail = "" if _is_han(runs[-1]) or runs[-1][-1].isdigit() else rf"(?![^\W_{_HAN}])"
    return re.compile(head + "".join(parts) + tail)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
