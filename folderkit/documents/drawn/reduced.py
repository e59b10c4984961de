"""Pictures of more dots than a document can show, as plans are scanned, made smaller without ever being unpacked whole:
a JPEG by what its decoder offers, a PNG by PDFium, whose format for pictures PDF has taken over (ISO 32000-1, 7.4.4.4)
and which goes through it line by line."""

from __future__ import annotations

import io
import math
import struct
import threading
import zlib
from collections.abc import Iterator

from folderkit.documents.drawn.picture import BROKEN, NotAPicture, Picture, picture_of, too_many_dots

MOST_DOTS = 1_000_000_000
MOST_BYTES = 3_000_000_000  # unpacked, of which a PNG is read one line at a time
_SIDE = 4000  # dots that are left of the longer side: 600 to the inch of a page
_BEGINNING = 4096  # bytes of a PNG's lines that are looked at
_FAINT = 16  # what the shorter side has at least
_QUALITY = 92
_ALONE = threading.Lock()  # PDFium is not made for threads
_SPACES = {0: (1, b"/DeviceGray"), 2: (3, b"/DeviceRGB"), 3: (1, b"")}  # of PNG's colour types: values per dot, name


def reduced(data: bytes, kind: str, size: tuple[int, int]) -> Picture:
    """The picture with 4,000 dots along its longer side. Raises `NotAPicture` when it is too large even for that, or of
    a kind that has to be unpacked whole."""
    scale = _SIDE / max(size)
    wanted = (max(_FAINT, round(size[0] * scale)), max(_FAINT, round(size[1] * scale)))
    if math.prod(size) <= MOST_DOTS:
        if kind == "png" and (pdf := _as_pdf(data, size, wanted)):
            return picture_of(_drawn(pdf))
        if kind == "jpeg" and not _is_progressive(data):
            return picture_of(_from_jpeg(data, wanted))
    raise too_many_dots(size)


def _from_jpeg(data: bytes, wanted: tuple[int, int]) -> bytes:
    from PIL import ImageOps
    from PIL.JpegImagePlugin import JpegImageFile

    try:
        opened = JpegImageFile(io.BytesIO(data))  # not by `Image.open`, which looks at its size before
        opened.draft(None, wanted)
        if math.prod(opened.size) > MOST_DOTS // 32:  # it can be had in an eighth of each side
            raise NotAPicture(BROKEN)
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((_SIDE, _SIDE))
        target = io.BytesIO()
        upright.save(target, "JPEG", quality=_QUALITY)
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, MemoryError, struct.error):
        raise NotAPicture(BROKEN) from None
    return target.getvalue()


def _is_progressive(data: bytes) -> bool:
    """Whether a JPEG is stored in several passes, which its decoder keeps whole in memory."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):
            return data[at + 1] > 0xC1
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return True


# -- PNG -------------------------------------------------------------------------------------------
def _as_pdf(data: bytes, size: tuple[int, int], page: tuple[int, int]) -> bytes:
    """A PDF with a page of so many dots that holds a PNG; b"" for one with transparency, or stored in passes. Raises
    `NotAPicture` for one that is damaged."""
    depth, color, _, _, passes = struct.unpack_from(">BBBBB", data, 24)
    chunks = list(_chunks(data))
    if color not in _SPACES or passes or any(name == b"tRNS" for name, _ in chunks):
        return b""
    values, space = _SPACES[color]
    if size[1] * (size[0] * depth * values // 8 + 1) > MOST_BYTES:
        return b""
    if color == 3:
        palette = next((body for name, body in chunks if name == b"PLTE"), b"")
        space = b"[/Indexed /DeviceRGB %d <%s>]" % (len(palette) // 3 - 1, palette.hex().encode())
    body = b"".join(part for name, part in chunks if name == b"IDAT")
    try:
        whole = zlib.decompressobj().decompress(body[:_BEGINNING], 1) != b""
    except zlib.error:
        whole = False
    if not whole:
        raise NotAPicture(BROKEN)
    picture = (b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent %d/ColorSpace %s/Filter/FlateDecode"
               b"/DecodeParms<</Predictor 15/Colors %d/BitsPerComponent %d/Columns %d>>"
               % (*size, depth, space, values, depth, size[0]))
    content = b"%d 0 0 %d 0 0 cm /P Do" % page
    one = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R/Resources<</XObject<</P 5 0 R>>>>>>" % page
    return _pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", one,
                _stream(b"", content), _stream(picture, body))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _stream(about: bytes, body: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (about, len(body), body)


def _pdf(*objects: bytes) -> bytes:
    pieces, at, places = [b"%PDF-1.5\n"], 9, []
    for number, each in enumerate(objects, 1):
        places.append(at)
        pieces.append(b"%d 0 obj%s\nendobj\n" % (number, each))
        at += len(pieces[-1])
    count = len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = (b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
           % (count, table, count, at))
    return b"".join([*pieces, end])


def _drawn(pdf: bytes) -> bytes:
    """The page as PNG."""
    import pypdfium2  # type: ignore[import-untyped]

    with _ALONE:
        document = pypdfium2.PdfDocument(pdf)
        try:
            shown = document[0].render(scale=1, rev_byteorder=True).to_pil().convert("RGB")
        finally:
            document.close()
    target = io.BytesIO()
    shown.save(target, "PNG", compress_level=zlib.Z_BEST_SPEED + 5)
    return target.getvalue()
