"""Blobs on a real disk: what is put is given back, whatever happens to index and packs."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from folderkit.core.errors import Failed, Refused
from folderkit.vault import Blobs, Damaged, packs
from folderkit.vault.cutting import PIECE_BYTES
from folderkit.vault.packset import PACK_BYTES


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[Blobs]:
    store = Blobs(tmp_path / "vault", tmp_path / "index.db")
    yield store
    store.close()


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def record_of(data: bytes) -> bytes:
    record = packs.encode(packs.DATA, blake3(data).digest(), data)
    return record.head.pack() + bytes(record.payload)


def put(blobs: Blobs, *contents: bytes) -> list[str]:
    blobs.begin()
    names = [blobs.put_bytes(content)[0] for content in contents]
    blobs.flush()
    return names


def read(blobs: Blobs, name: str) -> bytes:
    return b"".join(blobs.read(name))


def pack_files(blobs: Blobs) -> list[Path]:
    return sorted((blobs.folder / "packs").glob("*/*.pack"))


@pytest.mark.parametrize("size", [0, 1, 63, 64 << 10, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1,
                                  2 * PIECE_BYTES, 3 * PIECE_BYTES + 5])
@pytest.mark.parametrize("fill", [noise, lambda size: b"\0" * size], ids=["noise", "zeros"])
def test_every_size_comes_back(blobs: Blobs, size: int, fill: object) -> None:
    content = fill(size)  # type: ignore[operator]
    (name,) = put(blobs, content)
    assert name == blake3(content).hexdigest()
    assert read(blobs, name) == content
    blobs.salvage()
    assert read(blobs, name) == content


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=2000), max_size=12))
def test_batches_come_back(blobs: Blobs, contents: list[bytes]) -> None:
    names = put(blobs, *contents)
    assert [read(blobs, name) for name in names] == contents


def test_equal_contents_are_kept_once(blobs: Blobs) -> None:
    content = noise(100_000)
    put(blobs, content)
    before = sum(path.stat().st_size for path in pack_files(blobs))
    put(blobs, content, content)
    assert sum(path.stat().st_size for path in pack_files(blobs)) == before


def test_packs_are_sealed_and_another_begun(blobs: Blobs) -> None:
    contents = [noise(PIECE_BYTES - 1, seed) for seed in range(11)]
    names = put(blobs, *contents)
    sizes = sorted(path.stat().st_size for path in pack_files(blobs))
    assert len(sizes) == 3
    assert sizes[-1] >= PACK_BYTES
    assert sizes[-1] < PACK_BYTES + PIECE_BYTES + packs.HEAD_BYTES
    sealed = {path: path.stat().st_size for path in pack_files(blobs) if path.stat().st_size >= PACK_BYTES}
    for batch in range(4):
        put(blobs, noise(PIECE_BYTES, 100 + batch))
    assert {path: path.stat().st_size for path in sealed} == sealed
    assert [read(blobs, name) for name in names] == contents


def test_a_big_file_takes_little_memory(tmp_path: Path) -> None:
    """160 MB through a process that may grow by 90 MB."""
    big = tmp_path / "big"
    with big.open("wb") as stream:
        for seed in range(40):
            stream.write(noise(1 << 20, seed) + bytes(3 << 20))
    pid = os.fork()
    if pid == 0:
        try:
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used + (90 << 20), used + (90 << 20)))
            store = Blobs(tmp_path / "vault", tmp_path / "index.db")
            store.begin()
            with big.open("rb") as stream:
                name, _ = store.put(stream)
            store.flush()
            whole = blake3()
            for piece in store.read(name):
                whole.update(piece)
            os._exit(0 if whole.hexdigest() == name else 2)
        except BaseException:  # noqa: BLE001
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("harm", ["deleted", "garbage", "empty", "middle", "old", "rows"])
def test_an_index_that_is_gone_or_wrong_is_made_again(tmp_path: Path, harm: str) -> None:
    index = tmp_path / "index.db"
    blobs = Blobs(tmp_path / "vault", index)
    contents = [noise(50_000, seed) for seed in range(40)]
    names = put(blobs, *contents[:20])
    blobs.close()
    old = index.read_bytes()
    blobs = Blobs(tmp_path / "vault", index)
    names += put(blobs, *contents[20:])
    blobs.close()
    if harm == "deleted":
        index.unlink()
    elif harm == "garbage":
        index.write_bytes(noise(20_000))
    elif harm == "empty":
        index.write_bytes(b"")
    elif harm == "middle":
        data = bytearray(index.read_bytes())
        data[4096:] = noise(len(data) - 4096)
        index.write_bytes(data)
    elif harm == "old":
        index.write_bytes(old)
    else:
        with sqlite3.connect(index) as database:
            database.execute("UPDATE record SET offset = offset + 1")
    blobs = Blobs(tmp_path / "vault", index)
    assert [read(blobs, name) for name in names] == contents
    more = put(blobs, b"more")
    assert read(blobs, more[0]) == b"more"
    blobs.close()


def test_packs_that_are_behind_the_index_are_noticed(tmp_path: Path) -> None:
    """A vault that came back from an older backup."""
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    first, = put(blobs, b"first")
    path, = pack_files(blobs)
    saved = path.read_bytes()
    second, = put(blobs, b"second")
    path.write_bytes(saved)
    blobs.close()
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    assert put(blobs, b"second") == [second]
    assert (read(blobs, first), read(blobs, second)) == (b"first", b"second")
    blobs.close()


@pytest.mark.parametrize("tail", [noise(500, 2), b"FKR1" + bytes(500), bytes(300) + record_of(b"whole, behind a gap")],
                         ids=["noise", "magic", "gap"])
def test_a_torn_tail_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    first, = put(blobs, noise(1000))
    path, = pack_files(blobs)
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(tail)
    second, = put(blobs, noise(1000, 3))
    assert pack_files(blobs) == [path]
    assert path.stat().st_size == size + packs.HEAD_BYTES + 1000
    assert (read(blobs, first), read(blobs, second)) == (noise(1000), noise(1000, 3))
    blobs.close()


def test_a_torn_tail_of_a_pack_that_no_index_knows_is_left(tmp_path: Path) -> None:
    """Nobody can say whether it is damage: another pack is begun."""
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    first, = put(blobs, noise(1000))
    path, = pack_files(blobs)
    with path.open("ab") as stream:
        stream.write(noise(500, 2))
    whole = path.read_bytes()
    blobs.close()
    blobs = Blobs(tmp_path / "vault", tmp_path / "other.db")
    second, = put(blobs, noise(1000, 3))
    assert len(pack_files(blobs)) == 2
    assert path.read_bytes() == whole
    assert (read(blobs, first), read(blobs, second)) == (noise(1000), noise(1000, 3))
    blobs.close()


def test_a_failed_batch_gives_its_room_back(blobs: Blobs) -> None:
    kept, = put(blobs, noise(1000))
    before = {path: path.stat().st_size for path in pack_files(blobs)}
    blobs.begin()
    lost = [blobs.put_bytes(noise(PIECE_BYTES, seed))[0] for seed in range(6)]
    blobs.rollback()
    assert {path: path.stat().st_size for path in pack_files(blobs)} == before
    assert not any(blobs.has(name) for name in lost)
    again = put(blobs, noise(PIECE_BYTES, 0))
    assert read(blobs, again[0]) == noise(PIECE_BYTES, 0)
    assert read(blobs, kept) == noise(1000)
    assert before.items() <= {path: path.stat().st_size for path in pack_files(blobs)}.items()  # not written to again


def test_a_failed_sync_leaves_the_pack(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, = put(blobs, b"kept")
    pack, = pack_files(blobs)
    with monkeypatch.context() as broken:
        def fail(handle: int) -> None:
            raise OSError(5, "Input/output error")

        broken.setattr(os, "fdatasync", fail)
        blobs.begin()
        lost = blobs.put_bytes(b"lost")[0]
        with pytest.raises(OSError, match="Input/output"):
            blobs.flush()
        blobs.rollback()
    assert not blobs.has(lost)
    put(blobs, b"next")
    assert len(pack_files(blobs)) == 2
    assert read(blobs, kept) == b"kept"
    assert pack in pack_files(blobs)


@pytest.mark.parametrize("size", [10, 5000, PIECE_BYTES + 10])
def test_each_flipped_bit_is_found_on_reading(tmp_path: Path, size: int) -> None:
    rng = random.Random(size)
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    name, = put(blobs, noise(size))
    path, = pack_files(blobs)
    blobs.close()
    good = path.read_bytes()
    for _ in range(25):
        place = rng.randrange(len(packs.MAGIC), len(good))
        bad = bytearray(good)
        bad[place] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
        with pytest.raises(Damaged, match="damaged"):
            read(blobs, name)
        blobs.close()
        path.write_bytes(good)


def test_a_second_writer_s_work_is_seen(tmp_path: Path) -> None:
    one = Blobs(tmp_path / "vault", tmp_path / "index.db")
    other = Blobs(tmp_path / "vault", tmp_path / "index.db")
    names = []
    for turn in range(6):
        names += put((one, other)[turn % 2], noise(3000, turn))
    for blobs in (one, other):
        assert [read(blobs, name) for name in names] == [noise(3000, turn) for turn in range(6)]
        blobs.close()
    assert len(list((tmp_path / "vault" / "packs").glob("*/*.pack"))) == 1


def test_another_index_of_the_same_vault_catches_up(tmp_path: Path) -> None:
    """Two workspaces on one vault: each has its own index."""
    one = Blobs(tmp_path / "vault", tmp_path / "one.db")
    other = Blobs(tmp_path / "vault", tmp_path / "other.db")
    names = [*put(one, b"a"), *put(other, b"b"), *put(one, b"c"), *put(other, b"d")]
    for blobs in (one, other):
        assert [read(blobs, name) for name in names] == [b"a", b"b", b"c", b"d"]
        blobs.close()


def test_an_index_thrown_away_meanwhile_is_noticed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    first, = put(blobs, b"first")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"index.db{suffix}").unlink(missing_ok=True)
    second, = put(blobs, b"second")
    blobs.close()
    blobs = Blobs(tmp_path / "vault", tmp_path / "index.db")
    assert (read(blobs, first), read(blobs, second)) == (b"first", b"second")
    blobs.close()


@pytest.mark.parametrize(("text", "kind"), [
    ('{"format": 2}', Refused), ("", Failed), ("{}", Failed), ("[]", Failed)])
def test_a_vault_of_another_format_is_refused(tmp_path: Path, text: str, kind: type[Exception]) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "format.json").write_text(text)
    with pytest.raises(kind):
        Blobs(tmp_path / "vault", tmp_path / "index.db")


def test_what_was_never_put_is_told(blobs: Blobs) -> None:
    with pytest.raises(Damaged, match="not there"):
        read(blobs, "0" * 64)


class _Short:
    """A stream that fails after some bytes."""

    def __init__(self) -> None:
        self._left = 3

    def seek(self, offset: int, whence: int = 0) -> int:
        return 5 << 20 if whence else offset

    def read(self, size: int) -> bytes:
        self._left -= 1
        if not self._left:
            raise OSError(5, "Input/output error")
        return bytes(size)


def test_a_source_that_fails_leaves_the_rest_of_the_batch(blobs: Blobs) -> None:
    blobs.begin()
    first = blobs.put_bytes(b"first")[0]
    with pytest.raises(OSError, match="Input"):
        blobs.put(cast("BinaryIO", _Short()))
    second = blobs.put_bytes(b"second")[0]
    blobs.flush()
    assert (read(blobs, first), read(blobs, second)) == (b"first", b"second")


def test_many_contents_are_read_together_each_for_what_it_is_wanted(tmp_path: Path) -> None:
    """Small, large, cut into pieces, twice the same, empty: in two threads, and the damaged one is named."""
    chances = random.Random(5)
    contents = {f"{number}": chances.randbytes(chances.randrange(200_000)) for number in range(200)}
    contents |= {"empty": b"", "same": contents["3"], "text": b"word " * 400_000, "long": chances.randbytes(17 << 20)}
    with contextlib.closing(Blobs(tmp_path / "vault", tmp_path / "index.db")) as blobs:
        puts = {name: blobs.put_bytes(data) for name, data in contents.items()}
        blobs.flush()
        wanted = [(name, put.content, put.size) for name, put in puts.items()]
        found: dict[str, bytes] = {}
        assert blobs.read_each(wanted, lambda name, parts: found.update({name: b"".join(parts)})) == []
        assert found == contents
    for pack in (tmp_path / "vault").glob("packs/*/*.pack"):
        data = bytearray(pack.read_bytes())
        if (place := data.find(contents["7"][50:90])) >= 0:
            data[place] ^= 64
            pack.write_bytes(data)
    with contextlib.closing(Blobs(tmp_path / "vault", tmp_path / "index.db")) as blobs:
        found.clear()
        damaged = blobs.read_each(wanted, lambda name, parts: found.update({name: b"".join(parts)}))
        assert [name for name, _ in damaged] == ["7"]
        assert found == {name: data for name, data in contents.items() if name != "7"}
