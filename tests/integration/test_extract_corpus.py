"""Every file of the shared corpus: real ones, and some that are broken on purpose."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from folderkit.extract import STATES, Extraction, Extractor
from folderkit.extract.model import gather
from folderkit.extract.readers import sheets, workbook
from tests.benchmarks.texts import all_text, hashed, words_of

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not here: {CORPUS}")

_LEAST = {"docx": 24, "docxtpl-templates": 20, "pptx": 9, "xlsx": 7, "xlsx-rich": 58, "xls": 12, "odt": 9,
          "ods": 1, "odp": 1, "pdf": 17, "eml": 6, "msg": 6, "mbox": 5, "html": 13, "rtf": 20, "txt": 12}  # fmt: skip
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


_WORDS = Path(__file__).with_name("corpus_words.json")
"""Words that two other tools find in a file, as hashes: made by ``python -m tests.benchmarks.texts --keep``."""
_RECALL = 0.97


def test_of_each_type_hardly_a_word_is_lost_that_other_tools_find(results: dict[Path, Extraction]) -> None:
    wanted: dict[str, int] = defaultdict(int)
    found: dict[str, int] = defaultdict(int)
    for name, data in json.loads(_WORDS.read_text("ascii")).items():
        result = results.get(CORPUS / name)
        if result is None or result.state == "no-reader":
            continue
        raw = base64.b64decode(data)
        words = {raw[at : at + 4] for at in range(0, len(raw), 4)}
        wanted[result_type(name)] += len(words)
        found[result_type(name)] += len(words & set(map(hashed, words_of(all_text(result)))))
    assert wanted
    recall = {kind: found[kind] / count for kind, count in wanted.items()}
    assert {kind: share for kind, share in recall.items() if share < _RECALL} == {}


def result_type(name: str) -> str:
    """The folder of a file, which is its type."""
    return name.partition("/")[0]


@pytest.mark.parametrize("folder", ["xlsx", "xlsx-rich"])
def test_our_own_reader_of_workbooks_gives_what_calamine_does(folder: str) -> None:
    for path in sorted((CORPUS / folder).iterdir()):
        usual, own = (gather(path, reader.read) for reader in (workbook, sheets))
        assert sorted((one.place, one.text) for one in own.passages) == sorted(
            (one.place, one.text) for one in usual.passages), path.name
