"""Texts keep in step with the files: read once for each content, and again, without haste, by a newer extractor."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from folderkit.catalog.search import search
from folderkit.extract import EXTRACTOR_VERSION, Extraction, Extractor
from folderkit.operations.reconcile import scan
from folderkit.store import Store
from folderkit.texts import read_texts
from tests.conftest import REPOSITORY, Run
from tests.integration.test_store import opened
from tests.trees import make_tree

FILES: dict[str, str | bytes | None] = {f"text{number}.txt": f"alpha number{number:02d}." for number in range(12)}


@pytest.fixture
def store(project: Path, workspace: Path) -> Iterator[Store]:
    make_tree(project, FILES)
    with contextlib.closing(opened(workspace)) as store:
        scan(store)
        read_texts(store)
        yield store


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is read from now on."""
    names: list[str] = []
    real = Extractor.read

    def counted(self: Extractor, path: Path, name: str, *, letters: bool = False) -> Extraction:
        names.append(name)
        return real(self, path, name, letters=letters)

    monkeypatch.setattr(Extractor, "read", counted)
    return names


def raise_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an update does that reads more."""
    for module in ("folderkit.extract", "folderkit.extract.lacking"):
        monkeypatch.setattr(f"{module}.EXTRACTOR_VERSION", EXTRACTOR_VERSION + 1)


def found(store: Store, word: str) -> set[str]:
    return {hit.path for hit in search(store.catalog, word, limit=100)}


def take_in(store: Store) -> None:
    scan(store)
    read_texts(store)


def test_a_rename_or_a_copy_reads_nothing(store: Store, project: Path, read: list[str]) -> None:
    (project / "text1.txt").rename(project / "renamed.txt")
    shutil.copy(project / "text2.txt", project / "copied.txt")
    (project / "moved").mkdir()
    (project / "text3.txt").rename(project / "moved" / "text3.txt")
    os.utime(project / "text4.txt", (1, 1))
    take_in(store)
    assert read == []
    assert found(store, "number01") == {"renamed.txt"}
    assert found(store, "number02") == {"text2.txt", "copied.txt"}
    assert found(store, "number03") == {"moved/text3.txt"}
    (project / "text5.txt").write_text("changed")
    take_in(store)
    assert read == ["text5.txt"]


def test_an_unchanged_content_is_read_again_by_a_newer_extractor_alone(
        store: Store, read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_texts(store) == 0
    assert read == []
    raise_version(monkeypatch)
    asked = itertools.count(1)
    while read_texts(store, until=lambda: next(asked) % 6 == 0):  # as a watch that is wanted elsewhere all the time
        assert len(found(store, "alpha")) == len(FILES), "what is not read again yet is found as before"
    assert len(set(read)) == len(read) >= len(FILES)
    assert store.catalog.unread(EXTRACTOR_VERSION + 1) == []


KILLED = """
import os, sys, threading
from pathlib import Path
import folderkit.extract
from folderkit import texts
from folderkit.catalog.catalog import Catalog
from folderkit.extract import lacking
from tests.integration.test_store import opened
folderkit.extract.EXTRACTOR_VERSION += 1
lacking.EXTRACTOR_VERSION += 1
at, texts.TEXTS_PER_BATCH, count, real = int(sys.argv[2]), int(sys.argv[3]), 0, Catalog.set_text
def set_text(*args):
    global count
    real(*args)
    count += 1
    if count == at:
        print(threading.current_thread().name, flush=True)
        os._exit(9)
Catalog.set_text = set_text
texts.read_texts(opened(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(("at", "batch", "thread"), [
    (7, 50, "MainThread"), (1, 4, "behind"), (6, 4, "behind"), (12, 4, "behind")])  # while the next are read
def test_a_kill_while_texts_are_read_again_loses_none(
        store: Store, workspace: Path, run: Run, monkeypatch: pytest.MonkeyPatch, at: int, batch: int,
        thread: str) -> None:
    store.close()
    died = subprocess.run([sys.executable, "-c", KILLED, str(workspace), str(at), str(batch)], cwd=REPOSITORY,
                          check=False, stdout=subprocess.PIPE, text=True)
    assert died.returncode == 9
    assert died.stdout.startswith(thread)
    raise_version(monkeypatch)
    assert run("scan").code == 0
    with contextlib.closing(opened(workspace)) as again:
        assert again.catalog.unread(EXTRACTOR_VERSION + 1) == []
        assert len(found(again, "alpha")) == len(FILES)
        assert again.catalog.database.execute("SELECT hash FROM content ORDER BY 1").fetchall() == (
            again.catalog.database.execute("SELECT DISTINCT content FROM file WHERE present ORDER BY 1").fetchall())
        again.catalog.database.execute("INSERT INTO content_fts(content_fts) VALUES ('integrity-check')")
