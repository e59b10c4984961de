"""Among a thousand documents `find` finds what a scan of their texts does; for 20,000: ``python -m tests.truth``."""

from __future__ import annotations

from pathlib import Path

from tests import truth


def test_find_misses_nothing_and_finds_nothing_else(tmp_path: Path) -> None:
    asked, hits, wrong = truth.compare(tmp_path, 1000, 6)
    assert wrong == []
    assert set(asked) == {"1 Chinese", "2 Chinese", "4 Chinese", "7 Chinese", "English word", "phrase", "number",
                          "mixed"}
    assert all(hits[kind] for kind in asked), "a kind of query that stands nowhere shows nothing"
