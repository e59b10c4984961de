"""What a Word file is taken along with into another one: its pictures, links, charts, styles, lists and headers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from folderkit.core.language import Text
from folderkit.documents.drawn.drawing import RELATIONS
from folderkit.documents.drawn.sections import AT_HOME, MARKED, as_section
from folderkit.documents.parts import package
from folderkit.documents.parts.additions import NotDrawable
from folderkit.documents.parts.styles import NUMBERING, Styles

if TYPE_CHECKING:
    from folderkit.documents.compiled import Compiled
    from folderkit.documents.tags.functions import Kit

STYLES = "word/styles.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = f"{{{RELATIONS}}}"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"
_EMPTY_STYLES = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles xmlns:w="{_W[1:-1]}"></w:styles>'
_STYLED = {f"{_W}{name}" for name in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link")}
_NOTES = {f"{_W}{name}" for name in ("footnoteReference", "endnoteReference", "commentReference")}
_KEPT = ("http://schemas.openxmlformats.org/", "http://www.w3.org/", "urn:schemas-microsoft-com:")
_OF_OTHERS = re.compile(r"<w:(?:nsid|tmpl|styleLink|numStyleLink|pStyle|lvlPicBulletId)\b[^>]*/>")
_SECTION = f"{_W}sectPr"
_CHOICES = re.compile(r"<mc:AlternateContent\b[^>]*>(?:(?!</mc:AlternateContent>).)*?<mc:Fallback\b[^>/]*>(.*?)"
                      r"</mc:Fallback>\s*</mc:AlternateContent>", re.DOTALL)
_NEWER = re.compile(r"<((?!w:)[A-Za-z]\w*:\w+)\b(?:[^<>/]|/(?!>))*(?:/>|>(?:(?!<\1\b).)*?</\1>)", re.DOTALL)


class Carrier:
    """The way from one file into the document: `kit` is of the document, `inner` the file."""

    def __init__(self, kit: Kit, inner: Compiled) -> None:
        self._kit, self._inner = kit, inner
        self.main = package.main_part(inner.parts)
        self._numbers: dict[str, str] = {}
        self._abstracts: dict[str, str] = {}
        self._styles: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def new_name(self, part: str) -> str:
        """What a header or footer of the file is called in the document."""
        if part not in self._names:
            kind = "header" if "header" in self._kind(part) else "footer"
            self._names[part] = self._kit.additions.free_name(f"word/{kind}{{}}.xml")
        return self._names[part]

    def headers(self, main: str) -> list[str]:
        """The headers and footers of the file's sections."""
        idents = re.findall(r'<w:(?:header|footer)Reference\b[^>]*\br:id="([^"]*)"', main)
        relations = self._relations(self.main)
        return [self._target(self.main, relations[ident][1]) for ident in idents if ident in relations]

    def body(self, made: Mapping[str, str], mark: str) -> str:
        """The XML between the file's beginning and end, at home in the document; with a `mark` as a section of its
        own."""
        from lxml import etree

        body = etree.fromstring(made[self.main].encode()).find(f"{_W}body")
        if body is None:
            return ""
        last = body[-1] if len(body) and body[-1].tag == _SECTION else None
        if last is not None:
            body.remove(last)
        section: Any = last if last is not None else etree.Element(_SECTION, nsmap={"w": _W[1:-1]})
        there = _of_others(body)
        for each in [*body.iter(_SECTION), section]:
            if each in there:
                continue
            if not mark and each is not section:
                self._drop(each)
            elif mark:
                for reference in (*each.findall(f"{_W}headerReference"), *each.findall(f"{_W}footerReference")):
                    self._carry_header(reference, made)
        self._settle(body, self.main)
        if len(self._kit.around) > 1:  # what includes this file will be included itself
            for paragraph in body.iter(f"{_W}p"):
                paragraph.set(f"{_W}rsidDel", AT_HOME)
        text = "".join(_written(child) for child in body)
        if not mark:
            return text
        return as_section(text, _written(section), mark)

    def _drop(self, element: Any) -> None:
        element.getparent().remove(element)

    def _settle(self, root: Any, part: str) -> None:
        """Let all in `root` refer to the document's parts, styles and lists."""
        added = self._kit.additions
        offset = 10_000 * (added.number("bookmarks"))
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue
            if element.tag in _NOTES:
                raise NotDrawable(Text("the file has notes or comments, which cannot be taken along",
                                       "该文件含有脚注、尾注或批注，无法带入"))
            if element.tag in _STYLED or element.tag == f"{_W}numId":
                if not _is_at_home(element):
                    change = self._number if element.tag == f"{_W}numId" else self._style
                    element.set(f"{_W}val", change(element.get(f"{_W}val", "")))
            elif element.tag in (f"{_W}bookmarkStart", f"{_W}bookmarkEnd"):
                element.set(f"{_W}id", str(int(element.get(f"{_W}id", "0")) + offset))
            for name in list(element.attrib):
                if name.startswith(_R) and not element.tag.endswith("Reference"):  # of headers, done by now
                    element.set(name, self._relation(part, element.attrib[name]))
                elif name.startswith("{") and not name[1:].startswith(_KEPT):
                    del element.attrib[name]  # revision ids of newer programs

    # -- relationships -----------------------------------------------------------------------------
    def _relations(self, part: str) -> dict[str, tuple[str, str, bool]]:
        """The relationships of a part: kind, target, and whether it is outside."""
        from lxml import etree

        data = self._inner.parts.get(package.relationships_of(part))
        found: Any = etree.fromstring(data) if data else ()
        return {each.get("Id"): (each.get("Type"), each.get("Target"), each.get("TargetMode") == "External")
                for each in found}

    def _target(self, part: str, target: str) -> str:
        return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")

    def _relation(self, part: str, ident: str, of: str = "") -> str:
        """A relationship of the document like that of a part of the file, from its part `of`."""
        kind, target, outside = self._relations(part).get(ident, ("", "", True))
        added = self._kit.additions
        if not kind:  # made by a tag, or by folderkit
            return ident
        if outside:
            return added.relate(kind, target, of, outside=True)
        name = self._target(part, target)
        if name not in self._inner.parts:
            raise NotDrawable(Text(f"its part '{name}' is missing", f"缺少部件“{name}”"))
        return added.relate(kind, self._copy(name), of)

    def _copy(self, name: str) -> str:
        """A part of the file, with all that it refers to, as a part of the document."""
        if name in self._names:
            return self._names[name]
        added = self._kit.additions
        stem, dot, suffix = name.rpartition(".")
        if self._kind(name).startswith("image/") and not self._relations(name):
            self._names[name] = added.picture(self._inner.parts[name], suffix, self._kind(name))
            return self._names[name]
        new = self._names[name] = added.free_name(f"{stem.rstrip('0123456789')}{{}}{dot}{suffix}")
        data = self._inner.parts[name]
        for ident in self._relations(name):
            data = data.replace(f'"{ident}"'.encode(), f'"{self._relation(name, ident, new)}"'.encode())
        added.add(new, data, self._kind(name))
        return new

    def _kind(self, part: str) -> str:
        types = self._inner.parts["[Content_Types].xml"].decode("utf-8", "replace")
        found = (re.search(rf'<Override\b[^>]*PartName="/{re.escape(part)}"[^>]*>', types)
                 or re.search(rf'<Default\b[^>]*Extension="{re.escape(part.rpartition(".")[2])}"[^>]*>', types, re.I))
        kind = re.search(r'ContentType="([^"]*)"', found[0]) if found else None
        return kind[1] if kind else "application/octet-stream"

    def _carry_header(self, reference: Any, made: Mapping[str, str]) -> None:
        from lxml import etree

        relations = self._relations(self.main)
        kind, target, _ = relations.get(reference.get(f"{_R}id"), ("", "", False))
        name = self._target(self.main, target)
        if name not in made:
            self._drop(reference)
            return
        added, new = self._kit.additions, self.new_name(name)
        part, added.part = added.part, new
        root = etree.fromstring(made[name].encode())
        self._settle(root, name)
        added.part = part
        added.add(new, etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True), self._kind(name))
        reference.set(f"{_R}id", added.relate(kind, new))

    # -- styles and lists --------------------------------------------------------------------------
    def _style(self, ident: str) -> str:
        """The document's style of the same name; the file's own where the document has none."""
        if ident in self._styles:
            return self._styles[ident]
        found = re.search(rf'<w:style\b(?=[^>]*w:styleId="{re.escape(ident)}").*?</w:style>',
                          self._inner.parts.get(STYLES, b"").decode("utf-8", "replace"), re.DOTALL)
        kind = re.search(r'\bw:type="(\w+)"', found[0]) if found else None
        name = re.search(r'<w:name w:val="([^"]*)"', found[0]) if found else None
        if not found or not kind or not name:
            return ident
        there = self._kit.styles().find(kind[1], name[1])
        self._styles[ident] = there.ident if there else self._kit.styles().free_ident(ident)
        if not there:
            self._add_style(found[0], ident)
        return self._styles[ident]

    def _add_style(self, xml: str, ident: str) -> None:
        from lxml import etree

        style: Any = etree.fromstring(f'<x xmlns:w="{_W[1:-1]}">{_bare(xml)}</x>')[0]
        style.set(f"{_W}styleId", self._styles[ident])
        style.attrib.pop(f"{_W}default", None)
        for element in style.iter():
            if element.tag in _STYLED:
                element.set(f"{_W}val", self._style(element.get(f"{_W}val", "")))
            elif element.tag == f"{_W}numId":
                element.set(f"{_W}val", self._number(element.get(f"{_W}val", "")))
        added = self._kit.additions
        text = added.read(STYLES)
        if not text:
            text = _EMPTY_STYLES
            added.add(STYLES, b"", _STYLES_TYPE)
            added.relate(f"{RELATIONS}/styles", STYLES, self._kit.main)
        text = re.sub(r"(<w:styles\b[^>]*)/>\s*$", r"\1></w:styles>", text)
        added.write(STYLES, text.replace("</w:styles>", f"{_written(style)}</w:styles>"))
        self._kit.known["styles"] = Styles(added.read(STYLES))

    def _number(self, number: str) -> str:
        """The list of the document that a list of the file became; it counts from its own beginning."""
        if number in self._numbers or number == "0":
            return self._numbers.get(number, number)
        text = self._inner.parts.get(NUMBERING, b"").decode("utf-8", "replace")
        found = re.search(rf'<w:num\b[^>]*w:numId="{re.escape(number)}"[^>]*>(.*?)</w:num>', text, re.DOTALL)
        of = re.search(r'<w:abstractNumId w:val="(\d+)"/>', found[1]) if found else None
        if not found or not of:
            return number
        if of[1] not in self._abstracts:
            abstract = self._abstract(text, of[1])
            if not abstract:
                return number
            self._abstracts[of[1]] = self._kit.numbering().add_abstract(_OF_OTHERS.sub("", _bare(abstract)))
        more = _bare(found[1].replace(of[0], ""))
        self._numbers[number] = self._kit.numbering().add(self._abstracts[of[1]], {}, more)
        return self._numbers[number]


    def _abstract(self, text: str, ident: str) -> str:
        """What lists look like, as the file's part of lists says; where it only names a style of lists, what that looks
        like (ECMA-376, part 1, 17.9.21)."""
        found = re.search(rf'<w:abstractNum\b[^>]*w:abstractNumId="{ident}".*?</w:abstractNum>', text, re.DOTALL)
        style = re.search(r'<w:numStyleLink w:val="([^"]*)"', found[0]) if found else None
        if not found or not style:
            return found[0] if found else ""
        looks = re.finditer(r"<w:abstractNum\b(?:(?!</w:abstractNum>).)*</w:abstractNum>", text, re.DOTALL)
        return next((look[0] for look in looks if f'<w:styleLink w:val="{style[1]}"' in look[0]), found[0])


