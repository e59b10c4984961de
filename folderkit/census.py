"""Which projects lie on disk: made known to the journal, and what is odd about any."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from folderkit.core import events, resources
from folderkit.core.errors import FolderkitError
from folderkit.core.language import Text, same
from folderkit.core.project import FILE, Project, read_project
from folderkit.core.terminal import plain
from folderkit.core.workspace import Workspace, state_of
from folderkit.store import Store


def find_projects(store: Store) -> tuple[list[Project], list[tuple[str, Text]]]:
    """The projects on disk, made known to the journal; and what is odd about any."""
    found, troubles = look_for_projects(store)
    if found and not store.journal.end().number:
        troubles.insert(0, ("", Text(
            f"No versions of earlier days were found; a new vault begins in '{store.workspace.vault}'. If there is a "
            "backup, stop here and run: folderkit backup restore DIR TO",
            f"没有找到以前的版本，将在“{store.workspace.vault}”新建版本库。"
            "如果有备份，请停下并运行：folderkit backup restore DIR TO")))
    _record_places(store, found)
    return found, troubles


def look_for_projects(store: Store) -> tuple[list[Project], list[tuple[str, Text]]]:
    """The same; nothing is recorded."""
    workspace, troubles = store.workspace, list[tuple[str, Text]]()
    readable: list[Project] = []
    for folder in workspace.project_folders():
        try:
            readable.append(read_project(folder))
        except FolderkitError as error:
            troubles.append((folder.relative_to(workspace.root).as_posix(), error.message))
    copied = copies(store, readable)
    troubles.extend((folder.relative_to(workspace.root).as_posix(), copy_of(original))
                    for folder, original in copied.items())
    found = {project.id: project for project in readable if project.folder not in copied}
    known = {row.id: row.folder for row in store.catalog.projects()}
    troubles.extend(lost(workspace, [folder for identity, folder in known.items() if identity not in found]))
    return sorted(found.values(), key=lambda project: project.folder), troubles


def copies(store: Store, projects: Sequence[Project]) -> dict[Path, Project]:
    """Of the projects that have the id of another one, the folders, with that other one, which lies where the journal
    knows it, or comes first."""
    known = {row.id: store.workspace.root / row.folder for row in store.catalog.projects()}
    originals: dict[str, Project] = {}
    for project in projects:
        if project.id not in originals or known.get(project.id) == project.folder:
            originals[project.id] = project
    return {project.folder: originals[project.id] for project in projects
            if project.folder != originals[project.id].folder}


def copy_of(original: Project) -> Text:
    """Why a folder is none of the projects, and what makes it one."""
    shown = plain(original.folder.name)
    return Text(f"This is a copy of '{shown}' and has no versions of its own. To make it a project, "
                "change one digit of 'id' in its project.yaml.",
                f"这是“{shown}”的副本，不单独保存版本。如需作为独立项目，请修改其 project.yaml 中 id 的一位。")


def lost(workspace: Workspace, missing: Iterable[str]) -> Iterator[tuple[str, Text]]:
    """What is wrong with projects that were known, by their folders, and were not found; what cannot be read has been
    told already."""
    for folder in missing:
        state, shown = state_of(workspace.root / folder), plain(folder)
        if state == "gone":
            yield folder, Text(
                "The project's folder is gone; its versions are kept. To bring it back: "
                f"folderkit restore \"{shown}\"",
                f"项目文件夹不见了，各版本仍保存着。恢复：folderkit restore \"{shown}\"")
        elif state == "closed":
            yield folder, Text("The project's folder cannot be read: permission is denied.",
                               "无法读取项目文件夹：没有权限。")
        elif not (workspace.root / folder / FILE).exists():
            yield folder, Text(
                f"Its {FILE} is gone, so its files get no versions. Bring it back: folderkit restore "
                f"\"{shown}/{FILE}\"",
                f"缺少 {FILE}，因此不再保存其中文件的版本。恢复：folderkit restore \"{shown}/{FILE}\"")


def _record_places(store: Store, found: list[Project]) -> None:
    known = {row.id: row.folder for row in store.catalog.projects()}
    new: list[events.Event] = []
    for project in found:
        folder = project.folder.relative_to(store.workspace.root).as_posix()
        if project.id not in known:
            new.append(events.ProjectCreated(project.id, folder, project.skeleton, project.skeleton_version,
                                             project.language, _nodes_on_disk(store.workspace, project)))
        elif known[project.id] != folder:
            new.append(events.ProjectMoved(project.id, known[project.id], folder))
    if new:
        with store.batch() as batch:
            batch.events.extend(new)


def _nodes_on_disk(workspace: Workspace, project: Project) -> tuple[events.Node, ...]:
    """Where the nodes of its skeleton lie in a project that the journal does not know (its private state was lost,
    or it came from another workspace): those that have the names that a new project would give them."""
    from folderkit.registers.blank import file_names
    from folderkit.resolving import skeleton_of
    from folderkit.skeletons import lay_out

    names = {("register", name): found for name, found in file_names().items()}
    for name in resources.find("templates", workspace.root):
        names["template", name] = same(f"{name}.docx")  # only so that each has one
    with contextlib.suppress(FolderkitError):  # a broken skeleton is told where it is used
        skeleton = skeleton_of(workspace.root, project)
        return () if skeleton is None else tuple(events.Node(node.id, node.path)
                     for node in lay_out(skeleton, project.facts, project.language, names)
                     if (project.folder / node.path).exists())
    return ()
