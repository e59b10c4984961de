"""Outlook's mails (.msg) as `Mail`s: the properties that a person sees, of some thousand.

Sources: [MS-OXMSG] (layout), [MS-OXPROPS] (numbers of properties), [MS-OXCMSG] 2.2.2.9 (kinds of attachments).
"""

from __future__ import annotations

import datetime as dt
import struct
from typing import BinaryIO

from folderkit.core.charset import decode
from folderkit.core.language import Text
from folderkit.core.mail import headers, mime
from folderkit.core.mail.eml import printable, write_eml
from folderkit.core.mail.lzfu import decompress
from folderkit.core.mail.mime import Part
from folderkit.core.mail.model import (
    LIMITS,
    NOBODY,
    TOO_DEEP,
    TOO_MANY_PARTS,
    TOO_MANY_PEOPLE,
    TOO_MUCH_CONTENT,
    TOO_MUCH_TEXT,
    Address,
    Gathered,
    Limits,
    Mail,
    NoMail,
)
from folderkit.core.ole import CompoundFile, Entry
from folderkit.core.richtext import read_paragraphs
from folderkit.core.webtext import plain

_SUBJECT, _BODY, _HTML, _RICH_TEXT = 0x0037, 0x1000, 0x1013, 0x1009
_SENDER, _SENDER_SMTP, _SENDER_ADDRESS = (0x0C1A, 0x0042), (0x5D01, 0x5D02), (0x0C1F, 0x0065)
_MESSAGE_ID, _IN_REPLY_TO, _REFERENCES, _HEADERS = 0x1035, 0x1042, 0x1039, 0x007D
_SENT, _DELIVERED, _CREATED = 0x0039, 0x0E06, 0x3007
_INTERNET_PAGE, _MESSAGE_PAGE = 0x3FDE, 0x3FFD
_SHOWN_TO, _SHOWN_CC = 0x0E04, 0x0E03
_RECIPIENT_TYPE, _NAME, _SMTP, _ADDRESS = 0x0C15, 0x3001, 0x39FE, 0x3003
_DATA, _FILE_NAMES, _METHOD, _TYPE = 0x3701, (0x3707, 0x3704, 0x3001), 0x3705, 0x370E
_CONTENT_ID = 0x3712
_TO, _CC = 1, 2

_UNICODE, _BYTES, _BINARY, _OBJECT = "001f", "001e", "0102", "000d"
_PROPERTIES = "__properties_version1.0"
_MOST_PROPERTIES = 1 << 20  # bytes
_MOST_STRING = 32 << 20  # bytes of the text of a mail
_MOST_RICH_TEXT = 4 << 20
_MOST_LINE = 10_000
_TELLING_NOTHING = frozenset({0, 437, 850, 1252, 20127, 28591, 28605})
"""Code pages that programs also write for text that is in another."""
_PAGES = {936: "gb18030", 20936: "gb18030", 51936: "gb18030", 54936: "gb18030", 10008: "gb18030", 950: "big5hkscs",
          10002: "big5hkscs", 52936: "hz", 65001: "utf-8", 20866: "koi8-r", 50220: "iso2022_jp", 51932: "euc_jp",
          51949: "euc_kr", 1200: "utf-16-le"}  # fmt: skip

_DAMAGED = Text("a part of the mail is damaged and was left out", "邮件的一部分已损坏，没有读取")
_AN_OBJECT = Text("an object of another program stays in the mail", "另一程序的对象留在邮件中，没有取出")
_A_LINK = Text("an attachment is only a link to a file elsewhere", "有附件只是指向别处文件的链接")


def read_msg(file: BinaryIO, limits: Limits = LIMITS) -> Mail:
    """The mail in an open file. Raises `NoMail` where it is none, or too damaged."""
    try:
        compound = CompoundFile(file)
        if _PROPERTIES not in compound.children(compound.root):
            raise NoMail(Text("it is another program's file", "它是其他程序的文件"))
        return _Message(compound, compound.root, _Budget(limits), depth=0).mail()
    except (ValueError, struct.error) as error:
        raise NoMail(Text("the file is damaged", "文件已损坏")) from error


