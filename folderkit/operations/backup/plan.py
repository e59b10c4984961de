"""What a backup would do, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from folderkit.core.errors import Failed, Refused, os_failure
from folderkit.core.language import Text
from folderkit.operations.backup.place import VAULT, Manifest, ManifestDamaged, read_manifest
from folderkit.store import Store
from folderkit.vault import Journal
from folderkit.vault.copying import PACKS, Extents, extents


@dataclass(frozen=True)
class BackupPlan:
    """What a backup would do now: which files of the vault it would copy (path → bytes), and which packs let go."""

    place: Path
    before: Manifest | None
    copy: dict[str, int]
    gone: list[str]

    @property
    def size(self) -> int:
        return sum(self.copy.values())


def plan_backup(store: Store, place: Path) -> BackupPlan:
    """What `back_up` would do. Raises `Refused` when the backup at `place` is not one of this vault's past."""
    before = manifest_before(place)
    now = extents_now(store)
    refuse_other_past(store, place, before, now)
    copy = {path: size for path, size in (now.packs | now.segments).items() if not has(place, before, path, size)}
    return BackupPlan(place, before, copy, packs_gone(place, now))


def has(place: Path, before: Manifest | None, path: str, size: int) -> bool:
    """Whether a file of the vault is in the backup, with all its bytes."""
    known = before.files.get(f"{VAULT}/{path}") if before else None
    return (known is not None and known.size == size and not known.damaged
            and _length(place / VAULT / path) >= size)


def packs_gone(place: Path, now: Extents) -> list[str]:
    """The packs in the backup that are not in the vault any more."""
    found = [path.relative_to(place / VAULT).as_posix() for path in sorted((place / VAULT / PACKS).glob("??/*.pack"))]
    return [path for path in found if path not in now.packs]


def manifest_before(place: Path) -> Manifest | None:
    """The manifest that is there; when it is damaged everything is compared, as if there were none."""
    try:
        return read_manifest(place)
    except ManifestDamaged:
        return None
    except OSError as error:
        raise os_failure(Text("read the backup at", "读取备份"), error, place) from None


def extents_now(store: Store) -> Extents:
    """What the vault holds, when what a killed process left has been tidied."""
    with store.batch():
        return extents(store.workspace.vault, store.blobs.packs.files())


def refuse_other_past(store: Store, place: Path, before: Manifest | None, now: Extents) -> None:
    """The backup must be of this vault as it once was: else it holds versions that the vault does not have."""
    vault = store.workspace.vault
    if not place.is_dir() and any(row.place == str(place) for row in store.catalog.backups()):
        raise Refused(
            Text(f"The backup is not at '{place}' any more.", f"备份不在“{place}”了。"),
            Text("Connect its disk. If it is lost for good, make this folder, empty; the backup begins anew.",
                 "请连接它所在的磁盘。若已确实丢失，请建立这个文件夹（空的），备份会从头开始。"))
    for writer, (number, digest) in (before.ends if before else {}).items():
        if _continues(Journal(vault, writer), now.ends.get(writer, (0, ""))[0], number, digest):
            continue
        raise Refused(
            Text(f"The backup at '{place}' holds what the vault does not: the journal has lost its end, or gone "
                 "another way since, as in a copy of the workspace.",
                 f"备份“{place}”中有版本库没有的内容：日志的末尾丢失，或者此后走向不同（例如这是工作区的副本）。"),
            Text("Name another folder with --to; or bring the vault back from the backup: folderkit backup restore.",
                 "请用 --to 指定别的文件夹；或用 folderkit backup restore 从备份中取回。"))


def _continues(journal: Journal, end: int, number: int, digest: str) -> bool:
    """Whether a journal that ends with the line `end` holds the line `number` with this hash."""
    if end <= number:
        return end == number and journal.end().hash == digest
    try:
        next(journal.read(number, digest), None)
    except Failed:  # the line behind it is damaged, or follows from another one
        entries, _ = journal.check()
        return all(entry.hash == digest for entry in entries if entry.number == number)
    return True


def _length(path: Path) -> int:
    """A file's length; -1 when it is not there or cannot be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return -1
