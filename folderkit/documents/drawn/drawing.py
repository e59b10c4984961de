"""What is drawn in a run of Word: a picture or a chart in a frame of its own (ECMA-376, part 1, 20.4.2.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

EMU_PER_MM = 36_000
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_FRAME = (
    '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"{mark} '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
    '<wp:extent cx="{cx}" cy="{cy}"/><wp:docPr id="1" name="{name}" descr="{descr}"/>'
    '<wp:cNvGraphicFramePr><a:graphicFrameLocks xmlns:a="' + _MAIN + '" noChangeAspect="1"/></wp:cNvGraphicFramePr>'
    '<a:graphic xmlns:a="' + _MAIN + '"><a:graphicData uri="{uri}">{content}</a:graphicData></a:graphic>'
    '</wp:inline></w:drawing></w:r>')
_PICTURE = (
    '<pic:pic xmlns:pic="{uri}"><pic:nvPicPr><pic:cNvPr id="0" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip r:embed="{ident}" xmlns:r="' + RELATIONS + '"/>'
    '<a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{cx}" cy="{cy}"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>')
_CHART = '<c:chart xmlns:c="{uri}" r:id="{ident}" xmlns:r="' + RELATIONS + '"/>'
_PICTURES = "http://schemas.openxmlformats.org/drawingml/2006/picture"
_CHARTS = "http://schemas.openxmlformats.org/drawingml/2006/chart"


class NoText:
    """A value that only a tag of its own can show: made part of a text, its XML would be what readers see."""

    def __str__(self) -> str:
        from folderkit.core.language import Text
        from folderkit.documents.parts.additions import NotDrawable

        raise NotDrawable(Text("what is drawn cannot be part of a text; give it a tag of its own",
                               "绘制的内容不能并入文字，请让它单独用一个标签"))


@dataclass(frozen=True)
class Drawing(NoText):
    """A value of a tag that is a run with a drawing in it. A picture also tells how it lies in the document: its
    relationship, its size in EMU, and what it shows."""

    xml: str
    ident: str = ""
    cx: int = 0
    cy: int = 0
    alt: str = ""

    def __html__(self) -> str:
        return self.xml


def picture_drawing(ident: str, size: tuple[int, int], name: str, alt: str, mark: str = "") -> Drawing:
    """The picture of a relationship, `size` in EMU; its frame with a `mark`, if it has one."""
    return Drawing(_framed(_PICTURES, _PICTURE, ident, size, name, alt, mark), ident, *size, alt)


def chart_drawing(ident: str, size: tuple[int, int], name: str, alt: str) -> Drawing:
    """The chart of a relationship, `size` in EMU."""
    return Drawing(_framed(_CHARTS, _CHART, ident, size, name, alt))


def _framed(uri: str, content: str, ident: str, size: tuple[int, int], name: str, alt: str, mark: str = "") -> str:
    cx, cy = size
    shown: Callable[[str], str] = lambda text: escape(" ".join(text.split()))  # noqa: E731
    inner = content.format(uri=uri, ident=ident, cx=cx, cy=cy, name=shown(name))
    return _FRAME.format(uri=uri, content=inner, cx=cx, cy=cy, name=shown(name), descr=shown(alt), mark=mark)
