"""``registers``: all registers of a project read and checked, and one very long one, against bare calamine."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from folderkit.checking import Wanted, checked
from folderkit.registers import Schema, file_bytes, load_schema, read_workbook, schema_names, write_workbook
from folderkit.registers.check import BY_ID, Kept, check
from folderkit.registers.check import Ground as Checked
from folderkit.registers.read import Workbook
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import WALL, Race, Run, RunFailed, Spent, call

WORKBOOKS, ROWS, LONG, PROJECTS = 20, 200, 20_000, 200
PROJECT_MS, TIMES = 300.0, 1.5
_TODAY = dt.date(2026, 3, 18)
_LONG = "communications"  # the register that grows


def races(ground: Ground) -> Iterator[Race]:
    place = ground.fresh()
    project = _project(place, 3 if ground.tiny else WORKBOOKS, 5 if ground.tiny else ROWS)
    yield _read_all(project)
    yield _check_all(place, project)
    yield _read_long(place, 50 if ground.tiny else LONG)
    yield from _read_many(place, project, 5 if ground.tiny else PROJECTS)


def _project(place: Path, count: int, rows: int) -> list[tuple[str, Path]]:
    """Workbooks of all registers in turn, each with its name."""
    names = [name for name in schema_names() if not load_schema(name).sheet_of]
    return [(name := names[number % len(names)], _made(place / f"{number}-{name}.xlsx", name, rows))
            for number in range(count)]


def _made(path: Path, name: str, rows: int) -> Path:
    schema = load_schema(name)
    write_workbook(schema, "zh", [_row(schema, number) for number in range(rows)], path, project="华信", today=_TODAY)
    return path


def _row(schema: Schema, number: int) -> dict[str, Any]:
    """A row as people fill it, with something in every column."""
    day = _TODAY - dt.timedelta(days=number % 200)
    values: dict[str, Any] = {
        "text": f"第 {number} 项", "long": f"说明 {number}：按约定完成，另附清单",
        "person": ("李静", "王晓明", "Chen Li")[number % 3],
        "ref": f"REF-{number:03d}", "path": f"文件/{number}.pdf", "date": day, "bool": ("yes", "no")[number % 2],
        "datetime": dt.datetime.combine(day, dt.time(9, number % 60)), "int": number % 5 + 1, "dec": number / 4,
        "money": number * 1.25, "pct": number % 5 / 4}
    row = {column.key: tuple(column.choices)[number % len(column.choices)] if column.type == "enum" else
           tuple(column.choices)[:1] if column.type == "multi" else values[column.type]
           for column in schema.columns if column.type != "id" and not column.computed}
    if schema.across:
        row[schema.across.key] = {}
    return row


def _bare(path: Path) -> int:
    """The rows of the first sheet as calamine gives them."""
    return len(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False))


def _read_all(project: Sequence[tuple[str, Path]]) -> Race:
    runs: dict[str, Run] = {
        "folderkit": lambda: call(lambda: [read_workbook(path, load_schema(name), today=_TODAY)
                                           for name, path in project]),
        "calamine": lambda: call(lambda: [_bare(path) for _, path in project])}
    return Race("registers, one project", f"{WORKBOOKS} workbooks of {ROWS} rows read in one process: looked over, "
                "typed, computed, what is wrong told; calamine alone gives the cells of their first sheets",
                runs, PROJECT_MS)


def _check_all(place: Path, project: Sequence[tuple[str, Path]]) -> Race:
    def run() -> None:
        kept = {}
        for name, path in project:
            opened = Workbook(file_bytes(path), path)
            kept[name] = Kept(opened.register(load_schema(name), _TODAY), opened, path.name)
        check(Checked(kept, place, _TODAY))

    runs: dict[str, Run] = {"folderkit": lambda: call(run)}
    return Race("registers, check", f"the same {WORKBOOKS} workbooks read and checked by all rules", runs)


def _read_long(place: Path, rows: int) -> Race:
    path, schema = _made(place / "long.xlsx", _LONG, rows), load_schema(_LONG)

    def run() -> None:
        if len(read_workbook(path, schema, today=_TODAY).rows) != rows:
            raise RunFailed("not every row was read")

    runs: dict[str, Run] = {"folderkit": lambda: call(run), "calamine": lambda: call(lambda: _bare(path))}
    return Race(f"registers, {rows:,} rows", f"a register of {rows:,} rows and {len(schema.columns)} columns read as "
                "above, in one process", runs, TIMES, "calamine")


def _read_many(place: Path, project: Sequence[tuple[str, Path]], count: int) -> Iterator[Race]:
    """All registers of many projects, for the first time and again, beside the files alone from the disk."""
    wanted = [_copied(place / f"project-{number}", project) for number in range(count)]
    files = [path for one in wanted for path in one.paths.values()]
    state = place / "state"
    state.mkdir()

    def first() -> Spent:
        shutil.rmtree(state / "checks", ignore_errors=True)
        _drop(files)
        before = os.times()
        spent, after = call(lambda: list(checked(state, wanted))), os.times()
        return spent._replace(cpu=spent.cpu + after.children_user + after.children_system
                              - before.children_user - before.children_system)

    def again() -> Spent:
        _drop(files)
        return call(lambda: list(checked(state, wanted)))

    def bare() -> Spent:
        _drop(files)
        return call(lambda: [path.read_bytes() for path in files])

    size = sum(path.stat().st_size for path in files) / 1e6
    told = (f"{len(files):,} workbooks of {ROWS} rows in {count} projects ({size:.0f} MB) that are not in the system's "
            "memory, no rule of the check being on")
    yield Race(f"registers, {count} projects", f"read by all cores: {told}", {"folderkit": first, "bytes alone": bare},
               figure=WALL, rounds=2, warm_up=False)
    yield Race("registers, again", f"known from the last check: {told}", {"folderkit": again, "bytes alone": bare},
               figure=WALL, rounds=5)


def _copied(folder: Path, project: Sequence[tuple[str, Path]]) -> Wanted:
    folder.mkdir()
    paths = {name: Path(shutil.copy(path, folder)) for name, path in project}
    _sync(paths.values())
    return Wanted(folder.name, folder, paths, {}, _TODAY, frozenset(BY_ID))


def _sync(paths: Iterable[Path]) -> None:
    for path in paths:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


def _drop(paths: Iterable[Path]) -> None:
    """Have the system forget what the files hold, where it can."""
    for path in paths if hasattr(os, "posix_fadvise") else ():
        with path.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
