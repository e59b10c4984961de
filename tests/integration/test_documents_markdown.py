"""Markdown in Word files: in the template's styles and lists, all of it kept, none of it obeyed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import docx
import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folderkit.core.errors import Failed
from folderkit.core.settings import Firm
from folderkit.documents import Reach, pdf_of, render, soffice, template_of_file
from tests.integration.test_documents import failure, p, parts_of, row, text_of, write_word
from tests.integration.test_documents_images import HALVES, picture

TEXT = """# Head

First **bold** *slanted* `code` ~~gone~~ [web](https://example.com/?a=1&b=2) <b>raw</b> & more.

- one
- two
  - deeper

  more of two

1. first
2. second

Between.

1. again

> quoted

| 名称 | Sum |
|---|--:|
| 设计 | **12** |

```
def f(x):
\treturn x < 3
```
"""


def made(path: Path, text: Any = TEXT) -> Any:
    return docx.Document(io.BytesIO(render(template_of_file(path), "en", {"t": text}, Firm())))


def of_word(path: Path, tag: str = "{{p t|markdown }}", style: str | None = None) -> Path:
    """A template in python-docx's default design, with all of Word's styles."""
    document = docx.Document()
    document.add_paragraph(tag, style)
    document.save(str(path))
    return path


def test_markdown_takes_the_styles_of_the_template(tmp_path: Path) -> None:
    document = made(of_word(tmp_path / "a.docx", style="Body Text"))

    assert [(found.style.name, found.text) for found in document.paragraphs if found.text] == [
        ("Heading 1", "Head"), ("Body Text", "First bold slanted code gone web <b>raw</b> & more."),
        ("List Bullet", "one"), ("List Bullet", "two"), ("List Bullet 2", "deeper"), ("List Bullet", "more of two"),
        ("List Number", "first"), ("List Number", "second"), ("Body Text", "Between."), ("List Number", "again"),
        ("Quote", "quoted"), ("Normal", "def f(x):\n\treturn x < 3")]
    table, = document.tables
    assert table.style.name == "Table Grid"
    assert [[cell.text for cell in cells.cells] for cells in table.rows] == [["名称", "Sum"], ["设计", "12"]]
    runs = {run.text: run for run in document.paragraphs[1].runs}
    assert runs["bold"].bold
    assert runs["slanted"].italic
    assert runs["gone"].font.strike
    assert document.paragraphs[1].hyperlinks[0].address == "https://example.com/?a=1&b=2"


def test_each_numbered_list_begins_anew_and_bullets_keep_their_own(tmp_path: Path) -> None:
    document = made(of_word(tmp_path / "a.docx"), "1. a\n2. b\n\nx\n\n4. c\n\n- d")

    numbers = [found._p.pPr.numPr for found in document.paragraphs]
    idents = [None if each is None else each.numId.val for each in numbers]
    assert idents[0] == idents[1] != idents[3]
    assert idents[2] is None
    assert idents[4] is None  # the bullet of the style
    numbering = document.part.numbering_part.element.xml
    begun = re.findall(
        r'<w:num w:numId="(\d+)">(?:(?!</w:num>).)*<w:startOverride w:val="(\d+)"', numbering, re.DOTALL)
    starts: dict[Any, int] = {int(number): int(start) for number, start in begun}
    assert [starts[idents[0]], starts[idents[3]]] == [1, 4]


def test_a_template_without_styles_gets_plain_lists_headings_and_tables(tmp_path: Path) -> None:
    tag = p("{{p t|markdown }}")
    path = write_word(tmp_path / "a.docx", tag + tag, header1=tag)

    parts = parts_of(render(template_of_file(path), "en", {"t": TEXT}, Firm()))

    body, numbering = parts["word/document.xml"], parts["word/numbering.xml"]
    used = set(re.findall(r'<w:numId w:val="(\d+)"', body + parts["word/header1.xml"])) - {"0"}
    assert used == set(re.findall(r'<w:num w:numId="(\d+)"', numbering))
    assert numbering.rindex("</w:abstractNum>") < numbering.index("<w:num ")
    assert "numbering.xml" in parts["[Content_Types].xml"]
    assert 'Target="numbering.xml"' in parts["word/_rels/document.xml.rels"]
    assert '<w:outlineLvl w:val="0"/>' in body
    assert "<w:tblBorders>" in body
    for name in ("document", "header1"):
        links = set(re.findall(r'<w:hyperlink r:id="(\w+)"', parts[f"word/{name}.xml"]))
        assert links == set(re.findall(r'Id="(\w+)"[^>]*hyperlink"[^>]*TargetMode="External"',
                                       parts[f"word/_rels/{name}.xml.rels"]))


def test_the_style_of_paragraphs_and_the_level_of_headings_can_be_given(tmp_path: Path) -> None:
    path = of_word(tmp_path / "a.docx", "{{p t|markdown('body text 2', headings=3) }}")
    assert [found.style.name for found in made(path, "# a\n\nb").paragraphs] == ["Heading 3", "Body Text 2"]
    error = failure(of_word(tmp_path / "a.docx", "{{p t|markdown('Body Txt') }}"), {"t": "x"})
    assert "Body Txt" in error.message.en


def test_markdown_in_cells_and_loops_leaves_whole_cells(tmp_path: Path) -> None:
    rows = row("{%tr for t in ts %}"), row("{{p t|markdown }}"), row("{%tr endfor %}")
    path = write_word(tmp_path / "a.docx", f"<w:tbl>{''.join(rows)}</w:tbl>")

    texts = ["|a|\n|-|\n|b|", "", "c"]
    xml = parts_of(render(template_of_file(path), "en", {"ts": texts}, Firm()))["word/document.xml"]

    cells = ET.fromstring(xml).findall(".//{*}tc")
    assert [cell[-1].tag.rpartition("}")[2] for cell in cells] == ["p"] * len(cells)
    assert text_of(xml)[-1] == "c"


def test_what_markdown_must_not_do_is_not_done(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{p t|markdown }}"))
    text = ("<script>x</script>\n\n[a](javascript:alert(1)) [b](file:///etc/passwd) [c](//host/share) "
            "![d](https://x.org/p.png) {{ 7*7 }} <w:t>")

    parts = parts_of(render(template_of_file(path), "en", {"t": text}, Firm()))

    words = " ".join(text_of(parts["word/document.xml"]))
    for kept in ("<script>x</script>", "a", "b", "c", "d", "{{ 7*7 }}", "<w:t>"):
        assert kept in words
    assert "hyperlink" not in parts["word/document.xml"]
    assert "word/_rels/document.xml.rels" not in parts


def test_a_picture_of_the_project_is_shown_and_another_is_a_fault(tmp_path: Path) -> None:
    picture(tmp_path / "my yard.png")
    path = write_word(tmp_path / "a.docx", p("{{p t|markdown }}"))

    parts = parts_of(render(template_of_file(path), "en", {"t": "See ![Yard](my%20yard.png)"}, Firm(),
                            reach=Reach((tmp_path,))))

    assert 'descr="Yard"' in parts["word/document.xml"]
    assert "there is no such file" in failure(path, {"t": "![x](none.png)"}).message.en


@pytest.mark.parametrize("text", ["> " * 90 + "x", "\n".join("  " * depth + "- x" for depth in range(60)), "x" * 50_001,
                                  "|a" * 64 + "|\n" + "|-" * 64 + "|\n"])
def test_what_is_too_deep_long_or_wide_is_told_and_not_cut(tmp_path: Path, text: str) -> None:
    error = failure(write_word(tmp_path / "a.docx", p("{{p t|markdown }}")), {"t": text})
    assert isinstance(error, Failed)
    assert re.search("nested more than 40 deep|longer than 50,000|more than 63 columns", error.message.en)


@pytest.mark.parametrize("depth", [9, 12, 38])
def test_lists_deeper_than_word_has_levels_keep_all_their_words(tmp_path: Path, depth: int) -> None:
    text = "\n".join(f"{'  ' * level}- n{level}" for level in range(depth))
    path = write_word(tmp_path / "a.docx", p("{{p t|markdown }}"))
    assert text_of(parts_of(render(template_of_file(path), "en", {"t": text}, Firm()))["word/document.xml"]) == [
        f"n{level}" for level in range(depth)]


def looks(path: Path, text: str) -> str:
    """The first paragraph's words, what is bold in stars, and breaks as they come out."""
    runs = made(of_word(path), text).paragraphs[0].runs
    return "".join(f"*{run.text}*" if run.bold else run.text for run in runs)


@pytest.mark.parametrize(("text", "shown"), [
    ("**注意：**请看", "*注意：*请看"), ("这是**“重点”**文字", "这是*“重点”*文字"), ("见**（一）**节", "见*（一）*节"),
    ("**a**字**《书》**", "*a*字*《书》*"), ("2 ** 3 ** 4", "2 ** 3 ** 4"), ("甲 ** 乙", "甲 ** 乙"),
    ('a**"b"**c', 'a**"b"**c')])
def test_bold_begins_and_ends_next_to_chinese_signs(tmp_path: Path, text: str, shown: str) -> None:
    assert looks(tmp_path / "a.docx", text) == shown


@pytest.mark.parametrize(("text", "shown"), [
    ("他说\n“好”，\n再见", "他说“好”，再见"), ("前**粗**\n后", "前*粗*后"), ("前\n**粗**后", "前*粗*后"),
    ("he said\n“yes”", "he said “yes”"), ("中文\nword", "中文 word"), ("a\n`b`", "a b")])
def test_a_line_break_among_chinese_is_no_space(tmp_path: Path, text: str, shown: str) -> None:
    assert looks(tmp_path / "a.docx", text) == shown


def test_the_address_of_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    text = "[合同](docs/合同%201.docx), [files](ftp://a.org/b), <ftp://a.org/c>, [above](#top)"
    assert looks(tmp_path / "a.docx", text) == (
        "合同 (docs/合同 1.docx), files (ftp://a.org/b), ftp://a.org/c, above")


@pytest.mark.parametrize("value", [["a", "b"], {"a": 1}])
def test_what_is_no_text_is_told(tmp_path: Path, value: Any) -> None:
    error = failure(write_word(tmp_path / "a.docx", p("{{p t|markdown }}")), {"t": value})
    assert "it is a list or a group of fields and no text" in error.message.en


def test_deep_quotes_and_pictures_in_cells_stay_on_the_page(tmp_path: Path) -> None:
    picture(tmp_path / "wide.png", HALVES.resize((1600, 100)))
    path = write_word(tmp_path / "a.docx", p("{{p t|markdown }}"))
    text = "> " * 38 + "deep\n\n|a|b|\n|-|-|\n|x|![w](wide.png)|"
    body = parts_of(render(template_of_file(path), "en", {"t": text}, Firm(), reach=Reach((tmp_path,))))[
        "word/document.xml"]
    assert max(int(left) for left in re.findall(r'<w:ind w:left="(\d+)"', body)) <= 9 * 425
    assert [round(int(width) / 36_000) for width in re.findall(r'<wp:extent cx="(\d+)"', body)] == [75]


@pytest.mark.parametrize("styles", [True, False])
def test_lists_in_quotes_stand_further_in(tmp_path: Path, styles: bool) -> None:
    path = of_word(tmp_path / "a.docx") if styles else write_word(tmp_path / "a.docx", p("{{p t|markdown }}"))
    text = "1. out\n\n> 3. first\n>    - deeper\n> 4. next\n>\n>    more of next\n\n- > - in both\n- out again"
    parts = parts_of(render(template_of_file(path), "en", {"t": text}, Firm()))

    found = {}
    for paragraph in re.findall(r"<w:p>.*?</w:p>", parts["word/document.xml"]):
        ind = re.search(r'<w:ind w:left="(\d+)" w:(hanging|firstLine)="', paragraph)
        number = re.search(r'<w:numId w:val="(\d+)"', paragraph)
        words = "".join(re.findall(r"<w:t [^>]*>([^<]*)", paragraph))
        found[words] = (int(ind[1]), ind[2]) if ind else None, number[1] if number else ""
    assert {words: place for words, (place, _) in found.items() if words} == {
        "out": None, "first": (850, "hanging"), "deeper": (1275, "hanging"), "next": (850, "hanging"),
        "more of next": (850, "firstLine"), "in both": (1275, "hanging"), "out again": None}
    assert found["first"][1] == found["next"][1] != found["deeper"][1]
    assert f'<w:num w:numId="{found["first"][1]}"' in parts["word/numbering.xml"]
    assert '<w:startOverride w:val="3"/>' in parts["word/numbering.xml"]


@pytest.mark.parametrize("tag", ["{{ t|markdown }}", "{{r t|markdown }}", "See {{ t|markdown }} here"])
def test_a_tag_inside_of_a_line_is_told_to_stand_alone(tmp_path: Path, tag: str) -> None:
    error = failure(write_word(tmp_path / "a.docx", p("x") + p(tag)), {"t": "a"})
    assert "whole paragraphs" in error.message.en
    assert "(paragraph 2" in error.message.en
    assert error.hint
    assert "{{p" in error.hint.en


@settings(max_examples=80)
@given(st.text(alphabet=st.sampled_from("ab乙\n\n  *_`[]()!<>|-#>1.&\t\\~:"), max_size=200) | st.text(max_size=60))
def test_any_text_gives_a_whole_document(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = write_word(tmp_path_factory.getbasetemp() / "any.docx", p("{{p t|markdown }}"))
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", text) or "![" in text:
        return  # told as a value that no file can hold; pictures have a test of their own
    data = render(template_of_file(path), "en", {"t": text}, Firm())
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        ET.fromstring(file.read("word/document.xml"))


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_numbers_the_lists(tmp_path: Path) -> None:
    path = of_word(tmp_path / "a.docx")
    pdf = pypdfium2.PdfDocument(pdf_of(render(template_of_file(path), "zh", {"t": TEXT}, Firm())))
    words = pdf[0].get_textpage().get_text_bounded()
    assert re.search(r"1\.\s*first\s+2\.\s*second\s+Between\.\s+1\.\s*again", words)
    assert "设计" in words


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_indents_lists_in_quotes(tmp_path: Path) -> None:
    path = of_word(tmp_path / "a.docx")
    made = render(template_of_file(path), "en", {"t": "- Aout\n\n> - Bin\n>   - Cdeep"}, Firm())
    page = pypdfium2.PdfDocument(pdf_of(made))[0].get_textpage()
    words = page.get_text_range()
    edges = [page.get_charbox(words.index(word))[0] for word in ("Aout", "Bin", "Cdeep")]
    assert edges[1] - edges[0] > 15
    assert edges[2] - edges[1] == pytest.approx(425 / 20, abs=2)


def test_the_columns_of_a_broad_table_have_room_for_their_numbers(tmp_path: Path) -> None:
    """Twelve columns, of which some hold sentences; numbers were broken after each digit."""
    line = ["a longer sentence with unimaginable words" if place % 3 == 0 else "12,000" for place in range(12)]
    lines = ["|".join(f"h{place}" for place in range(12)), "|".join(["---"] * 12), "|".join(line)]
    few = ["a|b|c", "---|---|---", f"1,234,567.89|2026-11-30|{'text ' * 40}"]

    broad, narrow = (_grid(tmp_path, "\n".join(f"|{line}|" for line in table)) for table in (lines, few))

    number = 6 * 105  # twentieths of a point, of its signs at ten points and a half
    assert all(width >= number + 100 for place, width in enumerate(broad) if place % 3)
    assert all(width >= 400 for width in broad)
    assert narrow[0] >= 12 * 105 + 216
    assert narrow[1] >= 10 * 105 + 216
    assert narrow[2] > 2 * narrow[0]
    assert max(sum(broad), sum(narrow)) <= 9_100


def _grid(folder: Path, text: str) -> list[int]:
    """The widths of the columns of a table of Markdown on a page of the usual size."""
    path = write_word(folder / "grid.docx", p("{{p text|markdown }}"))
    xml = parts_of(render(template_of_file(path), "en", {"text": text}, Firm()))["word/document.xml"]
    return [int(width) for width in re.findall(r'<w:gridCol w:w="(\d+)"/>', xml)]
