"""Make a backup, or bring it up to date: packs, then journals, then the manifest, each durable before the next.

Interrupted at any moment it is the backup that it was before, and the next run completes it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.core import events, safefiles
from folderkit.core.durability import sync_folder
from folderkit.core.errors import Refused, os_failure
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.damage import Finding, check_journals, findings
from folderkit.operations.backup.own_files import copy_own_files
from folderkit.operations.backup.place import OWN_FILES, VAULT, Copied, Manifest, write_manifest
from folderkit.operations.backup.plan import extents_now, has, manifest_before, packs_gone, refuse_other_past
from folderkit.store import Store, user_name, writer_of
from folderkit.vault import FORMAT_FILE
from folderkit.vault.checking import Fault, PackCheck, Records, check_bytes, check_packs, check_whole
from folderkit.vault.copying import JOURNALS, PACKS, Extents, better, broken_lines, read_start, write_checked
from folderkit.vault.packset import REMOVED_FILE

Progress = Callable[[int, int], None]


@dataclass
class Backup:
    """A backup that was made: its place and manifest, what was copied, and what is wrong with the vault. `saved` says
    of each finding whether the backup holds all that it touches."""

    place: Path
    manifest: Manifest
    copied: int = 0
    copied_bytes: int = 0
    removed: int = 0
    findings: list[Finding] = field(default_factory=list)
    saved: list[bool] = field(default_factory=list)


class _Vanished(Exception):
    """A pack was replaced by a prune meanwhile."""


def back_up(store: Store, place: Path, progress: Progress | None = None) -> Backup:
    """Bring the backup at `place` up to date, and record that. Raises `Refused` or `Failed`; it is as before then."""
    lock = Lock(store.workspace.state / "backup.lock")
    if not lock.acquire(0):
        raise Refused(Text("Another backup of this workspace is running.", "这个工作区的另一次备份正在进行。"),
                      Text("Wait for it to end.", "请等它结束。"))
    with contextlib.closing(contextlib.ExitStack()) as opened:
        opened.callback(lock.release)
        before = manifest_before(place)
        refuse_other_past(store, place, before, extents_now(store))
        try:
            make_folders(place)
            done = _Run(store, place, before, progress).run()
        except OSError as error:
            raise os_failure(Text("write the backup at", "写入备份"), error, place) from None
    number, digest = done.manifest.ends.get(done.manifest.writer, (0, ""))
    with store.batch() as batch:
        batch.add(events.BackupMade(str(place), number, digest, len(done.manifest.files), done.manifest.size,
                                    done.saved.count(False)))
    return done


class _Run:
    """One run: what the new manifest is to list, and what was found on the way."""

    def __init__(self, store: Store, place: Path, before: Manifest | None, progress: Progress | None) -> None:
        self.store, self.place, self.before, self.progress = store, place, before, progress
        self.vault = store.workspace.vault
        self.files: dict[str, Copied] = {}  # by path in the backup
        self.bad: dict[Path, PackCheck] = {}  # packs of the vault that are not whole
        self.journals_bad = False
        self.copied = self.copied_bytes = 0

    def run(self) -> Backup:
        while True:
            now = extents_now(self.store)
            try:
                self._copy_packs(now)
                break
            except _Vanished:
                continue
        gone = packs_gone(self.place, now)
        found = self._find_damage() if gone or self.bad else []
        if any(finding.touches for finding in found):
            self._keep(gone)  # what was not let go but lost is here still
            gone = []
        self._copy_format()
        self._copy_segments(now)
        if self.journals_bad:
            found = self._find_damage()
        own = copy_own_files(self.store.workspace, self.place, self.before, self.files)
        manifest = Manifest(self.store.clock(), user_name(), self.store.workspace.settings.id,
                            self.store.workspace.root.name, writer_of(self.store.workspace), own, now.ends, self.files)
        write_manifest(self.place, manifest)
        self._tidy(manifest, gone)
        return Backup(self.place, manifest, self.copied, self.copied_bytes, len(gone), found, self._saved(found))

    def _keep(self, packs: list[str]) -> None:
        for path in packs:
            data = (self.place / VAULT / path).read_bytes()
            known = self.before.files.get(f"{VAULT}/{path}") if self.before else None
            self.files[f"{VAULT}/{path}"] = known or Copied.of(data, damaged=_faults(data) > 0)

    # -- copying -----------------------------------------------------------------------------------
    def _copy_packs(self, now: Extents) -> None:
        self.files.clear()
        self.bad.clear()
        folders: dict[Path, None] = {}
        for done, (path, size) in enumerate(now.packs.items(), 1):
            if not self._as_before(path, size):
                self._copy_pack(path, size)
                folders[(self.place / VAULT / path).parent] = None
            if self.progress:
                self.progress(done, len(now.packs))
        for folder in folders:
            sync_folder(folder)

    def _as_before(self, path: str, size: int) -> bool:
        if self.before is None or not has(self.place, self.before, path, size):
            return False
        self.files[f"{VAULT}/{path}"] = self.before.files[f"{VAULT}/{path}"]
        return True

    def _copy_pack(self, path: str, size: int) -> None:
        source, old = self.vault / path, self._old(path)
        try:
            new = read_start(source, size)
        except FileNotFoundError:
            raise _Vanished from None
        except OSError as error:  # its disk fails there: what had been copied of it stays
            reason = error.strerror or str(error)
            new, found = b"", PackCheck(source, faults=[Fault(source, 0, size, Text(
                f"it cannot be read: {reason}", f"无法读取：{reason}"))])
        else:
            found = check_bytes(source, new)
        data = better(old, new, _faults)
        if not found.faults and len(data) > len(new):
            found.faults.append(Fault(source, len(new), len(data), Text("its end is missing", "末尾缺失")))
        bad = bool(found.faults or found.behind is not None)
        if bad:
            self.bad[source] = found
        if data:
            self._put(path, old, data, damaged=bad and _faults(data) > 0)

    def _old(self, path: str) -> bytes | None:
        """What the backup has of a file already; None also when that cannot be read."""
        try:
            return (self.place / VAULT / path).read_bytes()
        except OSError:
            return None

    def _put(self, path: str, old: bytes | None, data: bytes, *, damaged: bool) -> None:
        if data != old:
            make_folders((self.place / VAULT / path).parent)
            write_checked(self.place / VAULT / path, data)
            self.copied += 1
            self.copied_bytes += len(data)
        self.files[f"{VAULT}/{path}"] = Copied.of(data, damaged=damaged)

    def _copy_format(self) -> None:
        data = (self.vault / FORMAT_FILE).read_bytes()
        self._put(FORMAT_FILE, self._old(FORMAT_FILE), data, damaged=False)
        sync_folder(self.place / VAULT)

    def _copy_segments(self, now: Extents) -> None:
        """In their order, so that what is there is always the beginning of a journal."""
        for path, size in now.segments.items():
            if self._as_before(path, size):
                continue
            old, new = self._old(path), read_start(self.vault / path, size)
            data = better(old, new, broken_lines)
            self.journals_bad = self.journals_bad or data != new or broken_lines(new) > 0
            self._put(path, old, data, damaged=broken_lines(data) > 0)
            sync_folder((self.place / VAULT / path).parent)

    # -- damage ------------------------------------------------------------------------------------
    def _find_damage(self) -> list[Finding]:
        """What is wrong with the vault and matters, by what was read and by the heads of the other records."""
        packs = self.store.blobs.packs
        journals = check_journals(self.store.workspace)
        while True:
            files = packs.files()
            checks = [*check_packs([path for path in files if path not in self.bad], every_byte=False),
                      *(check for path, check in self.bad.items() if path in files)]
            if all(path.exists() for path in files):  # else a prune has moved what was in it
                break
        found = findings(checks, packs.folder, journals.named, packs.hashes_between)
        return [*journals.findings, *(finding for finding in found if finding.touches)]

    def _saved(self, found: list[Finding]) -> list[bool]:
        if not found:
            return []
        whole = [self.place / path for path, file in self.files.items() if path.endswith(".pack") and not file.damaged]
        broken = [self.place / path for path, file in self.files.items() if path.endswith(".pack") and file.damaged]
        records = Records([*check_packs(whole, every_byte=False), *map(check_whole, broken)])
        return [not any(True for row in finding.touches for _ in records.absent(bytes.fromhex(row.content)))
                for finding in found]

    # -- afterwards --------------------------------------------------------------------------------
    def _tidy(self, manifest: Manifest, gone: list[str]) -> None:
        """Take away what the manifest does not need any more: packs that are gone, and what interrupted runs left."""
        mark = self._old(REMOVED_FILE)
        if (self.vault / REMOVED_FILE).exists() and (new := (self.vault / REMOVED_FILE).read_bytes()) != mark:
            safefiles.replace_whole(self.place / VAULT / REMOVED_FILE, [new])
        for pack in [self.place / VAULT / path for path in gone]:
            pack.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                pack.parent.rmdir()  # when it was the last
        for path in _leftovers(self.place):
            path.unlink(missing_ok=True)
        for folder in self.place.glob(f"{OWN_FILES}*"):
            if folder.name != manifest.own:
                shutil.rmtree(folder)


def _leftovers(place: Path) -> Iterator[Path]:
    for folder in (".", VAULT, f"{VAULT}/{PACKS}/??", f"{VAULT}/{JOURNALS}/*"):
        yield from place.glob(f"{folder}/{safefiles.TEMPORARY_PREFIX}*")


def _faults(data: bytes) -> int:
    found = check_bytes(Path(), data)
    return len(found.faults) + (found.behind is not None)
