"""Word files in Word files: filled with the same facts, at home among the other's styles, lists and pictures."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import docx
import pytest
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.shared import Emu, Mm, Pt
from docx.text.paragraph import Paragraph

from folderkit.core.errors import FolderkitError
from folderkit.core.settings import Firm
from folderkit.documents import Reach, fields_of, pdf_of, render, soffice, template_of_file
from tests.integration.test_documents import failure, p, parts_of, row, text_of, write_word
from tests.integration.test_documents_images import HALVES, picture


def body(path: Path, context: dict[str, Any] | None = None, reach: Reach | None = None) -> list[str]:
    made = render(template_of_file(path), "en", context or {}, Firm(), reach=reach or Reach())
    return text_of(parts_of(made)["word/document.xml"])


def outer(folder: Path, tag: str = "{{p include('part.docx') }}") -> Path:
    document = docx.Document()
    document.add_paragraph("before")
    document.add_paragraph(tag)
    document.add_paragraph("after")
    document.sections[0].header.paragraphs[0].text = "outer header"
    document.save(str(folder / "outer.docx"))
    return folder / "outer.docx"


def part(folder: Path) -> Path:
    """A file with a picture, a link, a list, a style and a header of its own, on a page that lies."""
    document = docx.Document()
    document.add_heading("Terms for {{ client }}", 1)
    own = document.styles.add_style("Clause", WD_STYLE_TYPE.PARAGRAPH)
    own.font.size = Pt(7)
    own.base_style = document.styles["Quote"]
    document.add_paragraph("clause {{ number }}", "Clause")
    document.add_paragraph("first", "List Number")
    document.add_picture(str(picture(folder / "inner.png")), Mm(20))
    document.add_paragraph("{{ image('inner.png', 10, 10) }}")
    table = document.add_table(3, 1)
    for cells, text in zip(table.rows, ("{%tr for x in xs %}", "{{ x }}", "{%tr endfor %}"), strict=True):
        cells.cells[0].text = text
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.header.paragraphs[0].text = "inner header {{ client }}"
    section.header.paragraphs[0].add_run().add_picture(str(folder / "inner.png"), Mm(5))
    document.save(str(folder / "part.docx"))
    return folder / "part.docx"


FACTS = {"client": "Acme & Co", "number": 7, "xs": ["r1", "r2"]}


def test_a_file_is_filled_in_the_place_of_its_tag(tmp_path: Path) -> None:
    inner = ("for {{ client }}", "{%p if number %}", "no {{ number }}", "{%p endif %}")
    write_word(tmp_path / "part.docx", "".join(map(p, inner)))

    assert body(outer(tmp_path), FACTS) == ["before", "for Acme & Co", "no 7", "after"]


def test_pictures_styles_and_lists_come_along(tmp_path: Path) -> None:
    part(tmp_path)
    made = render(template_of_file(outer(tmp_path)), "en", FACTS, Firm(), reach=Reach((tmp_path,)))

    document = docx.Document(io.BytesIO(made))
    styles = {found.text: found.style.name for found in document.paragraphs if found.style}
    assert styles["Terms for Acme & Co"] == "Heading 1"
    assert styles["clause 7"] == "Clause"
    clause: Any = document.styles["Clause"]
    assert clause.font.size == Pt(7)
    assert clause.base_style.name == "Quote"
    assert [cells.cells[0].text for cells in document.tables[0].rows] == ["r1", "r2"]
    parts = parts_of(made)
    xml, relations = parts["word/document.xml"], parts["word/_rels/document.xml.rels"]
    embedded = re.findall(r'r:embed="(\w+)"', xml)
    assert len(embedded) == 2
    assert len(set(embedded)) == 1  # the same picture, stored once
    assert re.search(f'Id="{embedded[0]}"[^>]*Target="media/', relations)
    ids = re.findall(r'<wp:docPr [^>]*?\bid="(\d+)"', xml)
    assert len(ids) == len(set(ids)) == 2
    assert len(document.sections) == 1
    assert "outer header" in parts["word/header1.xml"]
    assert made == render(template_of_file(tmp_path / "outer.docx"), "en", FACTS, Firm(), reach=Reach((tmp_path,)))


def test_as_a_section_of_its_own_it_keeps_its_page_and_its_headers(tmp_path: Path) -> None:
    part(tmp_path)
    path = outer(tmp_path, "{{p include('part.docx', section=True) }}")

    document = docx.Document(io.BytesIO(render(template_of_file(path), "en", FACTS, Firm(), reach=Reach((tmp_path,)))))

    assert [section.orientation for section in document.sections] == [
        WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    assert [section.header.paragraphs[0].text for section in document.sections] == [
        "outer header", "inner header Acme & Co", "outer header"]
    inner = document.sections[1].header.part
    assert [found.target_part.blob for found in inner.rels.values()] == [(tmp_path / "inner.png").read_bytes()]


ANNEX = "{{p include('annex.docx', section=True, x=x) }}"
EACH = ("{%p for x in xs %}", ANNEX, "{%p endfor %}")


def annex(folder: Path) -> None:
    """A page that lies, with a header."""
    document = docx.Document()
    document.add_paragraph("annex {{ x }}")
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.header.paragraphs[0].text = "inner"
    document.save(str(folder / "annex.docx"))


def sections(folder: Path, *paragraphs: str, name: str = "host.docx") -> list[tuple[int, str, str]]:
    """Width, header and words of each section that a document of these paragraphs, and breaks (""), becomes."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = name
    for words in paragraphs:
        if words:
            document.add_paragraph(words)
        else:
            document.add_section(WD_SECTION.CONTINUOUS)
    for section in document.sections:
        section.page_width = Mm(200 if name == "host.docx" else 150)
    document.save(str(folder / name))
    made = docx.Document(io.BytesIO(render(template_of_file(folder / name), "en", {"xs": [1, 2]}, Firm())))
    return [(round(Emu(section.page_width or 0).mm), section.header.paragraphs[0].text,
             " ".join(part.text for part in section.iter_inner_content() if isinstance(part, Paragraph) and part.text))
            for section in made.sections]


