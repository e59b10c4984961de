"""Comments, and the old drawing in which they and form controls lie, following rows that move: a comment on a row that
is repeated is there with each copy."""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.core.workbook.book import Book, child, children, forget, name_of
from folderkit.documents.workbook.around import followed
from folderkit.documents.workbook.drawings import MOST_COPIES, too_often
from folderkit.documents.workbook.follow import Moves, Told, Where
from folderkit.documents.workbook.layout import Layout

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SHAPE, _SHAPE_ENDS = re.compile(r"<v:shape\b"), re.compile(r"</v:shape>\s*")
_NOTE = re.compile(r"ObjectType=\"Note\"")
_ROW, _COLUMN = (re.compile(rf"(<x:{name}>)\s*(\d+)\s*(</x:{name}>)") for name in ("Row", "Column"))
_ANCHOR = re.compile(r"(<x:Anchor>)([^<]*)(</x:Anchor>)")
_FORMULA = re.compile(r"(<x:Fmla(?:Link|Range|Txbx|Group)>)([^<]*)(</x:Fmla\w+>)")
_ID = re.compile(r"\b(id=\"_x0000_s)(\d+)\"")
_MAP = re.compile(r"(<o:idmap\b[^>]*\bdata=\")([\d,]+)\"")
_IDS_OF_A_MAP = 1_024
_THREAD = "tc="  # begins the author of a comment that stands for a thread


def _thread(identity: str, place: str) -> str:
    """The identity of a copy of a thread at another place."""
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_OID, f"{identity} {place}")).upper() + "}"


