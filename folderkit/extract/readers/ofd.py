"""OFD, in which Chinese authorities give out invoices: the words of its pages.

Source: GB/T 33190-2016, 7.4 (document), 7.7 (page), 11.2 (text objects).
"""

from __future__ import annotations

import posixpath

from folderkit.extract.markup import Handler, Paragraphs, Rules
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.package import Package, open_package
from folderkit.extract.properties import tell_all
from folderkit.extract.source import Source

_RULES = Rules(paragraphs=frozenset({"TextObject"}), texts=frozenset({"TextCode"}))
_INFO = {"Title": "title", "Author": "author", "CreationDate": "created", "ModDate": "saved"}


def read(path: Source, findings: Findings) -> None:
    """Add a passage per piece of text, with its page."""
    with open_package(path) as package:
        root = _Root()
        package.walk("OFD.xml", root)
        tell_all(root.info.items(), findings)
        pages = [page for document in root.documents for page in _pages(package, document.lstrip("/"))]
        findings.tell("pages", len(pages))
        for number, page in enumerate(pages, start=1):
            package.walk_aside(page, Paragraphs(findings, _RULES, f"p. {number}"), findings)


def _pages(package: Package, document: str) -> list[str]:
    if document not in package:
        raise UnreadableError(BROKEN, f"A part of the file is missing: {document}.")
    pages = _Pages()
    package.walk(document, pages)
    folder = posixpath.dirname(document)
    places = (page.lstrip("/") if page.startswith("/") else posixpath.join(folder, page) for page in pages.found)
    return [place for place in places if place in package]


class _Root(Handler):
    def __init__(self) -> None:
        self.documents: list[str] = []
        self.info: dict[str, str] = {}
        self._open = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open = tag
        if tag == "DocRoot":
            self.documents.append("")

    def end(self, tag: str) -> None:
        self._open = ""

    def data(self, text: str) -> None:
        if self._open == "DocRoot":
            self.documents[-1] += text.strip()
        elif self._open in _INFO:
            name = _INFO[self._open]
            self.info[name] = self.info.get(name, "") + text


class _Pages(Handler):
    def __init__(self) -> None:
        self.found: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Page" and attributes.get("BaseLoc"):
            self.found.append(attributes["BaseLoc"])
