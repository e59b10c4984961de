"""Vault, journal and catalog kept in step: rebuilding, damage, two processes, a disk that is not there."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document

from folderkit import looking
from folderkit.catalog import Catalog
from folderkit.catalog.search import search
from folderkit.core import events
from folderkit.core.errors import Failed, FolderkitError
from folderkit.core.workspace import open_workspace
from folderkit.extract import Extractors
from folderkit.operations.reconcile import scan
from folderkit.store import Store, rebuild, user_name
from folderkit.texts import read_texts
from folderkit.vault import Damaged
from tests.conftest import Run, folderkit
from tests.trees import make_tree, read_tree

TABLES = ("applied", "project", "node", "file", "version", "document", "pending")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def opened(root: Path) -> Store:
    return Store(open_workspace(root, {}), now)


def rows(catalog: Catalog) -> dict[str, list[tuple[object, ...]]]:
    """All that the catalog holds; files without their row numbers."""
    found = {table: sorted(catalog.database.execute(f"SELECT * FROM {table}")) for table in TABLES}  # noqa: S608
    found["file"] = sorted(row[1:6] for row in found["file"])
    return found


@pytest.fixture
def busy(project: Path, run: Run) -> Path:
    """A project with some history: changed, moved, deleted, restored and filled."""
    make_tree(project, {"a.txt": "一 alpha", "b/c.txt": "二 beta", "d.bin": random.Random(1).randbytes(70_000),
                        "empty.txt": "", "gone.txt": "gone"})
    assert run("scan").code == 0
    (project / "a.txt").write_text("alpha 违约金", encoding="utf-8")
    (project / "gone.txt").unlink()
    (project / "b").rename(project / "moved")
    assert run("scan").code == 0
    assert run("restore", "a.txt", "--version", "1", cwd=project).code == 0
    assert run("fill", "meeting-notes", "--quick", "--set", "meeting.title=X", "--set", "meeting.date=2026-03-01",
               "--set", "meeting.time=14:00", "--set", "meeting.attendees=Li", cwd=project).code == 0
    return project


def answers(run: Run) -> list[str]:
    return [run(*command, "--json").out for command in (
        ("log", "--limit", "999"), ("find", "alpha"), ("find", "meeting"), ("list",),
        ("history", "-p", "Site", "a.txt"), ("history", "-p", "Site", "moved/c.txt"), ("show", "Site"))] + [
        re.sub(r'"free_bytes": \d+', "", run("status", "--json").out)]


def test_rebuilding_gives_the_same_answers(busy: Path, run: Run, workspace: Path) -> None:
    before = answers(run)
    with contextlib.closing(opened(workspace)) as store:
        held = rows(store.catalog)
    assert run("rebuild").code == 0
    with contextlib.closing(opened(workspace)) as store:
        assert rows(store.catalog) == held
    assert answers(run) == before


@pytest.mark.parametrize("name", ["catalog.db", "vault-index.db"])
@pytest.mark.parametrize("harm", ["deleted", "garbage", "empty", "middle", "schema"])
def test_a_cache_that_is_gone_or_damaged_is_made_again_silently(
        busy: Path, run: Run, workspace: Path, name: str, harm: str) -> None:
    before = answers(run)
    path = workspace / ".folderkit" / name
    if harm == "deleted":
        path.unlink()
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "garbage":
        path.write_bytes(random.Random(2).randbytes(30_000))
    elif harm == "schema":
        import sqlite3

        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE " + ("version" if name == "catalog.db" else "record"))
    else:
        data = bytearray(path.read_bytes())
        data[4096:] = random.Random(3).randbytes(len(data) - 4096)
        path.write_bytes(data)

    scanned = run("scan")

    assert (scanned.code, scanned.err) == (0, "")
    assert answers(run) == before
    assert "gone" in (run("history", "-p", "Site", "gone.txt").err)
    target = workspace / "out.txt"
    assert run("restore", "-p", "Site", "a.txt", "--version", "2", "--to", str(target)).code == 0
    assert target.read_text(encoding="utf-8") == "alpha 违约金"


def test_a_catalog_behind_the_journal_catches_up(busy: Path, run: Run, workspace: Path) -> None:
    old = workspace / "old.db"
    shutil.copy(workspace / ".folderkit" / "catalog.db", old)
    (busy / "a.txt").write_text("newer")
    assert run("scan").code == 0
    before = answers(run)
    shutil.copy(old, workspace / ".folderkit" / "catalog.db")
    assert answers(run)[0] == before[0]
    assert answers(run)[4] == before[4]


def test_a_catalog_ahead_of_a_vault_from_a_backup_is_made_again(busy: Path, run: Run, workspace: Path) -> None:
    vault = workspace / ".folderkit" / "vault"
    before = answers(run)
    shutil.copytree(vault, workspace / "backup")
    for text in ("newer", "and newer"):
        (busy / "a.txt").write_text(text)
        assert run("scan").code == 0
    shutil.rmtree(vault)
    shutil.copytree(workspace / "backup", vault)
    assert answers(run)[0] == before[0]
    assert answers(run)[4] == before[4]
    assert run("scan").code == 0
    assert "and newer" not in before[1]
    number = run("history", "-p", "Site", "a.txt", "--json").out.count('"version"')
    assert number == before[4].count('"version"') + 1


def test_a_journal_of_another_past_is_noticed(busy: Path, run: Run, workspace: Path) -> None:
    """As many lines, but other ones: the hash tells."""
    state = workspace / ".folderkit"
    shutil.copytree(state / "vault", workspace / "backup")
    (busy / "a.txt").write_text("one future")
    assert run("scan").code == 0
    shutil.rmtree(state / "vault")
    shutil.copytree(workspace / "backup", state / "vault")
    catalog = (state / "catalog.db").read_bytes()
    (busy / "a.txt").write_text("another future")
    assert run("scan").code == 0
    (state / "catalog.db").write_bytes(catalog)
    with contextlib.closing(opened(workspace)) as store, contextlib.closing(rebuild(store.workspace, now)) as again:
        store.catalog.close()
        store.catalog = Catalog(state / "catalog.db")
        assert rows(store.catalog)["version"] == rows(again.catalog)["version"]
    assert run("restore", "-p", "Site", "a.txt", "--version", "1").code == 0
    assert [one["why"] for one in json.loads(run("history", "-p", "Site", "a.txt", "--json").out)][-2:] \
        == ["scan", "restore"]


def test_a_journal_broken_in_the_middle_is_named_and_nothing_is_lost(busy: Path, run: Run, workspace: Path) -> None:
    path, = (workspace / ".folderkit" / "vault" / "journal").glob("*/*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[3].replace(b'"who"', b'"whom"'), *lines[4:]]))
    kept = read_tree(workspace)
    assert run("history", "-p", "Site", "a.txt").code == 0  # the catalog knows without it
    for command in (("log",), ("rebuild",)):
        result = run(*command)
        assert result.code == 1
        assert path.name in result.err
        assert "line 4" in result.err
        assert "backup" in result.err
    assert read_tree(workspace) == kept
    path.write_bytes(b"".join(lines))
    assert run("rebuild").code == 0


def test_a_vault_whose_disk_is_gone_is_not_begun_anew(busy: Path, run: Run, workspace: Path) -> None:
    vault = workspace / ".folderkit" / "vault"
    vault.rename(workspace / "elsewhere")
    for command in (("scan",), ("history", "-p", "Site", "a.txt"), ("new", "Other", "--client", "B")):
        result = run(*command)
        assert (result.code, "Connect its disk" in result.err) == (3, True)
    assert not vault.exists()
    (workspace / "elsewhere").rename(vault)
    assert run("scan").code == 0
    shutil.rmtree(vault)
    assert run("rebuild").code == 0
    assert run("history", "-p", "Site", "a.txt", "--json").out.count('"version"') == 1


def test_two_first_commands_at_once_make_one_journal(workspace: Path) -> None:
    shutil.rmtree(workspace / ".folderkit", ignore_errors=True)
    command = [sys.executable, "-m", "folderkit", "new"]
    running = [subprocess.Popen([*command, f"Site {n}", "--client", "A", "--code", f"S{n}", "--skeleton",
                                 "consulting-engagement"], cwd=workspace, stderr=subprocess.PIPE, text=True)
               for n in range(4)]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert len(list((workspace / ".folderkit" / "vault" / "journal").iterdir())) == 1
    with contextlib.closing(opened(workspace)) as store:
        assert len(store.catalog.projects()) == 4
        assert store.catalog.pending() == []


def test_many_processes_write_and_read_at_once(project: Path, workspace: Path) -> None:
    """Scans, a restore, readers and a rebuild beside each other: nothing fails, nothing is lost."""
    make_tree(project, {f"f{n}.txt": f"{n}" for n in range(60)})
    assert folderkit("scan", cwd=project).returncode == 0
    failures: list[str] = []

    def work(turn: int) -> None:
        commands = (["scan"], ["history", "f1.txt"], ["restore", f"f{turn}.txt", "--version", "1"], ["find", "f1"],
                    ["rebuild"] if turn == 1 else ["scan"])
        for number, command in enumerate(commands):
            (project / f"f{turn}.txt").write_text(f"{turn} {number}")
            result = folderkit(*command, cwd=project)
            if result.returncode != 0 or "Traceback" in result.stderr:
                failures.append(f"{command}: {result.stderr}")

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert folderkit("scan", cwd=project).returncode == 0
    with contextlib.closing(opened(workspace)) as store:
        live = rows(store.catalog)
        for entry in store.journal.read():
            if isinstance(entry.event, events.VersionKept):
                assert sum(map(len, store.blobs.read(entry.event.content))) == entry.event.size
        with contextlib.closing(rebuild(store.workspace, now)) as again:
            assert rows(again.catalog)["version"] == live["version"]


def test_an_open_store_notices_a_rebuild(project: Path, workspace: Path) -> None:
    with contextlib.closing(opened(workspace)) as store:
        (project / "one.txt").write_text("one")
        scan(store)
        rebuild(store.workspace, now).close()
        (project / "two.txt").write_text("two")
        scan(store)
        with contextlib.closing(opened(workspace)) as other:
            paths = {row.path for row in other.catalog.files(other.catalog.projects()[0].id)}
        assert {"one.txt", "two.txt"} <= paths


@pytest.mark.parametrize("again", [False, True], ids=["gone", "begun anew"])
def test_an_open_store_does_not_write_into_another_vault(project: Path, workspace: Path, again: bool) -> None:
    (project / "a.txt").write_text("one")
    with contextlib.closing(opened(workspace)) as store:
        scan(store)
        shutil.rmtree(workspace / ".folderkit")
        if again:
            assert folderkit("scan", cwd=workspace).returncode == 0
        before = read_tree(workspace, private=True)
        (project / "a.txt").write_text("two!")
        with pytest.raises(Failed):
            scan(store)
    (project / "a.txt").write_text("one")
    assert read_tree(workspace, private=True).keys() == before.keys(), "no half of a vault is made"
    with contextlib.closing(opened(workspace)) as store:
        scan(store)
        assert [file.path for file in store.catalog.files(store.catalog.projects()[0].id)].count("a.txt") == 1


def test_a_batch_that_fails_records_nothing(project: Path, workspace: Path) -> None:
    (project / "x.txt").write_text("x")
    with contextlib.closing(opened(workspace)) as store:
        before = rows(store.catalog), store.journal.end()
        with contextlib.suppress(RuntimeError), store.batch() as batch:
            batch.keep(project / "x.txt")
            batch.add(events.FileDeleted("p", "f", "x"))
            raise RuntimeError
        assert (rows(store.catalog), store.journal.end()) == before
        with contextlib.suppress(RuntimeError), store.batch() as batch:
            batch.add(events.FileDeleted("p", "f", "first"))
            batch.record()
            batch.add(events.FileDeleted("p", "f", "second"))
            raise RuntimeError
        entries = store.journal.read(before[1].number, before[1].hash)
        assert [entry.event for entry in entries] == [events.FileDeleted("p", "f", "first")]


def test_a_file_that_cannot_be_read_is_skipped_and_the_rest_is_kept(
        project: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(project, {"bad.txt": "bad", "good.txt": "good"})
    with contextlib.closing(opened(workspace)) as store:
        read_whole = looking._read_whole

        def fail(handle: int, size: int) -> bytes | None:
            if Path(f"/proc/self/fd/{handle}").readlink().name == "bad.txt":
                raise OSError(5, "Input/output error")
            return read_whole(handle, size)

        monkeypatch.setattr(looking, "_read_whole", fail)
        result = scan(store)
    assert {change.path: change.kind for change in result.changes} == {"bad.txt": "skipped", "good.txt": "new"}


def test_a_damaged_content_stops_neither_reading_nor_scanning(project: Path, workspace: Path, run: Run) -> None:
    make_tree(project, {"a.txt": "alpha " * 50, "b.txt": "beta " * 50})
    with contextlib.closing(opened(workspace)) as store:
        scan(store)
        content = store.catalog.file_at(store.catalog.projects()[0].id, "a.txt")
        assert content is not None
        (place,) = store.blobs.packs.find([bytes.fromhex(content.content)]).values()
    pack = workspace / ".folderkit" / "vault" / "packs" / place.pack
    data = bytearray(pack.read_bytes())
    data[place.offset + 70] ^= 1
    pack.write_bytes(data)
    with contextlib.closing(opened(workspace)) as store, pytest.raises(Damaged):
        read_texts(store)
    assert run("find", "beta").code == 0
    target = workspace / "x"
    failed = run("restore", "-p", "Site", "a.txt", "--version", "1", "--to", str(target))
    assert failed.code == 1
    assert "damaged" in failed.err
    assert not target.exists()
    assert run("restore", "-p", "Site", "b.txt", "--version", "1", "--to", str(target)).code == 0


def test_texts_are_read_by_an_extractor_that_stays_open(project: Path, workspace: Path) -> None:
    document = Document()
    with contextlib.closing(opened(workspace)) as store, Extractors() as extractors:
        pids = []
        for word in ("alpha", "beta"):
            document.add_paragraph(word)
            document.save(str(project / f"{word}.docx"))
            scan(store)
            assert read_texts(store, by=extractors)
            pids.append(extractors.worker_pids)
            assert f"{word}.docx" in [hit.path for hit in search(store.catalog, word)]
    assert pids[0]
    assert pids[0] == pids[1]


def test_a_text_is_forgotten_with_the_last_file_that_holds_it(project: Path, workspace: Path) -> None:
    words = ["alpha", "beta", "gamma"]
    with contextlib.closing(opened(workspace)) as store:

        def contents_with(word: str) -> int:
            scan(store)
            read_texts(store)
            return len(list(store.catalog.database.execute(
                "SELECT rowid FROM content_fts WHERE content_fts MATCH ?", (word,))))

        for word in words:
            make_tree(project, {"a.txt": word, f"copy of {word}.txt": word})
            assert contents_with(word) == 1
        assert [contents_with(word) for word in words] == [1, 1, 1]
        for word in words:
            (project / f"copy of {word}.txt").unlink()
        assert [contents_with(word) for word in words] == [0, 0, 1]
        (project / "a.txt").write_text("delta")
        assert [contents_with(word) for word in words] == [0, 0, 0]


def test_texts_wait_when_asked_to_and_the_youngest_are_read_first(project: Path, workspace: Path) -> None:
    names = ["young", "middle", *(f"old {number}" for number in range(17))]
    for age, name in enumerate(names):
        (project / f"{name}.txt").write_text(f"alpha {name}")
        os.utime(project / f"{name}.txt", (time.time() + 900 - 60 * age,) * 2)  # project.yaml is older

    def found() -> set[str]:
        return {hit.path.removesuffix(".txt") for hit in search(store.catalog, "alpha")}

    with contextlib.closing(opened(workspace)) as store:
        scan(store)
        asked = iter((False, True))
        read_texts(store, until=lambda: next(asked, True))
        first = found()
        assert {"young", "middle"} <= first < set(names[:17])  # two read at once, and not far ahead
        read_texts(store, until=lambda: True)  # one at least
        assert first < found()
        read_texts(store)
        assert found() == set(names)


def test_the_id_of_the_workspace_names_the_journal(project: Path, workspace: Path, run: Run) -> None:
    settings = workspace / "folderkit.yaml"
    identity = open_workspace(workspace, {}).settings.id
    assert [path.name for path in (workspace / ".folderkit/vault/journal").iterdir()] == [identity]
    settings.write_text(settings.read_text().replace(identity, "0123456789abcdef"))
    assert run("history", "-p", "Site", "project.yaml").code == 0
    assert [path.name for path in (workspace / ".folderkit/vault/journal").iterdir()] == [identity]


def test_two_workspaces_may_share_a_vault(tmp_path: Path, run: Run) -> None:
    for name in ("one", "two"):
        root = tmp_path / name
        assert run("init", str(root)).code == 0
        with (root / "folderkit.yaml").open("a") as stream:
            stream.write(f"vault: '{tmp_path / 'shared vault'}'\n")
        assert run("new", name, "--client", "A", "--skeleton", "consulting-engagement", cwd=root).code == 0
        next(root.glob("*/project.yaml")).with_name("n.txt").write_text(name)
    for name in ("one", "two", "one"):
        root = tmp_path / name
        assert run("scan", cwd=root).code == 0
        assert run("find", name, cwd=root).code == 0
        assert run("rebuild", cwd=root).code == 0
        assert run("list", "--json", cwd=root).out.count('"code"') == 1
    assert len(list((tmp_path / "shared vault" / "journal").iterdir())) == 2


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", fail)
    user_name.cache_clear()
    yield
    user_name.cache_clear()


@pytest.mark.usefixtures("unnamed")
def test_a_user_without_a_name_can_work(workspace: Path, run: Run) -> None:
    assert run("new", "Site", "--client", "A").code == 0
    assert {entry["by"] for entry in json.loads(run("log", "--json").out)} == {"?"}


def test_errors_are_folderkit_s(workspace: Path) -> None:
    (workspace / ".folderkit").write_text("a file where the state should be")
    with pytest.raises(FolderkitError) as error:
        opened(workspace)
    assert isinstance(error.value, Failed)


def test_a_catalog_that_could_not_follow_once_leaves_no_gap(workspace: Path) -> None:
    with opened(workspace) as store:
        with store.batch() as batch:
            batch.add(events.ProjectCreated("p" * 12, "old", "client-project", 1, "en", ()))
            store.catalog.database.execute("PRAGMA query_only = 1")  # SQLite refuses to write, as on a bad disk
            batch.record()
            store.catalog.database.execute("PRAGMA query_only = 0")
            batch.add(events.ProjectMoved("p" * 12, "old", "new"))
        assert [row.folder for row in store.catalog.projects()] == ["new"]


def test_a_damaged_end_of_the_journal_is_told_and_not_cut_off(project: Path, workspace: Path, run: Run) -> None:
    """The catalog knows that the last entries had been acknowledged."""
    make_tree(project, {"a.txt": "one"})
    assert run("scan").code == 0
    (path,) = (workspace / ".folderkit" / "vault" / "journal").glob("*/*.jsonl")
    good = path.read_bytes()
    for place in (len(good) - 1, len(good) - 40):
        bad = bytearray(good)
        bad[place] ^= 1
        path.write_bytes(bad)
        (project / "a.txt").write_text(f"two {place}")
        refused = run("scan")
        assert refused.code == 3, refused.out
        assert "damaged" in refused.err
        assert "backup" in refused.err
        assert path.read_bytes() == bad
    path.write_bytes(good)
    assert run("scan").code == 0
    bad = bytearray(path.read_bytes())
    bad[-1] ^= 1
    path.write_bytes(bad)
    assert run("rebuild").code == 0  # goes on without what is lost
    assert run("scan").code == 0


def test_a_journal_from_a_backup_is_taken_as_it_is(project: Path, workspace: Path, run: Run) -> None:
    make_tree(project, {"a.txt": "one"})
    assert run("scan").code == 0
    (path,) = (workspace / ".folderkit" / "vault" / "journal").glob("*/*.jsonl")
    old = path.read_bytes()
    (project / "a.txt").write_text("two")
    assert run("scan").code == 0
    path.write_bytes(old)
    assert "a.txt  v2" in run("scan").out  # the second text is kept again
    assert len(run("history", "-p", "P2026-001", "a.txt").out.splitlines()) == 3
