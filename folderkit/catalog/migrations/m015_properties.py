"""Schema 15: what a file says of itself (author, dates, …), and the facts that its text suggests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


def migrate(database: sqlite3.Connection, progress: Callable[[int, int], None]) -> None:
    """Texts stay; their properties and suggestions come when they are read again."""
    database.execute("ALTER TABLE content ADD COLUMN properties TEXT NOT NULL DEFAULT '{}'")
    database.execute(
        "CREATE TABLE suggested("
        " content INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, number REAL, unit TEXT NOT NULL,"
        " role TEXT NOT NULL, place TEXT NOT NULL, passage INTEGER NOT NULL, start INTEGER NOT NULL,"
        " length INTEGER NOT NULL)")
    database.execute("CREATE INDEX suggested_content ON suggested(content)")
    database.execute("CREATE INDEX suggested_number ON suggested(kind, number) WHERE number IS NOT NULL")
