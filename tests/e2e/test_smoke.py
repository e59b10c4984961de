"""The whole way in one test, in both languages."""

from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_person_gets_from_nothing_to_a_found_file(run: Run, tmp_path: Path, language: str) -> None:
    root = tmp_path / "w"
    assert run("init", str(root), lang=language).code == 0
    assert run("new", "Site 一", "--client", "Acme", cwd=root, lang=language).code == 0
    folder = next(root.glob("*/project.yaml")).parent
    (folder / "note.txt").write_text("The penalty clause 违约金", encoding="utf-8")
    assert run("scan", cwd=root, lang=language).code == 0
    found = run("find", "违约", cwd=root, lang=language)
    assert found.code == 0
    assert "note.txt" in found.out


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tour_ends_with_a_report_and_its_registers_are_sound(run: Run, tmp_path: Path, language: str,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.documents.soffice", lambda: None)  # the page numbers are another test's
    root = tmp_path / "tour"
    ran = run("tour", str(root), lang=language)
    assert ran.code == 0, ran.err
    assert "\n13. " in ran.out
    (report,) = (path for path in root.rglob("*.docx") if path.parent.name in ("Reports", "报告"))
    assert report.stat().st_size > 10_000
    project = next(root.glob("*/project.yaml")).parent
    checked = run("register", "check", cwd=project, lang=language)
    assert checked.code == 0, checked.out