HOST = (200, "host.docx")
INNER = (297, "inner")


@pytest.mark.parametrize(("paragraphs", "found"), [
    (("a", *EACH, "b"), [(*HOST, "a"), (*INNER, "annex 1"), (*INNER, "annex 2"), (*HOST, "b")]),
    (("a", *EACH[:2], "b", EACH[2]), [(*HOST, "a"), (*INNER, "annex 1"), (*HOST, "b"), (*INNER, "annex 2"),
                                      (*HOST, "b")]),
    (EACH, [(*INNER, "annex 1"), (*INNER, "annex 2")]),
    (("a", "", "b", *EACH, "c", "", "d"), [(*HOST, "a"), (*HOST, "b"), (*INNER, "annex 1"), (*INNER, "annex 2"),
                                           (*HOST, "c"), (*HOST, "d")]),
])
def test_sections_around_included_ones_keep_their_pages_and_headers(tmp_path: Path, paragraphs: tuple[str, ...],
                                                                    found: list[tuple[int, str, str]]) -> None:
    annex(tmp_path)
    assert sections(tmp_path, *paragraphs) == found


@pytest.mark.parametrize("section", [True, False])
def test_a_section_in_an_included_file_keeps_its_page_and_header(tmp_path: Path, section: bool) -> None:
    annex(tmp_path)
    sections(tmp_path, "a", ANNEX.replace("x=x", "x=9"), "b", name="middle.docx")
    around = (150, "middle.docx") if section else HOST
    told = sections(tmp_path, "start", f"{{{{p include('middle.docx', section={section}) }}}}", "end")

    first, last = [(*HOST, "start"), (*around, "a")], [(*around, "b"), (*HOST, "end")]
    joined = [(*HOST, "start a")], [(*HOST, "b end")]
    assert told == [*(first if section else joined[0]), (*INNER, "annex 9"), *(last if section else joined[1])]


