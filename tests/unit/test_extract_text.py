"""Text as it is cleaned, decoded and written down, without any file."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest

from folderkit.core.cells import column_letters
from folderkit.core.charset import decode, is_binary
from folderkit.extract.model import MAX_CHARACTERS, MAX_PASSAGES, Findings, UnreadableError, clean
from folderkit.extract.readers.pdf import join_lines
from folderkit.extract.readers.workbook import as_text

CONTRACT = "本合同由甲方与乙方签订，违约金为合同总价的百分之五。"
TRADITIONAL = "本合約由甲方與乙方簽訂，違約金為合約總價的百分之五。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "utf-32"])
def test_simplified_chinese_is_decoded_from_every_encoding_in_use(encoding: str) -> None:
    assert decode(CONTRACT.encode(encoding)) == CONTRACT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "big5"])
def test_traditional_chinese_is_decoded_from_every_encoding_in_use(encoding: str) -> None:
    assert decode(TRADITIONAL.encode(encoding)) == TRADITIONAL


@pytest.mark.parametrize("text", ["Café à Zürich, 12 €", "naïve façade", "“quoted” – 5°C"])
def test_western_text_is_not_taken_for_chinese(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


def test_utf_16_without_a_mark_is_recognised() -> None:
    assert decode("name;amount\nAcme;12".encode("utf-16-le")) == "name;amount\nAcme;12"
    assert not is_binary("name;amount".encode("utf-16-be"))


def test_a_declared_encoding_is_believed_unless_it_is_wrong() -> None:
    assert decode("Привет".encode("cp1251"), "windows-1251") == "Привет"
    assert decode("囍镕".encode("gb18030"), "gb2312") == "囍镕"
    assert decode(CONTRACT.encode(), "us-ascii") == CONTRACT
    assert decode(CONTRACT.encode(), "no-such-encoding") == CONTRACT


def test_half_a_character_at_a_cut_is_dropped() -> None:
    assert decode(CONTRACT.encode()[:-1], cut=True) == CONTRACT[:-1]


def test_every_sequence_of_bytes_becomes_text() -> None:
    assert decode(bytes(range(128, 256))) != ""
    assert is_binary(b"\x7fELF\0\0\0\1\2\3\0abc")


def test_clean_text_holds_nothing_that_a_database_refuses() -> None:
    assert clean("a\0b\x1b[31m\ud800\r\nc\u3000\n d\xad\ufffe ") == "ab[31m\ufffd\nc\n d"


def test_findings_skip_what_is_empty_and_keep_the_first_title() -> None:
    findings = Findings()
    findings.add("", " \r\n ")
    findings.name(" ")
    findings.name("Weekly \n report")
    findings.name("other")

    assert findings.done().state == "none"
    assert findings.title == "Weekly report"


def test_the_same_header_of_every_section_is_found_once() -> None:
    findings = Findings()
    for place in ("header", "header", "footer", ""):
        findings.add(place, "Confidential")

    assert [passage.place for passage in findings.passages] == ["header", "footer", ""]


def test_text_ends_at_its_limit_to_the_character() -> None:
    findings = Findings()
    findings.add("", "a" * (MAX_CHARACTERS - 1))
    with pytest.raises(UnreadableError) as caught:
        findings.add("", "bcd")

    result = findings.stopped(caught.value)
    assert result.state == "partial"
    assert sum(len(passage.text) for passage in result.passages) == MAX_CHARACTERS


def test_the_number_of_passages_is_limited() -> None:
    findings = Findings()
    for _ in range(MAX_PASSAGES - 1):
        findings.add("", "a")
    with pytest.raises(UnreadableError):
        findings.add("", "a")

    assert len(findings.passages) == MAX_PASSAGES


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (1234567890123450.0, "1234567890123450"),
        (True, "TRUE"),
        (" 项目 ", "项目"),
        (datetime.datetime(2026, 3, 1), "2026-03-01"),
        (datetime.datetime(2026, 3, 1, 9, 30), "2026-03-01 09:30:00"),
        (datetime.date(2026, 3, 1), "2026-03-01"),
        ("", ""),
    ],
)
def test_a_cell_reads_as_a_person_would_search_for_it(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16383, "XFD")])
def test_columns_have_the_letters_of_excel(index: int, letters: str) -> None:
    assert column_letters(index) == letters


def test_lines_of_a_page_are_joined_within_chinese_only() -> None:
    assert join_lines("违约\r\n金 \n为五\r\nper\r\ncent") == "违约金为五\r\nper\r\ncent"
    assert join_lines("exam\x02\r\nple") == "example"


def test_importing_the_room_loads_none_of_its_libraries() -> None:
    code = "import sys, folderkit.extract; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = ("lxml", "python_calamine", "pypdfium2", "pypdfium2_raw", "zipfile", "email", "pyexpat", "docx")
    done = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
