"""Where contents are cut: pieces in order make the content, whatever it is."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.vault import cutting
from folderkit.vault.cutting import PIECE_BYTES, pieces, pieces_of_stream
from folderkit.vault.listing import Reference, decode_list, encode_list


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package:
        package.comment = comment
        for name, data in members.items():
            package.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def cut(data: bytes) -> list[bytes]:
    """The pieces, which are the same from memory and from a stream."""
    found = [(bytes(piece.data), piece.literal, piece.packed) for piece in pieces(data)]
    assert found == [(bytes(piece.data), piece.literal, piece.packed) for piece in pieces_of_stream(io.BytesIO(data))]
    assert b"".join(part for part, _, _ in found) == data
    assert all(len(part) <= PIECE_BYTES for part, _, _ in found)
    return [part for part, literal, _ in found if not literal]


MEMBERS = {"[Content_Types].xml": b"<Types/>" * 10, "word/document.xml": noise(30_000, 1) + b"a" * 9000,
           "word/media/image1.jpg": noise(300_000, 2), "word/media/sound": noise(900_000, 3)}


@pytest.mark.parametrize("data", [
    b"", b"a", noise(5000), noise(100_000), noise(3 << 20), noise(9 << 20), bytes(9 << 20),
    b"\xff\xd8\xff" + noise(9 << 20), zipped(MEMBERS), zipped(MEMBERS, zipfile.ZIP_STORED),
    zipped(MEMBERS, comment=b"PK\5\6" * 10), zipped({}), zipped(MEMBERS)[:-30], b"PK\3\4" + noise(9 << 20),
    zipped(MEMBERS) + b"appended", b"before" + zipped(MEMBERS)], ids=range(16))
def test_the_pieces_make_the_content(data: bytes) -> None:
    cut(data)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.binary(max_size=3000), max_size=8), st.sampled_from(
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), st.data())
def test_a_zip_that_is_damaged_anywhere_is_cut_all_the_same(
        members: dict[str, bytes], method: int, data: st.DataObject) -> None:
    packed = bytearray(zipped(members, method))
    for _ in range(data.draw(st.integers(0, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    cut(bytes(packed[: data.draw(st.integers(0, len(packed)))]))
    cut(bytes(packed))


def test_a_member_that_stays_is_one_piece_wherever_it_lies() -> None:
    before = cut(zipped(MEMBERS))
    after = cut(zipped({"new.xml": noise(5000, 9), **MEMBERS, "word/document.xml": b"another" * 1000}))
    assert noise(300_000, 2) in [*map(bytes, cut(zipped(MEMBERS, zipfile.ZIP_STORED)))]
    assert sum(map(len, set(after) - set(before))) < 10_000


def test_a_local_edit_changes_pieces_near_it_only() -> None:
    data = noise(20 << 20)
    before = cut(data)
    after = cut(data[: 5 << 20] + b"inserted" + data[5 << 20 : 12 << 20] + data[(12 << 20) + 9 :])
    assert len(before) > 100
    assert sum(map(len, set(after) - set(before))) < 1 << 20


def test_a_stream_that_grows_is_read_to_its_end() -> None:
    class Growing(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return 1000 if whence == 2 else super().seek(offset, whence)

    assert b"".join(bytes(piece.data) for piece in pieces_of_stream(Growing(noise(5000)))) == noise(5000)


def test_too_many_members_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_MEMBERS_MOST", 3)
    assert len(cut(zipped(MEMBERS))) == 1  # as any other file that is compressed already


PARTS = st.lists(st.one_of(
    st.binary(max_size=50), st.builds(Reference, st.binary(min_size=32, max_size=32), st.integers(0, 2**62))))


@given(PARTS)
def test_a_list_is_read_as_it_was_written(parts: list[Any]) -> None:
    assert decode_list(encode_list(parts)) == parts


@given(st.lists(st.builds(Reference, st.binary(min_size=32, max_size=32), st.integers(0, 9)), min_size=1), st.data())
def test_a_list_that_is_cut_short_is_refused(parts: list[Any], data: st.DataObject) -> None:
    whole = encode_list([*parts, b"end"])
    short = data.draw(st.integers(1, len(whole) - 1).filter(lambda size: size % 40))
    with pytest.raises(ValueError, match="cut short"):
        decode_list(whole[:short])
