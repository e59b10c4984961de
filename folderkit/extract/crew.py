"""Extractors at work beside each other: both cores read, and no file waits for what another takes too long for."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from folderkit.extract.extractor import Abandoned, Extractor

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor
    from types import TracebackType

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

_MANY = 8
"""Files from which on a second worker is worth its start."""
_MOST = 2
_LOOK_SECONDS = 0.25


class Extractors:
    """One extractor, and a second one while there is much to read. A context manager; usable again after `close`."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._crew = [Extractor(seconds) for _ in range(min(_MOST, _cores()))]

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
        return _Shift(self._crew, read, slow or (lambda key: False)).each(wanted, until or (lambda: False))


def _cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _one_by_one(extractor: Extractor, wanted: Sequence[Key], read: Callable[[Extractor, Key], Result],
                until: Callable[[], bool] | None) -> Generator[tuple[Key, Result], None, None]:
    for key in wanted:
        yield key, read(extractor, key)
        if until and until():
            return


class _Shift(Generic[Key, Result]):
    """What is being read, and by whom."""

    def __init__(self, crew: Sequence[Extractor], read: Callable[[Extractor, Key], Result],
                 slow: Callable[[Key], bool]) -> None:
        self._free = list(crew)
        self._read = read
        self._slow = slow
        self._running: dict[Future[Result], tuple[Extractor, Key]] = {}

    def each(self, wanted: Sequence[Key], until: Callable[[], bool]) -> Generator[tuple[Key, Result], None, None]:
        from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

        left, given = deque(wanted), 0
        with ThreadPoolExecutor(len(self._free), "extract") as pool:
            try:
                while left or self._running:
                    while left and self._free:
                        self._begin(pool, left.popleft())
                    done, _ = wait(self._running, _LOOK_SECONDS, FIRST_COMPLETED)
                    for key, result in self._finished(done):
                        yield key, result
                        given += 1
                    if given and until():
                        left.clear()
                        self._abandon(self._slow)
            finally:  # nothing runs, unless it is interrupted or has failed
                self._abandon(lambda key: True)

    def _begin(self, pool: ThreadPoolExecutor, key: Key) -> None:
        extractor = self._free.pop()
        extractor.resume()
        self._running[pool.submit(self._read, extractor, key)] = (extractor, key)

    def _finished(self, done: set[Future[Result]]) -> Iterator[tuple[Key, Result]]:
        for future in done:
            extractor, key = self._running.pop(future)
            self._free.append(extractor)
            try:
                result = future.result()
            except Abandoned:
                continue
            yield key, result

    def _abandon(self, which: Callable[[Key], bool]) -> None:
        for extractor, key in self._running.values():
            if which(key):
                extractor.abandon()
