"""Many documents of one template, made on all cores."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core import safefiles
from folderkit.core.errors import Failed, FolderkitError
from folderkit.core.language import Language, Text
from folderkit.core.processes import Ended, cores, shared_out
from folderkit.core.settings import Firm
from folderkit.documents.compiled import Compiled, ready
from folderkit.documents.fields import fields_of
from folderkit.documents.pages.contents import Listed, with_entries, with_pages
from folderkit.documents.pages.pdf import Progress, convert_many
from folderkit.documents.parts.provenance import Provenance
from folderkit.documents.parts.taken import Takings
from folderkit.documents.render import render
from folderkit.documents.tags.functions import NOWHERE, Reach
from folderkit.documents.template import Template

_WORTH = 32  # documents that take as long as a process to start
_FEW, _MANY = 4, 32  # documents that a process is given: telling takes as long as half a document


class Kind(NamedTuple):
    """What all of the documents have in common; `paged` when LibreOffice tells the pages of their contents and what
    their formulas give, and `reach` where their template may take pictures and files."""

    template: Template
    language: Language
    firm: Firm
    paged: bool
    has_contents: bool = True
    reach: Reach = NOWHERE
    headings: Mapping[str, Mapping[str, str]] = {}


class Draft(NamedTuple):
    """One document to be: what its tags are filled with, and where it comes from."""

    context: Mapping[str, Any]
    provenance: Provenance | None = None


def make_many(kind: Kind, drafts: Sequence[Draft], folder: Path, progress: Progress) -> list[Takings | Text]:
    """Make the document of each draft in `folder`, under its place in their order, from 0; returns of each which files
    it took in, or why there is none. `progress` is told of those that are done. Raises `Failed` when a process was
    ended, `OSError` when a document cannot be written."""
    compiled, count = ready(kind.template, kind.language, kind.firm), len(drafts)
    fields_of(kind.template, kind.language, kind.firm)  # reads what it includes, too, before each process would
    computed = kind.paged and not isinstance(compiled, Compiled) and compiled.has_formulas
    kind = kind._replace(has_contents=compiled.has_contents, paged=kind.paged and compiled.has_contents)
    work = _Work(kind, drafts, folder)
    several = min(cores(), count // _WORTH)
    told: list[Takings | Text] = []
    with contextlib.closing(_made_by(several, work)) as making:
        for made in making:
            told.append(made)
            if not kind.paged and not computed:
                progress(len(told), count)
    if kind.paged and not any(isinstance(made, Text) for made in told):
        for number, fault in _give_pages(work, progress).items():
            told[number] = fault
    if computed and not any(isinstance(made, Text) for made in told):
        from folderkit.documents.workbook.computed import give_values

        give_values([folder / str(number) for number in range(count)], folder, lambda done: progress(done, count))
    return told


def _give_pages(work: _Work, progress: Progress) -> dict[int, Text]:
    """Number the pages in the contents of the documents that wait for it, all laid out together; returns of which there
    is none, and why."""
    waiting = {number: place for number in range(len(work.drafts)) if (place := work.layout(number)).exists()}
    before, faults = len(work.drafts) - len(waiting), dict[int, Text]()
    pdfs = {place: place.with_suffix(".pdf") for place in waiting.values()}
    failed = convert_many(pdfs, progress=lambda done, _: progress(before + done, len(work.drafts)), work=work.folder)
    for number, place in waiting.items():
        if place in failed:
            faults[number] = failed[place].message
            continue
        document = work.folder / str(number)
        document.write_bytes(with_pages(document.read_bytes(), pdfs[place].read_bytes()))
        for path in (place, pdfs[place]):
            path.unlink()
    return faults


def _made_by(processes: int, work: _Work) -> Generator[Takings | Text, None, None]:
    if processes < 2:
        yield from map(work.make, range(len(work.drafts)))
        return
    try:
        for made in shared_out(work.make_part, list(_parts(len(work.drafts), processes)), processes):
            yield from made
    except Ended:
        raise Failed(Text("A process that filled documents was ended by the system.", "填写文档的进程被系统终止。"),
                     Text("Close other programs, or give fewer records at once.",
                          "请关闭其他程序，或一次少给一些记录。")) from None


def _parts(count: int, processes: int) -> Iterator[range]:
    """What is made at once, smaller and smaller parts at the end, so that all processes are done at the same time."""
    start = 0
    while left := count - start:
        size = min(left, _MANY, max(_FEW, left // (4 * processes)))
        yield range(start, start + size)
        start += size


class _Work(NamedTuple):
    """The documents that are to be made, and where."""

    kind: Kind
    drafts: Sequence[Draft]
    folder: Path

    def make(self, number: int) -> Takings | Text:
        """Make one of them, or what `_give_pages` makes it of; the files that it took in, or why there is none. Raises
        `OSError`."""
        kind, draft, taken = self.kind, self.drafts[number], Takings()
        try:
            data = render(kind.template, kind.language, draft.context, kind.firm, draft.provenance,
                          reach=replace(kind.reach, taken=taken), headings=kind.headings)
        except FolderkitError as error:
            return error.message
        listed = with_entries(data, paged=kind.paged) if kind.has_contents else Listed(data)
        safefiles.write_new(f"{self.folder}/{number}", [listed.docx])
        if listed.layout:
            self.layout(number).write_bytes(listed.layout)
        return taken

    def make_part(self, numbers: range) -> list[Takings | Text]:
        return [self.make(number) for number in numbers]

    def layout(self, number: int) -> Path:
        """Where a document is as it is to be laid out for the pages of its contents."""
        return self.folder / f"{number}.docx"
