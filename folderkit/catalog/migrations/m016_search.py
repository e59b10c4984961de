"""Schema 16: texts packed in chunks; indexes that know pinyin and simplified characters; how many files hold a text."""

from __future__ import annotations

import json
import sqlite3
import zlib

from folderkit.catalog.passages import Passages, pack, told
from folderkit.catalog.searched import SEARCHED
from folderkit.catalog.tokens import body_tokens, index_tokens, pinyin_tokens


def migrate(database: sqlite3.Connection) -> None:
    """Texts stay; all that is searched is indexed again from what is kept."""
    for table in ("content_fts", "name_fts", "fact_fts"):
        database.execute(f"DROP TABLE {table}")
    for statement in SEARCHED:
        database.execute(statement)
    for row, title in database.execute("SELECT row, title FROM content").fetchall():
        _index_text(database, row, title)
    database.execute(
        "INSERT INTO held SELECT content.row, count(file.row), coalesce(max(mtime_ns), 0) / 1000000000 FROM content"
        " LEFT JOIN file ON file.content = content.hash AND file.present GROUP BY content.row")
    index_names(database)


def index_names(database: sqlite3.Connection) -> None:
    """Index the names of all files, and what was noted of them."""
    for row, path in database.execute("SELECT row, path FROM file").fetchall():
        folder, _, name = path.rpartition("/")
        database.execute("INSERT INTO name_fts(rowid, name, folder, pinyin) VALUES (?, ?, ?, ?)",
                         (row, index_tokens(name), index_tokens(folder), pinyin_tokens(name)))
    for entry, facts in database.execute("SELECT entry, facts FROM filed WHERE facts != '{}'").fetchall():
        values = [one for value in json.loads(facts).values()
                  for one in (value if isinstance(value, list) else [value])]
        database.execute("INSERT INTO fact_fts(rowid, facts) VALUES (?, ?)",
                         (entry, index_tokens(", ".join(map(str, values)))))


def _index_text(database: sqlite3.Connection, row: int, title: str) -> None:
    (packed,) = database.execute("SELECT passages FROM content WHERE row = ?", (row,)).fetchone()
    passages = told(_unpacked(packed))
    database.execute("UPDATE content SET passages = ? WHERE row = ?", (pack(passages), row))
    database.execute("INSERT INTO content_fts(rowid, title, body, pinyin) VALUES (?, ?, ?, ?)", (
        row, index_tokens(title), body_tokens(text for _, text in passages), pinyin_tokens(title)))


def _unpacked(packed: bytes) -> Passages:
    """The passages as schema 15 kept them. Raises `sqlite3.DatabaseError` when they are damaged."""
    try:
        return [(place, text) for place, text in json.loads(zlib.decompress(packed))]
    except (zlib.error, ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"malformed passages: {error}") from None