@dataclass
class Notes:
    """The comments and controls of a sheet."""

    book: Book
    sheet: str
    moves: Moves
    told: Told
    _next: int = 0  # number of a shape

    @property
    def _layout(self) -> Layout | None:
        layout = self.moves.layouts.get(self.sheet.casefold())
        return layout if layout is not None and layout.moves else None

    # -- comments ----------------------------------------------------------------------------------
    def follow_comments(self, part: str) -> None:
        """The comments of a part, or the threads."""
        layout = self._layout
        if layout is None:
            return
        root = self.book.tree(part)
        for one in [one for one in root.iter() if name_of(one) in ("comment", "threadedComment")]:
            old = self.moves.cells(one.get("ref", ""))
            parent = one.getparent()
            if old is None or parent is None:
                continue
            copies = layout.copies(old.first.row)
            if len(copies) > MOST_COPIES:
                self.told(f"{self.sheet}, {one.get('ref')}", too_often(len(copies)))
                continue
            for at in reversed(copies[1:]):
                made = copy.deepcopy(one)
                one.addnext(made)
                self._make_own(root, made, one, self.moves.text(old.with_rows(at, at)))
            if copies:
                one.set("ref", self.moves.text(old.with_rows(copies[0], copies[0])))
            else:
                parent.remove(one)
        self.book.touch(part)

    def _make_own(self, root: Element, made: Element, one: Element, ref: str) -> None:
        """Give a copy of a comment its place, and identities of its own."""
        made.set("ref", ref)
        forget(made, *[str(key) for key in made.attrib if str(key).endswith("}uid")])
        for key in ("id", "parentId"):
            if name_of(one) == "threadedComment" and (identity := one.get(key)):
                made.set(key, _thread(identity, ref))
        authors = child(root, "authors")
        known = children(authors, "author")
        number = int(one.get("authorId", "-1")) if name_of(one) == "comment" else -1
        author = known[number].text or "" if 0 <= number < len(known) else ""
        if authors is not None and author.startswith(_THREAD):
            other = copy.deepcopy(known[number])
            other.text = _THREAD + _thread(author.removeprefix(_THREAD), ref)
            authors.append(other)
            made.set("authorId", str(len(known)))

    # -- the old drawing ---------------------------------------------------------------------------
    def follow_drawing(self, part: str) -> None:
        """The drawing of comments and old controls, which need not be well-formed."""
        old = self.book.raw(part).decode("utf-8", "surrogateescape")
        numbers = [int(found[2]) for found in _ID.finditer(old)]
        self._next = max(numbers, default=_IDS_OF_A_MAP) + 1
        first = self._next
        shapes = (self._shape(one) if _SHAPE.match(one) else one for one in _pieces(old))
        new = _FORMULA.sub(self._formula, "".join(shapes))
        if self._next > first:
            new = self._with_map(new, part)
        if new != old:
            self.book.put(part, new.encode("utf-8", "surrogateescape"))

    def _formula(self, found: re.Match[str]) -> str:
        where = Where(self.sheet, alone=("", ""))
        return f"{found[1]}{followed(found[2], where, self.moves, self.told, self.sheet)}{found[3]}"

    def _shape(self, xml: str) -> str:
        """A shape as often as its row is there."""
        layout, row = self._layout, (_COLUMN if self.moves.across else _ROW).search(xml)
        if layout is None:
            return xml
        if not _NOTE.search(xml) or row is None:
            self._refuse_repeated(xml, layout)
            return _ANCHOR.sub(lambda found: self._anchor(found, self._begin(found), None), xml)
        number = int(row[2]) + 1
        if layout.count(number) > MOST_COPIES:  # which has been told of its comment
            return xml
        return "".join(self._note(xml, number, at, again=place > 0) for place, at in enumerate(layout.copies(number)))

    def _note(self, xml: str, row: int, at: int, *, again: bool) -> str:
        pattern = _COLUMN if self.moves.across else _ROW
        made = pattern.sub(lambda found: f"{found[1]}{at - 1}{found[3]}", xml)
        made = _ANCHOR.sub(lambda found: self._anchor(found, row, at), made)
        if again:
            made = _ID.sub(lambda found: f'{found[1]}{self._next}"', made, count=1)
            self._next += 1
        return made

    def _ends(self) -> tuple[int, int]:
        """Which numbers of an anchor say where it begins and ends."""
        return (0, 4) if self.moves.across else (2, 6)

    def _begin(self, found: re.Match[str]) -> int:
        numbers = _numbers(found)
        return numbers[self._ends()[0]] + 1 if numbers else 0

    def _anchor(self, found: re.Match[str], row: int, at: int | None) -> str:
        """An anchor, moved as far as the row with which it goes: to `at`, or where that row is now."""
        numbers, layout = _numbers(found), self._layout
        if not numbers or layout is None:
            return found[0]
        begin, end = self._ends()
        by = (at if at is not None else layout.first(row)) - row
        by = max(by, -numbers[begin])
        numbers[begin] += by
        numbers[end] += by
        return f"{found[1]}{', '.join(map(str, numbers))}{found[3]}"

    def _refuse_repeated(self, xml: str, layout: Layout) -> None:
        """Tell of a control that lies whole on rows which are repeated."""
        found = _ANCHOR.search(xml)
        numbers = _numbers(found) if found else []
        if not numbers:
            return
        begin, end = (numbers[place] + 1 for place in self._ends())
        last = end - 1 if numbers[self._ends()[1] + 1] <= 4 and end > begin else end
        region = layout.region_of(begin)
        if region is not None and region is layout.region_of(last) and len(layout.boxes(begin, last)) > 1:
            self.told(self.sheet, Text(
                f"a button or another control stands on a {self.moves.called.en} that is repeated, and cannot be there "
                "several times", f"按钮或其他控件位于会重复的{self.moves.called.zh}，无法生成多份"))

    def _with_map(self, xml: str, part: str) -> str:
        """Say which thousands of numbers the shapes of this drawing use, that no other drawing may use."""
        taken = {int(number) for name in self.book.names if name.endswith(".vml") and name != part
                 for found in _MAP.finditer(self.book.raw(name).decode("utf-8", "replace"))
                 for number in found[2].split(",")}
        used = sorted({int(found[2]) // _IDS_OF_A_MAP for found in _ID.finditer(xml)})
        if taken.intersection(used):
            xml, used = self._renumbered(xml, max([*taken, *used]) + 1)
        return _MAP.sub(lambda found: f'{found[1]}{",".join(map(str, used))}"', xml, count=1)

    @staticmethod
    def _renumbered(xml: str, first: int) -> tuple[str, list[int]]:
        """All shapes with numbers from a thousand on that nobody uses."""
        count = 0

        def number(found: re.Match[str]) -> str:
            nonlocal count
            count += 1
            return f'{found[1]}{first * _IDS_OF_A_MAP + count}"'

        xml = _ID.sub(number, xml)
        return xml, list(range(first, first + count // _IDS_OF_A_MAP + 1))


def _pieces(xml: str) -> Iterator[str]:
    """The shapes of a drawing, and what is between them."""
    at = 0
    while (begin := _SHAPE.search(xml, at)) and (end := _SHAPE_ENDS.search(xml, begin.end())):
        yield xml[at : begin.start()]
        yield xml[begin.start() : end.end()]
        at = end.end()
    yield xml[at:]


def _numbers(found: re.Match[str]) -> list[int]:
    """The numbers of an anchor; none for what is no anchor."""
    numbers = found[2].split(",")
    return [int(one) for one in numbers] if len(numbers) == 8 and all(
        one.strip().lstrip("-").isdigit() for one in numbers) else []
