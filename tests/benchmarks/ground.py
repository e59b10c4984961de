"""What every case needs: a folder to work in, the peers when they are wanted, and folderkit as it is run."""

from __future__ import annotations

import itertools
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.engines import OWN, Engines
from tests.benchmarks.measure import Spent, process
from tests.benchmarks.peers import REPOSITORY, Peers

FOLDERKIT = (sys.executable, "-P", "-m", "folderkit")


@dataclass
class Ground:
    """Where one benchmark works. `tiny` is for the test that only sees whether each case still runs.

    `programs` are those of the system to run beside folderkit, `engines` those that fill Word templates; in `cache`
    lies what takes long to make; a watch is looked at for so many seconds while it is `idle`.
    """

    place: Path
    peers: Peers | None = None
    tiny: bool = False
    programs: Collection[str] = ()
    engines: Engines = OWN
    cache: Path | None = None
    idle: float = 300.0
    left_out: list[str] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def fresh(self) -> Path:
        """A new empty folder."""
        folder = self.place / f"run-{next(self._count)}"
        folder.mkdir(parents=True)
        return folder

    def leave_out(self, what: str) -> None:
        """Tell that something is not measured, now and below the table."""
        print(f"Left out: {what}", file=sys.stderr)
        self.left_out.append(what)

    def clear(self) -> None:
        """Take away all that was made here so far."""
        for folder in self.place.iterdir():
            shutil.rmtree(folder)

    def in_fresh(self, run: Callable[[Path], Spent]) -> Callable[[], Spent]:
        """`run` in a folder of its own each time, taken away after it."""

        def once() -> Spent:
            folder = self.fresh()
            try:
                return run(folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return once

    def workspace(self, folder: Path) -> Path:
        """`folder` made a workspace, in the way of a person, unmeasured."""
        process([*FOLDERKIT, "init", "--firm", "青木咨询", "--lang", "zh"], folder)
        return folder


def commit() -> str:
    """Which state of folderkit is measured."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True,
                           check=False)
    return found.stdout.strip() or "unknown"


def machine() -> str:
    """On what is measured: system, processor and how many of it, memory, and the file system of the work."""
    named = re.search(r"model name\s*:\s*(.+)", _text_of("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+)", _text_of("/proc/meminfo"))
    processor = named[1] if named else platform.machine()
    words = [f"{platform.system()} {platform.release()}", f"{os.cpu_count()} × {processor}"]
    if memory:
        words.append(f"{int(memory[1]) / 1e6:.0f} GB")
    return ", ".join([*words, *_file_system(Path(tempfile.gettempdir()))])


def _file_system(folder: Path) -> list[str]:
    mounts = [line.split()[1:3] for line in _text_of("/proc/mounts").splitlines()]
    found = [(len(place), kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return [max(found)[1]] if found else []


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