def test_an_included_file_that_ends_with_a_section_has_no_empty_page_behind_it(tmp_path: Path) -> None:
    annex(tmp_path)
    sections(tmp_path, ANNEX.replace("x=x", "x=9"), name="middle.docx")
    assert sections(tmp_path, "start", "{{p include('middle.docx', section=True) }}", "end") == [
        (*HOST, "start"), (*INNER, "annex 9"), (*HOST, "end")]


def ended(tag: str, width: int, more: str = "") -> str:
    """A paragraph of a tag that ends a section of that width."""
    return (f'<w:p><w:pPr><w:sectPr>{more}<w:pgSz w:w="{width}" w:h="9000"/></w:sectPr></w:pPr>'
            + (f"<w:r><w:t>{tag}</w:t></w:r></w:p>" if tag else "</w:p>"))


LAST = '<w:sectPr><w:type w:val="continuous"/><w:pgSz w:w="8000" w:h="9000"/><w:pgNumType w:start="7"/></w:sectPr>'


@pytest.mark.parametrize(("paragraphs", "found"), [
    (p("a") + ended(ANNEX, 7000) + p("b"), [(7000, ["a"]), (16838, ["annex 1"]), (8000, ["b"])]),
    (p("a") + p(ANNEX) + ended("", 7000) + p("b"), [(7000, ["a"]), (16838, ["annex 1"]), (8000, ["b"])]),
    (ended(ANNEX, 7000) + p("b"), [(16838, ["annex 1"]), (8000, ["b"])]),
    (p("a") + ended(ANNEX, 7000) + p("b") + ended(ANNEX, 6000) + p("c"),
     [(7000, ["a"]), (16838, ["annex 1"]), (6000, ["b"]), (16838, ["annex 1"]), (8000, ["c"])]),
    (p("a") + ended(ANNEX, 7000) + ended(ANNEX, 6000) + p("c"),
     [(7000, ["a"]), (16838, ["annex 1"]), (16838, ["annex 1"]), (8000, ["c"])]),
    (p("a") + p(ANNEX) + p("more") + ended("", 7000) + p("b"),
     [(7000, ["a"]), (16838, ["annex 1"]), (7000, ["more"]), (8000, ["b"])]),
])
def test_a_section_that_ends_where_one_is_included_leaves_no_empty_page(tmp_path: Path, paragraphs: str,
                                                                         found: list[tuple[int, list[str]]]) -> None:
    annex(tmp_path)
    path = write_word(tmp_path / "a.docx", paragraphs + LAST)
    made = render(template_of_file(path), "en", {"x": 1}, Firm())

    told = [(int(section.page_width or 0) // 635, [one.text for one in section.iter_inner_content()
                                                   if isinstance(one, Paragraph) and one.text])
            for section in docx.Document(io.BytesIO(made)).sections]
    assert told == found
    last = parts_of(made)["word/document.xml"].rpartition("<w:sectPr")[2]
    assert 'w:start="7"' in last  # it is the author's own, and counts as it says
    own_page = "more" not in paragraphs  # the included file, where it is what stands before
    assert ("nextPage" if own_page else "continuous") in last


def test_headers_go_on_behind_a_section_that_ended_where_one_was_included(tmp_path: Path) -> None:
    annex(tmp_path)
    assert sections(tmp_path, "a", ANNEX.replace("x=x", "x=9"), "", "b") == [
        (*HOST, "a"), (*INNER, "annex 9"), (*HOST, "b")]


