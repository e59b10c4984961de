"""Finding files by the words in their names, titles and texts, best first.

A word may stand in a file's text, or in its name, its folders, its title and what was noted of it. Files that any word
hits outside their text are few; they are judged one by one, and come first. All others are found by the index of texts
as a whole, the newest first. That index knows which tokens a text has, not where: what it leaves open (phrases, three
Chinese characters and more) is looked for in the texts themselves, in the order in which the files are told, as far as
somebody looks.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from folderkit.catalog.catalog import Catalog
from folderkit.catalog.hits import Hit, hits_of
from folderkit.catalog.outside import named, sounding
from folderkit.catalog.query import Query, parse
from folderkit.catalog.scope import Condition, Scope, scope_of
from folderkit.catalog.sought import Sought
from folderkit.catalog.standing import Standing

_OUTSIDE, _TEXT, _SOUND = range(3)  # where the words are, and in which order the files are told
_SCORES = (1.0, 1.0, 0.1)  # of each of these, the first with more for what is hit
_SUMMED = 500  # of so many texts it costs less to ask for the files of each than for all that several files hold
_TOGETHER = 20  # texts whose files are asked for at once
_EFFORT = 2_000_000  # bytes of packed texts, to be exact about how many files there are; else it is estimated
_EACH = 4000  # bytes that take as long as all that is done for a file besides
_IN = "IN (SELECT value FROM json_each(?))"
_MOST = 1 << 40  # more files than there are; beyond 64 bits SQLite takes no number


class Page(NamedTuple):
    """Some of the hits, best first, and how many there are in all: about so many unless that is `exact`."""

    hits: list[Hit]
    total: int
    exact: bool = True


class _Ranked(NamedTuple):
    """A file that may be found. Their order is that of the first fields, the smallest first: by where its words are,
    then what scores best (of which this is the `less`), of those that score alike what was changed last (`older`), then
    nothing but what the file is, since a catalog that is made again counts its rows otherwise. It is found for certain,
    or its text has to say."""

    where: int
    less: float
    older: int
    mark: int
    place: str
    hash: str
    file: int
    content: int
    certain: bool


class _Found(NamedTuple):
    files: list[_Ranked]
    total: int
    exact: bool = True


def search(catalog: Catalog, query: str, project: str | None = None, limit: int = 20) -> list[Hit]:
    """The present files that a query without filters finds, best first."""
    scope = None if project is None else scope_of(catalog, Condition("file.project = ?", (project,)))
    return find_page(catalog, parse(query), scope, limit=limit).hits


def find_page(catalog: Catalog, query: Query, scope: Scope | None = None, *, offset: int = 0, limit: int = 20,
              exact: bool = False) -> Page:
    """The present files that a query finds, those of a scope alone where one is given; its filters are not looked at.
    Without words, all files of the scope are found. How many there are is `exact`, whatever it takes, or where it takes
    little."""
    if not query.groups and scope is None:
        return Page([], 0)
    with _one_moment(catalog.database):
        found = _Search(catalog.database, query, scope, exact=exact).best(min(offset + limit, _MOST))
        best = [(one.file, -one.less) for one in found.files[offset:]]
        return Page(hits_of(catalog, best, query.words), found.total, found.exact)


@contextlib.contextmanager
def _one_moment(database: sqlite3.Connection) -> Iterator[None]:
    """Several questions about one state of the database, locked once."""
    if database.in_transaction:
        yield
        return
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("ROLLBACK")


class _Search:
    """One query, while it is answered."""

    def __init__(self, database: sqlite3.Connection, query: Query, scope: Scope | None, *, exact: bool) -> None:
        self.database = database
        self.query = query
        self.scope = scope
        self.exact = exact
        self.effort = _MOST if exact else _EFFORT
        self.seen = 0  # files, of which a text might have to say whether they are found
        self.texts = Standing(database)
        self.having: dict[Sought, set[int]] = {word: set() for word in (*query.words, *query.excluded)}
        self.is_open = any(not word.is_token for word in self.having)  # whether a text may have to say
        self.judged: Counter[int] = Counter()  # of each content so many files
        self.done: set[int] = set()  # contents of which every file was judged
        among = scope.files if scope is not None else None
        self.names = {word: named(database, word, among) for word in self.having}
        self.sounds = {word: sounding(database, word, among) for word in self.having}
        self.sound = any(self.sounds.values())

    def best(self, count: int) -> _Found:
        outside: set[int] = set().union(*self.names.values(), *self.sounds.values())
        if not self.query.groups and self.scope is not None:
            outside |= self.scope.files.keys()
        judged = self._judged(outside)
        parts = [self._settled_of([one for one in judged if one.where == where], count)
                 for where in (_OUTSIDE, _TEXT, _SOUND)]
        if self.query.groups:
            parts.insert(1, self._by_text(outside, count))
        return _Found(heapq.nsmallest(count, (one for part in parts for one in part.files)),
                      sum(part.total for part in parts), all(part.exact for part in parts))

    def _settled_of(self, may: Sequence[_Ranked], count: int) -> _Found:
        if not self.is_open:
            return _Found(heapq.nsmallest(count, may), len(may))
        return self._settled(sorted(may), len(may), count)

    def _settled(self, may: Iterable[_Ranked], number: int, count: int) -> _Found:
        """The first of a `number` of files that may be found which are, and how many are: of those that are not looked
        at any more, as many as of the others."""
        found: list[_Ranked] = []
        seen = 0
        for one in may:
            if len(found) >= count and (not self.is_open or self._is_tired):
                break
            seen += 1
            self.seen += 1
            if one.certain or self._does(one):
                found.append(one)
        else:
            return _Found(found, len(found))
        if not self.is_open:
            return _Found(found, number)
        return _Found(found, len(found) + round((number - seen) * len(found) / max(seen, 1)), exact=False)

    # -- files that words hit outside their texts ------------------------------------------------------
    def _judged(self, files: Collection[int]) -> list[_Ranked]:
        """Those of the files that the query finds, or may find, each word in their text or outside of it."""
        if not files:
            return []
        rows = self.database.execute(
            "SELECT file.row, coalesce(content.row, 0), file.mtime_ns / 1000000000, held.files, mark, file.content,"  # noqa: S608
            " project || '/' || path FROM file LEFT JOIN content ON content.hash = file.content"
            f" LEFT JOIN held ON held.row = content.row WHERE file.row {_IN}", (json.dumps(list(files)),)).fetchall()
        self.judged = judged = Counter(content for _, content, *_ in rows)
        there = self.scope.contents() if self.scope is not None else {row[1]: row[3] or 0 for row in rows}
        self.done = {content for content, files in judged.items() if files >= there[content] > 0}
        single = len(self.query.words) == 1 and not self.query.excluded  # then each of them is found by its name
        if not single or self.sound:
            self._note_tokens(self.having, judged)
        scores = self._named_scores()
        found = []
        for row, content, changed, _, mark, its_hash, place in rows:
            if (certain := single or self._fits(row, content)) is not None:
                where = self._where(row, content)
                score = _SCORES[where] + (round(scores.get(row, 0.0), 2) if where == _OUTSIDE else 0.0)
                found.append(_Ranked(where, -score, -changed, mark if where == _TEXT else 0, place, its_hash, row,
                                     content, certain))
        return found

    def _where(self, row: int, content: int) -> int:
        """Where the words of a file are that was found outside of the texts: also there, or were they only read so."""
        if not self.sound or any(row in self.names[word] for word in self.query.words):
            return _OUTSIDE
        return _TEXT if self._fits(row, content, sounds=False) else _SOUND

    def _named_scores(self) -> Mapping[int, float]:
        """What all words together score outside of the texts, by file."""
        each = [self.names[word] for word in self.query.words]
        if len(each) == 1:
            return each[0]
        total: Counter[int] = Counter()
        for found in each:
            total.update(found)
        return total

    def _note_tokens(self, words: Iterable[Sought], contents: Iterable[int]) -> None:
        """Note which of the contents have the tokens of each of the words."""
        among = json.dumps(list(contents))
        for word in words:
            self.having[word] |= self.texts.with_tokens(word, among)

    def _fits(self, row: int, content: int, *, sounds: bool = True) -> bool | None:
        """Whether a file is found. False: only its text can say; None: it is not."""
        def named(word: Sought) -> bool:
            return row in self.names[word] or (sounds and row in self.sounds[word])

        def may(word: Sought) -> bool:
            return named(word) or content in self.having[word]

        def does(word: Sought) -> bool:
            return named(word) or (word.is_token and content in self.having[word])

        groups, excluded = self.query.groups, self.query.excluded
        if not all(any(map(may, group)) for group in groups) or any(map(does, excluded)):
            return None
        return all(any(map(does, group)) for group in groups) and not any(map(may, excluded))

    @property
    def _is_tired(self) -> bool:
        return self.seen * _EACH + self.texts.looked > self.effort

    def _does(self, one: _Ranked) -> bool:
        """Whether the query finds a file, by looking through its text."""
        def hit(word: Sought) -> bool:
            return one.file in self.names[word] or one.file in self.sounds[word] or (
                one.content in self.having[word] and self.texts.holds(one.content, word))

        groups = self.query.groups
        return all(any(map(hit, group)) for group in groups) and not any(map(hit, self.query.excluded))

    # -- texts -----------------------------------------------------------------------------------------
    def _by_text(self, judged: Collection[int], count: int) -> _Found:
        """The best of the files besides the `judged` ones that the query finds by their texts alone."""
        texts = self.texts.that_match(_whole(self.query))
        texts -= self.done  # in its place: a copy of so many takes long
        held = self.scope.contents() if self.scope is not None else None
        if held is not None:
            texts &= held.keys()
        if self.is_open:
            for group in self.query.groups:
                for word in group:  # one that is alone in its group has its tokens in all of the texts
                    self.having[word] |= texts if len(group) == 1 else self.texts.with_tokens(word)
            for word in self.query.excluded:
                self.having[word] |= self.texts.with_tokens(word)
        number = self._files_of(texts) if held is None else sum(map(held.__getitem__, texts))
        number -= sum(files for content, files in self.judged.items() if content in texts)
        return self._settled(self._in_files(self._newest(texts, count), judged), number, count)

    def _newest(self, texts: Collection[int], count: int) -> Iterator[tuple[int, int, int]]:
        """The texts with when a file that holds each was changed last, and its mark: the newest first. Where about
        `count` of them are met early, all texts are looked at by their age, else all of these are sorted."""
        (last,) = self.database.execute("SELECT coalesce(max(row), 0) FROM held").fetchone()
        if len(texts) ** 2 < count * last:
            yield from self.database.execute(
                f"SELECT row, changed, mark FROM held WHERE row {_IN} AND files > 0 ORDER BY changed DESC, mark",  # noqa: S608
                (json.dumps(list(texts)),))
            return
        for row in self.database.execute("SELECT row, changed, mark FROM held WHERE files > 0"
                                         " ORDER BY changed DESC, mark"):
            if row[0] in texts:
                yield row

    def _files_of(self, texts: Collection[int]) -> int:
        """How many present files hold the texts."""
        if len(texts) <= _SUMMED:
            (number,) = self.database.execute(f"SELECT coalesce(sum(files), 0) FROM held WHERE row {_IN}",  # noqa: S608
                                              (json.dumps(list(texts)),)).fetchone()
            return int(number)
        several = self.database.execute("SELECT row, files FROM held WHERE files != 1")
        return len(texts) + sum(int(files) - 1 for row, files in several if row in texts)

    def _in_files(self, texts: Iterator[tuple[int, int, int]], judged: Collection[int]) -> Iterator[_Ranked]:
        """The files that hold these texts but for those that were judged, in the order of the texts."""
        while some := list(itertools.islice(texts, _TOGETHER)):
            files = self._files_with([row for row, _, _ in some])
            for content, changed, mark in some:
                for place, file in sorted(files.get(content, ())):
                    if file not in judged and (certain := not self.is_open or self._fits(file, content)) is not None:
                        yield _Ranked(_TEXT, -_SCORES[_TEXT], -changed, mark, place, "", file, content, certain)

    def _files_with(self, contents: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
        """The present files that hold each of the contents, each with its place."""
        found: dict[int, list[tuple[str, int]]] = {}
        for content, file, place in self.database.execute(
                "SELECT content.row, file.row, project || '/' || file.path FROM json_each(?) CROSS JOIN content"
                " ON content.row = value CROSS JOIN file ON file.content = content.hash WHERE file.present",
                (json.dumps(contents),)):
            if self.scope is None or file in self.scope.files:
                found.setdefault(content, []).append((place, file))
        return found


def _either(words: Iterable[Sought]) -> str:
    return " OR ".join(f"({word.tokens()})" for word in words)


def _whole(query: Query) -> str:
    """The whole query for the index of texts: all texts that it may find."""
    wanted = " AND ".join(f"({_either(group)})" for group in query.groups)
    excluded = [word for word in query.excluded if word.is_token]
    return f"({wanted}) NOT ({_either(excluded)})" if excluded else wanted
