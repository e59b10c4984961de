"""The journal: every event comes back, torn ends are cut off, damage is named."""

from __future__ import annotations

import datetime as dt
import json
import os
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from folderkit.core import events
from folderkit.core.errors import Failed
from folderkit.core.events import Entry, Event
from folderkit.vault import START, Journal, journal

NOW = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS, bool: st.booleans(), int: st.integers(-(2**63), 2**63),
    dict[str, Any]: st.dictionaries(TEXTS, st.none() | st.booleans() | TEXTS | st.lists(TEXTS, max_size=3), max_size=3),
    tuple[str, ...]: st.lists(TEXTS, max_size=3).map(tuple),
    tuple[events.Node, ...]: st.lists(st.builds(events.Node, TEXTS, TEXTS, TEXTS), max_size=3).map(tuple),
}


def made(kind: type[Any]) -> st.SearchStrategy[Event]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: _VALUES[hints[name]] for name in kind._fields})


EVENTS = st.one_of([made(kind) for kind in events.KINDS.values()])


def kept(number: int) -> events.VersionKept:
    return events.VersionKept("p", "f", f"{number}.txt", "c", number, 0, "scan")


def write(folder: Path, *batches: Sequence[Event]) -> Journal:
    book = Journal(folder, "w")
    for batch in batches:
        book.append(batch, "li", NOW)
    return book


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("journal/w/*.jsonl"))


def test_the_table_of_events_is_whole() -> None:
    assert set(typing.get_args(Event)) == set(events.KINDS.values())
    assert isinstance(Event, types.UnionType)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(EVENTS, min_size=1, max_size=5), max_size=5), TEXTS)
def test_what_is_appended_is_read(
        tmp_path_factory: pytest.TempPathFactory, batches: list[list[Event]], who: str) -> None:
    folder = tmp_path_factory.mktemp("vault")
    told: list[Entry] = []
    for batch in batches:
        told += Journal(folder, "w").append(batch, who, NOW)
    assert list(Journal(folder, "w").read()) == told
    assert [entry.event for entry in told] == [event for batch in batches for event in batch]
    assert [entry.number for entry in told] == list(range(1, len(told) + 1))


def test_time_is_utc_and_cut_to_milliseconds(tmp_path: Path) -> None:
    local = dt.datetime(2026, 3, 1, 20, 0, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    entry, = Journal(tmp_path, "w").append([kept(1)], "li", local)
    assert entry.at == dt.datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=dt.UTC)


def test_each_line_carries_the_hash_of_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, [kept(1), kept(2)], [kept(3)])
    before = START
    for line in segments(tmp_path)[0].read_bytes().splitlines():
        data = json.loads(line)
        assert data["prev"] == before
        assert tuple(data) == journal.LINE_FIELDS
        before = data["hash"]
        text = line[: line.index(b',"hash":"')]
        assert before == blake3(text).hexdigest()


@pytest.mark.parametrize("after", [0, 1, 2, 3, 999, 1000, 1001, 1002, 2100, 3000])
def test_reading_goes_on_across_segments(tmp_path: Path, after: int) -> None:
    book = write(tmp_path, [kept(0)], [kept(n) for n in range(998)], [kept(n) for n in range(3)],
                 *[[kept(n)] for n in range(10)], [kept(n) for n in range(1200)], [kept(n) for n in range(7)])
    whole = list(book.read())
    assert len(whole) == 1 + 998 + 3 + 10 + 1200 + 7
    assert [int(path.stem) for path in segments(tmp_path)] == [1, 1003, 2213]
    prev = whole[after - 1].hash if 0 < after <= len(whole) else START
    assert list(book.read(after, prev)) == whole[after:]
    assert book.end().number == len(whole)
    assert book.end().hash == whole[-1].hash


@pytest.mark.parametrize("batch", [1, 5])
def test_a_torn_end_is_cut_off_at_every_byte(tmp_path: Path, batch: int) -> None:
    write(tmp_path, [kept(0)])
    path, = segments(tmp_path)
    first = path.read_bytes()
    write(tmp_path, [kept(n) for n in range(batch)])
    whole = path.read_bytes()
    for cut in range(len(first), len(whole)):
        path.write_bytes(whole[:cut])
        book = Journal(tmp_path, "w")
        assert [entry.number for entry in book.read()] == [1], cut
        assert book.end().number == 1
        if cut % 50 == 0:
            book.append([kept(9)], "li", NOW)
            assert [entry.number for entry in book.read()] == [1, 2]
            assert path.read_bytes().startswith(first)


def test_the_first_line_may_be_torn(tmp_path: Path) -> None:
    write(tmp_path, [kept(0)])
    path, = segments(tmp_path)
    path.write_bytes(path.read_bytes()[:20])
    book = Journal(tmp_path, "w")
    assert list(book.read()) == []
    book.append([kept(1)], "li", NOW)
    assert len(list(book.read())) == 1


