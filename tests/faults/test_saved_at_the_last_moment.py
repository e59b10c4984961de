"""A save that comes between the last look at a file and the swap: strace holds folderkit just there."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import scan
from folderkit.store import Store
from tests.conftest import Run
from tests.faults.sweep import missing
from tests.trees import read_tree

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "-")

HELD = 1_000_000  # microseconds
BEFORE = (f"renameat2:delay_enter={HELD}",)
AFTER = (f"renameat2:delay_exit={HELD}",)
# A disk that cannot exchange names: the second rename takes the old file aside, then the new one gets its name.
BEFORE_ASIDE = ("renameat2:error=EINVAL", f"rename:delay_enter={HELD}:when=2")
AFTER_ASIDE = ("renameat2:error=EINVAL", f"rename:delay_exit={HELD}:when=2")


@pytest.fixture
def note(run: Run, workspace: Path, project: Path) -> Path:
    """A file in a folder of its own, with two versions: one, of 2020, and two."""
    path = project / "notes" / "note.txt"
    path.parent.mkdir()
    path.write_text("one")
    with Store(open_workspace(workspace, {}), lambda: dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) as store:
        scan(store)
    path.write_text("two")
    assert run("scan").code == 0
    return path


@pytest.fixture(params=["file", "folder"])
def restore(request: pytest.FixtureRequest, note: Path) -> list[str]:
    """How version 1 comes back: alone, or with its folder."""
    return ["restore", str(note), "--version", "1"] if request.param == "file" else [
        "restore", str(note.parent), "--at", "2020-06-01"]


def run_held(workspace: Path, words: list[str], faults: tuple[str, ...], held: Callable[[], bool],
             act: Callable[[], object], *, kill: bool = False) -> int:
    """Run folderkit under strace, and act when it is held, or kill it then; returns its code."""
    command = ["strace", "-f", "-o", "/dev/null", *(word for fault in faults for word in ("-e", f"inject={fault}"))]
    with subprocess.Popen([*command, sys.executable, "-m", "folderkit", *words], cwd=workspace, start_new_session=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        until = time.monotonic() + 60
        while not held():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until
            time.sleep(0.01)
        act()
        if kill:
            os.killpg(process.pid, signal.SIGKILL)
        told = process.communicate(timeout=60)[0]
    assert "Traceback" not in told
    return process.returncode


def save_by_a_rename(path: Path, text: str) -> None:
    new = path.with_name("saving.part")
    new.write_text(text)
    new.replace(path)


def is_written_beside(note: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # it has another name now
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


KILLED = [
    *((f"rename:delay_exit={HELD}:when=1", f"renameat2:signal=SIGKILL:when={number}") for number in (1, 2)),
    *((f"renameat2:error=EINVAL:delay_enter={HELD}", f"{call}:signal=SIGKILL:when={number}")
      for call, number in (("rename", 2), ("rename", 3), ("linkat", 1), ("linkat", 2))),
]


@pytest.mark.parametrize("faults", KILLED, ids=[faults[-1] for faults in KILLED])
def test_killed_while_a_save_is_put_back(run: Run, workspace: Path, note: Path, restore: list[str],
                                         faults: tuple[str, ...]) -> None:
    """What was saved at the last moment is there, at its place or under a numbered name beside."""
    assert run_held(workspace, restore, faults, lambda: is_written_beside(note),
                    lambda: save_by_a_rename(note, "typed")) == -9
    assert run("scan").code == 0
    assert b"typed" in texts(note).values()
    assert set(texts(note)) <= {"note.txt", "note (2).txt"}
    assert texts(note)["note.txt"] in (b"typed", b"one")
    assert "0 new, 0 changed, 0 moved, 0 gone" in run("scan").out
    assert run("verify", "--read").code == 0


def test_a_save_behind_the_swap_is_a_version(run: Run, workspace: Path, note: Path, restore: list[str]) -> None:
    run_held(workspace, restore, AFTER, lambda: note.read_text() == "one", lambda: save_by_a_rename(note, "typed"))

    assert texts(note) == {"note.txt": b"typed"}
    assert "1 changed" in run("scan").out


@pytest.mark.parametrize("act", [Path.unlink, lambda path: path.rename(path.with_name("final.txt"))],
                         ids=["deleted", "renamed"])
def test_a_file_that_goes_at_the_last_moment(run: Run, workspace: Path, note: Path, restore: list[str],
                                             act: Callable[[Path], object]) -> None:
    other = note.with_name("other.txt")
    other.write_text("beside")
    assert run("scan").code == 0

    run_held(workspace, restore, BEFORE, lambda: is_written_beside(note), lambda: act(note))

    assert "note.txt" not in texts(note)
    assert not [name for name in texts(note) if name.startswith(".")]
    assert b"one" not in texts(note).values()


def test_killed_before_the_old_file_is_taken_away(run: Run, workspace: Path, note: Path) -> None:
    """The restore is recorded by then: what a person does with the file after that stays."""
    def is_recorded() -> bool:
        journals = (workspace / ".folderkit" / "vault" / "journal").rglob("*.jsonl")
        return any(b"note.txt" in line and b'"events":[]' in line
                   for journal in journals for line in journal.read_bytes().splitlines())

    run_held(workspace, ["restore", str(note), "--version", "1"], (f"unlink:delay_enter={HELD}",), is_recorded,
             lambda: None, kill=True)
    note.rename(note.with_name("final.txt"))

    ran = run("scan")

    assert texts(note) == {"final.txt": b"one"}
    assert "undone" not in ran.err
    assert "0 new, 0 changed, 1 moved, 0 gone" in ran.out


def test_a_file_that_is_filed_while_it_is_saved_anew(run: Run, workspace: Path, project: Path) -> None:
    """Neither the file at its new place nor what was saved at the old one is lost, with and without such a rename."""
    old = project / "00_Inbox" / "Invoice 2026-03-01.txt"
    for faults in ((f"renameat2:delay_exit={HELD}",), ("renameat2:error=EINVAL", f"linkat:delay_exit={HELD}")):
        old.write_text(f"Invoice No. {len(faults)}\n")
        assert run("scan").code == 0
        before = set(read_tree(project))
        run_held(workspace, ["file"], faults, lambda before=before: len(set(read_tree(project)) - before) > 0,  # type: ignore[misc]
                 lambda: save_by_a_rename(old, "Invoice, corrected\n"))
        assert old.read_text() == "Invoice, corrected\n"
        assert f"Invoice No. {len(faults)}\n".encode() in read_tree(project).values()
        old.unlink()


def test_a_copy_that_is_written_to_is_not_taken_away(run: Run, workspace: Path, project: Path) -> None:
    inbox = project / "00_Inbox"
    (inbox / "Invoice 4711.txt").write_text("Invoice No. 4711\n")
    assert run("file").code == 0
    copy = inbox / "Invoice 4711.txt"
    copy.write_text("Invoice No. 4711\n")
    with copy.open("r+") as stream:
        def write() -> None:
            stream.write("Changed")
            stream.flush()

        stream.flush()
        run_held(workspace, ["file"], (f"rename:delay_enter={HELD}", f"unlink:delay_enter={HELD}"),
                 lambda: True, write)
    assert any(content and content.startswith(b"Changed") for content in read_tree(inbox).values())


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
