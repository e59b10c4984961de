"""A table of Markdown as one of Word: in the template's table style, or with quiet lines of the firm's colours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from folderkit.documents.parts.styles import Style

if TYPE_CHECKING:
    from folderkit.documents.tags.functions import Kit

_NARROW, _BROAD = 6, 40  # characters that a column's width goes by
_WHOLE = 20  # characters of a word that is not broken
_SIGN = 135  # twentieths of a point, of a character
_MARGINS, _TIGHT = (108, 50)  # at either side of a cell: as usual, and where columns are many
_PAGE = 9_000  # twentieths of a point, when the page says nothing
_WIDE = re.compile("[\u2e80-\uffff]")  # between which lines break
_WORD, _NUMBER = re.compile("."), re.compile(r"\d")
_GAP = '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="160" w:lineRule="exact"/></w:pPr></w:p>'


class Cell(NamedTuple):
    """The runs of a cell, its alignment ("" is left) and its words."""

    runs: str
    align: str
    words: str


def table_xml(kit: Kit, rows: Sequence[Sequence[Cell]]) -> str:
    """The table, its first row as head, with a small gap after it, so that tables and cells around it stay apart."""
    styles = kit.styles()
    style = styles.find("table", "Markdown Table", "Table Grid")
    text, head = styles.find("paragraph", "Table Text"), styles.find("paragraph", "Table Head", "Table Text")
    page = _page_width(kit)
    margin = _MARGINS if sum(_least(rows, _MARGINS)) <= page else _TIGHT
    widths = _widths(rows, page, margin)
    look = (f'<w:tblStyle w:val="{style.ident}"/><w:tblW w:w="5000" w:type="pct"/>' if style else
            '<w:tblW w:w="5000" w:type="pct"/>' + _borders(kit.palette["line"]))
    if margin == _TIGHT:
        look += (f'<w:tblCellMar><w:left w:w="{margin}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/>'
                 "</w:tblCellMar>")
    return (f'<w:tbl><w:tblPr>{look}<w:tblLook w:val="0420" w:firstRow="1" w:noVBand="1"/></w:tblPr>'
            f'<w:tblGrid>{"".join(f"""<w:gridCol w:w="{width}"/>""" for width in widths)}</w:tblGrid>'
            + "".join(_row(kit, row, widths, head if number == 0 else text, number == 0, bool(style))
                      for number, row in enumerate(rows)) + f"</w:tbl>{_GAP}")


def _row(kit: Kit, row: Sequence[Cell], widths: Sequence[int], style: Style | None, head: bool, styled: bool) -> str:
    ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{kit.palette["tint"]}"/>' if head and not styled else ""
    cells = []
    for cell, width in zip(row, widths, strict=False):
        named = f'<w:pStyle w:val="{style.ident}"/>' if style else ""
        space = "" if style else '<w:spacing w:before="40" w:after="40"/>'
        align = f'<w:jc w:val="{cell.align}"/>' if cell.align in ("right", "center") else ""
        cells.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{ground}</w:tcPr>'
                     f"<w:p><w:pPr>{named}{space}{align}</w:pPr>{cell.runs}</w:p></w:tc>")
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{''.join(cells)}</w:tr>"


def _borders(color: str) -> str:
    lines = "".join(f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{color}"/>'
                    for side, size in (("top", 8), ("bottom", 8), ("insideH", 4)))
    return f"<w:tblBorders>{lines}</w:tblBorders>"


def _widths(rows: Sequence[Sequence[Cell]], page: int, margin: int) -> list[int]:
    """The widths of the columns, by their longest cells; none is narrower than its longest word where that can be, or
    at least than its longest number."""
    least = _least(rows, margin)
    if sum(least) >= page:
        numbers = _least(rows, margin, _NUMBER)
        spare, wanted = page - sum(numbers), sum(least) - sum(numbers)
        return [page * width // sum(least) if spare <= 0 else number + spare * (width - number) // max(1, wanted)
                for width, number in zip(least, numbers, strict=True)]
    weights = [min(_BROAD, max(_NARROW, *map(_length, words), 0)) for words in _by_column(rows)]
    held: set[int] = set()  # columns that are as narrow as their words allow
    while True:
        room = page - sum(least[place] for place in held)
        free = sum(weight for place, weight in enumerate(weights) if place not in held)
        widths = [least[place] if place in held else room * weight // free for place, weight in enumerate(weights)]
        tight = {place for place, width in enumerate(widths) if width < least[place]}
        if not tight:
            return widths
        held |= tight


def _least(rows: Sequence[Sequence[Cell]], margin: int, kind: re.Pattern[str] = _WORD) -> list[int]:
    """How narrow each column can be without breaking a word of the kind."""
    longest = [max((len(word) for words in column for word in _WIDE.sub(" ", words).split() if kind.search(word)),
                   default=0) for column in _by_column(rows)]
    return [2 * margin + _SIGN * min(_WHOLE, max(2, length)) for length in longest]


def _by_column(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The words of the cells of each column."""
    columns = max(map(len, rows), default=0)
    return [[row[place].words for row in rows if place < len(row)] for place in range(columns)]


def _length(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in words)


def _page_width(kit: Kit) -> int:
    found = re.search(r"<w:sectPr\b.*?</w:sectPr>", kit.additions.read(kit.main), re.DOTALL)
    size = re.search(r'<w:pgSz\b[^>]*\bw:w="(\d+)"', found[0]) if found else None
    sides = [int(side) for side in re.findall(r'\bw:(?:left|right)="(\d+)"', found[0])] if found else []
    return max(1_000, int(size[1]) - sum(sides[:2])) if size else _PAGE
