"""Files of every type that is read, small and whole; and the same cut off or with bytes changed."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
from PIL import Image

from tests.integration.test_extract_other import make_compound_file
from tests.outlook_files import Msg

CUTS = 10
FLIPS = 6
_BYTES_FLIPPED = 12


def _zip(parts: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return target.getvalue()


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    target = io.BytesIO()
    save(target)
    return target.getvalue()


def _word() -> bytes:
    document = docx.Document()
    for number in range(40):
        document.add_paragraph(f"Paragraph {number} 违约金")
    return _saved(document.save)


def _note() -> bytes:
    """A Word file of a thousand bytes, to attach."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:document xmlns:w='{space}'><w:body><w:p><w:r><w:t>违约金</w:t></w:r></w:p></w:body></w:document>"
    return _zip({"[Content_Types].xml": "<Types/>", "word/document.xml": body})


def _book() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for number in range(40):
        book.active.append([number, f"Row {number}"])
    return _saved(book.save)


def _slides() -> bytes:
    deck = pptx.Presentation()
    title = deck.slides.add_slide(deck.slide_layouts[5]).shapes.title
    assert title is not None
    title.text = "启动会"
    return _saved(deck.save)


def _open_document(mark: str, body: str) -> bytes:
    head = "<o xmlns:office='o' xmlns:text='t' xmlns:table='b' xmlns:draw='d'><office:body>"
    return _zip({"mimetype": f"application/vnd.oasis.opendocument.{mark}", "META-INF/manifest.xml": "<manifest/>",
                 "content.xml": f"{head}{body}</office:body></o>",
                 "meta.xml": "<m xmlns:dc='d'><dc:title>x</dc:title></m>"})


def _mail() -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "合同终稿", "张三 <zhang@example.com>", "li@example.com"
    mail.set_content("请查收附件。\n" * 20)
    mail.add_attachment(_note(), maintype="application", subtype="octet-stream", filename="合同.docx")
    return mail.as_bytes()


def _picture(form: str) -> bytes:
    picture = Image.new("RGB", (60, 40))
    tags = picture.getexif()
    tags[0x010E], tags[0x0110] = "Site visit", "Canon"
    return _saved(lambda target: picture.save(target, form, exif=tags))


def _pdf() -> bytes:
    objects = (
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[4 0 R 5 0 R]/Contents 6 0 R"
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(Too vague)>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Zhang San)/Rect[9 9 30 30]>>",
        "<</Length 33>>stream\nBT/F 9 Tf 9 9 Td(Total 12,000)Tj ET\nendstream", "<</Title(Offer)/Author(Li)>>")
    body = "".join(f"{number} 0 obj{text} endobj\n" for number, text in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}trailer<</Size 8/Root 1 0 R/Info 7 0 R>>".encode()


def _old_book() -> bytes:
    """A stream of records: texts of boxes, headers, a name of a sheet."""
    records = (
        (0x809, struct.pack("<HH12x", 0x600, 5)), (0x85, struct.pack("<IHBB", 40, 0, 3, 0) + b"One"), (0x0A, b""),
        (0x809, struct.pack("<HH12x", 0x600, 0x10)), (0x14, struct.pack("<HB", 4, 0) + b"&LHi"),
        (0x1B6, bytes(10) + struct.pack("<HH4x", 3, 8)), (0x3C, b"\0box"), (0x100D, b"\0\0\2\0ab"), (0x0A, b""))
    data = b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in records)
    return data.ljust(4096, b"\0")


def whole_files(folder: Path) -> dict[str, bytes]:
    """By their name."""
    calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:评审会\nDTSTART:20260301\nEND:VEVENT\nEND:VCALENDAR\n"
    card = "BEGIN:VCARD\r\nFN;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0\r\nTEL:1\r\nEND:VCARD\r\n"
    msg = Msg({0x0037: "合同", 0x1000: "李四：" * 400}, [], [({0x3707: "a.docx"}, _note())])
    ofd = {"OFD.xml": "<OFD><DocBody><DocRoot>D/Document.xml</DocRoot></DocBody></OFD>",
           "D/Document.xml": "<Document><Pages><Page BaseLoc='P.xml'/></Pages></Document>",
           "D/P.xml": "<Page><TextObject><TextCode>发票</TextCode></TextObject></Page>"}
    row = "<table:table table:name='a'><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell>"
    return {
        "a.docx": _word(), "a.xlsx": _book(), "a.pptx": _slides(), "a.pdf": _pdf(), "a.eml": _mail(),
        "a.odt": _open_document("text", "<text:p>总则</text:p>" * 50),
        "a.ods": _open_document("spreadsheet", f"{row}</table:table-row></table:table>"),
        "a.odp": _open_document("presentation", "<draw:page><text:p>First</text:p></draw:page>" * 9),
        "a.mbox": b"From a@b.c Mon Mar  2 09:00:00 2026\n" + _mail(), "a.msg": msg.to_bytes(),
        "a.rtf": rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\title x}}Words \u36829? \'e9\par{\*\shpinst{\shptxt b}}}",
        "a.html": "<html><title>周报</title><body><p>Words &amp; more</p></body></html>".encode(),
        "a.ics": calendar.encode(), "a.vcf": card.encode(), "a.zip": _zip({"合同/a.txt": "x", "b.txt": "y"}),
        "a.ofd": _zip(ofd), "a.svg": "<svg><title>图</title><text>Hello</text></svg>".encode(),
        "a.jpg": _picture("JPEG"), "a.png": _picture("PNG"), "a.tiff": _picture("TIFF"), "a.gif": _saved(
            lambda target: Image.new("P", (9, 9)).save(target, "GIF")),
        "a.doc": make_compound_file(folder / "a", {"WordDocument": b"\xec\xa5\xc1\0" + bytes(400)}).read_bytes(),
        "a.ppt": make_compound_file(folder / "a", {"PowerPoint Document": bytes(400)}).read_bytes(),
        "a.xls": make_compound_file(folder / "a", {"Workbook": _old_book()[:512]}).read_bytes(),
        "a.txt": "会议纪要\n".encode("gb18030") * 50, "a.csv": "编号,名称\n".encode() * 50,
    }  # fmt: skip


def wounded(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """The bytes cut off at ten places, and some with bytes flipped, with a hole, or with a piece said twice."""
    for part in range(CUTS):
        yield data[: len(data) * part // CUTS + 1]
    for _ in range(FLIPS):
        changed = bytearray(data)
        for _ in range(_BYTES_FLIPPED):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        yield bytes(changed)
    at = rng.randrange(len(data))
    yield data[:at] + bytes(64) + data[at + 64 :]
    yield data[:at] + data[at // 2 : at] + data[at:]
