"""Documents whose data has changed since they were filled: told when it has, and only then."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from folderkit import basis, filling
from folderkit.basis import Sources
from folderkit.core.project import read_project
from folderkit.core.workspace import open_workspace
from folderkit.store import Store
from tests.conftest import Run
from tests.integration.test_fill import CLOSURE, MEETING, fill
from tests.integration.test_fill_again import SPEC, edit


def outdated(run: Run) -> dict[str, list[str]]:
    """The changed facts and registers of each outdated document, by its template."""
    (row,) = json.loads(run("status", "--json").out)["projects"]
    assert not [one for one in row["outdated"] if one["reason"]]
    return {one["template"]: one["changed"] for one in row["outdated"]}


def change(project: Path, old: str, new: str) -> None:
    facts = project / "project.yaml"
    text = facts.read_text(encoding="utf-8")
    changed = re.sub(old, new, text)
    assert changed != text
    facts.write_text(changed, encoding="utf-8")


def register(project: Path, name: str) -> Path:
    return next(project.rglob(f"{name}*.xlsx"))


@pytest.fixture
def filled(run: Run, project: Path) -> Path:
    """A project with its brief, a specification, meeting notes and a closure report."""
    fill(run, *SPEC)
    fill(run, *MEETING)
    fill(run, "closure-report", "-p", "Site", *CLOSURE, "--quick")
    assert outdated(run) == {}
    return project


def test_a_fact_that_changed_is_told_of_the_documents_that_show_it(run: Run, filled: Path) -> None:
    change(filled, "name: Site", "name: New Site")
    told = outdated(run)
    assert told.keys() == {"project-brief", "requirement-spec", "meeting-notes", "closure-report"}
    assert all("project.name" in changed for changed in told.values())
    assert "project.name" in run("status").out

    fill(run, *SPEC)

    assert outdated(run).keys() == {"project-brief", "meeting-notes", "closure-report"}
    change(filled, "name: New Site", "name: Site")
    assert outdated(run).keys() == {"requirement-spec"}


def test_a_fact_that_a_template_does_not_show_is_not(run: Run, filled: Path) -> None:
    with (filled / "project.yaml").open("a") as stream:
        stream.write("\n# a remark\nnobody_uses: this\n")
    assert outdated(run) == {}


def test_a_register_that_changed_is_told_of_what_is_made_from_it(run: Run, filled: Path) -> None:
    path = register(filled, "Risk")
    book = openpyxl.load_workbook(path)
    assert book["Risk register"]["E5"].value == "Event"
    book["Risk register"]["E6"] = "The hall burns down"
    book.save(path)
    assert outdated(run) == {"closure-report": ["risks"]}
    assert run("scan").code == 0
    assert outdated(run) == {"closure-report": ["risks"]}


def test_saving_or_moving_a_register_changes_nothing(run: Run, filled: Path) -> None:
    path = register(filled, "Risk")
    openpyxl.load_workbook(path).save(path)
    assert outdated(run) == {}
    path.rename(filled / "All our risks.xlsx")
    assert run("scan").code == 0
    assert outdated(run) == {}


def test_the_answers_of_then_are_remembered(run: Run, filled: Path, workspace: Path) -> None:
    (workspace / "v.yaml").write_text("meeting: {title: Review, date: 2026-03-01, time: 9, attendees: [Li, Bo]}\n"
                                      "decisions: [Go on]\nactions: [{action: Call, owner: Li, due: 2026-03-04}]\n"
                                      "project: {name: Site for this once}\n")
    fill(run, "meeting-notes", "-p", "Site", "--quick", "--data", "v.yaml")
    (workspace / "v.yaml").unlink()
    change(filled, "name: Site", "name: New Site")
    (row,) = json.loads(run("status", "--json").out)["projects"]
    notes = {one["path"]: one["changed"] for one in row["outdated"] if one["template"] == "meeting-notes"}
    assert list(notes.values()) == [["project.name"]]
    assert "Kick-off" in next(iter(notes))


def test_neither_time_nor_a_next_version_nor_an_edit_makes_it_outdated(run: Run, filled: Path, workspace: Path) -> None:
    second = fill(run, *SPEC, "--set", "doc.change=again")
    edit(second)
    assert run("scan").code == 0
    with (filled / "project.yaml").open("a") as stream:  # so that all is computed again
        stream.write("\nnobody_uses: this\n")
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    with Store(open_workspace(workspace, {}), lambda: later) as store:
        project = read_project(filled)
        rows = store.catalog.last_documents(project.id)
        assert len(rows) == 4
        assert Sources(store.workspace, store.catalog).outdated(project, rows) == []


def test_the_firm_is_data_too(run: Run, filled: Path, workspace: Path) -> None:
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text().replace("Cedar & Stone", "Cedar & Sons"))
    told = outdated(run)
    assert "closure-report" in told
    assert all("firm.name" in changed and all(one.startswith("firm.") for one in changed) for changed in told.values())


def test_nothing_is_computed_where_no_source_changed(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(basis, "fill_in", fail)
    monkeypatch.setattr(basis, "read_registers", fail)
    assert outdated(run) == {}
    assert run("scan").code == 0
    assert outdated(run) == {}


def test_registers_are_read_once_for_all_documents_of_a_day(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch
                                                            ) -> None:
    fill(run, "closure-report", "-p", "Site", *CLOSURE, "--set", "closure.audience=internal", "--quick")
    change(filled, "name: Site", "name: New Site")
    read: list[tuple[str, ...]] = []
    real = filling.read_registers

    def counted(template: Any, *others: Any) -> Any:
        read.append(template.registers)
        return real(template, *others)

    monkeypatch.setattr(basis, "read_registers", counted)
    (row,) = json.loads(run("status", "--json").out)["projects"]
    assert [one["template"] for one in row["outdated"]].count("closure-report") == 2
    assert len(read) == len(set(read))


def test_a_document_that_is_gone_or_moved(run: Run, filled: Path) -> None:
    change(filled, "name: Site", "name: New Site")
    spec = next((filled / "04_Documents").rglob("*.docx"))
    spec.rename(filled / "spec.docx")
    next((filled / "02_Communications").rglob("*.docx")).unlink()
    assert run("scan").code == 0
    (row,) = json.loads(run("status", "--json").out)["projects"]
    assert [one["path"] for one in row["outdated"] if one["template"] == "requirement-spec"] == ["spec.docx"]
    assert "meeting-notes" not in outdated(run)


def test_what_cannot_be_told_is_told_as_such(run: Run, filled: Path) -> None:
    register(filled, "Risk").unlink()
    (row,) = json.loads(run("status", "--json").out)["projects"]
    (one,) = row["outdated"]
    assert (one["template"], one["changed"]) == ("closure-report", [])
    assert "is not in" in one["reason"]
    assert "cannot be told" in run("status").out
    assert "无法判断" in run("status", lang="zh").out


def test_a_bare_word_file_and_its_answers(run: Run, project: Path, workspace: Path) -> None:
    template = workspace / "letter.docx"
    document = docx.Document()
    document.add_paragraph("{{ client.name }} {{ amount|money('USD') }}")
    document.save(str(template))
    fill(run, "letter.docx", "-p", "Site", "--set", "amount=1,200")
    assert outdated(run) == {}
    change(project, "name: Acme", "name: Acme & Sons")
    assert outdated(run)["letter"] == ["client.name"]
    template.unlink()
    (row,) = json.loads(run("status", "--json").out)["projects"]
    (reason,) = [one["reason"] for one in row["outdated"] if one["template"] == "letter"]
    assert reason == "its template 'letter' is gone"


def test_a_bare_word_file_in_the_workspace_is_found_where_that_was_moved_to(run: Run, project: Path, workspace: Path,
                                                                            tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("{{ client.name }} {{ note }}")
    document.save(str(workspace / "letter.docx"))
    fill(run, "letter.docx", "-p", "Site", "--set", "note=a")
    os.chdir(tmp_path)
    moved = workspace.rename(tmp_path / "elsewhere")
    os.chdir(moved)
    change(moved / project.name, "name: Acme", "name: Acme & Sons")
    assert outdated(run)["letter"] == ["client.name"]


def test_a_path_that_no_journal_can_hold_is_refused_before_anything_is_made(run: Run, project: Path, workspace: Path
                                                                            ) -> None:
    folder = workspace / os.fsdecode("合同".encode("gbk"))
    folder.mkdir()
    document = docx.Document()
    document.add_paragraph("{{ client.name }}")
    document.save(str(folder / "letter.docx"))
    os.chdir(folder)
    ran = run("fill", "letter.docx", "-p", "Site")
    assert ran.code == 3
    assert "is not valid text" in ran.err
    assert not list(project.rglob("letter*"))


def test_of_several_projects_only_the_number_is_told(run: Run, filled: Path) -> None:
    assert run("new", "Other", "--client", "Beta").code == 0
    change(filled, "name: Site", "name: New Site")
    out = run("status").out
    assert "P2026-001: 4 documents are out of date" in out
    assert ".docx" not in out
    assert "4 个文档已过时" in run("status", lang="zh").out


def test_a_catalog_that_is_made_again_tells_the_same(run: Run, filled: Path) -> None:
    change(filled, "name: Site", "name: New Site")
    before = run("status", "--json").out
    assert run("rebuild").code == 0
    assert json.loads(run("status", "--json").out)["projects"][0]["outdated"] == \
        json.loads(before)["projects"][0]["outdated"]
