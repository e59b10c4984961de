"""The wheel: it carries templates, skeletons and guide, nothing of the workshop, and works away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=REPOSITORY,
                   check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_every_template_skeleton_and_page(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("templates", "skeletons"):
        for path in (REPOSITORY / kind).rglob("*"):
            name = path.relative_to(REPOSITORY).as_posix()
            if path.is_file() and not name.startswith("templates/build/"):
                assert f"folderkit/shipped/{name}" in packed
    for path in (REPOSITORY / "folderkit" / "guide").rglob("*.md"):
        assert path.relative_to(REPOSITORY).as_posix() in packed
    assert not [name for name in packed if "templates/build" in name or name.startswith("tests")]


def test_the_installed_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "FOLDERKIT_LANG": "en"}

    def folderkit(*args: str) -> str:
        return subprocess.run([sys.executable, "-m", "folderkit", *args], cwd=tmp_path, env=environment, check=True,
                              capture_output=True, text=True).stdout

    assert "client-project" in folderkit("skeleton", "list")
    folderkit("init", "work")
    assert "Made" in folderkit("new", "-C", "work", "Site", "--client", "Acme")
    where = subprocess.run([sys.executable, "-c", "import folderkit; print(folderkit.__file__)"], cwd=tmp_path,
                           env=environment, capture_output=True, text=True, check=True).stdout
    assert str(tmp_path / "site") in where
