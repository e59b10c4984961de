"""The catalog's tables, and the way to them from those of an older folderkit.

A catalog of an older schema is migrated, with a copy of it kept beside; one that is damaged, or too old for that, is
thrown away: the journal makes it again. That of a newer folderkit is left as it is, and told.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from folderkit.catalog.searched import SEARCHED
from folderkit.core.database import is_damage, remove_database, tune
from folderkit.core.errors import Refused
from folderkit.core.language import Text
from folderkit.core.lock import Lock

SCHEMA = 18
Progress = Callable[[int, int], None]  # what is done, of what
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS applied(number INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS project(
    id TEXT PRIMARY KEY, folder TEXT NOT NULL, skeleton TEXT NOT NULL, skeleton_version INTEGER NOT NULL,
    language TEXT NOT NULL, created TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS node(
    project TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (project, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS folder(
    project TEXT NOT NULL, path TEXT NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,
    look BLOB NOT NULL, files INTEGER NOT NULL, aside TEXT NOT NULL, PRIMARY KEY (project, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file(
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, project TEXT NOT NULL, path TEXT NOT NULL,
    present INTEGER NOT NULL, content TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL DEFAULT 0, dev INTEGER NOT NULL DEFAULT 0, ino INTEGER NOT NULL DEFAULT 0,
    folder TEXT GENERATED ALWAYS AS (rtrim(path, replace(path, '/', ''))) VIRTUAL);
CREATE INDEX IF NOT EXISTS file_folder ON file(project, folder);
CREATE INDEX IF NOT EXISTS file_path ON file(project, path);
CREATE INDEX IF NOT EXISTS file_content ON file(content);
CREATE TABLE IF NOT EXISTS version(
    file TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL,
    restored INTEGER NOT NULL, project TEXT NOT NULL, path TEXT NOT NULL, content TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, entry INTEGER NOT NULL, incomplete INTEGER NOT NULL,
    pruned INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (file, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS move(
    file TEXT NOT NULL, number INTEGER NOT NULL, entry INTEGER NOT NULL, at TEXT NOT NULL, project TEXT NOT NULL,
    path TEXT NOT NULL, present INTEGER NOT NULL, PRIMARY KEY (file, entry)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pin(
    file TEXT NOT NULL, number INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (file, number, why)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document(
    project TEXT NOT NULL, series TEXT NOT NULL, version TEXT NOT NULL, at TEXT NOT NULL, author TEXT NOT NULL,
    template TEXT NOT NULL, file TEXT NOT NULL, path TEXT NOT NULL, note TEXT NOT NULL, content TEXT NOT NULL,
    basis TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS document_series ON document(project, series);
CREATE TABLE IF NOT EXISTS backup(
    place TEXT PRIMARY KEY, entry INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, number INTEGER NOT NULL,
    damaged INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS filed(
    entry INTEGER PRIMARY KEY, at TEXT NOT NULL, project TEXT NOT NULL, file TEXT NOT NULL, batch TEXT NOT NULL,
    step TEXT NOT NULL, old TEXT NOT NULL, path TEXT NOT NULL, content TEXT NOT NULL, before TEXT NOT NULL,
    "by" TEXT NOT NULL, facts TEXT NOT NULL, folders TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS filed_batch ON filed(batch);
CREATE INDEX IF NOT EXISTS filed_file ON filed(file);
CREATE TABLE IF NOT EXISTS pending(
    batch TEXT PRIMARY KEY, verb TEXT NOT NULL, plan TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS content(
    row INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, extractor INTEGER NOT NULL, state TEXT NOT NULL,
    title TEXT NOT NULL, passages BLOB NOT NULL, properties TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS content_extractor ON content(extractor);
CREATE TABLE IF NOT EXISTS suggested(
    content INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, number REAL, unit TEXT NOT NULL,
    role TEXT NOT NULL, place TEXT NOT NULL, passage INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS suggested_content ON suggested(content);
CREATE INDEX IF NOT EXISTS suggested_number ON suggested(kind, number) WHERE number IS NOT NULL;
CREATE TABLE IF NOT EXISTS waiting(content TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class NewerCatalog(Refused):
    """A newer folderkit has made this catalog, or changed it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(f"The catalog '{path}' is that of a newer folderkit.", f"目录库“{path}”由更新版本的 folderkit 使用。"),
            Text("Update this folderkit; or have it make a catalog of its own with 'folderkit rebuild'.",
                 "请更新本机的 folderkit；或运行 folderkit rebuild，重建供本版本使用的目录库。"))


