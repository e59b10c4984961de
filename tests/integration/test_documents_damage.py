"""No damaged document is kept: what tags, values and templates would break is refused, or comes out whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from folderkit.core.errors import Failed
from folderkit.core.settings import Firm
from folderkit.documents import render, template_of_file
from folderkit.documents.parts.package import read_package
from tests.faults.damage import damage_of
from tests.integration.test_documents import (
    _W,
    body_of,
    failure,
    p,
    parts_of,
    png,
    row,
    word_parts,
    write_word,
)

_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class Xml:
    """A value that is XML of its own."""

    def __init__(self, xml: str) -> None:
        self._xml = xml

    def __html__(self) -> str:
        return self._xml

    __str__ = __html__


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return target.getvalue()


# -- planted by a value ----------------------------------------------------------------------------
@pytest.mark.parametrize(("xml", "words"), [
    ("<w:p><w:r></w:p>", "tear the document apart"),
    ("<w:p>", "tear the document apart"),
    ("<w:p>&nothing;</w:p>", "tear the document apart"),
    ("<w:tbl><w:tr><w:trPr/><w:x/></w:tr></w:tbl>", "a row or cell of a table without content"),
    ("<w:tbl><w:tr><w:tc><w:x/></w:tc></w:tr></w:tbl>", "a row or cell of a table without content"),
    (f'<w:p xmlns:r="{_R}"><w:hyperlink r:id="rId9"/></w:p>', "a link or picture that is not in the file (rId9)"),
])  # fmt: skip
def test_damage_by_a_value_is_refused(tmp_path: Path, xml: str, words: str) -> None:
    assert words in failure(write_word(tmp_path / "a.docx", p("{{p x }}") + p("")), {"x": Xml(xml)}).message.en


@pytest.mark.parametrize("xml", [
    "<w:tbl><w:tr><w:tc></w:tc></w:tr></w:tbl>", "<w:tbl><w:tr></w:tr></w:tbl>",
    "<w:tbl><w:tr><w:tc><w:tcPr/></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>",
    '<w:p><w:bookmarkStart w:id="1" w:name="m"/><w:bookmarkEnd w:id="1"/></w:p>' * 2,
    '<w:p xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><w:r><w:drawing>'
    '<wp:inline><wp:docPr id="1" name="x"/></wp:inline></w:drawing></w:r></w:p>' * 2,
])  # fmt: skip
def test_damage_that_can_be_mended_is_mended(tmp_path: Path, xml: str) -> None:
    path = write_word(tmp_path / "a.docx", p("{{p x }}") + p("{{p x }}") + p("end"))

    made = render(template_of_file(path), "en", {"x": Xml(xml)}, Firm())

    assert damage_of(made) == []


def test_bookmarks_in_a_loop_are_written_once(tmp_path: Path) -> None:
    mark = '<w:bookmarkStart w:id="{0}" w:name="{1}"/><w:r><w:t>{2}</w:t></w:r><w:bookmarkEnd w:id="{0}"/>'
    inside, outer = mark.format(1, "inner", "{{ x }}"), mark.format(7, "outer", "o")
    path = write_word(tmp_path / "a.docx", p("{%p for x in xs %}") + f"<w:p>{inside}</w:p>" + p("{%p endfor %}")
                      + f"<w:p>{outer}</w:p>", header1=f"<w:p>{mark.format(1, 'head', '{{ xs|length }}')}</w:p>")

    made = render(template_of_file(path), "en", {"xs": ["a", "b", "c"]}, Firm())

    assert damage_of(made) == []
    root = ET.fromstring(parts_of(made)["word/document.xml"])
    starts = [(node.get(f"{{{_W}}}id"), node.get(f"{{{_W}}}name")) for node in root.iter(f"{{{_W}}}bookmarkStart")]
    assert starts == [("1", "inner"), ("7", "outer")]
    assert [node.get(f"{{{_W}}}id") for node in root.iter(f"{{{_W}}}bookmarkEnd")] == ["1", "7"]


# -- planted in a template -------------------------------------------------------------------------
def _replaced(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)

    return change


@pytest.mark.parametrize(("change", "words"), [
    (_replaced("word/document.xml", b"</w:p>", b""), "word/document.xml is damaged (mismatched tag"),
    (_replaced("word/document.xml", b"<w:body", b"<x:body"), "word/document.xml is damaged ("),
    (_replaced("word/document.xml", b"w:document", b"w:other"), "is not one 'document'"),
    (_replaced("_rels/.rels", b"word/document.xml", b"word/gone.xml"), "word/gone.xml, which _rels/.rels names, is"),
    (_replaced("_rels/.rels", b"Relationships", b"Others"), "is not one 'Relationships'"),
    (lambda parts: parts.update({"word/media/a.png": b"x"}), "word/media/a.png has no content type"),
    (lambda parts: parts.pop("[Content_Types].xml"), "no Word document"),
    (lambda parts: parts.pop("_rels/.rels"), "it does not say where its text is"),
    (lambda parts: parts.pop("word/document.xml"), "its text is missing"),
])  # fmt: skip
def test_a_damaged_template_is_refused(change: Callable[[dict[str, bytes]], None], words: str) -> None:
    parts = word_parts(p("{{ a }}"))
    change(parts)
    with pytest.raises(Failed) as caught:
        read_package(zipped(parts), "x.docx")
    assert words in caught.value.message.en


def test_a_type_of_a_part_that_is_not_there_goes(tmp_path: Path) -> None:
    parts = word_parts(p("{{ a }}"), header1=p("x"))
    del parts["word/header1.xml"]
    (tmp_path / "a.docx").write_bytes(zipped(parts))

    assert damage_of(render(template_of_file(tmp_path / "a.docx"), "en", {"a": "x"}, Firm())) == []


# -- found by fuzzing ------------------------------------------------------------------------------
def test_a_field_of_nothing_between_runs_is_told_as_missing(tmp_path: Path) -> None:
    assert "not there: y." in failure(write_word(tmp_path / "a.docx", p("{{r x.y }}")), {"x": 1}).message.en


@pytest.mark.parametrize("before", ["", "<w:tblPr/>", "<w:tblPr><w:tblW w:w='0'/></w:tblPr>", "<w:tblPr/><w:tblGrid/>"])
def test_columns_need_no_grid_in_the_template(tmp_path: Path, before: str) -> None:
    cells = "".join(f"<w:tc>{p(text)}</w:tc>" for text in ("{%tc for x in xs %}", "{{ x }}", "{%tc endfor %}"))
    path = write_word(tmp_path / "a.docx", f"<w:tbl>{before}<w:tr>{cells}</w:tr></w:tbl>" + p(""))

    assert body_of(path, {"xs": ["a", "b"]}) == ["a", "b", ""]


def test_a_grid_that_is_none_is_told(tmp_path: Path) -> None:
    cells = "".join(f"<w:tc>{p(text)}</w:tc>" for text in ("{%tc for x in xs %}", "{{ x }}", "{%tc endfor %}"))
    grid = '<w:tblGrid><w:gridCol w:w="wide"/></w:tblGrid>'
    path = write_word(tmp_path / "a.docx", f"<w:tbl>{grid}<w:tr>{cells}</w:tr></w:tbl>" + p(""))

    assert "tear the document apart" in failure(path, {"xs": ["a", "b"]}).message.en


@pytest.mark.parametrize("lift", ["tr", "tc"])
def test_a_text_where_only_rows_and_cells_stand_is_refused(tmp_path: Path, lift: str) -> None:
    path = write_word(tmp_path / "a.docx", f"<w:tbl>{row('x', 'y')}{row('{{' + lift + ' a }}')}</w:tbl>" + p(""))

    assert "only whole rows or cells have a place" in failure(path, {"a": "lost"}).message.en


# -- the rest of the table of bad input ------------------------------------------------------------
def test_a_syntax_error_in_a_split_run_is_told_with_its_place(tmp_path: Path) -> None:
    split = ("<w:r><w:t>{</w:t></w:r><w:r><w:t>{ client</w:t></w:r><w:r><w:t>. }</w:t></w:r><w:r><w:t>}</w:t></w:r>")
    table = f"<w:tbl><w:tr><w:tc>{p('x')}</w:tc><w:tc><w:p>{split}</w:p></w:tc></w:tr></w:tbl>"

    message = failure(write_word(tmp_path / "a.docx", table + p(""))).message

    assert "in the text, {{ client. }}: " in message.en
    assert message.en.endswith("(table 1, row 1, cell 2)")


def test_a_full_width_bar_is_told(tmp_path: Path) -> None:
    message = failure(write_word(tmp_path / "a.docx", p("{{ a｜upper }}")), {"a": "x"}).message

    assert "{{ a｜upper }}" in message.en
    assert "半角" in message.zh


def test_what_looks_like_a_tag_in_a_value_is_text(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a }}"))

    for text in ("{# no remark", "{{ b }}", "{% if", "{%p if x %}", "#}", "{_{ x }_}"):
        assert body_of(path, {"a": text}) == [text]


def test_a_remark_that_is_not_ended_is_told(tmp_path: Path) -> None:
    assert "{# no remark" in failure(write_word(tmp_path / "a.docx", p("{# no remark")), {}).message.en


def test_a_huge_picture_is_drawn_into_its_box(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(png(30_000, 1))
    path = write_word(tmp_path / "a.docx", p("{{ firm.logo }}"))

    xml = parts_of(render(template_of_file(path), "en", {}, Firm(logo=str(logo))))["word/document.xml"]

    assert 'cx="1512000"' in xml  # 42 mm


def test_a_webp_is_told(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0")
    path = write_word(tmp_path / "a.docx", p("{{ firm.logo }}"))

    message = failure(path, {}, Firm(logo=str(tmp_path / "logo.png"))).message.en

    assert "neither PNG, JPEG nor GIF" in message
