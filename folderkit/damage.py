"""Which versions of which files damage to packs and journals touches."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folderkit.catalog import Catalog, KeptRow, is_ready
from folderkit.core.events import Entry
from folderkit.core.language import Text
from folderkit.core.workspace import Workspace
from folderkit.store import writer_of
from folderkit.vault import Journal
from folderkit.vault.checking import Fault, PackCheck, Records
from folderkit.vault.copying import writers

Lay = Callable[[Path, int, int], set[bytes]]  # the records that lay between two bytes of a pack, where that is known
LINE_DAMAGED = Text("the line is not as it was written", "该行与写入时不符")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which file and at which byte (of a pack) or line (of a journal), what, and the
    versions that it touches."""

    file: Path
    place: int
    what: Text
    touches: tuple[KeptRow, ...] = ()


def versions_in(entries: Iterable[Entry]) -> list[KeptRow]:
    """The versions that a journal names and that are to be there."""
    with contextlib.closing(Catalog(Path(":memory:"))) as fresh:
        with fresh.transaction():
            fresh.apply(entries)
        return list(fresh.all_versions())


# -- journals --------------------------------------------------------------------------------------
@dataclass
class Journals:
    """What the journals of a vault say: how many lines, which versions by content, and what is wrong with them."""

    entries: int = 0
    named: dict[str, list[KeptRow]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def check_journals(workspace: Workspace) -> Journals:
    """Check every journal in a workspace's vault; of its own, the catalog knows what a damaged line said."""
    result = Journals()
    own = writer_of(workspace)
    catalog = workspace.state / "catalog.db"
    for writer in writers(workspace.vault):
        journal = Journal(workspace.vault, writer)
        entries, faults = journal.check()
        result.entries += len(entries)
        rows = versions_in(entries)
        known: list[KeptRow] = []
        if writer == own and is_ready(catalog):
            with contextlib.closing(Catalog(catalog)) as live:
                known = list(live.all_versions())
                number = live.applied[0]
            end = journal.end()
            if end.torn and number > end.number and end.segment is not None:
                faults.append((end.segment, 0))
        missing = _missing(known, rows)
        result.findings += [Finding(path, place, LINE_DAMAGED, tuple(missing)) for path, place in faults]
        for row in (*rows, *missing):
            result.named.setdefault(row.content, []).append(row)
    return result


def _missing(known: Iterable[KeptRow], rows: Iterable[KeptRow]) -> list[KeptRow]:
    """The versions that the catalog knows of and the journal does not tell any more."""
    told = {(row.file, row.at, row.content) for row in rows}
    return [row for row in known if (row.file, row.at, row.content) not in told]


# -- packs and contents ----------------------------------------------------------------------------
def findings(checks: Sequence[PackCheck], folder: Path, named: Mapping[str, Sequence[KeptRow]], lay: Lay
             ) -> Iterator[Finding]:
    """What is wrong with the packs in `folder`, with the versions that it touches; and versions that are not there at
    all. `named`: the versions by content."""
    records = Records(checks)
    lost: dict[bytes, list[KeptRow]] = {}  # by the record that is missing or damaged
    for content, rows in named.items():
        for digest in records.absent(bytes.fromhex(content)):
            lost.setdefault(digest, []).extend(rows)
    blind: list[Fault] = []  # nobody knows what lay there
    for fault in [fault for check in checks for fault in (*check.faults, *_behind(check, lay))]:
        hit = {fault.hash} if fault.hash else lay(fault.file, fault.start, fault.end)
        if not hit:
            blind.append(fault)
            continue
        touched = [row for digest in sorted(hit & lost.keys()) for row in lost.pop(digest)]
        yield Finding(fault.file, fault.start, fault.what, _once(touched))
    if len(blind) == 1:  # then what is missing lay there
        touched = [row for rows in lost.values() for row in rows]
        yield Finding(blind[0].file, blind[0].start, blind[0].what, _once(touched))
        return
    yield from (Finding(fault.file, fault.start, fault.what) for fault in blind)
    for digest, rows in sorted(lost.items()):
        yield Finding(folder, 0, Text(f"the record {digest.hex()[:12]} is not there",
                                      f"找不到记录 {digest.hex()[:12]}"), _once(rows))


def _once(rows: Iterable[KeptRow]) -> tuple[KeptRow, ...]:
    return tuple(dict.fromkeys(rows))


def _behind(check: PackCheck, lay: Lay) -> Iterator[Fault]:
    """What is no record at the end of a pack was being written when its writer was killed, but where records lay."""
    if check.behind is not None and lay(check.path, check.behind, sys.maxsize):
        yield Fault(check.path, check.behind, sys.maxsize, Text("its end is no record", "末尾不是记录"))
