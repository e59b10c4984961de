"""Every bit that flips in packs and journals is found, and the versions that it touches are named."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from pathlib import Path

import pytest

from folderkit.catalog import KeptRow
from folderkit.core.events import VersionKept
from folderkit.core.workspace import Workspace, open_workspace
from folderkit.operations.reconcile import scan
from folderkit.operations.verify import Verified, verify
from folderkit.store import Store
from folderkit.vault import Blobs, Damaged, packset
from tests.conftest import Run
from tests.trees import make_tree
from tests.unit.test_cutting import MEMBERS, noise, zipped

FLIPS = 1000
PART = FLIPS // 10  # so many a test
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with lists of pieces, shared pieces, several packs and several batches."""
    root = tmp_path_factory.mktemp("flips")
    make_tree(root, {"folderkit.yaml": "id: abc\n", "P/project.yaml":
                     "project: {name: A, code: P1}\nclient: {name: B}\nfolderkit: {id: 0123456789ab}\n"})
    workspace = open_workspace(root, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packset, "PACK_BYTES", 400_000)
        for turn in range(4):
            members = {**MEMBERS, "word/document.xml": noise(20_000, turn)}
            make_tree(root / "P", {"a.docx": zipped(members), "sub/b.txt": f"text {turn}\n" * 300 * turn,
                                   f"c{turn}.bin": noise(60_000, turn + 50), "big.dat": noise(200_000) + bytes([turn])})
            with contextlib.closing(Store(workspace, lambda: NOW)) as store:
                scan(store)
    assert len(list((workspace.vault / "packs").glob("*/*.pack"))) > 2
    assert verify(workspace, every_byte=True).findings == []
    return workspace


def _broken(workspace: Workspace, scratch: Path) -> set[str]:
    """The contents that the vault cannot give back, by reading every one."""
    broken = set()
    with contextlib.closing(Blobs(workspace.vault, workspace.state / "vault-index.db")) as blobs:
        with contextlib.closing(Store(workspace, lambda: NOW)) as store:
            contents = {row.content for row in store.catalog.all_versions()}
        for content in contents:
            try:
                for _ in blobs.read(content):
                    pass
            except Damaged:
                broken.add(content)
    return broken


def _touched(found: Verified) -> set[KeptRow]:
    return {row for finding in found.findings for row in finding.touches}


@pytest.mark.parametrize("part", range(FLIPS // PART))
def test_a_flip_in_a_pack_or_journal_is_found_and_named(vault: Workspace, part: int, tmp_path: Path) -> None:
    rng = random.Random(part)
    segments = sorted((vault.vault / "journal").glob("*/*.jsonl"))
    files = sorted((vault.vault / "packs").glob("*/*.pack")) + segments
    weights = [path.stat().st_size ** 0.5 for path in files]  # else nearly all would hit pictures
    with contextlib.closing(Store(vault, lambda: NOW)) as store:
        entries = list(store.journal.read())
    for turn in range(PART):
        path = rng.choices(files, weights)[0]
        good = path.read_bytes()
        bad = bytearray(good)
        place = rng.randrange(len(good))
        bad[place] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        try:
            found = verify(vault, every_byte=True)
            assert found.findings, (path.name, place)
            assert {finding.file for finding in found.findings} == {path}, (path.name, place)
            if path in segments:
                hit = entries[good[:place].count(b"\n")].event
                if isinstance(hit, VersionKept):
                    assert hit.content in {row.content for row in _touched(found)}, place
            elif turn % 5 == 0:
                assert {row.content for row in _touched(found)} == _broken(vault, tmp_path), (path.name, place)
        finally:
            path.write_bytes(good)
    assert verify(vault, every_byte=True).findings == []


def test_the_quick_look_finds_what_is_missing(vault: Workspace) -> None:
    path = min((vault.vault / "packs").glob("*/*.pack"))
    good = path.read_bytes()
    for bad in (good[: len(good) // 2], b""):
        path.write_bytes(bad)
        assert _touched(verify(vault, every_byte=False))
        path.write_bytes(good)
    path.unlink()
    assert _touched(verify(vault, every_byte=False))
    path.write_bytes(good)
    assert verify(vault, every_byte=False).findings == []


def test_the_command_names_file_and_versions(workspace: Path, run: Run) -> None:
    assert run("new", "Site", "--client", "Acme").code == 0
    assert run("verify").code == 0
    assert "all is whole" in run("verify", "--read").out
    assert "全部完好" in run("--lang", "zh", "verify", "--read").out
    (path,) = (workspace / ".folderkit" / "vault" / "packs").glob("*/*.pack")
    bad = bytearray(path.read_bytes())
    bad[100] ^= 1
    path.write_bytes(bad)
    found = run("verify", "--read")
    assert found.code == 4
    assert path.name in found.out
    assert "version 1 of P2026-001_Acme_Site/" in found.out
    assert "backup" in found.err
    assert '"touches"' in run("verify", "--read", "--json").out
    assert run("--lang", "zh", "verify", "--read").code == 4
