"""Rows and values that a person enters in a project's register by a command: put in at once, the version before kept;
or, while the workbook is open in another program, put aside until it is closed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.catalog.filed import steps_of
from folderkit.core import events, safefiles
from folderkit.core.durability import sync_folder
from folderkit.core.errors import FolderkitError, Misuse, Refused, os_failure, os_reason
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.workspace import Workspace
from folderkit.filling import register_paths
from folderkit.looking import Changing, UnreadableError
from folderkit.placing import Placement, keep_first, place
from folderkit.recording import InUse, Recorded, cells_for, columns_for, refuse_open, rows_for
from folderkit.resolving import skeleton_of
from folderkit.store import Store, new_id
from folderkit.swapping import ChangedError

WHY = BY = "register"  # why a version is kept, and in place of a rule
_FOLDER = "entries"  # in the private state: what was put aside


class Entry(NamedTuple):
    """What a person entered: values by the key of the column, as they were typed, for the row of the number `row` ("":
    a new one) of a project's register; or the new `columns` that it gets. `at` is when (UTC, ISO)."""

    id: str
    project: str
    register: str
    row: str
    values: Mapping[str, Any]
    at: str
    columns: Sequence[str] = ()


class Entered(NamedTuple):
    """What became of an entry: the number of its row ("" while it waits), the path of the workbook in the project, the
    columns that its sheet has not, and `reason`: why it is not entered; it `waits` when it will be as soon as the
    workbook is closed. `same`: the workbook said so already, and is as it was."""

    entry: Entry
    path: str
    row: str = ""
    left_out: tuple[str, ...] = ()
    reason: Text | None = None
    waits: bool = False
    same: bool = False


def paths_of(store: Store, project: Project) -> dict[str, Path]:
    """Where each register of a project lies, by name; one that is a sheet of another's workbook lies in that."""
    from folderkit.registers import load_schema, schema_names

    skeleton = skeleton_of(store.workspace.root, project)
    found = register_paths(project, skeleton, store.catalog.nodes(project.id))
    inner = {name: found[load_schema(name).sheet_of] for name in schema_names()
             if load_schema(name).sheet_of in found}
    return found | inner


def prepared(store: Store, project: Project, register: str, row: str, values: Mapping[str, Any]) -> Entry:
    """An entry whose values fit their columns. Raises `Misuse` for those that do not."""
    from folderkit.registers import load_schema
    from folderkit.registers.patching import check_row, check_values

    schema = load_schema(register)
    if not values:
        raise Misuse(Text("Nothing is to be entered.", "没有要填写的内容。"),
                     Text("Name columns and values, such as status=done.", "请写明列和值，例如 status=done。"))
    (check_values if row else check_row)(schema, values)
    return Entry(new_id(), project.id, register, row, dict(values), store.clock().isoformat())


def made_for(store: Store, path: Path, entry: Entry) -> tuple[Recorded, str, tuple[str, ...]]:
    """The workbook with an entry in it, the number of its row, and the columns that its sheet has not. Nothing is
    written. Raises as `rows_for`, `cells_for` and `columns_for`."""
    from folderkit.registers import load_schema

    schema, today = load_schema(entry.register), store.clock().astimezone().date()
    if entry.columns:
        return columns_for(path, schema, entry.columns), "", ()
    if entry.row:
        return cells_for(path, schema, {entry.row: entry.values}, today=today), entry.row.upper(), ()
    made = rows_for(path, schema, [entry.values], today=today)
    return made, str(made.rows[0].get("id") or ""), made.left_out


