"""Filling Word files: what is missing, wrong or hostile is told in one sentence, and what is right is kept."""

from __future__ import annotations

import datetime as dt
import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from docxtpl import RichText, RichTextParagraph

from folderkit.core.errors import Failed, FolderkitError, Misuse
from folderkit.core.settings import Firm
from folderkit.documents import fields_of, render, template_of_file, with_contents
from folderkit.documents.parts.package import MAX_MEMBERS

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
MAIN = f"{_TYPE}.document.main+xml"


def word_parts(body: str, main: str = MAIN, **others: str) -> dict[str, bytes]:
    """The parts of a small Word file: paragraphs of the body, and `header1`, `footnotes` … as their own parts."""
    kinds = {"header1": "header", "footer1": "footer", "footnotes": "footnotes"}
    roots = {"header1": "hdr", "footer1": "ftr", "footnotes": "footnotes"}
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{kinds[name]}+xml"/>'
        for name in others
        if name in kinds
    )
    core = (
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.'
        'core-properties+xml"/>'
        if "core" in others
        else ""
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/>{overrides}{core}</Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/officeDocument/'
        '2006/relationships/officeDocument"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>',
    }
    for name, content in others.items():
        if name == "core":
            parts["docProps/core.xml"] = (
                '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
                f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{content}</dc:title></cp:coreProperties>'
            )
        else:
            parts[f"word/{name}.xml"] = f'<w:{roots[name]} xmlns:w="{_W}">{content}</w:{roots[name]}>'
    return {name: xml.encode() for name, xml in parts.items()}


def p(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{p(text)}</w:tc>" for text in cells) + "</w:tr>"


def write_word(path: Path, body: str, main: str = MAIN, **others: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in word_parts(body, main, **others).items():
            packed.writestr(name, data)
    return path


def parts_of(document: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(document)) as packed:
        return {name: packed.read(name).decode("utf-8", "replace") for name in packed.namelist()}


def fill(path: Path, context: Mapping[str, Any], firm: Firm | None = None) -> dict[str, str]:
    return parts_of(render(template_of_file(path), "en", context, firm or Firm()))


def text_of(xml: str) -> list[str]:
    return [
        "".join(node.text or "" for node in paragraph.iter(f"{{{_W}}}t"))
        for paragraph in ET.fromstring(xml).iter(f"{{{_W}}}p")
    ]


def body_of(path: Path, context: Mapping[str, Any]) -> list[str]:
    return text_of(fill(path, context)["word/document.xml"])


def failure(path: Path, context: Mapping[str, Any] | None = None, firm: Firm | None = None) -> FolderkitError:
    """What a person is told when the file is filled: always both languages, always with what to do next."""
    blank = write_word(path.parent / "blank.docx", p("x"))
    template = template_of_file(blank)
    with pytest.raises(FolderkitError) as caught:
        render(
            type(template)(**{**template.__dict__, "editions": {"en": path, "zh": path}}),
            "en",
            context or {},
            firm or Firm(),
        )
    assert caught.value.message.zh
    assert caught.value.hint is not None
    return caught.value


# -- values ----------------------------------------------------------------------------------------
def test_every_part_is_filled(tmp_path: Path) -> None:
    path = write_word(
        tmp_path / "a.docx",
        p("{{ a }}"),
        header1=p("{{ b }}"),
        footer1=p("{{ c }}"),
        footnotes=f"<w:footnote>{p('{{ d }}')}</w:footnote>",
        core="{{ e }} &amp; more",
    )

    parts = fill(path, {"a": "A & <B>", "b": "<w:p>", "c": "C & D", "d": '"quoted"', "e": "R & D"})

    assert text_of(parts["word/document.xml"]) == ["A & <B>"]
    assert text_of(parts["word/header1.xml"]) == ["<w:p>"]
    assert text_of(parts["word/footer1.xml"]) == ["C & D"]
    assert text_of(parts["word/footnotes.xml"]) == ['"quoted"']
    assert ET.fromstring(parts["docProps/core.xml"])[0].text == "R & D & more"


def test_a_tag_that_word_split_over_runs_is_one_tag(tmp_path: Path) -> None:
    path = write_word(
        tmp_path / "a.docx",
        "<w:p><w:r><w:t>{</w:t></w:r><w:r><w:t>{ client</w:t></w:r>"
        "<w:r><w:t>.name }</w:t></w:r><w:r><w:t>}</w:t></w:r></w:p>",
    )

    assert body_of(path, {"client": {"name": "Acme"}}) == ["Acme"]


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("{{ nothing }}", ""),
        ("{{ day }}", "31 March 2026"),
        ("{{ moment }}", "31 March 2026 14:05"),
        ("{{ moment|date }}", "31 March 2026"),
        ("{{ yes }}", "yes"),
        ("{{ whole }}", "12"),
        ("{{ share }}", "0.3"),
        ("{{ names }}", "Li, Wang"),
        ("{{ sum|money }}", "€1,234.50"),
        ("{{ half|percent }}", "50%"),
        ("{{ p.items }}", "three"),
        ("{{ 'a' if share &gt; 0.2 else 'b' }}", "a"),
        ("{{ “quoted” }}", "quoted"),
        ("{{ '“quoted”' }}", "“quoted”"),
        ("{{ 7 % 4 }}", "3"),
    ],
)
def test_values_are_shown_as_a_reader_expects(tmp_path: Path, tag: str, shown: str) -> None:
    path = write_word(tmp_path / "a.docx", p(tag))
    context = {
        "nothing": None,
        "day": dt.date(2026, 3, 31),
        "moment": dt.datetime(2026, 3, 31, 14, 5),
        "yes": True,
        "whole": 12.0,
        "share": 0.1 + 0.2,
        "sum": 1234.5,
        "names": ["Li", "Wang"],
        "half": 0.5,
        "p": {"items": "three"},
    }

    assert text_of(fill(path, context, Firm(currency="EUR"))["word/document.xml"]) == [shown]


