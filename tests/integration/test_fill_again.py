"""Filling again what somebody has edited meanwhile: refused, beside, or in its place, and nothing is ever lost."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from typing import Any

import docx
import pytest

from folderkit.documents import provenance_of, soffice
from tests.conftest import Ran, Run
from tests.integration.test_fill import MEETING, fill, tables_of, words_of
from tests.trees import read_tree

SPEC = ("requirement-spec", "-p", "Site", "--quick", "--set", "project.background=b", "--set", "doc.author=Ann")


def edit(path: Path, text: str = "Our own words.", by: str = "Paul Hart") -> None:
    """Write into a document as a person does."""
    document = docx.Document(str(path))
    document.add_paragraph(text)
    document.core_properties.last_modified_by = by
    document.save(str(path))


def versions(run: Run, path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("history", str(path), "--json").out)
    return found


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 3, ran
    assert all(word in ran.err for word in words), ran.err


@pytest.fixture
def spec(run: Run, project: Path) -> Path:
    return fill(run, *SPEC)


# -- refused ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("scanned", [True, False])
def test_an_edited_document_is_not_followed_by_one_without_the_edits(run: Run, project: Path, spec: Path, scanned: bool
                                                                     ) -> None:
    edit(spec)
    if scanned:
        assert run("scan").code == 0
    before = read_tree(project)

    for more in ((), ("--dry-run",), ("--set", "doc.version=3.0")):
        refused(run("fill", *SPEC, *more), f"'{spec.name}' was edited", "by Paul Hart", "--beside", "--replace",
                f"{dt.datetime.now():%Y-%m-%d}")
    assert read_tree(project) == before
    assert "被 Paul Hart 修改过" in run("fill", *SPEC, lang="zh").err


def test_without_a_name_inside_it_is_who_kept_it(run: Run, spec: Path) -> None:
    edit(spec, by="")
    assert run("scan").code == 0
    refused(run("fill", *SPEC), f"by {versions(run, spec)[-1]['by']}")


def test_an_edited_document_that_was_renamed_is_still_known(run: Run, spec: Path) -> None:
    edit(spec)
    assert run("scan").code == 0
    spec.rename(spec.with_name("our spec.docx"))
    refused(run("fill", *SPEC), "'our spec.docx' was edited")


def test_one_that_was_saved_under_another_name_is_still_known(run: Run, spec: Path) -> None:
    shutil.copy(spec, spec.with_name("plain copy.docx"))
    assert "V1.1" in fill(run, *SPEC).name
    (last,) = (path for path in spec.parent.iterdir() if "V1.1" in path.name)
    copy = spec.with_name("spec, final version (2).docx")
    shutil.copy(last, copy)
    edit(copy)
    refused(run("fill", *SPEC), f"'{copy.name}' was edited", "by Paul Hart")
    last.unlink()
    refused(run("fill", *SPEC), f"'{copy.name}' was edited")
    assert "V1.2" in fill(run, *SPEC, "--beside").name
    assert "V1.3" in fill(run, *SPEC).name


def test_what_nobody_edited_is_followed(run: Run, spec: Path) -> None:
    assert "V1.1" in fill(run, *SPEC).name
    edit(spec)  # an earlier one; what follows follows the last
    assert "V1.2" in fill(run, *SPEC).name


def test_a_copy_of_what_was_filled_there_before_is_no_edit(run: Run, project: Path, spec: Path) -> None:
    shutil.copy(spec, spec.with_name("as sent to the client.docx"))
    fill(run, *SPEC, "--set", "project.background=c", "--replace")
    assert "V1.1" in fill(run, *SPEC).name


def test_edits_that_were_taken_back_or_deleted_hinder_nothing(run: Run, spec: Path) -> None:
    edit(spec)
    assert run("scan").code == 0
    assert run("restore", str(spec), "--version", "1").code == 0
    second = fill(run, *SPEC)
    assert "V1.1" in second.name
    edit(second)
    second.unlink()
    assert run("scan").code == 0
    assert "V1.2" in fill(run, *SPEC).name


def test_the_brief_that_came_with_the_project_is_a_document_like_others(run: Run, project: Path) -> None:
    brief = next((project / "01_Project Info").glob("*.docx"))
    edit(brief)
    refused(run("fill", "project-brief", "-p", "Site", "--quick"), f"'{brief.name}' was edited")


def test_another_place_is_asked_for_and_given(run: Run, project: Path, spec: Path) -> None:
    edit(spec)
    assert fill(run, *SPEC, "--out", str(project / "00_Inbox")).parent == project / "00_Inbox"


# -- beside ----------------------------------------------------------------------------------------
def test_beside_makes_the_next_version_and_leaves_the_edited_one(run: Run, spec: Path) -> None:
    edit(spec)
    before = spec.read_bytes()

    second = fill(run, *SPEC, "--beside")

    assert second.name == spec.name.replace("V1.0", "V1.1")
    assert spec.read_bytes() == before
    assert "Our own words." not in words_of(second)


def test_beside_a_file_that_is_there_is_a_free_name(run: Run, workspace: Path, spec: Path) -> None:
    (workspace / "mine.docx").write_text("mine")
    made = fill(run, *SPEC, "--out", "mine.docx", "--beside")
    assert made == workspace / "mine (2).docx"
    assert (workspace / "mine.docx").read_text() == "mine"


def test_only_one_of_both(run: Run, spec: Path) -> None:
    assert run("fill", *SPEC, "--beside", "--replace").code == 2


# -- replace ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("scanned", [True, False])
def test_replace_fills_it_anew_in_its_place_and_the_edits_are_a_version(run: Run, spec: Path, scanned: bool) -> None:
    edit(spec)
    edited = spec.read_bytes()
    if scanned:
        assert run("scan").code == 0

    ran = run("fill", *SPEC, "--set", "doc.change=New scope", "--replace")

    assert ran.code == 0, ran.err
    assert "Filled" in ran.out
    assert "Our own words." not in words_of(spec)
    history = versions(run, spec)
    assert [one["why"] for one in history] == ["fill", "scan" if scanned else "before-fill", "fill"]
    assert run("restore", str(spec), "--version", "2", "--to", "back.docx").code == 0
    assert Path("back.docx").read_bytes() == edited
    assert [row[0] for table in tables_of(spec) for row in table if row[0] in ("V1.0", "V1.1")] == ["V1.0"]
    assert "New scope" in words_of(spec)
    told = provenance_of(spec)
    assert told is not None
    assert told.version == "1.0"
    assert json.loads(run("scan", "--json").out) == []

    third = fill(run, *SPEC)  # which nobody has edited now

    assert "V1.1" in third.name
    lines = [row[:2] for table in tables_of(third) for row in table if row[0] in ("V1.0", "V1.1")]
    assert [line[0] for line in lines] == ["V1.0", "V1.1"]
    assert run("verify", "--read").code == 0


def test_replace_at_a_file_that_is_named_counts_the_version_on(run: Run, project: Path) -> None:
    path = fill(run, *SPEC, "--out", str(project / "04_Documents" / "spec.docx"))
    edit(path)
    refused(run("fill", *SPEC, "--out", str(path)), "already there", "--replace")

    fill(run, *SPEC, "--out", str(path), "--replace")

    assert [one["why"] for one in versions(run, path)] == ["fill", "before-fill", "fill"]
    told = provenance_of(path)
    assert told is not None
    assert told.version == "1.1"


def test_replace_of_any_other_file_of_the_project_keeps_it_first(run: Run, project: Path) -> None:
    path = project / "04_Documents" / "mine.docx"
    path.write_text("mine")
    fill(run, *SPEC, "--out", str(path), "--replace")
    history = versions(run, path)
    assert [one["why"] for one in history] == ["before-fill", "fill"]
    assert run("restore", str(path), "--version", "1").code == 0
    assert path.read_text() == "mine"


def test_replace_where_nothing_is_makes_it(run: Run, project: Path) -> None:
    assert fill(run, *SPEC, "--replace").is_file()


def test_nothing_outside_of_the_project_is_replaced(run: Run, workspace: Path, spec: Path) -> None:
    (workspace / "mine.docx").write_text("mine")
    refused(run("fill", *SPEC, "--out", "mine.docx", "--replace"), "it would be lost")
    template = workspace / "t.docx"
    document = docx.Document()
    document.add_paragraph("{{ a }}")
    document.save(str(template))
    refused(run("fill", str(template), "--set", "a=1", "--out", "mine.docx", "--replace"), "it would be lost")
    assert (workspace / "mine.docx").read_text() == "mine"


def test_what_is_open_or_no_plain_file_is_not_replaced(run: Run, project: Path, spec: Path) -> None:
    lock = spec.with_name("~$" + spec.name[2:])
    lock.write_bytes(b"Paul")
    refused(run("fill", *SPEC, "--replace"), "is open in another program")
    lock.unlink()
    link = project / "04_Documents" / "link.docx"
    link.symlink_to(spec)
    refused(run("fill", *SPEC, "--out", str(link), "--replace"), "not a plain file")


def test_who_saves_at_the_last_moment_keeps_that_save(run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from folderkit.swapping import Swap

    put = Swap.put

    def saved(self: Swap, seen: Any) -> Any:
        self.target.write_bytes(b"saved at the last moment")
        return put(self, seen)

    edit(spec)
    monkeypatch.setattr(Swap, "put", saved)
    refused(run("fill", *SPEC, "--replace"), "a moment ago")
    assert spec.read_bytes() == b"saved at the last moment"
    assert [path.name for path in spec.parent.glob("*.docx")] == [spec.name]


def test_dry_run_says_what_would_be_replaced(run: Run, project: Path, spec: Path) -> None:
    edit(spec)
    before = read_tree(project)
    assert "would be replaced" in run("fill", *SPEC, "--replace", "--dry-run").out
    assert read_tree(project) == before


# -- PDF -------------------------------------------------------------------------------------------
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed (apt install libreoffice-writer)")
def test_the_pdf_is_a_file_of_the_project_and_is_replaced_with_its_document(run: Run, project: Path) -> None:
    made = fill(run, *MEETING, "--pdf")
    pdf = made.with_suffix(".pdf")
    assert [one["why"] for one in versions(run, pdf)] == ["fill"]
    assert json.loads(run("scan", "--json").out) == []
    edit(made)
    pdf.write_bytes(pdf.read_bytes() + b"% signed")
    signed = pdf.read_bytes()

    fill(run, *MEETING, "--pdf", "--replace")

    assert [one["why"] for one in versions(run, pdf)] == ["fill", "before-fill", "fill"]
    assert run("restore", str(pdf), "--version", "2").code == 0
    assert pdf.read_bytes() == signed


def test_without_libreoffice_nothing_is_made_by_half(run: Run, project: Path, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    from folderkit.documents.pages import libreoffice

    monkeypatch.setenv("PATH", os.pathsep.join(
        place for place in os.environ["PATH"].split(os.pathsep) if not shutil.which("soffice", path=place)))
    monkeypatch.setattr(libreoffice, "_PLACES", ())
    before = read_tree(project)
    refused(run("fill", *MEETING, "--pdf"), "needs LibreOffice")
    assert read_tree(project) == before


def test_where_libreoffice_fails_nothing_is_made_and_the_document_is_named(run: Run, project: Path, tmp_path: Path,
                                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bin" / "soffice"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho out of memory\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    before = read_tree(project)

    ran = run("fill", *MEETING, "--pdf")
    assert ran.code == 1
    assert "could not convert 'P2026-001_Meeting notes_Kick-off" in ran.err
    ran = run("fill", *(word for word in SPEC if word != "--quick"))
    assert ran.code == 1
    assert "could not count the pages" in ran.err
    assert "--quick" in ran.err
    assert "--quick" in run("fill", *(word for word in SPEC if word != "--quick"), lang="zh").err
    assert read_tree(project) == before
