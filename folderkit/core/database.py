"""SQLite files that are caches: when one is damaged, it is removed and made again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from folderkit.core.errors import words_of
from folderkit.core.language import Text


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


def reason(error: sqlite3.Error) -> Text:
    """Why SQLite refused, in a person's words."""
    name = getattr(error, "sqlite_errorname", "")
    for start, told in _REASONS.items():
        if name.startswith(start):
            return told
    return words_of(error)


_REASONS = {
    "SQLITE_FULL": Text("the disk is full", "磁盘已满"),
    "SQLITE_IOERR": Text("the disk reported an error", "磁盘报告了读写错误"),
    "SQLITE_READONLY": Text("it is read-only", "它是只读的"),
    "SQLITE_PERM": Text("permission is denied", "没有权限"),
    "SQLITE_CANTOPEN": Text("it cannot be opened", "无法打开"),
    "SQLITE_BUSY": Text("another program has it in use", "另一个程序正在使用它"),
    "SQLITE_LOCKED": Text("another program has it in use", "另一个程序正在使用它"),
    "SQLITE_CORRUPT": Text("it is damaged", "它已损坏"),
    "SQLITE_NOTADB": Text("it is damaged", "它已损坏"),
}


def remove_database(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def identity(path: Path) -> int:
    """What tells a database file from another one made at the same place later; 0 when there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
