"""The watch as a service: what the system is told, and what the watch tells the system."""

from __future__ import annotations

import functools
import json
import os
import plistlib
import shutil
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from folderkit.cli import watch as watch_
from folderkit.core.errors import Failed, Refused
from folderkit.core.workspace import Workspace, open_workspace
from folderkit.operations.service import describe, install, remove, status
from tests.conftest import Run
from tests.integration.test_watch import SECONDS, Watch, delete, drop

NAMES = ["work", "client work 100%", "a'b\"c $HOME ${X} \\n", "项目 & <客户>"]
COMMAND = (sys.executable, "-P", "-m", "folderkit", "watch", "--log", "-C")
SYSTEMD = shutil.which("systemctl") and subprocess.run(
    ["systemctl", "--user", "is-system-running"], capture_output=True, text=True, check=False).stdout.strip() in (
        "running", "degraded")


@pytest.fixture(params=NAMES)
def odd(tmp_path: Path, request: pytest.FixtureRequest, run: Run) -> Workspace:
    root = tmp_path / request.param
    assert run("init", str(root)).code == 0
    return open_workspace(root, {})


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_unit(odd: Workspace, tmp_path: Path) -> None:
    service = describe(odd, [*COMMAND, str(odd.root)], "linux", tmp_path / "home")
    assert service.file == tmp_path / "home/.config/systemd/user" / f"folderkit-{odd.settings.id}.service"
    file = tmp_path / service.file.name
    file.write_bytes(service.content)
    ran = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", file], capture_output=True, text=True,
                         check=False, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)})
    told = [line for line in ran.stderr.splitlines() if file.name in line]
    assert told == []
    assert ran.returncode == 0, ran.stderr


def test_the_agent_of_launchd(odd: Workspace, tmp_path: Path) -> None:
    service = describe(odd, [*COMMAND, str(odd.root)], "darwin", tmp_path)
    told = plistlib.loads(service.content)
    assert told["ProgramArguments"] == [*COMMAND, str(odd.root)]
    assert told["Label"] == service.name == service.file.stem
    assert told["RunAtLoad"]
    assert told["KeepAlive"] == {"SuccessfulExit": False}


def test_the_task_of_windows(odd: Workspace, tmp_path: Path) -> None:
    command = ["C:/Program Files/Python/python.exe", *COMMAND[1:], str(odd.root)]
    service = describe(odd, command, "win32", tmp_path)
    task = ET.fromstring(service.content)
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    told = {element.tag.removeprefix(space): element.text for element in task.iter()}
    assert told["Command"] == "C:/Program Files/Python/pythonw.exe"
    assert told["Arguments"] == subprocess.list2cmdline(command[1:])
    assert told["ExecutionTimeLimit"] == "PT0S"
    assert told["WorkingDirectory"] == str(odd.root)
    assert service.content.startswith(b"\xff\xfe"), "schtasks reads UTF-16"


# -- install, status, remove -----------------------------------------------------------------------
@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Stands for systemd where none runs: notes what it is told, and ends with the code in the file `code`."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "platform", "linux")
    folder = tmp_path / "bin"
    folder.mkdir()
    script = (f'#!/bin/sh\ncd "{tmp_path}"\necho "$@" >> calls\ncat state\necho "no bus" >&2\n'
              'exit $(cat code)\n')
    (folder / "systemctl").write_text(script)
    (folder / "systemctl").chmod(0o755)
    (tmp_path / "code").write_text("0")
    (tmp_path / "state").write_text("active\n")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda: (tmp_path / "calls").read_text().splitlines() if (tmp_path / "calls").exists() else []


def test_install_status_remove(run: Run, workspace: Path, calls: Callable[[], list[str]], tmp_path: Path) -> None:
    unit = f"folderkit-{open_workspace(workspace, {}).settings.id}.service"
    file = tmp_path / "home/.config/systemd/user" / unit
    assert run("service", "status").code == 4
    assert "ExecStart=" in run("service", "install", "--dry-run").out
    assert not file.exists()
    ran = run("service", "install", lang="zh")
    assert ran.code == 0
    assert "watch 已启动" in ran.out
    assert calls() == ["--user daemon-reload", f"--user enable {unit}", f"--user --no-block restart {unit}"]
    assert f'"{sys.executable}"' in file.read_text()
    assert '"--lang" "zh"' in file.read_text()
    assert run("service", "install").code == 0, "again, with other words"
    assert json.loads(run("service", "status", "--json").out) == {
        "file": str(file), "installed": True, "active": True, "watched": False}
    (tmp_path / "state").write_text("activating\n")
    assert run("service", "status").code == 0, "it is at its first scan"
    (tmp_path / "state").write_text("failed\n")
    assert run("service", "status").code == 4
    (tmp_path / "code").write_text("3")
    ran = run("service", "status")
    assert ran.code == 4
    assert "does not run it" in ran.out
    ran = run("service", "remove")
    assert ran.code == 0
    assert not file.exists()
    assert calls()[-3:-1] == [f"--user stop {unit}", f"--user disable {unit}"]
    assert "not installed" in run("service", "remove").out


