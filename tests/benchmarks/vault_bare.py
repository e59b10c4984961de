"""The vault against bare Python doing the least that must be done: pack files, walk a tree; and one saved file."""

from __future__ import annotations

import functools
import inspect
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from folderkit.cli.app import now
from folderkit.core.events import Entry, VersionKept
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import scan
from folderkit.store import Store
from tests.benchmarks.backups import Folderkit, scan_command
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import WALL, WALL_MS, Race, Spent, call, process
from tests.benchmarks.office_parts import package, paragraphs
from tests.trees import make_tree

PACKS, WALK, SAVE = 2.0, 1.3, 2.0  # the largest wanted ratios, and milliseconds
_PROJECTS = 100  # the large tree is a firm's: so many projects
_PACKER = """
import os, sys
pack, size, number = None, 0, 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if pack is None:
            pack, size, number = os.open(f"{sys.argv[2]}/{number}.pack", os.O_WRONLY | os.O_CREAT), 0, number + 1
        with open(f"{folder}/{name}", "rb") as stream:
            size += os.write(pack, stream.read())
        if size >= 16_000_000:
            os.fdatasync(pack)
            os.close(pack)
            pack = None
if pack is not None:
    os.fdatasync(pack)
"""


def races(ground: Ground) -> Iterator[Race]:
    yield _packs(ground)
    ground.clear()
    yield from _walk(ground)
    ground.clear()
    yield from _save(ground)


# -- many small files ------------------------------------------------------------------------------
def _packs(ground: Ground) -> Race:
    count = 50 if ground.tiny else 10_000
    own = Folderkit(ground)
    chance = random.Random("small")
    make_tree(own.tree, {f"{number % 100:02d}/文件{number:05d}.bin": chance.randbytes(20_000)
                         for number in range(count)})

    def folderkit() -> Spent:
        own.begin()
        return own.keep()

    def bare(folder: Path) -> Spent:
        return process([sys.executable, "-P", "-c", _PACKER, own.tree, folder], folder)

    return Race(f"keep {count:,} of 20 KB", f"{count:,} new files of 20 KB of noise in one scan into a new vault, "
                "against a script that reads each and appends it to files of 16 MB, with fdatasync of each of these; "
                "whole processes", {"folderkit": folderkit, "bare packs": ground.in_fresh(bare)}, PACKS, "bare packs",
                5, WALL)


# -- a large tree in which nothing changed ---------------------------------------------------------
def _walk(ground: Ground) -> Iterator[Race]:
    projects, folders, files = (2, 3, 12) if ground.tiny else (_PROJECTS, 6000 // _PROJECTS, 100_000 // _PROJECTS)
    workspace = Folderkit(ground).workspace
    shutil.rmtree(next(workspace.glob("P*")))
    for number in range(projects):
        small_project(workspace / f"P2026-{number:03d}_项目", number, folders, files)
    process(scan_command(), workspace)
    about = f"{projects * files:,} files in {projects * folders:,} folders of {projects} projects, nothing changed"
    with Store(open_workspace(workspace, {}), now) as store:
        yield Race(f"scan {projects * files:,} unchanged", f"{about}: the scan alone, in one process with its store "
                   "open, against bare os.scandir with os.lstat of every entry", {
                       "folderkit": lambda: call(lambda: scan(store)),
                       "bare walk": lambda: call(functools.partial(_bare_walk, workspace))},
                   WALK, "bare walk", 7, WALL)
    yield Race("the same, whole process", f"{about}: as whole processes", {
        "folderkit": lambda: process(scan_command(), workspace),
        "bare walk": lambda: process([sys.executable, "-P", "-c", _WALKER], workspace)}, None, "", 5, WALL)


def small_project(folder: Path, number: int, folders: int, files: int) -> None:
    """A project with so many files of a few bytes in so many folders of two levels."""
    inner = [f"{one // 6:02d}" + (f"/{one % 6}" if one % 6 else "") for one in range(folders - 1)]
    facts = f"project: {{name: 项目{number}, code: P2026-{number:03d}}}\nfolderkit: {{id: {number:012x}}}\n"
    make_tree(folder, {"project.yaml": facts} | {
        f"{inner[one % len(inner)]}/文件{one:04d}.txt": f"{number} {one}" for one in range(files - 1)})


def _bare_walk(root: Path) -> None:
    waiting = [str(root)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                os.lstat(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


_WALKER = f"from __future__ import annotations\nimport os\n{inspect.getsource(_bare_walk)}\n_bare_walk('.')"


# -- one file that was saved -----------------------------------------------------------------------
def _save(ground: Ground) -> Iterator[Race]:
    """What a running watch does with one changed file, from reading it until it is durable, and until it is in the
    catalog as well, which would be made again from what is durable."""
    count, own = 10 if ground.tiny else 3000, Folderkit(ground)
    make_tree(own.tree, {f"{number % 40:02d}/文件{number:04d}.docx": _document(number, 8_000)
                         for number in range(count)})
    own.keep()
    saved, turns = "00/文件0000.docx", iter(range(count, sys.maxsize))
    with Store(open_workspace(own.workspace, {}), now) as store:
        (project,) = store.catalog.projects()
        known = store.catalog.file_at(project.id, saved)
        assert known is not None

        def keep() -> float:
            """Returns when the version was durable: when the journal has its line."""
            durable = list[float]()

            def append(*what: Any) -> list[Entry]:
                entries = write(*what)
                durable.append(time.perf_counter())
                return entries

            write = store.journal.append
            with mock.patch.object(store.journal, "append", append), store.batch() as batch:
                kept = batch.keep(own.tree / saved)
                batch.add(VersionKept(project.id, known.id, saved, kept.content, kept.size, kept.signature[1], "watch"))
                batch.signatures.append((known.id, kept.signature))
            return durable[0]

        def run(*, catalog: bool = False) -> Spent:
            (own.tree / saved).write_bytes(_document(next(turns), 45_000))
            began = time.perf_counter()
            durable = keep()
            return Spent(wall=(time.perf_counter() if catalog else durable) - began)

        yield Race("one saved file of 50 KB", "from reading a changed Word file until its version is durable, in a "
                   f"process with its store open, among {count:,} files; beside it, until it is in the catalog too",
                   {"folderkit": run, "with the catalog": functools.partial(run, catalog=True)}, SAVE,
                   "", 200, WALL_MS)


def _document(number: int, picture: int) -> bytes:
    chance = random.Random(number)
    text = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in paragraphs(chance, "zh", 5_000))
    return package([("word/document.xml", f"<w:document><w:body>{text}</w:body></w:document>"),
                    ("word/media/image1.png", random.Random(7).randbytes(picture))])
