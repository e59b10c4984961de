"""Compiled Excel templates kept on disk: the second start compiles nothing and makes the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed, Misuse
from folderkit.documents import fields_of
from folderkit.documents.workbook.template import SHELF, _compile
from tests.workbooks import drawn, fill, template_at

SCRIPT = """
import sys
from folderkit.cli.root import cli
try:
    cli(sys.argv[1:])
finally:
    print("lxml" in sys.modules)
"""
FACTS: dict[str, Any] = {"months": ["Jan", "Feb"], "client": "Hart",
                         "projects": [{"name": "A", "tasks": [1, 2]}, {"name": "B", "tasks": []}],
                         "costs": [{"What": "a", "Cost": 1}, {"What": "b", "Cost": 2}]}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, which is this test's own; nothing is in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _compile.cache_clear()
    return tmp_path / "cache" / "folderkit" / SHELF.name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A template with all that is compiled: rows, columns, sheets, names, texts beside cells, and a table without
    tags."""
    def draw(book: Any, sheet: Any) -> None:
        for place, text in {"A1": "{%sheet for p in projects %}{{ p.name }}", "B1": "{%tc for m in months %}{{ m }}",
                            "C1": "x{%tc endfor %}", "A2": "{% for t in p.tasks %}{{ t }}", "B2": "{{ m }} {{ t }}",
                            "D2": "{% endfor %}"}.items():
            sheet.write(place, text)
        sheet.insert_textbox("F3", "For {{ client }}")
        other = book.add_worksheet("Other")
        other.add_table("A1:B2", {"name": "costs", "columns": [{"header": "What"}, {"header": "Cost"}]})

    return drawn(tmp_path / "t.xlsx", draw, "{{ p.name }}")


def filled(path: Path) -> bytes:
    _compile.cache_clear()
    return fill(path, FACTS)


def test_from_the_disk_the_same_bytes_and_fields(kept: Path, path: Path) -> None:
    first, fields = filled(path), fields_of(template_at(path), "en")
    entries = sorted(kept.iterdir())
    assert len(entries) == 2  # with the table that is filled without tags, and without it
    before = [entry.stat().st_mtime_ns for entry in entries]
    assert filled(path) == first
    assert fields_of(template_at(path), "en") == fields
    assert [entry.stat().st_mtime_ns for entry in sorted(kept.iterdir())] == before


def test_the_second_start_reads_no_sheet(kept: Path, path: Path) -> None:
    def start() -> list[str]:
        return subprocess.run([sys.executable, "-c", SCRIPT, "template", "fields", path], capture_output=True,
                              text=True, check=True).stdout.splitlines()

    first, second = start(), start()
    assert (first[-1], second[-1]) == ("True", "False")
    assert first[:-1] == second[:-1]
    assert len(first) > 5


def test_errors_tell_the_same_places(kept: Path, path: Path) -> None:
    facts = {**FACTS, "projects": [{"name": "A", "tasks": [1]}], "months": ["Jan"]}
    del facts["client"]
    told = []
    for _ in range(2):
        _compile.cache_clear()
        with pytest.raises(Misuse, match="client") as error:
            fill(path, facts)
        told.append(str(error.value))
    assert told[0] == told[1]


def test_what_is_damaged_or_wrong_is_not_kept(kept: Path, path: Path, tmp_path: Path) -> None:
    first = filled(path)
    for entry in kept.iterdir():
        entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    assert filled(path) == first
    wrong = drawn(tmp_path / "wrong.xlsx", lambda book, sheet: sheet.write("A1", "{% for x in y %}"))
    count = len(list(kept.iterdir()))
    for _ in range(2):
        with pytest.raises(Failed, match="Budget, A1"):
            filled(wrong)
    assert len(list(kept.iterdir())) == count