def test_what_the_system_refuses_leaves_nothing(run: Run, workspace: Path, calls: Callable[[], list[str]],
                                                tmp_path: Path) -> None:
    (tmp_path / "code").write_text("1")
    ran = run("service", "install")
    assert ran.code == 1
    assert "'systemctl --user daemon-reload' failed: no bus" in ran.err
    assert "folderkit watch" in ran.err
    assert list((tmp_path / "home/.config/systemd/user").iterdir()) == []
    assert calls()[-2].startswith("--user disable"), "what had begun is ended"


def test_no_service_beside_a_watch(run: Run, workspace: Path, calls: Callable[[], list[str]]) -> None:
    watch = Watch(workspace)
    ran = run("service", "install")
    assert watch.end() == 0
    assert ran.code == 3
    assert "already runs" in ran.err
    assert calls() == []


@pytest.mark.skipif(not SYSTEMD, reason="no systemd of this user runs here")
def test_systemd_runs_it(run: Run, workspace: Path, project: Path) -> None:
    try:
        assert run("service", "install").code == 0
        assert json.loads(run("service", "status", "--json").out)["watched"]
    finally:
        assert run("service", "remove").code == 0
    assert not json.loads(run("watch", "--status", "--json").out)["running"]


# -- what the watch does as a service --------------------------------------------------------------
def test_it_says_when_it_is_ready_and_writes_a_log(run: Run, workspace: Path, project: Path,
                                                  tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
        system.bind(str(address))
        system.settimeout(60)
        process = subprocess.Popen([*COMMAND, workspace], env={**os.environ, "NOTIFY_SOCKET": str(address)},
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert system.recv(100) == b"READY=1"
            drop(project / "a.txt", "a")
            log = open_workspace(workspace, {}).state / watch_.LOG_FILE
            Watch.until(_Process(process), lambda: "a.txt  v1" in log.read_text(encoding="utf-8"))  # type: ignore[arg-type]
            process.send_signal(signal.SIGTERM)
            assert system.recv(100) == b"STOPPING=1"
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, "")
    assert "Stopped" in log.read_text(encoding="utf-8").splitlines()[-1]


class _Process:
    """What `Watch.until` needs of a process that prints nothing."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.lines, self._seconds = process, list[str](), SECONDS


def test_the_log_is_begun_anew_before_it_gets_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_, "LOG_BYTES", 2000)
    write = watch_._log_to(tmp_path / "watch.log")
    for number in range(1000):
        write(f"新增  A/{number}.txt  100 %s")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["watch.log", *(f"watch.log.{number}" for number in range(1, watch_.LOG_FILES + 1))]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert (tmp_path / "watch.log").read_text(encoding="utf-8").splitlines()[-1].endswith("A/999.txt  100 %s")


# -- launchd and the Task Scheduler, played by programs that know only what they are told here ---------------------
LAUNCHCTL = """#!/bin/sh
echo "$@" >> calls
case "$1" in
  bootstrap) [ -e loaded ] && { echo "Bootstrap failed: 5: Input/output error" >&2; exit 5; }; echo waiting > loaded;;
  bootout) [ -e loaded ] || { echo "Boot-out failed: 3: No such process" >&2; exit 3; }
           [ -e stuck ] && exit 36; [ -e slow ] && { rm slow; (sleep 1; rm loaded) >/dev/null & exit 36; }; rm loaded;;
  print) [ -e loaded ] || exit 113; printf '\\tactive count = 1\\n\\tstate = %s\\n' "$(cat loaded)"; exit 0;;
esac
"""
POWERSHELL = "#!/bin/sh\n[ -e running ]\n"
SCHTASKS = """#!/bin/sh
echo "$@" >> calls
case "$1" in
  /Create) touch task;; /Run) touch running;; /End) rm -f running;;
  /Delete) [ -e stuck ] && exit 1; rm -f task;; /Query) [ -e task ];;
