"""Mailboxes (.mbox): many mails in one file, read one after the other, however big the file is.

Source: RFC 4155 (appendix A), and how mboxo and mboxrd mark lines that begin with "From " (one more ">" before it).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, NamedTuple

from folderkit.core.language import Text
from folderkit.core.mail import headers
from folderkit.core.mail.eml import read_enveloped
from folderkit.core.mail.model import LIMITS, TOO_BIG, Limits, Mail, NoMail

MOST_MAILS = 10_000

_LINE = 1 << 16
_QUOTED = re.compile(rb">+From ")
_ENVELOPE = re.compile(rb"From (?:[^\r\n]*\d{1,2}:\d{2}|\S+@\S+\s*$|-\s*$)")
_DATED = re.compile(rb"From [^\r\n]*\b[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d{1,2}:\d{2}(?::\d{2})?")
_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d{1,2}:\d{2}.*")


class _Piece(NamedTuple):
    """A mail as it lies in the mailbox: the line before it, and as much of it as a mail may have."""

    envelope: bytes
    data: bytes
    is_cut: bool


def begins_mailbox(head: bytes) -> bool:
    """Whether a file that begins so is a mailbox."""
    return bool(_ENVELOPE.match(head.lstrip(b"\r\n").split(b"\n", 1)[0]))


def read_mbox(file: BinaryIO, limits: Limits = LIMITS, most: int = MOST_MAILS) -> Iterator[Mail]:
    """The mails of a mailbox in their order, at most so many; the last then says that there are more. Raises `NoMail`
    where the file is no mailbox."""
    last: Mail | None = None
    for count, piece in enumerate(_pieces(file, limits.size)):
        if last is not None:
            if count >= most:
                yield replace(last, truncated=(*last.truncated, _too_many(most)))
                return
            yield last
        last = read_enveloped(piece.data, _moment(piece.envelope), limits)
        if piece.is_cut:
            last = replace(last, truncated=(*last.truncated, TOO_BIG))
    if last is not None:
        yield last


def _too_many(most: int) -> Text:
    return Text(f"the mailbox holds more than {most} mails, and the others were not read",
                f"邮箱文件中的邮件多于 {most} 封，其余没有读取")


def _moment(envelope: bytes) -> dt.datetime | None:
    found = _DATE.search(envelope[:300].decode("ascii", "replace"))
    return headers.date_of(found[0]) if found else None


def _pieces(file: BinaryIO, most: int) -> Iterator[_Piece]:
    envelope, body, is_cut = b"", bytearray(), False
    after_blank, at_start = True, True
    while line := file.readline(_LINE):
        if at_start and line.startswith(b"From ") and _is_envelope(line, after_blank=after_blank):
            if envelope:
                yield _Piece(envelope, _without_last_line_end(body), is_cut)
            envelope, body, is_cut = line, bytearray(), False
        elif envelope:
            if at_start and _QUOTED.match(line):
                line = line[1:]
            is_cut = is_cut or len(body) + len(line) > most
            if not is_cut:
                body += line
        elif line.strip():
            raise NoMail(Text("a mailbox begins with a line 'From …'", "邮箱文件应以“From …”一行开头"))
        after_blank = at_start and not line.strip(b"\r\n")
        at_start = line.endswith(b"\n")
    if not envelope:
        raise NoMail(Text("the mailbox is empty", "邮箱文件是空的"))
    yield _Piece(envelope, _without_last_line_end(body), is_cut)


def _is_envelope(line: bytes, *, after_blank: bool) -> bool:
    """Whether a line begins a mail, and is not of the text of one."""
    return bool((_ENVELOPE if after_blank else _DATED).match(line))


def _without_last_line_end(body: bytearray) -> bytes:
    """The empty line that ends a mail in a mailbox is not of the mail."""
    for end in (b"\r\n\r\n", b"\n\n"):
        if body.endswith(end):
            return bytes(body[: -len(end) // 2])
    return bytes(body)
