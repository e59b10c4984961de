"""Bringing back a folder or a project as it was: where files lay then, what they held, and nothing lost."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folderkit.catalog import Catalog
from folderkit.core.project import read_project
from folderkit.core.workspace import open_workspace
from folderkit.operations import reconcile
from folderkit.operations.restore import FolderPlan, apply_aside, apply_in_place, plan_folder
from folderkit.store import Store
from tests.conftest import Run
from tests.trees import make_tree, read_tree

Files = dict[str, bytes]


class World:
    """A project whose scans happen minutes apart, and what lay in it after each."""

    def __init__(self, project: Path) -> None:
        self.folder = project
        self.now = dt.datetime.now(dt.UTC).replace(microsecond=0)  # after the project was made
        self.remembered: list[tuple[str, Files]] = []

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        with Store(open_workspace(self.folder.parent, {}), lambda: self.now) as store:
            yield store

    def files(self) -> Files:
        return {name: data for name, data in read_tree(self.folder).items() if data is not None}

    def scan(self) -> str:
        """Scan, remember, and return the moment as a person writes it."""
        self.now += dt.timedelta(minutes=30)
        with self.store() as store:
            reconcile.scan(store)
        moment = f"{self.now.astimezone():%Y-%m-%d %H:%M:%S}"
        self.remembered.append((moment, self.files()))
        return moment

    def plan(self, path: Path, at: str | None = None, aside: Path | None = None) -> FolderPlan:
        with self.store() as store:
            project = read_project(self.folder)
            return plan_folder(store, project, path, at, aside, [project])

    def restore(self, path: Path, at: str | None = None, aside: Path | None = None) -> dict[str, str]:
        """path → what was done with it"""
        self.now += dt.timedelta(minutes=1)
        plan = self.plan(path, at, aside)
        with self.store() as store:
            result = (apply_in_place if aside is None else apply_aside)(store, plan)
        return {item.path: item.what for item in result.items}


@pytest.fixture
def world(project: Path) -> World:
    return World(project)


def restored(run: Run, *args: str, code: int = 0) -> list[dict[str, Any]]:
    ran = run("restore", *args, "--json")
    assert ran.code == code, ran.err + ran.out
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


# -- as of a moment --------------------------------------------------------------------------------
class _People:
    """Who saves, moves and deletes at random."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self.root, self.rng, self.count = root, rng, 0

    def act(self) -> None:
        files = sorted(path for path in self.root.rglob("*") if path.is_file() and path.name != "project.yaml")
        folders = sorted({path.parent for path in files} - {self.root})
        rng = self.rng
        kind = rng.choice(["new", "new", "save", "save", "move", "delete", "rename folder", "delete folder", "copy"])
        if kind == "new" or not files:
            self._write(self.root / rng.choice("abc") / rng.choice(["", "x", "y/z"]) / f"{rng.randrange(9)}.txt")
        elif kind == "save":
            self._write(rng.choice(files))
        elif kind == "move":
            self._move(rng.choice(files), self.root / rng.choice("abc") / f"moved {rng.randrange(5)}.txt")
        elif kind == "delete":
            rng.choice(files).unlink()
        elif kind == "copy":
            self.root.joinpath("a copy.txt").write_bytes(rng.choice(files).read_bytes())
        elif folders and kind == "rename folder":
            self._move(rng.choice(folders), self.root / f"renamed {rng.randrange(5)}")
        elif folders:
            shutil.rmtree(rng.choice(folders))

    def _write(self, path: Path) -> None:
        self.count += 1
        if not any(parent.is_file() for parent in path.parents) and not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.rng.choice([f"content {self.count}", f"content {self.count}", "", "same"]))

    def _move(self, old: Path, new: Path) -> None:
        if not new.exists() and not new.is_relative_to(old):
            new.parent.mkdir(parents=True, exist_ok=True)
            old.rename(new)


