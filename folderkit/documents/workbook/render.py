"""Fill a workbook template: the facts of the context into its sheets, and all that refers to rows moved along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed
from folderkit.core.language import Language, Text
from folderkit.core.settings import Firm
from folderkit.core.workbook.book import Book
from folderkit.documents.absent import raise_missing, with_optional
from folderkit.documents.parts import package
from folderkit.documents.parts.identity import identify
from folderkit.documents.parts.members import Member
from folderkit.documents.parts.program import EXCEL, broken
from folderkit.documents.parts.provenance import Provenance, put_provenance, with_files
from folderkit.documents.parts.taken import Takings
from folderkit.documents.template import Template
from folderkit.documents.workbook.caption_filling import CaptionFiller
from folderkit.documents.workbook.captions import all_sheets
from folderkit.documents.workbook.copies import Copier
from folderkit.documents.workbook.document import Document, cannot_follow
from folderkit.documents.workbook.rows import Computed
from folderkit.documents.workbook.running import WRONG, blank, cannot_compute, render_code, run
from folderkit.documents.workbook.spreads import Job, spread_jobs
from folderkit.documents.workbook.template import CompiledWorkbook, compile_workbook
from folderkit.documents.workbook.titles import Made, made_of
from folderkit.documents.workbook.untagged import Headings, extras_of
from folderkit.documents.workbook.writing import Filling

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_MOST_SHEETS = 1_000  # of one that is repeated; LibreOffice holds 10,000 in all

Values = Callable[[bytes], Mapping[str, Computed]]  # a workbook's file → what each sheet's formulas give


def render_workbook(template: Template, language: Language, context: Mapping[str, Any], firm: Firm,
                    provenance: Provenance | None = None, compute: Values | None = None,
                    headings: Headings = MappingProxyType({}), taken: Takings | None = None) -> bytes:
    """The filled workbook, with where it comes from inside. The same input gives the same bytes. `compute` tells what
    its formulas give; without it they are computed when it is opened. `headings` are what columns of lists are called,
    for tables that are filled by their headers; the template is noted in `taken`.

    Raises `Misuse` naming every field that has no value, or a value that no cell can hold; `Failed` for a template that
    cannot be read, whose tags are wrong, or in which something cannot follow the rows that move.
    """
    taken = {} if taken is None else taken
    compiled = compile_workbook(template, language, firm, taken=taken)
    facts = {**context}
    if extras := extras_of(Book(parts=compiled.parts), compiled.tagged, facts, headings):
        compiled = compile_workbook(template, language, firm, extras)
    try:
        filled = _fill(compiled, facts)
        if filled.absent:
            facts = with_optional(template, compiled, firm, facts, filled.absent)
            filled = _fill(compiled, facts)
            raise_missing(template, compiled, filled.absent)
        parts, members = dict(filled.parts), dict(compiled.members)
        if filled.fillings:
            parts, members = _made(compiled, filled, compute)
    except ValueError as error:
        why = Text(f"it is damaged or incomplete ({error})", f"文件已损坏或不完整（{error}）")
        raise broken(str(compiled.path), EXCEL, why) from None
    if provenance:
        identify(parts, provenance.document)
        put_provenance(parts, with_files(provenance, taken, compiled.path))
    return package.write_package(parts, members)


def _made(compiled: CompiledWorkbook, filled: _Filled, compute: Values | None
          ) -> tuple[package.Package, dict[str, Member]]:
    """The parts of the filled workbook, and how they are packed."""
    document = Document(compiled.path, filled.parts, compiled.members, filled.fillings, filled.tags.finalize or str)
    document.settle()
    parts, members = document.packed()
    if compute and document.has_formulas:
        parts, members = document.packed(compute(package.write_package(parts, members)))
    return parts, members


# -- the tags --------------------------------------------------------------------------------------
class _Filled(NamedTuple):
    """What the tags of a rendering give: the parts in which each sheet is there as often as it will be, what every
    program gives, the fields without a value, and the environment."""

    parts: Mapping[str, bytes]
    fillings: Sequence[Filling]
    absent: list[str]
    tags: Tags


def _fill(compiled: CompiledWorkbook, facts: Mapping[str, Any]) -> _Filled:
    from folderkit.documents.tags.missing import recorder
    from folderkit.documents.workbook.environment import workbook_tags

    missing = recorder(facts)
    tags = workbook_tags(compiled.language, compiled.currency, missing)
    made = _titles(compiled, tags, facts)
    parts, places = compiled.parts, dict[str, str]()
    if made and not missing.found:
        parts, places = _copied(compiled, made)
    jobs = [Job(replace(program, name=sheet.title, part=places.get(sheet.title, program.part)), program.name,
                None if sheet.facts is None else {**facts, **sheet.facts})
            for program in compiled.programs for sheet in made.get(program.name, (Made(program.name, {}),))]
    if compiled.captions:
        filler = CaptionFiller(compiled.path, compiled.captions, tags)
        parts = filler.fill(parts, {job.program.name: job.facts for job in jobs}, facts)
    if compiled.spreadings:
        parts, jobs = spread_jobs(compiled, parts, jobs, tags)
    fillings = [blank(job.program) if job.facts is None else run(compiled.path, job.program, tags, job.facts)
                for job in jobs]
    for filling in fillings:
        if missing in {*map(type, filling.values)}:
            _use_missing(compiled, filling, missing)
    return _Filled(parts, fillings, list(missing.found), tags)


def _titles(compiled: CompiledWorkbook, tags: Any, facts: Mapping[str, Any]) -> dict[str, list[Made]]:
    """The sheets that are made of each that is named by tags, or is there for each member of a list."""
    titled = {titling.sheet for titling in compiled.titlings}
    taken = {sheet.casefold() for sheet in all_sheets(Book(parts=compiled.parts)) if sheet not in titled}
    made = {}
    for titling in compiled.titlings:
        values: list[Any] = []
        tags.put = values.append
        try:
            render_code(tags, titling.code, facts)
        except WRONG as error:
            if not tags.undefined.found:
                raise cannot_compute(compiled.path, titling.sheet, titling.cell, titling.tag, error) from None
            values = []
        if len(values) > _MOST_SHEETS * (len(titling.names) + 1):
            raise Failed(Text(f"{compiled.path}: '{titling.sheet}' would be made more than {_MOST_SHEETS:,} times.",
                              f"{compiled.path}：工作表“{titling.sheet}”会生成超过 {_MOST_SHEETS:,} 张。"),
                         Text("Give fewer records, or make a workbook for each with --each.",
                              "请减少记录，或用 --each 为每条记录各生成一个工作簿。"))
        made[titling.sheet] = made_of(titling, values, taken)
    return made


def _copied(compiled: CompiledWorkbook, made: Mapping[str, Sequence[Made]]) -> tuple[package.Package, dict[str, str]]:
    """The parts with each sheet as often as it is made, and the part of each. Raises `Failed`."""
    faults: dict[tuple[str, Text], None] = {}
    titles = {sheet: [one.title for one in found] for sheet, found in made.items()}
    copier = Copier(compiled.parts, titles, lambda place, why: faults.setdefault((place, why)))
    parts = copier.made()
    if faults:
        raise cannot_follow(compiled.path, list(faults))
    return parts, copier.parts_of


def _use_missing(compiled: CompiledWorkbook, filling: Filling, missing: type[Any]) -> None:
    """Let what is missing record its name. Raises `Failed` for what the sandbox keeps from a tag."""
    from jinja2.exceptions import SecurityError

    program = filling.program
    places = ((row, slot.column) for region in filling.layout.regions for row in region.rows if row > 0
              for slot in program.slots[row])
    for value, (row, column) in zip(filling.values, places, strict=True):
        if type(value) is missing:
            try:
                str(value)
            except SecurityError as error:
                cell = f"{column_letters(program.home(column) - 1)}{row}"
                tag = next((tag for place, tag in program.places if place == cell and tag), "")
                raise cannot_compute(compiled.path, program.name, cell, tag, error) from None
