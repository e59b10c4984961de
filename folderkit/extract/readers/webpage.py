"""HTML: what is shown, a passage per block; scripts and styles are passed over."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from folderkit.extract.charset import decode
from folderkit.extract.model import BROKEN, MAX_CHARACTERS, TOO_BIG, Findings, UnreadableError

_MOST = MAX_CHARACTERS * 4
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.I)
_SPACES = re.compile(r"[ \t\r\n\f]+")

_HIDDEN = frozenset({"script", "style", "template"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li",
    "main", "nav", "ol", "option", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})


def read(path: Path, findings: Findings) -> None:
    """Add a passage per block, and name the page by its title."""
    with path.open("rb") as file:
        data = file.read(_MOST)
        cut = bool(file.read(1))
    declared = _CHARSET.search(data[:4096])
    text = decode(data, declared[1].decode("ascii", "replace") if declared else "", cut=cut)
    findings.name(add_blocks(text, findings))
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: there is too much text.")


def add_blocks(text: str, findings: Findings) -> str:
    """Add a passage per block of HTML; return its title, or ""."""
    page = _Page(findings)
    try:
        page.feed(text)
        page.close()
    except AssertionError as error:  # html.parser says so of some broken declarations
        raise UnreadableError(BROKEN, f"The HTML is damaged ({error}).") from error
    page.flush()
    return "".join(page.title)


class _Page(HTMLParser):
    def __init__(self, findings: Findings) -> None:
        super().__init__(convert_charrefs=True)
        self._findings = findings
        self._block: list[str] = []
        self._hidden = ""
        self._in_title = False
        self.title: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN and not self._hidden:
            self._hidden = tag
        self._in_title = tag == "title"
        if tag in _BLOCKS:
            self.flush()

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        self._in_title = False
        if tag in _BLOCKS:
            self.flush()
        elif tag in _CELLS:
            self._block.append("\v")  # kept apart from the blanks of the source until the block is whole

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._hidden:
            self._block.append(data)

    def flush(self) -> None:
        """End the block."""
        cells = "".join(self._block).split("\v")
        self._block.clear()
        self._findings.add("", "\t".join(_SPACES.sub(" ", cell).strip() for cell in cells))
