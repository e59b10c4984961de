"""What stands in a workbook (.xlsx) beside its cells: comments, text boxes, pictures' words, charts, page margins.

Source: ECMA-376 part 1, 18.7 (comments), 20.5 (drawings), 18.3.1.36 and 46 (headers and footers); threaded comments:
[MS-XLSX] 2.1.
"""

from __future__ import annotations

import re
from html import unescape

from folderkit.core.cells import column_letters
from folderkit.extract import charts
from folderkit.extract.markup import Handler, Paragraphs, Rules
from folderkit.extract.model import Findings
from folderkit.extract.package import Package

_COMMENTS = Rules(paragraphs=frozenset({"comment"}), texts=frozenset({"t"}), skipped=frozenset({"rPh"}))
_THREADED = Rules(paragraphs=frozenset({"text"}))
_DRAWING = Rules(
    paragraphs=frozenset({"p"}),
    texts=frozenset({"t"}),
    marks={"br": "\n"},
    skipped=frozenset({"Fallback"}),
    described={"cNvPr": ("title", "descr")},
)
_ANCHORS = frozenset({"twoCellAnchor", "oneCellAnchor", "absoluteAnchor"})
_MARGIN = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(Header|Footer)>([^<]{1,4000})<")
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Za-z]|(&))')
_PARTS = re.compile("&[LCR]")


class SheetNames(Handler):
    """The sheets of a workbook, in their order: (name, id of the link to its part)."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.uses_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.found.append((attributes.get("name", ""), link))
        elif tag == "workbookPr":
            self.uses_1904 = attributes.get("date1904") in ("1", "true")


def sheet_parts(package: Package, names: SheetNames) -> list[tuple[str, str]]:
    """(name, part) of the sheets, in their order; `names` are filled."""
    main = package.main_part("xl/workbook.xml")
    if not main.endswith(".xml") or main not in package:
        return []  # .xlsb: parts of bytes
    package.walk(main, names)
    targets = {relation.id: relation.target for relation in package.relations(main)}
    return [(name, targets[link]) for name, link in names.found if targets.get(link, "") in package]


def read_beside(package: Package, findings: Findings) -> None:
    """Add what stands beside the cells of each sheet."""
    for name, part in sheet_parts(package, SheetNames()):
        _read_margins(package, part, name, findings)
        links = package.relations(part)
        threaded = any(link.type == "threadedComment" for link in links)
        for link in links:
            if link.target not in package:
                continue
            if link.type == "threadedComment":
                package.walk_aside(link.target, _Comments(findings, _THREADED, name, "threadedComment"), findings)
            elif link.type == "comments" and not threaded:  # else they say the same for old programs
                package.walk_aside(link.target, _Comments(findings, _COMMENTS, name, "comment"), findings)
            elif link.type == "drawing":
                _read_drawing(package, link.target, name, findings)


def _read_drawing(package: Package, part: str, sheet: str, findings: Findings) -> None:
    drawing = _Drawing(findings, _DRAWING, f"{sheet}!")
    package.walk_aside(part, drawing, findings)
    for link in package.relations(part):
        if link.target in package and charts.is_chart(link):
            charts.read_chart(package, link.target, drawing.charts.get(link.id, f"{sheet}!"), findings, names=False)
        elif link.target in package and link.type == "diagramData":
            package.walk_aside(link.target, Paragraphs(findings, _DRAWING, f"{sheet}!"), findings)


def _read_margins(package: Package, part: str, sheet: str, findings: Findings) -> None:
    """Headers and footers stand after the cells, which are not parsed for them."""
    data = package.read_aside(part, findings)
    for kind, text in _MARGIN.findall(data, data.rfind(b"sheetData") + 1):
        findings.add(f"{sheet} {kind.decode().lower()}", margin_text(unescape(text.decode("utf-8", "replace"))))


def margin_text(text: str) -> str:
    """The words of a header or footer, without the codes for fonts, page numbers and sides."""
    words = [" ".join(_CODE.sub(lambda code: code[1] or " ", side).split()) for side in _PARTS.split(text)]
    return "\t".join(words)


class _Comments(Paragraphs):
    def __init__(self, findings: Findings, rules: Rules, sheet: str, tag: str) -> None:
        super().__init__(findings, rules)
        self._sheet = sheet
        self._tag = tag

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == self._tag:
            self._places[-1] = f"{self._sheet}!{attributes.get('ref', '')} comment"
        super().start(tag, attributes)


class _Drawing(Paragraphs):
    """The shapes on a sheet, each at the cell where it begins."""

    def __init__(self, findings: Findings, rules: Rules, place: str) -> None:
        super().__init__(findings, rules, place)
        self._place = place
        self._corner = self._number = ""
        self._from: dict[str, str] = {}
        self.charts: dict[str, str] = {}
        """Where the charts stand, by the id of the link to each."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if tag in _ANCHORS:
            self._from = {}
            self._places[-1] = self._place
        elif tag in ("from", "to"):
            self._corner = tag
        elif self._corner == "from" and tag in ("col", "row"):
            self._number = tag
        elif tag == "chart":
            self.charts.update((value, self._places[-1]) for key, value in attributes.items() if key.endswith(":id"))

    def end(self, tag: str) -> None:
        super().end(tag)
        if tag == "from":
            column, row = self._from.get("col", ""), self._from.get("row", "")
            if column.isdecimal() and row.isdecimal() and len(column) < 6 and len(row) < 8:
                self._places[-1] = f"{self._place}{column_letters(int(column))}{int(row) + 1}"
        if tag in ("from", "to"):
            self._corner = ""
        self._number = ""

    def data(self, text: str) -> None:
        super().data(text)
        if self._number:
            self._from[self._number] = self._from.get(self._number, "") + text.strip()

    def described(self, text: str) -> None:
        self._findings.add(self._places[-1], text)
