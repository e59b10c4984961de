"""Mailboxes: where a mail ends and the next begins."""

from __future__ import annotations

import datetime as dt
import io

import pytest

from folderkit.core.mail.mbox import begins_mailbox, read_mbox
from folderkit.core.mail.model import Limits, Mail, NoMail

LINE = b"From me@example.com Mon Mar  2 09:00:00 2026\n"


def read(data: bytes, limits: Limits | None = None, most: int = 100) -> list[Mail]:
    return list(read_mbox(io.BytesIO(data), limits or Limits(), most))


def mail(number: int, body: bytes = b"text\n") -> bytes:
    return b"From: a@b.c\nSubject: %d\n\n%s\n" % (number, body)


def test_mails_come_one_after_the_other() -> None:
    found = read(LINE + mail(1) + LINE + mail(2) + LINE + mail(3))
    assert [(one.subject, one.text) for one in found] == [("1", "text"), ("2", "text"), ("3", "text")]


def test_the_line_before_a_mail_stands_in_for_its_date() -> None:
    assert read(LINE + mail(1))[0].at == dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(("written", "text"), [
    (b">From here on\n", "From here on"), (b">>From twice\n", ">From twice"), (b"> From quoted\n", "> From quoted"),
    (b"a\n\nFrom now on we meet at ten.\n", "a\n\nFrom now on we meet at ten."),
    (b"a\nFrom b@c.de\nc\n", "a\nFrom b@c.de\nc"),
])
def test_lines_of_the_text_that_look_like_a_beginning(written: bytes, text: str) -> None:
    found = read(LINE + mail(1, written) + LINE + mail(2))
    assert [one.text for one in found] == [text, "text"]


@pytest.mark.parametrize("line", [LINE, b"From - Mon Mar  2 09:00:00 2026\n", b"From a@b\n",
                                  b"From a@b Mon Mar  2 09:00:00 2026 +0800\n", b"From \"a b\" Mon, 2 Mar 09:00\n"])
def test_beginnings(line: bytes) -> None:
    assert begins_mailbox(line + mail(1))
    assert [one.subject for one in read(line + mail(1) + line + mail(2))] == ["1", "2"]
    assert [one.subject for one in read((line + mail(1) + line + mail(2)).replace(b"\n", b"\r\n"))] == ["1", "2"]


def test_without_an_empty_line_only_a_dated_line_begins_a_mail() -> None:
    assert len(read(LINE + b"From: a@b.c\n\ntext\n" + LINE + mail(2))) == 2


def test_the_count_is_capped_and_that_is_told() -> None:
    found = read(b"".join(LINE + mail(number) for number in range(5)), most=3)
    assert [one.subject for one in found] == ["0", "1", "2"]
    assert [bool(one.truncated) for one in found] == [False, False, True]
    assert "3" in found[-1].truncated[0].en
    assert not any(one.truncated for one in read(b"".join(LINE + mail(number) for number in range(3)), most=3))


def test_a_mail_that_is_too_big_is_cut_and_the_next_is_whole() -> None:
    data = LINE + mail(1, b"x" * 80 + b"\n") + LINE + mail(2, b"y\n" * 5000) + LINE + mail(3)
    found = read(data, Limits(size=500))
    assert [bool(one.truncated) for one in found] == [False, True, False]
    assert found[2].text == "text"


def test_a_very_long_line_hides_no_beginning() -> None:
    found = read(LINE + mail(1, b"x" * 200_000 + b"\n") + LINE + mail(2))
    assert [len(one.text) for one in found] == [200_000, 4]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"Subject: x\n\ntext", b"\0" * 50])
def test_what_is_no_mailbox(data: bytes) -> None:
    with pytest.raises(NoMail):
        read(data)
