"""A project's folder that was copied by hand: it has the id of the original, and nothing may take it for that."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.trees import read_tree


@pytest.fixture
def copy(run: Run, workspace: Path) -> Path:
    """A copy that comes before the original by its name."""
    assert run("new", "Site", "--client", "Acme", "--code", "S1").code == 0
    assert run("scan").code == 0
    original = workspace / "S1_Acme_Site"
    return Path(shutil.copytree(original, workspace / "A copy"))


def test_nothing_in_it_is_filed(run: Run, workspace: Path, copy: Path) -> None:
    for project in (copy, workspace / "S1_Acme_Site"):
        (project / "00_Inbox" / "minutes.txt").write_text("Minutes\n")
    before = read_tree(copy)

    ran = run("file")

    assert ran.code == 1  # as of a scan: not all could be looked at
    assert "This is a copy of 'S1_Acme_Site'" in ran.err
    assert read_tree(copy) == before
    assert list((workspace / "S1_Acme_Site" / "00_Inbox").iterdir()) == []
    assert run("undo").code == 0
    assert read_tree(copy) == before
    assert (workspace / "S1_Acme_Site" / "00_Inbox" / "minutes.txt").exists()


@pytest.mark.parametrize("words", [("file",), ("name", "--check"), ("status", "."), ("show",),
                                   ("restore", "project.yaml", "--version", "1"), ("history", "project.yaml"),
                                   ("fill", "meeting-notes", "--quick")], ids=lambda words: words[0])
def test_a_command_in_it_refuses(run: Run, copy: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_tree(copy)
    monkeypatch.chdir(copy)

    ran = run(*words)

    assert ran.code == 3
    assert "copy of 'S1_Acme_Site'" in ran.err
    assert "change one digit of 'id'" in ran.err
    assert read_tree(copy) == before


def test_it_is_no_place_of_a_project_to_restore_to(run: Run, workspace: Path, copy: Path) -> None:
    (workspace / "S1_Acme_Site" / "note.txt").write_text("one")
    run("scan")

    ran = run("restore", os.fspath(workspace / "S1_Acme_Site" / "note.txt"), "--version", "1", "--to",
              os.fspath(copy / "note.txt"))

    assert ran.code == 0, ran.err
    assert (copy / "note.txt").read_text() == "one"
    assert "0 new, 0 changed, 0 moved, 0 gone" in run("scan").out


def test_the_original_is_meant_by_its_code(run: Run, copy: Path) -> None:
    assert run("file", "-p", "S1").code == 0
    assert run("status", "S1").code == 0
