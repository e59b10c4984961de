"""Traditional characters as simplified ones, and readings: what the tables say, and how it is used."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.catalog import chinese
from folderkit.catalog.schema import SCHEMA
from folderkit.catalog.sought import Sought, occurrences
from folderkit.catalog.tokens import index_tokens, pinyin_tokens

_TABLES = {"simplified.txt": "68011d3549b1", "pinyin.txt": "741f89d84c49"}


def test_who_changes_a_table_raises_the_schema() -> None:
    """What is taken out of the index has to be what was put in: change these two lines together, with a migration."""
    folder = Path(chinese.__file__).parent
    made = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12] for name in _TABLES}
    assert (SCHEMA >= 16, made) == (True, _TABLES)


@pytest.mark.parametrize(("traditional", "simplified"), [
    ("違約責任與驗收標準", "违约责任与验收标准"), ("國際體育", "国际体育"), ("頭髮發展", "头发发展"),
    ("PO-123 合同", "PO-123 合同")])
def test_traditional_is_simplified(traditional: str, simplified: str) -> None:
    assert chinese.simplified(traditional) == simplified
    assert index_tokens(traditional) == index_tokens(simplified)
    if traditional != simplified:
        for asked in (traditional, simplified):
            for text in (traditional, simplified):
                assert occurrences(f"在{text}中", [Sought(asked)]) == [(1, 1 + len(text))]


@given(st.text(max_size=30))
def test_simplifying_keeps_the_length_and_is_done_once(text: str) -> None:
    once = chinese.simplified(text)
    assert len(once) == len(text)
    assert chinese.simplified(once) == once


@pytest.mark.parametrize(("name", "found", "missed"), [
    ("服务合同_最终版.docx", ["hetong", "fuwuhetong", "heto", "ht", "fwht", "zuizhongban", "HeTong"],
     ["hetongban", "tongwu"]),
    ("方案.docx", ["fangan", "fanga", "fa"], ["fanan"]),
    ("西安项目", ["xian", "xianxiangmu", "xaxm"], ["xiangang"]),
    ("银行流水", ["yinhang", "yinxing"], []),
    ("重庆長安", ["chongqing", "changan", "cqca"], []),
    ("绿地旅游", ["lvdi", "lvyou"], ["luyou"]),
])
def test_pinyin_finds_a_name(name: str, found: list[str], missed: list[str]) -> None:
    have = pinyin_tokens(name).split()
    for word in (*found, *missed):
        assert _matches(Sought(word).pinyin(), have) == (word in found), word


def _matches(expression: str, have: list[str]) -> bool:
    """Whether one of the phrases of an FTS5 expression stands in a list of tokens."""
    for phrase in expression.split(" OR "):
        prefix = phrase.endswith("*")
        wanted = phrase.rstrip("* ").strip('"').split()
        for at in range(len(have) - len(wanted) + 1):
            part = have[at : at + len(wanted)]
            if part[:-1] == wanted[:-1] and (part[-1].startswith(wanted[-1]) if prefix else part[-1] == wanted[-1]):
                return True
    return False


@pytest.mark.parametrize("word", ["a", "12", "PO-123", "合同", "", "penalty2"])
def test_what_is_no_pinyin_is_not_asked_for(word: str) -> None:
    assert Sought(word).pinyin() == ""


def test_a_name_without_han_has_no_pinyin() -> None:
    assert pinyin_tokens("contract.docx") == pinyin_tokens("A区.txt") == ""


@given(st.text("abcdefghijklmnopqrstuvwxyzü", max_size=40))
def test_any_letters_are_parted_quickly(word: str) -> None:
    for parts in chinese.syllables(word):
        assert "".join(parts) == word.replace("ü", "v")


def test_a_long_word_is_parted_in_no_time() -> None:
    for word in ("xian" * 11 + "q", "xian" * 11 + "v", "a" * 48, "xian" * 1000):
        assert len(chinese.syllables(word)) <= 8
