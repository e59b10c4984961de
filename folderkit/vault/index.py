"""The index: in which pack and where in it each record lies. A cache in SQLite, made again from the packs."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from folderkit.core import safefiles
from folderkit.core.database import identity, is_damage, remove_database

_VERSION = 2
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS pack(name TEXT PRIMARY KEY, length INTEGER NOT NULL, writable INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record(hash BLOB PRIMARY KEY, pack TEXT NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID;
"""


class IndexDamagedError(Exception):
    """The file is no index any more; the packs say all that it said."""


class Index:
    """One vault's index. What is written counts after `commit`. Raises `IndexDamagedError` when it must be made
    again, `sqlite3.OperationalError` when the disk is full or fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        safefiles.make_folders(path.parent)
        self.fresh = not path.exists()
        self._database = sqlite3.connect(path, timeout=60, check_same_thread=False)
        try:
            self._prepare()
            self._file = identity(path)
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        version = self._run("PRAGMA user_version")[0][0]
        if version == _VERSION:
            return
        if version or self._run("SELECT count(*) FROM sqlite_master")[0][0]:
            raise IndexDamagedError(str(self.path))  # of another folderkit, or half made
        self.fresh = True
        self._database.executescript(_TABLES)
        self._database.execute(f"PRAGMA user_version = {_VERSION}")

    def _run(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise IndexDamagedError(str(error)) from None
            raise

    def replaced(self) -> bool:
        """Whether another process has thrown this index away and made a new one."""
        return identity(self.path) != self._file

    def find(self, digest: bytes) -> tuple[str, int] | None:
        """(pack, offset) of a record."""
        rows = self._run("SELECT pack, offset FROM record WHERE hash = ?", (digest,))
        return (rows[0][0], rows[0][1]) if rows else None

    def add(self, digest: bytes, pack: str, offset: int) -> None:
        self._run("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (digest, pack, offset))

    def packs(self) -> dict[str, tuple[int, bool]]:
        """Every known pack: (length in bytes up to which it is known, whether it may be appended to)."""
        return {name: (length, bool(writable)) for name, length, writable in self._run("SELECT * FROM pack")}

    def set_pack(self, name: str, length: int, *, writable: bool) -> None:
        self._run("INSERT OR REPLACE INTO pack VALUES (?, ?, ?)", (name, length, writable))

    def forget(self, pack: str, beyond: int = 0) -> None:
        """Forget the records of a pack from the offset `beyond` on; all of it, when that is 0."""
        self._run("DELETE FROM record WHERE pack = ? AND offset >= ?", (pack, beyond))
        if beyond == 0:
            self._run("DELETE FROM pack WHERE name = ?", (pack,))

    def commit(self) -> None:
        self._database.commit()

    def rollback(self) -> None:
        self._database.rollback()

    def close(self) -> None:
        self._database.close()


def open_index(path: Path) -> Index:
    """The index at `path`; a new empty one when it is absent or damaged."""
    with contextlib.suppress(IndexDamagedError):
        return Index(path)
    remove_database(path)
    return Index(path)