class _Budget:
    """What may still be taken from one file, over all mails within mails."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.parts = limits.parts
        self.content = limits.content


class _Store:
    """The properties of a message, a recipient or an attachment."""

    def __init__(self, compound: CompoundFile, storage: Entry, gathered: Gathered, head: int) -> None:
        self.compound = compound
        self.inside = compound.children(storage)
        self.gathered = gathered
        self.pages: tuple[int, ...] = ()
        self._fixed = self._read_fixed(head)

    def _read_fixed(self, head: int) -> dict[int, tuple[int, bytes]]:
        raw = self.stream(_PROPERTIES, _MOST_PROPERTIES)[head:]
        found = {}
        for at in range(0, len(raw) - 15, 16):
            kind, number = struct.unpack_from("<HH", raw, at)
            found[number] = (kind, raw[at + 8 : at + 16])
        return found

    def stream(self, name: str, most: int) -> bytes:
        """A stream's bytes; b"" where there is none, or where it is damaged, which is told."""
        entry = self.inside.get(name)
        if entry is None or entry.is_storage:
            return b""
        try:
            return self.compound.read(entry, most)
        except (ValueError, struct.error):
            self.gathered.tell(_DAMAGED)
            return b""

    def number(self, number: int) -> int:
        """A whole number, or 0."""
        kind, raw = self._fixed.get(number, (0, b""))
        return int(struct.unpack_from("<i", raw)[0]) if kind == 0x0003 else 0

    def moment(self, number: int) -> dt.datetime | None:
        """A moment, in UTC: the file counts from the year 1601 in steps of 100 ns."""
        kind, raw = self._fixed.get(number, (0, b""))
        if kind != 0x0040:
            return None
        (steps,) = struct.unpack("<Q", raw)
        try:
            return dt.datetime(1601, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=steps // 10) if steps else None
        except OverflowError:
            return None

    def string(self, number: int, most: int = _MOST_STRING) -> str:
        """A text, or ""; of at most so many bytes."""
        wide = self.stream(f"__substg1.0_{number:04x}{_UNICODE}", most)
        text = wide.decode("utf-16-le", "replace") if wide else self.from_page(
            self.stream(f"__substg1.0_{number:04x}{_BYTES}", most))
        return text.replace("\0", "").strip()

    def line(self, *numbers: int) -> str:
        """The first of these texts that says something, on one line."""
        return next((line for number in numbers if (line := printable(self.string(number, _MOST_LINE)))), "")

    def from_page(self, raw: bytes) -> str:
        """Text in the code page that the mail tells; in what it looks like where that cannot be."""
        names = [_PAGES.get(page, f"cp{page}") for page in self.pages if page not in _TELLING_NOTHING]
        for name in names:
            try:
                return raw.decode(name)
            except (LookupError, ValueError):
                continue
        return decode(raw, names[0] if names else "")


class _Message(_Store):
    def __init__(self, compound: CompoundFile, storage: Entry, budget: _Budget, depth: int) -> None:
        super().__init__(compound, storage, Gathered(budget.limits), head=24 if depth else 32)
        self.pages = (self.number(_INTERNET_PAGE), self.number(_MESSAGE_PAGE))
        self._budget = budget
        self._depth = depth

    def mail(self) -> Mail:
        """What the message says."""
        sent = mime.parse(self.string(_HEADERS).encode("utf-8", "replace"))
        to, cc = self._recipients()
        self._gather_text()
        for name in sorted(name for name in self.inside if name.startswith("__attach_version1.0_#")):
            self._attach(_Store(self.compound, self.inside[name], self.gathered, head=8))
        ids = [headers.message_ids(self.string(number) or sent.header(name)) for number, name in (
            (_MESSAGE_ID, "message-id"), (_IN_REPLY_TO, "in-reply-to"), (_REFERENCES, "references"))]
        return Mail(
            message_id=next(iter(ids[0]), ""),
            in_reply_to=next(iter(ids[1]), ""),
            references=ids[2],
            at=headers.date_of(sent.header("date")) or next(
                filter(None, map(self.moment, (_SENT, _DELIVERED, _CREATED))), None),
            sender=self._sender(sent),
            to=to,
            cc=cc,
            subject=self.line(_SUBJECT)[:1000],
            text="\n\n".join(self.gathered.texts),
            attachments=tuple(self.gathered.attachments),
            truncated=tuple(self.gathered.truncated),
        )

    def _sender(self, sent: Part) -> Address:
        told = headers.people(sent.header("from"), 1)[0]
        name = self.line(*_SENDER)
        address = _smtp(self.line(_SENDER_SMTP[0]), self.line(_SENDER_SMTP[1]), *map(self.line, _SENDER_ADDRESS))
        if told and not address:
            return Address(name or printable(told[0].name), printable(told[0].address))
        return Address(name if name != address else "", address) if name or address else NOBODY

    def _recipients(self) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        found: dict[int, list[Address]] = {_TO: [], _CC: []}
        names = sorted(name for name in self.inside if name.startswith("__recip_version1.0_#"))
        if len(names) > self.gathered.limits.people:
            self.gathered.tell(TOO_MANY_PEOPLE)
        for entry in names[: self.gathered.limits.people]:
            store = _Store(self.compound, self.inside[entry], self.gathered, head=8)
            store.pages = self.pages
            address = _smtp(store.line(_SMTP), store.line(_ADDRESS))
            name = store.line(_NAME)
            person = Address(name if name.strip("'") != address else "", address)
            if person != NOBODY:
                found.get(store.number(_RECIPIENT_TYPE) & 0xF, []).append(person)
        for kind, shown in ((_TO, _SHOWN_TO), (_CC, _SHOWN_CC)):
            if not names:
                found[kind] = [Address(name, "") for part in self.line(shown).split(";") if (name := part.strip())]
        return tuple(found[_TO]), tuple(found[_CC])

    def _gather_text(self) -> None:
        """The text: plain, or of the HTML, or of the rich text."""
        if text := self.string(_BODY):
            self.gathered.add_text(text.replace("\r\n", "\n").replace("\r", "\n"))
        elif html := self.stream(f"__substg1.0_{_HTML:04x}{_BINARY}", _MOST_STRING):
            self.gathered.add_text(plain(self.from_page(html)))
        elif html_text := self.string(_HTML):
            self.gathered.add_text(plain(html_text))
        elif rich := self.stream(f"__substg1.0_{_RICH_TEXT:04x}{_BINARY}", _MOST_STRING):
            lines: list[str] = []
            unpacked = decompress(rich, _MOST_RICH_TEXT)
            if len(unpacked) == _MOST_RICH_TEXT:
                self.gathered.tell(TOO_MUCH_TEXT)
            read_paragraphs(unpacked, lambda place, text: lines.append(text))
            self.gathered.add_text("\n".join(lines))

    def _attach(self, store: _Store) -> None:
        store.pages = self.pages
        self._budget.parts -= 1
        if self._budget.parts < 0:
            self.gathered.tell(TOO_MANY_PARTS)
            return
        name = store.line(*_FILE_NAMES)
        inner = store.inside.get(f"__substg1.0_{_DATA:04x}{_OBJECT}")
        entry = store.inside.get(f"__substg1.0_{_DATA:04x}{_BINARY}")
        if inner is not None and inner.is_storage:
            self._attach_mail(name, inner)
        elif entry is None:
            self.gathered.tell(_A_LINK)
        elif entry.size > self._budget.content:
            self.gathered.tell(TOO_MUCH_CONTENT)
        else:
            self._budget.content -= entry.size
            content = store.stream(f"__substg1.0_{_DATA:04x}{_BINARY}", entry.size)
            if content or not entry.size:
                kind = store.line(_TYPE).lower()
                inline = bool(store.string(_CONTENT_ID)) and kind.startswith("image/")
                self.gathered.attach(name, content, kind, inline=inline)

    def _attach_mail(self, name: str, storage: Entry) -> None:
        """A mail within the mail, as .eml."""
        if _PROPERTIES not in self.compound.children(storage):
            self.gathered.tell(_AN_OBJECT)
        elif self._depth >= min(self.gathered.limits.depth, _DEEPEST):
            self.gathered.tell(TOO_DEEP)
        else:
            mail = _Message(self.compound, storage, self._budget, self._depth + 1).mail()
            for reason in mail.truncated:
                self.gathered.tell(reason)
            name = name.removesuffix(".msg")
            self.gathered.attach(f"{name or mail.subject or 'mail'}.eml", write_eml(mail), "message/rfc822")


_DEEPEST = 8


def _smtp(*addresses: str) -> str:
    """The first that is an address of the internet and not one of Exchange's own."""
    return next((address for address in addresses if "@" in address), "")
