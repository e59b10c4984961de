"""What every case needs: a folder to work in, the peers when they are wanted, and folderkit as it is run."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.measure import Spent, process
from tests.benchmarks.peers import REPOSITORY, Peers

FOLDERKIT = (sys.executable, "-P", "-m", "folderkit")


@dataclass
class Ground:
    """Where one benchmark works. `tiny` is for the test that only sees whether each case still runs."""

    place: Path
    peers: Peers | None = None
    tiny: bool = False
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def fresh(self) -> Path:
        """A new empty folder."""
        folder = self.place / f"run-{next(self._count)}"
        folder.mkdir(parents=True)
        return folder

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
