"""The index: in which pack and where in it each record lies. A cache in SQLite, made again from the packs."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core.database import identity, is_damage, remove_database, tune
from folderkit.core.folders import make_folders

_VERSION = 3
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS pack(
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, length INTEGER NOT NULL, writable INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS record(
    hash BLOB PRIMARY KEY, pack INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removed(mark TEXT NOT NULL);
"""
_TOGETHER = 200  # rows
_MOST = 256  # hashes that one query asks for
_QUERIES = {count: f"SELECT hash, name, offset, record.length FROM record JOIN pack ON number = pack"  # noqa: S608
                   f" WHERE hash IN ({','.join('?' * count)})" for count in (1, 8, 32, _MOST)}


class Place(NamedTuple):
    """Where a record lies: pack, offset in it, and the record's bytes, its head among them."""

    pack: str
    offset: int
    length: int


class Pack(NamedTuple):
    """What the index knows of a pack: up to which byte, and whether it may be appended to."""

    length: int
    writable: bool


class IndexDamagedError(Exception):
    """The file is no index any more; the packs say all that it said."""


class Index:
    """One vault's index. What is written counts after `commit`. Raises `IndexDamagedError` when it must be made
    again, `sqlite3.OperationalError` when the disk is full or fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        make_folders(path.parent)
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
        tune(self._database)
        if version == _VERSION:
            return
        if version or self._run("SELECT count(*) FROM sqlite_master")[0][0]:
            raise IndexDamagedError(str(self.path))  # of another folderkit, or half made
        self.fresh = True
        self._database.executescript(_TABLES)
        self._database.execute(f"PRAGMA user_version = {_VERSION}")

    def _run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._database.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise IndexDamagedError(str(error)) from None
            raise

    def replaced(self) -> bool:
        """Whether another process has thrown this index away and made a new one."""
        return identity(self.path) != self._file

    def find(self, hashes: Sequence[bytes]) -> dict[bytes, Place]:
        """Where those of the records lie that are known."""
        found: dict[bytes, Place] = {}
        for start in range(0, len(hashes), _MOST):
            some = hashes[start : start + _MOST]
            size = next(size for size in _QUERIES if size >= len(some))
            rows = self._run(_QUERIES[size], [*some, *[some[0]] * (size - len(some))])
            found.update((digest, Place(pack, offset, length)) for digest, pack, offset, length in rows)
        return found

    def between(self, pack: str, start: int, end: int) -> set[bytes]:
        """The records of a pack that lie between two bytes, in whole or in part."""
        rows = self._run("SELECT hash FROM record JOIN pack ON number = pack WHERE name = ? AND offset < ?"
                         " AND offset + record.length > ?", (pack, end, start))
        return {digest for (digest,) in rows}

    def add(self, pack: str, rows: Iterable[tuple[bytes, int, int]]) -> None:
        """Add records of a pack: (hash, offset, length of the record)."""
        number = self._number(pack)
        values = [(digest, number, offset, length) for digest, offset, length in rows]
        for start in range(0, len(values), _TOGETHER):  # a statement costs more than its rows
            some = values[start : start + _TOGETHER]
            self._run(f"INSERT OR REPLACE INTO record VALUES {','.join(['(?, ?, ?, ?)'] * len(some))}",  # noqa: S608
                      [value for row in some for value in row])

    def _number(self, pack: str) -> int:
        rows = self._run("SELECT number FROM pack WHERE name = ?", (pack,))
        if not rows:
            self._run("INSERT INTO pack(name, length, writable) VALUES (?, 0, 0)", (pack,))
            return self._number(pack)
        return int(rows[0][0])

    def packs(self) -> dict[str, Pack]:
        return {name: Pack(length, bool(writable))
                for name, length, writable in self._run("SELECT name, length, writable FROM pack")}

    def set_pack(self, name: str, length: int, *, writable: bool) -> None:
        self._run("INSERT INTO pack(name, length, writable) VALUES (?, ?, ?) ON CONFLICT (name)"
                  " DO UPDATE SET length = excluded.length, writable = excluded.writable", (name, length, writable))

    def forget(self, pack: str, beyond: int = 0) -> None:
        """Forget the records of a pack from the offset `beyond` on; all of it, when that is 0."""
        self._run("DELETE FROM record WHERE offset >= ? AND pack = (SELECT number FROM pack WHERE name = ?)",
                  (beyond, pack))
        if beyond == 0:
            self._run("DELETE FROM pack WHERE name = ?", (pack,))

    # -- what is referred to -----------------------------------------------------------------------
    def begin_live(self) -> None:
        """Begin a list of the records that are referred to, for a sweep."""
        self._run("CREATE TEMP TABLE IF NOT EXISTS live(hash BLOB PRIMARY KEY) WITHOUT ROWID")
        self._run("DELETE FROM live")

    def add_live(self, hashes: Iterable[bytes]) -> list[bytes]:
        """Add records to that list; returns those that were not in it."""
        return [digest for digest in hashes
                if self._run("INSERT OR IGNORE INTO live VALUES (?) RETURNING 1", (digest,))]

    def live_bytes(self) -> list[tuple[str, int, int]]:
        """(pack, its length, bytes of its records that are in that list) of every pack."""
        return [(name, length, live) for name, length, live in self._run(
            "SELECT name, length, coalesce(live, 0) FROM pack LEFT JOIN (SELECT pack, sum(length) AS live"
            " FROM record JOIN live USING (hash) GROUP BY pack) ON pack = number")]

    def live_in(self, packs: Sequence[str]) -> list[Place]:
        """The records of packs that are in that list, pack by pack, in their order."""
        rows = self._run("SELECT name, offset, record.length FROM record JOIN live USING (hash)"
                         " JOIN pack ON number = pack WHERE name IN (SELECT value FROM json_each(?))"
                         " ORDER BY name, offset", (json.dumps(packs),))
        return [Place(*row) for row in rows]

    def live_missing(self) -> list[bytes]:
        """Records that are in that list and not in any pack."""
        return [digest for (digest,) in self._run("SELECT hash FROM live WHERE hash NOT IN (SELECT hash FROM record)")]

    @property
    def mark(self) -> str:
        """The mark of the last removal of packs that the index has taken in; see `PackSet`."""
        rows = self._run("SELECT mark FROM removed")
        return str(rows[0][0]) if rows else ""

    @mark.setter
    def mark(self, mark: str) -> None:
        self._run("DELETE FROM removed")
        self._run("INSERT INTO removed VALUES (?)", (mark,))

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
