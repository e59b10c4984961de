"""Start-up: ``folderkit --version`` against the bare import of click, by the same interpreter."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import Race, Run, process

GOAL = 1.3
_RIVAL = "import click"


def races(ground: Ground) -> Iterator[Race]:
    place = ground.fresh()
    script = Path(sysconfig.get_path("scripts")) / "folderkit"
    if script.exists():
        yield _race("script", [script, "--version"], place)
    yield _race("module", [*FOLDERKIT, "--version"], place)


def _race(called: str, command: list[str | Path], place: Path) -> Race:
    runs: dict[str, Run] = {
        "folderkit": lambda: process(command, place),
        _RIVAL: lambda: process([sys.executable, "-P", "-c", "import click"], place),
    }
    what = "the installed console script" if called == "script" else "python -m folderkit"
    return Race(f"start, {called}", f"folderkit --version as a whole process ({what}), against python -c 'import "
                "click' in the same environment", runs, GOAL, _RIVAL, rounds=60)
