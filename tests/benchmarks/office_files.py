"""A firm's 5,000 files, about 1.3 GB, made by us, always the same: Word, PowerPoint, Excel, ODT, PDF, text, pictures,
archives, drawings. Every thirtieth is a copy of another one, as mailed files are."""

from __future__ import annotations

import random
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.office_parts import RICH, boilerplate, jpeg, package, paragraphs, png

VERSION = 1  # of what is made: a cached corpus of another one is made again
COUNT = 5000
_COPY_EVERY = 30
_FOLDERS = 400
_AREAS = ("项目信息", "沟通记录", "进度追踪", "重要文档", "财务记录", "风险管理", "Drawings", "Deliverables")
_NAMES = ("合同", "会议纪要", "周报", "报价单", "Report", "Minutes", "图纸", "Budget")
_OFFICE = "http://schemas.openxmlformats.org"
_WORD, _SHEET = f"{_OFFICE}/wordprocessingml/2006/main", f"{_OFFICE}/spreadsheetml/2006/main"
_SLIDE, _DRAWING = f"{_OFFICE}/presentationml/2006/main", f"{_OFFICE}/drawingml/2006/main"
_LINKS = f"{_OFFICE}/officeDocument/2006/relationships"


class Chances(NamedTuple):
    """Two sources of one file: `still` is the same in each of its editions (pictures), `text` another in each."""

    still: random.Random
    text: random.Random
    language: str


@dataclass(frozen=True)
class Kind:
    """How many of a hundred files are such, the median of their sizes and how far they spread (sigma of the log)."""

    suffix: str
    share: int
    median: int
    spread: float
    make: Callable[[Chances, int], bytes]


# -- the corpus ------------------------------------------------------------------------------------
def make_corpus(root: Path, count: int = COUNT, scale: float = 1.0) -> None:
    """Make `count` files below `root`; `scale` makes their sizes smaller."""
    for number in range(count):
        path = root / path_of(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content_of(number, scale=scale))


def cached_corpus(cache: Path, count: int = COUNT) -> Path:
    """The folder with the files, made when first asked for, and kept. Nothing may be changed in it."""
    folder = cache / f"office-files-{VERSION}-{count}"
    if not folder.is_dir():
        for old in cache.glob("office-files-*"):
            shutil.rmtree(old)
        making = cache / "office-files-making"
        make_corpus(making, count)
        making.rename(folder)
    return folder


def change(root: Path, numbers: Iterator[int] | range, edition: int, scale: float = 1.0) -> None:
    """Save these files again as another edition: another text, the same pictures."""
    for number in numbers:
        (root / path_of(number)).write_bytes(content_of(number, edition, scale))


def path_of(number: int) -> str:
    """Where file `number` lies, relative to the root."""
    chance = random.Random(f"place {number}")
    folder = chance.randrange(_FOLDERS)
    area = _AREAS[folder % len(_AREAS)]
    name, suffix = chance.choice(_NAMES), _kind(_source(number)).suffix
    return f"{area}/{folder // len(_AREAS):02d}/{name}_{number:05d}.{suffix}"


def content_of(number: int, edition: int = 0, scale: float = 1.0) -> bytes:
    """The bytes of file `number` in one of its editions."""
    source = _source(number) if edition == 0 else number
    kind = _kind(source)
    still = random.Random(f"still {source}")
    size = int(min(still.lognormvariate(0, kind.spread) * kind.median, 24e6) * scale)
    text = random.Random(f"text {source} {edition}")
    return kind.make(Chances(still, text, "zh" if still.random() < 0.6 else "en"), max(size, 600))


def _source(number: int) -> int:
    """The file of which `number` is a copy; itself mostly."""
    return number // 2 if number % _COPY_EVERY == _COPY_EVERY - 1 else number


def _kind(number: int) -> Kind:
    while number % _COPY_EVERY == _COPY_EVERY - 1:
        number = _source(number)
    point = random.Random(f"kind {number}").randrange(sum(kind.share for kind in KINDS))
    for kind in KINDS:
        point -= kind.share
        if point < 0:
            return kind
    raise AssertionError("shares do not add up")


# -- each kind -------------------------------------------------------------------------------------
def _shared_out(chances: Chances, size: int, without: float) -> tuple[int, list[int]]:
    """The bytes of deflated text, and of each picture; a share of the files has no pictures."""
    if chances.still.random() < without or size < 20_000:
        return size, []
    for_text = min(int(size * chances.still.uniform(0.05, 0.5)), 200_000)
    count = chances.still.randint(1, 8)
    weights = [chances.still.expovariate(1) + 0.1 for _ in range(count)]
    return for_text, [int((size - for_text) * weight / sum(weights)) for weight in weights]


def _pictures(chances: Chances, folder: str, sizes: list[int]) -> Iterator[tuple[str, bytes]]:
    for number, size in enumerate(sizes, start=1):
        if chances.still.random() < 0.65:
            yield f"{folder}/image{number}.jpeg", jpeg(chances.still, size)
        else:
            yield f"{folder}/image{number}.png", png(chances.still, size)


