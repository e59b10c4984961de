"""A part of the power cuts, other moments each day; ``python -m tests.faults.power`` makes them all."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path

import pytest

from tests.faults.power import Cuts, unable
from tests.faults.sweep import OPERATIONS

MOMENTS = 5


@pytest.mark.skipif(bool(unable()), reason=unable() or "-")
def test_a_part_of_the_power_cuts(tmp_path: Path) -> None:
    seed = int(os.environ.get("FOLDERKIT_SWEEP_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
    rng = random.Random(seed)
    cuts = Cuts(tmp_path, [operation.name for operation in rng.sample(OPERATIONS, 2)])
    outcomes = [cuts.cut(moment) for moment in cuts.moments(MOMENTS, rng)]
    broken = [f"{one.point} [{one.code}] {fault}" for one in outcomes for fault in one.faults]
    assert len(outcomes) == 2 * (MOMENTS + 1)
    assert not broken, f"FOLDERKIT_SWEEP_SEED={seed}\n" + "\n".join(broken)
