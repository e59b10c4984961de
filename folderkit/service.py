"""The watching loop: a hint, a scan, the texts, again. One per workspace."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from folderkit.core.errors import Failed, FolderkitError, Refused, os_failure
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.core.settings import FILE
from folderkit.core.workspace import Workspace, remote_places
from folderkit.entering import enter_waiting, waiting
from folderkit.extract import Extractors
from folderkit.operations.file import Sorter
from folderkit.operations.reconcile import Change, Scan, scan
from folderkit.store import Clock, Store, database_failure, make_private
from folderkit.texts import read_texts
from folderkit.vault import FORMAT_FILE
from folderkit.watch import Patience, is_temporary
from folderkit.watch.health import HEALTH_FILE, LOCK_FILE, Health, read_health, write_health
from folderkit.watch.hints import Hints

FULL_SCAN_SECONDS = 600.0  # events are hints: so often the disk is asked without one
POLL_SECONDS = 10.0  # where the system does not tell of changes: so often, and for no more than a share of the time
_SHARE = 20.0
RETRY_SECONDS = 20.0  # after a failure
ENTER_SECONDS, LONGEST_SECONDS = 10.0, 160.0  # until an open register is looked at again: closing gives no hint
WORKER_SECONDS = 60.0  # without a text to read, and the program that reads them ends
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # without a log, what is told in the person's language is enough


def watch(workspace: Workspace, clock: Clock, stop: threading.Event, tell: Callable[[Scan], None],
          ready: Callable[[], None]) -> None:
    """Scan, then scan again whenever something changes, until `stop` is set. `tell` gets every scan that found
    something, and every one of everything; `ready` is called once the first one is done. When the private state is
    deleted under it, that is told, and it begins afresh. Raises `Refused` when a watch runs already, or the workspace
    itself is gone."""
    hints = Hints(workspace.root, lambda name, folder: is_temporary(name, workspace.settings.ignore, folder=folder))
    loop, begun = _Loop(workspace, hints, tell, stop), False
    try:
        while not stop.is_set():
            with not_watched(workspace) as lock:
                if not begun:
                    loop.note_start()
                    _start(hints)  # before the first scan, so that nothing falls between the two
                with Store(workspace, clock) as store:
                    loop.scan(store, lock)
                    if not begun:
                        ready()
                        _notify("READY=1")
                    begun = True
                    loop.serve(store, lock)
            if not stop.is_set():
                _refuse_gone(workspace)
                tell(Scan(troubles=[("", _state_gone(workspace))]))
    finally:
        _notify("STOPPING=1")
        hints.stop()
        loop.close()


def _notify(state: str) -> None:
    """Tell systemd, when it runs this, as sd_notify(3) says."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stream:
            stream.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


def _refuse_gone(workspace: Workspace) -> None:
    if not (workspace.root / FILE).is_file():
        raise Refused(Text(f"The workspace '{workspace.root}' is gone.", f"工作区“{workspace.root}”不见了。"),
                      Text("If it was moved, start the watch there.", "如果已移动，请在新位置启动 watch。"))


def _state_gone(workspace: Workspace) -> Text:
    if (workspace.vault / FORMAT_FILE).exists():
        return Text(f"folderkit's private state in '{workspace.state}' was deleted or moved away; it is made again "
                    "from the vault.", f"“{workspace.state}”中的 folderkit 私有数据被删除或移走，现根据版本库重建。")
    return Text(f"folderkit's private state in '{workspace.state}' was deleted or moved away, and with it the versions "
                "kept so far; the watch begins afresh with the files as they are now.",
                f"“{workspace.state}”中的 folderkit 私有数据被删除或移走，此前的版本也随之不在；"
                "watch 现以各文件当前的内容重新开始。")


@contextlib.contextmanager
def not_watched(workspace: Workspace) -> Iterator[Lock]:
    """Hold the place of the one watch that a workspace may have. Raises `Refused` when it is taken."""
    make_private(workspace.state)
    lock = Lock(workspace.state / LOCK_FILE)
    if not lock.acquire(1.0):  # a moment: `watch_status` holds it to see whether it is held
        raise Refused(Text("A watch already runs for this workspace.", "这个工作区已经有 watch 在运行。"),
                      Text("Stop it first, or leave it at that.", "请先停止它，或让它继续运行。"))
    try:
        yield lock
    finally:
        lock.release()


