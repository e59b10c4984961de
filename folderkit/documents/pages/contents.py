"""The contents page: the document's real headings with their page numbers, as the field's result."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from folderkit.documents.pages.headings import Heading, read_headings, style_ids
from folderkit.documents.parts import package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_NS}}}"
_LEVELS = re.compile(r'\\o\s+"?(\d)-(\d)"?')
_UPDATE = '<w:updateFields w:val="true"/>'
_AFTER_UPDATE = re.compile(r"<w:(?:hdrShapeDefaults|footnotePr|endnotePr|compat|docVars|rsids|attachedSchema|"
                           r"themeFontLang|clrSchemeMapping|shapeDefaults|decimalSymbol|listSeparator)\b|<m:mathPr|"
                           r"</w:settings>")


@dataclass(frozen=True)
class _Field:
    """The contents field: its instruction, and the paragraphs from its first to its last."""

    instruction: str
    paragraphs: list[Element]

    def levels(self) -> range:
        found = _LEVELS.search(self.instruction)
        return range(int(found[1]), int(found[2]) + 1) if found else range(1, 4)


def with_contents(docx: bytes, convert: Callable[[bytes], bytes] | None) -> bytes:
    """`docx` with its table of contents filled; unchanged when it has none.

    `convert` makes a PDF of a Word file (`pdf_of`), for the page numbers; without it, Word is told to update
    the field when the document is opened. A page number is the one that is printed: where a section counts anew,
    its first heading is taken to stand on its first page.
    """
    parts, members = package.own_package(docx)
    main = package.main_part(parts)
    if b"TOC" not in parts[main]:
        return docx
    from lxml import etree

    folder = main.rpartition("/")[0]
    root = etree.fromstring(parts[main])
    field = _find_field(root)
    if field is None:
        return docx
    styles = _parsed(parts, f"{folder}/styles.xml")
    headings = read_headings(root, styles, _parsed(parts, f"{folder}/numbering.xml"))
    listed = [(heading, anchor) for heading, anchor in zip(headings, _bookmark(headings), strict=True)
              if heading.level in field.levels()]
    field = _write(field, listed, style_ids(styles))
    parts[main] = _xml_of(root)
    if convert is None:
        _ask_word_to_update(parts, f"{folder}/settings.xml")
        return package.write_package(parts, members)
    # the entries already take their room, so one conversion sees the final pages
    _number_pages(headings, _outline(convert(package.write_package(parts, members))), _restarts(root))
    _write(field, listed, style_ids(styles))
    parts[main] = _xml_of(root)
    return package.write_package(parts, members)


def _parsed(parts: Mapping[str, bytes], name: str) -> Element | None:
    from lxml import etree

    return etree.fromstring(parts[name]) if name in parts else None


def _xml_of(root: Element) -> bytes:
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


# -- the field -------------------------------------------------------------------------------------
def _find_field(root: Element) -> _Field | None:
    """The first TOC field, from the paragraph it begins in to the one it ends in."""
    open_fields: list[tuple[Element, list[str]]] = []
    for node in root.iter(_W + "fldChar", _W + "instrText"):
        if node.tag == _W + "instrText":
            if open_fields:
                open_fields[-1][1].append(node.text or "")
            continue
        kind = node.get(_W + "fldCharType")
        if kind == "begin":
            open_fields.append((_paragraph_of(node), []))
        elif kind == "end" and open_fields:
            first, pieces = open_fields.pop()
            instruction = "".join(pieces).strip()
            if instruction.upper().startswith("TOC"):
                return _Field(instruction, _between(first, _paragraph_of(node)))
    return None


def _paragraph_of(node: Element) -> Element:
    return next(node.iterancestors(_W + "p"))


def _between(first: Element, last: Element) -> list[Element]:
    """The paragraphs from `first` to `last`, which are siblings in what Word writes."""
    found = [first]
    while found[-1] is not last and (following := found[-1].getnext()) is not None:
        found.append(following)
    return found if found[-1] is last else [first]


def _write(field: _Field, listed: list[tuple[Heading, str]], names: Mapping[str, str]) -> _Field:
    """Put the entries in the field's place; the field as it is now."""
    from lxml import etree

    width = _text_width(field.paragraphs[0])
    begin = (_char("begin") + f'<w:r><w:instrText xml:space="preserve"> {_escaped(field.instruction)} </w:instrText>'
             "</w:r>" + _char("separate"))
    end = _char("end")
    entries = [_entry(heading, anchor, width, names) for heading, anchor in listed] or [("", "")]
    paragraphs = []
    for place, (properties, runs) in enumerate(entries):
        xml = (f'<w:p xmlns:w="{_NS}">{properties}{begin if place == 0 else ""}{runs}'
               f'{end if place == len(entries) - 1 else ""}</w:p>')
        paragraphs.append(etree.fromstring(xml))
    first = field.paragraphs[0]
    for paragraph in paragraphs:
        first.addprevious(paragraph)
    for old in field.paragraphs:
        parent = old.getparent()
        if parent is not None:
            parent.remove(old)
    return _Field(field.instruction, paragraphs)


