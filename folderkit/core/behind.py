"""Work that is done behind: in a thread of its own, one piece after another, while who gives it goes on."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from folderkit.core.undisturbed import undisturbed

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


class Behind:
    """At most one piece of work is being done; the next waits for it. A context manager, at whose end all is done.

    What a piece raises comes out where the next one is given, or at the end; nothing is begun after it. Without a
    `thread` each is done at once.
    """

    def __init__(self, *, thread: bool) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None
        if thread:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(1, "behind")

    def __enter__(self) -> Behind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool:
            with undisturbed():  # at a second Ctrl-C, too, nothing may be taken from under the work
                self._pool.shutdown()
        if error is None:
            self._finish()

    def do(self, work: Callable[[], None]) -> None:
        """Do this when what was given before is done."""
        self._finish()
        if self._pool:
            self._last = self._pool.submit(work)
        else:
            work()

    def _finish(self) -> None:
        last, self._last = self._last, None
        if last:
            last.result()
