"""What must hold of a package as a whole: that each relationship leads to a part, and each part has a type."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from folderkit.core.language import Text

_TYPES = "[Content_Types].xml"
_RELATION = re.compile(r"<(?:[\w.-]+:)?Relationship\s[^>]*>")
_OVERRIDE = re.compile(r"<(?:[\w.-]+:)?Override\s[^>]*?/>|<((?:[\w.-]+:)?Override)\s[^>]*>\s*</\1>")
_DEFAULT = re.compile(r"<(?:[\w.-]+:)?Default\s[^>]*>")
_ROOT = re.compile(r"<((?:[\w.-]+:)?)Types\b[^>]*>")
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)[\s/>]")
_OF_RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
_NOWHERE = "NULL"  # what Word itself writes for a picture that is gone


def with_right_types(parts: Mapping[str, bytes]) -> bytes:
    """The content types without those of parts that are not there, and with that of relationships."""
    types = _OVERRIDE.sub(lambda found: found[0] if _attribute(found[0], "PartName").lstrip("/") in parts else "",
                          parts[_TYPES].decode("utf-8", "surrogateescape"))
    if "rels" not in _suffixes(types):
        default = f'Default Extension="rels" ContentType="{_OF_RELATIONS}"/>'
        types = _ROOT.sub(lambda found: f"{found[0]}<{found[1]}{default}", types, count=1)
    made = types.encode("utf-8", "surrogateescape")
    return parts[_TYPES] if made == parts[_TYPES] else made  # the same object is copied as it is packed


def faults_of_package(parts: Mapping[str, bytes], main: str, root_of_main: str) -> Iterator[Text]:
    """What is wrong with a package whose text is the part `main`, with this element around it."""
    for name, root in [(main, root_of_main), (_TYPES, "Types")] + [
            (name, "Relationships") for name in parts if name.endswith(".rels")]:
        elements = _ELEMENT.findall(parts[name].decode("utf-8", "replace"))
        if elements[:1] != [root] or elements.count(root) > 1:
            yield Text(f"its part {name} is not one '{root}'", f"部件 {name} 不是单个“{root}”")
    types = parts[_TYPES].decode("utf-8", "replace")
    suffixes = _suffixes(types)
    named = {_attribute(found[0], "PartName").lstrip("/") for found in _OVERRIDE.finditer(types)}
    for name in parts:
        if name != _TYPES and name not in named and name.rpartition(".")[2].lower() not in suffixes:
            yield Text(f"its part {name} has no content type", f"部件 {name} 没有内容类型")
    targets = [(name, target) for name in parts if name.endswith(".rels") for target in _targets(name, parts[name])]
    there = {name.lower() for name in parts}  # in any case, and perhaps as in an address (ECMA-376, part 2, 6.2.2)
    for name, target in targets:
        if target.lower() not in there and unquote(target).lower() not in there:
            yield Text(f"its part {target}, which {name} names, is missing", f"缺少 {name} 所指的部件 {target}")
    if ("_rels/.rels", main) not in targets:
        yield Text("it does not say where its text is", "它没有指明正文在哪里")


def _targets(name: str, data: bytes) -> Iterator[str]:
    """The parts that a part of relationships leads to."""
    above = posixpath.dirname(posixpath.dirname(name))
    for found in _RELATION.finditer(data.decode("utf-8", "replace")):
        target = html.unescape(_attribute(found[0], "Target"))
        if _attribute(found[0], "TargetMode") != "External" and target != _NOWHERE and not target.startswith("#"):
            path = target.partition("#")[0]
            yield path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(above, path))


def _suffixes(types: str) -> set[str]:
    return {_attribute(found[0], "Extension").lower() for found in _DEFAULT.finditer(types)}


def _attribute(element: str, name: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", element)
    return (found[1] or found[2] or "") if found else ""
