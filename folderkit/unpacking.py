"""Unpack an archive of a project into a folder beside it: unpacked aside, kept, put in place and recorded, all or
nothing; and nothing when all of it lies there already."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit.catalog import PendingRow
from folderkit.core import events, naming, safefiles
from folderkit.core.content import content_of, holds
from folderkit.core.durability import sync_folder, sync_tree
from folderkit.core.errors import Refused, os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.core.project import Project, harmless
from folderkit.core.renames import free_beside, rename_new
from folderkit.core.signature import Signature, signature_of
from folderkit.core.terminal import plain
from folderkit.placing import unless_seen
from folderkit.staging import left_by_one_gone, making_aside
from folderkit.store import Store, new_id

VERB = "unpack"


class UnpackedBeside(NamedTuple):
    """The path of the folder that holds what an archive does, what of that was renamed or left out, and whether all
    lay there `already`."""

    folder: str
    told: tuple[Text, ...]
    already: bool = False


class _Place(NamedTuple):
    """Where an archive's folder is made, and then lies; `batch` and `by` are of the steps."""

    project: Project
    staging: Path
    target: Path
    batch: str
    by: str


def unpack_beside(store: Store, project: Project, path: str, batch_id: str, by: str, to: str = "") -> UnpackedBeside:
    """Unpack the archive at `path` into a folder of its name, as steps of a batch; beside it, or beside `to`, where it
    is going to lie. Raises `FolderkitError`; nothing was unpacked then."""
    archive, beside, identity = project.folder / path, project.folder / (to or path), new_id()
    folder = beside.with_name(naming.parts_of(beside.name)[0].rstrip(" ."))
    target = free_beside(folder)
    place = _Place(project, target.with_name(f"{safefiles.TEMPORARY_PREFIX}unpack-{identity}"), target, batch_id, by)
    made: list[Path] = []

    def clear() -> None:
        shutil.rmtree(place.staging, ignore_errors=True)
        remove_empty(made)

    try:
        with making_aside(store, _intention(store, identity, place, []), clear):
            made += make_folders(target.parent)
            told = _unpack(archive, place.staging)
            found = next((one for one in _before(target, folder) if _lies_in(one, place.staging)), None)
            if found:
                clear()
                with store.batch() as batch:
                    batch.add(events.Concluded(identity, "undone"))
            else:
                sync_tree(place.staging)
                _put_in_place(store, identity, place, made)
    except OSError as error:
        if isinstance(error, FileExistsError) and os.path.lexists(target):  # another one was faster: look again
            return unpack_beside(store, project, path, batch_id, by, to)
        raise os_failure(Text("unpack", "解压"), error, archive) from None
    return UnpackedBeside((found or target).relative_to(project.folder).as_posix(), told, already=found is not None)


def _intention(store: Store, identity: str, place: _Place, meant: Sequence[events.Event]) -> events.Intended:
    root = store.workspace.root
    return events.Intended(identity, VERB, {
        "path": place.target.relative_to(root).as_posix(), "staging": place.staging.relative_to(root).as_posix(),
        "project": place.project.folder.relative_to(root).as_posix(),
        "events": [[events.op_of(event), events.to_dict(event)] for event in meant]})


def _unpack(archive: Path, staging: Path) -> tuple[Text, ...]:
    """Returns what of the archive was renamed or left out."""
    from folderkit.intake.unpack import unpack

    staging.mkdir()
    unpacked = unpack(archive, staging)
    if not unpacked.files:  # nothing could be recorded of its folders, and so nothing taken back
        name = plain(archive.name)
        raise Refused(Text(" ".join([f"There is no file in the archive '{name}'; nothing was unpacked.",
                                     *(f"{one.en}." for one in unpacked.told)]),
                           "".join([f"压缩包“{name}”中没有文件，没有解压任何内容。",
                                    *(f"{one.zh}。" for one in unpacked.told)])))
    for place in list(staging.rglob("*")):
        if place.is_file() and harmless(place.name) != place.name:
            rename_new(place, place.with_name(harmless(place.name)))
    return unpacked.told


def _before(target: Path, folder: Path) -> Iterator[Path]:
    """The folder and those with a number behind its name that come before the target, which is free."""
    place, number = folder, 2
    while place != target:
        yield place
        place, number = folder.with_name(naming.numbered(folder.name, number)), number + 1


