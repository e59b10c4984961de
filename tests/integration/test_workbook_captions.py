"""Excel templates filled: the texts that stand in no cell, and tags that stand where none is filled."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed, Misuse
from folderkit.documents import fields_of
from folderkit.documents.known import Known
from folderkit.documents.workbook.check import check_workbook
from tests.workbooks import drawn, features, fill, parts_of, template_at, xml_of

SHEET, DRAWING, CHART = "xl/worksheets/sheet1.xml", "xl/drawings/drawing1.xml", "xl/charts/chart1.xml"


def everything(book: Any, sheet: Any) -> None:
    """A text of each kind, each with the client's name."""
    sheet.write("A1", "no tag")
    sheet.insert_textbox("D2", "For {{ client }}\nand {% if vip %}friends{% else %}others{% endif %}")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Budget!$B$2:$B$4", "name": "Costs of {{ client }}"})
    chart.set_title({"name": "Budget of {{ client }}"})
    chart.set_x_axis({"name": "in {{ currency }}"})
    sheet.insert_chart("D10", chart)
    sheet.write_comment("A5", "Ask {{ client }}", {"author": "me"})
    sheet.set_header("&L&12{{ number }}&C&\"Arial,Bold\"{{ client }}&R&P")
    sheet.set_footer("&Lfor {{ client }}")


FACTS: dict[str, Any] = {"client": "Müller & Söhne", "vip": True, "currency": "EUR", "number": 7}


def texts(xml: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}(?: [^>]*)?>([^<]+)<", xml)


