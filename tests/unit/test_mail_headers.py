"""Headers of mails, as they are and not as they should be."""

from __future__ import annotations

import base64
import datetime as dt
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core.mail.headers import (
    base64_bytes,
    date_of,
    decode_words,
    message_ids,
    parameters,
    people,
    text_of,
)
from folderkit.core.mail.model import Address


def word(charset: str, raw: bytes) -> str:
    return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="


NAME = "合同终稿（囍）.docx"


@pytest.mark.parametrize(("written", "meant"), [
    ("plain", "plain"),
    ("=?gb2312?B?us/NrA==?=", "合同"),
    ("=?GB2312?Q?=BA=CF=CD=AC_v2?=", "合同 v2"),
    ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
    ("=?utf-8?Q?a?= and =?utf-8?Q?b?=", "a and b"),
    ("Re: =?gbk?B?us/NrA==?= v2", "Re: 合同 v2"),
    ("=?x-none?B?aGk=?= <a@b>", "hi <a@b>"),
    ("=?utf-8*zh?Q?=E5=90=88?=", "合"),
    ("=?big5?B?plis+Q==?=", "合約"),
    ("=?us-ascii?Q?broken", "=?us-ascii?Q?broken"),
    ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ("=?utf-8?Q?why?_yes?=", "why? yes"),
])
def test_encoded_words(written: str, meant: str) -> None:
    assert decode_words(written) == meant


def test_a_codec_of_python_that_is_no_charset_is_not_run() -> None:
    assert decode_words(word("zlib", zlib.compress(b"unpacked"))) != "unpacked"
    assert decode_words(word("rot13", b"abc")) == "abc"
    assert decode_words(word("punycode", b"abc-")) == "abc-"


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "utf-8", "big5"])
def test_words_that_cut_a_character_in_two_are_joined(charset: str) -> None:
    text = "合約與報價說明" if charset == "big5" else NAME
    raw = text.encode({"gb2312": "gb18030", "gbk": "gb18030"}.get(charset, charset))
    for at in range(1, len(raw)):
        assert decode_words(f"{word(charset, raw[:at])} {word(charset.upper(), raw[at:])}") == text


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 40))
def test_any_text_comes_back(text: str, at: int) -> None:
    raw = text.encode()
    assert decode_words(f"{word('utf-8', raw[:at])}\t{word('utf-8', raw[at:])}") == raw.removeprefix(
        b"\xef\xbb\xbf").decode()


@pytest.mark.parametrize(("raw", "charset"), [
    ("关于违约金的通知".encode(), ""), ("关于违约金的通知".encode(), "gb2312"),
    ("关于违约金的通知".encode("gbk"), ""), ("关于违约金的通知".encode("gbk"), "gb2312")])
def test_bytes_that_were_sent_as_they_are(raw: bytes, charset: str) -> None:
    assert text_of(raw, charset) == "关于违约金的通知"


def test_raw_big5_is_told_by_the_charset_of_the_mail() -> None:
    assert text_of("鑫".encode("big5"), "big5") == "鑫"


def test_folded_lines_are_one() -> None:
    assert text_of(b"a\r\n b\n\tc\r d") == "a b c d"


@pytest.mark.parametrize(("written", "name"), [
    ("; filename=a.pdf", "a.pdf"),
    ('; filename="a b;c.pdf"; size=3', "a b;c.pdf"),
    (r'; filename="a\"b\\c.pdf"', 'a"b\\c.pdf'),
    ("; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf", "合同.pdf"),
    ("; filename*=gb2312'zh-cn'%BA%CF%CD%AC.pdf; filename=x.pdf", "合同.pdf"),
    ("; filename*0*=gb2312''%BA%CF%CD; filename*1*=%AC; filename*2=\".pdf\"", "合同.pdf"),
    ('; filename*1="two.pdf"; filename*0="one "', "one two.pdf"),
    ('; filename="=?gb2312?B?us/NrA==?=.pdf"', "合同.pdf"),
    ("; filename==?gb2312?B?us/NrA==?=", "合同"),
    ('; filename="=?gbk?B?us8=?= =?gbk?B?zaw=?="', "合同"),
    ("; filename=合同 终稿.pdf ; x=y", "合同 终稿.pdf"),
    ('; FileName = "a.pdf"', "a.pdf"),
    ("; filename*=bogus''%41.pdf", "A.pdf"),
    ("; filename*='no charset.pdf", "'no charset.pdf"),
    ('; filename="not closed.pdf', '"not closed.pdf'),
])
def test_names_of_attachments(written: str, name: str) -> None:
    assert parameters(written)["filename"] == name


