"""What a mail, a mailbox, a chat or a transcript becomes: rows of a communication log, and files that were attached."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core import naming
from folderkit.core.language import Language, Text
from folderkit.core.mail.model import Address, Mail
from folderkit.intake.candidate import Letter
from folderkit.intake.mails import read_mails
from folderkit.intake.talk import Talk
from folderkit.intake.talks import read_talk

POSTS = ("mail", "chat", "transcript")  # the types of files that are correspondence
_LONGEST = 600  # characters of a text that stand in the log; the whole lies in the file
_MOST_PEOPLE = 20
_CHANNELS = {"zoom": "video", "teams": "video", "vtt": "video", "wechat": "wechat", "dingtalk": "dingtalk"}
_ANSWER = re.compile(r"^\s*((re|fw|fwd|aw|回复|答复|转发)\s*[:：]\s*)+", re.IGNORECASE)
_QUOTED = re.compile(  # what programs put before the mail that is answered
    r"^\s*(?:-{2,}\s*(?:Original Message|Forwarded message|原始邮件|转发邮件|原邮件).*|On .{5,80} wrote:"
    r"|(?:From|发件人|寄件者)\s*[:：].*\n\s*(?:Sent|Date|To|发送时间|时间|日期|收件人|寄件日期)\s*[:：].*|.{0,60}于.{4,40}写道[:：])\s*$",
    re.MULTILINE)
_NO_TEXT = Text("(no text)", "（无正文）")
_NO_SUBJECT = Text("(no subject)", "（无主题）")
_PROVIDERS = {"qq.com", "163.com", "126.com", "139.com", "foxmail.com", "sina.com", "aliyun.com", "gmail.com",
              "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com"}


class Parties(NamedTuple):
    """Whose mail is whose: the address, or its domain, of the firm and of the client (lower case; "": not known); and
    the language in which a log is kept."""

    firm: str
    client: str
    language: Language


class Entry(NamedTuple):
    """One row of the log, by column; `answers` are the ids of the mails that it answers, the nearest first."""

    row: dict[str, Any]
    answers: tuple[str, ...] = ()


class Post(NamedTuple):
    """One file of correspondence: its rows, the (path below its folder, content) of what was attached, and what of it
    could not be read."""

    entries: tuple[Entry, ...]
    attached: tuple[tuple[str, bytes], ...] = ()
    told: tuple[Text, ...] = ()


def party(address: str) -> str:
    """What tells a firm's addresses: the domain, but for one at a provider that serves everybody."""
    address = address.strip().lower()
    domain = address.rpartition("@")[2]
    return address if domain in _PROVIDERS else domain


def type_of_talk(place: Path) -> str:
    """Whether a text is a transcript or a chat ("": neither). Raises `FolderkitError` when it cannot be read."""
    talk = read_talk(place)
    return "" if talk is None else "transcript" if place.suffix.lower() == ".vtt" else "chat"


def letter_of(place: Path, kind: str) -> Letter | None:
    """What a file of correspondence says of itself; None for one without. Raises `FolderkitError` when it cannot be
    read."""
    if kind == "mail":
        first, *others = itertools.islice(read_mails(place, most=2), 2)
        subject = "" if others else _ANSWER.sub("", first.subject)  # a mailbox has none
        return Letter(str(first.sender), subject, _local(first.at))
    talk = read_talk(place)
    return Letter("", talk.subject, _local(talk.begun)) if talk else None


def read_post(place: Path, kind: str, parties: Parties, otherwise: dt.datetime) -> Post:
    """Read a file of correspondence (mail, chat or transcript); what does not tell its time was `otherwise`. Raises
    `FolderkitError` when it cannot be read."""
    if kind != "mail":
        talk = read_talk(place)
        days = talk.days() if talk and talk.begun else (talk,) if talk else ()
        entries = tuple(Entry(_timed(_talk_row(day, kind, parties), otherwise)) for day in days)
        return Post(entries, told=talk.truncated if talk else ())
    mails = list(read_mails(place))
    attached = tuple(
        (f"{folder}{one.safe_name}", one.content) for folder, mail in zip(_folders(mails), mails, strict=True)
        for one in mail.attachments if not (one.inline and one.kind.startswith("image/")))
    told = dict.fromkeys(reason for mail in mails for reason in mail.truncated)
    entries = tuple(_entry(mail, parties) for mail in mails)
    return Post(tuple(entry._replace(row=_timed(entry.row, otherwise)) for entry in entries), attached, tuple(told))


