"""A lock that dies with its process: an operating-system lock on a file, never the file's existence."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from folderkit.core.errors import Refused
from folderkit.core.language import Text

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

POLL_SECONDS = 0.02
BUSY_SECONDS = 60.0  # how long a command waits for another one's batch
_HELD = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)  # what a lock says that another holds


class Lock:
    """An exclusive lock on `path`. As a context manager it waits, and raises `Refused` when it waited in vain;
    one holder may not take it twice.

    With a `queue`, a second file on which who waits stands in line, one that takes the lock again and again, batch
    after batch, lets who waits in between."""

    def __init__(self, path: Path, queue: Path | None = None) -> None:
        self.path = path
        self._queue = queue
        self._stream: IO[bytes] | None = None

    def acquire(self, timeout: float) -> bool:
        """Take the lock, waiting up to `timeout` seconds; False when another process kept it.
        Raises `OSError` where the file cannot be made or locked at all, also when its folder is not there."""
        deadline = time.monotonic() + timeout
        with contextlib.ExitStack() as opened:
            stream = opened.enter_context(self.path.open("a+b"))
            with self._queue.open("a+b") if self._queue else contextlib.nullcontext() as queue:
                if not ((queue is None or _wait(queue, deadline)) and _wait(stream, deadline)):
                    return False
            opened.pop_all()
        self._stream = stream
        return True

    @property
    def held(self) -> bool:
        return self._stream is not None

    def lost(self) -> bool:
        """Whether the file that is locked is not at its path any more: another process could lock a new one."""
        if self._stream is None:
            return False
        try:
            return not os.path.samestat(os.fstat(self._stream.fileno()), self.path.stat())
        except FileNotFoundError:
            return True

    def release(self) -> None:
        if self._stream is not None:
            self._stream.close()  # closing gives the lock up
            self._stream = None

    def __enter__(self) -> Lock:
        if not self.acquire(BUSY_SECONDS):
            raise Refused(
                Text("Another folderkit is writing to this workspace and does not finish.",
                     "另一个 folderkit 正在写入这个工作区，一直没有结束。"),
                Text("Wait for it, or stop it, then run the command again.", "请等它结束或停止它，再运行一次。"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def writers_lock(vault: Path) -> Lock:
    """The lock of a vault that is held by who writes."""
    return Lock(vault / "write.lock", vault / "write.queue")


def _wait(stream: IO[bytes], deadline: float) -> bool:
    while not _try_lock(stream):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _try_lock(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