def test_text_boxes_charts_comments_and_headers_are_filled(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", everything)
    data = fill(path, FACTS)
    assert texts(xml_of(data, DRAWING), "a:t") == ["For Müller &amp; Söhne", "and friends"]
    assert texts(xml_of(data, CHART), "a:t") == ["Budget of Müller &amp; Söhne", "in EUR"]
    assert "Costs of Müller &amp; Söhne" in xml_of(data, CHART)
    assert texts(xml_of(data, "xl/comments1.xml"), "t") == ["Ask Müller &amp; Söhne"]
    assert texts(xml_of(data, SHEET), "oddHeader") == [
        "&amp;L&amp;12 7&amp;C&amp;\"Arial,Bold\"Müller &amp;&amp; Söhne&amp;R&amp;P"]
    assert texts(xml_of(data, SHEET), "oddFooter") == ["&amp;Lfor Müller &amp;&amp; Söhne"]
    assert features(data) == features(path.read_bytes())
    assert not any(b"{{" in part or b"{%" in part for part in parts_of(data).values())


def test_fields_and_missing_values_know_of_them(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", everything)
    assert {field.name for field in fields_of(template_at(path), "en")} == set(FACTS)
    assert {field.where.zh for field in fields_of(template_at(path), "zh") if field.name in ("vip", "currency")} == {
        "Budget，文本框“TextBox 2”第 2 段", "Budget，图表“Chart 1”第 2 段"}
    with pytest.raises(Misuse) as error:
        fill(path, {"vip": True})
    assert all(name in error.value.message.en for name in ("client", "currency", "number"))


def test_a_tag_in_several_runs_is_one_and_runs_keep_their_looks(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.insert_textbox("D2", "X"))
    run = "<a:r><a:rPr lang=\"en-US\" {}/><a:t>{}</a:t></a:r>"
    _patched(path, DRAWING, r"<a:r>.*?</a:r>", "".join(
        run.format(look, text) for look, text in (("b=\"1\"", "To {{ cli"), ("i=\"1\"", "ent }} with {% if vip %}"),
                                                  ("u=\"sng\"", "love{% endif %}"))))
    xml = xml_of(fill(path, FACTS), DRAWING)
    assert re.findall(r'<a:rPr lang="en-US" (\w+)="\w+"/><a:t>([^<]*)', xml) == [
        ("b", "To Müller &amp; Söhne"), ("i", " with "), ("u", "love")]


def test_lines_and_characters_of_values(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
        sheet.insert_textbox("D2", "{{ x }}"), sheet.write_comment("A5", "{{ x }}")))
    data = fill(path, {"x": "one\ntwo\x07 _x0041_ =1+1"})
    assert re.search(r"<a:t>one</a:t></a:r><a:br/><a:r>.*?<a:t>two _x0041_ =1\+1</a:t>", xml_of(data, DRAWING))
    assert texts(xml_of(data, "xl/comments1.xml"), "t") == ["one\ntwo _x005F_x0041_ =1+1"]


def test_each_sheet_of_several_has_its_own_texts(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A1", "{%sheet for p in projects %}{{ p.name }}")
        sheet.insert_textbox("D2", "For {{ p.name }}")
        sheet.set_header("&C{{ p.name }} of {{ year }}")
        book.add_worksheet("Last").set_footer("{{ year }}")

    data = fill(drawn(tmp_path / "t.xlsx", draw, "{{ p.name }}"),
                {"projects": [{"name": "One"}, {"name": "Two"}], "year": 2026})
    parts = {name: part.decode() for name, part in parts_of(data).items() if name.endswith(".xml")}
    assert sorted(text for part in parts.values() for text in texts(part, "a:t")) == ["For One", "For Two"]
    assert sorted(text for part in parts.values() for text in texts(part, "odd\\w+")) == [
        "&amp;COne of 2026", "&amp;CTwo of 2026", "2026"]
    blank = fill(drawn(tmp_path / "t.xlsx", draw, "{{ p.name }}"), {"projects": [], "year": 2026})
    assert texts(xml_of(blank, DRAWING), "a:t") == ["For "]


def test_a_sheet_that_is_a_chart_is_filled(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Budget!$B$2:$B$4"})
        chart.set_title({"name": "of {{ client }}"})
        book.add_chartsheet("Big").set_chart(chart)

    assert texts(xml_of(fill(drawn(tmp_path / "t.xlsx", draw), FACTS), CHART), "a:t") == ["of Müller &amp; Söhne"]


def test_only_parts_with_tags_are_others(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", everything)
    before, after = parts_of(path.read_bytes()), parts_of(fill(path, FACTS))
    assert {name for name in before if before[name] != after[name]} == {SHEET, DRAWING, CHART, "xl/comments1.xml"}


# -- what is told ----------------------------------------------------------------------------------
def found_in(path: Path) -> list[tuple[str, str, str]]:
    return [(one.part.en, one.place.en, one.tag) for one in check_workbook(path, "en", "CNY", Known({})).findings
            if one.grave]


@pytest.mark.parametrize(("draw", "place", "tag"), [
    (lambda sheet: sheet.insert_textbox("D2", "{% for t in tasks %}a\nb{% endfor %}"),
     "text box 'TextBox 1', paragraph 1", "{% for t in tasks %}"),
    (lambda sheet: sheet.set_header("&L{{ x"), "page header", "{{"),
    (lambda sheet: sheet.write_comment("B3", "{{ x | nofilter }}"), "comment at B3", "{{ x | nofilter }}"),
    (lambda sheet: sheet.insert_textbox("D2", "{%tc for t in tasks %}a{%tc endfor %}"), "text box 'TextBox 1'",
     "{%tc for t in tasks %}"),
    (lambda sheet: sheet.data_validation("B3:B5", {"validate": "integer", "criteria": ">", "value": 1,
                                                   "input_message": "at most {{ x }}"}),
     "drop-down of B3:B5", "{{ x }}"),
    (lambda sheet: sheet.write_url("B3", "https://example.com/", string="a", tip="see {{ x }}"), "link at B3",
     "{{ x }}"),
    (lambda sheet: sheet.write_url("B3", "https://example.com/{{ x }}", string="a"), "target of a link", "{{ x }}"),
    (lambda sheet: sheet.insert_button("D2", {"caption": "For {{ x }}"}), "button or other control", "{{ x }}")],
    ids=["over paragraphs", "half", "filter", "columns", "drop-down", "tip", "target", "button"])
def test_faults_are_told_by_sheet_and_place(tmp_path: Path, draw: Any, place: str, tag: str) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: draw(sheet))
    found = found_in(path)
    assert ("Budget", place) in [one[:2] for one in found]
    assert any(tag in one[2] for one in found)
    with pytest.raises(Failed, match=re.escape(f"Budget, {place}")):
        fill(path, {"x": 1, "tasks": []})


def test_a_tag_in_the_files_properties_is_told(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: book.set_properties({"title": "For {{ x }}"}))
    assert found_in(path) == [("", "properties of the file", "{{ x }}")]


def test_a_tag_that_cannot_be_computed_is_told_with_its_place(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.insert_textbox("D2", "{{ a }} and {{ 1 / b }}"))
    with pytest.raises(Failed) as error:
        fill(path, {"a": 1, "b": 0})
    assert "Budget，文本框“TextBox 1”：{{ 1 / b }} 无法计算" in error.value.message.zh


def test_a_text_that_is_too_long_is_told(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: sheet.set_header("&C{{ x }}"))
    with pytest.raises(Misuse, match="Budget, page header: its text would have more than 255"):
        fill(path, {"x": "y" * 254})


def _patched(path: Path, part: str, pattern: str, new: str) -> None:
    parts = parts_of(path.read_bytes())
    parts[part] = re.sub(pattern, lambda _: new, parts[part].decode(), count=1, flags=re.DOTALL).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
