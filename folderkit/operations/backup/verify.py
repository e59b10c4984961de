"""Read every byte of a backup: is it what was copied, and is every version there?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blake3 import blake3

from folderkit.catalog import KeptRow
from folderkit.core.errors import os_failure
from folderkit.core.events import Entry
from folderkit.core.language import Text
from folderkit.damage import LINE_DAMAGED, Finding, findings, versions_in
from folderkit.operations.backup.place import MANIFEST, VAULT, Copied, Manifest, ManifestDamaged, read_manifest
from folderkit.vault import START
from folderkit.vault.checking import Checking, Fault, PackCheck, check_bytes
from folderkit.vault.copying import JOURNALS, PACKS, read_start
from folderkit.vault.journal import read_line

Progress = Callable[[int, int], None]
_DIFFERS = Text("it is not what was copied", "与备份时的内容不符")
_MISSING = Text("it is missing", "缺少此文件")


@dataclass
class Verified:
    """What was looked at, and what was found; `manifest` is None when that is damaged itself."""

    manifest: Manifest | None
    entries: int = 0
    contents: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify_backup(place: Path, progress: Progress | None = None) -> Verified:
    """Check all of a backup; nothing is changed. When a run changes it meanwhile it is checked once more."""
    while True:
        manifest = _manifest(place)
        if manifest is None:
            what = Text("the list of what the backup holds is damaged", "备份清单已损坏")
            return Verified(None, findings=[Finding(place / MANIFEST, 0, what)])
        found = _verify(place, manifest, progress)
        if not found.findings or _manifest(place) == manifest:
            return found


def _manifest(place: Path) -> Manifest | None:
    try:
        return read_manifest(place)
    except ManifestDamaged:
        return None
    except OSError as error:
        raise os_failure(Text("read the backup at", "读取备份"), error, place) from None


def _verify(place: Path, manifest: Manifest, progress: Progress | None) -> Verified:
    found = Verified(manifest)
    packs = {place / path: file for path, file in manifest.files.items() if path in set(manifest.packs)}
    with Checking(list(packs), lambda path: _check_pack(path, packs[path])) as checking:
        checks = checking.found(progress)
    named: dict[str, list[KeptRow]] = {}
    for writer in manifest.ends:
        journal = read_journal(place, manifest, writer)
        found.entries += len(journal.entries)
        found.findings += journal.findings
        for row in journal.rows:
            named.setdefault(row.content, []).append(row)
    found.contents = len(named)
    found.findings += findings(checks, place / VAULT / PACKS, named, lambda path, start, end: set())
    found.findings += _check_others(place, manifest)
    return found


def _check_pack(path: Path, file: Copied) -> PackCheck:
    try:
        data = read_start(path, file.size)
    except FileNotFoundError:
        return PackCheck(path, faults=[Fault(path, 0, file.size, _MISSING)])
    found = check_bytes(path, data)
    if not found.faults and Copied.of(data).hash != file.hash:
        start = found.behind or (len(data) if len(data) < file.size else 0)
        found.faults.append(Fault(path, start, file.size, _DIFFERS))
    return found


def _check_others(place: Path, manifest: Manifest) -> Iterator[Finding]:
    """Files that are neither packs nor journals, whose lines say themselves whether they are right."""
    for path, file in manifest.files.items():
        if path.startswith((f"{VAULT}/{PACKS}/", f"{VAULT}/{JOURNALS}/")):
            continue
        try:
            if not holds(place / path, file):
                yield Finding(place / path, 0, _DIFFERS)
        except FileNotFoundError:
            yield Finding(place / path, 0, _MISSING)
        except OSError as error:
            reason = error.strerror or str(error)
            yield Finding(place / path, 0, Text(f"it cannot be read: {reason}", f"无法读取：{reason}"))


def holds(path: Path, file: Copied) -> bool:
    """Whether a file begins with what was copied. Raises `OSError`."""
    whole = blake3()
    left = file.size
    with path.open("rb") as stream:
        while left and (piece := stream.read(min(left, 1 << 20))):
            whole.update(piece)
            left -= len(piece)
    return left == 0 and whole.hexdigest() == file.hash


# -- journals --------------------------------------------------------------------------------------
@dataclass
class CopiedJournal:
    """A journal as the backup holds it: the lines that are right, the versions that they name, and what is wrong, with
    the versions that only damaged lines name, as far as those can be read."""

    entries: list[Entry] = field(default_factory=list)
    rows: list[KeptRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_journal(place: Path, manifest: Manifest, writer: str) -> CopiedJournal:
    """Read and check one writer's journal."""
    segments = {place / path: file for path, file in sorted(manifest.files.items())
                if path.startswith(f"{VAULT}/{JOURNALS}/{writer}/")}
    result = CopiedJournal()
    guessed: list[Entry] = []
    faults: list[tuple[Path, int, Text]] = []
    expected, prev = 1, START
    for path, file in segments.items():
        if int(path.stem) != expected:  # a segment before it is missing or damaged
            expected, prev = int(path.stem), ""
        for number, line in enumerate(_lines(path, file, faults), 1):
            found = read_line(line)
            if found is None or found[0].number != expected or (prev and found[1] != prev):
                faults.append((path, number, LINE_DAMAGED))
            if found is None:
                found = read_line(line, trusting=True)
                expected, prev = expected + 1, ""  # not known
            else:
                result.entries.append(found[0])
                expected, prev = found[0].number + 1, found[0].hash
            if found is not None:
                guessed.append(found[0])
    last = manifest.ends[writer]
    if not faults and (expected - 1, prev) != last:
        faults.append((place / VAULT / JOURNALS / writer, 0, Text("its end is missing", "末尾缺失")))
    result.rows = versions_in(result.entries)
    touched = _untold(result.rows, versions_in(guessed)) if faults else ()
    result.findings = [Finding(path, number, what, touched) for path, number, what in faults]
    return result


def _lines(path: Path, file: Copied, faults: list[tuple[Path, int, Text]]) -> list[bytes]:
    try:
        data = read_start(path, file.size)
    except FileNotFoundError:
        faults.append((path, 0, _MISSING))
        return []
    except OSError as error:
        reason = error.strerror or str(error)
        faults.append((path, 0, Text(f"it cannot be read: {reason}", f"无法读取：{reason}")))
        return []
    lines = data.split(b"\n")
    if lines[-1] or len(data) < file.size:
        faults.append((path, len(lines), LINE_DAMAGED))
    return lines[:-1]


def _untold(rows: Sequence[KeptRow], guessed: Sequence[KeptRow]) -> tuple[KeptRow, ...]:
    told = {(row.file, row.at, row.content) for row in rows}
    return tuple(row for row in guessed if (row.file, row.at, row.content) not in told)
