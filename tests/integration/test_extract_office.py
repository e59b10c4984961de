"""Word, PowerPoint, Excel and OpenDocument files, made here and read by the worker."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest

from folderkit.extract import Extraction, Extractor

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("text", "text"), ("style", "style"), ("draw", "drawing"),
                         ("table", "table"), ("presentation", "presentation"), ("manifest", "manifest"))
)  # fmt: skip


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


def make_zip(path: Path, parts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return path


def rels(**targets: str) -> str:
    """A part of relations: `header="header1.xml"` has the id "header"; a number may follow the type."""
    links = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{name.rstrip("0123456789")}" Target="{target}"/>'
        for name, target in targets.items()
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{links}</Relationships>'


def found(result: Extraction) -> list[tuple[str, str]]:
    return [(passage.place, passage.text) for passage in result.passages]


def test_a_word_document_gives_paragraphs_cells_and_its_title(tmp_path: Path, extractor: Extractor) -> None:
    document = docx.Document()
    document.core_properties.title = "服务合同"
    document.add_paragraph("甲方：北京某某科技有限公司")
    document.add_paragraph("Tab\there\nand below")
    cells = document.add_table(rows=1, cols=2).rows[0].cells
    cells[0].text, cells[1].text = "违约金", "12,000"
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    document.save(str(tmp_path / "blob"))

    result = extractor.read(tmp_path / "blob", "合同.docx")

    assert (result.state, result.title) == ("ok", "服务合同")
    assert found(result) == [
        ("", "甲方：北京某某科技有限公司"),
        ("", "Tab\there\nand below"),
        ("", "违约金"),
        ("", "12,000"),
        ("header", "Confidential"),
        ("footer", "第 1 页"),
    ]


def test_text_boxes_notes_and_comments_are_found_and_deletions_are_not(tmp_path: Path, extractor: Extractor) -> None:
    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    box = f"<w:pict><v:textbox><w:txbxContent>{paragraph('In the box')}</w:txbxContent></v:textbox></w:pict>"
    body = (
        f'<w:document {W} xmlns:v="urn:v" xmlns:mc="urn:mc"><w:body>'
        "<w:p><w:pPr><w:tabs><w:tab w:pos='9'/></w:tabs></w:pPr><w:r><w:t>Around </w:t></w:r>"
        f"<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>the box</w:t></w:r></w:p>"
        "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p></w:body></w:document>"
    )
    path = make_zip(
        tmp_path / "blob",
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": rels(officeDocument="/word/main.xml"),
            "word/main.xml": body,
            "word/_rels/main.xml.rels": rels(
                footnotes="footnotes.xml", endnotes="endnotes.xml", comments="comments.xml", header="gone.xml"
            ),
            "word/footnotes.xml": f"<w:footnotes {W}>{paragraph('See clause 4')}</w:footnotes>",
            "word/endnotes.xml": f"<w:endnotes {W}>{paragraph('Source: client')}</w:endnotes>",
            "word/comments.xml": f"<w:comments {W}>{paragraph('Please check')}</w:comments>",
        },
    )

    assert found(extractor.read(path, "a.docx")) == [
        ("", "In the box"),
        ("", "Around the box"),
        ("", "new"),
        ("footnote", "See clause 4"),
        ("endnote", "Source: client"),
        ("comment", "Please check"),
    ]


def test_a_damaged_header_does_not_cost_the_body(tmp_path: Path, extractor: Extractor) -> None:
    path = make_zip(
        tmp_path / "blob",
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {W}><w:p><w:t>body</w:t></w:p></w:document>",
            "word/_rels/document.xml.rels": rels(header="header1.xml", footer="footer1.xml"),
            "word/header1.xml": f"<w:hdr {W}><w:p><w:t>half",
            "word/footer1.xml": f"<w:ftr {W}><w:p><w:t>foot</w:t></w:p></w:ftr>",
        },
    )

    result = extractor.read(path, "a.docx")

    assert result.state == "partial"
    assert found(result) == [("", "body"), ("footer", "foot")]
    assert "damaged" in result.detail


def test_slides_come_in_their_order_with_notes_and_comments(tmp_path: Path, extractor: Extractor) -> None:
    def slide(tag: str, *lines: str) -> str:
        texts = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
        number = '<a:p><a:fld type="slidenum"><a:t>7</a:t></a:fld></a:p>'
        return f"<p:{tag} {P} {A}><p:txBody>{texts}{number}</p:txBody></p:{tag}>"

    path = make_zip(
        tmp_path / "blob",
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": f'<p:presentation {P} {R}><p:sldIdLst><p:sldId id="256" r:id="slide2"/>'
            '<p:sldId id="257" r:id="slide1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": rels(slide1="slides/slide1.xml", slide2="slides/slide2.xml"),
            "ppt/slides/slide1.xml": slide("sld", "Second"),
            "ppt/slides/slide2.xml": slide("sld", "项目启动会", "Agenda"),
            "ppt/slides/_rels/slide2.xml.rels": rels(notesSlide="../notesSlides/n.xml", comments="../comments/c.xml"),
            "ppt/notesSlides/n.xml": slide("notes", "Say hello"),
            "ppt/comments/c.xml": f"<p:cmLst {P}><p:cm><p:text>Too long</p:text></p:cm></p:cmLst>",
            "docProps/core.xml": '<c xmlns:dc="urn:dc"><dc:title>Kick-off</dc:title><dc:creator>X</dc:creator></c>',
        },
    )

    result = extractor.read(path, "a.pptx")

    assert (result.state, result.title) == ("ok", "Kick-off")
    assert found(result) == [
        ("slide 1", "项目启动会"),
        ("slide 1", "Agenda"),
        ("slide 1 notes", "Say hello"),
        ("slide 1 comment", "Too long"),
        ("slide 2", "Second"),
    ]


def make_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.properties.title = "风险登记表"
    sheet = book.active
    assert sheet is not None
    sheet.title = "风险"
    sheet["B3"], sheet["C3"], sheet["E3"] = "编号", "金额", "到期"
    sheet["B7"], sheet["C7"], sheet["E7"] = "R-001", 12000, datetime.date(2026, 3, 1)
    book.create_sheet("Empty")
    book.create_sheet("Hidden").sheet_state = "hidden"
    book["Hidden"]["A1"] = True
    book.save(path)
    return path


def test_a_workbook_gives_a_passage_per_row_with_its_cell(tmp_path: Path, extractor: Extractor) -> None:
    result = extractor.read(make_workbook(tmp_path / "blob"), "风险.xlsx")

    assert (result.state, result.title) == ("ok", "风险登记表")
    assert found(result) == [
        ("风险!B3", "编号\t金额\t到期"),
        ("风险!B7", "R-001\t12000\t2026-03-01"),
        ("Hidden!A1", "TRUE"),
    ]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("suffix", ["xls", "ods"])
def test_other_workbooks_give_the_same_rows(tmp_path: Path, extractor: Extractor, suffix: str) -> None:
    make_workbook(tmp_path / "book.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", suffix, "--outdir", tmp_path, tmp_path / "book.xlsx"],
        check=True,
        capture_output=True,
        timeout=180,
    )

    result = extractor.read(tmp_path / f"book.{suffix}", "book")

    assert ("风险!B7", "R-001\t12000\t2026-03-01") in found(result)
    assert ("风险!B3", "编号\t金额\t到期") in found(result)


def test_an_open_document_gives_body_notes_comments_and_margins(tmp_path: Path, extractor: Extractor) -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>一、总则</text:h>"
        '<text:p>Amount<text:s text:c="2"/>due<text:tab/>now<text:note text:note-class="footnote">'
        "<text:note-citation>1</text:note-citation><text:note-body><text:p>net</text:p></text:note-body></text:note>"
        "<office:annotation><text:p>why?</text:p></office:annotation><text:line-break/>end</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>cell</text:p></table:table-cell></table:table-row>"
        "</table:table>"
    )
    path = make_zip(
        tmp_path / "blob",
        {
            "content.xml": f"<office:document-content {ODF}>{body}</office:document-content>",
            "styles.xml": f"<office:document-styles {ODF}><text:p>style</text:p><style:header><text:p>Top</text:p>"
            "</style:header><style:footer><text:p>Bottom</text:p></style:footer></office:document-styles>",
            "meta.xml": '<m xmlns:dc="urn:dc"><dc:title>章程</dc:title></m>',
        },
    )

    result = extractor.read(path, "a.odt")

    assert (result.state, result.title) == ("ok", "章程")
    assert found(result) == [
        ("", "一、总则"),
        ("footnote", "net"),
        ("comment", "why?"),
        ("", "Amount  due\tnow\nend"),
        ("", "cell"),
        ("header", "Top"),
        ("footer", "Bottom"),
    ]


def test_an_open_presentation_counts_its_slides(tmp_path: Path, extractor: Extractor) -> None:
    body = (
        "<draw:page><text:p>First</text:p><presentation:notes><text:p>Smile</text:p></presentation:notes></draw:page>"
        "<draw:page><text:p>Second</text:p></draw:page>"
    )
    path = make_zip(tmp_path / "b", {"content.xml": f"<office:document-content {ODF}>{body}</office:document-content>"})

    assert found(extractor.read(path, "a.odp")) == [
        ("slide 1", "First"),
        ("slide 1 notes", "Smile"),
        ("slide 2", "Second"),
    ]


@pytest.mark.parametrize("name", ["a.odt", "a.ods"])
def test_an_encrypted_open_document_is_said_to_be_so(tmp_path: Path, extractor: Extractor, name: str) -> None:
    manifest = f"<manifest:manifest {ODF}><manifest:encryption-data/></manifest:manifest>"
    path = make_zip(tmp_path / "b", {"content.xml": "\x01\x02", "META-INF/manifest.xml": manifest})

    assert extractor.read(path, name).state == "encrypted"


def test_the_content_decides_and_not_the_name(tmp_path: Path, extractor: Extractor) -> None:
    workbook = make_workbook(tmp_path / "blob")
    assert extractor.read(workbook, "风险.txt").state == "ok"
    assert extractor.read(workbook, "no suffix").title == "风险登记表"

    (tmp_path / "text").write_text("plain words")
    assert extractor.read(tmp_path / "text", "a.docx").state == "broken"
    assert extractor.read(tmp_path / "text", "a.pdf").state == "broken"


def test_of_other_zips_the_names_are_read(tmp_path: Path, extractor: Extractor) -> None:
    path = make_zip(tmp_path / "blob", {"word/a.txt": "x"})
    assert found(extractor.read(path, "a.zip")) == [("member", "word/a.txt")]