def test_a_line_break_in_a_value_is_a_line_break_in_word(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a }}"))

    for given in ("one\ntwo", "one\r\ntwo"):
        assert "one</w:t><w:br/>" in fill(path, {"a": given})["word/document.xml"]


def test_a_new_paragraph_or_page_in_a_value_is_one_in_word(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a }}"), core="{{ title }}")

    assert body_of(path, {"a": "one\atwo", "title": "t"}) == ["one", "two"]
    assert '<w:br w:type="page"/>' in fill(path, {"a": "one\ftwo", "title": "t"})["word/document.xml"]
    assert "title (U+000C)" in failure(path, {"a": "one", "title": "a\fb"}).message.en


@pytest.mark.parametrize("loop", ["x in xs if x % 2", "x in [{'a': 1}, {'a': 3}]|map(attribute='a')"])
def test_a_row_s_tag_may_hold_any_expression(tmp_path: Path, loop: str) -> None:
    table = f"<w:tbl>{row('{%tr for ' + loop + ' %}')}{row('{{ x }}')}{row('{%tr endfor %}')}</w:tbl>"

    assert body_of(write_word(tmp_path / "a.docx", table), {"xs": [1, 2, 3]}) == ["1", "3"]


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("{{r note }}", ["a & b"]),
        ("one {{r note }} two {{r note }} three", ["one a & b two a & b three"]),
        ("{{r rich }}", ["<rich>"]),
        ("one {{ rich }} two", ["one <rich> two"]),
        ("{{p note }}", ["a & b"]),
        ("{{p paragraphs }}", ["<one>", "<two>"]),
        ("{{p number }}", ["12"]),
        ("{%r if note %}{{r note }}{%r endif %}", ["a & b"]),
        ("{{ '{_{' }}{_{ note }_} {_% if %_}", ["{_{{{ note }} {% if %}"]),
    ],
)
def test_no_text_stands_where_word_shows_none(tmp_path: Path, tag: str, shown: list[str]) -> None:
    path = write_word(tmp_path / "a.docx", p(tag))
    paragraphs = RichTextParagraph("<one>")
    paragraphs.add("<two>")
    context = {"note": "a & b", "rich": RichText("<rich>"), "paragraphs": paragraphs, "number": 12.0}

    root = ET.fromstring(fill(path, context)["word/document.xml"])

    assert text_of(ET.tostring(root, encoding="unicode")) == shown
    assert not [text for text in root.iter(f"{{{_W}}}t") if len(text)]
    for element in (root[0], *root.iter(f"{{{_W}}}p"), *root.iter(f"{{{_W}}}r")):
        assert not "".join([element.text or "", *(child.tail or "" for child in element)]).strip()


