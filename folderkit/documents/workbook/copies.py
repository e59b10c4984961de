"""A sheet several times: it and what lies on it (drawings, charts, comments, tables) copied within the package."""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, children, forget, name_of, written
from folderkit.core.workbook.references import references
from folderkit.documents.parts import package
from folderkit.documents.workbook.follow import Told
from folderkit.documents.workbook.renaming import rename_in, renamed

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_OWN = frozenset(("drawing", "vmlDrawing", "comments", "threadedComment", "table", "ctrlProp", "chart", "chartEx",
                  "chartUserShapes"))  # kinds of parts that each sheet has for itself; others may be shared
_NOT_COPIED = {"pivotTable": Text("a pivot table", "数据透视表"), "slicer": Text("a slicer", "切片器"),
               "timeline": Text("a timeline", "日程表"), "queryTable": Text("a query", "查询"),
               "control": Text("an ActiveX control", "ActiveX 控件")}
_WORKSHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
Titles = Mapping[str, Sequence[str]]  # sheet → the names of those that are made of it


class Copier:
    """Makes the package in which sheets stand under other names, or several times. `told` is told of what cannot be."""

    def __init__(self, parts: Mapping[str, bytes], titles: Titles, told: Told) -> None:
        self._parts = dict(parts)
        self._book = Book(parts=parts)
        self._titles, self._told = titles, told
        self._sheets = self._book.sheets()
        self._first = {sheet.casefold(): found[0] for sheet, found in titles.items()}
        self._several = {sheet.casefold() for sheet, found in titles.items() if len(found) > 1}
        self._tables = {(root.get("displayName") or "").casefold() for part in self._book.names
                        if part.startswith("xl/tables/") and part.endswith(".xml")
                        for root in [self._book.tree(part)]}
        self._copying: set[str] = set()
        self.parts_of: dict[str, str] = {}  # new sheet → its part

    def made(self) -> package.Package:
        """The parts of the new package."""
        home = self._homes()
        self._rename_everywhere(home)
        for sheet, found in self._titles.items():
            self.parts_of[found[0]] = self._sheets[sheet]
            for number, title in enumerate(found[1:], start=2):
                self.parts_of[title] = self._copy_sheet(sheet, title, number)
        self._write_workbook()
        return self._parts

    # -- names -------------------------------------------------------------------------------------
    def _homes(self) -> dict[str, str]:
        """The sheet to which each part belongs."""
        homes: dict[str, str] = {}
        for sheet, part in self._sheets.items():
            waiting = [part]
            while waiting:
                one = waiting.pop()
                if one not in homes and one in self._book.names:
                    homes[one] = sheet
                    waiting += [link.target for link in self._book.relations(one) if link.kind in _OWN]
        return homes

    def _rename_everywhere(self, homes: Mapping[str, str]) -> None:
        for part in sorted(self._book.names):
            if not part.endswith(".xml") or not part.startswith("xl/") or part == self._book.part or (
                    not self._book.may_speak_of(part, self._titles)):
                continue
            home = homes.get(part, "")

            def change(element: Element, text: str, home: str = home) -> str:
                self._refuse_several(text, home, element)
                return renamed(text, self._first, {})

            root = self._book.tree(part)
            if rename_in(root, change):
                self._parts[part] = written(root)
            source = child(child(root, "cacheSource"), "worksheetSource")
            if source is not None and (new := self._first.get(source.get("sheet", "").casefold())):
                source.set("sheet", new)
                self._parts[part] = written(root)

    def _refuse_several(self, text: str, home: str, element: Element) -> None:
        """Tell of what refers to a sheet that there are several of, from elsewhere."""
        for one in references(text):
            ends = one.sheet.casefold().split(":")
            if self._several.intersection(ends) and (len(ends) > 1 or one.sheet.casefold() != home.casefold()):
                above: Element | None = element
                while above is not None and name_of(above) != "c":
                    above = above.getparent()
                cell = above.get("r", "") if above is not None else text
                self._told(f"{home}, {cell}" if home else cell, Text(
                    f"it refers to the sheet '{one.sheet}', of which several are made",
                    f"它引用工作表“{one.sheet}”，而该表会生成多张"))

    # -- copies ------------------------------------------------------------------------------------
    def _copy_sheet(self, sheet: str, title: str, number: int) -> str:
        part = self._sheets[sheet]
        tables: dict[str, str] = {}
        new = self._copy(part, number, {self._titles[sheet][0].casefold(): title}, tables, sheet)
        root = Book(parts={**self._parts}).tree(new)
        for view in children(child(root, "sheetViews"), "sheetView"):
            forget(view, "tabSelected")
        if (about := child(root, "sheetPr")) is not None:
            forget(about, "codeName")
        rename_in(root, lambda element, text: renamed(text, {}, tables))
        self._parts[new] = written(root)
        return new

    def _copy(self, part: str, number: int, sheets: Mapping[str, str], tables: dict[str, str], sheet: str) -> str:
        """A copy of a part and of those that it has for itself; its name."""
        if part in self._copying:
            raise ValueError(f"{part} links to itself")
        self._copying.add(part)
        new = self._free(part)
        self._parts[new] = self._parts[part]
        self._declare_like(new, part)
        links = package.relationships_of(part)
        if links in self._parts:
            root = copy.deepcopy(self._book.tree(links))
            for element, link in zip(_inner(root), self._book.relations(part), strict=True):
                if link.kind in _NOT_COPIED:
                    what = _NOT_COPIED[link.kind]
                    self._told(sheet, Text(f"{what.en} stands on it, which cannot be made several times",
                                           f"上面有{what.zh}，无法生成多份"))
                target = link.target
                if link.kind in _OWN and target in self._book.names:
                    target = self._copy(target, number, sheets, tables, sheet)
                element.set("Target", f"/{target}")
            self._parts[package.relationships_of(new)] = written(root)
        self._rename_copy(new, part, number, sheets, tables)
        self._copying.remove(part)
        return new

    def _rename_copy(self, new: str, part: str, number: int, sheets: Mapping[str, str], tables: dict[str, str]) -> None:
        if not new.endswith(".xml"):
            return
        root = Book(parts={**self._parts}).tree(new)
        if name_of(root) == "table":
            self._number_table(root, number, tables)
        rename_in(root, lambda element, text: renamed(text, sheets, tables))
        self._parts[new] = written(root)

    def _number_table(self, root: Element, number: int, tables: dict[str, str]) -> None:
        """Give a table an id and a name that no other has."""
        old = root.get("displayName") or ""
        new = f"{old}_{number}"
        while new.casefold() in self._tables:
            new += "_"
        self._tables.add(new.casefold())
        tables[old] = new
        numbers = [int(found[1]) for name, part in self._parts.items() if name.startswith("xl/tables/")
                   and (found := re.search(rb'<(?:\w+:)?table\b[^>]*?\sid="(\d+)"', part))]
        root.set("id", str(max(numbers, default=0) + 1))
        root.set("displayName", new)
        root.set("name", new)

    def _free(self, part: str) -> str:
        stem, suffix = posixpath.splitext(part)
        stem, number = stem.rstrip("0123456789"), 1
        while f"{stem}{number}{suffix}" in self._parts:
            number += 1
        return f"{stem}{number}{suffix}"

    def _declare_like(self, new: str, part: str) -> None:
        types = self._parts["[Content_Types].xml"].decode()
        if found := re.search(rf'PartName="/{re.escape(part)}"\s+ContentType="([^"]+)"|'
                              rf'ContentType="([^"]+)"\s+PartName="/{re.escape(part)}"', types):
            package.declare(self._parts, new, found[1] or found[2])

    # -- the workbook ------------------------------------------------------------------------------
    def _write_workbook(self) -> None:
        """Name the sheets in the workbook's own part, in their order, and the names that belong to each."""
        root, added = self._book.root, dict[int, int]()  # place of a sheet → how many copies come after it
        sheets = child(root, "sheets")
        order = [one.get("name", "") for one in children(sheets, "sheet")]
        ids = [int(one.get("sheetId", "0")) for one in children(sheets, "sheet")]
        for place, element in enumerate(children(sheets, "sheet")):
            found = self._titles.get(element.get("name", ""), ())
            key = next((one for one in element.attrib if str(one).endswith("}id")), "id")
            for number, title in reversed(list(enumerate(found[1:], start=1))):
                ids.append(max(ids) + 1)
                ident = f"rIdFolderkit{place}x{number}"
                part = posixpath.relpath(self.parts_of[title], posixpath.dirname(self._book.part))
                package.relate(self._parts, self._book.part, ident, _WORKSHEET, part)
                other = copy.copy(element)
                for name, value in (("name", title), ("sheetId", str(ids[-1])), (key, ident)):
                    other.set(name, value)
                element.addnext(other)
            if found:
                element.set("name", found[0])
                added[place] = len(found) - 1
        self._write_names(root, order, added)
        for view in children(child(root, "bookViews"), "workbookView"):
            for key in ("activeTab", "firstSheet"):
                if shown := view.get(key):
                    view.set(key, str(_shifted(int(shown), added)))
        self._parts[self._book.part] = written(root)

    def _write_names(self, root: Element, places: Sequence[str], added: Mapping[int, int]) -> None:
        for name in children(child(root, "definedNames"), "definedName"):
            text, local = name.text or "", name.get("localSheetId")
            if local is None:
                self._refuse_several(text, "", name)
                name.text = renamed(text, self._first, {})
                continue
            place = int(local)
            sheet = places[place] if place < len(places) else ""
            name.set("localSheetId", str(_shifted(place, added)))
            for number, title in reversed(list(enumerate(self._titles.get(sheet, ())[1:], start=1))):
                other = copy.copy(name)
                other.text = renamed(text, {sheet.casefold(): title}, {})
                other.set("localSheetId", str(_shifted(place, added) + number))
                name.addnext(other)
            name.text = renamed(text, self._first, {})


def _inner(root: Element) -> list[Element]:
    """The relationships to parts of the package."""
    return [one for one in children(root, "Relationship") if one.get("TargetMode") != "External"]


def _shifted(place: int, added: Mapping[int, int]) -> int:
    return place + sum(count for before, count in added.items() if before < place)
