"""References that follow the rows they mean: what a formula, a rule or a chart of the template says of the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from folderkit.core.language import Text
from folderkit.core.workbook.references import Reference, parse_cells, pieces
from folderkit.documents.workbook.layout import Layout, Region, Span

# functions that take a range where they take a cell, and those that take several
_LISTS = frozenset(re.findall(r"\S+", """
    SUM COUNT COUNTA AVERAGE AVERAGEA MIN MINA MAX MAXA PRODUCT MEDIAN STDEV STDEVA STDEVP STDEVPA
    VAR VARA VARP VARPA STDEV.S STDEV.P VAR.S VAR.P SUMSQ GEOMEAN HARMEAN MODE MODE.SNGL GCD LCM AND OR XOR CONCAT
    CONCATENATE TEXTJOIN DEVSQ AVEDEV KURT SKEW NPV"""))
_RANGES = _LISTS | frozenset(re.findall(r"\S+", """
    SUBTOTAL AGGREGATE COUNTBLANK COUNTIF COUNTIFS SUMIF SUMIFS AVERAGEIF AVERAGEIFS MAXIFS
    MINIFS SUMPRODUCT LARGE SMALL RANK RANK.EQ RANK.AVG INDEX MATCH XMATCH LOOKUP VLOOKUP HLOOKUP XLOOKUP FILTER SORT
    SORTBY UNIQUE ROWS COLUMNS PERCENTILE PERCENTILE.INC PERCENTILE.EXC QUARTILE QUARTILE.INC QUARTILE.EXC PERCENTRANK
    CORREL COVAR FORECAST TREND GROWTH LINEST SLOPE INTERCEPT IRR XIRR XNPV TRIMMEAN FREQUENCY TRANSPOSE WORKDAY
    NETWORKDAYS ISBLANK LET SERIES"""))
_CORNERS = ("OFFSET",)  # they take the first cell of what they are about
_SKIPPING = ("SUBTOTAL", "AGGREGATE")  # they leave out what such functions give in between
_MOST_PIECES = 100  # of one reference; Excel takes 255 arguments
_TEXTS = re.compile(r'"(?:[^"]|"")*"')
_NAME = re.compile(r"(?:_xlfn\.|_xlws\.)*([A-Za-z][\w.]*)\s*$")
_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?[0-9]|[A-Za-z]\d*!|!|^\$?[A-Za-z]{1,3}\$?$|[Rr]\d*[Cc]")


class CannotFollowError(ValueError):
    """A reference that cannot be moved truthfully; `message` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


@dataclass(frozen=True)
class Where:
    """Where a formula stands: on which sheet ("" for a name or a chart), in which row of the template and of the
    document (0: in none). Where nothing but references is written, as in charts, names and lists of choices, they may
    mean several cells: then these stand in the two signs of `alone`, if any."""

    sheet: str = ""
    row: int = 0
    at: int = 0
    alone: tuple[str, str] | None = None


