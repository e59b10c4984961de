"""A process that fills one workbook once, and tells what that took.

``python fill_excel_in_python.py ENGINE FOLDER TEMPLATE ROWS RESULT``, by any interpreter that has the engine; folderkit
lies in FOLDER. On stdout a line of JSON: the seconds of CPU and of the clock from the template's file to the result's,
after the imports and with the rows made, and the most bytes in memory (VmHWM of proc_pid_status(5)) of the process.
``fill_excel_in_node.js`` does the same.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEYS = ("number", "name", "owner", "start", "due", "days", "rate", "done")
Row = dict[str, Any]


def rows(count: int) -> list[Row]:
    """Rows of eight fields: numbers, texts, dates, a truth."""
    day = dt.date(2026, 1, 1)
    return [{"number": one, "name": f"Task {one} of the plan", "owner": ("Ann", "Bob", "李雷")[one % 3],
             "start": day + dt.timedelta(one % 300), "due": day + dt.timedelta(one % 300 + 9), "days": one % 17 + 1,
             "rate": 80.5 + one % 40, "done": one % 2 == 0} for one in range(1, count + 1)]


def by_folderkit(template: Path, data: list[Row], result: Path) -> None:
    from folderkit.core.language import same
    from folderkit.core.settings import Firm
    from folderkit.documents import Template, render

    bare = Template("benchmark", 1, same(""), same(""), "excel", {"en": template}, "", "")
    result.write_bytes(render(bare, "en", {"tasks": data}, Firm()))


def by_openpyxl(template: Path, data: list[Row], result: Path) -> None:
    """What people write: load, a value for each cell in the look of the first row, save. Nothing is moved."""
    import openpyxl

    book: Any = openpyxl.load_workbook(template)
    _write_rows(book.worksheets[0], data)
    book.save(result)


def by_wolfxl(template: Path, data: list[Row], result: Path) -> None:
    import wolfxl

    book = wolfxl.load_workbook(str(template), modify=True)
    sheet = book[book.sheetnames[0]]
    for at, row in enumerate(data, start=6):
        for column, key in enumerate(KEYS, start=1):
            sheet.cell(row=at, column=column).value = row[key]
    book.save(str(result))


def by_xltpl(template: Path, data: list[Row], result: Path) -> None:
    from xltpl.writerx import BookWriter

    writer = BookWriter(str(template))
    writer.render_book([{"tasks": data, "sheet_name": "Plan"}])
    writer.save(str(result))


def _write_rows(sheet: Any, data: list[Row]) -> None:
    looks = [sheet.cell(6, column)._style for column in range(1, len(KEYS) + 1)]
    for at, row in enumerate(data, start=6):
        for column, key in enumerate(KEYS, start=1):
            cell = sheet.cell(at, column, row[key])
            cell._style = looks[column - 1]


ENGINES: dict[str, Callable[[Path, list[Row], Path], None]] = {
    "folderkit": by_folderkit, "openpyxl": by_openpyxl, "wolfxl": by_wolfxl, "xltpl": by_xltpl}
_IMPORTED = {"folderkit": "folderkit.documents.workbook.render", "openpyxl": "openpyxl", "wolfxl": "wolfxl",
             "xltpl": "xltpl.writerx"}


def main() -> None:
    engine, folder, template, count, result = sys.argv[1:]
    if engine == "folderkit":
        sys.path.insert(0, folder)
    __import__(_IMPORTED[engine])
    data = rows(int(count))
    began, clock = time.process_time(), time.perf_counter()
    ENGINES[engine](Path(template), data, Path(result))
    spent = {"cpu": time.process_time() - began, "wall": time.perf_counter() - clock, "peak": _peak()}
    print(json.dumps(spent), flush=True)


def _peak() -> int:
    status = Path("/proc/self/status")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"), re.M) if status.is_file() else None
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main()
