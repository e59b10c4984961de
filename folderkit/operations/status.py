"""How a workspace stands: its projects and their documents, its vault, its backups."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit.basis import Outdated, Sources
from folderkit.core.facts import get
from folderkit.core.project import Project
from folderkit.store import Store


class ProjectStatus(NamedTuple):
    """How one project stands. `last` is when the newest version was kept (UTC), `due` the project's due date as it
    stands there, `texts` counts its files by the state of their text, `outdated` are the documents whose data has
    changed since they were filled."""

    project: Project
    files: int
    versions: int
    last: dt.datetime | None
    due: dt.date | str
    texts: dict[str, int]
    outdated: list[Outdated]


class BackupStatus(NamedTuple):
    """The last backup at one place: when (UTC), whether its folder is there now, how many versions were kept after
    it, and how many of its files were not whole."""

    place: Path
    at: dt.datetime
    there: bool
    newer: int
    damaged: int


class Status(NamedTuple):
    """How the workspace stands. Of the vault: how many versions, their sizes together, what they take on disk, and what
    is free there, in bytes."""

    projects: list[ProjectStatus]
    versions: int
    saved: int
    stored: int
    free: int
    backups: list[BackupStatus]


def status(store: Store, projects: Sequence[Project]) -> Status:
    """How the workspace and these projects in it stand. Raises `OSError` when the vault cannot be read."""
    versions, saved = store.catalog.volume()
    stored = sum(path.stat().st_size for path in store.blobs.packs.files())
    backups = [BackupStatus(Path(row.place), row.at, Path(row.place).is_dir(),
                            store.catalog.versions_after(row.number), row.damaged) for row in store.catalog.backups()]
    sources = Sources(store.workspace, store.catalog)
    return Status([_project_status(store, project, sources) for project in projects], versions, saved, stored,
                  shutil.disk_usage(store.workspace.vault).free, backups)


def _project_status(store: Store, project: Project, sources: Sources) -> ProjectStatus:
    files, versions = store.catalog.version_counts(project.id)
    due = get(project.facts, "project.due_date", "")
    return ProjectStatus(project, files, versions, store.catalog.last_kept(project.id),
                         due if isinstance(due, dt.date) else str(due or ""), store.catalog.text_states(project.id),
                         sources.outdated(project, store.catalog.last_documents(project.id)))
