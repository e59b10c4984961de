"""Contents pages of people's own templates: what stands around them, lists of figures, page numbers as printed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from folderkit.documents import pdf_of, soffice, with_contents
from tests.integration.test_documents import p, parts_of, write_word

needs_libreoffice = pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
PAGE = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def contents(instruction: str = r'TOC \o "1-3"', before: str = "", after: str = "", properties: str = "") -> str:
    return (f"<w:p>{properties}{before}{mark('begin')}<w:r><w:instrText>{instruction}</w:instrText></w:r>"
            f"{mark('separate')}<w:r><w:t>old</w:t></w:r>{mark('end')}{after}</w:p>")


def heading(words: str, properties: str = "") -> str:
    return f'<w:p><w:pPr>{properties}<w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>'


def section(numbering: str = "") -> str:
    return (f'<w:sectPr><w:type w:val="nextPage"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" '
            f'w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/>{numbering}'
            "</w:sectPr>")


def ended(numbering: str = "") -> str:
    return f"<w:p><w:pPr>{section(numbering)}</w:pPr></w:p>"


def made(folder: Path, body: str, *, paged: bool = False) -> bytes:
    settings = f'<w:settings xmlns:w="{W[1:-1]}"><w:compat/></w:settings>'
    path = write_word(folder / "a.docx", body)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("word/settings.xml", settings)
    return with_contents(path.read_bytes(), pdf_of if paged else None)


def lines(document: bytes) -> list[str]:
    """The words of each paragraph with any; a dash for a tab."""
    root = ET.fromstring(parts_of(document)["word/document.xml"])
    found = []
    for paragraph in root.iter(f"{W}p"):
        words = ["-" if node.tag == f"{W}tab" else node.text or "" for run in paragraph.iter(f"{W}r") for node in run
                 if node.tag in (f"{W}t", f"{W}tab")]
        found.append("".join(words))
    return [words for words in found if words]


def test_words_around_the_field_and_the_break_behind_it_stay(tmp_path: Path) -> None:
    before, after = (f"<w:r><w:t>{words}</w:t></w:r>" for words in ("Contents:", "Note"))
    body = contents(before=before, after=after, properties=f"<w:pPr>{section()}</w:pPr>") + heading("A") + section()
    document = made(tmp_path, body)

    assert lines(document) == ["Contents:", "A-", "Note", "A"]
    xml = parts_of(document)["word/document.xml"]
    assert xml.count("<w:sectPr") == 2
    assert xml.index("Note") < xml.index("<w:outlineLvl")
    assert xml.index("<w:sectPr") < xml.index("Note")  # in its paragraph's properties


def test_a_list_of_figures_is_no_contents_page(tmp_path: Path) -> None:
    figures = contents(r'TOC \h \z \c "图"').replace("old", "Figure 1")
    document = made(tmp_path, figures + heading("A") + section())
    assert lines(document) == ["Figure 1", "A"]
    assert "updateFields" in parts_of(document)["word/settings.xml"]
    assert lines(made(tmp_path, figures + contents() + heading("A") + section())) == ["Figure 1", "A-", "A"]


def test_a_document_that_is_filled_again_as_a_template_has_each_bookmark_once(tmp_path: Path) -> None:
    once = made(tmp_path, contents() + heading("A") + heading("B") + section())
    xml = parts_of(with_contents(once, None))["word/document.xml"]
    for name in ("name", "id"):
        found = re.findall(rf'<w:bookmarkStart\b[^>]*w:{name}="([^"]*)"', xml)
        assert len(found) == len(set(found)) == 2
    assert xml.count("<w:bookmarkEnd") == 2


@needs_libreoffice
@pytest.mark.parametrize(("body", "pages"), [
    # a cover and the contents in the section of the text, which counts from the number given
    (p("cover") + PAGE + contents() + PAGE + heading("A") + PAGE + heading("B")
     + section('<w:pgNumType w:start="1"/>'), ["3", "4"]),
    (p("cover") + PAGE + contents() + PAGE + heading("A") + section('<w:pgNumType w:start="0"/>'), ["2"]),
    # a text that counts anew, and begins with a page without a heading
    (p("cover") + contents() + ended() + p("foreword") + PAGE + heading("A") + section('<w:pgNumType w:start="1"/>'),
     ["2"]),
    (p("cover") + ended('<w:pgNumType w:start="0"/>') + contents() + ended('<w:pgNumType w:start="1"/>')
     + heading("A") + PAGE + heading("B") + section(), ["2", "3"]),
    # front pages in Roman numbers
    (contents() + PAGE + heading("Preface") + ended('<w:pgNumType w:fmt="lowerRoman"/>') + heading("A")
     + section('<w:pgNumType w:start="1"/>'), ["ii", "1"]),
])
def test_pages_are_numbered_as_they_are_printed(tmp_path: Path, body: str, pages: list[str]) -> None:
    document = made(tmp_path, body, paged=True)
    entries = [line for line in lines(document) if "-" in line]
    assert [entry.rpartition("-")[2] for entry in entries] == pages
    assert "outlineLvl w:val=\"8\"" not in parts_of(document)["word/document.xml"]


NUMBERED = (f'<w:numbering xmlns:w="{W[1:-1]}"><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0">'
            '<w:start w:val="10"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1章"/></w:lvl>'
            "</w:abstractNum>"
            '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>')


@needs_libreoffice
@pytest.mark.parametrize("numbered", [True, False])
def test_words_stand_behind_long_numbers_and_pages_at_the_right(tmp_path: Path, numbered: bool) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    list_of = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if numbered else ""
    body = contents() + PAGE + heading("序", list_of) + heading("结", list_of) + section()
    path = write_word(tmp_path / "a.docx", body)
    parts = {name: data.encode() for name, data in parts_of(path.read_bytes()).items()}
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", f'<Override PartName="/word/numbering.xml" ContentType="{kind}"/></Types>'.encode())
    parts["word/_rels/document.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" '
        f'Type="{relation}" Target="numbering.xml"/></Relationships>').encode()
    parts["word/numbering.xml"] = NUMBERED.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)

    document = with_contents(packed.getvalue(), pdf_of)

    assert [line.count("-") for line in lines(document) if "-" in line] == [1 + numbered] * 2
    page = pypdfium2.PdfDocument(pdf_of(document))[0]
    text = page.get_textpage()
    right = [text.get_charbox(place)[2] for place in range(text.count_chars()) if text.get_text_range(place, 1) == "2"]
    assert len(right) == 2
    assert all(abs(edge - (11906 - 1440) / 20) < 3 for edge in right)  # both at the margin
    words = [text.get_charbox(place)[0] for place in range(text.count_chars())
             if text.get_text_range(place, 1) in ("序", "结")]
    assert abs(words[0] - words[1]) < 1  # under each other
    assert words[0] < 200


def test_what_has_no_headings_keeps_an_empty_page(tmp_path: Path) -> None:
    assert lines(made(tmp_path, contents() + p("x") + section())) == ["x"]
