"""Section breaks and tags: a section that a tag drops or repeats goes with its break, and the last page stays right."""

from __future__ import annotations

import re

_PARAGRAPH = re.compile(r"<w:p(?: [^<>]*)?>(?:(?!</w:p>|<w:p[ >]).)*</w:p>", re.DOTALL)
_BREAK = re.compile(r"<w:sectPr\b(?:[^>]*/>|(?:(?!</w:sectPr>).)*</w:sectPr>)", re.DOTALL)
_ELEMENT = re.compile(r"<[^>]*>")
_TAG = re.compile(r"\s*\{([%{])p\s")
_HOLDER = ('<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>{}</w:pPr></w:p>')
_LAST = re.compile(
    r"(<w:p(?: [^<>]*)?>(?:(?!</w:p>|<w:p[ >]).)*</w:p>)\s*(<w:sectPr\b(?:[^>]*/>|(?:(?!</w:sectPr>).)*</w:sectPr>))"
    r"\s*</w:body>", re.DOTALL)
_SHOWN = re.compile(r"<w:(?:t|drawing|pict|object|tab|br|sym|fldChar|instrText)\b")


def with_breaks_apart(xml: str) -> str:
    """A section break in the paragraph of a tag that stands for its paragraph, in one of its own: before the tag of a
    block, whose end is behind the break of the section that it drops, and its beginning behind the one before; behind
    a tag of a value, which is what the section ends with."""
    return _PARAGRAPH.sub(_apart, xml) if "<w:sectPr" in xml and ("{%" in xml or "{{" in xml) else xml


def without_empty_last_section(xml: str, template: str) -> str:
    """The text of a document whose last section the tags of its `template` left empty, without that section: the one
    before is the last then, with the page it has."""
    found = _LAST.search(xml)
    page = _BREAK.search(found[1]) if found else None
    if not found or not page or "{%" not in _ELEMENT.sub("", template[_last_break(template):]):
        return xml
    rest = found[1].replace(page[0], "")
    return xml[: found.start()] + (rest if _SHOWN.search(rest) else "") + page[0] + "</w:body>" + xml[found.end() :]


def _apart(found: re.Match[str]) -> str:
    paragraph = found[0]
    page = _BREAK.search(paragraph)
    tag = _TAG.match(_ELEMENT.sub("", paragraph)) if page else None
    if not page or not tag:
        return paragraph
    holder, rest = _HOLDER.format(page[0]), paragraph.replace(page[0], "")
    return holder + rest if tag[1] == "%" else rest + holder


def _last_break(template: str) -> int:
    """Where the last section of a template begins."""
    breaks = [page.end() for page in _BREAK.finditer(template)]
    return template.find("</w:p>", breaks[-2]) if len(breaks) > 1 else len(template)
