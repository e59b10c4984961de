"""That every benchmark still runs, once, on a tiny size, without peers. No time is asserted anywhere."""

from __future__ import annotations

import contextlib
import json
import math
import os
from pathlib import Path

import pytest

from tests.benchmarks import engines, report
from tests.benchmarks.__main__ import CASES
from tests.benchmarks.engines import OWN
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import BEST_PEER, WALL_MS, Race, Result, RunFailed, Spent, run_race
from tests.benchmarks.peers import Peers
from tests.benchmarks.renderers import Renderer
from tests.benchmarks.word_templates import LANGUAGES, letter, long, rows, texts


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


def test_each_peer_may_have_a_goal_of_its_own() -> None:
    race = Race("render", "what", {}, goals={"slow": 1 / 50, "fast": 1.0, "absent": 0.1})
    result = _result(race, own=[1.0], slow=[48.0], fast=[2.0], other=[9.0])
    assert result.reached() is False
    slow, fast, other = (line.split() for line in report.table([result]).splitlines()[2:5])
    assert slow[-4:] == ["1/48", "≤", "1/50", "MISSED"]
    assert fast[-4:] == ["0.50", "≤", "1", "reached"]
    assert other[-1] == "0.11"
    assert _result(race, own=[1.0], slow=[50.0], fast=[2.0]).reached() is True
    assert _result(race, own=[1.0], other=[9.0]).reached() is None


def test_a_document_that_is_not_as_it_must_be_is_no_figure(tmp_path: Path) -> None:
    template, data = long(tmp_path / "long.docx"), tmp_path / "data.json"
    data.write_text(json.dumps(rows(3)), encoding="utf-8")
    with contextlib.closing(Renderer(OWN.commands["folderkit"], template, data)) as renderer:
        renderer.render(1)
        renderer.check(3, texts(rows(3)))
        with pytest.raises(RunFailed, match="has 3 rows and not 4"):
            renderer.check(4, texts(rows(3)))
        with pytest.raises(RunFailed, match="lacks '第 3 行'"):
            renderer.check(3, texts(rows(4)))


def test_a_document_that_still_has_tags_is_no_figure(tmp_path: Path) -> None:
    template, data = letter(tmp_path / "letter.docx", LANGUAGES["carbone"]), tmp_path / "data.json"
    data.write_text("{}", encoding="utf-8")
    with contextlib.closing(Renderer(OWN.commands["folderkit"], template, data)) as renderer:
        renderer.render(1)
        with pytest.raises(RunFailed, match="still has tags"):
            renderer.check(2, ())


def test_an_engine_that_fails_says_why(tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text("{}", encoding="utf-8")
    with contextlib.closing(Renderer(OWN.commands["folderkit"], tmp_path / "none.docx", data)) as renderer, \
            pytest.raises(RunFailed, match="none"):
        renderer.render(1)


def test_without_node_its_engines_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    peers = Peers(tmp_path, "")
    monkeypatch.setattr(engines, "environment", lambda folder, wanted, shown: peers)
    found = engines.install(tmp_path, peers)
    assert list(found.commands) == ["folderkit", "docxtpl", "rust-docxtpl"]
    assert found.left_out == ("docxtemplater, carbone (there is no node)",)
