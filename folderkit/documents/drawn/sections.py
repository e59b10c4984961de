"""Files that are included as sections of their own: the document around them keeps its pages, headers and counting.

Word writes what a section looks like at its end, and a header that a section does not name is that of the one before
(ECMA-376, part 1, 17.10.5). So what stands before an included section must end with the properties of what follows it,
and this must name the headers that it had from before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MARK, MARKED = "F01D{:04X}", "F01D"  # a revision id that no program makes (ECMA-376, part 1, 17.15.1.71)
AT_HOME = "F01DFFFF"  # of a paragraph in an included file that was made for the document
_SMALL = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'  # so that it begins no page of its own
_P = r'<w:p(?: xmlns:\w+="[^"]*")*'  # as it comes out of another included file
_OPENED = re.compile(rf'{_P}><w:pPr>{_SMALL}<w:sectPr w:rsidSect="(F01D[0-9A-F]{{4}})"/></w:pPr></w:p>')
_BEGUN = re.compile(rf'{_P}><w:pPr>{_SMALL}<w:sectPr w:rsidSect="F01D[0-9A-F]{{4}}"(?:(?!</w:p>).)*</w:p>', re.DOTALL)
_CLOSED = re.compile(rf'{_P} w:rsidR="F01D[0-9A-F]{{4}}">(?:(?!</w:p>).)*</w:p>', re.DOTALL)
_SECTION = re.compile(r"<w:sectPr\b(?:[^>]*/>|(?:(?!</w:sectPr>).)*</w:sectPr>)", re.DOTALL)
_LAST = re.compile(rf'{_P} w:rsidR="F01D[0-9A-F]{{4}}"><w:pPr>{_SMALL}({_SECTION.pattern})</w:pPr></w:p>\s*'
                   rf"{_SECTION.pattern}\s*</w:body>", re.DOTALL)
_ENDING = re.compile(rf"\s*<w:p(?: [^<>]*)?>(?:(?!</w:p>|<w:p[ >]|<w:sectPr\b).)*{_SECTION.pattern}"
                     r"(?:(?!</w:p>|<w:p[ >]).)*</w:p>", re.DOTALL)
_SHOWN = re.compile(r"<w:(?:t|drawing|pict|object|tab|br|sym|fldChar|instrText|bookmark\w+|comment\w+)\b")
_MARKED = re.compile(r' w:rsid(?:Sect|R)="F01D[0-9A-F]{4}"')
_REFERENCE = re.compile(r"<w:(header|footer)Reference\b[^>]*/>")
_INSIDE = re.compile(r"<(/?)w:(?:tc|txbxContent)(?: [^<>]*)?>")


def as_section(xml: str, properties: str, mark: str) -> str:
    """The text of a file as a section of its own, with the `properties` that it has there."""
    return (f'<w:p><w:pPr>{_SMALL}<w:sectPr w:rsidSect="{mark}"/></w:pPr></w:p>{xml}'
            f'<w:p w:rsidR="{mark}"><w:pPr>{_SMALL}{properties}</w:pPr></w:p>')


def with_sections(xml: str) -> str:
    """The text of a document with the sections around each included one as they were."""
    for found in reversed(list(_OPENED.finditer(xml))):  # the last first: what follows one may begin with the next
        end = xml.index("</w:p>", xml.index(f'w:rsidR="{found[1]}"', found.end())) + len("</w:p>")
        after = _SECTION.search(xml, end)
        if after:
            wanted = _named(after[0], _in_force(xml[: found.start()]))
            own = _MARKED.sub("", wanted).replace("<w:sectPr", f'<w:sectPr w:rsidSect="{found[1]}"', 1)
            before = found[0].replace(f'<w:sectPr w:rsidSect="{found[1]}"/>', own)
            xml = xml[: found.start()] + before + xml[found.end() : end] + _continued(xml[end:], wanted)
    for ended in (_BEGUN, _CLOSED):
        xml = _without_empty(xml, ended)
    if last := _LAST.search(xml):  # nothing follows it
        holder = "<w:p/>" if xml[: last.start()].endswith("</w:tbl>") else ""
        xml = f"{xml[: last.start()]}{holder}{last[1]}</w:body>{xml[last.end() :]}"
    return _MARKED.sub("", xml)


def _continued(rest: str, wanted: str) -> str:
    """The text behind an included section, of which the first section is to look as `wanted`. Where that is nothing
    but its end, which stood in or behind the tag's paragraph, the next one follows."""
    page = _SECTION.search(rest)
    holder = _ENDING.match(rest)
    empty = holder and not _SHOWN.search(holder[0]) and f'="{MARKED}' not in holder[0]  # no border of an included one
    following = _SECTION.search(rest, holder.end()) if holder and empty else None
    if holder and following:
        own = _named(following[0], (found[0] for found in _REFERENCE.finditer(wanted)))
        return rest[holder.end() : following.start()] + _on_next_page(own) + rest[following.end() :]
    return rest[: page.start()] + _resumed(wanted) + rest[page.end() :] if page else rest


def _without_empty(xml: str, ended: re.Pattern[str]) -> str:
    """The text without the ends of those sections that have nothing in them: they would be empty pages."""
    return ended.sub(lambda found: "" if _is_begun(xml[: found.start()]) else found[0], xml)


def _is_begun(before: str) -> bool:
    """Whether a section begins at the end of a text, so that none need be ended there."""
    paragraph = max(before.rfind("<w:p>"), before.rfind("<w:p "))
    return before.endswith("<w:body>") or (before.endswith("</w:p>") and "<w:sectPr" in before[paragraph:])


def misplaced_section(xml: str) -> int:
    """Where in the text a section begins inside of a cell or a box of text, where Word knows none; -1 for nowhere."""
    for found in _OPENED.finditer(xml):
        if sum(-1 if closing else 1 for closing in _INSIDE.findall(xml, 0, found.start())):
            return found.start()
    return -1


def _in_force(before: str) -> Iterator[str]:
    """The references to headers and footers that hold at the end of a text, without what is included in it."""
    while True:
        for found in _OPENED.finditer(before):
            close = before.find(f'w:rsidR="{found[1]}"', found.end())
            if close >= 0:
                before = before[: found.start()] + before[before.index("</w:p>", close) :]
                break
        else:
            break
    last = {}
    for section in _SECTION.findall(before):
        for reference in _REFERENCE.finditer(section):
            last[reference[1], _kind(reference[0])] = reference[0]
    yield from last.values()


def _named(section: str, references: Iterator[str]) -> str:
    """The properties of a section that names its headers and footers, those it has from before too."""
    own = {(found[1], _kind(found[0])) for found in _REFERENCE.finditer(section)}
    more = "".join(reference for reference in references
                   if (reference.partition("Reference")[0][3:], _kind(reference)) not in own)
    if section.endswith("/>") and "<w:sectPr" in section and "</w:sectPr>" not in section:
        section = f"{section[:-2]}></w:sectPr>"
    head, sign, rest = section.partition(">")
    return f"{head}{sign}{more}{rest}"


def _resumed(section: str) -> str:
    """A section as it goes on after an included one: on a page of its own, and counting on."""
    return re.sub(r'(<w:pgNumType\b[^>]*?) w:start="[^"]*"', r"\1", _on_next_page(section))


def _on_next_page(section: str) -> str:
    return re.sub(r'(<w:type\b[^>]*w:val=")continuous"', r'\1nextPage"', section)


def _kind(reference: str) -> str:
    found = re.search(r'w:type="(\w+)"', reference)
    return found[1] if found else "default"
