"""Texts as they are kept, and the line of a hit in them."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.catalog.hits import SNIPPET_CHARACTERS, cut, located
from folderkit.catalog.passages import chunks_of, pack, place_of, told, unpack
from folderkit.catalog.sought import Sought, occurrences

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@given(st.lists(st.tuples(_TEXT, _TEXT), max_size=8))
def test_what_is_packed_comes_back(passages: list[tuple[str, str]]) -> None:
    packed = pack(passages)
    assert unpack(packed) == passages
    assert [place_of(packed, number) for number in range(len(passages))] == [place for place, _ in passages]


def test_a_long_text_is_in_chunks_that_know_their_numbers() -> None:
    passages = [(f"p. {number}", f"page {number} " + "字" * 3000) for number in range(100)]
    packed = pack(passages)
    chunks = list(chunks_of(packed))
    assert len(chunks) > 5
    for chunk in chunks:
        assert chunk.passages()[0] == passages[chunk.first][1]
    assert located(packed, [Sought("page 77")])[0] == "p. 77"


@given(st.integers(0, 400), st.integers(0, 255))
def test_damage_is_told_as_damage_and_as_nothing_else(at: int, byte: int) -> None:
    whole = bytearray(pack([("p. 1", "违约金 penalty " * 20), ("", "x"), ("p. 3", "end")]))
    whole[at % len(whole)] = byte
    for read in (unpack, lambda packed: located(packed, [Sought("end")])):
        with contextlib.suppress(sqlite3.DatabaseError):
            read(bytes(whole))


_PIECES = st.sampled_from(["违约", "違約金", "contract", "Contract", "ＣＯＮ", "tract", "PO-12", "PO 123", " ", " ",
                           "，", "\n", "ﬁ", "é", "e\u0301", "x" * 90, "字" * 200, "a"])
_WORDS = st.sampled_from(["违约", "contract", "PO-12", "违约 contract", "a", "é", "fi"])


@given(st.lists(st.lists(_PIECES, max_size=8).map("".join), max_size=5),
       st.lists(_WORDS, min_size=1, max_size=2, unique=True))
def test_the_line_is_where_a_reader_finds_it(texts: list[str], words: list[str]) -> None:
    sought = [Sought(word) for word in words]
    passages = [(str(number), text) for number, text in enumerate(texts)]
    place, line, marks = located(pack(passages), sought)
    here = [number for number, text in enumerate(texts) if occurrences(text, sought)]
    assert bool(marks) == bool(here)
    if marks:
        assert int(place) in here
        assert line in texts[int(place)]
        snippet, shown = cut(line, marks)
        assert shown
        assert len(snippet) <= SNIPPET_CHARACTERS + 2 or shown[0][1] - shown[0][0] > SNIPPET_CHARACTERS
        for start, end in shown:
            assert 0 <= start < end <= len(snippet)


@pytest.mark.parametrize(("text", "word", "snippet"), [
    ("one\ntwo penalty three\nfour", "penalty", "two penalty three"),
    ("x" * 200 + " penalty " + "y" * 200, "penalty", "…" + "x" * 25 + " penalty " + "y" * 46 + "…"),
    ("penalty " + "y" * 200, "penalty", "penalty " + "y" * 72 + "…")])
def test_the_line_is_cut_around_the_word(text: str, word: str, snippet: str) -> None:
    place, line, marks = located(pack([("p. 1", text)]), [Sought(word)])
    assert place == "p. 1"
    assert cut(line, marks)[0] == snippet


REGISTER = [
    ("Risks!B1", "Risk register"), ("Risks!B3", "Fill in the white columns."), ("Risks!B5", "ID\tRisk\tOwner\tScore"),
    ("Risks!B6", "RSK-001\tThe crane\tLi\t12"), ("Risks!B7", "RSK-002"), ("Chart!B5", "Risk\tScore"),
    ("Empty!B1", "Empty list"), ("Empty!B5", "ID\tRisk\tOwner\tScore"), ("Empty!B6", "RSK-001"),
    ("_folderkit!A1", "register\trisks"), ("_folderkit!A5", "column.id\tID"), ("_folderkit!A6", "column.event\tRisk"),
    ("_folderkit!A7", "column.owner\tOwner"), ("_folderkit!A8", "column.score\tScore")]


def test_of_a_register_only_what_people_entered_is_told() -> None:
    kept = [place for place, text in told(REGISTER) if text]
    assert kept == ["Risks!B1", "Risks!B3", "Risks!B6", "Risks!B7", "Chart!B5"]
    assert [place for place, _ in told(REGISTER)] == [place for place, _ in REGISTER], "the numbers of passages stay"
    assert told(told(REGISTER)) == told(REGISTER)
    empty = [(place, text) for place, text in REGISTER if not place.endswith("B6") or place.startswith("_")]
    assert [text for _, text in told(empty) if text] == []


def test_any_other_workbook_is_told_whole() -> None:
    other = [(place, text) for place, text in REGISTER if not place.startswith("_")]
    assert told(other) == other


@pytest.mark.parametrize(("text", "words", "line"), [
    ("第一行 甲词\n第二行 乙词\n第三行 甲词 乙词\n甲词 乙词", ["甲词", "乙词"], "第三行 甲词 乙词"),
    ('1,"12,000.00"\n合计,"12,000.00"', ["合计", "12,000.00"], '合计,"12,000.00"'),
    ("only a\nonly b", ["b", "a"], "only a"),
    ("a\nb\nß a b", ["a", "b"], "ß a b")])
def test_the_line_with_the_most_of_the_words_is_shown(text: str, words: list[str], line: str) -> None:
    for passages in ([("", text)], [("p. 1", "a 甲词"), ("p. 2", text)]):
        _, shown, marks = located(pack(passages), [Sought(word) for word in words])
        assert cut(shown, marks)[0] == line
