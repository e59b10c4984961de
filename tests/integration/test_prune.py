"""Old versions go by policy, never what must stay; their room comes free, whatever interrupts that."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from pathlib import Path

import pytest

from folderkit.core import events
from folderkit.core.errors import Refused
from folderkit.core.workspace import Workspace, open_workspace
from folderkit.operations.overview import list_projects
from folderkit.operations.prune import apply_prune, plan_prune
from folderkit.operations.reconcile import scan
from folderkit.operations.verify import verify
from folderkit.store import Store, rebuild
from folderkit.vault import packset
from tests.conftest import Run
from tests.trees import make_tree
from tests.unit.test_cutting import MEMBERS, noise, zipped

START = dt.datetime(2025, 1, 1, 9, tzinfo=dt.UTC)
PROJECT = "project: {name: A, code: P1}\nclient: {name: B}\nfolderkit: {id: 0123456789ab, skeleton: small}\n"
SKELETON = """id: small
version: 1
title: Small
folder: '{project.name}'
questions: {project.name: {required: true}, client.name: {required: true}}
tree:
  - {id: contracts, name: Contracts, keep: all}
  - {id: drafts, name: Drafts, keep: {daily: 5d, last: 2}}
"""


class World:
    """A workspace whose clock is moved by hand."""

    def __init__(self, root: Path, settings: str = "id: abc") -> None:
        self.now = START
        make_tree(root, {"folderkit.yaml": f"{settings}\nkeep: {{all: 10d, daily: 60d, weekly: always, last: 3}}\n",
                         "skeletons/small/skeleton.yaml": SKELETON, "P/project.yaml": PROJECT,
                         "P/Contracts/c.txt": "0", "P/Drafts/d.txt": "0"})
        self.workspace: Workspace = open_workspace(root, {})
        self.folder = root / "P"
        self.save(0)

    def store(self) -> Store:
        return Store(self.workspace, lambda: self.now)

    def save(self, days: float, **files: str | bytes) -> None:
        self.now += dt.timedelta(days=days)
        make_tree(self.folder, dict(files))
        with contextlib.closing(self.store()) as store:
            scan(store)

    def prune(self) -> int:
        with contextlib.closing(self.store()) as store:
            projects, _ = list_projects(self.workspace)
            return apply_prune(store, plan_prune(store, projects, self.now))

    def kept(self, path: str) -> list[int]:
        with contextlib.closing(self.store()) as store:
            file = store.catalog.file_at("0123456789ab", path)
            assert file is not None
            for version in store.catalog.versions(file.id):
                if not version.pruned:
                    assert sum(map(len, store.blobs.read(version.content))) == version.size
            return [version.number for version in store.catalog.versions(file.id) if not version.pruned]

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.workspace.vault / "packs").glob("*/*.pack"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(packset, "PACK_BYTES", 300_000)
    root = tmp_path / "w"
    root.mkdir()
    return World(root)


def test_each_folder_has_its_policy(world: World) -> None:
    for day in range(30):
        text = f"day {day} " * 50
        world.save(1, **{"Contracts/c.txt": text, "Drafts/d.txt": text, "other.txt": text})
    world.prune()
    assert world.kept("Contracts/c.txt") == list(range(1, 32))
    assert world.kept("Drafts/d.txt") == [1, 27, 28, 29, 30, 31]
    assert world.kept("other.txt") == list(range(1, 31))  # daily for 60 days
    world.now += dt.timedelta(days=400)
    world.prune()
    assert world.kept("Contracts/c.txt") == list(range(1, 32))
    assert world.kept("Drafts/d.txt") == [1, 30, 31]
    assert world.kept("other.txt")[0] == 1
    assert world.kept("other.txt")[-3:] == [28, 29, 30]
    assert len(world.kept("other.txt")) < 10
    assert verify(world.workspace, every_byte=True).findings == []


def test_room_comes_free_and_what_is_shared_stays(world: World) -> None:
    for turn in range(20):
        members = {**MEMBERS, "word/document.xml": noise(40_000, turn)}
        world.save(0.01, **{"Drafts/d.docx": zipped(members), "Drafts/e.bin": noise(50_000, 100 + turn),
                            "copy.bin": noise(50_000, 105)})
    before = world.bytes()
    world.now += dt.timedelta(days=100)
    with contextlib.closing(world.store()) as store:
        plan = plan_prune(store, list_projects(world.workspace)[0], world.now)
    freed = world.prune()
    assert abs(before - world.bytes() - freed) < 20_000
    assert freed > before / 3
    assert plan.free == freed
    assert world.kept("Drafts/e.bin") == [1, 19, 20]
    assert world.kept("copy.bin") == [1]  # the content of a version that was let go of another file
    assert verify(world.workspace, every_byte=True).findings == []
    assert world.prune() == 0
    with contextlib.closing(world.store()) as store:
        before_rebuild = list(store.catalog.all_versions())
    (world.workspace.state / "catalog.db").unlink()
    with contextlib.closing(world.store()) as store:
        assert list(store.catalog.all_versions()) == before_rebuild


def test_what_is_pinned_stays(world: World) -> None:
    for turn in range(10):
        world.save(1, **{"Drafts/d.txt": f"{turn}" * 100})
    with contextlib.closing(world.store()) as store:
        file = store.catalog.file_at("0123456789ab", "Drafts/d.txt")
        assert file is not None
        with store.batch() as batch:
            batch.add(events.VersionPinned("0123456789ab", file.id, 4, "signed"))
    world.now += dt.timedelta(days=900)
    world.prune()
    assert world.kept("Drafts/d.txt") == [1, 4, 10, 11]


def test_files_that_are_gone_keep_their_last_version(world: World) -> None:
    for turn in range(10):
        world.save(1, **{"Drafts/d.txt": f"{turn}" * 100})
    (world.folder / "Drafts" / "d.txt").unlink()
    world.save(900)
    world.prune()
    assert world.kept("Drafts/d.txt") == [1, 10, 11]


def test_another_workspace_on_the_vault_loses_nothing(world: World, tmp_path: Path) -> None:
    """Both wrote the same contents; one lets them go."""
    other_root = tmp_path / "other"
    other_root.mkdir()
    other = World(other_root, f"id: other\nvault: '{world.workspace.vault}'")
    watching = other.store()  # open all the time, as a watch is
    for turn in range(8):
        files = {"Drafts/d.bin": noise(60_000, turn)}
        world.save(1, **files)
        other.save(1, **files)
    with watching.batch() as batch:
        assert batch.keep(other.folder / "Drafts" / "d.bin").size == 60_000
    world.now += dt.timedelta(days=900)
    world.prune()
    assert world.kept("Drafts/d.bin") == [1, 7, 8]
    assert other.kept("Drafts/d.bin") == list(range(1, 9))
    (other.folder / "again.bin").write_bytes(noise(60_000, 2))
    with contextlib.closing(watching):
        scan(watching)
    assert verify(other.workspace, every_byte=True).findings == []
    assert verify(world.workspace, every_byte=True).findings == []


def test_a_damaged_vault_is_left_as_it_is(world: World) -> None:
    for turn in range(8):
        world.save(1, **{"Drafts/d.bin": noise(60_000, turn), "x.bin": noise(30_000, 50 + turn)})
    with contextlib.closing(world.store()) as store:
        file = store.catalog.file_at("0123456789ab", "x.bin")
        assert file is not None
        digest = bytes.fromhex(store.catalog.versions(file.id)[0].content)  # the first one stays
        (place,) = store.blobs.packs.find([digest]).values()
    pack = world.workspace.vault / "packs" / place.pack
    data = bytearray(pack.read_bytes())
    data[place.offset + 100] ^= 1
    pack.write_bytes(data)
    world.now += dt.timedelta(days=900)
    freed = world.prune()
    assert freed > 0
    assert pack.read_bytes() == data  # others are swept; what is damaged may be mended yet
    touched = {row.path for found in verify(world.workspace, every_byte=True).findings for row in found.touches}
    assert touched == {"x.bin"}


@pytest.mark.parametrize("harm", ["pack", "list"])
def test_nothing_is_removed_while_something_is_missing(world: World, harm: str) -> None:
    for turn in range(8):
        world.save(1, **{"Drafts/d.bin": noise(60_000, turn), "x.bin": noise(60_000, 50 + turn)})
    with contextlib.closing(world.store()) as store:
        file = store.catalog.file_at("0123456789ab", "x.bin")
        assert file is not None
        (place,) = store.blobs.packs.find([bytes.fromhex(store.catalog.versions(file.id)[0].content)]).values()
    pack = world.workspace.vault / "packs" / place.pack
    if harm == "pack":
        pack.unlink()
    else:
        data = bytearray(pack.read_bytes())
        data[place.offset + 100] ^= 1  # of the list of its pieces, which must not seem to be needed by nothing
        pack.write_bytes(data)
    before = world.bytes()
    world.now += dt.timedelta(days=900)
    with pytest.raises(Refused, match="damaged"):
        world.prune()
    assert world.bytes() == before


def test_the_command(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in range(8):
        world.save(1, **{"Drafts/d.bin": noise(60_000, turn)})
    monkeypatch.chdir(world.folder)
    planned = run("prune", "--dry-run")
    assert planned.code == 0
    assert "5 versions to let go" in planned.out
    assert "Nothing was changed" in planned.err
    assert len(json.loads(run("prune", "--dry-run", "--json").out)) == 5
    assert run("prune").code == 2  # nobody is there to be asked
    assert "--yes" in run("prune").err
    done = run("--lang", "zh", "prune", "P1", "--yes")
    assert done.code == 0
    assert "清理了 5 个版本" in done.out
    history = run("history", "Drafts/d.bin")
    assert history.out.count("let go") == 5
    refused = run("restore", "Drafts/d.bin", "--version", "3")
    assert refused.code == 3
    assert "let go" in refused.err
    assert json.loads(run("prune", "--yes", "--json").out) == {"versions": 0, "bytes": 0}
    assert "version let go" in run("log").out
    assert run("restore", "Drafts/d.bin", "--version", "1").code == 0


# -- clocks ----------------------------------------------------------------------------------------
def test_a_clock_that_is_set_back_and_forth(world: World) -> None:
    """Versions are numbered as they came; the one that lies in the future is not let go for its age."""
    for number, days in enumerate((5, -3, 400, -800, 0.1, 200), 1):
        world.save(days, **{"other.txt": f"{number}" * 100})
    with contextlib.closing(world.store()) as store:
        file = store.catalog.file_at("0123456789ab", "other.txt")
        assert file is not None
        versions = store.catalog.versions(file.id)
        assert [b"".join(store.blobs.read(version.content))[:1] for version in versions] == [b"1", b"2", b"3", b"4",
                                                                                               b"5", b"6"]
        assert [version.number for version in versions] == [1, 2, 3, 4, 5, 6]
        assert len({version.at for version in versions}) == 6
    world.prune()
    assert {1, 4, 5, 6} <= set(world.kept("other.txt")), "the first and the last three stay"
    with contextlib.closing(rebuild(world.workspace, lambda: world.now)) as again:
        file = again.catalog.file_at("0123456789ab", "other.txt")
        assert file is not None
        assert b"".join(again.blobs.read(file.content))[:1] == b"6"
    assert verify(world.workspace, every_byte=True).findings == []


def test_two_hosts_whose_clocks_are_apart_share_a_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packset, "PACK_BYTES", 300_000)
    worlds = []
    for name, ahead in (("one", 0), ("two", 3)):
        (tmp_path / name).mkdir()
        worlds.append(World(tmp_path / name, f"id: {name}\nvault: '{tmp_path / 'vault'}'"))
        worlds[-1].now += dt.timedelta(days=ahead)
    for turn in range(12):
        for world in worlds:
            world.save(0.5, **{"Drafts/d.bin": noise(60_000, turn)})  # the same contents in both
        worlds[0].save(0, **{"Drafts/own.bin": noise(30_000, 1000 + turn)})
    worlds[0].now += dt.timedelta(days=300)
    worlds[0].prune()
    assert len(worlds[0].kept("Drafts/d.bin")) < 12
    worlds[1].save(0, **{"later.txt": "later"})
    assert worlds[1].kept("Drafts/d.bin") == list(range(1, 13)), "what another host needs stays"
    for world in worlds:
        assert verify(world.workspace, every_byte=True).findings == []
