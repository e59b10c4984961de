"""Pictures by their paths: fitted into a box, upright, stored once, and never from outside of the project."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image

from folderkit.core.errors import Failed, FolderkitError
from folderkit.core.settings import Firm
from folderkit.documents import Reach, fields_of, pdf_of, render, soffice, template_of_file
from folderkit.documents.drawn import image as image_
from folderkit.documents.drawn import picture as picture_
from folderkit.documents.drawn import reduced
from folderkit.documents.drawn.picture import LOGO_ID
from tests.conftest import Run
from tests.integration.test_documents import p, parts_of, row, text_of, word_parts, write_word

MM = 36_000
HALVES = Image.new("RGB", (80, 40), (200, 0, 0))
HALVES.paste((0, 0, 200), (40, 0, 80, 40))  # red at the left, blue at the right


def picture(path: Path, image: Image.Image = HALVES, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def turned(orientation: int) -> dict[str, Any]:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "A phone"
    return {"exif": exif, "quality": 95}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "project"
    picture(folder / "photos" / "现场 1.png")
    picture(tmp_path / "work" / "outside.png")
    return folder


def made(project: Path, body: str, context: dict[str, Any] | None = None, **others: str) -> bytes:
    path = write_word(project.parent.parent / "a.docx", body, **others)
    return render(template_of_file(path), "en", context or {}, Firm(), reach=Reach((project,)))


def sizes(document: bytes) -> list[tuple[float, float]]:
    """Width and height of each picture in mm."""
    return [(round(int(width) / MM, 2), round(int(height) / MM, 2)) for width, height in
            re.findall(r'<wp:extent cx="(\d+)" cy="(\d+)"', parts_of(document)["word/document.xml"])]


def media(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as file:
        return {name: file.read(name) for name in file.namelist() if name.startswith("word/media/")}


@pytest.mark.parametrize(("tag", "size"), [
    ("image('photos/现场 1.png', 80, 60)", (80, 40)),
    ("image('photos/现场 1.png', 80, 20)", (40, 20)),
    ("image('photos/现场 1.png', 50)", (50, 25)),
    ("image('photos/现场 1.png', height=50)", (100, 50)),
    ("image('photos/现场 1.png')", (21.17, 10.58)),
    ("image('photos\\\\现场 1.png', 80, 60, alt='Yard')", (80, 40)),
    ("photo|fit(80, 60)", (80, 40)),
    ("photo|image", (21.17, 10.58)),
])
def test_a_picture_is_as_large_as_its_box_allows(project: Path, tag: str, size: tuple[float, float]) -> None:
    document = made(project, p("See {{ %s }}!" % tag), {"photo": "photos/现场 1.png"})  # noqa: UP031

    assert sizes(document) == [size]
    assert list(media(document).values()) == [(project / "photos" / "现场 1.png").read_bytes()]
    xml = parts_of(document)["word/document.xml"]
    assert text_of(xml) == ["See !"]
    assert f'descr="{"Yard" if "Yard" in tag else "现场 1"}"' in xml


def test_a_picture_is_stored_once_and_found_from_every_part(project: Path) -> None:
    picture(project / "same.png")
    rows = row("{%tr for f in files %}"), row("{{ f|fit(20, 20) }}"), row("{%tr endfor %}")
    tags = p("{{r image('same.png') }}") + p("{{p image('same.png') }}")
    document = made(project, f"<w:tbl>{''.join(rows)}</w:tbl>{tags}",
                    {"files": ["photos/现场 1.png", "same.png"]}, header1=p("{{ image('same.png', 9, 9) }}"))

    parts = parts_of(document)
    assert len(media(document)) == 1
    for name in ("document", "header1"):
        used = set(re.findall(r'r:embed="(\w+)"', parts[f"word/{name}.xml"]))
        assert used == set(re.findall(r'Id="(\w+)"', parts[f"word/_rels/{name}.xml.rels"]))
    ids = re.findall(r'<wp:docPr id="(\d+)"', parts["word/document.xml"] + parts["word/header1.xml"])
    assert len(set(ids)) == len(ids) == 5
    assert document == made(project, f"<w:tbl>{''.join(rows)}</w:tbl>{tags}",
                            {"files": ["photos/现场 1.png", "same.png"]}, header1=p("{{ image('same.png', 9, 9) }}"))


@pytest.mark.parametrize("orientation", [3, 6, 8, 2])
def test_a_photograph_stands_as_it_was_held(project: Path, orientation: int) -> None:
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270,
            2: Image.Transpose.FLIP_LEFT_RIGHT}[orientation]
    picture(project / "p.jpg", HALVES.transpose(back), **turned(orientation))

    document = made(project, p("{{ image('p.jpg', 80, 80) }}"))

    assert sizes(document) == [(80, 40)]
    shown = Image.open(io.BytesIO(next(iter(media(document).values()))))
    assert shown.getexif() == {}  # and nothing of where it was taken
    assert [shown.crop((at, 20, at + 1, 21)).tobytes()[0] > 100 for at in (20, 60)] == [True, False]


def test_an_upright_photograph_is_taken_byte_for_byte(project: Path) -> None:
    picture(project / "p.jpg", **turned(1))
    assert list(media(made(project, p("{{ image('p.jpg') }}"))).values()) == [(project / "p.jpg").read_bytes()]


@pytest.mark.parametrize(("name", "kind"), [("a.bmp", "PNG"), ("a.tiff", "PNG"), ("a.webp", "JPEG"), ("a.gif", "GIF")])
def test_other_kinds_become_what_every_word_shows(project: Path, name: str, kind: str) -> None:
    picture(project / name)

    document = made(project, p("{{ image('%s', 80, 80) }}" % name))  # noqa: UP031

    (file, data), = media(document).items()
    assert Image.open(io.BytesIO(data)).format == kind
    assert f'Extension="{file.rpartition(".")[2]}"' in parts_of(document)["[Content_Types].xml"]
    assert sizes(document) == [(80, 40)]


@pytest.mark.parametrize("behind", [b"\0" * 20 + b"SEFHd" * 30 + b"SEFT", b"\0\0\0\x20ftypmp42" + b"film" * 900])
def test_what_a_phone_puts_behind_a_photograph_does_no_harm(project: Path, behind: bytes) -> None:
    whole = picture(project / "p.jpg").read_bytes()
    write(project / "phone.jpg", whole + behind)
    write(project / "cut.jpg", whole[: len(whole) // 2] + behind)

    assert list(media(made(project, p("{{ image('phone.jpg') }}"))).values()) == [whole + behind]
    with pytest.raises(Failed, match="broken or incomplete"):
        made(project, p("{{ image('cut.jpg') }}"))


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_deep_greys_of_a_scanner_stay_greys(project: Path, mode: str) -> None:
    deep = Image.new("I;16", (16, 4))
    for place in range(64):
        deep.putpixel((place % 16, place // 16), place % 16 * 4369)
    (deep if mode == "I;16" else deep.convert("I").convert(mode)).save(project / "scan.tiff")

    (data,) = media(made(project, p("{{ image('scan.tiff') }}"))).values()
    shown = Image.open(io.BytesIO(data)).convert("L")
    assert [shown.getpixel((x, 1)) for x in range(16)] == [x * 17 for x in range(16)]


def huge_png(side: int = 30_000) -> bytes:
    """A square in two colours, white at its left and black at its right, a bit for a dot."""
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer, line = zlib.compressobj(1), b"\0" + b"\xff" * (side // 16) + b"\0" * (side // 16)
    lines = b"".join(packer.compress(line * 1000) for _ in range(side // 1000)) + packer.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
            + chunk(b"IDAT", lines) + chunk(b"IEND", b""))


# only its head tells its size
HUGE = huge_png(1000)[:16] + struct.pack(">II", 96_000, 96_000) + huge_png(1000)[24:29]
HUGE += struct.pack(">I", zlib.crc32(HUGE[12:])) + huge_png(1000)[33:]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("tag", "told"), [
    ("image('none.png')", "there is no such file"),
    ("image('photos')", "there is no such file"),
    ("image('../outside.png')", "it lies outside of the project's folder"),
    ("image('photos/../../outside.png')", "it lies outside of the project's folder"),
    ("image('link.png')", "it lies outside of the project's folder"),
    ("image('.hidden/x.png')", "there is no such file"),
    ("image('/etc/passwd')", "name it by its path in the project's folder"),
    ("image('C:/x.png')", "name it by its path in the project's folder"),
    ("image('~/x.png')", "name it by its path in the project's folder"),
    ("image('https://x.org/a.png')", "it is an address"),
    ("image('x' * 5000)", "there is no such file"),
    ("image('notes.txt')", "neither PNG, JPEG nor GIF"),
    ("image('cut.png')", "broken or incomplete"),
    ("image('cut.jpg')", "broken or incomplete"),
    ("image('cut.webp')", "broken or incomplete"),
    ("image('huge.png')", "it has 96000 × 96000 dots, more than a document can show; save it smaller"),
    ("image('a.svg')", "it is an SVG drawing; in the program it was drawn with, export it as PNG"),
    ("image('b.svg')", "it is an SVG drawing"),
    ("image('a.xml')", "neither PNG, JPEG nor GIF"),
    ("image('a.heic')", "it is a HEIC photograph; open it in the program that shows it, save it as PNG (or JPEG)"),
    ("image('a.avif')", "it is an AVIF picture; open it in the program that shows it, save it as PNG (or JPEG)"),
    ("image('a.mp4')", "it is a film"),
    ("image('a.emf')", "it is a Windows metafile (EMF or WMF); in the program it was drawn with, export it as PNG"),
    ("image('a.pdf')", "it is PDF; save its page as PNG"),
    ("image('empty.png')", "neither PNG, JPEG nor GIF"),
    ("image('photos/现场 1.png', -5, 10)", "the box must be 1 to 1000 mm"),
    ("image('photos/现场 1.png', 'wide')", "the box must be 1 to 1000 mm"),
    ("image()", "what stands in its brackets does not fit"),
])
def test_what_cannot_be_shown_is_told_with_its_tag(project: Path, tag: str, told: str) -> None:
    picture(project / ".hidden" / "x.png")
    (project / "link.png").symlink_to(project.parent / "outside.png")
    whole = {name: picture(project / f"whole.{name}").read_bytes() for name in ("png", "jpg", "webp")}
    for name, data in whole.items():
        write(project / f"cut.{name}", data[: len(data) * 2 // 3])
    for name, data in (
            ("notes.txt", b"words"), ("huge.png", HUGE), ("a.pdf", b"%PDF-1.7"), ("empty.png", b""),
            ("a.svg", b'<?xml version="1.0"?><svg/>'), ("b.svg", b"\xef\xbb\xbf<!-- drawn -->\n<svg xmlns='x'/>"),
            ("a.xml", b"<?xml version='1.0'?><x/>"), ("a.heic", b"\0\0\0\x18ftypheic"),
            ("a.avif", b"\0\0\0\x18ftypavif"), ("a.mp4", b"\0\0\0\x18ftypisom"),
            ("a.emf", b"\x01\0\0\0l\0\0\0")):
        write(project / name, data)

    with pytest.raises(FolderkitError) as caught:
        made(project, p("{{ %s }}" % tag))  # noqa: UP031

    assert told in caught.value.message.en
    assert "(paragraph 1)" in caught.value.message.en
    assert re.search("[一-龥]", caught.value.message.zh)


def test_no_picture_is_read_where_no_folder_is_given(project: Path) -> None:
    path = write_word(project.parent / "a.docx", p("{{ image('photos/现场 1.png') }}"))
    with pytest.raises(FolderkitError, match="there is no such file"):
        render(template_of_file(path), "en", {}, Firm())


def test_no_path_is_no_picture_and_a_field_may_be_called_image(project: Path) -> None:
    document = made(project, p("[{{ photo|fit(9, 9) }}{{ image(none) }}] {{ image }}"),
                    {"photo": "", "none": None, "image": "words"})
    assert text_of(parts_of(document)["word/document.xml"]) == ["[] words"]
    assert not media(document)


# -- room ------------------------------------------------------------------------------------------
def section(width: int, height: int, margin: int = 1440, more: str = "") -> str:
    """The properties of a section: page and margins in twips."""
    return (f'<w:sectPr><w:pgSz w:w="{width}" w:h="{height}"/><w:pgMar w:top="{margin}" w:right="{margin}" '
            f'w:bottom="{margin}" w:left="{margin}" w:header="708" w:footer="708" w:gutter="0"/>{more}</w:sectPr>')


def width_of(twips: int) -> float:
    return round(twips * 635 / MM, 1)


PORTRAIT, LANDSCAPE = section(11906, 16838), section(16838, 11906)
BIG = p("{{ image('big.png') }}")


@pytest.mark.parametrize(("body", "widths"), [
    (BIG + PORTRAIT, [11906 - 2880]),
    (BIG + section(11906, 16838, 600), [11906 - 1200]),
    (BIG + f"<w:p><w:pPr>{PORTRAIT}</w:pPr></w:p>" + BIG + LANDSCAPE, [11906 - 2880, 16838 - 2880]),
    (f"<w:p><w:pPr>{LANDSCAPE}</w:pPr><w:r><w:t>{{{{ image('big.png') }}}}</w:t></w:r></w:p>" + PORTRAIT,
     [16838 - 2880]),
    (BIG + section(11906, 16838, 1440, '<w:cols w:num="2" w:space="708"/>'), [(11906 - 2880 - 708) // 2]),
    (BIG + section(11906, 16838, 1440, '<w:cols w:num="2" w:equalWidth="0"><w:col w:w="3000" w:space="700"/>'
                                       '<w:col w:w="5326"/></w:cols>'), [3000]),
    (BIG + section(11906, 16838, 1440).replace('w:gutter="0"', 'w:gutter="300"'), [11906 - 2880 - 300]),
    (BIG + '<w:sectPr><w:pgSz w:w="100" w:h="100"/><w:pgMar w:left="90" w:right="90"/></w:sectPr>', [9071]),
    (BIG, [9071]),
    (p("{%p for n in (1, 2) %}") + BIG + p("{%p endfor %}") + LANDSCAPE, [16838 - 2880] * 2),
])
def test_a_picture_without_a_box_is_no_wider_than_the_text_of_its_section(project: Path, body: str, widths: list[int]
                                                                          ) -> None:
    picture(project / "big.png", Image.new("1", (3000, 300)))

    document = made(project, body, header1=BIG)

    assert [round(width, 1) for width, _ in sizes(document)] == [width_of(width) for width in widths]
    assert all(height == pytest.approx(width / 10, abs=0.02) for width, height in sizes(document))
    parts = parts_of(document)
    assert "folderkit=" not in parts["word/document.xml"] + parts["word/header1.xml"]
    assert 'cx="5760000"' in parts["word/header1.xml"]
    assert re.findall(r'<a:ext cx="(\d+)"', parts["word/document.xml"]) == re.findall(
        r'<wp:extent cx="(\d+)"', parts["word/document.xml"])


def cell(inside: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def tcw(width: int, kind: str = "dxa") -> str:
    return f'<w:tcW w:w="{width}" w:type="{kind}"/>'


def table(*cells: str, grid: tuple[int, ...] = (2000, 7000), properties: str = "") -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in grid)
    return (f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{columns}</w:tblGrid><w:tr>{''.join(cells)}</w:tr>"
            f"</w:tbl>")


MARGINS = '<w:tblCellMar><w:left w:w="50" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
BORDERS = '<w:tblBorders><w:left w:val="single" w:sz="900"/><w:right w:val="single" w:sz="900"/></w:tblBorders>'
BOX = f'<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>{BIG}' \
      "</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"


@pytest.mark.parametrize(("body", "widths"), [
    (table(cell(BIG, tcw(2000)), cell(BIG, tcw(7000))) + BIG, [2000 - 216, 7000 - 216, 9026]),
    (table(cell(BIG), cell(BIG, tcw(0, "auto"))), [2000 - 216, 7000 - 216]),  # as wide as their columns
    (table(cell(BIG, tcw(5000, "pct") + '<w:gridSpan w:val="2"/>'), grid=(2000, 3000, 4000)), [5000 - 216]),
    (table(cell(p("a"), '<w:gridSpan w:val="2"/>'), cell(BIG), grid=(2000, 3000, 4000)), [4000 - 216]),
    (table(cell(BIG), cell(BIG), properties=MARGINS + BORDERS), [2000 - 120, 7000 - 120]),
    (table(cell(BIG, tcw(2000) + '<w:tcMar><w:start w:w="0" w:type="dxa"/></w:tcMar>'), cell(BIG)),
     [2000 - 108, 7000 - 216]),
    (table(cell(table(cell(BIG, tcw(900)), grid=(900,)) + BIG, tcw(2000)), cell(BIG)),
     [900 - 216, 2000 - 216, 7000 - 216]),
    (table(cell(BIG), cell(BIG), grid=()), [9026, 9026]),  # nothing tells how wide they are
    (table(cell(BIG, tcw(20_000))), [9026]),
    (table(cell(BOX, tcw(2000)), cell(BIG)), [9026, 7000 - 216]),  # a box of text has a width of its own
])
def test_a_picture_without_a_box_is_no_wider_than_its_cell(project: Path, body: str, widths: list[int]) -> None:
    picture(project / "big.png", Image.new("1", (3000, 300)))

    document = made(project, body + PORTRAIT, header1=table(cell(BIG), cell(p("x"))))

    assert [width for width, _ in sizes(document)] == [pytest.approx(width_of(width), abs=0.1) for width in widths]
    header = parts_of(document)["word/header1.xml"]
    assert "folderkit=" not in header
    assert f'cx="{(2000 - 216) * 635}"' in header


def test_a_picture_fits_the_cell_that_a_loop_over_columns_leaves(project: Path) -> None:
    picture(project / "big.png", Image.new("1", (3000, 300)))
    cells = [cell(p(text), tcw(width)) for text, width in (
        ("{%tc for x in (1, 2, 3) %}", 100), ("{{ image('big.png') }}", 3000), ("{%tc endfor %}", 100))]
    document = made(project, table(*cells, grid=(100, 3000, 100)) + PORTRAIT)
    widths = {int(found) for found in re.findall(r'<w:tcW w:w="(\d+)"', parts_of(document)["word/document.xml"])}
    assert {round(width, 1) for width, _ in sizes(document)} == {width_of(widths.pop() - 216)}
    assert not widths


def test_a_tall_picture_stays_on_its_page_and_a_small_one_as_it_is(project: Path) -> None:
    picture(project / "tall.png", Image.new("1", (300, 9000)))
    document = made(project, p("{{ image('tall.png') }}") + p("{{ image('photos/现场 1.png') }}") + LANDSCAPE)
    assert sizes(document)[0][1] == pytest.approx((11906 - 2880) * 635 / MM * 0.93, abs=0.1)
    assert sizes(document)[1] == (21.17, 10.58)


def test_a_picture_of_an_included_file_fits_where_it_comes_to_stand(project: Path) -> None:
    picture(project / "big.png", Image.new("1", (3000, 300)))
    write_word(project.parent.parent / "part.docx", BIG + LANDSCAPE)
    tag = "{{p include('part.docx'%s) }}"
    document = made(project, p(tag % "") + p(tag % ", section=True") + PORTRAIT)
    assert [round(width, 1) for width, _ in sizes(document)] == [width_of(11906 - 2880), width_of(16838 - 2880)]
    assert "folderkit=" not in parts_of(document)["word/document.xml"]


# -- more dots than a document can show ------------------------------------------------------------
_IN_A_PROCESS = r"""
import re, sys
from pathlib import Path
from folderkit.core.settings import Firm
from folderkit.documents import Reach, render, template_of_file
folder = Path(sys.argv[1])
Path(sys.argv[2]).write_bytes(render(template_of_file(folder / "a.docx"), "en", {}, Firm(), reach=Reach((folder,))))
print(int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has had in memory is told by /proc")
def test_a_plan_of_900_million_dots_is_made_smaller_line_by_line(project: Path) -> None:
    write(project / "plan.png", huge_png())
    write_word(project / "a.docx", p("{{ image('plan.png') }}") + PORTRAIT)

    ran = subprocess.run([sys.executable, "-c", _IN_A_PROCESS, project, project / "made.docx"], capture_output=True,
                         text=True, check=True)

    assert int(ran.stdout) < 400  # MB; a byte for each dot would be 900
    document = (project / "made.docx").read_bytes()
    assert sizes(document)[0][0] == pytest.approx(width_of(11906 - 2880), abs=0.1)
    (data,) = media(document).values()
    shown = Image.open(io.BytesIO(data)).convert("L")
    assert shown.size == (4000, 4000)
    assert [shown.getpixel((at, 2000)) for at in (10, 1990, 2010, 3990)] == [255, 255, 0, 0]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_large_png_keeps_its_colours(project: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(picture_, "MAX_DOTS", 1000)
    monkeypatch.setattr(reduced, "_SIDE", 40)
    picture(project / "p.png", HALVES.convert(mode, dither=Image.Dither.NONE))

    (data,) = media(made(project, p("{{ image('p.png') }}"))).values()

    shown = Image.open(io.BytesIO(data)).convert("RGB")
    expected = HALVES.convert(mode, dither=Image.Dither.NONE).convert("RGB").resize((40, 20))
    assert shown.size == (40, 20)
    for at in (5, 35):
        assert shown.getpixel((at, 10)) == pytest.approx(expected.getpixel((at, 10)), abs=2)


def test_a_large_photograph_is_made_smaller_and_stands_upright(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_, "MAX_DOTS", 10_000)
    monkeypatch.setattr(reduced, "_SIDE", 60)
    picture(project / "p.jpg", HALVES.resize((1600, 800)).transpose(Image.Transpose.ROTATE_90), **turned(6))

    (data,) = media(made(project, p("{{ image('p.jpg') }}"))).values()

    shown = Image.open(io.BytesIO(data))
    assert (shown.format, shown.size) == ("JPEG", (60, 30))
    red = shown.getchannel("R").tobytes()
    assert [red[15 * 60 + at] > 100 for at in (10, 50)] == [True, False]


@pytest.mark.parametrize(("name", "image", "options"), [
    ("p.png", HALVES.convert("RGBA"), {}), ("p.gif", HALVES, {}), ("p.jpg", HALVES, {"progressive": True}),
    ("p.png", HALVES.convert("P"), {"transparency": 0}), ("p.tiff", HALVES, {})])
def test_what_would_have_to_be_unpacked_whole_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, image: Image.Image, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(picture_, "MAX_DOTS", 1000)
    monkeypatch.setattr(image_, "MAX_DOTS", 1000)
    picture(project / name, image, **options)
    with pytest.raises(FolderkitError, match="80 × 40 dots, more than a document can show; save it smaller"):
        made(project, p("{{ image('%s') }}" % name))  # noqa: UP031


@pytest.mark.parametrize("data", [b"", b"no lines"])
def test_a_large_png_without_its_lines_is_broken(project: Path, data: bytes) -> None:
    whole = huge_png()
    lines = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    write(project / "p.png", whole[:33] + lines + whole[-12:])
    with pytest.raises(FolderkitError, match="broken or incomplete"):
        made(project, p("{{ image('p.png') }}"))


# -- placeholders ----------------------------------------------------------------------------------
_DRAWING = (
    '<w:p><w:r><w:drawing xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><wp:inline>'
    '<wp:extent cx="{cx}" cy="{cy}"/><wp:docPr id="7" name="P" descr="{tag}"/><a:graphic><a:graphicData '
    'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr>'
    '<pic:cNvPr id="0" name="P" descr="{tag}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId9"/>'
    '<a:srcRect l="10000"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
    '<a:ext cx="{cx}" cy="{cy}"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    '</wp:inline></w:drawing></w:r></w:p>')


def placeholder(tag: str, width: int = 60, height: int = 60) -> str:
    return _DRAWING.format(tag=tag.replace('"', "&quot;"), cx=width * MM, cy=height * MM)


def with_sample(path: Path, body: str) -> Path:
    parts = word_parts(body)
    types = parts["[Content_Types].xml"].decode()
    png = '<Default Extension="png" ContentType="image/png"/>'
    parts["[Content_Types].xml"] = types.replace("<Default", f"{png}<Default", 1).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
        file.writestr("word/media/sample.png", b"sample")
        file.writestr("word/_rels/document.xml.rels", (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
            'Target="media/sample.png"/></Relationships>'))
    return path


@pytest.mark.parametrize("tag", [
    '{{ image("photos/现场 1.png") }}', "{{ image(photo) }}", "{{ photo|image }}", "{{ photo | fit(10, 10) }}",
    "{{ image(photo, 5, 5) }}"])
def test_a_placeholder_shows_the_picture_of_its_tag_in_its_own_box(project: Path, tag: str) -> None:
    path = with_sample(project / "a.docx", placeholder(tag))

    document = render(template_of_file(path), "en", {"photo": "photos/现场 1.png"}, Firm(), reach=Reach((project,)))

    xml = parts_of(document)["word/document.xml"]
    assert sizes(document) == [(60, 30)]
    assert f'<a:ext cx="{60 * MM}" cy="{30 * MM}"/>' in xml
    assert "srcRect" not in xml
    assert xml.count('descr="现场 1"') == 2
    ident = re.search(r'r:embed="(\w+)"', xml)
    assert ident
    relations = parts_of(document)["word/_rels/document.xml.rels"]
    assert re.search(f'Id="{ident[1]}"[^>]*Target="media/folderkit-', relations)


def test_placeholders_in_loops_show_each_their_own_and_none_for_nothing(project: Path) -> None:
    picture(project / "tall.png", HALVES.rotate(90, expand=True))
    body = p("{%p for f in files %}") + placeholder("{{ image(f) }}") + p("{%p endfor %}")
    path = with_sample(project / "a.docx", body)

    document = render(template_of_file(path), "en", {"files": ["photos/现场 1.png", "", "tall.png"]}, Firm(),
                      reach=Reach((project,)))

    assert sizes(document) == [(60, 30), (30, 60)]
    assert {field.name for field in fields_of(template_of_file(path), "en")} == {"files"}


def test_a_placeholder_may_show_the_logo(project: Path) -> None:
    path = with_sample(project / "a.docx", placeholder("{{ firm.logo|fit(10, 10) }}"))
    firm = Firm(logo=str(project / "photos" / "现场 1.png"))

    document = render(template_of_file(path), "en", {}, firm)

    assert f'r:embed="{LOGO_ID}"' in parts_of(document)["word/document.xml"]
    assert sizes(document) == [(60, 30)]


def test_a_placeholder_whose_picture_is_wrong_is_told_as_it_was_written(project: Path) -> None:
    path = with_sample(project / "a.docx", p("one") + placeholder("{{ image('none.png') }}"))

    with pytest.raises(FolderkitError) as caught:
        render(template_of_file(path), "en", {}, Firm(), reach=Reach((project,)))

    assert "{{ image('none.png') }} cannot be computed" in caught.value.message.en
    assert "(paragraph 2)" in caught.value.message.en


def test_other_tags_in_an_alternative_text_stay_words(project: Path) -> None:
    path = with_sample(project / "a.docx", placeholder("{{ name }}"))
    xml = parts_of(render(template_of_file(path), "en", {"name": "A & B"}, Firm()))["word/document.xml"]
    assert 'descr="A &amp; B"' in xml
    assert 'r:embed="rId9"' in xml


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_shows_the_pictures(project: Path) -> None:
    picture(project / "p.jpg", HALVES.transpose(Image.Transpose.ROTATE_90), **turned(6))
    tags = placeholder("{{ image('photos/现场 1.png') }}") + p("{{ image('p.jpg', 60, 60) }}")
    path = with_sample(project / "a.docx", tags)

    pdf = pdf_of(render(template_of_file(path), "en", {}, Firm(), reach=Reach((project,))))

    shown = [found.get_bounds() for found in pypdfium2.PdfDocument(pdf)[0].get_objects() if found.type == 3]
    assert [(round((right - left) / 72 * 25.4), round((top - bottom) / 72 * 25.4))
            for left, bottom, right, top in shown] == [(60, 30), (60, 30)]


# -- as a person fills -----------------------------------------------------------------------------
def test_fill_takes_pictures_of_the_project_and_beside_a_bare_file(run: Run, tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    path = write_word(tmp_path / "letter.docx", p("{{ image('a.png', 20, 20) }}"))
    assert run("fill", str(path), "--out", str(tmp_path / "made.docx")).code == 0
    assert sizes((tmp_path / "made.docx").read_bytes()) == [(20, 10)]

    assert run("init", str(tmp_path / "ws")).code == 0
    assert run("new", "Site", "--client", "Acme", cwd=tmp_path / "ws").code == 0
    folder = next(found.parent for found in (tmp_path / "ws").rglob("project.yaml"))
    refused = run("fill", str(path), "-p", "Site", cwd=tmp_path / "ws")
    assert refused.code == 1
    assert f"there is no such file in '{folder}'" in refused.err
    picture(folder / "a.png")
    picture(tmp_path / "ws" / "seal.png")
    write_word(path, p("{{ image('a.png', 40, 40) }}") + p("{{ image('seal.png', 30, 30) }}"))
    assert run("fill", str(path), "-p", "Site", "--quick", cwd=tmp_path / "ws").code == 0
    assert sizes(next(folder.rglob("letter*.docx")).read_bytes()) == [(40, 20), (30, 15)]
