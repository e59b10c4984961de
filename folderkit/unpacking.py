"""Unpack an archive of a project into a folder beside it: unpacked aside, kept, put in place and recorded, all or
nothing; and nothing when all of it lies there already."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from folderkit.catalog import PendingRow
from folderkit.core import events, naming, safefiles
from folderkit.core.errors import os_failure
from folderkit.core.language import Text
from folderkit.core.project import Project, harmless
from folderkit.core.signature import signature_of
from folderkit.placing import unless_seen
from folderkit.store import Store, new_id

VERB = "unpack"


class UnpackedBeside(NamedTuple):
    """The path of the folder that holds what an archive does, what of that was renamed or left out, and whether all
    lay there `already`."""

    folder: str
    told: tuple[Text, ...]
    already: bool = False


def unpack_beside(store: Store, project: Project, path: str, batch_id: str, by: str) -> UnpackedBeside:
    """Unpack the archive at `path` into a folder of its name, as steps of a batch. Raises `FolderkitError`; nothing was
    unpacked then."""
    from folderkit.intake.unpack import unpack

    archive, identity = project.folder / path, new_id()
    *there, target = _places(archive.with_name(naming.parts_of(archive.name)[0].rstrip(" .")))
    staging = target.with_name(f"{safefiles.TEMPORARY_PREFIX}unpack-{identity}")
    try:
        staging.mkdir()
        told = unpack(archive, staging).told
        for place in list(staging.rglob("*")):
            if place.is_file() and harmless(place.name) != place.name:
                safefiles.rename_new(place, place.with_name(harmless(place.name)))
        if found := next((folder for folder in there if _lies_in(folder, staging)), None):
            _clear(staging)
            return UnpackedBeside(found.relative_to(project.folder).as_posix(), told, already=True)
        safefiles.sync_tree(staging)
        _put_in_place(store, project, staging, target, (identity, batch_id, by))
    except OSError as error:
        _clear(staging)
        raise os_failure(Text("unpack", "解压"), error, archive) from None
    except BaseException:
        _clear(staging)
        raise
    return UnpackedBeside(target.relative_to(project.folder).as_posix(), told)


def _places(folder: Path) -> Iterator[Path]:
    """The folder and those with a number behind its name that are there, and at last the first that is not."""
    place, number = folder, 2
    while os.path.lexists(place):
        yield place
        place, number = folder.with_name(naming.numbered(folder.name, number)), number + 1
    yield place


def _lies_in(folder: Path, staging: Path) -> bool:
    """Whether all that was unpacked lies in a folder, with the same contents; what cannot be read does not."""
    try:
        return folder.is_dir() and all(
            not (there := folder / place.relative_to(staging)).is_symlink()
            and (there.is_dir() if place.is_dir() else
                 there.is_file() and there.stat().st_size == place.stat().st_size
                 and safefiles.holds(there, safefiles.content_of(place)))
            for place in staging.rglob("*"))
    except OSError:
        return False


def _put_in_place(store: Store, project: Project, staging: Path, target: Path, names: tuple[str, str, str]) -> None:
    """Keep every file, rename the folder into its place, and record it, in this order."""
    identity, batch_id, by = names
    paths = sorted(path.relative_to(staging) for path in staging.rglob("*") if path.is_file())
    folder = target.relative_to(project.folder).as_posix()
    made = [target, *(target / path.relative_to(staging) for path in sorted(staging.rglob("*")) if path.is_dir())]
    with store.batch() as batch:
        kept = batch.keep_files(staging / path for path in paths)
        meant: list[events.Event] = []
        for path, one in zip(paths, kept, strict=True):
            above = [target, *(target / inner for inner in path.parents if inner.name)]
            folders = made if path == paths[0] else above  # also the empty ones, once
            file, place = new_id(), f"{folder}/{path.as_posix()}"
            meant += [events.VersionKept(project.id, file, place, one.content, one.size, one.signature[1], "file"),
                      events.FileFiled(project.id, file, batch_id, "made", "", place, one.content, "", by, {},
                                       tuple(inner.relative_to(project.folder).as_posix() for inner in folders))]
            batch.signatures.append((file, one.signature))
        signatures, batch.signatures = batch.signatures, []
        root = store.workspace.root
        batch.add(events.Intended(identity, VERB, {
            "path": target.relative_to(root).as_posix(), "staging": staging.relative_to(root).as_posix(),
            "project": project.folder.relative_to(root).as_posix(),
            "events": [[events.op_of(event), events.to_dict(event)] for event in meant]}))
        batch.record()
        try:
            safefiles.rename_new(staging, target)
            safefiles.sync_folder(target.parent)
        except BaseException:
            batch.add(events.Concluded(identity, "undone"))
            batch.record()
            raise
        batch.signatures = signatures
        batch.add(*meant, events.Concluded(identity, "finished"))


def _clear(staging: Path) -> None:
    shutil.rmtree(staging, ignore_errors=True)


def conclude(store: Store, pending: PendingRow) -> str:
    """Record what an interrupted run has put in its place, or clear what it has not; "" when another process did."""
    with store.batch() as batch:
        if all(row.batch != pending.batch for row in store.catalog.pending()):
            return ""
        root, plan = store.workspace.root, pending.plan
        target, staging = root / plan["path"], root / plan["staging"]
        done = target.is_dir() and not staging.exists()
        if done:
            meant = [event for op, data in plan["events"] if (event := events.from_dict(op, data))]
            for event in unless_seen(store, meant):
                batch.add(event)
                if isinstance(event, events.VersionKept):
                    batch.signatures.append((event.file, signature_of((root / plan["project"] / event.path).lstat())))
        _clear(staging)
        outcome = "finished" if done else "undone"
        batch.add(events.Concluded(pending.batch, outcome))
    return outcome
