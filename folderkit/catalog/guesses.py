"""What somebody may have meant whose query finds nothing: a word of the index that is nearly the same.

A Latin word is compared by letters: one wrong, missing, too many or swapped; in long words two. A Chinese one by sound:
a character is exchanged for one that is read alike, which is how input methods go wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from folderkit.catalog.catalog import Catalog
from folderkit.catalog.chinese import homophones
from folderkit.catalog.query import Query
from folderkit.catalog.sought import Sought
from folderkit.catalog.standing import Standing
from folderkit.catalog.tokens import is_han, pairs

_SHORTEST, _LONG = 4, 7
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_INDEXES = ("content_fts", "title_fts", "name_fts")


def guess(catalog: Catalog, text: str, query: Query) -> str:
    """The query `text` with each word that stands nowhere exchanged for the most frequent one that is nearly the same;
    "" when there is none."""
    database = catalog.database
    for index in _INDEXES:
        database.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_words USING fts5vocab(main, {index}, row)")
    guessed = text
    for word in query.words:
        if len(word.runs) == 1 and not _count(database, word):
            run = word.runs[0]
            nearest = _nearest_han(database, run) if is_han(run) else _nearest_latin(database, run)
            guessed = guessed.replace(word.text, nearest, 1) if nearest else guessed
    return guessed if guessed != text else ""


def _count(database: sqlite3.Connection, word: Sought) -> int:
    """In about how many texts, titles and names a word stands."""
    return Standing(database).about(word) + sum(
        int(database.execute(f"SELECT count(*) FROM {index} WHERE {index} MATCH ?",  # noqa: S608  all ours
                             (word.expression(),)).fetchone()[0]) for index in _INDEXES[1:])


def _known(database: sqlite3.Connection, token: str) -> int:
    """In how many texts, titles and names a token of the index stands."""
    return sum(row[0] for index in _INDEXES for row in database.execute(
        f"SELECT doc FROM temp.{index}_words WHERE term = ?", (token,)))  # noqa: S608  all ours


def _nearest_latin(database: sqlite3.Connection, run: str) -> str:
    if len(run) < _SHORTEST or run.isdigit():  # another number is another number
        return ""
    found = {one: count for one in set(_one_off(run)) if (count := _known(database, one))}
    if not found and len(run) >= _LONG:
        found = _two_off(database, run)
    return max(found, key=lambda one: (one[0] == run[0], found[one], one), default="")


def _one_off(run: str) -> Iterator[str]:
    """All that one slip of a finger makes of a word."""
    for at in range(len(run) + 1):
        head, tail = run[:at], run[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in _LETTERS)


def _two_off(database: sqlite3.Connection, run: str) -> dict[str, int]:
    """The words with the same first letter that two slips make of this one."""
    found: dict[str, int] = {}
    for index in _INDEXES:
        for term, count in database.execute(
                f"SELECT term, doc FROM temp.{index}_words WHERE term >= ? AND term < ?"  # noqa: S608  all ours
                " AND length(term) BETWEEN ? AND ?", (run[0], run[0] + "\uffff", len(run) - 2, len(run) + 2)):
            if len(set(term) ^ set(run)) <= 4 and _distance(term, run) <= 2:
                found[term] = found.get(term, 0) + count
    return found


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    """How many letters are wrong, missing, too many or swapped (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        line = [at]
        for to, its in enumerate(other, 1):
            best = min(last[to] + 1, line[to - 1] + 1, last[to - 1] + (letter != its))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == its:
                best = min(best, before[to - 2] + 1)
            line.append(best)
        before, last = last, line
    return last[-1]


def _nearest_han(database: sqlite3.Connection, run: str) -> str:
    if len(run) < 2:  # one character alone says nothing
        return ""
    found: dict[str, int] = {}
    for at, char in enumerate(run):
        for other in homophones(char):
            word = run[:at] + other + run[at + 1 :]
            near = pairs(word)[max(0, at - 1) : at + 1][: len(run) - 1]
            if other != char and all(_known(database, pair) for pair in near) and (
                    count := _count(database, Sought(word))):
                found[word] = count
    return max(found, key=lambda one: (found[one], one), default="")
