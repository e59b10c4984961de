"""Records: written, read back, and found among damage."""

from __future__ import annotations

import io
import random

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from folderkit.vault import packs


def record(data: bytes, kind: int = packs.DATA) -> bytes:
    head, payload = packs.encode(kind, blake3(data).digest(), data)
    return head.pack() + bytes(payload)


@given(st.binary(max_size=3000), st.sampled_from([packs.DATA, packs.LIST]))
def test_what_is_written_is_read(data: bytes, kind: int) -> None:
    found = packs.read_record(io.BytesIO(record(data, kind)), 0)
    assert found is not None
    assert found[0].kind == kind
    assert packs.decode(*found) == data


@pytest.mark.parametrize("size", [70_000, 200_000])
def test_what_does_not_shrink_is_stored_as_it_is(size: int) -> None:
    data = random.Random(1).randbytes(size)
    head, payload = packs.encode(packs.DATA, blake3(data).digest(), data)
    assert (head.codec, payload) == (packs.RAW, data)
    assert packs.encode(packs.DATA, bytes(32), b"a" * size).head.codec == packs.ZSTD


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8), st.data())
def test_damage_costs_only_what_it_hit(contents: list[bytes], data: st.DataObject) -> None:
    whole = [record(content) for content in contents]
    hit = data.draw(st.integers(0, len(whole) - 1))
    position = data.draw(st.integers(0, len(whole[hit]) - 1))
    bad = bytearray(whole[hit])
    bad[position] ^= 1 << data.draw(st.integers(0, 7))
    stream = io.BytesIO(packs.MAGIC + b"".join([*whole[:hit], bytes(bad), *whole[hit + 1 :]]))

    found = [packs.decode(head, payload) for _, head, payload in packs.walk(stream, len(packs.MAGIC))]

    assert found == contents[:hit] + contents[hit + 1 :]


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_torn_tail_is_passed_over(content: bytes, data: st.DataObject) -> None:
    whole = record(content)
    cut = data.draw(st.integers(0, len(whole) - 1))
    stream = io.BytesIO(packs.MAGIC + whole + whole[:cut])
    assert len(list(packs.walk(stream, len(packs.MAGIC)))) == 1
    zeros = io.BytesIO(packs.MAGIC + whole + bytes(500) + whole)
    assert len(list(packs.walk(zeros, len(packs.MAGIC)))) == 2


def test_a_record_of_the_future_is_passed_over() -> None:
    head = packs.Head(99, 0, 3, 3, bytes(32), blake3(b"abc").digest()[:4])
    stream = io.BytesIO(packs.MAGIC + head.pack() + b"abc" + record(b"x"))
    assert [one.kind for _, one, _ in packs.walk(stream, 8)] == [99, packs.DATA]
    sealed = packs.Head(packs.DATA, 0, 3, 3, bytes(32), blake3(b"abc").digest()[:4], cipher=1)
    assert packs.decode(sealed, b"abc") is None
