"""The projects of a workspace, and what one of them holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit.core.errors import FolderkitError, Refused
from folderkit.core.language import NO_TEXT, Text, parse_language
from folderkit.core.located import Faults
from folderkit.core.project import FILE, Project, parse_project, read_project
from folderkit.core.terminal import plain
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


def strangers(workspace: Workspace, troubles: Iterable[tuple[str, Text]], known: Sequence[Project]) -> list[Project]:
    """The projects on disk whose project.yaml cannot be read and of which nothing is known, by their folders alone."""
    folders = {project.folder for project in known}
    return [Project("", workspace.root / folder, "", 1, "en", {}) for folder, _ in troubles
            if workspace.root / folder not in folders]


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
    shown = plain(project.folder.name)
    state = state_of(project.folder)
    if state == "closed":
        return Refused(Text(f"The project's folder '{shown}' cannot be read: permission is denied.",
                            f"无法读取项目文件夹“{shown}”：没有权限。"),
                       Text("Ask for access to it.", "请取得访问权限。"))
    gone = project.folder / FILE if state == "there" else project.folder
    way = plain(str(gone))
    hint = Text(f"Its versions are kept. To bring it back: folderkit restore \"{way}\"",
                f"各版本仍保存着。恢复：folderkit restore \"{way}\"")
    if state == "gone":
        return Refused(Text(f"The project's folder '{shown}' is gone.", f"项目文件夹“{shown}”不见了。"), hint)
    if not gone.exists():
        return Refused(Text(f"The {FILE} of '{shown}' is gone.", f"“{shown}”的 {FILE} 不见了。"), hint)
    line = _line_of_fault(project.folder)
    mend = Text("Correct the file, then run the command again.", "请改正该文件，再运行一次。")
    known = Text(f"{mend.en} Or take an earlier version of it: folderkit restore \"{way}\" --version N",
                 f"{mend.zh}也可恢复它的旧版本：folderkit restore \"{way}\" --version N")
    return Refused(Text(f"'{shown}/{FILE}' is broken{line.en}.", f"“{shown}/{FILE}”有错误{line.zh}。"),
                   known if project.id else mend)


def _line_of_fault(folder: Path) -> Text:
    """Where the first fault of a project's project.yaml stands, in words."""
    try:
        read_project(folder)
    except Faults as error:
        line = error.faults[0].line
        return Text(f" in line {line}", f"（第 {line} 行）")
    except FolderkitError:
        return NO_TEXT
    return NO_TEXT


def summarise(store: Store, project: Project) -> Summary:
    files, versions = store.catalog.version_counts(project.id)
    return Summary(project, files, versions, store.catalog.text_states(project.id))
