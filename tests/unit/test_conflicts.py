"""Conflict copies by their names."""

from __future__ import annotations

import pytest

from folderkit.watch import original_of


@pytest.mark.parametrize(("name", "original"), [
    ("offer (Laura's conflicted copy 2026-03-01).docx", "offer.docx"),
    ("offer (conflicted copy 2026-03-01 101112).docx", "offer.docx"),
    ("offer (LAURA-PC's Conflicted Copy).tar", "offer.tar"),
    ("offer.sync-conflict-20260301-101112-ABCDEFG.docx", "offer.docx"),
    ("offer.sync-conflict-20260301-101112.docx", "offer.docx"),
    ("offer.sync-conflict-20260301-101112-ABCDEFG", "offer"),
    ("报告 (Laura 的冲突副本 2026-03-01).docx", "报告.docx"),
    ("报告(冲突版本-LAURA-2026-03-01).docx", "报告.docx"),
    ("报告（李明 的冲突文件）.xlsx", "报告.xlsx"),
    ("offer.docx", ""), ("offer (1).docx", ""), ("conflict.docx", ""), ("conflicted copy.docx", ""),
    ("冲突.docx", ""), ("需求 (冲突的处理).docx", ""), ("(conflicted copy).docx", ""), ("", ""),
    ("conflict" * 5000, ""), ("(" * 5000 + "conflicted copy", "")])
def test_what_is_a_conflict_copy_of_what(name: str, original: str) -> None:
    assert original_of(name) == original