def test_after_an_included_section_pages_are_counted_on(tmp_path: Path) -> None:
    annex(tmp_path)
    number = '<w:type w:val="continuous"/><w:pgSz w:w="1" w:h="1"/><w:pgNumType w:fmt="decimal" w:start="1"/>'
    path = write_word(tmp_path / "a.docx", p("a") + p(ANNEX) + p("b") + f"<w:sectPr>{number}</w:sectPr>")

    xml = parts_of(render(template_of_file(path), "en", {"x": 1}, Firm()))["word/document.xml"]

    last = xml[xml.rindex("<w:sectPr"):]
    assert 'w:fmt="decimal"' in last
    assert "w:start=" not in last
    assert "nextPage" in last
    assert xml.count('w:start="1"') == 1


@pytest.mark.parametrize(("body", "told"), [
    (f"<w:tbl>{row(ANNEX)}</w:tbl>", "inside of a table or a text box (table 1, row 1, cell 1)"),
    (p("x"), "only the text has sections"),
])
def test_a_section_has_no_place_in_cells_and_headers(tmp_path: Path, body: str, told: str) -> None:
    annex(tmp_path)
    more = {"header1": p(ANNEX)} if "only" in told else {}
    error = failure(write_word(tmp_path / "a.docx", body, **more), {"x": 1})
    assert told in error.message.en
    assert re.search("[一-龥]", error.message.zh)


def test_lists_that_a_tag_of_an_included_file_makes_are_the_tags_own(tmp_path: Path) -> None:
    inner = docx.Document()
    inner.add_paragraph("of the file", "List Bullet")
    inner.add_paragraph("{{p t|markdown }}")
    inner.save(str(tmp_path / "part.docx"))
    write_word(tmp_path / "middle.docx", p("{{p include('part.docx') }}"))
    for tag in ("{{p include('part.docx') }}", "{{p include('middle.docx') }}"):
        path = write_word(tmp_path / "a.docx", p(tag))
        parts = parts_of(render(template_of_file(path), "en", {"t": "1. a"}, Firm()))
        (number,) = re.findall(r'<w:numId w:val="(\d+)"', parts["word/document.xml"])
        (look,) = re.findall(rf'<w:num w:numId="{number}"><w:abstractNumId w:val="(\d+)"', parts["word/numbering.xml"])
        forms = re.findall(rf'w:abstractNumId="{look}"(?:(?!</w:abstractNum>).)*?<w:numFmt w:val="(\w+)"',
                           parts["word/numbering.xml"], re.DOTALL)
        assert forms == ["decimal"]
        assert "F01D" not in parts["word/document.xml"]


