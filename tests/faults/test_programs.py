"""Real programs save, copy and move files under a watch: no version is half a file, none is missed, none is spurious.

Each scenario runs once; ``python -m tests.faults.programs`` repeats them and prints a table. On Linux all the programs
must be there (``sh .ci/setup --tests``); other systems lack some of them."""

from __future__ import annotations

import sys

import pytest

from tests.faults.programs.table import SCENARIOS, lacking
from tests.faults.programs.world import Unable


@pytest.mark.parametrize("name", SCENARIOS)
def test_programs(name: str) -> None:
    lacks = lacking(SCENARIOS[name])
    if lacks and sys.platform != "linux":
        pytest.skip(f"{', '.join(lacks)}: not on this system")
    assert not lacks, "run: sh .ci/setup --tests"
    try:
        faults = SCENARIOS[name].run()
    except Unable as error:
        pytest.skip(str(error))
    assert faults == []
