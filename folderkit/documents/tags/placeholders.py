"""Pictures that only hold a place: one whose alternative text is a tag such as ``{{ image(site.photo) }}`` is shown as
the picture of that tag, within its own box."""

from __future__ import annotations

import html
import re

_DRAWING = re.compile(r"<w:drawing\b(?:(?!</w:drawing>).)*</w:drawing>", re.DOTALL)
_TAG = re.compile(r'\b(?:descr|title)="\s*\{\{((?:(?!\}\}|").)*)\}\}\s*"', re.DOTALL)
_CALL = re.compile(r"^\s*image\s*\(.*\)\s*$|\|\s*(?:image|fit)\b[^|]*$", re.DOTALL)
_EXTENT = re.compile(r"<(?:wp:extent|a:ext)\b(?=[^>]*\bcx=)[^>]*>")
_SIDE = re.compile(r'\b(cx|cy)="(\d+)"')
_EMBED = re.compile(r'(<a:blip\b[^>]*\br:embed=")[^"]*"')
_OF_OLD = re.compile(r"<a:srcRect\b[^>]*/>|<a:ext\b(?![^>]*\bcx=)(?:(?!</a:ext>).)*svgBlip.*?</a:ext>", re.DOTALL)
_NAME = "folderkit_picture"
_SET = re.compile(rf"\{{%\s*set {_NAME} = folderkit_in_box\(\((.*)\), \d+, \d+\) %\}}$", re.DOTALL)


def with_placeholders(xml: str) -> str:
    """The XML of a part with the picture of its tag in the box of each such placeholder, as large as fits; none, where
    the tag gives none."""
    return _DRAWING.sub(_replaced, xml) if "{{" in xml and "<a:blip" in xml else xml


def written_at(tag: str, xml: str) -> tuple[str, int] | None:
    """The tag as its author wrote it, and where in the part's XML, when it is one of a placeholder."""
    found = _SET.match(tag)
    if not found:
        return None
    words = " ".join(found[1].split())
    places = [alike.start() for alike in _TAG.finditer(xml) if _expression(alike[1]) == words]
    return f"{{{{ {words} }}}}", places[0] if places else 0


def _replaced(found: re.Match[str]) -> str:
    drawing = found[0]
    tag, extent = _TAG.search(drawing), _EXTENT.search(drawing)
    if not tag or not extent or not _CALL.search(tag[1]) or len(_EMBED.findall(drawing)) != 1:
        return drawing
    box = dict(_SIDE.findall(extent[0]))
    drawing = _OF_OLD.sub("", _TAG.sub(lambda other: other[0].partition("=")[0] + f'="{{{{ {_NAME}.alt }}}}"', drawing))
    drawing = _EMBED.sub(rf'\1{{{{ {_NAME}.ident }}}}"', drawing)
    drawing = _EXTENT.sub(lambda size: _SIDE.sub(rf'\1="{{{{ {_NAME}.\1 }}}}"', size[0]), drawing)
    return (f"{{% set {_NAME} = folderkit_in_box(({_expression(tag[1])}), {box['cx']}, {box['cy']}) %}}"
            f"{{% if {_NAME} %}}{drawing}{{% endif %}}")


def _expression(written: str) -> str:
    """What a tag in an attribute says."""
    return " ".join(html.unescape(written).translate(str.maketrans("“”‘’", "\"\"''")).split())
