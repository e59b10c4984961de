"""Names of files and folders: what may be one on every system, and how one is made from facts."""

from __future__ import annotations

import datetime as dt
import string
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from folderkit.core import naming
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.naming import (
    MAX_BYTES,
    MAX_NAME,
    check_name,
    clean_name,
    expand,
    fault_of,
    key_of,
    next_code,
    pattern_fields,
)

WHAT = Text("a project's name", "项目名称")
GOOD = [
    "官网改版", "Acme & Söhne GmbH", "P2026-001_星河_官网", "a.b.c", "（二期）", "50 ㎡ 样板间", "①期", "25℃",
    "CONTRACT",
    "console", "nul2", "COM", "COM10", "Zürich, Phase 2 – Design", "x" * MAX_NAME, "~draft", ".gitignore", "日本㈱",
]
BAD = [
    ("a/b", "/"), ("..", ".."), (".", "."), ("a/../b", ".."), ("CON", "CON"), ("con", "con"), ("CON.txt", "CON"),
    ("nul .tar.gz", "nul"), ("COM1", "COM1"), ("LPT¹.doc", "LPT¹"), ("CONIN$", "CONIN$"), ("x" * 300, "300"),
    ("项" * 86, "258"),
    ("name.", "dot"), ("name ", "space"), (" name", "space"), ("发布🚀", "🚀"), ("★", "★"), ("❤\ufe0f", "❤"),
    ("1\ufe0f\u20e3", "FE0F"), ("", "empty"), ("   ", "empty"), ("\u3000\u3000", "empty"), ("\u200b", "empty"),
    ("a\tb", "0009"), ("a\nb", "000A"), ("a\x00b", "0000"), ("a\x7fb", "007F"), ("\u202etxt.exe", "202E"),
    ("a\u200db", "200D"), ("\ufeffa", "FEFF"), ("a\u2028b", "2028"), ("\ud800", "D800"), ("\ue000", "E000"),
    ("a\\b", "\\"), ("a:b", ":"), ("a*b", "*"), ("a?b", "?"), ('a"b', '"'), ("a<b", "<"), ("a|b", "|"),
]


@pytest.mark.parametrize("name", GOOD)
def test_a_name_that_is_possible_everywhere_is_kept(name: str) -> None:
    assert check_name(name, WHAT) == name


@pytest.mark.parametrize(("name", "told"), BAD)
def test_an_impossible_name_is_refused_with_the_reason(name: str, told: str) -> None:
    with pytest.raises(Misuse) as caught:
        check_name(name, WHAT)
    assert told in caught.value.message.en
    assert "项目名称" in caught.value.message.zh
    assert caught.value.hint is not None


@pytest.mark.parametrize(("name", "_"), BAD)
def test_cleaning_makes_an_impossible_name_possible(name: str, _: str) -> None:
    assert clean_name(name) == "" or fault_of(clean_name(name)) is None


def test_a_name_of_more_than_80_characters_is_refused_though_it_would_fit() -> None:
    with pytest.raises(Misuse, match="81 characters"):
        check_name("x" * 81, WHAT)


def test_both_forms_of_an_accent_are_one_name() -> None:
    decomposed = unicodedata.normalize("NFD", "Müller é ガ")
    assert check_name(decomposed, WHAT) == clean_name(decomposed) == "Müller é ガ"
    assert key_of(decomposed.upper()) == key_of("Müller é ガ")


@pytest.mark.parametrize(("text", "name"), [
    ("合同 / 附件", "合同 - 附件"), ("a//b", "a-b"), ("../../etc/passwd", "etc-passwd"), ("  A \t B  ", "A - B"),
    ("CON", "CON_"), ("con.txt", "con_.txt"), ("...", ""), ("- -", ""), ("🚀", ""), ("发布🚀会", "发布-会"),
    ("Ltd.", "Ltd"),
])
def test_cleaning_keeps_what_can_be_kept(text: str, name: str) -> None:
    assert clean_name(text) == name


def test_what_is_too_long_is_cut_between_characters_and_before_its_ending() -> None:
    name = clean_name("项" * 200 + ".docx")
    assert name.endswith("项.docx")
    assert 245 <= len(name.encode()) <= MAX_BYTES


def test_255_bytes_of_chinese_are_a_name_and_256_are_none() -> None:
    assert fault_of("项" * 85) is None
    assert fault_of("项" * 85 + "x") is not None


