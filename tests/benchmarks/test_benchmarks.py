"""That every benchmark still runs, once, on a tiny size, without peers. No time is asserted anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.__main__ import CASES
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import Race, Result, run_race


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the CPU time of a child is not told here")
@pytest.mark.parametrize("case", CASES)
def test_the_case_runs(case: str, tmp_path: Path) -> None:
    results = [run_race(race, 1, warm_up=False) for race in CASES[case](Ground(tmp_path, tiny=True))]
    assert results
    assert all(result.best("folderkit") > 0 for result in results)
    shown = report.table(results)
    assert all(result.race.case in shown for result in results)


def test_a_goal_is_judged_by_the_best_runs() -> None:
    race = Race("start", "what", {}, goal=0.5, rival="slow")
    assert Result(race, {"folderkit": [0.5, 9.0], "slow": [1.0, 2.0]}).reached() is True
    assert Result(race, {"folderkit": [0.6, 0.6], "slow": [1.0, 9.0]}).reached() is False
    assert Result(race, {"folderkit": [0.6]}).reached() is None
