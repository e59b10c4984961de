"""Measure runs that take turns, so that noise hits all alike: CPU time, or the clock where waiting counts, or bytes."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

CONFIGURED = ("FOLDERKIT_", "PYTHON", "COOKIECUTTER_", "COPIER_", "GIT_", "LC_",
              "RESTIC_", "BORG_")  # variables that could tip the scales
BEST_PEER = "the best peer"  # as a rival: the one with the best run of all


class Spent(NamedTuple):
    """What one run took: seconds of CPU (user + system) and of the clock, and what it stored."""

    cpu: float = 0.0
    wall: float = 0.0
    stored: float = 0.0  # in the unit of the race's figure


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
SHARE = Figure("% stored", lambda spent: spent.stored)
ADDED = Figure("MB added", lambda spent: spent.stored)


class RunFailed(Exception):
    """A program that was to be measured failed; its words are the message."""


@dataclass(frozen=True)
class Race:
    """What is run against what. `runs` are by contender, folderkit first; `rounds` bounds a slow one.

    `goal` is the largest wanted ratio of folderkit to the contender named `rival` (or `BEST_PEER`), or without a rival
    the largest wanted figure. `warm_up`: whether a first round does not count.
    """

    case: str
    measured: str
    runs: Mapping[str, Run]
    goal: float | None = None
    rival: str = ""
    rounds: int = 15
    figure: Figure = CPU
    warm_up: bool = True


@dataclass(frozen=True)
class Result:
    """What every run took, by contender, in the order of the race."""

    race: Race
    spent: Mapping[str, Sequence[Spent]]

    def figures(self, name: str) -> list[float]:
        return [self.race.figure.of(spent) for spent in self.spent[name]]

    def best(self, name: str) -> float:
        return min(self.figures(name))

    def median(self, name: str) -> float:
        return statistics.median(self.figures(name))

    def best_run(self, name: str) -> Spent:
        return min(self.spent[name], key=self.race.figure.of)

    def ratio(self, name: str) -> float:
        """folderkit's best run to the best of `name`."""
        return self.best(next(iter(self.spent))) / self.best(name)

    def rival(self) -> str:
        """Whom the goal is about: one of the peers that ran; empty when it is about none of them."""
        peers = list(self.spent)[1:]
        if self.race.rival == BEST_PEER:
            return min(peers, key=self.best, default="")
        return self.race.rival if self.race.rival in peers else ""

    def reached(self) -> bool | None:
        """Whether the goal is reached; None when there is none, or its rival did not run."""
        if self.race.goal is None or (self.race.rival and not self.rival()):
            return None
        own = self.best(next(iter(self.spent)))
        return (self.ratio(self.rival()) if self.race.rival else own) <= self.race.goal


def run_race(race: Race, rounds: int, *, warm_up: bool = True) -> Result:
    """Run every contender in turn, `rounds` times after one round that does not count."""
    spent: dict[str, list[Spent]] = {name: [] for name in race.runs}
    uncounted = warm_up and race.warm_up
    for turn in range(min(rounds, race.rounds) + uncounted):
        for name, run in race.runs.items():
            one = run()
            if turn or not uncounted:
                spent[name].append(one)
    return Result(race, spent)


def process(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None) -> Spent:
    """What a whole process took, with all that it started and waited for."""
    errors = cwd / ".benchmark-errors"
    with errors.open("wb") as stream:
        began = time.perf_counter()
        started = subprocess.Popen([str(word) for word in command], cwd=cwd,
                                   env={**_environment(cwd), **(environment or {})}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=stream)
        _, status, usage = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RunFailed(f"{command[0]}: exit code {started.returncode}\n{errors.read_text(errors='replace')}")
    errors.unlink()
    return Spent(usage.ru_utime + usage.ru_stime, wall)


def _environment(home: Path) -> dict[str, str]:
    """A plain environment, alike for all, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURED)}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8"}


def call(function: Callable[[], object]) -> Spent:
    """What a call in this process takes, without the garbage of what ran before."""
    gc.collect()
    began, clock = time.process_time(), time.perf_counter()
    function()
    return Spent(time.process_time() - began, time.perf_counter() - clock)
