"""Many documents of one template, made on all cores."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core import safefiles
from folderkit.core.errors import Failed, FolderkitError
from folderkit.core.language import Language, Text
from folderkit.core.settings import Firm
from folderkit.documents.compiled import compile_template
from folderkit.documents.pages.contents import with_contents
from folderkit.documents.pages.pdf import pdf_of
from folderkit.documents.parts.provenance import Provenance
from folderkit.documents.parts.taken import Takings
from folderkit.documents.render import render
from folderkit.documents.tags.functions import NOWHERE, Reach
from folderkit.documents.template import Template

_WORTH = 32  # documents without page numbers that take as long as a process to start
_AT_ONCE = 10  # documents that a process is given


class Kind(NamedTuple):
    """What all of the documents have in common; `paged` when LibreOffice tells the pages of their contents, and `reach`
    where their template may take pictures and files."""

    template: Template
    language: Language
    firm: Firm
    paged: bool
    has_contents: bool = True
    reach: Reach = NOWHERE


class Draft(NamedTuple):
    """One document to be: what its tags are filled with, and where it comes from."""

    context: Mapping[str, Any]
    provenance: Provenance | None = None


def make_many(kind: Kind, drafts: Sequence[Draft], folder: Path) -> Iterator[Takings | Text]:
    """Make the document of each draft in `folder`, under its place in their order, from 0; tells of each in this order
    which files it took in, or why there is none. Raises `Failed` when a process was ended, `OSError` when one cannot be
    written."""
    compiled = compile_template(kind.template, kind.language, kind.firm)
    kind = kind._replace(has_contents=compiled.has_contents, paged=kind.paged and compiled.has_contents)
    work = _Work(kind, drafts, str(folder))
    processes = min(_cores(), len(drafts) if kind.paged else len(drafts) // _WORTH)
    if processes < 2:
        yield from map(work.make, range(len(drafts)))
    else:
        yield from _made_by_several(work, processes)


def _made_by_several(work: _Work, processes: int) -> Iterator[Takings | Text]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    count, size = len(work.drafts), 1 if work.kind.paged else _AT_ONCE
    parts = [range(start, min(start + size, count)) for start in range(0, count, size)]
    # a fork has the template compiled and the drafts read already; where it is not safe, each process is given them
    way = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(processes, way, _begin, (work,))
    try:
        for made in pool.map(_make_part, parts):
            yield from made
    except BrokenProcessPool:
        raise Failed(Text("A process that filled documents was ended by the system.", "填写文档的进程被系统终止。"),
                     Text("Close other programs, or give fewer records at once.",
                          "请关闭其他程序，或一次少给一些记录。")) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Work(NamedTuple):
    """The documents that are to be made, and where."""

    kind: Kind
    drafts: Sequence[Draft]
    folder: str

    def make(self, number: int) -> Takings | Text:
        """Make one of them; the files that it took in, or why there is none. Raises `OSError`."""
        kind, draft, taken = self.kind, self.drafts[number], Takings()
        try:
            data = render(kind.template, kind.language, draft.context, kind.firm, draft.provenance,
                          reach=replace(kind.reach, taken=taken))
            if kind.has_contents:
                data = with_contents(data, pdf_of if kind.paged else None)
        except FolderkitError as error:
            return error.message
        safefiles.write_new(f"{self.folder}/{number}", [data])
        return taken


_work: list[_Work] = []  # of this process, once it has begun


def _begin(work: _Work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    threading.Thread(target=_end_with_first, daemon=True).start()
    gc.freeze()  # all that came along stays: looking through it again and again takes long
    _work[:] = [work]


def _end_with_first() -> None:
    """End this process when the first one is gone: when that was killed, nothing else would ever end this one."""
    import multiprocessing

    if first := multiprocessing.parent_process():
        first.join()
        os._exit(1)


def _make_part(numbers: range) -> list[Takings | Text]:
    return [_work[0].make(number) for number in numbers]
