"""Tables: thin lines, a tinted head that repeats, rows that never split."""

from __future__ import annotations

import re
from dataclasses import dataclass

from design import MARGIN, PAGE, WIDTH, Design
from words import ACCENT, GREY, INK, LINE, PRIMARY, TINT, Align, edge, field, para, run, when

_SHORT, _LITTLE = 6, 400  # rows and characters of a table that stands on one page; LibreOffice takes minutes over more


@dataclass(frozen=True)
class Column:
    """A column: its head, its share of the width, and the content of a body cell (a text with tags, or runs)."""

    head: str
    share: float
    content: str
    align: Align = "left"


def cell(content: str, width: int, *, fill: str = "", span: int = 1, edges: str = "", middle: bool = True,
         sides: int = 0) -> str:
    """A table cell; `sides` is its inner margin at the left and right for a band, which has air above and below."""
    properties = "".join((
        f'<w:tcW w:w="{width}" w:type="dxa"/>',
        f'<w:gridSpan w:val="{span}"/>' if span > 1 else "",
        f"<w:tcBorders>{edges}</w:tcBorders>" if edges else "",
        f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else "",
        f'<w:tcMar><w:top w:w="400" w:type="dxa"/><w:left w:w="{sides}" w:type="dxa"/>'
        f'<w:bottom w:w="400" w:type="dxa"/><w:right w:w="{sides}" w:type="dxa"/></w:tcMar>' if sides else "",
        '<w:vAlign w:val="center"/>' if middle else "",
    ))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def row(*cells: str, head: bool = False, height: int = 0, exact: bool = False) -> str:
    """A row that is never split over two pages; a `head` row repeats on every page. `height` in twentieths."""
    rule = "exact" if exact else "atLeast"
    properties = ("<w:cantSplit/>" + (f'<w:trHeight w:val="{height}" w:hRule="{rule}"/>' if height else "")
                  + ("<w:tblHeader/>" if head else ""))
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def frame(rows: str, widths: list[int], *, borders: str = "", indent: int = 0, padding: int = 100) -> str:
    """A table of fixed column widths."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblInd w:w="{indent}" w:type="dxa"/>'
            f"{f'<w:tblBorders>{borders}</w:tblBorders>' if borders else ''}<w:tblLayout w:type=\"fixed\"/>"
            f'<w:tblCellMar><w:left w:w="{padding}" w:type="dxa"/><w:right w:w="{padding}" w:type="dxa"/>'
            f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>")


def shares(*parts: float, width: int = WIDTH) -> list[int]:
    """Column widths by their shares, exactly as wide together as the text."""
    total = sum(parts)
    widths = [int(width * part / total) for part in parts]
    widths[-1] += width - sum(widths)
    return widths


_LINES = edge("top", INK, 8) + edge("bottom", INK, 8) + edge("insideH", LINE, 4)


def caption(design: Design, text: str, unit: str = "") -> str:
    """A numbered caption above a table; `unit` stands at the right above it."""
    letters = "<w:rPr><w:b/></w:rPr>"
    number = field("SEQ Table \\* ARABIC", "{% set no.table = no.table + 1 %}{{ no.table }}", letters)
    words = run(design.say("表 ", "Table ")) + number + run(design.say("　", "  ") + text)
    return para(words, "Caption", keep=True) + (para(unit, "Unit") if unit else "")


def table(columns: list[Column], loop: str, *, total: list[str] | None = None, fill: str = TINT,
          keep: str = "", gap: bool = True) -> str:
    """A table with a row for each member of the loop (``for t in tasks``), and perhaps a row of totals; without `gap`,
    what follows brings its own distance.

    The rows of a short table stand on one page; the last of a long one stays with what follows when the condition
    `keep` holds.
    """
    widths = shares(*(column.share for column in columns))
    head = row(*(cell(para(column.head, "CellHead", align=column.align if column.align != "both" else None), width,
                      fill=fill, edges=edge("bottom", INK, 6))
                 for column, width in zip(columns, widths, strict=True)), head=True)

    def body(together: bool) -> str:
        return row(*(cell(para(column.content, "Cell", align=column.align, keep=together), width)
                     for column, width in zip(columns, widths, strict=True)))

    lines = body(False)
    if keep:
        lines = (_row_tag(f"if loop.last and ({keep})", widths) + body(True) + _row_tag("else", widths) + lines
                 + _row_tag("endif", widths))
    rows = (head + _row_tag(f"if {_is_short(columns, loop)}", widths)
            + _row_tag(loop, widths) + body(True) + _row_tag("endfor", widths) + _row_tag("else", widths)
            + _row_tag(loop, widths) + lines + _row_tag("endfor", widths) + _row_tag("endif", widths))
    if total:
        rows += row(*(cell(para(run(text, bold=True) if text else "", "Cell", align=column.align), width,
                           edges=edge("top", INK, 6))
                      for text, column, width in zip(total, columns, widths, strict=True)))
    below = para(style="Gap") if gap else ""
    return frame(rows, widths, borders=_LINES) + (
        when(keep, para(style="Gap", keep=True), otherwise=below) if keep else below)


def _is_short(columns: list[Column], loop: str) -> str:
    """The condition that the rows fit on one page for sure; it is asked once, and not for each row."""
    member, _, members = loop.removeprefix("for ").partition(" in ")
    told = dict.fromkeys(name for column in columns if " in " not in column.content
                         for name in re.findall(rf"\b{member}\.(\w+)", column.content))
    texts = " ~ ".join(f"({members})|map(attribute='{name}')|join" for name in told)
    few = f"({members})|list|length <= {_SHORT}"
    return f"{few} and ({texts})|length <= {_LITTLE}" if texts else few


def _row_tag(statement: str, widths: list[int]) -> str:
    content = para(run(f"{{%tr {statement} %}}", color=GREY, size=8))
    return row(cell(content, sum(widths), span=len(widths)))


def facts(pairs: list[tuple[str, str, str]], label: float = 0.245) -> str:
    """Facts as label and value, two to a row and one in a row of its own where its condition is "wide".

    Each is (label, value, kind): kind "" for half a row, "wide" for a whole one, else the condition for a whole row.
    """
    widths = shares(label, 0.5 - label, label, 0.5 - label)
    rows, half = "", []
    for name, value, kind in pairs:
        if not kind:
            half.append((name, value))
            if len(half) == 2:
                rows, half = rows + _facts_row(half, widths), []
            continue
        wide = row(_label(name, widths[0]), cell(para(value, "Cell"), sum(widths[1:]), span=3))
        rows += wide if kind == "wide" else (
            _row_tag(f"if {kind}", widths) + wide + _row_tag("endif", widths))
    if half:
        rows += _facts_row([*half, ("", "")], widths)
    return frame(rows, widths, borders=edge("top", INK, 8) + edge("bottom", INK, 8) + edge("insideH", LINE, 4)
                 ) + para(style="Gap")


def _facts_row(pair: list[tuple[str, str]], widths: list[int]) -> str:
    cells = ""
    for place, (name, value) in enumerate(pair):
        cells += _label(name, widths[2 * place]) + cell(para(value, "Cell"), widths[2 * place + 1])
    return row(cells)


def _label(name: str, width: int) -> str:
    return cell(para(name, "CellHead"), width, fill=TINT)


def tiles(figures: list[tuple[str, str]]) -> str:
    """The few figures that matter, large, side by side: (figure, what it is)."""
    widths = shares(*([1.0] * len(figures)))
    last = len(figures) - 1
    cells = (
        cell(para(figure, "CellFigure") + para(words, "CellNote"), width, fill=TINT, edges=edge("top", PRIMARY, 18)
             + (edge("left", "FFFFFF", 36) if place else "") + (edge("right", "FFFFFF", 36) if place < last else ""))
        for place, ((figure, words), width) in enumerate(zip(figures, widths, strict=True)))
    return frame(row(*cells), widths) + para(style="Gap")


def bleed(content: str, height: int) -> str:
    """A band in the firm's colour from edge to edge of the page, growing with what stands in it."""
    band = row(cell(content, PAGE[0], fill=PRIMARY, sides=MARGIN, edges=edge("bottom", ACCENT, 48)), height=height)
    return frame(band, [PAGE[0]], indent=-MARGIN, padding=0)


__all__ = ["Column", "bleed", "caption", "cell", "facts", "frame", "row", "shares", "table", "tiles"]
