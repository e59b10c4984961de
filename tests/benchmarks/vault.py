"""The vault against restic and borg on the same files, and against bare Python where they have no such thing."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import backups, office_files, vault_bare, vault_stored
from tests.benchmarks.backups import Keeper, keepers
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import BEST_PEER, WALL, Race, Run, Spent

FIRST, AGAIN, READ = 0.85, 0.4, 0.6  # the largest wanted ratios to the faster of restic and borg


def races(ground: Ground) -> Iterator[Race]:
    yield from _whole(ground)
    yield from vault_stored.races(ground)
    yield from vault_bare.races(ground)


def _whole(ground: Ground) -> Iterator[Race]:
    """The same files kept by all. The cases build on each other: what the first left is what the next begins with."""
    count, scale = (30, 0.02) if ground.tiny else (office_files.COUNT, 1.0)
    tree, all_keepers = keepers(ground)
    if ground.cache and not ground.tiny:
        shutil.copytree(office_files.cached_corpus(ground.cache), tree, dirs_exist_ok=True)
    else:
        office_files.make_corpus(tree, count, scale)
    about = f"{count:,} office files, {backups.size_of(tree) / 1e6:,.0f} MB, as a whole process: "

    def race(case: str, measured: str, goal: float, run: Callable[[Keeper], Spent], rounds: int) -> Race:
        runs: dict[str, Run] = {name: functools.partial(run, one) for name, one in all_keepers.items()}
        return Race(case, about + measured, runs, goal, BEST_PEER, rounds, WALL)

    yield race("keep all, first time", "a version of each in a new vault, texts are not read; restic encrypts, borg "
               "does not", FIRST, functools.partial(_first, tree), 3)
    yield race("keep all, unchanged", "again, nothing has changed", AGAIN, lambda one: one.keep(), 5)
    yield race("keep all, 1 % changed", "again, one file of a hundred was saved with another text and the same "
               "pictures", AGAIN, _Changing(tree, count, scale).run, 5)
    if _able("verify --read", backups.VERIFY):
        yield race("verify every byte", "folderkit verify --read, restic check --read-data, borg check --verify-data",
                   READ, lambda one: one.verify(), 3)
    if _able("restore of a project", backups.RESTORE):
        yield race("restore all", "all files into an empty folder", READ,
                   functools.partial(_restore, ground, backups.size_of(tree)), 3)
    ground.clear()


def _able(what: str, command: tuple[str, ...] | None) -> bool:
    if command is None:
        print(f"Left out: folderkit has no {what} yet.", file=sys.stderr)
    return command is not None


def _first(tree: Path, keeper: Keeper) -> Spent:
    """All begin alike: what is on its way to the disk is there, since whoever syncs would write what others left, and
    the files are in memory, just read, since borg drops each from there that it has read."""
    keeper.begin()
    os.sync()
    for path in tree.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as stream:
                if hasattr(os, "posix_fadvise"):
                    os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                stream.read()
    return keeper.keep()


def _restore(ground: Ground, size: int, keeper: Keeper) -> Spent:
    """What was restored stays until the case is over, and is on the disk before the next turn: ext4 looks long for
    inodes where thousands were freed a moment ago, and whoever syncs would write what others left to be written."""
    folder = ground.fresh()
    spent = keeper.restore(folder)
    if backups.size_of(folder) != size:
        raise AssertionError(f"{type(keeper).__name__} restored other files than were kept")
    os.sync()
    return spent


class _Changing:
    """Before each round one file of a hundred is saved again, others each time; all contenders see the same."""

    def __init__(self, tree: Path, count: int, scale: float) -> None:
        self._tree, self._count, self._scale = tree, count, scale
        self._step = max(count // (count // 100 or 1), 1)
        self._rounds: dict[int, int] = {}
        self._edition = 0

    def run(self, keeper: Keeper) -> Spent:
        own = self._rounds[id(keeper)] = self._rounds.get(id(keeper), 0) + 1
        if own > self._edition:
            self._edition = own
            office_files.change(self._tree, range(own % self._step, self._count, self._step), own, self._scale)
        return keeper.keep()
