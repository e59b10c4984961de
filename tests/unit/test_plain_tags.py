"""A text with plain tags is filled as Jinja fills it, or left to Jinja."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from folderkit.core import plain_tags, tags

FACTS: dict[str, Any] = {
    "project": {"name": "门店 <小程序>", "code": "P2026-001", "items": "three", "_own": "x", "if": "word"},
    "today": dt.date(2026, 3, 1), "count": 3, "share": 0.5, "nothing": None, "yes": True, "list": [1, "二"],
    "true": "a fact", "self": "a fact", "loop": "a fact", "range": "a fact",
}
PIECES = ("{{ project.name }}", "{{project.code}}", "{{ today }}", "{{ project.items }}", "{{ project._own }}",
          "{{ project.if }}", "{{ count }}", "{{ share }}", "{{ nothing }}", "{{ yes }}", "{{ list }}", "{{ true }}",
          "{{ self }}", "{{ loop }}", "{{ range }}", "{{ dict }}", "{{ today.year }}", "{{ absent }}",
          "{{ project.absent }}", "{{ project }}", "{{- count }}", "{{ count|number }}", "{{\ncount\n}}", "{{ a b }}",
          "{", "}", "{{", "}}", "{#", "#}", "{%", "%}", "{% if 1 %}", "{% endif %}", "{{}}", "\n", "\r\n", "\r", " ",
          "字", "\u2028", "%", "#", "-")


def by_jinja(text: str) -> str | None:
    try:
        return tags.environment("en").from_string(text).render(FACTS)
    except TemplateError:
        return None


@settings(deadline=None)  # Jinja compiles; the machine may be busy
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_is_filled_is_what_jinja_fills(text: str) -> None:
    filled = plain_tags.fill(text, FACTS)
    assert filled is None or filled == by_jinja(text)


@pytest.mark.parametrize(("text", "filled"), [
    ("", ""), ("no tag, {one} brace\n", "no tag, {one} brace\n"),
    ("{{ project.code }}: {{project.name}}\n\n", "P2026-001: 门店 <小程序>\n\n"),
    ("{{ today }} {{ count }} {{ nothing }}", "2026-03-01 3 None"), ("{{ count }}}{", "3}{"),
])
def test_plain_texts_need_no_jinja(text: str, filled: str) -> None:
    assert plain_tags.fill(text, FACTS) == filled == by_jinja(text)


@pytest.mark.parametrize("text", [
    "{{ absent }}", "{{ project.absent }}", "{{ today.year }}", "{{ count|number }}", "{% if count %}a{% endif %}",
    "{# remark #}", "{{- count -}}", "{{{ count }}}", "{{ true }}", "{{ self }}", "a\r\nb", "{{ count",
])
def test_the_rest_is_left_to_jinja(text: str) -> None:
    assert plain_tags.fill(text, FACTS) is None
