"""Finding files by the words in their names, titles and text, with each hit marked in its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from folderkit.catalog import tokens
from folderkit.catalog.catalog import Catalog, shown_facts, unpack_passages
from folderkit.catalog.filed import noted

SNIPPET_CHARACTERS = 80
_TITLE_WEIGHT, _BODY_WEIGHT = 6.0, 1.0
_NAME_WEIGHT, _FOLDER_WEIGHT = 8.0, 2.0
_NAME_BONUS = 4.0


@dataclass(frozen=True)
class Hit:
    """One file that was found. `marks` are (start, end) of the found words in `snippet`; `place` is where
    in the file the snippet stands (a page, a cell, a slide); a higher `score` is a better hit."""

    project: str
    path: str
    version: int
    title: str
    snippet: str
    marks: tuple[tuple[int, int], ...]
    place: str
    score: float


def search(catalog: Catalog, query: str, project: str | None = None, limit: int = 20) -> list[Hit]:
    """The present files in which every word of `query` occurs, best first."""
    words = tokens.parse_query(query)
    expressions = [expression for word in words if (expression := tokens.match_expression(word))]
    if not expressions:
        return []
    scores = _scores(catalog, expressions, project)
    best = sorted(scores, key=lambda row: (-scores[row], -row))[:limit]
    return [_hit(catalog, row, words, scores[row]) for row in best]


_MATCHES = f"""
SELECT file.row, -bm25(content_fts, {_TITLE_WEIGHT}, {_BODY_WEIGHT}) FROM content_fts
 JOIN content ON content.row = content_fts.rowid JOIN file ON file.content = content.hash
 WHERE content_fts MATCH :words AND file.present AND (:project IS NULL OR file.project = :project)
UNION ALL
SELECT file.row, {_NAME_BONUS} - bm25(name_fts, {_NAME_WEIGHT}, {_FOLDER_WEIGHT}) FROM name_fts
 JOIN file ON file.row = name_fts.rowid
 WHERE name_fts MATCH :words AND file.present AND (:project IS NULL OR file.project = :project)
UNION ALL
SELECT file.row, -bm25(fact_fts) FROM fact_fts JOIN filed ON filed.entry = fact_fts.rowid
 JOIN file ON file.id = filed.file
 WHERE fact_fts MATCH :words AND NOT filed.undone AND file.present
 AND (:project IS NULL OR file.project = :project)
 AND filed.entry = (SELECT max(entry) FROM filed AS last WHERE last.file = file.id AND NOT undone AND facts != '{{}}')
"""  # noqa: S608  only our own numbers are put in


def _scores(catalog: Catalog, expressions: list[str], project: str | None) -> dict[int, float]:
    """The files in which every expression matches, in text or in name, with the sum of their scores."""
    total: dict[int, float] | None = None
    for expression in expressions:
        found: dict[int, float] = {}
        for row, score in catalog.database.execute(_MATCHES, {"words": expression, "project": project}):
            found[row] = found.get(row, 0.0) + score
        total = found if total is None else {row: total[row] + found[row] for row in total.keys() & found.keys()}
    return total or {}


def _hit(catalog: Catalog, row: int, words: list[str], score: float) -> Hit:
    identity, project, path, title, packed, version = catalog.database.execute(
        "SELECT file.id, file.project, file.path, coalesce(content.title, ''), content.passages,"
        " (SELECT max(number) FROM version WHERE version.file = file.id)"
        " FROM file LEFT JOIN content ON content.hash = file.content WHERE file.row = ?", (row,)).fetchone()
    place, line = "", ""
    marks: list[tuple[int, int]] = []
    for passage_place, text in unpack_passages(packed) if packed else ():
        found = tokens.occurrences(text, words)
        if len(found) > len(marks):
            place, line, marks = passage_place, text, found
            if len(found) >= len(words):
                break
    filed = None if marks else noted(catalog, identity)
    if filed:  # the words stand in what was noted of it
        line = shown_facts(filed.facts)
        marks = tokens.occurrences(line, words)
    if not marks:  # or only in its name
        line = PurePosixPath(path).name
        marks = tokens.occurrences(line, words)
    snippet, shifted = _cut(line, marks)
    return Hit(project, path, version or 0, title, snippet, tuple(shifted), place, round(score, 4))


def _cut(line: str, marks: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """A part of `line` around the first mark, on one line, with the marks moved to where they are in it."""
    first = marks[0][0] if marks else 0
    start = max(0, min(first - SNIPPET_CHARACTERS // 3, len(line) - SNIPPET_CHARACTERS))
    end = min(len(line), start + SNIPPET_CHARACTERS)
    before, after = "…" if start else "", "…" if end < len(line) else ""
    text = "".join(" " if char.isspace() else char for char in line[start:end])
    shift = len(before) - start
    whole = [(a, b) for a, b in marks if start <= a and b <= end] or [(a, min(b, end)) for a, b in marks[:1]]
    inside = [(a + shift, b + shift) for a, b in whole]
    return before + text + after, inside
