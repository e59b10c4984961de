"""Catalogs of older folderkits: migrated with their texts, with a copy kept; those of newer ones are left alone."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from folderkit.catalog import SCHEMA, Catalog, NewerCatalog, Reading, is_ready
from folderkit.catalog.migrations import OLDEST, STEPS
from folderkit.catalog.passages import unpack
from folderkit.core.workspace import open_workspace
from folderkit.extract import Extractor
from folderkit.store import Store
from tests.conftest import REPOSITORY, Run
from tests.integration.test_store import now

FROZEN = {int(path.stem.rpartition("-")[2]): path for path in (REPOSITORY / "tests" / "frozen").glob("workspace-*.zip")}


@pytest.fixture(params=sorted(FROZEN))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A workspace as an older folderkit left it."""
    with zipfile.ZipFile(FROZEN[request.param]) as package:
        package.extractall(tmp_path / "old")
    return tmp_path / "old"


def catalog_of(root: Path) -> Path:
    return root / ".folderkit" / "catalog.db"


def copies(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".folderkit").glob("catalog-*"))


def version_of(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def shape(path: Path) -> dict[str, object]:
    """Tables with their columns, and indexes with theirs, whichever way they came to be."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        names = database.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        found: dict[str, object] = {}
        for kind, name, sql in names:
            if kind == "table":
                found[name] = (database.execute(f"PRAGMA table_xinfo('{name}')").fetchall(),
                               "WITHOUT ROWID" in sql, re.sub(r"\s+", " ", sql.partition("USING")[2]))
            else:
                found[name] = re.sub(r"IF NOT EXISTS |\s+", " ", sql or "").replace("  ", " ")
        return found


def test_there_is_a_frozen_catalog_and_a_step_for_every_schema() -> None:
    assert sorted(STEPS) == list(range(OLDEST + 1, SCHEMA + 1))
    assert sorted(FROZEN) == [version for version in sorted(FROZEN) if OLDEST <= version < SCHEMA]
    assert OLDEST in FROZEN


def unpacked(packed: bytes, schema: int) -> list[tuple[str, str]]:
    """The passages as a catalog of a schema kept them."""
    if schema >= 16:
        return unpack(packed)
    return [(place, text) for place, text in json.loads(zlib.decompress(packed))]


def test_an_old_catalog_becomes_as_a_new_one_and_keeps_all_that_it_held(old: Path, tmp_path: Path) -> None:
    path = catalog_of(old)
    before = version_of(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        texts = database.execute("SELECT hash, extractor, state, title, passages FROM content ORDER BY hash").fetchall()
        versions = database.execute("SELECT * FROM version ORDER BY file, number").fetchall()
    assert before in FROZEN
    assert texts
    assert not is_ready(path)

    with contextlib.closing(Catalog(path)) as migrated:
        rows = migrated.database.execute("SELECT hash, extractor, state, title, passages FROM content ORDER BY hash")
        assert [(*row[:4], unpack(row[4])) for row in rows] == [(*row[:4], unpacked(row[4], before)) for row in texts]
        assert migrated.database.execute("SELECT * FROM version ORDER BY file, number").fetchall() == versions
        assert migrated.database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    assert is_ready(path)
    Catalog(tmp_path / "new.db").close()
    assert shape(path) == shape(tmp_path / "new.db")


def test_who_waits_for_it_is_told_how_far_it_is(old: Path) -> None:
    told: list[tuple[int, int]] = []
    with contextlib.closing(Catalog(catalog_of(old), lambda done, total: told.append((done, total)))) as migrated:
        (texts,) = migrated.database.execute("SELECT count(*) FROM content").fetchone()
    assert told == [(done, texts) for done in range(1, texts + 1)]


def test_what_is_searched_is_as_if_it_had_been_read_today(old: Path, tmp_path: Path) -> None:
    indexes = ("content_fts", "title_fts", "name_fts", "fact_fts")
    with contextlib.closing(Catalog(catalog_of(old))) as migrated:
        database = migrated.database
        for index in indexes:
            database.execute(f"CREATE VIRTUAL TABLE temp.{index}_terms USING fts5vocab(main, {index}, row)")

        def searched() -> list[list[tuple[object, ...]]]:
            held = "SELECT hash, files, changed, mark FROM held JOIN content ON content.row = held.row ORDER BY hash"
            terms = [f"SELECT term, doc FROM temp.{index}_terms" for index in indexes]  # noqa: S608
            return [database.execute(query).fetchall() for query in (*terms, held)]

        before = searched()
        assert before[0]
        assert before[2]
        rows = database.execute("SELECT hash, state, title, passages FROM content ORDER BY row").fetchall()
        with migrated.transaction():
            for content, state, title, packed in rows:
                migrated.set_text(content, 1, Reading(state, title, unpack(packed)))
        assert searched() == before


def test_the_old_catalog_stays_beside_until_the_next_time(old: Path) -> None:
    path = catalog_of(old)
    before = version_of(path)
    path.with_name("catalog-3.db").write_bytes(b"of the time before")
    Catalog(path).close()
    assert copies(old) == [f"catalog-{before}.db"]
    kept = path.with_name(f"catalog-{before}.db")
    assert version_of(kept) == before
    kept.replace(path)
    Catalog(path).close()
    assert version_of(path) == SCHEMA


def test_a_workspace_goes_on_with_its_texts_and_reads_none_again(
        old: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(sqlite3.connect(catalog_of(old))) as database:
        ((extractor,),) = database.execute("SELECT DISTINCT extractor FROM content").fetchall()
    monkeypatch.setattr("folderkit.extract.EXTRACTOR_VERSION", extractor)
    monkeypatch.setattr(Extractor, "read", lambda *_: pytest.fail("a text was read again"))
    found = run("find", "违约金", cwd=old)
    assert (found.code, found.err) == (0, "")
    assert "合同.txt" in found.out
    assert "offer.txt" in run("find", "Q-77", cwd=old).out
    assert run("find", "second letter", cwd=old).code == 0
    assert run("find", "gone", cwd=old).code == 1
    assert run("undo", cwd=old).code == 0
    assert run("verify", cwd=old).code == 0


def test_what_is_older_than_any_step_is_made_again_from_the_journal(old: Path, run: Run) -> None:
    with contextlib.closing(sqlite3.connect(catalog_of(old))) as database:
        database.execute(f"PRAGMA user_version = {OLDEST - 1}")
    assert "合同.txt" in run("find", "违约金", cwd=old).out
    assert version_of(catalog_of(old)) == SCHEMA
    assert copies(old) == []


def test_a_damaged_old_catalog_is_made_again_from_the_journal(old: Path, run: Run) -> None:
    with contextlib.closing(sqlite3.connect(catalog_of(old))) as database:
        database.execute("DROP TABLE content")
    assert "合同.txt" in run("find", "违约金", cwd=old).out
    assert version_of(catalog_of(old)) == SCHEMA


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_catalog_of_a_newer_folderkit_is_told_and_left_alone(workspace: Path, run: Run, lang: str) -> None:
    path = catalog_of(workspace)
    assert run("scan").code == 0
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    for command in (("scan",), ("find", "x"), ("log",)):
        told = run(*command, lang=lang)
        assert told.code == 3
        assert "folderkit rebuild" in told.err
        assert str(path) in told.err
    assert path.read_bytes() == before
    assert run("rebuild", lang=lang).code == 0
    assert version_of(path) == SCHEMA


def test_an_open_store_notices_that_a_newer_folderkit_came(project: Path, run: Run, workspace: Path) -> None:
    assert run("scan").code == 0
    with contextlib.closing(Store(open_workspace(workspace, {}), now)) as store:
        with contextlib.closing(sqlite3.connect(catalog_of(workspace))) as database:
            database.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        for _ in range(2):
            with pytest.raises(NewerCatalog), store.batch():
                pytest.fail("it wrote all the same")


def test_a_vault_that_is_not_there_is_told_before_anything_is_migrated(old: Path, run: Run) -> None:
    before = version_of(catalog_of(old))
    (old / ".folderkit" / "vault").rename(old / "elsewhere")
    assert run("scan", cwd=old).code == 3
    assert version_of(catalog_of(old)) == before


KILLED = """
import os, sys
from pathlib import Path
from folderkit.catalog import schema
from folderkit.catalog.catalog import Catalog
at = int(sys.argv[2])
done = 0
def count(*_):
    global done
    done += 1
    if done == at:
        os._exit(9)
real = schema.tune
def tuned(database):
    real(database)
    database.set_trace_callback(count)
schema.tune = tuned
copied = schema._copy
def copy(database, target):
    copied(database, target)
    count()
schema._copy = copy
Catalog(Path(sys.argv[1])).close()
"""


def test_a_kill_at_any_step_leaves_the_old_or_the_new_catalog(old: Path) -> None:
    path = catalog_of(old)
    before = version_of(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        texts = database.execute("SELECT count(*) FROM content").fetchone()
    whole = path.read_bytes()
    codes = []
    for at in range(1, 400, 6):
        for rest in path.parent.glob("catalog*"):
            rest.unlink()
        path.write_bytes(whole)
        codes.append(subprocess.run([sys.executable, "-c", KILLED, str(path), str(at)], check=False,
                                    cwd=REPOSITORY).returncode)
        assert version_of(path) in (before, SCHEMA)
        with contextlib.closing(Catalog(path)) as migrated:
            assert migrated.database.execute("SELECT count(*) FROM content").fetchone() == texts
        assert copies(old) in ([], [f"catalog-{before}.db"])
        if codes[-1] == 0:
            break
    assert codes[-1] == 0
    assert set(codes[:-1]) == {9}
    assert len(codes) > 8
