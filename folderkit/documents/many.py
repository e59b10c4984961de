"""Many documents of one template, rendered on all cores."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any, NamedTuple

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
_AT_ONCE = 8  # documents that a process is given


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


class Rendered(NamedTuple):
    """One document: its bytes, and the files that it took in."""

    data: bytes
    taken: Takings


def render_many(kind: Kind, drafts: Sequence[Draft]) -> Iterator[Rendered | Text]:
    """The document of each draft, in their order, or why there is none. Raises `Failed` when a process was ended."""
    compiled = compile_template(kind.template, kind.language, kind.firm)
    kind = kind._replace(has_contents=compiled.has_contents, paged=kind.paged and compiled.has_contents)
    processes = min(_cores(), len(drafts) if kind.paged else len(drafts) // _WORTH)
    if processes < 2:
        yield from (_rendered(kind, draft) for draft in drafts)
        return
    size = 1 if kind.paged else _AT_ONCE
    parts = [drafts[start : start + size] for start in range(0, len(drafts), size)]
    # a fork has the template compiled already; where it is not safe, each process compiles it
    way = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    pool = ProcessPoolExecutor(processes, way, _begin, (kind,))
    try:
        for made in pool.map(_render_part, parts):
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


_kind: list[Kind] = []  # of this process, once it has begun


def _begin(kind: Kind) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    threading.Thread(target=_end_with_first, daemon=True).start()
    _kind[:] = [kind]


def _end_with_first() -> None:
    """End this process when the first one is gone: when that was killed, nothing else would ever end this one."""
    if first := multiprocessing.parent_process():
        first.join()
        os._exit(1)


def _render_part(drafts: Iterable[Draft]) -> list[Rendered | Text]:
    return [_rendered(_kind[0], draft) for draft in drafts]


def _rendered(kind: Kind, draft: Draft) -> Rendered | Text:
    reach = replace(kind.reach, taken={})
    try:
        data = render(kind.template, kind.language, draft.context, kind.firm, draft.provenance, reach=reach)
        return Rendered(with_contents(data, pdf_of if kind.paged else None) if kind.has_contents else data,
                        reach.taken or {})
    except FolderkitError as error:
        return error.message
