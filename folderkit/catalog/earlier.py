"""Finding old versions by their words: their texts are read when somebody asks for them, and kept apart, so that the
search for what is there now does not become slower or other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from folderkit.catalog import index
from folderkit.catalog.catalog import Catalog
from folderkit.catalog.hits import Hit, cut, in_name, located
from folderkit.catalog.passages import Passages, pack, told, unpack
from folderkit.catalog.query import Query
from folderkit.catalog.scope import LAST_VERSION, Condition
from folderkit.catalog.sought import Sought
from folderkit.catalog.standing import Standing

_KEPT = ("(SELECT version.file AS id, number, project, path, content, mtime_ns, at FROM version WHERE NOT pruned"
         " AND NOT EXISTS (SELECT 1 FROM version AS later WHERE later.file = version.file AND NOT later.pruned"
         " AND later.content = version.content AND later.number > version.number)) AS file")

_LAST_OF_GONE = ("(file.id IN (SELECT value FROM json_each(?))"
                 " AND NOT EXISTS (SELECT 1 FROM file AS now WHERE now.id = file.id AND now.present)"
                 " AND number = (SELECT max(number) FROM version AS last WHERE last.file = file.id AND NOT pruned))")


class _Version(NamedTuple):
    """A version that was found; of those of one content the last."""

    file: str
    number: int
    project: str
    path: str
    content: str


def unread(catalog: Catalog, extractor: int, condition: Condition | None) -> list[tuple[str, str]]:
    """(content, a path it lay at) of old versions whose text this extractor has not read, the newest first."""
    rows = catalog.database.execute(
        f"SELECT content, path FROM {_KEPT} WHERE NOT EXISTS (SELECT 1 FROM content AS read"  # noqa: S608  all ours
        " WHERE read.hash = file.content) AND NOT EXISTS (SELECT 1 FROM past WHERE past.hash = file.content"
        f" AND past.extractor = ?) {_and(condition)} GROUP BY content ORDER BY max(at) DESC",
        (extractor, *(condition.values if condition else ())))
    return [(str(content), str(path)) for content, path in rows]


def keep(catalog: Catalog, content: str, extractor: int, title: str, passages: Passages) -> None:
    """Keep the text of an old version; inside a transaction."""
    _forget(catalog, content)
    passages = told(passages)
    (row,) = catalog.database.execute(
        "INSERT INTO past(hash, extractor, title, passages) VALUES (?, ?, ?, ?) RETURNING row",
        (content, extractor, title, pack(passages))).fetchone()
    index.add_past(catalog.database, row, title, passages)


def forget_pruned(catalog: Catalog) -> None:
    """Forget the texts of versions that were let go; inside a transaction."""
    rows = catalog.database.execute("SELECT hash FROM past WHERE NOT EXISTS"
                                    " (SELECT 1 FROM version WHERE content = hash AND NOT pruned)").fetchall()
    for (content,) in rows:
        _forget(catalog, content)


def _forget(catalog: Catalog, content: str) -> None:
    row = catalog.database.execute("SELECT row, title, passages FROM past WHERE hash = ?", (content,)).fetchone()
    if row:
        index.remove_past(catalog.database, row[0], row[1], unpack(row[2]))
        catalog.database.execute("DELETE FROM past WHERE row = ?", (row[0],))


def find_versions(catalog: Catalog, query: Query, condition: Condition | None = None) -> list[_Version]:
    """The old versions that a query finds, the newest first: one of its words stands in the text, or in the name of a
    file that is gone, of which the last version is meant; without words, all that fulfil the condition."""
    texts = {word: _with_text(catalog, word) for word in (*query.words, *query.excluded)}
    named = {word: _with_name(catalog, word) for word in texts}
    contents: set[str] = set().union(*(texts[word] for word in query.words))
    names: set[str] = set().union(*(named[word] for word in query.words))
    rows = catalog.database.execute(
        f"SELECT id, number, project, path, content FROM {_KEPT} WHERE NOT EXISTS"  # noqa: S608  all ours
        " (SELECT 1 FROM file AS now WHERE now.id = file.id AND now.present AND now.content = file.content)"
        f" AND (? OR content IN (SELECT value FROM json_each(?)) OR {_LAST_OF_GONE}) {_and(condition)}"
        " ORDER BY at DESC, id, number DESC",
        (not query.words, json.dumps(list(contents)), json.dumps(list(names)),
         *(condition.values if condition else ())))

    def hit(word: Sought, version: _Version) -> bool:
        return version.content in texts[word] or version.file in named[word]

    return [version for version in map(_Version._make, rows)
            if all(any(hit(word, version) for word in group) for group in query.groups)
            and not any(hit(word, version) for word in query.excluded)]


def _and(condition: Condition | None) -> str:
    """A condition on files as one on versions: what it says of a file's last version it says of the one at hand."""
    return f"AND ({condition.sql.replace(LAST_VERSION, 'file.number')})" if condition else ""


def hits_of_versions(catalog: Catalog, versions: Sequence[_Version], words: Sequence[Sought]) -> list[Hit]:
    """What is told of versions that were found."""
    found = []
    for one in versions:
        row = catalog.database.execute(
            "SELECT title, passages FROM past WHERE hash = ? UNION ALL SELECT title, passages FROM content"
            " WHERE hash = ? LIMIT 1", (one.content, one.content)).fetchone()
        title, packed = row or ("", b"")
        place, line, marks = located(packed, words)
        line, marks = (line, marks) if marks else in_name(one.path, title, words)
        snippet, shifted = cut(line, marks)
        found.append(Hit(one.project, one.path, one.number, title, snippet, tuple(shifted), place, 0.0, present=False))
    return found


def _with_text(catalog: Catalog, word: Sought) -> set[str]:
    """The contents in whose texts or titles a word stands."""
    past = Standing(catalog.database, "past").with_word(word)
    now = Standing(catalog.database).with_word(word)
    now |= {row for (row,) in catalog.database.execute(
        "SELECT rowid FROM title_fts WHERE title_fts MATCH ?", (f"{{title}} : ({word.expression()})",))}
    rows = catalog.database.execute(
        "SELECT hash FROM past WHERE row IN (SELECT value FROM json_each(?))"
        " UNION SELECT hash FROM content WHERE row IN (SELECT value FROM json_each(?))",
        (json.dumps(list(past)), json.dumps(list(now))))
    return {content for (content,) in rows}


def _with_name(catalog: Catalog, word: Sought) -> set[str]:
    rows = catalog.database.execute("SELECT file.id FROM name_fts CROSS JOIN file ON file.row = name_fts.rowid"
                                    " WHERE name_fts MATCH ?", (word.expression(),))
    return {identity for (identity,) in rows}
