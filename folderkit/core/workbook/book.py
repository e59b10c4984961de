"""The parts of a workbook as trees of XML: found by their relations, changed, and written back."""

from __future__ import annotations

import copy
import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from folderkit.core.workbook.archive import exchanged

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_TYPES = "[Content_Types].xml"
_ESCAPABLE = re.compile("[&<>'\"]")


def name_of(element: Element) -> str:
    """The name of an element without its namespace: there are two (transitional, strict), with or without prefix;
    "" for a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [one for one in element if name_of(one) == name]


def child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next((one for one in element if name_of(one) == name), None)


def is_on(element: Element | None, key: str) -> bool:
    """Whether an attribute says yes."""
    return element is not None and element.get(key, "0") in ("1", "true")


def forget(element: Element, *keys: str) -> None:
    """Take attributes away, where they are."""
    for key in keys:
        if key in element.attrib:
            del element.attrib[key]


def beside(element: Element, name: str) -> str:
    """The full tag of an element `name` in the namespace of `element`."""
    return str(element.tag).rpartition("}")[0] + "}" + name if str(element.tag).startswith("{") else name


@dataclass(frozen=True)
class Relation:
    """A link from one part to another: its id, the last word of its type, and the other part's name."""

    id: str
    kind: str
    target: str


class Book:
    """A workbook whose parts are read when they are asked for: from its file's `content`, or from its `parts`, where
    these are known already. All that is wrong with it is a `ValueError`."""

    def __init__(self, content: bytes = b"", parts: Mapping[str, bytes] | None = None) -> None:
        self.content, self._parts = content, parts
        if parts is None:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                self.names = set(archive.namelist())
        else:
            self.names = set(parts)
        self._trees: dict[str, Element] = {}
        self._changed: set[str] = set()
        self._dropped: set[str] = set()
        self._put: dict[str, bytes] = {}
        self.part = next((link.target for link in self.relations("") if link.kind == "officeDocument"), "")
        self.root = self.tree(self.part)
        self.links = self.relations(self.part)

    def raw(self, part: str) -> bytes:
        if part not in self.names:
            raise ValueError(f"a part is missing: {part}")
        if part in self._put:
            return self._put[part]
        if self._parts is not None:
            return self._parts[part]
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return archive.read(part)

    def may_speak_of(self, part: str, words: Iterable[str]) -> bool:
        """Whether one of these words may stand in the part, in whatever way its writer escapes letters; told fast, and
        never wrongly denied."""
        content = self.raw(part)
        if b"&#" in content or content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return True
        return any(word and all(piece.encode() in content for piece in _ESCAPABLE.split(word)) for word in words)

    def tree(self, part: str) -> Element:
        """The root element of a part; who changes it calls `touch`."""
        if part not in self._trees:
            from lxml import etree

            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            try:
                root = etree.fromstring(self.raw(part), parser)
            except etree.XMLSyntaxError as error:
                raise ValueError(f"{part}: {error}") from None
            if root.getroottree().docinfo.internalDTD is not None:
                raise ValueError(f"{part} declares entities")
            self._trees[part] = root
        return self._trees[part]

    def put(self, part: str, content: bytes) -> None:
        """Exchange a part that need not be XML."""
        self._put[part] = content

    def add_like(self, part: str, content: bytes) -> str:
        """Add a part of the kind of another one, with the links that this has; its name."""
        stem, suffix = posixpath.splitext(part)
        stem, number = stem.rstrip("0123456789"), 1
        while f"{stem}{number}{suffix}" in self.names:
            number += 1
        new = f"{stem}{number}{suffix}"
        self.names.add(new)
        self._put[new] = content
        for element in children(self.tree(_TYPES), "Override"):
            if element.get("PartName", "") == f"/{part}":
                other = copy.copy(element)
                other.set("PartName", f"/{new}")
                element.addnext(other)
                self.touch(_TYPES)
        if (links := _links_of(part)) in self.names:  # the folder is the same, so that relative targets are right
            self.names.add(_links_of(new))
            self._put[_links_of(new)] = self.raw(links)
        return new

    def relate_like(self, part: str, target: str, other: str) -> str:
        """Link a part to `other` as it is linked to `target`; the link's id."""
        links = _links_of(part)
        root, found = self.tree(links), ""
        taken = {element.get("Id", "") for element in children(root, "Relationship")}
        known = {link.id for link in self.relations(part) if link.target == target}
        for element in children(root, "Relationship"):
            if element.get("Id", "") in known and not found:
                found = next(f"rId{number}" for number in range(1, len(taken) + 2) if f"rId{number}" not in taken)
                made = copy.copy(element)
                made.set("Id", found)
                made.set("Target", f"/{other}")
                root.append(made)
        self.touch(links)
        return found

    def touch(self, part: str) -> None:
        """Say that a part's tree is not what it was."""
        self._changed.add(part)

    def relations(self, part: str) -> list[Relation]:
        """The links of a part ("" for the workbook's own file) to other parts in the file."""
        folder, source = posixpath.dirname(part), _links_of(part)
        if source not in self.names:
            return []
        found = []
        for element in children(self.tree(source), "Relationship"):
            target = element.get("Target", "")
            if element.get("TargetMode") != "External":
                whole = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found.append(Relation(element.get("Id", ""), element.get("Type", "").rpartition("/")[2], whole))
        return found

    def tables(self, part: str) -> Iterator[tuple[str, Element]]:
        """The tables (ListObjects) of a sheet: part and root."""
        return ((link.target, self.tree(link.target)) for link in self.relations(part)
                if link.kind == "table" and link.target in self.names)

    def outside(self, part: str) -> list[str]:
        """The targets of a part's links to what is not in the file."""
        source = _links_of(part)
        return [] if source not in self.names else [
            element.get("Target", "") for element in children(self.tree(source), "Relationship")
            if element.get("TargetMode") == "External"]

    def parts(self, kind: str) -> Iterator[str]:
        """The parts that the workbook's own part links to as `kind`."""
        return (link.target for link in self.links if link.kind == kind and link.target in self.names)

    def sheets(self) -> dict[str, str]:
        """The part of each sheet that holds cells, by the sheet's name, in their order."""
        targets = {link.id: link.target for link in self.links if link.kind == "worksheet"}
        found = {}
        for element in children(child(self.root, "sheets"), "sheet"):
            identity = next((value for key, value in element.attrib.items() if str(key).endswith("}id")), "")
            if identity in targets:
                found[element.get("name", "")] = targets[str(identity)]
        return found

    def uses_1904(self) -> bool:
        """Whether days are counted from 1904 on, as old Excel for the Mac did."""
        return is_on(child(self.root, "workbookPr"), "date1904")

    def drop_calculation_chain(self) -> None:
        """Take the order of calculation away, which would name wrong cells; every program makes it anew."""
        for part in list(self.parts("calcChain")):
            links = _links_of(self.part)
            for element in children(self.tree(links), "Relationship"):
                if element.get("Type", "").endswith("/calcChain"):
                    self._remove(links, element)
            for element in children(self.tree(_TYPES), "Override"):
                if element.get("PartName", "").lstrip("/") == part:
                    self._remove(_TYPES, element)
            self._dropped.add(part)

    def _remove(self, part: str, element: Element) -> None:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
        self.touch(part)

    def calculate_on_load(self) -> None:
        """Have the program that opens it next compute all formulas."""
        element = child(self.root, "calcPr")
        if element is None:
            before = [one for one in self.root if name_of(one) in (
                "sheets", "functionGroups", "externalReferences", "definedNames")]
            element = self.root.makeelement(beside(self.root, "calcPr"))
            before[-1].addnext(element)
        element.set("fullCalcOnLoad", "1")
        self.touch(self.part)

    def changes(self) -> tuple[dict[str, bytes], set[str]]:
        """The parts that are not what they were, and the names of those that are gone."""
        trees = {part: written(self.tree(part)) for part in self._changed - self._dropped}
        return trees | self._put, self._dropped

    def saved(self) -> bytes:
        """The workbook with what was changed; all other parts are copied byte for byte."""
        return exchanged(self.content, *self.changes())


def _links_of(part: str) -> str:
    """The part that holds the links of another one."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def written(root: Element) -> bytes:
    """A part of which this is the root element."""
    from lxml import etree

    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)
