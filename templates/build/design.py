"""The design that all templates share: fonts, styles, numbering, pages, and the package around the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from words import GREY, INK, edge

from folderkit.core.language import Language
from folderkit.documents.parts.package import write_package

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ROOT = f'xmlns:w="{_W}" xmlns:r="{_R}"'
MARGIN = 1474  # twentieths of a point: 26 mm
PAGE = (11906, 16838)  # A4
WIDTH = PAGE[0] - 2 * MARGIN
_HANG = (680, 794, 907)  # room for the numbers of headings, by level


@dataclass(frozen=True)
class Fonts:
    """Latin and Chinese faces of text and of headings, and the sizes in points of text and of tables."""

    text: tuple[str, str]
    head: tuple[str, str]
    size: float
    table: float


_FONTS: dict[Language, Fonts] = {
    "zh": Fonts(("Times New Roman", "SimSun"), ("Arial", "SimHei"), 12, 10.5),
    "en": Fonts(("Calibri", "Microsoft YaHei"), ("Calibri", "Microsoft YaHei"), 11, 10),
}
_COMPACT: dict[Language, Fonts] = {  # for documents of a page or two
    "zh": Fonts(("Times New Roman", "SimSun"), ("Arial", "SimHei"), 10.5, 10),
    "en": Fonts(("Calibri", "Microsoft YaHei"), ("Calibri", "Microsoft YaHei"), 10.5, 9.5),
}
_FALLBACKS = {  # alternative names that Word and LibreOffice try when a face is not installed
    "SimSun": "Songti SC;Noto Serif CJK SC;宋体", "SimHei": "Heiti SC;Noto Sans CJK SC;黑体",
    "Microsoft YaHei": "PingFang SC;Noto Sans CJK SC;微软雅黑", "Times New Roman": "Liberation Serif;Tinos",
    "Arial": "Liberation Sans;Arimo", "Calibri": "Carlito;Noto Sans CJK SC",
}


@dataclass
class Design:
    """One edition under construction: its language, its text, and its headers and footers by name."""

    language: Language
    compact: bool = False
    body: list[str] = field(default_factory=list)
    margins: dict[str, str] = field(default_factory=dict)  # part name (header1, footer1) → content

    @property
    def fonts(self) -> Fonts:
        return (_COMPACT if self.compact else _FONTS)[self.language]

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def add(self, *content: str) -> None:
        self.body.extend(content)

    def add_margin(self, kind: str, content: str) -> str:
        """Keep a header or footer; its relationship id."""
        number = sum(name.startswith(kind) for name in self.margins) + 1
        self.margins[f"{kind}{number}"] = content
        return f"rId{kind}{number}"

    def save(self, path: Path, title: str) -> None:
        path.write_bytes(write_package(_package(self, title), {}))


def section(*references: str, top: int = 1440, bottom: int = 1300, last: bool = False) -> str:
    """The end of a section whose headers and footers are given; the last one belongs to the body itself."""
    links = "".join(
        f'<w:{reference[3:9]}Reference w:type="default" r:id="{reference}"/>' for reference in references)
    properties = (f'<w:sectPr>{links}<w:type w:val="nextPage"/><w:pgSz w:w="{PAGE[0]}" w:h="{PAGE[1]}"/>'
                  f'<w:pgMar w:top="{top}" w:right="{MARGIN}" w:bottom="{bottom}" w:left="{MARGIN}" '
                  f'w:header="720" w:footer="620" w:gutter="0"/></w:sectPr>')
    return properties if last else f'<w:p><w:pPr><w:pStyle w:val="Hidden"/>{properties}</w:pPr></w:p>'


# -- styles ----------------------------------------------------------------------------------------
def _faces(pair: tuple[str, str]) -> str:
    latin, chinese = pair
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{chinese}" w:cs="{latin}"/>'


def _style(ident: str, name: str, *, size: float = 0, color: str = "", bold: bool = False, head: Fonts | None = None,
           before: float = 0, after: float = 0, line: float = 1.0, more: str = "", based: str = "Normal",
           align: str = "", nxt: str = "") -> str:
    """A paragraph style; `more` holds further paragraph properties that come before the spacing."""
    letters = "".join((
        _faces(head.head) if head else "",
        "<w:b/><w:bCs/>" if bold else "",
        f'<w:color w:val="{color}"/>' if color else "",
        f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else "",
    ))
    indent = ""
    if "<w:ind" in more:
        more, _, rest = more.partition("<w:ind")
        indent = "<w:ind" + rest
    outline = ""
    if "<w:outlineLvl" in indent:
        indent, _, rest = indent.partition("<w:outlineLvl")
        outline = "<w:outlineLvl" + rest
    jc = f'<w:jc w:val="{align}"/>' if align else ""
    paragraph = (f'{more}<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" '
                 f'w:line="{round(line * 240)}" w:lineRule="auto"/>{indent}{jc}{outline}')
    basis = f'<w:basedOn w:val="{based}"/>' if based else ""
    following = f'<w:next w:val="{nxt}"/>' if nxt else ""
    default = ' w:default="1"' if ident == "Normal" else ""
    return (f'<w:style w:type="paragraph"{default} w:styleId="{ident}"><w:name w:val="{name}"/>{basis}{following}'
            f'<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{letters}</w:rPr></w:style>')


def _text_styles(design: Design) -> list[str]:
    """Running text, headings and lists."""
    fonts, zh, tight = design.fonts, design.language == "zh", design.compact
    keep = "<w:keepNext/><w:keepLines/>"

    def heading(level: int, size: float, before: float, after: float) -> str:
        numbering = f'<w:numPr><w:ilvl w:val="{level - 1}"/><w:numId w:val="1"/></w:numPr>'
        return _style(f"Heading{level}", f"heading {level}", size=size, color=INK, bold=True, head=fonts,
                      before=before, after=after, line=1.15,
                      more=f'{keep}{numbering}<w:ind w:left="{_HANG[level - 1]}" w:hanging="{_HANG[level - 1]}"/>'
                           f'<w:outlineLvl w:val="{level - 1}"/>', nxt="Prose")

    prose_indent = f'<w:ind w:firstLineChars="200" w:firstLine="{round(fonts.size * 40)}"/>' if zh else ""
    return [
        _style("Normal", "Normal", line=1.15, based=""),
        _style("Prose", "Body Text", size=fonts.size, line=(1.35 if tight else 1.5) if zh else 1.2,
               after=4 if zh else 7, more="<w:widowControl/>" + prose_indent, align="both" if zh else "left"),
        heading(1, *((13, 12, 5) if tight else (16, 22, 10))),
        heading(2, *((11, 8, 3) if tight else (14 if zh else 13, 16, 8))), heading(3, 12, 12, 6),
        _style("Bullet", "List Bullet", size=fonts.size, line=1.2 if tight else 1.35, after=2, more=(
            '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr><w:ind w:left="425" w:hanging="295"/>')),
    ]


def _place_styles(design: Design) -> list[str]:
    """What stands at a place of its own: title, cover, tables, header and footer, contents."""
    fonts, zh = design.fonts, design.language == "zh"
    keep = "<w:keepNext/><w:keepLines/>"
    return [
        _style("Title", "Title", size=24, color=INK, bold=True, head=fonts, before=2, after=6, line=1.1, more=keep),
        _style("Eyebrow", "Eyebrow", size=11, color=GREY, head=fonts, before=0, after=2, more="<w:keepNext/>"),
        _style("CoverProject", "Cover Project", size=16, head=fonts, after=10, line=1.15),
        _style("CoverTitle", "Cover Title", size=34 if zh else 32, bold=True, head=fonts, line=1.1, after=12),
        _style("FrontTitle", "Front Title", size=16, color=INK, bold=True, head=fonts, before=0, after=10,
               more="<w:keepNext/>", align="center" if zh else "left"),
        _style("Caption", "caption", size=9.5, color=INK, bold=True, head=fonts, before=12, after=4,
               more="<w:keepNext/><w:keepLines/>", align="center" if zh else "left"),
        _style("Unit", "Unit", size=9, color=GREY, head=fonts, before=0, after=3, more="<w:keepNext/>", align="right"),
        _style("Cell", "Table Text", size=fonts.table, before=2, after=2, line=1.1),
        _style("CellHead", "Table Head", size=fonts.table, color=INK, bold=True, head=fonts, before=3, after=3,
               line=1.1, more="<w:keepNext/>"),
        _style("CellFigure", "Table Figure", size=20, color=INK, bold=True, head=fonts, before=8, after=0,
               align="center", more="<w:keepNext/>"),
        _style("CellNote", "Table Note", size=9, color=GREY, head=fonts, before=0, after=8, align="center"),
        _style("Note", "Note", size=9, color=GREY, before=3, after=10),
        _style("Gap", "Gap", size=5, before=0, after=4),
        _style("Hidden", "Section End", size=1, before=0, after=0),
        _style("Header", "header", size=8.5, color=GREY, head=fonts),
        _style("Footer", "footer", size=9, color=GREY, head=fonts),
        _style("TOC1", "toc 1", size=fonts.size, head=fonts, before=6, after=2, more=_toc_tabs(480)),
        _style("TOC2", "toc 2", size=fonts.size - 1, before=1, after=1,
               more=_toc_tabs(900) + '<w:ind w:left="240"/>'),
    ]


def _styles(design: Design) -> str:
    fonts = design.fonts
    defaults = (f'<w:docDefaults><w:rPrDefault><w:rPr>{_faces(fonts.text)}<w:sz w:val="{round(fonts.size * 2)}"/>'
                f'<w:szCs w:val="{round(fonts.size * 2)}"/><w:lang w:val="{design.say("en-US", "en-GB")}" '
                'w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>')
    table = ('<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
             '<w:uiPriority w:val="99"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
             '<w:left w:w="100" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>')
    styles = "".join(_text_styles(design) + _place_styles(design))
    return f'{_XML}<w:styles xmlns:w="{_W}">{defaults}{styles}{table}</w:styles>'


def _toc_tabs(number: int) -> str:
    return (f'<w:tabs><w:tab w:val="left" w:pos="{number}"/><w:tab w:val="right" w:leader="dot" w:pos="{WIDTH}"/>'
            "</w:tabs>")


# -- the other parts -------------------------------------------------------------------------------
def _numbering() -> str:
    headings = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        f'<w:pStyle w:val="Heading{level + 1}"/><w:suff w:val="tab"/>'
        f'<w:lvlText w:val="{".".join(f"%{n + 1}" for n in range(level + 1))}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:tabs><w:tab w:val="num" w:pos="{_HANG[level]}"/></w:tabs>'
        f'<w:ind w:left="{_HANG[level]}" w:hanging="{_HANG[level]}"/></w:pPr></w:lvl>'
        for level in range(3))
    bullet = ('<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>'
              '<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="425" w:hanging="295"/></w:pPr>'
              '<w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/>'
              f'<w:color w:val="{INK}"/></w:rPr></w:lvl>')
    return (f'{_XML}<w:numbering xmlns:w="{_W}">'
            f'<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{headings}</w:abstractNum>'
            f'<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="hybridMultilevel"/>{bullet}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
            '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>')


def _settings(design: Design) -> str:
    return (f'{_XML}<w:settings xmlns:w="{_W}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/>'
            '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
            "<w:doNotExpandShiftReturn/>"
            '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
            f'</w:compat><w:themeFontLang w:val="{design.say("en-US", "en-GB")}" w:eastAsia="zh-CN"/>'
            '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>')


def _font_table(design: Design) -> str:
    names = dict.fromkeys((*design.fonts.text, *design.fonts.head))
    fonts = "".join(f'<w:font w:name="{name}"><w:altName w:val="{_FALLBACKS[name]}"/></w:font>' for name in names)
    return f'{_XML}<w:fonts xmlns:w="{_W}">{fonts}</w:fonts>'


def _core(title: str) -> str:
    return (f'{_XML}<cp:coreProperties '
            'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{title}</dc:title><dc:subject>{{{{ project.name }}}}</dc:subject>"
            "<dc:creator>{{ doc.author or firm.name }}</dc:creator>"
            '<dcterms:created xsi:type="dcterms:W3CDTF">{{ today|date("%Y-%m-%d") }}T00:00:00Z</dcterms:created>'
            '<dcterms:modified xsi:type="dcterms:W3CDTF">{{ today|date("%Y-%m-%d") }}T00:00:00Z</dcterms:modified>'
            "</cp:coreProperties>")


def _package(design: Design, title: str) -> dict[str, bytes]:
    fixed = {"styles": _styles(design), "numbering": _numbering(), "settings": _settings(design),
             "fontTable": _font_table(design)}
    parts = {f"word/{name}.xml": xml for name, xml in fixed.items()}
    for name, content in design.margins.items():
        element = "hdr" if name.startswith("header") else "ftr"
        parts[f"word/{name}.xml"] = f"{_XML}<w:{element} {_ROOT}>{content}</w:{element}>"
    parts["word/document.xml"] = f'{_XML}<w:document {_ROOT}><w:body>{"".join(design.body)}</w:body></w:document>'
    parts["docProps/core.xml"] = _core(title)
    links = "".join(
        f'<Relationship Id="rId{name}" Type="{_R}/{name.rstrip("0123456789")}" Target="{name}.xml"/>'
        for name in (*fixed, *design.margins))
    parts["word/_rels/document.xml.rels"] = _relationships(links)
    parts["_rels/.rels"] = _relationships(
        f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="word/document.xml"/>'
        '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/'
        'core-properties" Target="docProps/core.xml"/>')
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{name.rstrip("0123456789")}'
        f'{".main" if name == "document" else ""}+xml"/>' for name in ("document", *fixed, *design.margins))
    parts["[Content_Types].xml"] = (
        f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>')
    return {name: xml.encode() for name, xml in parts.items()}


def _relationships(links: str) -> str:
    return (f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}'
            "</Relationships>")


__all__ = ["MARGIN", "PAGE", "WIDTH", "Design", "edge", "section"]
