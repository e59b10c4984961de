"""Fuzz the readers of our own, led by what code each input reaches: ``python -m tests.faults.fuzz_extract``.

Needs atheris, as `fuzz_atheris` does. Begins with the whole files of `wounds`; what is given after the name goes to
libFuzzer, as ``-max_total_time=600`` and a folder for its corpus. It stops at the first error that is no verdict.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["folderkit.extract", "folderkit.core"]):
    from folderkit.core.errors import FolderkitError
    from folderkit.extract.kinds import IMAGE, PDF, sniff
    from folderkit.extract.model import Findings, UnreadableError
    from folderkit.extract.source import InMemory
    from folderkit.extract.table import read_into
from tests.faults.wounds import whole_files

_NOT_OURS = (".xlsx", ".xls", ".ods", ".doc", ".ppt", ".jpg", ".png", ".gif", ".tiff", ".pdf")
"""Types that libraries read: a crash of theirs costs the worker, and is no fault that is sought here."""
_NAMES: list[str] = []


def try_one(data: bytes) -> None:
    """Read the bytes as the type that the first of them says."""
    if len(data) < 2:
        return
    name = _NAMES[data[0] % len(_NAMES)]
    source = InMemory(data[1:])
    if sniff(source, name) in (PDF, IMAGE) or source.data.startswith((b"PK", b"\xd0\xcf")) != name.endswith(
            ("x", ".odt", ".odp", ".zip", ".ofd", ".msg")):
        return
    try:
        read_into(source, name, Findings())
    except (UnreadableError, FolderkitError):
        return


def main() -> None:
    """Write the first corpus, and go on until told to stop."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    files = {name: data for name, data in whole_files(folder).items() if not name.endswith(_NOT_OURS)}
    _NAMES.extend(files)
    seeds = folder / "seeds"
    seeds.mkdir()
    for number, (name, data) in enumerate(files.items()):
        (seeds / name).write_bytes(bytes([number]) + data)
    atheris.Setup([*sys.argv, str(seeds)], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
