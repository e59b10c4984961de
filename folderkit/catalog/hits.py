"""What is told of a file that was found: the line in which the words stand, with its place, and the words marked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from folderkit.catalog.catalog import TEXT_STATE, Catalog
from folderkit.catalog.filed import noted
from folderkit.catalog.passages import chunks_of, place_of
from folderkit.catalog.rows import shown_facts
from folderkit.catalog.sought import Sought, Span, occurrences
from folderkit.catalog.tokens import normalise

SNIPPET_CHARACTERS = 80
_BLANK = re.compile(r"\s")
_LOOKED_AT = 50  # of the passages of a chunk in which one word stands


@dataclass(frozen=True)
class Hit:
    """One file that was found. `marks` are (start, end) of the found words in `snippet`; `place` is where
    in the file the snippet stands (a page, a cell, a slide); a higher `score` is a better hit. `state` says how its
    text was read ("waiting": not yet); `present` is false for a version that its file has no more."""

    project: str
    path: str
    version: int
    title: str
    snippet: str
    marks: tuple[Span, ...]
    place: str
    score: float
    state: str = "ok"
    present: bool = True


def hits_of(catalog: Catalog, files: Sequence[tuple[int, float]], words: Sequence[Sought]) -> list[Hit]:
    """The hits for rows of files with their scores, in the same order."""
    rows = {row[0]: row[1:] for row in catalog.database.execute(
        "SELECT file.row, file.id, file.project, file.path, coalesce(content.title, ''),"  # noqa: S608
        f" {TEXT_STATE}, content.passages,"
        " coalesce((SELECT max(number) FROM version WHERE version.file = file.id), 0) FROM json_each(?)"
        " CROSS JOIN file ON file.row = value LEFT JOIN content ON content.hash = file.content",
        (json.dumps([row for row, _ in files]),))}
    hits = []
    for row, score in files:
        identity, project, path, title, state, packed, version = rows[row]
        place, line, marks = located(packed or b"", words)
        if not marks and words and (filed := noted(catalog, identity)):  # the words stand in what was noted of it
            line = shown_facts(filed.facts)
            marks = occurrences(line, words)
        if not marks:
            line, marks = in_name(path, title, words)
        snippet, shifted = cut(line, marks)
        hits.append(Hit(project, path, version, title, snippet, tuple(shifted), place, score, state))
    return hits


def in_name(path: str, title: str, words: Sequence[Sought]) -> tuple[str, list[Span]]:
    """The name, or the title or the path where the words stand there alone; the name for what is read as the words."""
    name = PurePosixPath(path).name
    for line in (name, title, path):
        if marks := occurrences(line, words):
            return line, marks
    return name, []


def located(packed: bytes, words: Sequence[Sought]) -> tuple[str, str, list[Span]]:
    """The place of the first passage in which the most of the words stand, the line in it, and their marks there.

    It is looked for in Chinese texts as they are and in others without case alone first, which finds nearly all at a
    part of the price."""
    first = str if all(word.is_all_han for word in words) else str.casefold
    for fold in (first, normalise) if words else ():
        found = _best_passage(packed, words, fold)
        if found and (marks := occurrences(found[1], words)):
            return place_of(packed, found[0]), found[1], marks
    return "", "", []


def _best_passage(packed: bytes, words: Sequence[Sought], fold: Callable[[str], str]) -> tuple[int, str] | None:
    """The number of the best passage, and what is to be marked of it."""
    best = 0
    told: tuple[int, str] | None = None
    for chunk in chunks_of(packed):
        plain = fold(chunk.text)
        found: dict[int, list[tuple[int, int]]] = {}  # by passage: where a word is, and which
        for which, word in enumerate(words):
            at = passage = 0
            for seen, (start, _) in enumerate(word.spans(plain)):
                passage += plain.count("\0", at, start)
                at = start
                found.setdefault(passage, []).append((start, which))
                if seen >= _LOOKED_AT or len(words) == 1:
                    break
        for passage, its in sorted(found.items()):
            if (count := len({which for _, which in its})) > best:
                best = count
                start = _best_line(plain, its)
                if len(plain) == len(chunk.text):
                    text = _line(chunk.text, start, 2 * (SNIPPET_CHARACTERS + sum(len(word.text) for word in words)))
                else:  # the places are others, but not the lines
                    line = plain.count("\n", plain.rfind("\0", 0, start) + 1, start)
                    text = "\n".join(chunk.passages()[passage].split("\n")[line:])
                told = chunk.first + passage, text
        if best == len(words):
            break
    return told


def _best_line(plain: str, its: Sequence[tuple[int, int]]) -> int:
    """Where the first word stands in the first of the lines in which the most of the words are; `its` are the places
    of words in one passage, and which each is."""
    if len(its) == 1:
        return its[0][0]
    lines: dict[int, tuple[int, set[int]]] = {}  # by their beginnings
    for start, which in sorted(its):
        lines.setdefault(plain.rfind("\n", 0, start), (start, set()))[1].add(which)
    return max(lines.values(), key=lambda line: len(line[1]))[0]


def _line(text: str, at: int, ahead: int) -> str:
    """What stands in the line of a passage around a place in the texts of a chunk, no more than is shown of it; behind
    the place also what stands in the next lines, into which a phrase may go."""
    line = max(text.rfind(end, 0, at) for end in ("\0", "\n")) + 1
    top = max(line, at - SNIPPET_CHARACTERS)
    while top > line and text[top - 1].isalnum() and at - top < 2 * SNIPPET_CHARACTERS:  # half a word is none
        top -= 1
    bottom = text.find("\0", at)
    return text[top : min(at + ahead, len(text) if bottom < 0 else bottom)]


def cut(line: str, marks: Sequence[Span]) -> tuple[str, list[Span]]:
    """The line of a text in which the first mark stands, or a part of it around that, with the marks moved to where
    they are in it."""
    first, last = marks[0] if marks else (0, 0)
    top = line.rfind("\n", 0, first) + 1
    bottom = line.find("\n", last)
    bottom = len(line) if bottom < 0 else bottom
    start = max(top, min(first - SNIPPET_CHARACTERS // 3, bottom - SNIPPET_CHARACTERS))
    end = min(bottom, start + SNIPPET_CHARACTERS)
    before, after = "…" if start > top else "", "…" if end < bottom else ""
    text = _BLANK.sub(" ", line[start:end])
    shift = len(before) - start
    whole = [(a, b) for a, b in marks if start <= a and b <= end] or [(a, min(b, end)) for a, b in marks[:1]]
    return before + text + after, [(a + shift, b + shift) for a, b in whole]
