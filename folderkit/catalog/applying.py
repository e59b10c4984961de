"""Journal entries taken into the catalog's tables, each kind of event in its way."""

from __future__ import annotations

import datetime as dt
import functools
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from folderkit.catalog import tokens
from folderkit.catalog.rows import shown_facts
from folderkit.core import events
from folderkit.core.events import Entry

_TOGETHER = 1000  # versions
_INT64 = (1 << 63) - 1  # the largest number that SQLite holds


def apply(database: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Take in journal entries, in order; inside a transaction."""
    last: Entry | None = None
    kept: dict[str, tuple[Entry, events.VersionKept]] = {}  # by file: many in a row are taken in together
    for last in entries:
        if isinstance(last.event, events.VersionKept):
            if last.event.file in kept or len(kept) >= _TOGETHER:
                _versions_kept(database, kept)
                kept.clear()
            kept[last.event.file] = (last, last.event)
            continue
        _versions_kept(database, kept)
        kept.clear()
        if last.event is not None:
            _APPLY[type(last.event)](database, last, last.event)
    _versions_kept(database, kept)
    if last is not None:
        database.execute("DELETE FROM applied")
        database.execute("INSERT INTO applied VALUES (?, ?)", (last.number, last.hash))


def _project_created(database: sqlite3.Connection, entry: Entry, event: events.ProjectCreated) -> None:
    database.execute(
        "INSERT OR REPLACE INTO project VALUES (?, ?, ?, ?, ?, ?)",
        (event.project, event.folder, event.skeleton, event.skeleton_version, event.language,
         entry.at.isoformat()))
    database.executemany(
        "INSERT OR REPLACE INTO node VALUES (?, ?, ?, ?)",
        [(event.project, node.id, node.path, node.content) for node in event.nodes])


def _project_moved(database: sqlite3.Connection, entry: Entry, event: events.ProjectMoved) -> None:
    database.execute("UPDATE project SET folder = ? WHERE id = ?", (event.folder, event.project))


def _node_moved(database: sqlite3.Connection, entry: Entry, event: events.NodeMoved) -> None:
    database.execute("UPDATE node SET path = ? WHERE project = ? AND id = ?",
                     (event.path, event.project, event.node))


def _versions_kept(database: sqlite3.Connection, kept: Mapping[str, tuple[Entry, events.VersionKept]]) -> None:
    """Take in versions of different files. One statement serves for all of them, since each costs more than its
    rows, and lets other threads in."""
    if not kept:
        return
    known = {file: (row, path, last) for file, row, path, last in database.execute(
        "SELECT id, row, path, (SELECT coalesce(max(number), 0) FROM version WHERE file = id) FROM file"
        " WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(kept)),))}
    (free,) = database.execute("SELECT coalesce(max(row), 0) + 1 FROM file").fetchone()
    files, versions = [], []
    names: list[tuple[int, str, str, str]] = []
    for file, (entry, event) in kept.items():
        row, path, last = known.get(file) or (free + len(names), "", 0)
        if path != event.path:
            if path:
                _forget_name(database, row, path)
            names.append((row, *_name_tokens(event.path)))
        mtime_ns = min(event.mtime_ns, _INT64)
        files.append((row, file, event.project, event.path, event.content, event.size, mtime_ns))
        versions.append((file, last + 1, _iso(entry.at), entry.who, event.why, event.restored, event.project,
                         event.path, event.content, event.size, mtime_ns, entry.number, event.incomplete))
    database.execute(
        f"INSERT INTO file(row, id, project, path, content, size, mtime_ns, present) SELECT {json_columns(7)}, 1"  # noqa: S608
        " FROM json_each(?) WHERE true ON CONFLICT (row) DO UPDATE SET"
        " project = excluded.project, path = excluded.path, present = 1, content = excluded.content,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = 0", (json.dumps(files),))
    database.execute(f"INSERT INTO version SELECT {json_columns(13)}, 0 FROM json_each(?)",  # noqa: S608
                     (json.dumps(versions),))
    _add_names(database, names)
    _forget_looks(database, {(event.project, event.path) for _, event in kept.values()})
    database.execute(
        "INSERT OR IGNORE INTO waiting SELECT value FROM json_each(?)"
        " WHERE NOT EXISTS (SELECT 1 FROM content WHERE hash = value)", (json.dumps([row[4] for row in files]),))


def _file_moved(database: sqlite3.Connection, entry: Entry, event: events.FileMoved) -> None:
    row = database.execute("SELECT row FROM file WHERE id = ?", (event.file,)).fetchone()
    if row:
        _rename(database, row[0], event.path)
        database.execute("UPDATE file SET present = 1, project = ? WHERE row = ?", (event.project, row[0]))
        _add_move(database, entry, event, present=True)
        _forget_looks(database, {(event.project, event.path)})


def _file_deleted(database: sqlite3.Connection, entry: Entry, event: events.FileDeleted) -> None:
    database.execute("UPDATE file SET present = 0 WHERE id = ?", (event.file,))
    _add_move(database, entry, event, present=False)


def _add_move(database: sqlite3.Connection, entry: Entry, event: events.FileMoved | events.FileDeleted, *,
              present: bool) -> None:
    """Remember that a file came to a place, or went from there, after its last version; see `catalog.past`."""
    database.execute(
        "INSERT OR REPLACE INTO move SELECT ?, coalesce(max(number), 0), ?, ?, ?, ?, ? FROM version"
        " WHERE file = ?", (event.file, entry.number, entry.at.isoformat(), event.project, event.path, present,
                            event.file))


def _rename(database: sqlite3.Connection, row: int, path: str) -> None:
    """Set a file's path and keep the index of names in step with it."""
    (old,) = database.execute("SELECT path FROM file WHERE row = ?", (row,)).fetchone()
    if old != path:
        _forget_name(database, row, old)
        database.execute("UPDATE file SET path = ? WHERE row = ?", (path, row))
        _add_names(database, [(row, *_name_tokens(path))])


def _forget_name(database: sqlite3.Connection, row: int, path: str) -> None:
    database.execute("INSERT INTO name_fts(name_fts, rowid, name, folder, pinyin)"
                     " VALUES ('delete', ?, ?, ?, ?)",
                     (row, *_name_tokens(path)))


def _forget_looks(database: sqlite3.Connection, places: Iterable[tuple[str, str]]) -> None:
    """Files came to these places (project, path). Their folders have to be looked at again, also where they look as
    the last scan saw them: then the files have gone since. A scan that saw them says so after this."""
    folders = {(project, path.rpartition("/")[0]) for project, path in places}
    database.executemany("UPDATE folder SET look = x'' WHERE project = ? AND path = ?", folders)


def _add_names(database: sqlite3.Connection, names: Sequence[tuple[int, str, str, str]]) -> None:
    database.execute(f"INSERT INTO name_fts(rowid, name, folder, pinyin)"  # noqa: S608
                     f" SELECT {json_columns(4)} FROM json_each(?)", (json.dumps(names),))


def _document_filled(database: sqlite3.Connection, entry: Entry, event: events.DocumentFilled) -> None:
    database.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (event.project, event.series, event.version, entry.at.isoformat(), event.author, event.template, event.file,
         event.path, event.note, event.content, json.dumps(event.basis, ensure_ascii=False)))


