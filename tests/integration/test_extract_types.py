"""Archives, calendars, address cards, pictures, drawings, OFD and old documents: types with little text, or rare."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
import xlsxwriter
from PIL import Image, PngImagePlugin

from folderkit.extract import Extraction, Extractor
from folderkit.extract.model import PROPERTIES

HAS_LEGACY = importlib.util.find_spec("office_oxide") is not None
needs_libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


def found(result: Extraction) -> list[tuple[str, str]]:
    assert {name for name, _ in result.properties} <= set(PROPERTIES)
    return [(passage.place, passage.text) for passage in result.passages]


def test_of_an_archive_the_names_are_read_in_the_senders_code_page(tmp_path: Path, extractor: Extractor) -> None:
    name = "合同/报价单.xlsx".encode("gbk")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("?" * len(name)), "x" * 10)
        archive.writestr("说明 readme.txt", "never read")
    path = tmp_path / "a.zip"
    path.write_bytes(path.read_bytes().replace(b"?" * len(name), name))

    result = extractor.read(path, "a.zip")

    assert found(result) == [("member", "合同/报价单.xlsx"), ("member", "说明 readme.txt")]
    assert result.properties == (("members", "2"),)


def test_half_an_archive_is_broken(tmp_path: Path, extractor: Extractor) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", "x" * 1000)
    (tmp_path / "b.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:900])

    assert extractor.read(tmp_path / "b.zip", "b.zip").state == "broken"


CALENDAR = """BEGIN:VCALENDAR
X-WR-CALNAME:项目日历
BEGIN:VEVENT
SUMMARY:评审会\\, 第二次
DTSTART;TZID=Asia/Shanghai:20260301T093000
ORGANIZER;CN="张三":mailto:z@example.com
UID:for-programs-only
DESCRIPTION:line one\\nline two
BEGIN:VALARM
ACTION:DISPLAY
END:VALARM
LOCATION:会议室
END:VEVENT
BEGIN:VEVENT
SUMMARY:Hand-over
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_gives_its_events(tmp_path: Path, extractor: Extractor) -> None:
    folded = CALENDAR.encode().replace("第二".encode(), "第二".encode()[:4] + b"\n " + "第二".encode()[4:])
    (tmp_path / "a.ics").write_bytes(folded.replace(b"\n", b"\r\n"))

    result = extractor.read(tmp_path / "a.ics", "a.ics")

    assert (result.state, result.title) == ("ok", "项目日历")
    assert found(result) == [
        ("", "项目日历"), ("event 1", "评审会, 第二次"), ("event 1", "2026-03-01 09:30"),
        ("event 1", "张三 <z@example.com>"), ("event 1", "line one\nline two"), ("event 1", "会议室"),
        ("event 2", "Hand-over")]


def test_an_address_card_gives_what_it_says_of_people(tmp_path: Path, extractor: Extractor) -> None:
    (tmp_path / "a.vcf").write_bytes(
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=\r\n=E4=B8=89\r\n"
        b"N:Zhang;San;;;\r\nitem1.TEL;TYPE=CELL:+86 138 0000\r\nPHOTO;ENCODING=b:AAA=\r\nORG:Acme;Sales\r\n"
        b"END:VCARD\r\n")

    result = extractor.read(tmp_path / "a.vcf", "a.vcf")

    assert result.title == "张三"
    assert found(result) == [("contact 1", "张三"), ("contact 1", "Zhang San"), ("contact 1", "+86 138 0000"),
                             ("contact 1", "Acme Sales")]


def test_a_photo_tells_when_it_was_taken_and_what_it_shows(tmp_path: Path, extractor: Extractor) -> None:
    picture = Image.new("RGB", (30, 20))
    tags = picture.getexif()
    tags[0x010F], tags[0x0110], tags[0x010E], tags[0x013B] = "Canon", "Canon EOS 5D", "Site visit", "Li"
    tags[0x9C9B] = "工地现场".encode("utf-16-le")
    tags.get_ifd(0x8769)[0x9003] = "2026:03:01 09:30:00"
    picture.save(tmp_path / "a.jpg", exif=tags)

    result = extractor.read(tmp_path / "a.jpg", "a.jpg")

    assert (result.title, dict(result.properties)) == ("工地现场", {
        "pixels": "30 × 20", "camera": "Canon EOS 5D", "taken": "2026-03-01T09:30:00", "author": "Li",
        "description": "Site visit"})
    assert found(result) == [("picture", "Site visit"), ("picture", "工地现场")]


