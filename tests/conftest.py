"""What tests share: a run of the command line as a person types it, a workspace, and a clock."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner

from folderkit.cli.root import cli

hypothesis.settings.register_profile("house", deadline=None)  # a busy machine is slow, and not wrong
hypothesis.settings.load_profile("house")

REPOSITORY = Path(__file__).resolve().parents[1]
CORPUS = REPOSITORY.parent / "shared" / "corpus"  # real files that nobody here made; not part of the product


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, what it printed, and what it complained of."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
                       ) -> None:
    """English, no colours, no workspace but the test's own, and no templates that another session compiled."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in list(os.environ):
        if name.startswith("FOLDERKIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run() -> Run:
    """Run a command in this process: ``run("new", "Site", "--client", "Acme", lang="zh", cwd=…, input=…)``."""

    def run_(*args: str, lang: str = "en", cwd: Path | None = None, input: str | None = None) -> Ran:  # noqa: A002
        place = ["-C", str(cwd)] if cwd else []
        result = CliRunner(env={"FOLDERKIT_LANG": lang}).invoke(cli, [*args[:1], *place, *args[1:]], input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run_


@pytest.fixture
def workspace(run: Run, tmp_path: Path) -> Path:
    """An English workspace named ``work``; the current folder while the test runs."""
    folder = tmp_path / "work"
    assert run("init", str(folder), "--firm", "Cedar & Stone").code == 0
    os.chdir(folder)
    return folder


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    """The folder of the project ``Site`` for the client ``Acme``."""
    assert run("new", "Site", "--client", "Acme").code == 0
    return next(workspace.glob("*/project.yaml")).parent


@pytest.fixture
def inbox(project: Path) -> Path:
    """The folder of a project into which files are dropped."""
    return project / "00_Inbox"


def folderkit(*args: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own, as a person's shell does."""
    return subprocess.run([sys.executable, "-m", "folderkit", *args], cwd=cwd, env={**os.environ, **(env or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