def test_a_text_between_runs_looks_like_its_tag(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{{r note }}</w:t></w:r></w:p>")

    assert '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">x</w:t></w:r>' in fill(path, {"note": "x"})[
        "word/document.xml"]


def test_loops_and_conditions_leave_a_valid_document(tmp_path: Path) -> None:
    table = (
        f"<w:tbl><w:tblPr/><w:tblGrid/>{row('{%tr for x in xs %}')}{row('{{ x.a }}')}{row('{%tr endfor %}')}</w:tbl>"
    )
    cell = f"<w:tbl><w:tr><w:tc>{p('{%p if xs %}')}{p('yes')}{p('{%p endif %}')}</w:tc></w:tr></w:tbl>"
    path = write_word(tmp_path / "a.docx", table + cell + p("end"))

    root = ET.fromstring(fill(path, {"xs": []})["word/document.xml"])

    assert len(list(root.iter(f"{{{_W}}}tbl"))) == 1
    assert all(tc.find(f"{{{_W}}}p") is not None for tc in root.iter(f"{{{_W}}}tc"))


# -- what is missing -------------------------------------------------------------------------------
def test_all_missing_fields_are_named_at_once(tmp_path: Path) -> None:
    table = (
        f"<w:tbl>{row('{%tr for t in tasks %}')}{row('{{ t.name }}', '{{ t.owner }}')}{row('{%tr endfor %}')}</w:tbl>"
    )
    path = write_word(
        tmp_path / "offer.docx",
        p("{{ client.name }} {{ client.city.zip }} {{ total|money }}") + table,
        header1=p("{% if approved %}x{% endif %}"),
    )

    error = failure(path, {"client": {"name": "Acme"}, "tasks": [{"name": "a"}, {"name": "b"}]})

    assert isinstance(error, Misuse)
    assert "needs 3 values that are not there: client.city.zip, total, tasks[].owner." in error.message.en
    assert error.message.en.endswith(
        "\n  client.city.zip: in the text, {{ client.city.zip }} (paragraph 1)"
        "\n  total: in the text, {{ total|money }} (paragraph 1)"
        "\n  tasks[].owner: in the text, {{ t.owner }} (table 1, row 2, cell 2)"
    )
    assert "\n  total：正文，{{ total|money }}（第 1 段）" in error.message.zh


def test_a_tested_or_defaulted_field_may_be_absent(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a|default('–') }}{% if b is defined %}{{ b }}{% endif %}"))

    assert body_of(path, {}) == ["–"]


@pytest.mark.parametrize("bad", ["\x01", "\x0b", "\x1b", "\ud800", "\ufffe"])
@pytest.mark.parametrize("part", ["document", "header1", "footnotes"])
def test_characters_no_file_can_hold_are_refused_by_field(tmp_path: Path, bad: str, part: str) -> None:
    others = {} if part == "document" else {part: p("{{ client.note }}")}
    path = write_word(tmp_path / "a.docx", p("{{ client.note }}" if part == "document" else "x"), **others)

    error = failure(path, {"client": {"note": f"a{bad}b"}, "xs": ["fine"]})

    assert f"client.note (U+{ord(bad):04X})" in error.message.en


# -- what is wrong in a template -------------------------------------------------------------------
def test_all_wrong_tags_are_told_at_once_with_part_and_tag(tmp_path: Path) -> None:
    path = write_word(
        tmp_path / "a.docx",
        p("{{ client. }}") + p("{% if a %}") + p("{{ b|nofilter }}") + p("{{ never ended") + p("｛｛ c ｝｝"),
        header1=p("{% endfor %}"),
        footer1=p("{% for x y %}{% endfor %}"),
    )

    message = failure(path).message.en

    assert message.count("\n") >= 5
    for words in (
        "in the text, {{ client. }}",
        "{% if a %}: It is never ended",
        "There is no filter 'nofilter'",
        "{{ never ended",
        "Full-width braces",
        "in a header that no page shows (header1.xml), {% endfor %}",
        "in a footer that no page shows (footer1.xml), {% for x y %}",
    ):
        assert words in message, words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (p("Total: {%p if a %}") + p("{%p endif %}"),
         "other text is in it, which would be lost. Give each tag a paragraph of its own."),
        (
            "<w:tbl>" + row("{%tr for x in xs %}", "lost") + row("{%tr endfor %}") + "</w:tbl>",
            "Give each tag a table row of its own.",
        ),
        (p("{% if 1 %}") + "<w:tbl>" + row("a{% endif %}") + "</w:tbl>", "tear the document apart"),
    ],
)
def test_tags_that_would_lose_text_or_break_the_file_are_refused(tmp_path: Path, body: str, words: str) -> None:
    error = failure(write_word(tmp_path / "a.docx", body.replace("{% if 1 %}", "{% if a %}")), {"a": False, "xs": []})

    assert words in error.message.en + (error.hint.en if error.hint else "")


