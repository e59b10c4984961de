"""Who watches the same files in the watch's benchmarks: folderkit, and watchfiles with a naive copy."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from folderkit.catalog import Catalog
from folderkit.catalog.search import search
from folderkit.core.workspace import open_workspace
from folderkit.extract import EXTRACTOR_VERSION
from folderkit.service import FULL_SCAN_SECONDS
from folderkit.watch.health import HEALTH_FILE, read_health
from tests.benchmarks.backups import FACTS, PROJECT
from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.programs import Program, Used
from tests.trees import make_tree

_NAIVE = Path(__file__).with_name("naive_copy.py")


class Save(NamedTuple):
    """A file that was saved: where in the tree, with which content, in whose text is a word that is nowhere else, and
    when it was closed (`time.perf_counter`)."""

    path: str
    data: bytes
    word: str
    closed: float


class Watcher(Protocol):
    """One that watches files and keeps versions of them. `root` is all it watches, `tree` where a person works in it;
    `every` so many seconds it looks at everything."""

    root: Path
    tree: Path
    every: float

    def begin(self) -> None:
        """Start; when this returns it has taken in what lies there, and waits for changes."""

    def arrived(self, waiting: Sequence[Save]) -> list[Save]:
        """Those of the saves that it has by now."""

    def held(self) -> tuple[int, int]:
        """How many contents it has, and of how many the text can be found (the same where it reads no texts)."""

    def used(self) -> Used:
        """What it has used since it was started."""

    def end(self) -> None:
        """Stop; it may be started again."""


class FolderkitWatch:
    """``folderkit watch`` in a workspace with one project. It has a save when a search finds its word."""

    every = FULL_SCAN_SECONDS

    def __init__(self, ground: Ground) -> None:
        self.root, self._home = ground.workspace(ground.fresh()), ground.fresh()  # what it says is no change
        self.tree = make_tree(self.root / PROJECT, {"project.yaml": FACTS})
        self._program: Program | None = None
        self._catalog: Catalog | None = None
        self._seen: tuple[object, ...] = ()

    def begin(self) -> None:
        program = self._program = Program([*FOLDERKIT, "-C", self.root, "watch"], self._home)
        state = open_workspace(self.root, {}).state

        def is_ready() -> bool:
            health = read_health(state / HEALTH_FILE)
            return health is not None and health.process == program.pid and health.scanned > 0

        program.wait_until(is_ready)
        catalog = self._catalog = Catalog(state / "catalog.db")
        catalog.database.execute("PRAGMA query_only = ON")
        program.wait_until(lambda: not catalog.unread(EXTRACTOR_VERSION), step=0.5)  # it serves hints before texts

    def arrived(self, waiting: Sequence[Save]) -> list[Save]:
        assert self._catalog
        (changes,) = self._catalog.database.execute("PRAGMA data_version").fetchone()
        seen = (changes, waiting[-1].path if waiting else "")
        if seen == self._seen:  # else the question would cost more than the answer
            return []
        self._seen = seen
        return [one for one in waiting if self._finds(one)]

    def _finds(self, save: Save) -> bool:
        """The text is of the content that the catalog says is the file's last version."""
        assert self._catalog
        return any(hit.path == save.path for hit in search(self._catalog, save.word))

    def held(self) -> tuple[int, int]:
        assert self._catalog
        files, texts = self._catalog.database.execute(
            "SELECT (SELECT count(*) FROM file WHERE present), (SELECT count(*) FROM content)").fetchone()
        return files, texts

    def used(self) -> Used:
        assert self._program
        return self._program.used()

    def end(self) -> None:
        if self._catalog:
            self._catalog.close()
        if self._program:
            self._program.end()


class NaiveCopy:
    """A script of twenty lines: watchfiles, and a copy of each file that it tells of; what lay there before it does not
    copy. It has a save when the copy made last is the content."""

    every = float("inf")

    def __init__(self, ground: Ground) -> None:
        assert ground.peers
        self._python = ground.peers.program("python")
        self._home = ground.fresh()
        self.root = self.tree = self._home / "tree"
        self.root.mkdir()
        self._store = self._home / "store"
        self._program: Program | None = None

    def begin(self) -> None:
        program = self._program = Program([self._python, _NAIVE, self.tree, self._store], self._home)
        asked = self.tree / "ready.txt"

        def is_ready() -> bool:
            """It does not say so: a file is saved until it is seen."""
            asked.write_text(str(time.time_ns()))
            return self._store.exists()

        program.wait_until(is_ready)
        time.sleep(2)  # what it is told of together, it holds back for that long at most
        asked.unlink()
        shutil.rmtree(self._store)

    def arrived(self, waiting: Sequence[Save]) -> list[Save]:
        return [one for one in waiting if self._has(one)]

    def _has(self, save: Save) -> bool:
        """The copies of a file are named by their times, so the last one's name is the greatest."""
        path = self._store / save.path
        with contextlib.suppress(FileNotFoundError):
            copies = [copy for copy in path.parent.iterdir() if copy.name.startswith(f"{path.name}~")]
            return bool(copies) and max(copies).read_bytes() == save.data
        return False

    def held(self) -> tuple[int, int]:
        files = sum(len({name.rpartition("~")[0] for name in names}) for _, _, names in os.walk(self._store))
        return files, files

    def used(self) -> Used:
        assert self._program
        return self._program.used()

    def end(self) -> None:
        if self._program:
            self._program.end()
