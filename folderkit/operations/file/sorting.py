"""What a watch files by itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from folderkit.catalog import FileRow
from folderkit.catalog.filed import filed_before, steps_of
from folderkit.core.errors import FolderkitError, os_failure
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.intake.patterns import SlowPatterns
from folderkit.operations.file.making import apply_filings
from folderkit.operations.file.planning import Filer, Filing, files_to_file
from folderkit.store import Store, new_id

QUIET_SECONDS = 10.0  # a file that a person has just dropped may still be renamed, or saved once more
FOLDER_SECONDS = 60.0  # and a folder may still be coming, file by file
WAITING_SECONDS, LONGEST_SECONDS = 10.0, 600.0  # until a file is looked at again that is open: closing gives no hint
TOGETHER = 200  # files that are sorted between two scans
READ_SECONDS = 1.0  # until its text is read


@dataclass
class Sorted:
    """What was `filed`, each with its batch, what is `waiting`, the paths to look at `again` and in how many seconds,
    and what is wrong with a project, or with a rule ("")."""

    filed: list[tuple[str, Filing]] = field(default_factory=list)
    waiting: list[Filing] = field(default_factory=list)
    again: dict[str, float] = field(default_factory=dict)
    troubles: list[tuple[str, Text]] = field(default_factory=list)


class Sorter:
    """What a watch sorts by itself: each file of an inbox, once it has been quiet for a while, and unless it was filed
    before and came back."""

    def __init__(self) -> None:
        self._judged: dict[str, tuple[str, str]] = {}  # by file: the content and path of those that stay
        self._waits: dict[str, float] = {}  # by file: the seconds until it was to be looked at again

    def forget(self) -> None:
        """Judge all that stays anew: rules may have changed."""
        self._judged.clear()

    def sort(self, store: Store, projects: Sequence[Project], now: float) -> Sorted:
        """Sort the inboxes of these projects. `now`: seconds since 1970."""
        result, slow = Sorted(), SlowPatterns()
        for project in projects:
            ready = (row for row in self._coming(store, project) if self._is_ready(store, project, row, now, result))
            rows = list(itertools.islice(ready, TOGETHER))
            if not rows:
                continue
            if len(rows) == TOGETHER:  # versions come first
                result.again[str(project.folder / rows[-1].path)] = 0.0
            try:
                self._sort(Filer(store, project, slow, attended=False), rows, result)
            except FolderkitError as error:  # a rule is broken: that is no trouble of other projects
                result.troubles.append((project.folder.name, error.message))
            except OSError as error:
                failure = os_failure(Text("sort the inbox of", "整理收件箱"), error, error.filename or project.folder)
                result.troubles.append((project.folder.name, failure.message))
                result.again[str(project.folder / rows[-1].path)] = WAITING_SECONDS
        result.troubles += [("", reason) for reason in slow.given_up()]
        return result

    def _sort(self, filer: Filer, rows: Sequence[FileRow], result: Sorted) -> None:
        plan = list(filer.plan(rows))
        done: list[Filing] = []
        batch = new_id()
        try:
            apply_filings(filer, [one for one in plan if one.action != "stays"], batch, done.append)
        finally:
            self._note_batch(filer, batch, done, result)
        for one in [*(one for one in plan if one.action == "stays"), *(one for one in done if one.action == "stays")]:
            if not one.waits:
                self._judged[one.row.id] = (one.row.content, one.row.path)
                continue
            seconds = self._waits.get(one.row.id, 0.0) * 2 or WAITING_SECONDS
            self._waits[one.row.id] = seconds = min(seconds, LONGEST_SECONDS)
            result.again[str(filer.project.folder / one.row.path)] = seconds
            result.waiting.append(one)

    def _note_batch(self, filer: Filer, batch: str, done: Sequence[Filing], result: Sorted) -> None:
        """Note what was filed, and the batch also when it has steps, but nothing of it was filed."""
        filed = [(batch, one) for one in done if one.action != "stays"]
        result.filed += filed
        if not filed and steps_of(filer.store.catalog, batch):
            result.troubles.append((filer.project.folder.name, Text(
                f"Files were made beside mails or archives that stay. To take them back: folderkit undo {batch}",
                f"邮件或压缩包未能归档，但已生成一些文件。撤销：folderkit undo {batch}")))

    def _coming(self, store: Store, project: Project) -> Iterator[FileRow]:
        """What lies in an inbox and is not judged yet."""
        rows = files_to_file(store, project)
        came_back = filed_before(store.catalog, [row.id for row in rows])
        for row in rows:
            if row.id not in came_back and self._judged.get(row.id) != (row.content, row.path):
                yield row

    def _is_ready(self, store: Store, project: Project, row: FileRow, now: float, result: Sorted) -> bool:
        """Whether a file has been quiet for a while, and its text is read, which waits for versions."""
        place = project.folder / row.path
        in_folder = row.path.count("/") > 1  # in one that was dropped into the inbox
        quiet = FOLDER_SECONDS if in_folder else QUIET_SECONDS
        try:
            touched = [place.lstat(), *([place.parent.lstat()] if in_folder else [])]
        except OSError:
            return False  # the next scan will see
        age = now - max(max(one.st_mtime, one.st_ctime) for one in touched)
        if 0 <= age < quiet:
            result.again[str(place)] = quiet - age
            return False
        if not store.catalog.is_read(row.content):
            result.again[str(place)] = READ_SECONDS
            return False
        return True
