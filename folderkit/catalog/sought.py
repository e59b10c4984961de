"""What is looked for: one word or phrase, as the index is asked for it and as it is found in a text to be marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from folderkit.catalog.chinese import alike, simplified, syllables
from folderkit.catalog.tokens import BREAK, INITIAL, JOINT, SYLLABLE, folded, is_han, normalise, pairs, runs

_MOST_INITIALS = 8
Span = tuple[int, int]


class Sought:
    """A word or a phrase. With `prefix` it also finds what goes on with more, as one that ends in a digit always does
    (``PO-12`` finds ``PO-123``); a blank between two Chinese characters may be there or not."""

    def __init__(self, text: str, *, prefix: bool = False) -> None:
        self.text = text
        self.runs = list(runs(simplified(normalise(text))))
        self._open = bool(self.runs) and (prefix or self.runs[-1][-1].isdigit())
        self._found: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        """Whether it holds anything that can be looked for."""
        return bool(self.runs)

    # -- the indexes ---------------------------------------------------------------------------------
    @property
    def is_token(self) -> bool:
        """Whether it stands in every text that has its tokens: it is but one."""
        return len(self.runs) == 1 and (len(self.runs[0]) <= 2 or not is_han(self.runs[0]))

    def tokens(self) -> str:
        """The FTS5 expression that finds all texts with its tokens, or an empty text when there is nothing to look for.
        Unless it `is_token`, others are among them."""
        found: list[str] = []
        for run in self.runs:
            if run == BREAK:
                continue
            if not is_han(run):
                found.append(f'"{run}"')
            elif len(run) == 1:
                found.append(f'"{run}" *')
            else:
                found += [f'"{pair}"' for pair in pairs(run)[:-1]]
        if self._open and not is_han(self.runs[-1]):
            found[-1] += " *"
        return " AND ".join(dict.fromkeys(found))

    def expression(self) -> str:
        """The FTS5 phrase that finds it in names, titles and notes, or an empty text when there is nothing to look
        for."""
        if not self.runs:
            return ""
        joined = _joined(self.runs)
        if joined == self.runs:
            return self._phrase(self.runs)
        return f"({self._phrase(self.runs)} OR {self._phrase(joined)})"

    def _phrase(self, parts: Sequence[str]) -> str:
        tokens: list[str] = []
        for run in parts[:-1]:
            tokens.extend(pairs(run) if is_han(run) else (run,))
        last = parts[-1]
        prefix = self._open
        if is_han(last) and len(last) > 1:
            tokens.extend(pairs(last)[:-1])
            prefix = False
        else:
            tokens.append(last)
            prefix = prefix or is_han(last)
        return '"' + " ".join(tokens) + '"' + (" *" if prefix else "")

    def pinyin(self) -> str:
        """The FTS5 expression that finds it as pinyin or as initials; "" for what is neither."""
        word = folded(self.text) if len(self.runs) == 1 else ""  # an ü is no u
        word = next(runs(word), "") if word else ""
        if not len(word) >= 2 or not (word.isascii() or "ü" in word) or not word.isalpha():
            return ""
        found = [f'"{" ".join(SYLLABLE + one for one in parts)}" *' for parts in syllables(word)]
        if len(word) <= _MOST_INITIALS:
            found.append(f'"{" ".join(INITIAL + letter for letter in word)}"')
        return " OR ".join(found)

    # -- a text ----------------------------------------------------------------------------------------
    @property
    def is_all_han(self) -> bool:
        """Whether it has no letters, of which case and accents would have to be looked at."""
        return all(map(is_han, self.runs))

    def stands_in(self, text: str) -> bool:
        """Whether it stands in a text as that is."""
        if not self.is_all_han:
            return next(self.spans(normalise(text)), None) is not None
        if len(self.runs) == 1 and self.runs[0] in text:  # as nearly all do
            return True
        return next(self.spans(unicodedata.normalize("NFKC", text)), None) is not None

    def spans(self, plain: str) -> Iterator[Span]:
        """Where it stands in a normalised text, as the index finds it."""
        if not self.runs:
            return
        if self._found is None:
            self._found = re.compile(self._pattern())
        at = 0
        while found := self._found.search(plain, at):
            start, end = found.span()
            if self._stands_alone(plain, start, end):
                yield start, end
                at = end
            else:
                at = start + 1

    def _pattern(self) -> str:
        parts: list[str] = []
        for before, run in zip([BREAK, *self.runs], self.runs, strict=False):
            if run == BREAK:
                parts.append(r"[\W_]+?")
                continue
            if parts and before != BREAK:
                parts.append(f"{JOINT}{'*' if is_han(before) or is_han(run) else '+'}")
            parts.append((" *" if is_han(run) else "").join(map(_any_of, run)))
        return "".join(parts)

    def _stands_alone(self, plain: str, start: int, end: int) -> bool:
        """Whether no Latin word goes on where one begins or ends."""
        if start and not is_han(self.runs[0]) and _is_letter(plain[start - 1]):
            return False
        return self._open or is_han(self.runs[-1]) or end == len(plain) or not _is_letter(plain[end])


def _any_of(char: str) -> str:
    same = alike(char) if char > "\u2e00" else char
    return re.escape(char) if len(same) == 1 else f"[{same}]"


def _is_letter(char: str) -> bool:
    return char.isalnum() and not is_han(char)


def _joined(parts: Sequence[str]) -> list[str]:
    """The runs with those of Han that follow one another made one."""
    joined: list[str] = []
    for run in parts:
        if joined and run != BREAK and joined[-1] != BREAK and is_han(run) and is_han(joined[-1]):
            joined[-1] += run
        else:
            joined.append(run)
    return joined


# -- marks -------------------------------------------------------------------------------------------
def occurrences(text: str, words: Iterable[Sought]) -> list[Span]:
    """Where the words stand in `text`, as (start, end) of the original characters, merged and in order."""
    plain = normalise(text)
    spans = [span for word in words for span in word.spans(plain)]
    if not spans:
        return []
    if len(plain) == len(text) and all(normalise(text[start:end]) == plain[start:end] for start, end in spans):
        return _merged(sorted(spans))  # as nearly always: no character became more than one
    plain, origin = _folded(text)
    return _merged(sorted((origin[start][0], origin[end - 1][1]) for word in words for start, end in word.spans(plain)))


def _folded(text: str) -> tuple[str, list[Span]]:
    """The normalised text and, for each character of it, where it comes from. A letter and the accents that
    follow it are normalised as one, since they may become one."""
    letters: list[str] = []
    origin: list[Span] = []
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


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
