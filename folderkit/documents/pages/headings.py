"""The headings of a Word file: their words, levels and numbers, as Word shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass
class Heading:
    """A paragraph with an outline level (1 is the highest); `number` as shown ("2.1"), "" without numbering."""

    paragraph: Element
    level: int
    text: str
    number: str


@dataclass(frozen=True)
class _Level:
    start: int
    form: str
    pattern: str


@dataclass
class _Numbering:
    """The lists of a document: numId → its abstract list, and each abstract list's levels and counters."""

    abstract_of: dict[str, str] = field(default_factory=dict)
    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def next_label(self, num_id: str, level: int) -> str:
        abstract = self.abstract_of.get(num_id, "")
        levels = self.levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self.counts.setdefault(abstract, {})
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        label = levels[level].pattern
        for above in range(level + 1):
            if above in levels:
                number = counts.setdefault(above, levels[above].start)
                label = label.replace(f"%{above + 1}", in_form(number, levels[above].form))
        return label.strip()


def read_headings(body: Element, styles: Element | None, numbering: Element | None) -> list[Heading]:
    """Every heading with words, in order."""
    outline, listed = _styles_of(styles)
    lists = _read_numbering(numbering)
    found = []
    for paragraph in body.iter(_W + "p"):
        style = _value(paragraph, "pPr/pStyle")
        level = _value(paragraph, "pPr/outlineLvl") or outline.get(style, "")
        if level.isdigit() and int(level) < 9:
            words = words_of(paragraph)
            num_id = _value(paragraph, "pPr/numPr/numId") or listed.get(style, ("", "0"))[0]
            depth = _value(paragraph, "pPr/numPr/ilvl") or listed.get(style, ("", "0"))[1]
            label = lists.next_label(num_id, int(depth)) if num_id not in ("", "0") else ""
            if words:
                found.append(Heading(paragraph, int(level) + 1, words, label))
    return found


def style_ids(styles: Element | None) -> Mapping[str, str]:
    """Style ids by their name in lower case."""
    every = styles.iter(_W + "style") if styles is not None else ()
    return {_value(style, "name").lower(): str(style.get(_W + "styleId")) for style in every}


def _styles_of(styles: Element | None) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """For every paragraph style: its outline level, and its (numId, level); both inherited from its base."""
    every = {str(style.get(_W + "styleId")): style for style in styles.iter(_W + "style")} if styles is not None else {}
    outline: dict[str, str] = {}
    listed: dict[str, tuple[str, str]] = {}
    for name in every:
        for style in _bases(name, every):
            if name not in outline and (level := _value(style, "pPr/outlineLvl")):
                outline[name] = level
            if name not in listed and (num_id := _value(style, "pPr/numPr/numId")):
                listed[name] = (num_id, _value(style, "pPr/numPr/ilvl") or "0")
    return outline, listed


def _bases(name: str, every: Mapping[str, Element]) -> Iterator[Element]:
    seen: set[str] = set()
    while name in every and name not in seen:
        seen.add(name)
        yield every[name]
        name = _value(every[name], "basedOn")


def _read_numbering(numbering: Element | None) -> _Numbering:
    lists = _Numbering()
    if numbering is None:
        return lists
    for number in numbering.iter(_W + "num"):
        lists.abstract_of[str(number.get(_W + "numId"))] = _value(number, "abstractNumId")
    for abstract in numbering.iter(_W + "abstractNum"):
        lists.levels[str(abstract.get(_W + "abstractNumId"))] = {
            int(level.get(_W + "ilvl") or 0): _Level(
                int(_value(level, "start") or 1), _value(level, "numFmt"), _value(level, "lvlText"))
            for level in abstract.iter(_W + "lvl")
        }
    return lists


def _value(element: Element, path: str) -> str:
    found = element.find("/".join(_W + step for step in path.split("/")))
    return str(found.get(_W + "val") or "") if found is not None else ""


def words_of(paragraph: Element) -> str:
    """What the paragraph says, without field codes; breaks and tabs as spaces."""
    parts = []
    for node in paragraph.iter(_W + "t", _W + "tab", _W + "br"):
        within_properties = node.getparent() is not None and node.getparent().tag == _W + "tabs"  # type: ignore[union-attr]
        parts.append("" if within_properties else node.text or "" if node.tag == _W + "t" else " ")
    return " ".join("".join(parts).split())


def in_form(number: int, form: str) -> str:
    """A number as Word writes it in that form (ECMA-376, part 1, 17.18.59), and in digits in one that is not known."""
    if form == "numberInDash":
        return f"- {number} -"
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        roman = ""
        for value, sign in _ROMAN:
            roman, number = roman + sign * (number // value), number % value
        return roman.upper() if form == "upperRoman" else roman
    if form.startswith(("chineseCounting", "japaneseCounting")) and number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")
    return str(number)
