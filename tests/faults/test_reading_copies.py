"""Copies of files that are read lie in the private state for a moment only, also when a process is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run

KILLED = """
import os, signal, sys
from pathlib import Path
from folderkit.cli.app import now
from folderkit.core.workspace import open_workspace
from folderkit.store import Store
store = Store(open_workspace(Path.cwd(), os.environ), now)
(content,) = store.catalog.database.execute("SELECT content FROM file WHERE path = 'secret.txt'").fetchone()
with store.copy_of(content) as copy:
    print(copy, copy.read_text(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def copies(workspace: Path) -> list[Path]:
    return [path for path in (workspace / ".folderkit").rglob("*") if path.is_file() and path.stat().st_size < 100
            and b"of the client" in path.read_bytes()]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_copy_that_a_killed_process_left_is_taken_away_by_the_next(run: Run, workspace: Path, project: Path) -> None:
    (project / "secret.txt").write_text("of the client alone")
    assert run("scan").code == 0
    assert copies(workspace) == []
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=workspace, capture_output=True, text=True, check=False)
    assert "of the client alone" in killed.stdout, killed.stderr
    assert len(copies(workspace)) == 1
    assert run("list").code == 0
    assert copies(workspace) == []
