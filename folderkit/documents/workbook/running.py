"""Programs run: what the tags of a sheet give for the facts of a rendering, and where its rows or columns go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import Template as JinjaTemplate
from jinja2.exceptions import TemplateError

from folderkit.core.errors import Failed
from folderkit.core.language import Text, same
from folderkit.core.workbook.references import LAST_ROW
from folderkit.documents.absent import line_of
from folderkit.documents.workbook.layout import laid_out
from folderkit.documents.workbook.program import Program
from folderkit.documents.workbook.writing import Filling

WRONG = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError,
         MemoryError)


def run(path: Path, program: Program, tags: Any, facts: Mapping[str, Any], most: int = LAST_ROW) -> Filling:
    """What a program of the template at `path` gives. Raises `Failed` for a tag that cannot be computed."""
    values: list[Any] = []
    rows: list[int] = []
    marks: list[list[int]] = [[] for _ in (*program.regions, *program.loops)]
    tags.put, tags.row = values.append, rows.append
    tags.blank = lambda row: rows.append(-row)
    tags.mark = lambda number: marks[number].append(len(rows))
    try:
        render_code(tags, program.code, facts)
    except WRONG as error:
        if not tags.undefined.found:  # what is missing may be the reason
            cell, tag = program.place_at(getattr(error, "lineno", None) or line_of(error))
            raise cannot_compute(path, program.name, cell, tag, error) from None
        rows, values, marks = [], [], [[0] for _ in marks]
    layout = laid_out(program.regions, program.loops, rows, marks, most)
    return Filling(program, layout, values)


def blank(program: Program, most: int = LAST_ROW) -> Filling:
    """What stands where nothing is filled: a sheet whose list is empty."""
    rows = [[-row for row in range(first, last + 1) if row not in program.left_out] for first, last in program.regions]
    marks, at = [], 0
    for one in rows:
        marks.append([at])
        at += len(one)
    layout = laid_out(program.regions, (), [row for one in rows for row in one], marks, most)
    return Filling(program, layout, ())


def render_code(tags: Any, code: CodeType, facts: Mapping[str, Any]) -> str:
    return JinjaTemplate.from_code(tags, code, tags.globals).render(facts)


def cannot_compute(path: Path, sheet: str, place: str | Text, tag: str, error: BaseException) -> Failed:
    from folderkit.core.tags import reason

    why, place = reason(error), same(place) if isinstance(place, str) else place
    return Failed(
        Text(f"{path}: {sheet}, {place.en}: {tag} cannot be computed: {why.en}.",
             f"{path}：{sheet}，{place.zh}：{tag} 无法计算：{why.zh}。"),
        Text("Correct the tag, or the value it uses.", "请改正该标签，或它所用的值。"))
