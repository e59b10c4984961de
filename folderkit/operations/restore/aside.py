"""Put a folder as it was into a new folder, all or nothing: staged beside its place, moved there in one step."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from folderkit.catalog import PendingRow
from folderkit.core import events, safefiles
from folderkit.core.durability import sync_folder, syncing
from folderkit.core.errors import os_failure
from folderkit.core.folders import make_folders, remove_empty
from folderkit.core.language import Text
from folderkit.core.signature import signature_of
from folderkit.operations.restore.folder import DAMAGED, FolderPlan, Item, Restored
from folderkit.staging import left_by_one_gone, making_aside
from folderkit.store import Batch, Progress, Store, new_id

VERB = "restore-to"


def apply_aside(store: Store, plan: FolderPlan, progress: Progress | None = None) -> Restored:
    """Carry the plan out, into a folder that must not be there, or be empty. What is damaged in the vault is left out.
    Killed at any moment, the next command removes what was staged, or all of it is there."""
    target = plan.aside
    assert target is not None  # noqa: S101  for the type checker
    identity = new_id()
    staging = target.with_name(f"{safefiles.TEMPORARY_PREFIX}restore-{identity}")
    intention = _intention(store, identity, target, staging)
    try:
        with making_aside(store, intention, lambda: _clear(store, intention.plan)):
            make_folders(target.parent)
            result = _stage(store, plan, staging, progress)
            _put_in_place(store, plan, result, staging, identity)
    except OSError as error:
        raise os_failure(Text("restore to", "恢复到"), error, _shown(error, staging, target)) from None
    return result


def _intention(store: Store, identity: str, target: Path, staging: Path) -> events.Intended:
    missing = [str(folder) for folder in target.parents if not folder.is_dir()]
    return events.Intended(identity, VERB, {"path": _relative(store, target), "staging": _relative(store, staging),
                                            "parents": [_relative(store, Path(path)) for path in reversed(missing)]})


def _relative(store: Store, path: Path) -> str:
    """From the workspace where it lies in it, so that the workspace can be moved; else whole."""
    root = store.workspace.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _shown(error: OSError, staging: Path, target: Path) -> str:
    """The place of an error as the person knows it."""
    return str(error.filename or target).replace(str(staging), str(target))


def _stage(store: Store, plan: FolderPlan, staging: Path, progress: Progress | None) -> Restored:
    staging.mkdir()
    inner = f"{plan.folder}/" if plan.folder else ""
    root = str(staging)
    for folder in sorted({item.path.rpartition("/")[0] for item in plan.items} | set(plan.folders)):
        os.makedirs(os.path.join(root, folder.removeprefix(plan.folder).lstrip("/")), exist_ok=True)  # noqa: PTH103, PTH118

    def write(item: Item, parts: Iterable[bytes | memoryview]) -> None:
        safefiles.write_new(f"{root}/{item.path.removeprefix(inner)}", parts, item.past.version.mtime_ns)

    wanted = [(item, item.past.version.content, item.past.version.size) for item in plan.items]
    with syncing(staging):
        damaged = {item.path: error for item, error in store.blobs.read_each(wanted, write, progress)}
    return Restored([dataclasses.replace(item, what=DAMAGED, reason=damaged[item.path].message)
                     if item.path in damaged else item for item in plan.items])


def _put_in_place(store: Store, plan: FolderPlan, result: Restored, staging: Path, identity: str) -> None:
    target = plan.aside
    assert target is not None  # noqa: S101  for the type checker
    with store.batch() as batch:
        if target.is_dir():
            staging.chmod(stat.S_IMODE(target.stat().st_mode))
            if os.name == "nt":
                target.rmdir()  # elsewhere renaming takes the place of an empty folder, and of no other
        staging.rename(target)
        recording = False
        try:
            sync_folder(target.parent)
            batch.add(events.Concluded(identity, "finished"))
            if plan.into is not None:
                _record(batch, plan, result, target)
            recording = True
            batch.record()
        except BaseException:
            if batch.events or not recording:  # else it is recorded
                with contextlib.suppress(OSError):
                    target.rename(staging)
            raise


def _record(batch: Batch, plan: FolderPlan, result: Restored, target: Path) -> None:
    """Inside of a project, what came is recorded as versions of new files."""
    assert plan.into is not None  # noqa: S101  for the type checker
    for item in result.items:
        if item.what == DAMAGED:
            continue
        place = target / item.path.removeprefix(f"{plan.folder}/" if plan.folder else "")
        signature, file = signature_of(place.lstat()), new_id()
        version = item.past.version
        batch.add(events.VersionKept(plan.into.id, file, place.relative_to(plan.into.folder).as_posix(),
                                     version.content, version.size, signature[1], "restore", version.number))
        batch.signatures.append((file, signature))


def _clear(store: Store, plan: Mapping[str, Any]) -> None:
    staging = store.workspace.root / plan["staging"]
    if staging.exists():
        shutil.rmtree(staging)
    remove_empty(store.workspace.root / path for path in plan["parents"])


def conclude(store: Store, pending: PendingRow) -> str:
    """Remove what an interrupted restore had staged; "" while its maker is still at work."""
    try:
        with left_by_one_gone(store, pending) as batch:
            if batch is None:
                return ""
            there = (store.workspace.root / pending.plan["path"]).is_dir()
            staged = (store.workspace.root / pending.plan["staging"]).exists()
            outcome = "finished" if there and not staged else "undone"
            _clear(store, pending.plan)
            batch.add(events.Concluded(pending.batch, outcome))
        return outcome
    except OSError as error:
        raise os_failure(Text("remove", "删除"), error, pending.plan["staging"]) from None
