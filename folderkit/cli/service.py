"""Commands of the service: install, status, remove."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.workspace import Workspace
    from folderkit.operations.service import Service


@click.group("service", cls=words.Group, about=Text(
    "Have the system run the watch of this workspace whenever you are logged in.",
    "让系统在您登录时自动运行本工作区的 watch。"))
def service_command() -> None:
    pass


@service_command.command("install", cls=words.Command, about=Text(
    "Install the service and start it: systemd on Linux, launchd on macOS, the Task Scheduler on Windows.",
    "安装并启动服务：Linux 用 systemd，macOS 用 launchd，Windows 用任务计划程序。"))
@words.dry_run_option
@pass_app
def install_command(app: App, dry_run: bool) -> None:
    from folderkit.operations.service import install

    workspace = app.workspace()
    service = _service(app, workspace)
    if dry_run:
        click.echo(service.content.decode("utf-16" if service.content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"))
        app.note(Text(f"This would be written to '{service.file}'.", f"将写入“{service.file}”。"))
        return
    install(service, workspace)
    app.say(Text(f"The watch runs now, and whenever you log in ({service.file}).",
                 f"watch 已启动，今后登录时自动运行（{service.file}）。"))


@service_command.command("status", cls=words.Command, about=Text(
    "Tell whether the service is installed and runs. Exit code 4 when it does not.",
    "显示服务是否已安装、是否在运行。未运行时退出码为 4。"))
@words.json_option
@pass_app
def status_command(app: App, as_json: bool) -> None:
    from folderkit.operations.service import status

    workspace = app.workspace()
    service = _service(app, workspace)
    found = status(service, workspace)
    if as_json:
        app.json({"file": service.file, **found._asdict()})
    elif not found.installed:
        app.say(Text("The service is not installed. Install it: folderkit service install",
                     "服务没有安装。安装：folderkit service install"))
        if found.watched:
            app.say(Text("A watch runs that somebody started.", "有人启动的 watch 正在运行。"))
    elif found.active:
        app.say(Text(f"The service runs ({service.file}).", f"服务正在运行（{service.file}）。"))
    else:
        app.say(Text(f"The service is installed ({service.file}), and the system does not run it.",
                     f"服务已安装（{service.file}），但系统没有运行它。"))
    if not found.active:
        raise click.exceptions.Exit(4)


@service_command.command("remove", cls=words.Command, about=Text(
    "Stop the service and take it away. Versions and files stay.", "停止并移除服务。版本和文件都保留。"))
@pass_app
def remove_command(app: App) -> None:
    from folderkit.operations.service import remove

    service = _service(app, app.workspace())
    if remove(service):
        app.say(Text("The service is removed.", "服务已移除。"))
    else:
        app.say(Text("The service is not installed.", "服务没有安装。"))


def _service(app: App, workspace: Workspace) -> Service:
    from folderkit.operations.service import describe

    command = [sys.executable, "-P", "-m", "folderkit", "watch", "--log", "-C", str(workspace.root), "--lang",
               app.language]
    return describe(workspace, command, sys.platform, Path.home())
