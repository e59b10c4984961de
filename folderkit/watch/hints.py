"""Hints from the operating system that something changed below a folder, collected until they are quiet."""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath
from typing import Any

from watchdog.events import (
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

CLOSED_SECONDS = 0.2  # a file that was closed or moved in is looked at so much later
WRITTEN_SECONDS = 2.0  # one that was only written to, so much after the last write
LATEST_SECONDS = 10.0  # … and one that never rests, so much after the first
_CLOSED = -1  # what watchdog keeps as the number of a watch that was denied
_OPEN = os.R_OK | os.X_OK
_AT_ONCE = {"closed", "moved", "deleted"}
# Not that something was opened or read: a scan itself does so, with every folder and every new file.
_WANTED: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileModifiedEvent, FileAttribEvent, FileClosedEvent, FileMovedEvent, FileDeletedEvent,
    DirCreatedEvent, DirAttribEvent, DirMovedEvent, DirDeletedEvent]
logging.getLogger("watchdog").addHandler(logging.NullHandler())  # what it says when it ends is for no user


class Hints(FileSystemEventHandler):
    """Watches `root` and says when it is time to scan. `ignored` tells, of a name and whether
    it is a folder's, that it gives no hint."""

    def __init__(self, root: Path, ignored: Callable[[str, bool], bool]) -> None:
        self._root = root
        self._ignored = ignored
        self._changed = threading.Condition()
        self._due: dict[str, float] = {}
        self._latest: dict[str, float] = {}  # of these, how far new events put them off
        self._observer = Observer()
        self.overflows = 0  # how often the system dropped events

    def start(self) -> None:
        """Begin to watch. Raises `OSError`: ENOSPC when the system does not watch even the root."""
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)  # of the second one that was denied
        self._observer.schedule(self, str(self._root), recursive=True, event_filter=_WANTED)
        self._observer.start()
        group = self._group()
        if group is not None:
            begin_anew = group.on_queue_overflow

            def on_queue_overflow() -> None:
                begin_anew()
                self._overflowed()

            group.on_queue_overflow = on_queue_overflow

    def _group(self) -> Any:
        """What holds watchdog's watches on Linux. It is none of its public names: a test says when it is another."""
        return next((getattr(emitter, "_inotify", None) for emitter in self._observer.emitters), None)

    def _overflowed(self) -> None:
        self.overflows += 1
        self._note(str(self._root), CLOSED_SECONDS)

    @property
    def watches(self) -> int | None:
        """How many folders the system watches; None where it does not say."""
        group = self._group()
        return None if group is None else sum(map(_is_watched, list(group._active_callbacks_by_path.values())))

    def watch_all(self, folders: Iterable[str]) -> int:
        """Have the system watch those of these folders below the root that it does not; what happened in them meanwhile
        is looked at. Returns how many it still does not watch, as when it watches as many as it may; what may not be
        read does not count."""
        group = self._group()
        if group is None:
            return 0
        left = [folder for folder in folders if not self._watches(group, folder) and os.access(folder, _OPEN)]
        for number, folder in enumerate(left):
            if folder.startswith(f"{self._root}{os.sep}"):
                with group._lock:
                    group._add_callback(os.fsencode(folder))
            if not self._watches(group, folder):
                return len(left) - number  # nor the next ones
            self._note(folder, CLOSED_SECONDS)
        return 0

    def _watch_opened(self, paths: Iterable[str]) -> None:
        """Watch the folders that could not be read before, and can now, with all in them."""
        group = self._group()
        for path in paths if group is not None else ():
            raw = os.fsencode(path)
            if not _is_watched(group._active_callbacks_by_path.get(raw, 0)) and os.access(path, _OPEN):
                with group._lock:
                    group._add_all_callbacks(raw)

    @staticmethod
    def _watches(group: Any, folder: str) -> bool:
        return _is_watched(group._active_callbacks_by_path.get(os.fsencode(folder), _CLOSED))

    def stop(self) -> None:
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()

    @property
    def alive(self) -> bool:
        """Whether events still come; False when the watching thread has ended."""
        return self._observer.is_alive()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Only note it: a slow handler makes the system drop events."""
        for raw in (event.src_path, event.dest_path):
            path = str(raw)
            if path and not self._is_ignored(path, event.is_directory):
                self._note(path, CLOSED_SECONDS if event.event_type in _AT_ONCE else WRITTEN_SECONDS)

    def _is_ignored(self, path: str, is_folder: bool) -> bool:
        *above, name = PurePath(path).relative_to(self._root).parts or (".",)
        return any(self._ignored(part, True) for part in above) or self._ignored(name, is_folder)

    def _note(self, path: str, seconds: float) -> None:
        with self._changed:
            now = time.monotonic()
            self._due[path] = min(now + seconds, self._latest.setdefault(path, now + LATEST_SECONDS))
            self._changed.notify()

    def again(self, path: str, seconds: float) -> None:
        """Look at `path` again later, since it did not hold still; what came meanwhile is not put off."""
        with self._changed:
            due = time.monotonic() + seconds
            self._due[path] = min(due, self._due.get(path, due))
            self._changed.notify()

    def wake(self) -> None:
        """End a `wait` at once."""
        with self._changed:
            self._changed.notify()

    def ripe(self) -> bool:
        """Whether a `wait` would end at once with paths."""
        with self._changed:
            return bool(self._due) and min(self._due.values()) <= time.monotonic()

    def wait(self, timeout: float) -> list[str]:
        """The paths that have been quiet long enough, as soon as there are any; none after `timeout` seconds."""
        with self._changed:
            if not self._due:
                self._changed.wait(timeout)
            if self._due:
                soonest = min(self._due.values()) - time.monotonic()
                if soonest > 0:
                    self._changed.wait(min(soonest, timeout))
            now = time.monotonic()
            ripe = [path for path, due in self._due.items() if due <= now]
            for path in ripe:
                del self._due[path]
                self._latest.pop(path, None)
        self._watch_opened(ripe)  # before they are looked at, so that nothing falls between the two
        return ripe


def _is_watched(number: int) -> bool:
    """Whether a number that watchdog keeps of a folder is one of the system's."""
    return number != _CLOSED
