"""One supervised worker process: started, asked with a limit of time, and ended for certain."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

import folderkit
from folderkit.extract.frames import read_frame, write_frame

_START_SECONDS = 60.0
"""A worker starts in a tenth of a second; a virus scanner or a sleeping disk may hold it up."""
_END_SECONDS = 2.0


class WorkerDiedError(Exception):
    """The worker ended instead of answering."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(_describe(exit_code))
        self.exit_code = exit_code


class WorkerProcess:
    """A running worker. Who asks waits for as long as it takes: a thread ends the worker when it takes too long, since
    a pipe is waited for with a limit on POSIX only, and one that took the answers cost a change of threads for each.
    """

    def __init__(self) -> None:
        # -P: `python -m` would otherwise import from the current folder, where a person's own json.py may lie.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "folderkit.extract.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._requests = cast("BinaryIO", self._process.stdin)
        self._output = cast("BinaryIO", self._process.stdout)
        self._changed = threading.Condition()
        self._due: float | None = None  # when the answer that is waited for is too late, by `time.monotonic`
        self._looks_at = math.inf  # when the watch will look whether it is
        self._is_late = self._is_gone = False
        self._watch = threading.Thread(target=self._end_when_late, name="extract-watch", daemon=True)
        self._watch.start()
        try:
            self._answer(_START_SECONDS)
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The worker's answer. Raises `WorkerDiedError`, or `TimeoutError` after `seconds`; then `kill` it."""
        with contextlib.suppress(OSError):  # it is dead: its exit code is told below
            write_frame(self._requests, request)
        return self._answer(seconds)

    def end(self) -> None:
        """Let the worker go (it ends when its input does), and see that it went."""
        with contextlib.suppress(OSError):
            self._requests.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self.kill()

    def end_at_once(self) -> None:
        """End the worker from another thread than the one that asks it, which then sees that it died."""
        self._process.kill()

    def kill(self) -> None:
        """End the worker at once; harmless when it is dead."""
        self._process.kill()
        self._process.wait()
        with self._changed:
            self._is_gone = True
            self._changed.notify()
        self._watch.join()
        for pipe in (self._requests, self._output):
            with contextlib.suppress(OSError):
                pipe.close()

    def _end_when_late(self) -> None:
        """End the process when its answer is due. Wakes up once in the time that one may take, and while none is
        waited for not at all."""
        with self._changed:
            while not self._is_gone:
                now = time.monotonic()
                if self._due is not None and self._due <= now:
                    self._is_late = True
                    self._process.kill()
                    return
                self._looks_at = math.inf if self._due is None else self._due
                self._changed.wait(None if self._due is None else self._due - now)

    def _answer(self, seconds: float) -> dict[str, Any]:
        with self._changed:
            self._due = time.monotonic() + seconds
            if self._due < self._looks_at:
                self._changed.notify()
        answer = read_frame(self._output)
        with self._changed:
            self._due = None
        if self._is_late:
            raise TimeoutError(f"no answer within {seconds:g} seconds")
        if answer is not None:
            return answer
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self.kill()
        raise WorkerDiedError(self._process.returncode)


def _environment() -> dict[str, str]:
    """The worker finds the same folderkit as we are, installed or not."""
    root = str(Path(folderkit.__file__).resolve().parents[1])
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    # Relative ones would be sought in the current folder again.
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, *filter(os.path.isabs, inherited)])}


def _describe(exit_code: int) -> str:
    if exit_code < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-exit_code).name}"
    return f"exit code {exit_code}"
