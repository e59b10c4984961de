"""Words to index and to ask for: Han runs as overlapping pairs, Latin words and numbers as they are.

The scheme is that of the bigram analyzers of full-text engines: ``违约金`` becomes ``违约 约金 金``, so that
every string of two or more characters is found, as a phrase, and nothing else is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_HAN = r"\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff" \
       r"\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_QUOTED = re.compile(r'["“”]([^"“”]*)["“”]|(\S+)')


def normalise(text: str) -> str:
    """NFKC without case: how text is compared. The length may change."""
    return unicodedata.normalize("NFKC", text).casefold()


def _is_han(run: str) -> bool:
    return re.match(rf"[{_HAN}]", run) is not None


def index_tokens(text: str) -> str:
    """The tokens of a text, separated by spaces, as they go into the index."""
    tokens: list[str] = []
    for run in _RUN.findall(normalise(text)):
        tokens.extend(_pairs(run) if _is_han(run) else (run,))
    return " ".join(tokens)


def _pairs(run: str) -> Iterator[str]:
    """``违约金`` → ``违约``, ``约金``, ``金``."""
    for start in range(len(run) - 1):
        yield run[start : start + 2]
    yield run[-1]


def parse_query(query: str) -> list[str]:
    """The words of a query that must all be found; what stands in quotes is one."""
    return [quoted or plain for quoted, plain in _QUOTED.findall(query) if normalise(quoted or plain).strip()]


def match_expression(word: str) -> str:
    """The FTS5 phrase that finds `word`, or an empty text when it holds nothing that can be looked for."""
    runs = _RUN.findall(normalise(word))
    if not runs:
        return ""
    tokens: list[str] = []
    for run in runs[:-1]:
        tokens.extend(_pairs(run) if _is_han(run) else (run,))
    last = runs[-1]
    prefix = False
    if _is_han(last) and len(last) > 1:
        tokens.extend(list(_pairs(last))[:-1])
    else:
        tokens.append(last)
        prefix = _is_han(last) or any(char.isdigit() for char in last)
    return '"' + " ".join(tokens) + '"' + (" *" if prefix else "")


def occurrences(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where the words stand in `text`, as (start, end) of the original characters, merged and in order."""
    letters, origin = [], []
    for index, char in enumerate(text):
        for letter in normalise(char):
            letters.append(letter)
            origin.append(index)
    folded = "".join(letters)
    found: list[tuple[int, int]] = []
    for word in words:
        runs = [re.escape(run) for run in _RUN.findall(normalise(word))]
        if runs:
            pattern = re.compile(r"[\W_]*".join(runs) if len(runs) > 1 else _bounded(runs[0]))
            found.extend((origin[hit.start()], origin[hit.end() - 1] + 1) for hit in pattern.finditer(folded))
    return _merged(sorted(found))


def _bounded(run: str) -> str:
    """A Latin word is marked only where it is a whole word; numbers may go on."""
    if re.match(rf"[{_HAN}]", run):
        return run
    return rf"(?<![^\W_{_HAN}]){run}" + ("" if any(char.isdigit() for char in run) else rf"(?![^\W_{_HAN}])")


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
