"""What only a process of its own can show: closed streams, pipes, a foreign user, a folder that is gone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import folderkit
from tests.e2e.conftest import World

PROGRAM = f"{sys.executable} -m folderkit"


def _shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def test_the_program_as_a_process(world: World) -> None:
    for args, code in ((("list",), 0), (("find", "zzzqq"), 1), (("show", "nowhere"), 2), (("init",), 3)):
        assert folderkit(*args, cwd=world.root).returncode == code
    assert json.loads(folderkit("list", "--json", cwd=world.root).stdout)


def test_without_a_keyboard_nothing_is_asked(world: World) -> None:
    for line in (f"{PROGRAM} new < /dev/null", f"{PROGRAM} new <&-", f"echo x | {PROGRAM} new"):
        ran = _shell(line, world.root)
        assert ran.returncode == 2, ran.stderr
        assert "project.name" in ran.stderr


def test_a_reader_that_has_seen_enough_is_no_error(world: World) -> None:
    ran = _shell(f"{PROGRAM} log --json --limit 9999 | head -1", world.root)
    assert ran.stderr == ""
    ran = _shell(f"{PROGRAM} log --json --limit 9999 | true; exit ${{PIPESTATUS[0]}}", world.root)
    assert ran.stderr == ""
    assert ran.returncode in (0, 1)


def test_closed_output_is_no_traceback(world: World) -> None:
    assert "Traceback" not in _shell(f"{PROGRAM} list >&-", world.root).stderr
    assert _shell(f"{PROGRAM} list >&- 2>&-", world.root).returncode in (0, 1)
    assert _shell(f"{PROGRAM} show nowhere 2>&-", world.root).returncode == 2


def test_a_console_of_another_encoding_still_shows_the_rest(own_world: World) -> None:
    (own_world.project / "中文 é.txt").write_text("x")
    ran = folderkit("scan", cwd=own_world.root, env={"PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0
    assert ".txt" in ran.stdout


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    ran = _shell(f"cd gone && rmdir ../gone && {PROGRAM} list", tmp_path)
    assert ran.returncode == 3
    assert "gone" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_arguments_that_are_no_text(world: World) -> None:
    for args in ([b"find", b"\xff"], [b"history", b"a\xffb"], [b"new", b"\xc3\x28", b"--client", b"x"]):
        program = [os.fsencode(sys.executable), b"-m", b"folderkit"]
        ran = subprocess.run([*program, *args], cwd=world.root, capture_output=True, timeout=60, check=False)
        assert ran.returncode == 2
        assert b"Traceback" not in ran.stderr


def test_the_workspace_named_by_the_environment(world: World, tmp_path: Path) -> None:
    ran = folderkit("list", "--json", cwd=tmp_path, env={"FOLDERKIT_WORKSPACE": str(world.root)})
    assert ran.returncode == 0
    assert json.loads(ran.stdout)[0]["folder"] == world.project.name


def test_the_language_follows_flag_environment_workspace_and_locale(world: World, tmp_path: Path) -> None:
    def spoken(*more: str, cwd: Path = world.root, **env: str) -> str:
        told = folderkit("show", "nowhere", *more, cwd=cwd, env=env).stderr
        return "zh" if told.startswith("错误") else "en"

    assert spoken() == world.language
    assert spoken(LANG="zh_CN.UTF-8") == world.language
    assert spoken(FOLDERKIT_LANG="zh") == "zh"
    assert spoken("--lang", "en", FOLDERKIT_LANG="zh") == "en"
    assert spoken(cwd=tmp_path, LANG="zh_CN.UTF-8") == "zh"
    assert spoken(cwd=tmp_path, LANG="de_DE.UTF-8") == "en"


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, to become somebody else")
def test_a_user_without_a_name_in_a_workspace_that_is_not_theirs(own_world: World) -> None:
    """As in a container that runs under any number: no name in the list of users, no right to write."""
    for folder in own_world.root.parents:
        if folder.owner() == "root" and folder.is_relative_to("/tmp"):  # noqa: S108
            folder.chmod(folder.stat().st_mode | 0o055)
    bare = {"PATH": os.environ["PATH"], "HOME": "/", "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONDONTWRITEBYTECODE": "1"}

    def as_nobody(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", sys.executable,
                               "-m", "folderkit", *args], cwd=own_world.root, env=bare, capture_output=True, text=True,
                              timeout=60, check=False)

    if as_nobody("--version").returncode != 0:
        pytest.skip("this Python cannot be run by another user")
    for args in (("list",), ("scan",), ("find", "x"), ("new", "A", "--client", "B")):
        ran = as_nobody(*args)
        assert "Traceback" not in ran.stderr, ran.stderr
        assert ran.returncode in (0, 1, 3)
    subprocess.run(["chown", "-R", "12345:12345", str(own_world.root)], check=True)
    (own_world.project / "theirs.txt").write_text("x")
    ran = as_nobody("scan", "--json")
    assert ran.returncode == 0, ran.stderr
    assert "theirs.txt" in ran.stdout


def test_a_system_whose_file_names_are_not_utf_8_is_refused_with_the_way_out(tmp_path: Path) -> None:
    ran = folderkit("list", cwd=tmp_path, env={"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert ran.returncode == 3
    assert "PYTHONUTF8=1" in ran.stderr
    assert "Traceback" not in ran.stderr