def _start(hints: Hints) -> None:
    try:
        hints.start()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EMFILE):
            raise
        raise Failed(
            Text("The system does not let folderkit watch so many folders.", "系统不允许监视这么多文件夹。"),
            Text("Raise its limit: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512",
                 "请提高上限：sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512")
        ) from None


def _projects_of(workspace: Workspace, paths: Iterable[str]) -> list[Path]:
    """The project folders that hold the paths; none, so all, when one lies in no project."""
    folders = {str(folder): folder for folder in workspace.project_folders()}
    found = set()
    for path in {path if path in folders else os.path.dirname(path) for path in paths}:  # noqa: PTH120  of thousands
        above = path
        while above not in folders and len(above) > len(str(workspace.root)):
            above = os.path.dirname(above)  # noqa: PTH120
        found.add(folders.get(above))
    return [] if None in found else [folder for folder in found if folder]


class _Loop:
    """Scans on every hint, again for what was not whole, and everything now and then."""

    def __init__(self, workspace: Workspace, hints: Hints, tell: Callable[[Scan], None], stop: threading.Event) -> None:
        self._hints, self._tell, self._stop = hints, tell, stop
        self._extractors = Extractors()  # kept from scan to scan: a worker takes longer to start than a text to read
        self._file = workspace.state / HEALTH_FILE
        before = read_health(self._file)
        self._patience = Patience(before.waiting if before else ())
        self._health = Health(os.getpid(), time.time(), every=FULL_SCAN_SECONDS)
        self._last = self._read = time.monotonic()
        self._sorter, self._forgot = Sorter(), time.monotonic()
        self._entering: dict[str, float] = {}  # by entry that waits: the seconds until it was to be tried again
        self._asked = 0.0

    def note_start(self) -> None:
        """Write down that this watch runs, and what the last one waited for; the first scan tells when it cannot be
        written to that disk."""
        self._health = self._health._replace(waiting=self._patience.waiting())
        with contextlib.suppress(OSError):
            write_health(self._file, self._health)

    def close(self) -> None:
        self._extractors.close()

    def serve(self, store: Store, lock: Lock) -> None:
        """Until `stop` is set or the private state is gone, and with it the file of the lock."""
        while not self._stop.is_set():
            paths = self._hints.wait(1.0)
            if lock.lost():
                return
            if time.monotonic() - self._last >= self._health.every:
                self.scan(store, lock)
            elif paths:
                self.scan(store, lock, _projects_of(store.workspace, paths))
            elif folders := self._with_new_entries(store):
                self.scan(store, lock, folders)
            elif time.monotonic() - self._read >= WORKER_SECONDS:
                self._extractors.close()

    def scan(self, store: Store, lock: Lock, only: Sequence[Path] = ()) -> None:
        """One scan; a failure (a full disk, say) is told and tried again, and never ends the watch. Nothing is told of
        what was kept in, or failed for, a private state that was deleted meanwhile."""
        result = Scan()
        began = time.monotonic()
        try:
            result = scan(store, only, why="watch", patience=self._patience)
            read_texts(store, by=self._extractors, until=self._is_wanted, letters=True)
            self._read = time.monotonic()
            self._note(store, result, None if only else time.monotonic() - began)
            self._sort(store, result)
            self._enter(store, result)
        except (FolderkitError, OSError, sqlite3.Error) as error:
            _LOG.warning("%s", error)
            if isinstance(error, sqlite3.Error):
                error = database_failure(store.workspace, error)
            elif isinstance(error, OSError):
                error = os_failure(Text("watch", "监视"), error, store.workspace.root)
            result.troubles.append(("", error.message))
            self._hints.again(str(store.workspace.root), RETRY_SECONDS)
        if not only:
            self._last = time.monotonic()
        for path, seconds in result.again.items():
            self._hints.again(path, seconds)
        if (result.changes or result.troubles or result.whole) and not lock.lost():
            self._tell(result)

    def _sort(self, store: Store, result: Scan) -> None:
        """Sort the inboxes of what was scanned, when the watch is to; what stays is left to the command `file`."""
        if store.workspace.settings.filing != "watch":
            return
        if result.whole and time.monotonic() - self._forgot >= FULL_SCAN_SECONDS:  # rules may have changed
            self._sorter.forget()
            self._forgot = time.monotonic()
        done = self._sorter.sort(store, result.scanned, store.clock().timestamp())
        result.again |= done.again
        result.troubles += done.troubles
        result.changes += [Change("noted" if one.action == "noted" else "filed", one.project.id, one.path,
                                  old="" if one.action == "noted" else one.row.path, reason=one.reason or one.clues,
                                  batch=batch) for batch, one in done.filed]
        result.changes += [Change("busy", one.project.id, one.path, reason=one.reason) for one in done.waiting]

    def _with_new_entries(self, store: Store) -> list[Path]:
        """The folders of projects for whose registers something was entered that this watch has not tried yet."""
        if time.monotonic() - self._asked < ENTER_SECONDS:
            return []
        self._asked = time.monotonic()
        new = {entry.project for entry in waiting(store.workspace) if entry.id not in self._entering}
        return [store.workspace.root / row.folder for row in store.catalog.projects() if row.id in new]

    def _enter(self, store: Store, result: Scan) -> None:
        """Enter in the registers of what was scanned what waits for them to be closed."""
        folders = {project.id: project.folder for project in result.scanned}
        for done in enter_waiting(store, result.scanned):
            entry = done.entry
            if done.reason is None:
                self._entering.pop(entry.id, None)
                result.changes.append(Change("entered", entry.project, done.path, batch=entry.id,
                                             reason=Text(done.row, done.row)))
                continue
            seconds = min(self._entering.get(entry.id, 0.0) * 2 or ENTER_SECONDS, LONGEST_SECONDS)
            self._entering[entry.id] = seconds
            if done.waits:
                result.again[str(folders[entry.project] / done.path)] = seconds

    def _is_wanted(self) -> bool:
        """Whether texts, of which there may be thousands, have to wait: versions come first."""
        return self._stop.is_set() or self._hints.ripe()

    def _note(self, store: Store, result: Scan, seconds: float | None) -> None:
        """Write down how the watch is doing; after a scan of everything, which took `seconds`, look whether the system
        watches every folder."""
        seen = {result.folders[project.id] for project in result.scanned}
        others = [] if result.whole else [one for one in self._health.frozen if one not in seen]
        health = self._health._replace(overflows=self._hints.overflows, watches=self._hints.watches,
                                       waiting=self._patience.waiting(), frozen=(*others, *result.frozen))
        if seconds is not None:
            folders = [os.path.join(store.workspace.root, project.folder, path).rstrip("/")  # noqa: PTH118
                       for project in store.catalog.projects() for path in store.catalog.folders(project.id)]
            unwatched = self._hints.watch_all(folders)
            polled = bool(unwatched or remote_places(store.workspace.root)) or not self._hints.alive
            every = min(max(POLL_SECONDS, _SHARE * seconds), FULL_SCAN_SECONDS) if polled else FULL_SCAN_SECONDS
            health = health._replace(scanned=time.time(), seconds=round(seconds, 3), folders=len(folders), every=every,
                                     unwatched=unwatched)
            if unwatched:
                result.troubles.append(("", _unwatched(unwatched, len(folders))))
        self._health = health
        write_health(self._file, health)


def _unwatched(count: int, of: int) -> Text:
    return Text(f"The system does not watch {count} of {of} folders; they are looked at now and then. Raise its limit: "
                "sudo sysctl fs.inotify.max_user_watches=524288",
                f"系统没有监视 {of} 个文件夹中的 {count} 个，改为定时查看。请提高上限："
                "sudo sysctl fs.inotify.max_user_watches=524288")
