"""Words to index, to ask for and to mark: what is found is what a reader would call found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.catalog import query as queries
from folderkit.catalog import tokens
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
