"""Every file of the shared corpus: real ones, and some that are broken on purpose."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from folderkit.extract import STATES, Extraction, Extractor

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not here: {CORPUS}")

_LEAST = {"docx": 24, "docxtpl-templates": 20, "pptx": 9, "xlsx": 6, "xlsx-rich": 55, "xls": 11, "odt": 9,
          "pdf": 17, "eml": 6, "msg": 6, "mbox": 5, "html": 13, "rtf": 20, "txt": 12}  # fmt: skip
"""Files per folder that have text, of those there are; the others are empty, encrypted or cut off."""


@pytest.fixture(scope="module")
def results() -> dict[Path, Extraction]:
    files = sorted(path for path in CORPUS.rglob("*") if path.is_file())
    with Extractor() as extractor:
        return {path: extractor.read(path, path.name) for path in files}


def test_every_file_gets_a_known_state(results: dict[Path, Extraction]) -> None:
    assert results
    assert {result.state for result in results.values()} <= STATES
    for path, result in results.items():
        assert (result.state in {"ok", "partial"}) == bool(result.passages), path
        assert result.detail or result.state == "ok", path


def test_no_file_takes_the_worker_down(results: dict[Path, Extraction]) -> None:
    lost = {path.name: result.detail for path, result in results.items() if result.state in {"crashed", "timed-out"}}
    assert lost == {}


def test_text_is_valid_and_clean(results: dict[Path, Extraction]) -> None:
    for result in results.values():
        for passage in result.passages:
            passage.text.encode()
            assert passage.text.strip()
            assert "\0" not in passage.text


@pytest.mark.parametrize("folder", sorted(_LEAST))
def test_as_many_files_as_before_give_text(results: dict[Path, Extraction], folder: str) -> None:
    states = Counter(result.state for path, result in results.items() if path.parent.name == folder)
    assert states["ok"] + states["partial"] >= _LEAST[folder], states


def test_what_needs_a_password_is_said_to(results: dict[Path, Extraction]) -> None:
    named = {path.name for path in results if "protected" in path.name and path.suffix != ".doc"}
    assert named <= {path.name for path, result in results.items() if result.state == "encrypted"}
