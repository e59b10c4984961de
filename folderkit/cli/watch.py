"""The command that keeps versions as files change, and how it is doing: watch."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, named, now, pass_app
from folderkit.cli.output import echo
from folderkit.cli.scan import line
from folderkit.core.errors import Misuse
from folderkit.core.language import Text, same
from folderkit.core.terminal import plain

LOG_FILE, LOG_BYTES, LOG_FILES = "watch.log", 1_000_000, 5

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from folderkit.aside import Parked
    from folderkit.core.workspace import Workspace
    from folderkit.operations.reconcile import Scan
    from folderkit.watch.health import Health


@words.command("watch", Text(
    "Watch the workspace: as soon as a file is saved or dropped, keep its version and make it findable. "
    "Stop with Ctrl-C.",
    "监视工作区：文件一保存或放入，就保存版本并可查找。按 Ctrl-C 停止。"))
@words.option("--status", "only_status", is_flag=True, about=Text(
    "Only tell how the watch is doing that runs, or ran last.", "只显示正在运行（或上次运行）的 watch 的状况。"))
@words.option("--log", is_flag=True, about=Text(
    "Tell what happens in the file watch.log of the private state, not here; it is begun anew before it gets long.",
    "把发生的事写入私有数据中的 watch.log，而不在此显示；文件变长前会另起新文件。"))
@words.json_option
@pass_app
def watch_command(app: App, only_status: bool, log: bool, as_json: bool) -> None:
    if only_status:
        _tell_status(app, as_json=as_json)
        return
    if as_json:
        raise Misuse(Text("--json goes with --status.", "--json 须与 --status 一起使用。"))
    from folderkit.service import watch

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with app.store() as store:  # finishes what an earlier run left half done
        workspace = store.workspace
    telling = _Telling(app, workspace, _log_to(workspace.state / LOG_FILE) if log else None)
    watch(workspace, now, stop, telling.tell, telling.ready)
    telling.note(Text("Stopped; every version is kept.", "已停止；所有版本都已保存。"))


class _Telling:
    """Tells what a watch does, on the terminal or, with `write`, in a log."""

    def __init__(self, app: App, workspace: Workspace, write: Callable[[str], None] | None) -> None:
        self._app, self._workspace, self._write = app, workspace, write
        self._folders: dict[str, str] = {}
        self._told: set[object] = set()

    def tell(self, result: Scan) -> None:
        self._folders.update(result.folders)
        for change in result.changes:
            if change.kind not in ("skipped", "busy") or self._first_time(change):
                self._line(line(self._app, change, self._folders))
        for (batch, entered), count in Counter((change.batch, change.kind == "entered") for change in result.changes
                                               if change.batch).items():
            filed = Text(f"{count} filed.", f"已归档 {count} 个。")
            done = Text("Entered.", "已登记。") if entered else filed
            self._line(Text(f"{done.en} To take it back: folderkit undo {batch}",
                            f"{done.zh}撤销：folderkit undo {batch}").in_(self._app.language))
        if result.whole:  # a scan of some projects does not see the troubles of others
            self._told -= {trouble for trouble in self._told if isinstance(trouble, tuple)} - set(result.troubles)
        for folder, reason in filter(self._first_time, result.troubles):
            self._warn(named(folder, reason) if folder else reason)

    def _line(self, text: str) -> None:
        if self._write:
            self._write(click.unstyle(text))
        else:
            echo(f"{now().astimezone():%H:%M:%S}  {text}")

    def _first_time(self, told_once: object) -> bool:
        """What stays as it is, such as a link that is skipped, is told once and not after every scan."""
        known = told_once in self._told
        self._told.add(told_once)
        return not known

    def ready(self) -> None:
        place = self._workspace.root
        self.note(Text(f"Watching {place} (process {os.getpid()}). Stop with Ctrl-C.",
                       f"正在监视 {place}（进程 {os.getpid()}）。按 Ctrl-C 停止。"))

    def note(self, text: Text) -> None:
        if self._write:
            self._write(text.in_(self._app.language))
        else:
            self._app.note(text)

    def _warn(self, text: Text) -> None:
        if self._write:
            self._write(text.in_(self._app.language))
        else:
            self._app.warn(text)


def _log_to(path: Path) -> Callable[[str], None]:
    """A log that keeps the last few megabytes; also what folderkit itself logs goes there."""
    import logging

    from folderkit.cli.log_file import LogFile

    handler = LogFile(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s"))
    logging.raiseExceptions = False  # a log that cannot be written ends nothing
    logger = logging.getLogger("folderkit")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
    return logger.info


# -- how it is doing -------------------------------------------------------------------------------
def _tell_status(app: App, *, as_json: bool) -> None:
    from folderkit.aside import not_here, parked
    from folderkit.watch.health import watch_status

    with app.store() as store:
        running, health = watch_status(store.workspace.state)
        incomplete = [f"{folder}/{path}" for folder, path in store.catalog.incomplete()]
        stay, away = parked(store), not_here(store)
        free = shutil.disk_usage(store.workspace.vault).free
    if as_json:
        app.json({**_as_data(running, health), "incomplete": incomplete, "parked": [one._asdict() for one in stay],
                  "not_here": away, "free_bytes": free})
        return
    app.say(summary(running, health))
    if health and running:
        _print_health(app, health)
    for one in health.waiting if health else ():
        since = dt.datetime.fromtimestamp(one.since).astimezone()
        path = plain(one.path)
        app.say(Text(f"    waits for {path} since {since:%Y-%m-%d %H:%M:%S}: {one.reason[0]}",
                     f"    等待 {path}（自 {since:%Y-%m-%d %H:%M:%S}）：{one.reason[1]}"))
    for path in incomplete:
        app.say(Text(f"    not complete: {plain(path)}", f"    不完整：{plain(path)}"))
    _print_parked(app, stay)
    _print_away(app, away)


def _print_parked(app: App, stay: list[Parked]) -> None:
    from folderkit.cli.output import counted

    if stay:
        verb = "stays: it has" if len(stay) == 1 else "stay: they have"
        app.say(Text(f"    {counted(len(stay), 'temporary file')} {verb} no versions",
                     f"    {len(stay)} 个临时文件一直没有清理，不保存版本"))
    for one in stay:
        path = plain(one.path)
        app.say(Text(f"        {path} ({one.since.astimezone():%Y-%m-%d %H:%M})",
                     f"        {path}（{one.since.astimezone():%Y-%m-%d %H:%M}）"))


def _print_away(app: App, away: list[str]) -> None:
    from folderkit.cli.output import counted

    if away:
        verb = "is" if len(away) == 1 else "are"
        app.say(Text(f"    {counted(len(away), 'file')} {verb} not on this computer and not kept; open to download",
                     f"    {len(away)} 个文件的内容不在这台电脑上，没有保存；打开即可下载"))
    for path in away:
        app.say(same(f"        {plain(path)}"))


def _as_data(running: bool, health: Health | None) -> dict[str, Any]:
    """What a watch said of itself, by the same keys also when none ever ran."""
    from folderkit.watch.health import Health as Keys

    data: dict[str, Any] = health._asdict() if health else dict.fromkeys(Keys._fields)
    waiting = [{**one._asdict(), "since": dt.datetime.fromtimestamp(one.since, dt.UTC), "reason": one.reason[0]}
               for one in (health.waiting if health else ())]
    times = {key: dt.datetime.fromtimestamp(data[key], dt.UTC) if data[key] else None for key in ("started", "scanned")}
    return {"running": running, **data, **times, "frozen": data["frozen"] or (), "waiting": waiting,
            "oldest_waiting": waiting[0]["since"] if waiting else None}


def summary(running: bool, health: Health | None) -> Text:
    """Whether a watch runs, in one line."""
    if health is None or not running:
        return Text("Watch: none runs now. Start it: folderkit watch", "监视：没有运行。启动：folderkit watch")
    started = dt.datetime.fromtimestamp(health.started).astimezone()
    waits = len(health.waiting)
    return Text(f"Watch: runs since {started:%Y-%m-%d %H:%M} (process {health.process}); "
                f"waits for {waits} file{'' if waits == 1 else 's'}.",
                f"监视：自 {started:%Y-%m-%d %H:%M} 运行（进程 {health.process}），等待 {waits} 个文件。")


def _print_health(app: App, health: Health) -> None:
    if not health.scanned:
        app.say(Text("    the first scan has not ended yet", "    首次扫描尚未结束"))
        return
    scanned = f"{dt.datetime.fromtimestamp(health.scanned).astimezone():%Y-%m-%d %H:%M:%S}"
    took, every = f"{health.seconds:.2f}", f"{health.every:.0f}"
    app.say(Text(f"    last scan of everything {scanned}, in {took} s; one every {every} s",
                 f"    上次全面扫描 {scanned}，用时 {took} 秒；每 {every} 秒一次"))
    lost = health.overflows
    app.say(Text(f"    {health.folders} folders, {health.unwatched} of them not watched; events were lost {lost} times",
                 f"    {health.folders} 个文件夹，其中 {health.unwatched} 个未被监视；系统丢失事件 {lost} 次"))
    for folder in health.frozen:
        app.warn(named(folder, Text("many files are missing; none is recorded as gone", "许多文件不见了，未记为删除")))
