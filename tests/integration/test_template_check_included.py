"""A check follows what a template includes: faults of those files, and files that are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from folderkit.documents.check import check_file
from folderkit.documents.findings import Finding
from folderkit.documents.known import Known
from folderkit.operations.templates import check_template
from tests.conftest import Run
from tests.integration.test_documents import p, row, write_word

_KNOWN = Known({"client.name": "text", "tasks": "list", "tasks[].name": "text"}, frozenset({"tasks"}), True)


def found_in(path: Path, known: Known = _KNOWN) -> list[Finding]:
    return list(check_file(path, "en", "CNY", known).findings)


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.file.name, finding.place.en, finding.tag) for finding in findings]


def test_faults_of_included_files_are_told_at_their_places(tmp_path: Path) -> None:
    outer = write_word(tmp_path / "outer.docx", p("{{ client.name|uper }}") + p("{{p include('part.docx') }}"))
    write_word(tmp_path / "part.docx", p("fine") + p("{{ client.nam }}") + p("{{p include('inner') }}"))
    write_word(tmp_path / "inner.en.docx", f"<w:tbl>{row('{{ client.name', 'x')}</w:tbl>")
    write_word(tmp_path / "inner.zh.docx", p("{{ another_fault| }}"))

    findings = found_in(outer)

    assert told(findings) == [
        ("outer.docx", "paragraph 1", "{{ client.name|uper }}"),
        ("part.docx", "paragraph 2", "{{ client.nam }}"),
        ("inner.en.docx", "table 1, row 1, cell 1", "{{ client.name"),
    ]
    assert all(finding.grave and finding.hint.zh for finding in findings)


def test_what_is_given_to_an_included_file_is_known_there_and_only_there(tmp_path: Path) -> None:
    outer = write_word(tmp_path / "outer.docx", p("{%p for task in tasks %}")
                       + p("{{p include('part.docx', item=task) }}") + p("{%p endfor %}") + p("{{ item.name }}"))
    write_word(tmp_path / "part.docx", p("{{ item.name }} {% for one in item.parts %}{{ one }}{% endfor %}")
               + p("{{ task.name }}"))

    checked = check_file(outer, "en", "CNY", _KNOWN)

    assert told(list(checked.findings)) == [("outer.docx", "paragraph 4", "{{ item.name }}"),
                                            ("part.docx", "paragraph 2", "{{ task.name }}")]
    assert {field.name for field in checked.fields} == {"tasks", "item.name", "task.name"}


def test_a_file_that_is_included_twice_is_checked_for_each_and_told_once(tmp_path: Path) -> None:
    write_word(tmp_path / "part.docx", p("{{ item }}") + p("{{ client.name|uper }}"))
    with_it, without = p("{{p include('part.docx', item=1) }}"), p("{{p include('part.docx') }}")

    once = found_in(write_word(tmp_path / "outer.docx", with_it * 3))
    both = found_in(write_word(tmp_path / "other.docx", with_it + without))

    assert [tag for _, _, tag in told(once)] == ["{{ client.name|uper }}"]
    assert [tag for _, _, tag in told(both)] == ["{{ client.name|uper }}", "{{ item }}"]


@pytest.mark.parametrize(("tag", "message"), [
    ("{{p include('none.docx') }}", "It cannot be included: there is no Word file 'none.docx'"),
    ("{{p include('../part.docx') }}", "must be a file beside the template"),
    ("{{p include('outer.docx') }}", "the file includes itself: outer.docx → outer.docx"),
    ("{{p include('ping.docx') }}", "includes itself: outer.docx → ping.docx → pong.docx → ping.docx"),
    ("{{p include('broken.docx') }}", "is no Word document"),
    ("{{p include('notes.docx') }}", "has notes or comments, which cannot be taken along"),
])
def test_what_cannot_be_included_is_a_fault(tmp_path: Path, tag: str, message: str) -> None:
    (tmp_path / "broken.docx").write_bytes(b"no")
    for name, text in (("ping", "{{p include('pong.docx') }}"), ("pong", "{{p include('ping.docx') }}")):
        write_word(tmp_path / f"{name}.docx", p(text))
    write_word(tmp_path / "notes.docx", p("a") + "<w:p><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>")

    (finding,) = found_in(write_word(tmp_path / "outer.docx", p("x") + p(tag)))

    assert message in finding.message.en
    assert finding.grave
    assert finding.message.zh != finding.message.en
    if "notes" in tag:
        assert told([finding]) == [("notes.docx", "paragraph 2", "")]
    elif "broken" not in tag:
        assert finding.tag
        assert finding.place.en == ("paragraph 2" if "ping" not in tag else "paragraph 1")


def test_a_name_that_is_computed_is_not_followed(tmp_path: Path) -> None:
    assert found_in(write_word(tmp_path / "outer.docx", p("{{p include(client.name) }}"))) == []


def test_a_template_with_its_terms(run: Run, workspace: Path) -> None:
    folder = workspace / "templates" / "offer"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(
        "version: 1\ntitle: Offer\nto: documents\nfilename: 'Offer_V{doc.version}.docx'\n"
        "questions:\n  place: {type: text, ask: Where?}\n")
    write_word(folder / "offer.en.docx", p("{{ client.name }}") + p("{{p include('terms.docx') }}"))
    write_word(workspace / "templates" / "terms.docx", p("In {{ place }}, {{ client.name|uper }}"))

    (finding,) = check_template(workspace, "offer", "en").findings  # and not that nobody uses the answer
    assert (finding.file, finding.tag) == (workspace / "templates" / "terms.docx", "{{ client.name|uper }}")

    printed = run("template", "check", "offer")
    assert printed.code == 4
    assert "templates/terms.docx, the text, paragraph 1: {{ client.name|uper }}" in printed.out
    (row_,) = json.loads(run("template", "check", "offer", "--json").out)
    assert row_["file"].endswith("terms.docx")
    assert row_["template"] == "offer"
    write_word(workspace / "templates" / "terms.docx", p("In {{ place }}, {{ client.name|upper }}"))
    assert run("template", "check", "offer").code == 0
