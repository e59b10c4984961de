"""Charts in Word files: native, editable, in the firm's colours; what cannot be drawn is told with row and field."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pypdfium2  # type: ignore[import-untyped]
import pytest

from folderkit.core.errors import Failed
from folderkit.core.language import Language
from folderkit.core.settings import Firm
from folderkit.documents import fields_of, pdf_of, render, soffice, template_of_file
from tests.integration.test_documents import body_of, failure, p, parts_of, row, write_word

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
BUDGET = [
    {"item": "人力 & 测试", "planned": 120_000, "actual": 98_000.5},
    {"item": "=1+1", "planned": 35, "actual": "1,200"},
]
TASKS = [
    {"name": "调研", "start": dt.date(2026, 3, 2), "due": "2026-03-13", "done": 0.5},
    {"name": "上线", "start": "", "due": dt.datetime(2026, 6, 5, 9), "done": ""},
]
BARS = (
    "{{ chart('column', budget, 'item', 'planned', 'actual', names=['计划', '实际'], "
    "title='预算 &amp; 实际', format='money') }}"
)


def drawn(tmp_path: Path, tag: str, context: Mapping[str, Any], language: Language = "zh") -> dict[str, bytes]:
    path = write_word(tmp_path / "a.docx", p(tag))
    with zipfile.ZipFile(io.BytesIO(render(template_of_file(path), language, context, Firm()))) as file:
        return {name: file.read(name) for name in file.namelist()}


def cached(xml: bytes, path: str) -> list[str | None]:
    return [node.text for node in ET.fromstring(xml).iterfind(re.sub("[A-Za-z]+", lambda name: C + name[0], path))]


def test_a_chart_is_one_of_words_own_with_its_data_in_a_workbook(tmp_path: Path) -> None:
    parts = drawn(tmp_path, BARS, {"budget": BUDGET})

    chart = parts["word/charts/chart1.xml"]
    assert cached(chart, ".//barChart/ser/tx//v") == ["计划", "实际"]
    assert cached(chart, ".//barChart/ser[1]/cat//v") == ["人力 & 测试", "=1+1"]
    assert cached(chart, ".//barChart/ser/val//v") == ["120000", "35", "98000.5", "1200"]
    book = openpyxl.load_workbook(io.BytesIO(parts["word/embeddings/Microsoft_Excel_Sheet1.xlsx"]))
    assert [list(cells) for cells in book["Sheet1"].values] == [
        [None, "计划", "实际"],
        ["人力 & 测试", 120_000, 98_000.5],
        ["=1+1", 35, 1200],
    ]
    assert book["Sheet1"]["A3"].data_type == "s"  # and no formula
    body, relations = parts["word/document.xml"].decode(), parts["word/_rels/document.xml.rels"].decode()
    ident = re.findall(r'<c:chart [^>]*r:id="(\w+)"', body)
    assert ident == re.findall(r'Id="(\w+)"[^>]*Target="charts/chart1.xml"', relations)
    inner = parts["word/charts/_rels/chart1.xml.rels"].decode()
    outside = ET.fromstring(chart).find(f"{C}externalData")
    assert outside is not None
    assert f'Id="{next(iter(outside.attrib.values()))}"' in inner
    assert 'Target="../embeddings/Microsoft_Excel_Sheet1.xlsx"' in inner
    types = parts["[Content_Types].xml"].decode()
    assert 'PartName="/word/charts/chart1.xml"' in types
    assert 'Extension="xlsx"' in types


def test_charts_are_in_the_colours_and_fonts_of_firm_and_template(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p(BARS))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(
            "word/styles.xml", '<w:styles xmlns:w="x"><w:rFonts w:ascii="Georgia" w:eastAsia="KaiTi"/></w:styles>'
        )

    chart = parts_of(render(template_of_file(path), "zh", {"budget": BUDGET}, Firm(color="114433", accent="AA5511")))[
        "word/charts/chart1.xml"
    ]

    assert re.findall(r'<c:ser>.*?<c:spPr>.*?srgbClr val="(\w+)"', chart, re.DOTALL) == ["114433", "AA5511"]
    assert set(re.findall(r'<a:latin typeface="([^"]*)"', chart)) == {"Georgia"}
    assert set(re.findall(r'<a:ea typeface="([^"]*)"', chart)) == {"KaiTi"}
    assert '"¥"#,##0.00' in chart.replace("&quot;", '"')


@pytest.mark.parametrize(("kind", "value", "shown"), [("column", 7, True), ("column", 32_000_000, False),
                                                      ("bar", 32_000_000, True)])
def test_numbers_stand_at_the_bars_where_they_have_room(tmp_path: Path, kind: str, value: int, shown: bool) -> None:
    rows = [{"item": item, "plan": value, "real": value} for item in "abcd"]
    tag = f"{{{{ chart('{kind}', rows, 'item', 'plan', 'real', format='money') }}}}"
    chart = ET.fromstring(drawn(tmp_path, tag, {"rows": rows})["word/charts/chart1.xml"])
    assert bool(chart.findall(f".//{C}barChart/{C}dLbls/{C}showVal[@val='1']")) is shown
    deleted = chart.find(f".//{C}valAx/{C}delete")
    assert (deleted is not None and deleted.get("val") != "0") is shown, "else the axis tells the numbers"


def test_a_gantt_is_stacked_bars_whose_first_series_is_not_seen(tmp_path: Path) -> None:
    parts = drawn(tmp_path, "{{ chart('gantt', tasks, 'name', 'start', 'due', 'done') }}", {"tasks": TASKS})

    chart = parts["word/charts/chart1.xml"]
    assert cached(chart, ".//barChart/ser/val//v") == ["46083", "46178", "6", "0", "6", "1"]
    series = ET.fromstring(chart).findall(f".//{C}ser")
    assert ["noFill" in "".join(node.tag for node in one.iterfind(f"{C}spPr/*")) for one in series] == [
        True,
        False,
        False,
    ]
    axis = ET.fromstring(chart).find(f".//{C}valAx")
    assert axis is not None
    assert [node.attrib["val"] for node in axis.iterfind(f"{C}scaling/*")][-1] == "46083.0"  # a Monday
    assert (axis.find(f"{C}numFmt") or axis.findall(f"{C}numFmt")[0]).attrib["formatCode"] == 'm"月"d"日"'
    book = openpyxl.load_workbook(io.BytesIO(parts["word/embeddings/Microsoft_Excel_Sheet1.xlsx"]))
    assert book["Sheet1"]["B2"].value == dt.datetime(2026, 3, 2)


@pytest.mark.parametrize("days", [14, 60, 270, 1095])
@pytest.mark.parametrize(("language", "room", "months"), [("zh", 14.5, 19.5), ("en", 12.5, 15.5)])
def test_the_dates_of_a_gantt_stand_clear_of_each_other(
    tmp_path: Path, days: int, language: Language, room: float, months: float) -> None:
    """`room` and `months` are the widths in mm of 12月28日 and 2026年12月, or 28 Dec and Dec 2026, at nine points."""
    start = dt.date(2026, 1, 26)
    tasks = [{"n": "需求调研与分析", "s": start, "e": start + dt.timedelta(days - 1)}]

    parts = drawn(tmp_path, "{{ chart('gantt', tasks, 'n', 's', 'e') }}", {"tasks": tasks}, language)

    axis = ET.fromstring(parts["word/charts/chart1.xml"]).find(f".//{C}valAx")
    assert axis is not None
    least, most, unit = (float(next(axis.iter(f"{C}{name}")).attrib["val"]) for name in ("min", "max", "majorUnit"))
    steps = (most - least) / unit
    assert (160 - 23 - 8) / steps > (room if days < 300 else months)
    assert steps >= 3, "else nobody can tell when a bar ends"


def test_a_gantt_with_long_names_has_fewer_dates(tmp_path: Path) -> None:
    """LibreOffice leaves a third of the chart to the bars, and turned dates that had no room there."""
    name = "Agree with the IT department of the client on the migration of all historical orders"
    tasks = [{"n": name, "s": "2026-01-05", "e": "2026-03-27"}]

    parts = drawn(tmp_path, "{{ chart('gantt', tasks, 'n', 's', 'e') }}", {"tasks": tasks}, "en")

    axis = ET.fromstring(parts["word/charts/chart1.xml"]).find(f".//{C}valAx")
    assert axis is not None
    assert [node.attrib["val"] for node in axis.iter(f"{C}majorUnit")] == ["28.0"]


def test_rows_are_counted_by_label_where_no_field_of_values_is_named(tmp_path: Path) -> None:
    risks = [{"level": level} for level in ("高", "低", "低")]

    chart = drawn(tmp_path, "{{ chart('pie', risks, 'level') }}", {"risks": risks})["word/charts/chart1.xml"]
    of_mapping = drawn(tmp_path, "{{ chart('bar', {'a': 1, 'b': 2.5}) }}", {})["word/charts/chart1.xml"]

    assert cached(chart, ".//cat//v") == ["高", "低"]
    assert cached(chart, ".//val//v") == ["1", "2"]
    assert cached(of_mapping, ".//val//v") == ["1", "2.5"]


def test_a_chart_of_nothing_is_a_text_that_says_so(tmp_path: Path) -> None:
    for kind in ("bar", "pie", "gantt"):
        path = write_word(tmp_path / "a.docx", p("{{ chart('%s', xs, 'a', 'b', 'c') }}." % kind))  # noqa: UP031
        assert body_of(path, {"xs": []}) == ["No data."]
    path = write_word(tmp_path / "a.docx", p("{{p chart('pie', xs, 'a', 'b') }}"))
    assert body_of(path, {"xs": [{"a": "x", "b": 0}]}) == ["No data"]


def test_charts_stand_in_loops_headers_runs_and_paragraphs_each_with_its_own_numbers(tmp_path: Path) -> None:
    rows = row("{%tr for t in teams %}"), row("{{ chart('bar', t.xs, 'a', 'n') }}"), row("{%tr endfor %}")
    table = f"<w:tbl>{''.join(rows)}</w:tbl>"
    path = write_word(
        tmp_path / "a.docx",
        table + p("{{r chart('bar', xs, 'a', 'n') }}") + p("{{p chart('bar', xs, 'a', 'n') }}"),
        header1=p("{{ chart('line', xs, 'a', 'n') }}"),
    )
    xs = [{"a": "x", "n": 7}]

    parts = parts_of(
        render(
            template_of_file(path), "en", {"teams": [{"xs": [{"a": "x", "n": n}]} for n in (1, 2)], "xs": xs}, Firm()
        )
    )

    numbers = [
        re.findall(r"<c:val>.*?<c:v>([\d.]+)</c:v>", parts[f"word/charts/chart{n}.xml"], re.DOTALL) for n in range(1, 6)
    ]
    assert numbers == [["1"], ["2"], ["7"], ["7"], ["7"]]
    for name in ("document", "header1"):
        used = set(re.findall(r'<c:chart [^>]*r:id="(\w+)"', parts[f"word/{name}.xml"]))
        assert used == set(re.findall(r'Id="(\w+)"', parts[f"word/_rels/{name}.xml.rels"]))
    ids = re.findall(r'<wp:docPr id="(\d+)"', parts["word/document.xml"] + parts["word/header1.xml"])
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("{{ chart('bar', budget, 'item', 'plan') }}", "row 1 has no field 'plan'"),
        ("{{ chart('bar', budget, 'item', 'planed') }}", "did you mean 'planned'?"),
        ("{{ chart('bra', budget, 'item', 'planned') }}", "did you mean 'bar'?"),
        ("{{ chart('bar', budget, 'item', 'item') }}", "row 1 (人力 & 测试) of 'item'"),
        ("{{ chart('bar', budget) }}", "name the field that labels them"),
        ("{{ chart('bar', 'budget', 'item') }}", "a chart needs a list of rows"),
        ("{{ chart('bar', odd, 'a', 'none') }}", "row 1 (x) of 'none': nothing stands there"),
        ("{{ chart('bar', odd, 'a', 'yes') }}", "row 1 (x) of 'yes': 'True' is no number"),
        ("{{ chart('bar', odd, 'a', 'inf') }}", "row 1 (x) of 'inf'"),
        ("{{ chart('bar', odd, 'ctl', 'n') }}", "holds a character that no file can hold"),
        ("{{ chart('pie', odd, 'a', 'minus') }}", "a pie has no negative parts"),
        ("{{ chart('pie', budget, 'item', 'planned', 'actual') }}", "a pie shows one field"),
        ("{{ chart('gantt', odd, 'a', 'n', 'none') }}", "row 1 (x) of 'none': nothing stands there"),
        ("{{ chart('gantt', odd, 'a', 'late', 'early') }}", "ends before it starts"),
        ("{{ chart('gantt', odd, 'a', 'early') }}", "a Gantt needs the fields of label, start and end"),
        ("{{ chart('bar', budget, 'item', 'planned', width=0) }}", "'width' must be 15 to 400"),
        ("{{ chart('bar', budget, 'item', 'planned', size=9) }}", "what stands in its brackets does not fit"),
        ("{{ chart() }}", "what stands in its brackets does not fit"),
        ("{{ chart('bar', range(2000), 'item') }}", "at most 1000 rows"),
        ("{{ chart('bar', many) }}", "at most 1000 rows"),
        ("{{ chart('pie', {'a': 1e308, 'b': 1e308}) }}", "row 1 (a): '1e+308' is too large for a chart"),
        ("{{ chart('bar', {'a': 1}, 'item', 'planned') }}", "labels with their numbers have no fields"),
        ("{{ chart('bar', budget, 'item', 'planned', title=odd[0].ctl) }}", "holds a character that no file can hold"),
    ],
)
def test_what_cannot_be_drawn_is_told_with_tag_row_and_field(tmp_path: Path, tag: str, told: str) -> None:
    odd = [
        {
            "a": "x",
            "none": None,
            "yes": True,
            "inf": float("inf"),
            "ctl": "a\x01",
            "n": 1,
            "minus": -1,
            "late": "2026-02-02",
            "early": "2026-02-01",
        }
    ]

    many = {str(number): number for number in range(1001)}
    error = failure(write_word(tmp_path / "a.docx", p(tag)), {"budget": BUDGET, "odd": odd, "many": many})

    assert isinstance(error, Failed)
    assert told in error.message.en
    assert "(paragraph 1)" in error.message.en
    assert error.message.zh != error.message.en


@pytest.mark.parametrize("form", ["0 &amp; 0", '0 "&amp;"'])
def test_a_number_format_may_hold_any_sign(tmp_path: Path, form: str) -> None:
    tag = f"{{{{ chart('bar', rows, 'a', 'n', format='{form}') }}}}"
    chart = ET.fromstring(drawn(tmp_path, tag, {"rows": [{"a": "x", "n": 1}]})["word/charts/chart1.xml"])
    assert {node.text for node in chart.iterfind(f".//{C}val//{C}formatCode")} == {form.replace("&amp;", "&")}


@pytest.mark.parametrize(("numbers", "form"), [
    ([1, 2], "#,##0"), ([1.5, 2], "#,##0.0"), ([1.25, 2], "#,##0.00"), ([0.1 + 0.2, 1], "#,##0.00")])
def test_numbers_have_as_many_decimals_as_they_need_and_none_ends_with_a_point(tmp_path: Path, numbers: list[float],
                                                                                form: str) -> None:
    rows = [{"a": "x", "n": number} for number in numbers]
    parts = drawn(tmp_path, "{{ chart('bar', rows, 'a', 'n', title=none) }}", {"rows": rows})
    assert cached(parts["word/charts/chart1.xml"], ".//val//formatCode") == [form]
    assert b"None" not in parts["word/charts/chart1.xml"]


@pytest.mark.parametrize(("asked", "numbers", "form"), [
    ("", [0.001, 12.5], "#,##0.000"), ("", [0.0049, 1], "#,##0.0000"), ("number", [0.00123, 0], "#,##0.0000"),
    ("", [0.005, 0.25], "#,##0.00"), ("", [1.5e-12, 1], "0.0E+00"), ("", [-0.002], "#,##0.000"),
    ("percent", [0.25, 0.004], "0.0%"), ("percent", [0.25, 0.01], "0%"), ("money", [0.001, 2.5], '"¥"#,##0.00'),
    ("0.0", [0.001, 2.5], "0.0")])
def test_a_small_number_is_not_shown_as_nothing(tmp_path: Path, asked: str, numbers: list[float], form: str) -> None:
    rows = [{"a": f"x{place}", "n": number} for place, number in enumerate(numbers)]
    parts = drawn(tmp_path, f"{{{{ chart('bar', rows, 'a', 'n', format='{asked}') }}}}", {"rows": rows})
    assert cached(parts["word/charts/chart1.xml"], ".//val//formatCode") == [form]


@pytest.mark.parametrize(("label", "place", "tall"), [("甲", "b", 80), ("很长的标签说明文字", "t", 80 + 0.7 * 28.8)])
def test_long_labels_have_room_and_no_legend_over_them(tmp_path: Path, label: str, place: str, tall: float) -> None:
    rows = [{"a": label, "n": number, "m": 1} for number in range(8)]
    parts = drawn(tmp_path, "{{ chart('line', rows, 'a', 'n', 'm') }}", {"rows": rows})
    (legend,) = ET.fromstring(parts["word/charts/chart1.xml"]).iterfind(f".//{C}legendPos")
    assert legend.get("val", "r") == place
    (height,) = re.findall(rb'<wp:extent cx="\d+" cy="(\d+)"', parts["word/document.xml"])
    assert int(height) == round(tall * 36_000)


@pytest.mark.parametrize(("values", "least"), [([-100, 50], -145), ([-100, -50], -130), ([1, 2], 0)])
def test_there_is_room_for_the_numbers_of_bars_below_zero(tmp_path: Path, values: list[int], least: float) -> None:
    rows = [{"a": "x", "n": value} for value in values]
    parts = drawn(tmp_path, "{{ chart('bar', rows, 'a', 'n') }}", {"rows": rows})
    chart = ET.fromstring(parts["word/charts/chart1.xml"])
    assert [float(str(node.get("val"))) for node in chart.iterfind(f".//{C}valAx//{C}min")] == [least]


def test_a_field_may_be_called_chart_and_what_a_chart_needs_is_asked_for(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ chart }} {{ chart('bar', tasks, 'name', 'cost') }}"))

    fields = {field.name: field.kind for field in fields_of(template_of_file(path), "en")}

    assert fields == {"chart": "text", "tasks": "list", "tasks[].name": "text", "tasks[].cost": "number"}
    assert body_of(path, {"chart": "seen", "tasks": []}) == ["seen No data"]
    error = failure(path, {"chart": "x"})
    assert "tasks" in error.message.en


def test_the_same_rows_give_the_same_bytes_in_threads_too(tmp_path: Path) -> None:
    template = template_of_file(write_word(tmp_path / "a.docx", p(BARS)))

    def made(number: int) -> bytes:
        return render(template, "en", {"budget": [{"item": "x", "planned": number, "actual": 1}]}, Firm())

    alone = [made(number) for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(made, range(8))) == alone
    assert len(set(alone)) == 8


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["bar", "column", "line", "pie"])
def test_libreoffice_draws_every_kind(tmp_path: Path, kind: str) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ chart('%s', xs, 'a', 'n', title='标题乙') }}" % kind))  # noqa: UP031
    document = render(
        template_of_file(path), "zh", {"xs": [{"a": "甲标签", "n": 7}, {"a": "label", "n": 3}]}, Firm(color="0A6E4F")
    )

    page = pypdfium2.PdfDocument(pdf_of(document))[0]

    words = page.get_textpage().get_text_bounded()
    assert "标题乙" in words
    assert "甲标签" in words
    assert "label" in words
    data = page.render(scale=1).to_pil().convert("RGB").tobytes()
    seen = Counter(zip(data[::3], data[1::3], data[2::3], strict=True))
    assert seen[10, 110, 79] > 200  # the firm's colour
