"""What a watch files by itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from folderkit.catalog import FileRow
from folderkit.catalog.filed import undone
from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.operations.file.making import apply_filings
from folderkit.operations.file.planning import Filer, Filing, files_to_file
from folderkit.store import Store, new_id

QUIET_SECONDS = 3.0  # a file that a person has just dropped may still be renamed
WAITING_SECONDS = 10.0  # until a file is looked at again that is open, or whose log is: closing gives no hint
TOGETHER = 200  # files that are sorted between two scans
READ_SECONDS = 1.0  # until its text is read


@dataclass
class Sorted:
    """What was `filed`, the paths to look at `again` and in how many seconds, and what is wrong with a project."""

    filed: list[Filing] = field(default_factory=list)
    again: dict[str, float] = field(default_factory=dict)
    troubles: list[tuple[str, Text]] = field(default_factory=list)


class Sorter:
    """What a watch sorts by itself: each file of an inbox, once it has been quiet for a while, and unless it was filed
    before and taken back."""

    def __init__(self) -> None:
        self._judged: dict[str, tuple[str, str]] = {}  # by file: the content and path of those that stay

    def forget(self) -> None:
        """Judge all that stays anew: rules may have changed."""
        self._judged.clear()

    def sort(self, store: Store, projects: Sequence[Project], now: float) -> Sorted:
        """Sort the inboxes of these projects. `now`: seconds since 1970."""
        result = Sorted()
        for project in projects:
            ready = (row for row in self._coming(store, project) if self._is_ready(store, project, row, now, result))
            rows = list(itertools.islice(ready, TOGETHER))
            if not rows:
                continue
            if len(rows) == TOGETHER:  # versions come first
                result.again[str(project.folder / rows[-1].path)] = 0.0
            try:
                filer = Filer(store, project)
                plan = list(filer.plan(rows))
            except FolderkitError as error:  # a rule is broken: that is no trouble of other projects
                result.troubles.append((project.folder.name, error.message))
                continue
            self._judged |= {one.row.id: (one.row.content, one.row.path) for one in plan
                             if one.action == "stays" and not one.waits}
            result.again |= {str(project.folder / one.row.path): WAITING_SECONDS for one in plan if one.waits}
            apply_filings(filer, [one for one in plan if one.action != "stays"], new_id(), result.filed.append)
        return result

    def _coming(self, store: Store, project: Project) -> Iterator[FileRow]:
        """What lies in an inbox and is not judged yet."""
        taken_back = undone(store.catalog, project.id)
        for row in files_to_file(store, project):
            if (row.id, row.content) not in taken_back and self._judged.get(row.id) != (row.content, row.path):
                yield row

    def _is_ready(self, store: Store, project: Project, row: FileRow, now: float, result: Sorted) -> bool:
        """Whether a file has been quiet for a while, and its text is read, which waits for versions."""
        place = project.folder / row.path
        try:
            seen = place.lstat()
        except OSError:
            return False  # the next scan will see
        age = now - max(seen.st_mtime, seen.st_ctime)
        if 0 <= age < QUIET_SECONDS:
            result.again[str(place)] = QUIET_SECONDS - age
            return False
        if not store.catalog.is_read(row.content):
            result.again[str(place)] = READ_SECONDS
            return False
        return True