@pytest.mark.parametrize("form", ["png", "gif", "bmp", "tiff", "webp", "jpeg"])
def test_every_picture_tells_its_size(tmp_path: Path, extractor: Extractor, form: str) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a", format=form)

    result = extractor.read(tmp_path / "a", f"a.{form}")

    assert (result.state, dict(result.properties)) == ("none", {"pixels": "30 × 20"})


def test_the_description_in_a_png_is_found(tmp_path: Path, extractor: Extractor) -> None:
    told = PngImagePlugin.PngInfo()
    told.add_itxt("Description", "平面图")
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png", pnginfo=told)

    assert found(extractor.read(tmp_path / "a.png", "a.png")) == [("picture", "平面图")]


def test_a_drawing_gives_the_words_that_are_shown(tmp_path: Path, extractor: Extractor) -> None:
    (tmp_path / "a.svg").write_text("<svg xmlns='x'><style>.a{}</style><title>流程图</title>"
                                    "<g><text>Hand <tspan>over</tspan> now</text></g></svg>", encoding="utf-8")

    assert found(extractor.read(tmp_path / "a.svg", "a.svg")) == [("", "流程图"), ("", "Hand over now")]


def test_an_invoice_in_ofd_is_read_page_by_page(tmp_path: Path, extractor: Extractor) -> None:
    page = ("<ofd:Page xmlns:ofd='o'><ofd:Content><ofd:Layer><ofd:TextObject><ofd:TextCode>{}</ofd:TextCode>"
            "</ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>")
    with zipfile.ZipFile(tmp_path / "a.ofd", "w") as package:
        package.writestr("OFD.xml", "<ofd:OFD xmlns:ofd='o'><ofd:DocBody><ofd:DocInfo><ofd:Author>税务局</ofd:Author>"
                         "<ofd:CreationDate>2026-03-01</ofd:CreationDate></ofd:DocInfo>"
                         "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>")
        package.writestr("Doc_0/Document.xml", "<ofd:Document xmlns:ofd='o'><ofd:Pages>"
                         "<ofd:Page ID='1' BaseLoc='Pages/Page_0/Content.xml'/>"
                         "<ofd:Page ID='2' BaseLoc='/Doc_0/Pages/Page_1/Content.xml'/></ofd:Pages></ofd:Document>")
        package.writestr("Doc_0/Pages/Page_0/Content.xml", page.format("电子发票（普通发票）"))
        package.writestr("Doc_0/Pages/Page_1/Content.xml", page.format("价税合计"))

    result = extractor.read(tmp_path / "a.ofd", "a.ofd")

    assert found(result) == [("p. 1", "电子发票（普通发票）"), ("p. 2", "价税合计")]
    assert dict(result.properties) == {"author": "税务局", "created": "2026-03-01", "pages": "2"}


def converted(path: Path, form: str) -> Path:
    """The file in another format, by LibreOffice."""
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    subprocess.run(["soffice", profile, "--headless", "--convert-to", form, "--outdir", path.parent, path],
                   check=True, capture_output=True, timeout=180)
    return path.with_suffix(f".{form}")


@needs_libreoffice
def test_an_old_word_document_is_read_with_the_extra_and_said_to_need_it_without(
    tmp_path: Path, extractor: Extractor
) -> None:
    document = docx.Document()
    document.core_properties.author = "张三"
    document.core_properties.title = "服务合同"
    for text in ("甲方：北京某某科技有限公司", "Total 12,000"):
        document.add_paragraph(text)
    document.save(str(tmp_path / "a.docx"))

    result = extractor.read(converted(tmp_path / "a.docx", "doc"), "a.doc")

    assert (result.title, dict(result.properties)["author"]) == ("服务合同", "张三")
    if HAS_LEGACY:
        assert found(result) == [("", "甲方：北京某某科技有限公司"), ("", "Total 12,000")]
    else:
        assert (result.state, result.passages) == ("no-reader", ())


@needs_libreoffice
def test_an_old_workbook_gives_what_stands_beside_its_cells(tmp_path: Path, extractor: Extractor) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.set_properties({"author": "张三"})
    sheet = book.add_worksheet("预算")
    sheet.write("A1", "Item")
    sheet.write_comment("A1", "请核对 please")
    sheet.insert_textbox("C3", "Only until May")
    sheet.set_header("&LConfidential&R内部")
    book.close()

    result = extractor.read(converted(tmp_path / "a.xlsx", "xls"), "a.xls")

    texts = found(result)
    assert texts[0] == ("预算!A1", "Item")
    assert {("预算!", "请核对 please"), ("预算!", "Only until May")} <= set(texts)
    assert [text.split() for place, text in texts if place == "预算 header"] == [["Confidential", "内部"]]
    assert dict(result.properties)["author"] == "张三"