def _timed(row: dict[str, Any], otherwise: dt.datetime) -> dict[str, Any]:
    return {**row, "time": row["time"] or otherwise.replace(second=0, microsecond=0)}


def _folders(mails: Sequence[Mail]) -> Iterator[str]:
    """The folder of each mail's attachments: none for a mail that is alone in its file."""
    for number, mail in enumerate(mails, start=1):
        subject = naming.clean_name(_ANSWER.sub("", mail.subject))[:40].strip(" .")
        yield "" if len(mails) == 1 else f"{number:03d}_{subject}/" if subject else f"{number:03d}/"


def _entry(mail: Mail, parties: Parties) -> Entry:
    people = [mail.sender, *mail.to, *mail.cc]
    others = [one for one in people if not _is(one, parties.firm)]
    row = {
        "time": _local(mail.at), "channel": "email", "direction": _direction(mail, parties),
        "subject": mail.subject or _NO_SUBJECT.in_(parties.language), "participants": _names(people),
        "counterpart": _names(others[:1]), "content": _shortened(mail.text) or _NO_TEXT.in_(parties.language),
        "ext_id": mail.message_id or _mark(str(mail.at), str(mail.sender), mail.subject, mail.text),
    }
    return Entry(row, tuple(dict.fromkeys(one for one in (mail.in_reply_to, *reversed(mail.references)) if one)))


def _talk_row(talk: Talk, kind: str, parties: Parties) -> dict[str, Any]:
    text = "\n".join(f"{line.who}: {line.text}" if line.who else line.text for line in talk.lines)
    subject = talk.subject or Text("Chat", "聊天记录").in_(parties.language)
    return {
        "time": _local(talk.begun), "channel": _CHANNELS.get(talk.source, "video" if kind == "transcript" else "chat"),
        "subject": subject, "participants": "; ".join(talk.participants[:_MOST_PEOPLE]),
        "content": _shortened(text) or _NO_TEXT.in_(parties.language),
        "ext_id": _mark(talk.source, str(talk.begun), text),
    }


def _local(moment: dt.datetime | None) -> dt.datetime | None:
    """A moment as clocks on the wall show it here, to the minute."""
    here = moment.astimezone().replace(tzinfo=None) if moment and moment.tzinfo else moment
    return here.replace(second=0, microsecond=0) if here else None


def _is(one: Address, whose: str) -> bool:
    return bool(whose) and party(one.address) == whose


def _direction(mail: Mail, parties: Parties) -> str | None:
    """Who wrote to whom; None where that cannot be told."""
    if _is(mail.sender, parties.client):
        return "incoming"
    if not parties.firm:
        return "outgoing" if any(_is(one, parties.client) for one in (*mail.to, *mail.cc)) else None
    if not _is(mail.sender, parties.firm):
        return "incoming"
    return "internal" if all(_is(one, parties.firm) for one in (*mail.to, *mail.cc)) else "outgoing"


def _names(people: Iterable[Address]) -> str:
    names = list(dict.fromkeys(one.name or one.address for one in people if one.name or one.address))
    return "; ".join(names[:_MOST_PEOPLE]) + (" …" if len(names) > _MOST_PEOPLE else "")


def _shortened(text: str) -> str:
    """The beginning of a text, without the mail that it answers, and without empty lines."""
    text = _QUOTED.split(text, maxsplit=1)[0]
    text = "\n".join(line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith(">"))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _mark(*parts: str) -> str:
    """What tells a message that has no id of its own."""
    return "folderkit:" + hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]
