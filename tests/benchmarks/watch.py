"""The watch: how soon a saved file is versioned and findable, how long a burst takes, and what it costs to wait.

Beside it Syncthing with versioning and watchfiles with a naive copy, neither of which reads texts: they are done with a
file when they have its content.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.backups import Folderkit
from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import WALL, Figure, Race, Several, Spent, process
from tests.benchmarks.scan import small_file
from tests.benchmarks.syncthing import Syncthing
from tests.benchmarks.vault_bare import small_project
from tests.benchmarks.watchers import FolderkitWatch, NaiveCopy, Save, Watcher

P50, P99, BURST, IDLE = 0.4, 1.5, 1 / 0.6, 1.0  # the largest wanted: seconds, seconds, ratio, % of a core
_A_SECOND = 5  # files
_LOOK = 0.005  # seconds between two looks whether a save has arrived
_PATIENCE = 60.0  # seconds without anything new until the rest is lost
_SHARE = Figure("% of a core", lambda spent: spent.amount, 2)
_MEMORY = Figure("MB", lambda spent: spent.amount, 0)
_LATENCY = Figure("s", lambda spent: spent.amount, 3, beside=True)
Make = Callable[[Ground], Watcher]


def races(ground: Ground) -> Iterator[Race]:
    if not Path("/proc/self/smaps_rollup").exists():
        print("Left out: what a running program uses is only told by Linux.", file=sys.stderr)
        return
    yield from _latency(ground)
    yield from _burst(ground)
    yield from _idle(ground)


def _watchers(ground: Ground, *, pair: bool = True) -> dict[str, Make]:
    makers: dict[str, Make] = {"folderkit": FolderkitWatch}
    if ground.peers:
        makers["naive copy"] = NaiveCopy
    if "syncthing" in ground.programs:
        makers["Syncthing"] = functools.partial(Syncthing, pair=pair)
    return makers


def _runs(ground: Ground, makers: Mapping[str, Make], run: Callable[[Watcher], Mapping[str, Spent]]
          ) -> dict[str, Several]:
    """`run` with a new watcher each time, in a folder that is taken away after it."""

    def once(make: Make) -> Mapping[str, Spent]:
        place = ground.fresh()
        watcher = make(dataclasses.replace(ground, place=place))
        try:
            return run(watcher)
        finally:
            watcher.end()
            shutil.rmtree(place)

    return {name: Several(functools.partial(once, make)) for name, make in makers.items()}


# -- how soon --------------------------------------------------------------------------------------
def _latency(ground: Ground) -> Iterator[Race]:
    count, seconds = (8, 1) if ground.tiny else (2000, 60)
    makers = _watchers(ground)
    if "Syncthing" in makers:
        makers["Syncthing, 1 s"] = functools.partial(Syncthing, delay=1)
    runs = _runs(ground, makers, functools.partial(_run_latency, count=count, seconds=seconds))
    about = (f"{_A_SECOND} saves a second for {seconds} s in a project of {count:,} small files, half of them of new "
             "files, half over old ones, Word's as Word saves; from close until folderkit finds a word of the new text "
             "(asked of the catalog, in the benchmark's process), the naive copy has a copy of it, and another "
             "Syncthing on this machine has the file, and what it replaces in .stversions. Syncthing waits 10 s for "
             "more changes as it comes, and 1 s at the least. The CPU seconds are those of all its processes in that "
             "time")
    for name, goal in {"p50": P50, "p99": P99, "longest": None}.items():
        yield Race(f"save to findable, {name}", about, {who: run.figure(name) for who, run in runs.items()}, goal,
                   rounds=3, figure=_LATENCY, warm_up=False)


def _run_latency(watcher: Watcher, count: int, seconds: int) -> Mapping[str, Spent]:
    _fill(watcher.tree, count)
    watcher.begin()
    before = watcher.used().cpu
    took = sorted(_save_and_wait(watcher, _saves(watcher.tree, count, seconds * _A_SECOND)))
    cpu = watcher.used().cpu - before
    figures = {"p50": statistics.median(took), "p99": took[math.ceil(0.99 * len(took)) - 1], "longest": took[-1]}
    return {name: Spent(cpu=cpu, amount=figure) for name, figure in figures.items()}


def _fill(tree: Path, count: int) -> None:
    for number in range(count):
        suffix, data = small_file(number)
        path = tree / "6_成果" / f"{number % 40:02d}" / f"文件{number:04d}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _saves(tree: Path, count: int, wanted: int) -> list[Save]:
    """So many saves, every other one of a new file, in an order by chance; each old file is saved over once at most."""
    old = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("文件*"))
    chance = random.Random("saves")
    chance.shuffle(old)
    found = []
    for number in range(wanted):
        word = f"kennwort{number:05d}z"
        suffix, data = small_file(count + number, word)
        path = f"6_成果/{chance.randrange(40):02d}/新文件{number:04d}.{suffix}"
        if number % 2 and number < 2 * len(old):
            path = old[number // 2]
            _, data = small_file(int(Path(path).stem.removeprefix("文件")), word)
        found.append(Save(path, data, word, 0.0))
    return found


def _save_and_wait(watcher: Watcher, saves: Sequence[Save]) -> list[float]:
    """Save each in its time; returns how long each took to arrive. One that never did is told, and took for ever."""
    waiting: list[Save] = []
    took: list[float] = []
    left, began = list(reversed(saves)), time.perf_counter()
    last = began
    while left or (waiting and time.perf_counter() - last < _PATIENCE):
        if left and time.perf_counter() >= began + (len(saves) - len(left)) / _A_SECOND:
            save = left.pop()
            last = _save(watcher.tree / save.path, save.data)
            waiting.append(save._replace(closed=last))
        arrived = watcher.arrived(waiting)
        now = time.perf_counter()
        took += [now - save.closed for save in arrived]
        waiting = [save for save in waiting if save not in arrived]
        time.sleep(_LOOK)
    if waiting:
        print(f"Never arrived: {len(waiting)} of {len(saves)}, such as {waiting[0].path}", file=sys.stderr)
    return took + [math.inf] * len(waiting)


def _save(path: Path, data: bytes) -> float:
    """Save a file as its program does; returns when it was closed, or was in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".docx" or not path.exists():
        path.write_bytes(data)
        return time.perf_counter()
    written, aside = path.with_name("~WRD0001.tmp"), path.with_name("~WRL0002.tmp")
    written.write_bytes(data)
    path.rename(aside)
    written.rename(path)
    closed = time.perf_counter()
    aside.unlink()
    return closed


