"""Each type of file cut off at ten places and with random bytes changed, others each day: noted, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from folderkit.extract import STATES, Extractor
from tests.faults.wounds import whole_files, wounded

_DAY = int(os.environ.get("FOLDERKIT_FUZZ_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
_MAY_LACK_A_READER = {"a.doc", "a.ppt"}


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return whole_files(tmp_path_factory.mktemp("whole"))


def test_whole_files_of_all_types_are_read(
    tmp_path: Path, extractor: Extractor, files: dict[str, bytes]
) -> None:
    states = {}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        states[name] = extractor.read(tmp_path / name, name).state
    without = {"a.gif", "a.xls", "a.ods", *_MAY_LACK_A_READER}  # little is in them
    assert {name: state for name, state in states.items() if state != "ok" and name not in without} == {}


def test_wounded_files_cost_nothing_but_their_text(
    tmp_path: Path, extractor: Extractor, files: dict[str, bytes]
) -> None:
    rng, worker = random.Random(_DAY), extractor.worker_pid
    wrong = []
    for name, data in files.items():
        for number, piece in enumerate(wounded(data, rng)):
            (tmp_path / name).write_bytes(piece)
            result = extractor.read(tmp_path / name, name)
            worker = worker or extractor.worker_pid
            noted = result.state in STATES - {"crashed", "timed-out"} and (result.detail or result.state == "ok")
            if not noted or (worker and extractor.worker_pid != worker):
                wrong.append((_DAY, name, number, result.state, result.detail))
                worker = extractor.worker_pid
    assert wrong == []
