"""The house as designed: imports go down only, start-up is light, and a few habits that no linter knows."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "folderkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
# What may be imported before it is known which command runs: click, and words.
HEAVY = ("yaml", "jinja2", "sqlite3", "docx", "docxtpl", "lxml", "xlsxwriter", "python_calamine", "pypdfium2",
         "watchdog", "blake3", "zstandard", "platformdirs", "json", "logging", "difflib", "decimal", "subprocess",
         "tempfile",
         "folderkit.core.facts", "folderkit.core.located", "folderkit.core.settings", "folderkit.core.workspace",
         "folderkit.store", "folderkit.operations", "folderkit.skeletons", "folderkit.documents", "folderkit.registers",
         "folderkit.catalog", "folderkit.vault", "folderkit.extract", "folderkit.watch")
# The boundaries at which anything at all may go wrong: the worker that reads strangers' files.
BROAD = {"core/processes.py", "extract/worker.py", "extract/crew.py"}  # the boundary of a process, and of a thread


def test_imports_go_down_only() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        pytest.fail("import-linter is not installed: pip install import-linter")
    ran = subprocess.run([str(program), "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_room_has_its_floor() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    floors = " ".join(settings["tool"]["importlinter"]["contracts"][0]["layers"])
    named = {word.strip("()") for word in floors.replace("|", " ").split()}
    rooms = {f"folderkit.{path.stem}" for path in PACKAGE.iterdir()
             if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()}
    assert rooms <= named


def test_starting_imports_click_and_words_only() -> None:
    code = ("import sys; before = set(sys.modules); import folderkit.cli; "
            f"print(' '.join(name for name in {HEAVY!r} if name in sys.modules and name not in before))")
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []


def test_the_version_needs_no_command() -> None:
    ran = subprocess.run([sys.executable, "-X", "importtime", "-m", "folderkit", "--version"], cwd=REPOSITORY,
                         capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    own = {name for name in imported if name.startswith("folderkit")}
    assert own <= {"folderkit", "folderkit.cli", "folderkit.cli.root", "folderkit.cli.words", "folderkit.core",
                   "folderkit.core.errors", "folderkit.core.language", "folderkit.core.terminal"}
    assert not imported & set(HEAVY)


# -- habits ----------------------------------------------------------------------------------------
def _nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _name(node: ast.expr | None) -> str:
    return ast.unparse(node) if node is not None else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_house_rules(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "its first line says what the module is for"
    for node in ast.walk(tree):
        line = f"{relative}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call):
            called = _name(node.func)
            assert called not in ("print", "os.chdir", "exec", "eval", "os.system"), line
            assert called != "sys.exit" or relative in ("cli/__init__.py", "cli/root.py"), line
            if called in ("click.echo", "click.secho", "click.prompt"):
                assert relative.startswith("cli/"), line
        if isinstance(node, ast.ExceptHandler) and relative not in BROAD:
            assert node.type is not None, f"{line}: a bare except"
            caught = {_name(one) for one in (node.type.elts if isinstance(node.type, ast.Tuple) else [node.type])}
            assert "Exception" not in caught, f"{line}: too broad"
            if "BaseException" in caught:
                raised = [inner for inner in ast.walk(node) if isinstance(inner, ast.Raise)]
                assert raised, f"{line}: what is caught on the way out must go on"


def test_no_module_is_named_for_nothing() -> None:
    assert not {path.stem for path in MODULES} & {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def test_operations_and_rooms_know_no_click() -> None:
    for path in MODULES:
        relative = path.relative_to(PACKAGE).as_posix()
        if not relative.startswith("cli/"):
            for node in _nodes(path):
                names = ([one.name for one in node.names] if isinstance(node, ast.Import) else
                         [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
                assert "click" not in names, relative