# -- a burst ---------------------------------------------------------------------------------------
def _burst(ground: Ground) -> Iterator[Race]:
    count, folders = (30, 6) if ground.tiny else (20_000, 2_000)
    source = _nested(ground.fresh(), count, folders)
    runs = _runs(ground, _watchers(ground), functools.partial(_run_burst, source=source, count=count))

    def scan(folder: Path) -> Spent:
        own = Folderkit(dataclasses.replace(ground, place=folder))
        shutil.copytree(source, own.tree / "incoming")
        return process([*FOLDERKIT, "scan"], own.workspace)

    about = (f"{count:,} small files (Word, Excel, text) in {folders:,} new nested folders, copied into a project by "
             "cp -R while the watch waits; folderkit scan is a whole process, in a new workspace that has these files "
             "already; Syncthing and the naive copy as above, they read no texts")
    done = {name: run.figure("done") for name, run in runs.items()}
    yield Race(f"burst of {count:,}, done", f"{about}; from the begin of the copying until all is versioned and its "
               "text findable", {"folderkit": done["folderkit"], "folderkit scan": ground.in_fresh(scan), **done},
               BURST, "folderkit scan", 3, WALL, warm_up=False)
    yield Race(f"burst of {count:,}, versioned", f"{about}; from the last close until all is versioned",
               {name: run.figure("versioned") for name, run in runs.items()}, rounds=3, figure=WALL, warm_up=False)
    ground.clear()


