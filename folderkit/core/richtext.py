"""Rich text (RTF): its words, without any of its layout; of files, and of Outlook's mails.

Source: Rich Text Format Specification 1.9.1 ("Destinations", "Unicode RTF", "Font table").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from folderkit.core.charset import decode

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|(\{\\\*|[{}])|([^\\{}\r\n]+)", re.S
)

_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict objdata fldinst themedata colorschememapping datastore"
    b" latentstyles list listtable listoverridetable revtbl rsidtbl generator xmlnstbl nonshppict filetbl"
    b" bkmkstart bkmkend mmathPr panose falt sp".split()
)
_ENDS = frozenset({b"par", b"sect", b"page", b"row", b"sectd"})
_MARKS = {b"tab": "\t", b"cell": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•",
          b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”"}  # fmt: skip
_PLACES = {b"header": "header", b"headerl": "header", b"headerr": "header", b"headerf": "header",
           b"footer": "footer", b"footerl": "footer", b"footerr": "footer", b"footerf": "footer",
           b"footnote": "footnote", b"annotation": "comment"}  # fmt: skip
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
             177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 238: "cp1250"}  # fmt: skip


@dataclass(frozen=True)
class _State:
    """What a group inherits, and loses again at its end."""

    skipping: bool = False
    fonts: bool = False
    place: str = ""
    charset: str = ""
    fallback: int = 1
    """Characters after a \\u that say the same for old readers."""


def read_paragraphs(data: bytes, add: Callable[[str, str], None]) -> None:
    """Call `add` with the place and the text of each paragraph. The place is "" for body text, or "header", "footer",
    "footnote", "comment"."""
    _Reader(add).read(data)


class _Reader:
    def __init__(self, add: Callable[[str, str], None]) -> None:
        self._add = add
        self._state = _State()
        self._stack: list[_State] = []
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._page = "cp1252"
        self._bytes = bytearray()
        self._text: dict[str, list[str]] = {}
        self._ignored = 0
        self._words: dict[bytes, Callable[[int], None]] = {
            b"u": self._unicode,
            b"uc": lambda count: self._set(fallback=max(0, count)),
            b"f": self._choose_font,
            b"fcharset": self._name_charset,
            b"ansicpg": self._choose_page,
        }

    def read(self, data: bytes) -> None:
        position = 0
        while match := _TOKEN.search(data, position):
            position = match.end()
            word, number, byte, symbol, brace, plain = match.groups()
            if word == b"bin":
                position += max(0, int(number or 0))
            elif word:
                self._word(word, number)
            elif byte:
                self._take(bytes([int(byte, 16)]))
            elif brace:
                self._group(brace)
            elif plain:
                self._take(plain)
            else:
                self._symbol(symbol)
        for place in list(self._text):
            self._flush(place)

    def _word(self, word: bytes, number: bytes | None) -> None:
        if word in self._words:
            self._words[word](int(number or 0))
        elif word in _SKIPPED:
            self._set(skipping=True, fonts=word == b"fonttbl")
        elif word in _PLACES:
            self._set(place=_PLACES[word])
        elif word in _ENDS and not self._state.skipping:
            self._flush(self._state.place)
        elif word in _MARKS:
            self._put(_MARKS[word])

    def _symbol(self, symbol: bytes) -> None:
        if symbol in (b"\\", b"{", b"}"):
            self._take(symbol)
        elif symbol in (b"~", b"_"):
            self._put(" " if symbol == b"~" else "-")
        elif symbol in (b"\n", b"\r") and not self._state.skipping:
            self._flush(self._state.place)

    def _group(self, brace: bytes) -> None:
        self._decode()
        self._ignored = 0
        if brace.startswith(b"{"):
            self._stack.append(self._state)
            if brace.endswith(b"*"):  # a destination that only those who know it should read
                self._set(skipping=True)
        elif self._stack:
            left, self._state = self._state, self._stack.pop()
            if left.place != self._state.place:
                self._flush(left.place)

    def _take(self, raw: bytes) -> None:
        ignored = min(self._ignored, len(raw))
        self._ignored -= ignored
        if not self._state.skipping:
            self._bytes += raw[ignored:]

    def _put(self, text: str) -> None:
        self._decode()
        if not self._state.skipping:
            self._text.setdefault(self._state.place, []).append(text)

    def _unicode(self, number: int) -> None:
        self._put(chr(number % 0x10000))
        self._ignored = self._state.fallback

    def _choose_font(self, number: int) -> None:
        self._font = number
        self._set(charset=self._fonts.get(number, ""))

    def _name_charset(self, number: int) -> None:
        if self._state.fonts:
            self._fonts[self._font] = _CHARSETS.get(number, "")

    def _choose_page(self, number: int) -> None:
        self._page = {936: "gb18030", 65001: "utf-8"}.get(number, f"cp{number}")

    def _set(self, **changes: bool | int | str) -> None:
        self._decode()
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def _decode(self) -> None:
        if self._bytes:
            text = decode(bytes(self._bytes), self._state.charset or self._page)
            self._bytes.clear()
            self._text.setdefault(self._state.place, []).append(text)

    def _flush(self, place: str) -> None:
        self._decode()
        text = "".join(self._text.pop(place, []))
        # Characters beyond the first 65,536 come as two halves.
        self._add(place, text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