@dataclass(frozen=True)
class Moves:
    """How the rows of a workbook's sheets move: a layout for each sheet that is filled; all sheets in their order, by
    names in lower case; and what is written in cells (sheet, place), for references that are made of texts."""

    layouts: Mapping[str, Layout]
    order: Sequence[str] = ()
    text_at: Callable[[str, int, int], str] = field(default=lambda sheet, row, column: "")

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
        layout = self._layout(old, where)
        if layout is None or not old.first.row:
            return whole
        spans = self._spans(old, where, layout)
        if not spans:
            raise CannotFollowError(Text(
                f"it refers to {whole}, and the tags leave {'this row' if old.single else 'these rows'} out",
                f"它引用 {whole}，而标签使该行不出现在结果中"))
        grows = old.single and (len(spans) > 1 or spans[0][0] != spans[0][1])
        if len(spans) == 1 and not grows:
            return prefix + str(_on_rows(old, *spans[0]))
        within = "SERIES" if where.alone else _function(masked, place[0] - len(prefix), place[1])
        if within in _CORNERS:
            return prefix + str(_on_rows(old, spans[0][0], spans[0][0]))
        if within not in _RANGES:
            raise CannotFollowError(Text(
                f"it refers to {whole}, whose row is repeated, as to one cell",
                f"它把 {whole} 当作一个单元格，而该行会重复多次"))
        if len(spans) > 1 and within in _SKIPPING:
            spans = [(spans[0][0], spans[-1][1])]
        if len(spans) == 1:
            return prefix + str(_on_rows(old, *spans[0]))
        if (within not in _LISTS and not where.alone) or len(spans) > _MOST_PIECES:
            raise CannotFollowError(Text(
                f"it refers to {whole}, whose rows stand in {len(spans)} places, between others",
                f"它引用的 {whole} 分散在 {len(spans)} 处，中间夹有其他行"))
        joined = ",".join(prefix + str(_on_rows(old, *span)) for span in spans)
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
                    f"it refers to {old} of several sheets, and on '{name}' that moves",
                    f"它引用多张工作表的 {old}，而在“{name}”上该处会移动"))

    # -- where rows go -----------------------------------------------------------------------------
    def _spans(self, old: Reference, where: Where, layout: Layout) -> list[Span]:
        """The rows that a reference means in the document."""
        first, last = old.rows()
        own = layout.region_of(where.row) if where.at and not _other(old, where) else None
        if own is None:
            return layout.spans(min(first, last), max(first, last))
        begins = self._end(first, old.first.fixed_row, where, layout, own)
        if old.single:
            if begins is None and own is layout.region_of(first) and old.first.fixed_row:
                return [(layout.first(first),) * 2] if layout.count(first) else []
            return layout.spans(first, first) if begins is None else _as_spans(begins)
        ends = self._end(last, old.last.fixed_row, where, layout, own)
        if begins is not None and ends is not None and own.first <= first <= last <= own.last:
            near = sorted({at for row in range(first, last + 1) for at in own.near(row, where.row, where.at)})
            return _as_spans(near)
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
        if row == where.row - 1 and where.row == own.first and where.at > own.start:
            return (where.at - 1,)
        return None

    def ranges(self, text: str, sheet: str) -> str:
        """A list of ranges as rules have it; "" when none is left."""
        layout = self.layouts.get(sheet.casefold())
        if layout is None or not layout.moves:
            return text
        made: list[str] = []
        for part in text.split():
            cells = cells_in(part)
            made += map(str, self.areas(cells, sheet)) if cells else (part,)
        return " ".join(made)

    def areas(self, old: Reference, sheet: str) -> list[Reference]:
        """Where the cells of a range are in the document."""
        layout = self.layouts.get(sheet.casefold())
        if layout is None or not layout.moves or not old.first.row:
            return [old]
        return [_on_rows(old, *span) for span in layout.spans(*old.rows())]

    def around(self, text: str, sheet: str) -> str:
        """The one range from the first to the last of the cells; "" when none is left. What is no range stays."""
        old = cells_in(text)
        if old is None:
            return text
        areas = self.areas(old, sheet)
        return str(_on_rows(areas[0], areas[0].rows()[0], areas[-1].rows()[1])) if areas else ""

    # -- references made of texts ------------------------------------------------------------------
    def _refuse_indirect(self, text: str, masked: str, where: Where) -> None:
        if not self.any:
            return
        for found in re.finditer(r"(?<![\w.])INDIRECT\s*\(", masked, re.IGNORECASE):
            end = _closing(masked, found.end())
            if self._may_move(text[found.end() : end], masked[found.end() : end], where):
                raise CannotFollowError(Text(
                    "INDIRECT makes a reference of a text, which does not follow rows that move",
                    "INDIRECT 由文字生成引用，无法随行移动"))

    def _may_move(self, argument: str, masked: str, where: Where) -> bool:
        """Whether a text that INDIRECT is given may name cells that move."""
        argument = argument.split(",")[0] if "," in masked and "(" not in masked else argument
        literals = [found[0][1:-1].replace('""', '"') for found in _TEXTS.finditer(argument)]
        if len(literals) == 1 and f'"{literals[0]}"' == argument.strip():
            return self._names_moved(literals[0], where)
        if any(_CELL.search(literal) for literal in literals) or re.search(r"(?i)\b(?:ADDRESS|ROW)\s*\(", masked):
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


def _on_rows(old: Reference, first: int, last: int) -> Reference:
    new = old.with_rows(first, last)
    return replace(new, single=False) if old.single and first != last else new


def _as_spans(rows: Sequence[int]) -> list[Span]:
    from folderkit.documents.workbook.layout import gathered

    return gathered(rows)


def _prefix(text: str, begin: int, old: Reference) -> str:
    """The sheet's name before a reference, with its sign."""
    if not old.sheet:
        return ""
    quoted = "'" + old.sheet.replace("'", "''") + "'!"
    return quoted if text[:begin].endswith(quoted) else f"{old.sheet}!"


def _function(masked: str, begin: int, end: int) -> str:
    """The function of which the text from `begin` to `end` is one whole argument; "" when it is none."""
    after, before = masked[end:].lstrip(), masked[:begin].rstrip()
    if after[:1] not in (",", ")") or before[-1:] not in (",", "("):
        return ""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        if before[at] == ")":
            depth += 1
        elif before[at] == "(":
            if depth == 0:
                found = _NAME.search(before[:at])
                return found[1].upper() if found else ""
            depth -= 1
    return ""


def _closing(masked: str, begin: int) -> int:
    depth = 1
    for at in range(begin, len(masked)):
        depth += (masked[at] == "(") - (masked[at] == ")")
        if not depth:
            return at
    return len(masked)
