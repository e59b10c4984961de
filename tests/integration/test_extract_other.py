"""PDF, text, HTML, mail and rich text, and what is said of types that are not read."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from folderkit.extract import Extraction, Extractor
from tests.outlook_files import Msg

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
SONG = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0"
    b"/Ascent 880/Descent -120/CapHeight 700/StemV 80>>>>]>>"
)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


def make_pdf(path: Path, pages: list[bytes], trailer: bytes = b"") -> Path:
    """A PDF whose pages draw these operators; /F1 is Helvetica, /F2 a Chinese font, /Info is object 5."""
    kids = b" ".join(b"%d 0 R" % (6 + 2 * index) for index in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        HELVETICA,
        SONG,
        b"<</Title(Progress report)>>",
    ]
    for index, drawing in enumerate(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>" % (7 + 2 * index)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing))
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    out += b"trailer<</Size %d/Root 1 0 R/Info 5 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (count, trailer, start)
    path.write_bytes(out)
    return path


def make_compound_file(path: Path, streams: dict[str, bytes]) -> Path:
    """An OLE file with these streams at its root, each of one sector."""

    def entry(name: str, kind: int, start: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, right, child)
        return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, 4096)

    entries = [entry("Root Entry", 5, 0, child=1)]
    for number, name in enumerate(streams, start=1):
        right = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(entry(name, 2, 1 + number, right=right))
    chain = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFE] * 126)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(10) + struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header += b"\xff" * (512 - len(header))
    body = b"".join(data.ljust(512, b"\0")[:512] for data in streams.values())
    path.write_bytes(header + chain + b"".join(entries).ljust(512, b"\0") + body)
    return path


def found(result: Extraction) -> list[tuple[str, str]]:
    return [(passage.place, passage.text) for passage in result.passages]


def read(extractor: Extractor, folder: Path, name: str, data: bytes) -> Extraction:
    (folder / "blob").write_bytes(data)
    return extractor.read(folder / "blob", name)


def test_a_pdf_gives_a_passage_per_page_and_its_title(tmp_path: Path, extractor: Extractor) -> None:
    hello = b"BT /F1 12 Tf 50 700 Td (Hello PO-123) Tj ET"
    path = make_pdf(tmp_path / "blob", [hello, b"", b"BT /F1 12 Tf 50 700 Td (Third) Tj ET"])

    result = extractor.read(path, "a.pdf")

    assert (result.state, result.title) == ("ok", "Progress report")
    assert found(result) == [("p. 1", "Hello PO-123"), ("p. 3", "Third")]


def test_a_chinese_word_is_whole_across_the_lines_of_a_pdf(tmp_path: Path, extractor: Extractor) -> None:
    lines = [text.encode("utf-16-be").hex().encode() for text in ("合同的违约", "金为百分之五")]
    drawing = b"BT /F2 12 Tf 50 700 Td <%s> Tj 0 -20 Td <%s> Tj ET" % (lines[0], lines[1])

    result = extractor.read(make_pdf(tmp_path / "blob", [drawing]), "a.pdf")

    assert found(result) == [("p. 1", "合同的违约金为百分之五")]


def test_a_pdf_without_text_has_none(tmp_path: Path, extractor: Extractor) -> None:
    assert extractor.read(make_pdf(tmp_path / "blob", [b"0 0 9 9 re f"]), "scan.pdf").state == "none"


def test_a_pdf_with_a_password_is_encrypted(tmp_path: Path, extractor: Extractor) -> None:
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)
    assert extractor.read(make_pdf(tmp_path / "blob", [b""], lock), "a.pdf").state == "encrypted"


def test_an_office_document_with_a_password_is_encrypted(tmp_path: Path, extractor: Extractor) -> None:
    path = make_compound_file(tmp_path / "blob", {"EncryptionInfo": b"", "EncryptedPackage": b""})
    assert extractor.read(path, "a.docx").state == "encrypted"


def test_an_old_workbook_with_a_password_is_encrypted(tmp_path: Path, extractor: Extractor) -> None:
    begin = struct.pack("<HH16x", 0x809, 16) + struct.pack("<HH6x", 0x2F, 6)
    path = make_compound_file(tmp_path / "blob", {"Workbook": begin})
    assert extractor.read(path, "a.xls").state == "encrypted"


def test_an_old_document_with_a_password_is_encrypted(tmp_path: Path, extractor: Extractor) -> None:
    path = make_compound_file(tmp_path / "blob", {"WordDocument": bytes(11) + b"\1" + bytes(500)})
    assert extractor.read(path, "a.doc").state == "encrypted"


@pytest.mark.parametrize("stream", ["WordDocument", "PowerPoint Document"])
def test_old_documents_of_which_nothing_is_left_are_told_so(tmp_path: Path, extractor: Extractor, stream: str) -> None:
    result = extractor.read(make_compound_file(tmp_path / "blob", {stream: b"x"}), "a.doc")
    assert result.state in {"broken", "none", "no-reader"}


def test_other_compound_files_are_not_read(tmp_path: Path, extractor: Extractor) -> None:
    path = make_compound_file(tmp_path / "blob", {"__properties_version1.0": b"x"})
    assert extractor.read(path, "a.doc").state == "none"


@pytest.mark.parametrize("name", ["setup.exe", "archive.7z", "no suffix"])
def test_types_without_text_are_told_without_a_worker(tmp_path: Path, name: str) -> None:
    with Extractor() as extractor:
        result = read(extractor, tmp_path, name, b"MZ\0\0....")
        assert (result.state, extractor.worker_pid) == ("none", None)
        assert result.detail


def test_text_is_split_at_empty_lines_in_any_encoding(tmp_path: Path) -> None:
    text = "会议纪要\r\n参加人：张三\r\n\r\n \r\n结论：下周交付。"
    with Extractor() as extractor:
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
            result = read(extractor, tmp_path, "纪要.txt", text.encode(encoding))
            assert found(result) == [("", "会议纪要\n参加人：张三"), ("", "结论：下周交付。")]
        assert extractor.worker_pid is None


def test_long_text_is_read_by_the_worker(tmp_path: Path, extractor: Extractor) -> None:
    result = read(extractor, tmp_path, "a.csv", "编号,名称\n".encode("gb18030") * 200_000)
    assert result.state == "ok"
    assert result.passages[0].text.count("名称") == 200_000
    assert extractor.worker_pid is not None


def test_bytes_that_are_no_text_are_not_read_as_such(tmp_path: Path, extractor: Extractor) -> None:
    assert read(extractor, tmp_path, "a.log", b"\x7fELF\0\0\0\1\2\3\0" * 9).state == "none"


def test_an_empty_file_has_no_text(tmp_path: Path, extractor: Extractor) -> None:
    assert read(extractor, tmp_path, "a.docx", b"") == Extraction("none", "", (), "The file is empty.")


def test_a_page_gives_its_blocks_and_hides_its_scripts(tmp_path: Path, extractor: Extractor) -> None:
    page = (
        "<html><head><meta charset='gb2312'><title>周报</title><style>p {}</style></head><body><h1>进度</h1>"
        "<script>var x = '<p>no</p>'</script><p>完成 &lt;80%&gt;<br>两项\n  延期</p>"
        "<table><tr><td>A</td><td>1</td></tr></table>"
    )
    result = read(extractor, tmp_path, "a.html", page.encode("gb18030"))

    assert (result.state, result.title) == ("ok", "周报")
    assert found(result) == [("", "进度"), ("", "完成 <80%>"), ("", "两项 延期"), ("", "A\t1")]


def test_a_workbook_that_is_a_page_is_read_as_one(tmp_path: Path, extractor: Extractor) -> None:
    page = b"<html><body><table><tr><td>Total</td><td>12</td></tr></table>"
    assert found(read(extractor, tmp_path, "export.xls", page)) == [("", "Total\t12")]


def test_a_mail_gives_headers_body_and_names_of_attachments(tmp_path: Path, extractor: Extractor) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "合同终稿", "张三 <zhang@example.com>", "li@example.com"
    mail["Date"] = "Mon, 02 Mar 2026 09:00:00 +0800"
    mail.set_content("李四：\n\n请查收附件。\n", charset="gb18030")
    mail.add_alternative("<p>html form of the same</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="合同.pdf")
    inner = EmailMessage()
    inner["Subject"] = "Fwd: inner"
    inner.set_content("nested words")
    mail.add_attachment(inner)

    result = read(extractor, tmp_path, "a.eml", mail.as_bytes())

    assert (result.state, result.title) == ("partial", "合同终稿")
    assert result.detail.startswith("合同.pdf: ")
    assert found(result) == [
        ("subject", "合同终稿"),
        ("from", "张三 <zhang@example.com>"),
        ("to", "li@example.com"),
        ("date", "Mon, 02 Mar 2026 09:00:00 +0800"),
        ("", "李四："),
        ("", "请查收附件。"),
        ("attachment", "合同.pdf"),
        ("subject", "Fwd: inner"),
        ("", "nested words"),
    ]


def test_a_mail_with_wrong_and_missing_charsets_is_still_read(tmp_path: Path, extractor: Extractor) -> None:
    raw = (
        b"Subject: " + "关于违约金的通知和说明".encode("gb18030") + b"\r\nFrom: =?x-none?B?aGk=?= <a@b>\r\n"
        b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "朱镕基囍".encode("gb18030") + b"\r\n"
    )
    result = read(extractor, tmp_path, "a.eml", raw)

    assert found(result) == [("subject", "关于违约金的通知和说明"), ("from", "hi <a@b>"), ("", "朱镕基囍")]


def test_a_mailbox_gives_every_mail(tmp_path: Path, extractor: Extractor) -> None:
    line = b"From me@example.com Mon Mar  2 09:00:00 2026\n"
    mails = [b"From: a@b.c\nSubject: =?gb2312?B?us/NrA==?= %d\n\nwords %d\n\n" % (number, number) for number in (1, 2)]

    result = read(extractor, tmp_path, "a.mbox", line + mails[0] + line + mails[1])

    assert result.state == "ok"
    assert [(place, text) for place, text in found(result) if "from" not in place] == [
        ("mail 1 subject", "合同 1"), ("mail 1 date", "Mon, 02 Mar 2026 09:00:00 +0000"), ("mail 1", "words 1"),
        ("mail 2 subject", "合同 2"), ("mail 2 date", "Mon, 02 Mar 2026 09:00:00 +0000"), ("mail 2", "words 2")]


def test_a_mail_of_outlook_gives_what_every_mail_does(tmp_path: Path, extractor: Extractor) -> None:
    inner = Msg({0x0037: "里面", 0x1000: "nested words"})
    msg = Msg({0x0037: "合同终稿", 0x1000: "李四：\r\n\r\n请查收附件。", 0x0C1A: "张三", 0x5D01: "zhang@example.com",
               0x0039: dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)},
              [{0x3001: "李四", 0x39FE: "li@example.com", 0x0C15: 1}], [({0x3707: "合同.txt"}, b"terms"), ({}, inner)])

    result = read(extractor, tmp_path, "a.msg", msg.to_bytes())

    assert (result.state, result.title) == ("ok", "合同终稿")
    assert found(result) == [
        ("subject", "合同终稿"), ("from", "张三 <zhang@example.com>"), ("to", "李四 <li@example.com>"),
        ("date", "Mon, 02 Mar 2026 01:00:00 +0000"), ("", "李四："), ("", "请查收附件。"), ("attachment", "合同.txt"),
        ("attachment 合同.txt", "terms"), ("attachment", "里面.eml"), ("subject", "里面"), ("", "nested words")]


def test_a_mail_of_outlook_that_is_cut_off_is_broken(tmp_path: Path, extractor: Extractor) -> None:
    data = Msg({0x0037: "x", 0x1000: "y" * 9000}).to_bytes()
    assert read(extractor, tmp_path, "a.msg", data[:3000]).state == "broken"
    assert read(extractor, tmp_path, "a.mbox", b"no mailbox").state == "broken"


def test_rich_text_gives_its_words(tmp_path: Path, extractor: Extractor) -> None:
    text = (
        rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}{\f1\fcharset0 Arial;}}"
        rb"{\*\generator Word;}"
        rb"{\info{\title no}}{\header Top\par}\f0 \'ce\'a5\'d4\'bc\'bd\'f0\par \f1 caf\'e9\tab\u21512?\u-28668?\par"
        rb"\uc2\u36829\'ce\'a5 a\{b\}{\footnote note}{\pict 00ff}\bin3 {}}end}"
    )
    result = read(extractor, tmp_path, "a.doc", text)

    assert found(result) == [
        ("header", "Top"),
        ("", "违约金"),
        ("", "café\t合逄"),
        ("footnote", "note"),
        ("", "违 a{b}end"),
    ]
    assert result.title == "no"


def test_rich_text_gives_boxes_comments_and_descriptions_and_nothing_deleted(
    tmp_path: Path, extractor: Extractor
) -> None:
    text = (
        rb"{\rtf1\ansi\ansicpg1252{\stylesheet{\upr{\s1 x}{\*\ud{\s1 style}}}}Around{\shp{\*\shpinst\shpleft9"
        rb"{\sp{\sn shapeType}{\sv 202}}{\sp{\sn wzDescription}{\sv A floor plan}}{\shptxt \pard In the box\par}}}"
        rb" it {\deleted gone }{\deleted0 kept}{\*\atnid AB}{\*\atnauthor Li}\chatn{\*\annotation{\*\atnref 1}Why?}\par"
        rb"{\upr{ansi ?}{\*\ud{\u21512?\u21516?}}}\par}"
    )

    assert found(read(extractor, tmp_path, "a.rtf", text)) == [
        ("picture", "A floor plan"), ("", "In the box"), ("comment", "Why?"), ("", "Around it kept"), ("", "合同")]


def test_rich_text_tells_its_properties(tmp_path: Path, extractor: Extractor) -> None:
    text = (
        rb"{\rtf1\ansi\ansicpg936{\info{\title \'ba\'cf\'cd\'ac}{\author \'d5\'c5\'c8\'fd}{\operator Li}"
        rb"{\creatim\yr2026\mo3\dy1\hr9\min30}{\nofpages3}{\*\company Acme}}text\par}"
    )

    result = read(extractor, tmp_path, "a.rtf", text)

    assert (result.title, found(result)) == ("合同", [("", "text")])
    assert dict(result.properties) == {"author": "张三", "saved by": "Li", "company": "Acme", "pages": "3",
                                       "created": "2026-03-01T09:30"}
