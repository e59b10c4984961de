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
_PAGE = 9_000  # twentieths of a point, when the page says nothing
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
    widths = _widths(rows, _page_width(kit))
    look = (f'<w:tblStyle w:val="{style.ident}"/><w:tblW w:w="5000" w:type="pct"/>' if style else
            '<w:tblW w:w="5000" w:type="pct"/>' + _borders(kit.palette["line"]))
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


def _widths(rows: Sequence[Sequence[Cell]], page: int) -> list[int]:
    """The widths of the columns, by their longest words."""
    columns = max(map(len, rows), default=0)
    weights = [min(_BROAD, max(_NARROW, *(_length(row[place].words) for row in rows if place < len(row)), 0))
               for place in range(columns)]
    return [page * weight // sum(weights) for weight in weights]


def _length(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in words)


def _page_width(kit: Kit) -> int:
    found = re.search(r"<w:sectPr\b.*?</w:sectPr>", kit.additions.read(kit.main), re.DOTALL)
    size = re.search(r'<w:pgSz\b[^>]*\bw:w="(\d+)"', found[0]) if found else None
    sides = [int(side) for side in re.findall(r'\bw:(?:left|right)="(\d+)"', found[0])] if found else []
    return max(1_000, int(size[1]) - sum(sides[:2])) if size else _PAGE
