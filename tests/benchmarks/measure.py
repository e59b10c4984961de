"""Measure runs that take turns, so that noise hits all alike: CPU time, or the clock where waiting counts, or bytes."""

from __future__ import annotations

import gc
import itertools
import math
import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

CONFIGURED = ("FOLDERKIT_", "PYTHON", "COOKIECUTTER_", "COPIER_", "GIT_", "LC_",
              "RESTIC_", "BORG_")  # variables that could tip the scales
BEST_PEER = "the best peer"  # as a rival: the one with the best run of all


class Spent(NamedTuple):
    """What one run took: seconds of CPU (user + system) and of the clock, and what else is compared."""

    cpu: float = 0.0
    wall: float = 0.0
    amount: float = 0.0  # of what the race compares, in the unit of its figure


Run = Callable[[], Spent]


@dataclass(frozen=True)
class Figure:
    """What a race compares of what its runs take, in which unit it is shown; `beside`: with the CPU seconds too."""

    unit: str
    of: Callable[[Spent], float]
    digits: int = 1
    beside: bool = False


CPU = Figure("ms CPU", lambda spent: spent.cpu * 1000)
WALL = Figure("s wall", lambda spent: spent.wall, 2, beside=True)
WALL_MS = Figure("ms wall", lambda spent: spent.wall * 1000, 2)
SHARE = Figure("% stored", lambda spent: spent.amount)
MB = Figure("MB", lambda spent: spent.amount)
ADDED = Figure("MB added", lambda spent: spent.amount)
PEAK = Figure("MB peak", lambda spent: spent.amount, 0)
PER_ROW = Figure("µs CPU a row", lambda spent: spent.amount, 2)


class RunFailed(Exception):
    """A program that was to be measured failed; its words are the message."""


@dataclass(frozen=True)
class Race:
    """What is run against what. `runs` are by contender, folderkit first; `rounds` bounds a slow one.

    `goal` is the largest wanted ratio of folderkit to the contender named `rival` (or `BEST_PEER`), or without a rival
    the largest wanted figure; `goals` are further ratios, by contender. `warm_up`: whether a first round does not
    count.
    """

    case: str
    measured: str
    runs: Mapping[str, Run]
    goal: float | None = None
    rival: str = ""
    rounds: int = 15
    figure: Figure = CPU
    warm_up: bool = True
    goals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What every run took, by contender, in the order of the race; `loads`: the machine's load as each began."""

    race: Race
    spent: Mapping[str, Sequence[Spent]]
    loads: Sequence[float] = ()

    def figures(self, name: str) -> list[float]:
        return [self.race.figure.of(spent) for spent in self.spent[name]]

    def best(self, name: str) -> float:
        return min(self.figures(name))

    def median(self, name: str) -> float:
        return statistics.median(self.figures(name))

    def best_run(self, name: str) -> Spent:
        return min(self.spent[name], key=self.race.figure.of)

    def ratio(self, name: str) -> float:
        """folderkit's best run to the best of `name`; infinite to one that took nothing."""
        other = self.best(name)
        return self.best(next(iter(self.spent))) / other if other else math.inf

    def rival(self) -> str:
        """Whom the goal is about: one of the peers that ran; empty when it is about none of them."""
        peers = list(self.spent)[1:]
        if self.race.rival == BEST_PEER:
            return min(peers, key=self.best, default="")
        return self.race.rival if self.race.rival in peers else ""

    def goals(self) -> dict[str, float]:
        """The largest wanted ratio to each peer that ran and that a goal is about."""
        rival = self.rival()
        first = {rival: self.race.goal} if rival and self.race.goal is not None else {}
        return {**first, **{name: goal for name, goal in self.race.goals.items() if name in self.spent}}

    def reached(self) -> bool | None:
        """Whether every goal is reached; None when there is none, or no rival ran."""
        if self.race.goal is not None and not self.race.rival:
            return self.best(next(iter(self.spent))) <= self.race.goal
        goals = self.goals()
        return all(self.ratio(name) <= goal for name, goal in goals.items()) if goals else None


def run_race(race: Race, rounds: int, *, warm_up: bool = True) -> Result:
    """Run every contender in turn, `rounds` times after one round that does not count."""
    spent: dict[str, list[Spent]] = {name: [] for name in race.runs}
    loads: list[float] = []
    uncounted = warm_up and race.warm_up
    for turn in range(min(rounds, race.rounds) + uncounted):
        for name, run in race.runs.items():
            load = os.getloadavg()[0]
            one = run()
            if turn or not uncounted:
                spent[name].append(one)
                loads.append(load)
    return Result(race, spent, loads)


class Several:
    """A run that gives several figures, each by its name: measured where the first of them is asked for, told again
    for the others."""

    def __init__(self, run: Callable[[], Mapping[str, Spent]]) -> None:
        self._run = run
        self._measured: list[Mapping[str, Spent]] = []

    def figure(self, name: str) -> Run:
        """The run of a race about one of the figures."""
        turns = itertools.count()

        def run() -> Spent:
            turn = next(turns)
            if turn == len(self._measured):
                self._measured.append(self._run())
            return self._measured[turn][name]

        return run


def process(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None) -> Spent:
    """What a whole process took, with all that it started and waited for."""
    errors = cwd / ".benchmark-errors"
    with errors.open("wb") as stream:
        began = time.perf_counter()
        started = subprocess.Popen([str(word) for word in command], cwd=cwd,
                                   env={**plain_environment(cwd), **(environment or {})}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=stream)
        _, status, usage = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RunFailed(f"{command[0]}: exit code {started.returncode}\n{errors.read_text(errors='replace')}")
    errors.unlink()
    return Spent(usage.ru_utime + usage.ru_stime, wall)


def own_peak() -> int:
    """The most bytes of memory that this process has had (VmHWM of proc_pid_status(5)); 0 where that is not told."""
    status = Path("/proc/self/status")
    told = status.read_text(encoding="utf-8") if status.is_file() else ""
    found = re.search(r"^VmHWM:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def plain_environment(home: Path) -> dict[str, str]:
    """A plain environment, alike for all, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURED)}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8"}


def call(function: Callable[[], object]) -> Spent:
    """What a call in this process takes, without the garbage of what ran before."""
    gc.collect()
    began, clock = time.process_time(), time.perf_counter()
    function()
    return Spent(time.process_time() - began, time.perf_counter() - clock)
