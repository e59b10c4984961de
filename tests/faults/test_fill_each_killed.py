"""`fill --each` is killed while it makes documents: what is left of them, and that the next command takes it away."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document

from folderkit.core.lock import Lock
from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.core.scratch import WORK, scratch, sweep
from folderkit.documents import soffice
from tests.conftest import Run

posix = pytest.mark.skipif(sys.platform == "win32", reason="ends a group of processes")
ROWS = 800  # they take longer than it takes to see the first


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.docx"
    document = Document()
    document.add_paragraph("{{ name }}")
    document.save(str(path))
    return path


def rows(path: Path, count: int) -> Path:
    path.write_text(json.dumps([{"name": f"Client {number}", "filename": f"c{number}"} for number in range(count)]))
    return path


def killed(command: list[str], temporary: Path, begun: Callable[[], bool]) -> None:
    """Run `fill --each` in a process of its own, and kill it and what it started as soon as it has `begun`."""
    temporary.mkdir()
    with subprocess.Popen([sys.executable, "-m", "folderkit", "fill", *command], start_new_session=True,
                          env={**os.environ, "TMPDIR": str(temporary)}, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while not begun():
            assert process.poll() is None, "it has ended before it could be killed"
            assert time.monotonic() < until
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
    _await_end(process.pid)


def _await_end(group: int) -> None:
    """Wait until all processes of a group are gone: one that is killed while it writes to the disk dies after that, and
    holds its locks until then."""
    until = time.monotonic() + 60
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.01)


def named(folder: Path, prefix: str) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(prefix)] if folder.is_dir() else []


def made_aside(folder: Path, prefix: str) -> bool:
    return any((path / "1").exists() for path in named(folder, prefix))


@posix
def test_in_a_project_the_next_command_takes_it_away(run: Run, workspace: Path, project: Path, letter: Path,
                                                     tmp_path: Path) -> None:
    state, temporary = workspace / ".folderkit", tmp_path / "tmp"
    data, inbox = rows(tmp_path / "rows.json", ROWS), project / "00_Inbox"
    command = [str(letter), "-p", "Site", "--data", str(data), "--each", "--out", str(inbox)]

    killed(command, temporary, lambda: made_aside(state, WORK))

    assert named(state, WORK)
    assert list(temporary.iterdir()) == [], "nothing of a client's lies where others look"
    assert run("list").code == 0
    assert named(state, WORK) == []
    assert list(inbox.iterdir()) == []
    rows(data, 3)
    assert run("fill", *command).code == 0
    assert sorted(path.name for path in inbox.iterdir()) == ["c0.docx", "c1.docx", "c2.docx"]
    assert run("verify", "--read").code == 0


@posix
def test_outside_the_next_one_into_the_same_folder_does(run: Run, letter: Path, tmp_path: Path) -> None:
    data, out, temporary = rows(tmp_path / "rows.json", ROWS), tmp_path / "out", tmp_path / "tmp"
    command = [str(letter), "--data", str(data), "--each", "--out", str(out)]

    killed(command, temporary, lambda: made_aside(out, TEMPORARY_PREFIX))

    assert [path.name.startswith(TEMPORARY_PREFIX) for path in out.iterdir()] == [True]
    assert list(temporary.iterdir()) == []
    rows(data, 3)
    assert run("fill", *command).code == 0
    assert sorted(path.name for path in out.iterdir()) == ["c0.docx", "c1.docx", "c2.docx"]


@posix
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed (apt install libreoffice-writer)")
def test_while_pdfs_are_made_as_well(run: Run, workspace: Path, project: Path, letter: Path, tmp_path: Path) -> None:
    state, temporary = workspace / ".folderkit", tmp_path / "tmp"
    command = [str(letter), "-p", "Site", "--data", str(rows(tmp_path / "rows.json", 3)), "--each", "--pdf",
               "--out", str(project / "00_Inbox")]

    killed(command, temporary, lambda: any(copy for path in named(state, WORK) for copy in path.rglob("*.docx")))

    assert [path for path in temporary.rglob("*") if path.suffix in (".docx", ".pdf")] == []
    assert run("list").code == 0
    assert named(state, WORK) == []


# -- folders of work -------------------------------------------------------------------------------
def test_a_folder_in_which_somebody_works_stays(tmp_path: Path) -> None:
    with scratch(tmp_path, "a-") as one:
        (one / "file").touch()
        with scratch(tmp_path, "a-") as other:
            sweep(tmp_path, "a-")
            assert (one / "file").exists()
            assert other.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_swept_away_while_it_is_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                                    ) -> None:
    acquire, swept = Lock.acquire, list[Path]()

    def after_a_sweep(lock: Lock, timeout: float) -> bool:
        if not swept:
            swept.append(lock.path.parent)
            sweep(tmp_path, "a-")
        return acquire(lock, timeout)

    monkeypatch.setattr(Lock, "acquire", after_a_sweep)
    with scratch(tmp_path, "a-") as folder:
        assert not swept[0].exists()
        (folder / "file").touch()
        sweep(tmp_path, "a-")
        assert (folder / "file").exists()
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_folder_of_work_stays(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / ".in-use").touch()
    (tmp_path / "a-file").touch()
    (tmp_path / "a-empty").mkdir()
    (tmp_path / "a-link").symlink_to(mine)
    for name in ("a-young", "a-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    os.utime(tmp_path / "a-old", (0, 0))
    sweep(tmp_path, "a-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-file", "a-link", "a-young", "mine"]
    assert (mine / ".in-use").exists()
