"""A mail in the form in which it is sent (.eml) as a `Mail`, and a `Mail` in that form again."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import replace
from email.header import Header
from email.utils import encode_rfc2231, format_datetime

from folderkit.core.charset import decode
from folderkit.core.language import Text
from folderkit.core.mail import headers, mime
from folderkit.core.mail.mime import Part
from folderkit.core.mail.model import (
    LIMITS,
    NOBODY,
    TOO_BIG,
    TOO_MANY_PEOPLE,
    TOO_MUCH_TEXT,
    Address,
    Gathered,
    Limits,
    Mail,
    NoMail,
)
from folderkit.core.webtext import plain

_LONGEST_SUBJECT = 1000
_SIGNATURE = re.compile(r"(?m)^-- $")
_BYTES_A_CHARACTER = 16
"""Bytes of a part that are looked at for a character of text: HTML may hold its pictures."""


def read_eml(data: bytes, limits: Limits = LIMITS) -> Mail:
    """The mail in these bytes. Raises `NoMail` for what has no header of a mail."""
    gathered = Gathered(limits)
    whole = _parse(data, gathered)
    if not whole.head.keys() & mime.OF_A_MAIL:
        raise NoMail(Text("it has none of a mail's headers", "其中没有邮件头"))
    return _mail(whole, gathered)


def read_enveloped(data: bytes, at: dt.datetime | None, limits: Limits = LIMITS) -> Mail:
    """The mail in these bytes, which may lack headers, since their envelope says that they are one, and when."""
    gathered = Gathered(limits)
    mail = _mail(_parse(data, gathered), gathered)
    return mail if mail.at else replace(mail, at=at)


def _parse(data: bytes, gathered: Gathered) -> Part:
    if len(data) > gathered.limits.size:
        gathered.tell(TOO_BIG)
        data = data[: gathered.limits.size]
    whole = mime.parse(data, gathered, into_mails=False)
    _gather(whole, gathered)
    return whole


def _mail(whole: Part, gathered: Gathered) -> Mail:
    senders = _people(whole, "from", gathered) or _people(whole, "sender", gathered)
    to, cc = _people(whole, "to", gathered), _people(whole, "cc", gathered)
    return Mail(
        message_id=next(iter(headers.message_ids(whole.header("message-id"))), ""),
        in_reply_to=next(iter(headers.message_ids(whole.header("in-reply-to"))), ""),
        references=headers.message_ids(whole.header("references")),
        at=_moment(whole),
        sender=senders[0] if senders else NOBODY,
        to=to,
        cc=cc,
        subject=subject_of(whole),
        text="\n\n".join(gathered.texts),
        attachments=tuple(gathered.attachments),
        truncated=tuple(gathered.truncated),
    )


def subject_of(whole: Part) -> str:
    """The subject, on one line."""
    return printable(whole.words("subject"))[:_LONGEST_SUBJECT]


def printable(text: str) -> str:
    """Text on one line, without control characters and halves of characters."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _people(whole: Part, name: str, gathered: Gathered) -> tuple[Address, ...]:
    found, all_of_them = headers.people(whole.header(name), gathered.limits.people)
    if not all_of_them or len(whole.head.get(name.encode(), b"")) >= headers.LONGEST - 1:
        gathered.tell(TOO_MANY_PEOPLE)
    return tuple(Address(printable(one.name), printable(one.address)) for one in found)


def _moment(whole: Part) -> dt.datetime | None:
    """When it was sent; else when the last server took it."""
    return headers.date_of(whole.header("date")) or headers.date_of(whole.header("received").rpartition(";")[2])


def _gather(whole: Part, gathered: Gathered) -> None:
    """The text and the attachments of a mail; mails within it stay whole."""
    fallback: list[Part] = []
    waiting = [(whole, True)]
    while waiting:
        part, counts = waiting.pop()
        if part.parts and not _is_attached_mail(part, whole):
            chosen = _chosen(part)
            waiting += [(child, counts and any(child is one for one in chosen)) for child in reversed(part.parts)]
        elif not _is_text(part, whole):
            _attach(part, gathered)
        elif counts:
            _add_text(part, gathered)
        else:
            fallback.append(part)
    for part in fallback if not gathered.texts else []:
        _add_text(part, gathered)


