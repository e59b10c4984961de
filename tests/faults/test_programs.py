"""Real programs save, copy and move files under a watch: no version is half a file, none is missed, none is spurious.

Each scenario runs every other day, those that mostly wait beside each other; ``python -m tests.faults.programs``
repeats them all and prints a table. On Linux all the programs must be there (``sh .ci/setup --tests``); other systems
lack some of them."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tests.faults.programs.table import SCENARIOS, lacking
from tests.faults.programs.world import Unable

ALONE = ("cp-large", "cp-stalled", "folders-20000", "overflow", "watch-limit")  # much work, or not everywhere
OTHERS = [name for name in SCENARIOS if name not in ALONE]
PARTS = 6
Part = TypeVar("Part")
DAY = dt.datetime.now(dt.UTC).date().toordinal()


def todays(parts: Sequence[Part]) -> Sequence[Part]:
    """Every other one, tomorrow the rest."""
    return parts[DAY % 2 :: 2]


def faults_of(name: str) -> list[str]:
    return [f"{name}: {kind}: {what}" for kind, what in SCENARIOS[name].run()]


def can_run(name: str) -> bool:
    """Whether its programs are here; where all can be, they must be."""
    lacks = lacking(SCENARIOS[name])
    assert not (lacks and sys.platform == "linux"), f"{', '.join(lacks)}: run sh .ci/setup --tests"
    return not lacks


@pytest.mark.parametrize("name", todays(ALONE))
def test_programs_alone(name: str) -> None:
    if not can_run(name):
        pytest.skip(f"{', '.join(lacking(SCENARIOS[name]))}: not on this system")
    try:
        assert faults_of(name) == []
    except Unable as error:
        pytest.skip(str(error))


@pytest.mark.skipif(sys.platform == "win32", reason="the programs, and how they are stopped, are Unix's")
@pytest.mark.parametrize("names", todays([OTHERS[part::PARTS] for part in range(PARTS)]), ids=" ".join)
def test_programs_beside_each_other(names: list[str]) -> None:
    with ThreadPoolExecutor(len(names)) as pool:
        found = list(pool.map(faults_of, filter(can_run, names)))
    assert [fault for faults in found for fault in faults] == []
