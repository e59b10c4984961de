"""What lay in a folder at a moment, or when it was last there: from versions, and from the moves and deletions between
them."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import NamedTuple

from folderkit.catalog.catalog import Catalog, version_row
from folderkit.catalog.rows import VersionRow

TOGETHER = dt.timedelta(minutes=15)  # a watch may see a folder go in several looks, the last ten minutes later
_VERSION = "file, number, at, who, why, restored, project, path, content, size, mtime_ns, pruned, incomplete"
_KEPT = (f"SELECT place.path, {', '.join(f'version.{name}' for name in _VERSION.split(', '))} FROM place"  # noqa: S608
         " JOIN version ON version.file = place.file AND version.number = (SELECT max(number) FROM version AS kept"
         " WHERE kept.file = place.file AND kept.at < :moment AND NOT kept.pruned)"
         " ORDER BY version.at, version.file")
_BELOW = "project = :project AND substr(path, 1, length(:below)) = :below"


class PastFile(NamedTuple):
    """Where a file lay, relative to its project, and the version that it was then."""

    path: str
    version: VersionRow


def as_of(catalog: Catalog, project: str, folder: str, moment: dt.datetime) -> list[PastFile]:
    """The files that lay below a folder of a project ("": the project) right before `moment`, by path. Of a content
    that was let go, the version before it."""
    # A file's place is what the last of its versions, moves and deletions before the moment says, in their order in
    # the journal, which a clock that was set back does not change.
    return _found(catalog, project, folder, moment, f"""
        WITH past AS (
            SELECT file, number, 0 AS entry, project, path, 1 AS present FROM version WHERE at < :moment
            UNION ALL SELECT file, number, entry, project, path, present FROM move WHERE at < :moment),
        last AS (SELECT file, project, path, present, max((number << 40) | entry) FROM past GROUP BY file),
        place AS (SELECT file, path FROM last WHERE present AND {_BELOW}) {_KEPT}""")  # noqa: S608  all ours


def present(catalog: Catalog, project: str, folder: str) -> list[PastFile]:
    """The files that lie below a folder, as they are known."""
    return _found(catalog, project, folder, None, f"""
        WITH place AS (SELECT id AS file, path FROM file WHERE present AND {_BELOW}) {_KEPT}""")  # noqa: S608


def last_there(catalog: Catalog, project: str, folder: str, now: dt.datetime) -> list[PastFile]:
    """The files that lay below a folder that is gone when it was last there: those of which nobody has noticed yet,
    and those that were deleted together with the last one."""
    unnoticed = present(catalog, project, folder)
    gone = catalog.database.execute(
        f"SELECT at FROM move WHERE NOT present AND {_BELOW} ORDER BY at DESC",  # noqa: S608
        {"project": project, "below": _below(folder)})
    times = [dt.datetime.fromisoformat(at) for (at,) in gone]
    if unnoticed:
        times.insert(0, max([now, *times]))
    if not times:
        return []
    since = times[0]
    for later, earlier in itertools.pairwise(times):
        if later - earlier > TOGETHER:
            break
        since = earlier
    deleted = _found(catalog, project, folder, None, f"""
        WITH place AS (SELECT id AS file, path FROM file WHERE NOT present AND {_BELOW} AND EXISTS
            (SELECT 1 FROM move WHERE move.file = file.id AND NOT move.present AND move.at >= :since))
        {_KEPT}""", since)  # noqa: S608
    return _one_each([*deleted, *unnoticed])


def first_time(catalog: Catalog, project: str, folder: str) -> dt.datetime | None:
    """When the first file came to lie below a folder; None when none ever did."""
    (at,) = catalog.database.execute(
        f"SELECT min(at) FROM (SELECT at FROM version WHERE {_BELOW}"  # noqa: S608
        f" UNION ALL SELECT at FROM move WHERE present AND {_BELOW})",
        {"project": project, "below": _below(folder)}).fetchone()
    return dt.datetime.fromisoformat(at) if at else None


def _found(catalog: Catalog, project: str, folder: str, moment: dt.datetime | None, query: str,
           since: dt.datetime | None = None) -> list[PastFile]:
    rows = catalog.database.execute(query, {
        "project": project, "below": _below(folder), "moment": moment.astimezone(dt.UTC).isoformat() if moment else "~",
        "since": since.isoformat() if since else ""})
    return _one_each([PastFile(row[0], version_row(row[1:])) for row in rows])


def _one_each(files: list[PastFile]) -> list[PastFile]:
    """One file for each path, sorted: the last one where a clock that was set back makes two."""
    return sorted({file.path: file for file in files}.values())


def _below(folder: str) -> str:
    return f"{folder}/" if folder else ""
