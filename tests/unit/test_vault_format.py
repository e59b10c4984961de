"""The code against the specification, `guide/vault-format.md`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import folderkit
from folderkit.core import events
from folderkit.vault import blobs, cutting, journal, packs, packset

TEXT = (Path(folderkit.__file__).parent / "guide" / "vault-format.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##)", TEXT, re.S | re.M))


def test_the_head_is_laid_out_as_the_table_says() -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\w+) \|", TEXT, re.M)
    offset = 0
    expected = []
    for name, size in packs.HEAD_FIELDS:
        expected.append((str(offset), str(size), name))
        offset += size
    assert rows == expected
    assert offset == packs.HEAD_BYTES == len(packs.Head(1, 0, 0, 0, bytes(32), bytes(4)).pack())


def test_each_field_lies_at_its_offset() -> None:
    head = packs.Head(2, 1, 0x0102, 0x0304, bytes(range(32)), b"chek", cipher=7)
    data = head.pack()
    found = {}
    offset = 0
    for name, size in packs.HEAD_FIELDS:
        found[name] = data[offset : offset + size]
        offset += size
    assert found["magic"] == packs.RECORD_MAGIC
    assert (found["kind"], found["codec"], found["cipher"], found["reserved"]) == (b"\2", b"\1", b"\7", b"\0")
    assert int.from_bytes(found["raw"], "little") == 0x0102
    assert int.from_bytes(found["stored"], "little") == 0x0304
    assert (found["hash"], found["check"]) == (bytes(range(32)), b"chek")
    assert packs.parse_head(data) == head


def test_the_numbers_are_the_code_s() -> None:
    for number in (packset.PACK_BYTES, cutting.PIECE_BYTES, packs.MAX_STORED, journal.SEGMENT_LINES):
        assert re.search(rf"\b{number}\b", TEXT), number
    assert json.loads(re.search(r"\{\"format\".*\}", TEXT)[0])["format"] == blobs.FORMAT  # type: ignore[index]


def test_the_fields_of_a_line_are_the_code_s() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", TEXT, re.M)
    assert tuple(re.findall(r"\w+", " ".join(rows))) == journal.LINE_FIELDS


def test_every_event_has_its_section() -> None:
    assert set(SECTIONS) == set(events.KINDS)


@pytest.mark.parametrize("op", events.KINDS)
def test_every_field_of_an_event_is_described(op: str) -> None:
    named = set(re.findall(r"`(\w+)`", SECTIONS[op]))
    for field in events.KINDS[op]._fields:
        assert field in named
    if op == "project.created":
        assert set(events.Node._fields) <= named
