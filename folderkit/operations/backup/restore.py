"""Make a workspace from a backup, on a machine that has nothing else: vault, projects, settings, in this order."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from blake3 import blake3

from folderkit.catalog import Catalog
from folderkit.core import safefiles
from folderkit.core.content import content_of
from folderkit.core.durability import sync_folder
from folderkit.core.errors import FolderkitError, Refused, os_failure
from folderkit.core.events import Entry
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.settings import FILE
from folderkit.core.workspace import find_root, open_workspace, state_folder
from folderkit.operations.backup.place import (
    MANIFEST,
    VAULT,
    Copied,
    Manifest,
    ManifestDamaged,
    is_inside,
    manifest_by_files,
    read_manifest,
)
from folderkit.operations.backup.verify import holds, read_journal
from folderkit.store import make_private
from folderkit.vault import Blobs, Damaged
from folderkit.vault.copying import read_start, write_checked
from folderkit.vault.packset import REMOVED_FILE

Progress = Callable[[int, int], None]
MARK = f"{safefiles.TEMPORARY_PREFIX}restoring"  # in a folder that a restore has begun to fill
_SETTING = re.compile(rb"^vault[ \t]*:.*(?:\n[ \t]+\S.*)*", re.MULTILINE)
_UNNAMEABLE = (errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ)


@dataclass(frozen=True)
class File:
    """A file of a project, as it was last known: its path from the workspace, content, bytes and time."""

    path: str
    content: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class RestorePlan:
    """What is to be made in `root`. `begun`: an earlier restore has begun there; `missed`: what cannot be brought back,
    and why."""

    place: Path
    manifest: Manifest
    root: Path
    state: Path
    vault: Path
    begun: bool
    projects: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[File, ...]
    missed: tuple[tuple[str, Text], ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass
class Restored:
    """What was made, and what could not be, with the reason."""

    files: int = 0
    missed: list[tuple[str, Text]] = field(default_factory=list)


# -- planning --------------------------------------------------------------------------------------
def plan_restore(place: Path, root: Path, environ: Mapping[str, str]) -> RestorePlan:
    """What restoring the backup at `place` to `root` makes. Raises `Refused` where it may not."""
    manifest, doubt = _manifest(place)
    begun = _refuse_root(place, root, manifest)
    state = state_folder(root, manifest.id)
    vault = root / Path(environ.get("FOLDERKIT_VAULT") or state / "vault").expanduser()
    for folder in (state, vault):
        if not begun and folder.is_dir() and any(folder.iterdir()):
            raise Refused(Text(f"'{folder}' is not empty; it would hold what folderkit keeps.",
                               f"“{folder}”不是空的，而 folderkit 的数据要放在那里。"),
                          Text("Move it away, then run the command again.", "请先移走，再运行一次。"))
    journal = read_journal(place, manifest, manifest.writer) if manifest.writer in manifest.ends else None
    projects, folders, files, missed = _present(journal.entries if journal else [])
    missed += doubt
    for finding in journal.findings if journal else []:
        missed.append((f"{finding.file}:{finding.place}", finding.what))
        missed += [(f"{row.folder}/{row.path}", Text(f"version {row.number}: its line in the journal is damaged",
                                                     f"版本 {row.number}：日志中的记录已损坏"))
                   for row in finding.touches]
    return RestorePlan(place, manifest, root, state, vault, begun, tuple(projects), tuple(folders), tuple(files),
                       tuple(missed))


def _manifest(place: Path) -> tuple[Manifest, list[tuple[str, Text]]]:
    """What the backup holds, and the doubt when its list is damaged or gone."""
    try:
        manifest = read_manifest(place)
    except ManifestDamaged:
        manifest = None
    if manifest is not None:
        return manifest, []
    return manifest_by_files(place), [(MANIFEST, Text(
        "the list of what the backup holds is damaged or gone; all that lies there is taken",
        "备份清单损坏或丢失；按备份中现有的文件恢复"))]


def _refuse_root(place: Path, root: Path, manifest: Manifest) -> bool:
    """Whether a restore of this backup has begun in `root`; refuse it when it holds anything else."""
    if root.resolve().is_relative_to(place.resolve()):
        raise Refused(Text(f"'{root}' lies in the backup itself.", f"“{root}”在备份之内。"),
                      Text("Name another folder.", "请指定别的文件夹。"))
    with contextlib.suppress(OSError):
        if (root / MARK).read_text() == manifest.id:
            return True
    outer = find_root(root)
    if outer:
        raise Refused(Text(f"'{root}' lies in the workspace '{outer}'.", f"“{root}”在工作区“{outer}”之内。"),
                      Text("Name a new folder.", "请指定新的文件夹。"))
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        raise Refused(Text(f"'{root}' is not an empty folder.", f"“{root}”不是空文件夹。"),
                      Text("Name a new folder, or an empty one.", "请指定新的或空的文件夹。"))
    return False


def _present(entries: list[Entry]) -> tuple[list[str], list[str], list[File], list[tuple[str, Text]]]:
    """Projects, folders and files as a journal leaves them, and what cannot be made of them."""
    folders: list[str] = []
    files: dict[str, File] = {}
    missed: list[tuple[str, Text]] = []
    with contextlib.closing(Catalog(Path(":memory:"))) as catalog:
        with catalog.transaction():
            catalog.apply(entries)
        rows = {row.folder: row for row in sorted(catalog.projects(), key=lambda row: row.created)}
        missed += [(row.folder, Text("another project lies in its folder now; its versions are in the vault",
                                     "其文件夹现属于另一个项目；各版本仍在版本库中"))
                   for row in catalog.projects() if rows[row.folder].id != row.id]
        for row in rows.values():
            folders.append(row.folder)
            folders += [f"{row.folder}/{node.path}" for node in catalog.nodes(row.id).values()
                        if not node.content and catalog.file_at(row.id, node.path) is None]
            for file in catalog.files(row.id):
                path = f"{row.folder}/{file.path}"
                files[path] = File(path, file.content, file.size, file.signature[1])
    outside = [path for path in (*folders, *files) if not is_inside(path)]
    missed += [(path, Text("its path leads out of the workspace", "路径超出工作区")) for path in outside]
    return (list(rows), [path for path in folders if path not in outside],
            [file for path, file in sorted(files.items()) if path not in outside], missed)


# -- applying --------------------------------------------------------------------------------------
def apply_restore(plan: RestorePlan, environ: Mapping[str, str], progress: Progress | None = None) -> Restored:
    """Make it. Killed at any moment, the same command goes on. Raises `Refused` when something else has come to a
    place, or `Failed`."""
    _refuse_root(plan.place, plan.root, plan.manifest)
    done = Restored(missed=list(plan.missed))
    try:
        if not (plan.root / FILE).exists():  # it is made last
            _begin(plan)
            _copy_vault(plan, done)
            _place_files(plan, done, progress)
            _place_own_files(plan)
        (plan.root / MARK).unlink(missing_ok=True)
        sync_folder(plan.root)
    except OSError as error:
        raise os_failure(Text("restore to", "恢复到"), error, error.filename or plan.root) from None
    except sqlite3.OperationalError as failure:  # of the vault's index
        code = errno.ENOSPC if "full" in str(failure) else errno.EIO
        raise os_failure(Text("write to", "写入"), OSError(code, os.strerror(code)), plan.state) from None
    _look_at_settings(plan, environ, done)
    return done


def _begin(plan: RestorePlan) -> None:
    make_folders(plan.root)
    if plan.begun:
        for path in plan.root.rglob(f"{safefiles.TEMPORARY_PREFIX}*.tmp"):
            path.unlink()
    else:
        safefiles.place_new(plan.root / MARK, [plan.manifest.id.encode()])
    make_private(plan.state)
    make_private(plan.vault)


def _copy_vault(plan: RestorePlan, done: Restored) -> None:
    folders: dict[Path, None] = {}
    for path, file in sorted(plan.manifest.files.items()):
        if not path.startswith(f"{VAULT}/"):
            continue
        target = plan.vault / path.removeprefix(f"{VAULT}/")
        if target.exists() and holds(target, file):
            continue
        try:
            data = read_start(plan.place / path, file.size)
        except OSError as error:
            reason = error.strerror or str(error)
            done.missed.append((path, Text(f"it cannot be read: {reason}", f"无法读取：{reason}")))
            continue
        if Copied.of(data).hash != file.hash:
            done.missed.append((path, Text("it is damaged in the backup; what is whole of it is used",
                                           "备份中的此文件已损坏；其中完好的部分仍可使用")))
        make_folders(target.parent)
        write_checked(target, data)
        folders[target.parent] = None
    for folder in folders:
        sync_folder(folder)
    with contextlib.suppress(FileNotFoundError):
        mark = (plan.place / VAULT / REMOVED_FILE).read_bytes()
        safefiles.replace_whole(plan.vault / REMOVED_FILE, [mark])


def _place_files(plan: RestorePlan, done: Restored, progress: Progress | None) -> None:
    for folder in plan.folders:
        with _telling(folder, done):
            make_folders(plan.root / folder)
    with contextlib.closing(Blobs(plan.vault, plan.state / "vault-index.db")) as blobs:
        for number, file in enumerate(plan.files, 1):
            target = plan.root / file.path
            with _telling(file.path, done):
                make_folders(target.parent)
                _place(target, file.content, blobs.read(file.content), file.mtime_ns)
                done.files += 1
            if progress:
                progress(number, len(plan.files))


@contextlib.contextmanager
def _telling(path: str, done: Restored) -> Iterator[None]:
    """Go on without what the backup cannot give, or this disk cannot name."""
    try:
        yield
    except Damaged as error:
        done.missed.append((path, error.message))
    except OSError as error:
        if error.errno not in _UNNAMEABLE:
            raise
        done.missed.append((path, Text("this disk does not take such a name", "该磁盘不支持这样的名称")))


def _place(target: Path, content: str, pieces: Iterator[bytes], mtime_ns: int | None = None) -> None:
    """Put a file at its free place; where an earlier restore has put it, it stays."""
    if target.is_file() and content_of(target) == content:
        return
    try:
        safefiles.place_new(target, pieces, mtime_ns if mtime_ns and mtime_ns > 0 else None)
    except FileExistsError:
        raise Refused(Text(f"Something else has come to '{target}' since the restore began.",
                           f"恢复开始之后，“{target}”处出现了别的内容。"),
                      Text("Move it away, then run the command again.", "请先移走，再运行一次。")) from None


def _place_own_files(plan: RestorePlan) -> None:
    """Templates, skeletons and logo; the settings last, which make it a workspace."""
    own = plan.manifest.own_files()
    for path in sorted(own, key=lambda path: (path == FILE, path)):
        data = (plan.place / plan.manifest.own / path).read_bytes()
        if path == FILE:
            data = _SETTING.sub(lambda found: b"# " + found[0].replace(b"\n", b"\n# "), data)
        make_folders((plan.root / path).parent)
        _place(plan.root / path, blake3(data).hexdigest(), iter([data]))


def _look_at_settings(plan: RestorePlan, environ: Mapping[str, str], done: Restored) -> None:
    """Tell when the settings do not fit this machine."""
    try:
        vault = open_workspace(plan.root, environ).vault
    except FolderkitError as error:
        done.missed.append((FILE, error.message))
        return
    if os.path.abspath(vault) != os.path.abspath(plan.vault):  # noqa: PTH100  as text: it may not be there
        done.missed.append((FILE, Text(f"'vault' must be '{plan.vault}'", f"“vault”应为“{plan.vault}”")))
