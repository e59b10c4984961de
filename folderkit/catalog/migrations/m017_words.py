"""Schema 17: words that a dot joins stand beside each other (``node.js``)."""

from __future__ import annotations

import sqlite3

from folderkit.catalog.migrations.m016_search import index_names
from folderkit.catalog.passages import unpack
from folderkit.catalog.searched import SEARCHED
from folderkit.catalog.tokens import body_tokens, index_tokens, pinyin_tokens

_INDEXES = ("content_fts", "name_fts", "fact_fts", "past_fts")


def migrate(database: sqlite3.Connection) -> None:
    """Texts stay; all that is searched is indexed again from what is kept."""
    for table in _INDEXES:
        database.execute(f"DROP TABLE {table}")
    for statement in SEARCHED:
        if statement.startswith("CREATE VIRTUAL TABLE"):
            database.execute(statement)
    index_names(database)
    for row, title, packed in database.execute("SELECT row, title, passages FROM content").fetchall():
        database.execute("INSERT INTO content_fts(rowid, title, body, pinyin) VALUES (?, ?, ?, ?)", (
            row, index_tokens(title), _body(packed), pinyin_tokens(title)))
    for row, title, packed in database.execute("SELECT row, title, passages FROM past").fetchall():
        database.execute("INSERT INTO past_fts(rowid, title, body) VALUES (?, ?, ?)",
                         (row, index_tokens(title), _body(packed)))


def _body(packed: bytes) -> str:
    return body_tokens(text for _, text in unpack(packed))