def test_a_fault_is_told_with_its_place_in_both_languages(tmp_path: Path) -> None:
    rows = row("a", "b") + row("{{ ok }}", "{{ ok. }}") + row("{%tr if ok %}", "{%tr endif %}")
    table = f"<w:tbl>{rows}</w:tbl>"
    path = write_word(tmp_path / "a.docx", p("{{ ok }}") + table + p("{{ ok. }}") + p("{{ never"), header1=p("{{ %}"))

    error = failure(path)

    lines = [line.removeprefix(f"{path}: in ") for line in error.message.en.split("\n")]
    for begin, end in (
        ("the text, {{ ok. }}: ", " (table 1, row 2, cell 2)"),
        ("the text, {{ ok. }}: ", " (paragraph 2)"),
        ("the text, {%tr endif %}: Two tags ", " (table 1, row 3, cell 2)"),
        ("the text, {{ never: This tag is begun and never ended. ", " (paragraph 3)"),
        ("a header that no page shows (header1.xml), {{ %}: This tag begins with '{{' and ends with '%}'. ",
         " (paragraph 1)"),
    ):
        assert [line for line in lines if line.startswith(begin) and line.endswith(end)], (begin, end, lines)
    assert "（第 1 个表格第 2 行第 2 格）" in error.message.zh


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("{{ client }}", "{{ client }} cannot be computed: it is a group of fields (name, city) and not one value"),
        ("{{ team }}", "it is a group of fields (name) and not one value"),
        ("{{ client.keys }}", "{{ client.keys }} cannot be computed: it is no value that can be shown"),
        ("{{ thing }}", "it is no value that can be shown"),
        ("{{ (-8) ** 0.5 }}", "it is no value that can be shown"),
        ("{{r client }}", "a group of fields"),
    ],
)
def test_what_only_a_programmer_can_read_is_refused(tmp_path: Path, tag: str, words: str) -> None:
    path = write_word(tmp_path / "a.docx", p("x") + p(tag))
    context = {"client": {"name": "Acme", "city": "Bonn"}, "team": [{"name": "Li"}], "thing": object()}

    error = failure(path, context)

    assert words in error.message.en
    assert error.message.en.endswith("(paragraph 2).")


def test_the_tags_that_tear_a_document_apart_are_named(tmp_path: Path) -> None:
    path = write_word(
        tmp_path / "a.docx",
        p("{% if a %}") + p("harmless") + p("{% endif %}") + p("{%p if a %}")
        + f"<w:tbl>{row('{%tr endif %}')}{row('x')}</w:tbl>",
    )  # fmt: skip

    message = failure(path, {"a": False}).message

    assert message.en.endswith("in the text, the tags tear the document apart: {% if a %} (paragraph 4).")
    assert message.zh.endswith("正文中的标签破坏了文档结构：{% if a %}（第 4 段）。")


def test_tags_may_begin_and_end_in_paragraphs_with_text(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("one {% if a %}") + p("two") + p("{% endif %} three"))

    assert body_of(path, {"a": True}) == ["one ", "two", " three"]
    assert body_of(path, {"a": False}) == ["one  three"]


def test_a_row_that_loses_its_content_is_told(tmp_path: Path) -> None:
    cells = f"{{% for x in xs %}}<w:tc>{p('a')}</w:tc>{{% endfor %}}<w:proofErr/>"
    table = f"<w:tbl>{row('x')}<w:tr>{cells}</w:tr></w:tbl>"
    path = write_word(tmp_path / "a.docx", table)

    assert "without content (table 1, row 2)." in failure(path, {"xs": []}).message.en
    assert body_of(path, {"xs": [1]}) == ["x", "a"]


def test_a_link_that_is_not_in_the_file_is_told(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{r link }}"))
    root = f'<w:document xmlns:w="{_W}"'
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in word_parts(p("{{r link }}")).items():
            relations = f'{root} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
            packed.writestr(name, data.decode().replace(root, relations))

    assert "(rId77)" in failure(path, {"link": RichText("x", url_id="rId77")}).message.en


