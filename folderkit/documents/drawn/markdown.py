"""``{{p text|markdown }}``: Markdown as paragraphs, lists and tables of Word, in the template's own styles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import unknown
from folderkit.core.language import Text
from folderkit.documents.drawn.drawing import RELATIONS, Drawing
from folderkit.documents.drawn.markdown_table import Cell, table_xml
from folderkit.documents.drawn.sections import AT_HOME
from folderkit.documents.parts.additions import NotDrawable
from folderkit.documents.parts.styles import HANGING, INDENT, Style
from folderkit.documents.tags.holders import Paragraphs

if TYPE_CHECKING:
    from markdown_it.token import Token

    from folderkit.documents.tags.functions import Kit

MAX_LENGTH = 50_000  # characters of one text, some 25 pages; one made to hurt takes 3 s
MAX_COLUMNS = 63  # of a table in Word
_DEPTH = 40  # of quotes and lists within each other
_WORD_LEVELS = 9
_PICTURE = (150, 110)  # mm
_SIZES = (32, 28, 24, 22, 21, 21)  # half points, of headings for which there is no style
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_WEB = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_CODE = ('<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>',
         '<w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/>')
_BLUE = '<w:color w:val="0563C1"/><w:u w:val="single"/>'


def markdown(kit: Kit, text: Any, style: str = "", headings: int = 1, *, own: str = "") -> Paragraphs | str:
    """The text in paragraphs of the style named `style`, else of the one with the id `own`, in which the tag stood. The
    largest heading becomes Heading `headings`. Raises `NotDrawable` for a text too long or too deep."""
    if text is None or text == "":
        return ""
    from folderkit.documents.drawn.markdown_reader import read_markdown

    if isinstance(text, Mapping | list | tuple):
        raise NotDrawable(Text("it is a list or a group of fields and no text", "它是列表或一组字段，不是文字"))
    words = str(text)
    if len(words) > MAX_LENGTH:
        raise NotDrawable(Text(f"the text is longer than {MAX_LENGTH:,} characters", f"文本超过 {MAX_LENGTH:,} 个字符"))
    if isinstance(headings, bool) or headings not in range(1, 10):
        raise NotDrawable(Text("'headings' must be 1 to 9", "“headings”应为 1 到 9"))
    tokens = read_markdown(words, 2 * _DEPTH + 2)
    if max((token.level for token in tokens), default=0) >= 2 * _DEPTH:  # beyond, the reader leaves out what it finds
        raise NotDrawable(Text(f"its lists and quotes are nested more than {_DEPTH} deep",
                               f"其中的列表和引用嵌套超过 {_DEPTH} 层"))
    writer = _Writer(kit, _named(kit, style) if style else own, headings)
    xml = writer.write(tokens)
    if len(kit.around) > 1:  # in an included file, whose own styles and lists are changed for the document's
        xml = xml.replace("<w:p>", f'<w:p w:rsidDel="{AT_HOME}">')
    return Paragraphs(xml)


def _named(kit: Kit, name: str) -> str:
    found = kit.styles().find("paragraph", name)
    if not found:
        known = kit.styles().names("paragraph")
        raise NotDrawable(unknown(Text("paragraph style", "段落样式"), str(name), known).message)
    return found.ident


@dataclass
class _List:
    ordered: bool
    level: int  # among the lists around
    number: str = ""
    style: Style | None = None
    fresh: bool = False  # an item has begun and has no paragraph yet


@dataclass
class _Writer:
    kit: Kit
    body: str
    headings: int
    out: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    quotes: int = 0
    heading: int = 0
    rows: list[list[Cell]] = field(default_factory=list)
    align: str = ""
    head: bool = False

    def write(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            self._block(token)
        return "".join(self.out)

    def _block(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._inline(token)
        elif kind in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")
            self.lists.append(self._list(kind.startswith("ordered"), 1 if start is None else int(start)))
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif kind == "list_item_open":
            self.lists[-1].fresh = True
        elif kind == "list_item_close" and self.lists[-1].fresh:
            self._paragraph("")
        elif kind == "heading_open":
            self.heading = min(_WORD_LEVELS, int(token.tag[1]) + self.headings - 1)
        elif kind == "heading_close":
            self.heading = 0
        elif kind in ("blockquote_open", "blockquote_close"):
            self.quotes += token.nesting
        elif kind in ("fence", "code_block"):
            self._code(token.content)
        elif kind == "hr":
            self.out.append('<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="BFBFBF"/>'
                            "</w:pBdr></w:pPr></w:p>")
        elif kind == "tr_open":
            self.rows.append([])
        elif kind in ("th_open", "td_open"):
            self.align, self.head = str(token.attrGet("style") or "").partition(":")[2], kind == "th_open"
        elif kind == "table_close":
            if max(map(len, self.rows), default=0) > MAX_COLUMNS:
                raise NotDrawable(Text(f"a table has more than {MAX_COLUMNS} columns", f"有表格超过 {MAX_COLUMNS} 列"))
            self.out.append(table_xml(self.kit, self.rows))
            self.rows = []

    # -- paragraphs --------------------------------------------------------------------------------
    def _inline(self, token: Token) -> None:
        base = ""
        if self.rows:
            base = "<w:b/>" if self.head else ""
        elif self.heading and not self._heading_style():
            base = f'<w:b/><w:sz w:val="{_SIZES[min(self.heading, 6) - 1]}"/>'
        runs = self._runs(token.children or [], base)
        if self.rows:
            self.rows[-1].append(Cell(runs, self.align, token.content))
        else:
            self._paragraph(runs)

    def _heading_style(self) -> Style | None:
        return self.kit.styles().find("paragraph", f"heading {self.heading}")

    def _paragraph(self, runs: str, more: str = "") -> None:
        """A paragraph as its place wants it; `more` are properties of its own, which come after the others."""
        item = self.lists[-1] if self.lists else None
        style, numbered, indent = self.body, "", min(len(self.lists) + self.quotes, _WORD_LEVELS) * INDENT
        marks, first = "", 'w:firstLine="0" w:firstLineChars="0"'
        quote = self.kit.styles().find("paragraph", "quote") if self.quotes else None
        if self.quotes and not quote and not self.heading and not item:  # it would be drawn at each one's indent
            marks = '<w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="BFBFBF"/></w:pBdr>'
        if self.heading and not (item and item.fresh):
            found = self._heading_style()
            style, indent = found.ident if found else "", 0
        elif item:
            if self.quotes and item.fresh:
                first = f'w:hanging="{HANGING}"'
            numbered, indent = self._numbered(item, indent)
            plain = self.kit.styles().find("paragraph", "List Paragraph")
            style = item.style.ident if item.style else plain.ident if plain else ""
        elif self.quotes:
            style = quote.ident if quote else self.body
            indent -= INDENT if quote else 0
        named = f'<w:pStyle w:val="{escape(style)}"/>' if style else ""
        keep = "<w:keepNext/>" if self.heading else ""
        apart = '<w:spacing w:before="240" w:after="120"/>' if self.heading and not named else ""
        space = f'<w:ind w:left="{indent}" {first}/>' if indent else ""
        outline = f'<w:outlineLvl w:val="{self.heading - 1}"/>' if self.heading and not named else ""
        self.out.append(f"<w:p><w:pPr>{named}{keep}{numbered}{marks}{more}{apart}{space}{outline}</w:pPr>{runs}</w:p>")

    def _numbered(self, item: _List, indent: int) -> tuple[str, int]:
        """The number of a list's paragraph, and its indent, which is the list's own outside of quotes; what follows in
        an item stands below it without one."""
        if not item.fresh:
            return '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="0"/></w:numPr>' if item.style else "", indent
        item.fresh = False
        if not item.number:
            return "", 0  # the style's own
        level = 0 if item.style else min(item.level, _WORD_LEVELS - 1)
        number = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{item.number}"/></w:numPr>'
        return number, indent if self.quotes else 0

    def _list(self, ordered: bool, start: int) -> _List:
        """A list that begins: in the template's style for its level, where there is one with a list; one of our own in
        a quote, whose indent it adds to."""
        depth = sum(other.ordered == ordered for other in self.lists)
        made = _List(ordered, len(self.lists))
        name = f"{'List Number' if ordered else 'List Bullet'}{f' {depth + 1}' if depth else ''}"
        found = self.kit.styles().find("paragraph", name)
        if found and found.numbering and len(self.lists) == depth and not self.quotes:
            made.number = self.kit.numbering().anew(found.numbering, 0, start) if ordered else ""
            if made.number or not ordered:
                made.style = found
                return made
        made.number = self.kit.numbering().own(ordered, min(made.level, _WORD_LEVELS - 1), start)
        return made

    def _code(self, content: str) -> None:
        lines = content.rstrip("\n").split("\n")
        runs = "<w:r><w:br/></w:r>".join(_run(line, _CODE[0]) for line in lines)
        body, found = self.body, self.kit.styles().find("paragraph", "HTML Preformatted")
        self.body = found.ident if found else ""  # one for prose may move the first line
        self._paragraph(runs, _CODE[1])
        self.body = body

    # -- runs --------------------------------------------------------------------------------------
    def _runs(self, tokens: Sequence[Token], base: str) -> str:
        from folderkit.documents.drawn.markdown_reader import joint

        marks: list[str] = [base]
        out: list[str] = []
        link = address = ""
        for place, token in enumerate(tokens):
            kind, look = token.type, "".join(marks)
            if kind == "text":
                out.append(_run(token.content, look + (_BLUE if link else "")))
            elif kind == "code_inline":
                out.append(_run(token.content, look + "".join(_CODE)))
            elif kind in _MARKS:
                marks.append(_MARKS[kind])
            elif (opened := kind.replace("_close", "_open")) in _MARKS:
                marks.reverse()
                marks.remove(_MARKS[opened])
                marks.reverse()
            elif kind == "softbreak":
                out.append(_run(joint(tokens, place), look))
            elif kind == "hardbreak":
                out.append("<w:r><w:br/></w:r>")
            elif kind == "image":
                out.append(self._image(token))
            elif kind == "link_open":
                address = str(token.attrGet("href") or "")
                link = self._link(address)
                out.append(link)
            elif kind == "link_close":
                out.append("</w:hyperlink>" if link else _run(_told(address, tokens[place - 1].content), look))
                link = ""
        return "".join(out)

    def _link(self, address: str) -> str:
        """The beginning of a link; "" for an address that a document should not lead to."""
        if not _LINK.match(address):
            return ""
        ident = self.kit.additions.relate(f"{RELATIONS}/hyperlink", address, outside=True)
        return f'<w:hyperlink r:id="{ident}" xmlns:r="{RELATIONS}">'

    def _image(self, token: Token) -> str:
        from folderkit.documents.drawn.image import image

        source, alt = str(token.attrGet("src") or ""), token.content
        if _WEB.match(source) or not source:
            return _run(alt or source, "")
        from urllib.parse import unquote

        width = _PICTURE[0] / len(self.rows[0]) if self.rows and self.rows[0] else _PICTURE[0]
        drawn = image(self.kit, unquote(source), width, _PICTURE[1], alt=alt)
        return drawn.__html__() if isinstance(drawn, Drawing) else drawn


_MARKS = {"strong_open": "<w:b/>", "em_open": "<w:i/>", "s_open": "<w:strike/>"}


def _told(address: str, words: str) -> str:
    """What stands behind the words of a link that leads nowhere in a document: its address, when they do not say it."""
    from urllib.parse import unquote

    shown = unquote(address)
    return "" if address.startswith("#") or shown in ("", words) else f" ({shown})"


def _run(text: str, properties: str) -> str:
    if not text:
        return ""
    pieces = [f'<w:t xml:space="preserve">{escape(piece, quote=False)}</w:t>' if piece else ""
              for piece in text.split("\t")]
    return f"<w:r><w:rPr>{_ordered(properties)}</w:rPr>{'<w:tab/>'.join(pieces)}</w:r>"


def _ordered(properties: str) -> str:
    """Properties of a run, each once, in the order of the schema (ECMA-376, part 1, 17.3.2.28)."""
    each = dict.fromkeys(re.findall(r"<w:\w+[^>]*/>", properties))
    return "".join(sorted(each, key=lambda one: _ORDER.index(re.split(r"[ /:]", one)[1])))


_ORDER = ("rStyle", "rFonts", "b", "i", "strike", "color", "sz", "u", "shd")
