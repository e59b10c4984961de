"""What the pieces are for: the next save of a file costs what is new in it, and comes back exactly."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3
from docx import Document
from openpyxl import Workbook, load_workbook

from folderkit.vault import Blobs, Damaged, Preparation, packs, putting
from folderkit.vault.listing import Reference, decode_list, encode_list, listed_hashes
from tests.conftest import CORPUS


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[Blobs]:
    store = Blobs(tmp_path / "vault", tmp_path / "index.db")
    yield store
    store.close()


def stored(blobs: Blobs) -> int:
    return sum(path.stat().st_size for path in (blobs.folder / "packs").glob("*/*.pack"))


def keep(blobs: Blobs, *contents: bytes) -> list[str]:
    blobs.begin()
    with Preparation([(data, len(data)) for data in contents], lambda data: data) as preparation:
        names = [put.content for _, put in blobs.put_all(preparation) if put]
    blobs.flush()
    return names


def read(blobs: Blobs, name: str) -> bytes:
    return b"".join(blobs.read(name))


def picture(seed: int) -> io.BytesIO:
    """A picture of noise, as large as a photo for a report."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + random.Random(seed * 1000 + row).randbytes(600) for row in range(200))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 200, 200, 8, 2, 0, 0, 0))
                      + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def test_word_files_with_pictures_cost_little_more_than_their_text(blobs: Blobs) -> None:
    document = Document()
    for seed in range(4):
        document.add_picture(picture(seed))
    saves = []
    for turn in range(20):
        document.add_paragraph(f"第 {turn} 次修改：付款日期改为本月。")
        stream = io.BytesIO()
        document.save(stream)
        saves.append(stream.getvalue())
    names = [name for save in saves for name in keep(blobs, save)]
    assert [read(blobs, name) for name in names] == saves
    assert stored(blobs) < len(saves[0]) * 1.3 + 20 * 5000


def test_a_workbook_costs_the_sheets_that_changed(blobs: Blobs) -> None:
    book = Workbook()
    for number in range(6):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in range(300):
            sheet.append([random.Random(number * 1000 + row).random(), f"text {number} {row}"])
    path = blobs.folder / "book.xlsx"
    book.save(path)
    first = path.read_bytes()
    book = load_workbook(path)
    book["Sheet 3"]["A1"] = "changed"
    book.save(path)
    names = keep(blobs, first)
    before = stored(blobs)
    names += keep(blobs, path.read_bytes())
    assert stored(blobs) - before < len(first) / 3
    assert [read(blobs, name) for name in names] == [first, path.read_bytes()]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_every_real_file_comes_back(blobs: Blobs) -> None:
    files = [path.read_bytes() for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    assert len(files) > 100
    names = keep(blobs, *files)
    assert all(read(blobs, name) == data for name, data in zip(names, files, strict=True))
    before = stored(blobs)
    assert keep(blobs, *files) == names
    assert stored(blobs) == before


def test_many_contents_in_threads_are_the_same_as_one_by_one(blobs: Blobs) -> None:
    contents = [random.Random(number % 150).randbytes(100 + number % 150 * 37) for number in range(400)]
    assert keep(blobs, *contents) == [blake3(data).hexdigest() for data in contents]
    assert all(read(blobs, blake3(data).hexdigest()) == data for data in contents)
    assert stored(blobs) == len(packs.MAGIC) + sum(len(data) + packs.HEAD_BYTES for data in set(contents))


def test_a_content_that_cannot_be_read_is_passed_on(blobs: Blobs) -> None:
    blobs.begin()
    sources = [(number, 10) for number in range(60)]
    with Preparation(sources, lambda number: b"%d" % number if number % 7 else None) as preparation:
        found = [*blobs.put_all(preparation, most_count=5), *blobs.put_all(preparation)]
    blobs.flush()
    assert [source for source, put in found if put is None] == list(range(0, 60, 7))
    assert all(read(blobs, put.content) == b"%d" % number for number, put in found if put)


def test_a_long_content_has_lists_in_its_list(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(putting, "LIST_ENTRIES", 20)
    data = random.Random(3).randbytes(12 << 20)
    blobs.begin()
    name = blobs.put(io.BytesIO(data)).content
    blobs.flush()
    kind, _ = blobs.packs.load(bytes.fromhex(name))
    assert kind == packs.LIST
    assert read(blobs, name) == data


def test_a_zip_in_a_zip_that_is_known_by_itself(blobs: Blobs) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as package:
        package.writestr("a", random.Random(1).randbytes(5000))
        package.writestr("b", random.Random(2).randbytes(5000))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as package:
        package.writestr("inner.zip", inner.getvalue())
        package.writestr("c", random.Random(3).randbytes(5000))
    names = keep(blobs, inner.getvalue()) + keep(blobs, outer.getvalue())
    assert [read(blobs, name) for name in names] == [inner.getvalue(), outer.getvalue()]


def test_a_list_that_refers_to_itself_is_damage(blobs: Blobs) -> None:
    name = bytes(32)
    blobs.begin()
    blobs.packs.append(packs.encode(packs.LIST, name, encode_list([Reference(name, 5)])))
    blobs.flush()
    with pytest.raises(Damaged, match="list of its pieces"):
        read(blobs, name.hex())


def test_a_removed_pack_is_noticed_by_every_index(tmp_path: Path) -> None:
    """Another workspace on the same vault removed packs: what only they held must be put again."""
    one = Blobs(tmp_path / "vault", tmp_path / "one.db")
    other = Blobs(tmp_path / "vault", tmp_path / "other.db")
    keep(one, b"first")
    name, = keep(other, b"first")
    for shelf in (tmp_path / "vault" / "packs").iterdir():
        shutil.rmtree(shelf)
    (tmp_path / "vault" / "removed").write_text("x")
    keep(other, b"first")
    assert read(other, name) == b"first"
    one.close()
    other.close()


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_the_hashes_of_a_list_are_those_of_its_parts(cut: int) -> None:
    data = encode_list([Reference(bytes([1] * 32), 5), b"literal", Reference(bytes([2] * 32), 6), b""])
    assert listed_hashes(data) == [part.hash for part in decode_list(data) if isinstance(part, Reference)]
    try:
        parts = decode_list(data[:cut])
    except ValueError:
        with pytest.raises(ValueError, match="cut short"):
            listed_hashes(data[:cut])
    else:
        assert listed_hashes(data[:cut]) == [part.hash for part in parts if isinstance(part, Reference)]
