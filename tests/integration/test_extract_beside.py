"""What stands beside the text: comments, text boxes, descriptions of pictures, charts, margins, fields, properties."""

from __future__ import annotations

import base64
import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pptx
import pytest
import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from folderkit.extract import Extraction, Extractor
from folderkit.extract.model import PROPERTIES
from folderkit.extract.properties import pdf_moment
from folderkit.registers import load_schema, write_workbook

DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


def found(result: Extraction) -> list[tuple[str, str]]:
    return [(passage.place, passage.text) for passage in result.passages]


def make_workbook(folder: Path) -> Path:
    (folder / "dot.png").write_bytes(DOT)
    book = xlsxwriter.Workbook(folder / "a.xlsx")
    book.set_properties({"title": "预算", "author": "张三", "company": "某某科技", "manager": "李四",
                         "keywords": "budget", "comments": "first draft"})
    sheet = book.add_worksheet("预算 2026")
    sheet.write_row("B2", ["Item", "Sum"])
    sheet.write_row("B3", ["Travel", 1200])
    sheet.write_comment("C3", "please check", {"author": "Wang"})
    sheet.insert_textbox("E5", "Only until May", {"description": "a yellow note"})
    sheet.insert_image("E12", str(folder / "dot.png"), {"description": "公司标志"})
    sheet.set_header('&L&"Arial,Bold"&10Confidential && secret&CPage &P of &N&R内部')
    sheet.set_footer("&Cdraft")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "='预算 2026'!$C$3:$C$3", "categories": "='预算 2026'!$B$3:$B$3"})
    chart.set_title({"name": "Costs by item"})
    sheet.insert_chart("H20", chart)
    book.add_worksheet("Notes")
    book.close()
    return folder / "a.xlsx"


def test_a_workbook_gives_what_stands_beside_its_cells(tmp_path: Path, extractor: Extractor) -> None:
    result = extractor.read(make_workbook(tmp_path), "a.xlsx")

    assert result.state == "ok"
    assert set(found(result)) == {
        ("预算 2026!B2", "Item\tSum"), ("预算 2026!B3", "Travel\t1200"),
        ("预算 2026 header", "Confidential & secret\tPage of\t内部"), ("预算 2026 footer", "draft"),
        ("预算 2026!E5", "Only until May"), ("预算 2026!E5", "a yellow note"), ("预算 2026!E12", "公司标志"),
        ("预算 2026!H20", "Costs by item"), ("预算 2026!C3 comment", "please check"),
    }  # fmt: skip


def test_a_workbook_tells_who_wrote_it_and_its_sheets(tmp_path: Path, extractor: Extractor) -> None:
    properties = dict(extractor.read(make_workbook(tmp_path), "a.xlsx").properties)

    assert properties.pop("created").startswith("20")
    assert properties.pop("saved").startswith("20")
    assert properties == {
        "author": "张三", "saved by": "张三", "company": "某某科技", "manager": "李四", "keywords": "budget",
        "description": "first draft", "sheets": "预算 2026 · Notes"}


def test_the_sheet_on_which_a_register_keeps_its_notes_is_not_told(tmp_path: Path, extractor: Extractor) -> None:
    write_workbook(load_schema("risks"), "en", [], tmp_path / "r.xlsx", project="x", today=dt.date(2026, 3, 18))

    properties = dict(extractor.read(tmp_path / "r.xlsx", "r.xlsx").properties)

    assert properties["sheets"] == "Risk register · Risk matrix"


def test_pictures_and_charts_of_a_presentation_speak(tmp_path: Path, extractor: Extractor) -> None:
    (tmp_path / "dot.png").write_bytes(DOT)
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "启动会 Kick-off"
    picture = slide.shapes.add_picture(str(tmp_path / "dot.png"), 0, 0)
    picture._element.nvPicPr.cNvPr.set("descr", "Floor plan of the office")
    data = CategoryChartData()
    data.categories = ["Spring", "Autumn"]
    data.add_series("Turnover", (1.5, 2.5))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(3), Inches(3), data)
    deck.core_properties.author = "赵六"
    deck.save(str(tmp_path / "a.pptx"))

    result = extractor.read(tmp_path / "a.pptx", "a.pptx")

    texts = [text for place, text in found(result) if place == "slide 1"]
    assert texts[0] == "启动会 Kick-off"
    assert {"Floor plan of the office", "Spring", "Autumn", "Turnover"} <= set(texts)
    properties = dict(result.properties)
    assert (properties["author"], properties["slides"], properties["slide titles"]) == ("赵六", "1", "启动会 Kick-off")


def test_a_picture_in_a_document_is_found_by_its_description(tmp_path: Path, extractor: Extractor) -> None:
    (tmp_path / "dot.png").write_bytes(DOT)
    document = docx.Document()
    for _ in range(2):
        document.add_picture(str(tmp_path / "dot.png"))
    for shape in document.inline_shapes:
        shape._inline.docPr.set("descr", "组织结构图")
    document.core_properties.author = "张三"
    document.core_properties.last_modified_by = "李四"
    document.save(str(tmp_path / "a.docx"))

    result = extractor.read(tmp_path / "a.docx", "a.docx")

    assert found(result) == [("picture", "组织结构图")]
    properties = dict(result.properties)
    assert (properties["author"], properties["saved by"]) == ("张三", "李四")
    assert set(properties) <= set(PROPERTIES)


