"""The catalog's tables. A catalog of another schema is thrown away: the journal makes it again."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from folderkit.core.database import is_damage, remove_database, tune

SCHEMA = 14
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
    title TEXT NOT NULL, passages BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS content_extractor ON content(extractor);
CREATE TABLE IF NOT EXISTS waiting(content TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS content_fts USING fts5(title, body, content='', tokenize='ascii');
CREATE VIRTUAL TABLE IF NOT EXISTS name_fts USING fts5(name, folder, content='', tokenize='ascii');
CREATE VIRTUAL TABLE IF NOT EXISTS fact_fts USING fts5(facts, content='', tokenize='ascii');
"""


def open_database(path: Path) -> sqlite3.Connection:
    """The catalog at `path`; a new empty one when it is absent, of another schema, or no database."""
    database = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        tune(database)
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == SCHEMA:
            return database
        if version == 0:
            database.executescript(_TABLES)
            database.execute(f"PRAGMA user_version = {SCHEMA}")
            return database
    except sqlite3.DatabaseError as error:
        database.close()
        if not is_damage(error):
            raise
    database.close()
    remove_database(path)
    return open_database(path)


def is_ready(path: Path) -> bool:
    """Whether the catalog at `path` can be opened without making anything."""
    if not path.exists():
        return False
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            return bool(database.execute("PRAGMA user_version").fetchone() == (SCHEMA,))
    except sqlite3.Error:
        return False
