"""Names that would command a terminal, forge a line or turn its order: shown as escapes, but exact in JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from folderkit.cli.root import cli
from tests.conftest import Run

EVIL = "minutes\nError: forged\x1b]0;title\x07\x1b[31m\u202etxt.exe\x9b2J.txt"
SHOWN = r"minutes\nError: forged\x1b]0;title\x07\x1b[31m\u202etxt.exe\x9b2J.txt"
_HARMFUL = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def evil(run: Run, project: Path) -> Path:
    path = project / "00_Inbox" / EVIL
    path.write_text("Minutes of the xylophone\x1b[2J\u202e\n")
    return path


def told(run: Run, *args: str, code: int = 0) -> str:
    """All that a command prints, which is harmless."""
    ran = run(*args)
    assert ran.code == code, ran
    assert not _HARMFUL.search(ran.out + ran.err), ran
    assert not any(line.startswith("Error: forged") for line in (ran.out + ran.err).splitlines())
    return ran.out + ran.err


def test_every_command_shows_a_hostile_name_as_text(run: Run, project: Path, evil: Path) -> None:
    named = str(evil)
    assert SHOWN in told(run, "scan")
    assert SHOWN in told(run, "find", "xylophone")
    told(run, "status")
    told(run, "history", named)
    assert SHOWN in told(run, "log")
    assert SHOWN in told(run, "name", named)
    told(run, "name", "--check", code=0)
    assert SHOWN in told(run, "file", "--dry-run")
    assert SHOWN in told(run, "file")
    assert SHOWN in told(run, "history", named)
    assert SHOWN in told(run, "undo")
    evil.unlink()
    assert SHOWN in told(run, "history", named)
    assert SHOWN in told(run, "restore", named)


@pytest.mark.parametrize("args", [("file",), ("history",), ("diff",), ("restore", "--version", "1"), ("name",),
                                  ("name", "--check"), ("show",), ("fill", "meeting-notes", "--out")])
def test_errors_show_a_hostile_name_as_text(run: Run, project: Path, args: tuple[str, ...]) -> None:
    ran = run(*args, "nowhere/" + EVIL)
    assert ran.code
    assert not _HARMFUL.search(ran.out + ran.err), ran


@pytest.mark.parametrize("args", [
    ("restore", EVIL), ("diff", EVIL), ("fill", EVIL), ("undo", EVIL), ("skeleton", "show", EVIL),
    ("skeleton", "check", EVIL), ("scan", EVIL), ("status", "-p", EVIL), ("file", f"--project={EVIL}"),
    ("new", EVIL, "--client", "Acme", "--due", EVIL),
    ("new", "Site", "--client", "Acme", "--skeleton", EVIL), ("new", "Site", "--client", "Acme", "--from", EVIL),
    ("list", "-C", EVIL), (EVIL,), ("list", EVIL), ("restore", EVIL, "--to", EVIL), ("template", "fields", EVIL),
])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_name_that_was_typed_breaks_a_line_of_an_error(run: Run, project: Path, args: tuple[str, ...], lang: str
                                                          ) -> None:
    ran = run(*args, lang=lang)
    assert ran.code
    assert not any(line.startswith("Error: forged") for line in (ran.out + ran.err).splitlines()), ran.err


def test_json_is_exact(run: Run, project: Path, evil: Path) -> None:
    path = f"{project.name}/00_Inbox/{EVIL}"
    assert path in [change["path"] for change in json.loads(run("scan", "--json").out)]
    assert json.loads(run("find", "xylophone", "--json").out)[0]["path"] == path
    assert json.loads(run("history", str(evil), "--json").out)[0]["path"] == path
    assert json.loads(run("file", "--dry-run", "--json").out)[0]["path"] == f"00_Inbox/{EVIL}"


def test_a_hostile_project_folder_and_fact(run: Run, workspace: Path, project: Path) -> None:
    facts = (project / "project.yaml").read_text().replace("name: Site", 'name: "Si\\e[2Jte\\n\\u202e"')
    (project / "project.yaml").write_text(facts)
    project.rename(workspace / "Pro\nject\x1b[2J\u202e")
    for args in (("scan",), ("list",), ("status",), ("show",), ("file",), ("name", "--check")):
        told(run, *args, *(["P2026-001"] if args == ("show",) else []))
    (workspace / "Pro\nject\x1b[2J\u202e" / "project.yaml").write_text("a: [1")
    for args in (("scan",), ("file",)):
        told(run, *args, code=1)


def test_colours_of_our_own_stay(project: Path, evil: Path) -> None:
    ran = CliRunner().invoke(cli, ["scan"], color=True)
    assert "\x1b[32mnew\x1b[0m" in ran.stdout
    assert SHOWN in ran.stdout