def _nested(root: Path, count: int, folders: int) -> Path:
    for number in range(count):
        suffix, data = small_file(number)
        one = number % folders
        path = root / f"{one % 20:02d}" / f"{one // 20 % 10}" / f"{one // 200}" / f"文件{number:05d}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def _run_burst(watcher: Watcher, source: Path, count: int) -> Mapping[str, Spent]:
    watcher.begin()
    before, (versions, texts) = watcher.used().cpu, watcher.held()
    began = time.perf_counter()
    subprocess.run(["cp", "-R", source, watcher.tree / "incoming"], check=True)
    copied = time.perf_counter()
    versioned, done = _wait_for(watcher, versions + count, texts + count)
    cpu = watcher.used().cpu - before
    print(f"  {type(watcher).__name__}: copied in {copied - began:.1f} s, versioned after {versioned - began:.1f} s, "
          f"done after {done - began:.1f} s, {count / (done - began):,.0f} files a second", file=sys.stderr)
    return {"done": Spent(cpu, done - began), "versioned": Spent(cpu, versioned - copied)}


def _wait_for(watcher: Watcher, versions: int, texts: int) -> tuple[float, float]:
    """When it had so many versions, and as many texts. Never, and told, when nothing more comes."""
    versioned = math.inf
    seen, since = (0, 0), time.perf_counter()
    while True:
        asked = time.perf_counter()
        held = watcher.held()
        now = time.perf_counter()
        if held[0] >= versions:
            versioned = min(versioned, now)
            if held[1] >= texts:
                return versioned, now
        if held != seen:
            seen, since = held, now
        if now - since > _PATIENCE:
            print(f"Never done: it has {held} of {versions} versions and {texts} texts", file=sys.stderr)
            return versioned, math.inf
        time.sleep(max(0.05, 5 * (now - asked)))  # asking must not be the work


# -- nothing to do ---------------------------------------------------------------------------------
def _idle(ground: Ground) -> Iterator[Race]:
    projects, folders, files = (2, 3, 12) if ground.tiny else (100, 60, 1000)
    seconds = 1.0 if ground.tiny else ground.idle
    runs = _runs(ground, _watchers(ground, pair=False), functools.partial(
        _run_idle, projects=projects, folders=folders, files=files, seconds=seconds))
    about = (f"{projects * files:,} files of a few bytes in {projects * folders:,} folders, all known from a run "
             f"before; {seconds:g} s in which nothing changes")
    periods = (f"a look at everything falls into it only when it is longer than {FolderkitWatch.every:g} s with "
               f"folderkit, {Syncthing.every:g} s with Syncthing")
    for name, measured, goal, figure in (
            ("idle", periods, IDLE, _SHARE),
            ("idle, with its looks at everything", f"{periods}; what the start took, which is one such look and more, "
             "is added by its share", IDLE, _SHARE),
            ("idle, memory", "at its end, PSS of all its processes", None, _MEMORY)):
        yield Race(f"{name}, {projects * files:,}", f"{about}; {measured}",
                   {who: run.figure(name) for who, run in runs.items()}, goal, rounds=1, figure=figure, warm_up=False)


def _run_idle(watcher: Watcher, projects: int, folders: int, files: int, seconds: float) -> Mapping[str, Spent]:
    for number in range(projects):
        small_project(watcher.root / f"P2026-{number + 2:03d}_项目", number, folders, files)
    watcher.begin()
    watcher.end()
    watcher.begin()
    start = watcher.used().cpu
    time.sleep(seconds)
    cpu, memory = watcher.used()
    share = 100 * (cpu - start) / seconds
    looks = 100 * start / watcher.every if seconds < watcher.every else 0.0
    print(f"  {type(watcher).__name__}: {start:.1f} s CPU to start, {cpu - start:.2f} s in {seconds:g} s, "
          f"{memory / 1e6:.0f} MB", file=sys.stderr)
    return {"idle": Spent(cpu - start, seconds, share),
            "idle, with its looks at everything": Spent(cpu - start, seconds, share + looks),
            "idle, memory": Spent(amount=memory / 1e6)}
