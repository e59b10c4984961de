"""Help pages whose lines fit the terminal in Chinese, too: by columns, and never within a word or behind a bracket."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from folderkit.cli.output import width

_OPENING = "“‘（《【「『"
_CLOSING = "”’）》】」』，。；：、？！…"
_UNIT = re.compile(rf"\s+|[{_OPENING}{_CLOSING}]|[^\s{_OPENING}{_CLOSING}\u1100-\uffff]+|.", re.DOTALL)
_WIDEST_TERM = 30  # columns


class HelpPage(click.HelpFormatter):
    """click's formatter, which counts a Chinese character as one column and breaks where it must not."""

    def write_text(self, text: str) -> None:
        lead = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            self.write("".join(f"{lead}{line}\n" for line in wrapped(paragraph, self.width - self.current_indent)))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST_TERM, col_spacing: int = 2) -> None:
        rows = list(rows)
        column = min(max((width(term) for term, _ in rows), default=0), col_max) + col_spacing
        lead = " " * self.current_indent
        for term, about in rows:
            lines = wrapped(about, max(self.width - column - 2, 10))
            gap = column - width(term)
            if gap < col_spacing and lines:
                self.write(f"{lead}{term}\n")
                term, gap = "", column
            first, *others = lines or [""]
            self.write(f"{lead}{term}{' ' * gap}{first}".rstrip() + "\n")
            self.write("".join(f"{lead}{' ' * column}{line}\n" for line in others))


def wrapped(text: str, columns: int) -> list[str]:
    """The lines of a text, each of at most so many columns, but for a longer word."""
    lines, line = [], ""
    for unit in _units(text):
        if line and width(line.rstrip()) + width(unit.rstrip()) + len(line) - len(line.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += unit if line else unit.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _units(text: str) -> list[str]:
    """What stays together: words with the blanks behind them, single Chinese characters, both with the punctuation that
    belongs to them."""
    units: list[str] = []
    for piece in _UNIT.findall(text):
        is_tail = piece.isspace() or piece in _CLOSING
        if units and (is_tail or units[-1][-1] in _OPENING):
            units[-1] += " " if piece.isspace() else piece
        else:
            units.append(piece)
    return units
