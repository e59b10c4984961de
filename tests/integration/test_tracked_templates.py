"""Templates that were edited with tracked changes, content controls and fields: what Word put into a tag does not break
it, and what is deleted is no tag."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from folderkit.core.settings import Firm
from folderkit.documents import fields_of, render, template_of_file
from tests.conftest import Run

INS = '<w:ins w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z">{}</w:ins>'
DELETED = '<w:del w:id="2" w:author="A"><w:r><w:delText xml:space="preserve">{}</w:delText></w:r></w:del>'
CONTROL = "<w:sdt><w:sdtPr><w:id w:val=\"7\"/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
LINK = '<w:hyperlink w:anchor="there">{}</w:hyperlink>'
CODE = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def run_of(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def code_of(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


def made(folder: Path, *paragraphs: str) -> Path:
    document = Document()
    for paragraph in paragraphs:
        document.element.body.insert(-1, parse_xml(f"<w:p {nsdecls('w')}>{paragraph}</w:p>"))
    document.save(str(path := folder / "edited.docx"))
    return path


def filled(path: Path) -> str:
    """The XML of the text, when the template is filled for A & B."""
    data = render(template_of_file(path, "en"), "en", {"name": "A & B", "note": ""}, Firm())
    with zipfile.ZipFile(io.BytesIO(data)) as document:
        xml = document.read("word/document.xml").decode()
    ET.fromstring(xml)
    return xml


def words(xml: str) -> str:
    return re.sub("<[^>]*>", "", re.sub("<w:delText[^>]*>[^<]*", "", xml))


@pytest.mark.parametrize("paragraph", [
    INS.format(run_of("{{ na")) + run_of("me }}"),
    run_of("{{ na") + INS.format(run_of("me }}")),
    run_of("{{ n") + DELETED.format("aa") + INS.format(run_of("am")) + run_of("e }}"),
    CONTROL.format(run_of("{{ na")) + run_of("me }}"),
    run_of("{") + LINK.format(run_of("{ name }")) + run_of("}"),
    CODE.format(code_of("QUOTE {{ na") + code_of("me }}")),
])
def test_a_tag_that_something_cuts_is_filled(tmp_path: Path, paragraph: str) -> None:
    xml = filled(made(tmp_path, paragraph))
    assert words(xml).strip().removeprefix("QUOTE ") == "A &amp; B"
    assert "{" not in words(xml)


def cut(text: str, chance: random.Random) -> str:
    """The text in runs of a few characters, some of them together in what tracked changes, controls or links make, with
    deleted pieces of tags between them."""
    paragraph, at = "", 0
    while at < len(text):
        runs = ""
        for _ in range(chance.randint(1, 3)):
            size = chance.randint(1, 6)
            runs += run_of(text[at : at + size])
            at += size
        paragraph += chance.choice((INS, CONTROL, LINK, "{}")).format(runs)
        if chance.random() < 0.3:
            paragraph += DELETED.format(chance.choice(("{{ old }}", "{", "%}", "word")))
    return paragraph


@pytest.mark.parametrize("seed", range(40))
def test_tags_cut_anywhere_say_the_same(tmp_path: Path, seed: int) -> None:
    text = "{{ name }}, {{ name|lower }}{# remark #}; {{ 'x' ~ name }}."
    chance = random.Random(seed)
    assert words(filled(made(tmp_path, cut(text, chance)))).strip() == "A &amp; B, a &amp; b; xA &amp; B."


def test_a_block_goes_round_what_is_tracked(tmp_path: Path) -> None:
    xml = filled(made(tmp_path, INS.format(run_of("{%p if no")) + run_of("te %}"), run_of("gone"),
                      INS.format(run_of("{%p endif %}")), run_of("{{ name }}")))
    assert words(xml).strip() == "A &amp; B"


@pytest.mark.parametrize("deleted", ["{{ old }}", "{% if", "{", "}} %}", "{# }", 'say "{{ old }}" &gt; 1'])
def test_what_was_deleted_is_no_tag_and_stays_deleted(tmp_path: Path, deleted: str) -> None:
    path = made(tmp_path, run_of("{{ name }}") + DELETED.format(deleted), run_of("%}") + DELETED.format(deleted))
    assert [field.name for field in fields_of(template_of_file(path, "en"), "en")] == ["name"]
    xml = filled(path)
    assert xml.count(f">{deleted}</w:delText>") == 2
    assert words(xml).strip() == "A &amp; B%}"


def test_signs_of_a_font_of_icons_stay_what_they_are(tmp_path: Path) -> None:
    signs = "\ue010\ue011\ue012\ue013\ue016\ue017"
    assert f"{signs} A &amp; B" in words(filled(made(tmp_path, run_of(f"{signs} {{{{ name }}}}"))))


def test_tags_that_nothing_fills_are_told(run: Run, tmp_path: Path) -> None:
    path = made(tmp_path, run_of("{{ name }}"))
    with zipfile.ZipFile(path, "a") as document:
        for name in ("charts/chart1", "diagrams/data1"):
            document.writestr(f"word/{name}.xml", "<c><t>{{ na</t><t>me }} and {{ name }}</t></c>")
    ran = run("template", "check", str(path), cwd=tmp_path)
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if "{{ name }}" in line] == [
        "edited.docx, a chart: {{ name }}", "edited.docx, a SmartArt graphic: {{ name }}"]
    assert "is not filled there" in ran.out
