"""The projects of a workspace, and what one of them holds."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit.core.errors import FolderkitError, Refused
from folderkit.core.language import Text, parse_language
from folderkit.core.project import FILE, Project, parse_project, read_project
from folderkit.core.workspace import Workspace, state_of
from folderkit.store import Store


class Summary(NamedTuple):
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


def lost_projects(store: Store, present: Sequence[Project]) -> list[Project]:
    """The projects that the journal knows and that cannot be opened where they lay, as their last kept
    `project.yaml` tells them: what is asked about the past of one needs no folder."""
    found = {project.id for project in present} | {project.folder for project in present}
    lost = []
    for row in store.catalog.projects():
        folder = store.workspace.root / row.folder
        if row.id not in found and folder not in found:
            language = parse_language(row.language) or "en"
            lost.append(_last_kept(store, row.id, folder)
                        or Project(row.id, folder, row.skeleton, row.skeleton_version, language, {}))
    return lost


def _last_kept(store: Store, project: str, folder: Path) -> Project | None:
    """The project by the newest version of its `project.yaml` that can be read."""
    file = store.catalog.file_at(project, FILE)
    for version in reversed(store.catalog.versions(file.id) if file else []):
        with contextlib.suppress(FolderkitError, UnicodeDecodeError):
            found = parse_project(b"".join(store.blobs.read(version.content)).decode("utf-8-sig"), folder)
            if found.id == project:
                return found
    return None


def refuse_lost(project: Project) -> Refused:
    """The error for a project that cannot be opened any more, with the way to get it back."""
    shown = project.folder.name
    state = state_of(project.folder)
    if state == "closed":
        return Refused(Text(f"The project's folder '{shown}' cannot be read: permission is denied.",
                            f"无法读取项目文件夹“{shown}”：没有权限。"),
                       Text("Ask for access to it.", "请取得访问权限。"))
    gone = project.folder / FILE if state == "there" else project.folder
    hint = Text(f"Its versions are kept. To bring it back: folderkit restore \"{gone}\"",
                f"各版本仍保存着。恢复：folderkit restore \"{gone}\"")
    if state == "gone":
        return Refused(Text(f"The project's folder '{shown}' is gone.", f"项目文件夹“{shown}”不见了。"), hint)
    return Refused(Text(f"The {FILE} of '{shown}' is gone or broken.", f"“{shown}”的 {FILE} 丢失或损坏。"), hint)


def summarise(store: Store, project: Project) -> Summary:
    files, versions = store.catalog.version_counts(project.id)
    return Summary(project, files, versions, store.catalog.text_states(project.id))