def _entry(heading: Heading, anchor: str, width: int, names: Mapping[str, str]) -> tuple[str, str]:
    """One line of the contents: its paragraph properties and its runs."""
    style = names.get(f"toc {heading.level}", f"TOC{heading.level}")
    indent = 240 * (heading.level - 1)
    after_number = indent + 480 + 180 * (heading.level - 1)
    properties = (f'<w:pPr><w:pStyle w:val="{style}"/><w:tabs><w:tab w:val="left" w:pos="{after_number}"/>'
                  f'<w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs></w:pPr>')
    number = f"<w:r><w:t>{_escaped(heading.number)}</w:t></w:r><w:r><w:tab/></w:r>" if heading.number else ""
    page = str(heading.page) if heading.page else ""
    runs = (f'<w:hyperlink w:anchor="{anchor}" w:history="1">{number}'
            f'<w:r><w:t xml:space="preserve">{_escaped(heading.text)}</w:t></w:r><w:r><w:tab/></w:r>{_char("begin")}'
            f'<w:r><w:instrText xml:space="preserve"> PAGEREF {anchor} \\h </w:instrText></w:r>{_char("separate")}'
            f'<w:r><w:t>{page}</w:t></w:r>{_char("end")}</w:hyperlink>')
    return properties, runs


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bookmark(headings: list[Heading]) -> list[str]:
    """Put a bookmark around each heading; their names."""
    from lxml import etree

    names = []
    for number, heading in enumerate(headings, 1):
        names.append(f"_Toc{100_000_000 + number}")
        ident = str(500_000 + number)  # beyond what Word gave out in the template
        start = etree.Element(_W + "bookmarkStart", {_W + "id": ident, _W + "name": names[-1]})
        heading.paragraph.insert(1 if heading.paragraph.find(_W + "pPr") is not None else 0, start)
        heading.paragraph.append(etree.Element(_W + "bookmarkEnd", {_W + "id": ident}))
    return names


def _text_width(paragraph: Element) -> int:
    """The width of the text in the paragraph's section, in twentieths of a point."""
    sections: Any = paragraph.xpath("following::w:sectPr | ancestor::w:body/w:sectPr", namespaces={"w": _NS})
    for section in sections[:1]:
        size, margins = section.find(_W + "pgSz"), section.find(_W + "pgMar")
        if size is not None and margins is not None:
            page, left, right = (int(float(node.get(_W + key, "0"))) for node, key in
                                 ((size, "w"), (margins, "left"), (margins, "right")))
            return page - left - right
    return 9_000


# -- the pages -------------------------------------------------------------------------------------
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


def _number_pages(headings: list[Heading], outline: list[tuple[str, int]], restarts: Mapping[int, int]) -> None:
    """Give every heading the number printed on its page; both lists are in the order of the document."""
    at = 0
    for heading in headings:
        words = _plain(heading.text)
        place = next((index for index in range(at, len(outline)) if outline[index][0].endswith(words)), None)
        if place is not None:
            heading.page, at = outline[place][1], place + 1
    shift = 0
    section = -1
    for heading in headings:
        while section < heading.section:
            section += 1
            if section in restarts and heading.page:
                shift = restarts[section] - heading.page
        heading.page = heading.page + shift if heading.page else 0


def _plain(text: str) -> str:
    return "".join(text.split())


def _restarts(root: Element) -> dict[int, int]:
    """The sections whose pages are counted anew, with their first number."""
    found = {}
    for number, section in enumerate(root.iter(_W + "sectPr")):
        numbering = section.find(_W + "pgNumType")
        if numbering is not None and numbering.get(_W + "start"):
            found[number] = int(str(numbering.get(_W + "start")))
    return found


def _ask_word_to_update(parts: package.Package, name: str) -> None:
    if name in parts and b"updateFields" not in parts[name]:
        xml = parts[name].decode("utf-8-sig")
        place = _AFTER_UPDATE.search(xml)
        if place:
            parts[name] = (xml[: place.start()] + _UPDATE + xml[place.start():]).encode()
