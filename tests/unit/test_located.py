"""YAML that remembers its lines: every fault at its place, and nothing that a file holds breaks the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from folderkit.core.errors import Failed
from folderkit.core.language import Text
from folderkit.core.located import Fault, Faults, Reader, parse, raise_if_any, read


def reader(text: str) -> Reader:
    return parse(text, "f.yaml", [])


def told(found: Reader) -> list[tuple[int, int, str]]:
    return [(fault.line, fault.column, fault.message.en) for fault in found.faults]


# -- what is no YAML -------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "line", "column", "why"), [
    ("a: 1\nb: 'open", 2, 9, "not closed"), ("a: 1\n\tb: 2", 2, 1, "tab"), ("\ta: 1", 1, 1, "tab"),
    ("a: b: c", 1, 5, "indented"), ("a: [1, 2", 1, 9, "missing"), ("a: *nobody", 1, 4, "in quotes"),
    ("---\na: 1\n---\nb: 2", 3, 1, "another document"), ("a: 1\nb: x\x07y", 2, 5, "U+0007"),
    ("\n\n\x00", 3, 1, "U+0000"),
    ("a: \ud83d", 1, 4, "U+D83D"), ("a: &x [*x]", 1, 4, "holds itself"), ("a: &x\n  b: *x", 1, 4, "holds itself"),
    ("[" * 150 + "]" * 150, 1, 102, "too deep"), ("[" * 200_000, 1, 101, "too deep"),
    ("- " * 200_000, 1, 201, "too deep"),
    ("{" * 200_000, 1, 101, "too deep"),
])
def test_what_is_no_yaml_is_told_with_its_place(text: str, line: int, column: int, why: str) -> None:
    with pytest.raises(Faults) as caught:
        reader(text)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (line, column)
    assert why in fault.message.en


def test_aliases_that_would_grow_without_end_are_refused() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{b}: &{b} [{','.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(Faults, match="too deep"):
        reader("\n".join(lines))


def test_an_honest_alias_is_what_it_stands_for() -> None:
    found = reader("a: &x {zh: 是, en: 'Yes'}\nb: *x")
    assert found.bilingual("b") == Text("Yes", "是")
    assert found.value() == {"a": {"zh": "是", "en": "Yes"}, "b": {"zh": "是", "en": "Yes"}}


def test_a_deep_but_long_file_is_read() -> None:
    found = reader("\n".join(f"- {{a: [{n}, {{b: c}}]}}" for n in range(3000)))
    assert len(list(reader("x:\n" + "\n".join("- a" for _ in range(5000))).each("x"))) == 5000
    assert len(found.value()) == 3000


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---", "---\n", "\n\n"])
def test_an_empty_file_is_an_empty_mapping_or_nothing(text: str) -> None:
    found = reader(text)
    assert found.text("id") == ""
    assert [(fault.line, fault.column) for fault in found.faults] == [(1, 1)]


# -- files -----------------------------------------------------------------------------------------
def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: " + "客户".encode("gb18030"))
    with pytest.raises(Faults, match=r"f\.yaml:2:1: This is not UTF-8"):
        read(path, [])
    path.write_bytes("a: 客户".encode("utf-16"))
    with pytest.raises(Faults, match=r"f\.yaml:1:1"):
        read(path, [], "f.yaml")


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("\ufeffa: 客户\r\nb: x\r\n".encode())
    found = read(path, [])
    assert (found.text("a"), found.text("b")) == ("客户", "x")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="not there"):
        read(tmp_path / "none.yaml", [])
    with pytest.raises(Failed):
        read(tmp_path, [])


# -- faults in values ------------------------------------------------------------------------------
def test_keys_that_stand_twice_are_told_once_though_read_often() -> None:
    found = reader("x:\n  a: 1\n  b: 2\n  a: 3")
    for _ in range(3):
        assert found.at("x").text("a") == "3"
    assert told(found) == [(4, 3, "'a' stands here twice.")]


def test_different_faults_at_one_place_are_all_told() -> None:
    found = reader("a: 1")
    found.text("b")
    found.text("c")
    assert len(found.faults) == 2


def test_a_key_must_be_one_word() -> None:
    found = reader("? [a, b]\n: c\nd: e")
    assert told(found) == [(1, 3, "A key must be one word.")]
    assert found.text("d") == "e"


def test_unknown_keys_are_told_with_the_nearest() -> None:
    found = reader("titel: a\nqqq: b")
    found.only("title", "id")
    assert told(found) == [(1, 1, "'titel' is not known here. Did you mean 'title'?"),
                           (2, 1, "'qqq' is not known here. Known here: title, id.")]


@pytest.mark.parametrize(("text", "column"), [("a:", 3), ("a: ~", 4), ("a: null", 4), ("a: ''", 4)])
def test_an_empty_value_is_told_unless_there_is_a_default(text: str, column: int) -> None:
    found = reader(text)
    assert found.text("a", "default") == "default" or "''" in text
    assert found.faults == []
    assert found.text("a") == ""
    assert told(found)[0][2] == "'a' is empty."


@pytest.mark.parametrize(("text", "good"), [("a: 12", 12), ("a: -1", None), ("a: 1.5", None), ("a: ²", None),
                                            ("a: x", None),
                                            ("a: []", None), ("a: " + "9" * 5000, None), ("b: 1", None), ("a:", None)])
def test_a_number_is_a_number_or_told_once(text: str, good: int | None) -> None:
    found = reader(text)
    assert found.number("a") == (good or 0)
    assert len(found.faults) == (0 if good else 1)


@pytest.mark.parametrize(("text", "good"), [("a: yes", True), ("a: off", False), ("a: 1", None), ("a: 'true'", None)])
def test_a_flag_is_a_flag_or_told(text: str, good: bool | None) -> None:
    found = reader(text)
    assert found.flag("a") is bool(good)
    assert len(found.faults) == (good is None)


def test_lists_and_texts_are_what_they_should_be_or_told() -> None:
    found = reader("one: a\nmany: [a, [b], c]\nmap: {x: 1}\nnone:\n")
    assert found.texts("one") == ("a",)
    assert found.texts("many") == ("a", "c")
    assert found.texts("none") == found.texts("absent") == ()
    assert list(found.each("one")) == []
    assert found.text("map", "x") == "x"
    assert [(line, column) for line, column, _ in told(found)] == [(2, 11), (1, 6), (3, 6)]


def test_a_text_in_both_languages_or_one_for_both() -> None:
    found = reader("a: {zh: 甲, en: A}\nb: B\nc: {zh: 丙}\nd: [x]\ne:\nf: {zh: a, en: b, fr: c}")
    assert found.bilingual("a") == Text("A", "甲")
    assert found.bilingual("b") == Text("B", "B")
    assert found.bilingual("absent", Text("x", "y")) == Text("x", "y")
    for key in "cdef":
        found.bilingual(key)
    assert [(line, message.split(".")[0]) for line, _, message in told(found)] == [
        (3, "'en' is missing"), (4, "Here must stand 'key: value' lines"), (5, "'e' is empty"),
        (6, "'fr' is not known here")]


@pytest.mark.parametrize("text", ["a: !!timestamp x", "a: !!int x", "a: !!bool x", "a: !!python/object:os.system x",
                                  "a: 2026-13-45", "a: {[x]: y}", "a: !!binary '*'", "a: !mine x",
                                  "a: 0001-01-01T00:00:00+23:59"])
def test_a_value_that_cannot_be_made_is_told_and_nothing_else_happens(text: str) -> None:
    found = reader(text)
    value = found.at("a").value()
    assert (value is None) == bool(found.faults)


@pytest.mark.parametrize(("text", "chinese"), [
    ("a:\n\tb: 1", "不能用制表符缩进"), ("a: b: c", "含有冒号加空格的文字请加引号"), ("a: 1\n  b: 2", "缩进不对"),
    ("a:\n    b: 1\n  c: 2", "缩进不对"), ("a: 'x\nb: 1", "引号或括号没有成对"), ("a: [1, 2\nb: 3", "缺少“]”"),
    ('a: "C:\\Users"', "请改用单引号"), ("ignore: *.bak", "开头的文字请加引号"), ("a: |x\n y", "从下一行开始"),
    ("a: 1\n---\nb: 2", "请去掉“---”"), ("a：1\nb: 2", "半角冒号"), ("a:\n  b：c\n  d: e", "半角冒号"),
    ("a: x：y\n  b: 2", "缩进不对"), ("a: {x: 2026-99-99}", "没有这样的日期"), ("a: 2026-02-30", "没有这样的日期")])
def test_the_usual_faults_are_told_in_chinese(text: str, chinese: str) -> None:
    try:
        found = reader(text)
        found.value()
        faults = found.faults
    except Faults as error:
        faults = error.faults
    (fault,) = faults
    assert chinese in fault.message.zh


def test_faults_are_raised_together_in_the_order_of_lines() -> None:
    faults = [Fault("f", 9, 1, Text("later", "后")), Fault("f", 2, 1, Text("sooner", "先"))]
    with pytest.raises(Faults) as caught:
        raise_if_any(faults)
    assert caught.value.message == Text("f:2:1: sooner\nf:9:1: later", "f:2:1: 先\nf:9:1: 后")
    raise_if_any([])


@pytest.mark.parametrize(("text", "place"), [
    ("? a", (1, 3)), ("? a\n", (1, 3)), ("? a\n\n# more\n\n? b\n: 1\n", (1, 3)), ("b: 1\n? a\n", (2, 3)),
    ("? |\n  a", (1, 3)), ("a:", (1, 3)), ("a:\nb: 1", (1, 3)), ("b: 1\na: ''\n", (2, 4))])
def test_a_value_that_is_not_there_is_told_at_its_key(text: str, place: tuple[int, int]) -> None:
    found = reader(text)
    found.text("a")
    found.bilingual("a", Text("", ""))
    assert {(fault.line, fault.column) for fault in found.faults} == {place}


@example("? a")
@example("a:")
@example("- ")
@example("? - a")
@example("---")
@example("? |\n  a")
@given(st.one_of(st.text(max_size=60), st.text("ab:- \n[]{}&*!?'\"|>#%@\t\r~1", max_size=60)))
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        found = reader(text)
    except Faults as error:
        told_at = [fault.line for fault in error.faults]
    else:
        found.only("a")
        found.text("a")
        found.bilingual("b")
        found.value()
        told_at = [fault.line for fault in found.faults]
    assert all(1 <= line <= max(1, len(text.splitlines())) for line in told_at)


# PyYAML writes U+0085 as a line break.
words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=10)


@given(st.recursive(st.one_of(words, st.integers(), st.booleans(), st.none(), st.dates()),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner),
                    max_leaves=20))
def test_values_come_back_as_they_were_written(value: object) -> None:
    found = reader(yaml.safe_dump({"x": value}, allow_unicode=True))
    assert found.at("x").value() == value
    assert found.faults == []
