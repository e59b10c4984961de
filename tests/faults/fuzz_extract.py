"""Fuzz the readers of our own, led by what code each input reaches: ``python -m tests.faults.fuzz_extract``.

Needs atheris (Apache-2.0; Linux). Begins with the whole files of `wounds`, made anew each time: of packages, whose
bytes are packed, each part of XML by itself, and what comes of it is packed with the others. What is given after the
name goes to libFuzzer, as ``-max_total_time=600`` and a folder for its corpus; ``--only rtf,mbox`` first fuzzes these
alone. It stops at the first error that is no verdict, and leaves its bytes in the current folder, as ``crash-…``.
`tests/faults/test_fuzz_readers.py` runs it for a while, from another start each day.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["folderkit.extract", "folderkit.core"]):
    from folderkit.core.errors import FolderkitError
    from folderkit.extract import readers
    from folderkit.extract.kinds import IMAGE, PDF, sniff
    from folderkit.extract.model import Findings, UnreadableError
    from folderkit.extract.source import InMemory
    from folderkit.extract.suggesting import suggest
    from folderkit.extract.table import read_into

    for module in pkgutil.iter_modules(readers.__path__, f"{readers.__name__}."):  # else they come with the first file
        importlib.import_module(module.name)
from tests.faults.wounds import whole_files

_NOT_OURS = (".xlsx", ".xls", ".ods", ".doc", ".ppt", ".jpg", ".png", ".gif", ".tiff", ".pdf")
"""Types that libraries read: a crash of theirs costs the worker, and is no fault that is sought here."""
_PACKED = (".docx", ".pptx", ".odt", ".odp", ".ofd")
_LONGEST = 12_000
"""Bytes of a part that is fuzzed, of what python-docx and python-pptx write: styles and masters are longer."""


@dataclass(frozen=True)
class Target:
    """A file, or a part of a package, whose bytes are fuzzed; `others` are the package's other parts."""

    name: str
    data: bytes
    part: str = ""
    others: tuple[tuple[str, bytes], ...] = ()

    def file(self, data: bytes) -> bytes:
        """The bytes of the file that holds `data` in the place of its own."""
        if not self.part:
            return data
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as package:
            for name, content in (*self.others, (self.part, data)):
                package.writestr(zipfile.ZipInfo(name), content)
        return target.getvalue()


_TARGETS: list[Target] = []


def targets(folder: Path, only: list[str]) -> list[Target]:
    """What is fuzzed: of each type that is ours the file, and of packages what they hold."""
    found: list[Target] = []
    for name, data in whole_files(folder).items():
        if name.endswith(_NOT_OURS) or (only and name.partition(".")[2] not in only):
            continue
        found += [*parts_of(name, data)] if name.endswith(_PACKED) else [Target(name, data)]
    return found


def parts_of(name: str, data: bytes) -> list[Target]:
    """A target for each part of a package that a reader may look at."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {one: package.read(one) for one in package.namelist() if package.getinfo(one).file_size <= _LONGEST}
    return [Target(name, content, part, tuple(item for item in parts.items() if item[0] != part))
            for part, content in parts.items() if part.endswith((".xml", ".rels"))]


def try_one(data: bytes) -> None:
    """Read the bytes as the target that the first of them says."""
    if len(data) < 2:
        return
    target = _TARGETS[data[0] % len(_TARGETS)]
    source = InMemory(target.file(data[1:]))
    if not target.part and (sniff(source, target.name) in (PDF, IMAGE) or source.data.startswith(
            (b"PK", b"\xd0\xcf")) != target.name.endswith((".zip", ".msg"))):
        return
    findings = Findings()
    with contextlib.suppress(UnreadableError, FolderkitError):
        read_into(source, target.name, findings)
    suggest([(one.place, one.text) for one in findings.passages])


def main(*given: str) -> None:
    """Write the first corpus, and go on until told to stop."""
    only = given[1].split(",") if given[:1] == ("--only",) else []
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    _TARGETS.extend(targets(folder, only))
    seeds = folder / "seeds"
    seeds.mkdir()
    for number, target in enumerate(_TARGETS):
        sys.stderr.write(f"Fuzzing {target.name} {target.part}\n")
        (seeds / f"{number}").write_bytes(bytes([number]) + target.data)
    atheris.Setup([sys.argv[0], *given[2 if only else 0 :], str(seeds)], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