@pytest.mark.parametrize(("written", "found"), [
    ("a@b.c", [("", "a@b.c")]),
    ("Bob Lee <bob@x.y>, a@b.c", [("Bob Lee", "bob@x.y"), ("", "a@b.c")]),
    ('"Lee, Bob" <bob@x.y>', [("Lee, Bob", "bob@x.y")]),
    (r'"Bob \"B\" Lee" <bob@x.y>', [('Bob "B" Lee', "bob@x.y")]),
    ("=?gb2312?B?1cXI/Q==?= <z@x.y>", [("张三", "z@x.y")]),
    ('"=?gb2312?B?1cXI/Q==?=" <z@x.y>', [("张三", "z@x.y")]),
    ("=?utf-8?Q?Lee=2C_Bob?= <bob@x.y>", [("Lee, Bob", "bob@x.y")]),
    ("bob@x.y (Bob Lee)", [("Bob Lee", "bob@x.y")]),
    ("项目组: 张三 <z@x.y>, l@x.y; 王五 <w@x.y>", [("张三", "z@x.y"), ("", "l@x.y"), ("王五", "w@x.y")]),
    ("undisclosed-recipients:;", []),
    ("", []),
    ("Bob <bob@x.y", [("Bob", "bob@x.y")]),
    ("'a@b.c' <a@b.c>", [("a@b.c", "a@b.c")]),
    ("a@b.c <a@b.c>", [("", "a@b.c")]),
    ("Just a name", [("Just a name", "")]),
    ("((((a@b.c", [("", "a@b.c")]),
    ("a@b.c; d@e.f", [("", "a@b.c"), ("", "d@e.f")]),
    ("<@relay:a@b.c>", [("", "a@b.c")]),
])
def test_people(written: str, found: list[tuple[str, str]]) -> None:
    assert people(written, 100) == ([Address(*one) for one in found], True)


def test_no_more_people_than_asked_for() -> None:
    assert people("a@b, c@d, e@f", 2) == ([Address("", "a@b"), Address("", "c@d")], False)


@pytest.mark.parametrize(("written", "at"), [
    ("Mon, 02 Mar 2026 09:00:00 +0800", "2026-03-02T09:00:00+08:00"),
    ("2 Mar 2026 09:00 GMT", "2026-03-02T09:00:00+00:00"),
    ("Mon, 02 Mar 2026 09:00:00 -0000", "2026-03-02T09:00:00+00:00"),
    ("Mon, 02 Mar 2026 09:00:00", "2026-03-02T09:00:00+00:00"),
    ("2026-03-02 09:00:00", "2026-03-02T09:00:00+00:00"),
    ("Mon Mar  2 09:00:00 2026", "2026-03-02T09:00:00+00:00"),
    ("Fri, 11 Jul 2003 21:00:37 -0700 (PDT)", "2003-07-11T21:00:37-07:00"),
])
def test_dates(written: str, at: str) -> None:
    assert date_of(written) == dt.datetime.fromisoformat(at)


@pytest.mark.parametrize("written", [
    "", "yesterday", "Mon, 99 Mar 2026 09:00:00", "Fri, 31 Dec 9999 23:59:59 -0800", "2026-13-01 00:00", "1 2 3 4 5 6"])
def test_what_is_no_date(written: str) -> None:
    assert date_of(written) is None


def test_ids() -> None:
    assert message_ids("<a@b>\r\n <c@d>") == ("a@b", "c@d")
    assert message_ids("a@b") == ("a@b",)
    assert message_ids("") == ()
    assert message_ids("<a@b> " * 1000, 5) == ("a@b",) * 5


@pytest.mark.parametrize(("packed", "data"), [
    (b"YWJj", b"abc"), (b"YWJ\r\nj", b"abc"), (b"YWJjZA", b"abcd"), (b"YWJjZ", b"abc"), (b"YWJjZA==\nfooter", b"abcd"),
    (b"", b""), (b"!", b""), (b"=", b"")])
def test_base64_goes_as_far_as_it_can(packed: bytes, data: bytes) -> None:
    assert base64_bytes(packed) == data