def _lies_in(folder: Path, staging: Path) -> bool:
    """Whether all that was unpacked lies in a folder, with the same contents; what cannot be read does not."""
    try:
        return folder.is_dir() and all(
            not (there := folder / place.relative_to(staging)).is_symlink()
            and (there.is_dir() if place.is_dir() else
                 there.is_file() and there.stat().st_size == place.stat().st_size
                 and holds(there, content_of(place)))
            for place in staging.rglob("*"))
    except OSError:
        return False


def _put_in_place(store: Store, identity: str, place: _Place, made: Sequence[Path]) -> None:
    """Keep every file, rename the folder into its place, and record it, in this order; `made` are the folders that were
    made to hold it."""
    project, staging, target = place.project, place.staging, place.target
    paths = sorted(path.relative_to(staging) for path in staging.rglob("*") if path.is_file())
    folder = target.relative_to(project.folder).as_posix()
    inner_folders = [target / path.relative_to(staging) for path in sorted(staging.rglob("*")) if path.is_dir()]
    with store.batch() as batch:
        kept = batch.keep_files(staging / path for path in paths)
        meant: list[events.Event] = []
        signatures = []
        for path, one in zip(paths, kept, strict=True):
            above = [target, *(target / inner for inner in path.parents if inner.name)]
            folders = [*made, target, *inner_folders] if path == paths[0] else above  # also the empty ones, once
            file, inside = new_id(), f"{folder}/{path.as_posix()}"
            meant += [events.VersionKept(project.id, file, inside, one.content, one.size, one.signature[1], "file"),
                      events.FileFiled(project.id, file, place.batch, "made", "", inside, one.content, "", place.by, {},
                                       tuple(inner.relative_to(project.folder).as_posix() for inner in folders))]
            signatures.append((file, one.signature))
        batch.add(_intention(store, identity, place, meant))
        batch.record()
        rename_new(staging, target)
        try:
            sync_folder(target.parent)
            batch.signatures = signatures
            batch.add(*meant, events.Concluded(identity, "finished"))
            batch.record()
        except BaseException:
            if batch.events:  # else it is recorded
                batch.events, batch.signatures = [], []
                with contextlib.suppress(OSError):  # else the next start finishes it
                    target.rename(staging)
            raise


def conclude(store: Store, pending: PendingRow) -> str:
    """Record what an interrupted run has put in its place, or clear what it has not; "" while its maker is at work."""
    root, plan = store.workspace.root, pending.plan
    with left_by_one_gone(store, pending) as batch:
        if batch is None:
            return ""
        target, staging = root / plan["path"], root / plan["staging"]
        done = bool(plan["events"]) and target.is_dir() and not staging.exists()
        if done:
            meant = [event for op, data in plan["events"] if (event := events.from_dict(op, data))]
            there, signatures = _as_planned(root / plan["project"], meant)
            batch.add(*unless_seen(store, there))
            kept = {event.file for event in batch.events if isinstance(event, events.VersionKept)}
            batch.signatures += [(file, signature) for file, signature in signatures.items() if file in kept]
        shutil.rmtree(staging, ignore_errors=True)
        outcome = "finished" if done else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome


def _as_planned(project: Path, meant: Sequence[events.Event]) -> tuple[list[events.Event], dict[str, Signature]]:
    """What was meant of the files that hold what was unpacked, and their signatures; a scan takes in the others as they
    are. The folders that were made are told by the first of these."""
    signatures = {event.file: signature for event in meant if isinstance(event, events.VersionKept)
                  if (signature := _signature_of_same(project / event.path, event.content))}
    there: list[events.Event] = []
    folders = {folder: None for event in meant if isinstance(event, events.FileFiled) for folder in event.folders}
    for event in meant:
        if isinstance(event, events.VersionKept) and event.file in signatures:
            there.append(event)
        elif isinstance(event, events.FileFiled) and event.file in signatures:
            there.append(event._replace(folders=tuple(folders)) if len(there) == 1 else event)
    return there, signatures


def _signature_of_same(path: Path, content: str) -> Signature | None:
    """The signature that a file had before it was seen to hold a content; None when it does not, or cannot be read."""
    try:
        status = path.lstat()
        same = stat.S_ISREG(status.st_mode) and holds(path, content)
    except OSError:
        return None
    return signature_of(status) if same else None
