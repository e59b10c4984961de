"""That every benchmark still runs, once, on a tiny size, without peers. No time is asserted anywhere."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.__main__ import CASES
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import BEST_PEER, WALL_MS, Race, Result, Spent, run_race


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the CPU time of a child is not told here")
@pytest.mark.parametrize("case", CASES)
def test_the_case_runs(case: str, tmp_path: Path) -> None:
    results = [run_race(race, 1, warm_up=False) for race in CASES[case](Ground(tmp_path, tiny=True))]
    assert results
    assert all(0 <= result.best("folderkit") < math.inf for result in results)
    shown = report.table(results)
    assert all(result.race.case in shown for result in results)


def _result(race: Race, **seconds: list[float]) -> Result:
    return Result(race, {name: [Spent(cpu=one, wall=10 * one) for one in runs] for name, runs in seconds.items()})


def test_a_goal_is_judged_by_the_best_runs() -> None:
    race = Race("start", "what", {}, goal=0.5, rival="slow")
    assert _result(race, own=[0.5, 9.0], slow=[1.0, 2.0]).reached() is True
    assert _result(race, own=[0.6, 0.6], slow=[1.0, 9.0]).reached() is False
    assert _result(race, own=[0.6]).reached() is None


def test_a_goal_may_be_about_the_best_peer() -> None:
    race = Race("scan", "what", {}, goal=0.5, rival=BEST_PEER)
    assert _result(race, own=[0.5], slow=[2.0], fast=[1.0]).reached() is True
    result = _result(race, own=[0.6], slow=[2.0], fast=[1.0])
    assert result.reached() is False
    slow, fast = report.table([result]).splitlines()[2:4]
    assert "MISSED" not in slow
    assert fast.endswith("0.60   ≤ 0.5  MISSED")
    assert _result(race, own=[0.6]).reached() is None


def test_a_goal_without_a_rival_is_about_the_figure_itself_and_every_figure_names_its_unit() -> None:
    race = Race("save", "what", {}, goal=2.0, figure=WALL_MS)
    assert _result(race, own=[0.0002]).reached() is True
    result = _result(race, own=[0.0003, 0.0004], other=[0.0005, 0.0005])
    assert result.reached() is False
    line = report.table([result]).splitlines()[2]
    assert line.split("  ")[1:] == ["3.00 (3.50) ms wall", "other", "5.00 (5.00) ms wall", "0.60", " ≤ 2 ms wall",
                                    "MISSED"]
    assert report.plain([result])[0]["unit"] == "ms wall"
