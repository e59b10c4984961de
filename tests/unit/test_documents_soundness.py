"""What is proven of a part: never more than holds for every document."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from folderkit.documents.tags.soundness import Soundness, soundness_of, soundness_of_text

_NOTHING = Soundness(well_formed=False, cells=False, tables=False)
_PARAGRAPH = "<w:p><w:r><w:t>{{ x }}</w:t></w:r></w:p>"


def proven(source: str) -> Soundness:
    return soundness_of(Environment(autoescape=True).parse(source))


def body(content: str) -> str:
    return f'<w:document xmlns:w="urn:w"><w:body>{content}</w:body></w:document>'


def table(content: str) -> str:
    return f"<w:tbl>{content}</w:tbl>"


def row(content: str) -> str:
    return f"<w:tr>{content}</w:tr>"


def cell(content: str) -> str:
    return f"<w:tc>{content}</w:tc>"


FULL = row(cell(_PARAGRAPH))


@pytest.mark.parametrize(("content", "found"), [
    (_PARAGRAPH, Soundness()),
    ("{% for x in xs %}" + _PARAGRAPH + "{% else %}" + _PARAGRAPH + "{% endfor %}", Soundness()),
    (table("{% for x in xs %}" + FULL + "{% endfor %}"), Soundness(tables=False)),
    (table(FULL + "{% for x in xs %}" + FULL + "{% endfor %}"), Soundness()),
    (table(row("{% for x in xs %}" + cell(_PARAGRAPH) + "{% endfor %}")), Soundness(cells=False)),
    (table(row(cell("{% if x %}" + _PARAGRAPH + "{% endif %}"))), Soundness(cells=False)),
    (table(row(cell("{% if x %}" + _PARAGRAPH + "{% endif %}" + _PARAGRAPH))), Soundness()),
    (table(row(cell("{% if x %}" + _PARAGRAPH + "{% else %}" + _PARAGRAPH + "{% endif %}"))), Soundness()),
    (table(row(cell("{% if x %}" + _PARAGRAPH + "{% elif y %}{% else %}" + _PARAGRAPH + "{% endif %}"))),
     Soundness(cells=False)),
    ('<w:p w:a="{% if x %}a{% elif y %}b{% else %}{{ z }}{% endif %}"/>', Soundness()),
])  # fmt: skip
def test_what_is_certain_is_found(content: str, found: Soundness) -> None:
    assert proven(body(content)) == found


@pytest.mark.parametrize("content", [
    "<w:p>{% if x %}</w:p><w:p>{% endif %}</w:p>",
    "<w:p>{% if x %}</w:p>{% else %}</w:p>{% endif %}",
    '<w:p {% if x %}a="b"{% endif %}/>',
    '<w:p w:a="{% if x %}<{% endif %}"/>',
    "<w:{{ x }}/>",
    "<w:p {{ x }}='a'/>",
    "<!-- {{ x }} -->",
    "<w:t><![CDATA[{{ x }}]]></w:t>",
    "<w:t>{{ '<b>'|safe }}</w:t>",
    "{% macro m() %}<w:p>{% endmacro %}<w:p/>",
    "{% autoescape false %}{{ x }}{% endautoescape %}",
])  # fmt: skip
def test_what_is_not_certain_is_not_said(content: str) -> None:
    assert proven(body(content)) == _NOTHING


@given(st.recursive(st.sampled_from([_PARAGRAPH, "<w:p/>", "</w:p>", "<w:p>", "{{ x }}", "a"]),
                    lambda inner: st.one_of(
                        st.lists(inner, max_size=3).map("".join),
                        inner.map(lambda text: f"{{% if x %}}{text}{{% endif %}}"),
                        inner.map(lambda text: f"{{% for x in xs %}}{text}{{% else %}}{text}{{% endfor %}}"),
                        st.tuples(inner, inner).map(lambda two: f"<w:p>{two[0]}</w:p>{two[1]}")), max_leaves=8),
       st.sampled_from(["", "<&\"'>"]), st.sampled_from([[], ["", "a"]]))  # fmt: skip
def test_what_is_proven_holds(content: str, x: str, xs: list[str]) -> None:
    environment = Environment(autoescape=True)
    if proven(body(content)).well_formed:
        ET.fromstring(environment.from_string(body(content)).render(x=x, xs=xs))


def test_a_finished_part_may_hold_what_only_stand_ins_may_not_be_in() -> None:
    assert soundness_of_text(b"<w:p xmlns:w='w'><!-- x --><w:r><w:t><![CDATA[a < b]]></w:t></w:r></w:p>").cells
