"""References that follow the rows they mean: what a formula, a rule or a chart of the template says of the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from folderkit.core.language import Text
from folderkit.core.workbook.references import Reference, parse_cells, pieces
from folderkit.documents.workbook.functions import CORNERS, LISTS, RANGES, closing, function_of, is_begin, is_end
from folderkit.documents.workbook.layout import Layout, Region, Span, gathered

_SKIPPING = ("SUBTOTAL", "AGGREGATE")  # they leave out what such functions give in between
_COUNTING = ("HLOOKUP", "VLOOKUP")  # they name a row, or a column, by its number, which nothing moves
_MOST_PIECES = 100  # of one reference; Excel takes 255 arguments
_TEXTS = re.compile(r'"(?:[^"]|"")*"')
_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?[0-9]|[A-Za-z]\d*!|!|^\$?[A-Za-z]{1,3}\$?$|[Rr]\d*[Cc]")
_MADE_OF_NUMBERS = re.compile(r"(?i)\b(?:ADDRESS|ROW|COLUMN)\s*\(")
Told = Callable[[str, Text], None]  # a place, and why what it says cannot follow


class CannotFollowError(ValueError):
    """A reference that cannot be moved truthfully; `message` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True)
class Where:
    """Where a formula stands: on which sheet ("" for a name or a chart), in which row of the template and of the
    document (0: in none); whether it lies `loose` over the cells, so that to it $ does not matter. Where nothing but
    references is written, as in charts, names and lists of choices, they may mean several cells: then these stand in
    the two signs of `alone`, if any. Of a `name`, what has no $ is counted from the cell where it
    is used, and stays."""

    sheet: str = ""
    row: int = 0
    at: int = 0
    alone: tuple[str, str] | None = None
    loose: bool = False
    name: bool = False


