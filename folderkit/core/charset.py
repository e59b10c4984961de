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

_LABELS = {"x-gbk": "gb18030", "x-x-big5": "big5hkscs", "ks_c_5601": "cp949", "unicode-1-1-utf-7": "utf-7"}
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "euc_kr": "cp949",
          "shift_jis": "cp932", "iso8859-1": "cp1252", "ascii": "utf-8"}  # fmt: skip
"""Charsets that senders name for more than they stand for, by Python's names (WHATWG Encoding, 4.2)."""
_CHINESE = frozenset({"gb18030", "big5hkscs"})

_LONGEST_LABEL = 60
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Python's codecs that a sender could name and that are no charset of a text; those that give bytes (zlib, a bomb) tell
so of themselves."""

_ENOUGH = 0.6
_SAMPLE = 20_000
_FEW = 20
"""So many characters must be right for each that is wrong."""

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
    told = _codec(declared)
    if told in _CHINESE and _is_chinese_utf8(data, cut=cut):
        return data.decode("utf-8", "ignore")  # many senders name the charset that they had years ago
    for encoding in (told, _without_mark(data), "utf-8"):
        text = _strict(data, encoding, cut=cut) if encoding else None
        if text is not None:
            return text
    return _guessed(data, cut=cut) or _damaged(data, told) or _western(data, cut=cut)


def _guessed(data: bytes, *, cut: bool) -> str | None:
    """Chinese text of no charset that was told."""
    found = {encoding: _strict(data, encoding, cut=cut) for encoding in _COMMON}
    shares = {encoding: _common_share(text, encoding) for encoding, text in found.items() if text is not None}
    best = max(shares, key=lambda encoding: shares[encoding], default="")
    return found[best] if best and shares[best] >= _ENOUGH else None


def _damaged(data: bytes, declared: str) -> str | None:
    """Text in which a few bytes are wrong: of the charset that was told, or of what nearly all of it looks like."""
    for encoding in (declared, "utf-8", *_COMMON):
        if not encoding or encoding == "cp1252":
            continue
        text = data.decode(encoding, "replace")
        wrong = text.count("\ufffd", 0, _SAMPLE)
        right = sum(character > "\x7f" for character in text[:_SAMPLE]) - wrong
        enough = encoding not in _COMMON or encoding == declared or _common_share(text, encoding) >= _ENOUGH
        if wrong * _FEW <= right and enough:
            return text
    return None


def _western(data: bytes, *, cut: bool) -> str:
    text = _strict(data, "cp1252", cut=cut)
    return data.decode("latin-1") if text is None else text


def _is_chinese_utf8(data: bytes, *, cut: bool) -> bool:
    """Whether these bytes are UTF-8 with characters as Chinese has them, which other text passes for hardly ever."""
    text = _strict(data, "utf-8", cut=cut)
    return text is not None and any(character >= "\u0800" for character in text)


def _codec(label: str) -> str:
    """Python's name for the charset that a sender named; "" for none, and for what is no charset of a text."""
    label = label.strip().strip("\"'").lower()
    if not label or len(label) > _LONGEST_LABEL:
        return ""
    try:
        codec = codecs.lookup(_LABELS.get(label, label))
    except (LookupError, ValueError, ImportError):
        return ""
    if codec.name in _NO_CHARSETS or not getattr(codec, "_is_text_encoding", True):
        return ""
    return _WIDER.get(codec.name, codec.name)


def is_binary(data: bytes) -> bool:
    """Whether these bytes are no text at all: NULs that no Unicode encoding explains."""
    head = data[:8192]
    return b"\0" in head and not head.startswith(tuple(mark for mark, _ in _MARKS)) and not _without_mark(head)


def _strict(data: bytes, encoding: str, *, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, not cut)
    except (LookupError, ValueError, TypeError):
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
