"""Look whether the vault is whole: the journals' chains, the packs' records, and that every version is there."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.catalog import Catalog, KeptRow, is_ready
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.core.workspace import Workspace
from folderkit.store import refuse_vanished, writer_of
from folderkit.vault import Blobs, Damaged, Journal
from folderkit.vault.checking import Fault, PackCheck, check_packs

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which file and at which byte (of a pack) or line (of a journal), what, and the
    versions that it touches."""

    file: Path
    place: int
    what: Text
    touches: tuple[KeptRow, ...] = ()


@dataclass
class Verified:
    """What was looked at, and what was found."""

    entries: int = 0
    packs: int = 0
    contents: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(workspace: Workspace, *, every_byte: bool, progress: Progress | None = None) -> Verified:
    """Check the whole vault; nothing is changed. Raises `Refused` when the vault is not there."""
    refuse_vanished(workspace)
    result = Verified()
    with contextlib.ExitStack() as opened:
        blobs = Blobs(workspace.vault, workspace.state / "vault-index.db")
        opened.callback(blobs.close)
        with Lock(workspace.vault / "write.lock"):  # what a killed process left is tidied; then others may go on
            blobs.begin()
            packs = blobs.packs.files()
            named = _check_journals(workspace, result)
        checks = list(check_packs(packs, every_byte=every_byte, progress=progress))
        result.packs = len(checks)
        result.contents = len(named)
        result.findings += list(_check_contents(blobs, checks, named))
    return result


# -- journals --------------------------------------------------------------------------------------
def _check_journals(workspace: Workspace, result: Verified) -> dict[str, list[KeptRow]]:
    """The versions that the journals and the catalog name, by content."""
    named: dict[str, list[KeptRow]] = {}
    own = writer_of(workspace)
    catalog = workspace.state / "catalog.db"
    for folder in sorted(path for path in (workspace.vault / "journal").glob("*") if path.is_dir()):
        journal = Journal(workspace.vault, folder.name)
        entries, faults = journal.check()
        result.entries += len(entries)
        with contextlib.closing(Catalog(Path(":memory:"))) as fresh:
            with fresh.transaction():
                fresh.apply(entries)
            rows = list(fresh.all_versions())
        known: list[KeptRow] = []
        if folder.name == own and is_ready(catalog):
            with contextlib.closing(Catalog(catalog)) as live:
                known = list(live.all_versions())
                number = live.applied[0]
            end = journal.end()
            if end.torn and number > end.number and end.segment is not None:
                faults.append((end.segment, 0))
        missing = _missing(known, rows)
        if faults:
            what = Text("the line is not as it was written", "该行与写入时不符")
            result.findings += [Finding(path, place, what, tuple(missing)) for path, place in faults]
        for row in (*rows, *missing):
            named.setdefault(row.content, []).append(row)
    return named


def _missing(known: Iterable[KeptRow], rows: Iterable[KeptRow]) -> list[KeptRow]:
    """The versions that the catalog knows of and the journal does not tell any more."""
    told = {(row.file, row.at, row.content) for row in rows}
    return [row for row in known if (row.file, row.at, row.content) not in told]


# -- packs and contents ----------------------------------------------------------------------------
def _check_contents(
    blobs: Blobs, checks: Sequence[PackCheck], named: Mapping[str, Sequence[KeptRow]],
) -> Iterator[Finding]:
    """What is wrong with the packs, with the versions that it touches; and versions that are not there at all."""
    sound = set[bytes]().union(*(check.sound for check in checks))
    lists = set[bytes]().union(*(check.lists for check in checks))
    lost: dict[bytes, list[KeptRow]] = {}  # by the record that is missing or damaged
    for content, rows in named.items():
        for digest in _absent(blobs, bytes.fromhex(content), sound, lists):
            lost.setdefault(digest, []).extend(rows)
    for fault in [fault for check in checks for fault in (*check.faults, *_behind(blobs, check))]:
        hit = {fault.hash} if fault.hash else blobs.packs.hashes_between(fault.file, fault.start, fault.end)
        touched = [row for digest in sorted(hit & lost.keys()) for row in lost.pop(digest)]
        yield Finding(fault.file, fault.start, fault.what, tuple(touched))
    for digest, rows in sorted(lost.items()):
        yield Finding(blobs.packs.folder, 0, Text(f"the record {digest.hex()[:12]} is not there",
                                                  f"找不到记录 {digest.hex()[:12]}"), tuple(rows))


def _behind(blobs: Blobs, check: PackCheck) -> Iterator[Fault]:
    """What is no record at the end of a pack was being written when its writer was killed, but where records lay."""
    if check.behind and blobs.packs.hashes_between(check.path, check.behind, sys.maxsize):
        yield Fault(check.path, check.behind, sys.maxsize, Text("its end is no record", "末尾不是记录"))


def _absent(blobs: Blobs, content: bytes, sound: Container[bytes], lists: Container[bytes]) -> Iterator[bytes]:
    """The records of a content that are not there whole."""
    if content in lists:
        try:
            for part in blobs.parts(content):
                yield from _absent(blobs, part, sound, lists)
        except Damaged:
            yield content
    elif content not in sound:
        yield content