def _types(main: str, kind: str) -> list[tuple[str, str | bytes]]:
    types = (f'<Types xmlns="{_OFFICE}/package/2006/content-types"><Default Extension="rels" ContentType="application/'
             'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
             f'<Default Extension="jpeg" ContentType="image/jpeg"/><Default Extension="png" ContentType="image/png"/>'
             f'<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/>'
             "</Types>")
    return [("[Content_Types].xml", types), ("_rels/.rels", _relationships([(f"{_LINKS}/officeDocument", main)]))]


def _relationships(targets: list[tuple[str, str]]) -> str:
    links = "".join(f'<Relationship Id="r{number}" Type="{kind}" Target="{target}"/>'
                    for number, (kind, target) in enumerate(targets, start=1))
    return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{links}</Relationships>'


def _properties(chances: Chances) -> tuple[str, str]:
    """Who saved it last and when: other in each edition, as in life."""
    return "docProps/core.xml", (f"<properties><modified>2026-06-{chances.text.randint(1, 30):02d}T"
                                 f"{chances.text.randint(8, 20):02d}:00:00Z</modified><revision>"
                                 f"{chances.text.randrange(400)}</revision></properties>")


def _docx(chances: Chances, size: int) -> bytes:
    for_text, pictures = _shared_out(chances, size, 0.4)
    runs = (f'<w:p w:rsidR="{chances.text.randrange(1 << 32):08X}"><w:pPr><w:pStyle w:val="Body"/></w:pPr><w:r><w:rPr>'
            f'<w:sz w:val="21"/></w:rPr><w:t>{line}</w:t></w:r></w:p>'
            for line in paragraphs(chances.text, chances.language, for_text * 2))
    return package([
        *_types("word/document.xml", "wordprocessingml.document.main"),
        ("word/document.xml", f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(runs)}</w:body></w:document>'),
        ("word/styles.xml", boilerplate("word", 30_000)), ("word/theme/theme1.xml", boilerplate("theme", 7_000)),
        ("word/settings.xml", boilerplate("settings", 3_000)), *_pictures(chances, "word/media", pictures),
        _properties(chances)])


