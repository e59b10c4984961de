"""The words of charts: titles, axes, and where no sheet tells them, the names of series and categories.

Sources: ECMA-376 part 1, 21.2 (charts), 21.3 (shapes drawn on them); [MS-ODRAWXML] 2.24 (the charts of 2016).
"""

from __future__ import annotations

from folderkit.extract.markup import Paragraphs, Rules
from folderkit.extract.model import Findings
from folderkit.extract.package import Package, Relation

_TITLES = Rules(
    paragraphs=frozenset({"p"}),
    texts=frozenset({"t"}),
    skipped=frozenset({"strCache", "multiLvlStrCache", "numCache", "numLit", "Fallback"}),
)
_ALL = Rules(
    paragraphs=frozenset({"p", "pt"}),
    texts=frozenset({"t", "v", "pt"}),
    skipped=frozenset({"numCache", "numLit", "numDim", "Fallback"}),
)
_KINDS = ("chart", "chartEx")


def is_chart(relation: Relation) -> bool:
    """Whether a link leads to a chart."""
    return relation.type in _KINDS


def read_chart(package: Package, part: str, place: str, findings: Findings, *, names: bool) -> None:
    """Add the words of a chart; the `names` of its series and categories too, which a workbook has in its cells."""
    package.walk_aside(part, Paragraphs(findings, _ALL if names else _TITLES, place), findings)
    for relation in package.relations(part):
        if relation.type == "chartUserShapes" and relation.target in package:
            package.walk_aside(relation.target, Paragraphs(findings, _TITLES, place), findings)