def test_a_tag_that_cannot_be_computed_is_told_with_its_place(tmp_path: Path) -> None:
    loop = row("{%tr for x in xs %}") + row("{{ 1 / x }}", "{{ 1 / x }}") + row("{%tr endfor %}")
    path = write_word(tmp_path / "a.docx", "<w:tbl>" + row("head") + loop + "</w:tbl>")

    assert failure(path, {"xs": [1, 0]}).message.en.endswith("division by zero (table 1, row 3, cell 1).")


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("{{ 1 / zero }}", "in the text, {{ 1 / zero }} cannot be computed: division by zero"),
        ("{{ name + 1 }}", "{{ name + 1 }} cannot be computed"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "unsafe"),
        ("{{ name.__class__.__mro__ }}", "unsafe"),
        ("{{ name|attr('__class__') }}", "unsafe"),
    ],
)
def test_a_tag_that_cannot_or_must_not_be_computed_is_named(tmp_path: Path, tag: str, words: str) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ name }}") + p(tag) + p("{{ name }}"))

    error = failure(path, {"zero": 0, "name": "Li"})

    assert isinstance(error, Failed)
    assert words in error.message.en


# -- what is no Word file --------------------------------------------------------------------------
def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"hello", "it is no Word document"),
        (b"{\\rtf1 x}", "an RTF file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .doc format"),
        (encrypted(), "protected by a password"),
        (b"PK\x03\x04rest", "damaged or incomplete"),
    ],
)
def test_a_file_that_is_no_word_document_is_told_apart(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(data)

    assert words in failure(path).message.en


def test_a_truncated_missing_or_foreign_package_is_told_apart(tmp_path: Path) -> None:
    whole = write_word(tmp_path / "whole.docx", p("x" * 5000)).read_bytes()
    (tmp_path / "cut.docx").write_bytes(whole[: len(whole) // 2])
    assert "damaged or incomplete" in failure(tmp_path / "cut.docx").message.en
    assert "it is not there" in failure_without_hint(tmp_path / "none.docx")
    with zipfile.ZipFile(tmp_path / "plain.docx", "w") as packed:
        packed.writestr("a.txt", "x")
    assert "no Word document" in failure(tmp_path / "plain.docx").message.en
    write_word(tmp_path / "macro.docm", p("x"), main="application/vnd.ms-word.document.macroEnabled.main+xml")
    assert "macros" in failure(tmp_path / "macro.docm").message.en


def failure_without_hint(path: Path) -> str:
    with pytest.raises(Failed) as caught:
        template_of_file(path)
    return caught.value.message.en


def test_a_damaged_member_is_told(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("x" * 3000))
    data = bytearray(path.read_bytes())
    at = data.index(b"word/document.xml") + len("word/document.xml") + 10
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(bytes(data))

    assert "damaged" in failure(path).message.en


def test_a_word_template_becomes_a_document(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.dotx", p("{{ a }}"), main=f"{_TYPE}.template.main+xml")

    parts = fill(path, {"a": "x"})

    assert MAIN in parts["[Content_Types].xml"]


def test_bombs_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("x") * 1_000_000)
    assert "more than a template needs" in failure(path).message.en
    with zipfile.ZipFile(tmp_path / "b.docx", "w") as packed:
        for number in range(MAX_MEMBERS + 1):
            packed.writestr(f"{number}.txt", "")
    assert "more than a document needs" in failure(tmp_path / "b.docx").message.en


def test_entities_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as packed:
        for name, data in word_parts(p("&a;")).items():
            entities = b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>' if name == "word/document.xml" else b""
            packed.writestr(name, entities + data)

    assert "document type declaration" in failure(tmp_path / "a.docx").message.en


def test_a_large_result_is_no_bomb(tmp_path: Path) -> None:
    table = f"<w:tbl>{row('{%tr for x in xs %}')}{row('{{ x }}')}{row('{%tr endfor %}')}</w:tbl>"
    field = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    path = write_word(tmp_path / "a.docx", field + table + p("{{ xs|length }}"))

    document = with_contents(render(template_of_file(path), "en", {"xs": ["same"] * 40_000}, Firm()), None)

    assert text_of(parts_of(document)["word/document.xml"])[-1] == "40000"


# -- the firm --------------------------------------------------------------------------------------
def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixels = zlib.compress(b"".join(b"\0" + b"\x20\x40\x60" * width for _ in range(height)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def test_the_logo_is_drawn_into_its_box_in_every_part(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(400, 100))
    path = write_word(tmp_path / "a.docx", p("{{ firm.logo|fit(60, 20) }}"), header1=p("{{ firm.logo }}"))

    parts = fill(path, {}, Firm(logo=str(tmp_path / "logo.png")))

    assert 'cx="2160000" cy="540000"' in parts["word/document.xml"]
    assert "firm-logo.png" in parts["word/_rels/document.xml.rels"]
    assert "firm-logo.png" in parts["word/_rels/header1.xml.rels"]
    assert 'Extension="png"' in parts["[Content_Types].xml"]
    assert parts["word/document.xml"].count('docPr id="1001"') + parts["word/header1.xml"].count('docPr id="1001"') == 1


def test_without_a_logo_the_tag_is_empty(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ firm.logo|fit(60, 20) }}{% if firm.logo %}x{% endif %}"))

    assert body_of(path, {"firm": {"name": "F", "logo": ""}}) == [""]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png(40, 10)[:-30], "broken or incomplete"),
        (png(40, 10)[:40] + b"\0" + png(40, 10)[41:], "broken or incomplete"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "broken or incomplete"),
        (b"<svg/>", "it is an SVG drawing; in the program it was drawn with, export it as PNG"),
        (b"\0\0\0\x18ftypheic", "it is a HEIC photograph"),
        (b"", "neither"),
    ],
)
def test_a_broken_logo_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "logo.png").write_bytes(data)
    path = write_word(tmp_path / "a.docx", p("{{ firm.logo }}"))

    message = failure(path, {}, Firm(logo=str(tmp_path / "logo.png"))).message.en

    assert words in message
    assert "firm.logo" in message


