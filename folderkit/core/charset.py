"""Bytes to text, without a detector: marks first, then strict tries, then what Chinese text looks like."""

from __future__ import annotations

import codecs
from itertools import islice

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
          "iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8"}  # fmt: skip
"""Labels that senders use for more than they stand for (WHATWG Encoding, 4.2)."""

_LONGEST_LABEL = 60
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Python's codecs that a sender could name and that are no charset of a text; those that give bytes (zlib, a bomb) tell
so of themselves."""

_ENOUGH = 0.6
_SAMPLE = 20_000

_COMMON = {"gb18030": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7)}
"""Lead bytes of the characters in daily use: the first levels of GB 2312 and Big5 (sorted by use)."""
_NEUTRAL = {"gb18030": range(0xA1, 0xAA), "big5": range(0xA1, 0xA4)}
"""Lead bytes of punctuation and forms, which prove nothing."""


def decode(data: bytes, declared: str = "", *, cut: bool = False) -> str:
    """Text of `data`: by its mark, by its declared encoding, else by strict tries; never fails.

    `cut` says that the end is missing, so that half a character at the end is no error.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = declared.strip().strip("\"'").lower()
    for encoding in (_WIDER.get(declared, declared), _without_mark(data), "utf-8"):
        text = _strict(data, encoding, cut=cut) if encoding else None
        if text is not None:
            return text
    found = {encoding: _strict(data, encoding, cut=cut) for encoding in _COMMON}
    shares = {encoding: _common_share(text, encoding) for encoding, text in found.items() if text is not None}
    best = max(shares, key=lambda encoding: shares[encoding], default="")
    text = found[best] if best and shares[best] >= _ENOUGH else _strict(data, "cp1252", cut=cut)
    return data.decode("latin-1") if text is None else text


def is_binary(data: bytes) -> bool:
    """Whether these bytes are no text at all: NULs that no Unicode encoding explains."""
    head = data[:8192]
    return b"\0" in head and not head.startswith(tuple(mark for mark, _ in _MARKS)) and not _without_mark(head)


def _strict(data: bytes, encoding: str, *, cut: bool) -> str | None:
    if len(encoding) > _LONGEST_LABEL:
        return None
    try:
        codec = codecs.lookup(encoding)
        if codec.name in _NO_CHARSETS or not getattr(codec, "_is_text_encoding", True):
            return None
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, not cut)
    except (LookupError, ValueError, TypeError, ImportError):
        return None


def _without_mark(data: bytes) -> str:
    """UTF-16 without a mark shows by its NULs, which then stand on one side only."""
    head = data[:8192]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 < len(head) // 2 or min(even, odd) * 20 > max(even, odd) or len(head) < 4:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _common_share(text: str, encoding: str) -> float:
    """How much of the Chinese in a text is in daily use: nearly all in real text, little in a wrong guess.

    Big5 and Western bytes often pass as GB 18030 without an error, so that a strict try alone tells nothing.
    """
    common = rare = 0
    for character in islice((character for character in text if character > "\x7f"), _SAMPLE):
        raw = character.encode(encoding, "replace")
        if len(raw) == 2 and (encoding != "gb18030" or raw[1] >= 0xA1):
            if raw[0] in _COMMON[encoding]:
                common += 1
                continue
            if raw[0] in _NEUTRAL[encoding]:
                continue
        rare += 1
    return common / (common + rare) if common else 0.0
