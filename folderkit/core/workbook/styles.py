"""How cells look: whether a style shows dates, and one that does where it does not."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from folderkit.core.workbook.book import Book, beside, child, children

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BUILT_IN = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # ECMA-376, 18.8.30
_BUILT_IN_NUMBERS = {**dict.fromkeys((*range(1, 9), *range(11, 14), *range(37, 45), 48), "0"), 9: "0%", 10: "0.00%"}
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_FIRST_OWN = 164
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


def is_date_code(code: str) -> bool:
    """Whether a number that is shown by this code ("yyyy-mm-dd") is a date or a time."""
    return bool(re.search("[ymdhsYMDHS年月日]", _NOT_SHOWN.sub("", code)))


def is_date_number(number: str) -> bool:
    """Whether the number of a format that every program knows is one of dates or times."""
    return number.isdecimal() and len(number) < 4 and int(number) in _BUILT_IN


class Styles:
    """The cell formats of a workbook."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.part = next(book.parts("styles"), "")
        self.root = book.tree(self.part) if self.part else None
        self.formats = child(self.root, "cellXfs")
        self._dated: dict[tuple[int, str], int | None] = {}

    def for_date(self, style: int, *, with_time: bool) -> int | None:
        """`style`, or one like it that shows dates; None when the workbook has no styles."""
        form = _MOMENT if with_time else _DAY
        if (style, form) not in self._dated:
            self._dated[style, form] = self._find(style, form)
        return self._dated[style, form]

    def _find(self, style: int, form: str) -> int | None:
        if self.root is None or self.formats is None:
            return None
        known = children(self.formats, "xf")
        if not 0 <= style < len(known):
            return None
        if self._shows_dates(int(known[style].get("numFmtId", "0"))):
            return style
        made = copy.deepcopy(known[style])
        made.set("numFmtId", str(self._number_of(self.root, form)))
        made.set("applyNumberFormat", "1")
        self.formats.append(made)
        self.formats.set("count", str(len(known) + 1))
        self.book.touch(self.part)
        return len(known)

    def shows(self, style: int) -> str:
        """What a style shows a number as: "date", "percent", "number", or "" for as it is, or as text."""
        known = children(self.formats, "xf")
        number = int(known[style].get("numFmtId", "0")) if 0 <= style < len(known) else 0
        if self._shows_dates(number):
            return "date"
        code = next((one.get("formatCode", "") for one in children(child(self.root, "numFmts"), "numFmt")
                     if one.get("numFmtId") == str(number)), _BUILT_IN_NUMBERS.get(number, ""))
        bare = _NOT_SHOWN.sub("", code)
        return "" if not re.search("[0#?]", bare) else "percent" if "%" in bare else "number"

    def _shows_dates(self, number: int) -> bool:
        for one in children(child(self.root, "numFmts"), "numFmt"):
            if one.get("numFmtId") == str(number):
                return is_date_code(one.get("formatCode", ""))
        return is_date_number(str(number))

    def _number_of(self, root: Element, form: str) -> int:
        """The number of a format code, which is added when it is not there."""
        formats = child(root, "numFmts")
        if formats is None:
            formats = root.makeelement(beside(root, "numFmts"))
            root.insert(0, formats)
        known = children(formats, "numFmt")
        for one in known:
            if one.get("formatCode") == form:
                return int(one.get("numFmtId", "0"))
        number = max([_FIRST_OWN - 1, *(int(one.get("numFmtId", "0")) for one in known)]) + 1
        formats.append(formats.makeelement(beside(formats, "numFmt"), {"numFmtId": str(number), "formatCode": form}))
        formats.set("count", str(len(known) + 1))
        return number
