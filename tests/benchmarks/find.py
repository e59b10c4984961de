"""Reading and finding the texts of a firm's files, against recoll; and finding among 100,000 documents.

recollindex and ripgrep are those of the system (Debian: recollcmd, with poppler-utils and python3-lxml; ripgrep).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.benchmarks import documents, papers
from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import MB, PEAK, WALL, Figure, Race, Run, RunFailed, Several, Spent, process
from tests.trees import make_tree

_PROJECT = "project: {name: 档案, code: P2026-001}\nclient: {name: 江南茶业}\nfolderkit: {id: 0123456789ab}\n"
_STEP = (sys.executable, "-P", "-m", "tests.benchmarks.find_steps")
_RECOLL = "topdirs = {tree}\nidxniceprio = 0\nidxflushmb = 100\n"  # as quick as it can be
_MS = Figure("ms CPU", lambda spent: spent.cpu * 1000, 2)
_PER_DOCUMENT = Figure("bytes a document", lambda spent: spent.amount, 0)
_WORDS = {"a word": "合同", "an English word": "payment"}
_MANY, _FEWER = 100_000, 25_000


def races(ground: Ground) -> Iterator[Race]:
    tree = _files(ground)
    workspace = _workspace(ground, tree)
    yield from _indexing(ground, tree, workspace)
    yield from _finding(ground, tree, workspace)
    yield from _among_many(ground)


def _files(ground: Ground) -> Path:
    if ground.tiny or ground.cache is None:
        papers.make(ground.place / "papers", 24)
        return ground.place / "papers"
    return papers.cached(ground.cache)


def _workspace(ground: Ground, tree: Path) -> Path:
    """A workspace with these files, whose versions are kept and whose texts are not read."""
    workspace = ground.workspace(ground.fresh())
    make_tree(workspace, {"P/project.yaml": _PROJECT})
    shutil.copytree(tree, workspace / "P", dirs_exist_ok=True)
    _step("keep", workspace)
    return workspace


def _step(what: str, place: Path, *words: str | Path) -> Spent:
    return process([*_STEP, what, place, *words], place, {"PYTHONPATH": str(Path(__file__).parents[2])})


# -- indexing --------------------------------------------------------------------------------------
def _indexing(ground: Ground, tree: Path, workspace: Path) -> Iterator[Race]:
    several = {"folderkit": Several(_measured(ground, lambda folder: _read(workspace, folder)))}
    if "recollindex" in ground.programs:
        several["recoll"] = Several(_measured(ground, lambda folder: _recoll(tree, folder)))
    alone = Several(_measured(ground, lambda folder: (_step("extract", workspace, folder), 0.0)))

    def runs(figure: str) -> dict[str, Run]:
        return {name: one.figure(figure) for name, one in several.items()}

    count = sum(1 for path in tree.rglob("*") if path.is_file())
    about = (f"the texts of {count:,} files (Word, Excel, PowerPoint, PDF, OpenDocument, text, mail; Chinese and "
             "English) are read and indexed, as a whole process; their versions are in the vault already")
    yield Race("index, the clock", f"{about}; extraction alone reads them by the same workers and keeps nothing",
               {**runs("run"), "extraction alone": alone.figure("run")}, 1 / 2.2, "recoll", rounds=3, figure=WALL,
               warm_up=False, goals={"extraction alone": 1.15})
    yield Race("index, CPU", about, runs("run"), 0.5, "recoll", rounds=3, warm_up=False)
    yield Race("index, size", "the tables of texts, words and suggestions, against the whole of recoll's index",
               runs("size"), 0.25, "recoll", rounds=3, figure=MB, warm_up=False)


def _measured(ground: Ground, run: Callable[[Path], tuple[Spent, float]]) -> Callable[[], Mapping[str, Spent]]:
    """What a run in a fresh folder takes, and the size of what it leaves, in bytes."""

    def measure() -> Mapping[str, Spent]:
        folder = ground.fresh()
        try:
            spent, size = run(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return {"run": spent, "size": Spent(amount=size / 1e6)}

    return measure


def _read(workspace: Path, folder: Path) -> tuple[Spent, float]:
    shutil.copytree(workspace, folder, dirs_exist_ok=True)
    spent = _step("read", folder)
    return spent, documents.index_size(folder / ".folderkit" / "catalog.db")


def _recoll(tree: Path, folder: Path) -> tuple[Spent, float]:
    (folder / "recoll.conf").write_text(_RECOLL.format(tree=tree), encoding="utf-8")
    spent = process(["recollindex", "-c", folder, "-z"], folder)
    size = sum(path.stat().st_size for path in (folder / "xapiandb").rglob("*") if path.is_file())
    if size < 1_000_000:
        raise RunFailed("recollindex has indexed nothing")
    return spent, size


# -- finding ---------------------------------------------------------------------------------------
def _finding(ground: Ground, tree: Path, workspace: Path) -> Iterator[Race]:
    _step("read", workspace)
    texts = ground.fresh()
    _step("texts", workspace, texts)
    has_ripgrep = "rg" in ground.programs
    for kind, word in _WORDS.items():
        runs: dict[str, Run] = {"folderkit": lambda word=word: process([*FOLDERKIT, "find", word], workspace)}  # type: ignore[misc]
        if has_ripgrep:
            runs["ripgrep over the texts"] = lambda word=word: process(["rg", "-c", word, texts], texts)  # type: ignore[misc]
        yield Race(f"find {kind}", "folderkit find among these files, as a whole process; ripgrep -c over their texts "
                   "as plain files, which it is given", runs, 150.0, rounds=10)


def _among_many(ground: Ground) -> Iterator[Race]:
    if ground.cache is None and not ground.tiny:
        return
    fewer, many = (40, 80) if ground.tiny else (_FEWER, _MANY)
    place = ground.cache or ground.place
    sizes = {count: Several(lambda count=count: documents.measure(place, count)) for count in (fewer, many)}  # type: ignore[misc]
    about = (f"{many:,} documents of about 1,500 characters in a catalog; a page of 20 marked hits for each of "
             f"{documents.QUERIES} words that stand in them, often or rarely")
    for name, goal in (("p50", 2.0), ("p99", 70.0), ("one character", 180.0)):
        yield Race(f"find among {many:,}, {name}", about, {"folderkit": sizes[many].figure(name)}, goal, rounds=1,
                   figure=_MS, warm_up=False)
    yield Race(f"find among {many:,}, memory", "what a process that asks all these takes at most",
               {"folderkit": sizes[many].figure("memory")}, rounds=1, figure=PEAK, warm_up=False)
    yield Race(f"size of {many:,}", f"the tables of texts and words, against those of {fewer:,}: it grows no faster",
               {"folderkit": sizes[many].figure("size"), f"of {fewer:,}": sizes[fewer].figure("size")}, 1.1,
               f"of {fewer:,}", rounds=1, figure=_PER_DOCUMENT, warm_up=False)