def enter(store: Store, project: Project, path: Path, entry: Entry) -> Entered:
    """Put an entry into the workbook at `path`, as a step that `undo` takes back. Raises `InUse` when somebody has it
    open, or saved it a moment ago, and as `made_for`."""
    relative = path.relative_to(project.folder).as_posix()
    made, row, left_out = made_for(store, path, entry)
    try:
        with store.batch() as batch:
            if steps_of(store.catalog, entry.id):
                return Entered(entry, relative, row, left_out)  # a run that was killed has entered it
            refuse_open(path)
            known = store.catalog.file_at(project.id, relative)
            identity = known.id if known and known.present else new_id()
            content, size = store.blobs.put_bytes(made.content)
            kept = events.VersionKept(project.id, identity, relative, content, size, 0, WHY)
            keep_first(store, batch, path, kept._replace(content="", size=0, why="scan"))
            before = next((event.content for event in batch.events if isinstance(event, events.VersionKept)),
                          known.content if known else "")
            meant = (kept, events.FileFiled(project.id, identity, entry.id, "replaced", "", relative, content, before,
                                            BY, {}))
            if before == content:
                return Entered(entry, relative, row, left_out, same=True)
            place(store, batch, Placement(path, content, made.seen, meant), [made.content])
    except (ChangedError, Changing, FileExistsError, FileNotFoundError):
        raise InUse(Text(f"'{path}' was saved a moment ago.", f"“{path}”刚刚被保存。"),
                    Text("Try again.", "请再试一次。")) from None
    except UnreadableError as failure:
        raise os_failure(Text("read", "读取"), failure.error, path) from None
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, path) from None
    return Entered(entry, relative, row, left_out)


# -- what waits ------------------------------------------------------------------------------------
def put_aside(workspace: Workspace, entry: Entry) -> None:
    """Keep an entry until the workbook is closed. Raises `Failed`."""
    folder = workspace.state / _FOLDER
    temporary = folder / f"{entry.id}.tmp"
    try:
        make_folders(folder)
        safefiles.write_durably(temporary, [json.dumps(entry._asdict(), ensure_ascii=False).encode()])
        temporary.rename(_place(workspace, entry))
        sync_folder(folder)
    except OSError as error:
        raise os_failure(Text("keep the entry in", "暂存到"), error, folder) from None


def _place(workspace: Workspace, entry: Entry) -> Path:
    return workspace.state / _FOLDER / f"{entry.id}.json"


def waiting(workspace: Workspace) -> list[Entry]:
    """The entries that wait, in the order in which they were made."""
    found = [_read(path) for path in (workspace.state / _FOLDER).glob("*.json")]
    return sorted((entry for entry in found if entry), key=lambda entry: (entry.at, entry.id))


def _read(path: Path) -> Entry | None:
    """The entry in a file; None for one that another process has just entered, or that is none."""
    try:
        return Entry(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def enter_waiting(store: Store, projects: Sequence[Project]) -> list[Entered]:
    """Enter what waits for these projects and can be; returns each with how it went. What cannot be entered goes on
    waiting: its workbook may be closed, come back, or get its columns back."""
    done, known = [], {project.id: project for project in projects}
    blocked: set[tuple[str, str]] = set()  # in their order, or a row would get the number of an earlier one
    for entry in waiting(store.workspace):
        project = known.get(entry.project)
        if project is None:
            continue
        found = _enter_one(store, project, entry) if (entry.project, entry.register) not in blocked else Entered(
            entry, entry.register, reason=Text("Others wait before it.", "前面还有等待的内容。"))
        if found.reason:
            blocked.add((entry.project, entry.register))
        else:
            _place(store.workspace, entry).unlink(missing_ok=True)
        done.append(found)
    return done


def _enter_one(store: Store, project: Project, entry: Entry) -> Entered:
    relative = entry.register
    try:
        path = paths_of(store, project).get(entry.register)
        if path is None:
            raise no_register(project, entry.register, ())
        relative = path.relative_to(project.folder).as_posix()
        return enter(store, project, path, entry)
    except InUse as error:
        return Entered(entry, relative, reason=error.message, waits=True)
    except FolderkitError as error:
        return Entered(entry, relative, reason=error.message)
    except OSError as error:
        return Entered(entry, relative, reason=os_reason(error))


def no_register(project: Project, register: str, known: Sequence[str]) -> Refused:
    """The error for a register that a project has not."""
    there = Text(f"It has: {', '.join(known) or 'none'}.", f"现有：{'、'.join(known) or '没有'}。")
    return Refused(Text(f"The project '{project.folder.name}' has no register '{register}'.",
                        f"项目“{project.folder.name}”没有登记册“{register}”。"), there)
