"""A mail's bytes as a tree of parts, found without copying them.

Sources: RFC 5322 (headers), RFC 2046 (parts). Broken mails are read as far as they go. Time grows with the length, and
what is kept with what is wanted: the standard library's parser keeps every line as an object, which takes gigabytes for
a mail of short ones, and calls itself for every part within a part.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from folderkit.core.mail import headers
from folderkit.core.mail.model import LIMITS, TOO_DEEP, TOO_MANY_PARTS, Gathered

_MOST_HEADERS = 100_000
_EOL = rb"(?:\r\n|\r|\n|\Z)"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIELD = rb"([!-9;-~]{1,200}+)[ \t]*+:([^\r\n]*+(?:(?:\r\n|\r|\n)[ \t][^\r\n]*+)*+)" + _EOL
_HEADER = re.compile(_FIELD)
_HEAD = re.compile(rb"(?:" + _FIELD + rb")*+")
_ENVELOPE = re.compile(rb">?From [^\r\n]*+(?:\r\n|\r|\n)")
_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")
_WANTED = frozenset({
    b"subject", b"from", b"sender", b"reply-to", b"to", b"cc", b"date", b"received", b"message-id", b"in-reply-to",
    b"references", b"content-type", b"content-disposition", b"content-transfer-encoding", b"content-id",
})  # fmt: skip
OF_A_MAIL = frozenset({b"subject", b"from", b"sender", b"to", b"date", b"received", b"message-id", b"content-type"})
"""Headers one of which every mail has."""
_MESSAGES = ("message/rfc822", "message/global", "message/news")
_UU_LINE = re.compile(rb"[^\r\n]+")


@dataclass
class Part:
    """A part of a mail, or the mail itself: its headers, and parts within it or a body."""

    data: bytes
    """What the part lies in."""
    start: int
    """Where its body begins in `data`; and where it ends."""
    end: int
    head: dict[bytes, bytes] = field(default_factory=dict)
    """The headers that matter, raw, the first of each name; names in lower case."""
    parts: list[Part] = field(default_factory=list)
    begin: int = 0
    """Where its headers begin."""

    def header(self, name: str) -> str:
        """A header on one line, its encoded words still encoded; "" when it is missing."""
        raw = self.head.get(name.encode(), b"")
        return headers.text_of(raw, "" if name == "content-type" else self.charset) if raw else ""

    def words(self, name: str) -> str:
        """A header as a person reads it."""
        return headers.decode_words(self.header(name))

    @cached_property
    def kind(self) -> str:
        """The type of its content, in lower case: "text/plain" where none is told."""
        kind = self.header("content-type").partition(";")[0].strip().lower()
        return kind if kind.count("/") == 1 and len(kind) < 200 else "text/plain"

    @cached_property
    def _of_kind(self) -> dict[str, str]:
        return headers.parameters(";" + self.header("content-type").partition(";")[2])

    @cached_property
    def _of_disposition(self) -> dict[str, str]:
        return headers.parameters(";" + self.header("content-disposition").partition(";")[2])

    @property
    def charset(self) -> str:
        return self._of_kind.get("charset", "")

    @property
    def boundary(self) -> str:
        return self._of_kind.get("boundary", "").rstrip()

    @property
    def is_flowed(self) -> bool:
        """Whether lines that end in a blank go on in the next (RFC 3676)."""
        return self._of_kind.get("format", "").lower() == "flowed"

    @property
    def disposition(self) -> str:
        """"inline", "attachment" or ""."""
        return self.header("content-disposition").partition(";")[0].strip().lower()

    @property
    def filename(self) -> str:
        """The name that the sender gave it, or ""."""
        return self._of_disposition.get("filename") or self._of_kind.get("name", "")

    def content(self, most: int | None = None) -> bytes:
        """The body decoded; of one that is longer than `most` encoded bytes, the beginning."""
        end = self.end if most is None else min(self.end, self.start + most)
        raw = self.data[self.start : end]
        encoding = self.header("content-transfer-encoding").lower()
        if encoding == "base64":
            return headers.base64_bytes(raw)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(raw)
        if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
            return _from_uu(raw)
        return raw

    @property
    def raw(self) -> bytes:
        """The part as it lies there, with its headers."""
        return self.data[self.begin : self.end]


def _from_uu(raw: bytes) -> bytes:
    out: list[bytes] = []
    for line in _UU_LINE.findall(raw):
        if line.startswith(b"begin "):
            out.clear()
        elif line.strip() == b"end":
            break
        else:
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                continue
    return b"".join(out)


def parse(data: bytes, gathered: Gathered | None = None, *, into_mails: bool = True) -> Part:
    """The tree of a mail. What the limits leave out is told to `gathered`: deeper parts stay undivided. Mails within it
    are divided too, or only their headers are read."""
    gathered = gathered or Gathered(LIMITS)
    whole = _part(data, 0, len(data))
    waiting, count = [(whole, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        spans = _spans(part)
        if depth >= gathered.limits.depth and part.kind.startswith(("multipart/", "message/rfc822")):
            gathered.tell(TOO_DEEP)
            continue
        for inside, start, end in spans:
            if count >= gathered.limits.parts:
                gathered.tell(TOO_MANY_PARTS)
                return whole
            part.parts.append(_part(inside, start, end))
            count += 1
        if into_mails or part is whole or part.kind not in _MESSAGES:
            waiting += [(child, depth + 1) for child in reversed(part.parts)]
    return whole


def _part(data: bytes, start: int, end: int) -> Part:
    if start == 0 and (blank := _BLANK.match(data, start, end)):
        start = blank.end()
    if envelope := _ENVELOPE.match(data, start, end):
        start = envelope.end()
    head, body = _head(data, start, end)
    return Part(data, body, end, head, begin=start)


def _head(data: bytes, start: int, end: int) -> tuple[dict[bytes, bytes], int]:
    """The headers that matter, and where the body begins: after an empty line, or at a line that is no header."""
    head = _HEAD.match(data, start, end)
    body = head.end() if head else start
    found: dict[bytes, bytes] = {}
    for header in islice(_HEADER.finditer(data, start, body), _MOST_HEADERS):
        name = header[1].lower()
        if name in _WANTED and name not in found:
            found[name] = data[header.start(2) : min(header.end(2), header.start(2) + headers.LONGEST)].strip()
    line_end = _LINE_END.match(data, body, end)
    return found, line_end.end() if line_end else body


def _spans(part: Part) -> Iterator[tuple[bytes, int, int]]:
    """Where the parts within a part lie: (data, start, end)."""
    if part.kind in _MESSAGES:
        if part.header("content-transfer-encoding").lower() in ("base64", "quoted-printable"):
            inside = part.content()  # not allowed, and done by GroupWise
            yield inside, 0, len(inside)
        else:
            yield part.data, part.start, part.end
    elif part.kind.startswith("multipart/") and part.boundary:
        yield from _between(part)


def _between(part: Part) -> Iterator[tuple[bytes, int, int]]:
    """What lies between the boundaries of a multipart; the last may lack its own."""
    mark = b"--" + re.escape(part.boundary[:200].encode("utf-8", "replace"))
    # The mark first, since what a pattern begins with is sought fast, and then whether a line begins with it.
    line = re.compile(mark + rb"(?<=[\r\n]" + mark + rb")(--)?[ \t]*+(?=[\r\n]|\Z)")
    begun = -1
    for found in line.finditer(part.data, part.start, part.end):
        if begun >= 0:
            yield part.data, begun, _without_line_end(part.data, begun, found.start())
        if found[1]:
            return
        end = _LINE_END.match(part.data, found.end(), part.end)
        begun = end.end() if end else part.end
    if begun >= 0:
        yield part.data, begun, part.end


def _without_line_end(data: bytes, start: int, end: int) -> int:
    """`end` without the line end before a boundary, which belongs to the boundary."""
    if end > start and data[end - 1 : end] == b"\n":
        end -= 1
    if end > start and data[end - 1 : end] == b"\r":
        end -= 1
    return end


def walk(whole: Part) -> Iterator[tuple[Part, bool]]:
    """Every part in its order, and whether it is of the form that counts: of the same text in several forms, the plain
    one, where there is any."""
    waiting = [(whole, True)]
    while waiting:
        part, counts = waiting.pop()
        yield part, counts
        chosen = part.parts
        if part.kind == "multipart/alternative":
            chosen = [child for child in part.parts if child.kind == "text/plain"] or part.parts
        waiting += [(child, counts and any(child is one for one in chosen)) for child in reversed(part.parts)]
