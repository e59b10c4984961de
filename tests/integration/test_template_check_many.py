"""Templates with hundreds of faults: each is told at its place, and twice as many are twice the work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from folderkit.core.errors import Failed
from folderkit.core.settings import Firm
from folderkit.documents import render, template_of_file
from folderkit.documents.check import check_file
from folderkit.documents.findings import Finding
from folderkit.documents.known import Known
from tests.conftest import Run
from tests.integration.test_documents import p, row, write_word

_KNOWN = Known({"client.name": "text", "tasks": "list", "tasks[].name": "text"}, frozenset({"tasks"}), True)
KINDS = {  # a paragraph with one fault
    "a misspelt filter": p("{{{{ client.name|uper }}}} {}"),
    "a misspelt word": p("{{% fo x in tasks %}} {}"),
    "an unknown test": p("{{% if client.name is nice %}}{}{{% endif %}}"),
    "an unknown field": p("{{{{ client.nam }}}} {}"),
    "an end without a beginning": p("{{% endif %}} {}"),
    "a block that is never ended": p("{{% if client.name %}} {}"),
    "a tag that is never ended": p("{{{{ client.name {}"),
    "a tag that is never begun": p("client.name }}}} {}"),
    "full-width braces": p("｛｛ client.name ｝｝ {}"),
    "text beside a tag of the whole paragraph": p("{{%p if client.name %}}{}") + p("{{%p endif %}}"),
    "a block that goes on elsewhere": p("{{% if client.name %}}{}") + f"<w:tbl><w:tr><w:tc>{p('{{% endif %}}')}"
                                      "</w:tc></w:tr></w:tbl>",
}


def template(folder: Path, kind: str, count: int) -> Path:
    return write_word(folder / f"{count}.docx", "".join(KINDS[kind].format(number) for number in range(count)))


def calls(path: Path) -> tuple[list[Finding], int]:
    """What is found in a file, and how many calls of functions it took."""
    count = 0

    def called(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        checked = check_file(path, "en", "CNY", _KNOWN)
    finally:
        sys.setprofile(None)
    return list(checked.findings), count


@pytest.mark.parametrize("kind", KINDS)
def test_twice_as_many_faults_are_twice_the_work(tmp_path: Path, kind: str) -> None:
    calls(template(tmp_path, kind, 3))  # what is loaded once
    found, work = calls(template(tmp_path, kind, 150))
    twice, more = calls(template(tmp_path, kind, 300))

    assert len(found) >= 150
    assert len(twice) == 2 * len(found)
    assert len({finding.place.en for finding in found}) >= 150
    assert more < 2.3 * work


def test_many_faults_in_one_paragraph_are_told_in_it(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("".join(f"{{{{ a{number}|uper }}}} }}}}" for number in range(300))))
    found, _ = calls(path)
    assert [finding.message.en for finding in found].count("There is no filter 'uper'.") == 300
    assert {finding.place.en for finding in found} == {"paragraph 1"}


def test_of_many_faults_the_first_are_printed_and_all_are_in_the_json(run: Run, tmp_path: Path) -> None:
    path = str(template(tmp_path, "a misspelt filter", 260))

    printed = run("template", "check", path)
    assert printed.code == 4
    assert printed.out.count("no filter 'uper'") == 200
    assert "… and 60 more; --json lists all of them." in printed.out
    assert "260 faults" in printed.out
    assert "还有 60 处" in run("template", "check", path, lang="zh").out
    assert len(json.loads(run("template", "check", path, "--json").out)) == 260


def test_whoever_fills_a_template_with_many_faults_reads_the_first_of_them(tmp_path: Path) -> None:
    rows = "".join(row(p("{{ name|uper }}")) for _ in range(260))
    path = write_word(tmp_path / "a.docx", f"<w:tbl>{rows}</w:tbl>")

    with pytest.raises(Failed) as caught:
        render(template_of_file(path), "en", {}, Firm())

    lines = caught.value.message.en.splitlines()
    assert len(lines) == 201
    assert "(table 1, row 200, cell 1)" in lines[199]
    assert lines[200] == f"and 60 more; 'folderkit template check {path} --json' lists all."
