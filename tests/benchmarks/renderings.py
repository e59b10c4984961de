"""Rendering alone: folderkit, docxtpl, rust-docxtpl, docxtemplater and Carbone fill the same templates, warm."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import PEAK, PER_ROW, Race, Run, RunFailed, Spent
from tests.benchmarks.renderers import WARM_UP, Renderer
from tests.benchmarks.word_templates import JINJA, LANGUAGES, LETTER, Language, letter, long, rows, texts

_HOW = ("from the template's file to the document's bytes in memory, each engine in a warm process of its own, after "
        "its imports and two seconds of renderings; the median of a turn's renderings; each document checked for rows, "
        "texts and left-over tags. folderkit knows a template again by its bytes and compiles it once in a process; it "
        "packs quicker and a little larger than the others")
_BOUND, _BOUNDED = 10_000, ("docxtpl", "rust-docxtpl", "docxtemplater")  # rows; beyond, they take minutes
LINEAR = 1.2  # what a row of a long document may cost of one of a short


class Size(NamedTuple):
    """A document to make: how many rows it has (0 for the letter), how many renderings a turn of it is, how many turns,
    and how many times as quick as docxtpl folderkit is to be."""

    called: str
    rows: int
    times: int
    rounds: int
    goal: float | None

    def data(self) -> dict[str, Any]:
        return rows(self.rows) if self.rows else LETTER

    def template(self) -> Callable[[Path, Language], Path]:
        return long if self.rows else letter


SIZES = (Size("one page", 0, 20, 12, 50), Size("500 rows", 500, 5, 9, 15), Size("5,000 rows", 5_000, 1, 5, 10),
         Size("50,000 rows", 50_000, 1, 3, None))
_TINY = (Size("one page", 0, 1, 1, 50), Size("5 rows", 5, 1, 1, 15))


def races(ground: Ground) -> Iterator[Race]:
    sizes = _TINY if ground.tiny else SIZES
    for size in sizes:
        with contextlib.ExitStack() as running:
            yield _race(size, _warm(ground, size, running))
    with contextlib.ExitStack() as running:
        yield _linear({size: _warm(ground, size, running, ["folderkit"])["folderkit"] for size in sizes if size.rows})
    yield from _memory(ground, sizes[-2])


def _race(size: Size, renderers: Mapping[str, Renderer]) -> Race:
    runs: dict[str, Run] = {name: _turn(renderer, size) for name, renderer in renderers.items()}
    goals = {"docxtpl": 1 / size.goal} if size.goal else {}
    return Race(f"render, {size.called}", _HOW, runs, rounds=size.rounds, goals={**goals, "carbone": 1.0})


def _turn(renderer: Renderer, size: Size) -> Run:
    return lambda: renderer.render(size.times)


def _linear(own: Mapping[Size, Renderer]) -> Race:
    """folderkit against itself: what a row costs where there are many, and where there are few."""
    def by_row(size: Size, renderer: Renderer) -> Run:
        return lambda: Spent(amount=renderer.render(size.times).cpu * 1e6 / size.rows)

    most, *others = sorted(own, key=lambda size: -size.rows)
    runs = {"folderkit": by_row(most, own[most]), **{size.called: by_row(size, own[size]) for size in others}}
    return Race(f"render, a row of {most.called}", "what a row costs, against a row of folderkit's own shorter "
                "documents", runs, rounds=most.rounds, figure=PER_ROW,
                goals={size.called: LINEAR for size in others})


def _memory(ground: Ground, size: Size) -> Iterator[Race]:
    made = {name: ground.fresh() for name in ground.engines.commands}
    runs: dict[str, Run] = {}
    for name, folder in made.items():
        runs[name] = _one_shot(ground.engines.commands[name], *_files(size, name, folder))
    if Path("/proc/self/status").is_file():
        yield Race(f"memory, {size.called}", "the most memory that a process has had (VmHWM) which loads its engine "
                   "and the data and renders the document once, with its interpreter", runs, 1.0, "docxtpl", 3, PEAK,
                   warm_up=False)
    else:
        ground.leave_out("memory (this system does not tell the peak of a process)")


def _one_shot(command: Sequence[str | Path], template: Path, data: Path) -> Run:
    def run() -> Spent:
        with contextlib.closing(Renderer(command, template, data)) as renderer:
            renderer.render(1)
            return Spent(amount=renderer.peak() / 1e6)

    return run


def _warm(ground: Ground, size: Size, running: contextlib.ExitStack, names: Collection[str] = ()
          ) -> dict[str, Renderer]:
    """A warm process of each engine, whose document has been found right; one that fails is left out, but folderkit."""
    found = {}
    for name, command in ground.engines.commands.items():
        if (names and name not in names) or (size.rows > _BOUND and name in _BOUNDED):
            continue
        renderer = Renderer(command, *_files(size, name, ground.fresh()))
        running.callback(renderer.close)
        try:
            renderer.warm_up(0 if ground.tiny else WARM_UP)
            renderer.check(size.rows or len(LETTER["items"]), texts(size.data()))
        except RunFailed as error:
            if name == "folderkit":
                raise
            ground.leave_out(f"{name}, {size.called} ({error})")
        else:
            found[name] = renderer
    return found


def _files(size: Size, name: str, folder: Path) -> tuple[Path, Path]:
    """The template in the engine's language, and the data as JSON."""
    data = folder / "data.json"
    data.write_text(json.dumps(size.data(), ensure_ascii=False), encoding="utf-8")
    return size.template()(folder / "template.docx", LANGUAGES.get(name, JINJA)), data