esac
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the programs keep what they know."""
    folder = tmp_path / "system"
    folder.mkdir()
    for name, script in {"launchctl": LAUNCHCTL, "schtasks": SCHTASKS, "powershell": POWERSHELL}.items():
        (folder / name).write_text(script.replace("\n", f'\ncd "{folder}"\n', 1))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_an_agent_that_is_only_loaded_does_not_run(workspace: Path, system: Path, tmp_path: Path) -> None:
    opened = open_workspace(workspace, {})
    service = describe(opened, COMMAND, "darwin", tmp_path)
    install(service, opened)
    assert status(service, opened)[:2] == (True, False), "launchd waits with it"
    (system / "loaded").write_text("running")
    assert status(service, opened)[:2] == (True, True)
    assert remove(service)
    assert status(service, opened)[:2] == (False, False)
    assert not (system / "loaded").exists()
    assert not service.file.exists()


@pytest.mark.parametrize("slow", [False, True])
def test_an_agent_that_is_loaded_is_booted_out_before_it_is_installed_again(
        workspace: Path, system: Path, tmp_path: Path, slow: bool) -> None:
    opened = open_workspace(workspace, {})
    service = describe(opened, COMMAND, "darwin", tmp_path)
    install(service, opened)
    (system / "loaded").write_text("running")
    if slow:  # it ends a while after it was told to
        (system / "slow").touch()
    install(service, opened)
    assert (system / "loaded").read_text() == "waiting\n", "the new one"
    service.file.unlink()
    install(service, opened)
    assert service.file.exists(), "also when its file was deleted by hand"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_what_the_system_does_not_end_is_not_removed(workspace: Path, system: Path, tmp_path: Path,
                                                     platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.operations.service.END_SECONDS", 0.2)
    opened = open_workspace(workspace, {})
    service = describe(opened, COMMAND, platform, tmp_path)
    install(service, opened)
    (system / "stuck").touch()
    with pytest.raises(Failed, match="still has the service"):
        remove(service)
    assert service.file.exists(), "so that it can be tried again"
    (system / "stuck").unlink()
    service.file.unlink()
    assert remove(service), "what the system has without a file is removed as well"
    assert not remove(service)


def test_a_task_that_only_exists_does_not_run(workspace: Path, system: Path, tmp_path: Path) -> None:
    opened = open_workspace(workspace, {})
    service = describe(opened, COMMAND, "win32", tmp_path)
    install(service, opened)
    assert status(service, opened)[:2] == (True, True)
    install(service, opened)
    calls = (system / "calls").read_text().splitlines()
    last = len(calls) - 1 - next(place for place, call in enumerate(reversed(calls)) if call.startswith("/Create"))
    assert any(call.startswith("/End") for call in calls[:last]), "the one that runs has the old words"
    (system / "running").unlink()
    assert status(service, opened)[:2] == (True, False)
    assert remove(service)
    assert not (system / "task").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("arguments", [("install",), ("install", "--dry-run"), ("status",), ("remove",)])
def test_a_workspace_whose_path_is_no_text_is_refused(run: Run, calls: Callable[[], list[str]], tmp_path: Path,
                                                      arguments: tuple[str, ...]) -> None:
    root = os.fsencode(tmp_path) + b"/\xd6\xd0"
    os.mkdir(root)  # noqa: PTH102
    os.chdir(root)
    assert run("init").code == 0
    for lang, words in (("en", "is not valid text"), ("zh", "不是有效的文字")):
        ran = run("service", *arguments, lang=lang)
        assert ran.code == 3
        assert words in ran.err
        assert "mv" in ran.err
    assert calls() == []
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("path", ["/opt/\udcd6/python", "/opt/\x07/python"])
def test_so_is_a_program_whose_path_is_no_text(workspace: Path, tmp_path: Path, platform: str, path: str) -> None:
    with pytest.raises(Refused, match="is not valid text"):
        describe(open_workspace(workspace, {}), [path, *COMMAND[1:]], platform, tmp_path)


@pytest.mark.parametrize("lost", ["the file", "the folder", "moved"])
def test_a_log_that_is_deleted_is_opened_anew(tmp_path: Path, lost: str) -> None:
    state = tmp_path / "state"
    state.mkdir()
    write = watch_._log_to(state / "watch.log")
    write("one")
    if lost == "the file":
        (state / "watch.log").unlink()
    elif lost == "the folder":
        shutil.rmtree(state)
    else:
        state.rename(tmp_path / "away")
        state.mkdir()
    write("two")
    write("three")
    told = (state / "watch.log").read_text(encoding="utf-8").splitlines()
    assert [line.split()[-1] for line in told] == ["two", "three"]
    if os.name == "posix" and lost == "the folder":
        assert state.stat().st_mode & 0o77 == 0


def test_a_log_whose_workspace_is_gone_makes_none(tmp_path: Path) -> None:
    state = tmp_path / "work" / "state"
    state.mkdir(parents=True)
    write = watch_._log_to(state / "watch.log")
    write("one")
    shutil.rmtree(tmp_path / "work")
    write("two")
    assert not (tmp_path / "work").exists()
    state.mkdir(parents=True)
    write("three")
    assert "three" in (state / "watch.log").read_text(encoding="utf-8")


def test_the_log_tells_that_the_private_state_was_deleted(workspace: Path, project: Path) -> None:
    process = subprocess.Popen([*COMMAND, workspace], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until = functools.partial(Watch.until, _Process(process))  # type: ignore[arg-type]
    log = workspace / ".folderkit" / watch_.LOG_FILE

    def told(words: str) -> bool:
        return log.exists() and words in log.read_text(encoding="utf-8")

    try:
        until(lambda: told("Watching"))
        delete(workspace / ".folderkit")
        until(lambda: told("deleted or moved away"))
        drop(project / "a.txt", "a")
        until(lambda: told("a.txt  v1"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert told("Stopped")
    finally:
        process.kill()
        process.communicate()
