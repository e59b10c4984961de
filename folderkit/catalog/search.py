"""Finding files by the words in their names, titles and texts, best first.

A word may stand in a file's text, or in its name, its folders and what was noted of it. The index of texts answers the
whole query by itself, ranks and cuts; only the few files that any word hits outside their text are judged one by one.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from folderkit.catalog.catalog import Catalog
from folderkit.catalog.hits import Hit, hits_of
from folderkit.catalog.query import Query, parse
from folderkit.catalog.sought import Sought

_RANK = "round(-bm25(content_fts, 6.0, 1.0, 0.2), 2)"  # of a word in the title, in the text, in the title's pinyin
_NAME_SCORE = "-bm25(name_fts, 8.0, 2.0, 0) + CASE WHEN bm25(name_fts, 1.0, 0, 0) < 0 THEN 4.0 ELSE 0.0 END"
_PINYIN_SCORE = "0.1"
_COUNTED = 400  # of so many texts it costs less to fetch them all than to count them
LAST_VERSION = "(SELECT max(number) FROM version AS last WHERE last.file = file.id)"
_IN = "IN (SELECT value FROM json_each(?))"
_MOST = 1 << 40  # more files than there are; beyond 64 bits SQLite takes no number


class Page(NamedTuple):
    """Some of the hits, best first, and how many there are in all."""

    hits: list[Hit]
    total: int


class Condition(NamedTuple):
    """A condition in SQL on a row of table `file`, with its values."""

    sql: str
    values: tuple[object, ...] = ()


class Scope(NamedTuple):
    """The files among which is searched: the row of each, and that of its content (None: its text was not read)."""

    files: Mapping[int, int | None]

    def contents(self) -> Counter[int]:
        """How many of the files hold each content."""
        return Counter(content for content in self.files.values() if content is not None)


class _Ranked(NamedTuple):
    """A file that was found. Their order is that of these fields, the smallest first: what scores best (of which this
    is the `less`), of those that score alike what was changed last (`older`), then nothing but what the file is, since
    a catalog that is made again counts its rows otherwise."""

    less: float
    older: int
    hash: str
    path: str
    file: int


def search(catalog: Catalog, query: str, project: str | None = None, limit: int = 20) -> list[Hit]:
    """The present files that a query without filters finds, best first."""
    scope = None if project is None else scope_of(catalog, Condition("file.project = ?", (project,)))
    return find_page(catalog, parse(query), scope, limit=limit).hits


def scope_of(catalog: Catalog, condition: Condition) -> Scope:
    """The present files that fulfil a condition."""
    return Scope(dict(catalog.database.execute(
        "SELECT file.row, content.row FROM file LEFT JOIN content ON content.hash = file.content"  # noqa: S608
        f" WHERE file.present AND {condition.sql}", condition.values)))


def find_page(catalog: Catalog, query: Query, scope: Scope | None = None, *, offset: int = 0, limit: int = 20) -> Page:
    """The present files that a query finds, those of a scope alone where one is given; its filters are not looked at.
    Without words, all files of the scope are found."""
    if not query.groups and scope is None:
        return Page([], 0)
    with _one_moment(catalog.database):
        found = _Search(catalog.database, query, scope).best(min(offset + limit, _MOST))
        best = [(one.file, -one.less) for one in found.files[offset:]]
        return Page(hits_of(catalog, best, query.words), found.total)


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


class _Found(NamedTuple):
    files: list[_Ranked]
    total: int


class _Search:
    """One query, while it is answered."""

    def __init__(self, database: sqlite3.Connection, query: Query, scope: Scope | None) -> None:
        self.database = database
        self.query = query
        self.scope = scope
        self.done: set[int] = set()  # contents of which every file was judged
        self.names = {word: self._named(word) for word in (*query.words, *query.excluded)}

    def best(self, count: int) -> _Found:
        outside: set[int] = set().union(*self.names.values())
        if not self.query.groups and self.scope is not None:
            outside |= self.scope.files.keys()
        judged = self._judged(outside)
        if not self.query.groups:
            return _Found(heapq.nsmallest(count, judged), len(judged))
        by_text, total = self._by_text(outside, count)
        return _Found(heapq.nsmallest(count, (*judged, *by_text)), len(judged) + total)

    # -- names, folders, and what was noted ------------------------------------------------------------
    def _named(self, word: Sought) -> dict[int, float]:
        """The files that a word hits outside their text, with what that scores."""
        expression = word.expression()
        found: dict[int, float] = {}
        asked = [(expression, _NAME_SCORE)]
        if pinyin := word.pinyin():
            asked.append((f"{{pinyin}} : ({pinyin})", _PINYIN_SCORE))
        for match, score in asked:
            self._add(found, f"SELECT file.row, {score} FROM name_fts CROSS JOIN file ON file.row = name_fts.rowid"  # noqa: S608
                      " WHERE name_fts MATCH ? AND file.present", match)
        self._add(found, "SELECT file.row, -bm25(fact_fts) FROM fact_fts CROSS JOIN filed ON entry = fact_fts.rowid"
                  " CROSS JOIN file ON file.id = filed.file WHERE fact_fts MATCH ? AND NOT undone AND file.present"
                  " AND entry = (SELECT max(entry) FROM filed AS last WHERE last.file = file.id AND NOT undone"
                  " AND facts != '{}')", expression)
        return found

    def _add(self, found: dict[int, float], query: str, match: str) -> None:
        for row, score in self.database.execute(query, (match,)):
            if self.scope is None or row in self.scope.files:
                found[row] = found.get(row, 0.0) + score

    def _judged(self, files: Collection[int]) -> list[_Ranked]:
        """Those of the files that the query finds, each word in their text or outside of it."""
        if not files:
            return []
        rows = self.database.execute(
            "SELECT file.row, coalesce(content.row, 0), file.mtime_ns / 1000000000, held.files, file.content, path"  # noqa: S608
            " FROM file LEFT JOIN"
            f" content ON content.hash = file.content LEFT JOIN held ON held.row = content.row WHERE file.row {_IN}",
            (json.dumps(list(files)),)).fetchall()
        judged = Counter(content for _, content, *_ in rows)
        self.done = {content for _, content, _, held, *_ in rows if held is not None and judged[content] >= held}
        contents = json.dumps(list(judged))
        single = len(self.query.words) == 1 and not self.query.excluded  # then each of them is found by its name
        texts = {} if single else {word: self._texts_with(word, contents) for word in self.names}
        scores = self._scores(contents)
        named = self._named_scores()
        return [_Ranked(-round(named.get(row, 0.0) + scores.get(content, 0.0), 2), -changed, its_hash, path, row)
                for row, content, changed, _, its_hash, path in rows if single or self._fits(row, content, texts)]

    def _named_scores(self) -> Mapping[int, float]:
        """What all words together score outside of the texts, by file."""
        each = [self.names[word] for word in self.query.words]
        if len(each) == 1:
            return each[0]
        total: dict[int, float] = {}
        for found in each:
            for row, score in found.items():
                total[row] = total.get(row, 0.0) + score
        return total

    def _fits(self, row: int, content: int, texts: Mapping[Sought, Collection[int]]) -> bool:
        def hit(word: Sought) -> bool:
            return row in self.names[word] or content in texts[word]

        return all(any(map(hit, group)) for group in self.query.groups) and not any(map(hit, self.query.excluded))

    def _texts_with(self, word: Sought, contents: str) -> set[int]:
        return {row for (row,) in self.database.execute(
            f"SELECT rowid FROM content_fts WHERE content_fts MATCH ? AND +rowid {_IN}",  # noqa: S608
            (_in_text(word), contents))}

    def _scores(self, contents: str) -> dict[int, float]:
        if not self.query.words or self._is_unranked:
            return {}
        return dict(self.database.execute(
            f"SELECT rowid, {_RANK} FROM content_fts WHERE content_fts MATCH ? AND +rowid {_IN}",  # noqa: S608
            (_either(self.query.words), contents)))

    # -- texts -----------------------------------------------------------------------------------------
    @property
    def _is_unranked(self) -> bool:
        """A single Chinese character stands in most texts: what is newest comes first, since all else says little."""
        return all(word.is_one_han for word in self.query.words)

    def _by_text(self, judged: Collection[int], count: int) -> tuple[list[_Ranked], int]:
        """The best of the files besides the `judged` ones that the query finds by their texts alone, and how many there
        are of them."""
        condition, values = self._condition()
        rank = "0.0" if self._is_unranked else _RANK
        most = max(count, _COUNTED)
        rows = self.database.execute(
            f"SELECT content_fts.rowid, {rank} AS score, changed, files, hash FROM content_fts CROSS JOIN held"  # noqa: S608
            " ON held.row = content_fts.rowid CROSS JOIN content ON content.row = held.row"
            f" WHERE content_fts MATCH ? AND files > 0 {condition} ORDER BY score DESC, changed DESC, hash LIMIT ?",
            (*values, most)).fetchall()
        plain = self.scope is None and not judged
        best = rows[:count] if plain or len(rows) == most else rows
        files = self._files_with([row[0] for row in best])
        found = [_Ranked(-score, -changed, its_hash, path, file) for content, score, changed, _, its_hash in best
                 for file, path in files.get(content, ()) if file not in judged]
        if len(rows) == most:
            return found, self._count(condition, values, judged)
        return found, sum(row[3] for row in rows) if plain else len(found)

    def _condition(self) -> tuple[str, list[object]]:
        """What the texts must fulfil, with its values; those that only judged files hold are left out."""
        condition = ""
        values: list[object] = [_whole(self.query)]
        if self.scope is not None:
            condition += f" AND +content_fts.rowid {_IN}"
            values.append(json.dumps(list(self.scope.contents())))
        if self.done:
            condition += f" AND +content_fts.rowid NOT {_IN}"
            values.append(json.dumps(list(self.done)))
        return condition, values

    def _files_with(self, contents: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
        """The present files, with their paths, that hold each of the contents."""
        found: dict[int, list[tuple[int, str]]] = {}
        for content, file, path in self.database.execute(
                "SELECT content.row, file.row, file.path FROM json_each(?) CROSS JOIN content ON content.row = value"
                " CROSS JOIN file ON file.content = content.hash WHERE file.present", (json.dumps(contents),)):
            if self.scope is None or file in self.scope.files:
                found.setdefault(content, []).append((file, path))
        return found

    def _count(self, condition: str, values: Sequence[object], judged: Collection[int]) -> int:
        """How many files the texts lie in that are found."""
        if self.scope is None and not judged:
            (total,) = self.database.execute(
                "SELECT sum(files) FROM content_fts CROSS JOIN held ON held.row = content_fts.rowid"  # noqa: S608
                f" WHERE content_fts MATCH ? AND files > 0 {condition}", values).fetchone()
            return int(total)
        rows = [row for (row,) in self.database.execute(
            f"SELECT rowid FROM content_fts WHERE content_fts MATCH ? {condition}", values)]  # noqa: S608
        if self.scope is not None:
            held = self.scope.contents()
            for file in judged:
                if (content := self.scope.files.get(file)) is not None:
                    held[content] -= 1
            return sum(held[row] for row in rows)
        return sum(len([file for file, _ in files if file not in judged]) for files in self._files_with(rows).values())


def _in_text(word: Sought) -> str:
    """What finds a word in texts and titles, in those also as pinyin."""
    pinyin = word.pinyin()
    return f"({word.expression()} OR {pinyin})" if pinyin else word.expression()


def _either(words: Iterable[Sought]) -> str:
    return " OR ".join(map(_in_text, words))


def _whole(query: Query) -> str:
    """The whole query for the index of texts."""
    wanted = " AND ".join(f"({_either(group)})" for group in query.groups)
    return f"({wanted}) NOT ({_either(query.excluded)})" if query.excluded else wanted