@pytest.mark.parametrize("seed", range(6))
def test_every_moment_of_a_history_comes_back(world: World, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    people = _People(world.folder, rng)
    for _ in range(25):
        for _ in range(rng.randrange(1, 5)):
            people.act()
        world.scan()

    for number, (moment, then) in enumerate(world.remembered):
        aside = tmp_path / f"aside {number}"
        world.restore(world.folder, moment, aside)
        assert {name: data for name, data in read_tree(aside).items() if data is not None} == then
    moment, then = rng.choice(world.remembered)
    before = world.files()
    folder = rng.choice(["a", "b"])
    inner = {name: data for name, data in then.items() if name.startswith(f"{folder}/")}
    if inner:
        world.restore(world.folder / folder, moment)
        assert world.files() == {**before, **inner}
    what = world.restore(world.folder, moment)
    assert world.files() == {**before, **then}
    assert set(what.values()) <= {"made", "replaced", "same"}
    with world.store() as store:
        again = reconcile.scan(store)
        assert not again.changes
        kept = _contents(store)
    assert set(before.values()) <= kept, "what was replaced is kept"
    assert set(world.restore(world.folder, moment).values()) == {"same"}


def _contents(store: Store) -> set[bytes]:
    return {b"".join(store.blobs.read(row.content)) for row in store.catalog.all_versions()}


def test_a_catalog_made_again_knows_the_same_past(world: World, run: Run) -> None:
    people = _People(world.folder, random.Random(99))
    for _ in range(12):
        people.act()
        world.scan()
    moves = "SELECT * FROM move ORDER BY file, entry"
    with contextlib.closing(Catalog(world.folder.parent / ".folderkit" / "catalog.db")) as catalog:
        before = catalog.database.execute(moves).fetchall()
    assert before
    assert run("rebuild").code == 0
    with contextlib.closing(Catalog(world.folder.parent / ".folderkit" / "catalog.db")) as catalog:
        assert catalog.database.execute(moves).fetchall() == before


def test_a_clock_that_was_set_back_loses_nothing(world: World, tmp_path: Path) -> None:
    make_tree(world.folder, {"a/one.txt": "one"})
    world.scan()
    world.now -= dt.timedelta(days=3)
    (world.folder / "a" / "one.txt").rename(world.folder / "two.txt")
    make_tree(world.folder, {"a/new.txt": "new"})
    world.scan()
    world.restore(world.folder, "2999-01-01", tmp_path / "out")
    assert {"two.txt", "a/new.txt"} <= read_tree(tmp_path / "out").keys()
    assert "a/one.txt" not in read_tree(tmp_path / "out")


# -- in its place ----------------------------------------------------------------------------------
@pytest.fixture
def changed(world: World) -> tuple[World, str]:
    """A folder `box` as it was at the moment, and then was changed in every way."""
    make_tree(world.folder, {"box/same.txt": "same", "box/saved.txt": "one", "box/gone.txt": "gone",
                             "box/in/moved.txt": "moved"})
    moment = world.scan()
    make_tree(world.folder, {"box/saved.txt": "two, not scanned", "box/later.txt": "later"})
    (world.folder / "box" / "gone.txt").unlink()
    (world.folder / "box" / "in" / "moved.txt").rename(world.folder / "moved away.txt")
    return world, moment


def test_what_differs_is_replaced_and_what_came_later_stays(changed: tuple[World, str], run: Run) -> None:
    world, moment = changed
    world.scan()
    (world.folder / "box" / "saved.txt").write_text("three, not scanned")
    plan = world.plan(world.folder / "box", moment)
    assert {item.path: item.what for item in plan.items} == {
        "box/same.txt": "same", "box/saved.txt": "replaced", "box/gone.txt": "made", "box/in/moved.txt": "made"}
    assert list(plan.left) == ["box/later.txt"]

    world.restore(world.folder / "box", moment)

    assert {name: data for name, data in world.files().items() if name.startswith(("box", "moved"))} == {
        "box/same.txt": b"same", "box/saved.txt": b"one", "box/gone.txt": b"gone", "box/in/moved.txt": b"moved",
        "box/later.txt": b"later", "moved away.txt": b"moved"}
    history = json.loads(run("history", str(world.folder / "box" / "saved.txt"), "--json").out)
    assert [version["why"] for version in history] == ["scan", "scan", "before-restore", "restore"]
    gone = json.loads(run("history", str(world.folder / "box" / "gone.txt"), "--json").out)
    assert [version["why"] for version in gone] == ["scan", "restore"]
    assert len(json.loads(run("history", str(world.folder / "moved away.txt"), "--json").out)) == 1


def test_a_file_that_is_open_is_left_and_told(changed: tuple[World, str], run: Run) -> None:
    world, moment = changed
    (world.folder / "box" / "~$saved.txt").write_text("me")
    rows = restored(run, str(world.folder / "box"), "--at", moment, code=1)
    assert {row["path"]: row["what"] for row in rows}["box/saved.txt"] == "skipped"
    assert (world.folder / "box" / "saved.txt").read_text() == "two, not scanned"
    assert (world.folder / "box" / "gone.txt").read_text() == "gone"


def test_a_folder_where_a_file_was_is_told(changed: tuple[World, str], run: Run) -> None:
    world, moment = changed
    (world.folder / "box" / "in").rmdir()
    (world.folder / "box" / "in").write_text("a file now")
    (world.folder / "box" / "gone.txt").mkdir()
    rows = {row["path"]: row for row in restored(run, str(world.folder / "box"), "--at", moment, code=1)}
    assert rows["box/in/moved.txt"]["what"] == rows["box/gone.txt"]["what"] == "skipped"
    assert rows["box/in/moved.txt"]["reason"]
    assert (world.folder / "box" / "in").read_text() == "a file now"


def test_times_and_modes(changed: tuple[World, str]) -> None:
    world, moment = changed
    saved, gone = world.folder / "box" / "saved.txt", world.folder / "box" / "gone.txt"
    saved.chmod(0o640)
    with world.store() as store:
        row = store.catalog.file_at(read_project(world.folder).id, "box/gone.txt")
        assert row is not None
        before = store.catalog.versions(row.id)[0].mtime_ns
    world.restore(world.folder / "box", moment)
    assert saved.stat().st_mode & 0o777 == 0o640
    assert gone.stat().st_mtime_ns == before


def test_dry_run_shows_a_table_and_changes_nothing(changed: tuple[World, str], run: Run) -> None:
    world, moment = changed
    before = read_tree(world.folder.parent, private=True)
    ran = run("restore", str(world.folder / "box"), "--at", moment, "--dry-run")
    assert ran.code == 0, ran.err
    assert [line.split()[:2] for line in ran.out.splitlines()[:5]] == [
        ["WHAT", "PATH"], ["made", "box/gone.txt"], ["made", "box/in/moved.txt"], ["replaced", "box/saved.txt"],
        ["left", "box/later.txt"]]
    assert ran.err == "Nothing was changed.\n"
    after = read_tree(world.folder.parent, private=True)
    assert {name for name in before if "catalog" not in name and before[name] != after.get(name)} == set()
    chinese = run("restore", str(world.folder / "box"), "--at", moment, lang="zh")
    assert chinese.code == 0
    assert "保留  box/later.txt" in chinese.out


def test_many_files_go_in_several_batches(world: World) -> None:
    make_tree(world.folder, {f"many/{number % 7}/{number}.txt": f"{number}" for number in range(450)})
    moment = world.scan()
    shutil.rmtree(world.folder / "many" / "3")
    for number in range(0, 450, 2):
        if number % 7 != 3:
            (world.folder / "many" / str(number % 7) / f"{number}.txt").write_text("other")
    world.restore(world.folder / "many", moment)
    assert world.files() == world.remembered[-1][1]


# -- gone ------------------------------------------------------------------------------------------
def test_a_folder_that_is_gone_comes_back_as_it_was_last(world: World, run: Run) -> None:
    make_tree(world.folder, {"box/a.txt": "a", "box/old.txt": "deleted long before", "box/in/b.txt": "b"})
    world.scan()
    (world.folder / "box" / "old.txt").unlink()
    (world.folder / "box" / "a.txt").write_text("a2")
    last = world.scan()
    shutil.rmtree(world.folder / "box")
    world.scan()
    assert run("restore", str(world.folder / "box"), "--dry-run").code == 0
    world.restore(world.folder / "box")
    assert world.files() == dict(world.remembered)[last]


def test_a_folder_that_is_gone_and_nobody_has_noticed(world: World) -> None:
    make_tree(world.folder, {"box/a.txt": "a", "box/in/b.txt": "b"})
    world.scan()
    shutil.rmtree(world.folder / "box")
    world.restore(world.folder / "box")
    assert world.files() == world.remembered[-1][1]


def test_a_folder_that_is_there_needs_a_date(world: World, run: Run) -> None:
    make_tree(world.folder, {"box/a.txt": "a"})
    world.scan()
    ran = run("restore", str(world.folder / "box"))
    assert ran.code == 2
    assert "--at" in ran.err
    assert run("restore", str(world.folder / "box"), "--at", "1999-01-01").code == 2
    assert run("restore", str(world.folder / "never"), "--at", "2026-12-31").code == 2
    (world.folder / "box").rename(world.folder / "other")
    world.scan()
    moved = run("restore", str(world.folder / "box"))
    assert moved.code == 2
    assert "--at" in moved.err


def test_a_whole_project_that_is_gone(world: World, run: Run, workspace: Path) -> None:
    make_tree(world.folder, {"box/a.txt": "a"})
    world.scan()
    before = read_tree(world.folder)
    shutil.rmtree(world.folder)
    run("scan")
    rows = restored(run, str(world.folder))
    assert {row["what"] for row in rows} == {"made"}
    assert read_tree(world.folder) == before
    assert json.loads(run("scan", "--json").out) == []
    assert len(json.loads(run("list", "--json").out)) == 1


# -- aside -----------------------------------------------------------------------------------------
def test_to_a_new_folder_outside_of_projects(changed: tuple[World, str], run: Run, tmp_path: Path) -> None:
    world, moment = changed
    before = read_tree(world.folder)
    target = tmp_path / "new" / "er"
    restored(run, str(world.folder / "box"), "--at", moment, "--to", str(target))
    assert read_tree(target) == {"same.txt": b"same", "saved.txt": b"one", "gone.txt": b"gone", "in": None,
                                 "in/moved.txt": b"moved"}
    assert target.joinpath("same.txt").stat().st_mtime_ns == world.folder.joinpath("box/same.txt").stat().st_mtime_ns
    assert read_tree(world.folder) == before
    refused = run("restore", str(world.folder / "box"), "--at", moment, "--to", str(target))
    assert refused.code == 3
    assert "not empty" in refused.err
    assert read_tree(tmp_path / "new").keys() == {"er", *(f"er/{name}" for name in read_tree(target))}


def test_to_an_empty_folder_and_without_a_date(changed: tuple[World, str], run: Run, tmp_path: Path) -> None:
    world, _ = changed
    (tmp_path / "empty").mkdir()
    restored(run, str(world.folder), "--to", str(tmp_path / "empty"))
    with_content = {name: data for name, data in read_tree(tmp_path / "empty").items() if data is not None}
    assert with_content == world.remembered[-1][1]


def test_into_another_project(changed: tuple[World, str], run: Run, workspace: Path) -> None:
    world, moment = changed
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    restored(run, str(world.folder / "box"), "--at", moment, "--to", str(second / "from first"))
    history = json.loads(run("history", str(second / "from first" / "saved.txt"), "--json").out)
    assert [version["why"] for version in history] == ["restore"]
    assert [row for row in json.loads(run("scan", "--json").out) if row["path"].startswith("from first")] == []


def test_a_link_or_a_file_is_no_place(changed: tuple[World, str], run: Run, tmp_path: Path) -> None:
    world, moment = changed
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        assert run("restore", str(world.folder / "box"), "--at", moment, "--to", str(tmp_path / name)).code == 3
    assert (tmp_path / "file").read_text() == "mine"


# -- damage ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("aside", [False, True])
def test_what_is_damaged_in_the_vault_is_told_and_the_rest_comes_back(
    world: World, run: Run, tmp_path: Path, *, aside: bool
) -> None:
    bad = random.Random(1).randbytes(30_000)
    make_tree(world.folder, {"box/bad.bin": bad, "box/good.txt": "good", "box/big.bin": os.urandom(17 << 20)})
    world.scan()
    big = (world.folder / "box" / "big.bin").read_bytes()
    _flip(world.folder.parent / ".folderkit" / "vault", bad[1000:1032])
    shutil.rmtree(world.folder / "box")
    to = ["--to", str(tmp_path / "out")] if aside else []
    rows = {row["path"]: row for row in restored(run, str(world.folder / "box"), *to, code=1)}
    assert {path: row["what"] for path, row in rows.items()} == {
        "box/bad.bin": "damaged", "box/good.txt": "made", "box/big.bin": "made"}
    assert "damaged" in rows["box/bad.bin"]["reason"]
    assert read_tree(tmp_path / "out" if aside else world.folder / "box") == {"good.txt": b"good", "big.bin": big}


def _flip(vault: Path, at: bytes) -> None:
    for pack in vault.glob("packs/*/*.pack"):
        data = bytearray(pack.read_bytes())
        place = data.find(at)
        if place >= 0:
            data[place] ^= 1
            pack.write_bytes(data)
            return
    raise AssertionError("it is not stored as it is")
