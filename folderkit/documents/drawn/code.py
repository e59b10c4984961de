"""``{{ qr('https://…', 25) }}``: a QR code, as a picture whose dots are sharp at any size."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from folderkit.core.language import Text
from folderkit.documents.drawn.drawing import Drawing, picture_drawing
from folderkit.documents.drawn.picture import fitted
from folderkit.documents.parts.additions import NotDrawable

if TYPE_CHECKING:
    from folderkit.documents.tags.functions import Kit

MAX_BYTES = 1_200  # of text; a denser code is read by no phone from paper
_SIDES = (10, 200)  # mm
_SCALE, _BORDER = 8, 4  # dots of a module, modules of white around (ISO/IEC 18004, 6.3.8)
_LEVELS = ("L", "M", "Q", "H")


def qr(kit: Kit, text: Any, size: Any = 25, *, level: str = "M", alt: str = "") -> Drawing | str:
    """The code of a text, `size` mm wide and high with its white border, `level` L, M, Q or H of what may be damaged;
    nothing for no text. Raises `NotDrawable`."""
    if text is None or text == "":
        return ""
    if isinstance(text, Mapping | list | tuple) or hasattr(text, "__html__"):
        raise NotDrawable(Text("a code holds one text", "二维码只能容纳一段文字"))
    words = str(text)
    if isinstance(size, bool) or not isinstance(size, int | float) or not _SIDES[0] <= size <= _SIDES[1]:
        raise NotDrawable(Text(f"a code must be {_SIDES[0]} to {_SIDES[1]} mm wide",
                               f"二维码的宽度应为 {_SIDES[0]} 到 {_SIDES[1]} 毫米"))
    if level not in _LEVELS:
        raise NotDrawable(Text("'level' must be L, M, Q or H", "“level”应为 L、M、Q 或 H"))
    try:
        length = len(words.encode())
    except UnicodeEncodeError:
        raise NotDrawable(Text("the text holds half a character", "文本含有半个字符")) from None
    if length > MAX_BYTES:
        raise NotDrawable(Text(f"a code holds at most {MAX_BYTES} bytes, and the text has {length}",
                               f"二维码最多容纳 {MAX_BYTES} 字节，文本有 {length} 字节"))
    data, dots = _png(words, level)
    ident = kit.additions.media(data, "png", "image/png")
    return picture_drawing(ident, fitted((dots, dots), size, size), "QR", str(alt or words[:200]))


def _png(words: str, level: str) -> tuple[bytes, int]:
    """The picture, and its dots in a row. UTF-8, which phones take for granted, is not marked as such."""
    import segno

    mode = None if words.isascii() else "byte"
    code = segno.make_qr(words, error=level, boost_error=False, encoding="utf-8", mode=mode)
    target = io.BytesIO()
    code.save(target, kind="png", scale=_SCALE, border=_BORDER)
    return target.getvalue(), int(code.symbol_size(_SCALE, _BORDER)[0])
