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
