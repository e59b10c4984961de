"""Who keeps the same files in the vault's benchmarks: folderkit, restic and borg, each as whole processes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import Spent, process
from tests.trees import make_tree

# What folderkit is called with. None: it cannot do this yet, and the case is left out.
SCAN = ("scan", "--quick")  # versioning alone: texts are read by the next scan
VERIFY: tuple[str, ...] | None = ("verify", "--read")
PROJECT = "P2026-001_档案"
RESTORE: tuple[str, ...] | None = ("restore", PROJECT, "--to")  # which the folder follows

FACTS = "project: {name: 档案, code: P2026-001}\nclient: {name: 江南茶业}\nfolderkit: {id: 0123456789ab}\n"


def scan_command() -> list[str | Path]:
    """folderkit versioning alone, as a whole process in a workspace."""
    return [*FOLDERKIT, *SCAN]


class Keeper(Protocol):
    """One that keeps versions of a tree, and begins anew when told to."""

    def begin(self) -> None:
        """Forget all, so that the next run is the first."""

    def keep(self) -> Spent:
        """Keep what lies in the tree now."""

    def verify(self) -> Spent:
        """Read every byte that is kept, and check it."""

    def restore(self, folder: Path) -> Spent:
        """Write all that was kept last into an empty folder."""

    def stored(self) -> int:
        """Bytes that are kept, without what is only there for speed."""


class Folderkit:
    """A workspace with one project, which is the tree that all keep."""

    def __init__(self, ground: Ground) -> None:
        self.workspace = ground.workspace(ground.fresh())
        self.tree = self.workspace / PROJECT
        make_tree(self.tree, {"project.yaml": FACTS})

    def begin(self) -> None:
        shutil.rmtree(self.workspace / ".folderkit", ignore_errors=True)

    def keep(self) -> Spent:
        return process(scan_command(), self.workspace)

    def verify(self) -> Spent:
        return process([*FOLDERKIT, *(VERIFY or ())], self.workspace)

    def restore(self, folder: Path) -> Spent:
        return process([*FOLDERKIT, *(RESTORE or ()), folder], self.workspace)

    def stored(self) -> int:
        return size_of(self.workspace / ".folderkit" / "vault")


class Restic:
    """restic as it comes: encrypted, compressed where it pays."""

    def __init__(self, home: Path, tree: Path) -> None:
        self._home, self._tree = home, tree

    def begin(self) -> None:
        _empty(self._home)
        self._run("init")

    def keep(self) -> Spent:
        return self._run("backup", self._tree)

    def verify(self) -> Spent:
        return self._run("check", "--read-data")

    def restore(self, folder: Path) -> Spent:
        return self._run("restore", "latest", "--target", folder)

    def stored(self) -> int:
        return size_of(self._home / "repository")

    def _run(self, *words: str | Path) -> Spent:
        return process(["restic", "-r", self._home / "repository", *words], self._home,
                       {"RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": str(self._home / "cache")})


class Borg:
    """borg without encryption, compressed by lz4, which is its default."""

    def __init__(self, home: Path, tree: Path) -> None:
        self._home, self._tree, self._count = home, tree, 0

    def begin(self) -> None:
        _empty(self._home)
        self._run(self._home, "init", "-e", "none", self._repository)

    def keep(self) -> Spent:
        self._count += 1
        return self._run(self._home, "create", f"{self._repository}::{self._count}", self._tree)

    def verify(self) -> Spent:
        return self._run(self._home, "check", "--verify-data", self._repository)

    def restore(self, folder: Path) -> Spent:
        return self._run(folder, "extract", f"{self._repository}::{self._count}")

    def stored(self) -> int:
        return size_of(self._repository)

    @property
    def _repository(self) -> Path:
        return self._home / "repository"

    def _run(self, cwd: Path, *words: str | Path) -> Spent:
        return process(["borg", *words], cwd, {"BORG_BASE_DIR": str(self._home),
                                               "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"})


def keepers(ground: Ground) -> tuple[Path, dict[str, Keeper]]:
    """The tree, still empty but for its project.yaml, and who keeps it, by name; folderkit first."""
    folderkit = Folderkit(ground)
    made: dict[str, Keeper] = {"folderkit": folderkit}
    if "restic" in ground.programs:
        made["restic"] = Restic(ground.fresh(), folderkit.tree)
    if "borg" in ground.programs:
        made["borg"] = Borg(ground.fresh(), folderkit.tree)
    return folderkit.tree, made


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
