"""Where a tag stands, as its author counts."""

from __future__ import annotations

import pytest

from folderkit.documents.tags.places import Words, place_at, place_of_tag, same_tag


def p(text: str) -> str:
    return f"<w:p w:a='1'><w:pPr/><w:r><w:t>{text}</w:t></w:r></w:p>"


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc><w:tcPr/>{cell}</w:tc>" for cell in cells) + "</w:tr>"


XML = ("<w:body>" + p("{{ a }}") + "<w:p/>" + p("{{ b }} {{ a }}")
       + "<w:tbl><w:tblPr/>" + row(p("{{ c }}"), p("x") + p("{%p if d %}")) + row(p("{{ a }}")) + "</w:tbl>"
       + "<w:tbl>" + row("<w:tbl>" + row(p("x"), p("{{ inner }}")) + "</w:tbl>" + p("{{r a }}")) + "</w:tbl>"
       + p("{% cellbg e %}{</w:t></w:r><w:r><w:t>{ f</w:t></w:r><w:r><w:t>.g &lt; 1 }}") + "</w:body>")  # fmt: skip


@pytest.mark.parametrize(("tag", "nth", "en", "zh"), [
    ("{{ a }}", 0, "paragraph 1", "第 1 段"),
    ("{{ a }}", 1, "paragraph 3", "第 3 段"),
    ("{{ a }}", 2, "table 1, row 2, cell 1", "第 1 个表格第 2 行第 1 格"),
    ("{{ a}}", 3, "table 2, row 1, cell 1", "第 2 个表格第 1 行第 1 格"),
    ("{% if d %}", 0, "table 1, row 1, cell 2", "第 1 个表格第 1 行第 2 格"),
    ("{{ inner }}", 0, "table 2, row 1, cell 1, table 1, row 1, cell 2",
     "第 2 个表格第 1 行第 1 格第 1 个表格第 1 行第 2 格"),
    ("{{ e }}", 0, "paragraph 4", "第 4 段"),
    ("{{ f.g < 1 }}", 0, "paragraph 4", "第 4 段"),
    ("{{ a }}", 4, "", ""),
    ("{{ nowhere }}", 0, "", ""),
])  # fmt: skip
def test_a_tag_has_a_place(tag: str, nth: int, en: str, zh: str) -> None:
    place = place_of_tag(XML, tag, nth)

    assert (place.en, place.zh) == (en, zh)


def test_words_know_where_they_are() -> None:
    words = Words(XML)

    assert XML[words.offset(words.text.index("inner")) :].startswith("inner }}")
    assert XML[words.offset(0) :].startswith("{{ a }}")


def test_what_is_not_closed_does_no_harm() -> None:
    assert place_at("</w:p></w:tc><w:p>x", 19).en == "paragraph 1"


def test_a_tag_is_the_same_as_written_and_in_the_source() -> None:
    assert same_tag("{%tr for x in “a” %}") == same_tag('{% for x in "a" %}')
    assert same_tag("{%- if a -%}") == same_tag("{% if a %}")