def open_database(path: Path, progress: Progress | None = None) -> sqlite3.Connection:
    """The catalog at `path`, brought to today's schema, of which `progress` is told; a new empty one when it is absent,
    damaged, too old or no database. Processes that want to make or to bring it there at once wait for each other.
    Raises `NewerCatalog`, and `Refused` when one waited in vain."""
    if is_ready(path) or str(path) == ":memory:":
        return _opened(path, progress)
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # where no lock can be made, no database can: SQLite says why
            held.enter_context(Lock(path.with_name(f"{path.stem}.lock")))
        return _opened(path, progress)


def _opened(path: Path, progress: Progress | None) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        tune(database)
        refuse_newer(database, path)
        version = _version_of(database)
        if version == SCHEMA or _migrate(database, path, version, progress or _untold):
            return database
        if version == 0:
            database.executescript(_TABLES + ";\n".join(SEARCHED) + ";")
            database.execute(f"PRAGMA user_version = {SCHEMA}")
            return database
    except (sqlite3.DatabaseError, NewerCatalog) as error:
        database.close()
        if isinstance(error, NewerCatalog) or not is_damage(error):
            raise
    database.close()
    remove_database(path)
    return _opened(path, progress)


def _version_of(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def refuse_newer(database: sqlite3.Connection, path: Path) -> None:
    """Raise `NewerCatalog` when a newer folderkit has changed an open catalog meanwhile."""
    if _version_of(database) > SCHEMA:
        raise NewerCatalog(path)


def _untold(done: int, total: int) -> None:
    pass


def _migrate(database: sqlite3.Connection, path: Path, version: int, progress: Progress) -> bool:
    """Take a catalog from `version` to today's schema, all in one transaction, and keep a copy of what it was until
    the next time. False when it is new, or too old."""
    from folderkit.catalog.migrations import OLDEST, STEPS  # most starts need none of them

    if version < OLDEST:
        return False
    copy = path.with_name(f"{path.stem}-{version}{path.suffix}")
    _copy(database, copy)
    database.execute("BEGIN IMMEDIATE")
    try:
        for step in range(_version_of(database) + 1, SCHEMA + 1):  # none, when another process was faster
            STEPS[step](database, progress)
        database.execute(f"PRAGMA user_version = {SCHEMA}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    for other in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        if other != copy:
            remove_database(other)
    return True


def _copy(database: sqlite3.Connection, target: Path) -> None:
    """Write a whole database to another file; what stands there is replaced once that is done."""
    part = target.with_name(f"{target.name}.part")
    remove_database(part)
    try:
        with contextlib.closing(sqlite3.connect(part)) as copy:
            database.backup(copy)
        part.replace(target)
    finally:
        remove_database(part)


def is_ready(path: Path) -> bool:
    """Whether the catalog at `path` can be opened without making anything."""
    return _look(path, "PRAGMA user_version") == SCHEMA


def last_applied(path: Path) -> int:
    """The number of the last line of the journal that the catalog at `path` has taken in, whatever its schema is; 0
    when there is none that can be read."""
    return _look(path, "SELECT max(number) FROM applied")


def _look(path: Path, query: str) -> int:
    """What one query gives, without making or changing anything; 0 when it gives nothing."""
    if not path.exists():
        return 0
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            return int(database.execute(query).fetchone()[0] or 0)
    except sqlite3.Error:
        return 0
