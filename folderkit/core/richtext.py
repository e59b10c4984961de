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
    b" bkmkstart bkmkend mmathPr panose falt sp upr listname leveltext levelnumbers".split()
)
_STARRED = frozenset(b"shpinst shptxt annotation ud".split())
"""Destinations with words in them that say of themselves that old programs pass them over. What stands in `upr` is
said twice, the second time in `ud`, in Unicode."""
_ENDS = frozenset({b"par", b"sect", b"page", b"row", b"sectd"})
_MARKS = {b"tab": "\t", b"cell": "\t", b"line": "\n", b"emdash": "—", b"endash": "–", b"bullet": "•",
          b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”"}  # fmt: skip
_PLACES = {b"header": "header", b"headerl": "header", b"headerr": "header", b"headerf": "header",
           b"footer": "footer", b"footerl": "footer", b"footerr": "footer", b"footerf": "footer",
           b"footnote": "footnote", b"annotation": "comment", b"shptxt": "box"}  # fmt: skip
_BOX, _NAME, _VALUE = "box", "name of a property", "value of a property"
"""Places of our own: the text of a box stands apart from what is around it; of a drawing's properties few matter."""
_DESCRIBING = frozenset({"wzDescription", "gtextUNICODE"})
_ON = {b"deleted": 1}
"""What a word means without its number, where that is not 0."""
_INFO = {b"title": "title", b"author": "author", b"operator": "saved by", b"company": "company",
         b"manager": "manager", b"keywords": "keywords", b"doccomm": "description", b"creatim": "created",
         b"revtim": "saved"}  # fmt: skip
_OF_MOMENT = {b"yr": "{:04}", b"mo": "-{:02}", b"dy": "-{:02}", b"hr": "T{:02}", b"min": ":{:02}", b"sec": ":{:02}"}
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
             177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 238: "cp1250"}  # fmt: skip


@dataclass(frozen=True)
class _State:
    """What a group inherits, and loses again at its end."""

    skipping: bool = False
    fonts: bool = False
    info: bool = False
    """Within what the file says of itself."""
    deleted: bool = False
    """Crossed out by somebody whose changes are tracked."""
    place: str = ""
    charset: str = ""
    fallback: int = 1
    """Characters after a \\u that say the same for old readers."""


def read_paragraphs(data: bytes, add: Callable[[str, str], None],
                    tell: Callable[[str, str], None] | None = None) -> None:
    """Call `add` with the place and the text of each paragraph, and `tell` with the name and the value of what the file
    says of itself ("author", "created"). The place is "" for body text, or "header", "footer", "footnote", "comment",
    "picture" (what it is said to show)."""
    _Reader(add, tell or _ignore).read(data)


def _ignore(name: str, value: str) -> None:
    """Nobody asks what the file says of itself."""


class _Reader:
    def __init__(self, add: Callable[[str, str], None], tell: Callable[[str, str], None]) -> None:
        self._add = add
        self._tell = tell
        self._is_starred = False
        self._property = ""
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
            b"mac": lambda _: self._name_page("mac_roman"),
            b"pc": lambda _: self._name_page("cp437"),
            b"pca": lambda _: self._name_page("cp850"),
            b"deleted": lambda count: self._set(deleted=bool(count)),
            b"plain": lambda _: self._set(deleted=False),
            b"sn": lambda _: self._set(place=_NAME, skipping=False),
            b"sv": lambda _: self._set(place=_VALUE, skipping=False),
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
        if self._is_starred:
            self._is_starred = False
            if word in _STARRED:
                outer = self._stack[-2:] if word == b"ud" else self._stack[-1:]
                self._set(skipping=outer[0].skipping)
        if word in self._words:
            self._words[word](int(number or _ON.get(word, 0)))
        elif self._state.info and (word in _INFO or word in _OF_MOMENT or word == b"nofpages"):
            self._inform(word, int(number or 0))
        elif word in _SKIPPED:
            self._set(skipping=True, fonts=word == b"fonttbl", info=word == b"info")
        elif word in _PLACES and not self._state.skipping:
            self._set(place=_PLACES[word])
        elif word in _ENDS and not self._state.skipping:
            self._flush(self._state.place)
        elif word in _MARKS:
            self._put(_MARKS[word])

    def _inform(self, word: bytes, number: int) -> None:
        """A word of what the file says of itself."""
        if word in _INFO:
            self._set(place=f"info {_INFO[word]}", skipping=False)
        elif word in _OF_MOMENT:
            self._put(_OF_MOMENT[word].format(number))
        elif number > 0:
            self._tell("pages", str(number))

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
            self._is_starred = brace.endswith(b"*")
            if self._is_starred:  # a destination that only those who know it should read
                self._set(skipping=True)
        elif self._stack:
            left, self._state = self._state, self._stack.pop()
            if left.place != self._state.place:
                self._flush(left.place)

    def _take(self, raw: bytes) -> None:
        ignored = min(self._ignored, len(raw))
        self._ignored -= ignored
        if not self._state.skipping and not self._state.deleted:
            self._bytes += raw[ignored:]

    def _put(self, text: str) -> None:
        self._decode()
        if not self._state.skipping and not self._state.deleted:
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
        self._name_page({936: "gb18030", 10000: "mac_roman", 65001: "utf-8"}.get(number, f"cp{number}"))

    def _name_page(self, page: str) -> None:
        self._page = page

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
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if place.startswith("info "):
            self._tell(place.removeprefix("info "), text.strip())
        elif place == _NAME:
            self._property = text
        elif place != _VALUE:
            self._add("" if place == _BOX else place, text)
        elif self._property in _DESCRIBING:
            self._add("picture", text)
