"""Pictures in documents: read, checked, and drawn into a box."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from folderkit.core.errors import Failed, os_failure
from folderkit.core.language import Text
from folderkit.documents.drawn.drawing import EMU_PER_MM, Drawing, NoText, picture_drawing
from folderkit.documents.parts.taken import Takings, take

MAX_BYTES = 10 * 2**20
MAX_DOTS = 80_000_000  # 240 MB once unpacked; phones make 50
LOGO_ID = "rIdFirmLogo"
_KINDS = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif"}
_BOX = (42, 14)  # mm, for a tag that names no box
_HEIC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))  # brands, ISO 23008-12
_PHOTOGRAPH = Text("; open it in the program that shows it, save it as PNG (or JPEG), and name that file here",
                   "；请用能打开它的程序另存为 PNG（或 JPEG），再在这里写那个文件")
_DRAWN = Text("; in the program it was drawn with, export it as PNG, some 2,000 dots wide, and name that file here",
              "；请在绘图软件中导出为 PNG（宽约 2000 像素），再在这里写那个文件")


@dataclass(frozen=True)
class Picture(NoText):
    """A picture that a tag can draw: ``{{ firm.logo }}``, or ``{{ firm.logo|fit(60, 20) }}`` with a box in mm."""

    data: bytes
    kind: str
    width: int
    height: int
    ident: str = LOGO_ID

    @property
    def content_type(self) -> str:
        return _KINDS[self.kind]

    @property
    def suffix(self) -> str:
        return "jpg" if self.kind == "jpeg" else self.kind

    def drawing(self, width: float, height: float) -> Drawing:
        """The picture, as large as the box of `width` × `height` mm allows."""
        return picture_drawing(self.ident, fitted((self.width, self.height), width, height), "logo", "logo")

    def __html__(self) -> str:
        return self.drawing(*_BOX).xml


def fitted(size: tuple[int, int], width: float, height: float) -> tuple[int, int]:
    """The size in EMU of what has the proportions of `size`, as large as a box of `width` × `height` mm allows."""
    scale = min(width / size[0], height / size[1]) * EMU_PER_MM
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


BROKEN = Text("the picture is broken or incomplete", "图片已损坏或不完整")


class NotAPicture(ValueError):
    """Bytes that are no picture that a Word file can show; `message` says what they are instead."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def too_many_dots(size: tuple[int, int]) -> NotAPicture:
    """The error for a picture that is too large."""
    return NotAPicture(Text(
        f"it has {size[0]} × {size[1]} dots, more than a document can show; save it smaller, some 4,000 dots wide",
        f"它有 {size[0]} × {size[1]} 个像素，超出了文档所能显示的；请缩小后另存，宽约 4000 像素"))


def read_picture(path: Path, field: str, taken: Takings | None = None) -> Picture:
    """The picture at `path`, noted in `taken`. Raises `Failed`, naming `field`, when it is missing, broken or of an
    unknown kind."""
    try:
        data = take(path, taken)
    except OSError as error:
        raise os_failure(Text(f"read the picture of {field}", f"读取 {field} 的图片"), error, path) from None
    if len(data) > MAX_BYTES:
        raise _fault(path, field, Text("it is larger than 10 MB", "超过 10 MB"))
    try:
        return picture_of(data)
    except NotAPicture as error:
        raise _fault(path, field, error.message) from None


def picture_of(data: bytes) -> Picture:
    """The picture that the bytes are, by their own look and no file's name; one of more dots than a document can show
    made smaller. Raises `NotAPicture`."""
    for kind, size_of in (("png", _png_size), ("jpeg", _jpeg_size), ("gif", _gif_size)):
        try:
            size = size_of(data)
        except (struct.error, IndexError):
            size = (0, 0)
        if size is not None:
            if 0 in size:
                raise NotAPicture(BROKEN)
            if size[0] * size[1] > MAX_DOTS:
                from folderkit.documents.drawn.reduced import reduced

                return reduced(data, kind, size)
            return Picture(data, kind, *size)
    raise NotAPicture(_instead(data))


def _instead(data: bytes) -> Text:
    """What bytes are that Word does not show everywhere, and what to do with them."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return _named("a HEIC photograph", "HEIC 照片", _PHOTOGRAPH)
    if data[4:12] == b"ftypavif":
        return _named("an AVIF picture", "AVIF 图片", _PHOTOGRAPH)
    if data[4:8] == b"ftyp":
        return Text("it is a film; save one picture of it as PNG or JPEG", "它是视频，请把其中一幅画面存为 PNG 或 JPEG")
    if start.startswith(b"<") and b"<svg" in start:
        return _named("an SVG drawing", "SVG 矢量图", _DRAWN)
    if data.startswith((b"\x01\0\0\0", b"\xd7\xcd\xc6\x9a")):
        return _named("a Windows metafile (EMF or WMF)", "Windows 图元文件（EMF 或 WMF）", _DRAWN)
    if data.startswith(b"%PDF"):
        return Text("it is PDF; save its page as PNG", "它是 PDF，请把该页另存为 PNG")
    return Text("it is neither PNG, JPEG nor GIF", "不是 PNG、JPEG 或 GIF 图片")


def _named(en: str, zh: str, todo: Text) -> Text:
    return Text(f"it is {en}{todo.en}", f"它是 {zh}{todo.zh}")


def _fault(path: Path, field: str, why: Text) -> Failed:
    return Failed(
        Text(f"{field}: '{path}' cannot be used: {why.en}.", f"{field}：无法使用“{path}”：{why.zh}。"),
        Text("Save it as PNG again, or remove the setting.", "请另存为 PNG，或删除该设置。"))


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, (0, 0) when a chunk is cut off or damaged, None when it is no PNG."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    at, ended = 8, False
    while at < len(data) and not ended:
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 4: at + 8 + length]
        if struct.unpack_from(">I", data, at + 8 + length)[0] != zlib.crc32(body):
            return 0, 0
        ended = name == b"IEND"
        at += 12 + length
    width, height = struct.unpack_from(">II", data, 16)
    return (width, height) if ended else (0, 0)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """As `_png_size`. Behind its end there may be more: phones put films and notes of their own there."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at, size = 2, (0, 0)
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == 0xDA:  # the picture itself follows (ITU-T T.81, B.2.3)
            return size if data.find(b"\xff\xd9", at) > 0 else (0, 0)
        length = struct.unpack_from(">H", data, at + 2)[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = width, height
        at += 2 + length
    return 0, 0


def _gif_size(data: bytes) -> tuple[int, int] | None:
    if not data.startswith((b"GIF87a", b"GIF89a")):
        return None
    width, height = struct.unpack_from("<HH", data, 6)
    return (width, height) if data.rstrip(b"\0").endswith(b";") else (0, 0)
