"""What is wrong with a Word file, found without folderkit's own checks."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_AROUND = {f"{_W}sdt", f"{_W}customXml"}
_RELATION = re.compile(r"\{http://schemas.openxmlformats.org/officeDocument/2006/relationships\}(?:id|embed|link)$")
_DOC_PR = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"


def damage_of(document: bytes) -> list[str]:
    """Every fault of the file: parts that are no XML, rows without cells, cells without paragraphs, numbers
    given twice, relationships to nothing, parts without a type."""
    with zipfile.ZipFile(io.BytesIO(document)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    found: list[str] = []
    trees: dict[str, ET.Element] = {}
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")):
            try:
                trees[name] = ET.fromstring(data)
            except ET.ParseError as error:
                found.append(f"{name} is no XML: {error}")
    numbers = [node.get("id", "") for tree in trees.values() for node in tree.iter(_DOC_PR)]
    found += [f"docPr {number} is given twice" for number, count in Counter(numbers).items() if count > 1]
    found += _notes(trees)
    for name, tree in trees.items():
        found += _elements(name, tree)
        found += _relations(name, tree, trees, parts)
    return found + list(_types(trees, parts))


def text_of(document: bytes) -> list[str]:
    """The words of each paragraph of the text."""
    with zipfile.ZipFile(io.BytesIO(document)) as file:
        tree = ET.fromstring(file.read("word/document.xml"))
    return ["".join(node.text or "" for node in paragraph.iter(f"{_W}t"))
            for body in tree.iter(f"{_W}body") for paragraph in body.iter(f"{_W}p")]


def _elements(name: str, tree: ET.Element) -> Iterator[str]:
    for parent, child in (("tr", "tc"), ("tc", "p"), ("tbl", "tr")):
        for node in tree.iter(_W + parent):
            kinds = {inner.tag for inner in node}
            if _W + child not in kinds and not kinds & _AROUND:
                yield f"{name}: w:{parent} without w:{child}"
    for key in ("id", "name"):
        given = Counter(node.get(_W + key, "") for node in tree.iter(f"{_W}bookmarkStart"))
        yield from (f"{name}: bookmark {key} {value!r} is given twice" for value, count in given.items() if count > 1)
    if tree.tag in (f"{_W}comments", f"{_W}footnotes", f"{_W}endnotes"):
        given = Counter(node.get(_W + "id", "") for node in tree)
        yield from (f"{name}: number {value} is given twice" for value, count in given.items() if count > 1 and value)


def _notes(trees: dict[str, ET.Element]) -> Iterator[str]:
    """Notes and comments that are referred to twice, or that are not there."""
    there = {kind: {note.get(f"{_W}id") for tree in trees.values() if tree.tag == f"{_W}{kind}s" for note in tree}
             for kind in ("footnote", "endnote", "comment")}
    for kind in ("footnoteReference", "endnoteReference", "commentRangeStart", "commentRangeEnd", "commentReference"):
        given = Counter(node.get(f"{_W}id", "") for tree in trees.values() for node in tree.iter(_W + kind))
        yield from (f"{kind} {number} is given twice" for number, count in given.items() if count > 1)
        yield from (f"{kind} {number} leads nowhere" for number in given
                    if number not in there[kind.partition("R")[0]])


def _relations(name: str, tree: ET.Element, trees: dict[str, ET.Element], parts: dict[str, bytes]) -> Iterator[str]:
    folder, _, base = name.rpartition("/")
    relations = trees.get(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
    known = {node.get("Id") for node in relations} if relations is not None else set()
    for node in tree.iter():
        for key, value in node.attrib.items():
            if _RELATION.search(key) and value not in known:
                yield f"{name}: {value} is no relationship"
    if name.endswith(".rels"):
        above = posixpath.dirname(posixpath.dirname(name))
        for node in tree:
            target = node.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(above, target))
            if node.get("TargetMode") != "External" and path not in parts:
                yield f"{name}: there is no part {target}"


def _types(trees: dict[str, ET.Element], parts: dict[str, bytes]) -> Iterator[str]:
    types = trees.get("[Content_Types].xml")
    if types is None:
        yield "there are no content types"
        return
    suffixes = {node.get("Extension", "").lower() for node in types if node.tag.endswith("Default")}
    names = {node.get("PartName", "").lstrip("/") for node in types if node.tag.endswith("Override")}
    for name in parts:
        if name != "[Content_Types].xml" and name not in names and name.rpartition(".")[2].lower() not in suffixes:
            yield f"{name} has no content type"
    yield from (f"there is no part {name}" for name in names if name not in parts)
