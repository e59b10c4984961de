"""The contents page: the document's real headings with their page numbers, as the field's result."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.documents.pages.field import Field, find_fields, rest_of
from folderkit.documents.pages.headings import Heading, read_headings, style_ids
from folderkit.documents.pages.printed import mark_sections, printed_pages
from folderkit.documents.parts import package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_NS}}}"
_UPDATE = '<w:updateFields w:val="true"/>'
_AFTER_UPDATE = re.compile(r"<w:(?:hdrShapeDefaults|footnotePr|endnotePr|compat|docVars|rsids|attachedSchema|"
                           r"themeFontLang|clrSchemeMapping|shapeDefaults|decimalSymbol|listSeparator)\b|<m:mathPr|"
                           r"</w:settings>")
_FIRST_ID = 500_001  # of a bookmark, beyond what Word gave out in the template
_EM, _GAP = 240, 120  # twentieths of a point, of a text of 12 points


@dataclass(frozen=True)
class _Look:
    """How an entry of a level looks: its style, the tabs to its left that this has, its em."""

    style: str
    tabs: tuple[int, ...]
    em: int


class Listed(NamedTuple):
    """A document whose contents are filled, but for their page numbers when it has a `layout`: the document to be laid
    out for these."""

    docx: bytes
    layout: bytes = b""


def with_contents(docx: bytes, convert: Callable[[bytes], bytes] | None) -> bytes:
    """`docx` with its table of contents filled; unchanged when it has none.

    `convert` makes a PDF of a Word file (`pdf_of`), for the page numbers; without it, Word is told to update
    the field when the document is opened; so it is for lists of figures and the like. A page number is the one that is
    printed: as the section counts and writes its pages.
    """
    listed = with_entries(docx, paged=convert is not None)
    return with_pages(listed.docx, convert(listed.layout)) if convert and listed.layout else listed.docx


def with_entries(docx: bytes, *, paged: bool) -> Listed:
    """`docx` with its headings in its table of contents; `paged` when their page numbers are to follow, by `with_pages`
    and a PDF of the `layout`. The entries already take their room, so one conversion sees the final pages."""
    parts, members = package.own_package(docx)
    main = package.main_part(parts)
    if b"TOC" not in parts[main]:
        return Listed(docx)
    from lxml import etree

    folder = main.rpartition("/")[0]
    root = etree.fromstring(parts[main])
    field, others = find_fields(root)
    if others or (field and not paged):
        _ask_word_to_update(parts, f"{folder}/settings.xml")
    if field is None:
        return Listed(package.write_package(parts, members) if others else docx)
    styles, numbering = _parsed(parts, f"{folder}/styles.xml"), _parsed(parts, f"{folder}/numbering.xml")
    headings = read_headings(root, styles, numbering)
    _write(field, [(heading, anchor) for heading, anchor in zip(headings, _bookmark(root, headings), strict=True)
                   if heading.level in field.levels()], _looks(styles))
    listed = package.write_package({**parts, main: _xml_of(root)}, members)
    if not paged:
        return Listed(listed)
    mark_sections(root, [heading.paragraph for heading in headings])
    return Listed(listed, package.write_package({**parts, main: _xml_of(root)}, members))


def with_pages(docx: bytes, pdf: bytes) -> bytes:
    """What `with_entries` gave, with the page numbers in its contents; `pdf` is made of the layout."""
    from lxml import etree

    parts, members = package.own_package(docx)
    main = package.main_part(parts)
    root = etree.fromstring(parts[main])
    marked = {str(mark.get(_W + "name")): paragraph for mark in root.iter(_W + "bookmarkStart")
              if (paragraph := mark.getparent()) is not None}
    anchors = list(itertools.takewhile(marked.__contains__, map(_anchor, itertools.count(1))))
    pages = dict(zip(anchors, printed_pages(root, [marked[anchor] for anchor in anchors], pdf), strict=True))
    field, _ = find_fields(root)
    for paragraph in field.paragraphs if field else ():
        for link in paragraph.iter(_W + "hyperlink"):
            *_, number = link.iter(_W + "t")
            number.text = pages.get(str(link.get(_W + "anchor")), "")
    return package.write_package({**parts, main: _xml_of(root)}, members)


def _parsed(parts: Mapping[str, bytes], name: str) -> Element | None:
    from lxml import etree

    return etree.fromstring(parts[name]) if name in parts else None


def _xml_of(root: Element) -> bytes:
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


# -- the entries -----------------------------------------------------------------------------------
def _write(field: Field, listed: list[tuple[Heading, str]], looks: Mapping[int, _Look]) -> None:
    """Put the entries in the field's place."""
    from lxml import etree

    width = _text_width(field.paragraphs[0])
    begin = (_char("begin") + f'<w:r><w:instrText xml:space="preserve"> {_escaped(field.instruction)} </w:instrText>'
             "</w:r>" + _char("separate"))
    end = _char("end")
    places = _number_places([heading for heading, _ in listed], looks)
    entries = [_entry(heading, anchor, width, looks[heading.level], places[heading.level])
               for heading, anchor in listed] or [("", "")]
    paragraphs = []
    for place, (properties, runs) in enumerate(entries):
        xml = (f'<w:p xmlns:w="{_NS}">{properties}{begin if place == 0 else ""}{runs}'
               f'{end if place == len(entries) - 1 else ""}</w:p>')
        paragraphs.append(etree.fromstring(xml))
    first, last = field.paragraphs[0], field.paragraphs[-1]
    around = [rest_of(first, "begin"), *paragraphs, rest_of(last, "end")]
    for paragraph in around:
        if paragraph is not None:
            first.addprevious(paragraph)
    for old in field.paragraphs:
        parent = old.getparent()
        if parent is not None:
            parent.remove(old)