def _add_text(part: Part, gathered: Gathered) -> None:
    most = gathered.limits.text * _BYTES_A_CHARACTER
    if part.end - part.start > most:
        gathered.tell(TOO_MUCH_TEXT)
    gathered.add_text(text_of(part, most))


def _chosen(part: Part) -> list[Part]:
    """Of the same text in several forms, the plain one, where it says anything."""
    if part.kind == "multipart/alternative":
        return [child for child in part.parts if child.kind == "text/plain"] or part.parts
    return part.parts


def _is_attached_mail(part: Part, whole: Part) -> bool:
    return part.kind.startswith("message/") and part is not whole


def _is_text(part: Part, whole: Part) -> bool:
    if part is whole and part.kind.startswith("multipart/"):
        return True  # its boundaries are lost: better read than lost
    return part.kind in ("text/plain", "text/html") and part.disposition != "attachment" and not part.filename


def _attach(part: Part, gathered: Gathered) -> None:
    name = part.filename
    if not name and part.parts:
        name = f"{subject_of(part.parts[0]) or 'mail'}.eml"
    elif part.kind.startswith("message/rfc822") and not name.lower().endswith(".eml"):
        name = f"{name or 'mail'}.eml"
    inline = part.disposition != "attachment" and part.kind.startswith("image/") and b"content-id" in part.head
    gathered.attach(name, bytes(part.content()), part.kind, inline=inline)


def text_of(part: Part, most: int) -> str:
    """A part's text as plain text, of at most so many bytes."""
    text = decode(part.content(most), part.charset, cut=part.end - part.start > most)
    if part.kind == "text/html":
        return plain(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _unflowed(text) if part.is_flowed else text


def _unflowed(text: str) -> str:
    """Lines that were broken for the way put together again (RFC 3676, 4)."""
    lines: list[list[str]] = []
    goes_on = False
    for line in text.split("\n"):
        line = line.removeprefix(" ")  # stuffed, to keep ">" and "From " apart
        quoted = line.startswith(">")
        if goes_on and not quoted and not _SIGNATURE.match(line):
            lines[-1].append(line)
        else:
            lines.append([line])
        goes_on = line.endswith(" ") and not quoted and not _SIGNATURE.match(line)
    return "\n".join("".join(line).rstrip() for line in lines)


def write_eml(mail: Mail) -> bytes:
    """A mail that came in another format, in the form that every program opens."""
    fields = [("Message-ID", f"<{mail.message_id}>" if mail.message_id else ""),
              ("In-Reply-To", f"<{mail.in_reply_to}>" if mail.in_reply_to else ""),
              ("References", " ".join(f"<{one}>" for one in mail.references)),
              ("Date", format_datetime(mail.at) if mail.at else ""),
              ("From", _written([mail.sender] if mail.sender != NOBODY else [])),
              ("To", _written(mail.to)), ("Cc", _written(mail.cc)), ("Subject", _words(mail.subject))]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    parts = [b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
             + base64.encodebytes(mail.text.encode("utf-8", "replace"))]
    for attachment in mail.attachments:
        parts.append(_part(attachment.safe_name, attachment.content, attachment.kind))
    mark = f"=_{hashlib.sha256(b''.join(parts)).hexdigest()[:32]}"
    body = b"".join(b"--" + mark.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return (head + f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{mark}"\r\n\r\n').encode() + (
        body + f"--{mark}--\r\n".encode())


def _part(name: str, content: bytes, kind: str) -> bytes:
    kind = kind if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", kind, re.ASCII) else "application/octet-stream"
    head = f"Content-Type: {kind}\r\nContent-Disposition: attachment; filename*={encode_rfc2231(name, 'utf-8')}\r\n"
    if kind == "message/rfc822":
        return head.encode() + b"\r\n" + content
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)


def _written(people: list[Address] | tuple[Address, ...]) -> str:
    return ",\r\n ".join(
        f"{_words(one.name)} <{one.address}>" if one.name and one.address else one.address or f"{_words(one.name)} <>"
        for one in people)


def _words(text: str) -> str:
    if text.isascii() and len(text) < 60 and not set(text) & set('"<>(),;:\\=?\r\n'):
        return text
    return Header(text, "utf-8", maxlinelen=70).encode(linesep="\r\n")