# -- patterns --------------------------------------------------------------------------------------
FACTS: dict[str, Any] = {
    "project": {"code": "P2026-001", "name": "官网改版", "due": dt.date(2026, 3, 31), "none": "", "nothing": None},
    "client": {"short_name": "A/B: C", "device": "CON"},
    "stages": ["设计", "开发"], "number": 3, "title": "合同", "when": "2026-04-01", "text": "2026-4-1",
}


@pytest.mark.parametrize(("pattern", "name"), [
    ("{project.code}_{client.short_name}_{project.name}", "P2026-001_A-B- C_官网改版"),
    ("{project.code}_{project.none}_{title}", "P2026-001_合同"),
    ("{project.none}_{title}_{project.nothing}", "合同"),
    ("{title}_{project.none}.docx", "合同.docx"),
    ("{project.none}.docx", ""),
    ("{project.none}_{project.nothing}", ""),
    ("{project.due}", "20260331"), ("{project.due:%Y-%m-%d}", "2026-03-31"), ("{project.due:%Y年%m月}", "2026年03月"),
    ("{when:%Y%m%d}", "20260401"), ("{text:%Y%m%d}", "2026-4-1"), ("{project.none:%Y}", ""),
    ("{number:02d}_{title}", "03_合同"), ("{title:02d}", "合同"), ("{stages}", "设计-开发"), ("{project}", ""),
    ("{client.device}", "CON_"), ("{client.device}.docx", "CON_.docx"), ("{{{title}}}", "{合同}"),
    ("_收件箱", "_收件箱"), (".gitignore", ".gitignore"), ("A__B", "A__B"),
])
def test_a_pattern_makes_a_name(pattern: str, name: str) -> None:
    assert expand(pattern, FACTS) == name


