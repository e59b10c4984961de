"""The names of sheets, which may hold tags; and a sheet for each member of a list: ``{%sheet for p in projects %}`` in
one of its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any

from folderkit.documents.tags.tagged import TAG
from folderkit.documents.workbook.program import PREFIX
from folderkit.documents.workbook.renaming import free_title
from folderkit.documents.workbook.sheets import TagSheet

if TYPE_CHECKING:
    from folderkit.core.tags import Tags


@dataclass(frozen=True)
class Titling:
    """What names a sheet: a program that gives, for each sheet that is made of it, the values of `names` and the
    name."""

    sheet: str
    code: CodeType
    names: tuple[str, ...]
    cell: str
    tag: str


@dataclass(frozen=True)
class Made:
    """A sheet that is made of one of the template's: its name, and what its tags know besides the facts; None for a
    sheet of an empty list, which stays blank."""

    title: str
    facts: Mapping[str, Any] | None


def titling_of(sheet: TagSheet, tags: Tags) -> Titling | None:
    """The program that names a sheet; None for one that is named and there once. Raises what Jinja raises."""
    from jinja2 import nodes

    if sheet.each is None and not TAG.search(sheet.name):
        return None
    names: tuple[str, ...] = ()
    begin = end = ""
    if sheet.each is not None:
        begin, end = sheet.each.plain, "{% endfor %}"
        loop = next(tags.parse(begin + end).find_all(nodes.For))
        targets = [loop.target] if isinstance(loop.target, nodes.Name) else list(loop.target.find_all(nodes.Name))
        names = tuple(name.name for name in targets)
    given = "".join(f"{{{{ {PREFIX}put({name}) }}}}" for name in names)
    source = (f"{begin}{given}{{% set {PREFIX}text %}}{sheet.name}{{% endset %}}"
              f"{{{{ {PREFIX}put({PREFIX}text) }}}}{end}")
    return Titling(sheet.name, tags.compile(tags.parse(source)), names, sheet.each.cell.name if sheet.each else "",
                   sheet.each.shown if sheet.each else sheet.name)


def made_of(titling: Titling, values: Sequence[Any], taken: set[str]) -> list[Made]:
    """The sheets that a program's values give; `taken` are the names of others, in lower case."""
    count = len(titling.names) + 1
    found = [values[at : at + count] for at in range(0, len(values), count)]
    if not found:
        return [Made(free_title(TAG.sub("", titling.sheet), taken), None)]
    return [Made(free_title(str(title), taken), dict(zip(titling.names, known, strict=True)))
            for *known, title in found]
