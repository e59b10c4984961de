"""PDF: the paragraphs of its pages. A PDF knows only lines; which of them are one paragraph is told from their length
and from how the next one begins."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]

from folderkit.extract.model import Findings
from folderkit.extract.readers.pdf import join_lines, open_pdf, page_text

_FULL, _NEARLY_FULL = 0.8, 0.95
"""A line shorter than the first part of the longest ends its paragraph; one shorter than the second, if it ends a
sentence as well."""
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；")
_BEGINS = re.compile(r"\s*(?:[•●▪◦–—*-]\s|\(?\d{1,3}[.)、．]|\d+(?:\.\d+)+\s|[（(][一二三四五六七八九十\d]{1,3}[)）]"
                     r"|[一二三四五六七八九十]{1,3}、|第.{1,4}[条章节])")
"""How an item of a list, a numbered heading or an article begins."""
_DIGITS = re.compile(r"\d+")
_MARGIN_LINES = 2
_LEAST_PAGES = 3

_Margin = tuple[bool, str]  # (at the foot, the line without its numbers)


def read(path: Path, findings: Findings) -> None:
    """Add the paragraphs of every page. What stands on top or at the foot of most pages is added once."""
    document = open_pdf(path)
    try:
        findings.tell("title", document.get_metadata_value("Title"))
        findings.tell("author", document.get_metadata_value("Author"))
        findings.tell("pages", len(document))
        pages = [_lines(document, index, findings) for index in range(len(document))]
    finally:
        document.close()
    margins = _margins(pages)
    bodies = []
    for lines in pages:
        found = [_margin(lines, at, margins) for at in range(len(lines))]
        for margin in filter(None, found):
            findings.add("footer" if margin[0] else "header", margin[1])
        bodies.append([line for line, margin in zip(lines, found, strict=True) if margin is None])
    for number, paragraph in _paragraphs(bodies):
        findings.add(f"p. {number}", paragraph)


def _lines(document: pypdfium2.PdfDocument, index: int, findings: Findings) -> list[str]:
    try:
        text = page_text(document, index)
    except pypdfium2.PdfiumError as error:
        findings.skipped = f"Page {index + 1} is damaged ({error})."
        return []
    return [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]


def _margins(pages: list[list[str]]) -> set[_Margin]:
    """The lines, but for their numbers, that are on top or at the foot of at least half the pages."""
    if len(pages) < _LEAST_PAGES:
        return set()
    seen: Counter[_Margin] = Counter()
    for lines in pages:
        seen.update(set(_candidates(lines).values()))
    return {margin for margin, count in seen.items() if 2 * count >= len(pages)}


def _candidates(lines: list[str]) -> dict[int, _Margin]:
    """Lines that may be a header or footer: the first and last few, by their number."""
    found = {at: (False, _DIGITS.sub("#", lines[at]).strip()) for at in range(min(_MARGIN_LINES, len(lines)))}
    return {**found, **{at: (True, _DIGITS.sub("#", lines[at]).strip())
                        for at in range(max(_MARGIN_LINES, len(lines) - _MARGIN_LINES), len(lines))}}


def _margin(lines: list[str], at: int, margins: set[_Margin]) -> _Margin | None:
    if _MARGIN_LINES <= at < len(lines) - _MARGIN_LINES:
        return None
    found = _candidates(lines).get(at)
    return found if found in margins else None


def _paragraphs(pages: list[list[str]]) -> Iterator[tuple[int, str]]:
    """The paragraphs and the numbers of the pages on which they begin; one may go on over the page's end."""
    open_lines: list[str] = []
    begun, ended = 1, True
    for number, lines in enumerate(pages, start=1):
        longest = max(map(_width, lines), default=0)
        for line in lines:
            if ended or _BEGINS.match(line):
                yield begun, _joined(open_lines)
                open_lines, begun = [], number
            open_lines.append(line)
            ended = _ends(line, longest)
    yield begun, _joined(open_lines)


def _joined(lines: list[str]) -> str:
    return " ".join(join_lines("\n".join(lines)).split())


def _ends(line: str, longest: int) -> bool:
    """Whether a line is the last of its paragraph."""
    full = _NEARLY_FULL if line.rstrip().endswith(_SENTENCE_ENDS) else _FULL
    return _width(line) < full * longest


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line.strip())
