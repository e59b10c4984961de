"""Names that strangers sent, made into one harmless file name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core.naming import MAX_BYTES, UniqueNames, fault_of, key_of, safe_name


@pytest.mark.parametrize(("sent", "safe"), [
    ("合同终稿 v2.pdf", "合同终稿 v2.pdf"),
    ("../../x", "x"), ("..\\..\\windows\\CON.pdf", "CON_.pdf"), ("/etc/passwd", "passwd"),
    ("C:\\Users\\me\\合同.pdf", "合同.pdf"), ("C:a.txt", "a.txt"), ("a/b/../c.txt", "c.txt"), ("a\\", "a"),
    ("合同 1/2.pdf", "合同 1-2.pdf"), ("a:b.txt", "b.txt"), ("ab:c.txt", "ab-c.txt"),
    ("a\0b\x07.pdf", "a-b-.pdf"), ("a\r\n b.pdf", "a b.pdf"), ("invoice\u202efdp.exe", "invoice-fdp.exe"),
    ("a.pdf. . ", "a.pdf"), (".htaccess", "htaccess"), ("NUL", "NUL_"), ("com1.tar.gz", "com1_.tar.gz"),
    ("", "attachment"), ("   ", "attachment"), ("...", "attachment"), ("../..", "attachment"),
    ("🎉.pdf", "attachment.pdf"), ("\ud800.pdf", "attachment.pdf"), ("a*?<>|b.pdf", "a-b.pdf"),
])
def test_names(sent: str, safe: str) -> None:
    assert safe_name(sent) == safe


@given(st.text(max_size=400) | st.text("./\\:~ aCON长\0\u202e", max_size=30))
def test_any_name_becomes_one_that_is_possible_everywhere(sent: str) -> None:
    assert fault_of(safe_name(sent)) is None


@pytest.mark.parametrize("stem", ["长" * 300, "a" * 300, "长" * 1_000_000])
def test_what_is_too_long_keeps_its_ending(stem: str) -> None:
    safe = safe_name(stem + ".docx")
    assert safe.endswith(stem[0] + ".docx")
    assert MAX_BYTES - 3 < len(safe.encode()) <= MAX_BYTES


@given(st.lists(st.sampled_from(["a.png", "A.png", "a (2).png", "b", "长" * 84 + ".md", "长" * 84 + ".MD"])))
def test_no_name_is_given_twice(names: list[str]) -> None:
    unique = UniqueNames()
    given_out = [unique.take(name) for name in names]
    assert len({key_of(name) for name in given_out}) == len(names)
    assert all(fault_of(name) is None for name in given_out)


def test_ten_thousand_of_one_name_take_no_longer_each() -> None:
    unique = UniqueNames()
    assert [unique.take("a.png") for _ in range(10_000)][-1] == "a (10000).png"
