"""Everything that is wrong in a workbook template, told at once, by sheet and cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.errors import FolderkitError
from folderkit.core.language import Language, Text, same
from folderkit.documents.fields import groups_of
from folderkit.documents.findings import Checked, Finding, faults_of_source
from folderkit.documents.known import Known
from folderkit.documents.parts import package
from folderkit.documents.parts.program import EXCEL
from folderkit.documents.tags.syntax import TagFault
from folderkit.documents.workbook.template import ReadSheet, fields_of_sheets, read_captions, read_sheets

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_READ_IT = Text("Open it in Excel and save it as .xlsx.", "请用 Excel 打开并另存为 .xlsx。")


def check_workbook(path: Path, language: Language, currency: str, known: Known) -> Checked:
    """Every fault of the Excel file, with what is known of its fields."""
    from jinja2 import StrictUndefined

    from folderkit.documents.workbook.environment import workbook_tags

    tags = workbook_tags(language, currency, StrictUndefined)
    try:
        parts, _ = package.read_package(package.read_file(path), str(path), EXCEL)
        read = [*read_sheets(parts, path, tags), *read_captions(parts, path, tags)]
    except FolderkitError as error:
        return Checked((Finding(path, error.message, error.hint or _READ_IT),))
    readable = [one.source for one in read if one.source is not None]
    groups = groups_of(readable)
    findings = [finding for one in read for finding in _findings(path, one, known, groups, tags)]
    return Checked(tuple(dict.fromkeys(findings)), fields_of_sheets(read))


def _findings(path: Path, read: ReadSheet, known: Known, groups: frozenset[str], tags: Tags) -> Iterator[Finding]:
    """The findings of one sheet, in the order of its cells."""
    order = {cell.name: number for number, cell in enumerate((*read.sheet.cells, *read.sheet.formulas))}
    found = [(cell.name, fault) for cell, fault in read.faults]
    labels = {cell.name: cell.called for cell, _ in read.faults} | dict(read.part.labels)
    wrong = {(cell, fault.tag) for cell, fault in found if fault.grave}
    for fault in faults_of_source(read.source, known, groups, tags) if read.source is not None else ():
        cell = _cell_of(read, fault)
        if (cell, fault.tag) not in wrong:
            found.append((cell, fault))
    for cell, fault in sorted(found, key=lambda pair: order.get(pair[0], 0)):
        place = labels.get(cell, same(cell))
        yield Finding(path, fault.message, fault.hint, same(read.sheet.name), place, fault.shown, fault.field,
                      fault.grave)


def _cell_of(read: ReadSheet, fault: TagFault) -> str:
    """The cell of a tag that is told by how many like it stand before it."""
    from folderkit.documents.tags.places import same_tag

    alike = [cell for cell, tag in read.part.places if same_tag(tag) == same_tag(fault.tag)]
    return alike[fault.nth] if fault.nth < len(alike) else ""
