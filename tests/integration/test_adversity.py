"""What the world does to a workspace besides saving files: odd clocks, lost state, moved folders, two at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from folderkit.catalog import Catalog
from folderkit.core.project import read_project
from tests.conftest import Run, folderkit

CLOSURE = ("--set", "closure.summary=Done", "--set", "closure.conclusion=done")


def test_a_date_beyond_what_the_catalog_can_hold_stops_nothing(run: Run, project: Path) -> None:
    path = project / "from the future.txt"
    path.write_text("later")
    os.utime(path, ns=(10**19, 10**19))
    if path.stat().st_mtime_ns < 1 << 63:
        pytest.skip("this file system cannot hold such a date")

    for command in (["scan"], ["rebuild"], ["find", "later"]):
        ran = run(*command)
        assert ran.code == 0, ran.err
    assert run("history", str(path)).code == 0


def test_two_new_at_once_get_two_codes(workspace: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-m", "folderkit", "new", name, "--client", "Acme"], cwd=workspace,
                             stdout=subprocess.DEVNULL) for name in ("One", "Two", "Three")]
    assert [process.wait(timeout=120) for process in both] == [0, 0, 0]

    codes = sorted(path.parent.name.split("_")[0] for path in workspace.glob("*/project.yaml"))
    assert [code[-3:] for code in codes] == ["001", "002", "003"]


def test_a_code_that_was_asked_for_is_refused_when_another_new_took_it(run: Run, project: Path) -> None:
    assert run("new", "Other", "--client", "Else", "--code", project.name.split("_")[0]).code == 3


def test_a_project_whose_private_state_was_lost_finds_its_folders_again(run: Run, workspace: Path,
                                                                        project: Path) -> None:
    shutil.rmtree(workspace / ".folderkit")
    assert run("scan").code == 0

    assert run("fill", "closure-report", "-p", "Site", "--quick", *CLOSURE).code == 0
    assert list(project.glob("03_Progress/Reports/*.docx"))
    with contextlib.closing(Catalog(workspace / ".folderkit" / "catalog.db")) as catalog:
        nodes = catalog.nodes(read_project(project).id)
    assert {"progress.tasks", "risk.register", "finance.budget"} <= set(nodes)


def test_a_journal_that_is_gone_is_told_and_nothing_is_forgotten(run: Run, workspace: Path, project: Path) -> None:
    shutil.rmtree(workspace / ".folderkit" / "vault" / "journal")

    ran = run("scan")
    assert ran.code == 3
    assert "journal" in ran.err
    assert run("rebuild").code == 0
    assert run("scan").code == 0


def test_a_workspace_moved_into_a_synced_folder_keeps_its_versions_in_sight(
    run: Run, workspace: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    synced = tmp_path / "Dropbox" / "work"
    synced.parent.mkdir()
    workspace.rename(synced)
    monkeypatch.chdir(synced)

    ran = run("scan")
    assert ran.code == 3
    if os.name == "posix":  # the hint is a command that can be pasted
        subprocess.run(ran.err.strip().splitlines()[-1].partition(": ")[2], shell=True, check=True)  # noqa: S602
        assert run("scan").code == 0
        assert "made with the project" in run("history", "project.yaml", "-p", "Site").out


@pytest.mark.parametrize("folder", [".hidden", "link", "a/../../b", "con"])
def test_projects_are_made_only_where_they_are_found_again(run: Run, workspace: Path, folder: str) -> None:
    (workspace / "real").mkdir()
    (workspace / "link").symlink_to(workspace / "real")
    with (workspace / "folderkit.yaml").open("a") as stream:
        stream.write(f"projects: '{folder}'\n")

    ran = run("new", "Site", "--client", "Acme")
    assert ran.code == 1
    assert "folderkit.yaml:" in ran.err


def test_a_folder_whose_name_is_no_text_stops_no_other(workspace: Path, project: Path) -> None:
    foreign = os.fsencode(workspace) + b"/P2026-009_\xc4\xe3"
    try:
        Path(os.fsdecode(foreign)).mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    shutil.copy(project / "project.yaml", os.fsdecode(foreign + b"/project.yaml"))

    ran = folderkit("scan", cwd=workspace)
    assert ran.returncode == 0, ran.stderr
    assert "1 project," in ran.stdout


def test_a_template_nested_beyond_reason_is_told(run: Run, project: Path, tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    document.add_paragraph("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}")
    document.save(str(tmp_path / "deep.docx"))

    ran = run("fill", str(tmp_path / "deep.docx"), "-p", "Site")
    assert ran.code == 1
    assert "nested" in ran.err


def test_a_document_version_too_long_for_a_name_is_refused(run: Run, project: Path) -> None:
    ran = run("fill", "closure-report", "-p", "Site", "--quick", *CLOSURE, "--set",
              "doc.version=" + "a" * 300)
    assert ran.code == 2


def test_numbers_as_keys_in_the_facts_are_texts(run: Run, project: Path) -> None:
    facts = project / "project.yaml"
    facts.write_text(facts.read_text().replace("project:\n", "project:\n  2026: x\n", 1))
    assert run("fill", "project-brief", "-p", "Site", "--quick").code == 0


def test_the_restored_name_may_be_as_long_as_names_can_be(run: Run, project: Path) -> None:
    path = project / ("a" * 251 + ".txt")
    path.write_text("one")
    assert run("scan").code == 0
    path.write_text("two!")
    assert run("restore", str(path), "--version", "1").code == 0
    assert path.read_text() == "one"
