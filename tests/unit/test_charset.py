"""Bytes to text where the sender named a wrong charset, or some of the bytes are lost."""

from __future__ import annotations

import pytest

from folderkit.core.charset import decode

TEXT = "关于违约金的通知和说明，请各位查收合同终稿并于本周五之前回复。"
TRADITIONAL = "關於違約金的通知和說明，請各位查收合約終稿並於本週五之前回覆。"


@pytest.mark.parametrize("label", ["gb2312", "GBK", "gb18030", "x-gbk", "chinese", "cp936", "euc-cn", "gb2312-80",
                                   '"gb2312"', " gb2312 "])
def test_every_name_of_gbk_is_read_as_gb18030(label: str) -> None:
    assert decode((TEXT + "囍镕€").encode("gb18030"), label) == TEXT + "囍镕€"


@pytest.mark.parametrize("label", ["big5", "Big5-HKSCS", "x-x-big5", "cp950"])
def test_every_name_of_big5(label: str) -> None:
    assert decode((TRADITIONAL + "碁").encode("cp950"), label) == TRADITIONAL + "碁"


@pytest.mark.parametrize("label", ["gb2312", "gbk", "big5", "us-ascii", "iso-8859-1", "nonsense", ""])
def test_utf8_that_is_called_otherwise(label: str) -> None:
    assert decode(TEXT.encode(), label) == TEXT


@pytest.mark.parametrize("short", ["通", "通通", "说明", "合同", "联通", "移动", "囍", "鑫淼"])
def test_short_gbk_that_could_be_utf8_is_read_as_it_is_called(short: str) -> None:
    assert decode(short.encode("gbk"), "gb2312") == short


@pytest.mark.parametrize(("encoding", "label"), [("gb18030", "gb2312"), ("gb18030", ""), ("utf-8", "utf-8"),
                                                 ("utf-8", ""), ("big5", "big5")])
def test_a_lost_byte_costs_its_line_at_most(encoding: str, label: str) -> None:
    """In pairs of bytes the rest of a line may be read askew; what is ASCII sets it right."""
    lines = [TRADITIONAL if encoding == "big5" else TEXT] * 8
    raw = "\n".join(lines).encode(encoding)
    for at in range(1, len(raw) // 8 - 1):
        found = decode(raw[:at] + b"\xff" + raw[at + 1 :], label)
        assert found.split("\n")[1:] == lines[1:]


@pytest.mark.parametrize("text", ["Résumé für Müller", "café", "naïve – “quoted”", "Ærø", "£100"])
def test_western_text_is_not_taken_for_damaged_chinese(text: str) -> None:
    assert decode(text.encode("cp1252")) == text
    assert decode(text.encode("cp1252"), "iso-8859-1") == text


@pytest.mark.parametrize("label", ["zlib", "bz2", "hex", "base64", "rot13", "punycode", "idna", "unicode_escape",
                                   "raw_unicode_escape", "undefined", "a\0b", "../x", "x" * 1000, "mbcs"])
def test_what_is_no_charset_is_passed_over(label: str) -> None:
    assert decode(TEXT.encode(), label) == TEXT
