"""Measure CPU time, not the clock: the machine may have other work. Runs take turns, so that noise hits all alike."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIGURED = ("FOLDERKIT_", "PYTHON", "COOKIECUTTER_", "COPIER_", "GIT_", "LC_")  # variables that could tip the scales

Run = Callable[[], float]  # one run; returns seconds of CPU


class RunFailed(Exception):
    """A program that was to be measured failed; its words are the message."""


@dataclass(frozen=True)
class Race:
    """What is run against what. `runs` are by contender, folderkit first; `rounds` bounds a slow one.

    `goal` is the largest wanted ratio of folderkit to the contender named `rival`.
    """

    case: str
    measured: str
    runs: Mapping[str, Run]
    goal: float | None = None
    rival: str = ""
    rounds: int = 15


@dataclass(frozen=True)
class Result:
    """The seconds of every run by contender, in the order of the race."""

    race: Race
    seconds: Mapping[str, Sequence[float]]

    def best(self, name: str) -> float:
        return min(self.seconds[name])

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def ratio(self, name: str) -> float:
        """folderkit's best run to the best of `name`."""
        return self.best(next(iter(self.seconds))) / self.best(name)

    def reached(self) -> bool | None:
        """Whether the goal is reached; None when there is none, or its rival did not run."""
        if self.race.goal is None or self.race.rival not in self.seconds:
            return None
        return self.ratio(self.race.rival) <= self.race.goal


def run_race(race: Race, rounds: int, *, warm_up: bool = True) -> Result:
    """Run every contender in turn, `rounds` times after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in race.runs}
    for turn in range(min(rounds, race.rounds) + warm_up):
        for name, run in race.runs.items():
            spent = run()
            if turn or not warm_up:
                seconds[name].append(spent)
    return Result(race, seconds)


def process(command: Sequence[str | Path], cwd: Path) -> float:
    """CPU seconds (user + system) of a whole process and of all that it started and waited for."""
    errors = cwd / ".benchmark-errors"
    with errors.open("wb") as stream:
        started = subprocess.Popen([str(word) for word in command], cwd=cwd, env=_environment(cwd),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stream)
        _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RunFailed(f"{command[0]}: exit code {started.returncode}\n{errors.read_text(errors='replace')}")
    errors.unlink()
    return usage.ru_utime + usage.ru_stime


def _environment(home: Path) -> dict[str, str]:
    """A plain environment, alike for all, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURED)}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8"}


def call(function: Callable[[], object]) -> float:
    """CPU seconds of a call in this process, without the garbage of what ran before."""
    gc.collect()
    before = time.process_time()
    function()
    return time.process_time() - before
