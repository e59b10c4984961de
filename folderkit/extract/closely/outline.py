"""Word and OpenDocument texts: a passage per paragraph outside of tables and per row of a table; headings told."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from folderkit.extract.markup import Handler, Paragraphs, Rules
from folderkit.extract.model import Findings
from folderkit.extract.package import Package, open_package
from folderkit.extract.readers import open_document, word

HEADING = "heading"
_TABLES, _ROWS, _CELLS = {"tbl", "table"}, {"tr", "table-row"}, {"tc", "table-cell", "covered-table-cell"}


def read_word(path: Path, findings: Findings) -> None:
    """Add the passages of a .docx."""
    with open_package(path) as package:
        word.read_parts(package, findings, partial(_Word, headings=_heading_styles(package, findings)))


def read_open_document(path: Path, findings: Findings) -> None:
    """Add the passages of an .odt or .odp."""
    with open_package(path) as package:
        open_document.refuse_encrypted(package)
        open_document.read_parts(package, findings, _OpenDocument(findings, open_document.RULES))


class _Outline(Paragraphs):
    """Gathers the paragraphs of a table's cells into rows; a table within a table belongs to its cell."""

    def __init__(self, findings: Findings, rules: Rules, place: str = "") -> None:
        super().__init__(findings, rules, place)
        self._tables = self._rows = self._depth = 0
        self._cells: list[list[str]] = []
        self._is_heading = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if self._skipping:
            return
        if tag in _TABLES:
            self._depth += 1
            if self._depth == 1:
                self._tables, self._rows = self._tables + 1, 0
        elif self._depth == 1 and tag in _ROWS:
            self._rows += 1
            self._cells = []
        elif self._depth == 1 and tag in _CELLS:
            self._cells.append([])
        elif tag in self._rules.paragraphs:
            self._is_heading = False
        self._is_heading = self._is_heading or self.marks_heading(tag, attributes)

    def end(self, tag: str) -> None:
        skipped = self._skipping
        super().end(tag)
        if skipped:
            return
        if tag in _TABLES:
            self._depth -= 1
        elif self._depth == 1 and tag in _ROWS:
            cells = [" ".join(" ".join(texts).split()) for texts in self._cells]
            if any(cells):
                self._findings.add(self._places[-1] or f"table {self._tables} row {self._rows}", " | ".join(cells))

    def found(self, place: str, text: str) -> None:
        if self._depth and self._cells:
            self._cells[-1].append(text)
        else:
            self._findings.add(HEADING if self._is_heading and not place else place, text)
        self._is_heading = False

    def described(self, text: str) -> None:
        """What pictures show is not compared."""

    def marks_heading(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether this tag says that the paragraph it stands in, or begins, is a heading."""
        raise NotImplementedError


class _Word(_Outline):
    def __init__(self, findings: Findings, rules: Rules, place: str, headings: frozenset[str]) -> None:
        super().__init__(findings, rules, place)
        self._headings = headings

    def marks_heading(self, tag: str, attributes: dict[str, str]) -> bool:
        return tag == "pStyle" and attributes.get("w:val") in self._headings


class _OpenDocument(_Outline, open_document.Body):
    def marks_heading(self, tag: str, attributes: dict[str, str]) -> bool:
        return tag == "h"


class _Styles(Handler):
    """The ids of heading styles. A style's name is English in a Word of any language, its id is not."""

    def __init__(self) -> None:
        self.headings: set[str] = set()
        self._style = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "style":
            self._style = attributes.get("w:styleId", "")
        elif tag == "outlineLvl" or (tag == "name" and attributes.get("w:val", "").lower().startswith("heading ")):
            self.headings.add(self._style)


def _heading_styles(package: Package, findings: Findings) -> frozenset[str]:
    styles = _Styles()
    for relation in package.relations(package.main_part("word/document.xml")):
        if relation.type == "styles" and relation.target in package:
            package.walk_aside(relation.target, styles, findings)
    return frozenset(styles.headings - {""})
