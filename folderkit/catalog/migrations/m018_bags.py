"""Schema 18: of texts the index knows which tokens they have, not where; titles have an index of their own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from folderkit.catalog.index import add_past, add_text, mark_of
from folderkit.catalog.passages import unpack
from folderkit.catalog.searched import SEARCHED
from folderkit.catalog.tokens import index_tokens, pinyin_tokens

_INDEXES = ("content_fts", "name_fts", "fact_fts", "past_fts")
_TRIGGERS = ("file_came", "file_changed", "file_came_again")


def migrate(database: sqlite3.Connection, progress: Callable[[int, int], None]) -> None:
    """Texts stay; all that is searched is indexed again from what is kept."""
    for table in (*_INDEXES, "held"):
        database.execute(f"DROP TABLE IF EXISTS {table}")
    for trigger in _TRIGGERS:
        database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'past'").fetchone()
    for statement in SEARCHED:
        if not (there and statement.startswith("CREATE TABLE past(")):
            database.execute(statement)
    (count,) = database.execute("SELECT count(*) FROM content").fetchone()
    rows = database.execute("SELECT row, title, passages FROM content")
    for done, (row, title, packed) in enumerate(rows, 1):
        add_text(database, row, title, unpack(packed))
        progress(done, count)
    for row, title, packed in database.execute("SELECT row, title, passages FROM past"):
        add_past(database, row, title, unpack(packed))
    _count_files(database)
    _index_names(database)


def _count_files(database: sqlite3.Connection) -> None:
    rows = database.execute(
        "SELECT content.row, count(file.row), coalesce(max(mtime_ns), 0) / 1000000000, hash FROM content"
        " LEFT JOIN file ON file.content = content.hash AND file.present GROUP BY content.row").fetchall()
    database.executemany("INSERT INTO held VALUES (?, ?, ?, ?)", [(*row[:3], mark_of(row[3])) for row in rows])


def _index_names(database: sqlite3.Connection) -> None:
    """Index the names of all files, and what was noted of them."""
    for row, path in database.execute("SELECT row, path FROM file"):
        folder, _, name = path.rpartition("/")
        database.execute("INSERT INTO name_fts(rowid, name, folder, pinyin) VALUES (?, ?, ?, ?)",
                         (row, index_tokens(name), index_tokens(folder), pinyin_tokens(name)))
    for entry, facts in database.execute("SELECT entry, facts FROM filed WHERE facts != '{}'"):
        values = [one for value in json.loads(facts).values()
                  for one in (value if isinstance(value, list) else [value])]
        database.execute("INSERT INTO fact_fts(rowid, facts) VALUES (?, ?)",
                         (entry, index_tokens(", ".join(map(str, values)))))
