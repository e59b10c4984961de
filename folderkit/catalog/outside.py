"""The files that a word hits outside their texts: in their names, folders and titles, and in what was noted of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from folderkit.catalog.sought import Sought

_FILES_WITH_NAME = (
    "SELECT file.row, {score} FROM name_fts CROSS JOIN file ON file.row = name_fts.rowid"
    " WHERE name_fts MATCH ? AND file.present")
_FILES_WITH_TITLE = (
    "SELECT file.row, {score} FROM title_fts CROSS JOIN content ON content.row = title_fts.rowid"
    " CROSS JOIN file ON file.content = content.hash WHERE title_fts MATCH ? AND file.present")
_FILES_WITH_NOTE = (
    "SELECT file.row, -bm25(fact_fts) FROM fact_fts CROSS JOIN filed ON entry = fact_fts.rowid"
    " CROSS JOIN file ON file.id = filed.file WHERE fact_fts MATCH ? AND NOT undone AND file.present"
    " AND entry = (SELECT max(entry) FROM filed AS last WHERE last.file = file.id AND NOT undone AND facts != '{}')")
_NAME_SCORE = "-bm25(name_fts, 8.0, 2.0, 0) + CASE WHEN bm25(name_fts, 1.0, 0, 0) < 0 THEN 4.0 ELSE 0.0 END"
_TITLE_SCORE = "-bm25(title_fts, 6.0, 0)"


def named(database: sqlite3.Connection, word: Sought, among: Collection[int] | None = None) -> dict[int, float]:
    """The present files in whose name, folders or title a word stands, or in what was noted of them, with what that
    scores; `among` those alone where any are given."""
    expression = word.expression()
    found: dict[int, float] = {}
    for query in (_FILES_WITH_NAME.format(score=_NAME_SCORE), _FILES_WITH_TITLE.format(score=_TITLE_SCORE),
                  _FILES_WITH_NOTE):
        for row, score in database.execute(query, (expression,)):
            if among is None or row in among:
                found[row] = found.get(row, 0.0) + score
    return found


def sounding(database: sqlite3.Connection, word: Sought, among: Collection[int] | None = None) -> set[int]:
    """The present files whose names or titles are read as a word, which is pinyin or initials."""
    pinyin = word.pinyin()
    if not pinyin:
        return set()
    return {row for files in (_FILES_WITH_NAME, _FILES_WITH_TITLE)
            for row, _ in database.execute(files.format(score="0"), (f"{{pinyin}} : ({pinyin})",))
            if among is None or row in among}
