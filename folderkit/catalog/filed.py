"""What was filed and named in batches, by the catalog: for `undo`, and for what is noted of a file."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from folderkit.catalog.catalog import Catalog

_STEP = 'SELECT entry, at, project, file, batch, step, old, path, content, before, "by", facts, folders FROM filed '


class FiledRow(NamedTuple):
    """One step of a batch; see `core.events.FileFiled`. `at` is UTC."""

    entry: int
    at: dt.datetime
    project: str
    file: str
    batch: str
    step: str
    old: str
    path: str
    content: str
    before: str
    by: str
    facts: dict[str, Any]
    folders: tuple[str, ...]


def steps_of(catalog: Catalog, batch: str) -> list[FiledRow]:
    """The steps of a batch that were not taken back, in the order in which they were made."""
    return [_row(row) for row in catalog.database.execute(
        _STEP + "WHERE batch = ? AND NOT undone ORDER BY entry", (batch,))]


def batches(catalog: Catalog, limit: int) -> list[list[FiledRow]]:
    """The last batches with steps that were not taken back, the newest first."""
    names = catalog.database.execute(
        "SELECT batch FROM filed WHERE NOT undone GROUP BY batch ORDER BY max(entry) DESC LIMIT ?", (limit,)).fetchall()
    return [steps_of(catalog, name) for (name,) in names]


def filed_before(catalog: Catalog, files: Sequence[str]) -> set[str]:
    """Those of the files that a rule has moved or taken away, or of which a note was taken back: who brings one back
    wants it as it is."""
    rows = catalog.database.execute(
        "SELECT DISTINCT file FROM filed WHERE (step IN ('moved', 'taken') AND \"by\" != 'name'"
        " OR step = 'noted' AND undone)"
        " AND file IN (SELECT value FROM json_each(?))", (json.dumps(files),))
    return {file for (file,) in rows}


def noted(catalog: Catalog, file: str) -> FiledRow | None:
    """The step that says what was noted of a file last; None when nothing was."""
    row = catalog.database.execute(
        _STEP + "WHERE file = ? AND NOT undone AND facts != '{}' ORDER BY entry DESC LIMIT 1", (file,)).fetchone()
    return _row(row) if row else None


def _row(row: Any) -> FiledRow:
    return FiledRow._make([row[0], dt.datetime.fromisoformat(row[1]), *row[2:11], json.loads(row[11]),
                           tuple(json.loads(row[12]))])
