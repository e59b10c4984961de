"""Pictures without a box, as large as they are by themselves, but no larger than the text of their section: its page
within the margins, or a column of it (ECMA-376, part 1, 17.6.13, 17.6.11 and 17.6.4); and no wider than their cell."""

from __future__ import annotations

import re

from folderkit.documents.drawn.cells import cell_widths
from folderkit.documents.drawn.drawing import EMU_PER_MM

MARK = ' folderkit="fit"'  # in a frame whose size is not settled yet
PAGE = (160 * EMU_PER_MM, 230 * EMU_PER_MM)  # of a section that does not tell
_FRAME = re.compile(rf"<wp:inline\b[^>]*{MARK}[^>]*>(?:(?!</wp:inline>).)*</wp:inline>", re.DOTALL)
_SIZE = re.compile(r'\bcx="(\d+)" cy="(\d+)"')
_PARAGRAPH = re.compile(r"<w:p[ >]")
_SECTION = re.compile(r"<w:sectPr\b(?:[^>]*/>|(?:(?!</w:sectPr>).)*</w:sectPr>)", re.DOTALL)
_NUMBER = r'\bw:{}="(-?\d{{1,6}})"'
_EMU_PER_TWIP = 635
_USED = 0.93  # of the height: a caption has room below


def settled(xml: str) -> str:
    """The text of a document in which every picture has its size."""
    sections = [(found.start(), _text_size(found[0])) for found in _SECTION.finditer(xml)]
    paragraphs = [found.start() for found in _PARAGRAPH.finditer(xml)]
    frames = list(_FRAME.finditer(xml))
    cells = cell_widths(xml, [frame.start() for frame in frames])
    pieces, at, section, paragraph = [], 0, 0, 0
    for frame, cell in zip(frames, cells, strict=True):
        while paragraph < len(paragraphs) and paragraphs[paragraph] < frame.start():
            paragraph += 1
        begun = paragraphs[paragraph - 1] if paragraph else 0  # a section ends in the paragraph that tells of it
        while section < len(sections) and sections[section][0] < begun:
            section += 1
        room = sections[section][1] if section < len(sections) else PAGE
        if cell:
            room = min(room[0], cell * _EMU_PER_TWIP), room[1]
        pieces += [xml[at : frame.start()], _within(frame[0], room)]
        at = frame.end()
    return "".join([*pieces, xml[at:]])


def _within(frame: str, room: tuple[int, int]) -> str:
    """The frame of a picture that is no larger than there is room."""
    size = _SIZE.search(frame)
    width, height = (int(size[1]), int(size[2])) if size else PAGE
    scale = min(1.0, room[0] / width, room[1] / height)
    sides = f'cx="{max(1, round(width * scale))}" cy="{max(1, round(height * scale))}"'
    return _SIZE.sub(sides, frame.replace(MARK, "", 1))


def _text_size(section: str) -> tuple[int, int]:
    """Width and height of the text of a section in EMU."""
    size = _numbers(section, "pgSz", "w", "h")
    margins = _numbers(section, "pgMar", "left", "right", "gutter", "top", "bottom")
    width = size["w"] - margins["left"] - margins["right"] - margins["gutter"]
    height = (size["h"] - abs(margins["top"]) - abs(margins["bottom"])) * _USED
    columns = _numbers(section, "cols", "num", "space")
    own = [int(found[1]) for found in re.finditer(r'<w:col\b[^>]*?\bw:w="(\d{1,6})"', section)]
    if own:
        width = min(own)
    elif columns["num"] > 1:
        width = (width - (columns["num"] - 1) * (columns["space"] or 720)) // columns["num"]
    if width <= 0 or height <= 0:
        return PAGE
    return width * _EMU_PER_TWIP, round(height * _EMU_PER_TWIP)


def _numbers(section: str, name: str, *keys: str) -> dict[str, int]:
    """The numbers that an element of a section tells; 0 for each that it does not."""
    element = re.search(rf"<w:{name}\b[^>]*>", section)
    found = {key: re.search(_NUMBER.format(key), element[0]) if element else None for key in keys}
    return {key: int(number[1]) if number else 0 for key, number in found.items()}
