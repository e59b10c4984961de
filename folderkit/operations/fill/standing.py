"""What stands in a project of a template's documents, looked up once for all that are planned together."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.basis import Basis, Sources, read_basis, same_of, template_hash
from folderkit.core.project import Project
from folderkit.edits import Copies, Edited, edited, place_of
from folderkit.filling import Revision, series_of, with_revisions
from folderkit.operations.fill.planning import FillPlan

if TYPE_CHECKING:
    from folderkit.catalog import DocumentRow
    from folderkit.store import Store


class Series:
    """The filled versions of one document, oldest first; of several that have one name, of all of them."""

    def __init__(self, rows: list[DocumentRow]) -> None:
        self.rows = rows

    @functools.cached_property
    def lines(self) -> Mapping[str, Revision]:
        """The lines of the revision table, by version."""
        return {row.version: Revision(row.version, row.at.astimezone().date(), row.author, row.note)
                for row in self.rows}

    @functools.cached_property
    def by_path(self) -> Mapping[str, DocumentRow]:
        """The last version at each place."""
        return {row.path: row for row in self.rows if row.present}

    @functools.cached_property
    def _by_source(self) -> Mapping[Hashable, Mapping[str, DocumentRow]]:
        """Of each template and data the files that were made of them, each with its last version."""
        found: dict[Hashable, dict[str, DocumentRow]] = {}
        for row in self.rows:
            if row.basis:
                found.setdefault(same_of(read_basis(row.basis)), {})[row.file] = row
        return found

    def made_of(self, basis: Basis, template_hash: str, *, shared: bool) -> Iterator[DocumentRow]:
        """The version that was made of this template and data, if it is the last one; where several documents share the
        name and so the versions, any."""
        for row in self._by_source.get(same_of(basis, template_hash), {}).values():
            if shared or row is self.rows[-1]:
                yield row


class Standing:
    """The documents of a project."""

    def __init__(self, store: Store, project: Project) -> None:
        self._store, self._project = store, project
        self._copies, self._sources = Copies(), Sources(store.workspace, store.catalog)
        self._given: set[str] = set()  # files that stand for a plan
        self.series = functools.cache(self._series)

    def _series(self, name: str) -> Series:
        return Series(self._store.catalog.documents(self._project.id, name))

    def same(self, plan: FillPlan, *, shared: bool, folder: Path | None = None) -> FillPlan | None:
        """The plan as a document that stands, where one does (in `folder`, if it is given) that was made of the same
        template and data, whether somebody has edited it since or not; each for one plan. `shared` when several plans
        have its name."""
        if plan.basis is None:
            return None
        series = self.series(series_of(plan.template, plan.filling.context))
        for row in series.made_of(plan.basis, template_hash(plan.template, plan.language), shared=shared):
            place = None if row.file in self._given else self.place_of(row)
            if place and place.is_file() and folder in (None, place.parent) and \
                    self._sources.takes_the_same(self._project, plan.template.name, read_basis(row.basis)):
                self._given.add(row.file)
                return replace(plan, target=place, filling=with_revisions(plan.filling, row.version, ()), stands=True)
        return None

    def row_at(self, series: Series, place: Path) -> DocumentRow | None:
        """The last version of a series that lies at a place."""
        path = place.relative_to(self._project.folder).as_posix() if place.is_relative_to(self._project.folder) else ""
        return series.by_path.get(path)

    def place_of(self, row: DocumentRow) -> Path | None:
        """Where a filled document lies; None when it is there no more."""
        return place_of(self._store, self._project, row)

    def edited(self, row: DocumentRow, rows: Sequence[DocumentRow]) -> Edited | None:
        """Whether somebody has edited a filled document since; `rows` are all that was filled into it. Raises `Failed`
        when it cannot be read."""
        return edited(self._store, self._project, row, rows, self._copies)
