"""The watching loop: a hint, a scan, the texts, again. One per workspace."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from folderkit.core.errors import FolderkitError, Refused
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.core.workspace import Workspace
from folderkit.operations.reconcile import Scan, scan
from folderkit.store import Clock, Store
from folderkit.watch import Hints, is_temporary

FULL_SCAN_SECONDS = 600.0  # events are hints: so often the disk is asked without one
RETRY_SECONDS = 2.0
_LOG = logging.getLogger(__name__)


def watch(workspace: Workspace, clock: Clock, stop: threading.Event, tell: Callable[[Scan], None],
          ready: Callable[[], None]) -> None:
    """Scan, then scan again whenever something changes, until `stop` is set. `tell` gets every scan that found
    something; `ready` is called once the first one is done. Raises `Refused` when a watch runs already."""
    lock = Lock(workspace.state / "watch.lock")
    if not lock.acquire(0):
        raise Refused(Text("A watch already runs for this workspace.", "这个工作区已经有 watch 在运行。"),
                      Text("Stop it first, or leave it at that.", "请先停止它，或让它继续运行。"))
    hints = Hints(workspace.root, lambda name: is_temporary(name, workspace.settings.ignore))
    try:
        hints.start()  # before the first scan, so that nothing falls between the two
        with Store(workspace, clock) as store:
            _scan(store, (), hints, tell)
            ready()
            _serve(store, hints, stop, tell)
    finally:
        hints.stop()
        lock.release()


def _serve(store: Store, hints: Hints, stop: threading.Event, tell: Callable[[Scan], None]) -> None:
    waited = 0.0
    while not stop.is_set():
        paths = hints.wait(1.0)
        waited = 0.0 if paths else waited + 1.0
        if paths:
            _scan(store, _projects_of(store.workspace, paths), hints, tell)
        elif waited >= FULL_SCAN_SECONDS or not hints.alive:
            waited = 0.0
            _scan(store, (), hints, tell)


def _projects_of(workspace: Workspace, paths: list[str]) -> list[Path]:
    """The project folders that hold the paths; none, so all, when one lies in no project."""
    folders = list(workspace.project_folders())
    found = {next((folder for folder in folders if Path(path).is_relative_to(folder)), None) for path in paths}
    return [] if None in found else [folder for folder in found if folder]


def _scan(store: Store, only: list[Path] | tuple[()], hints: Hints, tell: Callable[[Scan], None]) -> None:
    """One scan; a failure (a full disk, say) is told and tried again, and never ends the watch."""
    try:
        result = scan(store, only, why="watch")
        store.read_texts()
    except FolderkitError as error:
        _LOG.error("%s", error)
        result = Scan(troubles=[("", error.message)])
        hints.again(str(store.workspace.root), 10 * RETRY_SECONDS)
    for change in result.changes:
        if change.kind == "busy":
            hints.again(str(store.workspace.root / change.path), RETRY_SECONDS)
    if result.changes or result.troubles:
        tell(result)
