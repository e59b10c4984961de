"""Have the system run the watch of a workspace for this user: a unit of systemd, an agent of launchd, a task of
Windows.

Sources: systemd.unit(5), systemd.service(5), launchd.plist(5), launchctl(1), Microsoft's schema of the Task Scheduler
and its class MSFT_ScheduledTask. What schtasks prints is translated; PowerShell's names of states are not.
"""

from __future__ import annotations

import contextlib
import os
import plistlib
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import NamedTuple
from xml.sax.saxutils import escape

from folderkit.core import safefiles
from folderkit.core.errors import Failed, Refused, os_failure
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.naming import is_text
from folderkit.core.workspace import Workspace
from folderkit.watch.health import watch_status

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # in XML
END_SECONDS = 30.0  # that a service may take to end
_PAUSE = 0.2
_SECONDS = 60.0  # that a command of the system may take


class Service(NamedTuple):
    """How one system is told: the file that describes the service, the commands that make it run and that end it, the
    one that tells whether the system `has` it (code 0: it does), and the one that tells whether it `runs` (code 0, and
    it prints what the pattern `running` finds). One that does not `renew` has to end before it is begun again."""

    name: str
    file: Path
    content: bytes
    begin: tuple[tuple[str, ...], ...]
    end: tuple[tuple[str, ...], ...]
    has: tuple[str, ...]
    runs: tuple[str, ...]
    running: str = ""
    renews: bool = False


class ServiceStatus(NamedTuple):
    """Whether the service is installed, whether the system runs it, and whether a watch runs, started by whomever."""

    installed: bool
    active: bool
    watched: bool


def describe(workspace: Workspace, command: Sequence[str], platform: str, home: Path) -> Service:
    """The service of a workspace on a `platform` (as `sys.platform` names it). Raises `Refused` for an unknown one, and
    for a path that cannot be written in its file."""
    for path in (str(workspace.root), *command):
        if not is_text(path) or _UNWRITABLE.search(path):
            shown = path.encode(errors="replace").decode()
            raise Refused(Text(f"'{shown}' is not valid text, which a service's file has to be.",
                               f"“{shown}”不是有效的文字，无法写入服务文件。"),
                          Text("Rename the folder (mv OLD NEW), then install the service.",
                               "请先重命名该文件夹（mv 旧名 新名），再安装服务。"))
    name = f"folderkit-{re.sub(r'[^A-Za-z0-9_-]', '_', workspace.settings.id)}"  # a part of names and command lines
    if platform == "linux":
        return _systemd(name, workspace, command, home)
    if platform == "darwin":
        return _launchd(name, workspace, command, home)
    if platform == "win32":
        return _task(name, workspace, command)
    raise Refused(Text(f"folderkit knows no services of this system ({platform}).",
                       f"folderkit 不了解该系统（{platform}）的服务。"),
                  Text("Have it run at the start of your session: folderkit watch",
                       "请让它在登录时运行：folderkit watch"))


def install(service: Service, workspace: Workspace) -> None:
    """Write the file and begin. Raises `Refused` while another watch runs, `Failed` when the system refuses; then
    nothing is left."""
    if watch_status(workspace.state)[0] and not service.file.exists():
        raise Refused(Text("A watch already runs for this workspace.", "这个工作区已经有 watch 在运行。"),
                      Text("Stop it first, then install the service.", "请先停止它，再安装服务。"))
    if not service.renews and _has(service):
        _end(service)
    try:
        make_folders(service.file.parent)
        safefiles.replace_whole(service.file, [service.content])
    except OSError as error:
        raise os_failure(Text("write the service's file", "写入服务文件"), error, service.file) from None
    for command in service.begin:
        try:
            _run(command)
        except Failed:
            with contextlib.suppress(Failed):  # the first failure is the one to tell
                remove(service)
            raise


def remove(service: Service) -> bool:
    """End the service and take its file away; False when there was none. Raises `Failed` when the system keeps it; then
    its file stays."""
    there = service.file.exists()
    if not there and not _has(service):
        return False
    _end(service)
    try:
        service.file.unlink(missing_ok=True)
    except OSError as error:
        raise os_failure(Text("remove the service's file", "删除服务文件"), error, service.file) from None
    return True


def status(service: Service, workspace: Workspace) -> ServiceStatus:
    installed = service.file.exists()
    said = _run(service.runs, may_fail=True) if installed else None
    active = said is not None and re.search(service.running, said, re.MULTILINE) is not None
    return ServiceStatus(installed, active, watch_status(workspace.state)[0])


def _has(service: Service) -> bool:
    return _run(service.has, may_fail=True) is not None


