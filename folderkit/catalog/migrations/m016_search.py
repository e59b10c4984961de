"""Schema 16: texts packed in chunks, without what all registers share."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable

from folderkit.catalog.passages import Passages, pack, told


def migrate(database: sqlite3.Connection, progress: Callable[[int, int], None]) -> None:
    """Texts stay; what is searched step 18 makes from them."""
    for (row,) in database.execute("SELECT row FROM content").fetchall():
        (packed,) = database.execute("SELECT passages FROM content WHERE row = ?", (row,)).fetchone()
        database.execute("UPDATE content SET passages = ? WHERE row = ?", (pack(told(_unpacked(packed))), row))


def _unpacked(packed: bytes) -> Passages:
    """The passages as schema 15 kept them. Raises `sqlite3.DatabaseError` when they are damaged."""
    try:
        return [(place, text) for place, text in json.loads(zlib.decompress(packed))]
    except (zlib.error, ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"malformed passages: {error}") from None
