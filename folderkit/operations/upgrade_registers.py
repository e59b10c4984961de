"""The registers of a project get the columns that a newer folderkit has and their workbooks have not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit import entering
from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.entering import Entered, Entry
from folderkit.recording import InUse
from folderkit.store import Store, new_id


class Lacking(NamedTuple):
    """A register, its workbook, and the columns that it gets, by key and header; `trouble`: why it cannot be read."""

    register: str
    path: Path
    columns: tuple[str, ...] = ()
    headers: tuple[Text, ...] = ()
    trouble: FolderkitError | None = None


def find_lacking(paths: Mapping[str, Path], names: Sequence[str], *, every: bool) -> Iterator[Lacking]:
    """What the registers of these names lack. Nothing is written. With `every` also columns that a person has taken
    out, and those of workbooks that folderkit has not made."""
    from folderkit.registers import file_bytes, load_schema
    from folderkit.registers.patching import lacking
    from folderkit.registers.read import Workbook

    for name in names:
        schema = load_schema(name)
        try:
            keys = lacking(Workbook(file_bytes(paths[name]), paths[name]), schema, every=every)
        except FolderkitError as error:
            yield Lacking(name, paths[name], trouble=error)
            continue
        if keys:
            yield Lacking(name, paths[name], keys, tuple(schema.column(key).header for key in keys))


def try_out(store: Store, project: Project, one: Lacking) -> None:
    """Make the workbook with its columns without writing it. Raises as `columns_for`."""
    entering.made_for(store, one.path, _entry(store, project, one))


def add_lacking(store: Store, project: Project, one: Lacking) -> Entered:
    """Add them now, as a step that `undo` takes back, or put them aside while the workbook is open. Raises as
    `entering.enter`."""
    entry = _entry(store, project, one)
    try:
        return entering.enter(store, project, one.path, entry)
    except InUse as error:
        entering.put_aside(store.workspace, entry)
        return Entered(entry, one.path.relative_to(project.folder).as_posix(), reason=error.message, waits=True)


def _entry(store: Store, project: Project, one: Lacking) -> Entry:
    return Entry(new_id(), project.id, one.register, "", {}, store.clock().isoformat(), one.columns)
