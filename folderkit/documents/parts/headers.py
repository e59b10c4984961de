"""What a person calls each header and footer of a document: of which pages, and of which section, it is the one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from folderkit.core.language import Text
from folderkit.documents.parts import package

_SECTION = re.compile(r"<w:sectPr\b")
_REFERENCE = re.compile(r"<w:(header|footer)Reference\b[^<>]*>")
_RELATION = re.compile(r"<Relationship\b[^<>]*>")
_KINDS = {"header": Text("header", "页眉"), "footer": Text("footer", "页脚")}
_PAGES = {"default": Text("the {}", "{}"), "first": Text("the first-page {}", "首页{}"),
          "even": Text("the even-page {}", "偶数页{}")}


def told_apart(parts: Mapping[str, bytes], called: Mapping[str, Text]) -> dict[str, Text]:
    """`called` (part name → what a person calls it) with every header and footer named for its pages, and for its
    section where there are several; one that no section uses is named by its file."""
    lone = {name: kind for name in called for kind in _KINDS.values() if called[name].en == f"a {kind.en}"}
    if not lone:
        return dict(called)
    names = dict(called)
    names.update({name: Text(f"a {kind.en} that no page shows ({_file(name)})", f"未使用的{kind.zh}（{_file(name)}）")
                  for name, kind in lone.items()})
    main = package.main_part(parts)
    targets = _targets(parts, main)
    sections = list(_sections(parts[main].decode("utf-8", "replace")))
    for number in range(len(sections), 0, -1):  # the first section that uses it names it
        for found in _REFERENCE.finditer(sections[number - 1]):
            name = targets.get(_attribute(found[0], "r:id"), "")
            pages = _PAGES.get(_attribute(found[0], "w:type"), _PAGES["default"])
            if name in lone:
                kind = _KINDS[found[1]]
                where = Text(pages.en.format(kind.en), pages.zh.format(kind.zh))
                names[name] = where if len(sections) == 1 else Text(
                    f"{where.en} of section {number}", f"第 {number} 节的{where.zh}")
    return names


def _sections(xml: str) -> Iterator[str]:
    """What is said of each section; not what was said of it before a tracked change, which is inside of it."""
    inside = False
    for piece in _SECTION.split(xml)[1:]:
        if not inside:
            yield piece.partition("</w:sectPr>")[0].partition("<w:sectPrChange")[0]
        inside = "<w:sectPrChange" in piece and "</w:sectPr>" not in piece


def _targets(parts: Mapping[str, bytes], main: str) -> dict[str, str]:
    """Relationship id → name of the part that the text refers to by it."""
    relations = parts.get(package.relationships_of(main), b"").decode("utf-8", "replace")
    folder = main.rpartition("/")[0]
    found = {}
    for relation in _RELATION.findall(relations):
        target = _attribute(relation, "Target")
        found[_attribute(relation, "Id")] = target[1:] if target.startswith("/") else f"{folder}/{target}"
    return found


def _attribute(element: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', element)
    return found[1] if found else ""


def _file(name: str) -> str:
    return name.rpartition("/")[2]
