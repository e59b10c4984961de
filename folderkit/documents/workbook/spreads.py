"""The sheets of a rendering with their columns repeated, and the programs that fill them then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from folderkit.core.language import Text
from folderkit.core.workbook.book import Book
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import LAST_COLUMN
from folderkit.documents.parts import package
from folderkit.documents.workbook.across import with_columns
from folderkit.documents.workbook.document import cannot_follow, texts_in
from folderkit.documents.workbook.program import Program
from folderkit.documents.workbook.running import blank, run
from folderkit.documents.workbook.spread import known_in, spread
from folderkit.documents.workbook.template import CompiledWorkbook
from folderkit.documents.workbook.writing import Filling


@dataclass(frozen=True)
class Job:
    """A sheet to be filled: its program, the template's sheet that it is made of, and the facts; None for a sheet that
    stays blank."""

    program: Program
    made_of: str
    facts: Mapping[str, Any] | None


def spread_jobs(compiled: CompiledWorkbook, parts: Mapping[str, bytes], jobs: Sequence[Job], tags: Any
                ) -> tuple[package.Package, list[Job]]:
    """The parts and the sheets once their columns are repeated. Raises `Failed` for what cannot follow."""
    fillings = {job.program.name: _columns_of(compiled, job, tags) for job in jobs
                if job.made_of in compiled.spreadings}
    faults: dict[tuple[str, Text], None] = {}
    layouts = {name: filling.layout for name, filling in fillings.items()}
    made = with_columns(compiled.path, parts, layouts, texts_in(Book(parts=parts)),
                        lambda place, why: faults.setdefault((place, why)))
    if faults:
        raise cannot_follow(compiled.path, list(faults))
    book = Book(parts=made)
    return made, [job if job.program.name not in fillings else _spread(job, fillings[job.program.name], book)
                  for job in jobs]


def _columns_of(compiled: CompiledWorkbook, job: Job, tags: Any) -> Filling:
    """How the columns of a sheet stand in the document; each once and blank where a value is missing."""
    program = replace(compiled.spreadings[job.made_of], name=job.program.name, part=job.program.part)
    if job.facts is not None:
        filling = run(compiled.path, program, tags, job.facts, LAST_COLUMN)
        if not tags.undefined.found:
            return filling
    return blank(program, LAST_COLUMN)


def _spread(job: Job, filling: Filling, book: Book) -> Job:
    grid = Cells(book.tree(job.program.part))
    last = max((max(grid.in_row(row), default=0) for row in grid.rows), default=0)
    facts = None if job.facts is None else {**job.facts, **known_in(filling)}
    return replace(job, program=spread(job.program, filling.layout, last), facts=facts)
