"""Processes that open one catalog at the same moment: a new one, and one of an older folderkit."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

FROZEN = Path(__file__).parents[1] / "frozen"
PROCESSES, ROUNDS = 4, 6
OPEN = """
import sys
from pathlib import Path
from folderkit.catalog import Catalog
from folderkit.catalog import migrations
print("ready", flush=True)
for line in sys.stdin:
    catalog = Catalog(Path(line.rstrip()))
    tables = [name for (name,) in catalog.database.execute("SELECT name FROM sqlite_master ORDER BY name")]
    files = catalog.database.execute("SELECT count(*) FROM file").fetchone()[0]
    catalog.close()
    print(files, *tables, flush=True)
"""


@contextlib.contextmanager
def openers() -> Iterator[list[subprocess.Popen[str]]]:
    with contextlib.ExitStack() as opened:
        found = []
        for _ in range(PROCESSES):
            found.append(opened.enter_context(subprocess.Popen(
                [sys.executable, "-c", OPEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)))
        try:
            yield found
        finally:
            for one in found:
                assert one.stdin is not None
                one.stdin.close()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("old", ["", "workspace-14.zip", "workspace-17.zip"], ids=["new", "14", "17"])
def test_all_that_open_it_at_once_find_one_whole_catalog(tmp_path: Path, old: str) -> None:
    with openers() as processes:
        assert {said(process) for process in processes} == {"ready"}
        for number in range(ROUNDS):
            place = tmp_path / str(number)
            place.mkdir()
            if old:
                with zipfile.ZipFile(FROZEN / old) as frozen:
                    (place / "catalog.db").write_bytes(frozen.read(".folderkit/catalog.db"))
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(f"{place / 'catalog.db'}\n")
                process.stdin.flush()
            told = {said(process) for process in processes}
            assert len(told) == 1, told
            files, *tables = told.pop().split()
            assert {"content", "suggested", "version"} < set(tables)
            assert (int(files) > 0) == bool(old)
    assert [process.returncode for process in processes] == [0] * PROCESSES
