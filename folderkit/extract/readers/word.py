"""Word documents (.docx): body, tables, text boxes, headers, footers, notes, comments.

python-docx misses text boxes, headers and notes, a fifth of the words in real files.
"""

from __future__ import annotations

from collections.abc import Callable

from folderkit.extract import charts
from folderkit.extract.markup import Paragraphs, Rules
from folderkit.extract.model import Findings
from folderkit.extract.package import Package, open_package
from folderkit.extract.properties import read_properties
from folderkit.extract.source import Source

# Deleted text (w:delText) and field codes (w:instrText) are no w:t. A text box is written twice, the second
# time in mc:Fallback for old programs.
RULES = Rules(
    paragraphs=frozenset({"p"}),
    texts=frozenset({"t"}),
    marks={"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
    skipped=frozenset({"Fallback", "tabs"}),
    described={"docPr": ("title", "descr"), "shape": ("alt",), "textpath": ("string",)},
)

_PLACES = {
    "header": "header",
    "footer": "footer",
    "footnotes": "footnote",
    "endnotes": "endnote",
    "comments": "comment",
    "diagramData": "",
}


def read(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph."""
    with open_package(path) as package:
        read_properties(package, findings)
        read_parts(package, findings, Paragraphs)


def read_parts(package: Package, findings: Findings, paragraphs: Callable[[Findings, Rules, str], Paragraphs]) -> None:
    """Run the body and what stands beside it through `paragraphs`."""
    main = package.main_part("word/document.xml")
    package.walk(main, paragraphs(findings, RULES, ""))
    for relation in package.relations(main):
        if relation.target in package and charts.is_chart(relation):
            charts.read_chart(package, relation.target, "", findings, names=True)
        elif relation.type in _PLACES and relation.target in package:
            handler = paragraphs(findings, RULES, _PLACES[relation.type])
            package.walk_aside(relation.target, handler, findings)