def test_a_torn_segment_behind_a_whole_one_is_removed(tmp_path: Path) -> None:
    book = write(tmp_path, [kept(n) for n in range(1000)], [kept(n) for n in range(3)])
    _, path = segments(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    assert book.end().number == 1000
    Journal(tmp_path, "w").append([kept(1)], "li", NOW)
    assert [entry.number for entry in book.read(999, list(book.read())[998].hash)] == [1000, 1001]


@pytest.mark.parametrize("harm", ["flip", "line", "segment", "swap", "cut", "garbage"])
def test_damage_in_the_middle_names_the_file(tmp_path: Path, harm: str) -> None:
    book = write(tmp_path, *[[kept(n) for n in range(600)] for _ in range(5)])
    paths = segments(tmp_path)
    assert len(paths) == 3
    lines = paths[1].read_bytes().splitlines(keepends=True)
    named = paths[1]
    if harm == "flip":
        lines[5] = lines[5].replace(b'"size":', b'"size":1')
    elif harm == "line":
        del lines[5]
    elif harm == "swap":
        lines[5], lines[6] = lines[6], lines[5]
    elif harm == "garbage":
        lines[5] = b"garbage\n"
    elif harm == "cut":
        lines[-1] = lines[-1][:-9]
    paths[1].write_bytes(b"".join(lines))
    if harm == "segment":
        paths[1].unlink()
        named = paths[2]
    with pytest.raises(Failed) as error:
        list(book.read())
    assert named.name in error.value.message.en
    assert named.name in error.value.message.zh
    assert error.value.hint
    if harm != "cut" and harm != "segment":
        assert "line 6" in error.value.message.en


def test_events_and_fields_of_a_newer_folderkit_are_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "w" / "000000000001.jsonl"
    path.parent.mkdir(parents=True)
    one = {"n": 1, "first": 1, "last": 2, "at": "2026-01-01T00:00:00.000+00:00", "who": "x", "op": "signed.off",
           "event": {"by": "client"}, "prev": START, "host": "a"}
    line = journal._write(one)
    two = one | {"n": 2, "op": "file.deleted", "event": {"project": "p", "file": "f", "path": "a", "mood": 1},
                 "prev": json.loads(line)["hash"]}
    path.write_bytes(line + b"\n" + journal._write(two) + b"\n")
    first, second = Journal(tmp_path, "w").read()
    assert (first.op, first.event) == ("signed.off", None)
    assert second.event == events.FileDeleted("p", "f", "a")


def test_a_failed_append_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = write(tmp_path, [kept(1)])
    path, = segments(tmp_path)
    before = path.read_bytes()
    with monkeypatch.context() as broken:
        def fail(handle: int) -> None:
            raise OSError(5, "Input/output error")

        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(OSError, match="Input/output"):
            book.append([kept(2)], "li", NOW)
    assert path.read_bytes() == before
    book.append([kept(3)], "li", NOW)
    assert path.read_bytes() == before  # not written to again by this process
    assert [entry.number for entry in Journal(tmp_path, "w").read()] == [1, 2]
    Journal(tmp_path, "w").append([kept(4)], "li", NOW)
    assert [entry.number for entry in Journal(tmp_path, "w").read()] == [1, 2, 3]


@pytest.mark.parametrize("batch", [1, 2, 40])
def test_what_reached_the_disk_out_of_order_was_never_acknowledged(tmp_path: Path, batch: int) -> None:
    """A power cut may leave the last pages of what was written together, and zeros before them."""
    book = write(tmp_path, [kept(0)], [kept(1), kept(2)])
    path, = segments(tmp_path)
    first = path.read_bytes()
    write(tmp_path, [kept(n) for n in range(batch)])
    whole = path.read_bytes()
    for zeros in (1, 10, (len(whole) - len(first)) // 2):
        path.write_bytes(first + bytes(zeros) + whole[len(first) + zeros :])
        found = Journal(tmp_path, "w")
        assert (found.end().number, found.end().torn) == (3, True)
        assert [entry.number for entry in found.read()] == [1, 2, 3]
    assert not book.end().torn or batch
    book.append([kept(9)], "li", NOW)
    assert [entry.number for entry in book.read()] == [1, 2, 3, 4]
    assert not book.end().torn


def test_an_end_that_is_damaged_is_torn_and_more_than_that_is_told(tmp_path: Path) -> None:
    """Of what was written last nobody but the catalog can say whether it was acknowledged; what lies before, was."""
    write(tmp_path, [kept(0)], [kept(1)], [kept(2)])
    path, = segments(tmp_path)
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    for place in (len(good) - 1, len(good) - 2, len(good) - len(lines[2]) + 5):
        bad = bytearray(good)
        bad[place] ^= 4
        path.write_bytes(bad)
        end = Journal(tmp_path, "w").end()
        assert (end.number, end.torn) == (2, True)
    for place in (len(lines[0]) - 5, len(lines[0]) + 20, len(lines[0]) + len(lines[1]) - 2):
        bad = bytearray(good)
        bad[place] ^= 4
        path.write_bytes(bad)
        with pytest.raises(Failed, match="damaged"):
            list(Journal(tmp_path, "w").read())