@dataclass(frozen=True)
class Moves:
    """How the rows of a workbook's sheets move: a layout for each sheet that is filled; all sheets in their order, by
    names in lower case; and what is written in cells (sheet, place), for references that are made of texts. Where it is
    `across`, the columns do: all that is said of rows is said of columns then, and references are read and written with
    the two exchanged (`cells`, `text`)."""

    layouts: Mapping[str, Layout]
    order: Sequence[str] = ()
    text_at: Callable[[str, int, int], str] = field(default=lambda sheet, row, column: "")
    across: bool = False

    def turned(self, reference: Reference) -> Reference:
        return reference.turned() if self.across else reference

    def cells(self, text: str) -> Reference | None:
        """The cells that a text names; None for what has become none (#REF!)."""
        found = cells_in(text)
        return None if found is None else self.turned(found)

    def text(self, reference: Reference) -> str:
        """What `cells` has read, as it is written."""
        return str(self.turned(reference))

    @property
    def called(self) -> Text:
        """What moves."""
        return Text("column", "列") if self.across else Text("row", "行")

    @property
    def any(self) -> bool:
        return any(layout.moves for layout in self.layouts.values())

    def fills(self, sheet: str) -> bool:
        """Whether cells of a sheet are filled."""
        return sheet.casefold() in self.layouts

    def touches(self, sheet: str) -> bool:
        """Whether any row of a sheet moves."""
        layout = self.layouts.get(sheet.casefold())
        return layout is not None and layout.moves

    # -- formulas ----------------------------------------------------------------------------------
    def formula(self, text: str, where: Where) -> str:
        """The formula as it stands in the document. Raises `CannotFollowError`."""
        made, at, bare = [], 0, text
        for begin, end, old in reversed(list(pieces(text))):
            bare = bare[: begin - len(_prefix(text, begin, old))] + bare[end:]
        if bare.strip("=(), \n"):
            where = replace(where, alone=None)
        masked = _TEXTS.sub(lambda found: "\0" * len(found[0]), text)
        self._refuse_indirect(text, masked, where)
        for begin, end, old in pieces(text):
            prefix = _prefix(text, begin, old)
            made.append(text[at : begin - len(prefix)])
            made.append(self._piece(text[begin - len(prefix) : end], prefix, old, where, masked, (begin, end)))
            at = end
        return "".join([*made, text[at:]])

    def _piece(self, whole: str, prefix: str, old: Reference, where: Where, masked: str, place: Span) -> str:
        old = self.turned(old)
        layout = self._layout(old, where)
        if layout is None or not old.first.row or (where.name and not (old.first.fixed_row and old.last.fixed_row)):
            return whole
        spans = self._spans(old, where, layout)
        if not spans:
            raise CannotFollowError(Text(
                f"it refers to {whole}, and the tags leave "
                f"{f'this {self.called.en}' if old.single else f'these {self.called.en}s'} out",
                f"它引用 {whole}，而标签使该{self.called.zh}不出现在结果中"))
        within = "SERIES" if where.alone else function_of(masked, place[0] - len(prefix), place[1])
        first, last = old.rows()
        if within == _COUNTING[self.across] and spans[-1][1] - spans[0][0] != last - first:
            raise CannotFollowError(Text(
                f"{within} counts {self.called.en}s, and in {whole} some are added or left out",
                f"{within} 按序号取{self.called.zh}，而 {whole} 中会增删{self.called.zh}"))
        grows = old.single and (len(spans) > 1 or spans[0][0] != spans[0][1])
        if len(spans) == 1 and not grows:
            return prefix + self.text(on_rows(old, *spans[0]))
        if within in CORNERS or is_begin(masked, place[1]):
            return prefix + self.text(on_rows(old, spans[0][0], spans[0][0]))
        if is_end(masked, place[0] - len(prefix)):
            return prefix + self.text(on_rows(old, spans[-1][1], spans[-1][1]))
        if within not in RANGES:
            raise CannotFollowError(Text(
                f"it refers to {whole}, whose {self.called.en} is repeated, as to one cell",
                f"它把 {whole} 当作一个单元格，而该{self.called.zh}会重复多次"))
        if len(spans) > 1 and within in _SKIPPING:
            spans = [(spans[0][0], spans[-1][1])]
        if len(spans) == 1:
            return prefix + self.text(on_rows(old, *spans[0]))
        if (within not in LISTS and not where.alone) or len(spans) > _MOST_PIECES:
            raise CannotFollowError(Text(
                f"it refers to {whole}, whose {self.called.en}s stand in {len(spans)} places, between others",
                f"它引用的 {whole} 分散在 {len(spans)} 处，中间夹有其他{self.called.zh}"))
        joined = ",".join(prefix + self.text(on_rows(old, *span)) for span in spans)
        return joined.join(where.alone) if where.alone else joined

    def _layout(self, old: Reference, where: Where) -> Layout | None:
        """The layout of the sheet that a reference means, when rows of it move. Raises `CannotFollowError`."""
        sheet = (old.sheet or where.sheet).casefold()
        if ":" in sheet:
            self._refuse_across(old, sheet)
            return None
        layout = self.layouts.get(sheet)
        return layout if layout is not None and layout.moves else None

    def _refuse_across(self, old: Reference, sheets: str) -> None:
        first, _, last = sheets.partition(":")
        if first not in self.order or last not in self.order:
            return
        ends = sorted((self.order.index(first), self.order.index(last)))
        for name in self.order[ends[0] : ends[1] + 1]:
            layout = self.layouts.get(name)
            if layout and layout.moves and old.first.row and layout.spans(*old.rows()) != [old.rows()]:
                raise CannotFollowError(Text(
                    f"it refers to {self.text(old)} of several sheets, and on '{name}' that moves",
                    f"它引用多张工作表的 {self.text(old)}，而在“{name}”上该处会移动"))

    # -- where rows go -----------------------------------------------------------------------------
    def _spans(self, old: Reference, where: Where, layout: Layout) -> list[Span]:
        """The rows that a reference means in the document."""
        first, last = old.rows()
        own = layout.region_of(where.row) if where.at and not _other(old, where) else None
        if own is None:
            return layout.spans(min(first, last), max(first, last))
        fixed = old.first.fixed_row and not where.loose
        begins = self._end(first, fixed, where, layout, own)
        if old.single:
            if begins is None and own is layout.region_of(first) and fixed:
                return [(layout.first(first),) * 2] if layout.count(first) else []
            return layout.spans(first, first) if begins is None else gathered(begins)
        ends = self._end(last, old.last.fixed_row and not where.loose, where, layout, own)
        if begins is not None and ends is not None and own.first <= first <= last <= own.last:
            near = sorted({at for row in range(first, last + 1) for at in own.near(row, where.row, where.at)})
            return gathered(near)
        begin = layout.first(first) if begins is None else begins[0] if begins else 0
        end = layout.last(last) if ends is None else ends[-1] if ends else 0
        return [(begin, end)] if 0 < begin <= end else []

    @staticmethod
    def _end(row: int, fixed: bool, where: Where, layout: Layout, own: Region) -> Sequence[int] | None:
        """The rows that one end of a reference means to the copy in which it stands; None for those that it means
        wherever it stands. Without $, a row of the same turn is meant; the row right above a repeated one is the row
        above each copy, as in a running balance."""
        if fixed:
            return None
        if own.first <= row <= own.last:
            return own.near(row, where.row, where.at)
        if row == where.row - 1 and where.row == own.first and where.at > own.start and not where.loose:
            return (where.at - 1,)
        return None

    def ranges(self, text: str, sheet: str) -> str:
        """A list of ranges as rules have it; "" when none is left."""
        layout = self.layouts.get(sheet.casefold())
        if layout is None or not layout.moves:
            return text
        made: list[str] = []
        for part in text.split():
            cells = self.cells(part)
            made += map(self.text, self.areas(cells, sheet)) if cells else (part,)
        return " ".join(made)

    def areas(self, old: Reference, sheet: str) -> list[Reference]:
        """Where the cells of a range (as `cells` reads it) are in the document."""
        layout = self.layouts.get(sheet.casefold())
        if layout is None or not layout.moves or not old.first.row:
            return [old]
        return [on_rows(old, *span) for span in layout.spans(*old.rows())]

    def around(self, text: str, sheet: str) -> str:
        """The one range from the first to the last of the cells; "" when none is left. What is no range stays."""
        old = self.cells(text)
        if old is None:
            return text
        areas = self.areas(old, sheet)
        return self.text(on_rows(areas[0], areas[0].rows()[0], areas[-1].rows()[1])) if areas else ""

    # -- references made of texts ------------------------------------------------------------------
    def _refuse_indirect(self, text: str, masked: str, where: Where) -> None:
        if not self.any:
            return
        for found in re.finditer(r"(?<![\w.])INDIRECT\s*\(", masked, re.IGNORECASE):
            end = closing(masked, found.end())
            if self._may_move(text[found.end() : end], masked[found.end() : end], where):
                raise CannotFollowError(Text(
                    f"INDIRECT makes a reference of a text, which does not follow {self.called.en}s that move",
                    f"INDIRECT 由文字生成引用，无法随{self.called.zh}移动"))

    def _may_move(self, argument: str, masked: str, where: Where) -> bool:
        """Whether a text that INDIRECT is given may name cells that move."""
        argument = argument.split(",")[0] if "," in masked and "(" not in masked else argument
        literals = [found[0][1:-1].replace('""', '"') for found in _TEXTS.finditer(argument)]
        if len(literals) == 1 and f'"{literals[0]}"' == argument.strip():
            return self._names_moved(literals[0], where)
        if any(_CELL.search(literal) for literal in literals) or _MADE_OF_NUMBERS.search(masked):
            return True
        for _, _, one in pieces(argument):
            if one.single and self._names_moved(self.text_at(one.sheet or where.sheet, one.first.row,
                                                             one.first.column), where):
                return True
        return False

    def _names_moved(self, text: str, where: Where) -> bool:
        for begin, end, old in pieces(text):
            if text[end:].strip() or _prefix(text, begin, old) != text[:begin]:
                continue
            old = self.turned(old)
            layout = self.layouts.get((old.sheet or where.sheet).casefold())
            if layout and layout.moves and old.first.row and layout.spans(*old.rows()) != [old.rows()]:
                return True
        return False


def cells_in(text: str) -> Reference | None:
    """The cells that a text names; None for what has become none (#REF!)."""
    try:
        return parse_cells(text)
    except ValueError:
        return None


def _other(old: Reference, where: Where) -> bool:
    """Whether a reference names another sheet than the one on which it stands."""
    return bool(old.sheet) and old.sheet.casefold() != where.sheet.casefold()


def on_rows(old: Reference, first: int, last: int) -> Reference:
    """The same cells on other rows."""
    new = old.with_rows(first, last)
    return replace(new, single=False) if old.single and first != last else new


def _prefix(text: str, begin: int, old: Reference) -> str:
    """The sheet's name before a reference, with its sign."""
    if not old.sheet:
        return ""
    quoted = "'" + old.sheet.replace("'", "''") + "'!"
    return quoted if text[:begin].endswith(quoted) else f"{old.sheet}!"
