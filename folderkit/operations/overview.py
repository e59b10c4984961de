"""The projects of a workspace, and what one of them holds."""

from __future__ import annotations

from dataclasses import dataclass

from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text
from folderkit.core.project import Project, read_project
from folderkit.core.workspace import Workspace
from folderkit.store import Store


@dataclass(frozen=True)
class Summary:
    """What `show` tells of one project: files present, versions kept, and files by state of their text."""

    project: Project
    files: int
    versions: int
    texts: dict[str, int]


def list_projects(workspace: Workspace) -> tuple[list[Project], list[tuple[str, Text]]]:
    """The projects on disk by folder, and those whose project.yaml cannot be read, with the reason."""
    projects: list[Project] = []
    troubles: list[tuple[str, Text]] = []
    for folder in workspace.project_folders():
        try:
            projects.append(read_project(folder))
        except FolderkitError as error:
            troubles.append((folder.relative_to(workspace.root).as_posix(), error.message))
    return projects, troubles


def summarise(store: Store, project: Project) -> Summary:
    files, versions = store.catalog.version_counts(project.id)
    return Summary(project, files, versions, store.catalog.text_states(project.id))
