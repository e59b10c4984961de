"""The page numbers that are printed on the pages of a document: as each of its sections counts and writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from folderkit.documents.pages.headings import in_form, words_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVEL = "8"  # of an outline; the lowest that a paragraph may have


class _Numbering(NamedTuple):
    """How a section numbers its pages: from which number on (None: as the section before leaves off), in which form."""

    start: int | None
    form: str


class _Place(NamedTuple):
    """A paragraph that the PDF's outline names: in which section it stands, counted from 0, and its words."""

    paragraph: Element
    section: int
    words: str


def mark_sections(root: Element, headings: Sequence[Element]) -> None:
    """Give the first paragraph of each section that counts anew a place in the outline of the PDF that is made of the
    text `root`, where the paragraphs that are `headings` have theirs."""
    known = {id(heading) for heading in headings}
    for place in list(_places(root, known, _anew(_numberings(root)))):
        if id(place.paragraph) not in known:
            _mark(place.paragraph)


def printed_pages(root: Element, headings: Sequence[Element], pdf: bytes) -> list[str]:
    """The number that is printed on the page of each of the paragraphs `headings` of the text `root`; "" where it is
    not found. `pdf` was made of the text when `mark_sections` had marked it."""
    numberings = _numberings(root)
    anew = _anew(numberings)
    places = list(_places(root, {id(heading) for heading in headings}, anew))
    pages = _pages(places, _outline(pdf))
    firsts = {0: 1}  # of each section that counts anew: the page, from 1, on which it begins
    for place in places:
        if place.section in anew and place.section not in firsts and id(place.paragraph) in pages:
            firsts[place.section] = pages[id(place.paragraph)]
    sections = {id(place.paragraph): place.section for place in places}
    return [_printed(pages[id(heading)], sections[id(heading)], firsts, numberings) if id(heading) in pages else ""
            for heading in headings]


def _printed(page: int, section: int, firsts: Mapping[int, int], numberings: Sequence[_Numbering]) -> str:
    """What is printed on a page of a section."""
    begun = max(number for number in firsts if number <= section)
    start = numberings[begun].start
    return in_form(page - firsts[begun] + (1 if start is None else start), numberings[section].form)


def _numberings(root: Element) -> list[_Numbering]:
    return [*(_numbering_of(section) for section in _sections(root)), _Numbering(None, "")]


def _anew(numberings: Sequence[_Numbering]) -> set[int]:
    """The sections that count anew."""
    return {number for number, numbering in enumerate(numberings) if numbering.start is not None and number}


def _sections(root: Element) -> Iterator[Element]:
    for paragraph in root.iter(_W + "p"):
        yield from paragraph.iterfind(f"{_W}pPr/{_W}sectPr")
    yield from root.iterfind(f"{_W}body/{_W}sectPr")


def _numbering_of(section: Element) -> _Numbering:
    found = section.find(_W + "pgNumType")
    start, form = (str(found.get(_W + name, "")) if found is not None else "" for name in ("start", "fmt"))
    return _Numbering(int(start) if start.isdigit() else None, form)


def _places(root: Element, known: set[int], anew: set[int]) -> Iterator[_Place]:
    """The paragraphs that are `known` by their identity, and the first with words of each that counts `anew`."""
    section, begun = 0, set[int]()
    for paragraph in root.iter(_W + "p"):
        if id(paragraph) in known or (section in anew and section not in begun):
            words = words_of(paragraph)
            if words:
                begun.add(section)
                yield _Place(paragraph, section, _plain(words))
        section += paragraph.find(f"{_W}pPr/{_W}sectPr") is not None


def _mark(paragraph: Element) -> None:
    """Give a paragraph a place in the outline, which changes nothing of how it looks."""
    from lxml import etree

    properties = paragraph.find(_W + "pPr")
    if properties is None:
        properties = etree.Element(_W + "pPr")
        paragraph.insert(0, properties)
    level = etree.Element(_W + "outlineLvl", {_W + "val": _LEVEL})
    behind = [child for child in properties if child.tag in (_W + "rPr", _W + "sectPr", _W + "pPrChange")]
    properties.insert(list(properties).index(behind[0]) if behind else len(properties), level)


def _outline(pdf: bytes) -> list[tuple[str, int]]:
    """(title, page from 1) of every entry in the PDF's outline, which LibreOffice makes of the headings."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for mark in document.get_toc(max_depth=10):
            target = mark.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                found.append((_plain(mark.get_title()), index + 1))
        return found
    finally:
        document.close()


def _pages(places: Sequence[_Place], outline: Sequence[tuple[str, int]]) -> dict[int, int]:
    """The page of each paragraph, by its identity, from 1; both lists are in the order of the document."""
    found, at = {}, 0
    for place in places:
        index = next((index for index in range(at, len(outline)) if outline[index][0].endswith(place.words)), None)
        if index is not None:
            found[id(place.paragraph)], at = outline[index][1], index + 1
    return found


def _plain(text: str) -> str:
    return "".join(text.split())
