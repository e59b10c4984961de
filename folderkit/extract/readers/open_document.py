"""OpenDocument text and presentations (.odt, .odp): body, notes, comments, headers, footers."""

from __future__ import annotations

from folderkit.extract.markup import Handler, Paragraphs, Rules
from folderkit.extract.model import ENCRYPTED, Findings, UnreadableError
from folderkit.extract.package import Package, open_package
from folderkit.extract.properties import read_properties
from folderkit.extract.source import Source

_MARKS = {"s": " ", "tab": "\t", "line-break": "\n"}
RULES = Rules(
    paragraphs=frozenset({"p", "h"}),
    marks=_MARKS,
    # tracked-changes holds what was deleted; creator and date belong to a comment, not to its text.
    skipped=frozenset({"tracked-changes", "creator", "date", "note-citation", "binary-data"}),
    places={"annotation": "comment"},
)
_HEADERS = {"header", "header-first", "header-left", "header-even"}
_FOOTERS = {"footer", "footer-first", "footer-left", "footer-even"}
_MOST_SPACES = 100
_PICTURES = frozenset({"frame", "g", "custom-shape", "rect", "ellipse", "line", "polygon", "path", "a"})
"""Tags of what is drawn, which may have a title (svg:title) and a description (svg:desc)."""


def read(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph."""
    with open_package(path) as package:
        refuse_encrypted(package)
        read_properties(package, findings)
        read_parts(package, findings, Body(findings, RULES))


def read_parts(package: Package, findings: Findings, body: Body) -> None:
    """Run the body through `body`, and then the headers and footers."""
    package.walk("content.xml", body)
    if "styles.xml" in package:
        package.walk_aside("styles.xml", Margins(findings, RULES), findings)


def refuse_encrypted(package: Package) -> None:
    """The manifest tells which parts are encrypted; the zip itself does not."""
    if "META-INF/manifest.xml" in package:
        package.walk("META-INF/manifest.xml", _Manifest())


class _Manifest(Handler):
    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "encryption-data":
            raise UnreadableError(ENCRYPTED, "The file needs a password.", keep=False)


class Body(Paragraphs):
    """The body; counts slides where there are any, and keeps apart what pictures are said to show."""

    _slide = 0

    def __init__(self, findings: Findings, rules: Rules, place: str = "") -> None:
        super().__init__(findings, rules, place)
        self._parents: list[str] = []
        self._words: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("title", "desc") and self._parents and self._parents[-1] in _PICTURES:
            self._words = []
        else:
            super().start(tag, attributes)
        self._parents.append(tag)

    def end(self, tag: str) -> None:
        self._parents.pop()
        if self._words is None:
            super().end(tag)
        elif tag in ("title", "desc"):
            self.described("".join(self._words))
            self._words = None

    def data(self, text: str) -> None:
        if self._words is None:
            super().data(text)
        else:
            self._words.append(text)

    def place_of(self, tag: str, attributes: dict[str, str]) -> str | None:
        if tag == "page":
            self._slide += 1
            return f"slide {self._slide}"
        if tag == "notes":
            return f"slide {self._slide} notes"
        if tag == "note":
            return "endnote" if attributes.get("text:note-class") == "endnote" else "footnote"
        return super().place_of(tag, attributes)

    def ends_place(self, tag: str) -> bool:
        return tag in {"page", "notes", "note"} or super().ends_place(tag)

    def mark_of(self, tag: str, attributes: dict[str, str]) -> str:
        count = attributes.get("text:c", "1")
        times = min(int(count), _MOST_SPACES) if tag == "s" and count.isdecimal() else 1
        return _MARKS[tag] * times


class Margins(Body):
    """Headers and footers, the only text of styles.xml that is the document's own."""

    _margins = 0

    def place_of(self, tag: str, attributes: dict[str, str]) -> str | None:
        if tag not in _HEADERS | _FOOTERS:
            return super().place_of(tag, attributes)
        self._margins += 1
        return "header" if tag in _HEADERS else "footer"

    def ends_place(self, tag: str) -> bool:
        if tag not in _HEADERS | _FOOTERS:
            return super().ends_place(tag)
        self._margins -= 1
        return True

    def data(self, text: str) -> None:
        if self._margins:
            super().data(text)
