"""The catalog's contents: made by applying journal entries, completed with signatures and text."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from folderkit.catalog import applying, index, schema
from folderkit.catalog.last_documents import Filled, last_rows
from folderkit.catalog.passages import pack, told, unpack
from folderkit.catalog.rows import (
    BackupRow,
    DocumentRow,
    FileRow,
    KeptRow,
    NodeRow,
    PendingRow,
    ProjectRow,
    Reading,
    UnreadRow,
    VersionRow,
)
from folderkit.core.database import identity
from folderkit.core.events import Entry
from folderkit.core.signature import Aside, Folder, Signature
from folderkit.core.suggestions import Suggested

TEXT_STATE = ("CASE WHEN content.state = 'none' AND content.extractor < 0 THEN 'scan'"
              " ELSE coalesce(content.state, 'waiting') END")
"""The state of the text of a row of `content`, which may be absent; "scan" is one without text whose reading lacked
something (a number below zero): that letters are recognised."""

_FROM_JOURNAL = (  # table, columns, key: what the journal alone says
    ("project", "*", "id"), ("node", "*", "project, id"), ("file", "id, project, path, present, content", "id"),
    ("version", "*", "file, number"), ("move", "*", "file, entry"), ("pin", "*", "file, number, why"),
    ("document", "*", "rowid"), ("backup", "*", "place"), ("pending", "*", "batch"),
    ("filed", "*", "entry"))
_FILE = "SELECT row, id, project, path, present, content, size, mtime_ns, ctime_ns, dev, ino FROM file "
_FILE_AND_LAST = _FILE.replace(
    " FROM", ", (SELECT coalesce(max(number), 0) FROM version WHERE version.file = file.id) FROM")
_DOCUMENT = ("SELECT version, at, author, note, template, document.file, coalesce(file.path, document.path),"
             " coalesce(file.present, 0), document.content, basis FROM document"
             " LEFT JOIN file ON file.id = document.file")
_VERSION = ("SELECT file, number, at, who, why, restored, project, path, content, size, mtime_ns, pruned, incomplete"
            " FROM version ")


class Catalog:
    """One workspace's catalog. Writing is done inside `transaction`, under the writer's lock."""

    def __init__(self, path: Path, progress: schema.Progress | None = None) -> None:
        self.path = path
        self.database = schema.open_database(path, progress)
        self._file = identity(path)

    def replaced(self) -> bool:
        """Whether another process has thrown this catalog away and made a new one. Raises `schema.NewerCatalog` when
        that was a newer folderkit, or one has migrated it."""
        schema.refuse_newer(self.database, self.path)
        return identity(self.path) != self._file

    def close(self) -> None:
        self.database.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """One transaction around several writes; nothing of it stays when an error leaves it."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.database.execute("COMMIT")
        except BaseException:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            raise

    # -- the journal ----------------------------------------------------------------------
    @property
    def applied(self) -> tuple[int, str]:
        """The number and hash of the last journal entry that the catalog has taken in; (0, "") for none."""
        row = self.database.execute("SELECT number, hash FROM applied").fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def apply(self, entries: Iterable[Entry]) -> None:
        """Take in journal entries, in order; inside a transaction."""
        applying.apply(self.database, entries)

    # -- projects, nodes, pending ------------------------------------------------------------------
    def projects(self) -> list[ProjectRow]:
        rows = self.database.execute(
            "SELECT id, folder, skeleton, skeleton_version, language, created FROM project ORDER BY folder")
        return [ProjectRow(*row) for row in rows]

    def nodes(self, project: str) -> dict[str, NodeRow]:
        rows = self.database.execute("SELECT id, path, content FROM node WHERE project = ?", (project,))
        return {row[0]: NodeRow(*row) for row in rows}

    def documents(self, project: str, series: str) -> list[DocumentRow]:
        """Every filled version of one document, oldest first."""
        rows = self.database.execute(_DOCUMENT + " WHERE document.project = ? AND series = ? ORDER BY document.rowid",
                                     (project, series))
        return [_document_row(row) for row in rows]

    def last_documents(self, project: str) -> list[DocumentRow]:
        """Of each of a project's documents the last filled version that is there, by path."""
        there = self.database.execute(
            "SELECT document.rowid, series, version, document.file, file.path FROM document JOIN file"
            " ON file.id = document.file AND file.project = document.project"
            " WHERE document.project = ? AND file.present ORDER BY document.rowid", (project,))
        last = json.dumps(last_rows(itertools.starmap(Filled, there)))
        rows = self.database.execute(
            _DOCUMENT + " WHERE document.rowid IN"  # noqa: S608  all ours
            " (SELECT value FROM json_each(?)) ORDER BY file.path", (last,))
        return [_document_row(row) for row in rows]

    def backups(self) -> list[BackupRow]:
        """The last backup at each place, the newest first."""
        rows = self.database.execute("SELECT place, at, who, number, damaged FROM backup ORDER BY entry DESC")
        return [BackupRow(row[0], dt.datetime.fromisoformat(row[1]), *row[2:]) for row in rows]

    def versions_after(self, number: int) -> int:
        """How many versions the lines of the journal behind `number` brought."""
        (count,) = self.database.execute("SELECT count(*) FROM version WHERE entry > ?", (number,)).fetchone()
        return int(count)

    def last_backup(self) -> BackupRow | None:
        return next(iter(self.backups()), None)

    def pending(self) -> list[PendingRow]:
        rows = self.database.execute("SELECT batch, verb, plan FROM pending ORDER BY batch").fetchall()
        return [PendingRow(batch, verb, json.loads(plan)) for batch, verb, plan in rows]

    def is_pending(self, batch: str) -> bool:
        """Whether the change of that identity was begun and not concluded."""
        return self.database.execute("SELECT 1 FROM pending WHERE batch = ?", (batch,)).fetchone() is not None

    def folders(self, project: str) -> dict[str, Folder]:
        """The folders that the last scan saw, by path."""
        rows = self.database.execute("SELECT path, dev, ino, look, files, aside FROM folder WHERE project = ?",
                                     (project,))
        return {path: Folder(dev, ino, look, files, _read_aside(aside)) for path, dev, ino, look, files, aside in rows}

    def set_folders(self, project: str, folders: Mapping[str, Folder | None]) -> None:
        """Remember what a scan saw of folders; None: it is not there any more."""
        self.database.executemany("DELETE FROM folder WHERE project = ? AND path = ?",
                                  [(project, path) for path, folder in folders.items() if folder is None])
        self.database.executemany("INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?, ?, ?, ?)",
                                  [(project, path, *folder[:-1], json.dumps(folder.aside) if folder.aside else "")
                                   for path, folder in folders.items() if folder is not None])

    def aside(self) -> list[tuple[str, Aside]]:
        """The files that are not kept, as the last scan saw them, each with its path in the workspace."""
        rows = self.database.execute(
            "SELECT project.folder || '/' || CASE path WHEN '' THEN '' ELSE path || '/' END, aside"
            " FROM folder JOIN project ON project.id = project WHERE aside != '' ORDER BY 1")
        return [(place + one.name, one) for place, aside in rows for one in _read_aside(aside)]

    # -- files and versions ------------------------------------------------------------------------
    def files(self, project: str, *, present: bool = True) -> list[FileRow]:
        rows = self.database.execute(_FILE + "WHERE project = ? AND present = ? ORDER BY path", (project, present))
        return [_file_row(row) for row in rows]

    def files_below(self, project: str, folder: str) -> list[FileRow]:
        """The present files in a folder of a project and in the folders below it."""
        rows = self.database.execute(  # a range of the index; "0" follows "/"
            _FILE + "WHERE project = ? AND present AND path > ? AND path < ? ORDER BY path",
            (project, f"{folder}/", f"{folder}0"))
        return [_file_row(row) for row in rows]

    def files_in(self, project: str, folders: Sequence[str]) -> list[FileRow]:
        """The present files that lie directly in one of the folders ("": the project's own)."""
        if not folders:  # as in most scans
            return []
        rows = self.database.execute(
            _FILE + "WHERE project = ? AND present AND folder IN"  # noqa: S608  all ours
            " (SELECT value FROM json_each(?))",
            (project, json.dumps([f"{folder}/" if folder else "" for folder in folders])))
        return [_file_row(row) for row in rows]

    def file(self, identity: str) -> FileRow | None:
        row = self.database.execute(_FILE + "WHERE id = ?", (identity,)).fetchone()
        return _file_row(row) if row else None

    def folders_of_files(self, project: str) -> list[str]:
        """The folders in which any file of a project lies, or lay last."""
        rows = self.database.execute(  # each is found from the one before: there are many more files than folders
            "WITH RECURSIVE step(folder) AS (SELECT min(folder) FROM file WHERE project = :project UNION ALL"
            " SELECT (SELECT min(folder) FROM file WHERE project = :project AND folder > step.folder) FROM step"
            " WHERE folder IS NOT NULL) SELECT rtrim(folder, '/') FROM step WHERE folder IS NOT NULL",
            {"project": project})
        return [folder for (folder,) in rows]

    def file_at(self, project: str, path: str) -> FileRow | None:
        """The file at `path`; when none is there now, the one that was there last."""
        row = self.database.execute(
            _FILE + "WHERE project = ? AND path = ? ORDER BY present DESC, row DESC LIMIT 1",
            (project, path)).fetchone()
        return _file_row(row) if row else None

    def files_at(self, project: str, paths: Sequence[str]) -> dict[str, tuple[FileRow, int]]:
        """What `file_at` finds for each of the paths, where it finds any, with the number of its last version."""
        rows = self.database.execute(
            _FILE_AND_LAST + "WHERE project = ? AND path IN"  # noqa: S608  all ours
            " (SELECT value FROM json_each(?)) ORDER BY present, row",
            (project, json.dumps(paths)))
        found = [(_file_row(row[:-1]), int(row[-1])) for row in rows]
        return {file.path: (file, last) for file, last in found}

    def file_known_at(self, project: str, path: str) -> FileRow | None:
        """What `file_at` finds; else the file that had a version at `path` before it was moved elsewhere, be it to
        another project."""
        if found := self.file_at(project, path):
            return found
        row = self.database.execute(
            _FILE + "WHERE id IN (SELECT file FROM version WHERE project = ? AND path = ?)"  # noqa: S608  all ours
            " ORDER BY present DESC, row DESC LIMIT 1", (project, path)).fetchone()
        return _file_row(row) if row else None

    def present_among(self, files: Sequence[str]) -> set[str]:
        """Those of the files that lie anywhere now."""
        rows = self.database.execute(
            "SELECT id FROM file WHERE present AND id IN (SELECT value FROM json_each(?))", (json.dumps(files),))
        return {identity for (identity,) in rows}

    def held(self, contents: Sequence[str]) -> set[str]:
        """Those of the contents that any file holds, or held last."""
        rows = self.database.execute(
            "SELECT DISTINCT content FROM file WHERE content IN (SELECT value FROM json_each(?))",
            (json.dumps(contents),))
        return {content for (content,) in rows}

    def twins(self, content: str, signature: Signature) -> list[FileRow]:
        """Up to two files of any project that hold this content, or were last seen with it and this entry on disk;
        those of this entry (size, time, device, inode) first."""
        entry = (signature[0], signature[1], *signature[3:])
        same = "(size = ? AND mtime_ns = ? AND dev = ? AND ino = ?)"
        rows = self.database.execute(
            _FILE + f"WHERE content = ? AND (present OR {same}) ORDER BY {same} DESC LIMIT 2",
            (content, *entry, *entry))
        return [_file_row(row) for row in rows]

    def versions(self, file: str) -> list[VersionRow]:
        """Every version of a file, oldest first."""
        rows = self.database.execute(_VERSION + "WHERE file = ? ORDER BY number", (file,))
        return [version_row(row) for row in rows]

    def pins(self, project: str) -> set[tuple[str, int]]:
        """(file, number) of the versions of a project that are never let go."""
        return set(self.database.execute(
            "SELECT pin.file, number FROM pin JOIN file ON file.id = pin.file WHERE project = ?", (project,)))

    def all_versions(self) -> Iterator[KeptRow]:
        """Every version of every file, but for those that were let go."""
        rows = self.database.execute(
            "SELECT file, number, at, coalesce(folder, ''), path, content FROM version"
            " LEFT JOIN project ON project.id = version.project WHERE NOT pruned ORDER BY file, number")
        yield from map(KeptRow._make, rows)

    def set_signatures(self, signatures: Sequence[tuple[str, Signature]]) -> None:
        """Remember what the entries of files on disk looked like when their contents were last known."""
        self.database.execute(
            f"WITH new(id, size, mtime, ctime, dev, ino) AS (SELECT {applying.json_columns(6)} FROM json_each(?))"  # noqa: S608
            " UPDATE file SET size = new.size, mtime_ns = mtime, ctime_ns = ctime, dev = new.dev, ino = new.ino"
            " FROM new WHERE file.id = new.id",
            (json.dumps([(file, *signature) for file, signature in signatures]),))

    def volume(self) -> tuple[int, int]:
        """(how many versions there are of all files, and the sum of their sizes), without those that were let go."""
        count, size = self.database.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM version WHERE NOT pruned").fetchone()
        return count, size

    def last_kept(self, project: str) -> dt.datetime | None:
        """When the newest version of any file of a project was kept, UTC."""
        (at,) = self.database.execute("SELECT max(at) FROM version JOIN file ON file.id = version.file"
                                      " WHERE file.project = ?", (project,)).fetchone()
        return dt.datetime.fromisoformat(at) if at else None

    def incomplete(self) -> list[tuple[str, str]]:
        """(folder of the project, path) of the files of whose last version the end is missing."""
        return list(self.database.execute(
            "SELECT project.folder, kept.path FROM file AS kept JOIN project ON project.id = kept.project"
            " JOIN version ON version.file = kept.id"
            " AND number = (SELECT max(number) FROM version WHERE version.file = kept.id)"
            " WHERE present AND incomplete ORDER BY project.folder, kept.path"))

    def version_counts(self, project: str) -> tuple[int, int]:
        """(files present, versions kept and not let go) of a project."""
        (files,) = self.database.execute(
            "SELECT count(*) FROM file WHERE project = ? AND present", (project,)).fetchone()
        (versions,) = self.database.execute(
            "SELECT count(*) FROM version JOIN file ON file.id = version.file WHERE file.project = ? AND NOT pruned",
            (project,)).fetchone()
        return files, versions

    def tells_as(self, other: Catalog) -> bool:
        """Whether two catalogs tell the same of all that a journal says."""
        for table, columns, key in _FROM_JOURNAL:
            query = f"SELECT {columns} FROM {table} ORDER BY {key}"  # noqa: S608
            rows, others = self.database.execute(query), other.database.execute(query)
            if any(row != its for row, its in itertools.zip_longest(rows, others)):
                return False
        return True

    # -- text --------------------------------------------------------------------------------------
    def unread(self, extractor: int, project: str | None = None, settled: Sequence[int] = ()) -> list[UnreadRow]:
        """All present contents whose text this extractor has not read, those first that were changed last. Those whose
        reading has one of the numbers in `settled` would come out the same."""
        rows = self.database.execute(
            "SELECT file.content, min(file.path), unread.number FROM"
            " (SELECT content, 0 AS number FROM waiting UNION ALL SELECT hash, extractor FROM content"
            "  WHERE extractor < ? AND extractor NOT IN (SELECT value FROM json_each(?))) AS unread"
            " CROSS JOIN file ON file.content = unread.content"  # else SQLite looks at every file for a few contents
            " WHERE file.present AND (? IS NULL OR file.project = ?) GROUP BY file.content"
            " ORDER BY max(file.mtime_ns) DESC",
            (extractor, json.dumps(settled), project, project))
        return [UnreadRow(*row) for row in rows]

    def contents_of(self, files: Sequence[str]) -> set[str]:
        """What files, by their ids, hold or held last."""
        rows = self.database.execute(
            "SELECT content FROM file WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(files),))
        return {content for (content,) in rows}

    def forget_absent_texts(self, among: Iterable[str] | None = None) -> None:
        """Forget the texts that no present file holds any more, `among` these contents or all, so that they do not
        weigh in the ranking: a catalog that is made again must give the same answers. Inside a transaction."""
        some, values = ("", ()) if among is None else (
            "hash IN (SELECT value FROM json_each(?)) AND ", (json.dumps(list(among)),))
        rows = self.database.execute(
            f"SELECT hash FROM content WHERE {some}NOT EXISTS"  # noqa: S608  all ours
            " (SELECT 1 FROM file WHERE file.content = content.hash AND present)", values).fetchall()
        for (content,) in rows:
            self._forget_text(content)
            self.database.execute("INSERT OR IGNORE INTO waiting VALUES (?)", (content,))  # should it come back

    def set_text(self, content: str, extractor: int, reading: Reading) -> None:
        """Keep what this extractor read of a content; inside a transaction."""
        self._forget_text(content)
        self.database.execute("DELETE FROM waiting WHERE content = ?", (content,))
        passages = told(reading.passages)
        (row,) = self.database.execute(
            "INSERT INTO content(hash, extractor, state, title, passages, properties) VALUES (?, ?, ?, ?, ?, ?)"
            " RETURNING row", (content, extractor, reading.state, reading.title, pack(passages),
                               json.dumps(dict(reading.properties), ensure_ascii=False))).fetchone()
        index.add_text(self.database, row, reading.title, passages)
        self.database.execute(
            "INSERT INTO held SELECT ?, count(*), coalesce(max(mtime_ns), 0) / 1000000000, ? FROM file"
            " WHERE content = ? AND present", (row, index.mark_of(content), content))
        self.database.executemany("INSERT INTO suggested VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                  [(row, *one) for one in reading.suggested])

    def _forget_text(self, content: str) -> None:
        row = self.database.execute("SELECT row, title, passages FROM content WHERE hash = ?", (content,)).fetchone()
        if row:
            index.remove_text(self.database, row[0], row[1], unpack(row[2]))
            self.database.execute("DELETE FROM held WHERE row = ?", (row[0],))
            self.database.execute("DELETE FROM suggested WHERE content = ?", (row[0],))
            self.database.execute("DELETE FROM content WHERE row = ?", (row[0],))

    def text(self, content: str) -> tuple[str, str, list[tuple[str, str]]]:
        """(state, title, passages) of a content's text; the state is "waiting" when it has not been read."""
        row = self.database.execute("SELECT state, title, passages FROM content WHERE hash = ?", (content,)).fetchone()
        return (row[0], row[1], unpack(row[2])) if row else ("waiting", "", [])

    def text_state(self, content: str) -> str:
        """The state of a content's text for people, see `TEXT_STATE`."""
        row = self.database.execute(f"SELECT {TEXT_STATE} FROM content WHERE hash = ?", (content,)).fetchone()  # noqa: S608
        return row[0] if row else "waiting"

    def properties(self, content: str) -> dict[str, str]:
        """What a content says of itself, by name; empty when it was not read."""
        row = self.database.execute("SELECT properties FROM content WHERE hash = ?", (content,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def suggested(self, content: str) -> list[Suggested]:
        """What the text of a content suggests, in the order of the text."""
        rows = self.database.execute(
            "SELECT kind, value, number, unit, role, place, passage, start, length FROM suggested"
            " WHERE content = (SELECT row FROM content WHERE hash = ?) ORDER BY passage, start", (content,))
        return [Suggested._make(row) for row in rows]

    def files_with(self, row: int) -> list[int]:
        """The rows of the present files that hold the content of a row."""
        rows = self.database.execute("SELECT file.row FROM content CROSS JOIN file ON file.content = content.hash"
                                     " WHERE content.row = ? AND file.present ORDER BY file.path", (row,))
        return [file for (file,) in rows]

    def copies(self, project: str) -> list[list[str]]:
        """The paths of present files of a project that hold the same, by what they hold; what a skeleton made is left
        out."""
        rows = self.database.execute(
            "SELECT json_group_array(path) FROM (SELECT content, path FROM file WHERE project = :project AND present"
            " AND size > 0 AND content NOT IN (SELECT content FROM node WHERE node.project = :project) ORDER BY path)"
            " GROUP BY content HAVING count(*) > 1 ORDER BY min(path)", {"project": project})
        return [json.loads(paths) for (paths,) in rows]

    def copies_across(self, projects: Sequence[str]) -> list[list[tuple[str, str]]]:
        """The (project, path) of present files of several of the projects that hold the same, one for each project;
        what a skeleton made is left out."""
        rows = self.database.execute(
            "SELECT json_group_array(json_array(project, path)) FROM (SELECT content, project, min(path) AS path FROM"
            " file WHERE project IN (SELECT value FROM json_each(?)) AND present AND size > 0"
            " AND content NOT IN (SELECT content FROM node) GROUP BY content, project ORDER BY project)"
            " GROUP BY content HAVING count(*) > 1 ORDER BY min(path)", (json.dumps(projects),))
        return [[(project, path) for project, path in json.loads(places)] for (places,) in rows]

    def is_read(self, content: str) -> bool:
        """Whether the text of a content was read, or it was tried."""
        return self.database.execute("SELECT 1 FROM content WHERE hash = ?", (content,)).fetchone() is not None

    def text_states(self, project: str) -> dict[str, int]:
        """How many present files of a project are in each state of reading."""
        rows = self.database.execute(
            f"SELECT {TEXT_STATE}, count(*) FROM file LEFT JOIN content"  # noqa: S608
            " ON content.hash = file.content WHERE file.project = ? AND file.present GROUP BY 1", (project,))
        return dict(rows.fetchall())


def _read_aside(text: str) -> tuple[Aside, ...]:
    return tuple(Aside(name, why, tuple(signature)) for name, why, signature in json.loads(text)) if text else ()


def _file_row(row: sqlite3.Row | tuple[Any, ...]) -> FileRow:
    number, identity, project, path, present, content, *signature = row
    size, mtime_ns, ctime_ns, device, inode = signature
    return FileRow(number, identity, project, path, bool(present), content, (size, mtime_ns, ctime_ns, device, inode))


def _document_row(row: Sequence[Any]) -> DocumentRow:
    version, at, author, note, template, file, path, present, content, basis = row
    return DocumentRow(version, dt.datetime.fromisoformat(at), author, note, template, file, path, bool(present),
                       content, json.loads(basis))


def version_row(row: Sequence[Any]) -> VersionRow:
    return VersionRow(row[0], row[1], dt.datetime.fromisoformat(row[2]), *row[3:])
