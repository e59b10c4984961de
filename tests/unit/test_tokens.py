"""Words to index, to ask for and to mark: what is found is what a reader would call found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.catalog import query as queries
from folderkit.catalog import tokens
from folderkit.catalog.chinese import simplified
from folderkit.catalog.sought import Sought, occurrences


@pytest.mark.parametrize(("text", "expected"), [
    ("违约金", "违约 约金 金"),
    ("金", "金"),
    ("PO-123", "po 123"),
    ("A区施工", "a 区施 施工 工"),
    ("Ａ区", "a 区"),
    ("一、二", "一 \ue000 二"),
    ("node.js", "node js"),
    ("合同.docx 第1.2条. End", "合同 同 docx 第 1 2 条 \ue000 end"),
    ("end.", "end"),
    ("甲  方：a 乙 方", "甲 方 \ue000 a 乙 方 \ue000 甲方 方 \ue000 a 乙方 方"),
    ("Café Ñandú", "cafe nandu"),
    ("Straße", "strasse"),
    ("", ""),
    ("，。!", ""),
])
def test_tokens(text: str, expected: str) -> None:
    assert tokens.index_tokens(text) == expected


@pytest.mark.parametrize(("query", "expected"), [
    ("违约", '"违约"'),
    ("违约金", '"违约 约金"'),
    ("金", '"金" *'),
    ("contract", '"contract"'),
    ("PO-12", '"po 12" *'),
    ("A区", '"a 区" *'),
    ("，", ""),
])
def test_expressions(query: str, expected: str) -> None:
    assert Sought(query).expression() == expected


@pytest.mark.parametrize(("query", "expected", "alone"), [
    ("违约", '"违约"', True),
    ("违约金", '"违约" AND "约金"', False),
    ("金", '"金" *', True),
    ("contract", '"contract"', True),
    ("PO-12", '"po" AND "12" *', False),
    ("12", '"12" *', True),
    ("A区", '"a" AND "区" *', False),
    ("甲 方", '"甲" * AND "方" *', False),
    ("penalty, clause", '"penalty" AND "clause"', False),
    ("，", "", False),
])
def test_expressions_for_tokens_alone(query: str, expected: str, alone: bool) -> None:
    assert Sought(query).tokens() == expected
    assert Sought(query).is_token == alone


def test_quotes_make_one_word() -> None:
    found = queries.parse('合同 "penalty clause" “违约 金” x')
    assert [word.text for word in found.words] == ["合同", "penalty clause", "违约 金", "x"]


@pytest.mark.parametrize(("text", "words", "expected"), [
    ("本合同违约金为", ["违约金"], ["违约金"]),
    ("违约，金额", ["违约金"], []),
    ("order PO-1234 and PO 123", ["PO-123"], ["PO-123", "PO 123"]),
    ("contracts contract", ["contract"], ["contract"]),
    ("ＡＢＣ公司", ["abc"], ["ＡＢＣ"]),
    ("cafe\u0301 au lait", ["café"], ["cafe\u0301"]),
    ("在 A 区和CA区", ["A区"], ["A 区"]),
    ("甲方：乙方", ["甲方 乙方"], []),
    ("第 1.2.3 版", ["1.2"], ["1.2"]),
    ("甲方: 乙方", ["甲方乙方"], []),
    ("ﬁnal", ["final"], ["ﬁnal"]),
    ("with Node.js. Js", ["node js"], ["Node.js"]),
    ("甲  方：　乙　方\n丙\t方", ["甲方", "乙方", "丙方"], ["甲  方", "乙　方"]),
    ("the café, CAFE", ["cafe"], ["café", "CAFE"]),
    ("cafés", ["café"], []),
    ("PO123 PO-123", ["PO-123"], ["PO-123"]),
])
def test_marks(text: str, words: list[str], expected: list[str]) -> None:
    assert [text[start:end] for start, end in occurrences(text, [Sought(word) for word in words])] == expected


@given(st.text(max_size=60), st.text(max_size=8))
def test_marks_never_leave_the_text(text: str, word: str) -> None:
    last = 0
    for start, end in occurrences(text, [Sought(word)]):
        assert last <= start < end <= len(text)
        last = end


@given(st.text("违约金合同甲乙方 ，。PO-12a", max_size=40), st.text("违约金合同甲乙方PO12a", min_size=1, max_size=5))
def test_what_stands_there_is_marked(text: str, word: str) -> None:
    """The marks and the index agree: a phrase is in the index where, and only where, it can be marked."""
    expression = Sought(word).expression()
    wanted = expression.strip(' *').strip('"').split()
    have = tokens.index_tokens(text).split()
    prefix = expression.endswith("*")
    found = any(
        have[at : at + len(wanted) - 1] == wanted[:-1] and at + len(wanted) <= len(have)
        and (have[at + len(wanted) - 1].startswith(wanted[-1]) if prefix
             else have[at + len(wanted) - 1] == wanted[-1])
        for at in range(len(have)))
    assert found == bool(occurrences(text, [Sought(word)]))


@given(st.lists(st.text("违約金合同 　，-PO12aé\n", max_size=30), max_size=3),
       st.text("违约金合同 -，PO12aé", min_size=1, max_size=6))
def test_a_text_has_the_tokens_of_all_that_stands_in_it(passages: list[str], word: str) -> None:
    """What the index leaves out is not there; and where one token is all that is asked for, what it gives is."""
    sought = Sought(word)
    have = tokens.text_tokens(passages).split()
    wanted = [part.removesuffix(" *").strip('"') for part in sought.tokens().split(" AND ")]
    stars = [part.endswith("*") for part in sought.tokens().split(" AND ")]
    given_by_index = all(any(one.startswith(part) if star else one == part for one in have)
                         for part, star in zip(wanted, stars, strict=True))
    stands = any(sought.stands_in(passage) for passage in passages)
    assert stands <= given_by_index
    if sought.is_token:
        assert stands == given_by_index


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_the_tokens_of_a_text_are_those_of_its_runs(text: str) -> None:
    expected = {token for run in tokens.runs(simplified(tokens.normalise(text))) if run != tokens.BREAK
                for token in (tokens.pairs(run) if tokens.is_han(run) else [run])}
    assert expected <= set(tokens.text_tokens([text]).split())
    if " " not in tokens.normalise(text):
        assert expected == set(tokens.text_tokens([text]).split())
