"""A comparison on the terminal: side by side where there is room, else one below the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from folderkit.cli.output import width
from folderkit.core.language import Language
from folderkit.differences import Comparison, Line, Section, marks
from folderkit.differences.wording import place_text, value_text
from folderkit.differences.words import HAN, Mark

LEAST_COLUMNS = 90
"""Columns of a terminal that has room for two texts beside each other."""
_MOST_COLUMNS = 200
_WIDEST_PLACE = 26
_CONTEXT_LINES = 2
_CONTEXT_WIDTH = 150
_SIGNS = {"same": " ", "changed": "~", "added": "+", "removed": "-"}
_COLORS = {"added": "green", "removed": "red", "changed": "yellow"}
# What would move the rest of a line (Unicode TR 9) or command the terminal, and blanks that would break a column.
_VISIBLE = {**dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A),
                             0x200E, 0x200F], "\ufffd"), ord("\t"): " ", ord("\n"): "\n"}
_CHUNK = re.compile(rf"\s|[{HAN}][，。；：！？、）》”’]*|[^\s{HAN}]+")
"""What stays on one line: a word with the signs at it, a Chinese character with those that begin no line."""


def visible(text: str) -> str:
    """The text, as long as before, without what would upset the order of a line."""
    return text.translate(_VISIBLE)


def properties(comparison: Comparison, language: Language) -> Iterator[str]:
    """A line for each property that differs."""
    for line in comparison.properties:
        name = place_text(line.place).in_(language)
        before, after = (visible(value_text(line.place, text)) or "–" for text in (line.before, line.after))
        yield f"{click.style('~', fg='yellow')} {name}{'：' if language == 'zh' else ': '}{before} → {after}"


# -- one below the other ---------------------------------------------------------------------------
def unified(section: Section, language: Language) -> Iterator[str]:
    """A section as lines that begin with -, + or a blank, a cell in one; changed words in [-…-] and {+…+}."""
    yield click.style(f"@@ {_where(section, language)} @@", fg="cyan")
    for line in section.lines:
        if "!" in line.place and line.kind != "same":
            yield _cell(line, language)
        elif line.kind == "same":
            yield from _prefixed(" ", _shortened(line.after), None)
        else:
            old, new = marks(line.before, line.after) if line.kind == "changed" else ([], [])
            if line.place_before:
                yield from _prefixed("-", _bracketed(line.before, old, "[-", "-]"), "red")
            if line.place_after:
                yield from _prefixed("+", _bracketed(line.after, new, "{+", "+}"), "green")


def _where(section: Section, language: Language) -> str:
    places = [place_text(line.place).in_(language) for line in section.lines if line.kind != "same"]
    if any("!" in line.place for line in section.lines):
        places = []
    elif places[0] != places[-1]:
        places = [f"{places[0]} – {places[-1]}"]
    return " · ".join(part for part in (*places[:1], visible(section.title).replace("\n", " ")) if part)


def _cell(line: Line, language: Language) -> str:
    about = (f"（{line.about}）" if language == "zh" else f" ({line.about})") if line.about else ""
    colon = "：" if language == "zh" else ": "
    before, after = (visible(text).replace("\n", " ⏎ ") for text in (line.before, line.after))
    value = f"{before} → {after}" if line.kind == "changed" else before or after
    place = place_text(line.place).in_(language)
    return click.style(f"{_SIGNS[line.kind]} {place}", fg=_COLORS[line.kind]) + visible(about) + colon + value


def _bracketed(text: str, found: Sequence[Mark], start: str, end: str) -> str:
    if found == [(0, len(text))]:  # all of it: the sign at the front says so
        return text
    parts, position = [], 0
    for first, last in found:
        parts += [text[position:first], start, text[first:last], end]
        position = last
    return "".join(parts) + text[position:]


def _prefixed(sign: str, text: str, color: str | None) -> Iterator[str]:
    for line in visible(text).split("\n"):
        yield click.style(sign + line, fg=color, dim=None if color else True)


def _shortened(text: str) -> str:
    first, more, _ = text.partition("\n")
    return f"{first[:_CONTEXT_WIDTH]}…" if more or len(first) > _CONTEXT_WIDTH else first


# -- side by side ----------------------------------------------------------------------------------
def side_by_side(sections: Sequence[Section], language: Language, columns: int, heads: tuple[str, str]
                 ) -> Iterator[str]:
    """The sections as rows of three columns: where, what it was, what it is."""
    labels = {line.place: place_text(line.place).in_(language)
              for section in sections for line in section.lines if line.kind != "same"}
    abouts = [line.about for section in sections for line in section.lines]
    room = min(_WIDEST_PLACE, columns // 5, max(map(width, [*labels.values(), *abouts]), default=0))
    half = (min(columns, _MOST_COLUMNS) - room - 8) // 2
    yield click.style(f"  {' ' * room} │ {_padded(heads[0], half)} │ {heads[1]}", bold=True)
    for section in sections:
        title = visible(section.title).replace("\n", " ")
        yield click.style("─" * (room + 2) + "─┼─" + "─" * half + "─┼─" + "─" * half, dim=True)
        if title:
            yield click.style(title, bold=True)
        for line in section.lines:
            yield from _rows(line, "" if line.kind == "same" else labels[line.place], room, half)


def _padded(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def _rows(line: Line, label: str, room: int, half: int) -> Iterator[str]:
    same = line.kind == "same"
    old, new = marks(line.before, line.after) if line.kind == "changed" else ([], [])
    if line.kind in ("added", "removed"):
        old, new = [(0, len(line.before))], [(0, len(line.after))]
    left, right = list(_wrapped(line.before, old, half, "red")), list(_wrapped(line.after, new, half, "green"))
    names = [*_cut(label, room), *(_cut(line.about, room) if line.about else ())]
    if same and len(left) > _CONTEXT_LINES:
        left, right = ([*side[:_CONTEXT_LINES - 1], ("…", 1)] for side in (left, right))
    for number in range(max(len(left), len(right), len(names))):
        sign = click.style(_SIGNS[line.kind], fg=_COLORS.get(line.kind)) if number == 0 else " "
        name = names[number] if number < len(names) else ""
        (one, wide), (other, _) = (side[number] if number < len(side) else ("", 0) for side in (left, right))
        gap = " " * (half - wide)
        row = f"{click.style(_padded(name, room), dim=True)} │ {one}{gap} │ {other}".rstrip()
        yield f"{sign} {click.style(row, dim=True) if same else row}"


def _cut(text: str, size: int) -> list[str]:
    return [piece for piece, _ in _wrapped(text.replace("\n", " "), [], size, "")]


def _wrapped(text: str, found: Sequence[Mark], size: int, color: str) -> Iterator[tuple[str, int]]:
    """The text in lines of at most `size` columns with its marks in colour, and how wide each line is."""
    flags = bytearray(len(text))
    for start, end in found:
        flags[start:end] = b"\1" * (end - start)
    for start, end in _breaks(visible(text), size):
        yield _colored(visible(text[start:end]), flags[start:end], color), width(text[start:end])


def _breaks(text: str, size: int) -> Iterator[Mark]:
    """Where lines begin and end: between words where one fits, else between characters."""
    start = position = used = 0
    for token in _CHUNK.findall(text):
        for piece in [token] if width(token) <= size and "\n" not in token else token:
            wide = 0 if piece == "\n" else width(piece)
            if piece == "\n" or used + wide > size:
                yield start, position
                start, used = position + (piece == "\n"), 0
                if piece.isspace():  # no line begins with the blank that it was broken at
                    start, wide = position + len(piece), 0
            position += len(piece)
            used += wide
    if start < position:
        yield start, position


def _colored(text: str, flags: bytearray, color: str) -> str:
    parts, start = [], 0
    for end in range(1, len(text) + 1):
        if end == len(text) or flags[end] != flags[start]:
            part = text[start:end]
            parts.append(click.style(part, fg=color, bold=True) if flags[start] else part)
            start = end
    return "".join(parts)
