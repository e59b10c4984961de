"""A save that comes between the last look at a file and the swap: strace holds folderkit just there."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import Run
from tests.faults.sweep import missing
from tests.trees import read_tree

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "-")

HELD = 1_500_000  # microseconds
BEFORE = (f"renameat2:delay_enter={HELD}",)
AFTER = (f"renameat2:delay_exit={HELD}",)
# A disk that cannot exchange names: the third rename takes the old file aside, then the new one gets its name.
BEFORE_ASIDE = ("renameat2:error=EINVAL", f"rename:delay_enter={HELD}:when=3")
AFTER_ASIDE = ("renameat2:error=EINVAL", f"rename:delay_exit={HELD}:when=3")


@pytest.fixture
def note(run: Run, project: Path) -> Path:
    """A file in a folder of its own, with two versions: one and two."""
    path = project / "notes" / "note.txt"
    path.parent.mkdir()
    for word in ("one", "two"):
        path.write_text(word)
        assert run("scan").code == 0
        time.sleep(1.1)  # `--at` counts in seconds
    return path


@pytest.fixture(params=["file", "folder"])
def restore(request: pytest.FixtureRequest, note: Path) -> list[str]:
    """How version 1 comes back: alone, or with its folder."""
    if request.param == "file":
        return ["restore", str(note), "--version", "1"]
    first = dt.datetime.now() - dt.timedelta(seconds=2.2)
    return ["restore", str(note.parent), "--at", f"{first:%Y-%m-%d %H:%M:%S}"]


def run_held(workspace: Path, words: list[str], faults: tuple[str, ...], held: Callable[[], bool],
             act: Callable[[], object]) -> int:
    """Run folderkit under strace, and act when it is held; returns its code."""
    command = ["strace", "-f", "-o", "/dev/null", *(word for fault in faults for word in ("-e", f"inject={fault}"))]
    with subprocess.Popen([*command, sys.executable, "-m", "folderkit", *words], cwd=workspace,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        until = time.monotonic() + 60
        while not held():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until
            time.sleep(0.01)
        act()
        told = process.communicate(timeout=60)[0]
    assert "Traceback" not in told
    return process.returncode


def save_by_a_rename(path: Path, text: str) -> None:
    new = path.with_name("saving.part")
    new.write_text(text)
    new.replace(path)


def is_written_beside(note: Path) -> bool:
    if any(path.stat().st_size for path in note.parent.glob(".~folderkit-*")):
        time.sleep(0.3)  # it is synced and renamed
        return True
    return False


def texts(note: Path) -> dict[str, bytes | None]:
    return read_tree(note.parent)


@pytest.mark.parametrize("faults", [BEFORE, BEFORE_ASIDE], ids=["exchanged", "taken aside"])
def test_a_save_before_the_swap_stays(run: Run, workspace: Path, note: Path, restore: list[str],
                                      faults: tuple[str, ...]) -> None:
    run_held(workspace, restore, faults, lambda: is_written_beside(note), lambda: save_by_a_rename(note, "typed"))

    assert texts(note) == {"note.txt": b"typed"}
    assert run("scan").code == 0
    assert run("verify", "--read").code == 0
    assert "3" in run("history", str(note)).out


def test_a_save_while_the_old_file_is_aside_stays(run: Run, workspace: Path, note: Path, restore: list[str]) -> None:
    run_held(workspace, restore, AFTER_ASIDE, lambda: not note.exists(), lambda: save_by_a_rename(note, "typed"))

    assert texts(note) == {"note.txt": b"typed"}
    assert run("verify", "--read").code == 0


@pytest.mark.parametrize("faults", [BEFORE, BEFORE_ASIDE], ids=["exchanged", "taken aside"])
def test_a_program_that_opened_the_file_goes_on_writing_to_it(
        workspace: Path, note: Path, restore: list[str], faults: tuple[str, ...]) -> None:
    opened: list[IO[str]] = []

    run_held(workspace, restore, faults, lambda: is_written_beside(note), lambda: opened.append(note.open("r+")))

    with opened[0] as stream:
        stream.write("typed")
    assert texts(note) == {"note.txt": b"typed"}


def test_what_is_written_into_the_old_file_after_the_swap_stays(workspace: Path, note: Path,
                                                                restore: list[str]) -> None:
    with note.open("r+") as stream:
        def write() -> None:
            stream.write("typed")
            stream.flush()

        run_held(workspace, restore, AFTER, lambda: note.read_text() == "one", write)

    assert texts(note) == {"note.txt": b"typed"}
