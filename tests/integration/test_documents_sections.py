"""Sections that tags drop and repeat: each goes with its break, and every page keeps its orientation."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest

from folderkit.core.settings import Firm
from folderkit.documents import pdf_of, render, soffice, template_of_file
from tests.integration.test_documents import p, write_word

TALL = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
WIDE = '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/></w:sectPr>'


def broken(text: str, section: str) -> str:
    """A paragraph with a section break in it."""
    return f"<w:p><w:pPr>{section}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


IN_TAG = p("one") + broken("end of one", TALL) + p("{%p if wide %}") + p("table") + broken("{%p endif %}", WIDE)
AFTER = p("one") + broken("end of one", TALL) + p("{%p if wide %}") + broken("table", WIDE) + p("{%p endif %}")
BEFORE = p("one") + broken("{%p if wide %}", TALL) + p("table") + broken("{%p endif %}", WIDE)


def pages(path: Path, context: dict[str, Any]) -> list[tuple[bool, list[str]]]:
    """Of each section, whether it lies, and its words."""
    document = docx.Document(io.BytesIO(render(template_of_file(path), "en", context, Firm())))
    found: list[tuple[bool, list[str]]] = []
    words: list[str] = []
    for element in document.element.body:
        if text := "".join(node.text or "" for node in element.iter("{*}t")):
            words.append(text)
        for size in element.iter("{*}pgSz"):
            found.append((size.get("{%s}orient" % size.nsmap["w"]) == "landscape", words))  # noqa: UP031
            words = []
    return found


@pytest.mark.parametrize("body", [IN_TAG, AFTER, BEFORE])
def test_a_section_in_the_middle_goes_with_its_break(tmp_path: Path, body: str) -> None:
    path = write_word(tmp_path / "a.docx", body + p("last") + TALL)
    first = ["one"] if body is BEFORE else ["one", "end of one"]

    assert pages(path, {"wide": True}) == [(False, first), (True, ["table"]), (False, ["last"])]
    assert pages(path, {"wide": False}) == [(False, first), (False, ["last"])]


@pytest.mark.parametrize("end", [broken("{%p endfor %}", WIDE), p("{%p endfor %}")])
def test_a_section_is_repeated_with_its_page(tmp_path: Path, end: str) -> None:
    own = "" if "sectPr" in end else broken("break", WIDE)
    loop = broken("one", TALL) + p("{%p for x in xs %}") + p("{{ x }}") + own + end
    path = write_word(tmp_path / "a.docx", loop + p("last") + TALL)

    lying = [(True, [x, *(["break"] if own else [])]) for x in ("a", "b")]
    assert pages(path, {"xs": ["a", "b"]}) == [(False, ["one"]), *lying, (False, ["last"])]
    assert pages(path, {"xs": []}) == [(False, ["one"]), (False, ["last"])]


@pytest.mark.parametrize("body", [
    broken("one", TALL) + p("{%p if wide %}") + p("table") + p("{%p endif %}"),
    p("one") + broken("{%p if wide %}", TALL) + p("table") + p("{%p endif %}"),
])
def test_when_the_last_section_is_dropped_the_one_before_keeps_its_page(tmp_path: Path, body: str) -> None:
    path = write_word(tmp_path / "a.docx", body + WIDE)

    assert pages(path, {"wide": True}) == [(False, ["one"]), (True, ["table"])]
    assert pages(path, {"wide": False}) == [(False, ["one"])]


def test_an_empty_last_section_that_its_author_drew_stays(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a }}") + broken("one", TALL) + WIDE)
    assert pages(path, {"a": "x"}) == [(False, ["x", "one"]), (True, [])]


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("wide", "lying"), [(True, [False, True, False]), (False, [False, False])])
def test_libreoffice_lays_out_each_section_on_its_page(tmp_path: Path, wide: bool, lying: list[bool]) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    path = write_word(tmp_path / "a.docx", BEFORE + p("last") + TALL)
    pdf = pypdfium2.PdfDocument(pdf_of(render(template_of_file(path), "en", {"wide": wide}, Firm())))
    assert [page.get_width() > page.get_height() for page in pdf] == lying


@pytest.mark.parametrize("tag", ["{{p x|markdown }}", "{{p x }}", "{{p include('part.docx') }}"])
def test_a_break_in_the_paragraph_of_a_value_ends_its_section_behind_it(tmp_path: Path, tag: str) -> None:
    write_word(tmp_path / "part.docx", p("{{ x }}"))
    path = write_word(tmp_path / "a.docx", p("one") + broken(tag, WIDE) + p("last") + TALL)
    assert pages(path, {"x": "value"}) == [(True, ["one", "value"]), (False, ["last"])]
    assert pages(path, {"x": ""}) == [(True, ["one"]), (False, ["last"])]