def _end(service: Service) -> None:
    """Have the system end the service, and wait until it has."""
    for command in service.end:
        _run(command, may_fail=True)  # it may have ended by itself
    deadline = time.monotonic() + END_SECONDS
    while _has(service):
        if time.monotonic() >= deadline:
            shown = " ".join(service.end[-1])
            raise Failed(Text(f"The system still has the service '{service.name}'.",
                              f"系统中仍有服务“{service.name}”。"),
                         Text(f"See what it says: {shown}", f"请查看系统的提示：{shown}"))
        time.sleep(_PAUSE)


def _run(command: Sequence[str], *, may_fail: bool = False) -> str | None:
    """Run a command of the system; what it printed, or None when it failed and may."""
    shown = " ".join(command)
    try:
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS,
                             stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        if may_fail:
            return None
        raise Failed(Text(f"'{shown}' could not be run: {error}.", f"无法运行“{shown}”：{error}。"),
                     Text("Without the system's help: folderkit watch", "不借助系统：folderkit watch")) from None
    if ran.returncode and not may_fail:
        said = (ran.stderr or ran.stdout).strip().splitlines() or [f"code {ran.returncode}"]
        raise Failed(Text(f"'{shown}' failed: {said[-1]}", f"“{shown}”失败：{said[-1]}"),
                     Text("Without the system's help: folderkit watch", "不借助系统：folderkit watch"))
    return None if ran.returncode else ran.stdout


# -- systemd ---------------------------------------------------------------------------------------
def _systemd(name: str, workspace: Workspace, command: Sequence[str], home: Path) -> Service:
    unit = f"{name}.service"
    text = f"""[Unit]
Description=folderkit watches {_unit_text(str(workspace.root))}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={" ".join(map(_unit_word, command))}
Restart=on-failure
RestartSec=30
TimeoutStartSec=infinity
Nice=5

[Install]
WantedBy=default.target
"""
    control = ("systemctl", "--user")
    return Service(name, home / ".config/systemd/user" / unit, text.encode(),
                   ((*control, "daemon-reload"), (*control, "enable", unit),
                    (*control, "--no-block", "restart", unit)),  # it is ready after the first scan, which may take long
                   ((*control, "stop", unit), (*control, "disable", unit)),  # also of one whose file is gone
                   (*control, "is-active", "--quiet", unit),
                   (*control, "show", "--property=ActiveState", "--value", unit),
                   "^(active|activating|reloading)$", renews=True)  # activating until the first scan is done


def _unit_text(text: str) -> str:
    return text.replace("%", "%%").replace("\n", " ")


def _unit_word(word: str) -> str:
    """A word of a command line, quoted as systemd.service(5) says."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$").replace("\n", "\\n")
    return f'"{escaped}"'


# -- launchd ---------------------------------------------------------------------------------------
def _launchd(name: str, workspace: Workspace, command: Sequence[str], home: Path) -> Service:
    file = home / "Library/LaunchAgents" / f"{name}.plist"
    content = plistlib.dumps({
        "Label": name, "ProgramArguments": list(command), "RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30, "ProcessType": "Background", "WorkingDirectory": str(workspace.root)})
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    return Service(name, file, content, (("launchctl", "bootstrap", domain, str(file)),),
                   (("launchctl", "bootout", f"{domain}/{name}"),), ("launchctl", "print", f"{domain}/{name}"),
                   ("launchctl", "print", f"{domain}/{name}"), r"^\s*state = running$")


# -- Windows ---------------------------------------------------------------------------------------
def _task(name: str, workspace: Workspace, command: Sequence[str]) -> Service:
    program = PurePath(command[0])
    quiet = program.with_name("pythonw.exe") if program.name.lower() == "python.exe" else program  # no console
    text = f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>folderkit watches {escape(str(workspace.root))}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Principals><Principal id="Author"><LogonType>InteractiveToken</LogonType>\
<RunLevel>LeastPrivilege</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>255</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Author"><Exec><Command>{escape(str(quiet))}</Command>\
<Arguments>{escape(subprocess.list2cmdline(command[1:]))}</Arguments>\
<WorkingDirectory>{escape(str(workspace.root))}</WorkingDirectory></Exec></Actions>
</Task>
"""
    file = workspace.state / "watch-task.xml"
    return Service(name, file, text.encode("utf-16"),
                   (("schtasks", "/Create", "/F", "/TN", name, "/XML", str(file)), ("schtasks", "/Run", "/TN", name)),
                   (("schtasks", "/End", "/TN", name), ("schtasks", "/Delete", "/F", "/TN", name)),
                   ("schtasks", "/Query", "/TN", name),
                   ("powershell", "-NoProfile", "-NonInteractive", "-Command",
                    f"if ((Get-ScheduledTask -TaskName '{name}' -ErrorAction Stop).State -eq 'Running') {{ exit 0 }} "
                    "else { exit 1 }"))
