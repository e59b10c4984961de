"""Headers of mails, as senders write them and not only as they should: words, parameters, people, dates.

Sources: RFC 5322 (headers), RFC 2047 (encoded words), RFC 2231 (parameters). All of it takes time that grows with the
length only, unlike the standard library's.
"""

from __future__ import annotations

import binascii
import datetime as dt
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from itertools import groupby
from urllib.parse import unquote_to_bytes

from folderkit.core.charset import decode
from folderkit.core.mail.model import Address

LONGEST = 100_000
"""Characters of a header that are looked at."""
_LONGEST_PARAMETERS = 20_000
_MOST_SECTIONS = 200  # of a parameter in sections (RFC 2231)

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,20})\?=")
_FOLD = re.compile(r"[ \t]*(?:\r\n|\r|\n)[ \t]*")
_PARAMETER = re.compile(r""";\s*([^=;\s"]{1,80})\s*=\s*("(?:[^"\\]|\\.){0,4000}+"|[^;]*)""", re.DOTALL)
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,4}))?(\*)?")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ID = re.compile(r"<\s*([^<>\s]{1,1000})\s*>")
_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?")


def text_of(raw: bytes, charset: str = "") -> str:
    """A header's bytes as text on one line, its encoded words still encoded. Bytes beyond ASCII, which many senders
    put in as they are, are UTF-8, or in the charset of the mail, or in what they look like."""
    raw = raw[:LONGEST]
    text = raw.decode("ascii") if raw.isascii() else decode(raw, charset, cut=len(raw) == LONGEST)
    return _FOLD.sub(" ", text).strip().replace("\0", "")


def decode_words(text: str) -> str:
    """Text with its encoded words decoded; blanks between two of them go, and those of one charset are decoded
    together, since many senders cut characters in two."""
    out: list[str] = []
    run: list[tuple[str, bytes]] = []
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        if between.strip() or not run:
            out += [*_decoded(run), between]
            run = []
        end = found.end()
        run.append((found[1].partition("*")[0].lower(), _word_bytes(found[2], found[3])))
    out += [*_decoded(run), text[end:]]
    return "".join(out)


def _decoded(run: list[tuple[str, bytes]]) -> Iterator[str]:
    for charset, words in groupby(run, key=lambda word: word[0]):
        yield decode(b"".join(raw for _, raw in words), charset)


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64_bytes(raw)
    return binascii.a2b_qp(raw, header=True)


_NOT_BASE64 = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")))


def base64_bytes(data: bytes) -> bytes:
    """Base64 decoded as far as it goes, whatever stands between and behind, or is missing."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pure = data.translate(None, _NOT_BASE64)
        pure = pure[:-1] if len(pure) % 4 == 1 else pure
        return binascii.a2b_base64(pure + b"=" * (-len(pure) % 4))


def parameters(text: str) -> dict[str, str]:
    """The parameters of a header such as Content-Type, decoded, by their names in lower case; the first of a name."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAMETER.finditer(text[:_LONGEST_PARAMETERS]):
        value = found[2].strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = _ESCAPED.sub(r"\1", value[1:-1])
        parts = _SECTION.fullmatch(found[1].lower())
        if parts is None or (parts[2] is None and parts[3] is None):
            plain.setdefault(found[1].lower(), decode_words(value))
        else:
            known = sections.setdefault(parts[1], {})
            if len(known) < _MOST_SECTIONS:
                known.setdefault(int(parts[2] or 0), (bool(parts[3]), value))
    return {**plain, **{name: _joined(parts) for name, parts in sections.items()}}


def _joined(sections: dict[int, tuple[bool, str]]) -> str:
    """A parameter in sections, or with its charset told (RFC 2231, 3 and 4)."""
    charset, raw = "", b""
    for number in sorted(sections):
        encoded, value = sections[number]
        if encoded and not charset and value.count("'") >= 2 and not raw:
            charset, _, value = value.split("'", 2)
        raw += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return decode(raw, charset) if charset else decode_words(decode(raw))


def people(text: str, most: int) -> tuple[list[Address], bool]:
    """The people in a header such as To, at most so many, and whether these are all."""
    found: list[Address] = []
    for name, address in _mailboxes(text):
        if name or address:
            if len(found) >= most:
                return found, False
            found.append(Address(name, address))
    bare = _BARE.search(text) if not found else None
    return [Address("", bare[0])] if bare else found, True


_PIECE = re.compile(r'"((?:[^"\\]|\\.){0,500}+)"|<([^<>]*)(?:>|\Z)|([(),;:<>"])|([^"<>(),;:]+)', re.DOTALL)
_BARE = re.compile(r"[^\s<>()\[\]\",;:@]{1,100}@[^\s<>()\[\]\",;:@]{1,255}")


def _mailboxes(text: str) -> Iterator[tuple[str, str]]:
    """(name, address) of each mailbox; of a group (``team: a, b;``) those in it."""
    words: list[str] = []
    comment: list[str] = []
    address: str | None = None
    depth = 0
    for found in _PIECE.finditer(text):
        quoted, angle, sign, plain = found.groups()
        if sign in ("(", ")"):
            depth = max(0, depth + (1 if sign == "(" else -1))
        elif depth:
            comment.append(found[0])
        elif sign in (",", ";") or (sign == ":" and address is None):
            if sign != ":":
                yield _mailbox(words, address, comment)
            words, comment, address = [], [], None
        elif angle is not None and address is None:
            address = angle
        elif quoted is not None:
            words.append(_ESCAPED.sub(r"\1", quoted))
        elif plain:
            words.append(plain)
    yield _mailbox(words, address, comment)


def _mailbox(words: list[str], address: str | None, comment: list[str]) -> tuple[str, str]:
    name = " ".join(" ".join(words).split())
    if address is None:
        if "@" in name and "=?" not in name:
            return " ".join(decode_words(" ".join(comment)).split()), name.replace(" ", "")
        return decode_words(name), ""
    name = " ".join(decode_words(name or " ".join(comment)).split())
    address = "".join(address.split())
    return name.strip("'\"") if name != address else "", address.rpartition(":")[2] if address[:1] == "@" else address


def message_ids(text: str, most: int = 200) -> tuple[str, ...]:
    """The ids in a header such as References, without their brackets; one that has none counts as a whole."""
    found = [match[1] for _, match in zip(range(most), _ID.finditer(text), strict=False)]
    bare = text.strip(" <>")
    return tuple(found) if found or not bare or " " in bare else (bare[:1000],)


def date_of(text: str) -> dt.datetime | None:
    """The moment that a header such as Date tells; UTC where it tells no zone."""
    text = text[:200].strip()
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        found = _ISO_DATE.match(text)
        if found is None:
            return None
        try:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            at = dt.datetime(year, month, day, hour, minute, second)
        except ValueError:
            return None
    try:
        at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at
        at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return at
