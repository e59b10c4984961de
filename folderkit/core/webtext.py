"""The words of HTML: what is shown, block by block; scripts and styles are passed over.

An own scan, since Python's parser of HTML needs time that grows with the square of the length where a page is made to
hurt, and mails are read in the process that watches.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_SPACES = re.compile(r"[ \t\r\n\f]+")
_TAG = re.compile(r"(/?)([a-zA-Z][^\s/>]*)")
_QUOTE_OR_END = re.compile(r"""=\s*(["'])|>""")
_LONG_NUMBERS = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{7,});?")

_HIDDEN = frozenset({"script", "style", "template"})
_RAW_ENDS = {tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE) for tag in ("script", "style")}
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li",
    "main", "nav", "ol", "option", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})


def add_blocks(text: str, add: Callable[[str], None]) -> str:
    """Call `add` with each block of a page, the cells of a row joined by tabs; return the page's title, or ""."""
    page = _Page(add)
    _Scan(text, page).run()
    page.flush()
    return "".join(page.title)


def plain(text: str) -> str:
    """The words of a page, a line per block."""
    found: list[str] = []
    add_blocks(text, found.append)
    return "\n".join(block for block in (block.strip() for block in found) if block)


def unescape(text: str) -> str:
    """Text with its entities (``&amp;``) resolved."""
    # Python refuses to make a number of thousands of digits, and needs long for it.
    return html.unescape(_LONG_NUMBERS.sub("\ufffd", text)) if "&" in text else text


class _Page:
    """What is shown, as tags and text come."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add
        self._block: list[str] = []
        self._hidden = ""
        self._in_title = False
        self.title: list[str] = []

    def start(self, tag: str) -> None:
        if tag in _HIDDEN and not self._hidden:
            self._hidden = tag
        self._in_title = tag == "title"
        if tag in _BLOCKS:
            self.flush()

    def end(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        self._in_title = False
        if tag in _BLOCKS:
            self.flush()
        elif tag in _CELLS:
            self._block.append("\v")  # kept apart from the blanks of the source until the block is whole

    def data(self, text: str) -> None:
        if self._hidden and not self._in_title:
            return
        text = unescape(text)
        (self.title if self._in_title else self._block).append(text)

    def flush(self) -> None:
        """End the block."""
        if self._block:
            cells = "".join(self._block).split("\v")
            self._block.clear()
            self._add("\t".join(_SPACES.sub(" ", cell).strip() for cell in cells))


class _Scan:
    """Goes through a page once. What is sought more than once is known to be there: `_last` says where it ends."""

    def __init__(self, text: str, page: _Page) -> None:
        self._text = text
        self._page = page
        self._last = {mark: text.rfind(mark) for mark in (">", "-->", '"', "'")}

    def run(self) -> None:
        text, position = self._text, 0
        while position < len(text):
            opened = text.find("<", position)
            if opened < 0 or opened >= self._last[">"]:
                self._page.data(text[position:])
                return
            if opened > position:
                self._page.data(text[position:opened])
            position = self._markup(opened)

    def _markup(self, opened: int) -> int:
        """Where what begins at `opened` ends."""
        text = self._text
        if text.startswith("<!--", opened) and opened + 4 <= self._last["-->"]:
            return text.find("-->", opened + 4) + 3
        if text.startswith(("<!", "<?"), opened):
            return text.find(">", opened) + 1
        found = _TAG.match(text, opened + 1)
        if found is None:
            if text.startswith("</", opened):
                return text.find(">", opened) + 1
            self._page.data("<")
            return opened + 1
        return self._tag(found[2].lower(), bool(found[1]), found.end())

    def _tag(self, tag: str, closes: bool, position: int) -> int:
        end = self._tag_end(position)
        if closes:
            self._page.end(tag)
            return end
        self._page.start(tag)
        if self._text.startswith("/>", end - 2):
            self._page.end(tag)
        elif tag in _RAW_ENDS:
            raw = _RAW_ENDS[tag].search(self._text, end)
            return raw.start() if raw else len(self._text)
        return end

    def _tag_end(self, position: int) -> int:
        """After the ">" of a tag, of which those in quotes are none; there is one."""
        start, text = position, self._text
        while found := _QUOTE_OR_END.search(text, position):
            if found[0] == ">":
                return found.end()
            quote = found[1]
            position = text.find(quote, found.end()) + 1 if found.end() <= self._last[quote] else found.end()
        return text.find(">", start) + 1
