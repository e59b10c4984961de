"""A warm process that fills one Word template with the same data as often as it is told.

``python render_in_python.py docxtpl|folderkit FOLDER TEMPLATE DATA``, by any interpreter that has docxtpl; folderkit
lies in FOLDER. A line on stdin, a line of JSON on stdout: a number is how many renderings to make, of which it tells
the median seconds of CPU and of the clock; a path is where to write what the last one made. ``render_in_node.js`` does
the same.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def by_docxtpl(template: str, data: dict[str, Any]) -> Callable[[], bytes]:
    from docxtpl import DocxTemplate

    def render() -> bytes:
        filled = DocxTemplate(template)
        filled.render(data, autoescape=True)
        target = io.BytesIO()
        filled.save(target)
        return target.getvalue()

    return render


def by_folderkit(template: str, data: dict[str, Any]) -> Callable[[], bytes]:
    from folderkit.core.language import same
    from folderkit.core.settings import Firm
    from folderkit.documents import Template, render

    bare, firm = Template("benchmark", 1, same(""), same(""), "word", {"zh": Path(template)}, "", ""), Firm()
    return lambda: render(bare, "zh", data, firm)


def main() -> None:
    engine, folder, template, data = sys.argv[1:]
    if engine == "folderkit":
        sys.path.insert(0, folder)
    facts = json.loads(Path(data).read_text(encoding="utf-8"))
    render = (by_folderkit if engine == "folderkit" else by_docxtpl)(template, facts)
    made = b""
    for line in sys.stdin:
        order, cpu, wall = line.strip(), [0.0], [0.0]
        if order.isdecimal():
            cpu, wall = [], []
            for _ in range(int(order)):
                began, clock = time.process_time(), time.perf_counter()
                made = render()
                cpu.append(time.process_time() - began)
                wall.append(time.perf_counter() - clock)
        else:
            Path(order).write_bytes(made)
        print(json.dumps({"cpu": statistics.median(cpu), "wall": statistics.median(wall)}), flush=True)


if __name__ == "__main__":
    main()
