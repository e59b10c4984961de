"""SQLite files that are caches: when one is damaged, it is removed and made again."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def is_damage(error: BaseException) -> bool:
    """Whether a database must be made again, as against a disk that is full or fails."""
    if isinstance(error, sqlite3.OperationalError):
        return "no such" in str(error) or "malformed" in str(error)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.ProgrammingError)


def tune(database: sqlite3.Connection) -> None:
    """Let much be written at a time: keys are random, so every batch touches pages all over, and each checkpoint of
    the write-ahead log writes them."""
    database.execute("PRAGMA wal_autocheckpoint = 8192")  # pages, 32 MB
    database.execute("PRAGMA cache_size = -32768")  # KiB


def remove_database(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def identity(path: Path) -> int:
    """What tells a database file from another one made at the same place later; 0 when there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
