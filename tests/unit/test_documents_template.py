"""template.yaml: every fault is told at once, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from folderkit.core.language import LANGUAGES
from folderkit.core.located import Faults
from folderkit.core.settings import Firm
from folderkit.documents import read_template
from folderkit.documents.drawn.colors import palette, recolor

GOOD = """\
version: 2
title: {zh: 报告, en: Report}
to: progress.reports
filename: '{project.code}.docx'
registers: [tasks]
colors: {primary: 1F3A5F, accent: '000000'}
questions:
  a.b: {type: date, required: true, ask: {zh: 日期, en: Date}}
"""


def write(folder: Path, text: str, *editions: str) -> Path:
    folder = folder / "report"
    folder.mkdir()
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    for language in editions:
        (folder / f"report.{language}.docx").write_bytes(b"")
    return folder


def faults_of(folder: Path) -> list[tuple[int, str]]:
    with pytest.raises(Faults) as caught:
        read_template(folder)
    return [(fault.line, fault.message.en) for fault in caught.value.faults]


def test_a_template_is_read(tmp_path: Path) -> None:
    template = read_template(write(tmp_path, GOOD, *LANGUAGES))

    assert (template.name, template.version, template.title.zh, template.to) == (
        "report",
        2,
        "报告",
        "progress.reports",
    )
    assert template.registers == ("tasks",)
    assert template.colors == {"primary": "1F3A5F", "accent": "000000"}
    assert template.questions[0].key == "a.b"
    assert template.edition("zh").name == "report.zh.docx"


def test_one_edition_serves_for_both_languages(tmp_path: Path) -> None:
    assert read_template(write(tmp_path, GOOD, "en")).edition("zh").name == "report.en.docx"


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    text = """\
version: two
titel: Report
to: 'Some Where'
filename: '{project.code'
registers: ['Tasks!']
colors:
  primary: blue
  middle: '000000'
questions:
  Bad-Key: {type: date}
  c: {type: choise}
"""

    faults = faults_of(write(tmp_path, text))

    lines = [line for line, _ in faults]
    assert {1, 2, 3, 4, 5, 7, 8, 10, 11} <= set(lines)
    told = " ".join(message for _, message in faults)
    for words in (
        "Did you mean 'title'?",
        "'title' is missing",
        "must lie report.zh.docx",
        "no name pattern",
        "'blue' is no colour",
        "'middle' is not known",
    ):
        assert words in told, words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("filename: 'a.doc'", "must end with '.docx'"),
        ("kind: pdf", "not one of: word"),
        ("version: -1", "whole number"),
    ],
)
def test_a_single_fault_is_told(tmp_path: Path, line: str, words: str) -> None:
    key = line.split(":")[0]
    text = "\n".join([*(kept for kept in GOOD.splitlines() if not kept.startswith(f"{key}:")), line])

    faults = faults_of(write(tmp_path, text, "zh"))

    assert len(faults) == 1
    assert words in faults[0][1]
    assert faults[0][0] == len(text.splitlines())


def test_a_light_colour_is_darkened_for_text_and_never_carries_white() -> None:
    colors = palette(Firm(color="FFD54A", accent="FF0000"))

    assert colors["primary"] == "FFD54A"
    assert colors["ink"] != "FFD54A"
    assert colors["on_primary"] == "1A1A1A"
    assert palette(Firm(color="1F3A5F"))["on_primary"] == "FFFFFF"


def test_only_colours_are_replaced() -> None:
    xml = '<w:color w:val="1f3a5f"/><w:shd w:fill="1F3A5F"/><w:t>1F3A5F "1F3A5F"</w:t>'

    assert recolor(xml, {"primary": "1F3A5F"}, {"primary": "ABCDEF"}) == (
        '<w:color w:val="ABCDEF"/><w:shd w:fill="ABCDEF"/><w:t>1F3A5F "1F3A5F"</w:t>'
    )
