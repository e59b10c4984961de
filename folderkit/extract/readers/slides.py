"""PowerPoint presentations (.pptx): slides in the order they are shown, with notes and comments."""

from __future__ import annotations

from folderkit.extract import charts
from folderkit.extract.markup import Handler, Paragraphs, Rules
from folderkit.extract.model import Findings
from folderkit.extract.package import Package, open_package
from folderkit.extract.properties import names_in_one, read_properties
from folderkit.extract.source import Source

# Comments of before 2021 are bare: <p:text>…</p:text>.
_RULES = Rules(
    paragraphs=frozenset({"p", "text"}),
    texts=frozenset({"t", "text"}),
    marks={"br": "\n"},
    skipped=frozenset({"Fallback"}),
    described={"cNvPr": ("title", "descr")},
)
_COMMENT_RULES = Rules(paragraphs=frozenset({"p", "text"}), marks={"br": "\n"})

_BESIDE = {"notesSlide": " notes", "comments": " comment", "diagramData": ""}


def read(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph."""
    with open_package(path) as package:
        read_properties(package, findings)
        main = package.main_part("ppt/presentation.xml")
        slides = _slides(package, main)
        findings.properties["slides"] = str(len(slides))
        titles: list[str] = []
        for number, slide in enumerate(slides, start=1):
            handler = _Slide(findings, _RULES, f"slide {number}")
            package.walk_aside(slide, handler, findings)
            titles.append(handler.title)
            _read_beside(package, slide, f"slide {number}", findings)
        findings.tell("slide titles", names_in_one(titles))


def _slides(package: Package, main: str) -> list[str]:
    order = _Order()
    package.walk(main, order)
    targets = {relation.id: relation.target for relation in package.relations(main)}
    return [targets[slide] for slide in order.ids if slide in targets]


def _read_beside(package: Package, slide: str, place: str, findings: Findings) -> None:
    for relation in package.relations(slide):
        if relation.target in package and charts.is_chart(relation):
            charts.read_chart(package, relation.target, place, findings, names=True)
        elif relation.type in _BESIDE and relation.target in package:
            rules = _COMMENT_RULES if relation.type == "comments" else _RULES
            handler = _Slide(findings, rules, place + _BESIDE[relation.type])
            package.walk_aside(relation.target, handler, findings)


class _Slide(Paragraphs):
    """One slide, or its notes or comments; the first words of its title's placeholder are its name."""

    def __init__(self, findings: Findings, rules: Rules, place: str) -> None:
        super().__init__(findings, rules, place)
        self._in_title = False
        self.title = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        super().start(tag, attributes)
        if tag == "sp":
            self._in_title = False
        elif tag == "ph":
            self._in_title = attributes.get("type") in ("title", "ctrTitle")

    def found(self, place: str, text: str) -> None:
        super().found(place, text)
        if self._in_title:
            self.title = f"{self.title} {text}".strip()

    def described(self, text: str) -> None:
        self._findings.add(self._places[-1], text)

    def skips(self, tag: str, attributes: dict[str, str]) -> bool:
        """Slide numbers are text too, a paragraph each, and nobody looks for them."""
        return super().skips(tag, attributes) or (tag == "fld" and attributes.get("type") == "slidenum")


class _Order(Handler):
    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sldId":
            self.ids += [value for key, value in attributes.items() if key.endswith(":id")]