PREFIXES = ("office", "text", "table", "draw", "svg", "style", "dc", "meta")
ODF = " ".join(f'xmlns:{name}="urn:{name}"' for name in PREFIXES)


def make_open(path: Path, mark: str, body: str, styles: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", f"application/vnd.oasis.opendocument.{mark}")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr("content.xml", f"<office:document-content {ODF}><office:body>{body}</office:body>"
                         "</office:document-content>")
        package.writestr("styles.xml", f"<office:document-styles {ODF}>{styles}</office:document-styles>")
        package.writestr("meta.xml", f"<office:document-meta {ODF}><meta:initial-creator>张三</meta:initial-creator>"
                         "<dc:creator>李四</dc:creator><meta:keyword>a</meta:keyword><meta:keyword>b</meta:keyword>"
                         '<dc:date>2026-03-01T09:30:00</dc:date><meta:document-statistic meta:page-count="3"/>'
                         "</office:document-meta>")
    return path


def test_an_open_document_keeps_what_a_picture_shows_apart(tmp_path: Path, extractor: Extractor) -> None:
    body = ("<office:text><text:p>Before <draw:frame><draw:image/><svg:title>Logo</svg:title>"
            "<svg:desc>A blue bird</svg:desc></draw:frame>after <text:title>Contract</text:title></text:p>"
            "</office:text>")

    result = extractor.read(make_open(tmp_path / "a.odt", "text", body), "a.odt")

    assert found(result) == [("picture", "Logo"), ("picture", "A blue bird"), ("", "Before after Contract")]
    assert dict(result.properties) == {"author": "张三", "saved by": "李四", "keywords": "a, b",
                                       "saved": "2026-03-01T09:30:00", "pages": "3"}


def test_an_open_workbook_gives_what_stands_beside_its_cells(tmp_path: Path, extractor: Extractor) -> None:
    cell = "<table:table-cell office:value-type='string'>{}</table:table-cell>"
    row = cell.format("<office:annotation><dc:creator>W</dc:creator><text:p>too much?</text:p></office:annotation>"
                      "<text:p>Sum</text:p>")
    body = ("<office:spreadsheet><table:table table:name='费用'><table:shapes><draw:frame><draw:text-box>"
            "<text:p>In a box</text:p></draw:text-box></draw:frame></table:shapes>"
            f"<table:table-row>{row}</table:table-row></table:table></office:spreadsheet>")
    styles = "<style:header><text:p>Top</text:p></style:header>"

    result = extractor.read(make_open(tmp_path / "a.ods", "spreadsheet", body, styles), "a.ods")

    texts = found(result)
    assert ("费用!", "In a box") in texts
    assert ("费用! comment", "too much?") in texts
    assert ("header", "Top") in texts
    assert [text for place, text in texts if "Sum" in text and place.startswith("费用!")]
    assert sum("Sum" in text for _, text in texts) == 1


def test_notes_and_fields_of_a_pdf_are_read(tmp_path: Path, extractor: Extractor) -> None:
    objects = (
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[4 0 R 5 0 R]>>",
        "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(Too vague)>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Zhang San)/Rect[9 9 30 30]>>",
        "<</Title(Offer)/Author(Li)/CreationDate(D:20260301093000+08'00')>>")
    body = "".join(f"{number} 0 obj{text} endobj\n" for number, text in enumerate(objects, start=1))
    (tmp_path / "a.pdf").write_text(f"%PDF-1.4\n{body}trailer<</Size 7/Root 1 0 R/Info 6 0 R>>")

    result = extractor.read(tmp_path / "a.pdf", "a.pdf")

    assert found(result) == [("p. 1 comment", "Too vague"), ("p. 1 field", "Zhang San")]
    assert (result.title, dict(result.properties)) == (
        "Offer", {"author": "Li", "created": "2026-03-01T09:30:00+08:00", "pages": "1"})


@pytest.mark.parametrize(("text", "moment"), [
    ("D:20260301093000+08'00'", "2026-03-01T09:30:00+08:00"), ("D:20260301093000Z", "2026-03-01T09:30:00Z"),
    ("D:20260301", "2026-03-01"), ("20260301", "2026-03-01"), ("D:2026", "2026"), ("yesterday", ""), ("", "")])
def test_dates_of_pdf_are_told_as_others_are(text: str, moment: str) -> None:
    assert pdf_moment(text) == moment


def test_a_mail_tells_its_people_and_when(tmp_path: Path, extractor: Extractor) -> None:
    (tmp_path / "a.eml").write_bytes(
        b"Subject: Hi\r\nFrom: =?utf-8?B?5byg5LiJ?= <z@example.com>\r\nTo: b@example.com\r\n"
        b"Date: Mon, 2 Mar 2026 09:00:00 +0800\r\n\r\nHello\r\n")

    result = extractor.read(tmp_path / "a.eml", "a.eml")

    assert dict(result.properties) == {"from": "张三 <z@example.com>", "to": "b@example.com",
                                       "date": "2026-03-02T09:00:00+08:00"}
