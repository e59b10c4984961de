"""How a workspace stands, and what is odd about it, with real folders and a real vault."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from folderkit.core.workspace import open_workspace
from folderkit.operations import doctor
from tests.conftest import Ran, Run
from tests.trees import read_tree


@pytest.fixture
def backed_up(run: Run, project: Path, workspace: Path, tmp_path: Path) -> Path:
    """A project whose versions are all in a backup: nothing is odd."""
    (tmp_path / "backup").mkdir()
    (workspace / "folderkit.yaml").open("a").write(f"backup: '{tmp_path / 'backup'}'\n")
    (project / "a.txt").write_text("alpha")
    assert run("scan").code == 0
    assert run("backup", "run").code == 0
    return project


def odd(run: Run) -> list[dict[str, str]]:
    done = run("doctor", "--json")
    found: list[dict[str, str]] = json.loads(done.out)
    assert done.code == (4 if found else 0), done
    return found


def only(run: Run, place: str, *words: str) -> dict[str, str]:
    (one,) = odd(run)
    assert place in one["place"]
    assert all(word in one["what"] + one["mend"] for word in words), one
    return one


# -- status ----------------------------------------------------------------------------------------
def test_status_tells_projects_vault_and_backup(run: Run, backed_up: Path, workspace: Path) -> None:
    (backed_up / "b.txt").write_text("b" * 1000)
    (backed_up / "a.txt").write_text("alpha beta")
    assert run("scan").code == 0

    told = json.loads(run("status", "--json").out)

    (row,) = told["projects"]
    assert row["folder"] == backed_up.name
    assert row["versions"] == row["files"] + 1 == told["vault"]["versions"]
    assert dt.datetime.fromisoformat(row["last"]) <= dt.datetime.now(dt.UTC)
    packs = sum(path.stat().st_size for path in (workspace / ".folderkit").rglob("*.pack"))
    assert told["vault"]["stored_bytes"] == packs > 0
    (backup,) = told["backups"]
    assert (backup["newer"], backup["there"], backup["damaged"]) == (2, True, 0)


@pytest.mark.parametrize(("language", "words"), [
    ("en", ["LAST KEPT", "2 versions newer than it", "its folder is not there now", "Vault: ", "5 days ago"]),
    ("zh", ["最近保存", "此后有 2 个新版本", "该文件夹现在不在", "版本库：", "5 天前"])])
def test_status_in_words(run: Run, backed_up: Path, tmp_path: Path, language: str, words: list[str]) -> None:
    for name in ("b", "c"):
        (backed_up / name).write_text(name)
    assert run("scan").code == 0
    (tmp_path / "backup").rename(tmp_path / "unplugged")
    facts = backed_up / "project.yaml"
    due = dt.date.today() - dt.timedelta(days=5)
    facts.write_text("\n".join(f"  due_date: {due}" if "due_date:" in line else line
                               for line in facts.read_text(encoding="utf-8").splitlines()), encoding="utf-8")

    out = run("--lang", language, "status").out

    assert all(word in out for word in words), out


def test_status_without_projects_and_of_one(run: Run, workspace: Path, project: Path) -> None:
    assert run("status", "nonesuch").code != 0
    assert json.loads(run("status", "Site", "--json").out)["projects"][0]["folder"] == project.name
    shutil.rmtree(project)
    assert "Backup: none yet" in run("status").out


# -- doctor ----------------------------------------------------------------------------------------
def test_nothing_is_odd(run: Run, backed_up: Path, workspace: Path) -> None:
    before = read_tree(workspace)
    done = run("doctor")
    assert (done.code, done.out) == (0, "Nothing is odd.\n")
    after = read_tree(workspace)
    assert before.keys() == after.keys()
    assert {path for path in before if before[path] != after[path]} <= {".folderkit/catalog.db-shm"}


def test_a_copy_is_told_and_no_fault(run: Run, backed_up: Path) -> None:
    (backed_up / "copy.txt").write_bytes((backed_up / "a.txt").read_bytes())
    assert run("scan").code == 0
    done = run("doctor")
    assert done.code == 0
    assert done.out.startswith("Nothing is odd.\nNot a fault")
    assert "copy.txt" in done.out


def test_a_missing_and_an_old_backup(run: Run, backed_up: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
                                     ) -> None:
    monkeypatch.setattr(doctor, "BACKUP_DAYS", 0)
    assert odd(run) == [], "a backup that lacks nothing is not old"
    (backed_up / "later.txt").write_text("later")
    assert run("scan").code == 0
    only(run, "backup", "1 versions are newer", "folderkit backup run")


def test_a_workspace_that_has_no_backup(run: Run, project: Path) -> None:
    only(run, "vault", "no backup", "folderkit backup run --to DIR")


def test_projects_that_are_gone_copied_or_broken(run: Run, backed_up: Path, workspace: Path) -> None:
    copy = workspace / "copy"
    shutil.copytree(backed_up, copy)
    only(run, "copy", "change one digit of 'id'")
    shutil.rmtree(copy)
    (backed_up / "project.yaml").rename(workspace / "away")
    only(run, backed_up.name, "restore")
    (workspace / "away").rename(backed_up / "project.yaml")
    (backed_up / "project.yaml").write_text("project: [")
    only(run, backed_up.name, "project.yaml:1:")
    shutil.rmtree(backed_up)
    only(run, backed_up.name, "folder is gone", "folderkit restore")


def test_facts_that_cannot_be_and_a_skeleton_that_is_gone(run: Run, backed_up: Path) -> None:
    facts = backed_up / "project.yaml"
    text = facts.read_text(encoding="utf-8")
    lines = text.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "due_date:" in line]
    lines[at] = "  due_date: soon"
    facts.write_text("\n".join(lines), encoding="utf-8")
    only(run, f"project.yaml:{at + 1}:", "is not a date")
    facts.write_text(text.replace("client-project", "nonesuch"), encoding="utf-8")
    only(run, backed_up.name, "nonesuch")


def test_damage_to_the_vault(run: Run, backed_up: Path, workspace: Path) -> None:
    pack = next((workspace / ".folderkit").rglob("*.pack"))
    data = bytearray(pack.read_bytes())
    data[20] ^= 255
    pack.write_bytes(data)
    assert any(pack.name in one["place"] and "backup restore" in one["mend"] for one in odd(run))


def test_a_catalog_that_tells_something_else(run: Run, backed_up: Path, workspace: Path) -> None:
    with contextlib.closing(sqlite3.connect(workspace / ".folderkit" / "catalog.db")) as catalog:
        catalog.execute("UPDATE version SET size = size + 1 WHERE path = 'a.txt'")
        catalog.commit()
    only(run, "catalog.db", "folderkit rebuild")
    assert run("rebuild").code == 0
    assert odd(run) == []


def test_what_an_interrupted_command_left(run: Run, backed_up: Path) -> None:
    left = backed_up / ".~folderkit-0123456789ab.tmp"
    left.write_text("half")
    assert odd(run) == [], "its process may be at work"
    os.utime(left, (1_700_000_000, 1_700_000_000))
    only(run, left.name, "Delete it")


def test_a_full_disk_and_a_wrong_clock(run: Run, backed_up: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
                                       ) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(doctor, "ROOM", 1 << 62)
        assert [one["mend"] for one in odd(run)] == ["Make room; old versions go with: folderkit prune"]
    early = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    found = list(doctor.examine(open_workspace(workspace, {}), lambda: early))
    assert ["in the future" in one.what.en for one in found] == [True]


def test_a_journal_that_is_not_whole_is_told_and_not_raised(run: Run, backed_up: Path, workspace: Path) -> None:
    segment = next((workspace / ".folderkit").rglob("*.jsonl"))
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([lines[0][:-10] + b"0000000\n", *lines[1:]]))
    (workspace / ".folderkit" / "catalog.db").unlink()
    found = odd(run)
    assert any(segment.name in one["place"] for one in found)


def test_in_chinese(run: Run, project: Path) -> None:
    done: Ran = run("--lang", "zh", "doctor")
    assert done.code == 4
    assert "还没有备份" in done.out


def test_registers_that_are_gone_broken_or_renamed(run: Run, backed_up: Path) -> None:
    next(backed_up.rglob("Budget.xlsx")).unlink()
    next(backed_up.rglob("Risk*.xlsx")).write_bytes(b"junk")
    found = [one["what"] for one in odd(run)]
    assert len(found) == 2
    assert any("Budget.xlsx" in what for what in found)
    assert any("Risk register.xlsx" in what for what in found)
