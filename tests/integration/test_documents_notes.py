"""Footnotes, endnotes and comments that a loop repeats: each reference leads to a note of its own."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from docxtpl import RichText
from PIL import Image

from folderkit.core.settings import Firm
from folderkit.documents import Reach, compiled, fields_of, pdf_of, render, soffice, template_of_file
from tests.conftest import Run
from tests.faults.damage import damage_of
from tests.integration.test_documents import failure, p, parts_of, row, word_parts

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
LOOP = p("{%p for x in xs %}"), p("{%p endfor %}")


def reference(kind: str, number: int) -> str:
    return f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{kind}Reference w:id="{number}"/></w:r>'


def note(kind: str, number: int, text: str, more: str = "") -> str:
    return (f'<w:{kind} w:id="{number}"><w:p w14:paraId="0000000{number}" '
            'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml">'
            f'<w:r><w:{kind}Ref/></w:r>{more}<w:r><w:t>{text}</w:t></w:r></w:p></w:{kind}>')


def noted(path: Path, body: str, **notes: str) -> Path:
    """A Word file with parts of `footnotes`, `endnotes` and `comments`, related as Word does."""
    parts = word_parts(body)
    relations, types = "", ""
    for kind, content in notes.items():
        first = "" if kind == "comments" else "".join(
            f'<w:{kind[:-1]} w:type="{what}" w:id="{number}"><w:p><w:r><w:{what}/></w:r></w:p></w:{kind[:-1]}>'
            for number, what in ((-1, "separator"), (0, "continuationSeparator")))
        parts[f"word/{kind}.xml"] = f'<w:{kind} xmlns:w="{_W}">{first}{content}</w:{kind}>'.encode()
        relations += f'<Relationship Id="rId{kind}" Type="{_R}/{kind}" Target="{kind}.xml"/>'
        types += f'<Override PartName="/word/{kind}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
    parts["word/_rels/document.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{relations}</Relationships>").encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", f"{types}</Types>".encode())
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


def filled(path: Path, context: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    made = render(template_of_file(path), "en", context, Firm())
    assert damage_of(made) == []
    return made, parts_of(made)


def numbers(xml: str, element: str) -> list[str]:
    return [node.get(f"{{{_W}}}id", "") for node in ET.fromstring(xml).iter(f"{{{_W}}}{element}")]


def texts(xml: str) -> dict[str, str]:
    """The words of each note, by its number."""
    return {node.get(f"{{{_W}}}id", ""): "".join(text.text or "" for text in node.iter(f"{{{_W}}}t"))
            for node in ET.fromstring(xml)}


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
@pytest.mark.parametrize("text", ["See the plan.", "By {{ who }}."])
def test_each_turn_of_a_loop_has_a_note_of_its_own(tmp_path: Path, kind: str, text: str) -> None:
    mark = '<w:bookmarkStart w:id="9" w:name="in_note"/><w:bookmarkEnd w:id="9"/>'
    body = (LOOP[0] + f"<w:p><w:r><w:t>{{{{ x }}}}</w:t></w:r>{reference(kind, 2)}</w:p>" + LOOP[1]
            + f"<w:p>{reference(kind, 3)}</w:p>")
    notes = {f"{kind}s": note(kind, 2, text, mark) + note(kind, 3, "Another one")}
    path = noted(tmp_path / "a.docx", body, **notes)

    made, parts = filled(path, {"xs": ["a", "b", "c"], "who": "Li & Bo"})

    told = text.replace("{{ who }}", "Li & Bo")
    assert numbers(parts["word/document.xml"], f"{kind}Reference") == ["2", "4", "5", "3"]
    assert texts(parts[f"word/{kind}s.xml"]) == {
        "-1": "", "0": "", "2": told, "3": "Another one", "4": told, "5": told}
    assert len(re.findall("w14:paraId", parts[f"word/{kind}s.xml"])) == 2
    assert filled(path, {"xs": ["a", "b", "c"], "who": "Li & Bo"})[0] == made


def test_notes_of_both_kinds_in_rows_in_rows(tmp_path: Path) -> None:
    body = ("<w:tbl>" + row("{%tr for x in xs %}") + row("{%tr for y in x.ys %}")
            + f"<w:tr><w:tc><w:p><w:r><w:t>{{{{ y }}}}</w:t></w:r>{reference('footnote', 1)}{reference('endnote', 1)}"
            "</w:p></w:tc></w:tr>" + row("{%tr endfor %}") + row("{%tr endfor %}") + "</w:tbl>")
    path = noted(tmp_path / "a.docx", body, footnotes=note("footnote", 1, "foot"), endnotes=note("endnote", 1, "end"))

    _, parts = filled(path, {"xs": [{"ys": [1, 2]}, {"ys": [3]}]})

    assert numbers(parts["word/document.xml"], "footnoteReference") == ["1", "2", "3"]
    assert numbers(parts["word/document.xml"], "endnoteReference") == ["1", "2", "3"]
    assert list(texts(parts["word/endnotes.xml"]).values()) == ["", "", "end", "end", "end"]


def test_a_note_that_no_turn_refers_to_stays_as_it_is(tmp_path: Path) -> None:
    body = LOOP[0] + f"<w:p>{reference('footnote', 1)}</w:p>" + LOOP[1] + p("end {{ who }}")
    path = noted(tmp_path / "a.docx", body, footnotes=note("footnote", 1, "foot"))
    _, parts = filled(path, {"xs": [], "who": "x"})
    assert parts["word/footnotes.xml"] == parts_of(path.read_bytes())["word/footnotes.xml"]


def test_a_comment_stays_where_it_was_first(tmp_path: Path) -> None:
    inner = ('<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>{{ x }}</w:t></w:r><w:commentRangeEnd w:id="0"/>'
             '<w:r><w:commentReference w:id="0"/></w:r></w:p>')
    around = ('<w:p><w:commentRangeStart w:id="1"/></w:p>' + LOOP[0] + inner
              + '<w:p><w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r></w:p>' + LOOP[1])
    comments = "".join(f'<w:comment w:id="{number}" w:author="A"><w:p><w:r><w:t>why</w:t></w:r></w:p></w:comment>'
                       for number in (0, 1))
    path = noted(tmp_path / "a.docx", around, comments=comments)

    _, parts = filled(path, {"xs": ["a", "b", "c"]})

    for element in ("commentRangeStart", "commentRangeEnd", "commentReference"):
        assert sorted(numbers(parts["word/document.xml"], element)) == ["0", "1"]
    assert texts(parts["word/comments.xml"]) == {"0": "why", "1": "why"}


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_prints_each_note(tmp_path: Path) -> None:
    body = LOOP[0] + f"<w:p><w:r><w:t>word {{{{ x }}}}</w:t></w:r>{reference('footnote', 1)}</w:p>" + LOOP[1]
    path = noted(tmp_path / "a.docx", body, footnotes=note("footnote", 1, "from {{ who }}"))

    made, _ = filled(path, {"xs": [1, 2, 3], "who": "Bo"})

    page = pypdfium2.PdfDocument(pdf_of(made))[0].get_textpage().get_text_bounded()
    assert page.count("from Bo") == 3


# -- notes that use what a loop gives ----------------------------------------------------------------
def turned(path: Path, text: str, kind: str = "footnote", after: str = "", more: str = "") -> Path:
    """A loop over `xs` whose paragraph refers to a note of this text."""
    body = LOOP[0] + f"<w:p><w:r><w:t>{{{{ x.n }}}}</w:t></w:r>{reference(kind, 2)}</w:p>" + LOOP[1] + after
    return noted(path, body, **{f"{kind}s": note(kind, 2, text) + note(kind, 3, "still {{ who }}") + more})


XS = [{"n": "a", "why": "one & <two>"}, {"n": "b", "why": "three"}, {"n": "c", "why": ""}]


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
@pytest.mark.parametrize(("text", "told"), [
    ("{{ loop.index }}: {{ x.why }}, {{ who }}", ["1: one & <two>, me", "2: three, me", "3: , me"]),
    ("{% if x.why %}Since {{ x.why }}{% else %}–{% endif %}", ["Since one & <two>", "Since three", "–"]),
    ("{% for c in x.n ~ 'z' %}{{ c }}.{% endfor %}", ["a.z.", "b.z.", "c.z."])])
def test_a_note_tells_what_its_turn_of_the_loop_is_about(tmp_path: Path, kind: str, text: str, told: list[str]
                                                          ) -> None:
    path = turned(tmp_path / "a.docx", text, kind)
    for _ in range(2):  # as it is compiled, and as it is kept
        _, parts = filled(path, {"xs": XS, "who": "me"})
        assert numbers(parts["word/document.xml"], f"{kind}Reference") == ["2", "4", "5"]
        assert "turn" not in parts["word/document.xml"]
        assert texts(parts[f"word/{kind}s.xml"]) == {
            "-1": "", "0": "", "2": told[0], "3": "still me", "4": told[1], "5": told[2]}
        compiled._compile.cache_clear()
    assert {field.name for field in fields_of(template_of_file(path), "en")} <= {"xs", "xs[].n", "xs[].why", "who"}


def test_notes_in_rows_in_rows_know_both_loops(tmp_path: Path) -> None:
    body = ("<w:tbl>" + row("{%tr for x in xs %}") + row("{%tr for y in x.ys %}")
            + f"<w:tr><w:tc><w:p><w:r><w:t>{{{{ y }}}}</w:t></w:r>{reference('footnote', 1)}{reference('endnote', 1)}"
            "</w:p></w:tc></w:tr>" + row("{%tr endfor %}") + row("{%tr endfor %}") + "</w:tbl>")
    path = noted(tmp_path / "a.docx", body, footnotes=note("footnote", 1, "{{ x.n }}{{ y }}"),
                 endnotes=note("endnote", 1, "{{ y }} of {{ x.ys|length }}"))

    _, parts = filled(path, {"xs": [{"n": "a", "ys": [1, 2]}, {"n": "b", "ys": [3]}, {"n": "c", "ys": []}]})

    assert list(texts(parts["word/footnotes.xml"]).values()) == ["", "", "a1", "a2", "b3"]
    assert list(texts(parts["word/endnotes.xml"]).values()) == ["", "", "1 of 2", "2 of 2", "3 of 1"]


def test_what_a_note_of_a_loop_lacks_or_cannot_compute_is_told_at_its_place(tmp_path: Path) -> None:
    path = turned(tmp_path / "a.docx", "{{ x.why }} {{ 1 / x.size }}")
    error = failure(path, {"xs": [{"n": 1}], "who": ""})
    assert "2 values" in error.message.en
    assert "xs[].why: in the footnotes, {{ x.why }} (footnote 1, paragraph 1)" in error.message.en
    assert "xs[].size" in error.message.en
    error = failure(path, {"xs": [{"n": 1, "why": "", "size": 0}], "who": ""})
    assert "in the footnotes, {{ 1 / x.size }} cannot be computed: division by zero (footnote 1, paragraph 1)" in (
        error.message.en)
    compiled._compile.cache_clear()  # and the same as it is kept
    assert failure(path, {"xs": [{"n": 1, "why": "", "size": 0}], "who": ""}).message == error.message
    error = failure(path, {"xs": [{"n": 1, "why": "\x01", "size": 1}], "who": ""})
    assert "xs[1].why (U+0001)" in error.message.en


def test_a_note_that_is_referred_to_outside_of_the_loop_too_is_told(tmp_path: Path) -> None:
    path = turned(tmp_path / "a.docx", "{{ x.why }}", after=f"<w:p>{reference('footnote', 2)}</w:p>")
    assert "x.why" in failure(path, {"xs": XS, "who": ""}).message.en


def test_rich_text_in_notes_of_loops(tmp_path: Path) -> None:
    path = turned(tmp_path / "a.docx", "{{r x.why }}")
    rich = [{"n": 1, "why": RichText("bold & more", bold=True)}, {"n": 2, "why": RichText("plain")}]
    _, parts = filled(path, {"xs": rich, "who": ""})
    assert [words for number, words in texts(parts["word/footnotes.xml"]).items() if number in "24"] == [
        "bold & more", "plain"]
    assert "<w:b/>" in parts["word/footnotes.xml"]


def test_a_picture_in_a_note_of_a_loop_belongs_to_the_notes(tmp_path: Path) -> None:
    for name, size in (("one.png", (60, 40)), ("two.png", (40, 60))):
        Image.new("RGB", size).save(tmp_path / name)
    path = turned(tmp_path / "a.docx", "{{ image(x.why) }}")
    xs = [{"n": 1, "why": "one.png"}, {"n": 2, "why": "two.png"}, {"n": 3, "why": "one.png"}]
    data = render(template_of_file(path), "en", {"xs": xs, "who": ""}, Firm(), reach=Reach((tmp_path,)))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        notes = packed.read("word/footnotes.xml").decode()
        relations = packed.read("word/_rels/footnotes.xml.rels").decode()
        assert "media/" not in packed.read("word/_rels/document.xml.rels").decode()
        assert len([name for name in packed.namelist() if name.startswith("word/media/")]) == 2
    shown = re.findall(r'r:embed="([^"]*)"', notes)
    assert len(shown) == 3
    assert shown[0] == shown[2] != shown[1]
    assert all(f'Id="{ident}"' in relations for ident in shown)
    assert len(set(re.findall(r'<wp:docPr id="(\d+)"', notes))) == 3


def test_a_note_of_a_loop_that_includes_a_file_is_told(tmp_path: Path) -> None:
    included = turned(tmp_path / "b.docx", "{{p include(x.why) }}")
    assert "x.why" in failure(included, {"xs": XS, "who": ""}).message.en


def test_a_check_finds_nothing_wrong_with_notes_in_loops_and_the_fault_in_one(tmp_path: Path, run: Run) -> None:
    turned(tmp_path / "a.docx", "{{ x.why|upper }}")
    assert run("template", "check", "a.docx").code == 0
    turned(tmp_path / "a.docx", "{{ x.why|uper }}")
    told = run("template", "check", "a.docx")
    assert told.code == 4
    assert "footnote 1" in told.out + told.err
    assert "uper" in told.out + told.err


def test_notes_that_would_be_too_much_or_too_deep_at_their_references_stay_where_they_are(tmp_path: Path) -> None:
    deep = "".join(f"{{% for c{level} in 'z' %}}" for level in range(10))
    note_of_loops = f"{{{{ x.n }}}}{deep}!{'{% endfor %}' * 10}"
    around = "".join(p(f"{{%p for d{level} in 'z' %}}") for level in range(10)), p("{%p endfor %}") * 10
    body = LOOP[0] + around[0] + f"<w:p>{reference('footnote', 2)}</w:p>" + around[1] + LOOP[1]
    path = noted(tmp_path / "a.docx", body, footnotes=note("footnote", 2, note_of_loops))
    assert "x.n" in failure(path, {"xs": XS}).message.en

    long = "{{ x.n }}" + "y" * 20_000
    body = LOOP[0] + f"<w:p>{reference('footnote', 2)}</w:p>" * 200 + LOOP[1]
    path = noted(tmp_path / "b.docx", body, footnotes=note("footnote", 2, long))
    assert "x.n" in failure(path, {"xs": XS}).message.en
