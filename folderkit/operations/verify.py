"""Look whether the vault is whole: the journals' chains, the packs' records, and that every version is there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from folderkit.catalog import Catalog, KeptRow, is_ready
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.core.workspace import Workspace
from folderkit.damage import Finding, findings, versions_in
from folderkit.store import refuse_vanished, writer_of
from folderkit.vault import Blobs, Journal
from folderkit.vault.checking import check_packs

Progress = Callable[[int, int], None]


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
        result.findings += list(findings(checks, blobs.packs.folder, named, blobs.packs.hashes_between))
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
        rows = versions_in(entries)
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
