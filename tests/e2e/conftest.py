"""A workspace in each language, made once: what must leave the world as it was can share one."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from folderkit.cli.root import cli
from tests.conftest import Ran
from tests.trees import read_tree

_QUOTED = re.compile(r"“[^”]*”|'[^']*'|\"[^\"]*\"|`[^`]*`|--[a-z-]+|/\S+|folderkit [a-z]+")
_ENGLISH = re.compile(r"[A-Za-z]+(?: [a-z]+){2,}")


@dataclass(frozen=True)
class World:
    """A workspace with one project, in which ``note.txt`` has two versions and ``gone.txt`` is gone."""

    root: Path
    project: Path
    language: str

    def run(self, *args: str, cwd: Path | None = None) -> Ran:
        """A command as typed at the workspace's root, or in `cwd`."""
        return command(*args, cwd=cwd or self.root, lang=self.language)

    def tree(self) -> dict[str, bytes | None]:
        return read_tree(self.root.parent)

    def copy_to(self, folder: Path) -> World:
        shutil.copytree(self.root, folder)
        return replace(self, root=folder, project=folder / self.project.name)


def command(*args: str, cwd: Path, lang: str) -> Ran:
    """Run a command in this process; what escapes it is a defect and is raised."""
    result = CliRunner(env={"FOLDERKIT_LANG": lang}).invoke(cli, [*args[:1], "-C", str(cwd), *args[1:]])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def english_in(text: str) -> str:
    """Three words of English on end in a Chinese message, but for what it quotes; "" when there are none."""
    found = _ENGLISH.search(_QUOTED.sub("", text))
    return found[0] if found else ""


def _make(folder: Path, language: str) -> World:
    root = folder / "w"
    firm, name, client = ("青石咨询", "官网改版", "远山科技") if language == "zh" else ("Cedar", "Site", "Acme")
    assert command("init", str(root), "--firm", firm, cwd=folder, lang=language).code == 0
    assert command("new", name, "--client", client, cwd=root, lang=language).code == 0
    project = next(root.glob("*/project.yaml")).parent
    (project / "note.txt").write_text("alpha 违约金", encoding="utf-8")
    (project / "gone.txt").write_text("a file that is deleted", encoding="utf-8")
    assert command("scan", cwd=root, lang=language).code == 0
    (project / "note.txt").write_text("beta 违约金 penalty", encoding="utf-8")
    (project / "gone.txt").unlink()
    assert command("scan", cwd=root, lang=language).code == 0
    return World(root, project, language)


@pytest.fixture(scope="session")
def _worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    return {language: _make(tmp_path_factory.mktemp(f"world-{language}"), language) for language in ("en", "zh")}


@pytest.fixture(params=["en", "zh"])
def world(request: pytest.FixtureRequest, _worlds: dict[str, World]) -> World:
    """A workspace in each language that several tests share: leave it as it is."""
    return _worlds[request.param]


@pytest.fixture
def own_world(world: World, tmp_path: Path) -> World:
    """A copy of the workspace, to do with as one likes."""
    return world.copy_to(tmp_path / "w")