def _pptx(chances: Chances, size: int) -> bytes:
    for_text, pictures = _shared_out(chances, size, 0.1)
    count = min(max(for_text // 1500, 1), 60)
    slides = [(f"ppt/slides/slide{number}.xml",
               f'<p:sld xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}"><p:cSld><p:spTree>' + "".join(
                   f'<p:sp><p:txBody><a:p><a:r><a:rPr lang="zh-CN" sz="{chances.text.randrange(12, 40)}00"/><a:t>{line}'
                   "</a:t></a:r></a:p></p:txBody></p:sp>"
                   for line in paragraphs(chances.text, chances.language, for_text * 2 // count))
               + "</p:spTree></p:cSld></p:sld>") for number in range(1, count + 1)]
    targets = [(f"{_LINKS}/slide", f"slides/slide{number}.xml") for number in range(1, count + 1)]
    shown = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in range(1, count + 1))
    return package([
        *_types("ppt/presentation.xml", "presentationml.presentation.main"),
        ("ppt/presentation.xml", f'<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{_LINKS}"><p:sldIdLst>{shown}'
                                 "</p:sldIdLst></p:presentation>"),
        ("ppt/_rels/presentation.xml.rels", _relationships(targets)), *slides,
        *((f"ppt/slideLayouts/slideLayout{number}.xml", boilerplate(f"layout{number}", 4_000)) for number in range(11)),
        ("ppt/theme/theme1.xml", boilerplate("theme", 7_000)), *_pictures(chances, "ppt/media", pictures),
        _properties(chances)])


def _xlsx(chances: Chances, size: int) -> bytes:
    count = chances.still.randint(1, 8)
    words = list(paragraphs(chances.still, chances.language, min(size // 3, 60_000)))
    sheets = [(f"xl/worksheets/sheet{number}.xml", _sheet(chances, len(words), max(size // count // 34, 3)))
              for number in range(1, count + 1)]
    names = "".join(f'<sheet name="Sheet{number}" sheetId="{number}" r:id="r{number}"/>'
                    for number in range(1, count + 1))
    targets = [(f"{_LINKS}/worksheet", f"worksheets/sheet{number}.xml") for number in range(1, count + 1)]
    strings = "".join(f"<si><t>{line}</t></si>" for line in words)
    return package([
        *_types("xl/workbook.xml", "spreadsheetml.sheet.main"),
        ("xl/workbook.xml", f'<workbook xmlns="{_SHEET}" xmlns:r="{_LINKS}"><sheets>{names}</sheets></workbook>'),
        ("xl/_rels/workbook.xml.rels", _relationships([*targets, (f"{_LINKS}/sharedStrings", "sharedStrings.xml")])),
        *sheets, ("xl/sharedStrings.xml", f'<sst xmlns="{_SHEET}">{strings}</sst>'),
        ("xl/theme/theme1.xml", boilerplate("theme", 7_000)), _properties(chances)])


def _sheet(chances: Chances, words: int, rows: int) -> str:
    lines = (f'<row r="{row}"><c r="A{row}" t="s"><v>{chances.text.randrange(words)}</v></c><c r="B{row}"><v>{row}</v>'
             f'</c><c r="C{row}"><v>{chances.text.randrange(10**7) / 100}</v></c><c r="D{row}"><f>B{row}*C{row}</f><v>'
             f'{chances.text.randrange(10**9) / 100}</v></c><c r="E{row}"><v>{chances.text.random():.4f}</v></c></row>'
             for row in range(1, rows + 1))
    return f'<worksheet xmlns="{_SHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _odt(chances: Chances, size: int) -> bytes:
    for_text, pictures = _shared_out(chances, size, 0.5)
    space = "urn:oasis:names:tc:opendocument:xmlns"
    lines = "".join(f'<text:p text:style-name="P{chances.text.randrange(9)}">{line}</text:p>'
                    for line in paragraphs(chances.text, chances.language, for_text * 2))
    kind = "application/vnd.oasis.opendocument.text"
    return package([
        ("mimetype", kind),
        ("content.xml", f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0">'
                        f"<office:body><office:text>{lines}</office:text></office:body></office:document-content>"),
        ("styles.xml", boilerplate("odt", 20_000)), _properties(chances),
        *_pictures(chances, "Pictures", pictures), ("Thumbnails/thumbnail.png", png(chances.text, 3_000)),
        ("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0"><manifest:file-entry '
                                  f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>')])


def _pdf(chances: Chances, size: int) -> bytes:
    """Pages of deflated text, pictures as they are, and a table of where each object begins."""
    for_text, pictures = _shared_out(chances, size, 0.4)
    latin = f"{RICH}en" if chances.language.startswith(RICH) else "en"
    pages = min(max(for_text // 1200, 1), 150)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               f"<< /Type /Pages /Count {pages} /Kids [{' '.join(f'{4 + 2 * page} 0 R' for page in range(pages))}] >>"
               .encode(), b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for page in range(pages):
        lines = "".join(f"({line[:90]}) Tj T* " for line in paragraphs(chances.text, latin, for_text * 3 // pages))
        objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * page} 0 R /Resources << "
                    "/Font << /F1 3 0 R >> >> >>".encode(),
                    _stream(b"/Filter /FlateDecode", zlib.compress(f"BT /F1 9 Tf 12 TL 40 800 Td {lines}ET".encode()))]
    objects += [_stream(b"/Type /XObject /Subtype /Image /Filter /DCTDecode", jpeg(chances.still, picture))
                for picture in pictures]
    made, places = [b"%PDF-1.7\n"], list[int]()
    length = len(made[0])
    for number, content in enumerate(objects, start=1):
        places.append(length)
        made.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        length += len(made[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return b"".join([*made, b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1), table,
                     b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, length)])


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def _text(chances: Chances, size: int) -> bytes:
    bytes_each = 3 if chances.language == "zh" else 1
    return "\n".join(paragraphs(chances.text, chances.language, size // bytes_each)).encode()


def _csv(chances: Chances, size: int) -> bytes:
    return "".join(f"{row},2026-{chances.text.randint(1, 12):02d}-{chances.text.randint(1, 28):02d},"
                   f"{chances.text.randrange(10**7) / 100},门店{chances.text.randrange(90)},"
                   f"{chances.text.random():.5f}\n"
                   for row in range(size // 42)).encode()


def _jpg(chances: Chances, size: int) -> bytes:
    return jpeg(chances.text, size)


def _zip(chances: Chances, size: int) -> bytes:
    return package([("readme.txt", _text(chances, min(size // 4, 40_000))), ("table.csv", _csv(chances, size // 2)),
                    *_pictures(chances, "pictures", [size // 3, size // 3])])


def _dwg(chances: Chances, size: int) -> bytes:
    """A drawing as they are saved: compressed sections, and tables of points between them."""
    made = [b"AC1032\x00\x00\x00\x00\x00\x00", chances.text.randbytes(116)]
    left = size
    while left > 0:
        section = min(chances.still.randint(8_000, 60_000), left)
        made.append(chances.still.randbytes(section * 2 // 3))
        made.append(b"".join(b"\x10\x00\x00\x00" + point.to_bytes(4, "little") + bytes(4) + b"\x40\x59\x0c\x80"
                             for point in chances.still.choices(range(1 << 20), k=section // 48)))
        left -= section
    return b"".join(made)


KINDS = (
    Kind("docx", 29, 55_000, 1.4, _docx), Kind("xlsx", 17, 40_000, 1.2, _xlsx), Kind("pdf", 15, 90_000, 1.4, _pdf),
    Kind("pptx", 6, 450_000, 1.1, _pptx), Kind("jpg", 9, 400_000, 0.9, _jpg), Kind("odt", 4, 40_000, 1.3, _odt),
    Kind("txt", 8, 6_000, 1.3, _text), Kind("csv", 6, 20_000, 1.5, _csv), Kind("zip", 3, 250_000, 1.3, _zip),
    Kind("dwg", 3, 400_000, 1.1, _dwg),
)
