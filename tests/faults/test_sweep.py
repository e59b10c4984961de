"""A part of the sweep, other points each day; ``python -m tests.faults.sweep`` tries them all."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path

import pytest

from tests.faults.sweep import OPERATIONS, Sweep, missing, run_points

SECONDS = 25.0


@pytest.mark.skipif(bool(missing()), reason=missing() or "-")
def test_a_part_of_the_sweep(tmp_path: Path) -> None:
    seed = int(os.environ.get("FOLDERKIT_SWEEP_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
    rng = random.Random(seed)
    sweep = Sweep(tmp_path, [operation.name for operation in rng.sample(OPERATIONS, 4)])
    points = list(sweep.points())
    rng.shuffle(points)
    points.sort(key=lambda point: point.call == "pwrite64" and rng.random() < 0.8)  # SQLite's many come last
    outcomes = run_points(sweep, points, SECONDS)
    broken = [f"{one.point} [{one.code}] {fault}" for one in outcomes for fault in one.faults]
    assert outcomes
    assert not broken, f"FOLDERKIT_SWEEP_SEED={seed}, {len(outcomes)} points tried\n" + "\n".join(broken)
