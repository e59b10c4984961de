"""How a register looks: one accent colour, quiet lines, soft fills where something needs an eye."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from folderkit.core.language import Language
from folderkit.registers.schema import Column

Format = dict[str, Any]

A3, A4 = 8, 9  # paper, by Excel's numbers
FONT = {"zh": "Microsoft YaHei", "en": "Calibri"}
INK, GREY, LINE, PANEL = "2B2F36", "6B7280", "E1E4EA", "F4F5F8"
TONES: dict[str, Format] = {
    "good": {"font_color": "#1E6B3C", "bg_color": "#E4F2E8"},
    "warn": {"font_color": "#8A5A00", "bg_color": "#FFF1CC"},
    "bad": {"font_color": "#B42318", "bg_color": "#FDE4DF"},
    "worst": {"font_color": "#FFFFFF", "bg_color": "#B42318", "bold": True},
    "quiet": {"font_color": "#A3A8B1"},
    "strong": {"bold": True},
    "missing": {"bg_color": "#FFF1CC"},
}
# '_)' keeps numbers off the edge; LibreOffice forgets a right indent now and then
_NUMBERS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "money": "#,##0.00_)_)", "dec": "General_)_)",
            "pct": "0%", "int": "0", "id": "@", "text": "@", "ref": "@",
            "path": "@"}
_RIGHT = ("money", "dec")
_CENTRE = ("date", "datetime", "int", "pct")
_NARROW = 0.92  # letters of 10 points against the unit of column widths, which is a digit of 11
WRAPPED = ("long", "text", "person", "path", "multi")


def accent(color: str) -> str:
    """`color` (RRGGBB, with or without '#') as the library wants it."""
    return f"#{color.lstrip('#').upper()}"


def mixed(color: str, share: float) -> str:
    """`color` with `share` of white in it."""
    return "#" + "".join(f"{round(part + (255 - part) * share):02X}" for part in _parts(color))


def ink_on(color: str) -> str:
    """White or near-black, whichever is read better on `color`."""
    red, green, blue = _parts(color)
    return "#FFFFFF" if 0.299 * red + 0.587 * green + 0.114 * blue < 160 else f"#{INK}"


def _parts(color: str) -> tuple[int, ...]:
    return tuple(int(part, 16) for part in re.findall("..", color.lstrip("#")))


def default(language: Language) -> Format:
    """What every cell of the workbook shares."""
    return {"font_name": FONT[language], "font_size": 10, "font_color": f"#{INK}", "valign": "vcenter"}


def title(color: str) -> Format:
    return {"font_size": 18, "bold": True, "font_color": accent(color)}


def note(size: int = 9) -> Format:
    return {"font_size": size, "font_color": f"#{GREY}"}


def rule(color: str) -> Format:
    """The line of counts and totals above the header, closed by the accent."""
    return {"bottom": 2, "bottom_color": accent(color)}


def header(column: Column, color: str) -> Format:
    fill = mixed(color, 0.3) if column.computed else accent(color)
    return {"bold": True, "font_color": ink_on(fill), "bg_color": fill, "text_wrap": True, "align": _align(column),
            "indent": _indent(column), "right": 1, "right_color": mixed(color, 0.45)}


def cell(column: Column) -> Format:
    """A cell of the table."""
    look: Format = {"bottom": 1, "bottom_color": f"#{LINE}", "align": _align(column),
                    "indent": 1 if _align(column) == "left" else 0}
    if number := number_format(column):
        look["num_format"] = number
    if column.type in WRAPPED or column.more:  # of a closed column, LibreOffice would show what is not wrapped
        look["text_wrap"] = True
    if column.type == "ref":
        look["shrink"] = True  # an id of a hundred letters neither makes a tall row nor runs over the page's edge
    if column.computed:
        look.update({"bg_color": f"#{PANEL}", "font_color": f"#{GREY}"})
    return look


def total(column: Column, color: str) -> Format:
    return {**rule(color), "bold": True, "align": _align(column),
            "num_format": number_format(column) or "General"}


def number_format(column: Column) -> str:
    """How Excel shows the values; an enum's own format is for its lit cells, or blank ones would show it."""
    return "" if column.choices else column.format or _NUMBERS.get(column.type, "")


def _align(column: Column) -> str:
    if column.type in _RIGHT:
        return "right"
    return "center" if column.type in _CENTRE or column.choices else "left"


def _indent(column: Column) -> int:
    return 0 if _align(column) == "center" else 1


def width(column: Column, language: Language) -> float:
    """The schema's width, or more where the words of this language need it; in characters of Excel."""
    words = column.header.in_(language).split() if language == "en" else []
    choices = [choice.words.in_(language) for choice in column.choices.values()]
    sign = 2 if column.format and choices else 0
    return max([column.width, *(display_width(word) + 2.5 for word in words),
                *(display_width(word) + 2.5 + sign for word in choices)])


def lines(text: str, width: float) -> int:
    """How many lines a text takes in a cell of that width."""
    return sum(max(1, math.ceil(display_width(line) * _NARROW / (width - 1.5))) for line in text.split("\n"))


def display_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
