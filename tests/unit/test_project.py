"""A project by its project.yaml, and which project a person means."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path

import pytest

from folderkit.core.errors import FolderkitError, Misuse, Refused
from folderkit.core.located import Faults
from folderkit.core.project import Project, around, choose, parse_project, project_text, read_project, require_around

ID = "0123456789ab"


def made(folder: str, code: str = "", name: str = "", client: str = "") -> Project:
    return Project(ID, Path("/w") / folder, "s", 1, "en", {"project": {"code": code, "name": name},
                                                           "client": {"name": client}})


PROJECTS = [made("P2026-001_Acme_Site", "P2026-001", "Site", "Acme Ltd"),
            made("P2026-002_远山_官网改版", "P2026-002", "官网改版", "远山科技"),
            made("P2026-010_Acme_Shop", "P2026-010", "Café Shop", "Acme Ltd")]


@pytest.mark.parametrize(("word", "number"), [
    ("P2026-001", 0), ("p2026-001", 0), ("P2026-001_Acme_Site", 0), ("/w/P2026-001_Acme_Site", 0), ("site", 0),
    ("官网", 1),
    ("远山科技", 1), ("shop", 2), ("café", 2), (unicodedata.normalize("NFD", "Café"), 2), ("P2026-010", 2)])
def test_a_project_is_named_by_code_folder_or_part(word: str, number: int) -> None:
    assert choose(PROJECTS, word) is PROJECTS[number]


def test_what_fits_several_is_asked_back() -> None:
    with pytest.raises(Misuse) as caught:
        choose(PROJECTS, "Acme")
    assert "P2026-001" in caught.value.message.zh
    assert "P2026-010" in caught.value.message.en
    with pytest.raises(Misuse) as caught:  # a copy of a project has its code
        choose([PROJECTS[0], made("Copy of it", "P2026-001")], "P2026-001")
    assert "Copy of it" in caught.value.message.en
    assert caught.value.hint is not None
    assert "folder" in caught.value.hint.en


def test_what_fits_none_gets_the_nearest() -> None:
    with pytest.raises(Misuse) as caught:
        choose(PROJECTS, "P2026-0011")
    assert caught.value.hint is not None
    assert "P2026-001" in caught.value.hint.en
    with pytest.raises(Misuse):
        choose([], "x")


def test_the_project_around_a_place() -> None:
    assert around(PROJECTS, Path("/w/P2026-001_Acme_Site/a/b.txt")) is PROJECTS[0]
    assert around(PROJECTS, Path("/w")) is None
    assert around(PROJECTS, Path("/w/P2026-001_Acme_Site-2/x")) is None
    with pytest.raises(Refused):
        require_around(PROJECTS, Path("/w"))


FACTS = {"project": {"name": "a: b # c", "code": "P1", "start_date": dt.date(2026, 3, 1), "long": "two\nlines"},
         "client": {"name": "'q' \"r\""}, "goals": [{"text": "x"}], "empty": "", "yes": "yes", "number": "007"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_written_is_read_back(tmp_path: Path, language: str) -> None:
    text = project_text(ID, "client-project", 3, "zh" if language == "zh" else "en", FACTS)
    (tmp_path / "project.yaml").write_text(text, encoding="utf-8")
    project = read_project(tmp_path)
    assert (project.id, project.skeleton, project.skeleton_version, project.language) == (ID, "client-project", 3,
                                                                                          language)
    assert project.facts == FACTS
    assert (project.code, project.name, project.client) == ("P1", "a: b # c", "'q' \"r\"")
    assert parse_project(text, tmp_path) == project


def test_an_empty_code_or_name_is_none(tmp_path: Path) -> None:
    project = parse_project(f"project: {{code: null, name: null}}\nclient: {{name: null}}\nfolderkit: {{id: {ID}}}",
                            tmp_path)
    assert (project.code, project.name, project.client) == ("", tmp_path.name, "")


@pytest.mark.parametrize("text", ["", "a: [", "project: x\nfolderkit: {id: 0123456789ab}", "folderkit: {id: xyz}",
                                  "folderkit: x",
                                  "project: {}", "folderkit: {}", "- a", "folderkit: {id: 0123456789ab, idd: 1}",
                                  "folderkit: {id: 0123456789ab, language: fr}",
                                  "client: [a]\nfolderkit: {id: 0123456789ab}"])
def test_a_broken_one_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "project.yaml").write_text(text)
    with pytest.raises(Faults) as caught:
        read_project(tmp_path)
    assert all(fault.line >= 1 and fault.file.endswith("project.yaml") for fault in caught.value.faults)


def test_none_there(tmp_path: Path) -> None:
    with pytest.raises(FolderkitError):
        read_project(tmp_path)
