"""Extractors at work beside each other: both cores read, and no file waits for what another takes too long for."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from folderkit.core.processes import cores
from folderkit.extract.extractor import Abandoned, Extractor

if TYPE_CHECKING:
    from types import TracebackType

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

_MANY = 8
"""Files from which on a second worker is worth its start."""
_MOST = 2
_AHEAD = 8
"""Results that wait for who asked for them, until no other file is begun: each may be of ten million characters."""
_LOOK_SECONDS = 0.25


class Extractors:
    """One extractor, and a second one while there is much to read. A context manager; usable again after `close`."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._crew = [Extractor(seconds) for _ in range(min(_MOST, cores()))]

    def __enter__(self) -> Extractors:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def worker_pids(self) -> list[int]:
        """The numbers of the workers' processes."""
        return [pid for extractor in self._crew if (pid := extractor.worker_pid) is not None]

    def close(self) -> None:
        """End the workers."""
        for extractor in self._crew:
            extractor.close()

    def each(self, wanted: Sequence[Key], read: Callable[[Extractor, Key], Result], *,
             until: Callable[[], bool] | None = None, slow: Callable[[Key], bool] | None = None,
             ) -> Generator[tuple[Key, Result], None, None]:
        """Have each read, and give it back with what came of it, in the order in which they are done. What `read`
        raises ends this. As soon as `until` says so, and one has been read, no other is begun, and those that are
        `slow` are given up, and not given back. `read` is called in threads, but for a few that are not slow."""
        if len(wanted) < _MANY and not (slow and any(map(slow, wanted))):
            return _one_by_one(self._crew[0], wanted, read, until)
        return _Shift(self._crew, wanted, read).each(until or (lambda: False), slow or (lambda key: False))


def _one_by_one(extractor: Extractor, wanted: Sequence[Key], read: Callable[[Extractor, Key], Result],
                until: Callable[[], bool] | None) -> Generator[tuple[Key, Result], None, None]:
    extractor.resume()
    for key in wanted:
        yield key, read(extractor, key)
        if until and until():
            return


@dataclass(frozen=True)
class _Failed:
    """What reading one raised."""

    error: Exception


class _Ended:
    """A thread has nothing more to read."""


class _Shift(Generic[Key, Result]):
    """What is being read, and by whom: a thread for each extractor takes what is next and puts down what came of it.

    No futures: to wait for them took as much of the interpreter as all else that the parent does for a file.
    """

    def __init__(self, crew: Sequence[Extractor], wanted: Sequence[Key],
                 read: Callable[[Extractor, Key], Result]) -> None:
        self._threads = [threading.Thread(target=self._work, args=(one,), name="extract", daemon=True) for one in crew]
        self._left = deque(wanted)
        self._read = read
        self._lock = threading.Lock()
        self._running: dict[Extractor, Key] = {}
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()  # a semaphore takes ten times as long
        for _ in range(_AHEAD):
            self._room.put(None)
        self._done: queue.SimpleQueue[tuple[Key, Result] | _Failed | _Ended] = queue.SimpleQueue()

    def each(self, until: Callable[[], bool], slow: Callable[[Key], bool]) -> Generator[tuple[Key, Result], None, None]:
        at_work, given = len(self._threads), False
        try:
            for thread in self._threads:
                thread.start()
            while at_work:
                done = self._next()
                if isinstance(done, _Failed):
                    raise done.error
                if isinstance(done, _Ended):
                    at_work -= 1
                elif done:
                    self._room.put(None)
                    yield done
                    given = True
                if given and until():
                    self._stop(slow)
        finally:
            self._end()

    def _end(self) -> None:
        """Have the threads end. Nothing runs any more, unless it is interrupted or has failed."""
        self._stop(lambda key: True)
        for thread in self._threads:
            if thread.is_alive():
                self._room.put(None)  # it may be waiting for some
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _next(self) -> tuple[Key, Result] | _Failed | _Ended | None:
        """What was put down next; None when it takes a while."""
        try:
            return self._done.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            return None

    def _stop(self, is_given_up: Callable[[Key], bool]) -> None:
        """Begin no other, and give up some of those that are being read."""
        with self._lock:
            self._left.clear()
            for extractor, key in self._running.items():
                if is_given_up(key):
                    extractor.abandon()

    def _work(self, extractor: Extractor) -> None:
        """Read one after the other until none is left. In a thread of its own."""
        try:
            while True:
                self._room.get()
                with self._lock:
                    if not self._left:
                        break
                    key = self._running[extractor] = self._left.popleft()
                    extractor.resume()
                self._read_one(extractor, key)
        except Exception as error:  # noqa: BLE001 - the boundary of a thread: it is raised in the one that asked
            self._done.put(_Failed(error))
        finally:
            self._done.put(_Ended())

    def _read_one(self, extractor: Extractor, key: Key) -> None:
        try:
            result = self._read(extractor, key)
        except Abandoned:
            self._room.put(None)
        else:
            self._done.put((key, result))
        finally:
            with self._lock:
                del self._running[extractor]