@pytest.mark.parametrize("pattern", ["{", "}", "{title", "{}", "{0}", "{title!r}", "{title[0]}", "{title.__class__}",
                                     "{title:{number}}", "{title:>999999999}", "{number:099999d}", "{Title}"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        pattern_fields(pattern)
    with pytest.raises(ValueError, match=r"."):
        expand(pattern, FACTS)


def test_a_fact_that_is_not_there_is_told_by_its_name() -> None:
    with pytest.raises(KeyError, match=r"project\.cod"):
        expand("{project.cod}", FACTS)


def test_long_values_are_cut_until_the_whole_fits_and_the_version_stays() -> None:
    facts = {"client": "客" * 80, "name": "项" * 80, "version": "1.2"}
    name = expand("{client}_{name}_V{version}.docx", facts)
    assert fault_of(name) is None
    assert name.endswith("_V1.2.docx")
    assert min(name.count("客"), name.count("项")) > 30


@pytest.mark.parametrize("value",
                         ["../../x", "a\x00b", "\u202e", "..", "/", "C:\\x", "x" * 999, "CON", "aux.h", "{title}"])
def test_a_hostile_value_cannot_leave_its_place(value: str) -> None:
    name = expand("{title}_{value}", {"title": "合同", "value": value})
    assert fault_of(name) is None
    assert name.startswith("合同")


anything = st.text(st.characters(), max_size=400)
values = st.one_of(anything, st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(),
                   st.lists(anything, max_size=3), st.dictionaries(anything, anything, max_size=2),
                   st.sampled_from(["CON", "con.x", "..", " . ", "项" * 300, "a." + "b" * 300, "e\u0301" * 200]))


@given(anything)
@example("CON." + "x" * 300)
@example("x" * 254 + ".")
@example("\u0301" * 300)
@example("nul  . docx")
def test_a_cleaned_name_is_possible_or_nothing(text: str) -> None:
    name = clean_name(text)
    assert name == "" or fault_of(name) is None
    assert clean_name(name) == name


@given(st.sampled_from(["{a}", "{a}_{b}", "{a}.docx", "{a} - {b}_V{a}.xlsx", "01_{a}", "{a}{b}", "{b:%Y%m%d}_{a:03d}",
                        "CO{a}", "{a}.{b}"]), values, values)
@example("{a}{b}", "CO", "N")
@example("CO{a}", "N", "")
@example("{a}.docx", "CON", "")
@example("{a}.{b}", "", "")
def test_an_expanded_name_is_possible_or_nothing(pattern: str, a: Any, b: Any) -> None:
    name = expand(pattern, {"a": a, "b": b})
    assert name == "" or fault_of(name) is None
    assert name == unicodedata.normalize("NFC", name)


# -- codes -----------------------------------------------------------------------------------------
DAY = dt.date(2026, 3, 1)


@pytest.mark.parametrize(("pattern", "taken", "code"), [
    ("P{yyyy}-{nnn}", [], "P2026-001"),
    ("P{yyyy}-{nnn}", ["P2026-001", "P2026-007", "P2025-099", "X2026-500"], "P2026-008"),
    ("P{yyyy}-{nnn}", ["p2026-003"], "P2026-004"),
    ("P{yyyy}-{nnn}", ["P2026-999", "P2026-001-b", "P2026-"], "P2026-1000"),
    ("{yy}{mm}{n}", ["26039"], "260310"),
    ("C+{nn}.{yy}", ["C+07.26", "C+09.25"], "C+08.26"),
    ("fixed", ["fixed"], "fixed"),
])
def test_the_next_code_is_one_more_than_the_highest(pattern: str, taken: list[str], code: str) -> None:
    assert next_code(pattern, taken, DAY) == code


@given(st.lists(st.one_of(anything, st.integers(0, 10**6).map("P2026-{:03d}".format)), max_size=20))
def test_the_next_code_is_always_free(taken: list[str]) -> None:
    code = next_code("P{yyyy}-{nnn}", taken, DAY)
    assert code not in taken
    assert set(code) <= set(string.ascii_letters + string.digits + "-")


_PATTERNS = ("{project.code}_{type}_{title}_V{version}_{date}", "{project.code}_{type}_{title}_{date}",
    "{date}_{title}",
             "{date}_{type}_{title}_V{version}", "{date:%Y-%m-%d} {title}")
_WORDS = st.text(max_size=30) | st.sampled_from(["", "合同", "a_b", "-x-", "(1)", "V1.0", "20260101",
    "长" * 120, "{a}"])


@given(st.sampled_from(_PATTERNS), _WORDS, _WORDS, st.sampled_from(["1.0", "2", "1.2.3"]),
       st.dates(dt.date(1990, 1, 1), dt.date(2099, 1, 1)))
def test_a_name_that_a_pattern_made_keeps_it(pattern: str, kind: str, title: str, version: str, date: dt.date) -> None:
    facts = {"project": {"code": "P2026-001"}}

    name = naming.expand(pattern + ".txt", {**facts, "type": kind, "title": title, "version": version, "date": date})

    assert naming.fault_of(name) is None
    assert naming.conforms(pattern, facts, naming.parts_of(name)[0])


@pytest.mark.parametrize(("stem", "expected"), [
    ("P2026-001_合同_网站_V1.0_20260305", True), ("P2026-001_合同_网站_V1.0_20260305 (2)", True),
    ("P2026-001_合同_V1.0_20260305", True), ("P2026-002_合同_网站_V1.0_20260305", False),
    ("P2026-001_合同_网站_20260305", False), ("P2026-001_合同_网站_V1.0_2026-03-05", False),
    ("P2026-001_合同_网站_Vx_20260305", False), ("合同", False), ("", False),
])
def test_whether_a_name_keeps_a_pattern(stem: str, expected: bool) -> None:
    assert naming.conforms(_PATTERNS[0], {"project": {"code": "P2026-001"}}, stem) is expected


@pytest.mark.parametrize(("name", "parts", "second"), [
    ("plan.docx", ("plan", ".docx"), "plan (2).docx"), ("a.b.c", ("a.b", ".c"), "a.b (2).c"),
    (".hidden", (".hidden", ""), ".hidden (2)"), ("no ending", ("no ending", ""), "no ending (2)"),
    ("Version 1. of it", ("Version 1. of it", ""), "Version 1. of it (2)"),
    ("a.averylongending", ("a.averylongending", ""), "a.averylongending (2)"),
    ("合同.2026年第一版", ("合同", ".2026年第一版"), "合同 (2).2026年第一版"),
])
def test_the_parts_of_a_name_and_its_second(name: str, parts: tuple[str, str], second: str) -> None:
    assert naming.parts_of(name) == parts
    assert naming.numbered(name, 2) == second


@pytest.mark.parametrize("name", ["长" * 85, "长" * 83 + ".docx", "x" * 255, "x" * 244 + ".abcdefghi"])
def test_a_number_fits_also_in_a_long_name(name: str) -> None:
    numbered = naming.numbered(name, 12)

    assert len(numbered.encode()) <= 255
    assert numbered.endswith(" (12)" + naming.parts_of(name)[1])
