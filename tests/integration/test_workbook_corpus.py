"""Real workbooks: filled with nothing, with rows above and columns left of everything, they lose nothing, and a part of
them that changes with the date gives in LibreOffice what it gave; ``python -m tests.integration.workbook_sweep`` tries
all."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from folderkit.documents.pages.libreoffice import soffice
from tests.conftest import CORPUS
from tests.integration.workbook_sweep import FILES, SMALL, WAYS, Way, faults_of, formulas_of, untouched, wrong_values

SEED = int(os.environ.get("FOLDERKIT_SWEEP_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
_A_DAY = 4  # workbooks that LibreOffice computes in a run

pytestmark = pytest.mark.skipif(not FILES, reason=f"the corpus is not here: {CORPUS}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[-40:])
def test_nothing_is_lost(path: Path) -> None:
    assert untouched(path) == []
    assert {way.name: found for way in WAYS if (found := faults_of(path, way)[0])} == {}


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_every_formula_gives_what_it_gave(tmp_path: Path) -> None:
    files = [path for path in FILES if path.stat().st_size < SMALL and formulas_of(path.read_bytes())]
    wrong, compared = [], 0
    for number in range(_A_DAY):
        path = files[(SEED * _A_DAY + number) % len(files)]
        made: list[tuple[Way, bytes]] = [(way, data) for way in WAYS if (data := faults_of(path, way)[1])]
        (work := tmp_path / str(number)).mkdir()
        found, count = wrong_values(path, made, work)
        wrong += [f"{path.name}: {one}" for one in found]
        compared += count
    assert wrong == []
    assert compared
