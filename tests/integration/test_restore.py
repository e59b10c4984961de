"""Bringing versions back: byte for byte, by number or date, anywhere, and never losing what stands there."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.trees import read_tree


def versions(run: Run, path: Path) -> list[dict[str, Any]]:
    ran = run("history", str(path), "--json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def restore(run: Run, path: Path, *args: str) -> None:
    ran = run("restore", str(path), *args)
    assert ran.code == 0, ran.err


@pytest.fixture
def saved(run: Run, project: Path) -> Path:
    """A file with three versions: one, two and three."""
    path = project / "note.txt"
    for word in ("one", "two", "three"):
        path.write_text(word)
        assert run("scan").code == 0
    return path


@pytest.mark.parametrize("content", [b"", b"\x00", b"\r\n\n\r", os.urandom(3_000_000), b"same " * 900_000,
                                     random.Random(1).randbytes(9_000_001)], ids=range(6))
def test_a_version_comes_back_byte_for_byte(run: Run, project: Path, content: bytes) -> None:
    path = project / "data.bin"
    path.write_bytes(content)
    run("scan")
    path.write_bytes(b"other")
    run("scan")
    restore(run, path, "--version", "1")
    assert path.read_bytes() == content


def test_what_stands_there_is_kept_first(run: Run, saved: Path) -> None:
    saved.write_text("not yet scanned")
    restore(run, saved, "--version", "1")
    assert saved.read_text() == "one"
    assert [version["why"] for version in versions(run, saved)] == ["scan", "scan", "scan", "before-restore", "restore"]
    restore(run, saved, "--version", "4")
    assert saved.read_text() == "not yet scanned"
    assert json.loads(run("scan", "--json").out) == []


def test_the_version_that_is_there_needs_nothing(run: Run, saved: Path) -> None:
    before = versions(run, saved)
    ran = run("restore", str(saved), "--version", "3")
    assert ran.code == 0
    assert "already" in ran.out
    assert versions(run, saved) == before


def test_a_deleted_file_comes_back_with_its_history(run: Run, saved: Path) -> None:
    saved.unlink()
    restore(run, saved, "--version", "2")
    assert saved.read_text() == "two"
    run("scan")
    saved.unlink()
    run("scan")
    restore(run, saved, "--version", "3")
    assert saved.read_text() == "three"
    assert len(versions(run, saved)) == 5


def test_a_deleted_folder_comes_back_with_the_file(run: Run, project: Path) -> None:
    path = project / "deep" / "er" / "a.txt"
    path.parent.mkdir(parents=True)
    path.write_text("a")
    run("scan")
    path.unlink()
    path.parent.rmdir()
    path.parent.parent.rmdir()
    run("scan")
    restore(run, path, "--version", "1")
    assert path.read_text() == "a"


def test_by_date_a_day_counts_whole(run: Run, saved: Path) -> None:
    now = dt.datetime.now().astimezone()
    restore(run, saved, "--at", f"{now:%Y-%m-%d}")
    assert saved.read_text() == "three"
    second = dt.datetime.fromisoformat(versions(run, saved)[1]["at"]).astimezone()
    for text in (f"{now:%Y/%m/%d}", f"{now:%Y.%m.%d}", f"{now.year}年{now.month}月{now.day}日",
                 f"{second:%Y-%m-%d %H:%M}", f"{second:%Y-%m-%dT%H:%M:%S}", f"{now:%Y-%m-%d} 23:59", "2999-01-01"):
        ran = run("restore", str(saved), "--at", text, "--dry-run")
        assert ran.code == 0, ran.err
    assert run("restore", str(saved), "--at", f"{now - dt.timedelta(days=1):%Y-%m-%d}").code == 2


def test_to_another_file_or_folder(run: Run, workspace: Path, project: Path, saved: Path) -> None:
    restore(run, saved, "--version", "1", "--to", str(workspace / "out.txt"))
    assert (workspace / "out.txt").read_text() == "one"
    (workspace / "box").mkdir()
    restore(run, saved, "--version", "2", "--to", "box")
    assert (workspace / "box" / "note.txt").read_text() == "two"
    restore(run, saved, "--version", "1", "--to", "new/box/")
    assert (workspace / "new" / "box" / "note.txt").read_text() == "one"
    restore(run, saved, "--version", "1", "--to", str(project / "copy.txt"))
    assert saved.read_text() == "three"
    assert [version["why"] for version in versions(run, project / "copy.txt")] == ["restore"]
    assert json.loads(run("scan", "--json").out) == []


def test_to_another_file_of_a_project_keeps_that_first(run: Run, project: Path, saved: Path) -> None:
    other = project / "other.txt"
    other.write_text("precious, not yet scanned")
    restore(run, saved, "--version", "1", "--to", str(other))
    assert other.read_text() == "one"
    restore(run, other, "--version", "1")
    assert other.read_text() == "precious, not yet scanned"


def test_to_another_project(run: Run, workspace: Path, saved: Path) -> None:
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    restore(run, saved, "--version", "1", "--to", str(second / "from-first.txt"))
    assert len(versions(run, second / "from-first.txt")) == 1
    assert len(versions(run, saved)) == 3


def test_by_project_and_path_in_it(run: Run, saved: Path) -> None:
    ran = run("restore", "note.txt", "--version", "1", "-p", "Site")
    assert ran.code == 0, ran.err
    assert saved.read_text() == "one"


def test_a_moved_file_is_restored_where_it_is_now(run: Run, project: Path, saved: Path) -> None:
    saved.rename(project / "moved.txt")
    run("scan")
    restore(run, saved, "--version", "1")
    assert not saved.exists()
    assert (project / "moved.txt").read_text() == "one"


def test_the_mode_of_the_file_stays(run: Run, saved: Path) -> None:
    saved.chmod(0o640)
    restore(run, saved, "--version", "1")
    assert saved.stat().st_mode & 0o777 == 0o640


def test_no_temporary_stays(run: Run, workspace: Path, saved: Path) -> None:
    restore(run, saved, "--version", "1")
    assert not [name for name in read_tree(workspace) if "~" in name]


def test_a_file_that_is_gone_comes_back_by_its_name_alone(run: Run, saved: Path) -> None:
    assert run("restore", str(saved)).code == 2  # which version, while there is one to lose

    saved.unlink()
    restore(run, saved)

    assert saved.read_text() == "three"