def test_a_missing_logo_is_told(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("x"))

    with pytest.raises(Failed) as caught:
        render(template_of_file(path), "en", {}, Firm(logo=str(tmp_path / "none.png")))
    assert "firm.logo" in caught.value.message.en


# -- fields ----------------------------------------------------------------------------------------
def test_the_fields_of_a_bare_file_become_its_questions(tmp_path: Path) -> None:
    table = f"<w:tbl>{row('{%tr for t in tasks if t.open %}')}{row('{{ t.name }}')}{row('{%tr endfor %}')}</w:tbl>"
    path = write_word(
        tmp_path / "offer.docx",
        p("{{ client.name|upper }} {{ 客户 }} {% if note %}{{ note }}{% endif %} {% set s = rate * 2 %}{{ s }}")
        + table,
        header1=p("{{ code }}"),
        core="{{ title }}",
    )

    template = template_of_file(path)
    fields = {field.name: field for field in fields_of(template, "en")}

    assert list(fields) == [
        "client.name",
        "客户",
        "note",
        "rate",
        "tasks",
        "tasks[].open",
        "tasks[].name",
        "code",
        "title",
    ]
    assert fields["tasks"].kind == "list"
    assert fields["tasks[].open"].kind == "boolean"
    assert fields["code"].where.en == "a header that no page shows (header1.xml)"
    questions = {question.key: question for question in template.questions}
    assert questions["client.name"].required
    assert not questions["note"].required
    assert questions["tasks"].type == "list"
    assert [inner.key for inner in questions["tasks"].fields] == ["open", "name"]
    assert template.filename == "offer_V{doc.version}.docx"


# -- the room -------------------------------------------------------------------------------------
def test_importing_the_room_loads_no_heavy_library() -> None:
    code = (
        "import sys, folderkit.documents; "
        "print(*[name for name in ('docxtpl', 'docx', 'lxml', 'jinja2', 'pypdfium2') if name in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_what_the_template_itself_asks_for_may_be_absent(tmp_path: Path) -> None:
    path = write_word(tmp_path / "offer.docx", p("{{ client.name }}{% if goals %} {{ goals|length }} goals{% endif %}"))

    assert body_of(path, {"client": {"name": "Acme"}}) == ["Acme"]
    assert body_of(path, {"client": {"name": "Acme"}, "goals": [1, 2]}) == ["Acme 2 goals"]


def test_amounts_that_came_as_text_are_formatted_and_other_text_is_refused_by_tag(tmp_path: Path) -> None:
    path = write_word(tmp_path / "offer.docx", p("{{ total|money('USD') }} {{ share|percent }}"))

    assert body_of(path, {"total": "1,234.5", "share": "0.25"}) == ["$1,234.50 25%"]
    assert "total|money" in failure(path, {"total": "many", "share": 1}).message.en
