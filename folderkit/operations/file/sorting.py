"""What a watch files by itself."""

from __future__ import annotations

from collections.abc import Sequence

from folderkit import filing
from folderkit.catalog.filed import undone
from folderkit.core.project import Project
from folderkit.operations.file.making import apply_filings
from folderkit.operations.file.planning import Filer, Filing, files_to_file
from folderkit.store import Store, new_id

QUIET_SECONDS = 3.0  # a file that a person has just dropped may still be renamed
READ_SECONDS = 1.0  # until its text is read, which waits for versions


class Sorter:
    """What a watch sorts by itself: each file of an inbox, once it has been quiet for a while, and unless it was filed
    before and taken back."""

    def __init__(self) -> None:
        self._judged: dict[str, tuple[str, str]] = {}  # by file: the content and path of those that stay

    def forget(self) -> None:
        """Judge all that stays anew: rules may have changed."""
        self._judged.clear()

    def sort(self, store: Store, projects: Sequence[Project], now: float) -> tuple[list[Filing], dict[str, float]]:
        """(what was filed, the paths to look at again and in how many seconds). `now`: seconds since 1970."""
        filed: list[Filing] = []
        again: dict[str, float] = {}
        for project in projects:
            rows, taken_back = [], undone(store.catalog, project.id)
            for row in files_to_file(store, project):
                if (row.id, row.content) in taken_back:
                    continue
                age = now - max(row.signature[1:3]) / 1e9
                if 0 <= age < QUIET_SECONDS:
                    again[str(project.folder / row.path)] = QUIET_SECONDS - age
                elif store.catalog.text(row.content)[0] == "waiting":
                    again[str(project.folder / row.path)] = READ_SECONDS
                elif self._judged.get(row.id) != (row.content, row.path):
                    rows.append(row)
            if rows:
                filer = Filer(store, project)
                plan = list(filer.plan(rows))
                self._judged |= {one.row.id: (one.row.content, one.row.path) for one in plan if one.action == "stays"
                                 and one.reason not in (filing.CHANGED, filing.OPEN)}
                apply_filings(filer, [one for one in plan if one.action != "stays"], new_id(), filed.append)
        return filed, again
