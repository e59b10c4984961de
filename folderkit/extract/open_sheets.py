"""What stands in an OpenDocument workbook (.ods) beside its cells: comments, text boxes, pictures' words, margins."""

from __future__ import annotations

from folderkit.extract.model import Findings
from folderkit.extract.package import Package
from folderkit.extract.readers.open_document import RULES, Body, Margins

_SHAPES = frozenset({"frame", "custom-shape", "rect", "ellipse", "line", "caption", "annotation"})


def read_beside(package: Package, findings: Findings) -> None:
    """Add what stands beside the cells, under the name of its sheet."""
    package.walk_aside("content.xml", _Beside(findings, RULES), findings)
    if "styles.xml" in package:
        package.walk_aside("styles.xml", Margins(findings, RULES), findings)


class _Beside(Body):
    """The body without its cells."""

    _shapes = 0
    _sheet = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self._sheet = attributes.get("table:name", "")
        self._shapes += tag in _SHAPES
        super().start(tag, attributes)

    def end(self, tag: str) -> None:
        super().end(tag)
        self._shapes -= tag in _SHAPES

    def found(self, place: str, text: str) -> None:
        if self._shapes:
            self._findings.add(f"{self._sheet}! {place}".rstrip(), text)