def _is_at_home(element: Any) -> bool:
    """Whether what refers to a style or list was made for the document: by a tag, or in a file that this one includes.
    A table is where its first paragraph is."""
    for above in element.iterancestors(f"{_W}p", f"{_W}tbl"):
        paragraph = above if above.tag == f"{_W}p" else next(above.iter(f"{_W}p"), None)
        return paragraph is not None and paragraph.get(f"{_W}rsidDel") == AT_HOME
    return False


def _of_others(body: Any) -> list[Any]:
    """The properties of the sections that are of files which this one includes: they are at home in the document."""
    found: list[Any] = []
    mark = ""
    for child in body:
        sections = list(child.iter(_SECTION))
        begun = [ident for each in sections if (ident := each.get(f"{_W}rsidSect", "")).startswith(MARKED)]
        mark = mark or (begun[0] if begun else "")
        if mark:
            found += sections
        if child.get(f"{_W}rsidR") == mark:
            mark = ""
    return found


def _bare(xml: str) -> str:
    """XML without the elements and attributes of newer programs, whose prefixes the document may not know."""
    xml = _CHOICES.sub(r"\1", xml)
    while (less := _NEWER.sub("", xml)) != xml:
        xml = less
    return re.sub(r'\s(?!w:|xml:)\w+:\w+="[^"]*"', "", xml)


def _written(element: Any) -> str:
    from lxml import etree

    element.tail = None
    etree.cleanup_namespaces(element)
    return str(etree.tostring(element, encoding="unicode"))
