"""A program that runs beside the benchmark: started, measured while it runs, with all it started, and ended."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.measure import RunFailed, plain_environment

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_PATIENCE = 600.0  # seconds until nothing is believed to come any more


class Used(NamedTuple):
    """What a program has used so far: seconds of CPU (user + system), and bytes of memory now, its share of what it
    shares with others (PSS)."""

    cpu: float
    memory: int


class Program:
    """A running program, with a home of its own; what it says lies in `said`."""

    def __init__(self, command: Sequence[str | Path], home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.said = home / ".benchmark-said"
        with self.said.open("ab") as stream:
            self._process = subprocess.Popen([str(word) for word in command], cwd=home, stdin=subprocess.DEVNULL,
                                             stdout=stream, stderr=stream,
                                             env={**plain_environment(home), **(environment or {})})

    @property
    def pid(self) -> int:
        return self._process.pid

    def used(self) -> Used:
        """Of it and all that it started: also, of the CPU, by those that have ended."""
        found = [_used(pid) for pid in _family(self.pid)]
        return Used(sum(one.cpu for one in found), sum(one.memory for one in found))

    def wait_until(self, done: Callable[[], bool], step: float = 0.1) -> None:
        """Raises `RunFailed` when the program ends before that is so, or it takes too long."""
        began = time.monotonic()
        while not done():
            if self._process.poll() is not None or time.monotonic() - began > _PATIENCE:
                said = self.said.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RunFailed(f"{self._process.args!r} did not do it:\n{said}")
            time.sleep(step)

    def end(self) -> None:
        """End it as a person does, by the signal for that."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _family(pid: int) -> Iterator[int]:
    """The process and all below it that run."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        status = _status(int(folder.name))
        if status:
            children.setdefault(int(status[1]), []).append(int(folder.name))
    waiting = [pid]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += children.get(found, [])


def _status(pid: int) -> list[str]:
    """What proc_pid_stat(5) names from `state` on; nothing for a process that has ended since."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _used(pid: int) -> Used:
    status = _status(pid)
    memory = None
    with contextlib.suppress(OSError):
        memory = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8"))
    ticks = sum(int(one) for one in status[11:15])  # user and system, its own and of its ended children
    return Used(ticks / _TICKS, int(memory[1]) * 1024 if memory else 0)
