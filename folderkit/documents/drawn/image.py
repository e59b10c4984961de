"""``{{ image('photos/site.jpg', 80, 60) }}``: a picture of the project by its path, fitted into a box."""

from __future__ import annotations

import io
import math
import re
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import os_reason
from folderkit.core.language import Text
from folderkit.documents.drawn.drawing import Drawing, picture_drawing
from folderkit.documents.drawn.fitting import MARK
from folderkit.documents.drawn.picture import BROKEN, MAX_DOTS, NotAPicture, Picture, fitted, picture_of, too_many_dots
from folderkit.documents.parts.additions import NotDrawable
from folderkit.documents.parts.taken import Takings, take

if TYPE_CHECKING:
    from folderkit.documents.tags.functions import Kit, Reach

MAX_BYTES = 40 * 2**20
_PAGE = (160, 230)  # mm; what a picture without a box is at most where no section tells
_DOTS_PER_MM = 96 / 25.4
_SIDES = (1, 1000)  # mm
_QUALITY = 92
_ABSOLUTE = re.compile(r"[/~]|[A-Za-z]:")
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://")
# first bytes → what Pillow calls it
_OTHERS = ((b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"))


def image(kit: Kit, path: Any, width: Any = 0, height: Any = 0, alt: str = "") -> Drawing | str:
    """The picture at `path`, relative to the project's folder, as large as a box of `width` × `height` mm allows; with
    one of both, as wide or high as that; with none as large as it is, within the text of its section and its cell.
    Nothing for no path. Raises `NotDrawable`."""
    box = _box(width, height)
    if path is None or path == "":
        return ""
    if isinstance(path, Picture):  # the logo, which is in the file already
        return picture_drawing(path.ident, fitted((path.width, path.height), *box), "logo", str(alt or "logo"))
    if isinstance(path, Drawing):
        raise NotDrawable(Text("it is drawn already", "它已经画过了"))
    name = str(path)
    try:
        picture = kit.picture(name, lambda: _upright(_bytes(_found(kit.reach, name), name, kit.taken)))
    except NotAPicture as error:
        raise _unusable(name, error.message) from None
    ident = kit.additions.media(picture.data, picture.suffix, picture.content_type)
    size = (picture.width, picture.height)
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    shown = str(alt or stem)
    if width or height:
        return picture_drawing(ident, fitted(size, *box), stem, shown)
    own = size[0] / _DOTS_PER_MM, size[1] / _DOTS_PER_MM
    if kit.additions.part == kit.main or len(kit.around) == 1:  # its sections and cells tell how much room there is
        return picture_drawing(ident, fitted(size, *own), stem, shown, MARK)
    return picture_drawing(ident, fitted(size, min(own[0], _PAGE[0]), min(own[1], _PAGE[1])), stem, shown)


def in_box(drawn: Any, cx: int, cy: int) -> Drawing | str:
    """A drawn picture as large as a box of `cx` × `cy` EMU allows, and "" for none. Raises `NotDrawable`."""
    if not isinstance(drawn, Drawing):
        return ""
    if not drawn.ident:
        raise NotDrawable(Text("a placeholder can only show a picture", "占位图片只能显示图片"))
    scale = min(cx / drawn.cx, cy / drawn.cy)
    return Drawing("", drawn.ident, max(1, round(drawn.cx * scale)), max(1, round(drawn.cy * scale)), drawn.alt)


def _box(width: Any, height: Any) -> tuple[float, float]:
    for side in (width, height):
        number = isinstance(side, int | float) and not isinstance(side, bool)
        if not number or (side != 0 and not _SIDES[0] <= side <= _SIDES[1]):
            raise NotDrawable(Text(f"the box must be {_SIDES[0]} to {_SIDES[1]} mm wide and high",
                                   f"框的宽和高应为 {_SIDES[0]} 到 {_SIDES[1]} 毫米"))
    if width or height:
        return width or math.inf, height or _PAGE[1]
    return _PAGE


# -- the file --------------------------------------------------------------------------------------
def _found(reach: Reach, name: str) -> Path:
    """The file of that name in the first folder that has it; never one outside, also not through a link."""
    if _ADDRESS.match(name):
        raise _unusable(name, Text("it is an address; save the picture in the project's folder",
                                   "这是网址，请把图片保存到项目文件夹中"))
    if _ABSOLUTE.match(name.strip()) or "\0" in name:
        raise _unusable(name, Text("name it by its path in the project's folder, such as photos/site.jpg",
                                   "请写它在项目文件夹中的路径，例如 photos/site.jpg"))
    outside = False
    for folder in reach.folders:
        try:
            root = folder.resolve()
            place = (root / name.strip().replace("\\", "/")).resolve()
            inside = place.is_relative_to(root)
            outside = outside or not inside
            if inside and place.is_file() and not any(part.startswith(".") for part in place.relative_to(root).parts):
                return place
        except (OSError, RuntimeError):  # a name that is too long, links in a circle
            continue
    if outside:
        raise _unusable(name, Text("it lies outside of the project's folder", "它在项目文件夹之外"))
    where = Text(f" in '{reach.folders[0]}'", f"“{reach.folders[0]}”中") if reach.folders else Text("", "")
    raise _unusable(name, Text(f"there is no such file{where.en}", f"{where.zh}没有这个文件"))


def _bytes(place: Path, name: str, taken: Takings) -> bytes:
    try:
        if place.stat().st_size > MAX_BYTES:
            raise _unusable(name, Text(f"it is larger than {MAX_BYTES // 2**20} MB", f"超过 {MAX_BYTES // 2**20} MB"))
        return take(place, taken)
    except OSError as error:
        raise _unusable(name, os_reason(error)) from None


def _unusable(name: str, why: Text) -> NotDrawable:
    shown = name if len(name) <= 120 else f"{name[:120]}…"
    return NotDrawable(Text(f"the picture '{shown}' cannot be used: {why.en}", f"无法使用图片“{shown}”：{why.zh}"))


# -- the picture -----------------------------------------------------------------------------------
def _upright(data: bytes) -> Picture:
    """The picture as a Word file can show it: a photograph as it was held, other kinds made PNG or JPEG. Raises
    `NotAPicture`."""
    kind = _kind(data)
    if kind:
        return _through_pillow(data, kind)
    picture = picture_of(data)
    turned = picture.kind == "jpeg" and b"Exif\0\0" in picture.data[:2**16]
    return _through_pillow(picture.data, "JPEG", picture) if turned else picture


def _kind(data: bytes) -> str:
    """What Pillow calls a picture that Word does not show everywhere; "" for any other."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for first, kind in _OTHERS if data.startswith(first)), "")


def _through_pillow(data: bytes, kind: str, known: Picture | None = None) -> Picture:
    """A picture of a `kind` turned upright, as JPEG or PNG; `known` as it is when it stands upright already."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is looked at here
            opened = Image.open(io.BytesIO(data), formats=[kind])
        if opened.width * opened.height > MAX_DOTS:
            raise too_many_dots(opened.size)
        if known and opened.getexif().get(0x0112, 1) == 1:
            return known
        upright = ImageOps.exif_transpose(opened)
        target = io.BytesIO()
        if kind == "JPEG" or (kind == "WEBP" and upright.mode == "RGB"):
            upright.save(target, "JPEG", quality=_QUALITY, icc_profile=opened.info.get("icc_profile"))
        else:
            deep = upright.mode[0] in "IF"  # 16 or 32 bits of a dot
            flat = _in_256_greys(upright) if deep else upright
            shown = flat if flat.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else flat.convert("RGB")
            shown.save(target, "PNG")
    except Image.DecompressionBombError:
        raise NotAPicture(Text("it has more dots than a document can show; save it smaller, some 4,000 dots wide",
                               "它的像素超出了文档所能显示的；请缩小后另存，宽约 4000 像素")) from None
    except NotAPicture:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, AttributeError, ZeroDivisionError,
            OverflowError, MemoryError, RuntimeError, struct.error):  # what Pillow raises for files that are damaged
        raise NotAPicture(BROKEN) from None
    return picture_of(target.getvalue())


def _in_256_greys(picture: Any) -> Any:
    """A picture of deep greys, such as a scanner's, in 256 of them; Pillow itself would make most of them white."""
    low, high = (0, 65_535) if picture.mode.startswith("I;16") else picture.getextrema()
    scale = 255 / ((high - low) or 1)
    deep = picture.convert(picture.mode[0])  # I;16 is I
    return deep.point(lambda dot: dot * scale - low * scale).convert("L")