def _version_pinned(database: sqlite3.Connection, entry: Entry, event: events.VersionPinned) -> None:
    database.execute("INSERT OR IGNORE INTO pin VALUES (?, ?, ?)", (event.file, event.number, event.why))


def _version_pruned(database: sqlite3.Connection, entry: Entry, event: events.VersionPruned) -> None:
    database.execute("UPDATE version SET pruned = 1 WHERE file = ? AND number = ?", (event.file, event.number))


def _backup_made(database: sqlite3.Connection, entry: Entry, event: events.BackupMade) -> None:
    database.execute(
        "INSERT OR REPLACE INTO backup VALUES (?, ?, ?, ?, ?, ?)",
        (event.place, entry.number, entry.at.isoformat(), entry.who, event.number, event.damaged))


def _file_filed(database: sqlite3.Connection, entry: Entry, event: events.FileFiled) -> None:
    database.execute(
        "INSERT INTO filed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (entry.number, entry.at.isoformat(), event.project, event.file, event.batch, event.step, event.old,
         event.path, event.content, event.before, event.by, json.dumps(event.facts, ensure_ascii=False),
         json.dumps(event.folders, ensure_ascii=False)))
    if event.facts:
        database.execute("INSERT INTO fact_fts(rowid, facts) VALUES (?, ?)",
                         (entry.number, tokens.index_tokens(shown_facts(event.facts))))


def _batch_undone(database: sqlite3.Connection, entry: Entry, event: events.BatchUndone) -> None:
    database.execute("UPDATE filed SET undone = 1 WHERE batch = ? AND (? = '' OR file = ? AND path = ?)",
                     (event.batch, event.file, event.file, event.path))


def _intended(database: sqlite3.Connection, entry: Entry, event: events.Intended) -> None:
    database.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?)",
                     (event.batch, event.verb, json.dumps(event.plan)))


def _concluded(database: sqlite3.Connection, entry: Entry, event: events.Concluded) -> None:
    database.execute("DELETE FROM pending WHERE batch = ?", (event.batch,))


def json_columns(count: int) -> str:
    """The members of a JSON array, as the columns of a row."""
    return ", ".join(f"json_extract(value, '$[{number}]')" for number in range(count))


@functools.lru_cache(maxsize=16)
def _iso(at: dt.datetime) -> str:
    """All entries of a batch have one time."""
    return at.isoformat()


def _name_tokens(path: str) -> tuple[str, str, str]:
    folder, _, name = path.rpartition("/")
    return tokens.index_tokens(name), _folder_tokens(folder), tokens.pinyin_tokens(name)


@functools.lru_cache(maxsize=256)
def _folder_tokens(folder: str) -> str:
    """Most files lie in the folder of the one before."""
    return tokens.index_tokens(folder)


_APPLY: dict[type, Callable[[sqlite3.Connection, Entry, Any], None]] = {
    events.ProjectCreated: _project_created,
    events.ProjectMoved: _project_moved,
    events.NodeMoved: _node_moved,
    events.FileMoved: _file_moved,
    events.FileDeleted: _file_deleted,
    events.DocumentFilled: _document_filled,
    events.VersionPinned: _version_pinned,
    events.VersionPruned: _version_pruned,
    events.BackupMade: _backup_made,
    events.FileFiled: _file_filed,
    events.BatchUndone: _batch_undone,
    events.Intended: _intended,
    events.Concluded: _concluded,
}