def _entry(heading: Heading, anchor: str, width: int, look: _Look, after_number: int) -> tuple[str, str]:
    """One line of the contents: its paragraph properties and its runs."""
    tabs = "".join(f'<w:tab w:val="clear" w:pos="{tab}"/>' for tab in look.tabs
                   if not heading.number or tab != after_number)
    if heading.number:
        tabs += f'<w:tab w:val="left" w:pos="{after_number}"/>'
    properties = (f'<w:pPr><w:pStyle w:val="{look.style}"/><w:tabs>{tabs}'
                  f'<w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs></w:pPr>')
    number = f"<w:r><w:t>{_escaped(heading.number)}</w:t></w:r><w:r><w:tab/></w:r>" if heading.number else ""
    runs = (f'<w:hyperlink w:anchor="{anchor}" w:history="1">{number}'
            f'<w:r><w:t xml:space="preserve">{_escaped(heading.text)}</w:t></w:r><w:r><w:tab/></w:r>{_char("begin")}'
            f'<w:r><w:instrText xml:space="preserve"> PAGEREF {anchor} \\h </w:instrText></w:r>{_char("separate")}'
            f'<w:r><w:t></w:t></w:r>{_char("end")}</w:hyperlink>')
    return properties, runs


def _looks(styles: Element | None) -> Mapping[int, _Look]:
    """How the entries of each level look, 1 to 9."""
    names = style_ids(styles)
    every = {style.get(_W + "styleId"): style for style in styles.iter(_W + "style")} if styles is not None else {}
    found = {}
    for level in range(1, 10):
        ident = names.get(f"toc {level}", f"TOC{level}")
        style = every.get(ident)
        tabs: Any = style.iterfind(f"{_W}pPr/{_W}tabs/{_W}tab") if style is not None else ()
        size = style.find(f"{_W}rPr/{_W}sz") if style is not None else None
        found[level] = _Look(
            ident, tuple(int(float(tab.get(_W + "pos", "0"))) for tab in tabs if tab.get(_W + "val") == "left"),
            int(float(size.get(_W + "val", "24"))) * 10 if size is not None else _EM)
    return found


def _number_places(headings: Sequence[Heading], looks: Mapping[int, _Look]) -> dict[int, int]:
    """Where the words of each level's entries begin, in twentieths of a point: behind the longest of its numbers."""
    found: dict[int, int] = {}
    for heading in headings:
        indent = 240 * (heading.level - 1)
        usual = indent + 480 + 180 * (heading.level - 1)
        ems = sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.56 for sign in heading.number)
        needed = indent + round(ems * looks[heading.level].em) + _GAP if heading.number else 0
        found[heading.level] = max(found.get(heading.level, 0), usual, needed)
    return found


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _anchor(number: int) -> str:
    """The bookmark of a heading, from 1, named as Word names its own."""
    return f"_Toc{100_000_000 + number}"


def _bookmark(root: Element, headings: list[Heading]) -> list[str]:
    """Put a bookmark around each heading, in the place of those that a template brought along; their names."""
    from lxml import etree

    names = [_anchor(number) for number in range(1, len(headings) + 1)]
    _take_out(root, set(names))
    used = [int(ident) for mark in root.iter(_W + "bookmarkStart") if (ident := mark.get(_W + "id", "")).isdigit()]
    free = max([_FIRST_ID, *(ident + 1 for ident in used)])
    for number, (heading, name) in enumerate(zip(headings, names, strict=True), free):
        start = etree.Element(_W + "bookmarkStart", {_W + "id": str(number), _W + "name": name})
        heading.paragraph.insert(1 if heading.paragraph.find(_W + "pPr") is not None else 0, start)
        heading.paragraph.append(etree.Element(_W + "bookmarkEnd", {_W + "id": str(number)}))
    return names


def _take_out(root: Element, names: set[str]) -> None:
    """Remove the bookmarks of these names."""
    starts = [mark for mark in root.iter(_W + "bookmarkStart") if mark.get(_W + "name") in names]
    idents = {mark.get(_W + "id") for mark in starts}
    ends = [mark for mark in root.iter(_W + "bookmarkEnd") if mark.get(_W + "id") in idents] if starts else []
    for mark in (*starts, *ends):
        parent = mark.getparent()
        if parent is not None:
            parent.remove(mark)


def _text_width(paragraph: Element) -> int:
    """The width of the text in the paragraph's section, in twentieths of a point."""
    sections: Any = paragraph.xpath("descendant::w:sectPr | following::w:sectPr | ancestor::w:body/w:sectPr",
                                    namespaces={"w": _NS})
    for section in sections[:1]:
        size, margins = section.find(_W + "pgSz"), section.find(_W + "pgMar")
        if size is not None and margins is not None:
            page, left, right = (int(float(node.get(_W + key, "0"))) for node, key in
                                 ((size, "w"), (margins, "left"), (margins, "right")))
            return page - left - right
    return 9_000


def _ask_word_to_update(parts: package.Package, name: str) -> None:
    if name in parts and b"updateFields" not in parts[name]:
        xml = parts[name].decode("utf-8-sig")
        place = _AFTER_UPDATE.search(xml)
        if place:
            parts[name] = (xml[: place.start()] + _UPDATE + xml[place.start():]).encode()
