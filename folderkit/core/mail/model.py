"""What a mail is, whatever format it came in, and what was left of it where there was too much."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from folderkit.core.errors import Failed
from folderkit.core.language import Text
from folderkit.core.naming import UniqueNames, safe_name


class Address(NamedTuple):
    """A person or a list: the name may be "", and so may the address."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name and self.address else self.name or self.address


NOBODY = Address("", "")


@dataclass(frozen=True)
class Attachment:
    """A file in a mail. `name` is as it was sent and may be anything; `safe_name` is one harmless name, which no other
    attachment of the mail has, on Windows neither. A mail inside the mail is an attachment ".eml"."""

    name: str
    safe_name: str
    content: bytes
    kind: str
    """Its type as the sender told it ("application/pdf"), or ""."""
    inline: bool = False
    """Whether it is shown within the text: a logo, a picture of a signature."""


@dataclass(frozen=True)
class Mail:
    """One mail. `message_id`, `in_reply_to` and `references` are without their angle brackets.

    `at` knows its time zone; None where the mail has no date that can be read. `text` is plain; HTML was turned into
    text, a line per block. `truncated` says what is missing, and why.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    at: dt.datetime | None = None
    sender: Address = NOBODY
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    truncated: tuple[Text, ...] = ()


class NoMail(Failed):
    """A file that holds no mail, or one that is too damaged to be read."""

    def __init__(self, why: Text) -> None:
        super().__init__(Text(f"This is no mail that can be read: {why.en}.", f"无法读取这封邮件：{why.zh}。"),
                         Text("Open it in a mail program and save it again as .eml.",
                              "请在邮件程序中打开它，再另存为 .eml。"))


@dataclass(frozen=True)
class Limits:
    """How much of one mail is read; beyond, `Mail.truncated` says so. A mail made to hurt costs no more than this."""

    size: int = 128 << 20
    """Bytes of the mail as it lies on the disk."""
    content: int = 128 << 20
    """Bytes of all its attachments."""
    parts: int = 1000
    """Parts, or attachments."""
    depth: int = 20
    """Parts within parts, and mails within mails."""
    people: int = 1000
    text: int = 2_000_000
    """Characters."""


LIMITS = Limits()

TOO_BIG = Text("the mail is so big that only its beginning was read", "邮件过大，只读取了开头")
TOO_MANY_PARTS = Text("the mail has so many parts that not all were read", "邮件的部分过多，没有全部读取")
TOO_DEEP = Text("its parts are nested so deeply that the innermost were not taken out", "嵌套过深，最里层的没有取出")
TOO_MUCH_CONTENT = Text("the attachments are so big that not all were taken out", "附件过大，没有全部取出")
TOO_MANY_PEOPLE = Text("there are so many recipients that not all are listed", "收件人过多，没有全部列出")
TOO_MUCH_TEXT = Text("the text is so long that only its beginning was taken", "正文过长，只取了开头")


@dataclass
class Gathered:
    """What is found while a mail is read, within the limits."""

    limits: Limits = LIMITS
    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    truncated: list[Text] = field(default_factory=list)
    _names: UniqueNames = field(default_factory=UniqueNames)
    _content: int = 0
    _characters: int = 0

    def tell(self, reason: Text) -> None:
        """Say once that something is missing."""
        if reason not in self.truncated:
            self.truncated.append(reason)

    def add_text(self, text: str) -> None:
        """Keep a piece of the text."""
        room = self.limits.text - self._characters
        text = text.strip()
        if len(text) > room:
            self.tell(TOO_MUCH_TEXT)
            text = text[:room]
        if text:
            self.texts.append(text)
            self._characters += len(text)

    def attach(self, name: str, content: bytes, kind: str, *, inline: bool = False) -> None:
        """Keep an attachment; one without a name gets one by its type."""
        if len(self.attachments) >= self.limits.parts:
            self.tell(TOO_MANY_PARTS)
            return
        self._content += len(content)
        if self._content > self.limits.content:
            self._content -= len(content)
            self.tell(TOO_MUCH_CONTENT)
            return
        safe = self._names.take(safe_name(name or f"attachment{_ENDINGS.get(kind, '')}"))
        self.attachments.append(Attachment(name, safe, content, kind, inline))


_ENDINGS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/rtf": ".rtf",
    "application/pdf": ".pdf", "application/zip": ".zip", "application/json": ".json", "application/xml": ".xml",
    "application/ms-tnef": ".dat", "application/pkcs7-mime": ".p7m", "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif",
    "image/bmp": ".bmp", "image/webp": ".webp", "image/svg+xml": ".svg", "message/rfc822": ".eml",
    "audio/mpeg": ".mp3", "video/mp4": ".mp4",
}  # fmt: skip
