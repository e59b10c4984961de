"""PowerPoint presentations (.pptx): slides in the order they are shown, with notes and comments."""

from __future__ import annotations

from pathlib import Path

from folderkit.extract.markup import Handler, Paragraphs, Rules
from folderkit.extract.model import Findings
from folderkit.extract.package import Package, open_package

# Comments of before 2021 are bare: <p:text>…</p:text>.
_RULES = Rules(
    paragraphs=frozenset({"p", "text"}),
    texts=frozenset({"t", "text"}),
    marks={"br": "\n"},
    skipped=frozenset({"Fallback"}),
)
_COMMENT_RULES = Rules(paragraphs=frozenset({"p", "text"}), marks={"br": "\n"})

_BESIDE = {"notesSlide": " notes", "comments": " comment", "diagramData": "", "chart": ""}


def read(path: Path, findings: Findings) -> None:
    """Add a passage per paragraph."""
    with open_package(path) as package:
        package.read_title("docProps/core.xml", findings)
        main = package.main_part("ppt/presentation.xml")
        for number, slide in enumerate(_slides(package, main), start=1):
            package.walk_aside(slide, _Slide(findings, _RULES, f"slide {number}"), findings)
            _read_beside(package, slide, f"slide {number}", findings)


def _slides(package: Package, main: str) -> list[str]:
    order = _Order()
    package.walk(main, order)
    targets = {relation.id: relation.target for relation in package.relations(main)}
    return [targets[slide] for slide in order.ids if slide in targets]


def _read_beside(package: Package, slide: str, place: str, findings: Findings) -> None:
    for relation in package.relations(slide):
        if relation.type in _BESIDE and relation.target in package:
            rules = _COMMENT_RULES if relation.type == "comments" else _RULES
            handler = _Slide(findings, rules, place + _BESIDE[relation.type])
            package.walk_aside(relation.target, handler, findings)


class _Slide(Paragraphs):
    def skips(self, tag: str, attributes: dict[str, str]) -> bool:
        """Slide numbers are text too, a paragraph each, and nobody looks for them."""
        return super().skips(tag, attributes) or (tag == "fld" and attributes.get("type") == "slidenum")


class _Order(Handler):
    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sldId":
            self.ids += [value for key, value in attributes.items() if key.endswith(":id")]
