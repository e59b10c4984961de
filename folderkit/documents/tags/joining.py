"""Tags that tracked changes, content controls, links and fields cut into pieces, made whole."""

from __future__ import annotations

import re

from folderkit.documents.tags.places import Words
from folderkit.documents.tags.syntax import swallows
from folderkit.documents.tags.tagged import TAG

_ELEMENT = re.compile(r"<[^<>]*>")
_WRAPPER = re.compile(r"<(/?)w:(?:ins|del|moveFrom|moveTo|sdt|sdtContent|hyperlink|smartTag|customXml|fldSimple)"
                      r"(?=[ />])[^<>]*?(/?)>")


def with_whole_tags(xml: str) -> str:
    """The XML of a part with each tag whole that a wrapper of runs or the runs of a field cut: all of it stands where
    it begins, and what stood in it stands behind it."""
    if not (_WRAPPER.search(xml) or "<w:instrText" in xml):
        return xml
    words, pieces, at = Words(xml), [], 0
    for tag in TAG.finditer(words.text):
        start, stop = words.offset(tag.start()), words.offset(tag.end() - 1) + 1
        written = xml[start:stop]
        if "<" in written and "</w:p>" not in written and not swallows(tag[0]) and _is_cut(written):
            pieces += [xml[at:start], _ELEMENT.sub("", written), *_ELEMENT.findall(written)]
            at = stop
    return "".join([*pieces, xml[at:]]) if at else xml


def _is_cut(written: str) -> bool:
    """Whether a tag goes into a wrapper or out of one, or over several texts of a field."""
    depth = 0
    for found in _WRAPPER.finditer(written):
        depth += 0 if found[2] else -1 if found[1] else 1
        if depth < 0:
            return True
    return depth > 0 or "<w:instrText" in written
