"""A kill when an unpacked folder is in its place and not recorded yet, and what happens to its files before the next
start: strace holds folderkit just there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.sweep import missing
from tests.trees import read_tree

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "-")

FILES = {"a.txt": "a\n", "deep/b.txt": "b\n", "z.txt": "z\n"}


@pytest.fixture
def photos(workspace: Path, inbox: Path) -> Path:
    """A folder that was unpacked by a run which was killed before it could record that."""
    with zipfile.ZipFile(inbox / "photos.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    folder = inbox / "photos"
    command = ["strace", "-f", "-o", os.devnull, "-e", "inject=rename:delay_exit=6000000", sys.executable, "-m",
               "folderkit", "file", "--unpack"]
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as process:
        until = time.monotonic() + 60
        while not folder.exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    return folder


def edit(folder: Path) -> None:
    (folder / "a.txt").write_text("A\n")  # as long as it was


@pytest.mark.parametrize(("happens", "left"), [
    (lambda folder: None, {"photos.zip"}),
    (lambda folder: (folder / "a.txt").unlink(), {"photos.zip"}),
    (lambda folder: [(folder / name).unlink() for name in FILES], None),
    (edit, {"photos.zip", "photos", "photos/a.txt"}),
], ids=["nothing", "one is deleted", "all are deleted", "one is edited"])
def test_what_happens_to_the_files_meanwhile(run: Run, inbox: Path, photos: Path, happens: Callable[[Path], object],
                                             left: set[str] | None, tmp_path: Path) -> None:
    outside = tmp_path / "is"
    happens(photos)
    now = read_tree(photos)

    ran = run("scan")

    assert ran.code == 0, ran.err
    assert read_tree(photos) == now
    assert run("verify", "--read").code == 0
    for path in photos.rglob("*.txt"):
        last = json.loads(run("history", str(path), "--json").out)[-1]
        assert last["size"] == 2
        assert run("restore", str(path), "--version", str(last["version"]), "--to", str(outside)).code == 0
        assert outside.read_bytes() == path.read_bytes()
        outside.unlink()
    assert json.loads(run("scan", "--json").out) == []
    assert run("undo").code == (0 if left else 3)
    if left:
        assert set(read_tree(inbox)) == left
