"""Backups with real folders: copied, completed, verified, restored, and never spoilt by a damaged vault."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
from pathlib import Path

import pytest

from folderkit.core.errors import Refused
from folderkit.core.workspace import Workspace, open_workspace
from folderkit.operations.backup.place import MANIFEST, Manifest, find_backup, place_in, read_manifest
from folderkit.operations.backup.plan import plan_backup
from folderkit.operations.backup.restore import MARK, apply_restore, plan_restore
from folderkit.operations.backup.run import Backup, back_up
from folderkit.operations.backup.verify import verify_backup
from folderkit.operations.reconcile import scan
from folderkit.operations.verify import verify
from folderkit.store import Store
from folderkit.vault import packset
from tests.integration.test_prune import World
from tests.trees import make_tree, read_tree
from tests.unit.test_cutting import MEMBERS, noise, zipped

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PROJECT = "project: {{name: {0}, code: {0}}}\nclient: {{name: B}}\nfolderkit: {{id: {1}}}\n"


def workspace_at(root: Path, identity: str = "abc", settings: str = "") -> Workspace:
    make_tree(root, {"folderkit.yaml": f"id: {identity}\n{settings}", "templates/t/template.yaml": "title: T\n",
                     "P/project.yaml": PROJECT.format("A1", "0123456789ab"), "P/a.txt": "one", "P/sub/b.txt": "b"})
    return open_workspace(root, {})


def scanned(workspace: Workspace, **files: str | bytes) -> None:
    make_tree(workspace.root / "P", files)
    with contextlib.closing(Store(workspace, lambda: NOW)) as store:
        scan(store)


def run(workspace: Workspace, target: Path) -> Backup:
    with contextlib.closing(Store(workspace, lambda: NOW)) as store:
        return back_up(store, place_in(target, workspace))


def manifest_of(place: Path) -> Manifest:
    found = read_manifest(place)
    assert found is not None
    return found


def restored(place: Path, root: Path) -> Workspace:
    done = apply_restore(plan_restore(place, root, {}), {})
    assert done.missed == []
    return open_workspace(root, {})


def same_files(one: Workspace, other: Workspace) -> None:
    assert read_tree(one.root) == read_tree(other.root)
    times = [{path.relative_to(root): path.stat().st_mtime_ns for path in (root / "P").rglob("*") if path.is_file()}
             for root in (one.root, other.root)]
    assert times[0] == times[1]


@pytest.fixture
def ours(tmp_path: Path) -> Workspace:
    return workspace_at(tmp_path / "ours")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


@pytest.fixture
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packset, "PACK_BYTES", 100_000)


# -- copying ---------------------------------------------------------------------------------------
def test_all_is_copied_and_comes_back(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours, **{"c.docx": zipped(MEMBERS), "big.bin": noise(200_000)})
    os.utime(ours.root / "P" / "a.txt", ns=(10**18 + 123_456_789, 10**18 + 123_456_789))
    scanned(ours, **{"sub/b.txt": "b2"})
    (ours.root / "P" / "a.txt").write_text("another")
    os.utime(ours.root / "P" / "a.txt", ns=(10**18 + 1, 10**18 + 1))
    (ours.root / "P" / "sub" / "b.txt").rename(ours.root / "P" / "moved.txt")
    (ours.root / "P" / "sub").rmdir()
    (ours.root / "P" / "big.bin").unlink()
    scanned(ours)
    done = run(ours, target)
    assert done.findings == []
    assert verify_backup(done.place).findings == []
    theirs = restored(done.place, tmp_path / "theirs")
    same_files(ours, theirs)
    assert not (theirs.root / MARK).exists()
    with contextlib.closing(Store(theirs, lambda: NOW)) as store:
        assert scan(store).changes == []
        assert len(store.catalog.versions(store.catalog.file_at("0123456789ab", "moved.txt").id)) == 2  # type: ignore[union-attr]
        assert (theirs.vault / "journal").stat().st_mode
    assert verify(theirs, every_byte=True).findings == []
    again = run(theirs, target)  # it goes on with the backup
    assert again.place == done.place
    assert again.findings == []


def test_only_what_is_new_is_copied(ours: Workspace, target: Path, small_packs: None) -> None:
    scanned(ours, **{f"n{number}.bin": noise(60_000, number) for number in range(6)})
    first = run(ours, target)
    kept = {path: path.stat().st_ino for path in first.place.rglob("*.pack")}
    scanned(ours, **{"late.bin": noise(60_000, 99)})
    with contextlib.closing(Store(ours, lambda: NOW)) as store:
        plan = plan_backup(store, first.place)
    second = run(ours, target)
    assert 0 < second.copied_bytes < first.copied_bytes / 2
    assert second.copied == len(plan.copy)
    same = [path for path, inode in kept.items() if path.stat().st_ino == inode]
    assert len(same) >= len(kept) - 1
    assert verify_backup(second.place).findings == []
    assert run(ours, target).copied == 1  # the line that says that a backup was made


def test_the_catalog_knows_of_it(ours: Workspace, target: Path) -> None:
    scanned(ours)
    done = run(ours, target)
    with contextlib.closing(Store(ours, lambda: NOW)) as store:
        last = store.catalog.last_backup()
        assert last is not None
        assert (last.place, last.at, last.damaged) == (str(done.place), NOW, 0)
        assert last.number == done.manifest.ends["abc"][0] == store.journal.end().number - 1


def test_own_files_are_kept_as_they_were_until_all_is_written(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours)
    first = run(ours, target)
    assert run(ours, target).manifest.own == first.manifest.own
    make_tree(ours.root, {"skeletons/s/skeleton.yaml": "x: 1\n", "templates/t/~$open.docx": "lock"})
    second = run(ours, target)
    assert second.manifest.own != first.manifest.own
    assert not (second.place / first.manifest.own).exists()
    theirs = restored(second.place, tmp_path / "theirs")
    assert (theirs.root / "skeletons/s/skeleton.yaml").read_text() == "x: 1\n"
    assert not (theirs.root / "templates/t/~$open.docx").exists()


def test_two_workspaces_into_one_folder(ours: Workspace, target: Path, tmp_path: Path) -> None:
    other = workspace_at(tmp_path / "other" / "ours", "def")  # of the same name
    scanned(ours)
    scanned(other, **{"a.txt": "theirs"})
    places = {run(ours, target).place, run(other, target).place, run(ours, target).place}
    assert len(places) == 2
    for place in places:
        assert verify_backup(place).findings == []
    assert (restored(run(other, target).place, tmp_path / "back").root / "P/a.txt").read_text() == "theirs"


def test_a_renamed_workspace_goes_on_with_its_backup(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours)
    place = run(ours, target).place
    ours.root.rename(tmp_path / "renamed")
    assert run(open_workspace(tmp_path / "renamed", {}), target).place == place


def test_a_vault_of_two_workspaces(target: Path, tmp_path: Path) -> None:
    vault = f"vault: '{tmp_path / 'vault'}'\n"
    one, two = workspace_at(tmp_path / "one", "one", vault), workspace_at(tmp_path / "two", "two", vault)
    scanned(one)
    scanned(two, **{"a.txt": "of two"})
    place = run(two, target).place
    assert set(manifest_of(place).ends) == {"one", "two"}
    assert verify_backup(place).findings == []
    theirs = restored(place, tmp_path / "back")
    assert (theirs.root / "P/a.txt").read_text() == "of two"
    assert theirs.vault.is_relative_to(theirs.root)
    assert (theirs.root / "folderkit.yaml").read_text() == f"id: two\n# {vault}"
    with contextlib.closing(Store(theirs, lambda: NOW)) as store:
        assert scan(store).changes == []
    assert verify(theirs, every_byte=True).findings == []


def test_more_than_one_segment(ours: Workspace, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from folderkit.vault import journal

    monkeypatch.setattr(journal, "SEGMENT_LINES", 3)
    for turn in range(7):
        scanned(ours, **{"a.txt": f"turn {turn}"})
        place = run(ours, target).place
    assert len(list(place.rglob("*.jsonl"))) > 3
    assert verify_backup(place).findings == []
    same_files(ours, restored(place, tmp_path / "theirs"))


# -- what may not be -------------------------------------------------------------------------------
def test_where_a_backup_may_not_lie(ours: Workspace, tmp_path: Path) -> None:
    scanned(ours)
    outside = workspace_at(tmp_path / "o", "o", f"vault: '{tmp_path / 'vaults' / 'v'}'\n")
    scanned(outside)
    for workspace, target in ((ours, ours.root), (ours, ours.root / "P"), (ours, ours.vault), (ours, tmp_path / "none"),
                              (outside, outside.vault), (outside, tmp_path / "vaults"), (outside, ours.root)):
        with pytest.raises(Refused):
            place_in(target, workspace)


def test_a_copy_of_the_workspace_does_not_write_over_its_backup(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours)
    run(ours, target)
    shutil.copytree(ours.root, tmp_path / "copy")
    scanned(ours, **{"a.txt": "ours goes on"})
    run(ours, target)
    copy = open_workspace(tmp_path / "copy", {})
    before = read_tree(target)
    with pytest.raises(Refused, match="holds what the vault does not"):
        run(copy, target)  # behind
    scanned(copy, **{"a.txt": "so does", "d.txt": "the", "e.txt": "copy"})
    with pytest.raises(Refused, match="holds what the vault does not"):
        run(copy, target)  # gone another way
    assert read_tree(target) == before


def test_a_disk_that_is_not_there(ours: Workspace, target: Path) -> None:
    scanned(ours)
    place = run(ours, target).place
    shutil.rmtree(place)  # as when the folder is the point where a disk is mounted
    with pytest.raises(Refused, match="not at"):
        run(ours, target)
    place.mkdir()
    assert run(ours, target).copied > 1


def test_two_runs_at_once(ours: Workspace, target: Path) -> None:
    from folderkit.core.lock import Lock

    scanned(ours)
    lock = Lock(ours.state / "backup.lock")
    with lock, pytest.raises(Refused, match="Another backup"):
        run(ours, target)
    run(ours, target)


def test_restoring_to_a_place_that_is_taken(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours)
    place = run(ours, target).place
    make_tree(tmp_path / "full", {"mine.txt": "mine"})
    for root in (tmp_path / "full", ours.root, ours.root / "inner", place / "inner", tmp_path / "full" / "mine.txt"):
        with pytest.raises(Refused):
            plan_restore(place, root, {})
    (tmp_path / "empty").mkdir()
    same_files(ours, restored(place, tmp_path / "empty"))


# -- interrupted -----------------------------------------------------------------------------------
def test_a_run_that_did_not_end_is_completed(ours: Workspace, target: Path, small_packs: None, tmp_path: Path) -> None:
    scanned(ours, **{f"n{number}.bin": noise(60_000, number) for number in range(4)})
    place = run(ours, target).place
    old = (place / MANIFEST).read_bytes()
    before = restored(place, tmp_path / "before")
    scanned(ours, **{"late.bin": noise(160_000, 9), "a.txt": b"late"})
    (ours.root / "templates/t/template.yaml").write_text("title: late\n")
    run(ours, target)
    (place / MANIFEST).write_bytes(old)  # all but the last step
    shutil.copytree(place / "workspace-2", place / "workspace-1")
    (place / "workspace-1/templates/t/template.yaml").write_text("title: T\n")
    make_tree(place, {"vault/packs/ab/.~folderkit-x.tmp": "x", "vault/journal/abc/.~folderkit-y.tmp": "y"})
    assert verify_backup(place).findings == []
    same_files(before, restored(place, tmp_path / "still"))
    run(ours, target)
    assert verify_backup(place).findings == []
    assert not list(place.rglob(".~*"))
    same_files(ours, restored(place, tmp_path / "theirs"))


def test_a_restore_goes_on_where_it_stopped(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    place = run(ours, target).place
    root = tmp_path / "theirs"
    restored(place, root)
    (root / MARK).write_text("abc")
    (root / "folderkit.yaml").unlink()
    (root / "P/a.txt").unlink()
    shutil.rmtree(root / ".folderkit/vault/packs")
    same_files(ours, restored(place, root))
    (root / MARK).write_text("abc")
    (root / "folderkit.yaml").unlink()
    (root / "P/a.txt").write_text("a person was faster")
    with pytest.raises(Refused, match="Something else"):
        restored(place, root)
    assert (root / "P/a.txt").read_text() == "a person was faster"


# -- packs that go ---------------------------------------------------------------------------------
def test_packs_leave_when_all_is_there_without_them(ours: Workspace, target: Path, small_packs: None) -> None:
    scanned(ours, **{"c.bin": noise(150_000)})
    place = run(ours, target).place
    (pack,) = [path for path in (ours.vault / "packs").rglob("*.pack") if path.stat().st_size > 100_000]
    shelf = ours.vault / "packs" / "zz"
    shelf.mkdir()
    shutil.copy(pack, shelf / pack.name)  # what a prune does: first the new pack, then a mark, then the old one goes
    (ours.vault / "removed").write_text("mark")
    pack.unlink()
    done = run(ours, target)
    assert done.removed == 1
    assert done.findings == []
    assert not list(place.glob(f"vault/packs/{pack.parent.name}/{pack.name}"))
    assert (place / "vault/removed").read_text() == "mark"
    assert verify_backup(place).findings == []


def test_what_a_prune_let_go_leaves_the_backup(target: Path, tmp_path: Path, small_packs: None) -> None:
    world = World(tmp_path / "pruned")
    for day in range(30):
        world.save(1, **{"Drafts/d.txt": noise(20_000, day)})
    place = run(world.workspace, target).place
    before = read_manifest(place)
    world.now += dt.timedelta(days=100)
    assert world.prune() > 0
    done = run(world.workspace, target)
    assert done.removed > 0
    assert done.findings == []
    assert before is not None
    assert done.manifest.size < before.size
    assert verify_backup(place).findings == []
    theirs = restored(place, tmp_path / "theirs")
    assert verify(theirs, every_byte=True).findings == []
    assert read_tree(theirs.root) == read_tree(world.workspace.root)


def test_a_pack_that_was_lost_stays_in_the_backup(ours: Workspace, target: Path, small_packs: None, tmp_path: Path
                                                  ) -> None:
    scanned(ours, **{"c.bin": noise(150_000)})
    run(ours, target)
    (pack,) = [path for path in (ours.vault / "packs").rglob("*.pack") if path.stat().st_size > 100_000]
    pack.unlink()
    for _ in range(2):
        done = run(ours, target)
        assert done.removed == 0
        assert {row.path for finding in done.findings for row in finding.touches} >= {"c.bin"}
        assert all(done.saved)
        assert verify_backup(done.place).findings == []
    theirs = restored(done.place, tmp_path / "theirs")
    assert (theirs.root / "P/c.bin").read_bytes() == noise(150_000)


# -- damage ----------------------------------------------------------------------------------------
def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_damaged_pack_does_not_replace_a_good_one(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    run(ours, target)
    scanned(ours, **{"d.bin": noise(50_000, 2)})
    (pack,) = (ours.vault / "packs").rglob("*.pack")
    _flip(pack, 1000)
    done = run(ours, target)
    assert {row.path for finding in done.findings for row in finding.touches} == {"c.bin"}
    assert done.saved == [True]
    assert verify_backup(done.place).findings == []
    theirs = restored(done.place, tmp_path / "theirs")
    assert (theirs.root / "P/c.bin").read_bytes() == noise(50_000)
    assert (theirs.root / "P/d.bin").read_bytes() == noise(50_000, 2)


def test_a_pack_cut_in_the_vault_stays_whole_in_the_backup(ours: Workspace, target: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    run(ours, target)
    (pack,) = (ours.vault / "packs").rglob("*.pack")
    os.truncate(pack, 30_000)
    done = run(ours, target)
    assert {row.path for finding in done.findings for row in finding.touches} >= {"c.bin"}
    assert all(done.saved)
    assert verify_backup(done.place).findings == []


def test_what_is_damaged_from_the_first_is_copied_and_told(ours: Workspace, target: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    (pack,) = (ours.vault / "packs").rglob("*.pack")
    good = pack.read_bytes()
    _flip(pack, 1000)
    done = run(ours, target)
    assert {row.path for finding in done.findings for row in finding.touches} == {"c.bin"}
    assert done.saved == [False]
    with contextlib.closing(Store(ours, lambda: NOW)) as store:
        assert store.catalog.last_backup().damaged == 1  # type: ignore[union-attr]
    found = verify_backup(done.place)
    assert {row.path for finding in found.findings for row in finding.touches} == {"c.bin"}
    assert run(ours, target).saved == [False]  # until it is mended
    pack.write_bytes(good)
    assert run(ours, target).findings == []
    assert verify_backup(done.place).findings == []


def test_a_damaged_journal_in_the_vault(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    place = run(ours, target).place
    scanned(ours, **{"d.txt": "d"})
    (segment,) = (ours.vault / "journal").rglob("*.jsonl")
    _flip(segment, segment.read_bytes().index(b"c.bin"))
    done = run(ours, target)
    assert {row.path for finding in done.findings for row in finding.touches} == {"c.bin"}
    assert verify_backup(place).findings == []
    assert (restored(place, tmp_path / "theirs").root / "P/c.bin").exists()


def test_each_flip_in_a_backup_is_found_and_named(ours: Workspace, target: Path) -> None:
    scanned(ours, **{"c.docx": zipped(MEMBERS), "d.bin": noise(30_000)})
    place = run(ours, target).place
    files = [path for path in sorted(place.rglob("*")) if path.is_file()]
    for path in files:
        good = path.read_bytes()
        for turn in range(25):
            _flip(path, turn * 7919 % len(good))
            found = verify_backup(place)
            assert found.findings, (path, turn)
            assert {finding.file for finding in found.findings} == {path}, (path, turn)
            path.write_bytes(good)
        for bad in (good[: len(good) // 2], b""):
            path.write_bytes(bad)
            assert verify_backup(place).findings, path
        if path.name != MANIFEST:
            path.unlink()
            found = verify_backup(place)
            assert found.findings, path
            if path.suffix == ".pack":
                assert {row.path for finding in found.findings for row in finding.touches} >= {"c.docx", "d.bin"}
        path.write_bytes(good)
    assert verify_backup(place).findings == []


def test_a_flip_in_a_journal_line_names_its_version(ours: Workspace, target: Path) -> None:
    scanned(ours, **{"d.bin": noise(30_000)})
    place = run(ours, target).place
    (segment,) = place.rglob("*.jsonl")
    _flip(segment, segment.read_bytes().index(b'"why":"scan"') + 8)
    found = verify_backup(place)
    assert len({row.path for finding in found.findings for row in finding.touches}) == 1


def test_what_is_whole_comes_back_from_a_damaged_backup(ours: Workspace, target: Path, tmp_path: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    place = run(ours, target).place
    (pack,) = place.rglob("*.pack")
    _flip(pack, 1000)
    done = apply_restore(plan_restore(place, tmp_path / "theirs", {}), {})
    assert "P/c.bin" in [path for path, _ in done.missed]
    assert not (tmp_path / "theirs/P/c.bin").exists()
    assert (tmp_path / "theirs/P/a.txt").read_text() == "one"


def test_a_lost_manifest_is_made_again(ours: Workspace, target: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    place = run(ours, target).place
    for lost in (True, False):
        if lost:
            (place / MANIFEST).unlink()
        else:
            _flip(place / MANIFEST, 20)
        done = run(ours, target)
        assert done.place == place
        assert done.copied <= 1  # what is there is compared and stays
        assert verify_backup(place).findings == []


@pytest.mark.parametrize("lost", [True, False])
def test_a_workspace_comes_back_without_the_manifest(ours: Workspace, target: Path, tmp_path: Path, lost: bool
                                                     ) -> None:
    scanned(ours, **{"c.bin": noise(50_000), "d.docx": zipped(MEMBERS)})
    place = run(ours, target).place
    with next(place.rglob("*.jsonl")).open("ab") as torn:  # of a run that did not end
        torn.write(b'{"n":')
    if lost:
        (place / MANIFEST).unlink()
    else:
        _flip(place / MANIFEST, 20)
    shutil.rmtree(ours.vault)
    assert find_backup(target, None) == place
    done = apply_restore(plan_restore(place, tmp_path / "theirs", {}), {})
    assert [path for path, _ in done.missed] == [MANIFEST]
    assert read_tree(tmp_path / "theirs/P") == read_tree(ours.root / "P")
    theirs = open_workspace(tmp_path / "theirs", {})
    assert verify(theirs, every_byte=True).findings == []
    with contextlib.closing(Store(theirs, lambda: NOW)) as store:
        assert scan(store).changes == []


def test_a_damaged_file_in_the_backup_is_copied_again_once_it_is_deleted(ours: Workspace, target: Path) -> None:
    scanned(ours, **{"c.bin": noise(50_000)})
    place = run(ours, target).place
    for pattern in ("*.pack", "*.jsonl", "format.json", "folderkit.yaml"):
        (path,) = place.rglob(pattern)
        path.unlink()
        assert verify_backup(place).findings
        run(ours, target)
        assert verify_backup(place).findings == []


def test_paths_that_lead_out_are_not_followed(ours: Workspace, target: Path, tmp_path: Path) -> None:
    from folderkit.core.events import VersionKept

    scanned(ours)
    with contextlib.closing(Store(ours, lambda: NOW)) as store, store.batch() as batch:
        kept = store.blobs.put_bytes(b"evil")
        batch.add(VersionKept("0123456789ab", "0" * 12, "../../evil.txt", kept.content, kept.size, 0, "scan"))
    place = run(ours, target).place
    done = apply_restore(plan_restore(place, tmp_path / "deep" / "theirs", {}), {})
    assert [path for path, _ in done.missed] == ["P/../../evil.txt"]
    assert not list(tmp_path.rglob("evil.txt"))