def test_styles_and_lists_of_newer_programs_come_along_without_what_only_these_know(tmp_path: Path) -> None:
    document = docx.Document()
    document.styles.add_style("Mine", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("words", "Mine")
    document.add_paragraph("one", "List Number")
    document.save(str(tmp_path / "part.docx"))
    parts = parts_of((tmp_path / "part.docx").read_bytes())
    spaces = ('xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
              'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" ')
    glow = ('<w:rPr><w14:ligatures w14:val="all"/><w14:textOutline w14:w="9"><w14:solidFill><w14:srgbClr w14:val="FF"/>'
            '</w14:solidFill></w14:textOutline><w:sz w:val="31"/></w:rPr>')
    before, name, after = parts["word/styles.xml"].partition('<w:name w:val="Mine"/>')
    parts["word/styles.xml"] = f"{before}{name}{after.replace('</w:style>', f'{glow}</w:style>', 1)}"
    form = '<w:numFmt w:val="decimal"/>'
    parts["word/numbering.xml"] = parts["word/numbering.xml"].replace(
        form, '<mc:AlternateContent><mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001"/></mc:Choice>'
        f"<mc:Fallback>{form}</mc:Fallback></mc:AlternateContent>")
    with zipfile.ZipFile(tmp_path / "part.docx", "w") as file:
        for name, data in parts.items():
            head, root, rest = data.partition("<w:styles " if "styles" in name else "<w:numbering ")
            known = not root or "xmlns:w14=" in rest.partition(">")[0]
            file.writestr(name, data if known else f"{head}{root}{spaces}{rest}")

    path = write_word(tmp_path / "a.docx", p("{{p include('part.docx') }}"))
    made = parts_of(render(template_of_file(path), "en", {}, Firm()))

    styles, lists = ET.fromstring(made["word/styles.xml"]), ET.fromstring(made["word/numbering.xml"])
    assert 'w:val="31"' in made["word/styles.xml"]
    assert {each.tag.partition("}")[0] for root in (styles, lists) for each in root.iter()} == {
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    assert form in made["word/numbering.xml"]


def test_a_list_that_only_names_its_style_looks_like_that(tmp_path: Path) -> None:
    numbered = ('<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>')
    path = write_word(tmp_path / "part.docx", f"<w:p><w:pPr>{numbered}</w:pPr><w:r><w:t>a</w:t></w:r></w:p>")
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    lists = (f'<w:numbering xmlns:w="{space}"><w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Ours"/>'
             '</w:abstractNum><w:abstractNum w:abstractNumId="4"><w:styleLink w:val="Ours"/><w:lvl w:ilvl="0">'
             '<w:numFmt w:val="upperRoman"/></w:lvl></w:abstractNum><w:num w:numId="2"><w:abstractNumId w:val="1"/>'
             "</w:num></w:numbering>")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("word/numbering.xml", lists)
    outer_path = write_word(tmp_path / "a.docx", p("{{p include('part.docx') }}"))
    assert '"upperRoman"' in parts_of(render(template_of_file(outer_path), "en", {}, Firm()))["word/numbering.xml"]


def test_loops_give_each_file_its_own_values_and_files_may_nest(tmp_path: Path) -> None:
    write_word(tmp_path / "part.docx", p("{{ item.name }}") + p("{{p include('deep') }}"))
    write_word(tmp_path / "deep.en.docx", p("deep {{ client }}"))
    loop = p("{%p for x in xs %}") + p("{{p include('part.docx', item=x) }}") + p("{%p endfor %}")
    path = write_word(tmp_path / "outer.docx", loop)

    assert body(path, {"xs": [{"name": "a"}, {"name": "b"}], "client": "C"}) == ["a", "deep C", "b", "deep C"]
    assert {field.name for field in fields_of(template_of_file(path), "en")} == {"xs", "client"}


def test_what_an_included_file_needs_is_asked_for(tmp_path: Path) -> None:
    write_word(tmp_path / "part.docx", p("{{ only.here }}"))
    path = outer(tmp_path)

    assert {field.name for field in fields_of(template_of_file(path), "en")} == {"only.here"}
    with pytest.raises(FolderkitError, match=r"only\.here"):
        body(path)


def test_a_workspaces_templates_can_be_included(tmp_path: Path) -> None:
    shared, own = tmp_path / "templates", tmp_path / "own"
    for folder in (shared, own):
        folder.mkdir()
    write_word(shared / "part.docx", p("shared"))
    assert body(outer(own), {}, Reach((), (shared,))) == ["before", "shared", "after"]


def test_fields_are_asked_for_of_files_included_from_the_workspaces_templates_and_what_these_include(tmp_path: Path
                                                                                                    ) -> None:
    shared, own = tmp_path / "templates", tmp_path / "own"
    for folder in (shared, own):
        folder.mkdir()
    write_word(shared / "part.docx", p("{{ a }} {{ given }}") + p("{{p include('inner.docx') }}"))
    write_word(own / "inner.docx", p("{{ b }}"))  # beside the first of the files
    path = outer(own, "{{p include('part.docx', given=1) }}")
    template = template_of_file(path, "en", (shared,))

    assert {field.name for field in fields_of(template, "en")} == {"a", "b"}
    assert {question.key for question in template.questions} == {"a", "b"}
    made = render(template, "en", {"a": "A", "b": "B"}, Firm(), reach=Reach((), template.folders))
    assert text_of(parts_of(made)["word/document.xml"]) == ["before", "A 1", "B", "after"]


def test_numbered_lists_of_a_file_count_from_their_own_beginning(tmp_path: Path) -> None:
    part_ = docx.Document()
    part_.add_paragraph("x", "List Number")
    paragraph: Any = part_.paragraphs[0]._p
    numbers = paragraph.get_or_add_pPr().get_or_add_numPr()
    numbers.get_or_add_numId().val = 1
    part_.save(str(tmp_path / "part.docx"))
    path = write_word(tmp_path / "outer.docx", p("{{p include('part.docx') }}") * 2)

    parts = parts_of(render(template_of_file(path), "en", {}, Firm()))

    used = re.findall(r'<w:numId w:val="(\d+)"', parts["word/document.xml"])
    assert len(set(used)) == 2
    assert set(used) <= set(re.findall(r'<w:num w:numId="(\d+)"', parts["word/numbering.xml"]))
    assert "List Number" in parts["word/styles.xml"]


@pytest.mark.parametrize(("tag", "told"), [
    ("{{p include('none.docx') }}", "there is no Word file 'none.docx'"),
    ("{{p include('../part.docx') }}", "must be a file beside the template"),
    ("{{p include('/etc/passwd') }}", "must be a file beside the template"),
    ("{{p include('link.docx') }}", "there is no Word file 'link.docx'"),
    ("{{p include('picture.png') }}", "there is no Word file"),
    ("{{p include('outer.docx') }}", "the file includes itself: outer.docx → outer.docx"),
    ("{{p include('ping.docx') }}", "includes itself: outer.docx → ping.docx → pong.docx → ping.docx"),
    ("{{p include('broken.docx') }}", "is no Word document"),
    ("{{p include('wrong.docx') }}", "wrong.docx: in the text, {{ 1 / 0 }} cannot be computed: division by zero"),
    ("{{p include('notes.docx') }}", "the file has notes or comments"),
    ("{{ include('right.docx') }}", "whole paragraphs"),
    ("{{p include('right.docx') ~ 'x' }}", "cannot be part of a text"),
    ("{{p [include('right.docx'), 'x']|join }}", "stands inside of a text"),
    ("{{p include() }}", "what stands in its brackets does not fit"),
])
def test_what_cannot_be_included_is_told(tmp_path: Path, tag: str, told: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    outside = write_word(tmp_path / "outside.docx", p("x"))
    (folder / "link.docx").symlink_to(outside)
    (folder / "broken.docx").write_bytes(b"no")
    HALVES.save(folder / "picture.png")
    for name, text in (("ping", "{{p include('pong.docx') }}"), ("pong", "{{p include('ping.docx') }}"),
                       ("wrong", "{{ 1 / 0 }}"), ("right", "fine")):
        write_word(folder / f"{name}.docx", p(text))
    write_word(folder / "notes.docx", "<w:p><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>")

    error = failure(write_word(folder / "outer.docx", p(tag)))

    assert told in error.message.en
    assert "(paragraph 1" in error.message.en or "broken.docx" in tag
    assert re.search("[一-龥]", error.message.zh)


def test_values_that_would_tear_an_included_file_apart_do_not(tmp_path: Path) -> None:
    write_word(tmp_path / "part.docx", p("{{ client }}") + f"<w:tbl>{row('{%tr for x in xs %}')}{row('{{ x }}')}"
               f"{row('{%tr endfor %}')}</w:tbl>")
    path = outer(tmp_path)

    assert body(path, {"client": "<w:p> & ]]>\ta\nb", "xs": []})[1:2] == ["<w:p> & ]]>ab"]
    error = failure(path, {"client": "a\x01b", "xs": []})
    assert "client (U+0001)" in error.message.en


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_what_was_put_together(tmp_path: Path) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    part(tmp_path)
    path = outer(tmp_path, "{{p include('part.docx', section=True) }}")
    made = render(template_of_file(path), "en", FACTS, Firm(), reach=Reach((tmp_path,)))

    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf_of(made))]

    assert len(pages) == 3
    assert ["inner header Acme & Co" in page for page in pages] == [False, True, False]
    assert "1. first" in pages[1]
