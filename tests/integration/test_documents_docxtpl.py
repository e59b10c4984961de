"""docxtpl's own test templates: what folderkit makes of them is what docxtpl makes of them.

Left out, since docxtpl's is broken: a plain text in ``{{r }}`` or ``{{p }}``, which docxtpl loses (folderkit gives it
a run or paragraph, see test_documents); sub-documents where docxcompose is not installed, without which docxtpl cannot
make any. template_error_tpl is wrong on purpose. Filters that a caller writes in Python have no place in folderkit,
which knows custom_jinja_filters_tpl's as little as docxtpl does; given to both, both make the same of it.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage, Listing, RichText, RichTextParagraph
from lxml import etree

from folderkit.core import tags
from folderkit.core.errors import Failed
from folderkit.core.language import LANGUAGES, NO_TEXT, Language, same
from folderkit.core.settings import Firm
from folderkit.documents import Template, environment, render
from tests.conftest import CORPUS
from tests.integration.test_documents import parts_of, png

FOLDER = CORPUS / "docxtpl-templates"
Context = dict[str, Any]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the corpus is not here: {FOLDER}")


def bare(path: Path) -> Template:
    editions: dict[Language, Path] = dict.fromkeys(LANGUAGES, path)
    return Template(path.stem, 1, same(path.stem), NO_TEXT, "word", editions, "", "")


def by_docxtpl(path: Path, context: Callable[[DocxTemplate], Context], filters: Context | None = None
               ) -> dict[str, str]:
    template = DocxTemplate(str(path))
    its_tags = tags.environment("en", autoescape=True)
    its_tags.filters.update(filters or {})
    template.render(context(template), its_tags)
    target = io.BytesIO()
    template.save(target)
    return parts_of(target.getvalue())


def by_folderkit(path: Path, context: Callable[[DocxTemplate], Context]) -> dict[str, str]:
    host = DocxTemplate(str(path))
    facts = context(host)
    objects = host.docx or host.pics_to_replace or host.crc_to_new_media or host.zipname_to_replace
    return parts_of(render(bare(path), "en", facts, Firm(), host=host if objects else None))


def canonical(xml: str, numbered: bool = True) -> str:
    """The XML in one form; without the numbers of pictures where docxtpl numbers none."""
    parser = etree.XMLParser(remove_blank_text=True)
    xml = xml if numbered else re.sub(r'(<wp:docPr [^>]*?\bid=")\d+', r"\1", xml)
    return etree.tostring(etree.fromstring(xml.encode(), parser), method="c14n").decode()


# -- what they are filled with ---------------------------------------------------------------------
def _alerts(_: DocxTemplate) -> Context:
    return {"alerts": [{"date": "2026-03-10", "desc": RichText("Very <critical>"), "type": "CRITICAL", "bg": "FF0000"},
                       {"date": "2026-03-11", "desc": RichText("提醒"), "type": "WARNING", "bg": "FFDD00"}]}


def _listings(_: DocxTemplate) -> Context:
    lines = "first\nsecond\tafter a tab\aa new paragraph\fa new page & <more>"
    return {"myvar": RichText("a & b < c"), "myescvar": "it is & \"escaped\" <w:t>",
            "nlnp": RichText("new\nline\apara\fpage", bold=True), "mylisting": Listing(lines),
            "page_break": RichText("\f"), "new_listing": lines, "some_html": "<html>&amp;</html>"}


def _rich(template: DocxTemplate) -> Context:
    text = RichText("a rich text", style="myrichtextstyle")
    text.add(" with ", italic=True)
    text.add("colours & <more>", color="#ff00ff", bold=True, size=40, font="eastAsia:SimSun", strike=True)
    text.add("a link", url_id=template.build_url_id("https://example.com/?a=1&b=2"))
    text.add("lines\nand\ttabs\aand paragraphs\fand pages")
    return {"example": text, "Chinese": RichText("测试 & 字体", font="eastAsia:SimHei"), "simsun": RichText("宋体")}


def _order(_: DocxTemplate) -> Context:
    items = [{"desc": f"<{name}>", "qty": 2, "price": "0.50"} for name in "abc"]
    return {"customer_name": "Eric & Söhne", "items": items,
            "in_europe": True, "is_paid": False, "company_name": "The World Wide company", "total_price": "10,000.00",
            "category": "Fruit\nand more"}


def _columns(count: int) -> Callable[[DocxTemplate], Context]:
    rows = [{"label": label, "cols": [f"{label}{n}" for n in range(count)]} for label in "ab"]
    return lambda _: {"col_labels": [f"column {n}" for n in range(count)], "tbl_contents": rows}


def _pictures(template: DocxTemplate) -> Context:
    def image(across: int, down: int, **box: Any) -> InlineImage:
        return InlineImage(template, io.BytesIO(png(across, down)), **box)

    return {"inline_image": image(30, 10, height=Mm(10)), "images": [image(20, 20), image(10, 40, width=Mm(30))],
            "myimage": image(40, 10, width=Mm(20)), "myimageratio": image(40, 20, width=Mm(30), height=Mm(60)),
            "frameworks": [{"image": image(12, 12, height=Mm(10)), "desc": "one"}, {"image": "none", "desc": "two"}]}


def _plain(_: DocxTemplate) -> Context:
    return {"title": "Headers & footers", "company_name": "公司 <A>", "date": "2026-03-31", "name": "R & D",
            "a_jinja_variable": "in a footnote & <more>", "body": "one\ntwo", "living_in_town": True,
            "mysubdoc": RichTextParagraph("a paragraph", parastyle="Normal")}


CASES: dict[str, Callable[[DocxTemplate], Context]] = {
    "cellbg_tpl": _alerts,
    "dynamic_table_tpl": _columns(4),
    "embedded_dummy2": _plain,
    "embedded_main_tpl": _plain,
    "escape_tpl": _listings,
    "footnotes_tpl": _plain,
    "header_footer_entities_tpl": _plain,
    "header_footer_inline_image_tpl": _pictures,
    "header_footer_tpl_utf8": _plain,
    "inline_image_tpl": _pictures,
    "merge_docx_master_tpl": _plain,
    "merge_paragraph_tpl": _plain,
    "multi_rendering_tpl": _plain,
    "order_tpl": _order,
    "replace_picture_tpl": _plain,
    "richtext_eastAsia_tpl": _rich,
    "richtext_tpl": _rich,
    "vertical_merge_tpl": _order,
}


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_docxtpl_s(name: str) -> None:
    path = FOLDER / f"{name}.docx"

    ours, theirs = by_folderkit(path, CASES[name]), by_docxtpl(path, CASES[name])

    assert canonical(ours["word/document.xml"]) == canonical(theirs["word/document.xml"])
    for part in theirs:
        if part.startswith(("word/header", "word/footer", "word/footnotes")):
            # docxtpl numbers the pictures of the text alone; those of the headers keep numbers that are there as well
            # and it escapes an & that stands in a tag once more, so that a reader sees &amp;
            assert canonical(ours[part], False) == canonical(theirs[part].replace("&amp;amp;", "&amp;"), False), part


def test_the_columns_of_a_table_follow_its_data() -> None:
    path = FOLDER / "dynamic_table_tpl.docx"

    for count in (0, 1, 9):
        ours, theirs = by_folderkit(path, _columns(count)), by_docxtpl(path, _columns(count))
        assert canonical(ours["word/document.xml"]) == canonical(theirs["word/document.xml"])


@pytest.mark.parametrize("name", ["header_footer_inline_image_tpl", "inline_image_tpl", "richtext_tpl"])
def test_what_an_object_refers_to_is_in_the_file(name: str) -> None:
    parts = by_folderkit(FOLDER / f"{name}.docx", CASES[name])

    for part in ("document", "header2"):
        if f"word/{part}.xml" in parts:
            used = set(re.findall(r'r:(?:id|embed|link)="(\w+)"', parts[f"word/{part}.xml"]))
            assert used <= set(re.findall(r'Id="(\w+)"', parts.get(f"word/_rels/{part}.xml.rels", "")))


def _picture(template: DocxTemplate) -> Context:
    template.replace_pic("python_logo.png", io.BytesIO(png(33, 22)))
    return {}


def _absent(template: DocxTemplate) -> Context:
    template.replace_pic("other.png", io.BytesIO(png(1, 1)))
    return {}


def _medium(template: DocxTemplate) -> Context:
    with zipfile.ZipFile(str(template.template_file)) as packed:
        template.replace_media(io.BytesIO(packed.read("word/media/image1.png")), io.BytesIO(png(33, 22)))
    return {}


def _member(template: DocxTemplate) -> Context:
    template.zipname_to_replace["word/media/image1.png"] = png(33, 22)
    return {}


@pytest.mark.parametrize("replaced", [_picture, _medium, _member])
def test_a_picture_is_replaced_as_docxtpl_replaces_it(replaced: Callable[[DocxTemplate], Context]) -> None:
    path = FOLDER / "replace_picture_tpl.docx"
    ours, theirs = by_folderkit(path, replaced), by_docxtpl(path, replaced)

    assert canonical(ours["word/document.xml"]) == canonical(theirs["word/document.xml"])
    media = "word/media/image1.png"
    assert ours[media] == theirs[media] == png(33, 22).decode("utf-8", "replace")
    with zipfile.ZipFile(path) as packed:
        assert ours[media] != packed.read(media).decode("utf-8", "replace")
    with pytest.raises(ValueError, match="not found in the docx"):
        by_folderkit(path, _absent)


@pytest.mark.parametrize("of_file", [False, True])
def test_a_sub_document_is_docxtpl_s(tmp_path: Path, of_file: bool) -> None:
    pytest.importorskip("docxcompose", reason="docxtpl makes no sub-document without docxcompose")
    document = docx.Document()
    document.add_paragraph("of a file", style="List Number")
    document.add_picture(io.BytesIO(png(20, 10)), Mm(10))
    document.save(str(tmp_path / "part.docx"))

    def made(template: DocxTemplate) -> Context:
        part: Any = template.new_subdoc(str(tmp_path / "part.docx") if of_file else None)
        part.add_paragraph("x & y")
        part.add_table(1, 2).rows[0].cells[0].text = "a < b"
        part.add_picture(io.BytesIO(png(40, 10)), Mm(10))
        return {"mysubdoc": part}

    path = FOLDER / "merge_docx_master_tpl.docx"
    ours, theirs = by_folderkit(path, made), by_docxtpl(path, made)
    assert canonical(ours["word/document.xml"]) == canonical(theirs["word/document.xml"])
    assert set(ours) == set(theirs)
    relations = [set(re.findall(r'Id="(\w+)"[^>]*Target="([^"]*)"', parts["word/_rels/document.xml.rels"]))
                 for parts in (ours, theirs)]
    assert relations[0] == relations[1]


def test_filters_of_a_caller_would_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(shutil.copy(FOLDER / "custom_jinja_filters_tpl.docx", tmp_path / "filters.docx"))
    filters: dict[str, Any] = {"my_filterA": lambda value, text: f"{value} & {text}",
                               "my_filterB": lambda value, number: value + number}
    known = environment.word_tags

    def with_filters(*args: Any, **kwargs: Any) -> Any:
        found = known(*args, **kwargs)
        found.filters = {**found.filters, **filters}
        return found

    monkeypatch.setattr(environment, "word_tags", with_filters)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # what is compiled here, no other test may take
    facts = {"base_value_string": "Hi", "base_value_float": 1.5, "doc_no": "N & 7"}
    ours = by_folderkit(path, lambda _: facts)
    theirs = by_docxtpl(path, lambda _: facts, filters)
    assert canonical(ours["word/document.xml"]) == canonical(theirs["word/document.xml"])
    assert "Hi &amp; Deric" in ours["word/document.xml"]


def test_the_faults_of_a_wrong_template_are_told_by_tag() -> None:
    with pytest.raises(Failed, match=r"in the text, \{% endif %\}: There is no 'if' that this could end"):
        by_folderkit(FOLDER / "template_error_tpl.docx", _plain)
    with pytest.raises(Failed, match=r"(?s)There is no filter 'my_filterB'.*There is no filter 'my_filterA'"):
        by_folderkit(FOLDER / "custom_jinja_filters_tpl.docx", _plain)


def test_every_template_is_accounted_for() -> None:
    assert {path.stem for path in FOLDER.glob("*.docx")} <= {*CASES, "template_error_tpl", "custom_jinja_filters_tpl"}
