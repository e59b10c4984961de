"""Make a planned document and its PDF: rendered, put in its place, kept, or nothing of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core import safefiles
from folderkit.core.errors import Refused, os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.filling import headings_of
from folderkit.operations.fill.planning import FillPlan, missing_fields, refuse_existing

if TYPE_CHECKING:
    from folderkit.documents import Provenance, Reach, Takings
    from folderkit.store import Store

Convert = Callable[[bytes], bytes]


def apply_fill(store: Store | None, plan: FillPlan, convert: Convert | None) -> int:
    """Make the document, and its PDF; returns the number of the document's version (0 outside a project).

    `convert` makes a PDF of Word bytes, for the page numbers of a contents page; with it, LibreOffice also tells what
    the formulas of a workbook give. Raises `Misuse` naming every
    field without a value, `Refused` when something stands at the target that is not to be replaced or has changed since
    it was planned, or LibreOffice is needed and not there, `Failed` when it cannot lay the document out; then nothing
    was written.
    """
    from folderkit.documents import Takings, pdf_of, require_soffice

    if plan.missing:
        raise missing_fields(plan)
    refuse_existing([plan])
    if plan.pdf:
        require_soffice()
    if store is not None and plan.inside:
        from folderkit.operations.fill.keeping import make_and_keep

        return make_and_keep(store, plan.inside, plan, convert)
    data = rendered(store, plan, None, convert, Takings())
    pdf = pdf_of(data, name=plan.target.name) if plan.pdf else b""  # before anything is in its place
    write(plan.target, data)
    if plan.pdf:
        write(plan.pdf, pdf)
    return 0


def rendered(store: Store | None, plan: FillPlan, origin: Provenance | None, convert: Convert | None, taken: Takings
             ) -> bytes:
    """The document of a plan, which says of itself where it comes from; the files that it takes in are noted in
    `taken`. Raises `Misuse` or `Failed`."""
    from folderkit.documents import render, with_contents

    data = render(plan.template, plan.language, plan.filling.context, plan.firm, origin,
                  reach=replace(reach_of(store, plan), taken=taken), computed=convert is not None,
                  headings=headings_of(plan.template))
    return with_contents(data, convert) if plan.template.kind == "word" else data


def reach_of(store: Store | None, plan: FillPlan) -> Reach:
    """Where the template may take pictures: in its project, then in the workspace; without a project beside itself."""
    from folderkit.documents import Reach

    if store is not None and plan.project is not None:
        root = store.workspace.root
        return Reach((plan.project.folder, root), plan.template.folders)
    return Reach((plan.template.edition(plan.language).parent,), plan.template.folders)


def write(target: Path, data: bytes) -> None:
    """Put a file in its place outside of a project."""
    made: list[Path] = []
    with telling(target):
        try:
            made = make_folders(target.parent)
            safefiles.place_new(target, [data])
        except BaseException:
            remove_empty(made)
            raise


@contextlib.contextmanager
def telling(target: Path) -> Iterator[None]:
    """Tell a person why the document could not be put at its place."""
    try:
        yield
    except (FileExistsError, FileNotFoundError):
        raise changed(target) from None
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, target) from None


def changed(target: Path) -> Refused:
    """The error for what somebody else has just made or changed."""
    return Refused(Text(f"'{target}' was made or changed a moment ago.", f"“{target}”刚刚被创建或修改。"),
                   Text("Look at it, then run the command again.", "请先查看，再运行一次。"))
