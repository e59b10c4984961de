"""``fill`` of a workbook: a table of 10,000 and of 100,000 rows, with what follows it, against what else fills them."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from openpyxl.utils import get_column_letter

from tests.benchmarks import excel_engines
from tests.benchmarks.fill_excel_in_python import KEYS
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import PEAK, PER_ROW, Race, Run, RunFailed, Several, Spent, plain_environment

SIZES, _TINY = (10_000, 100_000), (5, 10)
MOST_PEAK, LINEAR = 200.0, 1.2  # MB at the larger size; what a row costs there of one of the smaller
_GOALS = {"openpyxl": 0.45, "xltpl": 0.2}
_HOW = ("a template of eight columns, with a sum below, a chart and a conditional format, filled in a process of its "
        "own, from the template's file to the result's, after its imports and with the rows made; only folderkit moves "
        "what is below and lets chart, sum and rule follow")
_BOUND, _BOUNDED = 10_000, ("carbone", "wolfxl")  # rows; beyond, they take minutes
_FORMS = {"start": "yyyy-mm-dd", "due": "yyyy-mm-dd", "rate": "#,##0.00"}


def races(ground: Ground) -> Iterator[Race]:
    engines = excel_engines.install(ground.cache) if ground.peers and ground.cache else excel_engines.OWN
    ground.left_out += engines.left_out
    own: dict[int, Several] = {}
    for size in _TINY if ground.tiny else SIZES:
        several = {name: Several(_measured(ground, name, command, size)) for name, command in engines.commands.items()
                   if not (name in _BOUNDED and size > _BOUND)}
        own[size] = several["folderkit"]
        yield Race(f"fill a workbook, {size:,} rows", _HOW, _of(several, "cpu"), rounds=3, goals=_GOALS, warm_up=False)
        yield Race(f"memory, a workbook of {size:,} rows", "the most memory that these processes have had (VmHWM), "
                   "with the rows and the interpreter", _of(several, "peak"), MOST_PEAK if size == SIZES[-1] else None,
                   rounds=3, figure=PEAK, warm_up=False)
    few, many = own
    yield Race(f"a row of a workbook of {many:,} rows", "what a row costs, against one of folderkit's own smaller "
               "workbook", {"folderkit": own[many].figure("row"), f"of {few:,}": own[few].figure("row")}, rounds=3,
               figure=PER_ROW, warm_up=False, goals={f"of {few:,}": LINEAR})


def _of(several: Mapping[str, Several], name: str) -> dict[str, Run]:
    return {engine: one.figure(name) for engine, one in several.items()}


def _measured(ground: Ground, engine: str, command: Sequence[str | Path], size: int) -> Any:
    def run() -> Mapping[str, Spent]:
        folder = ground.fresh()
        result = folder / "result.xlsx"
        template = draw(folder / "template.xlsx", engine)
        process = subprocess.run([*map(str, command), str(template), str(size), str(result)], cwd=folder,
                                 env=plain_environment(folder), capture_output=True, text=True, check=False)
        if process.returncode:
            raise RunFailed(f"{engine}: {process.stderr[-2000:]}")
        told = json.loads(process.stdout.splitlines()[-1])
        check(result, size)
        return {"cpu": Spent(told["cpu"], told["wall"]), "peak": Spent(amount=told["peak"] / 1e6),
                "row": Spent(amount=told["cpu"] * 1e6 / size)}

    return run


def check(path: Path, size: int) -> None:
    """Raises `RunFailed` unless the first sheet has a row for each."""
    with zipfile.ZipFile(path) as file:
        xml = file.read("xl/worksheets/sheet1.xml")
    if (found := xml.count(b"<row ") + xml.count(b"<x:row ")) < size:
        raise RunFailed(f"its workbook has {found} rows and not {size}")


def draw(path: Path, engine: str) -> Path:
    """The template in the engine's language."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Plan")
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.write("A1", "Plan")
    for column, key in enumerate(KEYS):
        sheet.write(4, column, key.capitalize(), bold)
        form = book.add_format({"num_format": _FORMS.get(key, "General"), "bottom": 4})
        sheet.write(5, column, _tag(engine, column, key), form)
    if engine == "carbone":
        for column, key in enumerate(KEYS):
            sheet.write(6, column, f"{{d.tasks[i+1].{key}}}")
    if engine == "xltpl":
        sheet.write_comment("A6", "beforerow{% for t in tasks %}")
        sheet.write("A7", "end")
        sheet.write_comment("A7", "beforerow{% endfor %}")
    sheet.write_formula("G9", "=SUM(G6:G6)")
    sheet.conditional_format("F6:F6", {"type": "cell", "criteria": ">", "value": 10, "format": bold})
    chart = book.add_chart({"type": "column"})
    last = get_column_letter(len(KEYS) - 1)
    chart.add_series({"values": f"=Plan!${last}$6:${last}$6", "categories": "=Plan!$B$6:$B$6"})
    sheet.insert_chart("K2", chart)
    book.close()
    return path


def _tag(engine: str, column: int, key: str) -> str:
    first, last = column == 0, column == len(KEYS) - 1
    if engine == "folderkit":
        begin = "{% for t in tasks %}" if first else ""
        return f"{begin}{{{{ t.{key} }}}}{'{% endfor %}' if last else ''}"
    if engine == "xltpl":
        return f"{{% xv t.{key} %}}"
    if engine == "xlsx-template":
        return f"${{table:tasks.{key}}}"
    if engine == "carbone":
        return f"{{d.tasks[i].{key}}}"
    return ""
