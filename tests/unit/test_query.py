"""The query as a person types it: nothing is wrong in one, and each sign does what it says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.catalog.filters import _range
from folderkit.catalog.query import FILTERS, as_query, parse
from folderkit.core.errors import Misuse
from folderkit.core.kinds import CALLED, endings
from folderkit.core.moments import parse_period
from folderkit.core.rules import TYPES


def told(text: str) -> tuple[list[list[str]], list[str], list[tuple[str, str, bool]]]:
    query = parse(text)
    return ([[word.text for word in group] for group in query.groups], [word.text for word in query.excluded],
            [(one.name, one.value, one.without) for one in query.filters])


@pytest.mark.parametrize(("text", "groups", "excluded", "filters"), [
    ("penalty clause", [["penalty"], ["clause"]], [], []),
    ('"penalty clause" x', [["penalty clause"], ["x"]], [], []),
    ("“违约 金” 「合同」 『甲方』", [["违约 金"], ["合同"], ["甲方"]], [], []),
    ("a OR b c", [["a", "b"], ["c"]], [], []),
    ("c a OR b OR d", [["c"], ["a", "b", "d"]], [], []),
    ("违约 或 罚款 | 滞纳", [["违约", "罚款", "滞纳"]], [], []),
    ("penalty -draft", [["penalty"]], ["draft"], []),
    ('penalty -"first draft" －草案', [["penalty"]], ["first draft", "草案"], []),
    ("PO-123", [["PO-123"]], [], []),
    ("a - b", [["a"], ["b"]], [], []),
    ("a OR -b", [["a"]], ["b"], []),
    ("a or b", [["a"], ["or"], ["b"]], [], []),
    ("OR", [["OR"]], [], []),
    ("OR a", [["OR"], ["a"]], [], []),
    ("a OR", [["a"], ["OR"]], [], []),
    ("type:pdf x", [["x"]], [], [("type", "pdf", False)]),
    ("TYPE:pdf", [], [], [("type", "pdf", False)]),
    ("类型：文档 -区域:财务", [], [], [("type", "文档", False), ("area", "财务", True)]),
    ('by:"Li Wei" since:2026', [], [], [("by", "Li Wei", False), ("after", "2026", False)]),
    ("amount:>10000", [], [], [("amount", ">10000", False)]),
    ("type: docx x 作者： “Li Wei”", [["x"]], [], [("type", "docx", False), ("by", "Li Wei", False)]),
    ("type: ", [], [], []),
    ("name:x", [["name:x"]], [], []),
    ('"', [], [], []), ("", [], [], []), ("，。 -，", [], [], []), ('“违约 金', [["违约"], ["金"]], [], []),
])
def test_each_sign_does_what_it_says(text: str, groups: list[list[str]], excluded: list[str],
                                     filters: list[tuple[str, str, bool]]) -> None:
    assert told(text) == (groups, excluded, filters)


@pytest.mark.parametrize(("text", "expression"), [
    ("pen*", '"pen" *'), ("pen＊", '"pen" *'), ("违约*", '"违约"'), ("first pen*", '"pen" *'), ("pen", '"pen"'),
    ('"pen*"', '"pen"'), ("PO-1*", '"po 1" *'), ("違約", '"违约"')])
def test_a_star_asks_for_a_beginning(text: str, expression: str) -> None:
    assert parse(text).words[-1].expression() == expression


@pytest.mark.parametrize(("words", "query"), [
    (("a", "b"), "a b"), (("penalty clause",), '"penalty clause"'), (("scope agreed", "x"), '"scope agreed" x'),
    (("a -b",), "a -b"), (("a OR b",), "a OR b"), (('a "b c"',), 'a "b c"'), (("type:pdf a",), "type:pdf a"),
    (("type: pdf a",), "type: pdf a"),
    (("A - B",), '"A - B"'), (("by:Li Wei",), 'by:"Li Wei"'), (("x", "-first draft"), 'x -"first draft"'),
    (("-draft penalty",), "-draft penalty"),
    (("-by:Li Wei", "x"), '-by:"Li Wei" x'), ((" x ",), " x ")])
def test_what_was_quoted_for_the_shell_is_a_phrase(words: tuple[str, ...], query: str) -> None:
    assert as_query(words) == query


@pytest.mark.parametrize(("text", "finds"), [("a", True), ("-a", False), ("type:pdf", True), ("-type:pdf", False),
                                             ("-a type:pdf", True), ("", False), ("，", False)])
def test_a_query_of_only_nots_finds_nothing(text: str, finds: bool) -> None:
    assert parse(text).finds == finds


@given(st.text(max_size=60))
def test_nothing_is_wrong_in_a_query(text: str) -> None:
    parse(text)
    parse(as_query([text]))


_SIGNS = st.sampled_from(["\"", "“", "”", "「", "-", "－", "*", " OR ", "|", ":", "：", "type:", "类型：", "amount:",
                          " ", "违约", "a", "12", "甲", ".", "(", "\x00", "\ue001", "\n", "ﬁ", "ü"])


@given(st.lists(_SIGNS, max_size=12))
def test_nothing_is_wrong_in_a_query_of_signs(signs: list[str]) -> None:
    query = parse("".join(signs))
    assert all(word for group in query.groups for word in group)
    assert all(group for group in query.groups)
    assert all(word.expression() for word in (*query.words, *query.excluded))
    assert all(one.name in FILTERS and one.value for one in query.filters)


@given(st.lists(st.text("甲乙丙abc12", min_size=1, max_size=4), min_size=1, max_size=4), st.integers(0, 2))
def test_words_come_back_as_they_were_typed(words: list[str], form: int) -> None:
    text = (" ".join(words), " ".join(f'"{word}"' for word in words), " OR ".join(words))[form]
    assert [word.text for word in parse(text).words] == words


@pytest.mark.parametrize(("value", "inside", "outside"), [
    (">10000", (10001,), (10000, 9999)), (">=1万", (10000, 10001), (9999,)), ("<500", (499,), (500,)),
    ("<=500", (500,), (501,)), ("1000..2000", (1000, 2000), (999, 2001)), ("¥12,500", (12500,), (12501,)),
    ("12.5k", (12500,), (12.5,)), ("..5", (-3, 5), (6,)), ("5..", (5, 9e9), (4,)), ("1000至2000元", (1500,), (2500,)),
    ("＞5", (6,), (5,))])
def test_an_amount_is_a_range(value: str, inside: tuple[float, ...], outside: tuple[float, ...]) -> None:
    low, high, _ = _range(value)
    assert all(low <= one <= high for one in inside)
    assert not any(low <= one <= high for one in outside)


@pytest.mark.parametrize("value", ["", "x", ">", "..", "1..2..3", ">1..2", "1 2", "<>5", "5>"])
def test_what_is_no_amount_is_told(value: str) -> None:
    with pytest.raises(Misuse):
        _range(value)


@given(st.text("0123456789.,<>=万k至¥ -", max_size=12))
def test_an_amount_is_understood_or_told(value: str) -> None:
    try:
        low, high, _ = _range(value)
    except Misuse:
        return
    assert low <= high  # cents are lost in numbers beyond ten million millions


@pytest.mark.parametrize(("text", "begin", "days"), [
    ("2026", "2026-01-01", 365), ("2026-02", "2026-02-01", 28), ("2026年2月", "2026-02-01", 28),
    ("2026年", "2026-01-01", 365),
    ("2026-03-31", "2026-03-31", 1), ("today", "2026-03-31", 1), ("昨天", "2026-03-30", 1), ("7d", "2026-03-24", 1),
    ("2周", "2026-03-17", 1), ("3m", "2025-12-31", 1), ("10天前", "2026-03-21", 1), ("2024-12", "2024-12-01", 31)])
def test_a_period_as_people_write_it(text: str, begin: str, days: int) -> None:
    found = parse_period(text, dt.date(2026, 3, 31))
    first = found.begin.astimezone()
    assert first.replace(tzinfo=None).isoformat() == f"{begin}T00:00:00"
    assert (found.end.astimezone().date() - first.date()).days == days


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "0000", "9999年99月", "2026-02-30", "99999d"])
def test_what_is_no_period_is_told(text: str) -> None:
    with pytest.raises(Misuse):
        parse_period(text, dt.date(2026, 3, 31))


@pytest.mark.parametrize(("kind", "ending"), [
    ("pdf", ".pdf"), ("PDF", ".pdf"), ("文档", ".docx"), ("excel", ".xlsx"), ("表格", ".csv"), ("docx", ".docx"),
    (".dwg", ".dwg"), ("email", ".eml"), ("图片", ".png")])
def test_a_type_is_told_by_endings(kind: str, ending: str) -> None:
    assert ending in endings(kind)


def test_the_types_are_those_of_the_rules() -> None:
    assert set(CALLED) == {*TYPES} - {"chat", "transcript", "other"}
    assert endings("Word文件") == ()
